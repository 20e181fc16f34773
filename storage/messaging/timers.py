"""What is to be done at a time: rows, uniquely keyed, so that a tick run twice does nothing twice."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from storage.base.columns import BigKey, Instant, SortedKey, is_state, partial_index
from storage.base.engine import dialect_of, prune

timer = Table(
    "timer",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", SortedKey, nullable=False),
    Column("due_at", Instant, nullable=False),  # business time
    Column("args", JSON, nullable=False, default=dict),
    Column("state", String, nullable=False, default="waiting"),  # waiting, done, set_aside
    Column("attempts", BigKey, nullable=False, default=0),
    Column("retry_at", Instant),  # real time
    Column("error", Text, nullable=False, default=""),
    UniqueConstraint("kind", "key"),
    partial_index("ix_timer_due", "due_at", where="state = 'waiting'"),
    partial_index("ix_timer_aside", "id", where="state = 'set_aside'"),
    partial_index("ix_timer_done", "kind", "due_at", where="state = 'done'"),
)
WAITING = is_state(timer.c.state, "waiting")
LONGEST_PAUSE = timedelta(
    minutes=5
)  # a timer that waits longer for its retry waits by a clock set back since


KINDS: dict[
    str, "Kind"
] = {}  # declared ones, by name: each is handled by a conversation (handlers.engine.router)


class Kind:
    """A kind of timer with its arguments, so that whoever plans it and whoever handles it mean the same.

    Raises ValueError where two kinds have one name, TypeError for other arguments than declared.
    """

    def __init__(self, name: str, **args: type) -> None:
        if name in KINDS:
            raise ValueError(f"two kinds of timers are called {name!r}")
        self.name, self.args = name, args
        KINDS[name] = self

    def plan(self, session: Session, key: str, due_at: datetime, /, **args: Any) -> None:
        """Set a timer; the same key is the same timer, and only one still waiting moves."""
        if {name: type(value) for name, value in args.items()} != self.args:
            raise TypeError(f"a timer {self.name} takes {self.args}, not {args}")
        plan(session, self.name, key, due_at, **args)

    def plan_all(self, session: Session, planned: Iterable[tuple[str, datetime, dict[str, Any]]]) -> None:
        """Set many at once, each by its key, when it is due and its arguments."""
        plan_all(session, ((self.name, key, due_at, args) for key, due_at, args in planned))

    def cancel(self, session: Session, key: str) -> None:
        cancel(session, self.name, key)


def plan(session: Session, kind: str, key: str, due_at: datetime, /, **args: Any) -> None:
    """Set a timer; the same kind and key is the same timer, and only one still waiting moves."""
    plan_all(session, [(kind, key, due_at, args)])


def plan_all(session: Session, planned: Iterable[tuple[str, str, datetime, dict[str, Any]]]) -> None:
    """Set many timers at once, each by its kind, its key, when it is due (business time) and its arguments."""
    rows = [{"kind": kind, "key": key, "due_at": due_at, "args": args} for kind, key, due_at, args in planned]
    if rows:
        session.execute(_plan(dialect_of(session)), rows)


@cache  # put together once, as storage.messaging.inbox does
def _plan(dialect: Any) -> Any:
    row = dialect.insert(timer)
    return row.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_={"due_at": row.excluded.due_at, "args": row.excluded.args, "retry_at": None},
        where=WAITING,
    )


def cancel(session: Session, kind: str, key: str) -> None:
    """Forget a timer that has not run; one that has stays, so that it is not run again."""
    session.execute(delete(timer).where(timer.c.kind == kind, timer.c.key == key, WAITING))


def claim(session: Session, now: datetime, real_now: datetime) -> Row[Any] | None:
    """The earliest due timer, locked until the transaction ends."""
    return session.execute(CLAIM, _moments(now, real_now)).first()


def _moments(now: datetime, real_now: datetime) -> dict[str, datetime]:
    return {"now": now, "real_now": real_now, "latest": real_now + LONGEST_PAUSE}


def _due() -> Any:
    """Timers that may run at the `_moments`."""
    retry_at = timer.c.retry_at
    ready = retry_at.is_(None) | (retry_at <= bindparam("real_now")) | (retry_at > bindparam("latest"))
    return WAITING & (timer.c.due_at <= bindparam("now")) & ready


def _claim() -> Any:
    query = select(timer).where(_due())
    return query.order_by(timer.c.due_at, timer.c.id).limit(1).with_for_update(skip_locked=True)


CLAIM = _claim()  # put together once, as storage.messaging.inbox does
NEXT = select(func.min(timer.c.due_at)).where(WAITING, timer.c.due_at > bindparam("now"))
FINISH = update(timer).where(timer.c.id == bindparam("timer_id")).values(state="done")


def finish(session: Session, timer_id: int) -> None:
    session.execute(FINISH, {"timer_id": timer_id})


def fail(session: Session, timer_id: int, error: str, retry_at: datetime | None) -> None:
    values: dict[str, Any] = {"attempts": timer.c.attempts + 1, "error": error, "retry_at": retry_at}
    if retry_at is None:
        values["state"] = "set_aside"
    session.execute(update(timer).where(timer.c.id == timer_id).values(**values))


def stay_due(session: Session, now: datetime, was: datetime) -> None:
    """The clock that said `was` has been set back to `now` (business time): what was due by then is due as before.

    So it goes first what was to be done at once, such as the next page of a notice to many.
    """
    come = WAITING & (timer.c.due_at > now) & (timer.c.due_at <= was)
    session.execute(update(timer).where(come).values(due_at=now))


def next_due(session: Session, now: datetime) -> datetime | None:
    """Business time of the earliest timer after `now`."""
    found: datetime | None = session.execute(NEXT, {"now": now}).scalar()
    return found


def is_due(session: Session, now: datetime, real_now: datetime) -> bool:
    """Whether any timer could run now."""
    return (
        session.execute(select(timer.c.id).where(_due()).limit(1), _moments(now, real_now)).first()
        is not None
    )


def forget(session: Session, kind: str, before: datetime) -> bool:
    """Let go of a batch of timers of a kind that have run, due before then (business time). Whether there may be
    more.

    Only of a kind nobody plans anew by an old key: else what has run would run again.
    """
    over = is_state(timer.c.state, "done") & (timer.c.kind == kind) & (timer.c.due_at < before)
    return prune(session, timer, over, timer.c.due_at)
