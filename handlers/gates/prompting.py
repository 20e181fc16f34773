"""Discipline confirmations are asked of the units by themselves: so many days before the gate, and once more."""

from collections.abc import Callable
from datetime import date

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.gates.confirmations import card, told_key
from locales import Language
from storage.courses.courses import CourseClass
from storage.gates import confirmations
from storage.gates.confirmations import GATES, Sheet
from storage.messaging.outbox import BROADCAST
from storage.people.people import Person
from storage.reports.signing import present_heads

conversation = Conversation("confirmation_prompts")


@conversation.timer("confirm_ask")
def ask(desk: Desk, course: int, gate: int, day: str) -> None:
    """Every unit with learners gets its card, and a reminder is planned."""
    row = _course(desk, course, gate, day)
    if row is None:
        return
    sheets = _sheets(desk, row, GATES[gate], asking=True)
    for sheet in sheets:
        _tell(desk, sheet, "ask", day, lambda _language: "")
    if sheets:
        calendar = desk.calendar(desk.centre(row.centre_id))
        at = confirmations.remind_at(calendar, max(sheet.due_on for sheet in sheets))
        if at > desk.now:
            confirmations.plan_asking(
                desk.session, "confirm_remind", row, GATES[gate], date.fromisoformat(day), at
            )


@conversation.timer("confirm_remind")
def remind(desk: Desk, course: int, gate: int, day: str) -> None:
    """The day before it is due: whoever has not signed for all his learners, once."""
    row = _course(desk, course, gate, day)
    for sheet in _sheets(desk, row, GATES[gate]) if row is not None else ():
        if sheet.unsigned:
            n = len(sheet.unsigned)
            _tell(desk, sheet, "remind", day, lambda language, n=n: _remaining(language, n))  # type: ignore[misc]  # mypy cannot infer a lambda with a default


def _remaining(language: Language, n: int) -> Markup:
    return language.count(
        "Reminder: {n} learner has no signed remarks yet.",
        "Reminder: {n} learners have no signed remarks yet.",
        n,
    )


def _course(desk: Desk, course: int, gate: int, day: str) -> CourseClass | None:
    """The class, None where the gate is on another day now, or is none any more."""
    row = desk.session.get(CourseClass, course)
    if row is None or confirmations.gate_days(desk.session, row).get(GATES[gate]) != date.fromisoformat(day):
        return None
    return row


def _sheets(desk: Desk, course: CourseClass, gate: str, *, asking: bool = False) -> list[Sheet]:
    centre = desk.centre(course.centre_id)
    found = [
        confirmations.open_sheet(
            desk.session, desk.calendar(centre), course, unit, gate, desk.now, asking=asking
        )
        for unit in confirmations.units_of(desk.session, course, desk.today(centre))
    ]
    return [sheet for sheet in found if sheet is not None and sheet.learners and not sheet.is_locked]


def _tell(desk: Desk, sheet: Sheet, what: str, day: str, said: Callable[[Language], Markup | str]) -> None:
    centre = desk.centre(sheet.course.centre_id)
    due = desk.calendar(centre).next_sending_time(desk.now)
    for head in present_heads(desk.session, centre.id, sheet.unit.id, desk.today(centre)):
        desk.tell(
            head,
            lambda language, head=head: card(desk, language, sheet, head, said(language)),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            lane=BROADCAST,
            due=due,
            key=f"{told_key(sheet)}{what}:{day}:{head.id}",
        )


def tell_waiting(desk: Desk, head: Person) -> None:
    """A head has bound a chat: what his units are asked and nobody has signed comes to him."""
    from storage.reports.periods import units_headed

    centre = desk.centre(head.centre_id)
    units = units_headed(desk.session, [head], desk.today(centre))
    for course, gate, day in confirmations.asked_of(desk.session, units):
        for sheet in _sheets(desk, course, gate):
            if sheet.unit.id in units and sheet.unsigned:
                _tell(desk, sheet, "ask", day.isoformat(), lambda _language: "")
