"""People in a typed conduct report: one by name or by number, several in a row, names nobody has."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from handlers.reports.sentence.claims import Claims
from handlers.reports.sentence.grammar import Token
from handlers.reports.sentence.rules import Found, listed
from handlers.reports.sentence.vocabulary import Kind
from handlers.reports.sentence.who import names_at, near

MOST_NAMES: Final = 40  # in a row
LONGEST_GUESS: Final = 5  # words of a name nobody has
# What may be part of a name nobody has, although it is a word as well.
SOFT: Final = frozenset({Kind.TITLE, Kind.PEOPLE, Kind.NUMBER, Kind.OTHER_UNIT, Kind.TIMES, Kind.SESSIONS})


@dataclass(frozen=True)
class Who:
    """Somebody who is named: by a `card` number, or as one of `people`.

    A guess is nobody's name as it was typed; what is doubtful may be no name at all ("mai đi muộn").
    """

    at: int
    text: str
    people: tuple[int, ...] = ()
    card: int | None = None
    is_guess: bool = False
    is_doubtful: bool = False


class Naming(Claims):
    """The rules of who is spoken of."""

    @listed
    def name(self, i: int) -> Found:
        """One person by name or number, a title left aside."""
        for j in self._behind_titles(i):
            for named in names_at(self.tokens, j, self.learners):
                if self._is_mere_word(j, named.end):
                    continue
                people, text = named.among(self.accents), self.quoted(j, named.end)
                doubtful = j == 0 and named.end == 1 and text.islower() and bool(self.after(0, Kind.TALK))
                yield Who(self.tokens[j].at, text, people, is_doubtful=doubtful), named.end
            if self.guesses:
                yield from self.guess(j)
        for j in sorted({k for m in self.some(i, Kind.TITLE) for k in self.some(m, Kind.CARD)}):
            if token := self.mark(j, "number"):
                who = Who(token.at, token.text, card=token.number)
                yield from ((who, end) for end in ([j + 1, j + 2] if self.is_numbering(j) else [j + 1]))

    def _behind_titles(self, i: int) -> list[int]:
        """Where a name may begin: behind words that are titles, and not behind one that was said to be a name."""
        return [
            j
            for j in self.some(i, Kind.TITLE)
            if not any(self.titles.get(one.at) for one in self.tokens[i:j])
        ]

    def behind(
        self, found: Sequence[tuple[Any, int]], who: Who, end: int, i: int
    ) -> Sequence[tuple[Any, int]]:
        """What follows somebody; with nothing between only if that is no mere title ("anh Bình")."""
        return found if i > end or not found or self._is_name(who, end) else ()

    def _is_name(self, who: Who, end: int) -> bool:
        if who.text != self.tokens[end - 1].text or not self.after(end - 1, Kind.TITLE):
            return True
        if who.at not in self.titles:
            self.unsure.setdefault(who.at, who)
        return bool(self.titles.get(who.at))

    @cached_property
    def unsure(self) -> dict[int, Who]:
        """Names that may be mere titles, by their place."""
        return {}

    def is_numbering(self, i: int) -> bool:
        """Such as "1." at the beginning of a line."""
        begins = i == 0 or self.tokens[i - 1].text == "\n"
        dot = self.mark(i + 1, "stop")
        return begins and self.mark(i, "number") is not None and dot is not None and dot.text == "."

    def _is_mere_word(self, i: int, end: int) -> bool:
        """Whether a name that is a word as well is written small by somebody who writes names with capitals."""
        return (
            self._writes_capitals and end == i + 1 and self.tokens[i].text.islower() and bool(self.lexemes[i])
        )

    @cached_property
    def _writes_capitals(self) -> bool:
        names = (i for i in range(len(self.tokens)) if names_at(self.tokens, i, self.learners))
        shapes = [self.tokens[i].text[0].isupper() for i in names if not self.lexemes[i]]
        return bool(shapes) and all(shapes)

    def guess(self, i: int) -> Found:
        """Words in a row nobody knows, where a name would stand."""
        end = i
        while end < len(self.tokens) and end - i <= LONGEST_GUESS and self._may_be_name(end):
            end += 1
        words = self.tokens[i:end]
        whole = i == 0 or not self._may_be_name(i - 1) or bool(self.after(i - 1, Kind.TITLE))
        titled = bool(self.after(i, Kind.TITLE))
        small = self._writes_capitals and not all(token.text[0].isupper() for token in words)
        if (
            len(words) > LONGEST_GUESS
            or small
            or titled
            or not whole
            or all(self.lexemes[j] for j in range(i, end))
        ):
            return
        if any(named.end == end for named in names_at(self.tokens, i, self.learners)):
            return
        within = (named.end < end for j in range(i, end) for named in names_at(self.tokens, j, self.learners))
        people = () if any(within) else near(words, self.learners)  # "Hùng hoặc Long" is neither
        text = self.quoted(i, end)
        if people or self._looks_like_name(words):
            yield Who(words[0].at, text, people, is_guess=True), end

    def _may_be_name(self, i: int) -> bool:
        return self.tokens[i].kind == "word" and all(one.kind in SOFT for one in self.lexemes[i])

    def _looks_like_name(self, words: Sequence[Token]) -> bool:
        return self._is_of_one_case or all(token.text[0].isupper() for token in words)

    @cached_property
    def _is_of_one_case(self) -> bool:
        letters = "".join(token.text for token in self.tokens if token.kind == "word")
        return letters.islower() or letters.isupper()

    @listed
    def names(self, i: int) -> Found:
        """People in a row; a number of them before it has to be right ("2 đ/c An, Bình")."""
        yield from self.row(i, 0)
        for number, j in self.headcount(i):
            for many, end in self.row(j, 0):
                if len(many) == number:
                    yield many, end

    def headcount(self, i: int) -> Found:
        for j in self.some(i, Kind.TITLE):
            for number, k in self.number(j):
                yield from ((number, end) for end in self.after(k, Kind.PEOPLE))

    @listed
    def row(self, i: int, before: int) -> Found:
        if before >= MOST_NAMES:
            return
        for who, j in self.name(i):
            yield (who,), j
            for k in self.joints(j):
                for more, end in self.behind(self.row(k, before + 1), who, j, k):
                    if may_stand_beside(who, more[0], self.mark(j, "dash", "slash"), k > j):
                        yield (who, *more), end

    def joints(self, i: int) -> list[int]:
        """Where the next name of a row may begin."""
        return self.behind_mark(i, ("comma", "and", "slash", "dash"), Kind.AND, Kind.WITH)


def may_stand_beside(one: Who, next_: Who, dash: Token | None, parted: bool) -> bool:
    """Whether two may stand in a row: names with nothing between them, numbers only with a comma or an "and"."""
    by_number = one.card is not None or next_.card is not None
    return (
        not by_number
        or (parted and dash is None)
        or (one.card is not None and next_.card is not None and not dash)
    )
