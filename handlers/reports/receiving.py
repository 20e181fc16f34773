"""A report received by phone or on paper (000-20): the registrar enters it on the head's own cards.

What the head has begun is kept, there is never a second report, and the head is told with the receipt.
"""

from datetime import date

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel, open_menu
from handlers.reports import actions, opening, words
from handlers.reports.cards.check import check_card
from handlers.reports.sending import finish
from locales import later
from storage.base.text import parse_date
from storage.people.people import Role
from storage.reports import entries, receiving
from storage.reports.entries import How
from storage.reports.reports import ConductReport, ReportView
from storage.reports.signing import Acting

conversation = Conversation("conduct_received")

REGISTRARS = frozenset({Role.REGISTRAR})
SOURCES = ("phone", "paper")  # the number on the wire is the place in this list: only append


# --- which report ---


def board_rows(turn: Turn, is_missing: bool, period: int) -> list[list[Button]]:
    """On the board of a period: the way here, for a registrar, while a report is missing."""
    if not is_missing or Role.REGISTRAR not in turn.roles:
        return []
    return [[Button(turn.language.text("Enter a report"), choose_unit, period=period, page=0)]]


@conversation.command(
    "nhapbaocao",
    words=later("enter a report"),
    about=later("Enter a report received otherwise"),
    may=REGISTRARS,
)
def open_entering(turn: Turn) -> None:
    choose_period(turn, page=0)


@conversation.button("hv", may=REGISTRARS)
def choose_period(turn: Turn, page: int) -> None:
    """The periods with reports to enter; of a single one it is clear."""
    periods = receiving.periods(turn.session, turn.viewer, turn.now)
    if len(periods) == 1:
        choose_unit(turn, period=periods[0][0].id, page=0)
        return
    _ = turn.language.text
    choices = [
        Button(words.label_of(turn.language, *row), choose_unit, period=row[0].id, page=0) for row in periods
    ]
    question = _("Of which period is the report?") if periods else _("No unit's report is missing now.")
    pick(turn, question, choices, page, choose_period, [Button(_("Back"), open_menu)])


@conversation.button("hw", may=REGISTRARS)
def choose_unit(turn: Turn, period: int, page: int) -> None:
    _ = turn.language.text
    reports = receiving.reports(turn.session, turn.viewer, period, turn.now)
    choices = [Button(unit.name, enter, report=report.id) for report, unit in reports]
    question = (
        _("Which unit has reported by phone or on paper?") if reports else _("No report is missing here.")
    )
    pick(turn, question, choices, page, choose_unit, [Button(_("Back"), open_menu)], period=period)


@conversation.button("hx", may=REGISTRARS)
def enter(turn: Turn, report: int) -> None:
    """From here on the cards are the head's own; what he has begun is on them."""
    _ = turn.language.text
    before = turn.session.get(ConductReport, report)
    is_mine = before is not None and before.prepared_by == turn.speaker.id
    row = receiving.claim(turn.session, turn.viewer, report, turn.now)
    if row is None:
        text = _("That report is not there, or its unit has sent it already.")
        turn.show(Message(text, [[Button(_("Another report"), choose_period, page=0)]]))
        return
    turn.log("conduct_entering", subject=row)
    begun = _("The unit has begun this report itself. What it has filled in is kept; please look it over.")
    view = opening.headed(turn, report)
    if not is_mine:
        entries.pass_on(turn.session, view)
    opening.open_view(turn, view, begun if row.state not in {"open", "sent"} and not is_mine else "")


# --- entering it ---


@conversation.does(actions.record)
def record(turn: Turn, report: int, revision: int, content: int, source: int, day: int) -> None:
    """*Ghi nhận*: the next version of the unit's one report, as it was received."""
    view = opening.headed(turn, report, revision=revision)
    received = date.fromordinal(day) if 0 < day <= date.max.toordinal() else None
    if view.acting != Acting.ENTERS:
        opening.show_card(turn, view)
    elif received is None or source not in range(len(SOURCES)) or _misfit(turn, view, received):
        _ask_day(turn, view, _misfit(turn, view, received or turn.day))
    elif view.pending or view.fingerprint != content or (view.report.revision and not view.report.changed):
        opening.onward(turn, view)
    else:
        due = turn.language.local(view.due_at).date()
        finish(turn, view, How("head", SOURCES[source], received, came_late=received > due))


def _misfit(turn: Turn, view: ReportView, day: date) -> Markup:
    """Why a report cannot have been received on a day; empty where it can."""
    _ = turn.language.text
    if day > turn.day:
        return _("{day} is still to come.", day=turn.language.full_day(day))
    if day < view.period.from_date:
        return _("{day} is before the days of this report.", day=turn.language.full_day(day))
    return Markup()


@conversation.does(actions.other_day)
def other_day(turn: Turn, report: int) -> None:
    _ask_day(turn, opening.headed(turn, report))


def _ask_day(turn: Turn, view: ReportView, why: Markup | str = "") -> None:
    _ = turn.language.text
    text = _(
        "On which day was it received? Please type it, such as {day}.", day=turn.language.short_day(turn.day)
    )
    turn.ask(day_typed, report=view.report.id)
    turn.show(Message(lines(words.heading(turn.language, view), why, text), [[Button(_("Cancel"), cancel)]]))


@conversation.step("received_day", may=REGISTRARS)
def day_typed(turn: Turn, text: str, report: int) -> None:
    view = opening.headed(turn, report)
    _ = turn.language.text
    day = parse_date(text, today=turn.day)
    why = _("The day in “{text}” was not understood.", text=text) if day is None else _misfit(turn, view, day)
    if day is None or why:
        _ask_day(turn, view, why)
    elif view.pending:
        opening.onward(turn, view)
    else:
        turn.show(check_card(turn, turn.language, view, day=day))
