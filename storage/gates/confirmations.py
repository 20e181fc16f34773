"""Discipline confirmations (phiếu nhận xét, 002-13): three gates; what is absent blocks, but finds nothing."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import UniqueConstraint
from sqlmodel import Session, SQLModel, col, select

from storage.base.calendar import SendingCalendar
from storage.base.columns import document, encrypted, instant, key, ref
from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.courses.roster import roster, units_sending
from storage.messaging import timers
from storage.people.people import Organisation, Person, Role, Viewer
from storage.reports.reports import split_by_consent
from storage.requests import requests
from storage.requests.policy import AT_ONCE, DAYS_BEFORE, OPEN, Policy, Step, Window
from storage.results.results import rule_set_of


class DisciplineConfirmation(SQLModel, table=True):
    """What the sending unit says of a learner before a gate: exam, thesis or graduation. Fields as in the forms.

    `conclusion`: eligible or not_eligible; empty while the unit has not signed. A new signing raises `revision`.
    """

    __tablename__ = "discipline_confirmation"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "gate"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    person_id: int = ref("person.id")
    organisation_id: int = ref("organisation.id")
    gate: str
    asked_at: datetime = instant()
    due_on: date
    qualities: str | None = encrypted()  # phẩm chất
    discipline: str | None = encrypted()  # ý thức tổ chức kỷ luật
    duties: str | None = encrypted()  # hoàn thành nhiệm vụ (002-14)
    sanction: str | None = encrypted()  # kỷ luật (nếu có)
    conclusion: str = ""
    signed_by: int | None = ref("person.id", optional=True, index=False)
    capacity: str = ""
    signed_at: datetime | None = instant(optional=True)
    revision: int = 0


class GateVerdict(SQLModel, table=True):
    """What a person of the centre signed about one learner and gate: eligible or not_eligible. None: chưa đủ.

    `reasons` is what the verdict rested on when it was signed, by the rule set's `rule_version`.
    """

    __tablename__ = "gate_verdict"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "gate"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    person_id: int = ref("person.id")
    gate: str
    verdict: str
    reasons: dict[str, Any] = document()
    rule_version: int
    signed_by: int = ref("person.id", index=False)
    signed_at: datetime = instant()
    revision: int = 1


GATES: Final = ("exam", "thesis", "graduation")  # the number on the wire is the place in here: only append
RATINGS: Final = ("good", "fair", "passed", "failed")  # likewise; a rating may be words of one's own instead
RATED: Final = ("qualities", "discipline", "duties")
NO_SANCTION: Final = "none"
ELIGIBLE, NOT_ELIGIBLE = "eligible", "not_eligible"
CONFIRM_DAYS: Final = 10  # working days before the gate units are asked, where the rule set says nothing
KIND: Final = "remarks"
REMARKS_ASKED: Final = 2  # the wording of the sensitive consent from which on a unit's remarks are among it
POLICY: Final = Policy((Step(OPEN, AT_ONCE), Step("remind", DAYS_BEFORE, amount=1)))
ASK: Final = timers.Kind("confirm_ask", course=int, gate=int, day=str)
DUE_DAYS: Final = 3  # working days before the gate their answer is due: the verdict is still to be signed


@dataclass(frozen=True)
class Remarks:
    """What is said of one learner: ratings (RATINGS or own words), a sanction or NO_SANCTION, the conclusion."""

    qualities: str = ""
    discipline: str = ""
    duties: str = ""
    sanction: str = ""
    conclusion: str = ""
    reason: str = ""  # of a conclusion that he is not eligible

    @property
    def missing(self) -> str:
        """The first of what is still to be said; empty when it is whole."""
        return next((name for name in self.wanted if not getattr(self, name)), "")

    @property
    def wanted(self) -> list[str]:
        reason = ["reason"] if self.conclusion == NOT_ELIGIBLE else []
        return [*RATED, "sanction", "conclusion", *reason]

    def filled(self, other: "Remarks") -> "Remarks":
        """What is not said yet, as it is in the other."""
        empty = {name: getattr(other, name) for name in self.wanted if not getattr(self, name)}
        return replace(self, **empty)

    @property
    def is_plain(self) -> bool:
        """Good in everything and eligible: nothing that has to be looked at one by one."""
        return self == ALL_GOOD


ALL_GOOD: Final = Remarks("good", "good", "good", NO_SANCTION, ELIGIBLE)


def signed_remarks(row: DisciplineConfirmation) -> Remarks | None:
    """What the unit has signed last; None before it has signed anything."""
    if not row.revision:
        return None
    rated = {name: getattr(row, name) or "" for name in RATED}
    kept = _kept(row)
    return Remarks(sanction=kept["sanction"], conclusion=row.conclusion, reason=kept["reason"], **rated)


def draft_of(row: DisciplineConfirmation) -> Remarks:
    """What the head has said so far, signed or not."""
    draft = _kept(row)["draft"]
    return Remarks(**draft) if draft else signed_remarks(row) or Remarks()


def keep(session: Session, row: DisciplineConfirmation, remarks: Remarks) -> None:
    """Keep what was tapped; what is signed stays as it is until it is signed anew."""
    row.sanction = json.dumps({**_kept(row), "draft": asdict(remarks)}, ensure_ascii=False)
    session.flush()


def sign(session: Session, row: DisciplineConfirmation, person_id: int, capacity: str, now: datetime) -> None:
    """Make what was said the next signed version of this learner's confirmation."""
    said = draft_of(row)
    for name in (*RATED, "conclusion"):
        setattr(row, name, getattr(said, name))
    row.sanction = json.dumps(
        {"sanction": said.sanction, "reason": said.reason, "draft": None}, ensure_ascii=False
    )
    row.signed_by, row.capacity, row.signed_at = person_id, capacity, now
    row.revision += 1
    session.flush()


