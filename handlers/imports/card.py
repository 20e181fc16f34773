"""The texts of a workbook sent to the chat: why it is not taken, what importing it would do, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from handlers.engine.messages import Button, Message, SentFile, lines
from handlers.engine.turn import Turn
from handlers.imports.understood import left_out_lines, understood
from handlers.imports.words import KINDS, counts, problem_line, problem_lines, remark_lines
from handlers.menu.actions import open_menu
from storage.courses.courses import CourseClass
from storage.imports import imports
from storage.imports.plan import Plan
from storage.messaging.files import StoredFile
from storage.spreadsheets.sheet import Problem, Sheet

SHOWN: Final = 8


@dataclass(frozen=True)
class Sent:
    """A file in the hands of whoever sent it, and what it is taken for."""

    row: StoredFile
    kind: int
    seal: int
    course: CourseClass | None = None
    moves: bool = False

    @property
    def name(self) -> str:
        return imports.KIND_NAMES[self.kind]

    @property
    def aim(self) -> dict[str, int]:
        return {"file": self.row.id, "kind": self.kind, "seal": self.seal}

    @property
    def whole(self) -> dict[str, int]:
        return {**self.aim, "course": self.course.id if self.course else 0}


def unfetched(turn: Turn, file: SentFile) -> Message:
    _ = turn.language.text
    if file.problem == "too_big":
        text = _(
            "The file is too large for the chat. Please split it, or import it on the centre's computer."
        )
    elif file.problem == "file_quota":
        text = _(
            "This chat has left as many files as are kept of it. They go within a day: please send it again tomorrow."
        )
    else:
        text = _("The file could not be fetched. Please send it again.")
    return Message(text, [[Button(_("Menu"), open_menu)]])


def not_taken(turn: Turn, problem: Problem) -> Message:
    _ = turn.language.text
    text = lines(problem_line(turn.language, problem), _("The file was not kept."))
    return Message(text, [[Button(_("Menu"), open_menu)]])


def gone(turn: Turn) -> Message:
    _ = turn.language.text
    text = _("That file is no longer here, or not yours: files are kept for one day. Please send it again.")
    return Message(text, [[Button(_("Menu"), open_menu)]])


def faulty(turn: Turn, sent: Sent, sheet: Sheet, faults: list[Problem]) -> Markup:
    """What is wrong with the whole file, where it may yet be one of another kind."""
    told = problem_lines(turn.language, faults, SHOWN)
    aside = left_out_lines(turn.language, sheet, SHOWN)
    mended = turn.language.text("Please correct the file and send it again.")
    return lines(title(turn, sent), *told, *aside, mended)


def summary(turn: Turn, sent: Sent, plan: Plan, *, private: bool) -> Markup:
    """What importing the file would do, or what is to be settled first, and what was understood of it."""
    _, n_ = turn.language.text, turn.language.count
    told = understood(turn.language, plan, SHOWN, private=private)
    if plan.problems:
        n = len(plan.problems)
        head = n_(
            "{n} thing to settle, nothing was imported:", "{n} things to settle, nothing was imported:", n
        )
        wrong = problem_lines(turn.language, plan.problems, SHOWN)
        return lines(title(turn, sent), head, *wrong, mend(turn, plan), *told)
    outcome = (
        _("There is nothing new in the file.") if plan.changes_nothing else _("Nothing was imported yet.")
    )
    remarks = remark_lines(turn.language, plan.remarks, SHOWN)
    return lines(title(turn, sent), counts(turn.language, plan), *told, *remarks, outcome)


def several_classes(turn: Turn, sent: Sent, found: Sequence[tuple[CourseClass, int]]) -> Markup:
    """A file that holds rows of several classes: each goes into its own."""
    _, n_ = turn.language.text, turn.language.count
    told = [
        n_("- {course}: {n} row", "- {course}: {n} rows", n, course=f"{course.name} ({course.code})")
        for course, n in found
    ]
    ask = _(
        "The file holds rows of several classes. Please choose one: its rows are imported into it, then the next."
    )
    return lines(title(turn, sent), ask, *told)


def done(turn: Turn, sent: Sent, plan: Plan) -> Markup:
    """What was imported."""
    _ = turn.language.text
    told = [_("<b>Imported.</b>"), counts(turn.language, plan)]
    return lines(title(turn, sent), *told, *remark_lines(turn.language, plan.remarks, SHOWN))


def title(turn: Turn, sent: Sent) -> Markup:
    _ = turn.language.text
    kind = _(KINDS[sent.name])
    if sent.course is None:
        return _("<b>{kind}</b>, file {file}", kind=kind, file=sent.row.name)
    course = f"{sent.course.name} ({sent.course.code})"
    return _("<b>{kind}</b>, class {course}, file {file}", kind=kind, course=course, file=sent.row.name)


def mend(turn: Turn, plan: Plan) -> Markup:
    _ = turn.language.text
    if only_moves(plan):
        return _("If these learners did change unit, please confirm it below.")
    return _("Please correct the file and send it again.")


def only_moves(plan: Plan) -> bool:
    return all(problem.code == "unit_differs" for problem in plan.problems)
