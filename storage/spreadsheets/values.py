"""The rows of one table as values and problems: each cell by the column it stands in."""

from datetime import date, time
from decimal import Decimal
from typing import Final

from storage.base.text import fold
from storage.spreadsheets.blocks import Block
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
from storage.spreadsheets.grids import Place
from storage.spreadsheets.headers import letter
from storage.spreadsheets.kinds import NOTE_LIMIT, Column, Kind
from storage.spreadsheets.leftover import Leave, is_example
from storage.spreadsheets.rows import ditto_fills, vertical_fills
from storage.spreadsheets.sheet import FINDING_CODES, SHOWN, Problem, Row, cut
from storage.spreadsheets.times import When, fits_part
from storage.spreadsheets.times import part as part_in

_LONGEST_TEXT: Final = NOTE_LIMIT * 2  # stray spaces included


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
        told = shown(raw[: 2 * SHOWN] if isinstance(raw, str) else raw)
        return Problem(
            code,
            row=number,
            column=letter(place) if place else None,
            header=header or (self.layout.headers.get(place) if place else None),
            value=cut(told) or None,
            extra=extra,
        )


def _checked(value: object, limit: int) -> object:
    if isinstance(value, str) and len(value) > limit:
        raise Wrong("text_too_long", most=str(limit), length=str(len(value)))
    return value
