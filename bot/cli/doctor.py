"""`caunoi doctor`: looks at everything a start depends on; each line says what is, and what to do about it."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from cryptography.fernet import InvalidToken
from sqlalchemy import func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from bot.accounts import MAIN, further
from bot.channels.kind import Check, bad
from bot.cli import backups
from bot.console import Problem, file_of, key_file_of, keyring_of
from bot.kinds import KINDS
from bot.settings import Settings, SettingsError, load
from locales import ZONE, Language
from storage.admin import migrate
from storage.base import private
from storage.base.columns import Instant
from storage.base.engine import Database
from storage.messaging.accounts import ChannelAccount
from storage.messaging.leases import lease
from storage.people.people import Person

_ = Language().text
LEAST_FREE = 500 * 2**20  # bytes
FARTHEST = timedelta(seconds=60)  # between our clock and the database server's
# The database, its accounts that the settings name, and those added by command with their settings.
Stored = tuple[Database | None, dict[str, ChannelAccount], list[tuple[ChannelAccount, Settings]]]
LATEST_BACKUP = timedelta(days=7)
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # no right clock shows an earlier time


def examine() -> Iterator[Check]:
    """One check after another; later ones are left out where the settings cannot even be read."""
    try:
        settings = load()
    except SettingsError as error:
        yield from (bad(_("Settings: one is wrong"), line) for line in str(error).splitlines())
        return
    yield Check(_("Settings: all can be read"))
    yield from _about_database(settings)
    yield _clock()
    yield _disk(settings)
    yield _backup(settings)
    yield from _accounts(settings)
    yield _address(settings)
    yield _port(settings)


# --- database and key


def _about_database(settings: Settings) -> Iterator[Check]:
    file = file_of(settings)
    if file is not None and not file.exists():
        yield bad(
            _("Database: there is none at {path} yet", path=file),
            _("run caunoi migrate, or check CAUNOI_DATABASE_URL"),
        )
        return
    try:
        database = Database(settings.database_url, keyring_of(settings))
    except (Problem, OSError) as error:
        yield bad(_("Key: it cannot be read"), str(error))
        return
    try:
        yield from _inside(database)
        yield _key_file(settings)
    finally:
        database.close()


def _inside(database: Database) -> Iterator[Check]:
    for look in (_schema, _writable, _key_fits, _server_clock):
        try:
            found = look(database)
        except SQLAlchemyError as error:
            kind = type(getattr(error, "orig", error)).__name__
            yield bad(
                _("Database: it does not answer as it should ({kind})", kind=kind),
                _("check CAUNOI_DATABASE_URL, that its server runs, and that this user may write there"),
            )
            return
        if found is not None:
            yield found
            if not found.fine:
                return


def _schema(database: Database) -> Check:
    with database.reader.connect() as connection:
        found = migrate.revision(connection)
    if found == migrate.HEAD:
        return Check(_("Database: reachable, at the present version"))
    return bad(_("Database: reachable, but not at the present version"), _("run caunoi migrate"))


def _writable(database: Database) -> Check:
    """Write a row and take it back."""
    now = datetime.now(UTC)
    with database.writer.connect() as connection:
        row = {"role": f"doctor:{os.getpid()}", "holder": "doctor", "epoch": 1, "until": now}
        connection.execute(insert(lease).values(**row))
        connection.rollback()
    return Check(_("Database: can be written"))


def _key_fits(database: Database) -> Check:
    with database.reading() as session:
        query = select(col(Person.party_status)).where(col(Person.party_status).is_not(None)).limit(1)
        try:
            found = session.execute(query).scalar()
        except InvalidToken:
            return bad(
                _("Key: it does not fit the database"),
                _("bring back the .key file or CAUNOI_SECRET_KEY this database was filled with"),
            )
    return Check(_("Key: it fits the database") if found else _("Key: nothing is sealed with it yet"))


def _server_clock(database: Database) -> Check | None:
    """A database server's clock must agree with ours: leases run on it. SQLite has none of its own."""
    if database.is_sqlite:
        return None
    statement: Any = select(func.now(type_=Instant()))
    with database.reader.connect() as connection:
        theirs: datetime = connection.execute(statement).scalar_one()
    if abs(theirs - datetime.now(UTC)) <= FARTHEST:
        return Check(_("Database: its clock agrees with this computer's"))
    return bad(
        _("Database: its clock differs from this computer's"), _("let both set their time by the network")
    )


def _key_file(settings: Settings) -> Check:
    path = key_file_of(settings)
    if path is None:
        return Check(_("Key: given by CAUNOI_SECRET_KEY"))
    if private.is_wide(path):
        return bad(_("Key: others may read {path}", path=path), _("run chmod 600 {path}", path=path))
    return Check(_("Key: in {path}, for its owner only; keep a copy of it with your backups", path=path))


