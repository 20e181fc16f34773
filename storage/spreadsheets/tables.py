"""Tables on paper: what a column is called stands beside what it shows of a row."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from markupsafe import Markup

from storage.spreadsheets import writing

Row = TypeVar("Row")
Columns: TypeAlias = Sequence[tuple[str, Callable[[Row], object]]]


def ordinal() -> Callable[[object], int]:
    """Shows the number of the row, from 1; of one workbook alone."""
    numbers = count(1)
    return lambda _row: next(numbers)


def in_order(names: Iterable[str]) -> Columns[Sequence[object]]:
    """Columns of rows that hold what they show in this order."""
    return [(name, itemgetter(place)) for place, name in enumerate(names)]


def workbook(
    titles: Iterable[str], columns: Columns[Row], rows: Iterable[Row], *, sheet_name: str, **page: Any
) -> bytes:
    """An .xlsx of the rows, its texts without markup; `page` as `writing.write` takes it."""
    cells = ([_plain(show(row)) for _name, show in columns] for row in rows)
    named = [_plain(name) for name, _show in columns]
    return writing.write([_plain(one) for one in titles], named, cells, sheet_name=_plain(sheet_name), **page)


def _plain(cell: Any) -> Any:
    return cell.unescape() if isinstance(cell, Markup) else cell
