"""Conduct reports from the first tap to the receipt: all well, looking it over, sending, correcting."""

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import listing
from handlers.engine.turn import Turn
from handlers.reports import actions, moving, opening, words
from handlers.reports.cards.check import check_card
from handlers.reports.cards.learner import ONWARD
from handlers.reports.cards.names import name_label, show_names, show_together
from handlers.reports.words import conversation
from storage.reports import entries, ladder, signing
from storage.reports.reports import ReportView, sent_content
from storage.reports.signing import Acting
from storage.requests import requests


@conversation.does(actions.all_well)
def all_well(turn: Turn, report: int) -> None:
    """Whoever is already mentioned stays so, and is named before anything is sent."""
    view = opening.headed(turn, report, revision=0)
    entries.mark_roll_call(turn.session, view)
    view.report.state = "well"
    opening.onward(turn, view)


@conversation.does(actions.clear_marked)
def clear_marked(turn: Turn, report: int, revision: int, on: int) -> None:
    """Leave out all that was marked before whoever fills it in came to it; or take that back."""
    view = opening.headed(turn, report, revision=revision)
    (entries.set_aside if on else entries.put_back)(turn.session, view)
    opening.onward(turn, view)


@conversation.does(actions.carry_on)
def carry_on(turn: Turn, report: int) -> None:
    """Go on where the head left off."""
    view = opening.headed(turn, report)
    state = view.report.state
    if state == "open" or view.is_locked(turn.now):
        opening.show_card(turn, view)
    elif state == "picking":
        show_names(turn, view, 0)
    elif state == "together":
        show_together(turn, view)
    else:
        opening.onward(turn, view)


@conversation.does(actions.send)
def send(turn: Turn, report: int, revision: int, content: int) -> None:
    """Make the next version, once: a second press, or another head's, finds it sent and gets the receipt."""
    view = opening.headed(turn, report, revision=revision)
    signs = view.acting in signing.SIGNING
    if view.pending or not signs or (view.report.revision and not view.report.changed):
        opening.onward(turn, view)
    elif view.fingerprint != content:
        changed = turn.language.text("This has changed meanwhile. Please look it over again:")
        turn.show(check_card(turn, turn.language, view, changed))
    else:
        finish(turn, view, entries.How(capacity=view.acting))


def finish(turn: Turn, view: ReportView, how: entries.How) -> None:
    """Make the next version, and tell whom it concerns; whoever sent it sees the receipt."""
    preparer, before = view.report.prepared_by, sent_content(turn.session, view.report)
    changes = entries.taken_back(turn.session, view, before) if view.report.revision else []
    entries.send(turn.session, turn.links.keyring, view, turn.speaker.id, turn.now, how)
    if view.mentioned:
        opening.log(turn, view, "conduct_reported", *(person.id for person, _entry in view.mentioned))
    row = ladder.request_of(view.report)
    requests.settle(turn.session, row, turn.now)
    if view.report.revision == 1:
        requests.NEXT.plan(turn.session, str(row.id), turn.now, request=row.id)
    if changes and view.acting != Acting.ENTERS:
        moving.tell_of_change(turn, view, turn.speaker, changes)
    moving.tell_of_sending(turn, view, turn.speaker, preparer)
    _ = turn.language.text
    thanks = _("The centre has received the report. Thank you.")
    opening.show_card(turn, view, _("The report is entered.") if view.acting == Acting.ENTERS else thanks)


@conversation.does(actions.correct)
def correct(turn: Turn, report: int, page: int) -> None:
    """The names once more: a name, what is mentioned of it, and it can be sent again."""
    _ = turn.language.text
    view = opening.headed(turn, report, changing=True)
    ids = {"report": report, "page": ONWARD, "revision": view.report.revision}
    names = {one.id: name_label(turn.language, view, one) for one in view.to_pick}
    choices = [Button(name, actions.open_learner, **ids, learner=one) for one, name in names.items()]
    rows = listing(turn, choices, page, correct, report=report)
    text = lines(words.heading(turn.language, view), _("Please choose the learner to correct."))
    buttons = [*rows, [Button(_("Back"), actions.open_card, report=report)]]
    turn.show(Message(text, buttons, private=True, hint=words.line_hint(turn.language)))
