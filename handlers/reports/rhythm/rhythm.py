"""The rhythm of a class's conduct reports (000-18): staff see its periods and choose another, with a preview."""

from collections.abc import Iterable
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel, open_menu
from handlers.reports import actions
from handlers.reports.rhythm import words
from locales import Language, later
from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.courses.visibility import class_seen, classes_of
from storage.people.people import STAFF
from storage.reports import periods as report_periods
from storage.reports.rhythm import EVERY, LISTS, Rhythm, RhythmError, read_rhythm

conversation = Conversation("rhythm")

PREVIEWED: Final = "rw"  # a rhythm until it is saved or something else is done
TYPES_OWN = len(EVERY)  # on the wire, behind the rhythms: that of the class type
LONGEST = 3_000  # letters of typed days that are read
MOST_CLASSES = 60


def plan(desk: Desk, class_id: int) -> None:
    """Plan a class's reports; a rhythm nobody can plan by is told to the registrars, once for each mistake."""
    course = desk.session.get(CourseClass, class_id)
    assert course is not None, "a class is never deleted"
    centre = desk.centre(course.centre_id)
    try:
        report_periods.plan_reports(desk.session, desk.calendar(centre), class_id, desk.now)
    except RhythmError as error:
        wrong = error  # the name of the except clause ends with it
        tell_registrars(
            desk, centre, lambda language: _unplanned(language, course, wrong),
            key=f"rhythm:{class_id}:{error.field}:{error.line}:{error.reason}",
        )  # fmt: skip


def _unplanned(language: Language, course: CourseClass, error: RhythmError) -> Message:
    _ = language.text
    text = lines(
        _("No conduct reports could be planned for class {name}.", name=course.name),
        words.problem(language, error, course),
    )
    return Message(text, [[Button(_("Report rhythm"), open_class, course=course.id)]])


# --- which class ---


