"""What a unit is told goes out by itself: after each period, at closing, one at a time."""

from datetime import date, datetime, time, timedelta
from typing import Final

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Message, lines
from handlers.feedback import feedback as cards
from locales import Language
from storage.courses.courses import CourseClass
from storage.feedback import feedback
from storage.feedback.feedback import UnitFeedback
from storage.messaging import outbox, timers
from storage.people.people import Centre, Organisation, Person
from storage.reports import periods
from storage.reports.reports import ReportPeriod
from storage.reports.signing import present_heads

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
    for unit in feedback.units_between(desk.session, course.id, row.from_date, row.to_date):
        due = feedback.waits_for(desk.session, row, unit, desk.now) or desk.now
        _plan(desk, course, unit, period, due)


@conversation.timer("feedback_closing")
def class_over(desk: Desk, course: int, closed: str) -> None:
    """Every unit of the class is told all of it; a class whose end was moved has another timer."""
    row = desk.session.get(CourseClass, course)
    if row is None or row.to_date.isoformat() != closed:
        return
    for unit in feedback.units_between(desk.session, course, row.from_date, row.to_date):
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
    if feedback.make(desk.session, row, unit, found, desk.calendar(centre).zone, desk.now) is not None:
        tell_unit(desk, centre, unit)


@conversation.timer("feedback_next")
def next_day(desk: Desk, unit: int) -> None:
    row = desk.session.get(Organisation, unit)
    if row is not None:
        tell_unit(desk, desk.centre(row.centre_id), unit)


# --- telling


def tell_unit(desk: Desk, centre: Centre, unit: int) -> None:
    """The unit's heads get what nobody of them has acknowledged, one at a time."""
    for head in present_heads(desk.session, centre.id, unit, desk.today(centre)):
        tell_head(desk, head)


def tell_head(desk: Desk, head: Person) -> None:
    """The oldest that waits, in sending hours; the next one once it is acknowledged, or on the next working day.

    What his predecessor, or whoever stood in for him, was told already is not told again: /phanhoi has it.
    """
    centre = desk.centre(head.centre_id)
    calendar = desk.calendar(centre)
    due = calendar.next_sending_time(desk.now)
    day = due.astimezone(calendar.zone).date()
    units = periods.units_headed(desk.session, [head], desk.today(centre))
    waiting = feedback.unread(desk.session, units)
    told = {row.id: outbox.keyed(desk.session, _key(row, head)) for row in waiting}
    fresh = [row for row in waiting if told[row.id] is None and not _was_told(desk, row)]
    days = [one.due_at.astimezone(calendar.zone).date() for one in told.values() if one is not None]
    if fresh and day not in days:
        _tell(desk, fresh.pop(0), head, due)
    if fresh:
        _plan_next(desk, fresh[0].organisation_id, day)


def _was_told(desk: Desk, row: UnitFeedback) -> bool:
    """Whether somebody of the unit was told of it before this moment, in which all its heads are."""
    return any(at < desk.now for at in outbox.told_at(desk.session, f"feedback:{row.id}:").values())


def _key(row: UnitFeedback, head: Person) -> str:
    return f"feedback:{row.id}:{head.id}"


def _tell(desk: Desk, row: UnitFeedback, head: Person, due: datetime) -> None:
    course, unit = (
        desk.session.get(CourseClass, row.class_id),
        desk.session.get(Organisation, row.organisation_id),
    )
    assert course is not None, "a class with feedback is never deleted"
    assert unit is not None

    def build(language: Language) -> Message:
        text = lines(
            language.text("Dear comrade {name},", name=head.name),
            cards.text_of(desk, language, (row, course, unit)),
        )
        return Message(text, cards.ways_of(language, row), private=True)

    desk.tell(head, build, lane=outbox.BROADCAST, due=due, key=_key(row, head))


def _plan_next(desk: Desk, unit: int, day: date) -> None:
    row = desk.session.get(Organisation, unit)
    assert row is not None
    calendar = desk.calendar(desk.centre(row.centre_id))
    midnight = datetime.combine(day + timedelta(days=1), time.min, calendar.zone)
    at = calendar.next_sending_time(midnight)
    timers.plan(desk.session, "feedback_next", f"{unit}:{at:%Y-%m-%d}", at, unit=unit)
