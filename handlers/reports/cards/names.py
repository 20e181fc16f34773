"""The names of a report: to pick from, by number where choices are typed, one content for all who were picked."""

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import MOST_PAGES, listing
from handlers.engine.turn import Turn
from handlers.reports import actions, words
from locales import Language
from storage.people.people import Person
from storage.reports.reports import ReportView, category_number


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
        *listing(turn, names, page, actions.open_names, report=report),
        [
            Button(_("Done"), actions.names_done, report=report),
            Button(_("Same for all"), actions.together, report=report),
        ],
        [Button(_("Back"), actions.open_card, report=report)],
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
        return Button(label, actions.pick, **ids)
    if not entry.category:
        return Button(label, actions.unpick, **ids)
    return Button(label, actions.open_learner, **ids, revision=view.report.revision)


def name_label(language: Language, view: ReportView, person: Person) -> str:
    """Such as "[x] Trần Văn An: đi muộn 2 buổi", or "Trần Văn An, kỳ trước: đi muộn" while nothing is said of him."""
    name = words.full_name(view.learners, person)
    entry = view.entries.get(person.id)
    if entry is None:
        return words.with_last_period(language, view, person, name)
    if not entry.category:
        return f"[x] {name}"
    return f"[x] {name}: {words.said_words(language, entry.said).unescape()}"


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
        [Button(_(label), actions.say_of_all, report=report, category=category_number(category))]
        for category, label in words.LABELS.items()
    ]
    turn.show(
        Message(text, [*rows, [Button(_("Back"), actions.open_names, report=report, page=0)]], private=True)
    )
