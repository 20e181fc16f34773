"""Finding the header of a list below its letterhead, and what each column is."""

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from storage.base.text import fold
from storage.spreadsheets.cells import is_blank, is_mark, shown
from storage.spreadsheets.grids import MAX_COLUMNS, Area, Grid
from storage.spreadsheets.kinds import BARE_MARK, Column, Kind, mark_kind, match, named

_ROWS_SEARCHED: Final = 60
_TALLEST: Final = 4
_PROOF: Final = 2  # so many known headers make a header row even where a required one is missing
_NAME_FIELDS: Final = frozenset({"name", "family_name"})


@dataclass(frozen=True)
class Header:
    """The rows of a header and the texts of its columns, from above to below.

    `joined`: columns that stand under one merged cell with the column before them; `labels`: what a heading says
    for all cells of a column and is no name of it, as (field, words): Sáng | Chiều, Lớp A | Lớp B.
    """

    first: int
    last: int
    texts: dict[int, list[str]]
    joined: frozenset[int]
    labels: dict[int, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Layout:
    """What a header's columns are: those of each field (best name only), the mark components, and what is left.

    `seconds`: columns that go by the same name as another one, which is read in their place; `totals`: columns
    computed from marks; `asked`: columns of numbers that may be marks and do not say so.
    """

    header: Header
    fields: dict[str, tuple[int, ...]]
    seconds: dict[int, int]
    headers: dict[int, str]
    components: dict[int, str]
    ignored: dict[int, str]
    totals: dict[int, str]
    asked: dict[int, str]
    missing: tuple[Column, ...]

    @property
    def first(self) -> int:
        return self.header.first

    @property
    def last(self) -> int:
        return self.header.last

    @property
    def score(self) -> tuple[int, int]:
        return -len(self.missing), len(self.fields)


def find(kind: Kind, grid: Grid) -> Layout | None:
    """The best header among the first rows, the upper one of equals; None when nothing looks like one."""
    rows = list(islice(grid.rows, _ROWS_SEARCHED))
    areas = _areas(grid, max(rows, default=0) + _TALLEST)
    found = (_best_at(kind, grid, areas, first) for first in rows)
    return max(filter(None, found), key=lambda layout: layout.score, default=None)


def stacked(kind: Kind, grid: Grid) -> list[Layout]:
    """Every header of a sheet from above to below: tables may stand one under the other."""
    best = find(kind, grid)
    if best is None:
        return []
    areas = _areas(grid, max(grid.rows))
    others = (
        layout
        for first, cells in grid.rows.items()
        if _is_surely_header(kind, cells)
        if (layout := _best_at(kind, grid, areas, first))
        and (layout.last < best.first or layout.first > best.last)
        and (not layout.missing or "ordinal" in layout.fields)
    )
    return sorted([best, *others], key=lambda layout: layout.first)


def _is_surely_header(kind: Kind, cells: dict[int, object]) -> bool:
    """Nothing but words, two of them names of columns as they are written: no data row looks like that."""
    if len(cells) < _PROOF or not all(isinstance(value, str) for value in cells.values()):
        return False
    return len({field for value in cells.values() if (field := named(kind, str(value)))} - {None}) >= _PROOF


Areas = dict[int, list[Area]]


def _areas(grid: Grid, last_row: int) -> Areas:
    """The merged areas by the row they begin in."""
    near = (area for area in grid.merges if area[0] <= last_row and area[1] <= MAX_COLUMNS)
    begun: Areas = {}
    # By their first cell: only a file made to be slow merges one cell twice.
    for area in {area[:2]: area for area in near}.values():
        begun.setdefault(area[0], []).append(area)
    return begun


def _best_at(kind: Kind, grid: Grid, areas: Areas, first: int) -> Layout | None:
    found = (
        layout
        for last in _ends(grid, areas, first)
        if (layout := lay_out(kind, grid, _header(kind, grid, areas, first, last)))
    )
    return max(found, key=lambda layout: layout.score, default=None)


def _ends(grid: Grid, areas: Areas, first: int) -> list[int]:
    """Where a header beginning in this row may end: as low as its merged cells, or with a row of sub-headers."""
    own = grid.rows[first]
    begun = [area for area in areas.get(first, ()) if area[1] in own]
    tall = [area[2] for area in begun if first < area[2] < first + _TALLEST]
    if tall:
        return [max(tall)]
    under = {column for area in begun for column in range(area[1], area[3] + 1) if area[3] > area[1]}
    below = {column for column, value in grid.rows.get(first + 1, {}).items() if not is_blank(value)}
    # A data row has cells beside the merged header too; a row of sub-headers stands below it alone.
    return [first, first + 1] if below and below <= under else [first]


def _header(kind: Kind, grid: Grid, areas: Areas, first: int, last: int) -> Header:
    """The header texts of every column from above to below, merged ones spread over their columns."""
    cells = {
        (row, column): (shown(value), column)
        for row in range(first, last + 1)
        for column, value in grid.rows.get(row, {}).items()
    }
    for top, left, bottom, right in (area for row in range(first, last + 1) for area in areas.get(row, ())):
        if bottom <= last and (title := cells.get((top, left))):
            spread = (
                (r, c) for r in range(top, bottom + 1) for c in range(left, min(right, MAX_COLUMNS) + 1)
            )
            cells.update(dict.fromkeys(spread, title))
    texts: dict[int, list[str]] = {}
    lowest: dict[int, int] = {}
    for (_row, column), (text, origin) in sorted(cells.items()):
        if text and text not in texts.setdefault(column, []):
            texts[column].append(text)
            lowest[column] = origin
    joined = {column for column, origin in lowest.items() if origin != column}
    told = {column: words for column, words in sorted(texts.items()) if words}
    labels = _labels(kind, told)
    return Header(first, last, _without(kind, told, labels), frozenset(joined), labels)


# --- what a heading says for all cells below it ---

_PARTS: Final = frozenset(
    f"{before}{part}" for before in ("", "buoi ", "hoc ") for part in ("sang", "chieu", "toi")
)


def _labels(kind: Kind, texts: dict[int, list[str]]) -> dict[int, tuple[tuple[str, str], ...]]:
    fields = {column.field for column in kind.columns}
    found = {
        "part": {c: t for c, told in texts.items() for t in told if fold(t) in _PARTS},
        # Alone it is the name of a column: only above or below such a name it says whose the column is.
        "class": {c: t for c, told in texts.items() if len(told) > 1 for t in told if is_class(t)},
    }
    if len(set(map(fold, found["part"].values()))) < _PROOF:
        found["part"] = {}  # one alone tells nothing apart
    labels: dict[int, tuple[tuple[str, str], ...]] = {}
    for field in sorted(fields & found.keys()):
        for column, words in found[field].items():
            labels[column] = (*labels.get(column, ()), (field, words))
    return labels


def is_class(heading: str) -> bool:
    """Whether a heading says that what follows is of a class: LỚP NTD-01, II. Lớp NTD-02."""
    return _CLASS.match(fold(heading[:_LONGEST_HEADING])) is not None


_CLASS: Final = re.compile(
    r"(?:[ivx]+ |[a-z] |\d+ )?(?:danh sach |lich hoc |lich |bang diem )?lop (?!truong|pho\b)\w"
)
_LONGEST_HEADING: Final = 200


def _without(
    kind: Kind, texts: dict[int, list[str]], labels: dict[int, tuple[tuple[str, str], ...]]
) -> dict[int, list[str]]:
    """The texts without the labels; where nothing is left, the column holds what the list is about."""
    main = next(column.names[0] for column in kind.columns if column.field == kind.main)
    words = {column: {label for _field, label in told} for column, told in labels.items()}
    left = {
        column: [text for text in told if text not in words.get(column, ())] for column, told in texts.items()
    }
    return {column: told or [main] for column, told in left.items()}


# --- what its columns are ---


def lay_out(
    kind: Kind,
    grid: Grid,
    header: Header,
    columns: Container[int] = range(1, MAX_COLUMNS + 1),
    *,
    least: int = _PROOF,
) -> Layout | None:
    """What the columns of a header are, of these columns alone; None when it is no header of this kind, for lack of
    a required column and with fewer known ones than `least`.
    """
    texts = {column: told for column, told in header.texts.items() if column in columns}
    ranked: dict[str, list[tuple[int, int]]] = {}
    for column, told in texts.items():
        if found := _match_texts(kind, told):
            ranked.setdefault(found[0], []).append((found[1], column))
    alike = {field: _best(places) for field, places in ranked.items()}
    fields = {field: _read_ones(field, places, header) for field, places in alike.items()}
    seconds = {
        column: fields[field][0] for field, places in alike.items() for column in places[len(fields[field]) :]
    }
    _add_headless_name(fields, texts, grid, header.last)
    missing = tuple(column for column in kind.columns if column.required and not _stands(column, fields))
    if missing and len(fields) < least:
        return None
    taken = {column for places in fields.values() for column in places} | seconds.keys()
    free = {column: told for column, told in texts.items() if column not in taken}
    marked = _mark_columns(free, grid, header.last) if kind.has_marks else {}
    components, totals, asked = (marked.get(name, {}) for name in ("mark", "total", "unknown"))
    known = components | asked
    ignored = {column: " – ".join(told) for column, told in free.items() if column not in known}
    headers = {column: " – ".join(told) for column, told in texts.items()}
    return Layout(header, fields, seconds, headers, components, ignored, totals, asked, missing)


def field_of(kind: Kind, told: list[str]) -> str | None:
    """The field that a column's texts name, if any."""
    found = _match_texts(kind, told)
    return found[0] if found else None


def _read_ones(field: str, places: tuple[int, ...], header: Header) -> tuple[int, ...]:
    """The first of several columns of one name; a name may be spread over the columns under one merged header."""
    count = 1
    while (
        field in _NAME_FIELDS
        and count < len(places)
        and places[count] == places[count - 1] + 1
        and places[count] in header.joined
    ):
        count += 1
    return places[:count]


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
