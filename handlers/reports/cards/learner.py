"""One learner of a report: what he is mentioned for, and the note."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines, sentence
from handlers.engine.turn import Turn
from handlers.reports import actions, words
from storage.people.people import Person
from storage.reports.reports import (
    ROLL_CALL,
    Category,
    ConductEntry,
    ReportView,
    category_at,
    category_number,
)

LONGEST_NOTE = 1000  # characters
ONWARD = -1  # in the place of a page: not from the list of names, so go on with whoever is next
ANY = 9  # in the place of a category: none in particular
MOST_TIMES, IN_A_ROW = 9, 3  # sessions offered as buttons; more are typed in a sentence
EVERYONE = 0  # in the place of a learner: all who wait for a note


def ask_about(turn: Turn, view: ReportView, person: Person, entry: ConductEntry) -> None:
    """Ask for what is still missing of someone who is mentioned."""
    if entry.category:
        ask_note(turn, view, person, ONWARD)
    else:
        show_learner(turn, view, person, ONWARD)


def show_learner(
    turn: Turn, view: ReportView, person: Person, page: int, said: Markup | str = "", *, too: bool = False
) -> None:
    """The list of what a learner can be mentioned for, or for what else (`too`)."""
    _ = turn.language.text
    entry = view.entries.get(person.id)
    known = dict(entry.said) if entry else {}
    ids = {"report": view.report.id, "learner": person.id, "page": page, "revision": view.report.revision}
    waiting = len([one for one in view.pending if not one[1].category]) if page == ONWARD else 0
    text = lines(
        words.heading(turn.language, view),
        said,
        _("Comrade {name}: what is to be mentioned?", name=words.full_name(view.learners, person)),
        _("Now: {what}.", what=words.said_words(turn.language, entry.said)) if entry and known else "",
        _("Still to do: {count}.", count=words.learners(turn.language, waiting)) if waiting > 1 else "",
    )
    rows = [
        [Button(_(label), actions.say_too if too else actions.say, **ids, category=category_number(category))]
        for category, label in words.LABELS.items()
        if not (too and category in known)
    ]
    out = [[Button(_("Leave out"), actions.leave_out, **ids)]] if entry and not too else []
    if known and not too:
        out.append([Button(_("More, sessions"), actions.open_details, **ids, category=ANY)])
    turn.show(Message(text, [*rows, *out, [_back_to_names(turn, view, page)]], private=True))


def show_details(turn: Turn, view: ReportView, person: Person, page: int, category: int) -> None:
    """Of how many sessions something is (the first that is counted, where `category` is none of them), and what else
    can be said.
    """
    _, entry = turn.language.text, view.entries.get(person.id)
    if entry is None or not entry.category:
        show_learner(turn, view, person, page)
        return
    ids = {"report": view.report.id, "learner": person.id, "page": page, "revision": view.report.revision}
    counted = {category_number(kind): times for kind, times in entry.said if kind in ROLL_CALL}
    chosen = category if category in counted else next(iter(counted), ANY)
    numbers = [
        Button(turn.language.count("{n} session", "{n} sessions", n), actions.say_times, **ids, category=chosen,
               times=n).numbered(n)
        for n in range(1, MOST_TIMES + 1)
    ]  # fmt: skip
    others = [
        [Button(f"{_label(turn, number)} × {times or '?'}", actions.open_details, **ids, category=number)]
        for number, times in counted.items()
        if number != chosen
    ]
    asked = _("{what}: of how many sessions?", what=_label(turn, chosen)) if counted else ""
    text = lines(
        words.heading(turn.language, view),
        sentence(words.mention_of(turn.language, view, person)) + ".",
        asked,
    )
    rows = [numbers[n : n + IN_A_ROW] for n in range(0, len(numbers), IN_A_ROW)] if counted else []
    more = [Button(_("Mention more"), actions.choose_more, **ids)]
    turn.show(Message(text, [*rows, *others, more, [_back(turn, view, page)]], private=True))


def _label(turn: Turn, number: int) -> str:
    kind = category_at(number)
    return turn.language.text(words.LABELS[kind]).unescape() if kind is not None else ""


def _back(turn: Turn, view: ReportView, page: int) -> Button:
    """To what would be sent, or to the list of names a learner was opened from."""
    if page != ONWARD:
        return _back_to_names(turn, view, page)
    return Button(turn.language.text("Back"), actions.carry_on, report=view.report.id)


def _back_to_names(turn: Turn, view: ReportView, page: int) -> Button:
    action = actions.correct if view.report.revision else actions.open_names
    return Button(turn.language.text("Back"), action, report=view.report.id, page=max(page, 0))


def ask_note(turn: Turn, view: ReportView, person: Person | None, page: int, said: Markup | str = "") -> None:
    """Wait for the text; without a person it is for everyone whose note is missing."""
    _ = turn.language.text
    if person is not None:
        who = words.mention_of(turn.language, view, person)
    else:
        who = words.learners(turn.language, len(view.pending))
    asked = _("Please type the note for {who}. At most {most} characters.", who=who,
              most=turn.language.number(LONGEST_NOTE))  # fmt: skip
    needed = _("For ethics a note is required.")
    missing = person is None or Category.ETHICS in dict(view.entries[person.id].said)
    text = lines(words.heading(turn.language, view), said, asked, needed if missing else "")
    turn.show(Message(text, [[Button(_("Back"), actions.open_card, report=view.report.id)]], private=True))
    learner = person.id if person else EVERYONE
    turn.ask(
        actions.note_typed, report=view.report.id, learner=learner, page=page, revision=view.report.revision
    )
