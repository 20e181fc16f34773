"""Whoever answers for a request may change: bound late, handed over, away or back, a new head. It follows, once."""

from collections.abc import Collection

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.requests.asking import answering, ask_waiting, is_busy, opening, sending_time, tell, waiting
from handlers.requests.presenting import presenter_of
from storage.people.offices import heads_of
from storage.people.people import Contact, Organisation, Person
from storage.requests import posts, prompts, requests
from storage.requests.policy import OPEN
from storage.requests.requests import Request
from storage.requests.turnover import UNIT_PEOPLE

conversation = Conversation("requests_following")


def bound(desk: Desk, person: Person, contact: Contact) -> None:
    """Somebody has bound this chat: what waits for him and is not there yet comes, the most urgent now, what else is
    due no later than it when that is done, the rest a day each.
    """
    by_clock = False
    for row in waiting(desk, person):
        told = requests.told_at(desk.session, row)
        if not _is_for(desk, row, person, told):
            continue
        is_here = prompts.is_here(desk.session, row.id, contact)
        if not is_here and not (row.rules.waits and is_busy(desk, row, person)):
            step = OPEN if person.id not in told else f"{OPEN}-{contact.id}"
            told_now = tell(desk, row, opening(row), [person], by_clock=by_clock, as_step=step)
            row.first_asked_at = row.first_asked_at or (sending_time(desk, row) if told_now else None)
        by_clock = True


def _is_for(desk: Desk, row: Request, person: Person, told: Collection[int]) -> bool:
    """Whether there is anything to ask this person for, and it was not somebody else who was told for good."""
    return person in answering(desk, row) and (row.rules.follows or not set(told) - {person.id})


@conversation.on_timer(UNIT_PEOPLE)
def unit_changed(desk: Desk, unit: int) -> None:
    """Each request to the unit goes to whoever answers for it now, one at a time, unless he has it already; what is
    overdue after what is not.
    """
    centre = desk.centre(desk.session.get_one(Organisation, unit).centre_id)
    busy: set[int] = set()
    rows = requests.open_of_unit(desk.session, unit, desk.now)
    for row in sorted(rows, key=lambda one: one.is_late(desk.now)):
        posts.drop_leaver(desk.session, row, desk.today(centre))
        if (
            row.first_asked_at is not None
            and row.rules.follows
            and not presenter_of(row).is_settled(desk, row)
        ):
            _follow(desk, row, busy)
    heads, deputies = heads_of(desk.session, centre.id, unit, desk.today(centre))
    ask_waiting(desk, heads or deputies)


def _follow(desk: Desk, row: Request, busy: set[int]) -> None:
    """Give it to whoever answers for it and lacks it. Who is `busy` with another one gets it when that is done, as if
    he had never been asked.
    """
    readers = answering(desk, row)
    if not readers:
        return
    ids = {reader.id for reader in readers}
    prompts.take_back(desk.session, row.id, keep=ids)
    told = requests.told_at(desk.session, row)
    newest = max((at for person, at in told.items() if person not in ids), default=None)
    lacking = [one for one in readers if one.id not in told or (newest is not None and newest > told[one.id])]
    free = [one for one in lacking if not row.rules.waits or one.id not in busy]
    if lacking and not free and not ids & told.keys():
        row.first_asked_at = None
    name = f"now-{desk.now.isoformat()}"
    tell(desk, row, opening(row), free, by_clock=False, late=True, as_step=name)
    if row.rules.waits:
        busy |= ids
