"""When the office is told in the morning how things stand: on every working day, once anything was ever asked for."""

from datetime import datetime
from typing import Final

from sqlmodel import Session

from storage.base.calendar import SendingCalendar
from storage.messaging import timers
from storage.requests.policy import morning

DIGEST: Final = timers.Kind("digest", centre=int)


def plan_digest(session: Session, calendar: SendingCalendar, centre_id: int, after: datetime) -> None:
    """Set the timer of the first working morning after that instant's day; set again, it is the same one."""
    day = calendar.add_working_days(after.astimezone(calendar.zone).date(), 1)
    DIGEST.plan(session, f"{centre_id}:{day}", morning(calendar, day), centre=centre_id)
