"""The timetable (000-27): which sessions somebody sees, who attends them, what was changed in them.

Days are of the centre's zone; a session belongs to the day on which it begins there.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, delete, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from storage.base.columns import begins, is_state, on_day
from storage.courses.courses import CourseClass, CourseSession, Enrolment, is_enrolled
from storage.courses.notices import Delivery, Notice
from storage.messaging.outbox import outbox
from storage.messaging.timers import timer
from storage.people.people import Grant, Person, Role, Viewer, grants_of

PLANNED, CANCELLED = "planned", "cancelled"
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 1, 1)
CHANGE = "change"  # the kind of notice that tells of a changed session


@dataclass(frozen=True)
class SessionSeen:
    """A session as a viewer sees it. `learners`: how many learners of the viewer's own units are in it."""

    row: CourseSession
    course: CourseClass
    learners: int = 0

    @property
    def is_cancelled(self) -> bool:
        return self.row.state == CANCELLED


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The centre's date at an instant."""
    return moment.astimezone(zone).date()


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day of the centre begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of `day`."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def day_at(ordinal: int) -> date | None:
    """The day a button carries as its ordinal; None for what cannot be a session's day."""
    within = FIRST_DAY.toordinal() <= ordinal <= LAST_DAY.toordinal()
    return date.fromordinal(ordinal) if within else None


def viewer_of(session: Session, person: Person, day: date) -> Viewer:
    """The viewer a person is on `day`, where nobody stands in front of the desk (files made at sending)."""
    grants = grants_of(session, person.id, day)
    roles: set[str] = {grant.role for grant in grants}
    if is_enrolled(session, person.id):
        roles.add(Role.LEARNER)
    return Viewer(person.id, person.centre_id, frozenset(roles), _units(grants), day)


def _units(grants: Iterable[Grant]) -> tuple[int, ...]:
    heads = {grant.organisation_id for grant in grants if grant.role == Role.UNIT_HEAD}
    return tuple(sorted(unit for unit in heads if unit is not None))


# --- what somebody sees


def sessions_between(
    session: Session, viewer: Viewer, zone: ZoneInfo, first: date, last: date, *, class_id: int | None = None
) -> list[SessionSeen]:
    """Sessions from `first` to `last`, both included, cancelled ones too, oldest first, none twice."""
    query = col(CourseSession.starts_at) >= day_begins(first, zone)
    query &= col(CourseSession.starts_at) < day_begins(last + timedelta(days=1), zone)
    if class_id is not None:
        query &= col(CourseSession.class_id) == class_id
    return _seen(session, viewer, zone, query)


def next_session(session: Session, viewer: Viewer, zone: ZoneInfo, now: datetime) -> SessionSeen | None:
    """The next session that is to be held and has not begun."""
    coming = and_(col(CourseSession.starts_at) > now, col(CourseSession.state) == PLANNED)
    # staff see every session, so that the first row is the one
    found = _seen(session, viewer, zone, coming, limit=1 if viewer.is_staff else None)
    return found[0] if found else None


def session_seen(session: Session, viewer: Viewer, zone: ZoneInfo, session_id: int) -> CourseSession | None:
    """The session, None when there is none or it is no business of the viewer's."""
    found = _seen(session, viewer, zone, col(CourseSession.id) == session_id)
    return found[0].row if found else None


def exams_ahead(
    session: Session, viewer: Viewer, zone: ZoneInfo, now: datetime, most: int
) -> list[SessionSeen]:
    """The next examinations that are to be held, of the viewer's classes."""
    coming = and_(col(CourseSession.ends_at) > now, col(CourseSession.state) == PLANNED)
    found = _seen(
        session,
        viewer,
        zone,
        coming & (col(CourseSession.kind) == "exam"),
        limit=most if viewer.is_staff else None,
    )
    return found[:most]


def _seen(
    session: Session, viewer: Viewer, zone: ZoneInfo, where: ColumnElement[bool], limit: int | None = None
) -> list[SessionSeen]:
    """What the viewer may see of it: his own classes on the days he is enrolled, what he teaches or
    supervises, the classes of his unit's learners on their days; staff everything of the centre.
    """
    enrolments = _enrolments_for(session, viewer)
    query = select(CourseSession, CourseClass).join(CourseClass)
    query = query.where(CourseClass.centre_id == viewer.centre_id, where)
    if not viewer.is_staff:
        teaches = col(CourseSession.lecturer_id) == viewer.person_id
        leads = col(CourseClass.supervisor_id) == viewer.person_id
        query = query.where(or_(teaches, leads, col(CourseClass.id).in_(list(enrolments))))
    query = query.order_by(col(CourseSession.starts_at), col(CourseSession.id)).limit(limit)
    found = (_look(row, course, viewer, zone, enrolments[course.id]) for row, course in session.exec(query))
    return [seen for seen in found if seen is not None]


def _enrolments_for(session: Session, viewer: Viewer) -> defaultdict[int, list[Enrolment]]:
    """The viewer's own enrolments and those of his units' learners, by class."""
    own = col(Enrolment.person_id) == viewer.person_id
    query = select(Enrolment).where(or_(own, col(Enrolment.organisation_id).in_(viewer.units)))
    found: defaultdict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in session.exec(query):
        found[enrolment.class_id].append(enrolment)
    return found


