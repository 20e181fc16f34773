"""The timetable to take along: a calendar file for the phone, a workbook for a long week or a class."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from markupsafe import Markup

from handlers import papers
from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Document, Message, file_called, plain, sentence
from handlers.engine.turn import Turn
from handlers.menu.actions import back
from handlers.timetable import actions
from handlers.timetable.words import hours, place, topic
from locales import Language
from storage.courses import ics, timetable
from storage.courses.courses import CourseClass
from storage.courses.timetable import SessionSeen
from storage.courses.visibility import class_seen
from storage.people.people import Person
from storage.spreadsheets.tables import Columns

conversation = Conversation("schedule_files")

AHEAD: Final = timedelta(days=400)  # how far files look
BEHIND: Final = timedelta(days=400)


# -- into the phone's calendar


@conversation.does(actions.save)
def save(turn: Turn, course: int) -> None:
    """A calendar file of everything the person has from this week on, or of one class (0: of all)."""
    _ = turn.language.text
    row = _need_class(turn, course)
    seen = _coming(turn, turn.language, turn.speaker, course)
    if not any(not one.is_cancelled for one in seen):
        turn.show(_("No session is still to come, so there is nothing to save."), back(turn.language))
        return
    text = _(
        "Open the file to put the sessions into the phone's calendar. "
        "After a change of the timetable, take it again: entries are replaced, none comes twice."
    )
    name = file_called(_called(turn.language, row), "ics")
    document = Document(calendar_file, name, {"person": turn.speaker.id, "course": course})
    turn.say(Message(text, [back(turn.language)], document))


def _called(language: Language, course: CourseClass | None, day: date | None = None) -> str:
    """What a file's name says: the class's timetable, or of all classes the week of a day, or from now on."""
    _ = language.text
    if course is not None:
        return _("Timetable of class {name}", name=course.name)
    if day is None:
        return _("Timetable")
    first, last = timetable.week_of(day)
    return _("Timetable, week {first} to {last}", first=f"{first:%d-%m}", last=f"{last:%d-%m-%Y}")


@conversation.paper("ics")
def calendar_file(desk: Desk, language: Language, person: int, course: int) -> bytes:
    """The person's sessions as an .ics; a session keeps its UID for ever and counts its changes."""
    reader = desk.session.get_one(Person, person)
    seen = _coming(desk, language, reader, course)
    changed = timetable.revisions(desk.session, {one.course.id for one in seen})
    events = [_event(desk, language, one, changed) for one in seen]
    name = plain(language.text("Classes at {centre}", centre=desk.centre(reader.centre_id).name))
    return ics.calendar(name, events or [_nothing(desk, language)], stamp=desk.now)


def _coming(desk: Desk, language: Language, person: Person, course: int) -> list[SessionSeen]:
    """What the person sees from Monday of this week on."""
    today = desk.today(desk.centre(person.centre_id))
    viewer = timetable.viewer_of(desk.session, person, today)
    monday, _sunday = timetable.week_of(today)
    return timetable.sessions_between(
        desk.session, viewer, language.zone, monday, today + AHEAD, class_id=course or None
    )


def _event(desk: Desk, language: Language, seen: SessionSeen, changed: Counter[int]) -> ics.Event:
    _, row = language.text, seen.row
    told = [_("Class: {name}", name=seen.course.name)]
    if row.lecturer_name:
        told.append(_("Lecturer: {name}", name=row.lecturer_name))
    summary = topic(language, row)
    return ics.Event(
        uid=_uid(desk, f"session-{row.id}"),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        summary=plain(_("CANCELLED: {topic}", topic=summary) if seen.is_cancelled else summary),
        location=", ".join(filter(None, [row.room and plain(place(language, row.room)), seen.course.place])),
        description="\n".join(plain(text) for text in [*told, row.note] if text),
        sequence=changed[row.id],
        cancelled=seen.is_cancelled,
    )


def _nothing(desk: Desk, language: Language) -> ics.Event:
    """When every session was taken away between asking and sending: a calendar cannot be empty."""
    summary = plain(language.text("No session is planned after this."))
    return ics.Event(_uid(desk, "none"), desk.now, desk.now, summary, cancelled=True)


def _uid(desk: Desk, name: str) -> str:
    """The same for ever, and another one in every installation."""
    return f"{name}-{desk.links.keyring.sign('ics', name)}@caunoi"


# -- as a workbook


@conversation.does(actions.open_file)
def open_file(turn: Turn, course: int, first: int) -> None:
    """A class's whole timetable, or with `course` 0 the week of the day whose ordinal is `first`."""
    _ = turn.language.text
    row = _need_class(turn, course)
    day = (timetable.day_at(first) if course == 0 else None) or turn.day
    ids = {"person": turn.speaker.id, "course": course, "first": day.toordinal()}
    text, name = _("The timetable as an Excel file."), file_called(_called(turn.language, row, day), "xlsx")
    turn.say(Message(text, [back(turn.language)], Document(workbook, name, ids)))


@conversation.paper("lx")
def workbook(desk: Desk, language: Language, person: int, course: int, first: int) -> bytes:
    """What the person sees of the class or of the week, one session a row."""
    _ = language.text
    reader = desk.session.get_one(Person, person)
    viewer = timetable.viewer_of(desk.session, reader, desk.today(desk.centre(reader.centre_id)))
    day = date.fromordinal(first)
    begin, end = (day - BEHIND, day + AHEAD) if course else timetable.week_of(day)
    seen = timetable.sessions_between(
        desk.session, viewer, language.zone, begin, end, class_id=course or None
    )
    row = class_seen(desk.session, viewer, course) if course else None
    told = {"first": language.year_day(begin), "last": language.year_day(end)}
    title = _("TIMETABLE, class {name}", name=row.name) if row else _("TIMETABLE, {first} – {last}", **told)
    centre = desk.centre(reader.centre_id)
    return papers.workbook(
        desk, language, centre, [title], _columns(language), seen, sheet_name=_("Timetable")
    )


def _columns(language: Language) -> Columns[SessionSeen]:
    _, local = language.text, language.local
    return [
        (_("Weekday"), lambda one: _weekday(language, one)),
        (_("Date"), lambda one: local(one.row.starts_at).date()),
        (_("Hours"), lambda one: hours(language, one.row.starts_at, one.row.ends_at)),
        (_("Periods"), lambda one: one.row.periods),
        (_("Topic"), lambda one: topic(language, one.row)),
        (_("Lecturer"), lambda one: one.row.lecturer_name),
        (_("Room"), lambda one: one.row.room),
        (_("Class"), lambda one: one.course.name),
        (_("Note"), lambda one: _("CANCELLED") if one.is_cancelled else one.row.note),
    ]


def _weekday(language: Language, one: SessionSeen) -> Markup:
    day = language.day(language.local(one.row.starts_at).date())
    return sentence(Markup.escape(day.partition(",")[0]))


# -- both


def _need_class(turn: Turn, course: int) -> CourseClass | None:
    """The class, one of the person's (0: all of his, None); else he is told, with a way on."""
    if course == 0:
        return None
    told = turn.language.text("That class is not there, or it is not one of yours.")
    return turn.need(class_seen(turn.session, turn.viewer, course), Message(told, [back(turn.language)]))
