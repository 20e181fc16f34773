"""What a typed answer chooses from the list a chat has before its eyes, where buttons are typed.

Nothing is pressed that was not meant: a number counts for the newest list only, and only once that list is known to
have arrived and was there when the answer was typed; the beginning of a label counts only where it is the beginning
of one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from handlers.engine.choices import Layout, Pressed
from storage.base.text import nfc
from storage.base.typed import letters, says

NUMBERS: Final = re.compile(
    r"(?:số|so|chọn|chon|mục|muc)?\s*(\d{1,3}(?:(?:\s*[,;]\s*|\s+(?:và\s+|va\s+)?)\d{1,3})*)\s*[.)]?(?:\s+(?:ạ|a|nhé|nhe))?",
    re.IGNORECASE | re.ASCII,
)
SHORTEST: Final = 3  # letters of a label's beginning: "da" may be "dạ" as well as "đã nhận"


@dataclass(frozen=True)
class Chosen:
    """`presses` are the wire forms to press, in order. `unclear` says why there are none although a choice was meant:
    no_list, out_of_range (`limit` is the last number), one_only, several_labels (`labels`).
    """

    presses: Sequence[str] = ()
    unclear: str = ""
    limit: int = 0
    labels: Sequence[str] = field(default_factory=tuple)


NOTHING: Final = Chosen()


def numbers_in(text: str) -> list[int]:
    """The numbers of an answer that is nothing but numbers, each once: "2", "2 5 7", "số 2 ạ"."""
    found = NUMBERS.fullmatch(nfc(text))
    return list(dict.fromkeys(int(one) for one in re.findall(r"\d+", found[1]))) if found else []


def by_number(shown: Layout | None, numbers: Sequence[int]) -> Chosen:
    """What numbers press."""
    if shown is None or not shown.numbered:
        return Chosen(unclear="no_list")
    if any(number not in shown.numbered for number in numbers):
        return Chosen(unclear="out_of_range", limit=max(shown.numbered))
    if len(numbers) > 1 and not shown.several:
        return Chosen(unclear="one_only")
    return Chosen(tuple(str(shown.numbered[number]["data"]) for number in numbers))


def by_label(shown: Layout, text: str) -> Chosen:
    """What the whole of a label presses."""
    return _only(button for button in shown.presses if says(text, button["label"]))


def by_beginning(shown: Layout, text: str) -> Chosen:
    """What the beginning of a label presses; several labels that begin so are told."""
    if letters(text) < SHORTEST:
        return NOTHING
    return _only(button for button in shown.presses if says(text, button["label"], whole=False))


def _only(found: Iterable[Pressed]) -> Chosen:
    buttons = {str(one["data"]): str(one["label"]) for one in found}
    if len(buttons) > 1:
        return Chosen(unclear="several_labels", labels=tuple(buttons.values()))
    return Chosen(tuple(buttons))
