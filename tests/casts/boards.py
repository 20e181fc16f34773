"""Many units and periods on one class, for the boards: reports sent on time, late and not at all."""

import json
from datetime import date, timedelta
from typing import Self

from sqlalchemy import event

from storage.courses.courses import CourseClass, Enrolment
from storage.people.people import Grant, Organisation
from storage.reports.ladder import request_of
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod
from storage.requests.requests import settle
from tests.casts.centre import add_report, at, person


class Counted:
    """The statements a database is asked for within a `with`."""

    def __init__(self, session) -> None:
        self.engine, self.statements = session.get_bind(), []

    def __enter__(self) -> Self:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_rest) -> None:
        self.statements.append(statement)


def outcome(unit: int, period: int) -> int | None:
    """Days after the deadline a report came; None where it did not: made up, the same every time."""
    place = (unit * 7 + period * 3) % 10
    return None if place == 0 else max(0, place - 6)


def many_units(stage, units: int, periods: int, *, learners: int = 2) -> int:
    """A class of its own with so many units and monthly periods, all over by now. Returns the class's id."""
    with stage.database.transaction() as session:
        cast = stage.cast
        running = session.get(CourseClass, cast.running)
        course = CourseClass(
            centre_id=cast.centre, class_type_id=running.class_type_id, rule_set_id=running.rule_set_id, code="TC-K12",
            name="Trung cấp K12", from_date=date(2025, 12, 1), to_date=date(2026, 12, 31),
        )  # fmt: skip
        session.add(course)
        session.flush()
        bodies = [_unit(session, stage, course.id, number, learners) for number in range(units)]
        for number in range(periods):
            first = date(2026, number + 1, 1)
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            due_at = at(last + timedelta(days=3), 17)
            period = ReportPeriod(
                class_id=course.id, from_date=first, to_date=last, opens_at=at(last + timedelta(days=1), 8), due_at=due_at
            )  # fmt: skip
            session.add(period)
            session.flush()
            for place, unit in enumerate(bodies):
                _report(session, stage, period, unit, outcome(place, number))
        return course.id


def _unit(session, stage, class_id: int, number: int, learners: int) -> int:
    name = f"Đơn vị {number + 1:02d}"
    unit = Organisation(
        centre_id=stage.cast.centre, name=name, folded=f"don vi {number + 1:02d}", kind="unit"
    )
    session.add(unit)
    session.flush()
    head = person(session, stage.cast.centre, f"Thủ Trưởng {number + 1:02d}", unit.id, stage.time, number=60)
    session.add(Grant(person_id=head, role="unit_head", centre_id=stage.cast.centre, organisation_id=unit.id))
    for place in range(learners):
        learner = person(session, stage.cast.centre, f"Học Viên {number:02d} {place}", unit.id, stage.time)
        row = Enrolment(
            class_id=class_id, person_id=learner, organisation_id=unit.id, from_date=date(2025, 12, 1)
        )
        session.add(row)
    return unit.id


def _report(session, stage, period: ReportPeriod, unit: int, days_late: int | None) -> None:
    report = session.get(ConductReport, add_report(session, period, unit))
    if days_late is None:
        return
    sent_at = period.due_at + (timedelta(days=days_late) or timedelta(hours=-1))
    report.revision, report.state, report.sent_at, report.sent_by = 1, "sent", sent_at, stage.cast.head
    settle(session, request_of(report), sent_at)
    entries = [{"id": n, "category": "late", "times": 1, "note": None} for n in range(days_late % 3)]
    content = json.dumps({"learners": [], "entries": entries, "on_paper": 0})
    row = ConductRevision(
        report_id=report.id, number=1, sent_at=sent_at, sent_by=stage.cast.head, content=content
    )
    session.add(row)
