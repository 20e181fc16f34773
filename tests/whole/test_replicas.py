"""Two processes on one PostgreSQL: one holds each role; when it is killed the other takes over."""

import signal
import sys
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import select

from bot.cli.running import run
from bot.demo.fakes.telegram.messenger import FakeTelegram
from storage.admin import migrate
from storage.base.engine import Database
from storage.messaging.accounts import account_named
from storage.messaging.leases import lease
from storage.people.people import Person, bind
from tests.casts.centre import fill
from tests.conftest import SECRET
from tests.houses import forking

TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"
pytestmark = [
    pytest.mark.differs,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; CI kills on Linux"),
]


@pytest.fixture
def telegram():
    with FakeTelegram(TOKEN) as fake:
        yield fake


@pytest.fixture
def replicas(database, database_url, telegram, tmp_path):
    """Starts processes on the shared database; ends what is left of them."""
    if database.is_sqlite:
        pytest.skip("SQLite is one process's: a second one is refused (test_command_line.py)")
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        environment = {
            "CAUNOI_DATABASE_URL": database_url,
            "CAUNOI_SECRET_KEY": SECRET,
            "CAUNOI_TELEGRAM_TOKEN": TOKEN,
            "CAUNOI_TELEGRAM_API_URL": telegram.url,
            "CAUNOI_HTTP_PORT": "0",
        }
        log = tmp_path / f"log {len(started)}"
        started.append(forking.start(run, environment, log))
        while not (log.exists() and "127.0.0.1" in log.read_text()):
            assert started[-1].is_alive(), log.read_text()
            started[-1].join(0.05)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.join()


def holders(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.execute(select(lease.c.holder)).scalars())


def test_another_replica_takes_over_and_answers(replicas, database, telegram):
    """The one that polls and sends is killed in its tracks; the next question is answered all the same."""
    now = datetime.now(UTC)
    migrate.upgrade(database)
    with database.transaction() as session:
        account = account_named(session, "telegram", abroad=True).id
        cast = fill(session, now)
        user = telegram.user("Học viên", id=7_000_000_001, started=True)
        bind(session, session.get(Person, cast.learners[0]), account, str(user.id), now)
    first = replicas()
    user.says("/menu")
    user.wait_for("", timeout=15)
    [holder] = holders(database)
    replicas()

    first.kill()
    first.join()
    assert first.exitcode == -signal.SIGKILL
    user.says("/trogiup")
    user.wait_for("“lịch”", timeout=30)

    assert holders(database) - {holder}  # somebody else answered
    assert telegram.violations == []
