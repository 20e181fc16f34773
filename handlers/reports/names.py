"""Conduct reports: the list of names, picking those to mention, one content for all of them."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import MOST_PAGES, listing
from handlers.engine.turn import Turn
from handlers.reports import learner as conduct_learner

# These files lead to each other's cards; what is meant is looked up when a button is pressed.
from handlers.reports import opening, sending, words
from handlers.reports.words import FILLERS, conversation
from locales import Language
from storage.people.people import Person
from storage.reports import entries
from storage.reports.reports import ReportView, category_at, category_number

# --- the list of names ---


def show_names(turn: Turn, view: ReportView, page: int, said: Markup | str = "") -> None:
    """The list to pick from, one name a row, those who are mentioned marked."""
    _ = turn.language.text
    report = view.report.id
    text = lines(
        words.heading(turn.language, view),
        said,
        _("Please choose the learners to mention, then Done."),
        _("Chosen: {count}.", count=words.learners(turn.language, len(view.mentioned)))
        if view.entries
        else "",
    )
    page = page if page in range(MOST_PAGES) else 0
    names = [_name_to_pick(turn.language, view, person, page) for person in view.to_pick]
    buttons = [
        *listing(turn, names, page, open_names, report=report),
        [Button(_("Done"), names_done, report=report), Button(_("Same for all"), together, report=report)],
        [Button(_("Back"), opening.open_card, report=report)],
    ]
    turn.show(Message(text, buttons, private=True, several=True, hint=words.line_hint(turn.language)))


def typed_choices(language: Language, view: ReportView) -> list[Button]:
    """The learners by number, where the card's buttons are typed: a number mentions one, or opens what is said."""
    choices = [_name_to_pick(language, view, one, 0) for one in view.to_pick]
    return [choice.numbered(number) for number, choice in enumerate(choices, 1)]


def _name_to_pick(language: Language, view: ReportView, person: Person, page: int) -> Button:
    """Picks, takes the pick back, or, of one of whom something is said already, opens what is said."""
    label = name_label(language, view, person)
    ids = {"report": view.report.id, "learner": person.id, "page": page}
    entry = view.entries.get(person.id)
    if entry is None:
        return Button(label, pick, **ids)
    if not entry.category:
        return Button(label, unpick, **ids)
    return Button(label, conduct_learner.open_learner, **ids, revision=view.report.revision)


def name_label(language: Language, view: ReportView, person: Person) -> str:
    """Such as "[x] Trần Văn An: đi muộn 2 buổi", or "Trần Văn An, kỳ trước: đi muộn" while nothing is said of him."""
    name = words.full_name(view.learners, person)
    entry = view.entries.get(person.id)
    if entry is None:
        return words.with_last_period(language, view, person, name)
    if not entry.category:
        return f"[x] {name}"
    return f"[x] {name}: {words.category_words(language, entry.category, entry.times).unescape()}"


@conversation.button("bl", may=FILLERS)
def open_names(turn: Turn, report: int, page: int) -> None:
    view = opening.headed(turn, report, revision=0)
    entries.mark_roll_call(turn.session, view)
    view.report.state = "picking"
    show_names(turn, view, page)


@conversation.button("bp", may=FILLERS)
def pick(turn: Turn, report: int, learner: int, page: int) -> None:
    view = opening.headed(turn, report, revision=0)
    view.report.state = "picking"
    if view.learner(learner) is None:
        show_names(turn, view, page, words.not_in_report(turn.language))
        return
    entries.pick(turn.session, view, learner)
    show_names(turn, view, page)


@conversation.button("bu", may=FILLERS)
def unpick(turn: Turn, report: int, learner: int, page: int) -> None:
    """Take a pick back; an old button does not take away what was said meanwhile."""
    view = opening.headed(turn, report, revision=0)
    view.report.state = "picking"
    entry = view.entries.get(learner)
    said: Markup | str = ""
    if view.learner(learner) is None:
        said = words.not_in_report(turn.language)
    elif entry is not None and entry.category:
        said = turn.language.text(
            "Something is already said of this learner; choose the name again to change it."
        )
    elif entry is not None:
        entries.leave_out(turn.session, view, learner)
    show_names(turn, view, page, said)


@conversation.button("bd", may=FILLERS)
def names_done(turn: Turn, report: int) -> None:
    """*Done*: now one after the other."""
    view = opening.headed(turn, report, revision=0)
    if not view.entries:
        show_names(
            turn, view, 0, turn.language.text("Nobody is chosen yet. If all is well, go back and say so.")
        )
        return
    view.report.state = "filling"
    sending.onward(turn, view)


@conversation.button("bt", may=FILLERS)
def together(turn: Turn, report: int) -> None:
    """*Same for all*: one tap for everyone picked of whom nothing is said yet."""
    view = opening.headed(turn, report, revision=0)
    view.report.state = "together"
    show_together(turn, view)


def show_together(turn: Turn, view: ReportView) -> None:
    _ = turn.language.text
    names = [person.name for person, entry in view.pending if not entry.category]
    if not names:
        view.report.state = "picking"
        show_names(turn, view, 0, _("Nobody is chosen of whom nothing is said yet."))
        return
    text = lines(
        words.heading(turn.language, view),
        _("Choose what to say of all {count}:", count=words.learners(turn.language, len(names))),
        words.listed(turn.language, [Markup.escape(name) for name in names]).strip(),
    )
    report = view.report.id
    rows = [
        [Button(_(label), say_of_all, report=report, category=category_number(category))]
        for category, label in words.LABELS.items()
    ]
    turn.show(Message(text, [*rows, [Button(_("Back"), open_names, report=report, page=0)]], private=True))


@conversation.button("ba", may=FILLERS)
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
        conduct_learner.ask_note(turn, view, None, conduct_learner.ONWARD)
    else:
        sending.onward(turn, view)
