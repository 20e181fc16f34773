"""What every command stands on: plain words on the terminal, the opened office, and faults without a traceback.

The command line's own libraries stay out of here: `caunoi run` and a renewal of tokens do without them.
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from locales import Language, later

_ = Language().text


class Problem(Exception):  # noqa: N818  a sentence for the operator, not a fault
    """What cannot be done, with the name of what is wrong and the mend."""


def plain(text: str) -> str:
    """The text as a terminal shows it."""
    return str(text.unescape()) if isinstance(text, Markup) else text


def say(*lines: str, err: bool = False) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr if err else sys.stdout, flush=True)


def speak_utf8() -> None:
    """Have both streams take Vietnamese: a Windows console may not expect UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def alone(work: Callable[[], object]) -> None:
    """Run a command as all of a process: a fault is told as one sentence, and the exit code is 1."""
    speak_utf8()
    try:
        work()
    except KeyboardInterrupt:  # a server, before it listens for it
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  an operator gets a sentence, whatever failed
        say(explain(error), err=True)
        sys.exit(1)


def explain(error: Exception) -> str:
    """The sentence for a fault: which setting or file it is about, and the mend."""
    if isinstance(error, Problem) or _names_its_mend(error):
        return plain(error.args[0] if error.args else "")

    from cryptography.fernet import InvalidToken
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, InvalidToken):
        return _key_does_not_fit()
    if isinstance(error, DBAPIError):
        return _database_fault(error)
    if isinstance(error, OSError) and error.filename:
        return _(
            "{file}: this file cannot be read or written; check its name, its folder and who may use it",
            file=error.filename,
        )
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return _(
        "An unexpected fault ({kind}, {where}). Nothing was written. Please report these words.",
        kind=type(error).__name__,
        where=where,
    )


def _database_fault(error: Any) -> str:
    """Which database it is about, and the mend."""
    from bot.settings import load
    from storage.base.engine import FULL, LOCKED, READ_ONLY, fault_of

    sentences = {
        READ_ONLY: later(
            "CAUNOI_DATABASE_URL: {where} can only be read; let this user write the file, what lies beside it "
            "(-wal, -shm) and its folder"
        ),
        FULL: later("CAUNOI_DATABASE_URL: {where} cannot grow; make room on its disk"),
        LOCKED: later("CAUNOI_DATABASE_URL: {where} is held by another program; end that one first"),
    }
    other = later(
        "CAUNOI_DATABASE_URL: the database does not answer as it should ({kind}); run caunoi doctor"
    )
    where = file_of(load()) or _("the database")
    return _(sentences.get(fault_of(error), other), where=where, kind=type(error.orig).__name__)


def _names_its_mend(error: Exception) -> bool:
    from bot.channels.base import AccountError
    from bot.settings import SettingsError

    return isinstance(error, (SettingsError, AccountError))


def _key_does_not_fit() -> str:
    return _(
        "CAUNOI_SECRET_KEY: this key does not fit the database; bring back the key that belongs to it "
        "(the .key file beside the database, or your backup of it)"
    )


@dataclass
class Office:
    """Settings, the opened database and business time. Meaning of annotations: see their classes."""

    settings: Any  # bot.settings.Settings
    database: Any  # storage.base.engine.Database
    now: datetime
    clock: Any  # storage.base.clock.Clock

    def today(self, zone: str) -> date:
        return self.now.astimezone(ZoneInfo(zone)).date()

    @property
    def links(self) -> Any:
        from handlers.engine.desk import Links

        return Links(self.settings.web_base, self.database.keyring)


@contextmanager
def office(*, create: bool = False) -> Iterator[Office]:
    """The database of the settings. Raises Problem when it is not there or not current, unless `create` makes it so."""
    from bot.settings import load
    from storage.base.clock import Clock
    from storage.base.engine import Database

    settings = load()
    file = file_of(settings)
    if file is not None and not create and not file.exists():
        raise Problem(
            _("CAUNOI_DATABASE_URL: there is no database at {path} yet; run caunoi migrate", path=file)
        )
    if file is not None and create:
        file.parent.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url, keyring_of(settings))
    try:
        _bring_up(database, create=create)
        clock = Clock()
        with database.reading() as session:
            clock.load(session)
        yield Office(settings, database, clock.now(), clock)
    finally:
        database.close()


def file_of(settings: Any) -> Path | None:
    """The SQLite file; None for PostgreSQL and for a database in memory."""
    from sqlalchemy import make_url

    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def key_file_of(settings: Any) -> Path | None:
    """Where the key is kept; None where CAUNOI_SECRET_KEY gives it."""
    return (
        None
        if settings.secret_key is not None
        else (file_of(settings) or Path("caunoi.db")).with_suffix(".key")
    )


def keyring_of(settings: Any) -> Any:
    """The keyring. Raises Problem for a key file that holds no key."""
    try:
        return settings.keyring()
    except ValueError:
        raise Problem(
            _(
                "CAUNOI_SECRET_KEY: the .key file beside the database holds no key; bring it back from your backup"
            )
        ) from None


def _bring_up(database: Any, *, create: bool) -> None:
    from storage.admin import migrate

    if create:
        migrate.upgrade(database)
        return
    with database.reader.connect() as connection:
        found = migrate.revision(connection)
    if found != migrate.HEAD:
        raise Problem(
            _("CAUNOI_DATABASE_URL: the database is not at the present version; run caunoi migrate")
        )


def centre_of(session: Any) -> Any:
    """The centre. Raises Problem in a database without one."""
    from sqlmodel import col, select

    from storage.people.people import Centre

    centre = session.exec(select(Centre).order_by(col(Centre.id))).first()
    if centre is None:
        raise Problem(
            _(
                "CAUNOI_DATABASE_URL: there is no centre in this database yet; caunoi centre makes yours, "
                "caunoi seed fills a sample to try with"
            )
        )
    return centre
