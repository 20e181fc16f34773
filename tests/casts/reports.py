"""What the tests of conduct reports add to the cast, and how they look at what was kept."""

import json
from datetime import date, datetime

from sqlmodel import select

from handlers.engine.messages import base36  # noqa: F401  the conduct tests write buttons by hand
from storage.base.calendar import ZONE
from storage.courses.courses import Attendance, CourseClass, Enrolment
from storage.joining.grants import give
from storage.messaging import timers
from storage.messaging.outbox import next_due as outbox_due
from storage.people.people import Centre, Grant, Person, Role
from storage.reports.periods import plan_period
from storage.reports.reports import ConductEntry, ConductReport, ConductRevision, ReportPeriod
from storage.requests.requests import Request
from storage.requests.turnover import note_grant
from tests.casts.centre import LEARNERS, add_report, at, person

OPENS, DUE = at(date(2026, 11, 16), 8), at(date(2026, 11, 27), 17)


def learner_id(stage, name: str) -> int:
    return stage.cast.learners[LEARNERS.index(name)]


def report_of(stage, report_id: int | None = None) -> ConductReport:
    with stage.database.reading() as session:
        report = session.get(ConductReport, report_id or stage.cast.report)
        session.expunge_all()  # the end of a reading session forgets what it read
        return report


def request_of(session, report_id: int) -> Request:
    """The request to the unit for a report."""
    query = select(Request).where(Request.kind == "report", Request.subject_id == report_id)
    return session.exec(query).one()


def takes_step(stage, session, report_id: int, step: str) -> None:
    """The timer of a step goes off, planned or not."""
    args = {"request": request_of(session, report_id).id, "step": step}
    stage.table.tick(stage.desk(session), "request_step", args)


def moves_period(session, period_id: int, **instants: datetime) -> None:
    """Another opening or deadline, for the requests as well."""
    reports = select(ConductReport.id).where(ConductReport.period_id == period_id)
    requests = session.exec(select(Request).where(Request.kind == "report", Request.subject_id.in_(reports)))
    for row in [session.get(ReportPeriod, period_id), *requests]:
        for name, moment in instants.items():
            setattr(row, name, moment)


def kept(stage, report_id: int | None = None) -> dict[str, tuple[str, str]]:
    """The entries by name: (category, source), those the head took out left out."""
    with stage.database.reading() as session:
        query = select(ConductEntry).where(ConductEntry.report_id == (report_id or stage.cast.report))
        rows = [row for row in session.exec(query) if row.source != "cleared"]
        return {session.get(Person, row.person_id).name: (row.category, row.source) for row in rows}


def revisions(stage, report_id: int | None = None) -> list[ConductRevision]:
    with stage.database.reading() as session:
        query = select(ConductRevision).where(ConductRevision.report_id == (report_id or stage.cast.report))
        found = list(session.exec(query.order_by(ConductRevision.number)))
        session.expunge_all()
        return found


def records(stage, name: str, *states: str) -> None:
    """What the roll-call says of a learner, session by session, in the cast's first sessions."""
    with stage.database.transaction() as session:
        for session_id, state in zip(stage.cast.sessions, states, strict=False):
            query = select(Attendance).where(
                Attendance.session_id == session_id, Attendance.person_id == learner_id(stage, name)
            )
            session.exec(query).one().state = state


def no_roll_call(stage) -> None:
    """Nobody was late: nothing is pre-marked."""
    records(stage, "Trần Văn An", "present", "present")


def another_head(stage, unit: int, name: str = "Tạ Văn Phúc") -> int:
    with stage.database.transaction() as session:
        person_id = person(session, stage.cast.centre, name, unit, stage.time)
        grant = Grant(
            person_id=person_id, role=Role.UNIT_HEAD, centre_id=stage.cast.centre, organisation_id=unit
        )
        session.add(grant)
    return person_id


def colleague(
    stage, name: str = "Tạ Văn Phúc", role: str = Role.LIAISON_OFFICER, *, unit: int | None = None,
    is_deputy: bool = False,
) -> int:  # fmt: skip
    """Somebody of the unit with a role there; a deputy of its head."""
    with stage.database.transaction() as session:
        unit = unit or stage.cast.unit
        person_id = person(session, stage.cast.centre, name, unit, stage.time)
        heads = select(Grant.id).where(Grant.organisation_id == unit, Grant.role == Role.UNIT_HEAD)
        grant = Grant(
            person_id=person_id, role=role, centre_id=stage.cast.centre, organisation_id=unit,
            deputy_of=session.exec(heads).first() if is_deputy else None,
        )  # fmt: skip
        session.add(grant)
    return person_id


