"""Conduct reports (000-18, 000-20): one a unit, class and period; later versions are revisions inside it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint, bindparam, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlmodel import Relationship, Session, SQLModel, col, select

from storage.base.calendar import SendingCalendar
from storage.base.columns import document, encrypted, instant, key, on_day, ref
from storage.courses.courses import Attendance, CourseClass, CourseSession, Enrolment
from storage.courses.roster import roster
from storage.courses.timetable import day_begins, day_of
from storage.people.people import Centre, Consent, LegalBasis, Organisation, Person
from storage.requests.requests import Request


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


Told = tuple[str, int | None]  # a category, and of how many sessions where they are counted


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
    grace_at: datetime | None = instant(optional=True)  # until then a late report is waited for
    moved_from: date | None = None  # the deadline's day if nobody had rested; empty where it was not moved
    name: str = ""  # of a block


KIND: Final = "report"  # of the requests
ASKED_FOR: Final = {
    "primaryjoin": f"and_(foreign(Request.subject_id) == ConductReport.id, Request.kind == {KIND!r})",
    "uselist": False,
    "viewonly": True,
    "lazy": "joined",
}


def _of_request(name: str) -> Any:
    """What the request for a report says, read and queried as if it were the report's own."""
    column = getattr(Request, name)

    def read(self: "ConductReport") -> Any:
        return getattr(self.request, name) if self.request is not None else None

    def queried(cls: type["ConductReport"]) -> Any:
        query = select(column).where(Request.kind == KIND, Request.subject_id == cls.id)
        return query.correlate(cls).scalar_subquery()

    return hybrid_property(read, expr=queried)


class ConductReport(SQLModel, table=True):
    """One unit's report; locked once it was sent and `due_at` has passed.

    State: sent, or before that where the head left off, so that he goes on there: open (nothing tapped yet),
    picking (in the list of names), together (one content for all who are picked), filling (one by one, or
    looking it over), well (he said that all is well).

    `revision` counts what was sent, 0 before the first time. `changed` says that entries differ from
    what was last sent.
    """

    model_config = {"ignored_types": (hybrid_property,)}
    __tablename__ = "conduct_report"
    __table_args__ = (UniqueConstraint("period_id", "organisation_id"),)
    id: int = key()
    period_id: int = ref("report_period.id", index=False)
    organisation_id: int = ref("organisation.id")
    state: str = "open"
    revision: int = 0
    changed: bool = False
    reopened_until: datetime | None = instant(optional=True)
    prepared_by: int | None = ref(
        "person.id", optional=True, index=False
    )  # a liaison officer who filled it in
    sent_at: datetime | None = instant(optional=True)
    sent_by: int | None = ref("person.id", optional=True)
    receipt: str = ""  # the short code on the receipt
    request: Request | None = Relationship(sa_relationship_kwargs=ASKED_FOR)

    extended_to = _of_request("extended_to")  # its own deadline, later than the period's
    handed_to = _of_request("handed_to")  # fills it in instead of the heads
    snoozed_until = _of_request("snoozed_until")  # no reminder before


class ConductEntry(SQLModel, table=True):
    """A learner to mention. An empty category: picked, but not yet said for what."""

    __tablename__ = "conduct_entry"
    __table_args__ = (UniqueConstraint("report_id", "person_id"),)
    id: int = key()
    report_id: int = ref("conduct_report.id", index=False)
    person_id: int = ref("person.id")
    category: str = ""
    times: int | None = None  # sessions, where they are counted
    more: dict[str, int | None] = document()  # what else is mentioned of him: sessions by category
    note: str | None = encrypted()
    # Said by whoever fills in the version that is being made (`ReportView.hand`): head for the first one, head:2 after
    # the second. Marked for him: roll_call; handed, by whoever had it before him. cleared: taken out; one that still has
    # its category can be put back
    source: str = "head"

    @property
    def said(self) -> list[Told]:
        """All that is mentioned of him, in the order it was said; nothing while it is not said for what."""
        return [(self.category, self.times), *self.more.items()] if self.category else []

    def say(self, said: Sequence[Told]) -> None:
        """Mention just this."""
        (self.category, self.times), *more = said or [("", None)]
        self.more = dict(more)


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
    source: str = "chat"  # chat; phone or paper where the registrar entered it
    received_on: date | None = None  # the day it came by phone or on paper
    entered_by: int | None = ref("person.id", optional=True, index=False)  # the registrar who did
    capacity: str = "head"  # the sender's: head, deputy (ký thay), authorised (được ủy quyền)
    seal: str = ""  # keyed hash over the content, so that a change of it is noticed


