"""What is recorded of learners in a class, read at once for many: roll-call, published marks, conduct as sent."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.courses.courses import Attendance, CourseClass, CourseSession, Enrolment, Mark
from storage.courses.timetable import day_of
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod

STATES: Final = ("present", "late", "excused", "unexcused", "recalled")
ABSENT: Final = ("excused", "unexcused", "recalled")
PUBLISHED: Final = ("published", "corrected")


@dataclass(frozen=True)
class Component:
    """A mark; `value` None while none is published."""

    name: str
    value: Decimal | None
    corrected: bool = False


@dataclass
class RollCall:
    """Sessions held on the learner's days and what the roll-call says of them; cancelled ones do not count."""

    sessions: Counter[str] = field(default_factory=Counter)  # by STATES
    periods: Counter[str] = field(default_factory=Counter)
    held: int = 0
    held_periods: int = 0
    unrecorded: int = 0  # sessions held of which nothing is recorded

    @property
    def absent(self) -> int:
        return sum(self.sessions[state] for state in ABSENT)

    @property
    def absent_periods(self) -> int:
        return sum(self.periods[state] for state in ABSENT)

    @property
    def share_absent(self) -> Decimal | None:
        """The share of the periods held that was missed; None before the first session."""
        return Decimal(self.absent_periods) / self.held_periods if self.held_periods else None


@dataclass(frozen=True)
class Mention:
    category: str
    times: int | None
    note: str


@dataclass(frozen=True)
class PeriodConduct:
    """What the learner's unit has sent of a period; `reported` and no mention is good conduct."""

    period: ReportPeriod
    reported: bool
    mentions: Sequence[Mention] = ()


@dataclass
class Facts:
    """What is recorded of some learners of a class as of `now`. What a head types and has not sent stays his.

    `held` are the sessions that are over, by day; `said` what the roll-call says, by session and person;
    `contents` what was last sent, by period and unit.
    """

    course: CourseClass
    enrolments: dict[int, list[Enrolment]] = field(default_factory=dict)
    held: list[tuple[date, CourseSession]] = field(default_factory=list)
    said: dict[tuple[int, int], str] = field(default_factory=dict)
    marks: dict[int, dict[str, Mark]] = field(default_factory=dict)
    components_known: list[str] = field(default_factory=list)
    periods: list[ReportPeriod] = field(default_factory=list)
    contents: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)

    def components(self, person_id: int, names: Iterable[str]) -> list[Component]:
        """Every component named or anybody in the class has a mark for: one not published is missing."""
        own = self.marks.get(person_id, {})
        return [
            Component(name, own[name].value, own[name].state == "corrected")
            if name in own
            else Component(name, None)
            for name in dict.fromkeys([*names, *self.components_known])
        ]

    def roll_call(
        self, enrolments: Sequence[Enrolment], first: date = date.min, last: date = date.max
    ) -> RollCall:
        """Of the days of these enrolments (of one person), from `first` to `last`."""
        found = RollCall()
        for day, row in self.held:
            if first <= day <= last and any(on_day(day, one.from_date, one.to_date) for one in enrolments):
                _count(found, row, self.said.get((row.id, enrolments[0].person_id)))
        return found

    def conduct(self, enrolments: Sequence[Enrolment]) -> list[PeriodConduct]:
        """Every period of these days that has begun, with what the unit of those days has sent."""
        found = []
        for period in self.periods:
            units = {
                one.organisation_id
                for one in enrolments
                if one.from_date <= period.to_date
                and (one.to_date is None or one.to_date >= period.from_date)
            }
            if units:
                found.append(self._reported(period, units, enrolments[0].person_id))
        return found

    def _reported(self, period: ReportPeriod, units: set[int], person_id: int) -> PeriodConduct:
        sent = [content for unit in units if (content := self.contents.get((period.id, unit)))]
        about = [one for one in sent if any(learner["id"] == person_id for learner in one["learners"])]
        mentions = [
            Mention(entry["category"], entry["times"], entry["note"] or "")
            for content in about
            for entry in content["entries"]
            if entry["id"] == person_id
        ]
        return PeriodConduct(period, len(about) == len(units), mentions)


def _count(found: RollCall, row: CourseSession, state: str | None) -> None:
    found.held += 1
    found.held_periods += row.periods
    if state in STATES:
        found.sessions[state] += 1
        found.periods[state] += row.periods
    else:
        found.unrecorded += 1


def read_facts(
    session: Session, course: CourseClass, person_ids: Collection[int], zone: ZoneInfo, now: datetime
) -> Facts:
    """What is recorded of these people in a class, on all their days there."""
    facts = Facts(course)
    _read_enrolments(session, facts, person_ids)
    _read_roll_call(session, facts, person_ids, zone, now)
    _read_marks(session, facts)
    _read_conduct(session, facts, day_of(now, zone))
    return facts


def _read_enrolments(session: Session, facts: Facts, person_ids: Collection[int]) -> None:
    query = select(Enrolment).where(
        Enrolment.class_id == facts.course.id, col(Enrolment.person_id).in_(person_ids)
    )
    for row in session.exec(query.order_by(col(Enrolment.id))):
        facts.enrolments.setdefault(row.person_id, []).append(row)


def _read_roll_call(
    session: Session, facts: Facts, person_ids: Collection[int], zone: ZoneInfo, now: datetime
) -> None:
    query = select(CourseSession).where(
        CourseSession.class_id == facts.course.id,
        CourseSession.ends_at <= now,
        CourseSession.state != "cancelled",
    )
    facts.held = [(day_of(row.starts_at, zone), row) for row in session.exec(query)]
    told = select(Attendance.session_id, Attendance.person_id, Attendance.state)
    told = told.join(CourseSession, col(CourseSession.id) == col(Attendance.session_id))
    told = told.where(CourseSession.class_id == facts.course.id, col(Attendance.person_id).in_(person_ids))
    facts.said = {(session_id, person_id): state for session_id, person_id, state in session.exec(told)}


def _read_marks(session: Session, facts: Facts) -> None:
    query = select(Mark).where(Mark.class_id == facts.course.id).order_by(col(Mark.id))
    for mark in session.exec(query):
        if mark.component not in facts.components_known:
            facts.components_known.append(mark.component)
        if mark.state in PUBLISHED:
            facts.marks.setdefault(mark.person_id, {})[mark.component] = mark


def _read_conduct(session: Session, facts: Facts, today: date) -> None:
    query = select(ReportPeriod).where(
        ReportPeriod.class_id == facts.course.id, ReportPeriod.from_date <= today
    )
    facts.periods = list(session.exec(query.order_by(col(ReportPeriod.from_date))))
    units = {row.organisation_id for rows in facts.enrolments.values() for row in rows}
    sent = select(ConductReport, ConductRevision).where(
        col(ConductReport.period_id).in_([period.id for period in facts.periods]),
        col(ConductReport.organisation_id).in_(units),
        ConductRevision.report_id == ConductReport.id,
        ConductRevision.number == ConductReport.revision,
    )
    for report, revision in session.exec(sent):
        content = json.loads(revision.content or "{}")
        facts.contents[report.period_id, report.organisation_id] = {"learners": [], "entries": [], **content}
