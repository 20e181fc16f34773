"""`caunoi doctor`: looks at everything a start depends on; each line says what is, and what to do about it."""

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from cryptography.fernet import InvalidToken
from sqlalchemy import func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.accounts import KINDS, MAIN, further
from bot.console import Problem, file_of, keyring_of
from bot.settings import Settings, SettingsError, load
from locales import Language
from storage.admin import migrate
from storage.base.columns import Instant
from storage.base.engine import Database
from storage.messaging.accounts import ChannelAccount
from storage.messaging.leases import lease
from storage.people.people import Person

_ = Language().text
OFFICIAL = "zalo_oa"
LEAST_FREE = 500 * 2**20  # bytes
FARTHEST = timedelta(seconds=60)  # between our clock and the database server's
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # no right clock shows an earlier time


@dataclass(frozen=True)
class Check:
    """What was found; `mend` is empty when all is well."""

    told: str
    mend: str = ""
    fine: bool = True


def _bad(told: str, mend: str) -> Check:
    return Check(told, mend, fine=False)


def examine() -> Iterator[Check]:
    """One check after another; later ones are left out where the settings cannot even be read."""
    try:
        settings = load()
    except SettingsError as error:
        yield from (_bad(_("Settings: one is wrong"), line) for line in str(error).splitlines())
        return
    yield Check(_("Settings: all can be read"))
    yield from _about_database(settings)
    yield _clock()
    yield _disk(settings)
    yield _telegram(settings)
    yield from _zalo_bot(settings)
    yield from _further(settings)
    yield _address(settings)
    yield _port(settings)


# --- database and key


def _about_database(settings: Settings) -> Iterator[Check]:
    file = file_of(settings)
    if file is not None and not file.exists():
        yield _bad(
            _("Database: there is none at {path} yet", path=file),
            _("run caunoi migrate, or check CAUNOI_DATABASE_URL"),
        )
        return
    try:
        database = Database(settings.database_url, keyring_of(settings))
    except (Problem, OSError) as error:
        yield _bad(_("Key: it cannot be read"), str(error))
        return
    try:
        yield from _inside(database)
        yield _key_file(settings, file)
    finally:
        database.close()


