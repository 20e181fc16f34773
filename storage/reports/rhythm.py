"""The rhythm of a class's conduct reports as data (000-18): which days each is about, when it is due.

A rhythm is {"every": …, "open_days": 3, "grace_days": 1}: `every` is "closing" (once, after the closing), "week"
(Monday to Sunday), "month", "block" (with "blocks": [{"name": …, "from": "2026-09-07", "to": …}]), "dates" (with
"dates": [["2026-09-07", "2026-09-30"], …]), or "" (by the class's length). A deadline is `open_days` working days
after the last day; a late report is waited for `grace_days` working days more. Days are the centre's.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from storage.base.calendar import SendingCalendar
from storage.courses.timetable import day_begins
from storage.reports.reports import ReportPeriod

EVERY: Final = ("closing", "week", "month", "block", "dates")  # buttons carry the position, so only append
FORMER: Final = {"once": "closing", "class": "closing"}
LISTS: Final = {"block": "blocks", "dates": "dates"}  # where the days of such a rhythm stand
OPEN_DAYS: Final = 3
GRACE_DAYS: Final = 1
MOST_DAYS: Final = 60  # working days: longer than any deadline that is meant
SHORT_CLASS: Final = 31  # days: a class as short as this is reported on once, after its closing
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class RhythmError(ValueError):
    """Rhythm data nobody can plan by.

    `field` is where, `line` the entry in its list (from 1), `reason` one of: unknown, number, missing, shape, name,
    date, backwards, overlap, outside. `value` is what stands there.
    """

    def __init__(self, field: str, reason: str, *, value: object = "", line: int = 0) -> None:
        super().__init__(f"rhythm {field}, entry {line}: {reason} ({value})")
        self.field, self.reason, self.value, self.line = field, reason, str(value), line


@dataclass(frozen=True)
class Span:
    """The days one report is about, both included; `name` is a block's."""

    first: date
    last: date
    name: str = ""


@dataclass(frozen=True)
class Rhythm:
    """A rhythm that has been read; `spans` are those of blocks and dates of one's own, in order."""

    every: str
    open_days: int = OPEN_DAYS
    grace_days: int = GRACE_DAYS
    spans: tuple[Span, ...] = ()


# --- reading ---


def read_rhythm(told: Mapping[str, Any], first: date, last: date) -> Rhythm:
    """The rhythm of a class that runs from `first` to `last`. Raises RhythmError, naming what to mend."""
    every = told.get("every", "")
    every = FORMER.get(str(every), str(every))
    if not every:
        every = "closing" if (last - first).days < SHORT_CLASS else "month"
    if every not in EVERY:
        raise RhythmError("every", "unknown", value=every)
    spans = _listed(told, every, first, last) if every in LISTS else ()
    open_days = _days(told, "open_days", OPEN_DAYS, 1)
    return Rhythm(every, open_days, _days(told, "grace_days", GRACE_DAYS, 0), spans)


def _days(told: Mapping[str, Any], field: str, default: int, least: int) -> int:
    text = str(told.get(field, default)).strip()
    if not re.fullmatch("[0-9]{1,3}", text) or not least <= int(text) <= MOST_DAYS:
        raise RhythmError(field, "number", value=text)
    return int(text)


def _listed(told: Mapping[str, Any], every: str, first: date, last: date) -> tuple[Span, ...]:
    """Blocks, or dates of one's own, in their order: within the class, none over another."""
    field = LISTS[every]
    rows = told.get(field)
    if not isinstance(rows, list) or not rows:
        raise RhythmError(field, "missing")
    spans = [_span(field, line, row) for line, row in enumerate(rows, 1)]
    for line, span in enumerate(spans, 1):
        if span.first < first or span.last > last:
            raise RhythmError(field, "outside", line=line, value=_dates(span))
    placed = sorted(enumerate(spans, 1), key=lambda place: place[1].first)
    for (_line, one), (line, other) in pairwise(placed):
        if other.first <= one.last:
            raise RhythmError(field, "overlap", line=line, value=_dates(other))
    return tuple(span for _line, span in placed)


def _span(field: str, line: int, row: object) -> Span:
    match row:
        case {"from": first, "to": last, "name": str(name)} if name.strip():
            found = Span(_date(field, line, first), _date(field, line, last), name.strip())
        case [first, last]:
            found = Span(_date(field, line, first), _date(field, line, last))
        case {"from": _, "to": _}:
            raise RhythmError(field, "name", line=line)
        case _:
            raise RhythmError(field, "shape", line=line, value=row)
    if found.last < found.first:
        raise RhythmError(field, "backwards", line=line, value=_dates(found))
    return found


def _date(field: str, line: int, text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise RhythmError(field, "date", line=line, value=text) from None


def _dates(span: Span) -> str:
    return f"{span.first:%d/%m/%Y}–{span.last:%d/%m/%Y}"


# --- planning ---


def spans_of(rhythm: Rhythm, first: date, last: date) -> list[Span]:
    """The days of each report of a class that runs from `first` to `last`, in order."""
    if rhythm.every in LISTS:
        return list(rhythm.spans)
    found, day = [], first
    while day <= last:
        end = min(_end(rhythm.every, day, last), last)
        found.append(Span(day, end))
        day = end + _DAY
    return found


def _end(every: str, day: date, last: date) -> date:
    if every == "week":
        return day + _DAY * (6 - day.weekday())
    return day.replace(day=monthrange(day.year, day.month)[1]) if every == "month" else last


def uncovered(span: Span, known: Iterable[tuple[date, date]]) -> list[Span]:
    """What is left of these days where no other period is about them already."""
    left = [span]
    for first, last in known:
        left = [piece for one in left for piece in _without(one, first, last)]
    return left


def _without(span: Span, first: date, last: date) -> list[Span]:
    if last < span.first or span.last < first:
        return [span]
    before = [replace(span, last=first - _DAY)] if span.first < first else []
    return before + ([replace(span, first=last + _DAY)] if last < span.last else [])


def planned(rhythm: Rhythm, calendar: SendingCalendar, span: Span) -> ReportPeriod:
    """A period of these days, not yet stored: when a report opens, is due and is no longer waited for (UTC)."""
    day = calendar.add_working_days(span.last, rhythm.open_days)
    usual = _weekdays_after(span.last, rhythm.open_days)
    grace_at = calendar.deadline(calendar.add_working_days(day, rhythm.grace_days))
    over = day_begins(span.last + _DAY, calendar.zone)
    return ReportPeriod(
        name=span.name, from_date=span.first, to_date=span.last, opens_at=calendar.next_sending_time(over),
        due_at=calendar.deadline(day), grace_at=grace_at, moved_from=usual if usual < day else None,
    )  # fmt: skip


def _weekdays_after(day: date, n: int) -> date:
    """The n-th day from Monday to Friday after `day`."""
    for _ in range(n):
        day += _DAY
        while day.weekday() >= _SATURDAY:
            day += _DAY
    return day
