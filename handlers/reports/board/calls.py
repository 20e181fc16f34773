"""The board of conduct reports: *Call*. Who can be called of the silent units, and who has been."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, fitting, lines
from handlers.engine.picking import listing
from handlers.engine.turn import Turn
from handlers.reports import words
from handlers.reports.board import actions, board
from handlers.reports.board.words import conversation
from locales import Language
from storage.courses.courses import CourseClass
from storage.people.people import STAFF, Person
from storage.reports import silence
from storage.reports.boards import Standing
from storage.reports.reports import ReportPeriod

Period = tuple[ReportPeriod, CourseClass]


def _to_call(one: Standing) -> list[Person]:
    """Whom prompts go to now, and the heads."""
    return list({person.id: person for person in (*one.silence.asked, *one.silence.heads)}.values())


@conversation.does(actions.open_calls)
def open_calls(turn: Turn, period: int, page: int) -> None:
    """Who can be called of the units that have not sent, with phone numbers; a tap on a name ticks it off."""
    _show_calls(turn, board.period_shown(turn, period), page)


def _show_calls(turn: Turn, period: Period, page: int, said: Markup | str = "") -> None:
    _ = turn.language.text
    missing = board.missing_of(turn, period[0])
    people = [(one, person) for one in missing for person in _to_call(one)]
    choices = [
        Button(_ticked(one, person), tick, report=one.report.id, person=person.id, page=page)
        for one, person in people
    ]
    rows = listing(turn, choices, page, open_calls, period=period[0].id)
    shown = {button.data for row in rows for button in row}
    numbers = [
        _number(turn.language, one, person)
        for (one, person), choice in zip(people, choices, strict=True)
        if choice.data in shown
    ]
    asked = _("Tap a name once you have called.") if people else _("There is nobody to call.")
    text = lines(said, words.heading_of(turn.language, *period), *fitting(numbers, turn.room), asked)
    back = [Button(_("Back"), actions.open_period, period=period[0].id)]
    turn.show(Message(text, [*rows, back]))


def _ticked(one: Standing, person: Person) -> str:
    """Such as "[x] Lê Văn Bình, Trường THCS Lê Lợi"."""
    mark = "[x] " if person.id in one.called else ""
    return f"{mark}{person.name}, {one.unit.name}"


def _number(language: Language, one: Standing, person: Person) -> Markup:
    _ = language.text
    phone = person.phone or _("no phone number recorded")
    told = _("{unit}: comrade {name}, {phone}", unit=one.unit.name, name=person.name, phone=phone)
    at = one.called.get(person.id)
    return _("{line} (called at {moment})", line=told, moment=language.moment(at)) if at else told


@conversation.button("ot", may=STAFF)
def tick(turn: Turn, report: int, person: int, page: int) -> None:
    """Somebody was called; a second tap takes it back. The log keeps both."""
    _ = turn.language.text
    period, course, one = board.report_shown(turn, report)
    callee = next((who for who in _to_call(one) if who.id == person), None)
    if callee is None or one.is_sent:
        _show_calls(turn, (period, course), page, _("That person is not on the list any more."))
        return
    done = person not in one.called
    turn.log(silence.CALLED if done else silence.NOT_CALLED, subject=one.report, about=callee)
    said = (
        _("Kept: {name} was called.", name=callee.name)
        if done
        else _("Taken back: {name}.", name=callee.name)
    )
    _show_calls(turn, (period, course), page, said)
