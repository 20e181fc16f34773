"""Reports that come by phone or on paper: which a registrar may enter, and that he has begun to."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.people.people import Organisation, Role, Viewer
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod


def _opened(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """Periods of the registrar's centre that have opened."""
    return and_(col(CourseClass.centre_id) == viewer.centre_id, col(ReportPeriod.opens_at) <= now)


def _to_enter(now: datetime) -> ColumnElement[bool]:
    """Reports that were never sent, or whose newest version the centre has entered and can still mend."""
    entered = exists().where(
        col(ConductRevision.report_id) == col(ConductReport.id),
        col(ConductRevision.number) == col(ConductReport.revision),
        col(ConductRevision.source) != "chat",
    )
    ends = (col(ReportPeriod.due_at), ConductReport.extended_to, col(ConductReport.reopened_until))
    is_open = or_(*(end >= now for end in ends))
    return or_(col(ConductReport.revision) == 0, and_(entered, is_open))


def periods(session: Session, viewer: Viewer, now: datetime) -> list[tuple[ReportPeriod, CourseClass]]:
    """The periods with reports to enter, the one opened last on top; none for who is no registrar."""
    if Role.REGISTRAR not in viewer.roles:
        return []
    query = select(ReportPeriod, CourseClass)
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    reports_of_it = exists().where(col(ConductReport.period_id) == col(ReportPeriod.id), _to_enter(now))
    query = query.where(_opened(viewer, now), reports_of_it)
    newest = query.order_by(col(ReportPeriod.opens_at).desc(), col(ReportPeriod.id).desc())
    return list(session.exec(newest))


def reports(
    session: Session, viewer: Viewer, period_id: int, now: datetime
) -> list[tuple[ConductReport, Organisation]]:
    """The period's reports to enter, by the name of the unit."""
    if Role.REGISTRAR not in viewer.roles:
        return []
    query = select(ConductReport, Organisation)
    query = query.join(Organisation, col(Organisation.id) == col(ConductReport.organisation_id))
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(ConductReport.period_id == period_id, _opened(viewer, now), _to_enter(now))
    return list(session.exec(query.order_by(Organisation.folded)))


def claim(session: Session, viewer: Viewer, report_id: int, now: datetime) -> ConductReport | None:
    """The report, from now on open to this registrar (signing.Acting.ENTERS); None where he may not enter it."""
    if Role.REGISTRAR not in viewer.roles:
        return None
    query = select(ConductReport.id).join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(ConductReport.id == report_id, _opened(viewer, now), _to_enter(now))
    report = lock(session, ConductReport, report_id) if session.exec(query).first() is not None else None
    if report is not None:
        report.prepared_by = viewer.person_id
        session.flush()
    return report
