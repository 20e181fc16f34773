"""The board of conduct reports as a table of units by periods or months: what its pages, pictures and files share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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
Column = tuple[object, str]  # what tells it from others, and what is written above it
Row = tuple[str, list[Standing]]  # its name, and its reports, the oldest first


@dataclass(frozen=True)
class Grid:
    """Rows of what became of reports: `found` are all of a row's, the oldest first."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[Square], list[Standing]]] = field(default_factory=list)


def class_grid(desk: Desk, language: Language, centre: Centre, class_id: int) -> Grid:
    """Units of a class by its last periods."""
    periods = boards.opened_periods(desk.session, centre.id, desk.now, class_id=class_id, limit=LAST)
    found = boards.standings(desk.session, centre, periods)
    return _grid(desk, language, found, _units(desk, found), _period)


def centre_periods(desk: Desk, language: Language, centre: Centre) -> Grid:
    """Units of the centre by the last periods of all classes."""
    periods = boards.opened_periods(desk.session, centre.id, desk.now, limit=LAST)
    found = boards.standings(desk.session, centre, periods)
    return _grid(desk, language, found, _units(desk, found), _period_of_class)


def centre_months(desk: Desk, language: Language, centre: Centre) -> Grid:
    """Units of the centre by the months of the last year, all classes together."""
    found = boards.standings(desk.session, centre, _last_year(desk, centre))
    return _grid(desk, language, found, _units(desk, found), _month)


def unit_grid(desk: Desk, language: Language, centre: Centre, unit_id: int) -> Grid:
    """Classes of a unit by the months of the last year."""
    found = boards.standings(desk.session, centre, _last_year(desk, centre, unit_id=unit_id), unit_id=unit_id)
    classes: dict[int, Row] = {}
    for one in found:
        classes.setdefault(one.course.id, (one.course.name, []))[1].append(one)
    return _grid(desk, language, found, classes.values(), _month)


def _last_year(desk: Desk, centre: Centre, **unit: int) -> list[int]:
    today = desk.today(centre)
    months = today.year * 12 + today.month - LAST
    since = date(months // 12, months % 12 + 1, 1)
    return boards.opened_periods(desk.session, centre.id, desk.now, since=since, **unit)


def _units(desk: Desk, found: Sequence[Standing]) -> list[Row]:
    return [(unit.name, rows) for unit, rows in boards.by_unit(found, desk.now)]


def _period(one: Standing) -> Column:
    return one.period.id, told.brief_period(one.period)


def _period_of_class(one: Standing) -> Column:
    return one.period.id, f"{one.course.code}\n{told.brief_period(one.period)}"


def _month(one: Standing) -> Column:
    month = told.month_name(one.period.to_date)
    return month, month


def _grid(
    desk: Desk,
    language: Language,
    found: Sequence[Standing],
    named: Iterable[Row],
    column_of: Callable[[Standing], Column],
) -> Grid:
    columns = list(dict.fromkeys(column_of(one) for one in found))[-LAST:]
    rows = []
    for name, mine in named:
        cells: dict[Column, list[Standing]] = defaultdict(list)
        for one in mine:
            if one.is_expected:
                cells[column_of(one)].append(one)
        rows.append((name, [_square(language, cells[column], desk.now) for column in columns], mine))
    return Grid([head for _key, head in columns], rows)


def _square(language: Language, found: Sequence[Standing], now: datetime) -> Square:
    word, outcome = told.summed(language, found, now)
    return Square(word, TONES[outcome])


def picture_of(language: Language, grid: Grid, title: str, foot: str) -> Picture:
    """The table with its legend; of very many units those come first that report worst."""
    _ = language.text
    samples = {Outcome.LATE: told.late_words(language, timedelta(days=2)), Outcome.DOING: "7/12"}
    legend = [
        (Square(samples.get(kind) or _(told.OUTCOMES[kind]).unescape(), TONES[kind]), _(meaning).unescape())
        for kind, meaning in MEANINGS.items()
    ]
    return Picture(
        title, grid.columns, [(name, squares) for name, squares, _found in grid.rows], legend, foot
    )
