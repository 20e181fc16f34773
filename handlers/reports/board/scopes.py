"""The board of conduct reports: a class, a unit over time, the whole centre; as text, Excel and picture."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.messages import Button, Document, Message, Paper, file_called, fit, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.reports import words
from handlers.reports.actions import open_board
from handlers.reports.board import actions, papers
from handlers.reports.board import words as told
from handlers.reports.board.words import conversation
from storage.courses.courses import CourseClass
from storage.courses.visibility import class_seen
from storage.people.people import STAFF, Organisation
from storage.reports import boards
from storage.reports.boards import Outcome, Standing

MOST_LISTED = 24  # reports of a unit on its card; the file has them all


@conversation.does(actions.choose_scope)
def choose_scope(turn: Turn) -> None:
    _ = turn.language.text
    rows = [
        [Button(_("Another period"), actions.choose_period, page=0)],
        [Button(_("A class"), choose_class, page=0)],
        [Button(_("A unit"), choose_unit, page=0)],
        [Button(_("The whole centre"), open_centre)],
        [Button(_("Back"), open_board)],
    ]
    turn.show(Message(_("Whose reports would you like to see?"), rows))


def _file(turn: Turn, title: str, paper: Paper, ending: str, **ids: int) -> None:
    turn.say(Message(title, document=Document(paper, file_called(title, ending), ids)))


def _nothing(turn: Turn) -> None:
    _ = turn.language.text
    turn.show(Message(_("That is not there any more."), [[Button(_("Report status"), open_board)]]))


# --- a class ---


@conversation.button("ok", may=STAFF)
def choose_class(turn: Turn, page: int) -> None:
    _ = turn.language.text
    classes = boards.classes_seen(turn.session, turn.viewer, turn.now)
    choices = [Button(f"{one.name} ({one.code})", open_class, course=one.id) for one in classes]
    asked = _("Which class?") if choices else _("No class has had a period of conduct reports yet.")
    pick(turn, asked, choices, page, choose_class, [Button(_("Back"), choose_scope)])


def _class(turn: Turn, course: int) -> CourseClass:
    return turn.need(class_seen(turn.session, turn.viewer, course), _nothing)


@conversation.button("ol", may=STAFF)
def open_class(turn: Turn, course: int) -> None:
    """Each unit's reports of the class, counted; those that report worst first."""
    found = _class(turn, course)
    _ = turn.language.text
    periods = boards.opened_periods(turn.session, turn.home.id, turn.now, class_id=course)
    every = boards.standings(turn.session, turn.home, periods)
    rows = [
        [Button(_("Picture"), class_picture, course=course)],
        [Button(_("Excel file"), class_file, course=course)],
        [Button(_("Another class"), choose_class, page=0)],
        [Button(_("Back"), choose_scope)],
    ]
    title = papers.class_title(turn.language, found)
    turn.show(Message(_summary(turn, title, every), rows))


def _summary(turn: Turn, title: str, every: Sequence[Standing]) -> Markup:
    """The counts of all together, then a line a unit."""
    language = turn.language
    expected = [one for one in every if one.is_expected]
    listed = [
        language.text("{unit}: {counts}", unit=unit.name, counts=told.tally_words(language, rows, turn.now))
        for unit, rows in boards.by_unit(expected, turn.now)
    ]
    return lines(
        told.all_together(language, title, expected, turn.now),
        fit(listed, turn.room, lambda n: told.more_units(language, n)),
    )


@conversation.button("ox", may=STAFF)
def class_file(turn: Turn, course: int) -> None:
    title = papers.class_title(turn.language, _class(turn, course))
    _file(turn, title, papers.class_file, "xlsx", course=course)


@conversation.button("op", may=STAFF)
def class_picture(turn: Turn, course: int) -> None:
    title = papers.class_title(turn.language, _class(turn, course))
    _file(turn, title, papers.class_picture, "png", course=course)


# --- a unit ---


@conversation.button("ou", may=STAFF)
def choose_unit(turn: Turn, page: int) -> None:
    _ = turn.language.text
    units = boards.units_seen(turn.session, turn.viewer, turn.now)
    choices = [Button(one.name, open_unit, unit=one.id) for one in units]
    asked = _("Whose record?") if choices else _("No unit has been asked for a conduct report yet.")
    pick(turn, asked, choices, page, choose_unit, [Button(_("Back"), choose_scope)])


