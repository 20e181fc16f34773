"""The cast of the dialogues: one centre, three units, three classes, people with names that test something."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlmodel import Session

from storage.base.calendar import ZONE
from storage.base.text import fold, sort_text
from storage.courses.courses import (
    Attendance,
    ClassType,
    CourseClass,
    CourseSession,
    Enrolment,
    Mark,
    RuleSet,
)
from storage.joining.consents import OF_ROLE, SENSITIVE, agree
from storage.people.people import Centre, Grant, Organisation, Person, Role
from storage.reports.ladder import request_for
from storage.reports.reports import ConductReport, ReportPeriod
from tests.houses.copying import written

LEARNERS = (
    "Nguyễn Thị Minh Hạnh",
    "Trần Văn An",
    "Lê Văn Bình",
    "Phạm Thị Cúc",
    "Hoàng Đình Dũng",
    "Đỗ Thị Giang",
    "Vũ Quốc Hùng",
    "Nguyễn Văn An",  # An again: homonym by given name
    "Bùi Thị Khánh",
    "Đặng Văn Long",
    "Ngô Thị Mai",
    "Lý Thị Ngọc",
)
RULES = {
    "max_absence": "0.20",
    "bands": [["9", "excellent"], ["8", "good"], ["7", "fair"], ["5", "average"]],
    "weights": {"marks": "0.6", "diligence": "0.2", "conduct": "0.2"},
    "rhythm": {"every": "month"},
}


@dataclass
class Cast:
    """Ids. `unit` sends all of `learners`; `other_unit` sends `other_learner`, to the same running class."""

    centre: int = 0
    unit: int = 0
    other_unit: int = 0
    empty_unit: int = 0
    head: int = 0
    other_head: int = 0
    registrar: int = 0
    director: int = 0
    lecturer: int = 0
    learners: list[int] = field(default_factory=list)
    other_learner: int = 0
    running: int = 0  # a class that runs from 2026-11-02 to 2026-12-18
    opening: int = 0  # one that opens on 2026-11-23
    closing: int = 0  # one that closes on 2026-11-20
    period: int = 0
    report: int = 0  # open: the unit's on the running class
    other_report: int = 0
    sessions: list[int] = field(default_factory=list)  # the running class's, oldest first


def fill(session: Session, now: datetime, *, asked: bool = True) -> Cast:
    """Write the cast; days are relative to 2026-11-16, the dialogues' Monday. The reports are `asked` for, too."""
    return written(session, ("cast", now, asked), lambda session: _fill(session, now, asked=asked))


def _fill(session: Session, now: datetime, *, asked: bool) -> Cast:
    cast = Cast()
    cast.centre = _add(
        session,
        Centre(
            name="Trung tâm Chính trị phường An Hòa",
            place="An Hòa",
            phone="02033123456",
            options={"personal_abroad": True},
        ),
    )
    for name, attribute in (
        ("Trường THCS Lê Lợi", "unit"),
        ("Trạm Y tế phường A", "other_unit"),
        ("Công an phường B", "empty_unit"),
    ):
        unit = Organisation(centre_id=cast.centre, name=name, folded=fold(name), kind="unit")
        setattr(cast, attribute, _add(session, unit))
    _people(session, cast, now)
    _classes(session, cast)
    _record(session, cast)
    for report in (cast.report, cast.other_report) if asked else ():
        _ask(session, session.get(ConductReport, report))
    return cast


def _people(session: Session, cast: Cast, now: datetime) -> None:
    staff = (
        ("registrar", "Phan Thị Thu", Role.REGISTRAR, None),
        ("director", "Trịnh Quốc Việt", Role.DIRECTOR, None),
        ("lecturer", "Cao Minh Đức", Role.LECTURER, None),
        ("head", "Lê Văn Bình", Role.UNIT_HEAD, cast.unit),  # shares his name with a learner
        ("other_head", "Mai Thị Hoa", Role.UNIT_HEAD, cast.other_unit),
    )
    for attribute, name, role, unit in staff:
        person_id = person(session, cast.centre, name, unit, now, role=role)
        setattr(cast, attribute, person_id)
        session.get(Person, person_id).muted = {"digest": True}  # those of tests/home/test_digest.py want it
        _add(session, Grant(person_id=person_id, role=role, centre_id=cast.centre, organisation_id=unit))
    for number, name in enumerate(LEARNERS):
        cast.learners.append(person(session, cast.centre, name, cast.unit, now, number=number))
    cast.other_learner = person(session, cast.centre, "Trần Văn An", cast.other_unit, now, number=50)


def person(
    session: Session,
    centre: int,
    name: str,
    unit: int | None,
    now: datetime,
    *,
    number: int = 90,
    role: str = "",
) -> int:
    """A person who has agreed to what is asked of his role; of a learner where there is none."""
    row = Person(
        centre_id=centre,
        name=name,
        folded=fold(name),
        sort_text=sort_text(name),
        birth_date=date(1985, 1, 1) + timedelta(days=number * 40),
        organisation_id=unit,
        phone=f"09{abs(hash_of(name)) % 10**6:06d}{number:02d}",
        position="Giáo viên" if number < 50 else "",
        party_status="member",
    )
    person_id = _add(session, row)
    for purpose in purposes_of_role(role):
        agree(session, person_id, purpose, now)
    return person_id


