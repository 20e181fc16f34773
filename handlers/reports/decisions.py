"""What the director decides about a missing report (002-16): to the superior, a call first, or more time."""

from datetime import datetime, timedelta
from functools import partial

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Document, Message, lines
from handlers.engine.turn import Turn
from handlers.reports import actions, letter, words
from handlers.reports import escalating as questions
from handlers.requests.asking import put
from handlers.requests.deciding import day_choices, give_time
from locales import Language
from storage.people import offices
from storage.people.people import Person, Role, contacts_of
from storage.reports import escalations, ladder
from storage.reports.escalations import CALL, EXTEND, SUPERIOR, Question
from storage.reports.reports import ReportView
from storage.requests.policy import morning

conversation = Conversation("conduct_decisions")


def _decide(turn: Turn, view: ReportView, decision: str) -> None:
    escalations.decide(turn.session, view.report.id, decision, turn.speaker.id, turn.now)
    turn.log(f"conduct_{decision}", subject=view.report)


# --- to the superior ---


@conversation.does(actions.letter_previewed)
def letter_previewed(turn: Turn, report: int) -> None:
    """The letter as it would go, before anything goes."""
    _, language = turn.language.text, turn.language
    found = questions.question(turn, report)
    people = _reached(turn, found)
    how = (
        _("The assistant sends this to {names} in the chat.", names=", ".join(one.name for one in people))
        if people
        else _("No superior is connected here: the assistant prepares it to print and sign.")
    )
    not_sent = Markup("<b>{}</b>").format(_("This letter is NOT sent yet."))
    yes = Button(_("Send") if people else _("Prepare to print"), send_letter, report=report)
    buttons = [[yes], [Button(_("File to print"), print_letter, report=report)],
               [Button(_("Back"), actions.open_question, report=report)]]  # fmt: skip
    turn.show(Message(lines(not_sent, _text(turn, language, found, people[:1]), how), buttons))


def _text(turn: Turn, language: Language, found: Question, people: list[Person]) -> Markup:
    person = next(iter(people or escalations.superiors(turn.session, turn.viewer, found.view.unit)), None)
    to = letter.addressee(language, turn, found.view.unit, person)
    return letter.text(language, turn.home, found.view, to)


def _reached(turn: Turn, found: Question) -> list[Person]:
    """The superiors a chat reaches."""
    people = escalations.superiors(turn.session, turn.viewer, found.view.unit)
    return [person for person in people if contacts_of(turn.session, person.id)]


@conversation.button("rf", may=actions.DIRECTOR)
def print_letter(turn: Turn, report: int) -> None:
    questions.question(turn, report)
    turn.say(_document(turn, report))


def _document(turn: Turn, report: int) -> Message:
    text = turn.language.text("The letter, to print and sign.")
    file = Document(letter.letter_file, f"kinh-gui-{report}.txt", {"report": report})
    return Message(text, document=file)


@conversation.button("rh", may=actions.DIRECTOR)
def send_letter(turn: Turn, report: int) -> None:
    """The director has confirmed: it goes to the superior's chat, in sending hours, or is prepared to print."""
    _ = turn.language.text
    found = questions.question(turn, report)
    people = _reached(turn, found)
    _decide(turn, found.view, SUPERIOR)
    due = turn.calendar(turn.home).next_sending_time(turn.now)
    for person in people:
        card = partial(_letter_card, turn, found, person)
        put(turn, ladder.request_of(found.view.report), "superior", person, card, due)
    names = ", ".join(person.name for person in people)
    sent = _("The letter goes to {names} at {moment}.", names=names, moment=turn.language.moment(due))
    questions.done(turn, found, sent if people else _("It is recorded that you send the letter in print."))
    turn.say(_document(turn, report))


def _letter_card(turn: Turn, found: Question, person: Person, language: Language) -> Message:
    return Message(_text(turn, language, found, [person]))


# --- a call first ---


@conversation.does(actions.call_first)
def call_first(turn: Turn, report: int) -> None:
    """Whom to call, and when the director is asked again."""
    _ = turn.language.text
    found = questions.question(turn, report)
    _decide(turn, found.view, CALL)
    again = morning(turn.calendar(turn.home), turn.day + timedelta(days=1))
    questions.plan_question(turn, found.view.period.id, again)
    asked = _(
        "If it has not come by {moment}, the assistant asks you again.", moment=turn.language.moment(again)
    )
    questions.done(turn, found, *_phones(turn, found), asked)


def _phones(turn: Turn, found: Question) -> list[Markup]:
    """The heads of the unit, then their deputies, with their numbers."""
    _ = turn.language.text
    heads, deputies = offices.heads_of(turn.session, turn.home.id, found.view.unit.id, turn.day)
    people = [(_("Head of unit"), one) for one in heads] + [(_("Deputy"), one) for one in deputies]
    no_phone = _("no phone number is recorded")
    told = [
        _("{role}: {name}, {phone}", role=role, name=one.name, phone=one.phone or no_phone)
        for role, one in people
    ]
    return told or [_("No head of this unit is recorded.")]


# --- more time ---


@conversation.does(actions.choose_extension)
def choose_extension(turn: Turn, report: int) -> None:
    _ = turn.language.text
    found = questions.question(turn, report)
    view = found.view
    text = lines(
        words.heading(turn.language, view),
        view.unit.name,
        _("By how many working days shall it be extended?"),
    )
    choices = day_choices(turn, turn.language, ladder.request_of(view.report), extend, report=report)
    turn.show(Message(text, [*choices, [Button(_("Back"), actions.open_question, report=report)]]))


@conversation.button("re", may=actions.DIRECTOR)
def extend(turn: Turn, report: int, days: int) -> None:
    """The unit has more time and is told so; its reminders begin anew."""
    _ = turn.language.text
    found = questions.question(turn, report)
    if days not in ladder.EXTENSIONS:
        choose_extension(turn, report=report)
        return
    until, told = give_more_time(turn, found.view, days)
    said = _("The unit has until {moment}.", moment=turn.language.moment(until))
    nobody = _("Nobody of the unit is connected.")
    questions.done(turn, found, said, _("The unit is being told.") if told else nobody)


def give_more_time(turn: Turn, view: ReportView, days: int) -> tuple[datetime, bool]:
    """Extend a report by so many working days: a director who was asked has thereby decided. Its new deadline, and
    whether anybody was told.
    """
    if Role.DIRECTOR in turn.roles:
        escalations.decide(turn.session, view.report.id, EXTEND, turn.speaker.id, turn.now)
    turn.log("conduct_extend", subject=view.report)
    return give_time(turn, ladder.request_of(view.report), days)
