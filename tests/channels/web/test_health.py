"""/health over real HTTP: ready only while an update could be stored and messages can be sent, and why not."""

import resource
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from storage.base.engine import LOCKED, fault_of
from storage.messaging import leases
from storage.messaging.accounts import account_named
from tests.houses.web.chatting import chat_server

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def chat(database):
    with chat_server(database) as server:
        server.seconds = 0.0
        server.site.proof.now = lambda: server.seconds
        yield server


def asks(chat) -> tuple[int, str]:
    """A look long after the last one."""
    chat.seconds += 60
    answer = httpx.get(chat.served.url + "/health")
    return answer.status_code, answer.json()["status"]


def counted(monkeypatch) -> list[Session]:
    """The writes that are begun to know it."""
    begun, prove = [], leases.prove

    def write(session: Session) -> None:
        begun.append(session)
        prove(session)

    monkeypatch.setattr(leases, "prove", write)
    return begun


@contextmanager
def no_more_bytes():
    """No file of this process grows: what a full disk, a quota or a limit does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@on_sqlite
def test_a_disk_that_takes_nothing_is_not_ready(chat):
    assert asks(chat) == (200, "ok")
    with no_more_bytes():
        assert asks(chat) == (503, "full")
    assert asks(chat) == (200, "ok")


@on_sqlite
def test_a_full_disk_is_not_ready_though_a_row_would_still_go(chat, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    assert asks(chat) == (503, "full")


@on_sqlite
def test_a_locked_database_is_not_ready_and_nobody_waits_for_it(chat, monkeypatch):
    """However often it is asked: one write waits, and no second one stands behind it."""
    writes = counted(monkeypatch)
    chat.site.proof.patience = 0.1
    other = sqlite3.connect(chat.database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert [asks(chat) for _again in range(3)] == [(503, "locked")] * 3
    other.execute("ROLLBACK")
    other.close()
    chat.site.proof.patience = 20.0
    asks(chat)
    assert asks(chat) == (200, "ok")
    assert len(writes) == 2


@on_sqlite
def test_a_read_only_database_is_not_ready(chat):
    def only_reads(connection, _record, _proxy) -> None:
        connection.execute("PRAGMA query_only = 1")

    event.listen(chat.database.writer, "checkout", only_reads)
    try:
        assert asks(chat) == (503, "read_only")
    finally:
        event.remove(chat.database.writer, "checkout", only_reads)
        chat.database.writer.dispose()


def test_what_was_found_a_moment_ago_is_told_again_without_a_write(chat, monkeypatch):
    writes = counted(monkeypatch)
    chat.seconds = 60.0
    for _again in range(5):
        assert httpx.get(chat.served.url + "/health").status_code == 200
    assert len(writes) == 1


def test_a_worker_that_has_ended_is_not_ready(chat):
    chat.app.state.site = replace(chat.site, works=lambda: False)
    assert asks(chat) == (503, "stopped")


def test_without_a_messenger_that_takes_anything_it_is_not_ready(chat):
    with chat.database.transaction() as session:
        bots = [account_named(session, "telegram", name) for name in ("main", "second")]
        bots[0].pause_reason = "no DNS"
    chat.app.state.site = replace(chat.site, accounts=[chat.account, *(bot.id for bot in bots)])
    assert asks(chat) == (200, "ok")
    with chat.database.transaction() as session:
        account_named(session, "telegram", "second").pause_reason = "the token is refused"
    assert asks(chat) == (503, "messengers")


@on_sqlite
def test_a_database_held_by_another_program_is_a_fault_every_worker_expects(database):
    """It came as the driver's own error, which no worker waits for: the one that took turns ended."""
    other = sqlite3.connect(database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with database.writer.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(OperationalError) as told, database.transaction() as session:
        leases.prove(session)
    assert fault_of(told.value) == LOCKED
    other.close()
