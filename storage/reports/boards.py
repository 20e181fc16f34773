"""Who has reported on conduct and who has not: of one period, one class, one unit or the whole centre.

However many units and periods there are, the number of queries is the same. Why a unit is silent: silence.py.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import literal
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from storage.courses.courses import CourseClass, Enrolment
from storage.courses.timetable import day_begins
from storage.people.people import Centre, Organisation, Person, Viewer
from storage.reports.reports import (
    WITH_ALL,
    ConductEntry,
    ConductReport,
    ConductRevision,
    ReportPeriod,
    due_of,
    is_complete,
    mentioned_in,
    processable,
)
from storage.requests.silence import Silence

MOST = 60  # periods or classes in a list


class Outcome(StrEnum):
    """What became of a report. Waiting and doing are open ones, missing one whose deadline has passed."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    DOING = "doing"
    WAITING = "waiting"
    EARLY = "early"
    NOBODY = "nobody"


@dataclass
class Standing:
    """Where a unit's report stands.

    `came_at` is when its first version was sent, or the day it was received by phone or on paper, `came_after` how
    long after the deadline (negative where before it; whole days where only the day is known): later versions do not
    count against it. `total` are the learners to report on, `on_paper` those whose
    conduct may not be processed. The last three are filled by silence.explain: how its request stands, why it is
    missing, the most telling reason first, and who was called when.
    """

    report: ConductReport
    period: ReportPeriod
    course: CourseClass
    unit: Organisation
    total: int = 0
    on_paper: int = 0
    pending: int = 0
    mentioned: int = 0
    came_at: datetime | None = None
    came_after: timedelta | None = None
    source: str = "chat"
    silence: Silence = field(default_factory=Silence)
    why: list[str] = field(default_factory=list)
    called: dict[int, datetime] = field(default_factory=dict)

    @property
    def due_at(self) -> datetime:
        """The deadline that counts for this unit."""
        return due_of(self.report, self.period)

    @property
    def is_sent(self) -> bool:
        return self.report.revision > 0

    @property
    def is_expected(self) -> bool:
        """Whether the unit has anything to report, or has reported."""
        return self.is_sent or self.total > 0

    def late_by(self, now: datetime) -> timedelta:
        """How long after the deadline it came, or is missing until now; nothing before it."""
        late = self.came_after if self.came_after is not None else now - self.due_at
        return max(timedelta(), late)

    def to_remind(self, moment: datetime, day: date) -> list[Person]:
        """Who can be reminded at a moment (of the centre's date `day`): at most one message a day goes to anybody."""
        snoozed = self.report.snoozed_until
        if self.is_sent or not self.total or (snoozed is not None and snoozed > moment):
            return []
        free = (one for one in self.silence.asked if one.id in self.silence.reached)
        return [one for one in free if day not in self.silence.days_told.get(one.id, ())]

    def outcome(self, now: datetime) -> Outcome:
        late = self.late_by(now) > timedelta()
        if self.is_sent:
            return Outcome.LATE if late else Outcome.ON_TIME
        if not self.total:
            return Outcome.NOBODY
        if self.period.opens_at > now:
            return Outcome.EARLY
        if late:
            return Outcome.MISSING
        return Outcome.WAITING if self.report.state == "open" else Outcome.DOING


@dataclass(frozen=True)
class Tally:
    """How many reports came on time, came late, and are missing after their deadline; open ones are left out."""

    on_time: int = 0
    late: int = 0
    missing: int = 0
    late_by: timedelta = timedelta()  # of those that came late, together

    @property
    def all(self) -> int:
        return self.on_time + self.late + self.missing


def tally(found: Iterable[Standing], now: datetime) -> Tally:
    """Count the reports that are over."""
    known = [(one.outcome(now), one.late_by(now)) for one in found]
    outcomes = [outcome for outcome, _late in known]
    return Tally(
        outcomes.count(Outcome.ON_TIME),
        outcomes.count(Outcome.LATE),
        outcomes.count(Outcome.MISSING),
        sum((late for outcome, late in known if outcome == Outcome.LATE), timedelta()),
    )


