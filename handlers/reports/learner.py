"""Conduct reports: what one learner is mentioned for, and notes."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import listing
from handlers.engine.turn import Answered, Turn
from handlers.reports import names, opening, sending, words
from handlers.reports.words import FILLERS, conversation
from storage.base.text import nfc
from storage.people.people import Person
from storage.reports import entries
from storage.reports.reports import Category, ConductEntry, ReportView, category_at, category_number

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
        [Button(_(label), say, **ids, category=category_number(category))]
        for category, label in words.LABELS.items()
    ]
    out = [[Button(_("Leave out"), leave_out, **ids)]] if entry else []
    turn.show(Message(text, [*rows, *out, [_back_to_names(turn, view, page)]], private=True))


def _back_to_names(turn: Turn, view: ReportView, page: int) -> Button:
    action = sending.correct if view.report.revision else names.open_names
    return Button(turn.language.text("Back"), action, report=view.report.id, page=max(page, 0))


def _learner(turn: Turn, report: int, learner: int, revision: int) -> tuple[ReportView, Person]:
    """The report and the learner a button means; answered already where there is something wrong."""
    view = opening.headed(turn, report, revision=revision)
    person = view.learner(learner)
    if person is None:
        opening.show_card(turn, view, words.not_in_report(turn.language))
        raise Answered
    return view, person


@conversation.button("bk", may=FILLERS)
def open_learner(turn: Turn, report: int, learner: int, page: int, revision: int) -> None:
    show_learner(turn, *_learner(turn, report, learner, revision), page)


@conversation.button("bc", may=FILLERS)
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


@conversation.button("bx", may=FILLERS)
def leave_out(turn: Turn, report: int, learner: int, page: int, revision: int) -> None:
    view, person = _learner(turn, report, learner, revision)
    entries.leave_out(turn.session, view, person.id)
    _after(turn, view, person, page)


def _after(turn: Turn, view: ReportView, person: Person, page: int) -> None:
    """Back to the list a learner was opened from, or on to the next one."""
    if page == ONWARD or view.report.revision:
        if not view.report.revision:
            view.report.state = "filling"
        sending.onward(turn, view)
        return
    entry = view.entries.get(person.id)
    what = words.category_words(turn.language, entry.category, entry.times) if entry else None
    _ = turn.language.text
    said = (
        _("Saved: {name}, {what}.", name=person.name, what=what)
        if what
        else _("Saved: {name} is not mentioned.", name=person.name)
    )
    names.show_names(turn, view, page, said)


# --- notes ---


@conversation.button("bj", may=FILLERS)
def choose_note(turn: Turn, report: int, page: int) -> None:
    """Whose note? Of a single one it is clear."""
    _ = turn.language.text
    view = opening.headed(turn, report, changing=True)
    if len(view.mentioned) <= 1:
        if view.mentioned:
            ask_note(turn, view, view.mentioned[0][0], ONWARD)
        else:
            sending.onward(turn, view)
        return
    ids = {"report": report, "revision": view.report.revision}
    choices = [
        Button(names.name_label(turn.language, view, one), open_note, **ids, learner=one.id)
        for one, _entry in view.mentioned
    ]
    rows = listing(turn, choices, page, choose_note, report=report)
    back = [Button(_("Back"), sending.carry_on, report=report)]
    text = lines(words.heading(turn.language, view), _("Whose note?"))
    turn.show(Message(text, [*rows, back], private=True))


@conversation.button("bi", may=FILLERS)
def open_note(turn: Turn, report: int, learner: int, revision: int) -> None:
    view, person = _learner(turn, report, learner, revision)
    if person.id in view.entries:
        ask_note(turn, view, person, ONWARD)
    else:
        sending.onward(turn, view)


def ask_note(turn: Turn, view: ReportView, person: Person | None, page: int, said: Markup | str = "") -> None:
    """Wait for the text; without a person it is for everyone whose note is missing."""
    _ = turn.language.text
    if person is not None:
        entry = view.entries[person.id]
        who = words.mention(
            turn.language,
            words.full_name(view.learners, person),
            {"category": entry.category, "times": entry.times, "note": entry.note},
        )
    else:
        who = words.learners(turn.language, len(view.pending))
    asked = _("Please type the note for {who}. At most {most} characters.", who=who,
              most=turn.language.number(LONGEST_NOTE))  # fmt: skip
    needed = _("For ethics a note is required.")
    missing = person is None or view.entries[person.id].category == Category.ETHICS
    text = lines(words.heading(turn.language, view), said, asked, needed if missing else "")
    turn.show(Message(text, [[Button(_("Back"), opening.open_card, report=view.report.id)]], private=True))
    learner = person.id if person else EVERYONE
    turn.ask(note_typed, report=view.report.id, learner=learner, page=page, revision=view.report.revision)


@conversation.step("conduct_note", version=1, may=FILLERS)
def note_typed(turn: Turn, text: str, report: int, learner: int, page: int, revision: int) -> None:
    view = opening.headed(turn, report, revision=revision)
    note = nfc(text, lines=True).strip()
    waiting = [one for one, entry in view.pending if entry.category]
    whom = waiting if learner == EVERYONE else [one for one, _entry in view.mentioned if one.id == learner]
    if not whom:  # taken out meanwhile, by another head of the unit
        sending.onward(turn, view)
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
