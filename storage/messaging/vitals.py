"""How the machine is doing: what waits and since when. Counts and ages only, nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage.base.columns import is_state
from storage.messaging.inbox import OPEN, inbox
from storage.messaging.outbox import WAITING, has_come, outbox


@dataclass(frozen=True)
class Vitals:
    """Updates not yet worked on, messages not yet sent; ages of the oldest are seconds, 0 where none waits."""

    updates_waiting: int
    updates_waiting_seconds: float
    updates_set_aside: int
    messages_due: int
    messages_due_seconds: float


def vitals(session: Session, now: datetime, real_now: datetime) -> Vitals:
    """Counts over the partial indexes of what is open; `now` is business time."""
    waiting = _count(session, is_state(inbox.c.state, *OPEN), inbox.c.stored_at)
    due = _count(session, WAITING & has_come(outbox, now), outbox.c.due_at)
    aside = session.execute(select(func.count()).where(is_state(inbox.c.state, "set_aside"))).scalar_one()
    return Vitals(waiting[0], _age(waiting[1], real_now), aside, due[0], _age(due[1], now))


def _count(session: Session, where: Any, since: Any) -> Any:
    return session.execute(select(func.count(), func.min(since)).where(where)).one()


def _age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, round((now - oldest).total_seconds(), 1)) if oldest else 0.0