def category_number(category: str) -> int:
    return list(Category).index(Category(category))


def category_at(number: int) -> Category | None:
    """The category a button carries, None for a number no version of the bot ever sent."""
    known = list(Category)
    return known[number] if 0 <= number < len(known) else None


ABSENCES: Final = (Category.EXCUSED, Category.UNEXCUSED, Category.RECALLED)
# What is pre-marked of a learner of whom the roll-call says several things: what weighs most on conduct.
ROLL_CALL: Final = (Category.UNEXCUSED, Category.LATE, Category.EXCUSED, Category.RECALLED)


@dataclass
class ReportView:
    """A report and all it is made of.

    `learners` are those of the unit in those days, by given name; `on_paper` counts those whose conduct may
    not be processed. `entries` follow the order of the learners. `roll_call` tells, of a learner, how many
    sessions of each category the centre has recorded; `before`, what the unit's last report of this class
    mentioned of him. `cleared` are those taken out.
    """

    report: ConductReport
    period: ReportPeriod
    course: CourseClass
    unit: Organisation
    learners: list[Person] = field(default_factory=list)
    on_paper: int = 0
    entries: dict[int, ConductEntry] = field(default_factory=dict)
    cleared: dict[int, ConductEntry] = field(default_factory=dict)
    roll_call: dict[int, dict[Category, int]] = field(default_factory=dict)
    acting: str = ""  # as what whoever opened it may act (signing.Acting); "" for the program itself
    before: dict[int, list[Told]] = field(default_factory=dict)

    @property
    def to_pick(self) -> list[Person]:
        """The learners as they are offered: those the unit mentioned last period first, by given name."""
        return sorted(self.learners, key=lambda one: one.id not in self.before)

    def learner(self, person_id: int) -> Person | None:
        """The learner, None for anyone this report is not about."""
        return next((person for person in self.learners if person.id == person_id), None)

    @property
    def mentioned(self) -> list[tuple[Person, ConductEntry]]:
        return [(one, self.entries[one.id]) for one in self.learners if one.id in self.entries]

    @property
    def pending(self) -> list[tuple[Person, ConductEntry]]:
        """Picked, but something is still to be said of them."""
        return [(person, entry) for person, entry in self.mentioned if not is_complete(entry)]

    @property
    def marked(self) -> list[tuple[Person, ConductEntry]]:
        """Mentioned without whoever fills the report in having said so."""
        return [one for one in self.mentioned if one[1].source != self.hand]

    @property
    def hand(self) -> str:
        """The source of what is said from now on."""
        return f"head:{self.report.revision}" if self.report.revision else "head"

    @property
    def aside(self) -> list[Person]:
        """Of whom what was marked is set aside, and can be put back."""
        return [one for one in self.learners if one.id in self.cleared and self.cleared[one.id].category]

    def understated(self, *, says_well: bool) -> list[Person]:
        """Learners of whom the report says less than the centre's roll-call; where all is said to be well, also
        those of whom it does not say everything.
        """
        says_less = _leaves_out if says_well else _is_milder
        known = ((one, self.roll_call[one.id]) for one in self.learners if one.id in self.roll_call)
        return [one for one, said in known if says_less(self.entries.get(one.id), said)]

    @property
    def due_at(self) -> datetime:
        """The deadline that counts for this unit."""
        return due_of(self.report, self.period)

    @property
    def open_until(self) -> datetime:
        """Until when what was sent can be corrected."""
        return max(self.due_at, self.report.reopened_until or self.due_at)

    def is_late(self, now: datetime) -> bool:
        return now > self.due_at

    def is_locked(self, now: datetime) -> bool:
        """Sent, its deadline passed, and not reopened. What was never sent may still be sent late."""
        reopened = self.report.reopened_until is not None and now <= self.report.reopened_until
        return self.report.revision > 0 and self.is_late(now) and not reopened

    @property
    def fingerprint(self) -> int:
        """A number for what would be sent now: a button to send carries it, so nobody sends what he did not see."""
        told = [
            [person.id, entry.category, entry.times, entry.note, *([entry.more] if entry.more else [])]
            for person, entry in self.mentioned
        ]
        text = json.dumps([[person.id for person in self.learners], self.on_paper, told])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:5])


