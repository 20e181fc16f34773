"""Lists to pick from: one column, so that Vietnamese names are not cut, and pages that are turned."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.messages import Action, Button, Message
from handlers.engine.turn import Turn
from locales import Language

PAGE = 20  # names on a page, more only where three pages would not do
SHORT = 10  # of what reads longer than a name: classes, notices, tasks
MOST_PAGES = 3
LONG = MOST_PAGES * SHORT  # a list longer than this goes with a hint what can be typed instead
MOST_BUTTONS = 90  # on a page: a message carries a hundred, and others stand below


def page_at(page: int, size: int, total: int) -> int:
    """The page that is shown when this one is asked for: one that is not there is the first."""
    return page if 0 <= page * size < total else 0


def turning(
    language: Language, total: int, page: int, size: int, turn_to: Action, **ids: int
) -> list[list[Button]]:
    """The row that turns to the pages beside this one, where there is one: `turn_to` with `ids` and the page."""
    _ = language.text
    row = [Button(_("Previous page"), turn_to, **ids, page=page - 1)] if page else []
    if (page + 1) * size < total:
        row.append(Button(_("Next page"), turn_to, **ids, page=page + 1))
    return [row] if row else []


def paged(
    language: Language, choices: Sequence[Button], page: int, size: int, turn_to: Action, **ids: int
) -> list[list[Button]]:
    """One page of the choices, what turns to others behind it."""
    page = page_at(page, size, len(choices))
    shown = list(enumerate(choices, 1))[page * size : (page + 1) * size]
    rows = [[choice.numbered(number)] for number, choice in shown]
    return [*rows, *turning(language, len(choices), page, size, turn_to, **ids)]


def listing(
    turn: Turn, choices: Sequence[Button], page: int, turn_to: Action, *, size: int = PAGE, **ids: int
) -> list[list[Button]]:
    """A page of a list to pick from, at most three pages however long it is, as far as messengers carry that; a typed
    list is not cut at all.
    """
    typed = turn.can.buttons is not None
    fair = min(max(size, -(-len(choices) // MOST_PAGES)), MOST_BUTTONS)
    return paged(turn.language, choices, page, len(choices) or 1 if typed else fair, turn_to, **ids)


def pick(
    turn: Turn,
    text: Markup | str,
    choices: Sequence[Button],
    page: int,
    turn_to: Action,
    *below: list[Button],
    size: int = PAGE,
    private: bool = False,
    **ids: int,
) -> None:
    """Show a list to pick from, with more rows of buttons below it."""
    rows = listing(turn, choices, page, turn_to, size=size, **ids)
    turn.show(Message(text, [*rows, *below], private=private))
