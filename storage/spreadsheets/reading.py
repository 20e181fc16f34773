"""Reading the lists that offices send as Excel workbooks: units, rosters, timetables, marks.

`read` never raises over what is in a file: everything wrong is a `Problem`, typed and without wording,
file-level ones first. Writing is in `storage.spreadsheets.writing`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from storage.base.text import fold
from storage.spreadsheets import headers
from storage.spreadsheets.cells import Wrong, check_formula, is_blank, mark, shown
from storage.spreadsheets.grids import Grid, Page, Refused, opened
from storage.spreadsheets.headers import Layout, letter
from storage.spreadsheets.kinds import KINDS, NOTE_LIMIT, Column, Kind
from storage.spreadsheets.leftover import Leave, LeftOut
from storage.spreadsheets.rows import data_rows, vertical_fills

PROBLEM_CODES: Final = frozenset({
    # of the file
    "cannot_open", "not_a_workbook", "old_xls", "password_protected", "empty_workbook", "too_big",
    "classified", "no_header", "missing_column", "no_rows",
    # of a row
    "missing_value", "bad_date", "impossible_date", "year_only", "bad_phone", "bad_mark",
    "mark_out_of_range", "bad_time", "bad_number", "unknown_choice", "weekday_mismatch",
    "duplicate_row", "formula_error", "formula_without_value", "text_too_long",
})  # fmt: skip

_SHOWN: Final = 60
_MOST_PROBLEMS: Final = 1_000  # nobody mends more in one go: reading stops there
_LONGEST_TEXT: Final = NOTE_LIMIT * 2  # stray spaces included
_HEAD_ROWS: Final = 100
_TITLE_ROWS: Final = 15
_MOST_TITLES: Final = 50


@dataclass(frozen=True)
class Problem:
    """What is wrong and where. `row` None: the whole file. `column`: Excel's letter; `header`: as the file
    writes it; `value`: what stands in the cell, cut to 60 characters; `extra`: facts for the wording.
    """

    code: str
    row: int | None = None
    column: str | None = None
    header: str | None = None
    value: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One data row. `number` is Excel's. `values` has a key for every field whose column the file has:
    None is a blank cell; a cell with a problem has no key. In marks, `values["marks"]` maps component
    names to Decimals, blank ones left out.
    """

    number: int
    values: dict[str, object]


@dataclass(frozen=True)
class Sheet:
    """What a file says. Import only when there are no `problems`. `title_lines`: the texts above the header;
    `ignored_columns`: headers that mean nothing here; `components`: the mark columns; `name`: the sheet's tab;
    `columns`: the letter and the header of each field, and of each mark column under its component's name;
    `left_out`: what of the file was not taken over.
    """

    kind: str
    title_lines: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    name: str = ""
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)


def read(kind: str, source: Path | bytes, *, today: date) -> Sheet:
    """Read a workbook of a kind (`units`, `roster`, `timetable`, `marks`).

    `today` is a date of the centre's zone: it tells coming birthdays and years left out. Raises nothing
    over the file's content; KeyError only for an unknown kind.
    """
    told = KINDS[kind]
    try:
        with opened(source) as pages:
            return _read_pages(told, pages, today)
    except Refused as refused:
        return Sheet(kind, problems=[Problem(refused.code, extra=refused.extra)])


# --- choosing the sheet ---


def _read_pages(kind: Kind, pages: list[Page], today: date) -> Sheet:
    heads = [(page, page.grid(_HEAD_ROWS, strict=False)) for page in pages]
    if not any(head.rows or head.unsolved for _page, head in heads):
        raise Refused("empty_workbook")
    layouts = [headers.find(kind, head) for _page, head in heads]
    for (_page, head), layout in zip(heads, layouts, strict=True):
        _refuse_classified(head, layout)
    found = [
        (_preference(page, head, layout), page)
        for (page, head), layout in zip(heads, layouts, strict=True)
        if layout
    ]
    if not found:
        wanted = "; ".join(column.names[0] for column in kind.columns if column.required)
        raise Refused("no_header", columns=wanted)
    return _read_page(kind, max(found, key=lambda pair: pair[0])[1], today)


def _preference(page: Page, head: Grid, layout: Layout) -> tuple[object, ...]:
    """Visible sheets first, then the better header, then the one with rows; max() takes the first of equals."""
    return not page.hidden, *layout.score, any(row > layout.last for row in head.rows)


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


# --- reading the chosen sheet ---


def _read_page(kind: Kind, page: Page, today: date) -> Sheet:
    grid = page.grid()
    layout = headers.find(kind, grid)
    assert layout is not None  # the first hundred rows already showed it
    titles = [shown(text[:300]) for text in _strings(grid, layout.first - 1)]
    sheet = Sheet(
        kind.name,
        title_lines=tuple(title for title in titles if title)[:_MOST_TITLES],
        ignored_columns=layout.ignored,
        components=tuple(layout.components.values()),
        name=page.name,
        columns=_columns(layout),
    )
    if layout.missing:
        sheet.problems.extend(map(_missing_column, layout.missing))
        return sheet
    reader = _RowReader(kind, grid, layout, today)
    for number in data_rows(kind, grid, layout, reader.fills, reader.is_complete):
        try:
            row, problems = reader.row(number)
        except Leave as leave:
            sheet.left_out.append(LeftOut(page.name, f"{number}:{number}", leave.reason))
            continue
        sheet.rows.append(row)
        sheet.problems.extend(problems)
        if len(sheet.problems) >= _MOST_PROBLEMS:
            break
    sheet.problems.extend(_duplicates(kind, layout, sheet.rows))
    if not sheet.rows:
        sheet.problems.append(Problem("no_rows", extra={"header_row": str(layout.last)}))
    sheet.problems.sort(
        key=lambda problem: (problem.row or 0, len(problem.column or ""), problem.column or "")
    )
    return sheet


