"""What is to be sent, kept with the decision to send it, settled only after the platform's answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
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
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlmodel import Session, SQLModel, col

from storage.base.columns import BigKey, Instant, SortedKey, begins, is_state, partial_index
from storage.base.engine import prune
from storage.people.people import Person

REPLY, BROADCAST = "reply", "broadcast"
HELD = (
    "held:"  # what `last_error` begins with while a message waits for something outside (a quota, a window)
)
# The longest a message waits for its retry, and one that is held: who waits longer waits by a clock set back since.
LONGEST_PAUSE, LONGEST_HOLD = timedelta(minutes=10), timedelta(days=1)
# Settled, and nobody asks about it later: no proof of a notice, and no key that says what somebody was told, but
# for the reminders of sessions, the office's digests and the cards that show how far a notice is, whose keys count for
# days only.
OVER = (
    "state <> 'due' AND delivery_id IS NULL AND (key IS NULL"
    " OR (key >= 'digest:' AND key < 'digest;')"
    " OR (key >= 'reminder:' AND key < 'reminder;') OR (key >= 'progress:' AND key < 'progress;'))"
)

outbox = Table(
    "outbox",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    Column("person_id", BigInteger, ForeignKey("person.id")),  # empty for chats of nobody known
    Column("lane", String, nullable=False),
    Column("message", JSON, nullable=False),  # handlers.engine.messages wire form
    Column("edits", String, nullable=False, default=""),  # the platform's id of the card to replace
    Column("edits_row", BigInteger, ForeignKey("outbox.id")),  # or the row that sent it
    Column("key", SortedKey),  # at most one row a key, so that a tick run twice says a thing once
    Column("passed_from", BigInteger),  # the row whose contact failed for good before this one took over
    Column("delivery_id", BigInteger, ForeignKey("delivery.id")),
    # due, sent, failed, dropped (lost its sense), passed_on (another contact took over)
    Column("state", String, nullable=False, default="due"),
    Column("due_at", Instant, nullable=False),  # business time
    Column("retry_at", Instant),  # real time
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text, nullable=False, default=""),
    Column("external_id", String, nullable=False, default=""),
    Column("made_at", Instant, nullable=False),  # business time
    # Business time: sent no more from then on. What has such an end and was held up goes out in sending hours.
    Column("sense_until", Instant),
    Column("sent_at", Instant),  # business time
    UniqueConstraint("key"),
    partial_index("ix_outbox_due", "account_id", "chat", "lane", "id", where="state = 'due'"),
    partial_index("ix_outbox_person", "person_id", where="state = 'due'"),
    partial_index("ix_outbox_failed", "id", where="state = 'failed'"),
    Index("ix_outbox_chat", "chat", "account_id", "id"),
    # of its own rows only: whoever looks for rows without a delivery is not led through all of them
    partial_index("ix_outbox_delivery", "delivery_id", where="delivery_id IS NOT NULL"),
    partial_index("ix_outbox_over", "due_at", where=OVER),
    partial_index("ix_outbox_edits_row", "edits_row", where="edits_row IS NOT NULL"),
    partial_index("ix_outbox_passed_from", "passed_from", where="passed_from IS NOT NULL"),
)
WAITING = is_state(outbox.c.state, "due")


PUT = insert(outbox).returning(outbox.c.id)  # put together once, as storage.messaging.inbox does


def put(session: Session, *, made_at: datetime, **values: Any) -> int | None:
    """Queue one message (columns of `outbox`), due at once where nothing else is said. None when its `key` was
    queued before.
    """
    if (
        values.get("key")
        and session.execute(select(outbox.c.id).where(outbox.c.key == values["key"])).first()
    ):
        return None
    row = {"lane": REPLY, "due_at": made_at, "made_at": made_at, **values}
    row_id: int = session.execute(PUT, row).scalar_one()
    return row_id


def due(
    session: Session,
    account_id: int,
    now: datetime,
    real_now: datetime,
    *,
    without: Collection[int] = (),
    but: Collection[str] = (),
    lanes: Collection[str] = (REPLY, BROADCAST),
    limit: int = 64,
) -> Sequence[Row[Any]]:
    """What may be sent: of each chat and lane the oldest unsettled row whose business time has come.

    One that waits for its retry holds its chat and lane. Replies come first. `without` are rows in flight, `but` chats
    that wait.
    """
    asked = {"account_id": account_id, "now": now, "real_now": real_now, "lanes": list(lanes), "most": limit}
    waits = {"longest": real_now + LONGEST_PAUSE, "longest_hold": real_now + LONGEST_HOLD}
    return session.execute(DUE, {**asked, **waits, "without": list(without), "but": list(but)}).all()


def has_come(rows: Any, now: Any) -> Any:
    """Whether a message's business time has come: also when it was due as it was made, by a clock set back since."""
    return (rows.c.due_at <= now) | (rows.c.due_at <= rows.c.made_at)