def due_of(report: ConductReport, period: ReportPeriod) -> datetime:
    """When a report is due: its period's deadline, or a later one the unit was given."""
    return max(period.due_at, report.extended_to or period.due_at)


def is_open(now: Any) -> Any:
    """That a report (joined to its period) was never sent, or can be corrected at `now`, an instant or a parameter."""
    ends = (col(ReportPeriod.due_at), ConductReport.extended_to, col(ConductReport.reopened_until))
    return or_(col(ConductReport.revision) == 0, *(end >= now for end in ends))


def grace_end(calendar: SendingCalendar, period: ReportPeriod) -> datetime:
    """Until when a late report is waited for: one working day after the deadline where the period does not say."""
    return period.grace_at or calendar.deadline_after(period.due_at, 1)


def is_countable(report: ConductReport, pending: int) -> bool:
    """Whether "7 of 12 done" says anything: not while a list is open from which nobody was chosen yet."""
    return bool(pending) or report.state in {"filling", "well"}


def is_complete(entry: ConductEntry) -> bool:
    """Whether the entry says what it is about: a category, and a note where one is required."""
    return bool(entry.category) and (Category.ETHICS not in dict(entry.said) or bool(entry.note))


def _is_milder(entry: ConductEntry | None, said: dict[Category, int]) -> bool:
    """Whether an entry is milder than the roll-call, or counts fewer sessions; a count left out contradicts nothing."""
    gravest = next(kind for kind in ROLL_CALL if kind in said)
    told = dict(entry.said) if entry is not None else {}
    if gravest in told:
        times = told[gravest]
        return times is not None and times < said[gravest]
    return not any(kind in told for kind in ROLL_CALL[: ROLL_CALL.index(gravest)])


def _leaves_out(entry: ConductEntry | None, said: dict[Category, int]) -> bool:
    """Whether the roll-call has anything that the entry does not tell."""
    told = dict(entry.said) if entry is not None else {}
    known = {kind: times or max(said.values()) for kind, times in told.items()}
    return any(known.get(kind, 0) < times for kind, times in said.items())


# --- looking ---


def report_view(session: Session, report_id: int) -> ReportView | None:
    """The report, locked to be changed; for what the program itself does (see storage.reports.signing)."""
    found = session.execute(LOCKED, {"report_id": report_id}).first()
    if found is None:
        return None
    report, period, course, unit = found
    view = ReportView(report, period, course, unit)
    enrolments = enrolled_in(session, period, unit.id)
    view.learners, view.on_paper = split_by_consent(session, course.centre_id, enrolments)
    load_entries(session, view)
    _load_roll_call(session, view, [enrolment for enrolment, _person in enrolments])
    view.before = _mentioned_before(session, view)
    return view


WITH_ALL = (
    select(ConductReport, ReportPeriod, CourseClass, Organisation)
    .select_from(ConductReport)
    .join(ReportPeriod)
    .join(CourseClass)
    .join(Organisation, col(Organisation.id) == col(ConductReport.organisation_id))
)
LOCKED = (  # put together once, as storage.messaging.inbox does
    WITH_ALL.where(col(ConductReport.id) == bindparam("report_id"))
    .with_for_update(of=ConductReport)
    .execution_options(populate_existing=True)
)


def enrolled_in(
    session: Session, period: ReportPeriod, unit_id: int | None = None
) -> Sequence[tuple[Enrolment, Person]]:
    """Who was in the class in the period's days, sent by this unit (or by any), by given name.

    A learner who changed unit is reported by each for its own days.
    """
    return roster(session, period.class_id, period.from_date, period.to_date, unit_id=unit_id)


def split_by_consent(
    session: Session, centre_id: int, enrolments: Sequence[tuple[Enrolment, Person]], *, since: int = 1
) -> tuple[list[Person], int]:
    """The people whose conduct may be processed, each once, and the number of those reported on paper."""
    people = list({person.id: person for _enrolment, person in enrolments}.values())
    allowed = processable(session, centre_id, [person.id for person in people], since=since)
    return [person for person in people if person.id in allowed], len(people) - len(allowed)


def processable(session: Session, centre_id: int, person_ids: Collection[int], *, since: int = 1) -> set[int]:
    """Those whose conduct may be processed: as storage.people.people.may_process, for many at once.

    `since` is the first wording of the question that asks for it: who agreed to a former one has not agreed to it.
    """
    if session.execute(BASIS, {"centre_id": centre_id}).first() is not None:
        return set(person_ids)
    rows = session.execute(CONSENTS, {"person_ids": list(person_ids)})
    latest = {row.person_id: row.given and row.version >= since for row in rows}
    return {person_id for person_id, given in latest.items() if given}


