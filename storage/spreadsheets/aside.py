"""Naming what of a sheet and its tables stands aside: hidden parts, columns and rows that hold no data."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from storage.spreadsheets.blocks import Block
from storage.spreadsheets.cells import shown
from storage.spreadsheets.grids import Grid, Place
from storage.spreadsheets.headers import letter
from storage.spreadsheets.leftover import LeftOut, runs

_SHOWN: Final = 60


def words_of(cells: dict[int, object]) -> str:
    """The texts of a row, as a person reads it."""
    told = (shown(value[:_SHOWN]) for value in cells.values() if isinstance(value, str))
    return _cut(" ".join(filter(None, told)))


def _cut(told: str) -> str:
    return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"


def hidden_parts(sheet: str, grid: Grid) -> Iterator[LeftOut]:
    """What of a sheet nobody sees in Excel, and what stands too far to the right."""
    for first, last in runs(grid.hidden_rows):
        told = words_of(grid.hidden_rows[first])
        yield LeftOut(sheet, f"{first}:{last}", "hidden_rows", told, last - first + 1)
    for column, cells in grid.hidden_columns.items():
        first_text = next((shown(value) for value in cells.values() if isinstance(value, str)), "")
        yield LeftOut(sheet, _columns(column), "hidden_columns", _cut(first_text))
    if grid.far is not None:
        yield LeftOut(sheet, f"{letter(grid.far)}:XFD", "far_columns")


def incomplete(sheet: str, block: Block) -> LeftOut:
    """A table that lacks a required column, beside others that do not."""
    layout = block.layout
    last = max([*block.grid.rows, layout.last])
    told = "; ".join(column.names[0] for column in layout.missing)
    return LeftOut(sheet, _area(block, layout.first, last), "missing_columns", told)


def columns_aside(sheet: str, block: Block) -> Iterator[LeftOut]:
    """The columns of a table that mean nothing here, or stand there twice."""
    layout = block.layout
    for column, header in layout.ignored.items():
        yield LeftOut(sheet, _columns(column), "unknown_column", _cut(header))
    for column in layout.seconds:
        yield LeftOut(sheet, _columns(column), "second_column", _cut(layout.headers[column]))


def rows_aside(sheet: str, block: Block, left: dict[int, str], data: Iterable[int]) -> Iterator[LeftOut]:
    """The rows of a table that are no data; neighbours of one kind together, but every heading and example by itself."""
    data_rows = set(data)
    every = sorted(left.keys() | data_rows)
    kinds = [(row, left.get(row, "")) for row in every if left.get(row) != "empty"]
    for reason, pairs in groupby(kinds, key=lambda pair: pair[1]):
        rows = [row for row, _reason in pairs]
        if reason in {"heading", "example"}:
            yield from (_rows(sheet, block, reason, [row]) for row in rows)
        elif reason:
            yield _rows(sheet, block, reason, rows)


def _rows(sheet: str, block: Block, reason: str, rows: list[int]) -> LeftOut:
    told = words_of(block.grid.rows.get(rows[0], {}))
    return LeftOut(sheet, _area(block, rows[0], rows[-1]), reason, told, len(rows))


def cells_aside(sheet: str, places: Iterable[Place], reason: str) -> Iterator[LeftOut]:
    """Single cells, those of one column below each other together."""
    for column, pairs in groupby(sorted((column, row) for row, column in places), key=itemgetter(0)):
        for first, last in runs(row for _column, row in pairs):
            yield LeftOut(
                sheet, f"{letter(column)}{first}:{letter(column)}{last}", reason, count=last - first + 1
            )


def titles_aside(sheet: str, block: Block) -> Iterator[LeftOut]:
    """The titles of a table below another one: they are read as such, and no row of the one above."""
    for row, told in sorted(block.titles.items()):
        yield LeftOut(sheet, f"{row}:{row}", "heading", _cut(told))


def _area(block: Block, first: int, last: int) -> str:
    if not block.has_side:
        return f"{first}:{last}"
    columns = block.layout.headers
    return f"{letter(min(columns))}{first}:{letter(max(columns))}{last}"


def _columns(column: int) -> str:
    return f"{letter(column)}:{letter(column)}"
