"""Commands for copies of all the data: backup, restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import Problem, file_of, key_file_of, keyring_of, say
from locales import ZONE, Language

if TYPE_CHECKING:
    from storage.admin.backup import Content
    from storage.base.engine import Database

_ = Language().text


def add_to(app: typer.Typer) -> None:
    app.command(help=_("Copy all data into a dated file, also while caunoi runs; old copies are let go."))(
        backup
    )
    app.command(help=_("Put a backup back, in the place of an empty database."))(restore)


def _now() -> datetime:
    return datetime.now(ZONE)


# --- backup


def backup(
    folder: Annotated[
        Path | None,
        typer.Argument(help=_("Where to; CAUNOI_BACKUP_FOLDER where it is left out."), show_default=False),
    ] = None,
    key_folder: Annotated[
        Path | None,
        typer.Option(help=_("Also put a copy of the key there: another folder, best another disk.")),
    ] = None,
    daily: Annotated[int, typer.Option(min=1, help=_("How many days keep their newest backup."))] = 14,
    weekly: Annotated[int, typer.Option(min=0, help=_("How many weeks keep their newest backup."))] = 8,
    monthly: Annotated[int, typer.Option(min=0, help=_("How many months keep their newest backup."))] = 12,
) -> None:
    from bot.cli import backups
    from bot.settings import load

    settings = load()
    place, now = folder or Path(settings.backup_folder), _now()
    if key_folder is not None and key_folder.absolute() == place.absolute():
        raise Problem(_("--key-folder: the key has to lie apart from the backups; name another folder"))
    with _database(settings) as database:
        file, found = backups.make(database, place, now)
        _tell(file, found)
        _tell_key(settings, key_folder)
    gone = backups.thin(place, backups.Keep(daily, weekly, monthly), now)
    if gone:
        say(_("Old backups let go: {n}", n=len(gone)))


@contextmanager
def _database(settings: Any) -> Iterator["Database"]:
    """The database to copy. Raises Problem where there is none, or no key: none is made here."""
    from storage.admin import migrate
    from storage.base.engine import Database

    file, key = file_of(settings), key_file_of(settings)
    if file is not None and not file.exists():
        raise Problem(
            _("CAUNOI_DATABASE_URL: there is no database at {path} yet; run caunoi migrate", path=file)
        )
    if key is not None and not key.exists():
        raise Problem(_("{path}: the key is not there; a backup without it could not be opened", path=key))
    database = Database(settings.database_url, keyring_of(settings))
    try:
        if not database.is_sqlite:
            with database.reader.connect() as connection:
                found = migrate.revision(connection)
            if found != migrate.HEAD:
                raise Problem(
                    _(
                        "CAUNOI_DATABASE_URL: the database is at another version; back it up with the caunoi it ran with"
                    )
                )
        yield database
    finally:
        database.close()


def _tell(file: Path, found: "Content") -> None:
    number = Language().number
    told = {"tables": number(len(found.counts)), "rows": number(sum(found.counts.values()))}
    say(
        _("Backup: {file} ({kb} kB)", file=file, kb=number(-(-file.stat().st_size // 1000))),
        _("It was opened and read through: {tables} tables, {rows} rows.", **told),
        _("The key opens it.") if found.seals else _("Nothing is sealed with the key yet."),
    )


def _tell_key(settings: Any, folder: Path | None) -> None:
    beside = key_file_of(settings)
    if folder is not None:
        say(_("The key: {file}. Keep it apart from the backups.", file=_key_copied(settings, folder)))
    elif beside is not None:
        say(_("The key is NOT in it: {file}. Keep a copy of it, apart from the backups.", file=beside))
    else:
        say(_("The key is NOT in it: CAUNOI_SECRET_KEY. Keep a copy of it, apart from the backups."))


def _key_copied(settings: Any, folder: Path) -> Path:
    """A copy of the key in a folder, named after it: one of another key stays."""
    from bot.cli.backups import full_told
    from storage.base.private import written

    beside = key_file_of(settings)
    secret = settings.secret_key.get_secret_value() if beside is None else beside.read_text(encoding="utf-8")
    file = folder / f"caunoi-{settings.keyring().sign('name of a key', '')[:8]}.key"
    with full_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            written(file, secret.strip().encode())
    return file


# --- restore


def restore(
    file: Annotated[Path, typer.Argument(help=_("A file caunoi backup has made."))],
    key: Annotated[
        Path | None,
        typer.Option(help=_("The copy of the key that belongs to it, where the key is lost too.")),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Also where there is a centre already, in its place."))
    ] = False,
) -> None:
    from bot.cli import restoring
    from bot.settings import load
    from storage.base.keyring import Keyring

    settings = load()
    secret = restoring.key_for(settings, key)
    keyring = Keyring(secret)
    found = restoring.looked_through(file, keyring)
    target = file_of(settings)
    if target is None:
        restoring.into_server(file, settings.database_url, keyring, overwrite=overwrite)
    else:
        aside = restoring.into_file(file, target, keyring, _now(), overwrite=overwrite)
        if aside is not None:
            say(_("What was there before: {file}", file=aside))
    _tell_restored(file, found, restoring.put_back(settings, secret))


def _tell_restored(file: Path, found: "Content", key: Path | None) -> None:
    number = Language().number
    told = {"tables": number(len(found.counts)), "rows": number(sum(found.counts.values()))}
    say(_("Restored from {file}: {tables} tables, {rows} rows.", file=file, **told))
    if key is not None:
        say(_("The key was put back: {file}", file=key))
    say(_("Run caunoi doctor, then caunoi run. What waited to be sent then is sent now, perhaps once more."))
