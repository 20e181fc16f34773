"""How much work something is, without a clock: calls, and the steps a backtracking engine takes for its patterns.

A pattern is one call whatever it costs, so its steps are counted by a small engine of our own, which tries what Python's
tries and in that order, without its shortcuts. `work(run)` gives both together.
"""

import _sre
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any
from unittest.mock import patch

Then = Callable[[int], bool]


class Steps:
    """Counts what it takes to try a pattern on a text."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.tree = _tree(pattern)
        self.flags, self.text, self.taken = pattern.flags, text, 0
        self.groups: dict[int, tuple[int, int]] = {}
        self.end = 0

    def at(self, place: int, *, whole: bool) -> bool:
        """Whether it matches from a place on."""

        def ends(end: int) -> bool:
            self.end = end
            return not whole or end == len(self.text)

        return self._row(list(self.tree), 0, place, ends)

    def _row(self, items: list[Any], number: int, place: int, then: Then) -> bool:
        if number == len(items):
            return then(place)
        return self._one(items[number], place, lambda end: self._row(items, number + 1, end, then))

    def _one(self, item: tuple[Any, Any], place: int, then: Then) -> bool:  # noqa: PLR0911  a kind a line
        self.taken += 1
        kind, given = item
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
            return self._repeated(kind is op.MIN_REPEAT, given, place, then)
        if kind is op.SUBPATTERN:
            return self._group(given, place, then)
        if kind is op.BRANCH:
            return _first(self._row(list(way), 0, place, then) for way in given[1])
        if kind in {op.ASSERT, op.ASSERT_NOT}:
            return self._looked(given, place) == (kind is op.ASSERT) and then(place)
        if kind is op.GROUPREF:
            start, end = self.groups.get(given, (0, 0))
            return self.text.startswith(self.text[start:end], place) and then(place + end - start)
        if kind is op.AT:
            return self._fits(kind, given, place) and then(place)
        return place < len(self.text) and self._fits(kind, given, place) and then(place + 1)

    def _group(self, given: Any, place: int, then: Then) -> bool:
        number, _added, _taken, inner = given

        def after(end: int) -> bool:
            if number is not None:
                self.groups[number] = (place, end)
            return then(end)

        return self._row(list(inner), 0, place, after)

    def _looked(self, given: Any, place: int) -> bool:
        direction, inner = given
        start = place if direction > 0 else place - inner.getwidth()[0]
        return start >= 0 and self._row(list(inner), 0, start, lambda _end: True)

    def _repeated(self, lazy: bool, given: Any, place: int, then: Then) -> bool:
        least, most, inner = given
        if len(inner) == 1 and inner[0][0] in {op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY}:
            return self._run(lazy, least, most, inner[0], place, then)
        return self._rounds(list(inner), least, most, lazy, place, then)

    def _run(self, lazy: bool, least: int, most: Any, item: Any, place: int, then: Then) -> bool:
        """A single character again and again, without recursion."""
        end = place
        while end < len(self.text) and end - place < int(most) and self._fits(*item, end):
            self.taken += 1
            end += 1
        ends = range(place + least, end + 1)
        for stop in ends if lazy else reversed(ends):
            self.taken += 1
            if then(stop):
                return True
        return False

    def _rounds(self, inner: list[Any], least: int, most: Any, lazy: bool, place: int, then: Then) -> bool:
        def again(end: int) -> bool:
            stuck = end == place and least == 0
            return not stuck and self._rounds(inner, max(least - 1, 0), int(most) - 1, lazy, end, then)

        ways = [lambda: int(most) > 0 and self._row(inner, 0, place, again)]
        if least == 0:
            ways.insert(0 if lazy else 1, lambda: then(place))
        return _first(way() for way in ways)

    def _fits(self, kind: Any, given: Any, place: int) -> bool:
        """Whether one character, or an edge, is what it has to be: asked of Python's own engine."""
        return _single(kind, given, self.flags)(self.text, place) is not None


@cache
def _tree(pattern: re.Pattern[str]) -> Any:
    return parser.parse(pattern.pattern, pattern.flags)


def _first(tried: Iterable[bool]) -> bool:
    """As `any`, which is C's: a recursion of thousands stays out of its stack."""
    for found in tried:  # noqa: SIM110
        if found:
            return True
    return False


_singles: dict[tuple[Any, ...], Any] = {}


def _single(kind: Any, given: Any, flags: int) -> Any:
    """How Python's own engine looks for one character; trees are kept, so a set is known by its place in memory."""
    key = (kind, id(given) if isinstance(given, list) else given, flags)
    if key not in _singles:
        state = parser.State()
        state.flags = flags
        code = compiler._code(parser.SubPattern(state, [(kind, given)]), flags)
        _singles[key] = _sre.compile("", flags, code, 0, {}, ()).match
    return _singles[key]


@lru_cache(maxsize=20_000)
def steps(pattern: re.Pattern[str], text: str, way: str) -> int:
    """The steps of `match`, `fullmatch`, or, for whatever looks for all of them, of going through the text."""
    counted = Steps(pattern, text)
    place = 0
    while place <= len(text):
        found = counted.at(place, whole=way == "fullmatch")
        if way in {"match", "fullmatch"} or (found and way == "search"):
            break
        place = max(counted.end, place + 1) if found else place + 1
    return counted.taken


class Watched:
    """A pattern that counts the steps of whatever it is asked."""

    def __init__(self, pattern: re.Pattern[str], tell: Callable[[int], None]) -> None:
        self._pattern, self._tell = pattern, tell

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._pattern, name)
        if name not in {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}:
            return plain

        def counted(*args: Any, **more: Any) -> Any:
            self._tell(steps(self._pattern, args[1] if name.startswith("sub") else args[0], name))
            return plain(*args, **more)

        return counted


def _ours() -> Iterator[tuple[Any, str, re.Pattern[str]]]:
    """Every pattern of the program that stands in a module."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"bot", "handlers", "storage", "locales"}:
            for each, value in list(vars(module).items()):
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield module, each, value


@contextmanager
def _watching(tell: Callable[[int], None]) -> Iterator[None]:
    """Also patterns that are written where they are used."""
    compiled = re._compile  # type: ignore[attr-defined]
    found = list(_ours())
    for module, name, pattern in found:
        setattr(module, name, Watched(pattern, tell))
    try:
        with patch.object(re, "_compile", lambda pattern, flags: Watched(compiled(pattern, flags), tell)):
            yield
    finally:
        for module, name, pattern in found:
            setattr(module, name, pattern)


def work(run: Callable[[], object]) -> int:
    """Calls of Python and of C, and the steps of patterns."""
    return calls(run) + pattern_steps(run)


def calls(run: Callable[[], object]) -> int:
    counted = 0

    def told(_frame: object, event: str, _what: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(told)
    try:
        run()
    finally:
        sys.setprofile(before)
    return counted


def pattern_steps(run: Callable[[], object]) -> int:
    taken: list[int] = []
    deepest = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    try:
        with _watching(taken.append):
            run()
    finally:
        sys.setrecursionlimit(deepest)
    return sum(taken)
