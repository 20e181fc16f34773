"""Workbooks sent to the chat by staff: a summary first, nothing written before it is confirmed.

Buttons carry the file's id and a seal over it and the chat, so that a file serves only the chat it came from.
"""

from dataclasses import replace
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, SentFile
from handlers.engine.picking import listing
from handlers.engine.turn import Answered, Turn
from handlers.imports.card import (
    Sent,
    done,
    faulty,
    gone,
    not_taken,
    only_moves,
    several_classes,
    summary,
    unfetched,
)
from handlers.imports.run import carry_out
from handlers.imports.words import KINDS
from handlers.menu.actions import open_menu
from handlers.menu.menu import menu_card
from handlers.results.actions import open_class
from storage.base.engine import lock
from storage.base.text import fold
from storage.courses.courses import CourseClass
from storage.courses.visibility import class_seen
from storage.imports import classes, imports, readings
from storage.imports.marks import answer
from storage.imports.plan import Plan, Units, Where
from storage.imports.units import also_called
from storage.messaging.files import StoredFile
from storage.people.people import STAFF
from storage.spreadsheets.sheet import Problem, Sheet

PAGE: Final = 8  # classes, beside the other buttons of a file
_KIND_UNSEEN: Final = frozenset({"no_header", "missing_column", "no_rows"})  # another kind may still fit

conversation = Conversation("imports")


# -- a file comes


@conversation.on("file")
def file_sent(turn: Turn, file: SentFile) -> None:
    """Take a workbook from staff; from anybody else no file is kept."""
    _ = turn.language.text
    if not turn.is_staff:
        _drop(turn, file.file_id)
    if turn.person is None:
        turn.table.events["stranger"](turn, "")
    elif not turn.is_staff:
        turn.say(menu_card(turn, _("The assistant was not waiting for a file, so it was not kept.")))
    elif file.file_id is None:
        turn.say(unfetched(turn, file))
    else:
        _first_look(turn, file.file_id)


def _drop(turn: Turn, file_id: int | None) -> None:
    row = turn.session.get(StoredFile, file_id) if file_id is not None else None
    if row is not None:
        turn.session.delete(row)


def _first_look(turn: Turn, file_id: int) -> None:
    row = turn.session.get(StoredFile, file_id)
    if row is None:
        turn.say(gone(turn))
        return
    found = readings.guess_of(row)
    if found:
        _show_card(turn, Sent(row, imports.KIND_NAMES.index(found), _seal(turn, file_id)))
        return
    problem = readings.sheet_of(row, "roster").problems[0]
    if problem.code in _KIND_UNSEEN:
        turn.show(_which_kind(turn, file_id, _seal(turn, file_id)))
        return
    turn.session.delete(row)
    turn.show(not_taken(turn, problem))


# -- whose file it is


def _seal(turn: Turn, file_id: int) -> int:
    """48 bits that only this chat is given, as a number a button can carry."""
    signed = turn.links.keyring.sign("file", f"{file_id}:{turn.account.id}:{turn.chat}")
    return int.from_bytes(signed[:8].encode(), "big")


def _own(turn: Turn, file: int, kind: int, seal: int, course: int = 0, *, moves: bool = False) -> Sent:
    """The file a button speaks of; politely told when it is gone, not this chat's, or aims at nothing."""
    row = lock(turn.session, StoredFile, file) if seal == _seal(turn, file) else None
    known_kind = 0 <= kind < len(imports.KIND_NAMES)
    found = class_seen(turn.session, turn.viewer, course) if course else None
    if row is None or not known_kind or (course and found is None):
        turn.show(gone(turn))
        raise Answered
    return Sent(row, kind, seal, found, moves)


# -- what it is and for which class


def _which_kind(turn: Turn, file: int, seal: int) -> Message:
    _ = turn.language.text
    kinds = [
        [Button(_(KINDS[name]), kind_chosen, file=file, kind=number, seal=seal)]
        for number, name in enumerate(imports.KIND_NAMES)
    ]
    return Message(_("What does the file hold?"), [*kinds, [_no(turn, file, seal)]])


def _no(turn: Turn, file: int, seal: int) -> Button:
    return Button(turn.language.text("Do not import"), discard, file=file, seal=seal)


@conversation.button("ik", may=STAFF)
def kind_chosen(turn: Turn, file: int, kind: int, seal: int) -> None:
    if sent := _own(turn, file, kind, seal):
        _show_card(turn, sent)


@conversation.button("io", may=STAFF)
def other_kind(turn: Turn, file: int, seal: int) -> None:
    if _own(turn, file, 0, seal):
        turn.show(_which_kind(turn, file, seal))


