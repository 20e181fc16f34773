"""Finding the person a registrar means, and giving out roles. Days are the centre's."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.base.text import closest, fold, phone
from storage.courses.courses import CourseClass
from storage.people import audit
from storage.people.people import Centre, Grant, Organisation, Person
from storage.requests import turnover


def people_meant(session: Session, words: str) -> list[Person]:
    """Whoever is meant by "#12" (an id), a phone or a full name, with or without diacritics."""
    query = select(Person).order_by(Person.sort_text, col(Person.id))
    number = phone(words)
    if words.startswith("#"):
        is_id = words[1:].isascii() and words[1:].isdigit() and len(words) < 20
        return list(session.exec(query.where(Person.id == int(words[1:])))) if is_id else []
    return list(session.exec(query.where(Person.phone == number if number else Person.folded == fold(words))))


def name_near(session: Session, words: str) -> str | None:
    """The name closest to a mistyped one."""
    return closest(words, session.exec(select(Person.name).distinct()).all())


def unit_name(session: Session, person: Person) -> str:
    unit = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    return unit.name if unit else ""


def class_coded(session: Session, code: str) -> CourseClass | None:
    """The class with this code, however it is written."""
    rows = session.exec(select(CourseClass).order_by(col(CourseClass.id).desc()))
    return next((course for course in rows if fold(course.code) == fold(code)), None)


def class_codes(session: Session) -> Sequence[str]:
    """All codes, the newest class first."""
    return session.exec(select(CourseClass.code).order_by(col(CourseClass.from_date).desc())).all()


def give(
    session: Session,
    person: Person,
    role: str,
    now: datetime,
    day: date,
    *,
    unit_id: int | None = None,
    class_id: int | None = None,
    until: date | None = None,
    is_deputy: bool = False,
) -> bool:
    """Grant a role from `day` on, up to and including `until`. False when just this is granted already.

    A deputy stands in for whoever holds the same role there: LookupError where nobody does.
    """
    stands_in_for = _principal(session, person, role, day, unit_id, class_id).id if is_deputy else None
    query = select(Grant).where(Grant.person_id == person.id, Grant.role == role)
    query = query.where(Grant.organisation_id == unit_id, Grant.class_id == class_id)
    for grant in session.exec(query):
        if on_day(day, grant.from_date, grant.to_date):
            if (grant.to_date, grant.deputy_of) == (until, stands_in_for):
                return False
            grant.to_date, grant.deputy_of = until, stands_in_for
            break
    else:
        grant = Grant(
            person_id=person.id, role=role, centre_id=person.centre_id, organisation_id=unit_id,
            class_id=class_id, from_date=day, to_date=until, deputy_of=stands_in_for,
        )  # fmt: skip
        session.add(grant)
        session.flush()
    zone = ZoneInfo(session.get_one(Centre, grant.centre_id).zone)
    turnover.note_grant(session, grant, zone, now)
    audit.note(session, now, "role_granted", about_id=person.id, subject=f"grant_:{grant.id}")
    return True


def _principal(
    session: Session, deputy: Person, role: str, day: date, unit_id: int | None, class_id: int | None
) -> Grant:
    query = select(Grant).where(
        Grant.role == role,
        Grant.centre_id == deputy.centre_id,
        Grant.organisation_id == unit_id,
        Grant.class_id == class_id,
        Grant.person_id != deputy.id,
        col(Grant.deputy_of).is_(None),
    )
    for grant in session.exec(query.order_by(col(Grant.id))):
        if on_day(day, grant.from_date, grant.to_date):
            return grant
    raise LookupError(role)
