"""The same row twice in a table."""

from storage.base.text import spelling
from storage.spreadsheets import headers
from storage.spreadsheets.cells import shown
from storage.spreadsheets.headers import Layout, letter
from storage.spreadsheets.kinds import Kind
from storage.spreadsheets.sheet import Problem, Row, cut


def duplicates(kind: Kind, layout: Layout, rows: list[Row]) -> list[Problem]:
    """A problem for each row that says again what another one of its table has said."""
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
    value = cut(shown(row.values.get(kind.main)))
    return Problem(
        "duplicate_row", row.number, letter(place) or None, header, value, {"first_row": str(first)}
    )
