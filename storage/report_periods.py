"""The periods of a class's conduct reports: which there are, when units are asked, who has answered."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_
from sqlmodel import Session, col, select

from storage import timers
from storage.calendar import SendingCalendar
from storage.columns import on_day
from storage.conduct import (
    ConductEntry,
    ConductReport,
    ConductRevision,
    ReportPeriod,
    due_of,
    enrolled_in,
    is_complete,
    split_by_consent,
)
from storage.courses import CourseClass, Enrolment, RuleSet
from storage.ladder import forget_ladder, plan_ladder, round_of, told_key
from storage.outbox import outbox
from storage.people import UNIT, Contact, Grant, Organisation, Person, Viewer, holders
from storage.rhythm import Planned, Rhythm, planned, read_rhythm, spans_of, uncovered

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
    for one in coming_periods(calendar, rhythm, course, known, now):
        period = ReportPeriod(
            class_id=class_id, name=one.span.name, from_date=one.span.first, to_date=one.span.last,
            opens_at=one.opens_at, due_at=one.due_at, grace_at=one.grace_at, moved_from=one.moved_from,
        )  # fmt: skip
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
) -> list[Planned]:
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
    for kind in ("conduct_period", "window_forecast"):
        timers.cancel(session, kind, str(period.id))
    for report in session.exec(select(ConductReport).where(ConductReport.period_id == period.id)).all():
        _forget_report(session, report)
    session.flush()
    session.delete(period)


def _forget_report(session: Session, report: ConductReport) -> None:
    forget_ladder(session, report)
    for entry in session.exec(select(ConductEntry).where(ConductEntry.report_id == report.id)).all():
        session.delete(entry)  # what the roll-call had marked beforehand
    session.flush()
    session.delete(report)


FORECAST = timedelta(days=1)  # before its prompts fall due the registrar hears what they would cost


def plan_period(session: Session, calendar: SendingCalendar, period: ReportPeriod, now: datetime) -> None:
    """Make the reports of all units that have learners in these days, and the timers of each.

    Doing it again adds what is missing: units enrolled since. At opening it is done once more.
    """
    if period.due_at <= now:
        return
    timers.plan(session, "conduct_period", str(period.id), period.opens_at, period=period.id)
    timers.plan(session, "window_forecast", str(period.id), period.opens_at - FORECAST, period=period.id)
    query = select(ConductReport).where(ConductReport.period_id == period.id)
    reports = {report.organisation_id: report for report in session.exec(query)}
    for unit_id in sorted({enrolment.organisation_id for enrolment, _person in enrolled_in(session, period)}):
        if unit_id not in reports:
            reports[unit_id] = ConductReport(period_id=period.id, organisation_id=unit_id)
            session.add(reports[unit_id])
    session.flush()
    for report in reports.values():
        if not report.revision:
            plan_ladder(session, calendar, period, report)


# --- asking ---


def units_headed(session: Session, people: Collection[Person], day: date) -> set[int]:
    """The units any of these people head on `day` (the centre's date)."""
    query = select(Grant).where(
        col(Grant.person_id).in_([person.id for person in people]),
        col(Grant.role).in_([str(role) for role in UNIT]),
    )
    return {
        grant.organisation_id
        for grant in session.exec(query)
        if grant.organisation_id is not None and on_day(day, grant.from_date, grant.to_date)
    }


def units_sending(session: Session, person_id: int) -> list[int]:
    """The units that send or sent this learner to any class."""
    query = select(Enrolment.organisation_id).where(Enrolment.person_id == person_id)
    return sorted(set(session.exec(query)))


def unsent_reports(
    session: Session, unit_ids: Collection[int], now: datetime, *, people: Collection[int] = ()
) -> Sequence[tuple[ConductReport, ReportPeriod]]:
    """Opened reports of these units, and those handed to these people, that wait for their first sending and are
    not overdue, by deadline.
    """
    query = select(ConductReport, ReportPeriod)
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id)).where(
        or_(col(ConductReport.organisation_id).in_(unit_ids), col(ConductReport.handed_to).in_(people)),
        ConductReport.revision == 0,
        ReportPeriod.opens_at <= now,
        or_(col(ReportPeriod.due_at) > now, col(ConductReport.extended_to) > now),
    )
    return sorted(session.exec(query), key=lambda row: (due_of(*row), row[0].id))


# --- who has reported ---


@dataclass
class Standing:
    """Where a unit's report stands. `why` it is missing, the most telling reason first:
    early, no_learners, no_head, started, not_bound, unreachable, reminded, prompted, failed, waiting.
    """

    report: ConductReport
    unit: Organisation
    total: int = 0
    on_paper: int = 0
    pending: int = 0
    mentioned: int = 0
    heads: list[Person] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    told_at: datetime | None = None


def periods_seen(
    session: Session, viewer: Viewer, now: datetime, *, limit: int = 60
) -> list[tuple[ReportPeriod, CourseClass]]:
    """Periods of the viewer's centre, for staff only: the opened ones first, the one opened last on top."""
    if not viewer.is_staff:
        return []
    query = select(ReportPeriod, CourseClass)
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(CourseClass.centre_id == viewer.centre_id)
    newest = query.order_by(col(ReportPeriod.opens_at).desc(), col(ReportPeriod.id).desc())
    opened = list(session.exec(newest.where(ReportPeriod.opens_at <= now).limit(limit)))
    coming = query.where(ReportPeriod.opens_at > now).order_by(col(ReportPeriod.opens_at))
    return [*opened, *session.exec(coming.limit(limit - len(opened)))]


