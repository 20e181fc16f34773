"""Reports that come by phone or on paper: which a registrar may enter, and that he has begun to."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal, or_
from sqlmodel import Session, col, select

from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.people.people import Organisation, Role, Viewer
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod, is_open


def _to_enter(column: Any, viewer: Viewer, now: datetime) -> Any:
    """A column of the registrar's reports to enter: of opened periods, never sent, or with a newest version that the
    centre has entered and can still mend. Nothing for who is no registrar.
    """
    entered = exists().where(
        col(ConductRevision.report_id) == col(ConductReport.id),
        col(ConductRevision.number) == col(ConductReport.revision),
        col(ConductRevision.source) != "chat",
    )
    return (
        select(column)
        .select_from(ConductReport)
        .join(ReportPeriod)
        .join(CourseClass)
        .where(literal(Role.REGISTRAR in viewer.roles), CourseClass.centre_id == viewer.centre_id)
        .where(ReportPeriod.opens_at <= now, is_open(now))
        .where(or_(col(ConductReport.revision) == 0, entered))
    )


def periods(session: Session, viewer: Viewer, now: datetime) -> list[tuple[ReportPeriod, CourseClass]]:
    """The periods with reports to enter, the one opened last on top; none for who is no registrar."""
    query = select(ReportPeriod, CourseClass).join(CourseClass)
    query = query.where(col(ReportPeriod.id).in_(_to_enter(ConductReport.period_id, viewer, now)))
    newest = query.order_by(col(ReportPeriod.opens_at).desc(), col(ReportPeriod.id).desc())
    return list(session.exec(newest))


def reports(
    session: Session, viewer: Viewer, period_id: int, now: datetime
) -> list[tuple[ConductReport, Organisation]]:
    """The period's reports to enter, by the name of the unit."""
    query = select(ConductReport, Organisation).join(Organisation)
    query = query.where(
        ConductReport.period_id == period_id,
        col(ConductReport.id).in_(_to_enter(ConductReport.id, viewer, now)),
    )
    return list(session.exec(query.order_by(Organisation.folded)))


def claim(session: Session, viewer: Viewer, report_id: int, now: datetime) -> ConductReport | None:
    """The report, from now on open to this registrar (signing.Acting.ENTERS); None where he may not enter it."""
    may_enter = _to_enter(ConductReport.id, viewer, now).where(ConductReport.id == report_id)
    report = lock(session, ConductReport, report_id) if session.exec(may_enter).first() is not None else None
    if report is not None:
        report.prepared_by = viewer.person_id
        session.flush()
    return report
