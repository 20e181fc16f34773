"""A notice on its way to its recipients: batches of a hundred, each a transaction of its own, and reminders."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.jobs import Page
from handlers.engine.messages import Message
from handlers.engine.turn import Turn
from handlers.notices.receipt import answers
from handlers.notices.texts import Letter, letter_of
from locales import Language
from storage.courses import notices
from storage.courses.notices import Audience, Delivery, Notice
from storage.messaging import outbox
from storage.people.people import Person

conversation = Conversation("notice_sending")


def start(turn: Turn, notice: Notice, audience: Audience, due: datetime) -> None:
    """Give a locked draft its recipients; from here on the job sends it."""
    notice.state, notice.sent_at, notice.author_id = "sending", due, turn.speaker.id
    notices.deliver(turn.session, notice.id, audience.people, turn.now)
    send_page.start(turn.session, due, notice=notice.id)


@conversation.job("notice_batch")
def send_page(desk: Desk, page: Page, notice: int, batch: int = 0) -> list[int]:  # noqa: ARG001  formerly the page
    """Queue the next ones. Nothing is queued twice: a delivery says so itself, and so does the key."""
    row = desk.session.get(Notice, notice)
    letter = letter_of(desk, row) if row is not None and row.state == "sending" else None
    if letter is None:
        return []
    deliveries = notices.unqueued(desk.session, notice, page.size)
    with desk.session.no_autoflush:  # a hundred deliveries are written at once, not one before each query
        _queue(desk, letter, deliveries)
    return [delivery.id for delivery in deliveries]


def _queue(desk: Desk, letter: Letter, deliveries: Sequence[Delivery]) -> None:
    people = _people(desk, deliveries)
    reached = notices.reach(desk.session, people)
    for delivery in deliveries:
        state = reached[delivery.person_id]
        if state == "active":
            key = f"notice:{delivery.notice_id}:{delivery.person_id}"
            delivery.queued = tell_notice(desk, letter, delivery, people[delivery.person_id], key=key)
            state = "waiting" if delivery.queued else "unreachable"  # his chat was closed this instant
        if state != "waiting":
            delivery.state, delivery.changed_at = state, desk.now


def _people(desk: Desk, deliveries: Sequence[Delivery]) -> dict[int, Person]:
    query = select(Person).where(col(Person.id).in_([delivery.person_id for delivery in deliveries]))
    return {person.id: person for person in desk.session.exec(query)}


def tell_notice(
    desk: Desk,
    letter: Letter,
    delivery: Delivery,
    person: Person,
    *,
    key: str,
    again: date | None = None,
) -> bool:
    """Queue a notice to one person, once a key; `again` on a day is a reminder of it, which the next day is none any
    more. False when it reaches nobody, or the key was told before.
    """

    def build(language: Language) -> Message:
        head = language.text("<b>Reminder.</b> You have not confirmed this notice yet.") if again else ""
        buttons = answers(language, delivery.id, kind=letter.kind, attends=letter.attends(delivery.person_id))
        text = letter.text(language, person.name, person.id, said=head)
        return Message(text, buttons, brief=letter.brief(language, person.name))

    until = None
    if again is not None:
        zone = ZoneInfo(desk.centre(person.centre_id).zone)
        until = datetime.combine(again + timedelta(days=1), time.min, zone)
    told = desk.tell(
        person, build, lane=outbox.BROADCAST, key=key, delivery_id=delivery.id, sense_until=until
    )
    return told is not None


# -- reminders


def start_reminder(turn: Turn, notice: Notice, due: datetime) -> None:
    """Remind everybody who has not confirmed, once on the day it goes out; the notice is locked."""
    day = turn.language.local(due).date()
    notice.fields = {**notice.fields, "reminded": day.isoformat()}
    remind_page.start(turn.session, due, notice=notice.id, day=day.isoformat())


def reminded_on(notice: Notice) -> date | None:
    """The day the last reminder went or will go out."""
    day = notice.fields.get("reminded")
    return date.fromisoformat(day) if day else None


@conversation.job("notice_remind")
def remind_page(desk: Desk, page: Page, notice: int, day: str) -> list[int]:
    """Queue reminders for the next ones who still have not answered when their turn comes."""
    row = desk.session.get(Notice, notice)
    letter = letter_of(desk, row) if row is not None else None
    if letter is None:
        return []
    deliveries = notices.to_remind(desk.session, notice, after=page.after, limit=page.size)
    people = _people(desk, deliveries)
    for delivery in deliveries:
        first = delivery.state != "sent"  # found nobody then: this is no reminder but the notice itself
        key = f"remind:{notice}:{delivery.person_id}:{day}"
        again = None if first else date.fromisoformat(day)
        told = tell_notice(desk, letter, delivery, people[delivery.person_id], key=key, again=again)
        if first and told:
            delivery.state, delivery.queued, delivery.changed_at = "waiting", True, desk.now
    return [delivery.id for delivery in deliveries]


# -- what the platforms answer


@conversation.hears("delivery_settled")
def settled(desk: Desk, delivery: int, state: str, reason: str) -> None:
    notices.settled(desk.session, delivery, state, reason, desk.now)


@conversation.hears("delivery_held")
def held(desk: Desk, delivery: int, reason: str) -> None:
    notices.held(desk.session, delivery, reason, desk.now)
