"""A conduct report typed as a sentence: "tat ca tot tru An di muon 2, Binh vang phep", "3 muộn 2; còn lại tốt" (000-18).

Nothing is saved before *Send*: what was understood is shown with names, and waits in the chat's state; what only the
writer knows is asked (handlers/reports/cards/asking.py), what is not understood is told.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel
from handlers.reports import actions, opening, words
from handlers.reports.actions import FILLERS
from handlers.reports.cards.asking import ask, ask_note
from handlers.reports.cards.check import check_words, clearing
from handlers.reports.sentence.meaning import Meant, Problem, Report, read_report
from handlers.reports.which import learners_of
from storage.reports import entries
from storage.reports.reports import ReportView, Told, category_at, category_number, load_entries

conversation = Conversation("conduct_line")
# Learner, number of the category, times (0: none told), note; one for each thing that is said of him.
Stored = Sequence[tuple[int, int, int, str]]

SHOWN: Final = "cl"  # a line until it is sent or something else is done


def go_on(turn: Turn, view: ReportView, typed: Mapping[str, Any]) -> None:
    """Ask what is open, or show what was understood; what was not is told, and nothing of the sentence is kept."""
    _ = turn.language.text
    said = read_report(
        typed["sentence"], learners_of(view), numbers=dict(typed["numbers"]), answers=typed["answers"]
    )
    if said is None or said.problem is not None:
        problem = said.problem if said and said.problem else Problem("part", typed["sentence"])
        told = lines(_wrong(turn, problem), _("Nothing was saved."))
    elif said.by_number and turn.list_is_unsure():
        told = _("The card has changed since you answered. Nothing was saved.")
    elif said.questions:
        ask(turn, view, said.questions[0], typed)
        return
    else:
        _confirm(turn, view, said, typed)
        return
    opening.show_card(turn, view, told)


def _wrong(turn: Turn, problem: Problem) -> Markup:
    """What is wrong, and what to do."""
    _, part = turn.language.text, problem.part
    part = part if len(part) <= words.EXCERPT else f"{part[: words.EXCERPT - 1].rstrip()}…"
    told = {
        "part": lambda: lines(_("This part was not understood: “{part}”.", part=part), _what_can_be_said(turn)),
        "nobody": lambda: _("There is no learner “{part}” in this report.", part=part),
        "number": lambda: _("Number {n} is not on the card.", n=part),
        "times": lambda: _("“{part}” is no number of sessions; they are counted from 1 to 99.", part=part),
        "unit": lambda: _("Only sessions are counted here, so “{part}” was not taken.", part=part),
        "twice": lambda: _("The same is said twice with different numbers: “{part}”.", part=part),
        "both": lambda: _("The sentence contradicts itself about comrade {name}.", name=part),
        "people": lambda: _("The sentence speaks of {n} learners, but the names do not make that number.", n=int(part)),
        "partial": lambda: _("It is not said how the conduct of the others is. If all is well, please type: all are well"),
        "readings": lambda: _("This can be understood in two ways. Please put commas between, or write names in full."),
        "long": lambda: _("The sentence is too long. Please send it in parts, or use the buttons."),
        "note": lambda: _("A note is too long; it may have at most 1,000 characters."),
    }  # fmt: skip
    return told[problem.kind]()


def _what_can_be_said(turn: Turn) -> Markup:
    _ = turn.language.text
    return _("It can be said: {what}.", what=", ".join(_(label).lower() for label in words.LABELS.values()))


def say_old(turn: Turn, view: ReportView) -> None:
    old = turn.language.text("That button is from before. This is how the report stands:")
    opening.show_card(turn, view, old)


# --- the confirmation ---


def _confirm(turn: Turn, view: ReportView, said: Report, typed: Mapping[str, Any]) -> None:
    """Everything that would be sent, before anything is written; what the roll-call says is in it."""
    _ = turn.language.text
    opening.note_seen(turn, view)
    before = view.fingerprint
    kept = [one for learner, meant in said.mentions.items() for one in _stored(learner, meant, typed)]
    view.entries = entries.overlaid(view, _meant(view, kept))
    if view.pending and view.pending[0][1].category:
        ask_note(turn, view, view.pending[0][0], typed)
    elif view.report.revision and not view.report.changed and view.fingerprint == before:
        load_entries(turn.session, view)
        opening.show_card(turn, view, _("The report says this already, so there is nothing to send."))
    else:
        show_confirmation(turn, view, kept, said.all_well, _stays(turn, view, said))


def show_confirmation(
    turn: Turn, view: ReportView, kept: Stored, well: bool, stays: Markup | str = ""
) -> None:
    """The report as it would be with what the sentence says, and *Send*."""
    _, report = turn.language.text, view.report
    turn.hold(SHOWN, report=report.id, kept=[list(one) for one in kept], well=well)
    ids = {"report": report.id, "revision": report.revision, "content": view.fingerprint}
    buttons = [
        [Button(_("Send"), send_line, **ids)],
        *clearing(turn.language, view, clear_line, report=report.id),
        [Button(_("Correct"), change_line, report=report.id)],
        [Button(_("Cancel"), cancel)],
    ]
    text = lines(check_words(turn, turn.language, view, says_well=well), stays)
    turn.say(Message(text, buttons, private=True))


def _stays(turn: Turn, view: ReportView, said: Report) -> Markup | str:
    """Who is mentioned though the sentence does not mention him: what was said before stays."""
    names = [
        words.full_name(view.learners, one)
        for one, entry in view.mentioned
        if one.id not in said.mentions and entry.source == view.hand
    ]
    if not names:
        return ""
    return turn.language.text(
        "Marked before, and kept: {names}. To change that, press Correct.", names=", ".join(names)
    )


def _stored(learner: int, meant: Meant, typed: Mapping[str, Any]) -> Stored:
    note = typed["notes"].get(str(learner)) or meant.note
    return [(learner, category_number(kind), times or 0, note) for kind, times in meant.said]


def _meant(view: ReportView, kept: Stored) -> dict[int, tuple[list[Told], str]]:
    """What a line says of each learner of the report; the number of sessions is the roll-call's where none is told."""
    meant: dict[int, tuple[list[Told], str]] = {}
    for learner, number, times, note in kept:
        category = category_at(number)
        if category is not None and view.learner(learner) is not None:
            counted = times or view.roll_call.get(learner, {}).get(category)
            meant.setdefault(learner, ([], note))[0].append((category, counted))
    return meant


