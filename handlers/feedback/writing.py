"""Writing to the registrar: a message becomes a ticket with one press, whether it was typed for that or not understood.

Leave and coming late have no conversation of their own: what is typed of them is carried, with the session it concerns.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation, misfit
from handlers.engine.days import day_within
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.feedback.tickets import about_session
from handlers.menu.actions import NOT_REGISTRARS, cancel, carry, open_menu, write
from handlers.menu.menu import phone_line
from handlers.menu.unknown import say_keeping, words_kept
from handlers.requests.asking import ask
from locales import later
from storage.base.text import nfc
from storage.courses import timetable
from storage.courses.courses import CourseSession
from storage.feedback import tickets
from storage.people.people import STAFF, Role

conversation = Conversation("writing")

AHEAD: Final = timedelta(days=60)  # how far the session is looked for that somebody will miss
HELD: Final = "message_shown"
ATTENDING: Final = {Role.LEARNER, Role.LECTURER}


# --- what is to be carried ---


@conversation.does(write)
@conversation.command(
    "",
    words=later("write to the registrar, message the registrar, ask the registrar"),
    may=NOT_REGISTRARS,
    takes="all",
)
def ask_words(turn: Turn) -> None:
    """What was typed behind the words is the message; else it is asked for."""
    if turn.rest:
        _confirm(turn, turn.rest)
        return
    _ = turn.language.text
    asked = _("Please type in one message what the registrar should know.")
    turn.show(lines(turn.wrong, asked), [Button(_("Cancel"), cancel)])
    turn.ask(words_typed)


@conversation.question("message", longest=tickets.LONGEST, lines=True, again=ask_words, may=NOT_REGISTRARS)
def words_typed(turn: Turn, words: str) -> None:
    _confirm(turn, words)


@conversation.does(carry)
def carry_on(turn: Turn, row: int) -> None:
    """The words that were not understood: they are shown, and go with one more press."""
    words = nfc(words_kept(turn, row), lines=True)
    if words and len(words) > tickets.LONGEST:
        turn.wrong = misfit(turn.language, len(words), tickets.LONGEST)
    elif words:
        _confirm(turn, words)
        return
    ask_words(turn)


@conversation.command(
    "", words=later("ask for leave, I am late, I cannot come"), may=NOT_REGISTRARS, takes="all"
)
def absence_told(turn: Turn) -> None:
    """Whoever asks for leave or comes late: the registrar is told, with the session."""
    _confirm(turn, nfc(turn.incoming.text, lines=True), _session_missed(turn))


def _session_missed(turn: Turn) -> CourseSession | None:
    """Of the sessions one attends or teaches, the first of the day that is named, or else the next one."""
    if not turn.roles & ATTENDING:
        return None
    named = day_within(turn.incoming.text, turn.day)
    last = named or turn.day + AHEAD
    own = replace(turn.viewer, units=(), roles=turn.roles - STAFF)
    found = timetable.sessions_between(turn.session, own, turn.language.zone, named or turn.day, last)
    ahead = (seen.row for seen in found if not seen.is_cancelled and seen.row.ends_at > turn.now)
    return next(ahead, None)


# --- one confirmation ---


def _confirm(turn: Turn, words: str, about: CourseSession | None = None) -> None:
    _ = turn.language.text
    concerns = about_session(turn, turn.language, about) if about else Markup()
    asked = _("Should the assistant carry this message to the registrar? It has NOT been sent yet.")
    text = lines(asked, _("“{words}”", words=words[: tickets.LONGEST]), concerns)
    session = about.id if about else 0

    def card(row: int) -> Message:
        go = Button(_("Send to registrar"), send, row=row, session=session)
        return Message(text, [[go], [Button(_("Cancel"), cancel)]], private=True)

    say_keeping(turn, words, card)
    turn.hold(HELD)


@conversation.button("ws", may=NOT_REGISTRARS)
def send(turn: Turn, row: int, session: int) -> None:
    words = words_kept(turn, row)[: tickets.LONGEST]
    if not words:
        ask_words(turn)
        return
    waiting = tickets.messages_waiting(turn.session, turn.speaker.id)
    if len(waiting) >= tickets.MOST_WAITING and words not in {one.text for one in waiting}:
        _say_full(turn)
        return
    about = (
        timetable.session_seen(turn.session, turn.viewer, turn.language.zone, session) if session else None
    )
    ticket = tickets.open_message(
        turn.session, turn.calendar(turn.home), turn.speaker, words, turn.now, about
    )
    if ticket is None:
        told = turn.language.text("The centre has named nobody yet who answers this. Please call it.")
        turn.show(lines(told, phone_line(turn)), _menu(turn))
        return
    turn.log("message_sent", subject=ticket)
    ask(turn, tickets.request_of(turn.session, ticket), by_clock=False)
    _say_sent(turn, ticket)


def _say_full(turn: Turn) -> None:
    turn.met.append("messages")
    told = turn.language.count(
        "{n} message of yours waits for an answer; this one was NOT sent.",
        "{n} messages of yours wait for an answer; this one was NOT sent.",
        tickets.MOST_WAITING,
    )
    turn.show(lines(told, phone_line(turn)), _menu(turn))


def _say_sent(turn: Turn, ticket: tickets.Ticket) -> None:
    _ = turn.language.text
    told = {"n": ticket.id, "moment": turn.language.moment(ticket.due_at)}
    text = _("The registrar has your message, as no. {n}. The answer comes here by {moment}.", **told)
    turn.show(text, _menu(turn))


def _menu(turn: Turn) -> list[Button]:
    return [Button(turn.language.text("Menu"), open_menu)]
