"""A ticket in its owner's hands: answering, passing on, and what reminds of it."""

from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Answered, Turn
from handlers.feedback import actions
from handlers.feedback import tickets as cards
from handlers.menu.actions import cancel, write
from handlers.requests.asking import ask_now
from handlers.requests.presenting import Presenter, present
from locales import Language, later
from storage.feedback import tickets
from storage.feedback.tickets import Seen, Ticket
from storage.people.offices import present_heads
from storage.people.people import STAFF, UNIT, Organisation, Person, holders
from storage.requests.policy import OPEN, POST, Step
from storage.requests.requests import Request

conversation = Conversation("ticket_work")


# --- answering


def _to_answer(turn: Turn, ticket: int) -> Seen:
    """The open ticket the speaker owns; else it is shown as it stands (Answered)."""
    seen = cards.found(turn, ticket, to_change=True)
    if seen[0].state == "open" and seen[0].owner_id == turn.speaker.id:
        return seen
    _ = turn.language.text
    answered = _("This request is answered already.")
    another = _("Another person is in charge of this request.")
    cards.show(turn, seen, answered if seen[0].state != "open" else another)
    raise Answered


@conversation.does(actions.ask_answer)
def ask_answer(turn: Turn, ticket: int) -> None:
    _ = turn.language.text
    _row, unit = _to_answer(turn, ticket)
    to_unit = _("Please type the answer to the unit in one message.")
    asked = to_unit if unit is not None else _("Please type the answer in one message.")
    turn.show(lines(turn.wrong, asked), [Button(_("Cancel"), cancel)])
    turn.ask(answer_typed, ticket=ticket)


@conversation.question("ticket_answer", longest=tickets.LONGEST, lines=True, again=ask_answer, may=STAFF)
def answer_typed(turn: Turn, words: str, ticket: int) -> None:
    seen = _to_answer(turn, ticket)
    tickets.answer(turn.session, seen[0], turn.speaker.id, words, turn.now)
    turn.log("ticket_answered", subject=seen[0])
    if seen[1] is not None:
        _tell_unit(turn, seen, seen[1])
        cards.show(turn, seen, turn.language.text("Answered; the unit is told."))
    else:
        _tell_writer(turn, seen)
        who = cards.sender(turn, turn.language, seen)
        cards.show(turn, seen, turn.language.text("Answered; {who} is told.", who=who))


def _tell_writer(desk: Desk, seen: Seen) -> None:
    """Whoever wrote a message reads the answer."""
    row = seen[0]

    def build(language: Language) -> Message:
        said = language.text("The centre has answered your message.")
        again = [[Button(language.text("Write to registrar"), write)]]
        return Message(cards.text_of(desk, language, seen, said), again, private=True)

    due = desk.calendar(desk.centre(row.centre_id)).next_sending_time(desk.now)
    writer = desk.session.get_one(Person, row.opened_by)
    desk.tell(writer, build, due=due, key=f"ticket-answer:{row.id}:{writer.id}")


def _tell_unit(desk: Desk, seen: Seen, unit: Organisation) -> None:
    """Who asked, while he still heads the unit, and its heads of today."""
    row = seen[0]
    day = cards.today(desk, row)
    due = desk.calendar(desk.centre(row.centre_id)).next_sending_time(desk.now)
    heads = holders(desk.session, UNIT, row.centre_id, day, organisation_id=unit.id)
    asked = [one for one in heads if one.id == row.opened_by]
    for head in {
        one.id: one for one in [*asked, *present_heads(desk.session, row.centre_id, unit.id, day)]
    }.values():

        def build(language: Language) -> Message:
            text = cards.text_of(desk, language, seen, language.text("The centre has answered your request."))
            ways = [[Button(language.text("Review requests"), actions.turn_page, page=0)]]
            return Message(text, ways, private=True)

        desk.tell(head, build, due=due, key=f"ticket-answer:{row.id}:{head.id}")


# --- passing on


@conversation.does(actions.choose_owner)
def choose_owner(turn: Turn, ticket: int) -> None:
    seen = _to_pass_on(turn, ticket)
    _ = turn.language.text
    people = [one for one in _office(turn, seen[0]) if one.id != seen[0].owner_id]
    rows = [
        [Button(one.name, pass_on, ticket=ticket, person=one.id).numbered(n)]
        for n, one in enumerate(people, 1)
    ]
    text = _("To whom?") if rows else _("There is nobody else at the centre to pass it on to.")
    turn.show(text, *rows, [Button(_("Back"), actions.open_ticket, ticket=ticket)])


def _office(desk: Desk, row: Ticket) -> list[Person]:
    return holders(desk.session, STAFF, row.centre_id, cards.today(desk, row))


def _to_pass_on(turn: Turn, ticket: int) -> Seen:
    """The open ticket the speaker may give to somebody else; else it is shown as it stands (Answered)."""
    seen = cards.found(turn, ticket, to_change=True)
    if seen[0].state == "open" and cards.may_pass_on(turn, seen[0], turn.speaker.id):
        return seen
    cards.show(turn, seen)
    raise Answered


@conversation.button("fi", may=STAFF)
def pass_on(turn: Turn, ticket: int, person: int) -> None:
    """The new owner is told; there is never more than one."""
    seen = _to_pass_on(turn, ticket)
    if person not in {one.id for one in _office(turn, seen[0])}:
        cards.show(turn, seen, turn.language.text("This person does not work at the centre."))
        return
    if seen[0].owner_id != person:
        tickets.give(turn.session, seen[0], turn.session.get_one(Person, person))
        turn.log("ticket_passed_on", subject=seen[0])
        ask_now(turn, tickets.request_of(turn.session, seen[0]), "passed")
    cards.show(turn, seen, turn.language.text("Passed on."))


# --- as it is asked of its owner


SAID: Final = {
    OPEN: later("A unit asks the centre to look again. You are in charge of the answer."),
    "message": later("Somebody has written to the centre. You are in charge of the answer."),
    "passed": later("This request was passed on to you. You are in charge of the answer."),
    "remind": later("Reminder: this request is to be answered today."),
    "overdue": later("The deadline of this request has passed without an answer."),
}


@present
class Answer(Presenter):
    """The request to answer a ticket."""

    kind = tickets.KIND

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:
        seen = _seen(desk, row)
        said = "message" if step == OPEN and seen[1] is None else step
        text = cards.text_of(desk, language, seen, language.text(SAID[said]))
        return Message(text, cards.ways_of(desk, language, seen[0], reader.id), private=True)

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        seen = _seen(desk, row)
        ticket, sender = seen[0], cards.sender(desk, language, seen)
        text = language.text("Request no. {n} of {unit}", n=ticket.id, unit=sender)
        return text, Button(language.text("Answer"), actions.open_ticket, ticket=ticket.id)

    def is_settled(self, desk: Desk, row: Request) -> bool:
        return _seen(desk, row)[0].state != "open"

    def readers(self, desk: Desk, row: Request, step: Step) -> list[Person]:
        ticket, _unit = _seen(desk, row)
        if step.to != POST:
            return super().readers(desk, row, step)
        owner = tickets.owner_of(desk.session, ticket, cards.today(desk, ticket))
        return [owner] if owner is not None else []


def _seen(desk: Desk, row: Request) -> Seen:
    ticket = desk.session.get_one(Ticket, row.subject_id)  # never deleted
    return ticket, desk.session.get(Organisation, ticket.organisation_id) if ticket.organisation_id else None