def _inside(database: Database) -> Iterator[Check]:
    for look in (_schema, _writable, _key_fits, _server_clock):
        try:
            found = look(database)
        except SQLAlchemyError as error:
            kind = type(getattr(error, "orig", error)).__name__
            yield _bad(
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
    return _bad(_("Database: reachable, but not at the present version"), _("run caunoi migrate"))


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
            return _bad(
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
    return _bad(
        _("Database: its clock differs from this computer's"), _("let both set their time by the network")
    )


def _key_file(settings: Settings, file: Path | None) -> Check:
    if settings.secret_key is not None:
        return Check(_("Key: given by CAUNOI_SECRET_KEY"))
    path = (file or Path("caunoi.db")).with_suffix(".key")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return _bad(_("Key: others may read {path}", path=path), _("run chmod 600 {path}", path=path))
    return Check(_("Key: in {path}, for its owner only; keep a copy of it with your backups", path=path))


# --- the computer


def _clock() -> Check:
    now = datetime.now(UTC)
    try:
        local = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    except ZoneInfoNotFoundError:
        return _bad(_("Clock: time zones are unknown here"), _("install the Python package tzdata"))
    if now < BUILT:
        return _bad(
            _("Clock: it shows {day}", day=f"{local:%d/%m/%Y}"), _("set this computer's date and time")
        )
    return Check(_("Clock: {moment} in Vietnam", moment=Language().moment(now)))


def _disk(settings: Settings) -> Check:
    folder = (file_of(settings) or Path("caunoi.db")).absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = _("Disk: {n} MB free in {folder}", n=Language().number(free // 2**20), folder=folder)
    return Check(told) if free >= LEAST_FREE else _bad(told, _("make room: at least 500 MB"))


# --- the world outside


def _telegram(settings: Settings) -> Check:
    """Ask getMe. The token is in the address, so neither the address nor the library's own words are told."""
    if settings.telegram_token is None:
        return Check(_("Telegram: no CAUNOI_TELEGRAM_TOKEN, so it is not used"))
    url = f"{settings.telegram_api_url}/bot{settings.telegram_token.get_secret_value()}/getMe"
    try:
        answer = httpx.get(url, timeout=10)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return _bad(
            _("Telegram: it cannot be reached ({kind})", kind=type(error).__name__),
            _("check the network, a proxy, and CAUNOI_TELEGRAM_API_URL"),
        )
    if answer.status_code in {401, 404}:
        return _bad(
            _("Telegram: it does not accept the token"),
            _("copy the current token from BotFather into CAUNOI_TELEGRAM_TOKEN"),
        )
    found = told.get("result") if isinstance(told, dict) else None
    if not isinstance(found, dict) or not told.get("ok"):
        return _bad(
            _("Telegram: it answers {status}", status=answer.status_code),
            _("wait a little and look again; check CAUNOI_TELEGRAM_API_URL"),
        )
    return Check(_("Telegram: the bot is @{name}", name=found.get("username", "")))


def _zalo_bot(settings: Settings) -> Iterator[Check]:
    """Ask getMe, and say what polling costs. The token is in the address, so no address is told."""
    if settings.zalo_bot_token is None:
        yield Check(_("Zalo Bot: no CAUNOI_ZALO_BOT_TOKEN, so it is not used"))
        return
    url = f"{settings.zalo_bot_api_url}/bot{settings.zalo_bot_token.get_secret_value()}/getMe"
    try:
        answer = httpx.post(url, json={}, timeout=10)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        yield _bad(
            _("Zalo Bot: it cannot be reached ({kind})", kind=type(error).__name__),
            _("check the network, a proxy, and CAUNOI_ZALO_BOT_API_URL"),
        )
        return
    code = told.get("error_code", answer.status_code) if isinstance(told, dict) else answer.status_code
    found = told.get("result") if isinstance(told, dict) and told.get("ok") else None
    if code in {401, 404}:
        yield _bad(
            _("Zalo Bot: Zalo does not accept the token"),
            _("copy the current token from Zalo Bot Manager into CAUNOI_ZALO_BOT_TOKEN"),
        )
    elif not isinstance(found, dict):
        yield _bad(
            _("Zalo Bot: it answers {status}", status=code),
            _("wait a little and look again; check CAUNOI_ZALO_BOT_API_URL"),
        )
    else:
        yield Check(_("Zalo Bot: the bot is {name}", name=found.get("account_name") or found.get("id", "")))
        yield _ways_to_a_bot(settings)


def _ways_to_a_bot(settings: Settings) -> Check:
    """How messages come to a bot that can be pushed to or has to ask, and what the second way costs."""
    if settings.public_url.startswith("https://"):
        return Check(_("Zalo Bot: messages are brought to {url}", url=settings.public_url))
    told = _(
        "Zalo Bot: messages are asked for, one a second at the most; what is written while caunoi does not run may be "
        "lost, and links to files lead to {url}, on the office network only",
        url=settings.web_base,
    )
    if urlsplit(settings.web_base).hostname in {"127.0.0.1", "localhost"}:
        return _bad(
            told,
            _("set CAUNOI_HTTP_HOST=0.0.0.0 and CAUNOI_PUBLIC_URL to this computer's address in the network"),
        )
    return Check(told)


def _further(settings: Settings) -> Iterator[Check]:
    """Official Accounts, and what was added with caunoi channel add; nothing where there is no database yet."""
    file = file_of(settings)
    if file is not None and not file.exists():
        return
    try:
        database = Database(settings.database_url, keyring_of(settings))
        with database.reading() as session:
            rows = list(further(session, settings))
            query = select(ChannelAccount).where(
                col(ChannelAccount.kind) == OFFICIAL, col(ChannelAccount.name) == MAIN
            )
            main = session.execute(query).scalar() or ChannelAccount(id=0, kind=OFFICIAL)
    except (Problem, OSError, SQLAlchemyError):
        return  # said above
    if KINDS[OFFICIAL].is_given(settings):
        yield _official(settings, database, main)
    for row, its in rows:
        yield from (replace(look, told=f"{row.name}: {look.told}") for look in _look(row, its, database))
    database.close()


def _look(row: ChannelAccount, its: Settings, database: Database) -> Iterator[Check]:
    """What there is to say of an account that was added."""
    if row.kind == OFFICIAL:
        yield _official(its, database, row)
    elif row.kind == "zalo_bot":
        yield from _zalo_bot(its)
    else:
        yield _telegram(its)


def _official(settings: Settings, database: Database, account: ChannelAccount) -> Check:
    from bot.channels.zalo_oa.check import check

    fine, told, mend = check(settings, database, account)
    return Check(told, mend, fine=fine)


def _address(settings: Settings) -> Check:
    if not settings.public_url:
        return Check(_("Address: no CAUNOI_PUBLIC_URL; the web chat opens on this computer only"))
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https":
        return _bad(
            _("Address: {url} is not secure", url=settings.public_url),
            _("give CAUNOI_PUBLIC_URL an address that begins with https://"),
        )
    try:
        socket.getaddrinfo(parts.hostname, parts.port or 443)
    except OSError:
        return _bad(
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
    return _bad(
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
