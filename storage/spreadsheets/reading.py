"""Reading the lists that offices send as Excel workbooks: units, rosters, timetables, marks.

`read` never raises over what is in a file: everything wrong is a `Problem`, typed and without wording,
file-level ones first. Writing is in `storage.spreadsheets.writing`.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Final

from storage.base.text import fold, spelling
from storage.spreadsheets import headers
from storage.spreadsheets.aside import (
    cells_aside,
    columns_aside,
    hidden_parts,
    incomplete,
    rows_aside,
    titles_aside,
    words_of,
)
from storage.spreadsheets.blocks import Block, blocks_of
from storage.spreadsheets.cells import (
    Doubt,
    Wrong,
    as_decimal,
    check_formula,
    dates_swapped,
    is_blank,
    is_dash,
    is_ditto,
    mark,
    shown,
)
from storage.spreadsheets.grids import Grid, Page, Place, Refused, opened
from storage.spreadsheets.headers import Layout, letter
from storage.spreadsheets.kinds import KINDS, NOTE_LIMIT, Column, Kind, match
from storage.spreadsheets.leftover import Leave, LeftOut, is_example
from storage.spreadsheets.rows import ditto_fills, sort_rows, vertical_fills
from storage.spreadsheets.times import When, fits_part
from storage.spreadsheets.times import part as part_in

PROBLEM_CODES: Final = frozenset({
    # of the file
    "cannot_open", "not_a_workbook", "old_xls", "password_protected", "empty_workbook", "too_big",
    "classified", "no_header", "missing_column", "hidden_column", "no_rows", "only_examples", "lock_file",
    # of a row
    "missing_value", "bad_date", "impossible_date", "year_only", "bad_phone", "bad_mark",
    "mark_out_of_range", "bad_time", "bad_number", "unknown_choice", "weekday_mismatch",
    "duplicate_row", "column_twice", "formula_error", "formula_without_value", "text_too_long", "bad_name", "ditto",
    "part_mismatch", "parts_differ", "hours_differ", "example_value", "weekly_pattern", "too_many_periods", "dates_swapped",
})  # fmt: skip
FINDING_CODES: Final = frozenset({"legacy_font", "foreign_letters", "at_night"})
"""What was read and is to be confirmed before it is imported."""

_SHOWN: Final = 60
_MOST_PROBLEMS: Final = 1_000  # nobody mends more in one go: reading stops there
_LONGEST_TEXT: Final = NOTE_LIMIT * 2  # stray spaces included
_HEAD_ROWS: Final = 100
_TITLE_ROWS: Final = 15
_MOST_TITLES: Final = 50
_NOON: Final = 12
_EVENING: Final = 18


@dataclass(frozen=True)
class Problem:
    """What is wrong and where. `row` None: the whole file. `column`: Excel's letter; `header`: as the file
    writes it; `value`: what stands in the cell, cut to 60 characters; `extra`: facts for the wording; `sheet`: the
    tab, where several are read; `block`: the number of the table, as Row has it.
    """

    code: str
    row: int | None = None
    column: str | None = None
    header: str | None = None
    value: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    block: int = 0


@dataclass(frozen=True)
class Row:
    """One data row. `number` is Excel's. `values` has a key for every field whose column the file has:
    None is a blank cell; a cell with a problem has no key. In marks, `values["marks"]` maps component
    names to Decimals, blank ones left out; `values["totals"]` those of computed columns, for comparison; and
    `values["asked"]`, by header, what stands where a column does not say that it holds marks: a Decimal or the Problem.
    `sheet`: the tab, where several are read; `block`: which of the tables of the file it stands in; `heading`: the
    heading between the rows that it stands under.
    """

    number: int
    values: dict[str, object]
    sheet: str = ""
    block: int = 0
    heading: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Which row of which table."""
        return self.block, self.number

    @property
    def place(self) -> str:
        """The row as a person finds it again."""
        return f"{self.number} ({self.sheet})" if self.sheet else str(self.number)


