"""What is to be sent, kept with the decision to send it, settled only after the platform's answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
    update,
)
from sqlmodel import Session, SQLModel

from storage.columns import BigKey, Instant

REPLY, BROADCAST = "reply", "broadcast"

outbox = Table(
    "outbox",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    Column("person_id", BigInteger, ForeignKey("person.id")),  # empty for chats of nobody known
    Column("lane", String, nullable=False),
    Column("message", JSON, nullable=False),  # handlers.messages wire form
    Column("edits", String, nullable=False, default=""),  # the platform's id of the card to replace
    Column("edits_row", BigInteger, ForeignKey("outbox.id")),  # or the row that sent it
    Column("key", String),  # at most one row a key, so that a tick run twice says a thing once
    Column("delivery_id", BigInteger, ForeignKey("delivery.id"), index=True),
    # due, sent, failed, dropped (lost its sense), passed_on (another contact took over)
    Column("state", String, nullable=False, default="due"),
    Column("due_at", Instant, nullable=False),  # business time
    Column("retry_at", Instant),  # real time
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text, nullable=False, default=""),
    Column("external_id", String, nullable=False, default=""),
    Column("made_at", Instant, nullable=False),  # business time
    Column("sent_at", Instant),  # business time
    UniqueConstraint("key"),
    Index(
        "ix_outbox_due",
        "account_id",
        "due_at",
        "id",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index("ix_outbox_sent", "account_id", "chat", "external_id"),
)


def put(session: Session, **values: Any) -> int | None:
    """Queue one message (columns of `outbox`). None when its `key` was queued before."""
    if (
        values.get("key")
        and session.execute(select(outbox.c.id).where(outbox.c.key == values["key"])).first()
    ):
        return None
    defaults = {
        "lane": REPLY,
        "state": "due",
        "attempts": 0,
        "edits": "",
        "last_error": "",
        "external_id": "",
    }
    row_id: int = session.execute(
        insert(outbox).values(**{**defaults, **values}).returning(outbox.c.id)
    ).scalar_one()
    return row_id


def due(
    session: Session, account_id: int, now: datetime, *, limit: int = 200, without: Collection[int] = ()
) -> Sequence[Row[Any]]:
    """The oldest unsettled rows whose business time has come, those in retry included (they hold their chat)."""
    query = select(outbox).where(
        outbox.c.account_id == account_id, outbox.c.state == "due", outbox.c.due_at <= now
    )
    if without:
        query = query.where(outbox.c.id.not_in(list(without)))
    # replies first: a broadcast of thousands must not fill the window
    return session.execute(query.order_by(outbox.c.lane.desc(), outbox.c.id).limit(limit)).all()


def settle(session: Session, row_ids: Iterable[int], values: Mapping[str, Any]) -> None:
    session.execute(update(outbox).where(outbox.c.id.in_(list(row_ids))).values(**values))


def external_id(session: Session, row_id: int) -> str:
    """What the platform called the message of this row; "" while it is not sent."""
    found = session.execute(select(outbox.c.external_id).where(outbox.c.id == row_id)).scalar()
    return found or ""


def next_due(session: Session, now: datetime) -> datetime | None:
    """Business time of the earliest message that waits for its hour after `now`."""
    query = select(outbox.c.due_at).where(outbox.c.state == "due", outbox.c.due_at > now)
    found: datetime | None = session.execute(query.order_by(outbox.c.due_at).limit(1)).scalar()
    return found


def drop(session: Session, key_prefix: str) -> None:
    """Take back messages not yet sent that have lost their sense, by the beginning of their key."""
    where = (outbox.c.state == "due") & outbox.c.key.startswith(key_prefix, autoescape=True)
    session.execute(update(outbox).where(where).values(state="dropped"))