def purposes_of_role(role: str) -> tuple[str, ...]:
    return (OF_ROLE[role],) if role else ("basic", SENSITIVE)


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 2**31


def _classes(session: Session, cast: Cast) -> None:
    kind = _add(session, ClassType(centre_id=cast.centre, name="Bồi dưỡng nhận thức về Đảng"))
    rules = _add(session, RuleSet(class_type_id=kind, version=2, from_date=date(2026, 1, 1), rules=RULES))
    common = {
        "centre_id": cast.centre,
        "class_type_id": kind,
        "rule_set_id": rules,
        "place": "Hội trường Trung tâm",
    }
    for attribute, code, first, last in (
        ("running", "BD-01", date(2026, 11, 2), date(2026, 12, 18)),
        ("opening", "BD-02", date(2026, 11, 23), date(2026, 11, 27)),
        ("closing", "BD-03", date(2026, 11, 9), date(2026, 11, 20)),
    ):
        name = {
            "running": "Trung cấp A1",
            "opening": "Nhận thức về Đảng khóa II",
            "closing": "Đảng viên mới khóa I",
        }
        course = CourseClass(
            code=code, name=name[attribute], cohort="2026", from_date=first, to_date=last,
            bring="giấy triệu tập, sổ ghi chép", **common,
        )  # fmt: skip
        setattr(cast, attribute, _add(session, course))


def _record(session: Session, cast: Cast) -> None:
    """Who is enrolled, ten sessions of the running class, what the roll-call and the marks say."""
    for class_id in (cast.running, cast.opening):
        for person_id in [*cast.learners, cast.other_learner]:
            unit = cast.other_unit if person_id == cast.other_learner else cast.unit
            row = Enrolment(
                class_id=class_id, person_id=person_id, organisation_id=unit, from_date=date(2026, 11, 2)
            )
            _add(session, row)
    _add(
        session,
        Enrolment(
            class_id=cast.closing,
            person_id=cast.learners[0],
            organisation_id=cast.unit,
            from_date=date(2026, 11, 9),
        ),
    )
    for number in range(10):  # Tuesdays and Thursdays from 2026-11-03, mornings
        day = date(2026, 11, 3) + timedelta(days=(number // 2) * 7 + (number % 2) * 2)
        row = CourseSession(
            class_id=cast.running, starts_at=at(day, 7, 30), ends_at=at(day, 11, 0), topic=f"Chuyên đề {number + 1}",
            room="A2", lecturer_id=cast.lecturer, lecturer_name="Cao Minh Đức",
        )  # fmt: skip
        cast.sessions.append(_add(session, row))
    for number, session_id in enumerate(cast.sessions[:4]):  # those before 2026-11-16
        for person_id in [*cast.learners, cast.other_learner]:
            late = person_id == cast.learners[1] and number < 2  # Trần Văn An, late twice
            _add(
                session,
                Attendance(session_id=session_id, person_id=person_id, state="late" if late else "present"),
            )
    _add(
        session,
        Mark(
            class_id=cast.running,
            person_id=cast.learners[0],
            component="Bài 1",
            value=Decimal("8.50"),
            state="published",
            published_at=at(date(2026, 11, 14), 9),
        ),
    )
    _add(
        session,
        Mark(
            class_id=cast.running,
            person_id=cast.learners[0],
            component="Thu hoạch",
            value=Decimal("6.00"),
            state="draft",
        ),
    )
    period = ReportPeriod(
        class_id=cast.running, from_date=date(2026, 11, 1), to_date=date(2026, 11, 30),
        opens_at=at(date(2026, 11, 16), 8), due_at=at(date(2026, 12, 3), 17),
    )  # fmt: skip
    cast.period = _add(session, period)
    cast.report = _add(session, ConductReport(period_id=cast.period, organisation_id=cast.unit))
    cast.other_report = _add(session, ConductReport(period_id=cast.period, organisation_id=cast.other_unit))


def add_report(session: Session, period: ReportPeriod, unit: int, **fields) -> int:
    """A unit's report with its request, whose steps are not planned."""
    report = ConductReport(period_id=period.id, organisation_id=unit, **fields)
    session.add(report)
    session.flush()
    _ask(session, report)
    return report.id


def _ask(session: Session, report: ConductReport) -> None:
    period = session.get(ReportPeriod, report.period_id)
    request = request_for(report, period, session.get(CourseClass, period.class_id).centre_id)
    request.settled_at = report.sent_at
    _add(session, request)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def _add(session: Session, row) -> int:
    session.add(row)
    session.flush()
    return row.id


def registrar_elsewhere(stage) -> int:
    """The registrar of another centre: a person of this id, not yet bound."""
    with stage.database.transaction() as session:
        centre = _add(session, Centre(name="Trung tâm khác"))
        stranger = person(session, centre, "Tạ Thị Xa", None, stage.time)
        session.add(Grant(person_id=stranger, role=Role.REGISTRAR, centre_id=centre))
    return stranger
