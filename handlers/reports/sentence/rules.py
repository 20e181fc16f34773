"""The lower rules of a typed conduct report: words of a kind, numbers of sessions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Final

from handlers.reports.sentence.grammar import MOST_TOKENS, Token, lexemes_of, tokens_of, writes_accents
from handlers.reports.sentence.vocabulary import Kind
from handlers.reports.sentence.who import Learner
from storage.base.text import nfc

MOST_TIMES: Final = 99  # sessions
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


class Rules:
    """Single things in tokens: words and counts. With `guesses` names nobody has are names, too.

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

    def after(self, i: int, *steps: Kind | tuple[Kind, ...]) -> list[int]:
        """Where it goes on behind a phrase of each of these kinds, or of one of several, in this order."""
        ends = [i]
        for step in steps:
            kinds = step if isinstance(step, tuple) else (step,)
            ends = [end for j in ends for _value, end in self.words(j, *kinds)]
        return ends

    def mark(self, i: int, *kinds: str) -> Token | None:
        return self.tokens[i] if i < len(self.tokens) and self.tokens[i].kind in kinds else None

    def some(self, i: int, *kinds: Kind) -> list[int]:
        """Where it goes on behind none, one or two phrases of these kinds."""
        return sorted({i, *self.after(i, kinds), *self.after(i, kinds, kinds)})

    def behind_mark(self, i: int, marks: Collection[str], *kinds: Kind) -> list[int]:
        """Where it goes on behind none, a mark or a phrase of these kinds, or both."""
        marked = [i, i + 1] if self.mark(i, *marks) else [i]
        return [*marked, *(end for j in marked for end in self.after(j, kinds))]

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
            yield from (((None, "times"), end) for end in self.after(i + 1, (Kind.SESSIONS, Kind.OTHER_UNIT)))
        for j in [i, *self.after(i, (Kind.TIMES, Kind.EACH))]:
            for times, k in self.number(j):
                counted = times, "" if 0 < times <= MOST_TIMES else "times"
                yield from ((counted, end) for end in self.after(k, Kind.SESSIONS))
                yield from (((times, "unit"), end) for end in self.after(k, Kind.OTHER_UNIT))
                if bare and self.mark(j, "number"):
                    yield from ((counted, end) for end in (k, *self.after(k, Kind.TIMES)))
