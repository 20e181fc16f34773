"""How long something takes is told in the units people say, by one function."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import Language

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = {"phút": MINUTE, "giờ": HOUR, "ngày": DAY, "minute": MINUTE, "hour": HOUR, "day": DAY}


def told(text: str) -> tuple[timedelta, timedelta]:
    """The span a text tells, and its smallest unit."""
    if text in {"chưa đầy 1 phút", "less than a minute"}:
        return timedelta(), MINUTE
    parts = [(int(n), UNITS[unit.removesuffix("s")]) for n, unit in re.findall(r"(\d+) (\w+)", text)]
    least = DAY if parts[-1][1] == DAY else MINUTE
    return sum((n * unit for n, unit in parts), timedelta()), least


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (3 * MINUTE, "3 phút"),
        (timedelta(seconds=30), "chưa đầy 1 phút"),
        (59 * MINUTE, "59 phút"),
        (HOUR, "1 giờ"),
        (2 * HOUR + 15 * MINUTE, "2 giờ 15 phút"),
        (23 * HOUR + 59 * MINUTE, "23 giờ 59 phút"),
        (DAY, "1 ngày"),
        (40 * DAY + HOUR, "40 ngày"),
    ],
)
def test_a_span_is_told_in_the_units_people_say(span, text):
    assert Language().lasting(span) == text


@given(st.sampled_from(["vi", "en"]), st.timedeltas(timedelta(), timedelta(days=4000)))
def test_nothing_is_told_longer_than_it_is_nor_shorter_by_more_than_its_smallest_unit(code, span):
    text = Language(code).lasting(span)
    said, least = told(text)
    assert said <= span < said + least, text
    assert not re.search(r"(?<!\d)0 ", text), text


@given(st.timedeltas(timedelta(), timedelta(days=400)), st.timedeltas(timedelta(), timedelta(days=400)))
def test_what_takes_longer_is_never_told_as_shorter(one, other):
    short, long = sorted([one, other])
    assert told(Language().lasting(short))[0] <= told(Language().lasting(long))[0]
