"""What is asked about a typed conduct report: which of two people, with or without leave, the note on ethics.

The sentence and the answers so far wait in the chat's state; nothing is written before *Send* (handlers/reports/line.py).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.menu import cancel
from handlers.reports import line, opening, words
from handlers.reports.sentence.claims import LEAVE, Claims
from handlers.reports.sentence.grammar import tokens_of
from handlers.reports.sentence.meaning import LONGEST_NOTE, Question, read_report
from handlers.reports.sentence.who import chosen_by
from handlers.reports.which import learners_of
from handlers.reports.words import FILLERS
from storage.base.text import nfc
from storage.people.people import Person
from storage.reports import signing
from storage.reports.reports import ReportView, category_number

conversation = Conversation("conduct_line")

# A sentence while something is asked about it; what is typed meanwhile is looked at by `answered`.
ASKED: Final = "cq"


def seal_of(sentence: str) -> int:
    """A number for a sentence: its buttons answer for no other one."""
    return int.from_bytes(hashlib.sha256(sentence.encode()).digest()[:5])


def ask(
    turn: Turn, view: ReportView, question: Question, typed: Mapping[str, Any], said: Markup | str = ""
) -> None:
    """Ask by buttons; the answer may be typed, too."""
    turn.hold(ASKED, report=view.report.id, **typed)
    asked, buttons = (_what if question.kind == "what" else _who)(turn, view, question, typed)
    rows = [[button] for button in buttons]
    text = lines(words.heading(turn.language, view), said, asked)
    turn.show(Message(text, [*rows, [Button(turn.language.text("Cancel"), cancel)]], private=True))


def _who(
    turn: Turn, view: ReportView, question: Question, typed: Mapping[str, Any]
) -> tuple[Markup, list[Button]]:
    _ = turn.language.text
    people = [one for one in (view.learner(person) for person in question.people) if one is not None]
    place = int(question.key[1:])
    ids = {"report": view.report.id, "content": seal_of(typed["sentence"]), "place": place}
    buttons = [Button(_with_birth(one), answer_who, **ids, learner=one.id) for one in people]
    if question.kind == "title":
        mere = Button(_("It is a title"), answer_title, **ids, learner=0)
        names = [Button(_with_birth(one), answer_title, **ids, learner=one.id) for one in people]
        return _("Is “{name}” here a title, or somebody's name?", name=question.text), [mere, *names]
    if question.is_guess:
        return _("There is no learner “{name}” in this report. Who is meant?", name=question.text), buttons
    if len(people) == 1:
        return _("Is “{name}” this learner?", name=question.text), buttons
    asked = _("“{name}” may be {n} learners. Who is meant?", name=question.text, n=len(people))
    return lines(asked, _("You can also type the full name or the date of birth.")), buttons


def _with_birth(person: Person) -> str:
    return f"{person.name} ({person.birth_date:%d/%m/%Y})" if person.birth_date else person.name


def _what(
    turn: Turn, view: ReportView, question: Question, typed: Mapping[str, Any]
) -> tuple[Markup, list[Button]]:
    _ = turn.language.text
    person = view.learner(question.learner)
    assert person is not None, "a question is about a learner of the report"
    ids = {"report": view.report.id, "content": seal_of(typed["sentence"]), "learner": person.id}
    buttons = [
        Button(_(words.LABELS[one]), answer_what, **ids, category=category_number(one))
        for one in question.categories
    ]
    name = words.full_name(view.learners, person)
    said = _("You wrote: “{text}”.", text=question.text) if question.text else ""
    return lines(_what_is_open(turn, question, name), said), buttons


def _what_is_open(turn: Turn, question: Question, name: str) -> Markup:
    _ = turn.language.text
    if set(question.categories) == set(LEAVE):
        return _("Comrade {name}: absent with leave, or without?", name=name)
    asked = _("Comrade {name}: what is meant?", name=name)
    one = _("One thing is mentioned of each learner; the rest can go into the note.")
    return lines(asked, one) if question.several else asked


# --- answers ---


def say_old(turn: Turn, view: ReportView) -> None:
    old = turn.language.text("That button is from before. This is how the report stands:")
    opening.show_card(turn, view, old)


def _answer(turn: Turn, report: int, content: int, key: str, value: int) -> None:
    """Remember an answer and go on, if the sentence it is about still waits."""
    waiting = turn.held(ASKED)
    view = opening.headed(turn, report, changing=True)
    if waiting.pop("report", 0) != report or seal_of(waiting["sentence"]) != content:
        say_old(turn, view)
        return
    turn.done()
    waiting["answers"] = {**waiting["answers"], key: value}
    line.go_on(turn, view, waiting)


@conversation.button("cw", may=FILLERS, aside=True)
def answer_who(turn: Turn, report: int, content: int, place: int, learner: int) -> None:
    _answer(turn, report, content, f"w{place}", learner)


@conversation.button("ct", may=FILLERS, aside=True)
def answer_title(turn: Turn, report: int, content: int, place: int, learner: int) -> None:
    """With a learner it is his name, with 0 a title."""
    _answer(turn, report, content, f"t{place}", learner)


@conversation.button("ck", may=FILLERS, aside=True)
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
    reader = Claims(tokens, learners_of(view), text)
    kinds = (
        {value[0] for i in reader.some(0) for value, end in reader.base(i) if end == len(tokens)}
        if tokens
        else set()
    )
    leave = {(kind,) for kind, end in reader.leave(0) if end == len(tokens)} if tokens else set()
    told = {one[0] for one in kinds | leave if len(one) == 1}
    return [category_number(kind) for kind in question.categories if kind in told]


# --- the note on ethics ---


def ask_note(
    turn: Turn, view: ReportView, person: Person, typed: Mapping[str, Any], said: Markup | str = ""
) -> None:
    """A note is required: the next text is it."""
    _ = turn.language.text
    name = words.full_name(view.learners, person)
    asked = _("Comrade {name}, ethics: please type what happened. At most {most} characters.", name=name,
              most=turn.language.number(LONGEST_NOTE))  # fmt: skip
    text = lines(words.heading(turn.language, view), said, asked)
    turn.show(Message(text, [[Button(_("Cancel"), cancel)]], private=True))
    turn.ask(note_of_line, report=view.report.id, learner=person.id, **typed)


@conversation.step("cn", may=FILLERS)
def note_of_line(turn: Turn, text: str, report: int, learner: int, **typed: Any) -> None:
    view = opening.headed(turn, report, changing=True)
    note, person = nfc(text, lines=True).strip(), view.learner(learner)
    if person is not None and not 0 < len(note) <= LONGEST_NOTE:
        ask_note(turn, view, person, typed, turn.language.text("The note was empty, or too long."))
        return
    typed["notes"] = {**typed["notes"], str(learner): note}
    line.go_on(turn, view, typed)