def _columns(layout: Layout) -> dict[str, tuple[str, str]]:
    told = {name: places[0] for name, places in layout.fields.items()}
    told |= {name: place for place, name in layout.components.items()}
    return {name: (letter(place), layout.headers.get(place, "")) for name, place in told.items()}


def _missing_column(column: Column) -> Problem:
    return Problem("missing_column", extra={"field": column.field, "accepted": "; ".join(column.names)})


class _RowReader:
    """Turns the rows of one sheet into values and problems."""

    def __init__(self, kind: Kind, grid: Grid, layout: Layout, today: date) -> None:
        self.kind = kind
        self.grid = grid
        self.layout = layout
        self.today = today
        self.fills = vertical_fills(grid, layout.last)
        self.columns = {column.field: column for column in kind.columns}
        self.required = [column for column in kind.columns if column.required]

    def is_complete(self, number: int) -> bool:
        """Whether the row has every required value, each of them good: surely data."""
        try:
            row, problems = self.row(number)
        except Leave:
            return False
        wrong = {problem.column for problem in problems}
        return all(
            row.values.get(column.field) is not None and self._letter(column.field) not in wrong
            for column in self.required
        )

    def row(self, number: int) -> tuple[Row, list[Problem]]:
        problems: list[Problem] = []
        failed: set[str] = set()
        values: dict[str, object] = {}
        for name in self.layout.fields:
            if name != "ordinal":
                self._take(number, self.columns[name], values, failed, problems)
        marks = self._marks(number, problems) if self.kind.has_marks else None

        def complain(name: str, code: str, **extra: str) -> None:
            problems.append(self._problem(number, name, code, extra))

        self.kind.finish(values, complain)
        for column in self.required:
            if values.get(column.field) is None and not failed & self._sources(column):
                complain(column.field, "missing_value")
        for name in failed:
            values.pop(name, None)
        if marks is not None:
            values["marks"] = marks
        return Row(number, values), problems

    def _take(
        self,
        number: int,
        column: Column,
        values: dict[str, object],
        failed: set[str],
        problems: list[Problem],
    ) -> None:
        try:
            values[column.field] = self._value(number, column)
        except Wrong as wrong:
            failed.add(column.field)
            problems.append(self._problem(number, column.field, wrong.code, wrong.extra))

    def _value(self, number: int, column: Column) -> object:
        raws = self._raws(number, self.layout.fields[column.field])
        if not raws:
            return None
        # A name may be spread over the columns below one merged header; of anything else the first counts.
        raw = " ".join(map(shown, raws)) if column.field == "name" else raws[0]
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
            if not is_blank(raw):
                found.append(raw)
        return found

    def _raw(self, number: int, column: int) -> object:
        own = self.grid.rows.get(number, {}).get(column)
        return self.fills.get((number, column)) if is_blank(own) else own

    def _marks(self, number: int, problems: list[Problem]) -> dict[str, object]:
        marks: dict[str, object] = {}
        for column, name in self.layout.components.items():
            try:
                for raw in self._raws(number, (column,)):
                    marks[name] = mark(raw, self.today)
            except Wrong as wrong:
                problems.append(self._problem_at(number, column, wrong.code, wrong.extra, name))
        return marks

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


def _checked(value: object, limit: int) -> object:
    if isinstance(value, str) and len(value) > limit:
        raise Wrong("text_too_long", most=str(limit), length=str(len(value)))
    return value


def _cut(told: str) -> str:
    return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"


# --- the same row twice ---


def _duplicates(kind: Kind, layout: Layout, rows: list[Row]) -> list[Problem]:
    first: dict[tuple[object, ...], int] = {}
    problems = []
    needed = {column.field for column in kind.columns if column.required} & set(kind.identity)
    for row in rows:
        if any(row.values.get(name) is None for name in needed):
            continue
        key = tuple(_same(row.values.get(name)) for name in kind.identity)
        if key in first:
            place = layout.fields.get(kind.main, (0,))[0]
            problems.append(_duplicate(row, kind, place, layout.headers.get(place), first[key]))
        first.setdefault(key, row.number)
    return problems


def _duplicate(row: Row, kind: Kind, place: int, header: str | None, first: int) -> Problem:
    value = _cut(shown(row.values.get(kind.main)))
    return Problem(
        "duplicate_row", row.number, letter(place) or None, header, value, {"first_row": str(first)}
    )


def _same(value: object) -> object:
    """Thuý is Thúy (the tone's place), Hạnh is not Hanh, An is not Na: letters in order, marks in any."""
    if not isinstance(value, str):
        return value
    return tuple(_letters_and_marks(word) for word in unicodedata.normalize("NFD", value.casefold()).split())


def _letters_and_marks(word: str) -> tuple[str, str]:
    marks = [c for c in word if unicodedata.combining(c)]
    return "".join(c for c in word if not unicodedata.combining(c)), "".join(sorted(marks))
