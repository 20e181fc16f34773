"""What is typed of a conduct report: a sentence, or the answer to what is asked about one; answers are pressed, too.

The sentence and the answers so far wait in the chat's state; nothing is written before *Send* (handlers/reports/line.py).
"""

from typing import Any

from handlers.engine.turn import Turn
from handlers.reports import actions, line, opening
from handlers.reports.actions import MINE
from handlers.reports.cards.asking import ASKED, ask, ask_note, seal_of
from handlers.reports.line import conversation
from handlers.reports.sentence.claims import Claims
from handlers.reports.sentence.grammar import clean, tokens_of
from handlers.reports.sentence.meaning import LONGEST_NOTE, Question, read_report
from handlers.reports.sentence.talk import tells
from handlers.reports.sentence.who import chosen_by
from handlers.reports.which import learners_of, numbers_on_card, report_meant
from storage.base.text import nfc
from storage.people.people import Role
from storage.reports import signing
from storage.reports.reports import ReportView, category_number

TYPING = MINE | {Role.REGISTRAR}  # who may have a report's card before his eyes


@conversation.sentence(may=TYPING)
def line_typed(turn: Turn, text: str) -> bool:
    """Read what was typed as an answer to what was asked about a report, or as a report; False for what is neither."""
    if answered(turn, text):
        return True
    text = clean(text)
    if not tells(tokens_of(text), text):
        return False
    view, sentence = report_meant(turn, text)
    if view is None:
        return _none_open(turn, sentence)
    numbers = numbers_on_card(turn, view)
    said = read_report(sentence, learners_of(view), numbers=numbers)
    if said is None:
        return False
    turn.done()
    view = opening.headed(turn, view.report.id, changing=True)
    line.go_on(
        turn, view, {"sentence": sentence, "numbers": list(numbers.items()), "answers": {}, "notes": {}}
    )
    return True


def _none_open(turn: Turn, text: str) -> bool:
    if not turn.roles & MINE or read_report(text, ()) is None:
        return False
    actions.open_reports(turn)  # it says that there is none
    return True


# --- answers ---


def _answer(turn: Turn, report: int, content: int, key: str, value: int) -> None:
    """Remember an answer and go on, if the sentence it is about still waits."""
    waiting = turn.held(ASKED)
    view = opening.headed(turn, report, changing=True)
    if waiting.pop("report", 0) != report or seal_of(waiting["sentence"]) != content:
        line.say_old(turn, view)
        return
    turn.done()
    waiting["answers"] = {**waiting["answers"], key: value}
    line.go_on(turn, view, waiting)


@conversation.does(actions.answer_who)
def answer_who(turn: Turn, report: int, content: int, place: int, learner: int) -> None:
    _answer(turn, report, content, f"w{place}", learner)


@conversation.does(actions.answer_title)
def answer_title(turn: Turn, report: int, content: int, place: int, learner: int) -> None:
    """With a learner it is his name, with 0 a title."""
    _answer(turn, report, content, f"t{place}", learner)


@conversation.does(actions.answer_what)
def answer_what(turn: Turn, report: int, content: int, learner: int, category: int) -> None:
    _answer(turn, report, content, f"c{learner}", category)


def answered(turn: Turn, text: str) -> bool:
    """Whether what was typed answers what is asked: a fuller name, a date of birth, "có phép"."""
    waiting = turn.held(ASKED)
    view = signing.report_opened(turn.session, turn.viewer, waiting["report"]) if waiting else None
    if view is None:
        return False
    said = read_report(
        waiting["sentence"], learners_of(view), numbers=dict(waiting["numbers"]), answers=waiting["answers"]
    )
    if said is None or not said.questions:
        return False
    question = said.questions[0]
    found = (_categories if question.kind == "what" else _people)(turn, view, question, text)
    if len(found) == 1:
        _answer(turn, view.report.id, seal_of(waiting["sentence"]), question.key, found[0])
    elif found:
        waiting.pop("report")
        ask(turn, view, question, waiting, turn.language.text("This still may be several of them."))
    return bool(found)


def _people(turn: Turn, view: ReportView, question: Question, text: str) -> list[int]:
    asked = [one for one in learners_of(view) if one.id in question.people]
    return [one.id for one in chosen_by(nfc(text), asked, turn.day)]


def _categories(_turn: Turn, view: ReportView, question: Question, text: str) -> list[int]:
    text = nfc(text)
    tokens = tokens_of(text)
    if not tokens:
        return []
    reader = Claims(tokens, learners_of(view), text)
    kinds = {value[0] for value, end in reader.base(0) if end == len(tokens)}
    leave = {(kind,) for kind, end in reader.leave(0) if end == len(tokens)}
    told = {one[0] for one in kinds | leave if len(one) == 1}
    return [category_number(kind) for kind in question.categories if kind in told]


# --- the note on ethics ---


@conversation.does(actions.note_of_line)
def note_of_line(turn: Turn, text: str, report: int, learner: int, **typed: Any) -> None:
    view = opening.headed(turn, report, changing=True)
    note, person = nfc(text, lines=True).strip(), view.learner(learner)
    if person is not None and not 0 < len(note) <= LONGEST_NOTE:
        ask_note(turn, view, person, typed, turn.language.text("The note was empty, or too long."))
        return
    typed["notes"] = {**typed["notes"], str(learner): note}
    line.go_on(turn, view, typed)


__all__ = ["conversation"]
