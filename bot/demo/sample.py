"""The sample centre (`caunoi seed`, the demonstration): three classes around now, eight units, about 120 learners.

All of it is invented, and the same for the same `now`, number of learners and seed. Its learners of classes that
have begun gave both consents on paper at the opening, one of them not the second; others are asked by the bot.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from math import ceil
from random import Random
from typing import Any, Final

from sqlalchemy import func, insert
from sqlmodel import Session, SQLModel, select

from bot.demo.sample_courses import (
    CLOSING,
    DAY,
    OPENING,
    PERIOD,
    RULES,
    RUNNING,
    Plan,
    Slot,
    last_opening,
    layout,
    more,
)
from bot.demo.sample_names import HEADS, POSITIONS, Crowd, Face, units
from handlers.engine.desk import calendar_of
from handlers.joining.binding import CONSENT_VERSIONS
from handlers.timetable.reminders import plan_reminders
from storage.base.calendar import SendingCalendar
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
from storage.people.people import Centre, Consent, Grant, Organisation, Person, Role
from storage.reports.periods import plan_reports
from storage.reports.reports import ReportPeriod

FEWEST, MOST, USUAL = 10, 20_000, 120  # learners
ONE_CENTRE: Final = 150  # learners up to whom the three classes suffice
CLASS_SIZE: Final = 99
UNITS_A_CLASS: Final = 8
SHARES: Final = (3, 3, 5, 3, 3, 3, 3, 3)  # in a class's learners, of its units: one sends about a dozen
PARTY_STATUSES: Final = ("member", "probationary", "non_member")
ROLL_CALL: Final = {"present": 96, "late": 1, "excused": 1, "unexcused": 1, "recalled": 1}
STAFF_SIZE: Final = 5
GUESTS: Final = ("Phạm Quốc Khánh, Ban Xây dựng Đảng", "Đoàn Minh Tâm, Ủy ban Kiểm tra Đảng ủy")
HALL: Final = "Hội trường"
Advance = Callable[[int], None]  # called with the number of learners just written


@dataclass(frozen=True)
class Summary:
    """How many of what there are now. `open_reports`: units that are asked for a report at this moment."""

    centre: str
    classes: int
    units: int
    learners: int
    people: int
    sessions: int
    open_reports: int
    namesakes: int  # people who share their full name with somebody


def has_centre(session: Session) -> bool:
    return session.exec(select(Centre.id).limit(1)).first() is not None


def fill(
    session: Session,
    now: datetime,
    *,
    learners: int = USUAL,
    seed: int = 2026,
    advance: Advance = lambda _n: None,
) -> Summary:
    """Write the sample centre as it stands at `now` (business time), into a database without a centre.

    ValueError for fewer than FEWEST or more than MOST learners.
    """
    if not FEWEST <= learners <= MOST:
        raise ValueError(f"{learners} learners: give {FEWEST} to {MOST}")
    centre = Centre(
        name="Trung tâm Chính trị phường Tân Hòa",
        parent_body="Đảng ủy phường Tân Hòa",
        place="Tân Hòa",
        address="12 đường Hòa Bình, phường Tân Hòa",
        phone="02001234567",  # no province has the code 0200
        options={"personal_abroad": True, "sample": True},
    )
    session.add(centre)
    session.flush()
    filling = _Filling(session, now, centre, Random(seed), advance)  # noqa: S311  invented names, no secret
    filling.staff()
    _classes(filling, learners)
    return filling.summary()


def _classes(filling: "_Filling", learners: int) -> None:
    sizes = list(_sizes(learners))
    names = units()
    home = filling.units(islice(names, UNITS_A_CLASS))
    running = filling.course(RUNNING, home, sizes[0])
    filling.heads(home, running, first=True)
    opening = filling.course(OPENING, home, sizes[1])
    closing = filling.course(CLOSING, home, sizes[2])
    filling.enrol_also(running, closing.learners[8:12])
    filling.begin([running, closing, opening])
    for number, size in enumerate(sizes[3:], 2):
        others = filling.units(islice(names, UNITS_A_CLASS))
        further = filling.course(more(number), others, size)
        filling.heads(others, further)
        filling.begin([further])


def _sizes(learners: int) -> Iterator[int]:
    """Learners a class: the running, the opening, the closing one, then further ones of at most CLASS_SIZE."""
    usual = learners if learners <= ONE_CENTRE else USUAL
    running = max(UNITS_A_CLASS, round(usual * 0.47))
    opening = max(1, round((usual - running) * 0.62))
    yield from (running, opening, usual - running - opening)
    rest = learners - usual
    classes = ceil(rest / CLASS_SIZE)
    yield from (rest // classes + (number < rest % classes) for number in range(classes))


@dataclass
class _Course:
    """A class being filled."""

    plan: Plan
    row: CourseClass
    slots: list[Slot]
    learners: list[Person] = field(default_factory=list)


@dataclass
class _Filling:
    """Writes row after row; what later ones need is kept here."""

    session: Session
    now: datetime
    centre: Centre
    random: Random
    advance: Advance
    faces: list[Face] = field(default_factory=list)  # in the order they were written
    types: dict[str, tuple[int, int]] = field(default_factory=dict)  # class type and rule set, by name
    lecturers: list[Person] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    booked: set[tuple[datetime, str]] = field(default_factory=set)  # sessions begin together or do not meet

    def __post_init__(self) -> None:
        self.calendar: SendingCalendar = calendar_of(self.centre)
        self.today: date = self.now.astimezone(self.calendar.zone).date()
        self.crowd = Crowd(self.random, self.today)

    # -- people and units

    def staff(self) -> None:
        registrar, director, *self.lecturers, self.supervisor = self.people(
            [
                (self.crowd.face(youngest=30), None, position)
                for position in ("Giáo vụ", "Giám đốc", "Giảng viên", "Giảng viên kiêm chức", "Chủ nhiệm lớp")
            ],
            "member",
        )
        self.grant(registrar, Role.REGISTRAR)
        self.grant(director, Role.DIRECTOR)
        for lecturer in self.lecturers:
            self.grant(lecturer, Role.LECTURER)

    def units(self, named: Iterator[tuple[str, str]]) -> list[Organisation]:
        made = [
            Organisation(centre_id=self.centre.id, kind=kind, name=name, folded=fold(name))
            for kind, name in named
        ]
        self.write(made)
        self.counts["units"] += len(made)
        return made

    def heads(self, home: Sequence[Organisation], course: _Course, *, first: bool = False) -> None:
        """One head a unit, no deputy; of the first units one is a learner himself, one a lecturer."""
        known = {home[4].id: course.learners[4], home[6].id: self.lecturers[1]} if first else {}
        others = [unit for unit in home if unit.id not in known]
        faces = [(self.crowd.face(youngest=35, oldest=58), unit, HEADS[unit.kind]) for unit in others]
        heads = {unit.id: head for unit, head in zip(others, self.people(faces, "member"), strict=True)}
        for unit in home:
            head = known.get(unit.id) or heads[unit.id]
            head.position, head.organisation_id = HEADS[unit.kind], unit.id
            self.grant(head, Role.UNIT_HEAD, organisation_id=unit.id)

    def people(
        self, wanted: Sequence[tuple[Face, Organisation | None, str]], party: str = ""
    ) -> list[Person]:
        """Persons with a unit and a position. Their Party status is `party` for most of them."""
        made = [
            Person(
                centre_id=self.centre.id, name=face.name, folded=fold(face.name), sort_text=sort_text(face.name),
                birth_date=face.birth_date, gender=face.gender, position=position, phone=face.phone,
                organisation_id=unit.id if unit else None, party_status=party,
            )
            for face, unit, position in wanted
        ]  # fmt: skip
        self.write(made)
        self.faces += [face for face, _unit, _position in wanted]
        self.counts["people"] += len(made)
        return made

    def grant(
        self, person: Person, role: Role, *, organisation_id: int | None = None, class_id: int | None = None
    ) -> None:
        given = Grant(
            person_id=person.id,
            role=role,
            centre_id=self.centre.id,
            organisation_id=organisation_id,
            class_id=class_id,
        )
        self.session.add(given)

    # -- classes

    def course(self, plan: Plan, home: Sequence[Organisation], size: int) -> _Course:
        """A class with its learners, enrolled."""
        slots = layout(self.calendar, plan, self.today)
        type_id, rules_id = self.class_type(plan.type_name)
        first = slots[0].day
        row = CourseClass(
            centre_id=self.centre.id, class_type_id=type_id, rule_set_id=rules_id, code=plan.code, name=plan.name,
            cohort=str(first.year), study_mode=plan.study_mode, from_date=first, to_date=slots[-1].day,
            place="Hội trường Trung tâm", bring="giấy triệu tập, sổ ghi chép",
            lists_due=self.calendar.add_working_days(first, -3), supervisor_id=self.supervisor.id,
        )  # fmt: skip
        self.write([row])
        self.grant(self.supervisor, Role.CLASS_SUPERVISOR, class_id=row.id)
        course = _Course(plan, row, slots)
        course.learners = self.people(list(self.wanted(plan, home, size)), plan.party)
        for person in course.learners:
            if self.random.random() < 0.08:
                person.party_status = self.random.choice(PARTY_STATUSES)
        self.enrol(course, course.learners)
        self.counts["classes"] += 1
        self.counts["learners"] += size
        self.advance(size)
        return course

    def class_type(self, name: str) -> tuple[int, int]:
        if name not in self.types:
            kind = ClassType(centre_id=self.centre.id, name=name)
            self.write([kind])
            rules = RuleSet(
                class_type_id=kind.id, version=1, from_date=date(self.today.year, 1, 1), rules=RULES
            )
            self.write([rules])
            self.types[name] = kind.id, rules.id
        return self.types[name]

    def wanted(
        self, plan: Plan, home: Sequence[Organisation], size: int
    ) -> Iterator[tuple[Face, Organisation, str]]:
        """Who learns: one of every unit first; some share their name, with another birth date."""
        made: list[Face] = []
        for number in range(size):
            unit = home[number] if number < len(home) else self.random.choices(home, SHARES)[0]
            if number in {8, 9}:
                face = self.crowd.namesake(made[number - 8])
                unit = home[number - 8] if number == 8 else home[2]
            elif number == 0 and plan.state != "running":
                face = self.crowd.namesake(self.first_face(0 if plan.state == "opening" else 1))
            else:
                face = self.crowd.face()
            made.append(face)
            yield face, unit, self.random.choice(POSITIONS[unit.kind])

    def first_face(self, number: int) -> Face:
        """The face of a learner of the running class: he comes right after the staff."""
        return self.faces[STAFF_SIZE + number]

    def enrol(self, course: _Course, learners: Sequence[Person]) -> None:
        self.insert(
            Enrolment,
            [
                {"class_id": course.row.id, "person_id": one.id, "organisation_id": one.organisation_id,
                 "from_date": course.row.from_date, "note": ""}
                for one in learners
            ],
        )  # fmt: skip

    def enrol_also(self, course: _Course, learners: Sequence[Person]) -> None:
        """Some attend two classes: attendances are not persons."""
        self.enrol(course, learners)
        course.learners.extend(learners)

    # -- what happens in them

    def begin(self, courses: Sequence[_Course]) -> None:
        """Sessions, what is recorded of those that are over, the open report, the timers."""
        asked: set[int] = set()
        for course in courses:
            held = self.sessions(course)
            if course.plan.state != "opening":
                asked |= self.consents(course, asked)
                self.roll_call(course, held)
                self.marks(course)
            if course.plan.state == "running":
                self.open_report(course)
            self.session.flush()
            plan_reports(self.session, self.calendar, course.row.id, self.now)
            plan_reminders(self.session, self.calendar, course.row.id, now=self.now)

    def sessions(self, course: _Course) -> list[CourseSession]:
        """Lay out the sessions. Returns those that are over."""
        rows = [self.lesson(course, number, slot) for number, slot in enumerate(course.slots)]
        self.write(rows)
        self.counts["sessions"] += len(rows)
        return [row for row in rows if row.ends_at <= self.now]

    def lesson(self, course: _Course, number: int, slot: Slot) -> CourseSession:
        starts_at, ends_at = (datetime.combine(slot.day, hour, self.calendar.zone) for hour in slot.hours)
        own = {one.name: one.id for one in self.lecturers}
        names = [*own][number % len(own) :] + [*own][: number % len(own)]
        lecturer = self.free(starts_at, [*([] if slot.kind == "field_trip" else names), *GUESTS])
        hall = [HALL] if slot.kind in {"opening", "closing"} else []
        return CourseSession(
            class_id=course.row.id, starts_at=starts_at, ends_at=ends_at, periods=slot.periods, topic=slot.topic,
            kind=slot.kind, room=self.free(starts_at, [*hall, course.plan.room]),
            lecturer_id=own.get(lecturer), lecturer_name=lecturer,
        )  # fmt: skip

    def free(self, at: datetime, wanted: Sequence[str]) -> str:
        """The first of these rooms, or lecturers, that nobody has then; it is taken now. "": they all are."""
        found = next((one for one in wanted if (at, one) not in self.booked), "")
        self.booked.add((at, found))
        return found

    def consents(self, course: _Course, asked: set[int]) -> set[int]:
        """Both consents of whoever was not asked yet; in a class of some size one refused the second."""
        refuses = course.learners[5].id if len(course.learners) > 40 else 0
        people = {one.id for one in course.learners} - asked
        at = datetime.combine(course.row.from_date, course.slots[0].hours[0], self.calendar.zone)
        self.insert(
            Consent,
            [
                {"person_id": person_id, "purpose": purpose, "version": version, "at": min(at, self.now),
                 "given": purpose == "basic" or person_id != refuses}
                for person_id in sorted(people)
                for purpose, version in CONSENT_VERSIONS.items()
            ],
        )  # fmt: skip
        return people

    def roll_call(self, course: _Course, held: Sequence[CourseSession]) -> None:
        """Who was there: most; every reason to be away occurs."""
        states, shares = list(ROLL_CALL), list(ROLL_CALL.values())
        rows = []
        for number, row in enumerate(held):
            drawn = self.random.choices(states, shares, k=len(course.learners))
            if number == 0:
                drawn[: len(states)] = states
            told = zip(course.learners, drawn, strict=False)
            rows += [{"session_id": row.id, "person_id": one.id, "state": state} for one, state in told]
        self.insert(Attendance, rows)

    def marks(self, course: _Course) -> None:
        """The first work's marks are published; those of the second are still a draft, and not all there."""
        published = [self.mark(course, one, "Bài 1", "published") for one in course.learners]
        share = 1.0 if course.plan.state == "closing" else 0.6
        later = [one for one in course.learners if self.random.random() < share]
        self.insert(Mark, published)
        self.insert(Mark, [self.mark(course, one, "Thu hoạch", "draft") for one in later])

    def mark(self, course: _Course, person: Person, component: str, state: str) -> dict[str, Any]:
        value = Decimal(self.random.choice((60, 65, 70, 75, 75, 80, 80, 80, 85, 85, 90, 95))) / 10
        soon = max(self.now - timedelta(days=2), self.start_of(course))
        at = min(soon, self.start_of(course) + timedelta(days=14)) if state == "published" else None
        return {"class_id": course.row.id, "person_id": person.id, "component": component, "state": state,
                "value": value, "published_at": at}  # fmt: skip

    def start_of(self, course: _Course) -> datetime:
        return datetime.combine(course.row.from_date, course.slots[0].hours[1], self.calendar.zone)

    def open_report(self, course: _Course) -> None:
        """A period up to the morning the reports were opened, due in three working days."""
        opens_at = last_opening(self.calendar, self.now)
        last = opens_at.date() - DAY
        first = max(course.row.from_date, opens_at.date() - PERIOD)
        due_at = self.calendar.deadline(self.calendar.add_working_days(self.today, 3))
        period = ReportPeriod(
            class_id=course.row.id,
            from_date=first,
            to_date=max(first, last),
            opens_at=opens_at,
            due_at=due_at,
        )
        self.write([period])
        self.counts["open_reports"] += len({one.organisation_id for one in course.learners})

    # -- writing

    def write(self, rows: Sequence[SQLModel]) -> None:
        self.session.add_all(rows)
        self.session.flush()

    def insert(self, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(table), rows)

    def summary(self) -> Summary:
        names = func.count().label("n")
        query = select(names).select_from(Person).where(Person.centre_id == self.centre.id)
        shared = self.session.exec(query.group_by(Person.folded).having(names > 1)).all()
        return Summary(centre=self.centre.name, namesakes=sum(shared), **self.counts)
