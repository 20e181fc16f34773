"""Who was in a class on which days, and sent by which unit: the one query all ask that want to know."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, select

from storage.courses.courses import Enrolment
from storage.people.people import Person

ROSTER = (
    select(Enrolment, Person)
    .join(Person, col(Person.id) == col(Enrolment.person_id))
    .where(
        col(Enrolment.class_id) == bindparam("class_id"),
        col(Enrolment.from_date) <= bindparam("last"),
        or_(col(Enrolment.to_date).is_(None), col(Enrolment.to_date) >= bindparam("first")),
    )
    .order_by(col(Person.sort_text), col(Person.id))
)
OF_UNIT = ROSTER.where(col(Enrolment.organisation_id) == bindparam("unit_id"))


def roster(
    session: Session,
    class_id: int,
    first: date = date.min,
    last: date = date.max,
    *,
    unit_id: int | None = None,
) -> Sequence[tuple[Enrolment, Person]]:
    """Who was in the class on any of these days, both included, sent by this unit (or by any), by given name; for what
    the program itself does, not for showing. Who changed unit has a row for each, with its days.
    """
    asked = {"class_id": class_id, "first": first, "last": last, "unit_id": unit_id}
    return [(row, person) for row, person in session.execute(OF_UNIT if unit_id else ROSTER, asked)]


def units_sending(session: Session, class_id: int, first: date, last: date) -> list[int]:
    """The units that sent learners to the class on any of these days."""
    return sorted({row.organisation_id for row, _person in roster(session, class_id, first, last)})
