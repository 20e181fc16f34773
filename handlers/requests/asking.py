"""Requests come by themselves, step by step. Nobody is told of more than one a day by the clock, whatever their kinds;
one is asked for at a time; nothing comes once it is settled, and nothing twice.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Message
from handlers.requests.presenting import presenter_of
from handlers.requests.putting import put_to_directors
from locales import Language
from storage.messaging import outbox
from storage.messaging.accounts import ChannelAccount
from storage.people.people import Person
from storage.requests import posts, prompts, requests
from storage.requests.policy import DIRECTORS, DUE, GRACE, NOBODY, OPEN, POST, REMINDING, SHARE, Step, morning
from storage.requests.requests import NEXT, SNOOZED, STEP, Request

conversation = Conversation("requests")
LATER = Step("later", SHARE)  # at the time its reader has chosen


@conversation.on_timer(STEP)
def step_due(desk: Desk, request: int, step: str) -> None:
    """The one timer of all kinds: a step of a request has come."""
    row = requests.request_locked(desk.session, request)
    found = row.rules.step(step) if row is not None else None
    if row is not None and found is not None and row.settled_at is None:
        take_step(desk, row, found)


def take_step(desk: Desk, row: Request, step: Step) -> None:
    """Tell of it whom the step is for. Whoever answers for it and was never asked is asked now."""
    shown = presenter_of(row)
    if shown.is_settled(desk, row):
        requests.settle(desk.session, row, desk.now)
        return
    if step.to == NOBODY:
        _close(desk, row)
    elif step.name == OPEN:
        ask_waiting(desk, _around(desk, row))
        ask(desk, row, by_clock=True)
    elif step.to == POST and row.first_asked_at is None:
        _open(desk, row, answering(desk, row), by_clock=True)
    elif step.to == DIRECTORS:
        put_to_directors(desk, row, step)
    elif step.to != POST or row.snoozed_until is None or row.snoozed_until <= desk.now:
        tell(desk, row, step, shown.readers(desk, row, step), by_clock=True)


def _close(desk: Desk, row: Request) -> None:
    """The deadline has passed: what was not told yet is told no more, and nothing waits behind it."""
    if row.is_late(desk.now):
        prompts.take_back(desk.session, row.id, made_by=row.deadline)
        ask_waiting(desk, _around(desk, row))


@conversation.on_timer(NEXT)
def request_done(desk: Desk, request: int) -> None:
    """It is done: what waited behind it comes at once."""
    row = requests.request_locked(desk.session, request)
    if row is not None:
        for person in _around(desk, row):
            ask_next(desk, person)


def _around(desk: Desk, row: Request) -> list[Person]:
    """Whoever answers for it, and the holders of its post, who may be asked for something else."""
    day = desk.today(desk.centre(row.centre_id))
    people = [*posts.answering(desk.session, row, day), *posts.holding(desk.session, row, day)]
    return list({person.id: person for person in people}.values())


@conversation.on_timer(SNOOZED)
def snoozed_over(desk: Desk, request: int, person: int, asked: str) -> None:
    """The time somebody chose has come; he hears it then, unless he has been told of a request since he chose."""
    row, reader = requests.request_locked(desk.session, request), desk.session.get(Person, person)
    until = row.snoozed_until if row is not None else None
    if row is None or reader is None or until is None or until > desk.now:
        return
    if presenter_of(row).is_settled(desk, row) or reader not in answering(desk, row):
        return
    if not prompts.is_told_between(desk.session, reader.id, datetime.fromisoformat(asked), desk.now):
        tell(desk, row, LATER, [reader], by_clock=False, as_step=f"later-{until:%y%m%d%H%M}")


def ask(desk: Desk, row: Request, *, by_clock: bool) -> list[Person]:
    """Ask whoever answers for it, unless he is busy with what is due no later. Those who were told."""
    people = answering(desk, row)
    if row.rules.waits and any(is_busy(desk, row, person) for person in people):
        return []
    return _open(desk, row, people, by_clock=by_clock)


def _open(desk: Desk, row: Request, people: Iterable[Person], *, by_clock: bool) -> list[Person]:
    told = tell(desk, row, opening(row), people, by_clock=by_clock)
    if told and row.first_asked_at is None:
        row.first_asked_at = sending_time(desk, row)
    return told


def ask_now(desk: Desk, row: Request, why: str) -> datetime:
    """Give it to whoever answers for it from now on, and to nobody else; when it reaches him. `why` names the step."""
    people = answering(desk, row)
    prompts.take_back(desk.session, row.id)
    row.snoozed_until = None  # it was somebody else who chose that time
    tell(desk, row, opening(row), people, by_clock=False, late=True, as_step=f"{why}-{desk.now.isoformat()}")
    due = sending_time(desk, row)
    row.first_asked_at = row.first_asked_at or due
    return due


def waiting(desk: Desk, person: Person) -> Iterator[Request]:
    """What this person's post is asked for now and has not done, the most urgent first."""
    for row in posts.waiting_for(desk.session, person, desk.now):
        if not presenter_of(row).is_settled(desk, row):
            yield row


