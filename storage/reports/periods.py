"""The periods of a class's conduct reports: which there are, when units are asked, who has answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass, Enrolment, RuleSet
from storage.courses.roster import units_sending
from storage.messaging import timers
from storage.reports.ladder import forget_ladder, plan_ladder
from storage.reports.reports import ConductEntry, ConductReport, ReportPeriod, grace_end
from storage.reports.rhythm import Rhythm, planned, read_rhythm, spans_of, uncovered

# --- planning ---


def plan_reports(session: Session, calendar: SendingCalendar, class_id: int, now: datetime) -> None:
    """Make a class's periods, the reports of its units and their timers, as far as they are missing.

    Periods follow the class's rhythm (see `coming_periods`). Call it again whenever a class or its roster has
    changed. Raises RhythmError where the rhythm cannot be planned by; what is there stays and keeps its timers.
    """
    course = session.get(CourseClass, class_id)
    if course is None:
        return
    known = periods_of(session, class_id)
    for period in known:
        plan_period(session, calendar, period, now)
    rhythm = read_rhythm(rhythm_told(session, course, course.rhythm), course.from_date, course.to_date)
    for period in coming_periods(calendar, rhythm, course, known, now):
        period.class_id = class_id
        session.add(period)
        session.flush()
        plan_period(session, calendar, period, now)


def rhythm_told(session: Session, course: CourseClass, own: Mapping[str, Any]) -> dict[str, Any]:
    """The rhythm as it is configured: the class's `own` words before those of its rule set."""
    rules = session.get(RuleSet, course.rule_set_id)
    told = (rules.rules if rules else {}).get("rhythm", {})
    return {**(told if isinstance(told, dict) else {"every": told}), **own}


def coming_periods(
    calendar: SendingCalendar,
    rhythm: Rhythm,
    course: CourseClass,
    known: Iterable[ReportPeriod],
    now: datetime,
) -> list[ReportPeriod]:
    """The periods still to be made, in order: days that a `known` one is about are left out, and so is what would
    have been due by `now`.
    """
    taken = [(one.from_date, one.to_date) for one in known]
    spans = spans_of(rhythm, course.from_date, course.to_date)
    found = [planned(rhythm, calendar, piece) for span in spans for piece in uncovered(span, taken)]
    return [one for one in found if one.due_at > now]


def periods_of(session: Session, class_id: int) -> Sequence[ReportPeriod]:
    """The class's periods, the earliest first."""
    query = select(ReportPeriod).where(ReportPeriod.class_id == class_id)
    return session.exec(query.order_by(col(ReportPeriod.from_date))).all()


def forget_coming(session: Session, class_id: int, now: datetime) -> None:
    """Take back the class's periods that have not opened, with their reports and timers: its days have changed.

    One of which a unit has said something already stays.
    """
    for period in periods_of(session, class_id):
        if not stays(session, period, now):
            _forget_period(session, period)
    session.flush()


def stays(session: Session, period: ReportPeriod, now: datetime) -> bool:
    """Whether a period is kept when its class changes: it has opened, or a unit has said something of it."""
    if period.opens_at <= now:
        return True
    reports = session.exec(select(ConductReport).where(ConductReport.period_id == period.id)).all()
    return any(report.revision or report.state != "open" for report in reports)


def _forget_period(session: Session, period: ReportPeriod) -> None:
    for kind in ("conduct_period", "window_forecast", "feedback_period"):
        timers.cancel(session, kind, str(period.id))
    reports = session.exec(select(ConductReport).where(ConductReport.period_id == period.id)).all()
    forget_ladder(session, reports)
    ids = [report.id for report in reports]
    session.execute(
        delete(ConductEntry).where(col(ConductEntry.report_id).in_(ids))
    )  # what the roll-call had marked
    for row in (*reports, period):
        session.delete(row)
        session.flush()


FORECAST = timedelta(days=1)  # before its prompts fall due the registrar hears what they would cost


def plan_period(session: Session, calendar: SendingCalendar, period: ReportPeriod, now: datetime) -> None:
    """Make the reports of all units that have learners in these days, and the timers of each.

    Doing it again adds what is missing: units enrolled since. At opening it is done once more.
    """
    if period.due_at <= now:
        return
    plan_feedback(session, calendar, period)
    timers.plan(session, "conduct_period", str(period.id), period.opens_at, period=period.id)
    timers.plan(session, "window_forecast", str(period.id), period.opens_at - FORECAST, period=period.id)
    query = select(ConductReport).where(ConductReport.period_id == period.id)
    reports = {report.organisation_id: report for report in session.exec(query)}
    for unit_id in units_sending(session, period.class_id, period.from_date, period.to_date):
        if unit_id not in reports:
            reports[unit_id] = ConductReport(period_id=period.id, organisation_id=unit_id)
            session.add(reports[unit_id])
    session.flush()
    plan_ladder(session, calendar, period, *(report for report in reports.values() if not report.revision))


def plan_feedback(session: Session, calendar: SendingCalendar, period: ReportPeriod) -> None:
    """The timers after which a class's units are told: a period's grace is over; the class and all its grace are."""
    course = session.get(CourseClass, period.class_id)
    if course is None:
        return
    if period.to_date < course.to_date:  # of the days up to the closing the closing itself tells
        timers.plan(session, "feedback_period", str(period.id), grace_end(calendar, period), period=period.id)
    query = select(ReportPeriod).where(ReportPeriod.class_id == course.id)
    ends = [grace_end(calendar, one) for one in session.exec(query)]
    closed = max([calendar.deadline(course.to_date), *ends])
    key = f"{course.id}:{course.to_date}"
    timers.plan(session, "feedback_closing", key, closed, course=course.id, closed=course.to_date.isoformat())


# --- asking ---


def units_of_learner(session: Session, person_id: int) -> list[int]:
    """The units that send or sent this learner to any class."""
    query = select(Enrolment.organisation_id).where(Enrolment.person_id == person_id)
    return sorted(set(session.exec(query)))
