"""A report that was sent and is locked: a unit asks to open it again, the registrar decides."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlmodel import Session, SQLModel, col, select

from storage.base.calendar import SendingCalendar
from storage.base.columns import instant, key, ref
from storage.base.engine import lock
from storage.people.people import Person, Role, Viewer
from storage.reports.boards import report_seen
from storage.reports.reports import ConductReport
from storage.requests import requests
from storage.requests.policy import AT_ONCE, LAST_MORNING, OPEN, Policy, Step, Window
from storage.requests.requests import Request

KIND: Final = "reopen"  # of what is asked of the registrars
POLICY: Final = Policy((Step(OPEN, AT_ONCE), Step("remind", LAST_MORNING)), waits=False)


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


def waiting_among(session: Session, report_ids: Collection[int]) -> dict[int, ReopenRequest]:
    """The undecided requests about these reports, by report."""
    query = select(ReopenRequest).where(col(ReopenRequest.report_id).in_(report_ids))
    return {row.report_id: row for row in session.exec(query.where(col(ReopenRequest.decided_at).is_(None)))}


def ask(
    session: Session, calendar: SendingCalendar, report: ConductReport, asker: Person, now: datetime
) -> tuple[ReopenRequest, Request]:
    """Ask the registrars for a report (locked by whoever calls) to be opened again, to be decided by the end of the
    next working day; while one is undecided there is no second one.
    """
    found = waiting(session, report.id)
    if found is None:
        found = ReopenRequest(report_id=report.id, asked_by=asker.id, asked_at=now)
        session.add(found)
        session.flush()
    row = requests.open_request(
        session, calendar, POLICY, Window(now, calendar.deadline_after(now, 1)), kind=KIND, subject_id=found.id,
        centre_id=asker.centre_id, post=Role.REGISTRAR,
    )  # fmt: skip
    return found, row


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
    requests.settle_about(session, KIND, request.id, "", now)
    session.flush()