def ends(stage, person_id: int, last: date) -> None:
    """A person's roles end on this day, as `caunoi grant --until` has it."""
    with stage.database.transaction() as session:
        for grant in session.exec(select(Grant).where(Grant.person_id == person_id)):
            grant.to_date = last
            note_grant(session, grant, ZONE, stage.time)


def appoints(stage, name: str = "Đào Thị Yến") -> int:
    """A new head of the unit, as `caunoi grant` has it."""
    with stage.database.transaction() as session:
        person_id = person(session, stage.cast.centre, name, stage.cast.unit, stage.time)
        one = session.get(Person, person_id)
        today = stage.desk(session).today(session.get(Centre, stage.cast.centre))
        give(session, one, Role.UNIT_HEAD, stage.time, today, unit_id=stage.cast.unit)
    return person_id


def another_report(
    stage,
    *,
    name: str = "Sơ cấp khóa III",
    opens_at: datetime = OPENS,
    due_at: datetime = DUE,
    learners: tuple[str, ...] = LEARNERS[:3],
    unit: int | None = None,
    plan: bool = False,
) -> int:
    """A report of the unit (or another) on a class of its own; with its timers where they are wanted."""
    cast = stage.cast
    with stage.database.transaction() as session:
        running = session.get(CourseClass, cast.running)
        course = CourseClass(
            centre_id=cast.centre, class_type_id=running.class_type_id, rule_set_id=running.rule_set_id,
            code=f"X-{name[:3]}", name=name, from_date=date(2026, 11, 2), to_date=date(2026, 11, 30),
        )  # fmt: skip
        session.add(course)
        session.flush()
        for one in learners:
            row = Enrolment(
                class_id=course.id, person_id=learner_id(stage, one), organisation_id=unit or cast.unit,
                from_date=date(2026, 11, 2),
            )  # fmt: skip
            session.add(row)
        period = ReportPeriod(
            class_id=course.id, from_date=date(2026, 11, 2), to_date=date(2026, 11, 15), opens_at=opens_at,
            due_at=due_at,
        )  # fmt: skip
        session.add(period)
        session.flush()
        report = add_report(session, period, unit or cast.unit)
        if plan:
            desk = stage.desk(session)
            plan_period(session, desk.calendar(desk.centre(cast.centre)), period, stage.time)
        return report


def lives(stage, moment: datetime) -> None:
    """Time moves on as it does in a house that runs: what is due goes out before anything else happens."""
    while stage.time < moment:
        with stage.database.reading() as session:
            coming = [timers.next_due(session, stage.time), outbox_due(session, stage.time)]
        stage.moves_to(min([one for one in coming if one is not None] + [moment]))
        stage.arrives()


def changes_unit(stage) -> None:
    """Trần Văn An, late on 3, 5 and 10 November, is the other unit's from the 5th on."""
    records(stage, "Trần Văn An", "late", "late", "late", "present")  # 03, 05 and 10 November
    with stage.database.transaction() as session:
        query = select(Enrolment).where(
            Enrolment.class_id == stage.cast.running,
            Enrolment.person_id == learner_id(stage, "Trần Văn An"),
        )
        row = session.exec(query).one()
        row.to_date = date(2026, 11, 4)
        moved = Enrolment(
            class_id=row.class_id, person_id=row.person_id, organisation_id=stage.cast.other_unit,
            from_date=date(2026, 11, 5),
        )  # fmt: skip
        session.add(moved)


def mentioned_before(stage, mentioned: dict[str, str], *, month: int = 10, unit: int | None = None) -> None:
    """An earlier month's report of the unit (or another) on the same class, sent with these entries."""
    with stage.database.transaction() as session:
        first = date(2026, month, 1)
        period = ReportPeriod(
            class_id=stage.cast.running, from_date=first, to_date=first.replace(day=28),
            opens_at=at(first.replace(day=29), 8), due_at=at(first.replace(day=30), 17),
        )  # fmt: skip
        session.add(period)
        session.flush()
        sent_at = at(first.replace(day=29), 9)
        report = add_report(session, period, unit or stage.cast.unit, revision=1, state="sent", sent_at=sent_at,
                            sent_by=stage.cast.head)  # fmt: skip
        entries = [
            {
                "id": learner_id(stage, name),
                "category": category,
                "times": None,
                "note": None,
                "source": "head",
            }
            for name, category in mentioned.items()
        ]
        content = json.dumps({"learners": [], "entries": entries, "on_paper": 0})
        row = ConductRevision(
            report_id=report, number=1, sent_at=sent_at, sent_by=stage.cast.head, content=content
        )
        session.add(row)
