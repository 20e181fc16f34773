"""Notices of a class and who has them (000-02): sent is what a platform took, read is only what was tapped."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, UniqueConstraint, func, insert
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import Select

from storage.base.columns import document, encrypted, instant, key, ref
from storage.base.engine import lock
from storage.courses.courses import CourseClass, CourseSession, sessions_of
from storage.courses.roster import roster
from storage.messaging.outbox import HELD, outbox
from storage.people.offices import heads_by_unit
from storage.people.people import Contact, Organisation, Person, Viewer

ANSWERED = frozenset({"acknowledged", "declined"})
GOING = ("sending", "sent")  # the states of a notice that people have or are about to have


class Notice(SQLModel, table=True):
    """Kind: opening, closing, change. State: draft, sending, sent, cancelled. `fields` is the template's data, the
    document's number and day among it, as the office gave them; `number` stands on those counted here formerly.
    """

    __tablename__ = "notice"
    id: int = key()
    class_id: int = ref("course_class.id")
    kind: str
    number: int | None = None
    state: str = "draft"
    fields: dict[str, Any] = document()
    author_id: int | None = ref("person.id", optional=True)
    created_at: datetime = instant()
    sent_at: datetime | None = instant(optional=True)


class Delivery(SQLModel, table=True):
    """One notice to one person. State: waiting, sent (the platform took it), acknowledged, declined
    (cannot attend), failed, unreachable, not_bound. `reason` is what the platform gave for failing; `said` is
    what a person typed for declining, which may speak of an illness: for the registrar alone.
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("notice_id", "person_id"),)
    id: int = key()
    notice_id: int = ref("notice.id", index=False)
    person_id: int = ref("person.id")
    state: str = "waiting"
    reason: str = ""
    said: str | None = encrypted()
    queued: bool = False  # an outbox row stands for it
    changed_at: datetime = instant()


@dataclass(frozen=True)
class Audience:
    """Who gets a notice: learners with their unit, and heads with the number of learners they send."""

    learners: Sequence[tuple[Person, int]]
    heads: Mapping[int, int]  # person id: learners

    @property
    def people(self) -> list[int]:
        """Everyone once, learners first."""
        return list(dict.fromkeys([*(person.id for person, _unit in self.learners), *self.heads]))

    @property
    def only_heads(self) -> list[int]:
        """Heads who do not attend themselves."""
        learning = {person.id for person, _unit in self.learners}
        return [person_id for person_id in self.heads if person_id not in learning]


# -- the recipient's side


def own_delivery(session: Session, person_id: int, delivery_id: int) -> tuple[Delivery, Notice] | None:
    """A person's own delivery, locked, with its notice; None for what is not there or another's."""
    delivery = lock(session, Delivery, delivery_id)
    if delivery is None or delivery.person_id != person_id:
        return None
    notice = session.get(Notice, delivery.notice_id)
    return (delivery, notice) if notice is not None and notice.state in GOING else None


def own_deliveries(
    session: Session, person_id: int, now: datetime, *, limit: int = 10
) -> Sequence[tuple[Delivery, Notice]]:
    """The notices a person has been sent by now, newest first."""
    query = select(Delivery, Notice).join(Notice).where(Delivery.person_id == person_id)
    query = query.where(col(Notice.state).in_(GOING), col(Notice.sent_at) <= now)
    return session.exec(query.order_by(col(Notice.sent_at).desc(), col(Notice.id).desc()).limit(limit)).all()


def words_sent(session: Session, delivery_id: int) -> str:
    """The HTML as it was first queued for this delivery; "" when nothing was."""
    query = select(outbox.c.message).where(outbox.c.delivery_id == delivery_id)
    message = session.execute(query.order_by(outbox.c.id).limit(1)).scalar()
    return str(message["html"]) if message else ""


def answer(delivery: Delivery, state: str, now: datetime) -> None:
    """Record what the person tapped: acknowledged or declined. The first moment of a state stands."""
    if delivery.state != state:
        delivery.state, delivery.reason, delivery.said, delivery.changed_at = state, "", None, now


