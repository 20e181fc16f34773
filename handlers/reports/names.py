"""Conduct reports: the list of names, picking those to mention, one content for all of them."""

from markupsafe import Markup

from handlers.engine.turn import Turn
from handlers.reports import actions, opening, words
from handlers.reports.cards.learner import ONWARD, ask_note
from handlers.reports.cards.names import show_names, show_together
from handlers.reports.words import conversation
from storage.reports import entries
from storage.reports.reports import category_at

# --- the list of names ---


@conversation.does(actions.open_names)
def open_names(turn: Turn, report: int, page: int) -> None:
    view = opening.headed(turn, report, revision=0)
    entries.mark_roll_call(turn.session, view)
    view.report.state = "picking"
    show_names(turn, view, page)


@conversation.does(actions.pick)
def pick(turn: Turn, report: int, learner: int, page: int) -> None:
    view = opening.headed(turn, report, revision=0)
    view.report.state = "picking"
    if view.learner(learner) is None:
        show_names(turn, view, page, words.not_in_report(turn.language))
        return
    entries.pick(turn.session, view, learner)
    show_names(turn, view, page)


@conversation.does(actions.unpick)
def unpick(turn: Turn, report: int, learner: int, page: int) -> None:
    """Take a pick back; an old button does not take away what was said meanwhile."""
    view = opening.headed(turn, report, revision=0)
    view.report.state = "picking"
    entry = view.entries.get(learner)
    said: Markup | str = ""
    if view.learner(learner) is None:
        said = words.not_in_report(turn.language)
    elif entry is not None and entry.category:
        said = turn.language.text(
            "Something is already said of this learner; choose the name again to change it."
        )
    elif entry is not None:
        entries.leave_out(turn.session, view, learner)
    show_names(turn, view, page, said)


@conversation.does(actions.names_done)
def names_done(turn: Turn, report: int) -> None:
    """*Done*: now one after the other."""
    view = opening.headed(turn, report, revision=0)
    if not view.entries:
        show_names(
            turn, view, 0, turn.language.text("Nobody is chosen yet. If all is well, go back and say so.")
        )
        return
    view.report.state = "filling"
    opening.onward(turn, view)


@conversation.does(actions.together)
def together(turn: Turn, report: int) -> None:
    """*Same for all*: one tap for everyone picked of whom nothing is said yet."""
    view = opening.headed(turn, report, revision=0)
    view.report.state = "together"
    show_together(turn, view)


@conversation.does(actions.say_of_all)
def say_of_all(turn: Turn, report: int, category: int) -> None:
    view = opening.headed(turn, report, revision=0)
    kind = category_at(category)
    if kind is None:
        show_together(turn, view)
        return
    for person, entry in view.pending:
        if not entry.category:
            entries.choose(turn.session, view, person.id, kind)
    view.report.state = "filling"
    if len(view.pending) > 1:  # ethics: the note, too, is asked once
        ask_note(turn, view, None, ONWARD)
    else:
        opening.onward(turn, view)
