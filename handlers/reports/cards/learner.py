"""One learner of a report: what he is mentioned for, and the note."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.reports import actions, words
from storage.people.people import Person
from storage.reports.reports import Category, ConductEntry, ReportView, category_number

LONGEST_NOTE = 1000  # characters
ONWARD = -1  # in the place of a page: not from the list of names, so go on with whoever is next
EVERYONE = 0  # in the place of a learner: all who wait for a note


def ask_about(turn: Turn, view: ReportView, person: Person, entry: ConductEntry) -> None:
    """Ask for what is still missing of someone who is mentioned."""
    if entry.category:
        ask_note(turn, view, person, ONWARD)
    else:
        show_learner(turn, view, person, ONWARD)


def show_learner(turn: Turn, view: ReportView, person: Person, page: int, said: Markup | str = "") -> None:
    """The list of what a learner can be mentioned for."""
    _ = turn.language.text
    entry = view.entries.get(person.id)
    ids = {"report": view.report.id, "learner": person.id, "page": page, "revision": view.report.revision}
    waiting = len([one for one in view.pending if not one[1].category]) if page == ONWARD else 0
    text = lines(
        words.heading(turn.language, view),
        said,
        _("Comrade {name}: what is to be mentioned?", name=words.full_name(view.learners, person)),
        _("Now: {what}.", what=words.category_words(turn.language, entry.category, entry.times))
        if entry and entry.category
        else "",
        _("Still to do: {count}.", count=words.learners(turn.language, waiting)) if waiting > 1 else "",
    )
    rows = [
        [Button(_(label), actions.say, **ids, category=category_number(category))]
        for category, label in words.LABELS.items()
    ]
    out = [[Button(_("Leave out"), actions.leave_out, **ids)]] if entry else []
    turn.show(Message(text, [*rows, *out, [_back_to_names(turn, view, page)]], private=True))


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
    missing = person is None or view.entries[person.id].category == Category.ETHICS
    text = lines(words.heading(turn.language, view), said, asked, needed if missing else "")
    turn.show(Message(text, [[Button(_("Back"), actions.open_card, report=view.report.id)]], private=True))
    learner = person.id if person else EVERYONE
    turn.ask(
        actions.note_typed, report=view.report.id, learner=learner, page=page, revision=view.report.revision
    )
