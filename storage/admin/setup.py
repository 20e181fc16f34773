"""Setting up a real centre: the centre itself, its class types with their rules, its office, its classes.

Everything may be said again: what is there already only changes where it differs, and nothing is made twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from storage.base.text import closest, fold, nfc, sort_text
from storage.courses.courses import ClassType, CourseClass, Enrolment, RuleSet
from storage.joining.grants import class_coded, give
from storage.people.people import Centre, Contact, LegalBasis, Person, holders, legal_basis
from storage.reports.periods import forget_coming

# Assumptions, since the regulations' own figures were not found: a centre checks them against its own rules.
DEFAULT_RULES: Final[Mapping[str, Any]] = {
    "max_absence": "0.20",
    "bands": [["9", "excellent"], ["8", "good"], ["7", "fair"], ["5", "average"]],
    "weights": {"marks": "0.6", "diligence": "0.2", "conduct": "0.2"},
    "origin": "default",  # nobody of the centre has set these figures yet
}
WHOLE: Final = 100.0  # of `closest`: every word given stands in the name, nothing is guessed


@dataclass(frozen=True)
class Outcome:
    """What became of a class: whether it is new, and the names of what changed in it."""

    row: CourseClass
    is_new: bool
    changed: Sequence[str]


def the_centre(session: Session) -> Centre | None:
    """The centre of this database, the first where a province has several."""
    return session.exec(select(Centre).order_by(col(Centre.id))).first()


def differing(row: Any, told: Mapping[str, Any]) -> list[str]:
    """Set what was told (None says nothing) and differs. The names of what changed."""
    changed = [name for name, value in told.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, told[name])
    return changed


def record_basis(session: Session, centre_id: int, purpose: str, basis: str, now: datetime) -> bool:
    """Record the centre's ground for processing without consent. False when it is the one that stands already."""
    if legal_basis(session, centre_id, purpose) == basis:
        return False
    session.add(LegalBasis(centre_id=centre_id, purpose=purpose, basis=basis, recorded_at=now))
    session.flush()
    return True


# --- class types


def add_types(session: Session, centre_id: int, named: Iterable[tuple[str, str]], day: date) -> None:
    """Class types by name with the rhythm of their reports ("once", "month", "" as long as the class is), and
    the first version of their rules; a type of that name stays as it is.
    """
    known = {fold(one.name) for one in class_types(session, centre_id)}
    for name, every in named:
        if fold(name) in known:
            continue
        kind = ClassType(centre_id=centre_id, name=nfc(name))
        session.add(kind)
        session.flush()
        rhythm = {"every": every, "open_days": "3"} if every else {"open_days": "3"}
        rules = {**DEFAULT_RULES, "rhythm": rhythm}
        session.add(RuleSet(class_type_id=kind.id, version=1, from_date=day, rules=rules))
    session.flush()


def class_types(session: Session, centre_id: int) -> Sequence[ClassType]:
    return session.exec(
        select(ClassType).where(ClassType.centre_id == centre_id).order_by(col(ClassType.id))
    ).all()


def type_meant(known: Iterable[ClassType], words: str) -> ClassType | None:
    """The class type of this name, or the only one in whose name all these words stand."""
    return closest(words, {one.name: one for one in known}, WHOLE)


def rules_of_type(session: Session, type_id: int) -> RuleSet:
    """The newest version of a class type's rules."""
    query = select(RuleSet).where(RuleSet.class_type_id == type_id)
    return session.exec(query.order_by(col(RuleSet.version).desc()).limit(1)).one()


# --- the office


def appoint(
    session: Session, centre: Centre, role: str, name: str, number: str | None, now: datetime, day: date
) -> tuple[Person, bool]:
    """The person of this name with a role in the whole centre, and whether anything changed.

    Whoever has the role under this name keeps it, with a new phone where one is told; else a person of this
    name and phone is taken, or made.
    """
    named = [one for one in holders(session, {role}, centre.id, day) if one.folded == fold(name)]
    same = [one for one in named if one.phone == number] or named
    if same:
        return same[0], bool(differing(same[0], {"phone": number}))
    query = select(Person).where(Person.centre_id == centre.id, Person.folded == fold(name))
    person = session.exec(query.where(Person.phone == (number or "")).order_by(col(Person.id))).first()
    if person is None or not number:
        clean = nfc(name)
        person = Person(
            centre_id=centre.id,
            name=clean,
            folded=fold(clean),
            sort_text=sort_text(clean),
            phone=number or "",
        )
        session.add(person)
        session.flush()
    give(session, person, role, now, day)
    return person, True


def is_linked(session: Session, person_id: int) -> bool:
    """Whether a chat reaches the person."""
    query = select(Contact.id).where(Contact.person_id == person_id, Contact.state == "active")
    return session.exec(query.limit(1)).first() is not None


# --- classes


def put_class(
    session: Session,
    centre: Centre,
    code: str,
    told: Mapping[str, Any],
    kind: ClassType | None,
    now: datetime,
) -> Outcome:
    """Make the class with this code, or change what differs (None says nothing).

    When its days move, learners enrolled for all of the old days are so for the new ones, and reports that
    were not asked for yet are taken back; the caller plans them anew.
    """
    row = class_coded(session, code)
    rules = rules_of_type(session, kind.id) if kind is not None else None
    if row is None:
        assert rules is not None, "a new class has a type"
        kept = {name: value for name, value in told.items() if value is not None}
        row = CourseClass(
            centre_id=centre.id, class_type_id=rules.class_type_id, rule_set_id=rules.id, code=code, **kept
        )
        session.add(row)
        session.flush()
        return Outcome(row, is_new=True, changed=())
    first, last = row.from_date, row.to_date
    changed = differing(row, told)
    if rules is not None and row.class_type_id != rules.class_type_id:
        row.class_type_id, row.rule_set_id = rules.class_type_id, rules.id
        changed.append("type")
    session.flush()
    if (first, last) != (row.from_date, row.to_date) or "type" in changed:
        _follow(session, row, first)
        forget_coming(session, row.id, now)
    return Outcome(row, is_new=False, changed=changed)


def _follow(session: Session, row: CourseClass, first: date) -> None:
    query = select(Enrolment).where(Enrolment.class_id == row.id, Enrolment.from_date == first)
    for enrolment in session.exec(query):
        enrolment.from_date = row.from_date
