"""What comes next while a report is filled in."""

from handlers.engine.turn import Turn
from handlers.reports import opening
from handlers.reports.cards.check import check_card
from handlers.reports.cards.learner import ask_about
from storage.reports.reports import ReportView


def onward(turn: Turn, view: ReportView) -> None:
    """Ask for what is still missing, one learner after the other; then look it over."""
    if view.pending:
        ask_about(turn, view, *view.pending[0])
    elif view.report.revision and not view.report.changed:
        opening.show_card(turn, view)
    else:
        turn.show(check_card(turn, turn.language, view))
