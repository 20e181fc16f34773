"""The dated copies in a folder: a new one is written under another name, opened, and only then called a backup."""

import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from bot.console import Problem
from locales import Language
from storage.admin import backup
from storage.admin.backup import Content
from storage.base.engine import Database
from storage.base.private import written

_ = Language().text
UNFINISHED: Final = ".part"
_NAME: Final = re.compile(r"caunoi-(\d{4}-\d\d-\d\d-\d{6})(?:-\d+)?\.db")
_STAMP: Final = "%Y-%m-%d-%H%M%S"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WHOLE_DAYS: Final = 2  # of the newest days every backup is kept
_GIVEN_UP: Final = timedelta(days=1)  # an unfinished file that old is nobody's any more


@dataclass(frozen=True)
class Keep:
    """How many days, weeks and months keep their newest backup; those without one are not counted."""

    daily: int = 14
    weekly: int = 8
    monthly: int = 12


@dataclass(frozen=True)
class Dated:
    """A backup and when it was made: by the clock of the computer's place."""

    made_at: datetime
    file: Path


def all_of(folder: Path) -> list[Dated]:
    """The backups in a folder, newest first; whatever else lies there is none."""
    found = [(_NAME.fullmatch(file.name), file) for file in folder.iterdir()] if folder.is_dir() else []
    dated = [Dated(datetime.strptime(name[1], _STAMP), file) for name, file in found if name]  # noqa: DTZ007  a local time
    return sorted(dated, key=lambda one: (one.made_at, one.file.name), reverse=True)


# --- making one


def make(database: Database, folder: Path, now: datetime) -> tuple[Path, Content]:
    """Write a backup into a folder, look it through, and give it its name. Raises Problem; then there is none.

    `now` is a local time; it becomes the name, and a second one of that second gets a number.
    """
    with _new_file(folder, now) as (unfinished, file):
        counts = backup.copy(database, unfinished)
        found = _looked_through(unfinished, database)
        missing = sorted(name for name, rows in counts.items() if found.counts.get(name) != rows)
        if missing:
            tables = ", ".join(missing)
            raise Problem(
                _("{folder}: the copy lacks rows ({tables}); back up again", folder=folder, tables=tables)
            )
        synced(unfinished)
        unfinished.rename(file)
    return file, found


def _looked_through(file: Path, database: Database) -> Content:
    try:
        return backup.examine(file, database.keyring)
    except backup.NotIntactError:
        raise Problem(
            _(
                "{file}: the copy cannot be read; check the disk, and the database with caunoi doctor",
                file=file.parent,
            )
        ) from None


@contextmanager
def _new_file(folder: Path, now: datetime) -> Iterator[tuple[Path, Path]]:
    """An empty file for its owner only, and the name it is to get; gone again unless it got it."""
    with full_told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = _reserved(folder, now)
        try:
            yield unfinished, unfinished.with_suffix("")
        finally:
            for left in (unfinished, *(Path(f"{unfinished}{more}") for more in ("-journal", "-wal", "-shm"))):
                left.unlink(missing_ok=True)


def _reserved(folder: Path, now: datetime) -> Path:
    """A name nobody has: whoever makes the unfinished file has reserved what it will be called."""
    for number in count(1):
        stem = f"caunoi-{now.strftime(_STAMP)}{f'-{number}' if number > 1 else ''}.db"
        with suppress(FileExistsError):
            if not (folder / stem).exists():
                written(folder / f"{stem}{UNFINISHED}")
                return folder / f"{stem}{UNFINISHED}"
    raise AssertionError


def synced(file: Path) -> None:
    """Have what was written reach the disk; a disk that fills up may say so only now."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


@contextmanager
def full_told(folder: Path) -> Iterator[None]:
    """Say of a full disk which folder it is about, and the mend."""
    try:
        yield
    except (OSError, DBAPIError, sqlite3.Error) as error:
        if not _is_full(error):
            raise
        raise Problem(
            _(
                "{folder}: the disk is full, nothing was left there; make room, or name another folder",
                folder=folder,
            )
        ) from None


def _is_full(error: Exception) -> bool:
    cause: Any = getattr(error, "orig", None) or error
    return (
        getattr(cause, "errno", None) in _FULL
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


# --- letting old ones go


def thin(folder: Path, keep: Keep, now: datetime) -> list[Path]:
    """Delete the backups that are neither of the newest days nor the newest of a day, week or month that is kept."""
    gone = surplus(all_of(folder), keep)
    for file in (*gone, *_given_up(folder, now)):
        file.unlink(missing_ok=True)
    return gone


def surplus(dated: Sequence[Dated], keep: Keep) -> list[Path]:
    """Of backups, newest first, those to let go."""
    days = list(dict.fromkeys(one.made_at.date() for one in dated))[:_WHOLE_DAYS]
    kept = {one.file for one in dated if one.made_at.date() in days}
    kept |= _newest(dated, lambda moment: moment.date(), keep.daily)
    kept |= _newest(dated, lambda moment: moment.isocalendar()[:2], keep.weekly)
    kept |= _newest(dated, lambda moment: (moment.year, moment.month), keep.monthly)
    return [one.file for one in dated if one.file not in kept]


def _newest(dated: Sequence[Dated], period: Callable[[datetime], object], most: int) -> set[Path]:
    newest = {period(one.made_at): one.file for one in reversed(dated)}
    return set(list(reversed(newest.values()))[:most])


def _given_up(folder: Path, now: datetime) -> list[Path]:
    """What a backup that was killed has left."""
    found = [
        file
        for file in folder.iterdir()
        if _NAME.fullmatch(file.name.partition(UNFINISHED)[0]) and UNFINISHED in file.name
    ]
    return [
        file for file in found if datetime.fromtimestamp(file.stat().st_mtime, now.tzinfo) < now - _GIVEN_UP
    ]
