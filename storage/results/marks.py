"""Drafts of marks and their publication (001-07): what waits, in one go out of the office, and who is told."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

from sqlmodel import Session, col, func, select

from storage.base.engine import lock
from storage.courses.courses import CourseClass, Enrolment, Mark
from storage.courses.roster import roster
from storage.courses.visibility import class_seen, classes_of
from storage.people.offices import heads_by_unit
from storage.people.people import Person, Viewer
from storage.results.result_facts import PUBLISHED

DRAFT: Final = "draft"


@dataclass(frozen=True)
class Waiting:
    """A class with drafts: how many marks, of how many learners."""

    course: CourseClass
    marks: int
    learners: int


@dataclass(frozen=True)
class Drafts:
    """The drafts of one class. `missing` counts by component the learners who have no mark for it at all."""

    course: CourseClass
    marks: Sequence[Mark]
    missing: Counter[str]

    @property
    def learners(self) -> int:
        return len({mark.person_id for mark in self.marks})

    @cached_property
    def components(self) -> Counter[str]:
        """How many marks of each component, in the order in which they came."""
        return Counter(mark.component for mark in self.marks)

    @property
    def seal(self) -> int:
        """48 bits that differ as soon as a draft came, went or changed."""
        told = ";".join(f"{mark.id}={mark.value}" for mark in self.marks)
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:6], "big")


def waiting(session: Session, viewer: Viewer) -> list[Waiting]:
    """The classes of the viewer's centre that have drafts, newest first; none for who is not staff."""
    if not viewer.is_staff:
        return []
    query = select(Mark.class_id, func.count(), func.count(col(Mark.person_id).distinct()))
    query = query.where(Mark.state == DRAFT, col(Mark.value).is_not(None)).group_by(col(Mark.class_id))
    found = {class_id: (marks, learners) for class_id, marks, learners in session.exec(query)}
    return [Waiting(row, *found[row.id]) for row in classes_of(session, viewer) if row.id in found]


def drafts_of(session: Session, viewer: Viewer, class_id: int, *, to_publish: bool = False) -> Drafts | None:
    """The drafts of a class, locked `to_publish`; None when the class is not there or not the viewer's to publish."""
    course = class_seen(session, viewer, class_id) if viewer.is_staff else None
    if course is None:
        return None
    query = select(Mark).where(Mark.class_id == course.id, Mark.state == DRAFT, col(Mark.value).is_not(None))
    query = query.order_by(col(Mark.id))
    if to_publish:
        lock(session, CourseClass, course.id)  # two who publish at once come one after the other
        query = query.with_for_update().execution_options(populate_existing=True)
    marks = session.exec(query).all()
    return Drafts(course, marks, _missing(session, course, {mark.component for mark in marks}, viewer.day))


def _missing(session: Session, course: CourseClass, components: set[str], today: date) -> Counter[str]:
    """Of the learners of today, or of the last day of a class that is over."""
    day = min(today, course.to_date)
    people = {person.id for _enrolment, person in roster(session, course.id, day)}
    query = select(Mark.component, Mark.person_id).where(Mark.class_id == course.id)
    found = set(session.exec(query.where(col(Mark.value).is_not(None))).all())
    return Counter(name for name in components for person in people if (name, person) not in found)


def publish(session: Session, drafts: Drafts, now: datetime) -> int:
    """Publish locked drafts as of `now`. A number that belongs to this publication alone."""
    for mark in drafts.marks:
        mark.state, mark.published_at = PUBLISHED[0], now
    session.flush()
    return max(mark.id for mark in drafts.marks)


# -- who is told


def learners_to_tell(
    session: Session, course: CourseClass, at: datetime, *, after: int, limit: int
) -> Sequence[Person]:
    """Learners with a mark published at that moment, by id, those behind `after`."""
    marked = select(Mark.person_id).where(
        Mark.class_id == course.id, Mark.published_at == at, col(Mark.state).in_(PUBLISHED)
    )
    query = select(Person).where(col(Person.id).in_(marked), col(Person.id) > after)
    return session.exec(query.order_by(col(Person.id)).limit(limit)).all()


def heads_to_tell(
    session: Session, course: CourseClass, at: datetime, today: date, *, after: int, limit: int
) -> list[tuple[Person, int]]:
    """Unit heads of today by id, those behind `after`, each with how many of his learners have marks published
    at that moment; learners his unit no longer sends do not count, for he does not see their results.
    """
    senders = _senders(session, course, at, min(today, course.to_date))
    found: dict[int, tuple[Person, set[int]]] = {}
    for unit, (heads, deputies) in heads_by_unit(session, course.centre_id, senders, today).items():
        for person in (*heads, *deputies):
            found.setdefault(person.id, (person, set()))[1].update(senders[unit])
    behind = sorted(person_id for person_id in found if person_id > after)[:limit]
    return [(found[person_id][0], len(found[person_id][1])) for person_id in behind]


def _senders(session: Session, course: CourseClass, at: datetime, day: date) -> dict[int, set[int]]:
    """Units and which of their learners have a mark published at that moment."""
    query = select(Enrolment).join(
        Mark,
        (col(Mark.person_id) == col(Enrolment.person_id)) & (col(Mark.class_id) == col(Enrolment.class_id)),
    )
    query = query.where(Enrolment.class_id == course.id, Mark.published_at == at)
    found: dict[int, set[int]] = {}
    for row in session.exec(query.where(col(Mark.state).in_(PUBLISHED))):
        if row.to_date is None or row.to_date >= day:
            found.setdefault(row.organisation_id, set()).add(row.person_id)
    return found
