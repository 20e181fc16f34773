"""What tests that walk everywhere add to the cast: a report back to the unit, a request about it, a gate."""

from storage.courses.courses import CourseClass, RuleSet
from storage.feedback.feedback import make
from storage.feedback.tickets import open_ticket
from storage.gates.confirmations import open_sheet
from storage.people.people import Person
from storage.reports.reports import ReportPeriod
from tests.casts.centre import Cast
from tests.houses.dialogue import Stage


def report_back(stage: Stage, cast: Cast, words: str = "Đề nghị xem lại.") -> None:
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        centre, course = desk.centre(cast.centre), session.get(CourseClass, cast.running)
        calendar, period = desk.calendar(centre), session.get(ReportPeriod, cast.period)
        row = make(session, course, cast.unit, period, calendar.zone, stage.time)
        open_ticket(session, calendar, row, session.get(Person, cast.head), words, stage.time)


def ask_for_remarks(stage: Stage, cast: Cast) -> None:
    with stage.database.transaction() as session:
        desk, course = stage.desk(session), session.get(CourseClass, cast.running)
        rules = session.get(RuleSet, course.rule_set_id)
        rules.rules, course.gates = {**rules.rules, "gates": ["exam"]}, {"exam": "2026-12-10"}
        session.flush()
        for unit in (cast.unit, cast.other_unit):
            open_sheet(session, desk.calendar(desk.centre(cast.centre)), course, unit, "exam", stage.time)
