"""A typed conduct report as tokens, and what each of them can be: words of the vocabulary, names, numbers, marks."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from handlers.reports.sentence.vocabulary import Kind, phrases
from storage.base.text import fold, nfc, spread
from storage.base.typed import same_word

TOKEN: Final = re.compile(
    r"""(?P<quote>"[^"\n]*"|“[^“”\n]*”|«[^«»\n]*»)|(?P<paren>\([^()\n]*\))"""
    r"""|(?P<title>(?<![^\W\d_])[đd]\s?[/.]\s?c(?![^\W\d_])\.?)|(?P<odd>\d+[.,]\d+(?=\s*(?:b|buổi|buoi|ngày|ngay)\b))"""
    r"""|(?P<share>\d+\s?%)|(?P<number>\d+)|(?P<word>[^\W\d_]+)|(?P<line>\n)|(?P<mark>[^\w\s]|_)""",
    re.IGNORECASE,
)
MOST_TOKENS: Final = (
    240  # of a sentence, or of what stands between brackets: more is not read, whatever it says
)
DIGITS: Final = 9  # of a number that may mean something
MARKS: Final = {",": "comma", ";": "stop", ".": "stop", "!": "stop", "…": "stop", "\n": "stop", ":": "colon",
                "&": "and", "+": "and", "/": "slash", "-": "dash", "–": "dash", "—": "dash", "•": "bullet", "*": "bullet"}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A word, a number, a mark, or what stands in quotes or brackets; from `at` to `end` in the text."""

    kind: str  # word, number, quote, paren, odd, or a mark of MARKS
    text: str
    at: int
    end: int

    @property
    def number(self) -> int:
        """What the digits are; of too many any number that large."""
        return int(self.text[:DIGITS])

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def is_bare(self) -> bool:
        """Typed without any diacritic."""
        return self.folded == spread(self.text)


@dataclass(frozen=True)
class Lexeme:
    """What the tokens from one place up to `end` can be. `is_guess`: typed without the diacritics it has."""

    kind: Kind
    value: object
    end: int
    is_guess: bool = False


def tokens_of(text: str, start: int = 0) -> list[Token]:
    """The tokens of a text; pictures and the dots of abbreviations ("k.phép", "N.V. An") are left out.

    Of a text that is too long one more than are read, so that whoever counts them sees it.
    """
    found: list[Token] = []
    for match in TOKEN.finditer(text):
        if len(found) > MOST_TOKENS:
            break
        kind, said = str(match.lastgroup), match[0]
        if kind in {"mark", "line"}:
            if unicodedata.category(said) == "So" or _is_of_abbreviation(text, match):
                continue
            kind = MARKS.get(said, "odd")
        kind, said = {"title": ("word", "đc"), "share": ("word", said.replace(" ", ""))}.get(
            kind, (kind, said)
        )
        found.append(Token(kind, said, start + match.start(), start + match.end()))
    return found


def _is_of_abbreviation(text: str, match: re.Match[str]) -> bool:
    at = match.start()
    before, after = text[max(at - 2, 0) : at], text[match.end() : match.end() + 1]
    initial = before[-1:].isupper() and not (before[:-1].isalnum() or before[:-1] == "_")
    return match[0] == "." and before[-1:].isalpha() and (after.isalpha() or initial)


def lexemes_of(tokens: Sequence[Token]) -> list[list[Lexeme]]:
    """What the vocabulary knows at every token."""
    return [list(_at(tokens, place)) for place in range(len(tokens))]


def _at(tokens: Sequence[Token], place: int) -> Iterator[Lexeme]:
    for phrase in phrases().get(tokens[place].folded, ()) if tokens[place].kind == "word" else ():
        typed = tokens[place : place + len(phrase.words)]
        if tuple(token.folded for token in typed) == phrase.folded and all(
            token.kind == "word" and same_word(token.text, word)
            for token, word in zip(typed, phrase.words, strict=True)
        ):
            guess = any(
                token.is_bare and token.folded != spread(word)
                for token, word in zip(typed, phrase.words, strict=True)
            )
            yield Lexeme(phrase.kind, phrase.value, place + len(typed), guess)


def clean(text: str) -> str:
    """The text as it is read: composed, its lines kept."""
    return nfc(text, lines=True)


def writes_accents(tokens: Sequence[Token], lexemes: Sequence[Sequence[Lexeme]]) -> bool:
    """Whether the writer types diacritics throughout: then a name without any has none ("An" is not "Ân")."""
    words = [(token, found) for token, found in zip(tokens, lexemes, strict=True) if token.kind == "word"]
    accented = any(not token.is_bare and token.text.casefold() != "đc" for token, _found in words)
    guessed = any(found and all(one.is_guess for one in found) for _token, found in words)
    return accented and not guessed
