"""Workbooks into the database: a file becomes a plan, and only a plan without problems is written (000-04)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from sqlmodel import Session, col, select

from storage.base.text import fold
from storage.courses.courses import CourseClass
from storage.imports.marks import MarkSheet
from storage.imports.plan import Plan, Remark, Where, nearest
from storage.imports.roster import Roster
from storage.imports.timetable import Timetable
from storage.imports.units import UnitList
from storage.people.people import Centre
from storage.spreadsheets import headers, reading
from storage.spreadsheets.grids import Grid, Refused, opened
from storage.spreadsheets.kinds import KINDS
from storage.spreadsheets.reading import Problem, Row, Sheet

KIND_NAMES: Final = ("units", "roster", "timetable", "marks")
"""The kinds in the order in which buttons number them: it never changes."""
_HEAD_ROWS: Final = 100
_LISTED: Final = 20
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
    """What importing this sheet would do; nothing is written. `tick` is called once a row.

    The sheet's problems and those found against the database come together, file-level ones first, then by
    row and column.
    """
    plan = Plan(sheet.kind)
    planner = _PLANNERS[sheet.kind](session, sheet, where, plan)
    for row in sheet.rows:
        planner.add(row)
        tick()
    planner.finish()
    for name in _UNUSED.get(sheet.kind, ()):
        if any(row.values.get(name) for row in sheet.rows):
            plan.remarks.append(Remark("not_kept", extra={"header": sheet.columns.get(name, ("", name))[1]}))
    plan.remarks = [*map(_found, sheet.findings), *plan.remarks]
    plan.problems = sorted(chain(sheet.problems, plan.problems), key=_place)
    return plan


def _found(finding: Problem) -> Remark:
    """What is to be confirmed comes before what is only told."""
    return Remark(finding.code, finding.row, {"value": finding.value or "", **finding.extra})


def _place(problem: Problem) -> tuple[int, int, str]:
    return problem.row or 0, len(problem.column or ""), problem.column or ""


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


# --- which class it is for ---


def classes(session: Session, centre_id: int | None = None) -> Sequence[CourseClass]:
    """The classes, of one centre where that is asked, the newest first."""
    query = select(CourseClass).order_by(col(CourseClass.from_date).desc(), col(CourseClass.code))
    if centre_id is not None:
        query = query.where(CourseClass.centre_id == centre_id)
    return session.exec(query).all()


def class_coded(known: Sequence[CourseClass], code: str) -> CourseClass | None:
    """The class with this code, however it was typed; None when there is none or several centres have it."""
    found = [course for course in known if fold(course.code) == fold(code)]
    return found[0] if len(found) == 1 else None


def class_in_titles(known: Sequence[CourseClass], titles: Sequence[str]) -> CourseClass | None:
    """The one class whose code or name stands in the lines above the header, the longest name first."""
    text = f" {' '.join(fold(line) for line in titles)} "
    named = {course.id: _longest(course, text) for course in known}
    best = max(named.values(), default=0)
    found = [course for course in known if best and named[course.id] == best]
    return found[0] if len(found) == 1 else None


def _longest(course: CourseClass, text: str) -> int:
    names = (fold(course.code), fold(course.name))
    return max((len(name) for name in names if name and f" {name} " in text), default=0)


def unknown_class(known: Sequence[CourseClass], code: str | None) -> Problem:
    """The file-level problem of a class that was not named, or is not known."""
    codes = "; ".join(course.code for course in known[:_LISTED]) or "–"
    if code is None:
        return Problem("no_class", extra={"codes": codes})
    near = nearest(code, [course.code for course in known])
    return Problem("unknown_class", value=code, extra={"codes": codes, "near": "; ".join(near)})


def centres(session: Session) -> Sequence[Centre]:
    return session.exec(select(Centre).order_by(col(Centre.id))).all()


def read(kind: str, source: Path | bytes, today: date) -> Sheet:
    """`sheets.read`, for callers that only know imports."""
    return reading.read(kind, source, today=today)
