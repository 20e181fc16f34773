"""The grammar of a typed conduct report: all readings a sentence has. Pure: tokens and learners in, readings out.

A sentence is items in a row: names and what is said of them, a category and its names, that all or the rest are well.
Every word has to have its place, nothing is skipped over; where readings differ in meaning nobody can tell which one is
meant (handlers/reports/sentence/meaning.py). What can be said of somebody is in handlers/reports/sentence/claims.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from handlers.reports.sentence.claims import ANY, Said
from handlers.reports.sentence.naming import MOST_NAMES, Naming, Who, may_stand_beside
from handlers.reports.sentence.rules import Found, listed
from handlers.reports.sentence.vocabulary import Kind
from storage.reports.reports import ABSENCES, Category

MOST_READINGS: Final = 24  # of the rest of a sentence: more are as unclear
STRENGTHS: Final = ("none", "comma", "strong", "except")


@dataclass(frozen=True)
class Mention:
    """What is said of these; `excepted`: behind an "except"."""

    who: tuple[Who, ...]
    said: tuple[Said, ...]
    excepted: bool = False


@dataclass(frozen=True)
class Fine:
    """Nothing is to be mentioned of these."""

    who: tuple[Who, ...]


@dataclass(frozen=True)
class AllFine:
    """All, or all the rest, are well; not `whole` where only attendance, or what is `denied`, is spoken of.

    `people` is how many they are said to be.
    """

    whole: bool = True
    people: int | None = None
    denied: tuple[Category, ...] = ()


Item = Mention | Fine | AllFine
Reading = tuple[Item, ...]


class Reader(Naming):
    """Reads tokens into readings. `furthest` is the token from which no item could be read; `is_too_much` says that
    there are more readings than were looked at.
    """

    is_too_much = False

    def readings(self) -> list[Reading]:
        """All readings of the whole; none where a word has no place."""
        return [items for items, _end in self.rest(0, "start")]

    # -- items: (shape, items)

    @listed
    def item(self, i: int, *, excepted: bool) -> Found:
        yield from self.subject(i)
        yield from self.category(i)
        yield from self.everyone(i)
        yield from ((("polite", ()), end) for end in self.after(i, Kind.POLITE))
        if excepted:
            for who, end in self.names(i):
                said = Said(self.tokens[i].at, "", ANY)
                yield ("bare", (Mention(who, (said,)),)), end

    def subject(self, i: int) -> Found:
        """Names first: "An đi muộn 2 buổi", "An: muộn 2", "An (muộn 2)"."""
        for who, j in self.names(i):
            for k in self._starts(j, Kind.FILL):
                for said, end in self.claims(k):
                    yield ("subject", (Mention(who, said) if said else Fine(who),)), end
            token = self.mark(j, "paren")
            if token and len(who) == 1:
                for said in self.inside(token, "claims"):
                    if said and said[0].kinds == ABSENCES:
                        continue  # "An (ốm)" is only a note
                    yield ("subject", (Mention(who, said) if said else Fine(who),)), j + 1
            for count, end in self.count(j, bare=True):  # "An muộn 2, Bình 1"
                yield ("short", (Mention(who, (self.of_count(j, end, count),)),)), end

    def _starts(self, i: int, link: Kind) -> list[int]:
        """Where what is said of names may begin, or the names of what is said."""
        return sorted({k for j in self.behind_mark(i, ("colon", "dash")) for k in self.some(j, link)})

    def category(self, i: int) -> Found:
        """What is said first: "đi muộn: An, Bình 2", "vắng: An (P), Bình (KP)", "2 đ/c đi muộn là An và Bình"."""
        for (said, people), j in self.head(i):
            for k in self._starts(j, Kind.IS):
                for mentions, end in self.details(k, said, 0):
                    by_number = mentions[0].who[0].card is not None
                    if people not in {None, len(mentions)} or (by_number and k == j):
                        continue
                    for note, last in self.note(end) if len(mentions) == 1 else [("", end)]:
                        yield ("category", _noted(mentions, note)), last

    def head(self, i: int) -> Found:
        """(what is said, of how many)."""
        counts = [(None, i), *self.headcount(i)]
        for before, j in counts:
            for j2 in self.some(j, Kind.FILL):
                for said, k in self.said(j2, bare=False, notes=False):
                    yield (said, before), k
                    for people, end in self.headcount(k):
                        if before is None:
                            yield (said, people), end

    @listed
    def details(self, i: int, said: Said, before: int) -> Found:
        if before >= MOST_NAMES:
            return
        for who, j in self.name(i):
            for own, k in self.detail(j, said):
                yield (Mention((who,), (own,)),), k
                for k2 in self.joints(k):
                    found = self.details(k2, said, before + 1)
                    for more, end in self.behind(found, who, j, k2):
                        if may_stand_beside(who, more[0].who[0], self.mark(k, "dash", "slash"), k2 > k):
                            yield (Mention((who,), (own,)), *more), end

    # -- everyone

    def everyone(self, i: int) -> Found:
        """Such as "Tất cả tốt", "còn lại tốt", "11 đ/c còn lại tốt", "không có gì", "không ai đi muộn"."""
        for people, j in self._all(i):
            for k in self.some(j, Kind.FILL):
                for (whole, denied), end in [*self.well(k), *self.nobody(k)]:
                    yield ("other", (AllFine(whole, people, denied),)), end
        for j in self.some(i, Kind.POLITE):
            for (whole, denied), end in self.well_alone(j):
                yield ("other", (AllFine(whole, None, denied),)), end

    def _all(self, i: int) -> Found:
        """(how many, where it goes on) behind "all" or "the rest"."""
        yield from ((None, end) for end in self.after(i, (Kind.ALL, Kind.REST)))
        for number, j in self.number(i):
            ends = self.after(j, (Kind.REST, Kind.PEOPLE))
            if self.mark(j, "slash"):  # "18/18", of all there are
                ends += [end for total, end in self.number(j + 1) if total == len(self.learners)]
            yield from ((number, last) for end in ends for last in self.some(end, Kind.PEOPLE))

    # -- the whole

    def separators(self, i: int, before: str) -> set[tuple[str, int]]:
        """How strongly what follows is parted from what was before, and where it begins."""
        found: set[tuple[str, int]] = set()
        fresh = {("none", i)}
        while fresh:
            found |= fresh
            fresh = {one for strength, j in fresh for one in self._parted(strength, j, before)} - found
        return found

    def _parted(self, strength: str, i: int, before: str) -> Iterator[tuple[str, int]]:
        def at_least(other: str) -> str:
            return max(strength, other, key=STRENGTHS.index)

        if self.mark(i, "comma", "and"):
            yield at_least("comma"), i + 1
        if self.mark(i, "stop"):
            yield at_least("strong"), i + 1
        if self.mark(i, "colon") and (before == "polite" or strength == "except"):
            yield strength, i + 1
        if self.mark(i, "dash", "bullet"):
            yield at_least("comma" if i else "none"), i + 1
        if self.is_numbering(i):
            yield strength, i + 2
        yield from ((at_least("comma"), end) for end in self.after(i, (Kind.AND, Kind.BUT)))
        yield from (("except", end) for end in self.after(i, Kind.EXCEPT))

    @listed
    def rest(self, i: int, before: str) -> Found:
        self.furthest = max(self.furthest, i)
        if i == len(self.tokens):
            yield (), i
        seen = 0
        for strength, j in sorted(self.separators(i, before)):
            if j == len(self.tokens) and j > i:
                yield (), j
            for (shape, items), k in self.item(j, excepted=strength == "except"):
                if k == j or not _may_follow(before, strength, shape, items):
                    continue
                told = _excepted(items) if strength == "except" else items
                for more, end in self.rest(k, shape):
                    yield (*told, *more), end
                    seen += 1
                    if seen >= MOST_READINGS:
                        self.is_too_much = True
                        return


def _excepted(items: Reading) -> Reading:
    return tuple(replace(one, excepted=True) if isinstance(one, Mention) else one for one in items)


def _noted(mentions: tuple[Mention, ...], note: str) -> tuple[Mention, ...]:
    if not note:
        return mentions
    return tuple(replace(one, said=tuple(replace(said, note=note) for said in one.said)) for one in mentions)


def _may_follow(before: str, strength: str, shape: str, items: Sequence[Item]) -> bool:
    """Whether an item may stand behind another one, so parted."""
    if shape == "short":
        return before == "subject" and strength == "comma"
    if before == "bare" and shape in {"subject", "category", "bare"}:
        return strength in {"strong", "except"}
    if strength != "none" or before in {"start", "polite"} or shape == "polite":
        return True
    first: Any = items[0]
    if isinstance(first, Mention | Fine) and first.who[0].card is not None:
        return False
    return "other" in {before, shape} or before == shape
