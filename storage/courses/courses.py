"""What is taught: class types with their rules, classes, sessions, who is enrolled, attendance and marks."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint, bindparam
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import decimal, document, instant, key, ref


class ClassType(SQLModel, table=True):
    """A kind of class, such as "Bồi dưỡng nhận thức về Đảng"."""

    __tablename__ = "class_type"
    id: int = key()
    centre_id: int = ref("centre.id")
    name: str


class RuleSet(SQLModel, table=True):
    """A version of a class type's rules; all configuration, since the regulations' figures were not found.

    rules: {"max_absence": "0.20", "bands": [["9", "excellent"], …], "weights": {"marks": "0.6", …},
    "rhythm": {"every": "month", "open_days": 3, "grace_days": 1}, "gates": ["exam", "thesis", "graduation"]}.
    Numbers are strings, read as Decimal. The rhythm is that of conduct reports (storage/reports/periods.py); the
    gates are those a discipline confirmation is asked for (002-13).
    """

    __tablename__ = "rule_set"
    id: int = key()
    class_type_id: int = ref("class_type.id")
    version: int
    from_date: date
    rules: dict[str, Any] = document()


class CourseClass(SQLModel, table=True):
    """A class (lớp) of a cohort (khóa). Days are the centre's."""

    __tablename__ = "course_class"
    id: int = key()
    centre_id: int = ref("centre.id")
    class_type_id: int = ref("class_type.id")
    rule_set_id: int = ref("rule_set.id")
    code: str = Field(index=True)  # short, for commands and files: "BDNT-01"
    name: str
    cohort: str = ""
    study_mode: str = "full_time"
    from_date: date
    to_date: date
    place: str = ""
    bring: str = ""  # what learners bring
    lists_due: date | None = None  # the day by which units send their lists
    supervisor_id: int | None = ref("person.id", optional=True)
    rhythm: dict[str, Any] = document()  # its own rhythm of conduct reports; empty: the rule set's
    gates: dict[str, Any] = document()  # the days of its gates: {"exam": "2027-05-10", …}
    mark_columns: dict[str, Any] = (
        document()
    )  # of mark sheets: whether a folded header names a mark, as answered


class CourseSession(SQLModel, table=True):
    """A session (buổi): planned, or cancelled and then no longer counted in attendance."""

    __tablename__ = "course_session"
    __table_args__ = (Index("ix_course_session_class_start", "class_id", "starts_at"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    periods: int = 4
    topic: str
    kind: str = "lecture"  # lecture, discussion, field_trip, exam, opening, closing
    room: str = ""
    lecturer_id: int | None = ref("person.id", optional=True)
    lecturer_name: str = ""  # as printed, also for a guest who is no person here
    state: str = "planned"
    note: str = ""


class Enrolment(SQLModel, table=True):
    """A learner in a class, sent by a unit. Who changed unit has one row a unit, with its days."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "organisation_id", "from_date"),)
    id: int = key()
    class_id: int = ref("course_class.id")
    person_id: int = ref("person.id")
    organisation_id: int = ref("organisation.id")
    from_date: date
    to_date: date | None = None
    note: str = ""


class Attendance(SQLModel, table=True):
    """One learner in one session: present, late, excused, unexcused or recalled (gọi về)."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)
    id: int = key()
    session_id: int = ref("course_session.id", index=False)
    person_id: int = ref("person.id")
    state: str


class Mark(SQLModel, table=True):
    """A mark of 0 to 10 for one component; only published ones leave the office."""

    __tablename__ = "mark"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "component"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    person_id: int = ref("person.id")
    component: str
    value: Decimal | None = decimal(5, 2, optional=True)
    state: str = "draft"  # draft, published, corrected
    published_at: datetime | None = instant(optional=True)


def sessions_of(session: Session, class_id: int) -> Sequence[CourseSession]:
    """The class's sessions that are to be held, oldest first."""
    query = select(CourseSession).where(CourseSession.class_id == class_id, CourseSession.state == "planned")
    return session.exec(query.order_by(col(CourseSession.starts_at), col(CourseSession.id))).all()


ENROLLED = select(Enrolment.id).where(col(Enrolment.person_id) == bindparam("person_id")).limit(1)


def is_enrolled(session: Session, person_id: int) -> bool:
    """Whether the person is, or ever was, in a class."""
    return session.execute(ENROLLED, {"person_id": person_id}).first() is not None