def _kept(row: DisciplineConfirmation) -> dict[str, Any]:
    """The sealed column holds the signed sanction, the reason of a refusal, and what is not signed yet."""
    return {"sanction": "", "reason": "", "draft": None, **json.loads(row.sanction or "{}")}


# --- when


def gate_days(session: Session, course: CourseClass) -> dict[str, date]:
    """The class's gates with their days, as far as the rules it goes by have them; the earliest first."""
    has = rule_set_of(session, course).rules.get("gates", ())
    found = {
        gate: date.fromisoformat(course.gates[gate])
        for gate in GATES
        if gate in has and course.gates.get(gate)
    }
    return dict(sorted(found.items(), key=lambda one: one[1]))


def plan_gates(session: Session, calendar: SendingCalendar, course: CourseClass, now: datetime) -> None:
    """The timers of the gates to come: so many working days before it the units are asked (at once, if that is past).

    Do it again when a day has moved: the timer of the former day then finds that it is none any more.
    """
    rules = rule_set_of(session, course).rules
    for gate, day in gate_days(session, course).items():
        if day <= now.astimezone(calendar.zone).date():
            continue
        ask_on = calendar.add_working_days(day, -int(rules.get("confirm_days", CONFIRM_DAYS)))
        at = calendar.next_sending_time(max(now, _midnight(calendar, ask_on)))
        told = {"course": course.id, "gate": GATES.index(gate), "day": day.isoformat()}
        ASK.plan(session, f"{course.id}:{gate}:{day}", at, **told)


def due_day(calendar: SendingCalendar, day: date, today: date) -> date:
    """By which day units answer: three working days before the gate, or, asked late, the next day but before it."""
    latest = calendar.add_working_days(day, -1)
    return max(calendar.add_working_days(day, -DUE_DAYS), min(latest, calendar.add_working_days(today, 1)))


def _midnight(calendar: SendingCalendar, day: date) -> datetime:
    return datetime.combine(day, time.min, calendar.zone)


# --- a unit's sheet


