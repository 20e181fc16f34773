"""The steps by which a report is asked for: timers a report, from its opening to the end of grace (000-20, 002-16).

Opening, 80 % of the way to the deadline, the morning of the last day, the deadline, the end of grace. Every report
has its own, since a unit may be given a later deadline. Over Tết they rest. Times are UTC, days the centre's.
"""

from collections.abc import Iterable
from typing import Final

from sqlmodel import Session, col, select

from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass
from storage.people.people import Role
from storage.reports.reports import KIND, ConductReport, ReportPeriod, grace_end
from storage.requests import requests
from storage.requests.policy import (
    DEPUTIES,
    DIRECTORS,
    DUE,
    GRACE,
    LAST_MORNING,
    NOBODY,
    OPEN,
    OPENING,
    SHARE,
    Policy,
    Step,
)
from storage.requests.requests import Request

REMIND_AT: Final = 0.8  # of the time from opening to deadline, Tết not counted
FOR_DEPUTIES: Final = 4  # hours in the morning, before the director is asked
EXTENSIONS: Final = (1, 3, 5)  # working days
POLICY: Final = Policy(
    (
        Step(OPEN, OPENING),
        Step("remind", SHARE, amount=REMIND_AT),
        Step("last", LAST_MORNING),
        Step("close", DUE, NOBODY),
        Step("deputy", GRACE, DEPUTIES),
        Step("director", GRACE, DIRECTORS, amount=FOR_DEPUTIES),
    ),
    snoozes=True,
    hands_over=True,
    extensions=EXTENSIONS,
)


def plan_ladder(
    session: Session, calendar: SendingCalendar, period: ReportPeriod, *reports: ConductReport
) -> None:
    """Ask for these reports from the period's opening up to the deadline that counts for each; asked for again, it is
    the same.
    """
    course = session.get_one(CourseClass, period.class_id)
    ids = {report.id for report in reports}
    query = select(Request).where(Request.kind == KIND, col(Request.subject_id).in_(ids))
    known = {row.subject_id: row for row in session.exec(query)}
    rows = [known.get(one.id) or request_for(one, period, course.centre_id) for one in reports]
    for row in rows:
        row.grace_at = row.grace_at or grace_end(calendar, period)
    requests.add_all(session, calendar, rows)
    for report in reports:
        session.expire(report, ["request"])


def request_for(report: ConductReport, period: ReportPeriod, centre_id: int) -> Request:
    """The request to the heads of its unit, not yet stored."""
    return Request(
        kind=KIND, subject_id=report.id, centre_id=centre_id, post=Role.UNIT_HEAD,
        organisation_id=report.organisation_id, opens_at=period.opens_at, due_at=period.due_at,
        policy=POLICY.as_json(),
    )  # fmt: skip


def request_of(report: ConductReport) -> Request:
    assert report.request is not None, "a report is made together with its request"
    return report.request


def forget_ladder(session: Session, reports: Iterable[ConductReport]) -> None:
    """Nothing is asked or told any more of reports that are not to be."""
    for report in reports:
        if report.request is not None:
            requests.forget(session, report.request)
            session.expire(report, ["request"])
