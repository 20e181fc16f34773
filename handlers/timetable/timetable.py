"""The timetable (000-27): today, a week, a class, and what comes next."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.days import day_in, week_in
from handlers.engine.messages import Button, Message, join, lines, sentence
from handlers.engine.picking import LONG, SHORT, pick
from handlers.engine.turn import Turn
from handlers.menu import sections
from handlers.menu.actions import back
from handlers.timetable import actions
from handlers.timetable.actions import open_file, save
from handlers.timetable.words import bold, by_day, session_lines
from locales import Language, later
from storage.base.text import closest, fold
from storage.courses import timetable
from storage.courses.courses import CourseClass, is_enrolled
from storage.courses.timetable import SessionSeen
from storage.courses.visibility import class_seen, classes_of
from storage.people.people import Role

conversation = Conversation("schedule")


# -- whose timetable


@conversation.role(Role.LEARNER)
def attends(turn: Turn) -> bool:
    """Whoever is enrolled in a class is a learner."""
    return is_enrolled(turn.session, turn.speaker.id)


# -- ways in


@conversation.command(
    "lich",
    words=later("timetable, schedule, class timetable, what do we study"),
    about=later("Timetable: today, this week, a class"),
    takes="name, day",
)
def schedule(turn: Turn) -> None:
    """`/lich`, and what is typed after it: a day, a week or a class."""
    rest, day = fold(turn.rest), _day_in(turn)
    course = _class_in(turn, rest) if rest else None
    if not rest:
        open_today(turn)
    elif week_in(rest) is not None:
        open_week_in(turn, rest)
    elif day is not None:
        open_day(turn, day=day.toordinal())
    elif course is not None:
        open_class(turn, course=course.id)
    else:
        _not_understood(turn)


def open_week_in(turn: Turn, named: str) -> None:
    """The week that words name."""
    open_week(turn, first=(turn.day + timedelta(weeks=week_in(named) or 0)).toordinal())


def _day_in(turn: Turn) -> date | None:
    joined = re.sub(r"(?<=\d) (?=\d)", "/", turn.rest)  # "8 12" is a day as well
    return day_in(turn.rest, turn.day) or day_in(joined, turn.day)


def _class_in(turn: Turn, rest: str) -> CourseClass | None:
    visible = classes_of(turn.session, turn.viewer)
    names = {name: found for found in reversed(visible) for name in (found.name, found.code)}
    return next((found for found in visible if fold(found.code) == rest), None) or closest(rest, names)


def _not_understood(turn: Turn) -> None:
    _ = turn.language.text
    text = _(
        "Which day or class do you mean? Type for example: lịch mai, lịch thứ Ba, lịch 08/12, lịch BD-01."
    )
    turn.show(text, [Button(_("Timetable today"), open_today)], *ways(turn))


# -- cards


@conversation.button("lt", menu=later("Timetable today"), section=sections.CLASSES, rank=10, on_keyboard=True)
def open_today(turn: Turn) -> None:
    open_day(turn, day=turn.day.toordinal())


@conversation.does(actions.open_day)
def open_day(turn: Turn, day: int) -> None:
    _, the_day = turn.language.text, timetable.day_at(day) or turn.day
    found = timetable.sessions_between(turn.session, turn.viewer, turn.language.zone, the_day, the_day)
    told = turn.language.day(the_day)
    today = the_day == turn.day
    if found:
        head = (
            _("<b>Timetable today</b>, {day}", day=told) if today else _("<b>Timetable</b>, {day}", day=told)
        )
    else:
        head = _("No session today.") if today else _("No session on {day}.", day=told)
    body, left = _sessions(turn, found, told=the_day)
    ahead = any(not seen.is_cancelled and seen.row.ends_at > turn.now for seen in found)
    coming = next_words(turn) if today and not ahead else Markup()
    turn.show(
        join([head, body, _left_words(turn, left), coming]), *ways(turn, file=the_day if left else None)
    )


@conversation.button(
    "lw", menu=later("Timetable this week"), section=sections.CLASSES, rank=11, on_keyboard=True
)
def open_this_week(turn: Turn) -> None:
    open_week(turn, first=turn.day.toordinal())


@conversation.button("ln")
def open_week(turn: Turn, first: int) -> None:
    """The week, Monday to Sunday, of the day whose ordinal is `first`."""
    _ = turn.language.text
    monday, sunday = timetable.week_of(timetable.day_at(first) or turn.day)
    found = timetable.sessions_between(turn.session, turn.viewer, turn.language.zone, monday, sunday)
    head = _("<b>Timetable for the week</b> {first} – {last}", **turn.language.span(monday, sunday))
    body, left = _sessions(turn, found)
    this_week = monday <= turn.day <= sunday
    empty = _("No session is planned in this week.") if not found else Markup()
    coming = next_words(turn) if not found and this_week else Markup()
    around = [
        Button(_("Week before"), open_week, first=monday.toordinal() - 7),
        Button(_("Week after"), open_week, first=monday.toordinal() + 7),
    ]
    rows = [around, *ways(turn, week=False, file=monday if left else None)]
    turn.show(join([head, empty, body, _left_words(turn, left), coming]), *rows)


@conversation.button("lc")
def open_class(turn: Turn, course: int) -> None:
    """A class: what of it is still to come."""
    _, n_ = turn.language.text, turn.language.count
    told = _("That class is not there, or it is not one of yours.")
    none = Message(told, [[Button(_("Choose a class"), open_classes, page=0)], back(turn.language)])
    row = turn.need(class_seen(turn.session, turn.viewer, course), none)
    found = timetable.sessions_between(
        turn.session,
        turn.viewer,
        turn.language.zone,
        timetable.FIRST_DAY,
        timetable.LAST_DAY,
        class_id=row.id,
    )
    coming = [seen for seen in found if seen.row.ends_at > turn.now]
    body, left = by_day(turn.language, coming, turn.room, with_class=False)
    past = len(found) - len(coming)
    text = join(
        [
            class_lines(turn.language, row),
            n_("{n} session is over.", "{n} sessions are over.", past) if past else Markup(),
            body or _("No session of this class is still to come in the timetable."),
            _left_words(turn, left),
        ]
    )
    buttons = [[Button(_("Save to the phone"), save, course=row.id)]] if coming else []
    buttons += [[Button(_("Excel file"), open_file, course=row.id, first=0)]] if left else []
    if has_several_classes(turn):
        buttons += [[Button(_("Other class"), open_classes, page=0)]]
    turn.show(text, *buttons, back(turn.language))


def class_lines(language: Language, row: CourseClass) -> Markup:
    """Which class, from when to when, where."""
    _ = language.text
    told = {"first": language.year_day(row.from_date), "last": language.year_day(row.to_date)}
    return lines(
        _("<b>Class {name}</b> ({code})", name=row.name, code=row.code),
        _("{first} – {last}", **told),
        Markup.escape(row.place),
    )


@conversation.button("ll")
def open_classes(turn: Turn, page: int) -> None:
    """The viewer's classes to choose from: those not yet over first; a single one opens at once."""
    _ = turn.language.text
    found = sorted(classes_of(turn.session, turn.viewer), key=lambda row: _nearness(row, turn.day))
    if not found:
        turn.show(_("You have no class here yet. The centre adds you to its list."), back(turn.language))
        return
    if len(found) == 1 and turn.incoming.press is not None and page == 0:
        open_class(turn, course=found[0].id)
        return
    more = _("For another class type: lịch and its code, for example: lịch BD-01.")
    text = lines(_("Which class?"), more if len(found) > LONG else "")
    choices = [Button(f"{row.code} {row.name}", open_class, course=row.id) for row in found]
    pick(turn, text, choices, page, open_classes, back(turn.language), size=SHORT)