def _due() -> Any:
    older, mine = outbox.alias(), outbox.c.account_id == bindparam("account_id")
    in_front = exists().where(
        older.c.account_id == outbox.c.account_id,
        older.c.chat == outbox.c.chat,
        older.c.lane == outbox.c.lane,
        older.c.id < outbox.c.id,
        is_state(older.c.state, "due"),
        has_come(older, bindparam("now")),
    )
    retry_at, held = outbox.c.retry_at, outbox.c.last_error.startswith(HELD)
    too_far = (retry_at > bindparam("longest_hold")) | (~held & (retry_at > bindparam("longest")))
    query = select(outbox).where(mine, WAITING, has_come(outbox, bindparam("now")))
    query = query.where(outbox.c.lane.in_(bindparam("lanes", expanding=True)), ~in_front)
    query = query.where(retry_at.is_(None) | (retry_at <= bindparam("real_now")) | too_far)
    query = query.where(outbox.c.id.not_in(bindparam("without", expanding=True)))
    query = query.where(outbox.c.chat.not_in(bindparam("but", expanding=True)))
    return query.order_by(outbox.c.lane.desc(), outbox.c.id).limit(bindparam("most"))


DUE = _due()  # put together once, as storage.messaging.inbox does


def settle(session: Session, row_ids: Iterable[int], values: Mapping[str, Any]) -> None:
    session.execute(update(outbox).where(outbox.c.id.in_(list(row_ids))).values(**values))


def release(session: Session, account_id: int, chat: str) -> None:
    """What was held in this chat may be tried again at once."""
    where = (outbox.c.account_id == account_id) & (outbox.c.chat == chat) & WAITING
    held = outbox.c.last_error.startswith(HELD)
    session.execute(update(outbox).where(where, held).values(retry_at=None, last_error=""))


def release_account(session: Session, account_id: int) -> None:
    """What was held on the whole account may be tried again at once: its limits have changed."""
    where = (outbox.c.account_id == account_id) & WAITING
    held = outbox.c.last_error.startswith(HELD)
    session.execute(update(outbox).where(where, held).values(retry_at=None, last_error=""))


def external_id(session: Session, row_id: int) -> str:
    """What the platform called the message of this row; "" while it is not sent."""
    found = session.execute(select(outbox.c.external_id).where(outbox.c.id == row_id)).scalar()
    return found or ""


def next_due(session: Session, now: datetime) -> datetime | None:
    """Business time of the earliest message that waits for its hour after `now`."""
    query = select(outbox.c.due_at).where(WAITING, outbox.c.due_at > now)
    found: datetime | None = session.execute(query.order_by(outbox.c.due_at).limit(1)).scalar()
    return found


def drop(session: Session, key_prefix: str) -> None:
    """Take back messages not yet sent that have lost their sense, by the beginning of their key."""
    where = WAITING & begins(outbox.c.key, key_prefix)
    session.execute(update(outbox).where(where).values(state="dropped"))


def failed_since(session: Session, centre_id: int, since: datetime) -> int:
    """How many messages to a centre's people have failed for good that were due since then (business time)."""
    query = select(func.count()).select_from(outbox).join(Person, col(Person.id) == outbox.c.person_id)
    query = query.where(is_state(outbox.c.state, "failed"), outbox.c.due_at >= since)
    found: int = session.execute(query.where(col(Person.centre_id) == centre_id)).scalar_one()
    return found


def amend(session: Session, row_id: int, **parts: Any) -> None:
    """Add to the wire form of a message that this very transaction has put."""
    message = session.execute(select(outbox.c.message).where(outbox.c.id == row_id)).scalar_one()
    session.execute(update(outbox).where(outbox.c.id == row_id).values(message={**message, **parts}))


def latest(session: Session, account_id: int, chat: str, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """The last messages of a chat that were sent or are on their way at this moment, the newest first."""
    here = (outbox.c.account_id == account_id) & (outbox.c.chat == chat)
    query = select(outbox).where(here, is_state(outbox.c.state, "sent", "due"), outbox.c.retry_at.is_(None))
    query = query.where(has_come(outbox, now))
    return session.execute(query.order_by(outbox.c.id.desc()).limit(limit)).all()


def get(session: Session, row_id: int) -> Row[Any] | None:
    return session.execute(select(outbox).where(outbox.c.id == row_id)).first()


def these(session: Session, row_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The messages of these rows, in the order they were put."""
    return session.execute(select(outbox).where(outbox.c.id.in_(list(row_ids))).order_by(outbox.c.id)).all()


def move_chat(session: Session, account_id: int, chat: str, new: str) -> None:
    """The platform gave a chat another id: what waits for it follows."""
    where = (outbox.c.account_id == account_id) & (outbox.c.chat == chat) & WAITING
    session.execute(update(outbox).where(where).values(chat=new))


def forget(session: Session, before: datetime) -> bool:
    """Let go of a batch of messages that are `OVER`, settled before then (business time). Whether there may be more.

    One that a later row names stays as long as that one does.
    """
    later = outbox.alias()
    named = (later.c.edits_row == outbox.c.id, later.c.passed_from == outbox.c.id)
    settled = (outbox.c.due_at < before) & (outbox.c.sent_at.is_(None) | (outbox.c.sent_at < before))
    over = and_(text(OVER), settled, *(~exists().where(by_it) for by_it in named))
    return prune(session, outbox, over, outbox.c.due_at)


def tried(session: Session, row: Row[Any]) -> set[tuple[int, str]]:
    """The accounts and chats on which this message has failed for good, `row`'s own included."""
    found = {(int(row.account_id), str(row.chat))}
    before: Row[Any] | None = row
    while before is not None and before.passed_from is not None:
        before = get(session, before.passed_from)
        if before is not None:
            found.add((int(before.account_id), str(before.chat)))
    return found
