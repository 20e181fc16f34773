"""The board of conduct reports as a table of units by periods or months: what its pages, pictures and files share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from handlers.engine.desk import Desk
from handlers.engine.pictures import Picture, Square
from handlers.reports.board import words as told
from locales import Language, later
from storage.people.people import Centre
from storage.reports import boards
from storage.reports.boards import Outcome, Standing

LAST = 12  # periods or months that stand side by side
TONES = {
    Outcome.ON_TIME: "good",
    Outcome.LATE: "late",
    Outcome.MISSING: "bad",
    Outcome.DOING: "doing",
    Outcome.WAITING: "waiting",
    Outcome.EARLY: "none",
    Outcome.NOBODY: "none",
}
MEANINGS = {
    Outcome.ON_TIME: later("sent by the deadline"),
    Outcome.LATE: later("sent late, days"),
    Outcome.MISSING: later("deadline passed, not sent"),
    Outcome.DOING: later("being filled in, learners done"),
    Outcome.WAITING: later("before the deadline"),
    Outcome.NOBODY: later("nothing to report"),
}


@dataclass(frozen=True)
class Grid:
    """Rows of what became of reports: `found` are all of a row's, the oldest first."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[Square], list[Standing]]] = field(default_factory=list)


def class_grid(desk: Desk, language: Language, centre: Centre, class_id: int) -> Grid:
    """Units of a class by its last periods."""
    periods = boards.opened_periods(desk.session, centre.id, desk.now, class_id=class_id, limit=LAST)
    return _by_period(language, _standings(desk, centre, periods), desk.now, _period_head)


def centre_periods(desk: Desk, language: Language, centre: Centre) -> Grid:
    """Units of the centre by the last periods of all classes."""
    periods = boards.opened_periods(desk.session, centre.id, desk.now, limit=LAST)
    return _by_period(
        language,
        _standings(desk, centre, periods),
        desk.now,
        lambda one: f"{one.course.code}\n{_period_head(one)}",
    )


def centre_months(desk: Desk, language: Language, centre: Centre) -> Grid:
    """Units of the centre by the months of the last year, all classes together."""
    found = _standings(desk, centre, _last_year(desk, centre))
    return _by_month(language, boards.by_unit(found, desk.now), found, desk.now)


def unit_grid(desk: Desk, language: Language, centre: Centre, unit_id: int) -> Grid:
    """Classes of a unit by the months of the last year."""
    found = _standings(desk, centre, _last_year(desk, centre, unit_id), unit_id)
    classes: dict[int, list[Standing]] = {}
    for one in found:
        classes.setdefault(one.course.id, []).append(one)
    return _by_month(language, [(rows[0].course, rows) for rows in classes.values()], found, desk.now)


def _last_year(desk: Desk, centre: Centre, unit_id: int | None = None) -> list[int]:
    today = desk.today(centre)
    months = today.year * 12 + today.month - LAST
    since = date(months // 12, months % 12 + 1, 1)
    return boards.opened_periods(desk.session, centre.id, desk.now, unit_id=unit_id, since=since)


def _standings(
    desk: Desk, centre: Centre, periods: Sequence[int], unit_id: int | None = None
) -> list[Standing]:
    return boards.standings(desk.session, centre, periods, unit_id=unit_id)


def _period_head(one: Standing) -> str:
    return told.brief_period(one.period)


def _by_period(
    language: Language, found: Sequence[Standing], now: datetime, head: Callable[[Standing], str]
) -> Grid:
    periods = {one.period.id: head(one) for one in found}
    rows = []
    for unit, mine in boards.by_unit(found, now):
        known = {one.period.id: one for one in mine}
        squares = [_square(language, [known[place]] if place in known else [], now) for place in periods]
        rows.append((unit.name, squares, mine))
    return Grid(list(periods.values()), rows)


def _by_month(
    language: Language,
    named: Sequence[tuple[object, list[Standing]]],
    found: Sequence[Standing],
    now: datetime,
) -> Grid:
    months = list(dict.fromkeys(told.month_name(one.period.to_date) for one in found))[-LAST:]
    rows = []
    for owner, mine in named:
        by_month: dict[str, list[Standing]] = {month: [] for month in months}
        for one in mine:
            if one.is_expected:
                by_month.setdefault(told.month_name(one.period.to_date), []).append(one)
        rows.append(
            (
                str(getattr(owner, "name", "")),
                [_square(language, by_month[month], now) for month in months],
                mine,
            )
        )
    return Grid(months, rows)


def _square(language: Language, found: Sequence[Standing], now: datetime) -> Square:
    word, outcome = told.summed(language, found, now)
    return Square(word, TONES[outcome])


def picture_of(language: Language, grid: Grid, title: str, foot: str) -> Picture:
    """The table with its legend; of very many units those come first that report worst."""
    _ = language.text
    samples = {Outcome.LATE: told.late_words(language, 2), Outcome.DOING: "7/12"}
    legend = [
        (Square(samples.get(kind) or _(told.OUTCOMES[kind]).unescape(), TONES[kind]), _(meaning).unescape())
        for kind, meaning in MEANINGS.items()
    ]
    return Picture(
        title, grid.columns, [(name, squares) for name, squares, _found in grid.rows], legend, foot
    )
