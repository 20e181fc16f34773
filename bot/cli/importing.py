"""`caunoi import` and `caunoi template`: workbooks into the database from the command line (000-04)."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.cli.import_examples import example
from bot.settings import SettingsError, load
from handlers.engine.desk import Desk, Links
from handlers.imports.run import carry_out
from handlers.imports.understood import read_only, understood
from handlers.imports.words import counts, problem_lines, remark_lines
from locales import ZONE, Language
from storage.admin import migrate
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.courses.courses import CourseClass
from storage.imports import classes, imports
from storage.imports.plan import Plan, Where
from storage.spreadsheets.sheet import Problem, Sheet

DONE, PROBLEMS, USAGE = 0, 1, 2  # exit codes
LISTED: Final = 50
LONG: Final = 1_000  # rows from which on a progress bar shows


def import_command(
    kind: str, file: Path, class_code: str | None, dry_run: bool, *, moves: bool = False
) -> int:
    """Import a workbook, all of it or nothing; what happened is printed, problems on standard error.

    `moves` confirms that learners whose unit differs did change unit. Returns the exit code: 0 done (or would
    be, with `dry_run`), 1 when the file has problems, 2 when the call or the settings have.
    """
    language = Language()
    if kind not in imports.KIND_NAMES:
        return _wrong_kind(language, kind)
    try:
        settings = load()
        database = Database(settings.database_url, settings.keyring())
    except SettingsError as error:
        _complain(str(error))
        return USAGE
    links = Links(settings.web_base, database.keyring)
    try:
        migrate.upgrade(database)
        with database.transaction() as session:
            return _Run(session, links, language, kind, file).go(class_code, dry_run=dry_run, moves=moves)
    except DBAPIError as error:
        _ = language.text
        name = type(error).__name__
        _complain(_("The database cannot be used ({kind}). Please check CAUNOI_DATABASE_URL.", kind=name))
        return USAGE
    finally:
        database.close()


class _Run:
    """One import, from the reading of the file to the last line printed."""

    def __init__(self, session: Session, links: Links, language: Language, kind: str, file: Path) -> None:
        clock = Clock()
        clock.load(session)
        self.session, self.language, self.kind, self.file = session, language, kind, file
        self.desk = Desk(session=session, now=clock.now(), links=links)

    def go(self, class_code: str | None, *, dry_run: bool, moves: bool) -> int:
        sheet = imports.read(self.kind, self.file, self.desk.now.astimezone(ZONE).date())
        where = self._where(sheet, class_code, moves=moves)
        if isinstance(where, Problem):
            told = [problem for problem in sheet.problems if problem.row is None]
            return self._refuse(sheet, told if told and class_code is None else [*told, where])
        with ExitStack() as stack:
            tick = imports.nothing
            if len(sheet.rows) > LONG:
                bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
                task = bar.add_task(self.language.text("Checking the rows"), total=len(sheet.rows))
                tick = lambda: bar.advance(task)  # noqa: E731  two lines of def would say no more
            plan = imports.prepare(self.session, sheet, where, tick)
        if plan.problems:
            return self._refuse(plan.sheet, plan.problems)
        if not dry_run:
            carry_out(self.desk, plan, where)
        self._report(plan, where, dry_run=dry_run)
        return DONE

    def _where(self, sheet: Sheet, class_code: str | None, *, moves: bool) -> Where | Problem:
        centres = {centre.id: centre for centre in imports.centres(self.session)}
        if not centres:
            return Problem("no_centre")
        course: CourseClass | None = None
        if self.kind != "units":
            known = classes.classes(self.session)
            if class_code is None:
                found = classes.shares(sheet, known)
                if found.several:
                    return classes.several_classes(found)
                course = found.only
            else:
                course = classes.class_coded(known, class_code)
            if course is None:
                return classes.unknown_class(known, class_code)
        elif len(centres) > 1:
            return Problem("several_centres")
        centre = centres[course.centre_id] if course else next(iter(centres.values()))
        return Where(centre, course, ZoneInfo(centre.zone), self.desk.today(centre), moves)

    def _refuse(self, sheet: Sheet, problems: list[Problem]) -> int:
        _, n_ = self.language.text, self.language.count
        n = len(problems)
        head = n_(
            "{n} thing to settle, nothing was imported:", "{n} things to settle, nothing was imported:", n
        )
        _complain(_("{file}: {what}", file=self.file.name, what=head))
        for line in [
            *problem_lines(self.language, problems, LISTED),
            *read_only(self.language, sheet, LISTED),
        ]:
            _complain(line)
        if all(problem.code == "unit_differs" for problem in problems):
            _complain(_("If these learners did change unit, import once more with --moves."))
        for problem in problems:
            for code in problem.extra.get("each", "").split():
                _complain(f"caunoi import {self.kind} {self.file.name} --class {code}")
            if problem.code == "unknown_class":
                _complain(
                    _(
                        'If the class {code} is new, make it first: caunoi class {code} "NAME" --type TYPE '
                        "--from dd/mm/yyyy --to dd/mm/yyyy",
                        code=problem.value or "",
                    )
                )
        return PROBLEMS

    def _report(self, plan: Plan, where: Where, *, dry_run: bool) -> None:
        _ = self.language.text
        _say(_("{file}: {what}", file=self.file.name, what=counts(self.language, plan)))
        if where.course is not None:
            _say(_("Class: {name} ({code})", name=where.course.name, code=where.course.code))
        for line in understood(self.language, plan, LISTED):
            _say(line)
        for line in remark_lines(self.language, plan.remarks, LISTED):
            _say(line)
        if dry_run:
            _say(_("Dry run: nothing was written."))


def template_command(kind: str, file: Path) -> int:
    """Write an example workbook of a kind; an existing file is never overwritten. Returns the exit code."""
    language = Language()
    _ = language.text
    if kind not in imports.KIND_NAMES:
        return _wrong_kind(language, kind)
    if file.suffix.casefold() != ".xlsx":
        _complain(_("{file}: please give a name that ends in .xlsx.", file=file.name))
        return USAGE
    try:
        with file.open("xb") as handle:
            handle.write(example(kind))
    except FileExistsError:
        _complain(
            _("{file} is already there and stays. Please give another name or move it away.", file=file.name)
        )
        return PROBLEMS
    except OSError as error:
        reason = type(error).__name__
        _complain(
            _("{file} cannot be written ({reason}). Please check the folder.", file=str(file), reason=reason)
        )
        return PROBLEMS
    _say(_("{file} is written. Fill it in, then: caunoi import {kind} {file}", file=file.name, kind=kind))
    return DONE


def _wrong_kind(language: Language, kind: str) -> int:
    kinds = ", ".join(imports.KIND_NAMES)
    _complain(
        language.text("There is no kind “{kind}”. Please give one of these: {kinds}.", kind=kind, kinds=kinds)
    )
    return USAGE


def _say(line: Markup | str) -> None:
    sys.stdout.write(_bare(line) + "\n")


def _complain(line: Markup | str) -> None:
    sys.stderr.write(_bare(line) + "\n")


_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _bare(line: Markup | str) -> str:
    """As a terminal may show it: no entities, and no control sequence that came with a cell."""
    return _CONTROLS.sub("", line.unescape() if isinstance(line, Markup) else line)