@dataclass
class Sheet:
    """What one unit is asked before one gate: its learners of today with a row each."""

    course: CourseClass
    unit: Organisation
    gate: str
    day: date
    due_on: date
    today: date
    learners: list[Person] = field(default_factory=list)
    on_paper: int = 0
    rows: dict[int, DisciplineConfirmation] = field(default_factory=dict)

    @property
    def is_locked(self) -> bool:
        """From the day of the gate on nothing is changed any more."""
        return self.today >= self.day

    @property
    def pending(self) -> list[Person]:
        """Of whom something is still to be said."""
        return [one for one in self.learners if draft_of(self.rows[one.id]).missing]

    @property
    def unsigned(self) -> list[Person]:
        """Of whom the unit has signed nothing yet."""
        return [one for one in self.learners if not self.rows[one.id].revision]

    @property
    def ready(self) -> list[Person]:
        """Of whom all is said that is not signed so."""
        return [
            one
            for one in self.learners
            if not (said := draft_of(self.rows[one.id])).missing and said != signed_remarks(self.rows[one.id])
        ]

    @property
    def part(self) -> str:
        """Which part of the class's remarks it is, to the requests."""
        return f"{self.gate}:{self.day}:{self.unit.id}"

    @property
    def fingerprint(self) -> int:
        """A number for what would be signed now: the button carries it, so that nobody signs what he did not see."""
        told = [[one.id, asdict(draft_of(self.rows[one.id]))] for one in self.ready]
        return int.from_bytes(hashlib.sha256(json.dumps(told).encode()).digest()[:5])


def units_of(session: Session, course: CourseClass, today: date) -> list[int]:
    """The units with learners in the class today (at its end, once it is over)."""
    day = min(today, course.to_date)
    return units_sending(session, course.id, day, day)


def open_sheet(
    session: Session,
    calendar: SendingCalendar,
    course: CourseClass,
    unit_id: int,
    gate: str,
    now: datetime,
    *,
    asking: bool = False,
) -> Sheet | None:
    """The unit's sheet, with rows for learners who came since; None where the class has no such gate.

    For what the program itself does (see `sheet_headed`); `asking` sets the due day anew. The class is locked
    meanwhile, so that two heads do not make the same row.
    """
    day = gate_days(session, course).get(gate)
    unit = session.get(Organisation, unit_id)
    if day is None or unit is None:
        return None
    lock(session, CourseClass, course.id)
    today = now.astimezone(calendar.zone).date()
    sheet = Sheet(course, unit, gate, day, due_day(calendar, day, today), today)
    _read(session, sheet)
    known = [row.due_on for row in sheet.rows.values()]
    if known and not asking:
        sheet.due_on = max(known)
    if not sheet.is_locked:
        _add_rows(session, sheet, now)
        if sheet.unsigned:
            requests.reopen_about(session, calendar, KIND, course.id, sheet.part)
    sheet.learners = [
        one
        for one in sheet.learners
        if one.id in sheet.rows and sheet.rows[one.id].organisation_id == unit_id
    ]
    return sheet


def _read(session: Session, sheet: Sheet) -> None:
    last = min(sheet.today, sheet.course.to_date)
    here = roster(session, sheet.course.id, last, last, unit_id=sheet.unit.id)
    sheet.learners, sheet.on_paper = split_by_consent(
        session, sheet.course.centre_id, here, since=REMARKS_ASKED
    )
    sheet.rows = confirmations_of(session, sheet.course.id, sheet.gate, [one.id for one in sheet.learners])


def confirmations_of(
    session: Session, class_id: int, gate: str, person_ids: Collection[int]
) -> dict[int, DisciplineConfirmation]:
    """The confirmations of these people, signed or not, by person."""
    query = select(DisciplineConfirmation).where(
        DisciplineConfirmation.class_id == class_id,
        DisciplineConfirmation.gate == gate,
        col(DisciplineConfirmation.person_id).in_(person_ids),
    )
    return {row.person_id: row for row in session.exec(query)}


