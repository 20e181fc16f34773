"""What a typed conduct report can say of somebody: categories, counts, leave, notes, that all is well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from handlers.reports.sentence.grammar import Token
from handlers.reports.sentence.rules import CLAIMING, Found, Rules, listed, within
from handlers.reports.sentence.vocabulary import Kind
from handlers.reports.sentence.who import names_at
from storage.base.text import nfc
from storage.reports.reports import ABSENCES, Category

ANY: Final = tuple(Category)
LEAVE: Final = (Category.EXCUSED, Category.UNEXCUSED)  # one of these: with or without leave
MOST_CLAIMS: Final = 4  # of one person
# What begins something else, so that no note goes on over it.
STARTS: Final = (Kind.CATEGORY, Kind.ABSENT, Kind.ALL, Kind.REST, Kind.EXCEPT)


@dataclass(frozen=True)
class Said:
    """What is said of somebody: one of `kinds` (several: it has to be asked), how often, with which note.

    `flaw` names why its number is no number of sessions: times, unit. `is_leave`: only leave is spoken of, no absence.
    """

    at: int
    text: str
    kinds: tuple[Category, ...]
    times: int | None = None
    note: str = ""
    flaw: str = ""
    is_leave: bool = False


class Claims(Rules):
    """The rules of what is said, without who it is said of."""

    # -- what is said

    @listed
    def base(self, i: int) -> Found:
        """((kinds, note, whether leave may still follow), end)."""
        for category, end in self.words(i, Kind.CATEGORY, Kind.QUALITY):
            yield ((category,), "", False), end
        for j in self.some(i, Kind.AMISS):
            for category, end in self.words(j, Kind.QUALITY) if j > i else ():
                yield ((category,), "", False), end
        for end in self.after(i, Kind.PERMIT):
            yield ((Category.EXCUSED,), "", False), end
        for end in self.after(i, (Kind.AMISS, Kind.BAD)):
            yield (ANY, "", False), end
        for end in self.after(i, Kind.REASON):
            yield (ABSENCES, self.quoted(i, end), False), end
        yield from self._absent(i)
        yield from self._denied_base(i)
        yield from self._quality(i)

    def _absent(self, i: int) -> Found:
        """Such as "vắng", "nghỉ ốm", "ốm nghỉ"."""
        for j in self.after(i, Kind.ABSENT):
            yield (LEAVE, "", True), j
            for end in self.after(j, Kind.REASON):
                yield (LEAVE, self.quoted(j, end), True), end
        for j in self.after(i, Kind.REASON):
            for end in self.after(j, Kind.ABSENT):
                yield (LEAVE, self.quoted(i, j), True), end

    def _denied_base(self, i: int) -> Found:
        for end in self.after(i, Kind.NOT, Kind.PERMIT):
            yield ((Category.UNEXCUSED,), "", False), end
        for end in self.after(i, Kind.NOT, Kind.ATTENDING):
            yield (LEAVE, "", True), end
        for j in self.some(i, Kind.ATTENDING):
            for end in self.after(j, Kind.NOT, (Kind.WELL, Kind.REGULAR)):
                yield (ANY, "", False), end

    def _quality(self, i: int) -> Found:
        """Such as "Học yếu", "tác phong chưa nghiêm túc": how it is becomes the note."""
        for category, j in self.words(i, Kind.QUALITY, Kind.LEARNING):
            for k in self.some(j, Kind.FILL):
                for end in [*self.after(k, Kind.BAD), *self.after(k, Kind.NOT, Kind.WELL)]:
                    yield ((category,), self.quoted(k, end), False), end

    def of_count(self, i: int, end: int, count: tuple[int | None, str]) -> Said:
        """What a count alone says: it is asked of what."""
        return Said(self.tokens[i].at, self.quoted(i, end), ANY, count[0], "", count[1])

    @listed
    def leave(self, i: int) -> Found:
        """What behind an absence says with or without leave: (category or None, end)."""
        j = i + 1 if self.mark(i, "comma") else i
        yield from ((Category.EXCUSED, end) for end in self.after(j, Kind.PERMIT))
        yield from ((Category.UNEXCUSED, end) for end in self.after(j, Kind.NOT, (Kind.PERMIT, Kind.GROUND)))
        for k in self.some(j, Kind.BECAUSE):
            for category, end in self.words(k, Kind.CATEGORY):
                if category in {Category.UNEXCUSED, Category.RECALLED}:
                    yield category, end
        yield from ((None, end) for end in self.after(i, Kind.GROUND))
        if token := self.mark(i, "paren"):
            for category in self.inside(token, "leave"):
                yield category, i + 1

    @listed
    def said(self, i: int, *, bare: bool = True, notes: bool = True) -> Found:
        """All that is said in one category: "đi muộn 2 buổi", "2 buổi vắng không phép (ốm)"."""
        for before, j in [(None, i), *self.count(i, bare=False)]:
            for k in self.some(j, Kind.FILL):
                for (kinds, note, open_), m in self.base(k):
                    is_leave = m in {*self.after(k, Kind.PERMIT), *self.after(k, Kind.NOT, Kind.PERMIT)}
                    whole = Said(self.tokens[i].at, "", kinds, note=note, is_leave=is_leave)
                    for told, end in self._completed(m, whole, before, open_, bare=bare):
                        for more, last in self.note(end) if notes else [("", end)]:
                            if not (more and note):
                                yield replace(told, note=more or note, text=self.quoted(i, last)), last

    def _completed(self, i: int, said: Said, count: Any, leave: bool, *, bare: bool) -> Found:
        """With a count and the leave, in any order, each once."""
        made = replace(said, times=count[0], flaw=count[1]) if count else said
        yield made, i
        if leave:
            for category, end in self.leave(i):
                kinds = (category,) if category else said.kinds
                yield from self._completed(end, replace(made, kinds=kinds), count, False, bare=bare)
        if count is None:
            for own, end in [*self.count(i, bare=bare), *self._count_in_brackets(i)]:
                yield from self._completed(end, said, own, leave, bare=bare)

    def _count_in_brackets(self, i: int) -> Found:
        if token := self.mark(i, "paren"):
            for own in self.inside(token, "count", bare=True):
                yield own, i + 1

    @listed
    def qualified(self, i: int, *, partly: bool = False) -> Found:
        """A count, the leave, or all of something said."""
        yield from self.count(i, bare=True)
        yield from self.leave(i)
        if not partly:
            yield from self.said(i, notes=False)

    @listed
    def detail(self, i: int, said: Said, *, is_inner: bool = False) -> Found:
        """What stands behind one name of a category: a count, the leave, a note, in brackets or not."""
        leave = said.kinds == LEAVE
        count = None if said.times is None and not said.flaw else (said.times, said.flaw)
        for own, end in self._completed(i, said, count, leave, bare=True):
            for note, last in self.note(end) if is_inner else self._note_in_brackets(end):
                yield replace(own, note=note or own.note), last
        if token := self.mark(i, "paren"):
            for own in self.inside(token, "detail", said, is_inner=True):
                if own != said:
                    yield own, i + 1

    def _note_in_brackets(self, i: int) -> Found:
        yield "", i
        if self.mark(i, "paren", "quote"):
            yield from ((note, end) for note, end in self.note(i) if end == i + 1)

    # -- notes

    @listed
    def note(self, i: int) -> Found:
        """A note behind what is said: in quotes, in brackets, behind a colon or a "because", or a usual reason."""
        yield "", i
        for j in [i, *([i + 1] if self.mark(i, "comma") else [])]:
            for k in self.some(j, Kind.FILL):
                yield from ((self.quoted(k, end), end) for end in self.after(k, Kind.REASON))
            for k in self.after(j, Kind.BECAUSE):
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
            begins = parted or i + 1 in inner.after(i, Kind.AND)
            names = not parted and (names or bool(names_at(tokens, i, self.learners)))
            claims = not parted and (claims or bool(inner.after(i, CLAIMING)))
            if names and claims:
                return False
        return True

    def begins_something(self, i: int) -> bool:
        named = i < len(self.tokens) and bool(names_at(self.tokens, i, self.learners))
        return named or bool(self.after(i, STARTS))

    # -- that it is well

    @listed
    def denial(self, i: int) -> Found:
        """Such as "Không đi muộn", "không vắng buổi nào": ((whole, denied categories), end)."""
        for j in self.after(i, Kind.NOT):
            for k in sorted({m for n in self.some(j, Kind.NEVER) for m in self.some(n, Kind.FILL)}):
                for denied, end in self._denied(k):
                    if denied != (False, (Category.COMMENDATION,)):
                        yield from ((denied, last) for last in (end, *self.after(end, Kind.NEVER)))

    def _denied(self, i: int) -> Found:
        """What stands behind a "not": ((whole, denied categories), end)."""
        amiss = self.after(i, Kind.AMISS)
        for value, end in self.words(i, Kind.CATEGORY, Kind.ABSENT, Kind.AMISS):
            yield ((True, ()) if end in amiss else (False, (value,) if value else ABSENCES)), end

    @listed
    def praise(self, i: int) -> Found:
        """Such as "Tốt", "đi học đều", "học tập tốt", "không có gì": ((whole, ()), end)."""
        yield from (((True, ()), end) for end in self.after(i, Kind.WELL))
        yield from (((False, ()), end) for end in self.after(i, Kind.REGULAR))
        for j in self.after(i, (Kind.QUALITY, Kind.LEARNING)):
            for k in self.some(j, Kind.FILL):
                yield from (((False, ()), end) for end in self.after(k, (Kind.WELL, Kind.REGULAR)))
        yield from (((True, ()), end) for end in self.after(i, Kind.NOT, Kind.ISSUE))

    @listed
    def well(self, i: int, before: int = 0) -> Found:
        """One or several of these in a row: ((whole, denied), end)."""
        if before >= MOST_CLAIMS:
            return
        for (whole, denied), j in [*self.praise(i), *self.denial(i)]:
            yield (whole, denied), j
            for k in self._next(j):
                for (more, others), end in self.well(k, before + 1):
                    yield (whole or more, (*denied, *others)), end

    def _next(self, i: int) -> list[int]:
        """Where another claim about the same people may begin."""
        joined = self.behind_mark(i, ("comma", "and"), Kind.AND, Kind.BUT)
        return sorted({k for j in joined for k in self.some(j, Kind.FILL)})

    def well_alone(self, i: int) -> Found:
        """What says without a subject that all is well: more than a single word, which may be a mere "ok"."""
        for (whole, denied), end in self.praise(i):
            if end > i + 1 and whole:
                yield (whole, denied), end
        yield from self.nobody(i)

    def nobody(self, i: int) -> Found:
        """Such as "không ai đi muộn": ((whole, denied), end)."""
        for j in self.after(i, Kind.NOT, Kind.NOBODY):
            for k in self.some(j, Kind.FILL):
                yield from self._denied(k)

    # -- all that is said of some people

    @listed
    def claims(self, i: int, before: int = 0) -> Found:
        """(what is said of them, nothing where it is well; end). After a "not" nothing is affirmed any more."""
        if before >= MOST_CLAIMS:
            return
        for said, j in self.said(i):
            yield (said,), j
            for k in self._next(j):
                for more, end in self.claims(k, before + 1):
                    if (k > j or not more) and not _asks_and_says(said, more):
                        yield (said, *more), end
        yield from ((((), end)) for _well, end in self.well(i))


def _asks_and_says(said: Said, more: Sequence[Said]) -> bool:
    """Whether the leave that is left open stands in what follows: then it is one thing, not two."""
    return said.kinds == LEAVE and any(one.kinds[0] in LEAVE for one in more)
