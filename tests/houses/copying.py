"""Rows that many tests begin with are written once in Python and afterwards copied by the database itself.

Writing the cast or the sample through SQLAlchemy was most of a test's time.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

from sqlalchemy import Connection, Table
from sqlmodel import Session

from storage.admin.tables import metadata

T = TypeVar("T")
Steps = list[tuple[str, list[tuple]]]
ANYTHING = "SELECT 1 FROM centre UNION ALL SELECT 1 FROM channel_account LIMIT 1"
# What was written once, by kind of database and name: what was told of it, and the statements that write it again.
_written: dict[tuple[str, object], tuple[object, Steps]] = {}


def written(session: Session, name: object, write: Callable[[Session], T]) -> T:
    """What `write` returns, its rows in the database; `name` says what is written. Copied only into an empty one."""
    connection = session.connection()
    if connection.exec_driver_sql(ANYTHING).first() is not None:
        return write(session)
    found = _written.get((connection.dialect.name, name))
    if found is None:
        return _first(session, name, write)
    told, statements = found
    for statement, rows in statements:
        connection.exec_driver_sql(statement, rows) if rows else connection.exec_driver_sql(statement)
    return deepcopy(told)


def _first(session: Session, name: object, write: Callable[[Session], T]) -> T:
    connection = session.connection()
    empty = [table for table in metadata.sorted_tables if not _rows(connection, table)]
    told = write(session)
    session.flush()
    filled = [table for table in empty if _rows(connection, table)]
    keep = _kept_by_the_server if connection.dialect.name == "postgresql" else _kept_here
    _written[connection.dialect.name, name] = deepcopy(told), keep(connection, filled)
    return told


def _rows(connection: Connection, table: Table) -> list[tuple]:
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {_columns(table)} FROM {table.name}")]


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _kept_here(connection: Connection, filled: list[Table]) -> Steps:
    """A statement a table, with its rows as the driver reads them."""
    return [
        (
            f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({', '.join('?' * len(table.columns))})",
            _rows(connection, table),
        )
        for table in filled
    ]


def _kept_by_the_server(connection: Connection, filled: list[Table]) -> Steps:
    """One statement: the rows come from tables beside the real ones, where no test empties them."""
    schema = f"copies_{len(_written)}"
    connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    steps = []
    for table in filled:
        connection.exec_driver_sql(f"CREATE TABLE {schema}.{table.name} AS SELECT * FROM {table.name}")
        names = _columns(table)
        steps.append(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {schema}.{table.name};")
        if "id" in table.columns:
            steps.append(
                f"PERFORM setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name};"
            )
    steps = [
        "SET LOCAL session_replication_role = replica;",
        *steps,
        "SET LOCAL session_replication_role = origin;",
    ]
    return [(f"DO $$ BEGIN {' '.join(steps)} END $$", [])]  # the rows fit together: no reference is looked up
