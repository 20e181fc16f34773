"""How sessions are worded: the timetable, the reminder and the change say a session in the same way."""

from collections.abc import Sequence
from datetime import date, datetime

from markupsafe import Markup

from handlers.engine.messages import fitting, join, lines, sentence
from locales import Language
from storage.base.text import fold
from storage.courses.courses import CourseSession
from storage.courses.timetable import SessionSeen

NOON, EVENING = 12, 18
ROOMS = {"phong", "hoi", "nha", "truong", "tang", "khu", "lop", "room", "hall"}  # first words of whole names


def hours(language: Language, starts_at: datetime, ends_at: datetime) -> Markup:
    """Such as "7 giờ 30 – 11 giờ"."""
    return language.text("{begin} – {end}", begin=language.time(starts_at), end=language.time(ends_at))


def half_day(language: Language, moment: datetime) -> Markup:
    """Such as "sáng thứ Ba, 08/12"."""
    _ = language.text
    local = language.local(moment)
    day = language.day(local.date())
    if local.hour < NOON:
        return _("morning of {day}", day=day)
    return _("afternoon of {day}", day=day) if local.hour < EVENING else _("evening of {day}", day=day)


def place(language: Language, room: str) -> Markup:
    """Such as "phòng A2"; a room that already says what it is ("Hội trường") stays as it is."""
    _ = language.text
    if not room:
        return _("room not yet announced")
    words = fold(room).split()
    whole = len(words) > 1 or words[:1] == [] or words[0] in ROOMS
    return Markup.escape(room) if whole else _("room {room}", room=room)


def topic(language: Language, row: CourseSession) -> Markup:
    """The topic, with the kind of session where it is no lecture."""
    _ = language.text
    kinds = {
        "discussion": _("Discussion"),
        "field_trip": _("Field trip"),
        "exam": _("Examination"),
        "opening": _("Opening ceremony"),
        "closing": _("Closing ceremony"),
    }
    kind = kinds.get(row.kind)
    if kind is None or fold(kind) in fold(row.topic):
        return Markup.escape(row.topic)
    return _("{kind}: {topic}", kind=kind, topic=row.topic)


def session_lines(language: Language, seen: SessionSeen, *, with_class: bool) -> Markup:
    """One session in short lines: when and where, what, who."""
    _, n_ = language.text, language.count
    row = seen.row
    when = hours(language, row.starts_at, row.ends_at)
    if seen.is_cancelled:
        head = _("<b>CANCELLED</b> ({hours})", hours=when)
    else:
        head = _("<b>{hours}</b>, {place}", hours=when, place=place(language, row.room))
    return lines(
        head,
        topic(language, row),
        _("Lecturer: {name}", name=row.lecturer_name) if row.lecturer_name else "",
        _("Class: {name}", name=seen.course.name) if with_class else "",
        n_("{n} learner of your unit", "{n} learners of your unit", seen.learners) if seen.learners else "",
        Markup.escape(row.note),
    )


def by_day(
    language: Language,
    found: Sequence[SessionSeen],
    room: int,
    *,
    with_class: bool,
    told: date | None = None,
) -> tuple[Markup, int]:
    """As many sessions, day by day, as one message holds, and how many are left out. The day already `told` in the
    heading is not told again.
    """
    blocks: list[Markup] = []
    day = told
    for seen in found:
        local = language.local(seen.row.starts_at).date()
        block = session_lines(language, seen, with_class=with_class)
        if local != day:
            block = lines(bold(sentence(Markup.escape(language.day(local)))), block)
        day = local
        blocks.append(block)
    kept = fitting(blocks, room)
    return join(kept), len(found) - len(kept)


def bold(text: Markup) -> Markup:
    return Markup("<b>{}</b>").format(text)