def _add_rows(session: Session, sheet: Sheet, now: datetime) -> None:
    """A row a learner. Who came from another unit takes his row along, unless that unit has signed it."""
    for person in sheet.learners:
        row = sheet.rows.get(person.id) or DisciplineConfirmation(
            class_id=sheet.course.id, person_id=person.id, organisation_id=sheet.unit.id, gate=sheet.gate,
            asked_at=now, due_on=sheet.due_on,
        )  # fmt: skip
        if not row.revision:
            row.organisation_id, row.due_on = sheet.unit.id, sheet.due_on
        session.add(row)
        sheet.rows[person.id] = row
    session.flush()


def sheet_headed(
    session: Session,
    calendar: SendingCalendar,
    viewer: Viewer,
    course_id: int,
    unit_id: int,
    gate: str,
    now: datetime,
) -> Sheet | None:
    """The sheet of a unit the viewer heads, once the class's units were asked; None for any other."""
    course = session.get(CourseClass, course_id)
    if unit_id not in viewer.units or course is None or course.centre_id != viewer.centre_id:
        return None
    asked = select(DisciplineConfirmation.id).where(
        DisciplineConfirmation.class_id == course_id, DisciplineConfirmation.gate == gate
    )
    if session.exec(asked.limit(1)).first() is None:
        return None
    return open_sheet(session, calendar, course, unit_id, gate, now)


def sheets_headed(session: Session, viewer: Viewer) -> list[tuple[CourseClass, Organisation, str]]:
    """What the units the viewer heads were asked, the gate that comes first on top, those that are over below."""
    query = select(CourseClass, Organisation, DisciplineConfirmation.gate)
    query = query.where(
        DisciplineConfirmation.class_id == CourseClass.id,
        DisciplineConfirmation.organisation_id == Organisation.id,
        col(DisciplineConfirmation.organisation_id).in_(viewer.units),
    )
    found = {(course.id, unit.id, gate): (course, unit, gate) for course, unit, gate in session.exec(query)}
    days = {place: gate_days(session, one[0]).get(one[2]) for place, one in found.items()}
    known = [(day, place) for place, day in days.items() if day is not None]
    coming = sorted(one for one in known if one[0] > viewer.day)
    over = sorted((one for one in known if one[0] <= viewer.day), reverse=True)
    return [found[place] for _day, place in [*coming, *over]]


def confirmation_headed(
    session: Session, calendar: SendingCalendar, viewer: Viewer, confirmation_id: int, now: datetime
) -> tuple[Sheet, Person] | None:
    """The learner a row is about, with the sheet it stands on, for heads of its unit."""
    row = session.get(DisciplineConfirmation, confirmation_id)
    if row is None:
        return None
    sheet = sheet_headed(session, calendar, viewer, row.class_id, row.organisation_id, row.gate, now)
    person = next((one for one in sheet.learners if one.id == row.person_id), None) if sheet else None
    return (sheet, person) if sheet is not None and person is not None else None


def ask(session: Session, calendar: SendingCalendar, sheet: Sheet, now: datetime) -> requests.Request:
    """The request to the unit to fill its sheet in and sign it."""
    window = Window(now, calendar.deadline(sheet.due_on))
    return requests.open_request(
        session, calendar, POLICY, window, kind=KIND, subject_id=sheet.course.id, part=sheet.part,
        centre_id=sheet.course.centre_id, post=Role.UNIT_HEAD, organisation_id=sheet.unit.id,
    )  # fmt: skip


def asked_for(row: requests.Request) -> tuple[str, int]:
    """The gate and the unit of a request."""
    gate, _day, unit = row.part.split(":")
    return gate, int(unit)


def sheet_asked(
    session: Session, calendar: SendingCalendar, row: requests.Request, now: datetime
) -> Sheet | None:
    """The sheet a request is about; None where nothing can be filled in any more, or the gate is on another day now."""
    gate, day, unit = row.part.split(":")
    course = session.get(CourseClass, row.subject_id)
    if course is None or gate_days(session, course).get(gate) != date.fromisoformat(day):
        return None
    sheet = open_sheet(session, calendar, course, int(unit), gate, now)
    return sheet if sheet is not None and sheet.learners and not sheet.is_locked else None
