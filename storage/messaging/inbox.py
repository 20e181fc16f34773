"""What the platforms delivered, kept before it is confirmed to them, and run once, in order, a chat at a time."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    exists,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from storage.base.columns import BigKey, Instant, is_state, partial_index
from storage.base.engine import dialect_of, prune
from storage.messaging.dialogues import dialogue, dialogue_id

OPEN = ("waiting", "fetching")
LONGEST_PAUSE = timedelta(
    minutes=1
)  # an update that waits longer for its retry waits by a clock set back since

inbox = Table(
    "inbox",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("external_id", String, nullable=False),
    Column("dialogue_id", BigInteger, ForeignKey("dialogue.id"), nullable=False),
    Column("payload", JSON, nullable=False),
    # waiting, fetching (a file comes first), done, set_aside
    Column("state", String, nullable=False, default="waiting"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("stored_at", Instant, nullable=False),  # real time
    Column("retry_at", Instant),  # real time
    Column("error", Text, nullable=False, default=""),
    UniqueConstraint("account_id", "external_id"),
    partial_index("ix_inbox_open", "dialogue_id", "id", where="state IN ('waiting', 'fetching')"),
    partial_index("ix_inbox_first", "id", where="state IN ('waiting', 'fetching')"),
    partial_index("ix_inbox_aside", "id", where="state = 'set_aside'"),
    partial_index("ix_inbox_done", "stored_at", where="state = 'done'"),
)


@dataclass(frozen=True)
class Arrival:
    """One update as the platform sent it. `needs_file`: its file is fetched before its turn. `is_numbered`: what it is
    known by is a number that another bot gives out as well, and the same one when it begins anew.
    """

    external_id: str
    chat: str
    payload: dict[str, Any]
    needs_file: bool = False
    is_numbered: bool = False


def store(session: Session, account_id: int, arrivals: Sequence[Arrival], real_now: datetime) -> int:
    """Keep updates; one that came before is the same row. Returns how many were new."""
    statement = _store(dialect_of(session))
    new = 0
    for arrival in arrivals:
        row = {
            "account_id": account_id,
            "external_id": arrival.external_id,
            "dialogue_id": dialogue_id(session, account_id, arrival.chat),
            "payload": arrival.payload,
            "state": "fetching" if arrival.needs_file else "waiting",
            "stored_at": real_now,
        }
        kept = session.execute(statement, row).all()
        if not kept and arrival.is_numbered and not _came_before(session, account_id, arrival):
            row["external_id"] = f"{arrival.external_id}:{_digest(arrival.payload)}"
            kept = session.execute(statement, row).all()
        new += len(kept)
    return new


def _came_before(session: Session, account_id: int, arrival: Arrival) -> bool:
    """Whether the update of this number says the same; more of it may be known by now, such as its file."""
    kept = [row.payload for row in named(session, account_id, [arrival.external_id])]
    return any(payload.items() >= arrival.payload.items() for payload in kept)


def _digest(payload: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:32]


@cache  # statements of every turn are put together once: doing it each time took a good part of a turn
def _store(dialect: Any) -> Any:
    return dialect.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)


def claim(session: Session, real_now: datetime, after: int = 0) -> Row[Any] | None:
    """The oldest update that may run now of the next chat behind `after` (the dialogue served last; then from the
    first again), with its chat locked until the transaction ends. So chats take turns, however much one has waiting.

    Two statements on purpose: the second one sees what the last holder of the lock left behind.
    An update that waits for its retry or its file holds its chat.
    """
    latest = real_now + LONGEST_PAUSE
    asked = {"now": real_now, "latest": latest}
    chat_id = session.execute(FREE_CHAT, asked | {"after": after}).scalar()
    if chat_id is None and after:
        chat_id = session.execute(FREE_CHAT, asked | {"after": 0}).scalar()
    if chat_id is None:
        return None
    update_row = session.execute(OLDEST, {"chat_id": chat_id}).first()
    if update_row is None or update_row.state != "waiting":
        return None
    return None if real_now < (update_row.retry_at or real_now) <= latest else update_row


def _open(table: Any) -> Any:
    """Asked also by who looks for one of the two states only: SQLite does not conclude the whole from a part."""
    return is_state(table.c.state, *OPEN)


def _free_chat() -> Any:
    """The next chat behind `after` with an update that may run `now`, of those nobody has locked; locks it."""
    older = inbox.alias()
    is_head = ~exists().where(
        older.c.dialogue_id == inbox.c.dialogue_id, older.c.id < inbox.c.id, _open(older)
    )
    retry_at = inbox.c.retry_at
    ready = retry_at.is_(None) | (retry_at <= bindparam("now")) | (retry_at > bindparam("latest"))
    heads = select(dialogue.c.id).join(inbox, inbox.c.dialogue_id == dialogue.c.id)
    behind = inbox.c.dialogue_id > bindparam("after")
    heads = (
        heads.where(_open(inbox), is_state(inbox.c.state, "waiting"), ready, is_head, behind)
        .order_by(inbox.c.dialogue_id, inbox.c.id)
        .limit(1)
    )
    return heads.with_for_update(of=dialogue, skip_locked=True, key_share=True)


def _oldest() -> Any:
    """The oldest open update of the chat `chat_id`."""
    query = select(inbox, dialogue.c.chat).join(dialogue, dialogue.c.id == inbox.c.dialogue_id)
    query = query.where(inbox.c.dialogue_id == bindparam("chat_id"), _open(inbox))
    return query.order_by(inbox.c.id).limit(1)


FREE_CHAT, OLDEST = _free_chat(), _oldest()
FINISH = update(inbox).where(inbox.c.id == bindparam("update_id")).values(state="done", retry_at=None)


def finish(session: Session, update_id: int, **values: Any) -> None:
    session.execute(FINISH.values(**values) if values else FINISH, {"update_id": update_id})


def fetched(session: Session, update_id: int, payload: dict[str, Any]) -> None:
    """The file is here: the update may run, with the file's reference in its payload."""
    session.execute(update(inbox).where(inbox.c.id == update_id).values(state="waiting", payload=payload))


