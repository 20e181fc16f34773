"""Discipline confirmations: what is said of one learner, field by field; kept at every tap."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.gates import actions
from handlers.gates import confirmation_words as words
from handlers.gates import confirmations as cards
from handlers.reports.words import full_name
from storage.gates import confirmations
from storage.gates.confirmations import (
    ALL_GOOD,
    ELIGIBLE,
    NO_SANCTION,
    NOT_ELIGIBLE,
    RATED,
    RATINGS,
    Sheet,
)
from storage.people.people import UNIT, Person

conversation = Conversation("confirmation_learner")

FIELDS: Final = (
    *RATED,
    "sanction",
    "conclusion",
    "reason",
)  # the number on the wire is the place: only append
LONGEST: Final = 500  # characters of words of one's own
FROM_LIST, IN_TURN = 0, 1  # where to go on: back to the list, or to whoever is next


def onward(turn: Turn, sheet: Sheet) -> None:
    """The next learner of whom something is still to be said; then everything is looked over."""
    if sheet.pending:
        _ask(turn, sheet, sheet.pending[0], IN_TURN)
    else:
        cards.show_check(turn, sheet)


@conversation.does(actions.all_eligible)
def all_eligible(turn: Turn, course: int, unit: int, gate: int) -> None:
    """Good in everything and eligible, whatever is not said yet; of one who is not eligible nothing is filled in."""
    sheet = cards.found(turn, course, unit, gate, changing=True)
    for person in sheet.pending:
        row = sheet.rows[person.id]
        said = confirmations.draft_of(row)
        if said.conclusion != NOT_ELIGIBLE:
            confirmations.keep(turn.session, row, said.filled(ALL_GOOD))
    onward(turn, sheet)


@conversation.does(actions.carry_on)
def carry_on(turn: Turn, course: int, unit: int, gate: int) -> None:
    """One learner after the other, from the first of whom something is still to be said."""
    onward(turn, cards.found(turn, course, unit, gate, changing=True))


def _found(turn: Turn, confirmation: int) -> tuple[Sheet, Person]:
    """The learner a button means, while his unit may still say something of him."""
    seen = confirmations.confirmation_headed(
        turn.session, turn.calendar(turn.home), turn.viewer, confirmation, turn.now
    )
    sheet, person = turn.need(seen, _not_there)
    if sheet.is_locked:
        cards.found(turn, **cards.ids_of(sheet), changing=True)
    return sheet, person


def _not_there(turn: Turn) -> None:
    cards.found(turn, 0, 0, 0)


@conversation.does(actions.open_learner)
def open_learner(turn: Turn, confirmation: int) -> None:
    """All that is said of one, a button a field."""
    sheet, person = _found(turn, confirmation)
    _, row = turn.language.text, sheet.rows[person.id]
    said = confirmations.draft_of(row)
    ids = {"confirmation": row.id, "way": FROM_LIST}
    text = lines(
        words.heading(turn.language, sheet),
        _("Comrade {name}", name=full_name(sheet.learners, person)),
        words.remarks_lines(turn.language, said),
        _("What is to be changed?"),
    )
    buttons = [
        [Button(_(words.SHORT_NAMES[name]), ask_field, **ids, field=FIELDS.index(name))]
        for name in (*RATED, "sanction")
    ]
    conclusions = _choices(turn, "conclusion")
    other = ELIGIBLE if said.conclusion == NOT_ELIGIBLE else NOT_ELIGIBLE
    number = list(conclusions).index(other)
    concluding = Button(conclusions[other], choose, **ids, field=FIELDS.index("conclusion"), value=number)
    back = Button(_("Back"), actions.open_list, **cards.ids_of(sheet), page=0)
    turn.show(Message(text, [*buttons, [concluding], [back]], private=True))


@conversation.button("gf", may=UNIT)
def ask_field(turn: Turn, confirmation: int, way: int, field: int) -> None:
    seen = _found(turn, confirmation)
    _ask(turn, *seen, way, _at(turn, seen[0], FIELDS, field))


def _at(turn: Turn, sheet: Sheet, names: Sequence[str], place: int) -> str:
    """What a button means by its place; the list is shown where there is no such thing."""
    name = names[place] if 0 <= place < len(names) else None
    return turn.need(name, lambda turn: cards.show_list(turn, sheet))


def _ask(turn: Turn, sheet: Sheet, person: Person, way: int, name: str = "") -> None:
    """Ask for one field (the first that is missing where none is named)."""
    row = sheet.rows[person.id]
    name = name or confirmations.draft_of(row).missing
    if name == "reason":
        _ask_words(turn, sheet, person, way, name)
        return
    _ = turn.language.text
    place = sheet.learners.index(person) + 1
    text = lines(
        words.heading(turn.language, sheet),
        _("Comrade {name} ({place}/{total})", name=full_name(sheet.learners, person), place=place,
          total=len(sheet.learners)),
        _("{field}:", field=_(words.FIELD_NAMES[name])),
    )  # fmt: skip
    ids = {"confirmation": row.id, "way": way, "field": FIELDS.index(name)}
    buttons = [
        [Button(label, choose, **ids, value=number)]
        for number, label in enumerate(_choices(turn, name).values())
    ]
    if name != "conclusion":
        buttons.append([Button(_("In other words"), ask_words, **ids)])
    back = Button(_("Back"), actions.open_list, **cards.ids_of(sheet), page=0)
    turn.show(Message(text, [*buttons, [back]], private=True))


def _choices(turn: Turn, name: str) -> dict[str, Markup]:
    """What can be chosen for a field with its label, in the order of their numbers on the wire."""
    _ = turn.language.text
    if name in RATED:
        return {rating: _(words.RATING_NAMES[rating]) for rating in RATINGS}
    if name == "sanction":
        return {NO_SANCTION: _("None")}
    return {ELIGIBLE: _("Eligible"), NOT_ELIGIBLE: _("Not eligible")} if name == "conclusion" else {}


@conversation.button("gr", may=UNIT)
def choose(turn: Turn, confirmation: int, way: int, field: int, value: int) -> None:
    """A value is tapped, and kept at once."""
    seen = _found(turn, confirmation)
    name = _at(turn, seen[0], FIELDS, field)
    _keep(turn, *seen, way, name, _at(turn, seen[0], tuple(_choices(turn, name)), value))


def _keep(turn: Turn, sheet: Sheet, person: Person, way: int, name: str, told: str) -> None:
    row = sheet.rows[person.id]
    said = replace(confirmations.draft_of(row), **{name: told})
    if said.conclusion != NOT_ELIGIBLE:
        said = replace(said, reason="")
    confirmations.keep(turn.session, row, said)
    if way == IN_TURN and said.missing:
        _ask(turn, sheet, person, way, said.missing)
    elif said.conclusion == NOT_ELIGIBLE and not said.reason:
        _ask(turn, sheet, person, way, "reason")
    elif way == IN_TURN:
        onward(turn, sheet)
    else:
        what = words.in_short(turn.language, said)
        saved = turn.language.text("Saved: {name}: {what}", name=person.name, what=what)
        cards.show_list(turn, sheet, 0, saved)


# --- words of one's own


@conversation.button("gt", may=UNIT)
def ask_words(turn: Turn, confirmation: int, way: int, field: int) -> None:
    seen = _found(turn, confirmation)
    name = _at(turn, seen[0], FIELDS, field)
    if name == "conclusion":
        cards.show_list(turn, seen[0])
    else:
        _ask_words(turn, *seen, way, name)


def _ask_words(turn: Turn, sheet: Sheet, person: Person, way: int, name: str) -> None:
    _ = turn.language.text
    row = sheet.rows[person.id]
    asked = _("Please type in one message, of comrade {name}: {field}.", name=full_name(sheet.learners, person),
              field=_(words.FIELD_NAMES[name]))  # fmt: skip
    needed = _("A reason is required where a learner is not eligible.") if name == "reason" else ""
    back = Button(_("Back"), actions.open_list, **cards.ids_of(sheet), page=0)
    turn.show(Message(lines(turn.wrong, asked, needed), [[back]], private=True))
    turn.ask(words_typed, confirmation=row.id, way=way, name=name)


def _ask_again(turn: Turn, confirmation: int, way: int, name: str) -> None:
    _ask_words(turn, *_found(turn, confirmation), way, name)


@conversation.question("confirmation_words", longest=LONGEST, lines=True, again=_ask_again, may=UNIT)
def words_typed(turn: Turn, words: str, confirmation: int, way: int, name: str) -> None:
    _keep(turn, *_found(turn, confirmation), way, name, words)
