"""Reading the lists that offices send as Excel workbooks: units, rosters, timetables, marks.

`read` never raises over what is in a file: everything wrong is a `Problem`, typed and without wording,
file-level ones first. Writing is in `storage.spreadsheets.writing`.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from storage.base.text import fold
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
from storage.spreadsheets.cells import shown
from storage.spreadsheets.grids import Grid, Page, Refused, opened
from storage.spreadsheets.headers import Layout, letter
from storage.spreadsheets.kinds import KINDS, NOTE_LIMIT, Column, Kind, match
from storage.spreadsheets.leftover import Leave, LeftOut
from storage.spreadsheets.repeats import duplicates
from storage.spreadsheets.rows import sort_rows
from storage.spreadsheets.sheet import Problem, Row, Sheet, Table, place_of
from storage.spreadsheets.values import RowReader

_MOST_PROBLEMS: Final = 1_000  # nobody mends more in one go: reading stops there
_LONGEST_STAMP: Final = NOTE_LIMIT * 2
_HEAD_ROWS: Final = 100
_TITLE_ROWS: Final = 15
_MOST_TITLES: Final = 50


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
        parts = re.split(r"[\n:;,.()\[\]*|/–—-]", unicodedata.normalize("NFC", text[:_LONGEST_STAMP]))
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
        problems += duplicates(self.kind, block.layout, rows)
        problems += reader.swapped_dates(rows)
        self.problems += [replace(problem, sheet=tab, block=number) for problem in problems]
        self.findings += [replace(finding, sheet=tab, block=number) for finding in findings]
        self.rows += rows
        last = max([block.layout.last, *told.data])
        self.tables.append(_table(name, block, last, hidden=self.hidden))
        self.left_out += columns_aside(name, block)
        self.left_out += cells_aside(name, reader.hours_left, "hours_of_other_part")
        self.left_out += rows_aside(name, block, told.left, [row.number for row in rows])


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
