"""A ticket in its owner's hands: answering, passing on, and what reminds of it."""

from datetime import date
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.feedback import tickets as cards
from handlers.menu.menu import cancel
from locales import Language, later
from storage.feedback import tickets
from storage.feedback.tickets import Seen, Ticket
from storage.messaging import outbox
from storage.people.people import STAFF, UNIT, Organisation, Person, Role, holders
from storage.reports.signing import present_heads

conversation = Conversation("ticket_work")


# --- answering


@conversation.button("fw", may=STAFF)
def ask_answer(turn: Turn, ticket: int) -> None:
    _ask_answer(turn, "", ticket)


def _to_answer(turn: Turn, ticket: int) -> Seen | None:
    """The open ticket the speaker owns; else it is shown as it stands."""
    seen = cards.found(turn, ticket, to_change=True)
    if seen[0].state == "open" and seen[0].owner_id == turn.speaker.id:
        return seen
    _ = turn.language.text
    answered, another = (
        _("This request is answered already."),
        _("Another person is in charge of this request."),
    )
    cards.show(turn, seen, answered if seen[0].state != "open" else another)
    return None


def _ask_answer(turn: Turn, said: Markup | str, ticket: int) -> None:
    _ = turn.language.text
    if _to_answer(turn, ticket) is None:
        return
    asked = _("Please type the answer to the unit in one message.")
    turn.show(Message(lines(said, asked), [[Button(_("Cancel"), cancel)]]))
    turn.ask(answer_typed, ticket=ticket)


@conversation.question("ticket_answer", longest=tickets.LONGEST, lines=True, again=_ask_answer, may=STAFF)
def answer_typed(turn: Turn, words: str, ticket: int) -> None:
    seen = _to_answer(turn, ticket)
    if seen is None:
        return
    tickets.answer(turn.session, seen[0], turn.speaker.id, words, turn.now)
    turn.log("ticket_answered", subject=seen[0])
    _tell_unit(turn, seen)
    cards.show(turn, seen, turn.language.text("Answered; the unit is told."))


def _tell_unit(desk: Desk, seen: Seen) -> None:
    """Who asked, while he still heads the unit, and its heads of today."""
    row, unit = seen
    day = _today(desk, row)
    due = desk.calendar(desk.centre(row.centre_id)).next_sending_time(desk.now)
    heads = holders(desk.session, UNIT, row.centre_id, day, organisation_id=unit.id)
    asked = [one for one in heads if one.id == row.opened_by]
    for head in {
        one.id: one for one in [*asked, *present_heads(desk.session, row.centre_id, unit.id, day)]
    }.values():

        def build(language: Language) -> Message:
            text = cards.text_of(desk, language, seen, language.text("The centre has answered your request."))
            ways = [[Button(language.text("Review requests"), cards.turn_page, page=0)]]
            return Message(text, ways, private=True)

        desk.tell(head, build, due=due, key=f"ticket:{row.id}:answer:{head.id}")


# --- passing on


def ways_of(desk: Desk, language: Language, row: Ticket, reader: int) -> list[list[Button]]:
    """Its owner answers; he or a director passes it on."""
    _ = language.text
    if row.state != "open":
        return []
    answers = [[Button(_("Answer"), ask_answer, ticket=row.id)]] if row.owner_id == reader else []
    passes = [[Button(_("Pass on"), choose_owner, ticket=row.id)]] if _may_pass_on(desk, row, reader) else []
    return [*answers, *passes]


def _may_pass_on(desk: Desk, row: Ticket, reader: int) -> bool:
    directors = holders(desk.session, {Role.DIRECTOR}, row.centre_id, _today(desk, row))
    return reader in {row.owner_id, *(one.id for one in directors)}


def _today(desk: Desk, row: Ticket) -> date:
    return desk.today(desk.centre(row.centre_id))


@conversation.button("fh", may=STAFF)
def choose_owner(turn: Turn, ticket: int) -> None:
    seen = _to_pass_on(turn, ticket)
    if seen is None:
        return
    _ = turn.language.text
    people = [one for one in _office(turn, seen[0]) if one.id != seen[0].owner_id]
    rows = [
        [Button(one.name, pass_on, ticket=ticket, person=one.id).numbered(n)]
        for n, one in enumerate(people, 1)
    ]
    text = _("To whom?") if rows else _("There is nobody else at the centre to pass it on to.")
    turn.show(Message(text, [*rows, [Button(_("Back"), cards.open_ticket, ticket=ticket)]]))


def _office(desk: Desk, row: Ticket) -> list[Person]:
    return holders(desk.session, STAFF, row.centre_id, _today(desk, row))


def _to_pass_on(turn: Turn, ticket: int) -> Seen | None:
    seen = cards.found(turn, ticket, to_change=True)
    if seen[0].state == "open" and _may_pass_on(turn, seen[0], turn.speaker.id):
        return seen
    cards.show(turn, seen)
    return None


@conversation.button("fi", may=STAFF)
def pass_on(turn: Turn, ticket: int, person: int) -> None:
    """The new owner is told; there is never more than one."""
    seen = _to_pass_on(turn, ticket)
    if seen is None:
        return
    if person not in {one.id for one in _office(turn, seen[0])}:
        cards.show(turn, seen, turn.language.text("This person does not work at the centre."))
        return
    if seen[0].owner_id != person:
        seen[0].owner_id = person
        turn.log("ticket_passed_on", subject=seen[0])
        tell_owner(turn, seen[0], f"passed:{turn.now.timestamp():.0f}")
    cards.show(turn, seen, turn.language.text("Passed on."))


# --- timers, planned by storage.feedback.tickets


@conversation.timer("ticket_remind")
def remind(desk: Desk, ticket: int) -> None:
    """The morning of its deadline: the owner, once."""
    row = desk.session.get(Ticket, ticket)
    if row is not None and row.state == "open":
        tell_owner(desk, row, "remind")


@conversation.timer("ticket_overdue")
def overdue(desk: Desk, ticket: int) -> None:
    """Its deadline has passed: the directors, once."""
    row = desk.session.get(Ticket, ticket)
    if row is None or row.state != "open":
        return
    for director in holders(desk.session, {Role.DIRECTOR}, row.centre_id, _today(desk, row)):
        _tell(desk, row, director, "overdue")


SAID: Final = {
    "new": later("A unit asks the centre to look again. You are in charge of the answer."),
    "passed": later("This request was passed on to you. You are in charge of the answer."),
    "remind": later("Reminder: this request is to be answered today."),
    "overdue": later("The deadline of this request has passed without an answer."),
}


def tell_owner(desk: Desk, row: Ticket, what: str) -> None:
    owner = tickets.owner_of(desk.session, row, _today(desk, row))
    if owner is not None:
        _tell(desk, row, owner, what)


def _tell(desk: Desk, row: Ticket, reader: Person, what: str) -> None:
    """In sending hours, each thing once to each reader."""
    unit = desk.session.get(Organisation, row.organisation_id)
    assert unit is not None
    due = desk.calendar(desk.centre(row.centre_id)).next_sending_time(desk.now)

    def build(language: Language) -> Message:
        said = language.text(SAID[what.partition(":")[0]])
        return Message(
            cards.text_of(desk, language, (row, unit), said),
            ways_of(desk, language, row, reader.id),
            private=True,
        )

    desk.tell(reader, build, lane=outbox.BROADCAST, due=due, key=f"ticket:{row.id}:{what}:{reader.id}")
