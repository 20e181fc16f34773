"""What people ask about sessions in their own words: whether there is one, where, when, and when the exams are."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.days import day_in, part_in, week_in
from handlers.engine.messages import join, lines, sentence
from handlers.engine.turn import Turn
from handlers.timetable.timetable import has_several_classes, next_words, open_week_in, schedule, ways
from handlers.timetable.words import bold, half_day, hours, place, session_lines
from locales import later
from storage.courses import timetable
from storage.courses.courses import CourseClass
from storage.courses.timetable import SessionSeen
from storage.courses.visibility import classes_of

conversation = Conversation("questions")

MOST = 6  # examinations told


@conversation.command("", words=later("is there a session, is there class"), takes="day")
def asked_whether(turn: Turn) -> None:
    """Yes or no first, then the sessions of that day, or else the next one. Without a day today is meant."""
    if week_in(turn.rest) is not None:
        open_week_in(turn, turn.rest)
        return
    day, part = day_in(turn.rest, turn.day) or turn.day, part_in(turn.rest)
    found = timetable.sessions_between(turn.session, turn.viewer, turn.language.zone, day, day)
    meant = [seen for seen in found if part is None or part[0] <= _hour(turn, seen) < part[1]]
    is_held = any(not seen.is_cancelled for seen in meant)
    told = [
        session_lines(turn.language, seen, with_class=has_several_classes(turn)) for seen in meant or found
    ]
    coming = Markup() if is_held else next_words(turn)
    turn.show(join([_yes_or_no(turn, day, part, is_held=is_held), *told, coming]), *ways(turn))


def _hour(turn: Turn, seen: SessionSeen) -> int:
    return turn.language.local(seen.row.starts_at).hour


def _yes_or_no(turn: Turn, day: date, part: tuple[int, int] | None, *, is_held: bool) -> Markup:
    _, when = turn.language.text, turn.language.day(day)
    if part is not None:
        when = half_day(turn.language, datetime.combine(day, time(part[0]), turn.language.zone))
    if is_held:
        return _("<b>There is a session</b>: {when}.", when=when)
    return _("<b>There is no session</b>: {when}.", when=when)


@conversation.command("", words=later("next session, when is the next session"), takes="day")
def open_next(turn: Turn) -> None:
    """The next session, whatever the day; of a day that is named, its sessions."""
    if turn.rest:
        schedule(turn)
    else:
        turn.show(next_words(turn), *ways(turn))


@conversation.command("", words=later("where is the session, which room"), takes="day")
def asked_where(turn: Turn) -> None:
    """Room and place: of the sessions of the day that is named, or of the next one."""
    _, zone, day = turn.language.text, turn.language.zone, day_in(turn.rest, turn.day)
    if day is not None:
        found = timetable.sessions_between(turn.session, turn.viewer, zone, day, day)
        none = _("No session on {day}.", day=turn.language.day(day))
    else:
        coming = timetable.next_session(turn.session, turn.viewer, zone, turn.now)
        found, none = [coming] if coming is not None else [], _("No session is planned after this.")
    turn.show(join([_where(turn, seen) for seen in found] or [none]), *ways(turn))


def _where(turn: Turn, seen: SessionSeen) -> Markup:
    _, row = turn.language.text, seen.row
    if seen.is_cancelled:
        return session_lines(turn.language, seen, with_class=True)
    day = turn.language.day(turn.language.local(row.starts_at).date())
    return lines(
        bold(sentence(Markup.escape(day))),
        _(
            "{hours}, {place}",
            hours=hours(turn.language, row.starts_at, row.ends_at),
            place=place(turn.language, row.room),
        ),
        _("Place: {place}", place=seen.course.place) if seen.course.place else "",
        _("Class: {name}", name=seen.course.name),
    )


@conversation.command("", words=later("when is the exam, exam timetable"), takes="day")
def open_exams(turn: Turn) -> None:
    """Examinations to come of the viewer's classes, the next one first; that none is recorded is said."""
    _ = turn.language.text
    found = timetable.exams_ahead(turn.session, turn.viewer, turn.language.zone, turn.now, MOST)
    told = [_exam(turn, seen) for seen in found]
    told += _exam_days(turn, {seen.course.id for seen in found})
    text = (
        join([_("<b>Exams to come</b>"), *told]) if told else _("No exam is recorded for your classes yet.")
    )
    turn.show(text, *ways(turn))


def _exam(turn: Turn, seen: SessionSeen) -> Markup:
    day = turn.language.full_day(turn.language.local(seen.row.starts_at).date())
    return lines(bold(sentence(Markup.escape(day))), session_lines(turn.language, seen, with_class=True))


def _exam_days(turn: Turn, but: set[int]) -> Iterator[Markup]:
    """The day of the exam, of classes in whose timetable it does not stand."""
    for course in _running(turn, classes_of(turn.session, turn.viewer))[:MOST]:
        day = course.gates.get("exam")
        if day and course.id not in but and date.fromisoformat(day) >= turn.day:
            told = turn.language.full_day(date.fromisoformat(day))
            yield turn.language.text("{course}: exam on {day}.", course=course.name, day=told)


def _running(turn: Turn, courses: Sequence[CourseClass]) -> list[CourseClass]:
    return sorted(
        (one for one in courses if one.to_date >= turn.day), key=lambda one: (one.from_date, one.id)
    )