def period_seen(session: Session, viewer: Viewer, period_id: int) -> tuple[ReportPeriod, CourseClass] | None:
    """The period, for staff of the class's centre."""
    query = select(ReportPeriod, CourseClass)
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(ReportPeriod.id == period_id, CourseClass.centre_id == viewer.centre_id)
    return session.exec(query).first() if viewer.is_staff else None


def report_seen(
    session: Session, viewer: Viewer, report_id: int
) -> tuple[ConductReport, ReportPeriod, CourseClass, Organisation] | None:
    """A report that was sent, to be read by staff of the class's centre."""
    report = session.get(ConductReport, report_id)
    found = period_seen(session, viewer, report.period_id) if report is not None else None
    if report is None or found is None or not report.revision:
        return None
    unit = session.get(Organisation, report.organisation_id)
    assert unit is not None
    return report, *found, unit


def standings(
    session: Session, period: ReportPeriod, course: CourseClass, now: datetime, day: date
) -> list[Standing]:
    """Every unit's standing, by name; `day` is the centre's date."""
    query = select(ConductReport, Organisation)
    query = query.join(Organisation, col(Organisation.id) == col(ConductReport.organisation_id))
    query = query.where(ConductReport.period_id == period.id).order_by(Organisation.folded)
    found = [Standing(report, unit) for report, unit in session.exec(query)]
    enrolments = enrolled_in(session, period)
    entries = _entries(session, found)
    mentioned = _mentioned(session, found)
    for one in found:
        rows = [row for row in enrolments if row[0].organisation_id == one.unit.id]
        learners, one.on_paper = split_by_consent(session, course.centre_id, rows)
        one.total = len(learners)
        ids = {learner.id for learner in learners}
        mine = [entry for entry in entries if entry.report_id == one.report.id and entry.person_id in ids]
        one.pending = sum(not is_complete(entry) for entry in mine)
        one.mentioned = mentioned.get(one.report.id, 0)
        one.heads = holders(session, UNIT, course.centre_id, day, organisation_id=one.unit.id)
    _explain(session, [one for one in found if not one.report.revision], period.opens_at > now)
    return found


def _entries(session: Session, found: Sequence[Standing]) -> Sequence[ConductEntry]:
    started = [one.report.id for one in found if one.report.state not in {"open", "sent"}]
    query = select(ConductEntry).where(col(ConductEntry.report_id).in_(started))
    return session.exec(query.where(ConductEntry.source != "cleared")).all()


def _mentioned(session: Session, found: Sequence[Standing]) -> dict[int, int]:
    """How many learners the last version of each sent report mentions."""
    query = select(ConductRevision, ConductReport)
    query = query.join(ConductReport, col(ConductReport.id) == col(ConductRevision.report_id))
    query = query.where(
        col(ConductReport.id).in_([one.report.id for one in found]),
        ConductRevision.number == ConductReport.revision,
    )
    return {
        report.id: len(json.loads(revision.content or "{}").get("entries", []))
        for revision, report in session.exec(query)
    }


def _explain(session: Session, missing: Sequence[Standing], early: bool) -> None:
    """Say of each what is known about its silence."""
    people = [head.id for one in missing for head in one.heads]
    contacts = session.exec(select(Contact).where(col(Contact.person_id).in_(people))).all()
    reached = {contact.person_id for contact in contacts if contact.state == "active"}
    lost = {contact.person_id for contact in contacts if contact.state == "unreachable"}
    told = _told(session, missing)
    for one in missing:
        heads = {head.id for head in one.heads}
        if early or not one.total:
            one.why = ["early" if early else "no_learners"]
            continue
        if one.report.state != "open":
            one.why.append("started")
        if not heads:
            one.why.append("no_head")
        elif not heads & reached:
            one.why.append("unreachable" if heads & lost else "not_bound")
        _explain_by_messages(one, told)


def _explain_by_messages(one: Standing, told: dict[str, Row[Any]]) -> None:
    for what, reason in _steps(one.report):
        rows = [told.get(told_key(one.report.id, what, head.id)) for head in one.heads]
        sent = [
            row.sent_at or row.due_at
            for row in rows
            if row is not None and row.state in {"sent", "passed_on"}
        ]
        if sent:
            one.told_at = min(sent)
            one.why.append(reason)
            return
        if any(row is not None and row.state == "failed" for row in rows):
            one.why.append("failed")
            return
    if not one.why:
        one.why.append("waiting")


def _steps(report: ConductReport) -> tuple[tuple[str, str], ...]:
    """What its heads may have been told, the last step first, and the reason it stands for."""
    now = round_of(report)
    return ((f"last{now}", "reminded"), (f"remind{now}", "reminded"), ("open", "prompted"))


def _told(session: Session, missing: Sequence[Standing]) -> dict[str, Row[Any]]:
    keys = [
        told_key(one.report.id, what, head.id)
        for one in missing
        for head in one.heads
        for what, _reason in _steps(one.report)
    ]
    rows = session.execute(select(outbox).where(outbox.c.key.in_(keys)))  # type: ignore[call-overload]  # a Core table
    return {row.key: row for row in rows}
