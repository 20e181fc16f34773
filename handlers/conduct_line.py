"""A conduct report in one typed line by the numbers of its card: "3 muộn 2; 7 vắng phép; còn lại tốt".

Nothing is saved before *Send*: what was understood is shown with names, and waits in the chat's state.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import conduct, conduct_sending
from handlers.conduct_grammar import Said, read_line
from handlers.conduct_names import pick, unpick
from handlers.conduct_words import FILLERS, MINE
from handlers.conversation import Conversation
from handlers.menu import cancel
from handlers.messages import Action, Button, Message, lines
from handlers.turn import Turn, args_of
from storage import conduct_entries as entries
from storage.conduct import Category, ReportView, category_at, category_number, load_entries
from storage.people import Role

conversation = Conversation("conduct_line")
TYPING = MINE | {Role.REGISTRAR}  # who may have a report's card before his eyes
Stored = Sequence[tuple[int, int, int, str]]  # learner, number of the category, times (0: none told), note


@conversation.sentence(may=TYPING)
def line_typed(turn: Turn, text: str) -> bool:
    """Read a typed line as a report; False for what is none."""
    said = read_line(text)
    if said is None:
        return False
    report, learners = _numbers(turn)
    if not report:
        if not turn.roles & MINE:
            return False  # no report of the speaker's own could be meant
        conduct.open_reports(turn)  # the numbers stand on its card
        return True
    view = conduct.headed(turn, report, changing=True)
    if view is not None:
        _understood(turn, view, said, learners)
    return True


def _numbers(turn: Turn) -> tuple[int, dict[int, int]]:
    """The report whose card the chat sees, and whom its numbers stand for; (0, {}) where it sees none."""
    known: dict[str, Action] = {action.key: action for action in (pick, unpick, open_action())}
    report, learners = 0, {}
    for number, button in (turn.shown.numbered if turn.shown else {}).items():
        key, *rest = str(button["data"]).split(":")
        ids = known[key].ids(rest) if key in known else None
        if ids is not None:
            report, learners[number] = ids["report"], ids["learner"]
    return report, learners


def open_action() -> Action:
    """The button that opens a learner (conduct_learner imports the files this one leads to)."""
    from handlers.conduct_learner import open_learner

    return open_learner


def _understood(turn: Turn, view: ReportView, said: Said, learners: Mapping[int, int]) -> None:
    """Show what was understood; what was not is told, and nothing of the line is kept."""
    _ = turn.language.text
    unknown = [number for number in said.learners if number not in learners]
    if said.not_understood:
        told = _("This part was not understood: “{part}”. Nothing was saved.", part=said.not_understood)
    elif unknown:
        told = _("Number {n} is not on the card. Nothing was saved.", n=unknown[0])
    elif turn.list_is_unsure():
        told = _("The card has changed since you answered. Nothing was saved.")
    else:
        kept = [
            (learners[number], category_number(one.category), one.times or 0, one.note)
            for number, one in said.learners.items()
        ]
        _confirm(turn, view, kept)
        return
    conduct.show_card(turn, view, told)


# --- the confirmation ---


@conversation.step("cl", takes="press")
def line_waits(turn: Turn, _answer: object, **_args: Any) -> None:
    """Holds a line until it is sent or something else is done; it takes no text."""


def _confirm(turn: Turn, view: ReportView, kept: Stored) -> None:
    """Everything that would be sent, before anything is written."""
    _, report = turn.language.text, view.report
    view.entries = entries.overlaid(view, _meant(view, kept))
    incomplete = [person for person, _entry in view.pending]
    if incomplete:
        need = _("Ethics needs a note, such as: 3 ethics: what happened.")
        conduct.show_card(turn, _fresh(turn, view), lines(need, _("Nothing was saved.")))
        return
    turn.ask(line_waits, report=report.id, kept=[list(one) for one in kept])
    ids = {"report": report.id, "revision": report.revision, "content": view.fingerprint}
    buttons = [[Button(_("Send"), send_line, **ids)], [Button(_("Cancel"), cancel)]]
    turn.say(Message(conduct_sending.check_text(turn, view), buttons, private=True))


def _fresh(turn: Turn, view: ReportView) -> ReportView:
    load_entries(turn.session, view)
    return view


def _meant(view: ReportView, kept: Stored) -> dict[int, tuple[Category, int | None, str]]:
    """What a line says of each learner of the report; the number of sessions is the roll-call's where none is told."""
    meant: dict[int, tuple[Category, int | None, str]] = {}
    for learner, number, times, note in kept:
        category = category_at(number)
        if category is not None and view.learner(learner) is not None:
            counted = times or view.roll_call.get(learner, {}).get(category)
            meant[learner] = (category, counted, note)
    return meant


@conversation.button("cg", may=FILLERS, aside=True)
def send_line(turn: Turn, report: int, revision: int, content: int) -> None:
    """Write what was shown and send it, in one go; what is not the same any more is shown anew."""
    waiting = args_of(turn.state) if turn.state.get("step") == line_waits.key else {}
    view = conduct.headed(turn, report, revision=revision, changing=True)
    if view is None:
        return
    if waiting.get("report") != report:
        old = turn.language.text("That button is from before. This is how the report stands:")
        conduct.show_card(turn, view, old)
        return
    turn.done()
    for learner, (category, times, note) in _meant(view, waiting["kept"]).items():
        entries.state(turn.session, view, learner, category, times=times, note=note)
    view.report.state = view.report.state if view.report.revision else "filling"
    conduct_sending.send(turn, report=report, revision=revision, content=content)
