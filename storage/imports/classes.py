"""Which class a file is for, or which of its rows: a class column, headings, titles, the names of its sheets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlmodel import Session, col, select

from storage.base.text import fold
from storage.courses.courses import CourseClass
from storage.imports.plan import Remark, nearest
from storage.spreadsheets.headers import is_class
from storage.spreadsheets.kinds import KINDS
from storage.spreadsheets.leftover import LeftOut, runs
from storage.spreadsheets.repeats import identity
from storage.spreadsheets.sheet import Problem, Row, Sheet

_LISTED: Final = 20
_TWO: Final = 2


# --- the classes there are ---


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
    """The one class whose code or name stands in these lines, the longest name first."""
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
    if code is None:
        return Problem("no_class", extra={"codes": _codes(known)})
    near = nearest(code, [course.code for course in known])
    return Problem("unknown_class", value=code, extra={"codes": _codes(known), "near": "; ".join(near)})


def several_classes(found: "Shares") -> Problem:
    """The file-level problem of a file for several classes where one is to be named; `each`: their codes."""
    told = "; ".join(f"{course.code} ({n})" for course, n in found.several)
    return Problem(
        "several_classes", extra={"codes": told, "each": " ".join(c.code for c, _n in found.several)}
    )


def _codes(known: Sequence[CourseClass]) -> str:
    return "; ".join(course.code for course in known[:_LISTED]) or "–"


# --- whose the rows are ---


@dataclass
class Shares:
    """The rows of a file by the class each of them names. `nobody`: those that name none; `unclear`: what those
    rows say that name one which is not there. `by_title`: one class is named, by titles or sheets alone.
    """

    rows: dict[int, list[Row]] = field(default_factory=dict)
    courses: dict[int, CourseClass] = field(default_factory=dict)
    nobody: list[Row] = field(default_factory=list)
    unclear: list[tuple[Row, str]] = field(default_factory=list)
    by_title: bool = False

    @property
    def several(self) -> list[tuple[CourseClass, int]]:
        """The classes of the file and how many rows each has, where there is more than one."""
        told = [(self.courses[number], len(rows)) for number, rows in self.rows.items()]
        return told if len(told) > 1 else []

    @property
    def only(self) -> CourseClass | None:
        """The one class that the file names."""
        return next(iter(self.courses.values())) if len(self.courses) == 1 else None


def shares(sheet: Sheet, known: Sequence[CourseClass]) -> Shares:
    """Sort the rows of a file by class. A class column says more than a heading, a heading more than a title."""
    found = Shares()
    titled = [class_in_titles(known, [*table.title_lines, table.sheet]) for table in sheet.tables]
    found.by_title = len({course.id for course in titled if course}) == 1
    named: dict[str, CourseClass | None] = {}
    for row in sheet.rows:
        said, must_name = _said(row)
        if said not in named:
            named[said] = class_in_titles(known, [said]) if said else None
        course = named[said] or (None if must_name else titled[row.block])
        found.by_title = found.by_title and named[said] is None
        if course is not None:
            found.courses[course.id] = course
            found.rows.setdefault(course.id, []).append(row)
        elif must_name:
            found.unclear.append((row, said))
        else:
            found.nobody.append(row)
    return found


def _said(row: Row) -> tuple[str, bool]:
    """What a row says of its class, in its column or by its heading, and whether that must name one."""
    if "class" in row.values:
        return str(row.values["class"] or ""), True
    return row.heading, is_class(row.heading)


def of_class(sheet: Sheet, known: Sequence[CourseClass], course: CourseClass) -> tuple[Sheet, list[Remark]]:
    """What of a file is for this class: the rest is left out and named. Where only a title names another class, the
    choice of whoever imports it stands, and is remarked upon.
    """
    found = shares(sheet, known)
    if not found.courses and not found.unclear:
        return sheet, []
    if found.by_title and found.only and not found.unclear:
        other = {"told": found.only.code, "name": course.code}
        return sheet, [] if found.only.id == course.id else [Remark("titled_for_other", extra=other)]
    mine = found.rows.get(course.id, [])
    kept = {(row.block, row.number) for row in mine}
    problems = [
        problem for problem in sheet.problems if problem.row is None or (problem.block, problem.row) in kept
    ]
    problems += _unclear(sheet, found, known)
    if not mine and not problems:
        codes = "; ".join(other.code for other in found.courses.values())
        problems.append(Problem("only_other_classes", value=course.code, extra={"codes": codes}))
    left_out = sheet.left_out + _of_others(sheet, found, course)
    findings = [finding for finding in sheet.findings if (finding.block, finding.row) in kept]
    return replace(sheet, rows=mine, problems=problems, left_out=left_out, findings=findings), []


def _unclear(sheet: Sheet, found: Shares, known: Sequence[CourseClass]) -> list[Problem]:
    """Rows of no class among others that have one, once for each thing that is said."""
    first: dict[str, Row] = {}
    for row, said in found.unclear:
        first.setdefault(said, row)
    for row in found.nobody[:1]:
        first.setdefault("", row)
    return [_unclear_row(sheet, row, said, _codes(known)) for said, row in first.items()]


def _unclear_row(sheet: Sheet, row: Row, said: str, codes: str) -> Problem:
    letter, header = sheet.tables[row.block].columns.get("class", (None, None))
    code = "foreign_class" if said else "row_without_class"
    return Problem(code, row.number, letter, header, said or None, {"codes": codes}, row.sheet, row.block)


def _of_others(sheet: Sheet, found: Shares, course: CourseClass) -> list[LeftOut]:
    return [
        LeftOut(sheet.tables[block].sheet, sheet.tables[block].rows(first, last), "other_class", other.code,
                last - first + 1)
        for other in found.courses.values() if other.id != course.id
        for block, rows in groupby(found.rows[other.id], key=attrgetter("block"))
        for first, last in runs(row.number for row in rows)
    ]  # fmt: skip


# --- the same twice in several tables ---


def without_repeats(sheet: Sheet) -> Sheet:
    """A row that stands in a second table as it stands in the first counts once; where they differ, it is asked which
    one is right. Marks of one person may well stand in several tables.
    """
    kind = KINDS[sheet.kind]
    if kind.has_marks or len(sheet.tables) < _TWO:
        return sheet
    first: dict[tuple[object, ...], Row] = {}
    rows, problems, left_out = [], list(sheet.problems), list(sheet.left_out)
    for row in sheet.rows:
        earlier = first.setdefault(identity(kind, row), row)
        if earlier.block == row.block or row.values.get(kind.main) is None:
            rows.append(row)
        elif _agrees(row, earlier):
            table = sheet.tables[row.block]
            left_out.append(
                LeftOut(table.sheet, table.rows(row.number, row.number), "repeated", earlier.place)
            )
        else:
            rows.append(row)
            problems.append(_twice(sheet, row, kind.main, earlier))
    return replace(sheet, rows=rows, problems=problems, left_out=left_out)


def _twice(sheet: Sheet, row: Row, main: str, earlier: Row) -> Problem:
    letter, header = sheet.tables[row.block].columns.get(main, (None, None))
    facts = {"first_row": earlier.place}
    value = str(row.values[main])
    return Problem("duplicate_row", row.number, letter, header, value, facts, row.sheet, row.block)


def _agrees(row: Row, earlier: Row) -> bool:
    """Whether a row says nothing that the earlier one does not."""
    return all(value is None or earlier.values.get(name) == value for name, value in row.values.items())
