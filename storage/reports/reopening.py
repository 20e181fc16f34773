"""A report that was sent and is locked: a unit asks to open it again, the registrar decides."""

from datetime import datetime

from sqlmodel import Session, SQLModel, col, select

from storage.base.columns import instant, key, ref
from storage.base.engine import lock
from storage.people.people import Viewer
from storage.reports.boards import report_seen
from storage.reports.reports import ConductReport


class ReopenRequest(SQLModel, table=True):
    """One asking; undecided while `decided_at` is empty."""

    __tablename__ = "reopen_request"
    id: int = key()
    report_id: int = ref("conduct_report.id")
    asked_by: int = ref("person.id", index=False)
    asked_at: datetime = instant()
    decided_by: int | None = ref("person.id", optional=True, index=False)
    decided_at: datetime | None = instant(optional=True)
    granted: bool = False


def waiting(session: Session, report_id: int) -> ReopenRequest | None:
    """The report's request nobody has decided yet."""
    found = last(session, report_id)  # while one is undecided there is no second one
    return found if found is not None and found.decided_at is None else None


def last(session: Session, report_id: int) -> ReopenRequest | None:
    """The report's newest request, decided or not."""
    query = select(ReopenRequest).where(ReopenRequest.report_id == report_id)
    return session.exec(query.order_by(col(ReopenRequest.id).desc()).limit(1)).first()


def ask(session: Session, report: ConductReport, person_id: int, now: datetime) -> ReopenRequest:
    """Ask for a report (locked by whoever calls) to be opened again; while one is undecided there is no second one."""
    found = waiting(session, report.id)
    if found is None:
        found = ReopenRequest(report_id=report.id, asked_by=person_id, asked_at=now)
        session.add(found)
        session.flush()
    return found


def request_seen(session: Session, viewer: Viewer, request_id: int) -> ReopenRequest | None:
    """The request, locked to be decided, for staff of the class's centre."""
    row = session.get(ReopenRequest, request_id)
    is_there = row is not None and report_seen(session, viewer, row.report_id) is not None
    return lock(session, ReopenRequest, request_id) if is_there else None


def decide(
    session: Session, request: ReopenRequest, report: ConductReport, person_id: int, now: datetime,
    until: datetime | None,
) -> None:  # fmt: skip
    """Grant the request `until` an instant, or refuse it (None)."""
    request.decided_by, request.decided_at, request.granted = person_id, now, until is not None
    if until is not None:
        report.reopened_until = until
    session.flush()