def _nearness(row: CourseClass, day: date) -> tuple[bool, int]:
    over = row.to_date < day
    return over, (day - row.to_date).days if over else row.from_date.toordinal()


# -- pieces of cards


def _sessions(turn: Turn, found: Sequence[SessionSeen], *, told: date | None = None) -> tuple[Markup, int]:
    return by_day(turn.language, found, turn.room, with_class=has_several_classes(turn), told=told)


def has_several_classes(turn: Turn) -> bool:
    return len(classes_of(turn.session, turn.viewer)) > 1


def next_words(turn: Turn) -> Markup:
    """The next session with its day, or that none is planned."""
    _ = turn.language.text
    seen = timetable.next_session(turn.session, turn.viewer, turn.language.zone, turn.now)
    if seen is None:
        return _("No session is planned after this.")
    day = sentence(Markup.escape(turn.language.day(turn.language.local(seen.row.starts_at).date())))
    told = session_lines(turn.language, seen, with_class=has_several_classes(turn))
    return lines(_("Next session:"), bold(day), told)


def _left_words(turn: Turn, left: int) -> Markup:
    if not left:
        return Markup()
    return turn.language.count(
        "{n} more session is in the Excel file.", "{n} more sessions are in the Excel file.", left
    )


def ways(turn: Turn, *, week: bool = True, file: date | None = None) -> list[list[Button]]:
    """Where one goes from a timetable card. `file` is a day of the week that was too long to show."""
    _ = turn.language.text
    rows = [[Button(_("Timetable this week"), open_this_week)]] if week else []
    if file is not None:
        rows.append([Button(_("Excel file"), open_file, course=0, first=file.toordinal())])
    else:
        rows.append([Button(_("Save to the phone"), save, course=0)])
    only = len(classes_of(turn.session, turn.viewer)) == 1
    choose = _("The whole class") if only else _("Choose a class")
    return [*rows, [Button(choose, open_classes, page=0)], back(turn.language)]
