"""Who fills in a unit's report and in what capacity he signs: head, deputy (ký thay), authorised (được ủy quyền)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session, SQLModel, col, select

from storage.columns import instant, key, on_day, ref
from storage.conduct import ConductReport
from storage.people import Grant, Person, Role


class Handover(SQLModel, table=True):
    """A report handed to somebody else of the unit, or taken back by a head; append-only, the last one counts."""

    __tablename__ = "handover"
    id: int = key()
    report_id: int = ref("conduct_report.id")
    from_person: int = ref("person.id")
    to_person: int = ref("person.id", index=False)
    at: datetime = instant()


class Trip(SQLModel, table=True):
    """A head is away (“Tôi đi công tác đến …”), both days included: prompts go to his deputy. `ended_at`: back early."""

    __tablename__ = "trip"
    id: int = key()
    person_id: int = ref("person.id")
    from_date: date
    to_date: date
    said_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)


def heads_of(session: Session, centre_id: int, unit_id: int, day: date) -> tuple[list[Person], list[Person]]:
    """The unit's heads and their deputies on `day` (the centre's date), in the order they were appointed."""
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(
        Grant.role == Role.UNIT_HEAD, Grant.centre_id == centre_id, Grant.organisation_id == unit_id
    )
    found: tuple[dict[int, Person], dict[int, Person]] = ({}, {})
    for person, grant in session.exec(query.order_by(col(Grant.id))):
        if on_day(day, grant.from_date, grant.to_date):
            found[grant.deputy_of is not None].setdefault(person.id, person)
    heads, deputies = found
    return list(heads.values()), [one for one in deputies.values() if one.id not in heads]


def travelling(session: Session, people: Iterable[Person], day: date) -> set[int]:
    """Those of these people who are away on `day` (the centre's date)."""
    query = select(Trip.person_id).where(
        col(Trip.person_id).in_([person.id for person in people]),
        Trip.from_date <= day,
        Trip.to_date >= day,
        col(Trip.ended_at).is_(None),
    )
    return set(session.exec(query))


def askable(session: Session, report: ConductReport, centre_id: int, unit_id: int, day: date) -> list[Person]:
    """Whom prompts of a report go to now: whoever it was handed to; else the heads who are not away; else their
    deputies; when everybody is away, the heads.
    """
    if report.handed_to is not None:
        person = session.get(Person, report.handed_to)
        return [person] if person is not None else []
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    away = travelling(session, [*heads, *deputies], day)
    here = [person for person in heads if person.id not in away]
    return here or [person for person in deputies if person.id not in away] or heads


def capacity(session: Session, person_id: int, centre_id: int, unit_id: int, day: date) -> str:
    """In what capacity a person signs for a unit: head, deputy (ký thay), anyone else authorised (được ủy quyền)."""
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    if any(person.id == person_id for person in heads):
        return "head"
    return "deputy" if any(person.id == person_id for person in deputies) else "authorised"
