"""Conduct reports: the list of names, picking those to mention, for what, one by one or together, and notes."""

from markupsafe import Markup

from handlers.engine import picking
from handlers.engine.messages import Action, Button, lines
from handlers.engine.turn import Answered, Turn
from handlers.reports import actions, opening, words
from handlers.reports.actions import FILLERS
from handlers.reports.cards.learner import (
    ANY,
    EVERYONE,
    LONGEST_NOTE,
    MOST_TIMES,
    ONWARD,
    ask_note,
    show_details,
    show_learner,
)
from handlers.reports.cards.names import name_label, show_names, show_together
from handlers.reports.words import conversation
from storage.base.text import nfc
from storage.people.people import Person
from storage.reports import entries
from storage.reports.reports import ROLL_CALL, Category, ReportView, category_at

# --- the list of names ---


@conversation.does(actions.open_names)
def open_names(turn: Turn, report: int, page: int) -> None:
    view = opening.headed(turn, report, revision=0)
    entries.mark_roll_call(turn.session, view)
    view.report.state = "picking"
    show_names(turn, view, page)


def _picking(turn: Turn, report: int, learner: int, page: int) -> ReportView:
    """The report while names are picked, if the learner is one of them; else the names are shown (Answered)."""
    view = opening.headed(turn, report, revision=0)
    view.report.state = "picking"
    if view.learner(learner) is None:
        show_names(turn, view, page, words.not_in_report(turn.language))
        raise Answered
    return view


@conversation.does(actions.pick)
def pick(turn: Turn, report: int, learner: int, page: int) -> None:
    view = _picking(turn, report, learner, page)
    entries.pick(turn.session, view, learner)
    show_names(turn, view, page)


@conversation.does(actions.unpick)
def unpick(turn: Turn, report: int, learner: int, page: int) -> None:
    """Take a pick back; an old button does not take away what was said meanwhile."""
    view, _ = _picking(turn, report, learner, page), turn.language.text
    if learner in view.entries and view.entries[learner].category:
        said = _("Something is already said of this learner; choose the name again to change it.")
        show_names(turn, view, page, said)
        return
    entries.leave_out(turn.session, view, learner)
    show_names(turn, view, page)


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


# --- one learner ---


def _learner(turn: Turn, report: int, learner: int, revision: int) -> tuple[ReportView, Person]:
    """The report and the learner a button means; answered already where there is something wrong."""
    view = opening.headed(turn, report, revision=revision)
    person = view.learner(learner)
    if person is None:
        opening.show_card(turn, view, words.not_in_report(turn.language))
        raise Answered
    return view, person


@conversation.does(actions.open_learner)
def open_learner(turn: Turn, report: int, learner: int, page: int, revision: int) -> None:
    show_learner(turn, *_learner(turn, report, learner, revision), page)


@conversation.does(actions.say)
def say(turn: Turn, report: int, learner: int, category: int, page: int, revision: int) -> None:
    view, person = _learner(turn, report, learner, revision)
    kind = category_at(category)
    if kind is None:
        show_learner(turn, view, person, page, turn.language.text("Please choose one of these."))
        return
    entries.choose(turn.session, view, person.id, kind)
    if kind == Category.ETHICS and not view.entries[person.id].note:
        ask_note(turn, view, person, page)
    else:
        _after(turn, view, person, page)


@conversation.does(actions.open_details)
def open_details(turn: Turn, report: int, learner: int, category: int, page: int, revision: int) -> None:
    show_details(turn, *_learner(turn, report, learner, revision), page, category)


@conversation.does(actions.say_times)
def say_times(
    turn: Turn, report: int, learner: int, category: int, times: int, page: int, revision: int
) -> None:
    view, person = _learner(turn, report, learner, revision)
    kind, entry = category_at(category), view.entries.get(person.id)
    if kind is None or entry is None or kind not in dict(entry.said) or not 0 < times <= MOST_TIMES:
        show_details(turn, view, person, page, category)
        return
    entries.count(turn.session, view, person.id, kind, times)
    _after(turn, view, person, page)


@conversation.does(actions.choose_more)
def choose_more(turn: Turn, report: int, learner: int, page: int, revision: int) -> None:
    show_learner(turn, *_learner(turn, report, learner, revision), page, too=True)