BASIS = select(LegalBasis.id).where(
    col(LegalBasis.centre_id) == bindparam("centre_id"), col(LegalBasis.purpose) == "sensitive"
)
CONSENTS = (
    select(Consent.person_id, Consent.given, Consent.version)
    .where(
        col(Consent.purpose) == "sensitive",
        col(Consent.person_id).in_(bindparam("person_ids", expanding=True)),
    )
    .order_by(col(Consent.id))
)


def sent_content(session: Session, report: ConductReport) -> dict[str, Any]:
    """What was last sent (see storage.reports.entries); empty where nothing was."""
    query = select(ConductRevision).where(
        ConductRevision.report_id == report.id, ConductRevision.number == report.revision
    )
    revision = session.exec(query).first()
    content: dict[str, Any] = json.loads((revision and revision.content) or "{}")
    return content


def mentioned_in(content: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """The entries of what was sent, by learner: one for each thing that is mentioned of him."""
    found: dict[int, list[dict[str, Any]]] = {}
    for entry in content.get("entries", []):
        found.setdefault(entry["id"], []).append(entry)
    return found


def told_in(entries: Sequence[Mapping[str, Any]]) -> list[Told]:
    """What these entries of one learner mention."""
    return [(entry["category"], entry["times"]) for entry in entries]


def _mentioned_before(session: Session, view: ReportView) -> dict[int, list[Told]]:
    """What the unit's last report of this class, as it was sent, mentions of whom."""
    asked = {"class_id": view.course.id, "before": view.period.from_date, "unit_id": view.unit.id}
    last = session.execute(BEFORE, asked).scalars().first()
    found = mentioned_in(sent_content(session, last)) if last is not None else {}
    return {learner: told_in(entries) for learner, entries in found.items()}


ENTRIES = select(ConductEntry).where(col(ConductEntry.report_id) == bindparam("report_id"))


BEFORE = (
    select(ConductReport)
    .join(ReportPeriod)
    .where(
        col(ReportPeriod.class_id) == bindparam("class_id"),
        col(ReportPeriod.to_date) < bindparam("before"),
        col(ConductReport.organisation_id) == bindparam("unit_id"),
        col(ConductReport.revision) > 0,
    )
    .order_by(col(ReportPeriod.to_date).desc())
    .limit(1)
)


def load_entries(session: Session, view: ReportView) -> None:
    """Read the entries anew, those that were taken out apart."""
    rows = session.execute(ENTRIES, {"report_id": view.report.id}).scalars().all()
    found = {entry.person_id: entry for entry in rows if entry.source != "cleared"}
    view.cleared = {entry.person_id: entry for entry in rows if entry.source == "cleared"}
    view.entries = {person.id: found[person.id] for person in view.learners if person.id in found}


def _load_roll_call(session: Session, view: ReportView, enrolments: Sequence[Enrolment]) -> None:
    """Count what the roll-call says of the period, on the days the unit sent the learner only."""
    centre = session.get(Centre, view.course.centre_id)
    assert centre is not None
    zone = ZoneInfo(centre.zone)
    asked = {
        "class_id": view.course.id,
        "first": day_begins(view.period.from_date, zone),
        "end": day_begins(view.period.to_date + timedelta(days=1), zone),
        "people": [person.id for person in view.learners],
    }
    for person_id, state, starts_at in session.execute(CALLED, asked):
        day = day_of(starts_at, zone)
        mine = (row for row in enrolments if row.person_id == person_id)
        if any(on_day(day, row.from_date, row.to_date) for row in mine):
            times = view.roll_call.setdefault(person_id, {})
            times[Category(state)] = times.get(Category(state), 0) + 1


CALLED = (
    select(Attendance.person_id, Attendance.state, CourseSession.starts_at)
    .select_from(Attendance)
    .join(CourseSession)
    .where(
        col(CourseSession.class_id) == bindparam("class_id"),
        col(CourseSession.state) != "cancelled",
        col(CourseSession.starts_at) >= bindparam("first"),
        col(CourseSession.starts_at) < bindparam("end"),
        col(Attendance.state).in_([str(kind) for kind in ROLL_CALL]),
        col(Attendance.person_id).in_(bindparam("people", expanding=True)),
    )
)
