"""Brings a database to the present schema at start, behind a lock.

An empty database gets the models' tables at once; one of an earlier release is led up by Alembic, which is
loaded only then. A test proves that both ways end in the same schema.
"""

from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, inspect, text

from storage.base.engine import Database

HEAD = "0012"  # the newest file in storage/migrations/versions; a test compares
LOCK = 7_271_986  # PostgreSQL advisory lock: one process migrates, the others wait


def revision(connection: Connection) -> str | None:
    """What the database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def upgrade(database: Database) -> bool:
    """Run what is missing, in one transaction, once. True when something was."""
    with database.writer.begin() as connection:
        if not database.is_sqlite:
            keep_others_out(connection)
        found = revision(connection)
        if found == HEAD:
            return False
        if found is None:
            create(connection)
        else:
            step_up(connection)
    if database.is_sqlite:
        database.writer.dispose()  # what its connection remembers of all the tables it made: 1 MiB
    return True


def keep_others_out(connection: Connection) -> None:
    """Until this transaction ends no other process migrates a PostgreSQL database, so none starts on it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def create(connection: Connection) -> None:
    """Make all tables of the present version in an empty database."""
    from storage.admin.tables import metadata  # a database that is up to date needs none of them here

    metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def step_up(connection: Connection) -> None:
    """Run every revision the database has not seen, on an open transaction."""
    from alembic import command

    command.upgrade(config(connection), "head")


def config(connection: Connection) -> Any:
    """Alembic's configuration for an open connection; there is no alembic.ini."""
    from alembic.config import Config

    from storage.admin.tables import metadata

    made = Config()
    made.set_main_option("script_location", str(files("storage") / "migrations"))
    made.attributes["connection"] = connection
    made.attributes["target_metadata"] = metadata
    return made
