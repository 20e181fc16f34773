"""Where the web chat's browsers are rung: what each gave us to push to, and the line it is still to be rung for.

A ring is no copy of a message: it is due while a line of the centre's waits unseen, and is gone once the page has seen
that line. All times are real time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    case,
    delete,
    literal,
    or_,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from storage.base.columns import BigKey, Encrypted, Instant, partial_index
from storage.base.engine import dialect_of

MOST: Final = 3  # subscriptions of a chat: its browser, the page on the home screen, and one to spare
GRACE: Final = timedelta(seconds=5)  # what is looked at by then does not ring
QUIET: Final = timedelta(minutes=1)  # at least, between two rings of a chat
LONGEST_WAIT: Final = timedelta(minutes=15)  # who is to wait longer waits by a clock set back since

push_subscription = Table(
    "push_subscription",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    Column("mark", String, nullable=False),  # of the endpoint, keyed
    Column("endpoint", Encrypted, nullable=False),
    Column("p256dh", Encrypted, nullable=False),
    Column("auth", Encrypted, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("line", Integer),  # the newest line nobody has seen; empty while there is nothing to ring for
    Column("ring_at", Instant, nullable=False),  # not before
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    UniqueConstraint("account_id", "chat", "mark"),
    partial_index("ix_push_subscription_line", "ring_at", where="line IS NOT NULL"),
)


@dataclass(frozen=True)
class Subscription:
    """What a browser gave: its push service's address, and the keys only the browser can open what is pushed with."""

    endpoint: str
    p256dh: str
    auth: str


def _here(account_id: int, chat: str) -> Any:
    return (push_subscription.c.account_id == account_id) & (push_subscription.c.chat == chat)


def subscribe(
    session: Session, account_id: int, chat: str, mark: str, given: Subscription, now: datetime
) -> None:
    """Keep a browser's subscription, once; of a chat's the newest MOST stay."""
    keys = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth}
    row = {"account_id": account_id, "chat": chat, "mark": mark, "made_at": now, "ring_at": now, **keys}
    insert = dialect_of(session).insert(push_subscription).values(**row)
    session.execute(insert.on_conflict_do_update(index_elements=["account_id", "chat", "mark"], set_=keys))
    ids = select(push_subscription.c.id).where(_here(account_id, chat))
    newest = ids.order_by(push_subscription.c.id.desc()).limit(MOST)
    too_many = _here(account_id, chat) & push_subscription.c.id.not_in(newest)
    session.execute(delete(push_subscription).where(too_many))


def forget(session: Session, account_id: int, chat: str) -> None:
    """A chat is rung no more: its person said so, or is its person no longer."""
    session.execute(delete(push_subscription).where(_here(account_id, chat)))


def since(session: Session, account_id: int, chat: str) -> datetime | None:
    """Since when a chat is rung; None where it is not."""
    query = select(push_subscription.c.made_at).where(_here(account_id, chat))
    return session.execute(query.order_by(push_subscription.c.id)).scalars().first()


def told(session: Session, account_id: int, chat: str, line: int, now: datetime) -> None:
    """The centre has said something: ring unless it is seen soon. What comes while a ring waits rings with it."""
    table, soon = push_subscription.c, literal(now + GRACE, Instant())
    keeps = or_(table.line.is_not(None), table.ring_at > soon)
    values = {"line": line, "ring_at": case((keeps, table.ring_at), else_=soon)}
    session.execute(update(push_subscription).where(_here(account_id, chat)).values(values))


def seen(session: Session, account_id: int, chat: str, line: int) -> None:
    """The page has shown everything up to this line to somebody."""
    shown = _here(account_id, chat) & (push_subscription.c.line <= line)
    session.execute(update(push_subscription).where(shown).values(line=None, attempts=0))


def due(session: Session, now: datetime, limit: int) -> list[Row[Any]]:
    """Whom to ring now, the longest waiting first."""
    at = push_subscription.c.ring_at
    query = select(push_subscription).where(push_subscription.c.line.is_not(None))
    query = query.where(or_(at <= now, at > now + LONGEST_WAIT))
    return list(session.execute(query.order_by(at).limit(limit)))


def rung(session: Session, row: Row[Any], now: datetime) -> None:
    """It has rung, or is not to ring for this any more; what was said meanwhile rings after QUIET."""
    mine = push_subscription.c.id == row.id
    session.execute(update(push_subscription).where(mine).values(ring_at=now + QUIET, attempts=0))
    over = mine & (push_subscription.c.line <= row.line)
    session.execute(update(push_subscription).where(over).values(line=None))


def retry(session: Session, row: Row[Any], at: datetime) -> None:
    mine = push_subscription.c.id == row.id
    session.execute(update(push_subscription).where(mine).values(ring_at=at, attempts=row.attempts + 1))


def drop(session: Session, row_id: int) -> None:
    """The push service knows it no longer."""
    session.execute(delete(push_subscription).where(push_subscription.c.id == row_id))
