"""A database as one SQLite file, whichever kind it is kept in: how a copy is made, looked through and read back.

One kind of file for both: it is opened and compared without a server, depends on no version but this program's, and goes
back into either of them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, LargeBinary, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.pool import NullPool

from storage.admin import migrate
from storage.admin.tables import metadata
from storage.base.columns import Encrypted
from storage.base.engine import Database
from storage.base.keyring import Keyring

Counts = dict[str, int]  # rows by table
_ROWS: Final = 500  # fetched and written at once
_ROWS_WITH_FILES: Final = 8  # of 20 MB each at most
_OPENED_SEALS: Final = 50  # a column, the newest
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
)


class NotIntactError(Exception):
    """A file is no database, or a broken one."""


@dataclass(frozen=True)
class Content:
    """What a copy holds. `seals`: how many sealed values the key has opened; 0 where nothing is sealed yet."""

    version: str | None
    counts: Counts
    seals: int

    @property
    def has_centre(self) -> bool:
        return self.counts.get("centre", 0) > 0


# --- making a copy


def copy(database: Database, file: Path) -> Counts:
    """Write a database as it is at one moment into an empty file. The rows there were at that moment.

    Whoever writes meanwhile waits for nothing. PostgreSQL has to be at the present version, SQLite may be at any.
    """
    return _copy_pages(database, file) if database.is_sqlite else _copy_tables(database, file)


def _copy_pages(database: Database, file: Path) -> Counts:
    with (
        database.reader.connect() as connection,
        connection.begin(),
        closing(sqlite3.connect(file)) as target,
    ):
        source: Any = connection.connection.driver_connection
        counts = _counted(source)  # from here on the transaction sees one moment
        target.execute("PRAGMA synchronous = OFF")  # whoever asked for the file syncs it, once
        target.execute(
            "PRAGMA locking_mode = EXCLUSIVE"
        )  # nobody else opens it, so no memory is shared in a file
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # all of it in this one file
    return counts


def _copy_tables(database: Database, file: Path) -> Counts:
    moment = database.reader.connect().execution_options(isolation_level="REPEATABLE READ")
    with moment as source, _inside(file) as target:
        migrate.create(target)
        return _copy_rows(source, target)


@contextmanager
def _inside(file: Path) -> Iterator[Connection]:
    """A transaction in a file; references between its rows are not looked at, they come from where they were."""
    engine = create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        yield connection


def _copy_rows(source: Connection, target: Connection) -> Counts:
    return {table.name: _copy_table(table, source, target) for table in _as_stored()}


def _copy_table(table: Table, source: Connection, target: Connection) -> int:
    heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
    size = _ROWS_WITH_FILES if heavy else _ROWS
    found = source.execution_options(yield_per=size).execute(select(table))
    copied = 0
    for rows in found.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in rows])
        copied += len(rows)
    return copied


def _as_stored() -> list[Table]:
    """The tables, for copying: what is sealed is carried as it is, without a key."""
    plain = MetaData()
    tables = [table.to_metadata(plain) for table in metadata.sorted_tables]
    for column in chain.from_iterable(table.columns for table in tables):
        if isinstance(column.type, Encrypted):
            column.type = LargeBinary()
    return tables


# --- looking through one


def examine(file: Path, keyring: Keyring) -> Content:
    """Open a copy and read it through. Raises NotIntactError, and InvalidToken for a key that is not its own."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise NotIntactError
            return Content(_version(connection), _counted(connection), _seals(connection, keyring))
    except sqlite3.DatabaseError as error:
        raise NotIntactError from error


def _version(connection: sqlite3.Connection) -> str | None:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:  # some other program's
        return None
    return str(found[0]) if found else None


def _counted(connection: sqlite3.Connection) -> Counts:
    names = [name for (name,) in connection.execute(_TABLES)]
    count = 'SELECT count(*) FROM "{}"'
    return {name: connection.execute(count.format(name)).fetchone()[0] for name in names}


def _seals(connection: sqlite3.Connection, keyring: Keyring) -> int:
    sealed = chain.from_iterable(_sealed(connection, table) for table in metadata.sorted_tables)
    return len([keyring.cipher.decrypt(value) for value in sealed])


def _sealed(connection: sqlite3.Connection, table: Table) -> Iterator[bytes]:
    """Sealed values of a table; of an earlier version's, the columns it has."""
    there = {name for _number, name, *_more in connection.execute(f'PRAGMA table_info("{table.name}")')}
    for column in table.columns:
        if isinstance(column.type, Encrypted) and column.name in there:
            newest = f'SELECT "{column.name}" FROM "{table.name}" WHERE "{column.name}" IS NOT NULL ORDER BY rowid DESC'  # noqa: S608  names of our own
            yield from (value for (value,) in connection.execute(f"{newest} LIMIT {_OPENED_SEALS}"))


# --- reading one back


def bring_up(file: Path, keyring: Keyring) -> None:
    """Lead a copy of an earlier version up to the present one, where it lies."""
    database = Database(f"sqlite:///{file}", keyring)
    try:
        migrate.upgrade(database)
    finally:
        database.close()


def fill(connection: Connection, file: Path) -> Counts:
    """Put the rows of a copy at the present version in the place of all there are, on an open PostgreSQL transaction.

    Raises IntegrityError where a reference of one of them leads nowhere.
    """
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    connection.execute(text(f"TRUNCATE {names}"))
    connection.execute(text(_REFERENCES.format(when="DEFERRABLE INITIALLY DEFERRED")))
    with _inside(file) as source:
        counts = _copy_rows(source, connection)
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # looks all references up
    connection.execute(text(_REFERENCES.format(when="NOT DEFERRABLE")))
    connection.execute(text(_NUMBERS))
    return counts


# Rows come table by table, and one may refer to a later one of its own table.
_REFERENCES: Final = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conname, conrelid::regclass AS place FROM pg_constraint
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I {when}', found.place, found.conname);
    END LOOP;
END $$
"""
# The next row of each table gets the number after its last one.
_NUMBERS: Final = """
DO $$ DECLARE found record; last bigint; BEGIN
    FOR found IN SELECT table_name AS place, column_name AS name,
            pg_get_serial_sequence(quote_ident(table_name), column_name) AS numbers
        FROM information_schema.columns WHERE table_schema = current_schema()
    LOOP
        IF found.numbers IS NOT NULL THEN
            EXECUTE format('SELECT max(%I) FROM %I', found.name, found.place) INTO last;
            PERFORM setval(found.numbers::regclass, coalesce(last, 1), last IS NOT NULL);
        END IF;
    END LOOP;
END $$
"""
