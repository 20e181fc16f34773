"""The grammar of a typed conduct line, without diacritics as well: numbers, what is said of them, the rest is well."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from locales import every_wording, later
from storage.conduct import Category
from storage.text import fold, nfc

WORDINGS: Final = {
    Category.LATE: later("late, came late"),
    Category.EXCUSED: later("excused, excused absence, absent with leave"),
    Category.UNEXCUSED: later("unexcused, unexcused absence, absent without leave"),
    Category.RECALLED: later("recalled, recalled by the unit"),
    Category.STUDY: later("study"),
    Category.MANNER: later("manner"),
    Category.ETHICS: later("ethics"),
    Category.COMMENDATION: later("commendation, commended"),
}
ALL_WELL: Final = later("the rest are well, all are well, all well, the others are well")
MOST_TIMES: Final = 99  # sessions
PART: Final = re.compile(
    r"(?P<numbers>\d{1,3}(?:\s*(?:[,&]|\bvà\b|\bva\b|\band\b|\s)\s*\d{1,3})*)\s*(?P<words>[^\d:]+?)"
    r"(?:\s+(?P<times>\d{1,2})(?:\s+[^\d:]+)?)?(?:\s*:\s*(?P<note>.+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OneSaid:
    category: Category
    times: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Said:
    """What a line says of the learners by their numbers. `not_understood` is its first part that says nothing known."""

    learners: dict[int, OneSaid] = field(default_factory=dict)
    not_understood: str = ""


def read_line(text: str) -> Said | None:
    """The line as a report; None where it is none: it neither begins with a number and words nor says that all is well."""
    parts = list(_parts(text))
    if not parts or not any(_is_report(part) for part in parts):
        return None
    learners: dict[int, OneSaid] = {}
    for part in parts:
        if _is_all_well(part):
            continue
        one = _one(part)
        if one is None or any(learners.get(number, one[1]) != one[1] for number in one[0]):
            return Said(learners, part)
        learners |= dict.fromkeys(*one)
    return Said(learners)


def _parts(text: str) -> Iterator[str]:
    """The line at its semicolons and line breaks, and at commas too, except in what follows a colon."""
    for clause in re.split(r"[;\n]", nfc(text, lines=True)):
        head, colon, note = clause.partition(":")
        pieces = _at_commas(head)
        if colon and pieces:
            pieces[-1] = f"{pieces[-1]}:{note}"
        yield from (piece.strip(" .") for piece in pieces if piece.strip(" ."))


def _at_commas(head: str) -> list[str]:
    """Pieces between commas; one of nothing but numbers belongs to the piece behind it ("2, 5 muộn")."""
    pieces, waiting = [], ""
    for piece in head.split(","):
        whole = f"{waiting}, {piece}" if waiting else piece
        if re.fullmatch(r"[\s\d,]*", whole) and whole.strip():
            waiting = whole
        else:
            pieces.append(whole)
            waiting = ""
    return [*pieces, waiting] if waiting else pieces


def _is_report(part: str) -> bool:
    return _is_all_well(part) or _one(part) is not None


def _is_all_well(part: str) -> bool:
    return fold(part) in _wordings()[1]


def _one(part: str) -> tuple[list[int], OneSaid] | None:
    """The numbers of a part and what it says of them; None for anything else."""
    found = PART.fullmatch(part)
    category = _wordings()[0].get(fold(found["words"])) if found else None
    if found is None or category is None:
        return None
    times = int(found["times"]) if found["times"] else None
    if times == 0:
        return None
    numbers = [int(number) for number in re.findall(r"\d+", found["numbers"])]
    return numbers, OneSaid(category, times, nfc(found["note"] or ""))


@cache
def _wordings() -> tuple[dict[str, Category], frozenset[str]]:
    """Every wording of each category, and of "all is well", folded, in all languages."""
    known = {fold(word): kind for kind, marked in WORDINGS.items() for word in _words(marked)}
    return known, frozenset(fold(word) for word in _words(ALL_WELL))


def _words(marked: str) -> Iterator[str]:
    for text in every_wording(marked):
        yield from text.split(",")
