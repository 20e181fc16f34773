"""How the rhythm of conduct reports is worded, what is wrong with one, and how its days are typed."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.messages import lines
from handlers.reports import words
from locales import Language, later
from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass
from storage.reports.reports import ReportPeriod
from storage.reports.rhythm import EVERY, LISTS, Rhythm, RhythmError

NAMES: Final = {
    "closing": later("After the closing"),
    "week": later("Weekly"),
    "month": later("Monthly"),
    "block": later("By block"),
    "dates": later("Own dates"),
}
FIELDS: Final = {
    "every": later("rhythm"),
    "open_days": later("days open"),
    "grace_days": later("days of grace"),
    "blocks": later("blocks"),
    "dates": later("own dates"),
}
WRONG: Final = {
    "number": later("“{value}” is no number of working days; please give a whole number, such as 3."),
    "missing": later("no days are given; please enter them, a line each, such as: {example}"),
    "shape": later("“{value}” is not understood; please write from–to, such as: {example}"),
    "name": later("the name is missing; please write it behind the days, such as: {example}"),
    "date": later("“{value}” is no day; please write it as day/month, such as: {example}"),
    "backwards": later("{value} ends before it begins; please check both days."),
    "overlap": later("{value} lies over other days of the list; please give each day once."),
}
MOST_PERIODS: Final = 12  # on one card
ASKED: Final = {
    "block": later("Please type the blocks, a line each: first day–last day: name."),
    "dates": later("Please type the days of each report, a line each: first day–last day."),
}
EXAMPLES: Final = {"block": later("07/09–30/11: Block I"), "dates": later("07/09–30/09")}
_DAY: Final = r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?"
_LINE: Final = re.compile(rf"{_DAY}\s*(?:-|–|—|đến|den|tới|toi)\s*{_DAY}\s*[:,.]?\s*(.*)", re.IGNORECASE)


def name(language: Language, rhythm: Rhythm) -> Markup:
    return language.text(NAMES[rhythm.every])


def days_open(language: Language, rhythm: Rhythm) -> Markup:
    """How long a report is open, and how long a late one is waited for."""
    n_ = language.count
    return lines(
        n_("Open for {n} working day.", "Open for {n} working days.", rhythm.open_days),
        n_(
            "A late report is waited for {n} working day more.",
            "A late report is waited for {n} working days more.",
            rhythm.grace_days,
        )
        if rhythm.grace_days
        else "",
    )


# --- periods ---


def of_period(language: Language, calendar: SendingCalendar, one: ReportPeriod) -> Markup:
    """A period there is, or would be: its days, when it opens, when it is due, and whether rest days moved that."""
    moments = {"opens": language.moment(one.opens_at), "due": language.moment(one.due_at)}
    name = words.period_name(language, one)
    told = language.text("- {period}: opens at {opens}, due {due}.", period=name, **moments)
    after = language.local(one.due_at).date()
    return Markup("{} {}").format(told, words.moved(language, calendar, one, after)).strip()


def listed(language: Language, told: Sequence[Markup]) -> Markup:
    """As many lines as a card takes, the last period always among them."""
    if len(told) <= MOST_PERIODS:
        return lines(*told)
    rest = len(told) - MOST_PERIODS
    more = language.count("and {n} more period, then:", "and {n} more periods, then:", rest)
    return lines(*told[: MOST_PERIODS - 1], more, told[-1])


# --- what is wrong ---


def problem(language: Language, error: RhythmError, course: CourseClass) -> Markup:
    """Where a rhythm cannot be planned by, and what to do."""
    _ = language.text
    where = _(FIELDS[error.field])
    if error.line:
        where = _("{where}, line {n}", where=where, n=error.line)
    return Markup("{}: {}").format(where[:1].upper() + where[1:], _what(language, error, course))


def _what(language: Language, error: RhythmError, course: CourseClass) -> Markup:
    _ = language.text
    if error.reason == "unknown":
        known = ", ".join(_(NAMES[every]) for every in EVERY)
        return _("“{value}” is none; please choose one of: {known}.", value=error.value, known=known)
    if error.reason == "outside":
        days = {"first": language.year_day(course.from_date), "last": language.year_day(course.to_date)}
        return _(
            "{value} lies outside the class ({first}–{last}); please check it.", value=error.value, **days
        )
    every = "dates" if error.field == "dates" else "block"
    return _(WRONG[error.reason], value=error.value, example=_(EXAMPLES[every]))


# --- typed days ---


def typed(every: str, text: str, course: CourseClass) -> dict[str, Any]:
    """The rhythm that typed lines mean ("07/09–30/11: Khối I"), days without a year within the class's.

    Raises RhythmError for a line that says no days.
    """
    field = LISTS[every]
    rows = [row.strip(" -•\t") for row in re.split(r"[\n;]", text) if row.strip()]
    found = [_row(field, line, row, course) for line, row in enumerate(rows, 1)]
    if every == "dates":
        return {"every": every, field: [[first, last] for first, last, _name in found]}
    told = [{"name": name, "from": first, "to": last} for first, last, name in found]
    return {"every": every, field: told}


def _row(field: str, line: int, row: str, course: CourseClass) -> tuple[str, str, str]:
    match = _LINE.fullmatch(row)
    if match is None:
        raise RhythmError(field, "shape", value=row, line=line)
    day, month, year, day2, month2, year2, name = match.groups()
    first = _day(field, line, (day, month, year), course.from_date, course)
    return (
        first.isoformat(),
        _day(field, line, (day2, month2, year2), first, course).isoformat(),
        name.strip(),
    )


def _day(
    field: str, line: int, told: tuple[str, str, str | None], not_before: date, course: CourseClass
) -> date:
    """The day that is told; without a year the first one from `not_before` on, while the class runs."""
    day, month, year = told
    years = [int(year) % 100 + 2000] if year else range(course.from_date.year, course.to_date.year + 1)
    try:
        found = [date(one, int(month), int(day)) for one in years]
    except ValueError:
        raise RhythmError(field, "date", value="/".join(filter(None, told)), line=line) from None
    return next((one for one in found if one >= not_before), found[0])
