"""What somebody typed, compared with the label it may mean."""

import unicodedata
from typing import Final

from storage.base.text import fold, nfc, spread, syllable

_POLITE: Final = frozenset({"ạ", "a", "nhé", "nhe", "nha"})


def _words(text: str) -> list[str]:
    """The words as typed, without punctuation and without a polite ending ("đã nhận ạ")."""
    words = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in nfc(text)).split()
    while len(words) > 1 and words[-1].casefold() in _POLITE:
        words.pop()
    return words


def letters(text: str) -> int:
    """How many letters and digits were typed, a polite ending not counted."""
    return len(fold(" ".join(_words(text))).replace(" ", ""))


def same_word(typed: str, word: str) -> bool:
    """Whether a typed word is this one. One with diacritics must have the right ones: "dạ" is not "đã"."""
    folded = fold(typed)
    if folded == spread(typed):
        return folded == fold(word)
    return syllable(typed) == syllable(word)


def _same_beginning(typed: str, word: str) -> bool:
    folded = fold(typed)
    if folded == spread(typed):
        return fold(word).startswith(folded)
    return same_word(typed, word) or nfc(word).casefold().startswith(nfc(typed).casefold())


def says(typed: str, label: str, *, whole: bool = True) -> bool:
    """Whether what was typed is this label, or with `whole=False` its beginning, the last word perhaps cut short.

    With or without diacritics, whatever the case; where diacritics are typed they have to be the label's. Raises
    nothing; nothing typed is no label.
    """
    words, wanted = _words(typed), _words(label)
    if not words or len(words) > len(wanted) or (whole and len(words) != len(wanted)):
        return False
    same = all(map(same_word, words[:-1], wanted))
    last = wanted[len(words) - 1]
    return same and (same_word(words[-1], last) if whole else _same_beginning(words[-1], last))
