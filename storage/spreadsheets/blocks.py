"""The tables of one sheet: one under the other, side by side, and those that share columns under two headings.

Each becomes a block with a header and a grid of its own, so that its rows are read as if it stood alone.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from storage.spreadsheets.cells import is_blank, shown
from storage.spreadsheets.grids import Grid
from storage.spreadsheets.headers import Header, Layout, field_of, lay_out, stacked
from storage.spreadsheets.kinds import Kind
from storage.spreadsheets.leftover import runs

Labels = tuple[tuple[str, str], ...]
_LONGEST_TITLE: Final = 300
_TWO: Final = 2


@dataclass(frozen=True)
class Block:
    """One table. `titles`: the texts above its header, by row; `labels`: what a heading over its columns says for
    all its rows, as (field, words); `has_side`: whether another table stands beside it.

    Where it shares columns with another one, `own` are those it does not share, and `beside` the rows in which the
    others say something, with the words of their labels.
    """

    layout: Layout
    grid: Grid
    titles: dict[int, str]
    labels: Labels = ()
    has_side: bool = False
    own: frozenset[int] = frozenset()
    beside: dict[int, frozenset[str]] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """The words of the label for a field, "" without one."""
        return next((words for label, words in self.labels if label == name), "")


def blocks_of(kind: Kind, grid: Grid) -> list[Block]:
    """Every table of a sheet, from above to below and from left to right; those without a required column too."""
    order = sorted(grid.rows)
    layouts = _without_repeats(grid, order, stacked(kind, grid))
    titles = [_titles_above(grid, order, layout.first) for layout in layouts[1:]]
    ends = [min([*above, layout.first]) - 1 for above, layout in zip(titles, layouts[1:], strict=True)]
    last = max([*grid.rows, *(row for row, _column in grid.unsolved)], default=0)
    return [
        block
        for layout, above, end in zip(layouts, [None, *titles], [*ends, last], strict=False)
        for block in _across(kind, grid, layout, range(layout.first, end + 1), above)
    ]


# --- one under the other ---


def _without_repeats(grid: Grid, order: list[int], layouts: list[Layout]) -> list[Layout]:
    """A header repeated on the next printed page begins no table of its own, unless a title stands above it."""
    kept = layouts[:1]
    for layout in layouts[1:]:
        again = (layout.fields, layout.headers) == (kept[-1].fields, kept[-1].headers)
        if not again or _titles_above(grid, order, layout.first):
            kept.append(layout)
    return kept


def _titles_above(grid: Grid, order: list[int], first: int) -> dict[int, str]:
    """The rows right above a header that hold one text alone."""
    titles: dict[int, str] = {}
    for row in reversed(order[: bisect_left(order, first)]):
        filled = [value for value in grid.rows[row].values() if not is_blank(value)]
        if len(filled) != 1 or not isinstance(filled[0], str):
            break
        titles[row] = shown(filled[0][:_LONGEST_TITLE])
    return titles


# --- side by side ---


def _across(
    kind: Kind, grid: Grid, layout: Layout, rows: range, above: dict[int, str] | None
) -> Iterator[Block]:
    """The tables under one row of headers. `above`: its titles; None: those of the whole sheet, its letterhead."""
    sides = _sides(kind, grid, layout, rows)
    for columns in sides:
        side = _cut(grid, rows, columns if len(sides) > 1 else None, layout.last)
        own = lay_out(kind, side, layout.header, columns, least=0)
        if own is not None:
            titles = _letterhead(grid, layout.first, columns) if above is None else above
            yield from _apart(
                kind, Block(own, side, titles, _common(layout.header, columns), has_side=len(sides) > 1)
            )


def _letterhead(grid: Grid, first: int, columns: Collection[int]) -> dict[int, str]:
    """The texts above the first header that stand over these columns, alone or merged."""
    reach = {(top, left): range(left, right + 1) for top, left, _bottom, right in grid.merges}
    titles: dict[int, str] = {}
    for row, cells in grid.rows.items():
        if row >= first:
            break
        over = [
            shown(value[:_LONGEST_TITLE])
            for column, value in cells.items()
            if isinstance(value, str)
            if any(place in columns for place in reach.get((row, column), (column,)))
        ]
        if told := "\n".join(filter(None, over)):
            titles[row] = told
    return titles


def _sides(kind: Kind, grid: Grid, layout: Layout, rows: range) -> list[range]:
    """The columns of each table. A new one begins where a name comes again, behind an empty column or not; without
    such a column only if all of them are complete, so that a name given twice in one table divides nothing.
    """
    header = layout.header
    named = {
        column: field
        for column, told in header.texts.items()
        if (field := field_of(kind, told)) and column not in header.joined
    }
    filled = {column for row, cells in grid.rows.items() if row in rows for column in cells}
    filled |= header.texts.keys()
    whole = [range(1, max(filled) + 1)]
    for sides, all_complete in ((_behind_gaps(named, filled), False), (_at_repeats(named, filled), True)):
        laid = [lay_out(kind, grid, header, side) for side in sides]
        complete = [bool(one and not one.missing) for one in laid]
        beside = [side for side, good in zip(sides, complete, strict=True) if not good]
        labelled = any(column in header.labels for side in beside for column in side)
        if len(sides) > 1 and (all(complete) or (any(complete) and not all_complete and not labelled)):
            return sides
    return whole


def _behind_gaps(named: dict[int, str], filled: set[int]) -> list[range]:
    """The columns between empty ones; those that bring no name a second time belong to what is left of them."""
    starts: list[int] = []
    seen: set[str] = set()
    for first, last in runs(filled):
        fields = {named[column] for column in range(first, last + 1) if column in named}
        if not starts or seen & fields:
            starts.append(first)
            seen = set()
        seen |= fields
    return _ranges(starts, filled)


def _at_repeats(named: dict[int, str], filled: set[int]) -> list[range]:
    starts = [min(filled)]
    seen: set[str] = set()
    for column, name in sorted(named.items()):
        if name in seen:
            starts.append(column)
            seen = set()
        seen.add(name)
    return _ranges(starts, filled)


def _ranges(starts: list[int], filled: set[int]) -> list[range]:
    return [range(first, end) for first, end in zip(starts, [*starts[1:], max(filled) + 1], strict=True)]


def _common(header: Header, columns: Collection[int]) -> Labels:
    """The labels that all labelled columns of a table share."""
    told = {header.labels.get(column, ()) for column in columns if column in header.texts}
    return next(iter(told)) if len(told) == 1 else ()


# --- sharing columns ---


def _apart(kind: Kind, block: Block) -> list[Block]:
    """The tables that share their first columns: a topic for the morning and one for the afternoon, or one a class."""
    layout, header = block.layout, block.layout.header
    first = layout.fields.get(kind.main, ())[:1]
    mains = [*first, *(column for column, instead in layout.seconds.items() if (instead,) == first)]
    told = [header.labels.get(place, ()) for place in mains]
    if len(mains) < _TWO or len(set(told)) < len(told) or () in told or layout.missing:
        return [block]
    if "part" in layout.fields and any(field == "part" for labels in told for field, _words in labels):
        return [block]
    return [_one_apart(kind, block, labels, told) for labels in told]


def _one_apart(kind: Kind, block: Block, labels: Labels, all_labels: list[Labels]) -> Block:
    header, grid = block.layout.header, block.grid
    labelled = {column for column in header.texts if header.labels.get(column, ()) in all_labels}
    own = frozenset(column for column in labelled if header.labels[column] == labels)
    filled = {column for cells in grid.rows.values() for column in cells} | header.texts.keys()
    columns = filled - labelled | own
    cut = _cut(grid, range(1, max(grid.rows) + 1), columns, header.last)
    # Rows of another table alone are none of this one's; what stands in shared columns alone may be a heading.
    others = labelled - own
    rows = {
        row: cells
        for row, cells in cut.rows.items()
        if row <= header.last or cells.keys() & own or not grid.rows.get(row, {}).keys() & others
    }
    layout = lay_out(kind, cut, header, columns)
    assert layout is not None, "the whole is a table, and this is a part of it with all it shares"
    cut = replace(cut, rows=rows)
    return replace(
        block, layout=layout, grid=cut, labels=labels, own=own, beside=_beside(grid, header, others)
    )


def _beside(grid: Grid, header: Header, others: set[int]) -> dict[int, frozenset[str]]:
    return {
        row: frozenset(words for column in cells.keys() & others for _field, words in header.labels[column])
        for row, cells in grid.rows.items()
    }


def _cut(grid: Grid, rows: range, columns: Collection[int] | None, header_last: int) -> Grid:
    """A part of a sheet. What is merged over tables side by side counts for each of them."""
    kept = {row: cells for row, cells in grid.rows.items() if row in rows}
    unsolved = frozenset(place for place in grid.unsolved if place[0] in rows)
    if columns is None:
        return replace(grid, rows=kept, unsolved=unsolved)
    cut = {
        row: {column: value for column, value in cells.items() if column in columns}
        for row, cells in kept.items()
    }
    for top, left, _bottom, right in grid.merges:
        value = grid.rows.get(top, {}).get(left)
        if top > header_last and top in cut and left not in columns and value is not None:
            inside = [column for column in range(left + 1, right + 1) if column in columns]
            if inside:
                cut[top][inside[0]] = value
    return replace(grid, rows={row: cells for row, cells in cut.items() if cells}, unsolved=unsolved)
