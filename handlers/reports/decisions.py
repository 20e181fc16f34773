"""What the director decides about a missing report (002-16): a letter to the superior, besides what is done for every
kind of request. It names no learner.
"""

from functools import partial

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Document, Message, file_called, lines
from handlers.engine.turn import Turn
from handlers.papers import letter
from handlers.requests import deciding
from handlers.requests.actions import DIRECTOR, open_question
from handlers.requests.asking import put
from handlers.requests.presenting import missing_line, presenter_of, who
from locales import Language, later
from storage.people.offices import heads_of
from storage.people.people import Organisation, Person, contacts_of
from storage.reports.reports import KIND
from storage.requests import requests
from storage.requests.requests import Request

conversation = Conversation("conduct_decisions")
NOTE = later("Nothing goes to a superior unless you decide so.")


def question_card(desk: Desk, language: Language, row: Request) -> Message:
    """The question about one report."""
    _ = language.text
    missing = Markup("<b>{}</b>").format(_("A conduct report has not come"))
    to_superior = [Button(_("Send to superior"), preview_letter, report=row.subject_id)]
    text = lines(missing, missing_line(desk, language, row), _(NOTE))
    return Message(text, [to_superior, *deciding.ways(language, row)])


def _request_id(turn: Turn, report: int) -> int:
    """Of what is asked there; 0 where there is no such report."""
    row = requests.request_about(turn.session, KIND, report)
    return row.id if row is not None else 0


def _asked(turn: Turn, report: int) -> Request:
    """The request while it can be decided on; else it is said how it stands (Answered)."""
    return deciding.question(turn, _request_id(turn, report))


@conversation.button("rg", may=DIRECTOR)
def preview_letter(turn: Turn, report: int) -> None:
    """The letter as it would go, before anything goes."""
    _, row = turn.language.text, _asked(turn, report)
    people = _reached(turn, row)
    how = (
        _("The assistant sends this to {names} in the chat.", names=", ".join(one.name for one in people))
        if people
        else _("No superior is connected here: the assistant prepares it to print and sign.")
    )
    not_sent = Markup("<b>{}</b>").format(_("This letter is NOT sent yet."))
    letter = _letter(turn, row, next(iter(people), None), turn.language)
    turn.show(Message(lines(not_sent, letter, how), [
        [Button(_("Send") if people else _("Prepare to print"), send_letter, report=report)],
        [Button(_("File to print"), print_letter, report=report)],
        [Button(_("Back"), open_question, request=row.id)],
    ]))  # fmt: skip


def _reached(turn: Turn, row: Request) -> list[Person]:
    """The superiors a chat reaches."""
    return [person for person in _superiors(turn, row) if contacts_of(turn.session, person.id)]


@conversation.button("rf", may=DIRECTOR)
def print_letter(turn: Turn, report: int) -> None:
    _say_letter(turn, _asked(turn, report), report)


def _say_letter(turn: Turn, row: Request, report: int) -> None:
    _ = turn.language.text
    name = file_called(_("Letter to the body above {unit}", unit=who(turn, row)), "docx")
    file = Document(letter_file, name, {"report": report})
    turn.say(Message(_("The letter, to print and sign."), document=file))


@conversation.button("rh", may=DIRECTOR)
def send_letter(turn: Turn, report: int) -> None:
    """The director has confirmed: it goes to the superior's chat, in sending hours, or is prepared to print."""
    _, row = turn.language.text, _asked(turn, report)
    row.decision = deciding.SUPERIOR
    presenter_of(row).log(turn, row, deciding.SUPERIOR)
    people, due = _reached(turn, row), turn.calendar(turn.home).next_sending_time(turn.now)
    for person in people:
        step = f"{deciding.SUPERIOR}{requests.round_of(row)}"
        put(turn, row, step, person, partial(_letter_card, turn, row, person), due)
    names = ", ".join(person.name for person in people)
    sent = _("The letter goes to {names} at {moment}.", names=names, moment=turn.language.moment(due))
    deciding.done(turn, row, sent if people else _("It is recorded that you send the letter in print."))
    _say_letter(turn, row, report)


def _letter_card(desk: Desk, row: Request, person: Person, language: Language) -> Message:
    return Message(_letter(desk, row, person, language))


# --- the letter ---


def _superiors(desk: Desk, row: Request) -> list[Person]:
    """The heads of the body the unit belongs to, deputies left out; empty where none is known."""
    body = desk.session.get_one(Organisation, row.organisation_id).parent_id
    day = desk.today(desk.centre(row.centre_id))
    return heads_of(desk.session, row.centre_id, body, day)[0] if body is not None else []


def _letter(desk: Desk, row: Request, reader: Person | None, language: Language) -> Markup:
    """The letter to one of the superiors; where there is no reader, to the first that is known."""
    addressee = _addressee(desk, row, reader or next(iter(_superiors(desk, row)), None), language)
    return lines(language.text("To: {addressee}.", addressee=addressee), *_body(desk, row, language))


def _body(desk: Desk, row: Request, language: Language) -> list[Markup | str]:
    _, centre = language.text, desk.centre(row.centre_id)
    due = language.year_day(language.local(row.deadline or row.opens_at).date())
    report = presenter_of(row).line(desk, language, row)[0]
    return [
        _("To this day the centre has not received the {report} of {unit} (deadline {due}).",
          report=report, unit=who(desk, row), due=due),
        _("We respectfully ask for your attention and direction."),
        _("Contact: {centre}, {phone}.", centre=centre.name, phone=centre.phone) if centre.phone else "",
        _("Respectfully."),
    ]  # fmt: skip


def _addressee(desk: Desk, row: Request, person: Person | None, language: Language) -> Markup:
    """Whom the letter is to: a person, or the leaders of the body the unit belongs to."""
    _ = language.text
    if person is not None:
        post = f", {person.position}" if person.position else ""
        return _("comrade {name}{post}", name=person.name, post=post)
    unit = desk.session.get_one(Organisation, row.organisation_id)
    if unit.parent_id is not None:
        return _("the leaders of {body}", body=desk.session.get_one(Organisation, unit.parent_id).name)
    return _("the leaders of the body above {unit}", unit=unit.name)


@conversation.paper("superior_letter")
def letter_file(desk: Desk, language: Language, report: int) -> bytes:
    """The letter to print and sign (handlers/papers.py)."""
    _, row = language.text, requests.request_about(desk.session, KIND, report)
    assert row is not None, "a report that was asked for is never deleted"
    about = _("On the conduct report of {unit}", unit=who(desk, row))
    to = _addressee(desk, row, next(iter(_superiors(desk, row)), None), language)
    body, centre = _body(desk, row, language), desk.centre(row.centre_id)
    return letter(desk, language, centre, symbol="CV/TTCT", about=about, to=to, body=body)


# --- buttons sent before requests had their own ---


@conversation.button("ro", may=DIRECTOR)
def open_former(turn: Turn, report: int) -> None:
    deciding.open_question(turn, request=_request_id(turn, report))


@conversation.button("rt", may=DIRECTOR)
def call_first(turn: Turn, report: int) -> None:
    deciding.call_first(turn, request=_request_id(turn, report))


@conversation.button("rx", may=DIRECTOR)
def choose_days(turn: Turn, report: int) -> None:
    deciding.choose_days(turn, request=_request_id(turn, report))


@conversation.button("re", may=DIRECTOR)
def extend(turn: Turn, report: int, days: int) -> None:
    deciding.extend(turn, request=_request_id(turn, report), days=days)
