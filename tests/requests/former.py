"""A database of the version before requests had tables, made by its own migrations, with things half done in it."""

from datetime import datetime
from typing import Any

from alembic import command
from sqlalchemy import insert, text
from sqlmodel import Session

from storage.admin import migrate
from storage.base.engine import Database
from storage.messaging import outbox, timers
from storage.messaging.accounts import account_named
from storage.people.people import contacts_of
from tests.casts.centre import fill
from tests.houses.dialogue import START, Stage

BEFORE = "0003"
SINCE = (
    ("course_class", "mark_columns", "JSON NOT NULL DEFAULT '{}'"),
    ("ticket", "session_id", "BIGINT"),
)  # what today's rows have besides, until the upgrade


def former(database: Database) -> Stage:
    """A stage on the former version's tables, with the cast."""
    with database.writer.begin() as connection:
        command.upgrade(migrate.config(connection), BEFORE)
    with database.transaction() as session:
        account_named(session, "test")  # so that nothing is copied: a copy would read today's tables
    stage = Stage(database, empty=True)
    with database.transaction() as session:
        for table, column, kind in SINCE:
            session.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))
        stage.cast = fill(session, START, asked=False)
    return stage


def upgraded(stage: Stage) -> None:
    with stage.database.writer.begin() as connection:
        for table, column, _kind in SINCE:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        migrate.step_up(connection)


def put(session: Session, stage: Stage, person_id: int, key: str, at: datetime, **columns: Any) -> int:
    """A message as the former version kept it: what it was stands in its key."""
    contact = contacts_of(session, person_id)[0]
    names = [column for column in outbox.outbox.c if column.name != "sense_until"]
    empty = {
        "lane": "broadcast",
        "state": "sent",
        "attempts": 0,
        "edits": "",
        "last_error": "",
        "external_id": "x",
    }
    wire = {
        "html": key,
        "buttons": [],
        "keyboard": None,
        "asks_phone": "",
        "document": None,
        "private": False,
    }
    values = {
        **empty, "account_id": contact.account_id, "chat": contact.chat, "person_id": person_id, "message": wire,
        "key": key, "made_at": at, "due_at": at, "sent_at": at, **columns,
    }  # fmt: skip
    assert values.keys() <= {column.name for column in names}
    row = insert(outbox.outbox).values(values).returning(outbox.outbox.c.id)
    found: int = session.execute(row).scalar_one()
    return found


def timer(session: Session, kind: str, key: str, at: datetime, **args: Any) -> None:
    timers.plan(session, kind, key, at, **args)
