"""The sample centre on a fixed day: what stands in it depends on the day of the calendar."""

from datetime import UTC, datetime

from sqlmodel import Session

from bot.demo import sample
from storage.base.clock import clock_offset
from tests.houses.copying import written

WEDNESDAY = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 9:00 in Vietnam


def fill(session: Session) -> None:
    """The sample as it stands on that morning, the centre's clock set to it."""
    written(session, "wednesday", lambda session: sample.fill(session, WEDNESDAY) and None)
    offset = (WEDNESDAY - datetime.now(UTC)).total_seconds()
    session.execute(clock_offset.insert().values(id=1, seconds=offset))
