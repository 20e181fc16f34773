"""The lower rules of a typed conduct report: words of a kind, numbers of sessions, notes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Final

from handlers.reports.sentence.grammar import MOST_TOKENS, Token, lexemes_of, tokens_of, writes_accents
from handlers.reports.sentence.vocabulary import Kind
from handlers.reports.sentence.who import Learner, names_at
from storage.base.text import nfc

MOST_TIMES: Final = 99  # sessions
# What begins something else, so that no note goes on over it.
STARTS: Final = (Kind.CATEGORY, Kind.ABSENT, Kind.ALL, Kind.REST, Kind.EXCEPT)
CLAIMING: Final = (Kind.CATEGORY, Kind.ABSENT, Kind.PERMIT, Kind.AMISS, Kind.QUALITY)
Found = Iterator[tuple[Any, int]]


def listed(run: Callable[..., Found]) -> Callable[..., list[tuple[Any, int]]]:
    """Everything a rule finds at a place, each once, found out once."""

    @wraps(run)
    def remembered(self: "Rules", *args: Any, **named: Any) -> list[tuple[Any, int]]:
        key = (run.__name__, args, tuple(named.items()))
        if key not in self.known:
            self.known[key] = list(dict.fromkeys(run(self, *args, **named)))
        return self.known[key]

    return remembered


def within(token: Token) -> Sequence[Token]:
    """What stands between brackets; nothing where that is too long to be read."""
    inner = tokens_of(token.text[1:-1], token.at + 1)
    return inner if len(inner) <= MOST_TOKENS else ()


class Rules(ABC):
    """Single things in tokens: words, counts, notes. With `guesses` names nobody has are names, too.

    `titles` tells of words that are both (Anh), by their place, whose name they are, or 0 for a mere title.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        learners: Sequence[Learner],
        text: str,
        *,
        guesses: bool = False,
        accents: bool | None = None,
        titles: Mapping[int, int] | None = None,
    ) -> None:
        self.tokens, self.learners, self.text, self.guesses = tokens, learners, text, guesses
        self.lexemes = lexemes_of(tokens)
        self.accents = writes_accents(tokens, self.lexemes) if accents is None else accents
        self.titles = titles or {}
        self.known: dict[tuple[Any, ...], list[tuple[Any, int]]] = {}
        self.furthest = 0

    # -- single things

    def words(self, i: int, *kinds: Kind) -> Found:
        """Phrases of these kinds that stand at a token."""
        for one in self.lexemes[i] if i < len(self.tokens) else ():
            if one.kind in kinds:
                yield one.value, one.end

    def mark(self, i: int, *kinds: str) -> Token | None:
        return self.tokens[i] if i < len(self.tokens) and self.tokens[i].kind in kinds else None

    def some(self, i: int, *kinds: Kind) -> list[int]:
        """Where it goes on behind none, one or two phrases of these kinds."""
        once = [i, *(end for _value, end in self.words(i, *kinds))]
        return sorted({*once, *(end for j in once for _value, end in self.words(j, *kinds))})

    def quoted(self, i: int, j: int) -> str:
        """The text of some tokens as it was typed."""
        return nfc(self.text[self.tokens[i].at : self.tokens[j - 1].end]) if j > i else ""

    def inside(self, token: Token, rule: str, *args: Any, **named: Any) -> list[Any]:
        """What a rule makes of all that stands between brackets."""
        inner = within(token)
        reader = type(self)(inner, self.learners, self.text, guesses=self.guesses, accents=self.accents)
        found: list[tuple[Any, int]] = list(getattr(reader, rule)(0, *args, **named)) if inner else []
        return list(dict.fromkeys(value for value, end in found if end == len(inner)))

    # -- counts

    def number(self, i: int) -> Found:
        if token := self.mark(i, "number"):
            yield token.number, i + 1
        yield from self.words(i, Kind.NUMBER)

    @listed
    def count(self, i: int, *, bare: bool) -> Found:
        """((times, flaw), end); without "buổi" only where `bare`, and only in digits."""
        if self.mark(i, "odd"):
            for _value, end in self.words(i + 1, Kind.SESSIONS, Kind.OTHER_UNIT):
                yield (None, "times"), end
        for j in [i, *(end for _value, end in self.words(i, Kind.TIMES, Kind.EACH))]:
            for times, k in self.number(j):
                flaw = "" if 0 < times <= MOST_TIMES else "times"
                units = list(self.words(k, Kind.SESSIONS))
                others = list(self.words(k, Kind.OTHER_UNIT))
                for _value, end in units:
                    yield (times, flaw), end
                for _value, end in others:
                    yield (times, "unit"), end
                if bare and self.mark(j, "number"):
                    yield (times, flaw), k
                    for _value, end in self.words(k, Kind.TIMES):
                        yield (times, flaw), end

    # -- notes

    @listed
    def note(self, i: int) -> Found:
        """A note behind what is said: in quotes, in brackets, behind a colon or a "because", or a usual reason."""
        yield "", i
        for j in [i, *([i + 1] if self.mark(i, "comma") else [])]:
            for k in self.some(j, Kind.FILL):
                for _value, end in self.words(k, Kind.REASON):
                    yield self.quoted(k, end), end
            for _value, k in self.words(j, Kind.BECAUSE):
                yield from self._free(k + 1 if self.mark(k, "colon") else k)
        if token := self.mark(i, "paren"):
            inner = within(token)
            reason = self.inside(token, "words", Kind.REASON)
            if inner and (reason or not self._is_qualified(inner, token)) and self._is_note(inner):
                yield nfc(token.text[1:-1]), i + 1
        j = i + 1 if self.mark(i, "colon", "dash") else i
        if token := self.mark(j, "quote"):
            yield nfc(token.text[1:-1]), j + 1
        if j > i:
            yield from self._free(j)

    def _is_qualified(self, inner: Sequence[Token], token: Token) -> bool:
        """Whether brackets hold a count or the leave, perhaps with something behind it."""
        begun = type(self)(inner, self.learners, self.text, accents=self.accents)
        return bool(self.inside(token, "qualified") or begun.qualified(0, partly=True))

    @abstractmethod
    def qualified(self, i: int, *, partly: bool = False) -> list[tuple[Any, int]]:
        """What brackets behind something said may hold without being a note (see Claims); `partly`: what may begin it."""

    def _free(self, i: int) -> Found:
        """Words of a note up to any comma or full stop, unless something else begins in between."""
        for j in range(i + 1, len(self.tokens) + 1):
            at_end = j == len(self.tokens) or self.tokens[j].kind in {"comma", "stop"}
            if at_end and not self._is_note(self.tokens[i:j]):
                return  # nor is anything longer
            if at_end:
                yield self.quoted(i, j), j
            if j < len(self.tokens) and self.tokens[j].text in {";", "\n"}:
                return

    def _is_note(self, tokens: Sequence[Token]) -> bool:
        """Whether no part of it begins like a report of somebody, or names somebody with what is said of him."""
        inner = type(self)(tokens, self.learners, self.text, accents=self.accents)
        if not tokens or tokens[0].kind == "number":
            return False  # "2-3 buổi"
        begins = True
        names = claims = False
        for i, token in enumerate(tokens):
            if begins and any(
                inner.begins_something(j) for j in inner.some(i, Kind.BUT, Kind.AND, Kind.TITLE)
            ):
                return False
            parted = token.kind in {"comma", "stop"}
            begins = parted or any(end == i + 1 for _value, end in inner.words(i, Kind.AND))
            names = not parted and (names or bool(names_at(tokens, i, self.learners)))
            claims = not parted and (claims or any(True for _ in inner.words(i, *CLAIMING)))
            if names and claims:
                return False
        return True

    def begins_something(self, i: int) -> bool:
        named = i < len(self.tokens) and bool(names_at(self.tokens, i, self.learners))
        return named or any(True for _ in self.words(i, *STARTS))