@conversation.does(actions.open_classes)
@conversation.command("nhip", words=later("report rhythm"), about=later("Report rhythm"), may=STAFF)
def open_classes(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.button("rp", may=STAFF)
def turn_page(turn: Turn, page: int) -> None:
    _ = turn.language.text
    courses = classes_of(turn.session, turn.viewer)[:MOST_CLASSES]
    names = [(one.id, _("{name} ({code})", name=one.name, code=one.code)) for one in courses]
    choices = [Button(name, open_class, course=course) for course, name in names]
    asked = _("Which class?") if courses else _("There is no class yet.")
    pick(turn, asked, choices, page, turn_page, [Button(_("Back"), open_menu)])


@conversation.button("rc", may=STAFF)
def open_class(turn: Turn, course: int) -> None:
    _show_class(turn, _course(turn, course))


def _course(turn: Turn, course_id: int) -> CourseClass:
    """The class of the speaker's centre, or it is said that there is none."""
    return turn.need(class_seen(turn.session, turn.viewer, course_id), _not_there)


def _not_there(turn: Turn) -> None:
    _ = turn.language.text
    turn.show(Message(_("That class is not there."), [[Button(_("Report rhythm"), open_classes)]]))


def _show_class(turn: Turn, course: CourseClass, said: Markup | str = "") -> None:
    """The rhythm there is, and its periods."""
    _, language = turn.language.text, turn.language
    calendar = turn.calendar(turn.home)
    periods = report_periods.periods_of(turn.session, course.id)
    told = [words.of_period(language, calendar, one) for one in periods if one.due_at > turn.now]
    text = lines(
        _heading(language, course),
        said,
        _present(turn, course),
        _("Periods:") if told else _("No period is to come."),
        words.listed(language, told),
    )
    change = Button(_("Change the rhythm"), choose_rhythm, course=course.id)
    turn.show(Message(text, [[change], [Button(_("Back"), open_classes)]]))


def _heading(language: Language, course: CourseClass) -> Markup:
    first, last = language.year_day(course.from_date), language.year_day(course.to_date)
    told = language.text(
        "Report rhythm, class {name}, {first}–{last}", name=course.name, first=first, last=last
    )
    return Markup("<b>{}</b>").format(told)


def _present(turn: Turn, course: CourseClass) -> Markup:
    """The rhythm in words, or what is wrong with it."""
    _ = turn.language.text
    try:
        rhythm = _read(turn, course, course.rhythm)
    except RhythmError as error:
        return words.problem(turn.language, error, course)
    own = _("the class's own") if course.rhythm else _("as for its class type")
    now = _("Now: {name} ({own}).", name=words.name(turn.language, rhythm), own=own)
    return lines(now, words.days_open(turn.language, rhythm))


def _read(turn: Turn, course: CourseClass, own: dict[str, Any]) -> Rhythm:
    """The rhythm the class would have with its `own` words."""
    told = report_periods.rhythm_told(turn.session, course, own)
    return read_rhythm(told, course.from_date, course.to_date)


# --- another rhythm ---


@conversation.button("rd", may=STAFF)
def choose_rhythm(turn: Turn, course: int) -> None:
    _ = turn.language.text
    found = _course(turn, course)
    choices = [
        Button(_(words.NAMES[name]), choose_kind, course=course, kind=at) for at, name in enumerate(EVERY)
    ]
    if found.rhythm:
        choices.append(Button(_("As its class type"), choose_kind, course=course, kind=TYPES_OWN))
    rows = [[choice.numbered(number)] for number, choice in enumerate(choices, 1)]
    text = lines(_heading(turn.language, found), _("When shall the units report?"))
    turn.show(Message(text, [*rows, [Button(_("Back"), open_class, course=course)]]))


@conversation.button("rk", may=STAFF)
def choose_kind(turn: Turn, course: int, kind: int) -> None:
    """Show what would come, or ask for the days."""
    found = _course(turn, course)
    if kind == TYPES_OWN:
        _preview(turn, found, {})
    elif not 0 <= kind < len(EVERY):
        choose_rhythm(turn, course=course)
    elif EVERY[kind] in LISTS:
        _ask_days(turn, found, EVERY[kind])
    else:
        _preview(turn, found, {"every": EVERY[kind]})


def _ask_days(turn: Turn, course: CourseClass, every: str, said: Markup | str = "") -> None:
    _ = turn.language.text
    asked = _(words.ASKED[every])
    example = _("For example: {example}", example=_(words.EXAMPLES[every]))
    turn.ask(days_typed, course=course.id, every=every)
    text = lines(_heading(turn.language, course), said, asked, example)
    turn.show(Message(text, [[Button(_("Cancel"), cancel)]]))


@conversation.step("rd", may=STAFF)
def days_typed(turn: Turn, text: str, course: int, every: str) -> None:
    found = _course(turn, course)
    try:
        told = words.typed(every, text[:LONGEST], found)
        _read(turn, found, told)
    except RhythmError as error:
        _ask_days(turn, found, every, words.problem(turn.language, error, found))
        return
    _preview(turn, found, told)


def _preview(turn: Turn, course: CourseClass, told: dict[str, Any]) -> None:
    """The periods there would be, before anything is saved."""
    _, language = turn.language.text, turn.language
    own = _own(course, told)
    try:
        rhythm = _read(turn, course, own)
    except RhythmError as error:
        _show_class(turn, course, words.problem(language, error, course))
        return
    turn.hold(PREVIEWED, course=course.id, told=told)
    text = lines(
        _heading(language, course),
        Markup("<b>{}</b>").format(_("NOT saved yet: {name}.", name=words.name(language, rhythm))),
        words.days_open(language, rhythm),
        *_periods(turn, course, rhythm),
    )
    save_it = Button(_("Save"), save, course=course.id)
    turn.show(Message(text, [[save_it], [Button(_("Back"), choose_rhythm, course=course.id)]]))


def _own(course: CourseClass, told: dict[str, Any]) -> dict[str, Any]:
    """The class's own words with another rhythm; its figures stay, unless it is to be as its class type."""
    kept: dict[str, Any] = {
        name: course.rhythm[name] for name in ("open_days", "grace_days") if name in course.rhythm
    }
    return {**kept, **told} if told else {}


def _periods(turn: Turn, course: CourseClass, rhythm: Rhythm) -> Iterable[Markup]:
    """Those that stay as they are, then those that would come."""
    _, language, calendar = turn.language.text, turn.language, turn.calendar(turn.home)
    known = report_periods.periods_of(turn.session, course.id)
    kept = [one for one in known if report_periods.stays(turn.session, one, turn.now)]
    coming = report_periods.coming_periods(calendar, rhythm, course, kept, turn.now)
    if kept:
        yield _("Already open, stays as it is:")
        yield words.listed(language, [words.of_period(language, calendar, one) for one in kept])
    yield _("Periods to come:") if coming else _("No period is to come.")
    yield words.listed(language, [words.of_period(language, calendar, one) for one in coming])


@conversation.button("rs", may=STAFF, aside=True)
def save(turn: Turn, course: int) -> None:
    """Keep what the preview showed; only periods that have not opened change."""
    _ = turn.language.text
    waiting = turn.held(PREVIEWED)
    found = _course(turn, course)
    if waiting.get("course") != course:
        _show_class(turn, found, _("That button is from before. This is how it stands:"))
        return
    turn.done()
    row = lock(turn.session, CourseClass, course)
    assert row is not None, "a class is never deleted"
    row.rhythm = _own(row, waiting["told"])
    report_periods.forget_coming(turn.session, course, turn.now)
    plan(turn, course)
    turn.log("rhythm_changed", subject=row)
    _show_class(turn, row, _("Saved."))
