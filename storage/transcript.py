"""The web chat's own pages: what was said, numbered within the chat, so that a page resumes by number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from storage.columns import BigKey, Instant

transcript = Table(
    "transcript",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("mine", Boolean, nullable=False),  # True: the person's own words
    Column("said_at", Instant, nullable=False),  # business time
    Column("message", JSON, nullable=False),
    Column("replaces", Integer),  # the number of the card whose place this one takes
    Column("outbox_id", BigInteger),  # so that a message sent again after a kill stays one row
    Column("file_name", String, nullable=False, default=""),
    Column("file", LargeBinary),
    UniqueConstraint("account_id", "chat", "number"),
    UniqueConstraint("outbox_id"),
)


def append(session: Session, account_id: int, chat: str, **values: Any) -> int:
    """Add a line and return its number. A row for an `outbox_id` that is there already is not added again."""
    if values.get("outbox_id") is not None:
        before = select(transcript.c.number).where(transcript.c.outbox_id == values["outbox_id"])
        number = session.execute(before).scalar()
        if number is not None:
            return int(number)
    here = (transcript.c.account_id == account_id) & (transcript.c.chat == chat)
    number = session.execute(
        select(func.coalesce(func.max(transcript.c.number), 0) + 1).where(here)
    ).scalar_one()
    session.execute(insert(transcript).values(account_id=account_id, chat=chat, number=number, **values))
    return int(number)


def since(session: Session, account_id: int, chat: str, number: int, limit: int = 200) -> Sequence[Row[Any]]:
    """The lines after `number`, oldest first, without the files' contents."""
    columns = [column for column in transcript.c if column.name != "file"]
    query = select(*columns).where(transcript.c.account_id == account_id, transcript.c.chat == chat)
    return session.execute(
        query.where(transcript.c.number > number).order_by(transcript.c.number).limit(limit)
    ).all()


def file_of(session: Session, account_id: int, chat: str, number: int) -> Row[Any] | None:
    query = select(transcript.c.file_name, transcript.c.file).where(transcript.c.account_id == account_id)
    return session.execute(query.where(transcript.c.chat == chat, transcript.c.number == number)).first()


def forget_files(session: Session, before: datetime) -> None:
    """Empty the files of lines older than `before` (business time); the words stay."""
    old = (transcript.c.said_at < before) & transcript.c.file.is_not(None)
    session.execute(update(transcript).where(old).values(file=None))
