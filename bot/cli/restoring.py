"""A backup goes back: looked through first, brought up to the present version, and never over data or a running program."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import InvalidToken
from filelock import FileLock, Timeout
from sqlmodel import Session, select

from bot.cli.backups import UNFINISHED, full_told, synced
from bot.console import Problem, key_file_of
from locales import Language
from storage.admin import backup, migrate
from storage.admin.backup import Content, Counts
from storage.base.engine import Database
from storage.base.keyring import SHORTEST, Keyring
from storage.base.private import written
from storage.messaging import leases
from storage.people.people import Centre

_ = Language().text
_BESIDE: Final = ("-wal", "-shm")


# --- the key


def key_for(settings: Any, file: Path | None) -> str:
    """The key a backup is to be opened with: in the file given, else that of the settings. Raises Problem for none.

    Unlike at a first start none is made: a new one opens nothing.
    """
    beside = key_file_of(settings)
    there = settings.secret_key.get_secret_value() if beside is None else _text_of(beside)
    if file is None and there is None:
        raise Problem(
            _(
                "{path}: the key is not there; put it back there, or name its copy with --key FILE",
                path=beside,
            )
        )
    if file is None:
        return str(there)
    given = _text_of(file)
    if given is None or len(given) < SHORTEST:
        raise Problem(_("{path}: this file holds no key", path=file))
    if there not in {None, given}:
        place = beside or "CAUNOI_SECRET_KEY"
        raise Problem(_("{place}: there is another key; take it away first, and keep it", place=place))
    return given


def _text_of(file: Path) -> str | None:
    return file.read_text(encoding="utf-8").strip() if file.exists() else None


def put_back(settings: Any, key: str) -> Path | None:
    """Keep the key where the program looks for it. Where, unless it was there."""
    beside = key_file_of(settings)
    if beside is None or beside.exists():
        return None
    written(beside, key.encode())
    return beside


# --- the backup


def looked_through(file: Path, keyring: Keyring) -> Content:
    """What a backup holds. Raises Problem where it cannot go back."""
    if not file.is_file():
        raise Problem(_("{file}: there is no such file", file=file))
    try:
        found = backup.examine(file, keyring)
    except backup.NotIntactError:
        raise Problem(_("{file}: this is no backup, or a damaged one; take another one", file=file)) from None
    except InvalidToken:
        raise Problem(
            _("{file}: this key does not open it; name the key that belongs to it with --key FILE", file=file)
        ) from None
    if found.version is None:
        raise Problem(_("{file}: this is no backup, or a damaged one; take another one", file=file))
    if found.version > migrate.HEAD:
        raise Problem(
            _(
                "{file}: a newer caunoi has made it (version {theirs}, here {ours}); install that one first",
                file=file,
                theirs=found.version,
                ours=migrate.HEAD,
            )
        )
    return found


@contextmanager
def _brought_up(file: Path, folder: Path | None, keyring: Keyring) -> Iterator[Path]:
    """A copy of the backup at the present version; the backup itself stays as it is."""
    with (
        full_told(folder or Path(tempfile.gettempdir())),
        tempfile.TemporaryDirectory(prefix=".caunoi-", dir=folder) as made,
    ):
        copied = Path(made) / f"restored.db{UNFINISHED}"
        written(copied)
        shutil.copyfile(file, copied)
        backup.bring_up(copied, keyring)
        synced(copied)
        yield copied


# --- into SQLite


def into_file(file: Path, target: Path, keyring: Keyring, now: datetime, *, overwrite: bool) -> Path | None:
    """Put a backup in the place of a database file. What was there, under its new name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target), _brought_up(file, target.parent, keyring) as copied:
        if not overwrite and target.exists() and _has_data(target, keyring):
            raise _refused(str(target))
        aside = _set_aside(target, now) if target.exists() else None
        copied.rename(target)
    return aside


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """The lock `caunoi run` holds. Raises Problem where it does."""
    lock = FileLock(f"{target}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Problem(
            _("CAUNOI_DATABASE_URL: caunoi runs on {path}; stop it first, then restore again", path=target)
        ) from None
    try:
        yield
    finally:
        lock.release()


def _has_data(target: Path, keyring: Keyring) -> bool:
    """Whether a file is anything but a database without a centre."""
    try:
        return target.stat().st_size > 0 and backup.examine(target, keyring).has_centre
    except (backup.NotIntactError, InvalidToken):
        return True


def _set_aside(target: Path, now: datetime) -> Path:
    """Rename a database with all that belongs to it."""
    aside = target.with_name(f"{target.name}.before-{now:%Y-%m-%d-%H%M%S}")
    for more in _BESIDE:
        beside = Path(f"{target}{more}")
        if beside.exists():
            beside.rename(f"{aside}{more}")
    return target.rename(aside)


# --- into PostgreSQL


def into_server(file: Path, url: str, keyring: Keyring, *, overwrite: bool) -> Counts:
    """Put a backup in the place of all rows of a PostgreSQL database, in one transaction. The rows by table."""
    database = Database(url, keyring)
    try:
        with _brought_up(file, None, keyring) as copied:
            migrate.upgrade(database)
            with database.transaction() as session:
                _look_at(session, overwrite=overwrite)
                return backup.fill(session.connection(), copied)
    finally:
        database.close()


def _look_at(session: Session, *, overwrite: bool) -> None:
    """Raises Problem where nothing may be put in the place of what is there. Nobody can start from here on."""
    migrate.keep_others_out(session.connection())
    if leases.anybody(session):
        raise Problem(
            _(
                "CAUNOI_DATABASE_URL: caunoi runs on this database; stop it, wait ten seconds, then restore again"
            )
        )
    if not overwrite and session.execute(select(Centre.id)).first():
        raise _refused("CAUNOI_DATABASE_URL")


def _refused(place: str) -> Problem:
    return Problem(
        _(
            "{place}: there is a centre in this database already; name another one, or restore over it with --overwrite",
            place=place,
        )
    )
