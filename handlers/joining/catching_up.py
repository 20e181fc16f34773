"""What came before a chat was bound is not lost: the open report and the latest notices follow the binding."""

from datetime import datetime, timedelta
from typing import Final

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.notices.sending import tell_notice
from handlers.notices.texts import letter_of
from handlers.reports.prompting import prompt_heads_of
from handlers.requests.following import bound
from handlers.timetable.changes import tell_change
from storage.courses import notices, timetable
from storage.courses.courses import CourseClass
from storage.courses.notices import Delivery, Notice
from storage.people.people import Contact, Person

LOOKS_BACK: Final = timedelta(days=14)

conversation = Conversation("catch_up")


@conversation.timer("bound", passes=True)
def catch_up(desk: Desk, contact: int) -> None:
    """A chat was bound: its person gets what did not reach him; doing it again says nothing twice."""
    row = desk.session.get(Contact, contact)
    if row is None or row.state != "active":
        return
    person = desk.session.get_one(Person, row.person_id)
    bound(desk, person, row)
    prompt_heads_of(desk, person)
    since = desk.now - LOOKS_BACK
    for delivery, notice in notices.missed(desk.session, person.id, since, desk.now):
        if _tell(desk, person, row, delivery, notice):
            delivery.state, delivery.queued, delivery.changed_at = "waiting", True, desk.now
            delivery.reason = ""


def _tell(desk: Desk, person: Person, contact: Contact, delivery: Delivery, notice: Notice) -> bool:
    """Send him a notice as it was sent to the others. False for one that does not concern him any more."""
    course = desk.session.get_one(CourseClass, notice.class_id)  # one with notices is never deleted
    today = desk.today(desk.centre(course.centre_id))
    key = f"notice:{notice.id}:{person.id}:{contact.id}"
    if notice.kind == timetable.CHANGE:
        return _tell_change(desk, person, course, delivery, notice, key)
    letter = letter_of(desk, notice)
    if letter is None or course.to_date < today:
        return False
    if person.id not in notices.audience(desk.session, course, today).people:
        return False
    return tell_notice(desk, letter, delivery, person, key=key)


def _tell_change(
    desk: Desk, person: Person, course: CourseClass, delivery: Delivery, notice: Notice, key: str
) -> bool:
    """A changed session is told while it is still to come and no later change has taken its place."""
    fields = notice.fields
    before, after = fields["before"], fields["after"]
    over = max(datetime.fromisoformat(state["ends_at"]) for state in (before, after)) <= desk.now
    if over or fields.get("superseded"):
        return False
    return tell_change(desk, person, course, delivery, before, after, key=key)
