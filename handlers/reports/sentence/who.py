"""Whom a typed name means among the learners of a report. Only what can mean one is taken; what is near is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from handlers.reports.sentence.grammar import Token, tokens_of
from storage.base.text import fold, parse_date
from storage.base.typed import same_word

LONGEST: Final = 7  # words of a name
NEAR: Final = 80.0  # of 100: a letter too few or too many in a short name; it is always asked
SAME_GIVEN: Final = 90.0  # another surname, or initials
ALIKE: Final = 60.0  # given names, at the least
MOST: Final = 8  # people asked about at once


@dataclass(frozen=True)
class Learner:
    """A learner of the report, as far as a sentence can mean one."""

    id: int
    name: str
    born: date | None = None


@dataclass(frozen=True)
class Named:
    """Words that are a name of these learners: `exact` with the diacritics typed, `folded` where none were typed."""

    end: int
    exact: tuple[int, ...]
    folded: tuple[int, ...]
    is_full: bool  # all words of somebody's name

    def among(self, accents: bool) -> tuple[int, ...]:
        """Whom it may mean; a writer of diacritics means who is written just so, if there is one."""
        return self.exact if accents and self.exact else tuple(sorted({*self.exact, *self.folded}))


def words_of(name: str) -> list[str]:
    """The words of a name, a note in brackets left out."""
    return name.partition("(")[0].split() or name.split()


@lru_cache(maxsize=1000)
def _folded(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in words_of(name))


def names_at(tokens: Sequence[Token], place: int, learners: Sequence[Learner]) -> list[Named]:
    """The names that begin at a token, the longest first: a given name, or any end of a full one.

    Where a whole name of three words or more stands nothing shorter is meant.
    """
    found = []
    for end in range(min(len(tokens), place + LONGEST), place, -1):
        named = _named(tokens[place:end], end, learners)
        if named is not None:
            found.append(named)
            if named.is_full and end - place >= 3:
                break
    return found


def _named(typed: Sequence[Token], end: int, learners: Sequence[Learner]) -> Named | None:
    if any(token.kind != "word" for token in typed):
        return None
    exact: list[int] = []
    folded: list[int] = []
    full = False
    said = tuple(token.folded for token in typed)
    for one in learners:
        if _folded(one.name)[-len(typed) :] != said:
            continue
        words = words_of(one.name)
        tail = words[-len(typed) :]
        if all(map(same_word, (token.text for token in typed), tail)):
            plain = any(token.is_bare and token.folded != word.casefold() for token, word in zip(typed, tail, strict=True))  # fmt: skip
            (folded if plain else exact).append(one.id)
            full = full or len(words) == len(typed)
    return Named(end, tuple(exact), tuple(folded), full) if exact or folded else None


def near(typed: Sequence[Token], learners: Sequence[Learner]) -> tuple[int, ...]:
    """Who may have been meant by a name that is nobody's: misspelt, or with other words before the given name.

    The nearest first. Initials are not made out: "N.V. An" may be any An.
    """
    scored = []
    for place, one in enumerate(learners):
        score = max(_nearness(typed, words_of(one.name)), default=0.0)
        if score >= NEAR:
            scored.append((-score, place, one.id))
    return tuple(person for _score, _place, person in sorted(scored)[:MOST])


def _nearness(typed: Sequence[Token], words: Sequence[str]) -> Iterator[float]:
    from rapidfuzz import fuzz  # only a guess needs it, and it costs 3 MiB at rest

    if len(typed) > 1 and same_word(typed[-1].text, words[-1]):
        yield SAME_GIVEN
    if fuzz.ratio(typed[-1].folded, fold(words[-1])) < ALIKE:
        return
    said = " ".join(token.folded for token in typed)
    tail = words[-len(typed) :]
    yield fuzz.ratio(said, fold(" ".join(tail)))
    if len(typed) == 2 and len(words) > 2:
        yield fuzz.ratio(said, fold(f"{words[0]} {words[-1]}"))


def chosen_by(text: str, learners: Sequence[Learner], today: date) -> list[Learner]:
    """Whom of these people a typed answer names: the fuller name, or the date or year of birth, or both."""
    return [one for one in learners if _says(text, one, today)]


def _says(text: str, one: Learner, today: date) -> bool:
    if not fold(text):
        return False
    names = [token for token in tokens_of(text) if token.kind == "word"]
    rest = text
    found = _named(names, len(names), [one]) if names else None
    if found is not None:
        rest = text[names[-1].at + len(names[-1].text) :].strip(" ,()")
    if not rest:
        return found is not None
    return (found is not None or not names) and _is_birth(rest, one, today)


def _is_birth(text: str, one: Learner, today: date) -> bool:
    if one.born is None:
        return False
    return text == str(one.born.year) or (
        any(c in text for c in "/-.")
        and parse_date(text, today=today, century_pivot=today.year % 100) == one.born
    )