@conversation.does(actions.say_too)
def say_too(turn: Turn, report: int, learner: int, category: int, page: int, revision: int) -> None:
    """What else a learner is mentioned for; of how many sessions is asked at once, where they are counted."""
    view, person = _learner(turn, report, learner, revision)
    kind = category_at(category)
    if kind is None:
        show_learner(turn, view, person, page, turn.language.text("Please choose one of these."), too=True)
        return
    entries.add(turn.session, view, person.id, kind)
    if kind in ROLL_CALL:
        show_details(turn, view, person, page, category)
    elif kind == Category.ETHICS and not view.entries[person.id].note:
        ask_note(turn, view, person, page)
    else:
        _after(turn, view, person, page)


@conversation.does(actions.leave_out)
def leave_out(turn: Turn, report: int, learner: int, page: int, revision: int) -> None:
    view, person = _learner(turn, report, learner, revision)
    entries.leave_out(turn.session, view, person.id)
    _after(turn, view, person, page)


def _after(turn: Turn, view: ReportView, person: Person, page: int) -> None:
    """Back to the list a learner was opened from, or on to the next one."""
    if page == ONWARD or view.report.revision:
        if not view.report.revision:
            view.report.state = "filling"
        opening.onward(turn, view)
        return
    entry = view.entries.get(person.id)
    what = words.said_words(turn.language, entry.said) if entry else None
    _ = turn.language.text
    said = (
        _("Saved: {name}, {what}.", name=person.name, what=what)
        if what
        else _("Saved: {name} is not mentioned.", name=person.name)
    )
    show_names(turn, view, page, said)


# --- notes ---


@conversation.does(actions.choose_note)
def choose_note(turn: Turn, report: int, page: int) -> None:
    """Whose note? Of a single one it is clear."""
    view = opening.headed(turn, report, changing=True)
    one = _whose(turn, view, page, turn.language.text("Whose note?"), choose_note, open_note)
    ask_note(turn, view, one, ONWARD)


@conversation.does(actions.choose_details)
def choose_details(turn: Turn, report: int, page: int) -> None:
    """Of whom is more to be said? Of a single one it is clear."""
    view = opening.headed(turn, report, changing=True)
    question = turn.language.text("Of whom is more to be said?")
    one = _whose(turn, view, page, question, choose_details, actions.open_details, category=ANY, page=ONWARD)
    show_details(turn, view, one, ONWARD, ANY)


def _whose(
    turn: Turn, view: ReportView, shown: int, question: Markup, turn_to: Action, action: Action, **ids: int
) -> Person:
    """The one learner who is mentioned; of several it is asked, of none the report shown (Answered)."""
    people = [one for one, _entry in view.mentioned]
    if len(people) == 1:
        return people[0]
    if people:
        ids |= {"report": view.report.id, "revision": view.report.revision}
        choices = [
            Button(name_label(turn.language, view, one), action, **ids, learner=one.id) for one in people
        ]
        back = [Button(turn.language.text("Back"), actions.carry_on, report=view.report.id)]
        text = lines(words.heading(turn.language, view), question)
        picking.pick(turn, text, choices, shown, turn_to, back, private=True, report=view.report.id)
    else:
        opening.onward(turn, view)
    raise Answered


@conversation.button("bi", may=FILLERS)
def open_note(turn: Turn, report: int, learner: int, revision: int) -> None:
    view, person = _learner(turn, report, learner, revision)
    if person.id in view.entries:
        ask_note(turn, view, person, ONWARD)
    else:
        opening.onward(turn, view)


@conversation.does(actions.note_typed)
def note_typed(turn: Turn, text: str, report: int, learner: int, page: int, revision: int) -> None:
    view = opening.headed(turn, report, revision=revision)
    note = nfc(text, lines=True).strip()
    waiting = [one for one, entry in view.pending if entry.category]
    whom = waiting if learner == EVERYONE else [one for one, _entry in view.mentioned if one.id == learner]
    if not whom:  # taken out meanwhile, by another head of the unit
        opening.onward(turn, view)
        return
    if not note or len(note) > LONGEST_NOTE:
        ask_note(turn, view, whom[0] if learner else None, page, _misfit(turn, len(note)))
        return
    for person in whom:
        entries.write_note(turn.session, view, person.id, note)
    _after(turn, view, whom[0], page)


def _misfit(turn: Turn, length: int) -> Markup:
    _, number = turn.language.text, turn.language.number
    if not length:
        return _("The note was empty.")
    return _(
        "The note has {length} characters and was not saved. Please send a shorter one.",
        length=number(length),
    )
