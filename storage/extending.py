"""Giving a unit more time for its report (Gia hạn): its own deadline, later than the period's."""

from datetime import datetime
from typing import Final

from sqlmodel import Session

from storage import timers
from storage.calendar import SendingCalendar
from storage.conduct import ConductReport, ReportPeriod, due_of

DAYS: Final = (1, 3, 5)  # working days there are to choose from


def extended_day(
    calendar: SendingCalendar, report: ConductReport, period: ReportPeriod, days: int, now: datetime
) -> datetime:
    """17 giờ of the `days`-th working day after the report's deadline, or after today once that has passed (UTC)."""
    last = max(now, due_of(report, period)).astimezone(calendar.zone).date()
    return calendar.deadline(calendar.add_working_days(last, days))


def extend(
    session: Session, calendar: SendingCalendar, report: ConductReport, days: int, now: datetime
) -> datetime:
    """Move the deadline of a report, locked and unsent, by so many working days; returns the new one (UTC).

    Raises ValueError for a number of days that is not among DAYS.
    """
    if days not in DAYS:
        raise ValueError(f"{days} working days are not among {DAYS}")
    period = session.get_one(ReportPeriod, report.period_id)
    report.extended_to = extended_day(calendar, report, period, days, now)
    timers.plan(session, "conduct_close", str(report.id), report.extended_to, report=report.id)
    session.flush()
    return report.extended_to