def _unit(turn: Turn, unit: int) -> Organisation:
    return turn.need(boards.unit_seen(turn.session, turn.viewer, unit), _nothing)


@conversation.button("oi", may=STAFF)
def open_unit(turn: Turn, unit: int) -> None:
    """A unit's record over time, the newest report first."""
    found = _unit(turn, unit)
    _ = turn.language.text
    periods = boards.opened_periods(turn.session, turn.home.id, turn.now, unit_id=unit)
    every = boards.standings(turn.session, turn.home, periods, unit_id=unit, mentions=True)
    rows = [
        [Button(_("Picture"), unit_picture, unit=unit)],
        [Button(_("Excel file"), unit_file, unit=unit)],
        [Button(_("Another unit"), choose_unit, page=0)],
        [Button(_("Back"), choose_scope)],
    ]
    text = _record(turn, papers.unit_title(turn.language, found), every)
    turn.show(Message(text, rows))


def _record(turn: Turn, title: str, every: Sequence[Standing]) -> Markup:
    language = turn.language
    expected = [one for one in every if one.is_expected]
    listed = [_record_line(turn, one) for one in reversed(expected)][:MOST_LISTED]
    rest = len(expected) - len(listed)
    return lines(
        told.all_together(language, title, expected, turn.now),
        told.trend(language, expected, turn.now),
        *listed,
        language.count(
            "{n} earlier report is in the Excel file.", "{n} earlier reports are in the Excel file.", rest
        )
        if rest
        else "",
    )


def _record_line(turn: Turn, one: Standing) -> Markup:
    """Such as "11/2026, lớp Trung cấp A1: muộn 2 ngày; 01 học viên cần nêu"."""
    language = turn.language
    name = {"period": told.brief_period(one.period), "course": one.course.name}
    became = told.cell(language, one, turn.now)
    if one.outcome(turn.now) == Outcome.MISSING:
        span = language.lasting(one.late_by(turn.now))
        became = language.text("NOT sent, overdue by {span}", span=span)
    named = words.counts_named(language, one.mentioned) if one.is_sent else ""
    line = language.text("{period}, class {course}: {became}", **name, became=became)
    return Markup("; ").join([line, named]) if named else line


@conversation.button("oy", may=STAFF)
def unit_file(turn: Turn, unit: int) -> None:
    title = papers.unit_title(turn.language, _unit(turn, unit))
    _file(turn, title, papers.unit_file, "xlsx", unit=unit)


@conversation.button("oj", may=STAFF)
def unit_picture(turn: Turn, unit: int) -> None:
    title = papers.unit_title(turn.language, _unit(turn, unit))
    _file(turn, title, papers.unit_picture, "png", unit=unit)


# --- the centre ---


@conversation.button("oz", may=STAFF)
def open_centre(turn: Turn) -> None:
    """Each unit's reports of the last twelve periods of all classes, counted."""
    _ = turn.language.text
    periods = boards.opened_periods(turn.session, turn.home.id, turn.now)
    every = boards.standings(turn.session, turn.home, periods)
    rows = [
        [Button(_("Picture by month"), months_picture)],
        [Button(_("Picture by period"), periods_picture)],
        [Button(_("Excel file"), centre_file)],
        [Button(_("Back"), choose_scope)],
    ]
    turn.show(Message(_summary(turn, papers.centre_title(turn.language), every), rows))


@conversation.button("qa", may=STAFF)
def centre_file(turn: Turn) -> None:
    title = papers.centre_title(turn.language)
    _file(turn, title, papers.centre_file, "xlsx", centre=turn.home.id)


@conversation.button("qb", may=STAFF)
def months_picture(turn: Turn) -> None:
    _centre_picture(turn, months=1)


@conversation.button("qc", may=STAFF)
def periods_picture(turn: Turn) -> None:
    _centre_picture(turn, months=0)


def _centre_picture(turn: Turn, *, months: int) -> None:
    title, paper = papers.centre_title(turn.language), papers.centre_picture
    _file(turn, title, paper, "png", centre=turn.home.id, months=months)