# --- the computer


def _clock() -> Check:
    now = datetime.now(UTC)
    try:
        local = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    except ZoneInfoNotFoundError:
        return bad(_("Clock: time zones are unknown here"), _("install the Python package tzdata"))
    if now < BUILT:
        return bad(
            _("Clock: it shows {day}", day=f"{local:%d/%m/%Y}"), _("set this computer's date and time")
        )
    return Check(_("Clock: {moment} in Vietnam", moment=Language().moment(now)))


def _disk(settings: Settings) -> Check:
    folder = (file_of(settings) or Path("caunoi.db")).absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = _("Disk: {n} MB free in {folder}", n=Language().number(free // 2**20), folder=folder)
    return Check(told) if free >= LEAST_FREE else bad(told, _("make room: at least 500 MB"))


def _backup(settings: Settings) -> Check:
    folder = Path(settings.backup_folder).absolute()
    newest = next(iter(backups.all_of(folder)), None)
    if newest is None:
        return Check(_("Backup: there is none in {folder} yet; caunoi backup makes one", folder=folder))
    told = _("Backup: the newest in {folder} is of {day}", folder=folder, day=f"{newest.made_at:%d/%m/%Y}")
    if datetime.now(UTC).astimezone(ZONE) - newest.made_at.replace(tzinfo=ZONE) <= LATEST_BACKUP:
        return Check(told)
    return bad(told, _("run caunoi backup, and have it run every night (docs/running.md)"))


# --- the world outside


def _accounts(settings: Settings) -> Iterator[Check]:
    """What each messenger says of the account the settings name, then of those added with caunoi channel add."""
    with _readable(settings) as (database, mains, more):
        for kind in KINDS.values():
            yield from kind.checks(
                settings, mains.get(kind.name, ChannelAccount(id=0, kind=kind.name)), database
            )
        for row, its in more:
            found = KINDS[row.kind].checks(its, row, database)
            yield from (replace(look, told=f"{row.name}: {look.told}") for look in found)


@contextmanager
def _readable(settings: Settings) -> Iterator[Stored]:
    """The database with its accounts; nothing where there is none yet, or it cannot be read (said above)."""
    file, database = file_of(settings), None
    found: Stored = (None, {}, [])
    if file is None or file.exists():
        with suppress(Problem, OSError, SQLAlchemyError):
            database = Database(settings.database_url, keyring_of(settings))
            with database.reading() as session:
                found = (database, _mains(session), list(further(session, settings)))
    try:
        yield found
    finally:
        if database is not None:
            database.close()


def _mains(session: Session) -> dict[str, ChannelAccount]:
    """The rows of the accounts that the settings name, by kind."""
    rows = session.execute(select(ChannelAccount).where(col(ChannelAccount.name) == MAIN)).scalars()
    return {row.kind: row for row in rows}


def _address(settings: Settings) -> Check:
    if not settings.public_url:
        return Check(_("Address: no CAUNOI_PUBLIC_URL; the web chat opens on this computer only"))
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https":
        return bad(
            _("Address: {url} is not secure", url=settings.public_url),
            _("give CAUNOI_PUBLIC_URL an address that begins with https://"),
        )
    try:
        socket.getaddrinfo(parts.hostname, parts.port or 443)
    except OSError:
        return bad(
            _("Address: the name {host} is unknown", host=parts.hostname),
            _("check the spelling of CAUNOI_PUBLIC_URL and the name's DNS entry"),
        )
    return Check(_("Address: {url}", url=settings.public_url))


def _port(settings: Settings) -> Check:
    where = f"{settings.http_host}:{settings.http_port}"
    if _can(lambda: socket.create_server((settings.http_host, settings.http_port)).close()):
        return Check(_("Port: {where} is free", where=where))
    if _is_ours(settings):
        return Check(_("Port: caunoi is serving at {where}", where=where))
    return bad(
        _("Port: {where} cannot be served", where=where),
        _("another program may use it: choose another CAUNOI_HTTP_PORT, or check CAUNOI_HTTP_HOST"),
    )


def _can(work: Callable[[], object]) -> bool:
    try:
        work()
    except OSError:
        return False
    return True


def _is_ours(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.http_host in {"", "0.0.0.0", "::"} else settings.http_host  # noqa: S104  compared, not bound
    try:
        told = httpx.get(f"http://{host}:{settings.http_port}/health", timeout=3).json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(told, dict) and "updates_waiting" in told
