"""Lists to pick from: one column, so that Vietnamese names are not cut, and pages that are turned."""

from collections.abc import Sequence

from handlers.messages import Action, Button
from locales import Language


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