@dataclass(frozen=True)
class Table:
    """One table of a file that was read: where it stands, from its header to its last row, and what its columns
    are: the letter and the header of each field, and of each mark column under its component's name.
    `label`: the class that a heading over its columns names; `hidden`: its sheet is, and no other holds the list.
    """

    sheet: str
    cells: str
    title_lines: tuple[str, ...]
    columns: dict[str, tuple[str, str]]
    components: tuple[str, ...]
    label: str = ""
    hidden: bool = False

    def rows(self, first: int, last: int) -> str:
        """The cells of these rows in it."""
        left, _colon, right = re.sub(r"\d", "", self.cells).partition(":")
        return f"{left}{first}:{right}{last}"


@dataclass(frozen=True)
class Sheet:
    """What a file says, all its tables together. Import only when there are no `problems`. `left_out`: what of the
    file was not taken over, and where it stands; `findings`: what was read, and is to be confirmed.
    """

    kind: str
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tables: tuple[Table, ...] = ()
    left_out: list[LeftOut] = field(default_factory=list)
    findings: list[Problem] = field(default_factory=list)

    @property
    def title_lines(self) -> tuple[str, ...]:
        """The texts above the headers."""
        return tuple(dict.fromkeys(line for table in self.tables for line in table.title_lines))

    @property
    def components(self) -> tuple[str, ...]:
        """The mark columns."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.components))

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """The headers that mean nothing here."""
        return tuple(left.told for left in self.left_out if left.reason == "unknown_column")

    @property
    def columns(self) -> dict[str, tuple[str, str]]:
        """The columns of all tables, those of the first before others."""
        return {name: place for table in reversed(self.tables) for name, place in table.columns.items()}


def read(kind: str, source: Path | bytes, *, today: date) -> Sheet:
    """Read a workbook of a kind (`units`, `roster`, `timetable`, `marks`): every table of every sheet.

    `today` is a date of the centre's zone: it tells coming birthdays and years left out. Raises nothing
    over the file's content; KeyError only for an unknown kind.
    """
    told = KINDS[kind]
    try:
        with opened(source) as pages:
            return _read_pages(told, pages, today)
    except Refused as refused:
        return Sheet(kind, problems=[Problem(refused.code, extra=refused.extra)])


# --- choosing the sheets ---


def _read_pages(kind: Kind, pages: list[Page], today: date) -> Sheet:
    heads = [(page, page.grid(_HEAD_ROWS, strict=False)) for page in pages]
    if not any(head.rows or head.unsolved or head.hidden_rows for _page, head in heads):
        raise Refused("empty_workbook")
    layouts = [headers.find(kind, head) for _page, head in heads]
    for (_page, head), layout in zip(heads, layouts, strict=True):
        _refuse_classified(head, layout)
    lists = [page for (page, _head), layout in zip(heads, layouts, strict=True) if layout]
    seen = [page for page in lists if not page.hidden] or lists
    reader = _Reader(kind, today, hidden=bool(seen) and seen[0].hidden)
    for page, head in heads:
        if page in seen:
            reader.look(page.name, page.grid())
        elif head.rows or head.hidden_rows or head.hidden_columns:
            reader.left_out.append(LeftOut(page.name, "", "hidden_sheet" if page.hidden else "no_list"))
    if not lists:
        wanted = "; ".join(column.names[0] for column in kind.columns if column.required)
        reader.problems.append(Problem("no_header", extra={"columns": wanted}))
    return reader.sheet()


_STAMPS: Final = frozenset({"mat", "toimat", "tuyetmat"})


def _refuse_classified(head: Grid, layout: Layout | None) -> None:
    """Papers marked MẬT (secret) are not for this system: nothing of them is read."""
    last = layout.first - 1 if layout else _TITLE_ROWS
    for text in _strings(head, last):
        # "Mật" may also be somebody's name: without a header to tell, only the stamp's capitals count.
        parts = re.split(r"[\n:;,.()\[\]*|/–—-]", unicodedata.normalize("NFC", text[:_LONGEST_TEXT]))
        stamps = (part for part in parts if fold(part).replace(" ", "") in _STAMPS)
        if any(layout or stamp.isupper() for stamp in stamps):
            raise Refused("classified")


def _strings(grid: Grid, last: int) -> Iterator[str]:
    for row, cells in grid.rows.items():
        if row <= last:
            yield from (value for value in cells.values() if isinstance(value, str))


# --- reading every table of them ---


class _Reader:
    """Collects the tables of the sheets, in their order."""

    def __init__(self, kind: Kind, today: date, *, hidden: bool) -> None:
        self.kind, self.today, self.hidden = kind, today, hidden
        self.found: list[tuple[str, Block]] = []
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.findings: list[Problem] = []
        self.left_out: list[LeftOut] = []
        self.tables: list[Table] = []

    def look(self, name: str, grid: Grid) -> None:
        """Find the tables of a sheet, and what of it nobody sees in Excel."""
        blocks = [
            replace(block, layout=headers.with_sheet_name(block.layout, name))
            for block in blocks_of(self.kind, grid)
        ]
        self.found += [(name, block) for block in blocks]
        top = min((block.layout.first for block in blocks), default=0)
        self.left_out += hidden_parts(name, grid)
        self.left_out += [
            left for block in blocks if block.layout.first > top for left in titles_aside(name, block)
        ]

    def sheet(self) -> Sheet:
        """All that was found, once every sheet was looked at."""
        complete = [(name, block) for name, block in self.found if not block.layout.missing]
        several = len({name for name, _block in complete}) > 1
        for number, (name, block) in enumerate(complete):
            self._read(name, block, number, name if several else "")
        lacking = [(name, block) for name, block in self.found if block.layout.missing]
        if complete:
            self.left_out += [incomplete(name, block) for name, block in lacking]
        elif lacking:
            self._complain(*lacking[0])
        if complete and not self.rows and not self.problems:
            header_row = str(complete[0][1].layout.last)
            is_ours = any(left.reason == "example" for left in self.left_out)
            code = "only_examples" if is_ours else "no_rows"
            self.problems.append(Problem(code, extra={"header_row": header_row}))
        problems = sorted(self.problems, key=place_of)
        left_out = list(dict.fromkeys(self.left_out))
        return Sheet(self.kind.name, self.rows, problems, tuple(self.tables), left_out, self.findings)

    def _complain(self, name: str, block: Block) -> None:
        self.tables.append(_table(name, block, block.layout.last, hidden=self.hidden))
        self.problems += [_missing_column(self.kind, block, column) for column in block.layout.missing]

    def _read(self, name: str, block: Block, number: int, tab: str) -> None:
        reader = RowReader(self.kind, block, self.today)
        told = sort_rows(block, self.kind, reader.fills, reader.is_complete)
        heading = _headings(block, told.left)
        rows: list[Row] = []
        problems: list[Problem] = []
        findings: list[Problem] = []
        for place in told.data:
            try:
                values, wrong = reader.row(place)
            except Leave as leave:
                told.left[place] = leave.reason
                continue
            rows.append(Row(place, values, tab, number, heading(place)))
            problems += wrong
            findings += reader.findings.pop(place, {}).values()
            if len(problems) >= _MOST_PROBLEMS:
                break
        problems += _duplicates(self.kind, block.layout, rows)
        problems += reader.swapped_dates(rows)
        self.problems += [replace(problem, sheet=tab, block=number) for problem in problems]
        self.findings += [replace(finding, sheet=tab, block=number) for finding in findings]
        self.rows += rows
        last = max([block.layout.last, *told.data])
        self.tables.append(_table(name, block, last, hidden=self.hidden))
        self.left_out += columns_aside(name, block)
        self.left_out += cells_aside(name, reader.hours_left, "hours_of_other_part")
        self.left_out += rows_aside(name, block, told.left, [row.number for row in rows])


def place_of(problem: Problem) -> tuple[bool, int, int, int, str]:
    """The order of problems: those of the whole file, then by table, row and column."""
    column = problem.column or ""
    return problem.row is not None, problem.block, problem.row or 0, len(column), column


def _headings(block: Block, left: dict[int, str]) -> Callable[[int], str]:
    """Tells which heading between the rows a row stands under."""
    places = sorted(row for row, reason in left.items() if reason == "heading")

    def heading(number: int) -> str:
        above = bisect_left(places, number)
        return words_of(block.grid.rows[places[above - 1]]) if above else ""

    return heading


def _table(name: str, block: Block, last: int, *, hidden: bool) -> Table:
    layout = block.layout
    left, right = letter(min(layout.headers)), letter(max(layout.headers))
    told = {name: places[0] for name, places in layout.fields.items()}
    marked = layout.components | layout.totals | layout.asked
    told |= {name: place for place, name in marked.items()}
    titles = (line for text in block.titles.values() for line in text.split("\n"))
    return Table(
        name,
        f"{left}{layout.first}:{right}{last}",
        tuple(titles)[:_MOST_TITLES],
        {name: (letter(place), layout.headers.get(place, "")) for name, place in told.items()},
        tuple(layout.components.values()),
        block.label("class"),
        hidden,
    )


def _missing_column(kind: Kind, block: Block, column: Column) -> Problem:
    """A required column that is not there, or that nobody sees."""
    fields = {column.field, *(part for group in column.via for part in group)}
    for place, cells in block.grid.hidden_columns.items():
        header = " ".join(
            shown(cells[row]) for row in sorted(cells) if block.layout.first <= row <= block.layout.last
        )
        found = match(kind, header)
        if found and found[0] in fields:
            return Problem(
                "hidden_column", column=letter(place), header=header, extra={"field": column.field}
            )
    return Problem("missing_column", extra={"field": column.field, "accepted": "; ".join(column.names)})


# --- reading the rows of a table ---


class RowReader:
    """Turns the rows of one table into values and problems."""

    def __init__(self, kind: Kind, block: Block, today: date) -> None:
        self.kind = kind
        self.block = block
        self.grid = block.grid
        self.layout = block.layout
        self.today = today
        self.columns = {column.field: column for column in kind.columns}
        grid, layout = block.grid, block.layout
        self.fills = vertical_fills(grid, layout.last)
        repeating = {
            c for name, places in layout.fields.items() if not self.columns[name].own for c in places
        }
        self.fills |= ditto_fills(grid, layout.last, repeating, self.fills)
        self.findings: dict[int, dict[tuple[str, str], Problem]] = {}
        self.required = [column for column in kind.columns if column.required]
        self.hours_left: set[Place] = set()
        self.differing: dict[int, int] = {}
        self.labels = {name: self.columns[name].parse(words, today) for name, words in block.labels}
        self.seconds = {
            column: first
            for column, first in block.layout.seconds.items()
            if any(first in block.layout.fields.get(needed.field, ()) for needed in self.required)
        }

    def is_complete(self, number: int) -> bool:
        """Whether the row has every required value, each of them good: surely data."""
        try:
            values, problems = self.row(number)
        except Leave:
            return False
        wrong = {problem.column for problem in problems}
        return all(
            values.get(column.field) is not None and self._letter(column.field) not in wrong
            for column in self.required
        )

    def row(self, number: int) -> tuple[dict[str, object], list[Problem]]:
        problems: list[Problem] = []
        failed: set[str] = set()
        complained: set[str] = set()
        values: dict[str, object] = {}
        for name in self.layout.fields:
            if name != "ordinal":
                self._take(number, self.columns[name], values, failed, problems)
            elif self.kind.has_levels:
                values[name] = shown(self._raw(number, self.layout.fields[name][0]))
        values |= self.labels
        self._leave_hours_of_others(number, values)
        self._compare_seconds(number, problems)
        marks = self._marks(number, problems) if self.kind.has_marks else {}

        def complain(name: str, code: str, **extra: str) -> None:
            problem = self._problem(number, name, code, extra)
            if code in FINDING_CODES:
                self._find(problem)
                return
            problems.append(problem)
            complained.add(name)

        self.kind.finish(values, complain)
        for column in self.required:
            if values.get(column.field) is None and not (failed | complained) & self._sources(column):
                complain(column.field, "missing_value")
        for name in failed:
            values.pop(name, None)
        values |= marks
        return values, problems

    def _leave_hours_of_others(self, number: int, values: dict[str, object]) -> None:
        """Hours in a column shared by morning and afternoon are those of the part they fit, where it says something."""
        hours = values.get("hours")
        start = hours.start if isinstance(hours, When) else values.get("start")
        own = self._part(self.block.label("part"))
        if own is None or not isinstance(start, time) or fits_part(own, start, None):
            return
        others = map(self._part, self.block.beside.get(number, ()))
        if any(other and fits_part(other, start, None) for other in others):
            for name in ("hours", "start", "end"):
                if values.get(name):
                    values[name] = None
                    self.hours_left.add((number, self.layout.fields[name][0]))

    def _part(self, words: str) -> str | None:
        return part_in(words, self.today).part if words else None

    def _compare_seconds(self, number: int, problems: list[Problem]) -> None:
        """A column of the same name as a required one must say the same, or nobody knows which one is meant."""
        for column, first in self.seconds.items():
            told, other = self._raw(number, column), self._raw(number, first)
            differs = not is_blank(told) and fold(shown(told)) != fold(shown(other))
            if differs and self.differing.setdefault(column, number) == number:  # once is enough
                problems.append(self._problem_at(number, column, "column_twice", {"other": letter(first)}))

    def _take(
        self,
        number: int,
        column: Column,
        values: dict[str, object],
        failed: set[str],
        problems: list[Problem],
    ) -> None:
        try:
            value = self._value(number, column)
        except Wrong as wrong:
            failed.add(column.field)
            problems.append(self._problem(number, column.field, wrong.code, wrong.extra))
            return
        if isinstance(value, Doubt):
            self._find(self._problem(number, column.field, value.code, value.extra))
            value = value.value
        values[column.field] = value

    def _find(self, problem: Problem) -> None:
        """Once, however often its row is read."""
        found = self.findings.setdefault(problem.row or 0, {})
        found[problem.code, problem.column or ""] = problem

    def _value(self, number: int, column: Column) -> object:
        raws = self._raws(number, self.layout.fields[column.field])
        if not raws:
            return None
        # A name may be spread over the columns below one merged header; of anything else the first counts.
        raw = " ".join(map(str, raws)) if column.field == "name" and len(raws) > 1 else raws[0]
        if is_dash(raw) and not column.takes_dash:
            return None
        if is_ditto(raw):
            raise Wrong("ditto")
        if self.grid.epoch_shift and column.counts_days and isinstance(raw, int | float):
            raw += self.grid.epoch_shift
        return _checked(column.parse(raw, self.today), column.limit)

    def _raws(self, number: int, columns: tuple[int, ...]) -> list[object]:
        found = []
        for column in columns:
            raw = self._raw(number, column)
            if isinstance(raw, str) and len(raw) > _LONGEST_TEXT:
                raise Wrong("text_too_long", most=str(NOTE_LIMIT), length=str(len(raw)))
            if is_blank(raw) and (number, column) in self.grid.unsolved:
                raise Wrong("formula_without_value")
            check_formula(raw)
            if is_example(raw):
                raise Wrong("example_value")
            if not is_blank(raw):
                found.append(raw)
        return found

    def _raw(self, number: int, column: int) -> object:
        own = self.grid.rows.get(number, {}).get(column)
        return self.fills.get((number, column), own) if is_blank(own) or is_ditto(own) else own

    def _marks(self, number: int, problems: list[Problem]) -> dict[str, object]:
        """The marks of a row, the totals of it, and what may be marks."""
        marks, wrong = self._numbers(number, self.layout.components)
        asked, unclear = self._numbers(number, self.layout.asked)
        totals = {
            name: found
            for column, name in self.layout.totals.items()
            if (found := as_decimal(self._raw(number, column))) is not None
        }
        problems.extend(wrong.values())
        more = {"asked": asked | unclear, "totals": totals}
        return {"marks": marks, **{name: found for name, found in more.items() if found}}

    def _numbers(self, number: int, columns: dict[int, str]) -> tuple[dict[str, Decimal], dict[str, Problem]]:
        marks: dict[str, Decimal] = {}
        problems: dict[str, Problem] = {}
        for column, name in columns.items():
            try:
                for raw in self._raws(number, (column,)):
                    if not is_dash(raw):
                        marks[name] = mark(raw, self.today)
            except Wrong as wrong:
                problems[name] = self._problem_at(number, column, wrong.code, wrong.extra, name)
        return marks, problems

    def swapped_dates(self, rows: list[Row]) -> list[Problem]:
        """Dates in which Excel has probably taken the month for the day.

        Where it reads 04/06/1993 as the 6th of April, it leaves 23/04/1991 a text: then every date of the column has
        a day up to 12, and every text a day beyond.
        """
        dates = [
            place
            for name in self.layout.fields
            if self.columns[name].counts_days
            for place in self.layout.fields[name]
        ]
        found = (
            (place, dates_swapped([(row.number, self._raw(row.number, place)) for row in rows]))
            for place in dates
        )
        return [
            self._problem_at(number, place, "dates_swapped", {"example": example})
            for place, (example, numbers) in found
            for number in numbers
        ]

    def _sources(self, column: Column) -> set[str]:
        return {column.field, *(part for group in column.via for part in group)}

    def _place(self, name: str) -> int | None:
        """Where to point at for a field: its own column, or one that stands for it."""
        spare = {"end": ("hours", "part"), "start": ("hours", "part")}.get(name, ())
        via = self.columns[name].via if name in self.columns else ()
        for candidate in (name, *spare, *(part for group in via for part in group)):
            if candidate in self.layout.fields:
                return self.layout.fields[candidate][0]
        return None

    def _letter(self, name: str) -> str | None:
        place = self._place(name)
        return letter(place) if place else None

    def _problem(self, number: int, name: str, code: str, extra: dict[str, str]) -> Problem:
        return self._problem_at(number, self._place(name), code, {"field": name} | extra)

    def _problem_at(
        self, number: int, place: int | None, code: str, extra: dict[str, str], header: str | None = None
    ) -> Problem:
        raw = self._raw(number, place) if place else None
        told = shown(raw[: 2 * _SHOWN] if isinstance(raw, str) else raw)
        return Problem(
            code,
            row=number,
            column=letter(place) if place else None,
            header=header or (self.layout.headers.get(place) if place else None),
            value=_cut(told) or None,
            extra=extra,
        )


def _part_of(clock: time) -> str:
    if clock.hour < _NOON:
        return "morning"
    return "afternoon" if clock.hour < _EVENING else "evening"


def _checked(value: object, limit: int) -> object:
    if isinstance(value, str) and len(value) > limit:
        raise Wrong("text_too_long", most=str(limit), length=str(len(value)))
    return value


def _cut(told: str) -> str:
    return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"


# --- the same row twice ---


def _duplicates(kind: Kind, layout: Layout, rows: list[Row]) -> list[Problem]:
    first: dict[tuple[object, ...], int] = {}
    problems: list[Problem] = []
    if any("level" in row.values for row in rows):
        return problems  # the same name may stand under each parent: who knows the parents tells
    needed = {column.field for column in kind.columns if column.required} & set(kind.identity)
    for row in rows:
        if any(row.values.get(name) is None for name in needed):
            continue
        of_class = row.heading if headers.is_class(row.heading) else ""
        key = (row.values.get("class"), of_class, *identity(kind, row))
        if key in first:
            place = layout.fields.get(kind.main, (0,))[0]
            problems.append(_duplicate(row, kind, place, layout.headers.get(place), first[key]))
        first.setdefault(key, row.number)
    return problems


def identity(kind: Kind, row: Row) -> tuple[object, ...]:
    """What makes two rows the same."""
    told = (row.values.get(name) for name in kind.identity)
    return tuple(spelling(value) if isinstance(value, str) else value for value in told)


def _duplicate(row: Row, kind: Kind, place: int, header: str | None, first: int) -> Problem:
    value = _cut(shown(row.values.get(kind.main)))
    return Problem(
        "duplicate_row", row.number, letter(place) or None, header, value, {"first_row": str(first)}
    )