def _look(
    row: CourseSession, course: CourseClass, viewer: Viewer, zone: ZoneInfo, enrolments: Iterable[Enrolment]
) -> SessionSeen | None:
    day = day_of(row.starts_at, zone)
    there = [one for one in enrolments if on_day(day, one.from_date, one.to_date)]
    learners = {one.person_id for one in there if one.organisation_id in viewer.units}
    own = any(one.person_id == viewer.person_id for one in there)
    in_charge = viewer.person_id in {row.lecturer_id, course.supervisor_id}
    if not (viewer.is_staff or own or learners or in_charge):
        return None
    return SessionSeen(row, course, len(learners))


# --- what the program itself does with a class's sessions


def attendees(
    session: Session,
    class_id: int,
    days: Collection[date],
    lecturers: Collection[int],
    *,
    after: int = 0,
    limit: int = 100,
) -> Sequence[Person]:
    """Who is enrolled on one of `days`, and the lecturers, by id from the first one above `after`."""
    learns = select(Enrolment.person_id).where(Enrolment.class_id == class_id, or_(*_days_of_enrolment(days)))
    concerned = or_(col(Person.id).in_(learns), col(Person.id).in_(lecturers))
    query = select(Person).where(col(Person.id) > after, concerned).order_by(col(Person.id))
    return session.exec(query.limit(limit)).all()


def learners_among(
    session: Session, class_id: int, days: Collection[date], person_ids: Collection[int]
) -> set[int]:
    """Those of the people who are enrolled on one of `days`."""
    there = and_(col(Enrolment.class_id) == class_id, or_(*_days_of_enrolment(days)))
    query = select(Enrolment.person_id).where(there, col(Enrolment.person_id).in_(person_ids))
    return set(session.exec(query))


def _days_of_enrolment(days: Collection[date]) -> list[ColumnElement[bool]]:
    ends = col(Enrolment.to_date)
    return [and_(col(Enrolment.from_date) <= day, or_(ends.is_(None), ends >= day)) for day in days]


def waiting_timers(session: Session, kind: str, prefix: str) -> Sequence[str]:
    """Keys of timers of this kind that have not run, by the beginning of their key."""
    query = select_columns(timer.c.key).where(timer.c.kind == kind, is_state(timer.c.state, "waiting"))
    return session.execute(query.where(begins(timer.c.key, prefix))).scalars().all()


# --- changes


def changes_of(session: Session, class_id: int, session_id: int) -> list[Notice]:
    """All changes of a session, oldest first, also those that were taken back before anyone was told."""
    query = select(Notice).where(Notice.class_id == class_id, Notice.kind == CHANGE)
    rows = session.exec(query.order_by(col(Notice.id)))
    return [row for row in rows if row.fields.get("session") == session_id]


def revisions(session: Session, class_ids: Collection[int]) -> Counter[int]:
    """How many times each session of these classes was changed, by its id."""
    query = select(Notice).where(col(Notice.class_id).in_(class_ids), Notice.kind == CHANGE)
    return Counter(int(row.fields["session"]) for row in session.exec(query) if "session" in row.fields)


def told(session: Session, notice_ids: Collection[int], person_ids: Collection[int]) -> set[tuple[int, int]]:
    """Which of these notices a platform has taken for which of these people: (notice, person)."""
    query = select_columns(col(Delivery.notice_id), col(Delivery.person_id))
    query = query.join(outbox, outbox.c.delivery_id == col(Delivery.id)).where(
        is_state(outbox.c.state, "sent")
    )
    query = query.where(col(Delivery.notice_id).in_(notice_ids), col(Delivery.person_id).in_(person_ids))
    return {(notice_id, person_id) for notice_id, person_id in session.execute(query)}


def is_going(session: Session, notice: Notice) -> bool:
    """Whether some of the people concerned are still to be told of this change."""
    if notice.state == "sending":
        return True
    waits = outbox.c.delivery_id.in_(_deliveries(notice)) & is_state(outbox.c.state, "due")
    return session.execute(select_columns(outbox.c.id).where(waits).limit(1)).first() is not None


def take_back(session: Session, notice: Notice) -> None:
    """A newer change of the same session is told instead: what no platform has taken is not sent any more.

    Whoever has this one already keeps it; the others are told the whole difference at once.
    """
    outbox_of = select_columns(outbox.c.id).where(outbox.c.delivery_id == col(Delivery.id))
    own = outbox.c.delivery_id.in_(_deliveries(notice))
    waiting = update(outbox).where(is_state(outbox.c.state, "due"), own)
    session.execute(waiting.values(state="dropped"))
    dropped = update(outbox).where(is_state(outbox.c.state, "dropped"), own)
    session.execute(dropped.values(delivery_id=None))
    untold = delete(Delivery).where(col(Delivery.notice_id) == notice.id, ~outbox_of.exists())
    session.execute(untold)
    has_any = session.execute(_deliveries(notice).limit(1)).first() is not None
    notice.state = "sent" if has_any else "cancelled"
    notice.fields = {**notice.fields, "superseded": True}


def _deliveries(notice: Notice) -> Select[Any]:
    return select_columns(col(Delivery.id)).where(col(Delivery.notice_id) == notice.id)
