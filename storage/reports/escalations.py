"""A report that never came (002-16): the director is asked what to do; nothing goes to a superior by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import BigKey, instant, key, ref
from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.people.offices import heads_of
from storage.people.people import Organisation, Person, Role, Viewer
from storage.reports.reports import ConductReport, ReportPeriod, ReportView, enrolled_in, split_by_consent

SUPERIOR, CALL, EXTEND = "superior", "call", "extend"


class Escalation(SQLModel, table=True):
    """The question to the director about one report, and his decision: superior, call, extend; empty while open."""

    __tablename__ = "escalation"
    id: int = key()
    report_id: int = Field(foreign_key="conduct_report.id", sa_type=BigKey, unique=True)
    asked_at: datetime = instant()
    decision: str = ""
    decided_by: int | None = ref("person.id", optional=True, index=False)
    decided_at: datetime | None = instant(optional=True)


@dataclass
class Question:
    """A report the director was asked about; `view` carries no learners and no entries."""

    row: Escalation
    view: ReportView

    @property
    def is_open(self) -> bool:
        """Whether the director may decide now: the report has not come, and at most he wanted to call first."""
        return not self.view.report.revision and self.row.decision in {"", CALL}


def ask(session: Session, report_id: int, now: datetime, today_from: datetime) -> bool:
    """Open the question about a report. False while it is open already, has gone to the superior, or was decided
    since `today_from`: the director is asked again on a later day at the earliest.
    """
    row = session.exec(select(Escalation).where(Escalation.report_id == report_id).with_for_update()).first()
    if row is None:
        session.add(Escalation(report_id=report_id, asked_at=now))
        session.flush()
        return True
    if row.decision in {"", SUPERIOR} or (row.decided_at is not None and row.decided_at >= today_from):
        return False
    row.decision, row.decided_by, row.decided_at, row.asked_at = "", None, None, now
    session.add(row)
    session.flush()
    return True


def decide(session: Session, report_id: int, decision: str, person_id: int, now: datetime) -> None:
    """Record what the director has decided; nothing where he was not asked, or has decided for good."""
    row = session.exec(select(Escalation).where(Escalation.report_id == report_id).with_for_update()).first()
    if row is not None and row.decision in {"", CALL}:
        row.decision, row.decided_by, row.decided_at = decision, person_id, now
        session.add(row)
        session.flush()


def question_of(session: Session, viewer: Viewer, report_id: int) -> Question | None:
    """The question about a report, locked; for a director of the class's centre, None for anyone else."""
    found = next(iter(_questions(session, viewer, col(ConductReport.id) == report_id)), None)
    if found is not None:
        lock(session, ConductReport, report_id)
        lock(session, Escalation, found.row.id)
    return found


def open_questions(session: Session, viewer: Viewer) -> list[Question]:
    """What is still to be decided in the centre, the oldest first; for its directors only."""
    undecided = (col(ConductReport.revision) == 0) & col(Escalation.decision).in_(["", CALL])
    return _questions(session, viewer, undecided)


def _questions(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> list[Question]:
    if Role.DIRECTOR not in viewer.roles:
        return []
    query = select(Escalation, ConductReport, ReportPeriod, CourseClass)
    query = query.join(ConductReport, col(ConductReport.id) == col(Escalation.report_id))
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(CourseClass.centre_id == viewer.centre_id, which)
    query = query.order_by(col(Escalation.asked_at), col(Escalation.id))
    found = []
    for row, report, period, course in session.exec(query).all():
        unit = session.get(Organisation, report.organisation_id)
        assert unit is not None, "a unit with reports is never deleted"
        found.append(Question(row, ReportView(report, period, course, unit)))
    return found


def missing(session: Session, period: ReportPeriod, course: CourseClass) -> Sequence[ConductReport]:
    """The period's reports that have not come, of units that have learners to report on."""
    query = select(ConductReport).where(ConductReport.period_id == period.id, ConductReport.revision == 0)
    found = session.exec(query.order_by(col(ConductReport.id))).all()
    return [one for one in found if _has_learners(session, period, course, one)]


def _has_learners(session: Session, period: ReportPeriod, course: CourseClass, report: ConductReport) -> bool:
    enrolments = enrolled_in(session, period, report.organisation_id)
    return bool(split_by_consent(session, course.centre_id, enrolments)[0])


def superiors(session: Session, viewer: Viewer, unit: Organisation) -> list[Person]:
    """The heads of the body the unit belongs to, deputies left out; empty where none is known."""
    if unit.parent_id is None:
        return []
    return heads_of(session, viewer.centre_id, unit.parent_id, viewer.day)[0]