@conversation.button("ip", may=STAFF)
def class_list(turn: Turn, file: int, kind: int, seal: int, page: int) -> None:
    sent = _own(turn, file, kind, seal)
    _ = turn.language.text
    known = classes.classes(turn.session, turn.home.id)
    choices = [Button(f"{one.code} · {one.name}", class_chosen, **sent.aim, course=one.id) for one in known]
    text = _("{kind}: for which class?", kind=_(KINDS[sent.name]))
    rows = listing(turn, choices, page, class_list, size=PAGE, **sent.aim)
    turn.show(Message(text, [*rows, [_no(turn, file, seal)]]))


@conversation.button("ic", may=STAFF)
def class_chosen(turn: Turn, file: int, kind: int, seal: int, course: int) -> None:
    if sent := _own(turn, file, kind, seal, course):
        _show_card(turn, sent)


# -- the summary


@conversation.button("im", may=STAFF)
def moves_confirmed(turn: Turn, file: int, kind: int, seal: int, course: int) -> None:
    """Staff say that the learners whose unit differs did change unit; the summary then counts them in."""
    if sent := _own(turn, file, kind, seal, course, moves=True):
        _show_card(turn, sent)


def _show_card(turn: Turn, sent: Sent) -> None:
    sheet = readings.sheet_of(sent.row, sent.name)
    faults = [problem for problem in sheet.problems if problem.row is None]
    if faults:
        turn.show(_faulty(turn, sent, sheet, faults))
        return
    if sent.name != "units" and sent.course is None:
        found = classes.shares(sheet, classes.classes(turn.session, turn.home.id))
        if found.several:
            turn.show(_whose(turn, sent, found.several))
            return
        if found.only is None:
            class_list(turn, **sent.aim, page=0)
            return
        sent = replace(sent, course=found.only)
    turn.show(_card(turn, sent, sheet, imports.prepare(turn.session, sheet, _where(turn, sent))))


def _whose(turn: Turn, sent: Sent, found: list[tuple[CourseClass, int]]) -> Message:
    """Whose rows are imported first, where the file has rows of several classes."""
    ways = [*_each(sent, [course for course, _n in found]), [_no(turn, sent.row.id, sent.seal)]]
    return Message(several_classes(turn, sent, found), [*ways, *_others(turn, sent)])


def _each(sent: Sent, courses: list[CourseClass]) -> list[list[Button]]:
    return [
        [Button(f"{one.code} · {one.name}", class_chosen, **sent.aim, course=one.id)]
        for one in courses[:PAGE]
    ]


def _faulty(turn: Turn, sent: Sent, sheet: Sheet, faults: list[Problem]) -> Message:
    """What is wrong with the whole file comes before any question about it."""
    if faults[0].code not in _KIND_UNSEEN:
        turn.session.delete(sent.row)
        return not_taken(turn, faults[0])
    ways = [[_no(turn, sent.row.id, sent.seal)], *_others(turn, sent)]
    return Message(faulty(turn, sent, sheet, faults), ways)


def _where(turn: Turn, sent: Sent) -> Where:
    return Where(turn.home, sent.course, ZoneInfo(turn.home.zone), turn.day, sent.moves)


def _card(turn: Turn, sent: Sent, sheet: Sheet, plan: Plan) -> Message:
    _ = turn.language.text
    told = sent.name == "marks" and bool(turn.contact and turn.may_carry_private(turn.contact))
    text = summary(turn, sent, plan, private=told or sent.name != "marks")
    if plan.problems:
        private = sent.name == "marks"  # they name people and their marks
        return Message(text, _ways_on(turn, sent, plan), private=private)
    if plan.changes_nothing:
        return Message(text, [*_go_on(turn, sent, sheet), [Button(_("Menu"), open_menu)]], private=told)
    yes = Button(_("Import"), confirm, **sent.whole, moves=int(sent.moves))
    return Message(text, [[yes, _no(turn, sent.row.id, sent.seal)], *_others(turn, sent)], private=told)


def _go_on(turn: Turn, sent: Sent, sheet: Sheet) -> list[list[Button]]:
    """The other classes that the file has something new for; without one, the file has served."""
    found = classes.shares(sheet, classes.classes(turn.session, turn.home.id)) if sent.course else None
    others = [course for course, _n in found.several if course.id != sent.whole["course"]] if found else []
    left = [course for course in others if _has_news(turn, replace(sent, course=course), sheet)]
    if not left:
        turn.session.delete(sent.row)
        return []
    return [*_each(sent, left), [_no(turn, sent.row.id, sent.seal)]]


def _has_news(turn: Turn, sent: Sent, sheet: Sheet) -> bool:
    plan = imports.prepare(turn.session, sheet, _where(turn, sent))
    return bool(plan.problems) or not plan.changes_nothing


