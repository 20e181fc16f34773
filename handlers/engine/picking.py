"""Lists to pick from: one column, so that Vietnamese names are not cut, and pages that are turned."""

from collections.abc import Sequence

from handlers.engine.messages import Action, Button
from handlers.engine.turn import Turn
from locales import Language

PAGE = 20  # choices on a page, more only where three pages would not do
MOST_PAGES = 3


def paged(
    language: Language, choices: Sequence[Button], page: int, size: int, turn_to: Action, **ids: int
) -> list[list[Button]]:
    """One page of the choices, `turn_to` (with `ids` and the page) behind it; a page that is not there is the first."""
    _ = language.text
    page = page if 0 <= page * size < len(choices) else 0
    shown = list(enumerate(choices, 1))[page * size : (page + 1) * size]
    rows = [[choice.numbered(number)] for number, choice in shown]
    turning = [Button(_("Previous page"), turn_to, **ids, page=page - 1)] if page else []
    if (page + 1) * size < len(choices):
        turning.append(Button(_("Next page"), turn_to, **ids, page=page + 1))
    return [*rows, turning] if turning else rows


def listing(
    turn: Turn, choices: Sequence[Button], page: int, turn_to: Action, **ids: int
) -> list[list[Button]]:
    """A page of a list to pick from, at most three pages however long it is; a typed list is not cut at all."""
    typed = turn.can.buttons is not None
    size = len(choices) or 1 if typed else max(PAGE, -(-len(choices) // MOST_PAGES))
    return paged(turn.language, choices, page, size, turn_to, **ids)
