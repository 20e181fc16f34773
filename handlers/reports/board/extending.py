"""The board of conduct reports: *Extend*. A unit, or every silent one, gets more working days and is told."""

from datetime import datetime

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.reports import words
from handlers.reports.board import actions, board
from handlers.reports.board.words import conversation
from handlers.requests.deciding import day_choices, give_time
from storage.people.people import STAFF
from storage.reports import ladder
from storage.reports.boards import Standing
from storage.reports.reports import report_view


@conversation.does(actions.choose_unit_to_extend)
def choose_unit_to_extend(turn: Turn, period: int, page: int) -> None:
    found = board.period_shown(turn, period)
    _ = turn.language.text
    missing = board.missing_of(turn, found[0])
    choices = [Button(one.unit.name, choose_days, report=one.report.id) for one in missing]
    every = [[Button(_("All of them"), choose_days_for_all, period=period)]] if len(missing) > 1 else []
    back = [Button(_("Back"), actions.open_period, period=period)]
    asked = _("More time for which unit?") if missing else _("Every unit has sent its report.")
    text = lines(words.heading_of(turn.language, *found), asked)
    pick(turn, text, choices, page, choose_unit_to_extend, *every, back, period=period)


@conversation.button("od", may=STAFF)
def choose_days(turn: Turn, report: int) -> None:
    _, language = turn.language.text, turn.language
    period, course, one = board.report_shown(turn, report)
    if one.is_sent:
        board.show_period(turn, period, course, _sent_meanwhile(turn, one))
        return
    rows = day_choices(turn, language, ladder.request_of(one.report), grant, report=report)
    text = lines(
        words.heading_of(turn.language, period, course),
        _(
            "{unit}: how much more time? Deadline: {due}.",
            unit=one.unit.name,
            due=language.moment(one.due_at),
        ),
    )
    back = [Button(_("Back"), choose_unit_to_extend, period=period.id, page=0)]
    turn.show(Message(text, [*rows, back]))


def _sent_meanwhile(turn: Turn, one: Standing) -> Markup:
    return turn.language.text("{unit} has sent its report meanwhile.", unit=one.unit.name)


@conversation.button("og", may=STAFF)
def grant(turn: Turn, report: int, days: int) -> None:
    """Give one unit more time, and tell it."""
    period, course, one = board.report_shown(turn, report)
    if days not in ladder.EXTENSIONS:
        choose_days(turn, report=report)
        return
    until = _extend(turn, one, days)
    told = turn.language.text(
        "{unit} has time until {moment} now.", unit=one.unit.name, moment=turn.language.moment(until)
    ) if until else _sent_meanwhile(turn, one)  # fmt: skip
    board.show_period(turn, period, course, told)


@conversation.button("oa", may=STAFF)
def choose_days_for_all(turn: Turn, period: int) -> None:
    found = board.period_shown(turn, period)
    _ = turn.language.text
    n = len(board.missing_of(turn, found[0]))
    asked = turn.language.count(
        "How many working days more for {n} unit that has not sent?",
        "How many working days more for {n} units that have not sent?", n,
    )  # fmt: skip
    rows = [
        [Button(turn.language.count("{n} day", "{n} days", days), grant_all, period=period, days=days)]
        for days in ladder.EXTENSIONS
    ]
    back = [Button(_("Back"), choose_unit_to_extend, period=period, page=0)]
    turn.show(Message(lines(words.heading_of(turn.language, *found), asked), [*rows, back]))


@conversation.button("ob", may=STAFF)
def grant_all(turn: Turn, period: int, days: int) -> None:
    """Give all units that have not sent more time, and tell them."""
    found = board.period_shown(turn, period)
    if days not in ladder.EXTENSIONS:
        choose_days_for_all(turn, period=period)
        return
    given = [one for one in board.missing_of(turn, found[0]) if _extend(turn, one, days)]
    told = turn.language.count("{n} unit has more time now.", "{n} units have more time now.", len(given))
    board.show_period(turn, *found, told)


def _extend(turn: Turn, one: Standing, days: int) -> datetime | None:
    """The unit's new deadline; None when it has sent its report meanwhile."""
    view = report_view(turn.session, one.report.id)
    is_missing = view is not None and not view.report.revision
    return (
        give_time(turn, ladder.request_of(view.report), days)[0] if view is not None and is_missing else None
    )
