"""No typed text is worth more work than its length: whatever reads it takes at most so much more for twice as much.

Work is counted, in calls and in steps of patterns (tests/houses/counting.py), never in seconds.
"""

import itertools
import re
from collections.abc import Callable
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.engine import choosing
from handlers.joining import ways_in
from handlers.reports.rhythm import words as rhythm
from handlers.reports.sentence.grammar import MOST_TOKENS, clean, tokens_of
from handlers.reports.sentence.meaning import read_report
from handlers.reports.sentence.who import Learner, chosen_by
from handlers.units import trips
from storage.base import keyring, text, typed
from storage.reports.rhythm import RhythmError
from storage.spreadsheets import cells, kinds, times
from storage.spreadsheets.leftover import Leave
from tests.houses.counting import calls, pattern_steps

LENGTHS = (100, 200, 400)  # characters
GROWTH = 2.5  # of the work, where the length is doubled
SLACK = 200  # of it, for what happens once
TODAY = date(2026, 11, 16)
NAMES = [
    "Nguyễn Văn An",
    "Trần Thị Bình",
    "Lê Văn Anh",
    "Phạm Thị Hoà",
    "Đỗ Minh An",
    "Vũ Văn Cường",
    "Ngô Thị Mai",
    "Mai Văn Xuân",
]
LEARNERS = [Learner(number, name, date(1990, 5, 12)) for number, name in enumerate(NAMES, 1)]
COURSE = SimpleNamespace(from_date=date(2026, 9, 7), to_date=date(2027, 6, 30))


def may_refuse(read: Callable[[str], object], *refusals: type[Exception]) -> Callable[[str], object]:
    def tried(said: str) -> object:
        try:
            return read(said)
        except refusals:
            return None

    return tried


def of_cell(parser: Callable[[object, date], object]) -> Callable[[str], object]:
    return may_refuse(lambda said: parser(said, TODAY), cells.Wrong, Leave)


READERS: dict[str, Callable[[str], object]] = {
    "report": lambda said: read_report(said, LEARNERS),
    "tokens": lambda said: tokens_of(clean(said)),
    "whom an answer names": lambda said: chosen_by(said, LEARNERS, TODAY),
    "numbers of choices": choosing.numbers_in,
    "label": lambda said: typed.says(said, "Đã nhận thông báo"),
    "beginning of a label": lambda said: typed.says(said, "Đã nhận thông báo", whole=False),
    "letters": typed.letters,
    "word": lambda said: typed.same_word(said, "nhận"),
    "trip": lambda said: trips.read_days(said, TODAY),
    "trip's sentence": lambda said: trips._SAID.fullmatch(" ".join(text.bare(said).split())),
    "days of a rhythm": may_refuse(lambda said: rhythm.typed("dates", said, COURSE), RhythmError),
    "blocks of a rhythm": may_refuse(lambda said: rhythm.typed("block", said, COURSE), RhythmError),
    "year of birth": lambda said: [*ways_in._YEAR.finditer(said)],
    "code": keyring.looks_like_code,
    "tidy code": keyring.tidy_code,
    "stored form": text.nfc,
    "stored lines": lambda said: text.nfc(said, lines=True),
    "search form": text.fold,
    "name in capitals": lambda said: text.name_case(said.upper()),
    "given name": text.given_name,
    "name order": text.sort_text,
    "phone": text.phone,
    "date": lambda said: text.parse_date(said, today=TODAY),
    "time": text.parse_time,
    "words of a name": lambda said: text.matches(said, "Nguyễn Văn An"),
    "nearest name": lambda said: text.closest(said, NAMES),
    **{
        f"cell: {name}": of_cell(getattr(room, name))
        for room, names in (
            (cells, ("text", "person_name", "gender", "party_status", "crossed", "phone_number", "birth_date", "mark")),
            (times, ("session_day", "day_of_range", "weekday", "part", "clock", "hours", "topic", "periods")),
        )
        for name in names
    },
    "cell: is_mark": cells.is_mark,
    "cell: is_blank": cells.is_blank,
    "cell: check_formula": may_refuse(cells.check_formula, cells.Wrong),
    **{f"header of {name}": partial(kinds.match, kind) for name, kind in kinds.KINDS.items()},
    "header of a mark": kinds.mark_kind,
}  # fmt: skip
# What the grammars know, what they take for names and numbers, and what opens without closing.
PIECES = [
    "tất cả tốt ", "An ", "Anh ", "Mai ", "Nguyễn Văn An, ", "đi muộn ", "vắng ", "không ", "có phép ", "vì ", "trừ ", "và ",
    "còn lại ", "đ/c ", "học yếu ", "buổi ", "số ", "từ ", "đến ", "ngày ", "thứ hai ", "hôm nay ", "7h30 ", "07:30", "tuần sau ",
    "8/12", "08/12/2026 ", "07/09-30/11", "tiết ", "1", "2 ", "12", "1.", "0", "9,", "a", "a.", "đ", "Đ ", "x ", "N.V.", "=", "+84",
    ", ", ",", ";", ".", ":", " ", "\t", "\n", "-", "–", "/", "(", ")", "[", '"', "“", "”", "«", "»", "'", "_", "@", "?", "%", "́",
    "\u200b", "📎",
]  # fmt: skip
ALONE = [*"19a.,;: \n-/(\"“«'_?", "1.", "9,", "An ", "không ", "vì ", "7h", "1/", "tiết "]  # each for itself
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)