def fail(session: Session, update_id: int, error: str, retry_at: datetime | None) -> None:
    """Count a failed attempt; without a time to retry the update is set aside for a person to look at."""
    values: dict[str, Any] = {"attempts": inbox.c.attempts + 1, "error": error, "retry_at": retry_at}
    if retry_at is None:
        values["state"] = "set_aside"
    session.execute(update(inbox).where(inbox.c.id == update_id).values(**values))


def wait(session: Session, update_id: int, until: datetime) -> None:
    """Look at it again at that time (real time); no attempt is counted, and it holds its chat meanwhile."""
    session.execute(update(inbox).where(inbox.c.id == update_id).values(retry_at=until))


def waiting(session: Session) -> bool:
    """Whether any update is still to be run."""
    return session.execute(select(inbox.c.id).where(_open(inbox)).limit(1)).first() is not None


def needing_files(session: Session, account_ids: Sequence[int]) -> list[Row[Any]]:
    """The updates of these accounts whose files are still to be brought, the oldest first.

    The few of all accounts are read: asked for an account, SQLite goes through all that ever came on it.
    """
    query = select(inbox).where(_open(inbox), is_state(inbox.c.state, "fetching")).order_by(inbox.c.id)
    return [row for row in session.execute(query).all() if row.account_id in account_ids]


def set_aside(session: Session) -> Sequence[Row[Any]]:
    query = select(inbox).where(is_state(inbox.c.state, "set_aside"))
    return session.execute(query.order_by(inbox.c.id)).all()


def retry(session: Session, update_id: int) -> bool:
    """Give a set-aside update another chance; False when it is none."""
    where = (inbox.c.id == update_id) & is_state(inbox.c.state, "set_aside")
    again = update(inbox).where(where).values(state="waiting", attempts=0, retry_at=None, error="")
    done: Any = session.execute(again)
    return bool(done.rowcount)


def forget(session: Session, before: datetime) -> bool:
    """Let go of a batch of updates done that came before then (real time); no platform sends one anew so late.
    Whether there may be more.
    """
    over = is_state(inbox.c.state, "done") & (inbox.c.stored_at < before)
    return prune(session, inbox, over, inbox.c.stored_at)


def get(session: Session, update_id: int) -> Row[Any] | None:
    return session.execute(select(inbox).where(inbox.c.id == update_id)).first()


def named(session: Session, account_id: int, external_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The updates of these names that are there, oldest first."""
    query = select(inbox).where(inbox.c.account_id == account_id, inbox.c.external_id.in_(external_ids))
    return session.execute(query.order_by(inbox.c.id)).all()
