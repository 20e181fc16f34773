"""What the reading of a workbook found: its rows, what is wrong with them, and where each of it stands."""

import re
from dataclasses import dataclass, field
from typing import Final

from storage.spreadsheets.leftover import LeftOut

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
SHOWN: Final = 60


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


def place_of(problem: Problem) -> tuple[bool, int, int, int, str]:
    """The order of problems: those of the whole file, then by table, row and column."""
    column = problem.column or ""
    return problem.row is not None, problem.block, problem.row or 0, len(column), column


def cut(told: str) -> str:
    """A value as a problem tells it, 60 characters at most."""
    return told if len(told) <= SHOWN else told[: SHOWN - 1] + "…"
