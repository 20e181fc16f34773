"""Workbooks into the database: a file becomes a plan, and only a plan without problems is written (000-04)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from sqlmodel import Session, col, select

from storage.imports.classes import classes, of_class, without_repeats
from storage.imports.marks import MarkSheet
from storage.imports.plan import Plan, Remark, Where
from storage.imports.roster import Roster
from storage.imports.timetable import Timetable
from storage.imports.units import UnitList
from storage.people.people import Centre
from storage.spreadsheets import headers, reading
from storage.spreadsheets.grids import Grid, Refused, opened
from storage.spreadsheets.kinds import KINDS
from storage.spreadsheets.sheet import Problem, Row, Sheet, place_of

KIND_NAMES: Final = ("units", "roster", "timetable", "marks")
"""The kinds in the order in which buttons number them: it never changes."""
_HEAD_ROWS: Final = 100
_UNUSED: Final = {"roster": ("succession_plan",), "marks": ("comment",), "units": ("note",)}


class _Planner(Protocol):
    def add(self, row: Row) -> None: ...
    def finish(self) -> None: ...


_PLANNERS: Final[dict[str, Callable[[Session, Sheet, Where, Plan], _Planner]]] = {
    "units": UnitList,
    "roster": Roster,
    "timetable": Timetable,
    "marks": MarkSheet,
}


def nothing() -> None:
    """Nobody watches the progress."""


def prepare(session: Session, sheet: Sheet, where: Where, tick: Callable[[], None] = nothing) -> Plan:
    """What importing this sheet would do to the class or centre; nothing is written. `tick` is called once a row.

    Rows of other classes are left out. The sheet's problems and those found against the database come together, file-level ones first, then by
    row and column.
    """
    remarks: list[Remark] = []
    if where.course is not None:
        sheet, remarks = of_class(sheet, classes(session, where.centre.id), where.course)
    sheet = without_repeats(sheet)
    plan = Plan(sheet, remarks=remarks)
    planner = _PLANNERS[sheet.kind](session, sheet, where, plan)
    for row in sheet.rows:
        planner.add(row)
        tick()
    planner.finish()
    for name in _UNUSED.get(sheet.kind, ()):
        if any(row.values.get(name) for row in sheet.rows):
            plan.remarks.append(Remark("not_kept", extra={"header": sheet.columns.get(name, ("", name))[1]}))
    plan.remarks = [*map(_found, sheet.findings), *plan.remarks]
    plan.problems = sorted(chain(sheet.problems, plan.problems), key=place_of)
    return plan


def _found(finding: Problem) -> Remark:
    """What is to be confirmed comes before what is only told."""
    facts = {"value": finding.value or "", **finding.extra}
    return Remark(finding.code, finding.row, facts, finding.sheet)


# --- which kind of file it is ---


def guess(source: Path | bytes) -> str | None:
    """The kind whose headers the file's best sheet has most of; None when nothing looks like a header.

    Raises nothing: what is wrong with the file shows when it is read.
    """
    try:
        with opened(source) as pages:
            grids = [page.grid(_HEAD_ROWS, strict=False) for page in pages if not page.hidden]
    except Refused:
        return None
    scores = {
        name: max((score for grid in grids for score in _scores(name, grid)), default=None) for name in KINDS
    }
    told = {name: score for name, score in scores.items() if score is not None}
    return max(told, key=lambda name: told[name], default=None)


def _scores(name: str, grid: Grid) -> Iterator[tuple[int, int]]:
    """More known columns, fewer unknown; a sheet with marks in it is one of marks."""
    layout = headers.find(KINDS[name], grid)
    if layout is None or (KINDS[name].has_marks and not layout.components):
        return
    marks = len(layout.components)
    found = len(layout.fields) + 2 * marks
    yield found - 2 * len(layout.missing) - len(layout.ignored), marks


# --- where it goes ---


def centres(session: Session) -> Sequence[Centre]:
    return session.exec(select(Centre).order_by(col(Centre.id))).all()


def read(kind: str, source: Path | bytes, today: date) -> Sheet:
    """`sheets.read`, for callers that only know imports."""
    return reading.read(kind, source, today=today)
