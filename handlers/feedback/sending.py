"""What a unit is told goes out by itself: after each period, at closing, one at a time."""

from datetime import datetime
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.feedback import actions
from handlers.feedback import feedback as cards
from handlers.requests.asking import ask
from handlers.requests.presenting import Presenter, present
from locales import Language
from storage.courses.courses import CourseClass
from storage.courses.roster import units_sending
from storage.feedback import feedback
from storage.messaging import timers
from storage.people.people import Person
from storage.reports import periods
from storage.reports.reports import ReportPeriod
from storage.requests.requests import Request

conversation = Conversation("feedback_sending")

CLOSING: Final = 0  # in the place of a period


# --- timers, planned by storage.feedback.feedback ---


@conversation.timer("feedback_period")
def period_over(desk: Desk, period: int) -> None:
    """Every unit of the period is told; one whose report was given more time, after that."""
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is None or course is None or row.to_date >= course.to_date:
        return
    for unit in units_sending(desk.session, course.id, row.from_date, row.to_date):
        due = feedback.waits_for(desk.session, row, unit, desk.now) or desk.now
        _plan(desk, course, unit, period, due)


@conversation.timer("feedback_closing")
def class_over(desk: Desk, course: int, closed: str) -> None:
    """Every unit of the class is told all of it; a class whose end was moved has another timer."""
    row = desk.session.get(CourseClass, course)
    if row is None or row.to_date.isoformat() != closed:
        return
    for unit in units_sending(desk.session, course, row.from_date, row.to_date):
        last = max(periods.periods_of(desk.session, course), key=lambda one: one.to_date, default=None)
        waits = feedback.waits_for(desk.session, last, unit, desk.now) if last is not None else None
        _plan(desk, row, unit, CLOSING, waits or desk.now)


def _plan(desk: Desk, course: CourseClass, unit: int, period: int, due: datetime) -> None:
    key = f"{course.id}:{unit}:{period}"
    timers.plan(desk.session, "feedback_unit", key, due, course=course.id, unit=unit, period=period)


@conversation.timer("feedback_unit")
def unit_told(desk: Desk, course: int, unit: int, period: int) -> None:
    """Keep what is recorded, and tell the unit; where nothing is, nothing is told."""
    row = desk.session.get(CourseClass, course)
    found = desk.session.get(ReportPeriod, period) if period != CLOSING else None
    if row is None or (found is None and period != CLOSING):
        return
    centre = desk.centre(row.centre_id)
    calendar = desk.calendar(centre)
    made = feedback.make(desk.session, row, unit, found, calendar.zone, desk.now)
    if made is not None:
        ask(desk, feedback.ask(desk.session, calendar, made, centre.id, desk.now), by_clock=True)


@present
class ToUnit(Presenter):
    """The request to acknowledge what a unit is told."""

    kind = feedback.KIND

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:  # noqa: ARG002  the same at every step
        seen = cards.seen_of(desk, row.subject_id)
        text = lines(
            language.text("Dear comrade {name},", name=reader.name), cards.text_of(desk, language, seen)
        )
        return Message(text, cards.ways_of(language, seen[0]), private=True)

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        seen = cards.seen_of(desk, row.subject_id)
        return cards.title_of(desk, language, seen), Button(
            language.text("See the report"), actions.open_feedback, feedback=seen[0].id
        )

    def is_settled(self, desk: Desk, row: Request) -> bool:
        return cards.seen_of(desk, row.subject_id)[0].acknowledged_at is not None
