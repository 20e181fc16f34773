"""Who stands for a unit on a day: its heads, their deputies, who of them is away; and when that changes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, SQLModel, col, select

from storage.base.columns import instant, key, on_day, ref
from storage.base.text import fold, sort_text
from storage.people.audit import Audit
from storage.people.people import Grant, Organisation, Person, Role


class Trip(SQLModel, table=True):
    """A head is away (“Tôi đi công tác đến …”), both days included: prompts go to his deputy. `ended_at`: back early."""

    __tablename__ = "trip"
    id: int = key()
    person_id: int = ref("person.id")
    from_date: date
    to_date: date
    said_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)


def units_among(grants: Iterable[Grant], person: Person) -> set[int]:
    """The units a person with these grants belongs to."""
    found = {grant.organisation_id for grant in grants} | {person.organisation_id if grants else None}
    return {unit for unit in found if unit is not None}


Heads = tuple[list[Person], list[Person]]


def heads_of(session: Session, centre_id: int, unit_id: int, day: date) -> Heads:
    """The unit's heads and their deputies on `day` (the centre's date), in the order they were appointed."""
    return heads_by_unit(session, centre_id, [unit_id], day)[unit_id]


def heads_by_unit(session: Session, centre_id: int, unit_ids: Iterable[int], day: date) -> dict[int, Heads]:
    """As `heads_of`, for many units at once."""
    found: dict[int, tuple[dict[int, Person], dict[int, Person]]] = {unit: ({}, {}) for unit in unit_ids}
    for person, grant in session.execute(HEADS, {"centre_id": centre_id, "units": list(found)}):
        if on_day(day, grant.from_date, grant.to_date) and grant.organisation_id is not None:
            found[grant.organisation_id][grant.deputy_of is not None].setdefault(person.id, person)
    return {
        unit: (list(heads.values()), [one for one in deputies.values() if one.id not in heads])
        for unit, (heads, deputies) in found.items()
    }


HEADS = (
    select(Person, Grant)
    .join(Grant, col(Grant.person_id) == col(Person.id))
    .where(
        col(Grant.role) == Role.UNIT_HEAD,
        col(Grant.centre_id) == bindparam("centre_id"),
        col(Grant.organisation_id).in_(bindparam("units", expanding=True)),
    )
    .order_by(col(Grant.id))
)


def travelling(session: Session, people: Iterable[Person], day: date) -> set[int]:
    """Those of these people who are away on `day` (the centre's date)."""
    return set(away_until(session, people, day))


def away_until(session: Session, people: Iterable[Person], day: date) -> dict[int, date]:
    """The last day away of those of these people who are away on `day` (the centre's date)."""
    query = select(col(Trip.person_id), col(Trip.to_date)).where(
        col(Trip.person_id).in_([person.id for person in people]),
        Trip.from_date <= day,
        Trip.to_date >= day,
        col(Trip.ended_at).is_(None),
    )
    return dict(session.exec(query.order_by(col(Trip.to_date))).all())


def present_heads(session: Session, centre_id: int, unit_id: int, day: date) -> list[Person]:
    """The unit's heads who are not away on `day` (the centre's date); else their deputies, see `asked_of`."""
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    return asked_of((heads, deputies), travelling(session, [*heads, *deputies], day))


def asked_of(unit: Heads, away: Collection[int]) -> list[Person]:
    """The heads who are not away; else their deputies; when everybody is away, the heads."""
    heads, deputies = unit
    here = [person for person in heads if person.id not in away]
    return here or [person for person in deputies if person.id not in away] or heads


def say_trip(session: Session, person_id: int, first: date, last: date, now: datetime) -> Trip:
    """Note that somebody is away on these days; another trip that overlaps them is over, for this one takes its place."""
    for other in trips_from(session, person_id, first):
        if other.from_date <= last:
            other.ended_at = now
    trip = Trip(person_id=person_id, from_date=first, to_date=last, said_at=now)
    session.add(trip)
    session.flush()
    return trip


def trips_from(session: Session, person_id: int, day: date) -> Sequence[Trip]:
    """Somebody's trips that are not over by `day` (the centre's date), the earliest first."""
    query = select(Trip).where(Trip.person_id == person_id, Trip.to_date >= day, col(Trip.ended_at).is_(None))
    return session.exec(query.order_by(col(Trip.from_date), col(Trip.id))).all()


# --- deputies a head names himself ---

ADDED: Final = "person_added"


def deputies_of(session: Session, unit_id: int, day: date) -> list[tuple[Person, Grant]]:
    """The unit's deputies on `day` (the centre's date) with their grants, in the order they were named."""
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(Grant.role == Role.UNIT_HEAD, Grant.organisation_id == unit_id)
    rows = session.exec(query.where(col(Grant.deputy_of).is_not(None)).order_by(col(Grant.id)))
    return [(one, grant) for one, grant in rows if on_day(day, grant.from_date, grant.to_date)]


def people_of(session: Session, unit_id: int) -> Sequence[Person]:
    """Whoever belongs to the unit, by given name."""
    query = select(Person).where(Person.organisation_id == unit_id)
    return session.exec(query.order_by(Person.sort_text, col(Person.id))).all()


def people_known(session: Session, centre_id: int, name: str, number: str) -> Sequence[Person]:
    """Whoever of the centre has this phone number, or else no number and this name."""
    query = select(Person).where(Person.centre_id == centre_id)
    unnumbered = query.where(Person.phone == "", Person.folded == fold(name))
    return session.exec(query.where(Person.phone == number)).all() or session.exec(unnumbered).all()


def add_person(session: Session, unit: Organisation, name: str, number: str) -> Person:
    """Somebody of the unit whom nobody knew."""
    person = Person(
        centre_id=unit.centre_id, name=name, folded=fold(name), sort_text=sort_text(name), phone=number,
        organisation_id=unit.id,
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person


def is_added_by(session: Session, person: Person, adder_id: int) -> bool:
    """Whether the centre knows of somebody nothing but what whoever added him has told."""
    query = select(Audit.id).where(
        Audit.about_id == person.id, Audit.action == ADDED, Audit.actor_id == adder_id
    )
    return person.birth_date is None and session.exec(query.limit(1)).first() is not None


def end_grant(session: Session, grant: Grant, day: date) -> None:
    """It does not count on `day` (the centre's date) any more."""
    grant.to_date = day - timedelta(days=1)
    session.flush()
