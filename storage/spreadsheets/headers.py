"""Finding the header of a list below its letterhead, and what each column is."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from storage.base.text import fold
from storage.spreadsheets.cells import is_blank, is_mark, shown
from storage.spreadsheets.grids import MAX_COLUMNS, Area, Grid
from storage.spreadsheets.kinds import BARE_MARK, Column, Kind, mark_kind, match

_ROWS_SEARCHED: Final = 60
_TALLEST: Final = 4
_PROOF: Final = 2  # so many known headers make a header row even where a required one is missing
_NAME_FIELDS: Final = frozenset({"name", "family_name"})


@dataclass(frozen=True)
class Layout:
    """The header rows, the columns of each field (best name only), the mark components, and what is left.

    `totals`: columns computed from marks; `asked`: columns of numbers that may be marks and do not say so.
    """

    first: int
    last: int
    fields: dict[str, tuple[int, ...]]
    headers: dict[int, str]
    components: dict[int, str]
    totals: dict[int, str]
    asked: dict[int, str]
    ignored: tuple[str, ...]
    missing: tuple[Column, ...]

    @property
    def score(self) -> tuple[int, int]:
        return -len(self.missing), len(self.fields)


def find(kind: Kind, grid: Grid) -> Layout | None:
    """The best header among the first rows, the upper one of equals; None when nothing looks like one."""
    last_row = _last_searched(grid)
    near = (area for area in grid.merges if area[0] <= last_row and area[1] <= MAX_COLUMNS)
    # By their first cell: only a file made to be slow merges one cell twice.
    areas = list({area[:2]: area for area in near}.values())
    found = [
        layout
        for first in islice(grid.rows, _ROWS_SEARCHED)
        for last in _ends(grid, areas, first)
        if (layout := _layout(kind, grid, areas, first, last))
    ]
    return max(found, key=lambda layout: layout.score, default=None)


def _last_searched(grid: Grid) -> int:
    return max(islice(grid.rows, _ROWS_SEARCHED), default=0) + _TALLEST


def _ends(grid: Grid, areas: Iterable[Area], first: int) -> list[int]:
    """Where a header beginning in this row may end: as low as its merged cells, or with a row of sub-headers."""
    own = grid.rows[first]
    begun = [area for area in areas if area[0] == first and area[1] in own]
    tall = [area[2] for area in begun if first < area[2] < first + _TALLEST]
    if tall:
        return [max(tall)]
    under = {column for area in begun for column in range(area[1], area[3] + 1) if area[3] > area[1]}
    below = {column for column, value in grid.rows.get(first + 1, {}).items() if not is_blank(value)}
    # A data row has cells beside the merged header too; a row of sub-headers stands below it alone.
    return [first, first + 1] if below and below <= under else [first]


def _texts(grid: Grid, areas: list[Area], first: int, last: int) -> dict[int, list[str]]:
    """The header texts of every column from above to below, merged ones spread over their columns."""
    cells = {
        (row, column): shown(value)
        for row in range(first, last + 1)
        for column, value in grid.rows.get(row, {}).items()
    }
    for top, left, bottom, right in areas:
        if first <= top and bottom <= last and (title := cells.get((top, left))):
            spread = (
                (r, c) for r in range(top, bottom + 1) for c in range(left, min(right, MAX_COLUMNS) + 1)
            )
            cells.update(dict.fromkeys(spread, title))
    texts: dict[int, list[str]] = {}
    for (_row, column), title in sorted(cells.items()):
        if title and title not in texts.setdefault(column, []):
            texts[column].append(title)
    return {column: told for column, told in sorted(texts.items()) if told}


def _layout(kind: Kind, grid: Grid, areas: list[Area], first: int, last: int) -> Layout | None:
    texts = _texts(grid, areas, first, last)
    ranked: dict[str, list[tuple[int, int]]] = {}
    for column, told in texts.items():
        if found := _match_texts(kind, told):
            ranked.setdefault(found[0], []).append((found[1], column))
    fields = {field: _best(places) for field, places in ranked.items()}
    _add_headless_name(fields, texts, grid, last)
    missing = tuple(column for column in kind.columns if column.required and not _stands(column, fields))
    if missing and len(fields.keys() - {"ordinal"}) < _PROOF:
        return None
    taken = {column for columns in fields.values() for column in columns}
    free = {column: told for column, told in texts.items() if column not in taken}
    marked = _mark_columns(free, grid, last) if kind.has_marks else {}
    components, totals, asked = (marked.get(name, {}) for name in ("mark", "total", "unknown"))
    known = components | asked
    ignored = dict.fromkeys(" – ".join(told) for column, told in free.items() if column not in known)
    headers = {column: " – ".join(told) for column, told in texts.items()}
    return Layout(first, last, fields, headers, components, totals, asked, tuple(ignored), missing)


def _match_texts(kind: Kind, told: list[str]) -> tuple[str, int] | None:
    """A header of several rows by all its words, else by its lowest, else by its highest."""
    tries = dict.fromkeys((" ".join(told), told[-1], told[0]))
    return next((found for text in tries if (found := match(kind, text))), None)


def _best(places: list[tuple[int, int]]) -> tuple[int, ...]:
    best = min(rank for rank, _column in places)
    return tuple(column for rank, column in places if rank == best)


def _stands(column: Column, fields: dict[str, tuple[int, ...]]) -> bool:
    return column.field in fields or any(all(part in fields for part in group) for group in column.via)


def _add_headless_name(
    fields: dict[str, tuple[int, ...]], texts: dict[int, list[str]], grid: Grid, last: int
) -> None:
    """Given names often stand in a narrow column of their own, under no header, right of the rest of the name."""
    for field in _NAME_FIELDS & fields.keys():
        column = fields[field][-1] + 1
        if "given_name" in fields or column in texts:
            continue
        rows = [row for row in islice(_below(grid, last), 30) if not is_blank(row.get(column - 1))]
        single = [row for row in rows if _is_word(row.get(column))]
        if rows and len(single) * 2 > len(rows):
            fields["given_name" if field == "family_name" else field] = (
                (column,) if field == "family_name" else (*fields[field], column)
            )


def _is_word(raw: object) -> bool:
    return isinstance(raw, str) and re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)?", shown(raw)) is not None


def _below(grid: Grid, last: int) -> Iterator[dict[int, object]]:
    return (cells for row, cells in grid.rows.items() if row > last)


# --- marks ---


def _mark_columns(free: dict[int, list[str]], grid: Grid, last: int) -> dict[str, dict[int, str]]:
    """The columns that hold marks, totals, or what may be marks, each by a name that is unique in the sheet."""
    kinds = {column: _mark_kind(column, told, grid, last) for column, told in free.items()}
    kept = {column: told for column, told in free.items() if kinds[column] != "none"}
    plain = {column: _component_name(told) for column, told in kept.items()}
    plain.update({column: " – ".join(kept[column]) for column in _shared(plain)})
    plain.update({column: f"{plain[column]} ({letter(column)})" for column in _shared(plain)})
    found: dict[str, dict[int, str]] = {}
    for column, name in plain.items():
        found.setdefault(kinds[column], {})[column] = name
    return found


def with_sheet_name(layout: Layout, sheet: str) -> Layout:
    """Where a column only says "Điểm", the sheet's name says of what: one sheet for each paper."""
    if mark_kind(sheet) != "mark" or fold(sheet) in BARE_MARK:
        return layout
    bare_ones = [column for column, name in layout.components.items() if fold(name) in BARE_MARK]
    named = dict.fromkeys(bare_ones, sheet) if len(bare_ones) == 1 else {}
    return replace(layout, components=layout.components | named)


def _shared(names: dict[int, str]) -> list[int]:
    """The columns whose name another column bears too."""
    twice = {name for name, count in Counter(names.values()).items() if count > 1}
    return [column for column, name in names.items() if name in twice]


def _component_name(told: list[str]) -> str:
    below = told[-1]
    return told[-2] if len(told) > 1 and fold(below) in {"so", "bang so"} else below


def _mark_kind(column: int, told: list[str], grid: Grid, last: int) -> str:
    """As `kinds.mark_kind`, by the lowest header and then by those above; numbers alone make no marks, only a question."""
    found = next(
        (kind for text in (_component_name(told), *told) if (kind := mark_kind(text)) != "unknown"), "unknown"
    )
    if found != "unknown":
        return found
    values = [row[column] for row in _below(grid, last) if not is_blank(row.get(column))]
    marks = sum(1 for value in values if is_mark(value))
    return "unknown" if marks > 0 and marks * 2 >= len(values) else "none"


def letter(column: int) -> str:
    """Excel's name of a column: 1 is A, 28 is AB."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
