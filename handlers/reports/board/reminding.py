"""The board of conduct reports: *Remind* (000-20). A silent unit is reminded in sending hours, at most once a day."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.reports import prompting, words
from handlers.reports.board import actions, board
from handlers.reports.board.words import conversation
from storage.courses.courses import CourseClass
from storage.messaging import timers
from storage.people.people import STAFF
from storage.reports.boards import Standing
from storage.reports.reports import ReportPeriod

Period = tuple[ReportPeriod, CourseClass]


@conversation.does(actions.remind)
def remind(turn: Turn, period: int) -> None:
    """Whom a reminder would reach, and when; nothing is sent yet."""
    found = board.period_shown(turn, period)
    _ = turn.language.text
    missing = board.missing_of(turn, found[0])
    units = _remindable(turn, missing)
    rest = len(missing) - len(units)
    text = lines(
        words.heading_of(turn.language, *found),
        turn.language.count("{n} unit can be reminded.", "{n} units can be reminded.", len(units)),
        turn.language.count(
            "{n} unit cannot: nobody there is reached, or he has had a message of that day, or asked to be reminded "
            "later.",
            "{n} units cannot: nobody there is reached, or he has had a message of that day, or asked to be reminded "
            "later.",
            rest,
        ) if rest else "",
        _when(turn) if units else "",
    )  # fmt: skip
    rows = [
        [Button(_("Send reminder"), send_reminders, period=period)],
        [Button(_("Remind one unit"), choose_unit_to_remind, period=period, page=0)],
    ]
    back = [Button(_("Back"), actions.open_period, period=period)]
    turn.show(Message(text, [*(rows if units else []), back]))


def _when(turn: Turn) -> Markup:
    _, due = turn.language.text, board.due(turn, turn.home.id)
    if due <= turn.now:
        return _("The reminder goes at once.")
    return _("The reminder waits for working hours: {moment}.", moment=turn.language.moment(due))


def _remindable(turn: Turn, missing: Sequence[Standing]) -> list[Standing]:
    due = board.due(turn, turn.home.id)
    day = turn.language.local(due).date()
    return [one for one in missing if one.to_remind(due, day)]


@conversation.button("os", may=STAFF)
def send_reminders(turn: Turn, period: int) -> None:
    """Remind all who can be, however often it is pressed and by whom: once a day."""
    found = board.period_shown(turn, period)
    _remind(turn, found, _remindable(turn, board.missing_of(turn, found[0])))


@conversation.button("on", may=STAFF)
def choose_unit_to_remind(turn: Turn, period: int, page: int) -> None:
    found = board.period_shown(turn, period)
    _ = turn.language.text
    units = _remindable(turn, board.missing_of(turn, found[0]))
    choices = [Button(one.unit.name, remind_unit, report=one.report.id) for one in units]
    back = [Button(_("Back"), remind, period=period)]
    pick(turn, _("Remind which unit?"), choices, page, choose_unit_to_remind, back, period=period)


@conversation.button("om", may=STAFF)
def remind_unit(turn: Turn, report: int) -> None:
    period, course, one = board.report_shown(turn, report)
    _remind(turn, (period, course), _remindable(turn, [one]) if period.opens_at <= turn.now else [])


def _remind(turn: Turn, period: Period, units: Sequence[Standing]) -> None:
    """Set a timer a unit, for the first moment of sending hours: what is true then is looked at then."""
    due = board.due(turn, turn.home.id)
    for one in units:
        key = f"{one.report.id}:{turn.language.local(due):%y%m%d}"
        timers.plan(turn.session, "conduct_nudge", key, due, report=one.report.id)
        turn.log("conduct_nudged", subject=one.report)
    told = turn.language.count("{n} unit is reminded.", "{n} units are reminded.", len(units))
    nobody = turn.language.text(
        "There is nobody to remind: whoever can be reached has had a message of that day."
    )
    board.show_period(turn, *period, lines(told, _when(turn)) if units else nobody)


@conversation.timer("conduct_nudge")
def nudge(desk: Desk, report: int) -> None:
    """The centre's reminder goes out, unless the report has been sent meanwhile or the day's message has gone."""
    prompting.remind_now(desk, report)
