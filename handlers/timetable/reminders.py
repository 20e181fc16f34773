"""The reminder before a class's day (000-27): at 16 giờ 30 of the last sending day before it.

One timer a class and day, so that morning and afternoon come in one message; what it says is read from the
timetable when it goes out.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from markupsafe import Markup
from sqlmodel import Session

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.jobs import Page
from handlers.engine.messages import Button, Message, join, lines
from handlers.timetable.actions import open_day
from handlers.timetable.words import hours, place, topic
from locales import Language
from storage.base.calendar import SendingCalendar
from storage.courses import timetable
from storage.courses.courses import CourseClass, CourseSession, sessions_of
from storage.courses.notices import teaching_days
from storage.messaging import outbox, timers
from storage.people.people import Person, wants

KIND: Final = "session_reminder"
ON_TIME: Final = timedelta(hours=1)
MORNING, NIGHT = time(6), time(21)  # a reminder that is late still goes out between them

conversation = Conversation("reminders")


def plan_reminders(
    session: Session, calendar: SendingCalendar, class_id: int, *, now: datetime | None = None
) -> None:
    """Set, move and take back the class's reminders as its sessions now stand; doing it again changes nothing.

    With `now` (business time), a reminder whose hour has passed is not set any more.
    """
    firsts: dict[date, datetime] = {}
    for row in sessions_of(session, class_id):
        firsts.setdefault(timetable.day_of(row.starts_at, calendar.zone), row.starts_at)
    teaching = teaching_days(session, class_id, calendar.zone)
    for key in timetable.waiting_timers(session, KIND, f"{class_id}:"):
        if key not in {_key(class_id, day) for day in firsts}:
            timers.cancel(session, KIND, key)
    dues = {day: calendar.session_reminder(starts_at, teaching) for day, starts_at in firsts.items()}
    timers.plan_all(
        session,
        (
            (KIND, _key(class_id, day), due, {"course": class_id, "day": day.toordinal(), "after": 0})
            for day, due in dues.items()
            if now is None or due > now
        ),
    )


def _key(class_id: int, day: date) -> str:
    return f"{class_id}:{day.isoformat()}"


@conversation.job(KIND)
def remind(desk: Desk, page: Page, course: int, day: int) -> list[int]:
    """Remind the next ones who attend the class on that day and want reminders."""
    row = desk.session.get_one(CourseClass, course)  # one with sessions is never deleted
    calendar = desk.calendar(desk.centre(row.centre_id))
    the_day = date.fromordinal(day)
    coming = [
        one
        for one in sessions_of(desk.session, course)
        if timetable.day_of(one.starts_at, calendar.zone) == the_day and one.starts_at > desk.now
    ]
    if not coming:
        return []
    due = _when(desk, calendar, coming, teaching_days(desk.session, course, calendar.zone))
    if due > desk.now:
        _put_off(desk, due, course, day, page)
        return []
    return _remind_page(desk, row, the_day, coming, page)


def _when(
    desk: Desk, calendar: SendingCalendar, coming: Sequence[CourseSession], teaching: Collection[date]
) -> datetime:
    """When to send: now, or for one that is late (the power was away) the next hour that is still in time."""
    start = coming[0].starts_at
    planned = calendar.session_reminder(start, teaching)
    if desk.now - planned < ON_TIME:
        return max(desk.now, planned)  # later, where the centre has changed its holidays since
    polite = calendar.next_sending_time(desk.now, teaching_days=teaching)
    if polite < start:
        return polite
    local = desk.now.astimezone(calendar.zone)
    if MORNING <= local.time() < NIGHT:
        return desk.now
    morning = datetime.combine(timetable.day_of(start, calendar.zone), MORNING, calendar.zone)
    return max(desk.now, min(morning, start))


def _put_off(desk: Desk, due: datetime, course: int, day: int, page: Page) -> None:
    key = (
        f"more:{course}:{day}:{page.after}:{due:%Y%m%d%H%M}"  # never the key of the timer that runs just now
    )
    timers.plan(desk.session, KIND, key, due, course=course, day=day, after=page.after)


def _remind_page(
    desk: Desk, course: CourseClass, day: date, coming: Sequence[CourseSession], page: Page
) -> list[int]:
    lecturers = {one.lecturer_id for one in coming if one.lecturer_id is not None}
    people = timetable.attendees(desk.session, course.id, [day], lecturers, after=page.after, limit=page.size)
    learners = timetable.learners_among(desk.session, course.id, [day], [person.id for person in people])
    for person in people:
        if wants(person, "reminders"):
            own = [one for one in coming if person.id in learners or one.lecturer_id == person.id]
            _tell(desk, person, course, own, teaches=person.id not in learners)
    return [person.id for person in people]


def _tell(
    desk: Desk, person: Person, course: CourseClass, coming: Sequence[CourseSession], *, teaches: bool
) -> None:
    named = ",".join(f"{one.id}@{one.starts_at:%Y%m%d%H%M}" for one in coming)

    def build(language: Language) -> Message:
        day = language.local(coming[0].starts_at).date().toordinal()
        brief = {
            "kind": "reminder",
            "name": person.name,
            "class": course.name,
            "when": language.moment(coming[0].starts_at),
            "place": coming[0].room,
        }
        return Message(
            _words(language, course, coming, teaches=teaches),
            [[Button(language.text("See the timetable"), open_day, day=day)]],
            brief=brief,
        )

    begins = coming[0].starts_at  # what an outage has held up beyond it would say nothing
    key = f"reminder:{person.id}:{named}"
    desk.tell(person, build, lane=outbox.BROADCAST, key=key, sense_until=begins)


def _words(
    language: Language, course: CourseClass, coming: Sequence[CourseSession], *, teaches: bool
) -> Markup:
    _ = language.text
    told = {"name": course.name, "day": language.day(language.local(coming[0].starts_at).date())}
    if teaches:
        head = _("<b>TEACHING REMINDER</b>, class {name}, {day}.", **told)
    else:
        head = _("<b>CLASS REMINDER</b>, class {name}, {day}.", **told)
    return join([head, *(_one(language, one) for one in coming)])


def _one(language: Language, row: CourseSession) -> Markup:
    _ = language.text
    when = hours(language, row.starts_at, row.ends_at)
    return lines(
        _("<b>{hours}</b>, {place}", hours=when, place=place(language, row.room)),
        topic(language, row),
        _("Lecturer: {name}", name=row.lecturer_name) if row.lecturer_name else "",
        Markup.escape(row.note),
    )
