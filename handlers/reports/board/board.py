"""Who has reported on conduct and who has not, and why (000-20): one period, on a card.

What can be done about it, and the board of a class, a unit and the centre, are beside it.
"""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Document, Message, file_called, fit, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.reports import actions as of_reports
from handlers.reports import receiving, words
from handlers.reports.board import actions, papers
from handlers.reports.board import words as told
from handlers.reports.board.words import conversation
from handlers.reports.reopening import opening_button
from storage.courses.courses import CourseClass
from storage.people.people import STAFF
from storage.reports import boards, reopening, silence
from storage.reports.boards import Standing
from storage.reports.reports import ReportPeriod

MOST_ASKED = 3  # requests to reopen above the other ways; all of them wait in the reader's list of tasks


@conversation.does(of_reports.open_board)
def open_board(turn: Turn) -> None:
    """The period that opened last."""
    periods = boards.periods_seen(turn.session, turn.viewer, turn.now, limit=1)
    if periods:
        show_period(turn, *periods[0])
        return
    _ = turn.language.text
    turn.show(Message(_("No conduct report is planned for any class yet."), [[Button(_("Back"), open_menu)]]))


@conversation.does(actions.open_period)
def open_period(turn: Turn, period: int) -> None:
    show_period(turn, *period_shown(turn, period))


@conversation.does(actions.choose_period)
def choose_period(turn: Turn, page: int) -> None:
    _ = turn.language.text
    rows = boards.periods_seen(turn.session, turn.viewer, turn.now)
    choices = [Button(words.label_of(turn.language, *row), open_period, period=row[0].id) for row in rows]
    pick(turn, _("Which period?"), choices, page, choose_period, [Button(_("Back"), open_board)])


def period_shown(turn: Turn, period_id: int) -> tuple[ReportPeriod, CourseClass]:
    """The period, or it is said that there is none."""
    return turn.need(boards.period_seen(turn.session, turn.viewer, period_id), not_there)


def not_there(turn: Turn) -> None:
    _ = turn.language.text
    turn.show(Message(_("That report is not there."), [[Button(_("Report status"), open_board)]]))


def standings_of(turn: Turn, period: ReportPeriod) -> list[Standing]:
    """Every unit's report of a period, with why it is missing."""
    found = boards.standings(turn.session, turn.home, [period.id], mentions=True)
    return silence.explain(turn.session, turn.home, found, turn.now)


def missing_of(turn: Turn, period: ReportPeriod) -> list[Standing]:
    """The units that have something to report, were asked for it, and have not sent it."""
    found = standings_of(turn, period) if period.opens_at <= turn.now else []
    return [one for one in found if one.is_expected and not one.is_sent]


def report_shown(turn: Turn, report_id: int) -> tuple[ReportPeriod, CourseClass, Standing]:
    """A report of the centre with where it stands, or it is said that there is none."""
    found = boards.report_seen(turn.session, turn.viewer, report_id)
    _report, period, course, unit = turn.need(found, not_there)
    standings = boards.standings(turn.session, turn.home, [period.id], unit_id=unit.id)
    (one,) = silence.explain(turn.session, turn.home, standings, turn.now)
    return period, course, one


def due(desk: Desk, centre_id: int) -> datetime:
    """When what the board sends may go: now, or the first moment of sending hours."""
    return desk.calendar(desk.centre(centre_id)).next_sending_time(desk.now)


# --- the card ---


def show_period(turn: Turn, period: ReportPeriod, course: CourseClass, said: Markup | str = "") -> None:
    """Who has sent the report, under a sentence; who has not stands first, with why."""
    language, _ = turn.language, turn.language.text
    found = standings_of(turn, period)
    sent = [one for one in found if one.is_sent]
    asked = reopening.waiting_among(turn.session, [one.report.id for one in sent])
    text = lines(
        said,
        words.heading_of(language, period, course),
        language.text(
            "Sent: {sent} of {all} units. Deadline: {due}.",
            sent=len(sent), all=len([one for one in found if one.is_expected]), due=language.moment(period.due_at),
        ),
        fit(
            [told.line(language, one, turn.now, asked.get(one.report.id)) for one in told.missing_first(found)],
            turn.room,
            lambda n: told.more_units(language, n),
        ),
    )  # fmt: skip
    to_decide = [
        [opening_button(language, asked[one.report.id]).called(_("Reopen: {unit}", unit=one.unit.name))]
        for one in sent
        if one.report.id in asked
    ]
    turn.show(Message(text, [*to_decide[:MOST_ASKED], *_rows(turn, period, found)]))


def _rows(turn: Turn, period: ReportPeriod, found: Sequence[Standing]) -> list[list[Button]]:
    """What can be done about those who are missing; once nobody is, what can be read."""
    _, ids = turn.language.text, {"period": period.id}
    more = [[Button(_("More"), open_more, **ids)], [Button(_("Back"), open_menu)]]
    opened = period.opens_at <= turn.now
    if opened and any(one.is_expected and not one.is_sent for one in found):
        return [
            [Button(_("Remind"), actions.remind, **ids)],
            [Button(_("Call"), actions.open_calls, **ids, page=0)],
            [Button(_("Extend"), actions.choose_unit_to_extend, **ids, page=0)],
            *more,
        ]
    return [*_readable(turn, found, **ids), *more]


def _readable(turn: Turn, found: Sequence[Standing], **ids: int) -> list[list[Button]]:
    _ = turn.language.text
    to_read = [[Button(_("Read a report"), actions.choose_report, **ids, page=0)]]
    return [
        *(to_read if any(one.is_sent for one in found) else []),
        [Button(_("Excel file"), make_file, **ids)],
    ]


@conversation.button("ov", may=STAFF)
def open_more(turn: Turn, period: int) -> None:
    """What else there is to look at: reports, the file, other periods, the whole."""
    found = period_shown(turn, period)
    _ = turn.language.text
    every = boards.standings(turn.session, turn.home, [period])
    is_missing = any(one.is_expected and not one.is_sent for one in every)
    rows = [
        *_readable(turn, every, period=period),
        *receiving.board_rows(turn, is_missing, period=period),
        [Button(_("Period, class, unit"), actions.choose_scope)],
        [Button(_("Back"), open_period, period=period)],
    ]
    turn.show(Message(words.heading_of(turn.language, *found), rows))


@conversation.button("be", may=STAFF)
def make_file(turn: Turn, period: int) -> None:
    found = period_shown(turn, period)
    _ = turn.language.text
    name = words.report_name(turn.language, *found)
    called = _(
        "Board of conduct reports {period}, class {course}",
        period=told.brief_period(found[0]),
        course=found[1].name,
    )
    file = Document(papers.period_file, file_called(called, "xlsx"), {"period": period})
    turn.say(Message(_("Who has sent the {report}.", report=name), document=file))


__all__ = ["conversation"]