@conversation.button("cg", may=FILLERS, aside=True)
def send_line(turn: Turn, report: int, revision: int, content: int) -> None:
    """Write what was shown and send it, in one go; what is not the same any more is shown anew, and not written."""
    waiting = turn.held(SHOWN)
    view = opening.headed(turn, report, revision=revision, changing=True)
    if waiting.get("report") != report:
        say_old(turn, view)
        return
    meant = _meant(view, waiting["kept"])
    view.entries = entries.overlaid(view, meant)
    if view.fingerprint != content:
        told = turn.language.text("The report has changed meanwhile. Please look it over again.")
        show_confirmation(turn, view, waiting["kept"], waiting["well"], told)
        return
    turn.done()
    load_entries(turn.session, view)
    for learner, (mentioned, note) in meant.items():
        entries.state(turn.session, view, learner, mentioned, note)
    view.report.state = view.report.state if view.report.revision else "filling"
    actions.send(turn, report=report, revision=revision, content=content)


@conversation.button("cz", may=FILLERS, aside=True)
def clear_line(turn: Turn, report: int, on: int) -> None:
    """Leave out who was marked before, but for those the sentence speaks of; or take that back."""
    waiting = turn.held(SHOWN)
    view = opening.headed(turn, report, changing=True)
    if waiting.get("report") != report:
        say_old(turn, view)
        return
    meant = _meant(view, waiting["kept"])
    if on:
        entries.set_aside(turn.session, view, meant)
    else:
        entries.put_back(turn.session, view)
    view.entries = entries.overlaid(view, meant)
    show_confirmation(turn, view, waiting["kept"], waiting["well"])


@conversation.button("ce", may=FILLERS)
def change_line(turn: Turn, report: int) -> None:
    """Not like this: type it anew, or go by buttons."""
    view = opening.headed(turn, report, changing=True)
    told = turn.language.text("Nothing was saved. Please type the whole sentence again, or use the buttons.")
    opening.show_card(turn, view, told)
