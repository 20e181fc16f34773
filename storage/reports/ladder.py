"""The steps by which a report is asked for: timers a report, from its opening to the end of grace (000-20, 002-16).

Opening, 80 % of the way to the deadline, the morning of the last day, the deadline, the end of grace. Every report
has its own, since a unit may be given a later deadline. Over Tết they rest. Times are UTC, days the centre's.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import or_
from sqlmodel import Session, select

from storage.base.calendar import SendingCalendar
from storage.base.columns import begins, is_state
from storage.messaging import timers
from storage.messaging.outbox import drop, outbox
from storage.people.people import contacts_of
from storage.reports.reports import ConductReport, ReportPeriod, due_of
from storage.reports.rhythm import GRACE_DAYS

REMIND_AT: Final = 0.8  # of the time from opening to deadline, Tết not counted
REMINDING: Final = ("conduct_remind", "conduct_last")  # what a report that was sent needs no more
AFTERWARDS: Final = ("conduct_close", "conduct_grace")
TOLD: Final = ("due", "sent", "passed_on")
_DAY: Final = timedelta(days=1)


def told_key(report_id: int, what: str, person_id: int) -> str:
    """The outbox key of what somebody is told of a report, each once: `open`, `remind`, `last`, and further ones
    with their moment. All that is about one report begins alike.
    """
    return f"report:{report_id}:{what}:{person_id}"


def round_of(report: ConductReport) -> str:
    """What tells the steps of an extended report from those before: "" for the first round."""
    extended = report.extended_to
    return "" if extended is None else f"-{extended:%y%m%d}"


def plan_ladder(
    session: Session, calendar: SendingCalendar, period: ReportPeriod, *reports: ConductReport
) -> None:
    """Set the reports' timers up to the deadline that counts for each; set again, they are the same ones."""
    timers.plan_all(session, (step for report in reports for step in _steps(calendar, period, report)))


def _steps(
    calendar: SendingCalendar, period: ReportPeriod, report: ConductReport
) -> Iterator[tuple[str, str, datetime, dict[str, Any]]]:
    key, due_at, args = f"{report.id}{round_of(report)}", due_of(report, period), {"report": report.id}
    yield "conduct_open", str(report.id), period.opens_at, args
    remind_at = calendar.next_sending_time(_way(calendar, period.opens_at, due_at, REMIND_AT))
    morning = datetime.combine(due_at.astimezone(calendar.zone).date(), time.min, calendar.zone)
    last_at = calendar.next_sending_time(morning)
    for kind, moment in (("conduct_remind", remind_at), ("conduct_last", last_at)):
        if moment < due_at:
            yield kind, key, moment, args
    yield "conduct_close", key, due_at, args
    yield "conduct_grace", key, grace_of(calendar, report, period), args


def _way(calendar: SendingCalendar, start: datetime, end: datetime, share: float) -> datetime:
    """The instant at this share of the time between; days of Tết are no part of it."""
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    days = [first + _DAY * n for n in range(1, (last - first).days)]
    tet = [day for day in days if calendar.is_tet(day)]
    moment = start + (end - start - _DAY * len(tet)) * share
    for day in tet:
        if datetime.combine(day, time.min, calendar.zone) <= moment:
            moment += _DAY
    return moment


def grace_of(calendar: SendingCalendar, report: ConductReport, period: ReportPeriod) -> datetime:
    """Until when a late report is waited for: the period's days of grace after the unit's own deadline."""
    usual = period.grace_at or _later(calendar, period.due_at, GRACE_DAYS)
    due_at = due_of(report, period)
    if due_at == period.due_at:
        return usual
    grace_days, moment = 0, period.due_at
    while moment < usual:
        grace_days, moment = grace_days + 1, _later(calendar, moment, 1)
    return _later(calendar, due_at, grace_days)


def _later(calendar: SendingCalendar, moment: datetime, days: int) -> datetime:
    """The deadline so many working days after a moment's day."""
    return calendar.deadline(calendar.add_working_days(moment.astimezone(calendar.zone).date(), days))


def _cancel(session: Session, report: ConductReport, kinds: Collection[str]) -> None:
    for kind in kinds:
        timers.cancel(session, kind, f"{report.id}{round_of(report)}")


def stop_reminding(session: Session, report_id: int) -> None:
    """Take back what is still to be sent about a report that has been sent or is over."""
    report = session.get(ConductReport, report_id)
    if report is not None:
        _cancel(session, report, REMINDING)
    drop(session, f"report:{report_id}:")


def forget_ladder(session: Session, report: ConductReport) -> None:
    """Take back all timers of a report that is not to be."""
    timers.cancel(session, "conduct_open", str(report.id))
    _cancel(session, report, (*REMINDING, *AFTERWARDS))


def extended_day(
    calendar: SendingCalendar, report: ConductReport, period: ReportPeriod, days: int, now: datetime
) -> datetime:
    """The deadline so many working days after today, or after the present one where that is still to come."""
    return _later(calendar, max(now, due_of(report, period)), days)


def extend(
    session: Session,
    calendar: SendingCalendar,
    report: ConductReport,
    period: ReportPeriod,
    days: int,
    now: datetime,
) -> datetime:
    """Give a unit so many working days more (002-16): its reminders begin anew, up to the new deadline."""
    until = extended_day(calendar, report, period, days, now)
    stop_reminding(session, report.id)
    _cancel(session, report, AFTERWARDS)
    report.extended_to, report.snoozed_until = until, None
    session.add(report)
    session.flush()
    plan_ladder(session, calendar, period, report)
    return until


def was_told(session: Session, person_id: int, first: datetime, end: datetime) -> bool:
    """Whether the person was, or is to be, told of any report from `first` up to `end`."""
    here = [
        (outbox.c.account_id == one.account_id) & (outbox.c.chat == one.chat)
        for one in contacts_of(session, person_id)
    ]
    query = select(outbox.c.id).where(or_(*here), begins(outbox.c.key, "report:"))
    query = query.where(is_state(outbox.c.state, *TOLD), outbox.c.due_at >= first, outbox.c.due_at < end)
    return bool(here) and session.execute(query.limit(1)).first() is not None


def day_of(calendar: SendingCalendar, moment: datetime) -> tuple[datetime, datetime]:
    """From when to when the centre's day of this moment lasts."""
    day: date = moment.astimezone(calendar.zone).date()
    first = datetime.combine(day, time.min, calendar.zone)
    return first, datetime.combine(day + _DAY, time.min, calendar.zone)
