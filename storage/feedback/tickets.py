"""Tickets (002-11): something the centre is to settle, with one accountable owner and a deadline."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import and_, case, literal, or_
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import Select

from storage.base.calendar import SendingCalendar
from storage.base.columns import encrypted, instant, key, ref
from storage.base.engine import lock
from storage.courses.courses import CourseSession
from storage.feedback.feedback import MOST_LISTED, UnitFeedback
from storage.people.people import STAFF, Organisation, Person, Role, Viewer, holders
from storage.requests import posts, requests
from storage.requests.policy import AT_ONCE, DIRECTORS, DUE, LAST_MORNING, OPEN, Policy, Step, Window

LONGEST = 1000  # characters of a request or an answer


class Ticket(SQLModel, table=True):
    """State: open, answered. `kind`: review (“đề nghị xem lại” of what was fed back to a unit), or message (what one
    person wrote to the registrar, maybe about a session; it is no unit's). `due_at` is business time.
    """

    __tablename__ = "ticket"
    id: int = key()
    centre_id: int = ref("centre.id")
    kind: str
    organisation_id: int | None = ref("organisation.id", optional=True)
    class_id: int | None = ref("course_class.id", optional=True)
    feedback_id: int | None = ref("unit_feedback.id", optional=True)
    session_id: int | None = ref("course_session.id", optional=True, index=False)
    text: str | None = encrypted()
    opened_by: int = ref("person.id", index=False)
    opened_at: datetime = instant()
    owner_id: int = ref("person.id")
    due_at: datetime = instant()
    state: str = "open"
    answer: str | None = encrypted()
    answered_by: int | None = ref("person.id", optional=True, index=False)
    answered_at: datetime | None = instant(optional=True)


WORKING_DAYS: Final = 5  # in which the centre answers
MESSAGE_DAYS: Final = 2  # working days, for a message
MOST_WAITING: Final = 3  # messages of one person that wait for an answer
KIND: Final = "ticket"
# Its owner is told at once and reminded on the morning of its day; once it is overdue the directors hear of it.
POLICY: Final = Policy(
    (Step(OPEN, AT_ONCE), Step("remind", LAST_MORNING), Step("overdue", DUE, DIRECTORS)),
    waits=False,
    hands_over=True,
)


def open_ticket(
    session: Session,
    calendar: SendingCalendar,
    feedback: UnitFeedback,
    asker: Person,
    text: str,
    now: datetime,
) -> Ticket | None:
    """Open a request to look again at what a unit was told; one that is still open is given back as it is.

    It belongs to the registrar with the fewest open ones (a director where there is none) and is due at the end of
    the fifth working day. None where the centre has nobody to answer it.
    """
    lock(session, UnitFeedback, feedback.id)
    before = open_about(session, feedback.id)
    if before is not None:
        return before
    day = now.astimezone(calendar.zone).date()
    row = Ticket(
        centre_id=asker.centre_id, kind="review", organisation_id=feedback.organisation_id,
        class_id=feedback.class_id, feedback_id=feedback.id, text=text, opened_by=asker.id, opened_at=now,
        due_at=calendar.deadline(calendar.add_working_days(day, WORKING_DAYS)),
    )  # fmt: skip
    return _opened(session, calendar, row, day)


def open_message(
    session: Session,
    calendar: SendingCalendar,
    asker: Person,
    text: str,
    now: datetime,
    about: CourseSession | None = None,
) -> Ticket | None:
    """Open what a person writes to the registrar; the same words once more are the ticket that is still open.

    Due at the end of the second working day, and before the session it is `about`. None where nobody can answer it.
    """
    before = next((row for row in messages_waiting(session, asker.id) if row.text == text), None)
    if before is not None:
        return before
    day = now.astimezone(calendar.zone).date()
    due = calendar.deadline(calendar.add_working_days(day, MESSAGE_DAYS))
    row = Ticket(
        centre_id=asker.centre_id, kind="message", class_id=about.class_id if about else None,
        session_id=about.id if about else None, text=text, opened_by=asker.id, opened_at=now,
        due_at=min(due, about.starts_at) if about and about.starts_at > now else due,
    )  # fmt: skip
    return _opened(session, calendar, row, day)


def messages_waiting(session: Session, person_id: int) -> Sequence[Ticket]:
    """The messages of a person that nobody has answered yet."""
    query = select(Ticket).where(
        Ticket.opened_by == person_id, Ticket.kind == "message", Ticket.state == "open"
    )
    return session.exec(query).all()


def _opened(session: Session, calendar: SendingCalendar, row: Ticket, day: date) -> Ticket | None:
    """Give it its owner and ask for the answer; None where the centre has nobody to answer it."""
    owner = _least_busy(session, row.centre_id, day, but=row.opened_by)
    if owner is None:
        return None
    row.owner_id = owner.id
    session.add(row)
    session.flush()
    requests.open_request(
        session, calendar, POLICY, Window(row.opened_at, row.due_at), kind=KIND, subject_id=row.id,
        centre_id=row.centre_id, post=Role.REGISTRAR, handed_to=owner.id,
    )  # fmt: skip
    return row


def request_of(session: Session, row: Ticket) -> requests.Request:
    """The request to its owner to answer it."""
    found = requests.request_about(session, KIND, row.id)
    assert found is not None, "a ticket is opened together with its request"
    return found


def give(session: Session, row: Ticket, owner: Person) -> None:
    """It is this person's from now on; there is never more than one."""
    row.owner_id = owner.id
    posts.hand_over(session, request_of(session, row), owner.id)


def open_about(session: Session, feedback_id: int) -> Ticket | None:
    """The open ticket about a feedback."""
    return session.exec(
        select(Ticket).where(Ticket.feedback_id == feedback_id, Ticket.state == "open")
    ).first()


def _least_busy(session: Session, centre_id: int, day: date, *, but: int = 0) -> Person | None:
    for role in (Role.REGISTRAR, Role.DIRECTOR):
        people = [one for one in holders(session, {role}, centre_id, day) if one.id != but]
        if people:
            query = select(Ticket.owner_id).where(Ticket.centre_id == centre_id, Ticket.state == "open")
            busy = Counter(session.exec(query))
            return min(people, key=lambda one: (busy[one.id], one.id))
    return None


def owner_of(session: Session, row: Ticket, day: date) -> Person | None:
    """Its owner; where he has left the office meanwhile, the next one, whose it is from now on."""
    owner = session.get(Person, row.owner_id)
    if owner is not None and owner.id in {one.id for one in holders(session, STAFF, row.centre_id, day)}:
        return owner
    found = _least_busy(session, row.centre_id, day, but=row.owner_id)
    if found is not None:
        give(session, row, found)
    return found


# --- who may see and answer it


Seen = tuple[Ticket, Organisation | None]  # without a unit it is one person's message


def tickets_listed(session: Session, viewer: Viewer) -> Sequence[Seen]:
    """Staff: all open ones of the centre; heads: all of their units. Open ones first, by deadline."""
    of_office = and_(col(Ticket.state) == "open", literal(viewer.is_staff))
    query = _all(viewer).where(or_(col(Ticket.organisation_id).in_(viewer.units), of_office))
    newest = case((col(Ticket.state) == "open", 0), else_=-col(Ticket.id))
    order = (col(Ticket.state) != "open", newest, col(Ticket.due_at), col(Ticket.id))
    return session.exec(query.order_by(*order).limit(MOST_LISTED)).all()


def ticket_seen(session: Session, viewer: Viewer, ticket_id: int, *, to_change: bool = False) -> Seen | None:
    """The ticket, for staff of its centre and heads of its unit; locked where it is to be changed."""
    query = _all(viewer).where(Ticket.id == ticket_id)
    if not viewer.is_staff:
        query = query.where(col(Ticket.organisation_id).in_(viewer.units))
    found = session.exec(query).first()
    if found is not None and to_change:
        lock(session, Ticket, ticket_id)
    return found


def _all(viewer: Viewer) -> Select[Ticket, Organisation | None]:
    return (
        select(Ticket, Organisation)
        .join(Organisation, isouter=True)
        .where(Ticket.centre_id == viewer.centre_id)
    )


def answer(session: Session, row: Ticket, person_id: int, text: str, now: datetime) -> None:
    """Close it with an answer: nobody is reminded of it any more."""
    row.state, row.answer, row.answered_by, row.answered_at = "answered", text, person_id, now
    requests.settle(session, request_of(session, row), now)
