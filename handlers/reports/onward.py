"""What comes next while a report is filled in."""

from markupsafe import Markup

from handlers.engine.turn import Turn
from handlers.reports import opening
from handlers.reports.cards.check import check_card
from handlers.reports.cards.learner import ask_about
from storage.reports.reports import ReportView


def onward(turn: Turn, view: ReportView, said: Markup | str = "") -> None:
    """Ask for what is still missing, one learner after the other; then look it over."""
    if view.pending:
        ask_about(turn, view, *view.pending[0], said)
    elif view.report.revision and not view.report.changed:
        opening.show_card(turn, view, said)
    else:
        show_check(turn, view, said)


def show_check(turn: Turn, view: ReportView, said: Markup | str) -> None:
    turn.show(check_card(turn, turn.language, view, said))