def settled(session: Session, delivery_id: int, state: str, reason: str, now: datetime) -> None:
    """A platform has answered for a delivery: sent, failed or unreachable.

    An answer of the person is never overwritten, and what was once brought is not taken back by a later
    message (a reminder) that was not; its reason is kept.
    """
    delivery = lock(session, Delivery, delivery_id)
    if delivery is None or delivery.state in ANSWERED:
        return
    if delivery.state == "sent":
        delivery.reason = reason
    else:
        delivery.state, delivery.reason, delivery.changed_at = state, reason, now


def held(session: Session, delivery_id: int, reason: str, now: datetime) -> None:
    """The message waits for something outside (outbox.HELD): it still is waiting, and says what for."""
    delivery = lock(session, Delivery, delivery_id)
    if delivery is not None and delivery.state == "waiting" and delivery.reason != HELD + reason:
        delivery.reason, delivery.changed_at = HELD + reason, now


# -- who gets it


def audience(session: Session, course: CourseClass, today: date) -> Audience:
    """Learners enrolled on the day and the principal heads of the units that send them.

    The day is today, moved into the class's own days: before it opens those who will begin, after it
    closed those who were there at its end.
    """
    day = min(max(today, course.from_date), course.to_date)
    learners: dict[int, tuple[Person, int]] = {}
    for enrolment, person in roster(session, course.id, day, day):
        learners.setdefault(person.id, (person, enrolment.organisation_id))
    units = Counter(unit for _person, unit in learners.values())
    headed: Counter[int] = Counter()
    for unit, (heads, _deputies) in heads_by_unit(session, course.centre_id, units, today).items():
        headed.update({head.id: units[unit] for head in heads})
    return Audience(list(learners.values()), headed)


def reach(session: Session, people: Collection[int]) -> dict[int, str]:
    """How each person is reached now: active, unreachable (had a contact) or not_bound."""
    found = dict.fromkeys(people, "not_bound")
    query = select(Contact.person_id, Contact.state).where(col(Contact.person_id).in_(people))
    for person_id, state in session.exec(query):
        if found[person_id] != "active":
            found[person_id] = "active" if state == "active" else "unreachable"
    return found


def teaching_days(session: Session, class_id: int, zone: ZoneInfo) -> set[date]:
    """The centre's dates on which the class meets."""
    return {found.starts_at.astimezone(zone).date() for found in sessions_of(session, class_id)}


def ceremony(session: Session, class_id: int, kind: str) -> CourseSession | None:
    """The session a notice of this kind invites to: the opening, else the first one; or the closing."""
    sessions = sessions_of(session, class_id)
    fitting = [found for found in sessions if found.kind == kind]
    if kind == "closing":
        return fitting[-1] if fitting else None
    return next(iter(fitting or sessions), None)


# -- writing and sending


def draft(session: Session, class_id: int, kind: str, author_id: int, now: datetime) -> Notice:
    """The one draft of a class and kind, made where there is none; two who write at once share it."""
    lock(session, CourseClass, class_id)
    query = select(Notice).where(Notice.class_id == class_id, Notice.kind == kind, Notice.state == "draft")
    found = session.exec(query.order_by(col(Notice.id))).first()
    if found is None:
        found = Notice(class_id=class_id, kind=kind, author_id=author_id, created_at=now)
        session.add(found)
        session.flush()
    return found


def last_sent(session: Session, class_id: int, kind: str) -> Notice | None:
    """The newest notice of this kind that went to the class."""
    query = select(Notice).where(
        Notice.class_id == class_id, Notice.kind == kind, col(Notice.state).in_(GOING)
    )
    return session.exec(query.order_by(col(Notice.id).desc())).first()


def deliver(session: Session, notice_id: int, people: Iterable[int], now: datetime) -> None:
    """A waiting delivery for everyone."""
    rows = [{"notice_id": notice_id, "person_id": one, "changed_at": now} for one in people]
    if rows:
        session.execute(insert(Delivery), rows)


def unqueued(session: Session, notice_id: int, limit: int) -> Sequence[Delivery]:
    """The next deliveries nothing was queued for, locked."""
    query = select(Delivery).where(
        Delivery.notice_id == notice_id, Delivery.state == "waiting", col(Delivery.queued).is_(False)
    )
    return session.exec(query.order_by(col(Delivery.id)).limit(limit).with_for_update()).all()


