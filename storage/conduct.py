"""Conduct reports (000-18, 000-20): one a unit, class and period; later versions are revisions inside it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import encrypted, instant, key, ref


class Category(StrEnum):
    """What is mentioned of a learner. The number on the wire is the place in this list: only append."""

    LATE = "late"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"
    RECALLED = "recalled"
    STUDY = "study"
    MANNER = "manner"
    ETHICS = "ethics"  # a note is required
    COMMENDATION = "commendation"


class ReportPeriod(SQLModel, table=True):
    """The days a report is about and the instants it opens and is due."""

    __tablename__ = "report_period"
    __table_args__ = (UniqueConstraint("class_id", "from_date", "to_date"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    from_date: date
    to_date: date
    opens_at: datetime = instant()
    due_at: datetime = instant()


class ConductReport(SQLModel, table=True):
    """State: open (nothing typed yet or half done) or sent; locked once `due_at` has passed.

    `revision` counts what was sent, 0 before the first time. `changed` says that entries differ from
    what was last sent.
    """

    __tablename__ = "conduct_report"
    __table_args__ = (UniqueConstraint("period_id", "organisation_id"),)
    id: int = key()
    period_id: int = ref("report_period.id", index=False)
    organisation_id: int = ref("organisation.id")
    state: str = "open"
    revision: int = 0
    changed: bool = False
    prompted_at: datetime | None = instant(optional=True)
    sent_at: datetime | None = instant(optional=True)
    sent_by: int | None = ref("person.id", optional=True)
    receipt: str = ""  # the short code on the receipt


class ConductEntry(SQLModel, table=True):
    """A learner to mention. An empty category: picked, but not yet said for what."""

    __tablename__ = "conduct_entry"
    __table_args__ = (UniqueConstraint("report_id", "person_id"),)
    id: int = key()
    report_id: int = ref("conduct_report.id", index=False)
    person_id: int = ref("person.id")
    category: str = ""
    times: int | None = None  # sessions, where they are counted
    note: str | None = encrypted()
    source: str = "head"  # head, or roll_call for what was pre-marked


class ConductRevision(SQLModel, table=True):
    """What was sent, whole and unchangeable: the proof behind a receipt."""

    __tablename__ = "conduct_revision"
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: int = key()
    report_id: int = ref("conduct_report.id", index=False)
    number: int
    sent_at: datetime = instant()
    sent_by: int = ref("person.id", index=False)
    content: str | None = encrypted()  # JSON: learners, entries, what the roll-call said


def category_number(category: str) -> int:
    return list(Category).index(Category(category))


def category_at(number: int) -> Category | None:
    """The category a button carries, None for a number no version of the bot ever sent."""
    known = list(Category)
    return known[number] if 0 <= number < len(known) else None
