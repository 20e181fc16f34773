"""The two clocks: real time for leases and retries, business time for everything the centre would call a time.

Business time is real time plus a stored offset, so that the demo can move it and a restart keeps it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Float, Integer, Table, insert, select, update
from sqlmodel import Session, SQLModel

clock_offset = Table(
    "clock_offset",
    SQLModel.metadata,
    Column("id", Integer, primary_key=True),
    Column("seconds", Float, nullable=False),
)


class Clock:
    """Tells both times, aware, in UTC."""

    def __init__(self, real: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._real = real
        self.offset = timedelta()

    def real(self) -> datetime:
        return self._real()

    def now(self) -> datetime:
        return self._real() + self.offset

    def load(self, session: Session) -> None:
        """Take over the stored offset (at start, and on replicas at each tick)."""
        seconds = session.execute(select(clock_offset.c.seconds)).scalar()
        self.offset = timedelta(seconds=seconds or 0)

    def move_to(self, session: Session, moment: datetime) -> None:
        """Make `moment` the business time. Only forward: what has happened stays past.

        The caller sets `offset` by `load` once the transaction is committed.
        """
        stored = session.execute(select(clock_offset.c.seconds).with_for_update()).scalar()
        seconds = max((moment - self._real()).total_seconds(), stored or 0.0)
        if stored is None:
            session.execute(insert(clock_offset).values(id=1, seconds=seconds))
        else:
            session.execute(update(clock_offset).values(seconds=seconds))
