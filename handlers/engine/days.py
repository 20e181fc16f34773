"""The days and weeks people name when they type: "mai", "thứ Ba tuần sau", "chiều nay", "tuần này"."""

from datetime import date, timedelta
from functools import cache
from typing import Final

from locales import every_wording, later
from storage.base.text import fold, parse_date

WEEKS: Final = {0: later("this week, week"), 1: later("next week, week after"), -1: later("last week")}
DAYS: Final = {0: later("today"), 1: later("tomorrow")}
LONGEST: Final = 5  # words of a day's name
# The hours of a part of the day: from the first up to the second one.
PARTS: Final = {
    (0, 12): later("morning, in the morning"),
    (12, 18): later("afternoon, in the afternoon"),
    (18, 24): later("evening, in the evening"),
}


@cache
def _said(marked: str) -> frozenset[str]:
    return frozenset(fold(word) for text in every_wording(marked) for word in text.split(","))


def week_in(text: str) -> int | None:
    """How many weeks from this one the text names; None where it names none."""
    return next((weeks for weeks, words in WEEKS.items() if fold(text) in _said(words)), None)


def day_in(text: str, today: date) -> date | None:
    """The day the text names and nothing else, today where it is only a part of one; None where it names none."""
    return today if _is_part(text) else _named(text, today)


def _named(text: str, today: date) -> date | None:
    near = next((days for days, words in DAYS.items() if fold(text) in _said(words)), None)
    return today + timedelta(days=near) if near is not None else parse_date(text, today=today)


def part_in(text: str) -> tuple[int, int] | None:
    """The hours of the part of the day the text names; None for the whole of it."""
    words = f" {fold(text)} "
    return next(
        (hours for hours, said in PARTS.items() if any(f" {one} " in words for one in _said(said))), None
    )


def names_time(text: str, today: date) -> bool:
    """Whether the text is a day or a week and nothing else."""
    return week_in(text) is not None or day_in(text, today) is not None


def day_within(text: str, today: date) -> date | None:
    """The first day named anywhere in a sentence, its longest name first; one word alone only for tomorrow."""
    words = text.split()
    for length in range(min(len(words), LONGEST), 0, -1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length]).strip(",.;!?")
            day = _named(phrase, today) if length > 1 or fold(phrase) in _said(DAYS[1]) else None
            if day is not None:
                return day
    return None


def _is_part(text: str) -> bool:
    return any(fold(text) in _said(said) for said in PARTS.values())
