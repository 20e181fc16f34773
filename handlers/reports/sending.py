"""Conduct reports from the first tap to the receipt: all well, looking it over, sending, correcting."""

from datetime import date

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import listing
from handlers.engine.turn import Turn
from handlers.reports import handing_over, learner, moving, names, opening, receiving, words
from handlers.reports.words import FILLERS, conversation
from locales import Language
from storage.reports import entries, ladder, signing
from storage.reports.reports import ReportView
from storage.reports.signing import Acting
from storage.requests import requests


@conversation.button("bw", may=FILLERS)
def all_well(turn: Turn, report: int) -> None:
    """Whoever is already mentioned stays so, and is named before anything is sent."""
    view = opening.headed(turn, report, revision=0)
    entries.mark_roll_call(turn.session, view)
    view.report.state = "well"
    onward(turn, view)


@conversation.button("bn", may=FILLERS)
def carry_on(turn: Turn, report: int) -> None:
    """Go on where the head left off."""
    view = opening.headed(turn, report)
    state = view.report.state
    if state == "open" or view.is_locked(turn.now):
        opening.show_card(turn, view)
    elif state == "picking":
        names.show_names(turn, view, 0)
    elif state == "together":
        names.show_together(turn, view)
    else:
        onward(turn, view)


def onward(turn: Turn, view: ReportView) -> None:
    """Ask for what is still missing, one learner after the other; then look it over."""
    if view.pending:
        learner.ask_about(turn, view, *view.pending[0])
    elif view.report.revision and not view.report.changed:
        opening.show_card(turn, view)
    else:
        turn.show(check_card(turn, turn.language, view))


def check_card(
    desk: Desk, language: Language, view: ReportView, said: Markup | str = "", *, day: date | None = None
) -> Message:
    """Everything that would be sent, before it is sent. `day` is when it was received, where the centre enters it."""
    _ = language.text
    ids = {"report": view.report.id}
    buttons = [
        *_ways_out(desk, language, view, day),
        [Button(_("Correct"), correct, **ids, page=0)],
        *([[Button(_("Note"), learner.choose_note, **ids, page=0)]] if view.entries else []),
        [Button(_("Back"), opening.open_card, **ids)],
    ]
    received = receiving.day_line(desk, language, view, day) if view.acting == Acting.ENTERS else ""
    return Message(lines(said, check_words(desk, language, view), received), buttons, private=True)


def _ways_out(desk: Desk, language: Language, view: ReportView, day: date | None) -> list[list[Button]]:
    """Send it; or, where that is not the reader's to do, pass it to the head or enter it as received."""
    _, report = language.text, view.report
    if view.acting == Acting.PREPARES:
        label = _("Submit to the head")
        return [[Button(label, handing_over.submit, report=report.id, content=view.fingerprint)]]
    if view.acting == Acting.ENTERS:
        return receiving.ways(desk, language, view, day)
    ids = {"report": report.id, "revision": report.revision, "content": view.fingerprint}
    return [[Button(_("Send"), send, **ids)]]


def check_words(desk: Desk, language: Language, view: ReportView, *, says_well: bool = False) -> Markup:
    """Everything that would be sent, in words; `says_well`: the head has just said so of all."""
    counts = words.counts(language, len(view.learners), len(view.mentioned))
    named = words.mentions(language, view)
    told = Markup("{}: {}").format(counts, words.listed(language, named)) if named else counts + "."
    return lines(
        words.heading(language, view),
        Markup("<b>{}</b> {}").format(_not_sent(language, view), told),
        words.on_paper(language, view.on_paper),
        words.contradiction(language, view, says_well=says_well or view.report.state == "well"),
        words.deadline(language, view, desk.now) if _will_be_late(desk, view) else "",
        words.capacity_line(language, view.acting),
    )


def _not_sent(language: Language, view: ReportView) -> Markup:
    _ = language.text
    if view.acting == Acting.ENTERS:
        return _("This is NOT entered yet.")
    return (
        _("The corrections are NOT sent yet.") if view.report.revision else _("The report is NOT sent yet.")
    )


def _will_be_late(desk: Desk, view: ReportView) -> bool:
    """Whether it is marked as late when it is sent: a correction is not, nor what the centre has received."""
    return view.is_late(desk.now) and not view.report.revision and view.acting != Acting.ENTERS


@conversation.button("bg", may=FILLERS)
def send(turn: Turn, report: int, revision: int, content: int) -> None:
    """Make the next version, once: a second press, or another head's, finds it sent and gets the receipt."""
    view = opening.headed(turn, report, revision=revision)
    signs = view.acting in signing.SIGNING
    if view.pending or not signs or (view.report.revision and not view.report.changed):
        onward(turn, view)
    elif view.fingerprint != content:
        changed = turn.language.text("This has changed meanwhile. Please look it over again:")
        turn.show(check_card(turn, turn.language, view, changed))
    else:
        finish(turn, view, entries.How(capacity=view.acting))


def finish(turn: Turn, view: ReportView, how: entries.How) -> None:
    """Make the next version, and tell whom it concerns; whoever sent it sees the receipt."""
    preparer = view.report.prepared_by
    entries.send(turn.session, turn.links.keyring, view, turn.speaker.id, turn.now, how)
    for person, _entry in view.mentioned:
        opening.note_in_log(turn, view, "conduct_reported", person.id)
    row = ladder.request_of(view.report)
    requests.settle(turn.session, row, turn.now)
    if view.report.revision == 1:
        requests.NEXT.plan(turn.session, str(row.id), turn.now, request=row.id)
    moving.tell_of_sending(turn, view, turn.speaker, preparer)
    _ = turn.language.text
    thanks = _("The centre has received the report. Thank you.")
    opening.show_card(turn, view, _("The report is entered.") if view.acting == Acting.ENTERS else thanks)


@conversation.button("bf", may=FILLERS)
def correct(turn: Turn, report: int, page: int) -> None:
    """The names once more: a name, what is mentioned of it, and it can be sent again."""
    _ = turn.language.text
    view = opening.headed(turn, report, changing=True)
    ids = {"report": report, "page": learner.ONWARD, "revision": view.report.revision}
    choices = [
        Button(
            names.name_label(turn.language, view, one),
            learner.open_learner,
            **ids,
            learner=one.id,
        )
        for one in view.to_pick
    ]
    rows = listing(turn, choices, page, correct, report=report)
    text = lines(words.heading(turn.language, view), _("Please choose the learner to correct."))
    buttons = [*rows, [Button(_("Back"), opening.open_card, report=report)]]
    turn.show(Message(text, buttons, private=True, hint=words.line_hint(turn.language)))
