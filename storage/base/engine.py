"""The database: SQLite in one file or PostgreSQL, one way to write and one way to read.

`transaction()` writes: on SQLite it begins with BEGIN IMMEDIATE, so that a read-then-write never works on
stale rows and never fails halfway with "database is locked". `reading()` is a second engine with a plain
BEGIN: pages, boards and exports read there and never wait for the writer.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, delete, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, SQLModel, select

from storage.base import private
from storage.base.keyring import Keyring

Row = TypeVar("Row", bound=SQLModel)
BATCH = 500  # rows `prune` deletes at once: some ten milliseconds


class Database:
    """Both engines of one database, with the keyring its encrypted columns need."""

    def __init__(self, url: str, keyring: Keyring, *, pool_size: int = 8) -> None:
        self.url = _driver(make_url(url))
        self.keyring = keyring
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = self._open(pool_size, "BEGIN IMMEDIATE")
        self.reader = self._open(pool_size, "BEGIN")

    def _open(self, pool_size: int, begin: str) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(
                self.url, pool_size=pool_size, max_overflow=4, pool_pre_ping=True, hide_parameters=True
            )
        else:
            engine = create_engine(
                self.url,
                poolclass=QueuePool,
                pool_size=pool_size,
                connect_args={"check_same_thread": False},
                hide_parameters=True,  # an error's text may reach a log; names and notes may not
            )
            event.listen(engine, "do_connect", _keep_private)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin(begin))
        setattr(engine.dialect, "caunoi_keyring", self.keyring)  # noqa: B010  not a declared attribute
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: commits at the end, rolls everything back on any exception."""
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look at the database that never writes; its rows can be read on afterwards."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session
            session.expunge_all()

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def lock(session: Session, table: type[Row], row_id: int) -> Row | None:
    """Fetch a row to change it: on PostgreSQL nobody else can until this transaction ends.

    On SQLite the whole transaction already stands alone.
    """
    query = select(table).where(table.id == row_id)  # type: ignore[attr-defined]  # every table here has an id
    mine = query.with_for_update(of=table)  # not what is loaded along with it
    return session.exec(mine.execution_options(populate_existing=True)).first()


def prune(session: Session, table: Table, over: ColumnElement[bool], since: ColumnElement[Any]) -> bool:
    """Delete a batch of the rows that are `over`, oldest first by `since`. Whether there may be more of them.

    A batch is a transaction, so that nobody who writes waits for all of a history.
    """
    ids = session.execute(select(table.c.id).where(over).order_by(since).limit(BATCH)).scalars().all()
    if ids:
        session.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids) == BATCH


READ_ONLY, FULL, LOCKED, AWAY = "read_only", "full", "locked", "database"
FAULTS = {  # by SQLite's name without its details, and by PostgreSQL's code
    "SQLITE_READONLY": READ_ONLY, "SQLITE_CANTOPEN": READ_ONLY, "SQLITE_PERM": READ_ONLY, "25006": READ_ONLY,
    "SQLITE_FULL": FULL, "SQLITE_IOERR": FULL, "53100": FULL,
    "SQLITE_BUSY": LOCKED, "SQLITE_LOCKED": LOCKED, "55P03": LOCKED,
}  # fmt: skip


def fault_of(error: DBAPIError) -> str:
    """Why the database could not be written: READ_ONLY, FULL (or its disk fails), LOCKED; AWAY for all else."""
    name = str(getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", ""))
    return FAULTS.get("_".join(name.split("_")[:2]), AWAY)


def dialect_of(session: Session) -> Any:
    """SQLAlchemy's module for the session's database, whose `insert` knows ON CONFLICT.

    The other one stays unloaded: PostgreSQL's takes 2 MiB.
    """
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")


def _driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


def _keep_private(_dialect: object, _record: object, words: list[Any], _named: object) -> None:
    file = str(words[0]) if words else ":memory:"
    if file != ":memory:" and not file.startswith("file:"):
        private.prepare_database(Path(file))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 15000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a power cut loses nothing that was confirmed
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(statement: str) -> Any:
    def begin(connection: Connection) -> None:
        # the driver's own way: SQLAlchemy's takes ten times as long, and would name the fault
        try:
            connection.connection.cursor().execute(statement)
        except sqlite3.Error as error:
            raise OperationalError(statement, None, error) from error

    return begin
