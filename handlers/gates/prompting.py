"""Discipline confirmations are asked of the units by themselves: so many days before the gate, and once more."""

from datetime import date

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message
from handlers.gates import confirmation_words as words
from handlers.gates.actions import open_card
from handlers.gates.confirmations import card
from handlers.requests.asking import ask
from handlers.requests.presenting import Presenter, present
from locales import Language
from storage.courses.courses import CourseClass
from storage.gates import confirmations
from storage.gates.confirmations import GATES, Sheet
from storage.people.people import Person
from storage.requests.policy import OPEN
from storage.requests.requests import Request

conversation = Conversation("confirmation_prompts")


@conversation.on_timer(confirmations.ASK)
def ask_units(desk: Desk, course: int, gate: int, day: str) -> None:
    """Every unit with learners is asked, unless the gate is on another day now, or is none any more."""
    row = desk.session.get(CourseClass, course)
    if row is None or confirmations.gate_days(desk.session, row).get(GATES[gate]) != date.fromisoformat(day):
        return
    centre = desk.centre(row.centre_id)
    calendar = desk.calendar(centre)
    for unit in confirmations.units_of(desk.session, row, desk.today(centre)):
        sheet = confirmations.open_sheet(
            desk.session, calendar, row, unit, GATES[gate], desk.now, asking=True
        )
        if sheet is not None and sheet.learners and not sheet.is_locked:
            ask(desk, confirmations.ask(desk.session, calendar, sheet, desk.now), by_clock=True)


@present
class Remarks(Presenter):
    """The request to say something of a unit's learners before a gate, and to sign it."""

    kind = confirmations.KIND

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:
        sheet = _sheet(desk, row)
        assert sheet is not None, "what is not there any more is settled"
        is_asked = step in {OPEN, "now"}
        return card(desk, language, sheet, reader, "" if is_asked else _remaining(language, sheet))

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        gate, unit = confirmations.asked_for(row)
        course = desk.session.get_one(CourseClass, row.subject_id)
        name = words.gate_name(language, gate)
        text = language.text("Remarks: {gate}, {course}", gate=name, course=course.name)
        ids = {"course": course.id, "unit": unit, "gate": GATES.index(gate)}
        return text, Button(language.text("Remarks on learners"), open_card, **ids)

    def is_settled(self, desk: Desk, row: Request) -> bool:
        sheet = _sheet(desk, row)
        return sheet is None or not sheet.unsigned


def _sheet(desk: Desk, row: Request) -> Sheet | None:
    calendar = desk.calendar(desk.centre(row.centre_id))
    return confirmations.sheet_asked(desk.session, calendar, row, desk.now)


def _remaining(language: Language, sheet: Sheet) -> Markup:
    return language.count(
        "Reminder: {n} learner has no signed remarks yet.",
        "Reminder: {n} learners have no signed remarks yet.",
        len(sheet.unsigned),
    )