def built(head: str, unit: str, tail: str, length: int) -> str:
    return head + (unit * length)[: length - len(head) - len(tail)] + tail


def grows(
    count: Callable[[Callable[[], object]], int], read: Callable[[str], object], said: list[str]
) -> str:
    """How the work grows, where it grows more than the text at each doubling: a single jump is another way of reading."""
    taken = [count(partial(read, each)) for each in said]
    much = all(more > GROWTH * less + SLACK for less, more in itertools.pairwise(taken))
    return f"{taken} for {said[0][:80]!r}…" if much else ""


def too_much(read: Callable[[str], object], head: str, unit: str, tail: str) -> str:
    said = [built(head, unit, tail, length) for length in LENGTHS]
    return grows(calls, read, said) or grows(pattern_steps, read, said)


@pytest.mark.parametrize("name", READERS)
def test_every_piece_again_and_again_costs_its_length(name):
    """Former outcome of the report: 8,000 commas took 5 s, as many “ 11 s; at each mark all before it was looked through."""
    found = {piece: told for piece in ALONE if (told := too_much(READERS[name], "", piece, "x"))}
    assert found == {}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=3)
@given(head=pieces, unit=pieces, tail=pieces)
@example(head="7h", unit=" ", tail="x")
@example(head="từ ", unit="a ", tail="đến")
def test_what_is_put_together_costs_its_length(name, head, unit, tail):
    assert too_much(READERS[name], head, unit, tail) == ""


# --- the longest report that is read


MOST_CALLS = 2_500_000  # some 0.4 s; the worst found took 1.66 million


@settings(max_examples=5)
@given(head=pieces, unit=pieces, tail=pieces)
@example(head="1. yếu trừ ", unit="anh ", tail="số học ")
@example(head="", unit="đi muộn vì ", tail="1. ")
def test_the_longest_report_that_is_read_costs_a_bounded_work(head, unit, tail):
    """All readings of a sentence are looked at, so its work grows more than its length; hence the limit of its words."""
    tokens = tokens_of(clean(head + unit * MOST_TOKENS))
    whole = clean(head + unit * MOST_TOKENS)[: tokens[min(len(tokens), MOST_TOKENS - 8) - 1].end] + " " + tail
    assert calls(lambda: read_report(whole, LEARNERS)) < MOST_CALLS


def test_what_is_too_long_is_told():
    told = read_report("An đi muộn, " * 800, LEARNERS)
    assert told is not None
    assert told.problem.kind == "long"
    inner = read_report(f"An đi muộn ({'ốm ' * 400}), còn lại tốt", LEARNERS)
    assert inner.problem.kind == "part"


@pytest.mark.parametrize("digits", [10, 5000])
def test_a_number_of_thousands_of_digits_is_no_fault(digits):
    """Former outcome: Python refuses to read more than 4,300 of them, and the turn failed."""
    number = "9" * digits
    assert read_report(f"An đi muộn {number} buổi", LEARNERS).problem.kind == "times"
    assert read_report(f"số {number} đi muộn", LEARNERS).problem.kind == "number"


# --- whole turns


@pytest.mark.parametrize("unit", ["tất cả tốt ", "lịch ", ", ", "“", "1 ", "a", "/menu ", "An đi muộn 2, "])
@pytest.mark.parametrize("who", ["head", "registrar", "learner"])
def test_a_turn_costs_what_was_typed(stage, who, unit):
    player = getattr(stage, who)
    player.says("/menu")
    said = [unit * (length // len(unit)) for length in LENGTHS]
    player.says(said[0])  # what is made at the first time is made
    assert grows(calls, player.says, said) == ""


# --- the counting can find something


@pytest.mark.parametrize("pattern", [r"«[^»]*»", r"(?:a|b|«)+c", r"\s*«*\s*«*x", r"(«+)+x"])
def test_a_pattern_that_is_not_linear_is_seen(pattern):
    said = [("«" * length) for length in ((4, 8, 16) if "+)+" in pattern else LENGTHS)]
    assert grows(pattern_steps, partial(re.search, pattern), said) != ""


def test_a_loop_that_is_not_linear_is_seen():
    def pairs(said: str) -> list[str]:
        return [said.upper() for one in said for _other in said if one.isalpha()]

    assert grows(calls, pairs, ["a" * 20, "a" * 40, "a" * 80]) != ""