def by_unit(found: Iterable[Standing], now: datetime) -> list[tuple[Organisation, list[Standing]]]:
    """The reports of each unit, in their order; units of which most are missing first, then most late, then by name."""
    units: dict[int, list[Standing]] = {}
    for one in found:
        units.setdefault(one.unit.id, []).append(one)

    def place(rows: list[Standing]) -> tuple[int, int, str]:
        told = tally(rows, now)
        return -told.missing, -told.late, rows[0].unit.folded

    return [(rows[0].unit, rows) for rows in sorted(units.values(), key=place)]


# --- what staff may look at ---


def _periods(viewer: Viewer) -> Select[ReportPeriod, CourseClass]:
    """Periods of the viewer's centre with their classes, for staff only."""
    query = select(ReportPeriod, CourseClass).join(CourseClass)
    return query.where(literal(viewer.is_staff), CourseClass.centre_id == viewer.centre_id)


def periods_seen(
    session: Session, viewer: Viewer, now: datetime, *, limit: int = MOST
) -> list[tuple[ReportPeriod, CourseClass]]:
    """Periods of the viewer's centre, for staff only: the opened ones first, the one opened last on top."""
    query = _periods(viewer)
    newest = query.order_by(col(ReportPeriod.opens_at).desc(), col(ReportPeriod.id).desc())
    opened = list(session.exec(newest.where(ReportPeriod.opens_at <= now).limit(limit)))
    coming = query.where(ReportPeriod.opens_at > now).order_by(col(ReportPeriod.opens_at))
    return [*opened, *session.exec(coming.limit(limit - len(opened)))]


def period_seen(session: Session, viewer: Viewer, period_id: int) -> tuple[ReportPeriod, CourseClass] | None:
    """The period, for staff of the class's centre."""
    return session.exec(_periods(viewer).where(ReportPeriod.id == period_id)).first()


def report_seen(
    session: Session, viewer: Viewer, report_id: int
) -> tuple[ConductReport, ReportPeriod, CourseClass, Organisation] | None:
    """A report, sent or not, for staff of the class's centre."""
    query = WITH_ALL.where(ConductReport.id == report_id, CourseClass.centre_id == viewer.centre_id)
    return session.exec(query).first() if viewer.is_staff else None


def classes_seen(session: Session, viewer: Viewer, now: datetime) -> Sequence[CourseClass]:
    """The last classes of the viewer's centre with a period that has opened, for staff only: the newest first."""
    opened = select(ReportPeriod.class_id).where(ReportPeriod.opens_at <= now)
    query = select(CourseClass).where(
        literal(viewer.is_staff), CourseClass.centre_id == viewer.centre_id, col(CourseClass.id).in_(opened)
    )
    newest = query.order_by(col(CourseClass.from_date).desc(), col(CourseClass.id).desc())
    return session.exec(newest.limit(MOST)).all()


def units_seen(session: Session, viewer: Viewer, now: datetime) -> Sequence[Organisation]:
    """Units of the viewer's centre that a report was asked of, for staff only, by name."""
    asked = select(ConductReport.organisation_id).join(ReportPeriod).where(ReportPeriod.opens_at <= now)
    query = select(Organisation).where(
        literal(viewer.is_staff), Organisation.centre_id == viewer.centre_id, col(Organisation.id).in_(asked)
    )
    return session.exec(query.order_by(Organisation.folded)).all()


def unit_seen(session: Session, viewer: Viewer, unit_id: int) -> Organisation | None:
    """A unit of the viewer's centre, for staff only."""
    unit = session.get(Organisation, unit_id)
    return unit if unit is not None and viewer.is_staff and unit.centre_id == viewer.centre_id else None


def opened_periods(
    session: Session,
    centre_id: int,
    now: datetime,
    *,
    class_id: int | None = None,
    unit_id: int | None = None,
    since: date | None = None,
    limit: int = 1000,
) -> list[int]:
    """Ids of a centre's periods that have opened, the newest first; of one class or unit, or ending from a day on."""
    query = (
        select(ReportPeriod.id)
        .join(CourseClass)
        .where(CourseClass.centre_id == centre_id, ReportPeriod.opens_at <= now)
    )
    if class_id is not None:
        query = query.where(ReportPeriod.class_id == class_id)
    if unit_id is not None:
        asked = select(ConductReport.period_id).where(ConductReport.organisation_id == unit_id)
        query = query.where(col(ReportPeriod.id).in_(asked))
    if since is not None:
        query = query.where(ReportPeriod.to_date >= since)
    newest = query.order_by(col(ReportPeriod.to_date).desc(), col(ReportPeriod.id).desc())
    return list(session.exec(newest.limit(limit)))