def _ways_on(turn: Turn, sent: Sent, plan: Plan) -> list[list[Button]]:
    _ = turn.language.text
    moved = [[Button(_("They changed unit"), moves_confirmed, **sent.whole)]] if only_moves(plan) else []
    return [*moved, *_answers(turn, sent, plan), [_no(turn, sent.row.id, sent.seal)], *_others(turn, sent)]


def _others(turn: Turn, sent: Sent) -> list[list[Button]]:
    _ = turn.language.text
    ways = [Button(_("Another kind"), other_kind, file=sent.row.id, seal=sent.seal)]
    if sent.course is not None:
        ways.append(Button(_("Another class"), class_list, **sent.aim, page=0))
    return [ways]


# -- what is asked about a file, and remembered


def _answers(turn: Turn, sent: Sent, plan: Plan) -> list[list[Button]]:
    """The first question of each kind: whether a column holds marks, which unit is meant."""
    _ = turn.language.text
    ways = []
    if column := _first(plan, "unknown_marks"):
        aim, place = {**sent.whole, "words": _told(column.extra["header"])}, column.extra["letter"]
        ways.append([Button(_("Column {letter}: marks", letter=place), marks_answered, **aim, yes=1)])
        ways.append([Button(_("Column {letter}: none", letter=place), marks_answered, **aim, yes=0)])
    if unknown := _first(plan, "unknown_unit"):
        aim = {**sent.whole, "words": _told(unknown.value or "")}
        units = Units(turn.session, turn.home.id)
        named = [unit for name in unknown.extra["near"].split("; ") if (unit := units.find(name))]
        ways += [
            [Button(f"{unknown.value} = {one.name}", unit_answered, **aim, unit=one.id)] for one in named
        ]
    return ways


def _first(plan: Plan, code: str, words: int | None = None) -> Problem | None:
    """The first problem of a kind, or that of the words a button was made for."""
    found = (problem for problem in plan.problems if problem.code == code)
    fits = (one for one in found if words in {None, _told(one.extra.get("header") or one.value or "")})
    return next(fits, None)


def _told(words: str) -> int:
    """Words as a number that a button can carry."""
    return crc32(fold(words).encode()) & 0xFFFF


@conversation.button("iq", may=STAFF)
def marks_answered(turn: Turn, file: int, kind: int, seal: int, course: int, words: int, yes: int) -> None:
    """Whether a column holds marks; kept with the class."""
    sent = _own(turn, file, kind, seal, course)
    problem = _asked(turn, sent, "unknown_marks", words)
    if problem is not None:
        answer(turn.session, _where(turn, sent).the_class, problem.extra["header"], is_mark=bool(yes))
    _show_card(turn, sent)


@conversation.button("iu", may=STAFF)
def unit_answered(turn: Turn, file: int, kind: int, seal: int, course: int, words: int, unit: int) -> None:
    """Which unit is meant by a name; kept with the unit."""
    sent = _own(turn, file, kind, seal, course)
    problem = _asked(turn, sent, "unknown_unit", words)
    row = Units(turn.session, turn.home.id).rows.get(unit)
    if problem is not None and row is not None:
        also_called(turn.session, row, problem.value or "")
    _show_card(turn, sent)


def _asked(turn: Turn, sent: Sent, code: str, words: int) -> Problem | None:
    """What was asked, if it still is to be asked."""
    if sent.course is None:
        return None
    sheet = readings.sheet_of(sent.row, sent.name)
    return _first(imports.prepare(turn.session, sheet, _where(turn, sent)), code, words)


# -- doing it


@conversation.button("iy", may=STAFF)
def confirm(turn: Turn, file: int, kind: int, seal: int, course: int, moves: int) -> None:
    """Look once more, for things may have changed since the summary, and import it."""
    sent = _own(turn, file, kind, seal, course, moves=bool(moves))
    sheet = readings.sheet_of(sent.row, sent.name)
    if sent.course is None and sent.name != "units":
        _show_card(turn, sent)
        return
    where = _where(turn, sent)
    plan = imports.prepare(turn.session, sheet, where)
    if plan.problems:
        turn.show(_card(turn, sent, sheet, plan))
        return
    carry_out(turn, plan, where, author_id=turn.speaker.id)
    _ = turn.language.text
    ways = [*_go_on(turn, sent, sheet), [Button(_("Menu"), open_menu)]]
    if sent.name == "marks":
        ways.insert(0, [Button(_("Publish marks"), open_class, course=where.the_class.id)])
    turn.show(Message(done(turn, sent, plan), ways))


@conversation.button("in", may=STAFF)
def discard(turn: Turn, file: int, seal: int) -> None:
    sent = _own(turn, file, 0, seal)
    turn.session.delete(sent.row)
    _ = turn.language.text
    turn.show(Message(_("Nothing was imported. The file was not kept."), [[Button(_("Menu"), open_menu)]]))
