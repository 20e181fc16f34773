"""What nobody understands is answered in two lines: the two nearest things, and the way to a person."""

from collections.abc import Callable, Mapping
from typing import Final

from handlers.engine.actions import Action, file_of
from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.speech import near, wordings
from handlers.engine.turn import Turn
from handlers.menu import actions
from storage.base.keyring import looks_like_code
from storage.messaging import outbox

conversation = Conversation("unknown")

NEAREST: Final = 2


@conversation.on("unknown_words")
def unknown_words(turn: Turn, text: str) -> None:
    """Offer what is near; a guess is never acted on, and nothing that is half done ends."""
    if looks_like_code(text):
        turn.table.events["start"](turn, text)
        return
    _ = turn.language.text
    wished = _wished(turn, text)
    told = (
        _("That is more than one thing.") if len(wished) > 1 else _("The assistant did not understand this.")
    )
    entries = list(dict.fromkeys([*wished, *_near(turn, text)]))[:NEAREST]
    rows = [[Button(_(entry.menu), entry)] for entry in entries]

    def card(row: int) -> Message:
        return Message(lines(told, _("Did you mean one of these?")), [*rows, [_person(turn, row)]])

    say_keeping(turn, text, card)


def _person(turn: Turn, row: int) -> Button:
    """The way to the registrar, who does not write to himself."""
    if turn.roles & actions.NOT_REGISTRARS:
        return Button(turn.language.text("Write to registrar"), actions.carry, row=row)
    return Button(turn.language.text("Menu"), actions.open_menu)


def say_keeping(turn: Turn, words: str, card: Callable[[int], Message]) -> None:
    """Say a card that keeps words somebody typed: its buttons name them by its row, which `card` gets."""
    row = turn.show(card(0))
    if row is not None:
        outbox.amend(turn.session, row, words=words, buttons=card(row).wire()["buttons"])


def words_kept(turn: Turn, row: int) -> str:
    """The words that a card of this very chat keeps; empty where it is not there any more."""
    found = outbox.get(turn.session, row)
    is_here = found is not None and (found.account_id, found.chat) == (turn.account.id, turn.chat)
    return str(found.message.get("words", "")) if found is not None and is_here else ""


def _entries(turn: Turn) -> list[Action]:
    """What can be offered to whoever speaks, but for what is offered anyway."""
    return [entry for entry in turn.table.menu(turn.roles) if entry is not actions.write]


def _wished(turn: Turn, text: str) -> list[Action]:
    """The entries that a sentence with several wishes speaks of."""
    runs = [one.words.run for one in turn.table.speech.read(text, turn.roles, turn.day)]
    return list(dict.fromkeys(entry for run in runs if (entry := _entry_of(turn, run)) is not None))


def _entry_of(turn: Turn, run: object) -> Action | None:
    """The entry that does this, or else the first one of the file it is written in."""
    mine = _entries(turn)
    same = (entry for entry in mine if entry.run is run)
    return next(same, next((entry for entry in mine if file_of(entry.run) == file_of(run)), None))


def _near(turn: Turn, text: str) -> list[Action]:
    """The entries in the order of how near the words are by which they are known."""
    entries = {entry.key: entry for entry in _entries(turn)}
    return [entries[key] for key in near(text, _known(turn, entries))]


def _known(turn: Turn, entries: Mapping[str, Action]) -> dict[str, list[str]]:
    """All wordings of each entry: its label, and the words and names of commands that lead to it."""
    known = {key: list(wordings(entry.menu)) for key, entry in entries.items()}
    named = {**turn.table.words, **turn.table.commands}
    for word, (run, _may) in named.items():
        entry = _entry_of(turn, run)
        if entry is not None:
            known[entry.key].append(word)
    return known