def missed(
    session: Session, person_id: int, since: datetime, now: datetime
) -> Sequence[tuple[Delivery, Notice]]:
    """Notices sent from `since` until now that did not reach the person, who was not bound; locked, oldest first."""
    query = (
        select(Delivery, Notice)
        .join(Notice)
        .where(
            Delivery.person_id == person_id,
            col(Delivery.state).in_(("not_bound", "unreachable")),
            col(Notice.state).in_(GOING),
            col(Notice.sent_at) >= since,
            col(Notice.sent_at) <= now,
        )
    )
    query = query.order_by(col(Notice.sent_at), col(Notice.id)).with_for_update(of=col(Delivery.id))
    return session.exec(query).all()


# -- who has it


def notice_seen(session: Session, viewer: Viewer, notice_id: int) -> tuple[Notice, CourseClass] | None:
    """Any notice of the centre's classes, for its staff alone."""
    if not viewer.is_staff:
        return None
    return session.exec(_of_centre(viewer).where(Notice.id == notice_id)).first()


def _of_centre(viewer: Viewer) -> Select[Notice, CourseClass]:
    query = select(Notice, CourseClass).join(CourseClass)
    return query.where(CourseClass.centre_id == viewer.centre_id)


def sent_notices(
    session: Session, viewer: Viewer, limit: int, *, kinds: Collection[str] | None = None
) -> Sequence[tuple[Notice, CourseClass]]:
    """What the centre has sent (of these kinds), newest first; for its staff alone."""
    if not viewer.is_staff:
        return []
    query = _of_centre(viewer).where(col(Notice.state).in_(GOING))
    if kinds is not None:
        query = query.where(col(Notice.kind).in_(kinds))
    return session.exec(query.order_by(col(Notice.sent_at).desc(), col(Notice.id).desc()).limit(limit)).all()


def counts(session: Session, notice_id: int) -> dict[str, int]:
    """How many deliveries stand in each state; states nobody is in are left out."""
    query = select(Delivery.state, func.count()).where(Delivery.notice_id == notice_id)
    return dict(session.exec(query.group_by(Delivery.state)).all())


def reasons(session: Session, notice_id: int, states: Collection[str]) -> dict[str, int]:
    """How many deliveries in these states give each reason; those without one are left out."""
    query = select(Delivery.reason, func.count()).where(
        Delivery.notice_id == notice_id, Delivery.reason != ""
    )
    return dict(session.exec(query.where(col(Delivery.state).in_(states)).group_by(Delivery.reason)).all())


def recipients(
    session: Session, notice_id: int, states: Collection[str] | None = None
) -> Sequence[tuple[Delivery, Person, str]]:
    """Deliveries with the person and the unit's name, by given name; of all states when none is named."""
    query = select(Delivery, Person, Organisation.name).where(Delivery.notice_id == notice_id)
    query = query.join(Person, col(Person.id) == col(Delivery.person_id))
    query = query.join(Organisation, col(Organisation.id) == col(Person.organisation_id), isouter=True)
    if states is not None:
        query = query.where(col(Delivery.state).in_(states))
    rows = session.exec(query.order_by(Person.sort_text, col(Person.id)))
    return [(delivery, person, unit or "") for delivery, person, unit in rows]


def to_remind(session: Session, notice_id: int, *, after: int = 0, limit: int) -> Sequence[Delivery]:
    """Deliveries brought but not answered, and those that found nobody where somebody is reached now; locked."""
    query = select(Delivery).where(_unanswered(notice_id), col(Delivery.id) > after)
    return session.exec(query.order_by(col(Delivery.id)).limit(limit).with_for_update()).all()


def count_to_remind(session: Session, notice_id: int) -> int:
    return session.exec(select(func.count()).select_from(Delivery).where(_unanswered(notice_id))).one()


def _unanswered(notice_id: int) -> ColumnElement[bool]:
    reached = select(Contact.person_id).where(Contact.state == "active")
    missed = col(Delivery.state).in_(("not_bound", "unreachable")) & col(Delivery.person_id).in_(reached)
    return (col(Delivery.notice_id) == notice_id) & ((col(Delivery.state) == "sent") | missed)
