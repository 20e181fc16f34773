"""The board of conduct reports on paper: Excel workbooks that print on A4, and pictures."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from handlers.engine.desk import Desk
from handlers.engine.pictures import Picture, Square
from handlers.papers import workbook
from handlers.reports import words
from handlers.reports.board import grids
from handlers.reports.board import words as told
from handlers.reports.board.grids import Grid
from handlers.reports.board.words import conversation
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.people.people import Centre, Organisation
from storage.reports import boards, silence
from storage.reports.boards import Outcome, Standing
from storage.reports.reports import ReportPeriod
from storage.spreadsheets.tables import Columns, Row, in_order, ordinal

MOST_ROWS = 60  # of a picture; the workbook has them all
SOURCES = {"chat": later("by chat"), "phone": later("by phone"), "paper": later("on paper")}


# --- one period ---


@conversation.paper("conduct_board")
def period_file(desk: Desk, language: Language, period: int) -> bytes:
    """Who has sent and who has not, with the phone numbers of the heads, so that the silent ones can be called."""
    row = desk.session.get_one(ReportPeriod, period)
    course = desk.session.get_one(CourseClass, row.class_id)
    centre = desk.centre(course.centre_id)
    found = boards.standings(desk.session, centre, [row.id], mentions=True)
    found = silence.explain(desk.session, centre, found, desk.now)
    title = words.report_name(language, row, course).unescape()
    return _workbook(desk, language, centre, title, _of_period(language), told.missing_first(found))


def _of_period(language: Language) -> Columns[Standing]:
    _ = language.text
    return [
        (_("No."), ordinal()),
        (_("Unit"), lambda one: one.unit.name),
        (_("Status"), lambda one: _("sent") if one.is_sent else told.why(language, one)),
        (_("Sent at"), lambda one: _local(language, one.report.sent_at if one.is_sent else None)),
        (_("Version"), lambda one: one.report.revision or ""),
        (_("Learners"), lambda one: one.total),
        (_("To mention"), lambda one: one.mentioned if one.is_sent else ""),
        (_("Head of unit"), lambda one: ", ".join(head.name for head in one.silence.heads)),
        (_("Phone"), lambda one: ", ".join(head.phone for head in one.silence.heads if head.phone)),
    ]


# --- a class, the centre: units by periods or months ---


@conversation.paper("conduct_class")
def class_file(desk: Desk, language: Language, course: int) -> bytes:
    return _grid_file(desk, language, *_class(desk, language, course))


@conversation.paper("conduct_class_picture")
def class_picture(desk: Desk, language: Language, course: int) -> Picture:
    return _picture(desk, language, *_class(desk, language, course))


def _class(desk: Desk, language: Language, course: int) -> tuple[Centre, str, Grid]:
    row = desk.session.get_one(CourseClass, course)
    centre = desk.centre(row.centre_id)
    return centre, class_title(language, row), grids.class_grid(desk, language, centre, course)


@conversation.paper("conduct_centre")
def centre_file(desk: Desk, language: Language, centre: int) -> bytes:
    row = desk.centre(centre)
    return _grid_file(desk, language, row, centre_title(language), grids.centre_months(desk, language, row))


@conversation.paper("conduct_centre_picture")
def centre_picture(desk: Desk, language: Language, centre: int, months: int) -> Picture:
    """By months, or by the last periods of all classes."""
    row = desk.centre(centre)
    build = grids.centre_months if months else grids.centre_periods
    return _picture(desk, language, row, centre_title(language), build(desk, language, row))


def _grid_file(desk: Desk, language: Language, centre: Centre, title: str, grid: Grid) -> bytes:
    _ = language.text
    counted = [_(told.OUTCOMES[kind]) for kind in (Outcome.ON_TIME, Outcome.LATE, Outcome.MISSING)]
    names = [_("Unit"), *(head.replace("\n", " ") for head in grid.columns), *counted]
    columns = [(_("No."), ordinal()), *in_order(names)]
    return _workbook(desk, language, centre, title, columns, (_grid_cells(desk, *row) for row in grid.rows))


def _grid_cells(desk: Desk, name: str, squares: Sequence[Square], found: Sequence[Standing]) -> list[object]:
    counts = boards.tally(found, desk.now)
    return [name, *(square.word for square in squares), counts.on_time, counts.late, counts.missing]


# --- a unit: its record over time ---


@conversation.paper("conduct_unit")
def unit_file(desk: Desk, language: Language, unit: int) -> bytes:
    """Every report that was asked of the unit, the newest first."""
    row = desk.session.get_one(Organisation, unit)
    centre = desk.centre(row.centre_id)
    periods = boards.opened_periods(desk.session, centre.id, desk.now, unit_id=unit)
    found = boards.standings(desk.session, centre, periods, unit_id=unit, mentions=True)
    columns = _of_record(desk, language)
    return _workbook(desk, language, centre, unit_title(language, row), columns, reversed(found))


def _of_record(desk: Desk, language: Language) -> Columns[Standing]:
    _, late = language.text, {Outcome.LATE, Outcome.MISSING}
    return [
        (_("No."), ordinal()),
        (_("Class"), lambda one: one.course.name),
        (_("Period"), lambda one: words.period_name(language, one.period)),
        (_("Deadline"), lambda one: language.local(one.due_at)),
        (_("Sent at"), lambda one: _local(language, one.came_at)),
        (_("Result"), lambda one: _(told.OUTCOMES[one.outcome(desk.now)])),
        (
            _("Late by"),
            lambda one: language.lasting(one.late_by(desk.now)) if one.outcome(desk.now) in late else "",
        ),
        (_("Version"), lambda one: one.report.revision or ""),
        (_("Learners"), lambda one: one.total),
        (_("To mention"), lambda one: one.mentioned if one.is_sent else ""),
        (_("Received by"), lambda one: _(SOURCES.get(one.source, one.source)) if one.came_at else ""),
    ]


@conversation.paper("conduct_unit_picture")
def unit_picture(desk: Desk, language: Language, unit: int) -> Picture:
    """Its classes by months."""
    row = desk.session.get_one(Organisation, unit)
    centre = desk.centre(row.centre_id)
    grid = grids.unit_grid(desk, language, centre, unit)
    return _picture(desk, language, centre, unit_title(language, row), grid)


# --- what they share ---


def class_title(language: Language, course: CourseClass) -> str:
    return language.text("Conduct reports, class {course}", course=course.name).unescape()


def unit_title(language: Language, unit: Organisation) -> str:
    return language.text("Conduct reports, {unit}", unit=unit.name).unescape()


def centre_title(language: Language) -> str:
    return language.text("Conduct reports of all classes").unescape()


def _workbook(
    desk: Desk, language: Language, centre: Centre, title: str, columns: Columns[Row], rows: Iterable[Row]
) -> bytes:
    _ = language.text
    titles = [title[:1].upper() + title[1:], _printed(desk, language)]
    name = _("Conduct reports")
    return workbook(desk, language, centre, titles, columns, rows, sheet_name=name, landscape=True)


def _local(language: Language, moment: datetime | None) -> datetime | str:
    return language.local(moment) if moment else ""


def _printed(desk: Desk, language: Language) -> str:
    """Such as "In lúc 9 giờ, thứ Hai, ngày 16/11/2026": papers are kept for years."""
    moment = f"{language.time(desk.now)}, {language.full_day(language.local(desk.now).date())}"
    return language.text("Printed at {moment}", moment=moment).unescape()


def _picture(desk: Desk, language: Language, centre: Centre, title: str, grid: Grid) -> Picture:
    left = len(grid.rows) - MOST_ROWS
    more = language.count(
        "{n} more row is in the Excel file.", "{n} more rows are in the Excel file.", max(left, 0)
    )
    foot = f"{centre.name}. {_printed(desk, language)}. {more if left > 0 else ''}".strip()
    return grids.picture_of(language, Grid(grid.columns, grid.rows[:MOST_ROWS]), title, foot)