def ask_waiting(desk: Desk, people: Iterable[Person]) -> None:
    """Ask these people for what they were never asked for, the most urgent first, one at a time."""
    for person in people:
        for row in waiting(desk, person):
            if row.first_asked_at is None:
                ask(desk, row, by_clock=True)


def ask_next(desk: Desk, person: Person) -> None:
    """Somebody has done what he was asked for: the most urgent thing he was not told of yet comes at once."""
    for row in waiting(desk, person):
        told = requests.told_at(desk.session, row)
        is_known = person.id in told or (told and not row.rules.follows)
        if not is_known and ask(desk, row, by_clock=False):
            return


def is_busy(desk: Desk, row: Request, person: Person) -> bool:
    """Whether somebody was asked for another request that is due no later, and has not done it."""
    asked = (
        other for other in waiting(desk, person) if other.id != row.id and other.first_asked_at is not None
    )
    ends = (other.deadline for other in asked if other.deadline is not None and not other.is_late(desk.now))
    return any(row.deadline is None or end <= row.deadline for end in ends)


def answering(desk: Desk, row: Request) -> list[Person]:
    """Whoever answers for it now."""
    return presenter_of(row).readers(desk, row, opening(row))


def is_asked_for(desk: Desk, row: Request) -> bool:
    """Whether there is anything to ask for; where the post is empty, there is."""
    if row.settled_at is not None or presenter_of(row).is_settled(desk, row):
        return False
    day = desk.today(desk.centre(row.centre_id))
    return bool(answering(desk, row)) or not posts.answering(desk.session, row, day)


def opening(row: Request) -> Step:
    """The step that asks for it the first time."""
    step = row.rules.step(OPEN)
    assert step is not None, "every policy opens"
    return step


# --- telling ---


def tell(
    desk: Desk,
    row: Request,
    step: Step,
    people: Iterable[Person],
    *,
    by_clock: bool,
    late: bool = False,
    as_step: str = "",
) -> list[Person]:
    """Send these people the request's card in sending hours, each once for a step. Those who were told.

    Whoever is told of another request that day is left out of what comes by the clock: of a reminder for good, of
    anything else until the next day. What could only come after the deadline has lost its sense, unless it is about
    something overdue.
    """
    due = sending_time(desk, row)
    if row.is_late(due) and not late and step.at not in {DUE, GRACE}:
        return []
    name = as_step or (step.name if step.name == OPEN else f"{step.name}{requests.round_of(row)}")
    lacking = [one for one in people if not prompts.was_told(desk.session, row.id, one.id, name)]
    day = _day(desk, row, due)
    left = [one for one in lacking if by_clock and prompts.is_told_on(desk.session, one.id, day)]
    told = [one for one in lacking if one not in left and _send(desk, row, step, one, due, name)]
    if told:
        presenter_of(row).told(desk, row, name.partition("-")[0])
    if left and step.at not in REMINDING and row.rules.step(step.name) is not None:
        calendar = desk.calendar(desk.centre(row.centre_id))
        requests.plan_again(desk.session, row, step.name, morning(calendar, day + timedelta(days=1)))
    return told


def _send(desk: Desk, row: Request, step: Step, person: Person, due: datetime, name: str) -> bool:
    def card(language: Language) -> Message:
        return presenter_of(row).card(desk, language, row, person, name.partition("-")[0])

    return put(desk, row, name, person, card, due, _sense_until(desk, row, step, due))


def put(
    desk: Desk,
    row: Request,
    step: str,
    person: Person,
    card: Callable[[Language], Message],
    due: datetime,
    sense_until: datetime | None = None,
) -> bool:
    """Send somebody a message about a request and note it. Whether he is reached."""
    outbox_id = desk.tell(person, card, lane=outbox.BROADCAST, due=due, sense_until=sense_until)
    if outbox_id is not None:
        prompts.put(desk.session, row.id, person.id, step, _day(desk, row, due), desk.now, outbox_id)
    return outbox_id is not None


def _sense_until(desk: Desk, row: Request, step: Step, due: datetime) -> datetime | None:
    """A request can be sent until it is due; a reminder only on its own day, for the next one says it anew."""
    if step.name == OPEN:
        return row.deadline if row.deadline is not None and row.deadline > due else None
    zone = desk.calendar(desk.centre(row.centre_id)).zone
    return datetime.combine(_day(desk, row, due) + timedelta(days=1), time.min, zone)


def sending_time(desk: Desk, row: Request) -> datetime:
    return desk.calendar(desk.centre(row.centre_id)).next_sending_time(desk.now)


def _day(desk: Desk, row: Request, moment: datetime) -> date:
    return moment.astimezone(desk.calendar(desk.centre(row.centre_id)).zone).date()


def show_settled(desk: Desk, row: Request, build: Callable[[Language], Message], by: Person) -> None:
    """It was settled by somebody: the cards of the others who were asked say so, where a card can be changed."""
    for contact, card in prompts.cards(desk.session, row.id):
        can = desk.session.get_one(ChannelAccount, contact.account_id).can
        if contact.person_id != by.id and can.edits:
            language = desk.language_of(desk.session.get_one(Person, contact.person_id))
            desk.post(contact, build(language).wire(), edits_row=card, key=f"settled:{row.id}:{card}")
