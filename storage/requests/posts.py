"""Who answers for a request on a day: whoever it was handed to, else those who hold its post and are there."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.people.offices import heads_of, present_heads, units_among
from storage.people.people import STAFF, Centre, Grant, Person, Role, grants_of, holders
from storage.requests.policy import DEPUTIES, DIRECTORS, POST
from storage.requests.requests import Request, by_deadline


def asked_of(session: Session, row: Request, to: str, day: date) -> list[Person]:
    """Whom a step goes to (storage.requests.policy) on `day` (the centre's date)."""
    if to == POST:
        return answering(session, row, day)
    if to == DIRECTORS:
        return holders(session, {Role.DIRECTOR}, row.centre_id, day)
    unit = row.organisation_id
    return heads_of(session, row.centre_id, unit, day)[1] if to == DEPUTIES and unit is not None else []


def answering(session: Session, row: Request, day: date) -> list[Person]:
    """Who answers for it: one to whom it was handed and who still belongs there; else the post's holders who are not
    away, their deputies, or all of them.
    """
    instead = delegate(session, row, day)
    return [instead] if instead is not None else holding(session, row, day)


def holding(session: Session, row: Request, day: date) -> list[Person]:
    """The post's holders who are not away, their deputies, or all of them."""
    if row.post == Role.UNIT_HEAD and row.organisation_id is not None:
        return present_heads(session, row.centre_id, row.organisation_id, day)
    return holders(session, {row.post}, row.centre_id, day, organisation_id=row.organisation_id)


def drop_leaver(session: Session, row: Request, day: date) -> None:
    """It is the post's again where whoever it was handed to does not belong there any more."""
    if row.handed_to is not None and delegate(session, row, day) is None:
        hand_over(session, row, None)


def hand_over(session: Session, row: Request, to_person: int | None) -> None:
    """From now on somebody answers for it instead of the post's holders; None: they do again. The time somebody chose
    to be reminded at was his own.
    """
    row.handed_to, row.snoozed_until = to_person, None
    session.flush()


def delegate(session: Session, row: Request, day: date) -> Person | None:
    """Who answers for it instead of the post's holders; None where nobody does, or he belongs there no longer."""
    return delegates(session, [row], day).get(row.id)


def delegates(session: Session, rows: Iterable[Request], day: date) -> dict[int, Person]:
    """As `delegate`, by request, for many at once."""
    handed = [row for row in rows if row.handed_to is not None]
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(col(Person.id).in_({row.handed_to for row in handed}))
    people: dict[int | None, tuple[Person, list[Grant]]] = {}
    for person, grant in session.exec(query.order_by(col(Grant.id))) if handed else ():
        if on_day(day, grant.from_date, grant.to_date):
            people.setdefault(person.id, (person, []))[1].append(grant)
    known = [(row, *people[row.handed_to]) for row in handed if row.handed_to in people]
    return {row.id: person for row, person, grants in known if _belongs(person, grants, row)}


def _belongs(person: Person, grants: Sequence[Grant], row: Request) -> bool:
    if row.organisation_id is not None:
        return row.organisation_id in units_among(grants, person)
    return any(grant.role in STAFF for grant in grants)


def waiting_for(session: Session, person: Person, now: datetime) -> list[Request]:
    """All that waits for a person now, whatever it is, the most urgent first."""
    centre = session.get(Centre, person.centre_id)
    assert centre is not None, "a person belongs to a centre"
    day = now.astimezone(ZoneInfo(centre.zone)).date()
    mine = grants_of(session, person.id, day)
    units = {grant.organisation_id for grant in mine}
    query = select(Request).where(
        Request.centre_id == centre.id,
        col(Request.settled_at).is_(None),
        Request.opens_at <= now,
        or_(
            col(Request.handed_to) == person.id,
            col(Request.organisation_id).in_(units - {None}),
            col(Request.organisation_id).is_(None) & col(Request.post).in_([grant.role for grant in mine]),
        ),
    )
    rows = [row for row in session.exec(query) if person in answering(session, row, day)]
    return by_deadline(rows)
