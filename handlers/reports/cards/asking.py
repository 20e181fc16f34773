"""What is asked about a typed report: which of two people, with or without leave, the note on ethics."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel
from handlers.reports import actions, words
from handlers.reports.sentence.claims import LEAVE
from handlers.reports.sentence.meaning import LONGEST_NOTE, Question
from storage.people.people import Person
from storage.reports.reports import ReportView, category_number

# A sentence while something is asked about it; what is typed meanwhile is looked at by answering.answered.
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
    names = {one.id: words.with_birth(one.name, one.birth_date) for one in people}
    buttons = [Button(name, actions.answer_who, **ids, learner=one) for one, name in names.items()]
    if question.kind == "title":
        mere = Button(_("It is a title"), actions.answer_title, **ids, learner=0)
        buttons = [Button(name, actions.answer_title, **ids, learner=one) for one, name in names.items()]
        return _("Is “{name}” here a title, or somebody's name?", name=question.text), [mere, *buttons]
    if question.is_guess:
        return _("There is no learner “{name}” in this report. Who is meant?", name=question.text), buttons
    if len(people) == 1:
        return _("Is “{name}” this learner?", name=question.text), buttons
    asked = _("“{name}” may be {n} learners. Who is meant?", name=question.text, n=len(people))
    return lines(asked, _("You can also type the full name or the date of birth.")), buttons


def _what(
    turn: Turn, view: ReportView, question: Question, typed: Mapping[str, Any]
) -> tuple[Markup, list[Button]]:
    _ = turn.language.text
    person = view.learner(question.learner)
    assert person is not None, "a question is about a learner of the report"
    ids = {"report": view.report.id, "content": seal_of(typed["sentence"]), "learner": person.id}
    buttons = [
        Button(_(words.LABELS[one]), actions.answer_what, **ids, category=category_number(one))
        for one in question.categories
    ]
    name = words.full_name(view.learners, person)
    said = _("You wrote: “{text}”.", text=question.text) if question.text else ""
    return lines(_what_is_open(turn, question, name), said), buttons


def _what_is_open(turn: Turn, question: Question, name: str) -> Markup:
    _ = turn.language.text
    if set(question.categories) == set(LEAVE):
        return _("Comrade {name}: absent with leave, or without?", name=name)
    return _("Comrade {name}: what is meant?", name=name)


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
    turn.ask(actions.note_of_line, report=view.report.id, learner=person.id, **typed)