# --- the reports ---


def standings(
    session: Session,
    centre: Centre,
    period_ids: Collection[int],
    *,
    unit_id: int | None = None,
    mentions: bool = False,
) -> list[Standing]:
    """The reports of these periods of the centre, of all units or one: by the period's last day, then by unit.

    How many learners are mentioned is told only where `mentions` are asked for: what was sent has to be decrypted.
    """
    found = _reports(session, centre.id, period_ids, unit_id)
    _count_learners(session, centre.id, found)
    _count_pending(session, found)
    _note_arrival(session, centre, period_ids, found)
    if mentions:
        _count_mentions(session, period_ids, found)
    return found


def _reports(
    session: Session, centre_id: int, period_ids: Collection[int], unit_id: int | None
) -> list[Standing]:
    query = WITH_ALL.where(CourseClass.centre_id == centre_id, col(ReportPeriod.id).in_(period_ids))
    if unit_id is not None:
        query = query.where(ConductReport.organisation_id == unit_id)
    order = (col(ReportPeriod.to_date), col(ReportPeriod.id), Organisation.folded)
    return [Standing(*row) for row in session.exec(query.order_by(*order))]


def _count_learners(session: Session, centre_id: int, found: Sequence[Standing]) -> None:
    """Who was in the class in the period's days, sent by the unit: as reports.enrolled_in, for all at once."""
    query = select(Enrolment).where(col(Enrolment.class_id).in_({one.course.id for one in found}))
    rows = session.exec(query).all()
    allowed = processable(session, centre_id, {row.person_id for row in rows})
    sent_by = defaultdict(list)
    for row in rows:
        sent_by[row.class_id, row.organisation_id].append(row)
    for one in found:
        first_day, last_day = one.period.from_date, one.period.to_date
        people = {
            row.person_id
            for row in sent_by[one.course.id, one.unit.id]
            if row.from_date <= last_day and (row.to_date is None or row.to_date >= first_day)
        }
        one.total = len(people & allowed)
        one.on_paper = len(people) - one.total


def _count_pending(session: Session, found: Sequence[Standing]) -> None:
    """How many are picked of whom something is still to be said."""
    begun = {one.report.id: one for one in found if not one.is_sent and one.report.state != "open"}
    query = select(ConductEntry).where(
        col(ConductEntry.report_id).in_(begun), ConductEntry.source != "cleared"
    )
    for entry in session.exec(query):
        begun[entry.report_id].pending += not is_complete(entry)


def _note_arrival(
    session: Session, centre: Centre, period_ids: Collection[int], found: Sequence[Standing]
) -> None:
    reports, zone = {one.report.id: one for one in found}, ZoneInfo(centre.zone)
    first = ConductRevision
    query = select(first.report_id, first.sent_at, first.source, col(first.received_on)).join(ConductReport)
    query = query.where(col(ConductReport.period_id).in_(period_ids), first.number == 1)
    for report_id, sent_at, source, received_on in session.exec(query):
        if report_id in reports:
            one = reports[report_id]
            one.came_at, one.source, one.came_after = sent_at, source, sent_at - one.due_at
            if received_on is not None:
                one.came_at = day_begins(received_on, zone)
                one.came_after = received_on - one.due_at.astimezone(zone).date()


def _count_mentions(session: Session, period_ids: Collection[int], found: Sequence[Standing]) -> None:
    """How many learners the last version of each sent report mentions."""
    query = select(ConductRevision.report_id, ConductRevision.content).join(ConductReport)
    query = query.where(
        col(ConductReport.period_id).in_(period_ids), ConductRevision.number == ConductReport.revision
    )
    if len({one.unit.id for one in found}) == 1:
        query = query.where(ConductReport.organisation_id == found[0].unit.id)
    mentioned = {
        report_id: len(mentioned_in(json.loads(content or "{}")))
        for report_id, content in session.exec(query)
    }
    for one in found:
        one.mentioned = mentioned.get(one.report.id, 0)
