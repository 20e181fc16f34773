"""Commands for what is in the database from outside: seed, import, template."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.console import Problem, office, say
from locales import Language

if TYPE_CHECKING:
    from bot.demo.sample import Summary

_ = Language().text
KINDS = ("units", "roster", "timetable", "marks")
Kind = Annotated[str, typer.Argument(help=_("units, roster, timetable or marks"), show_default=False)]


def add_to(app: typer.Typer) -> None:
    app.command(help=_("Fill an empty database with a sample centre, as of now."))(seed)
    app.command("import", help=_("Read a workbook (.xlsx) into the database: all of it, or nothing."))(
        import_file
    )
    app.command(help=_("Write an example workbook of a kind."))(template)


def seed(
    learners: Annotated[int, typer.Option(help=_("About how many learners: 10 to 20000."))] = 120,
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from bot.demo import sample

    if not sample.FEWEST <= learners <= sample.MOST:
        raise Problem(
            _("--learners: give a number from {fewest} to {most}", fewest=sample.FEWEST, most=sample.MOST)
        )
    with office(create=True) as here, here.database.transaction() as session:
        if sample.has_centre(session):
            raise Problem(_has_centre())
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(_("Learners"), total=learners)
            made = sample.fill(
                session, here.now, learners=learners, advance=lambda n: progress.advance(task, n)
            )
    _tell(made)


def _has_centre() -> str:
    return _(
        "CAUNOI_DATABASE_URL: this database has a centre already and is left as it is; for a sample name "
        "another one, such as CAUNOI_DATABASE_URL=sqlite:///sample.db"
    )


def _tell(made: "Summary") -> None:
    number = Language().number
    say(
        _("{centre} is filled in.", centre=made.centre),
        _(
            "Classes: {classes}, sessions: {sessions}, units: {units}, learners: {learners}, people in all: {people}",
            classes=number(made.classes),
            sessions=number(made.sessions),
            units=number(made.units),
            learners=number(made.learners),
            people=number(made.people),
        ),
        _("Reports open now: {n}; people with a namesake: {m}", n=made.open_reports, m=made.namesakes),
        _("Next: caunoi invite --slips slips.html (codes for everybody), then caunoi run"),
    )


def import_file(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help=_("The workbook."), show_default=False)],
    class_code: Annotated[str | None, typer.Option("--class", help=_("The class's code."))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only say what would change."))] = False,
    moves: Annotated[
        bool, typer.Option("--moves", help=_("Learners whose unit differs did change unit: move them."))
    ] = False,
) -> None:
    _check(kind)
    from bot.cli.importing import import_command

    raise typer.Exit(import_command(kind, file, class_code, dry_run, moves=moves))


def template(
    kind: Kind, file: Annotated[Path, typer.Argument(help=_("Where to."), show_default=False)]
) -> None:
    _check(kind)
    from bot.cli.importing import template_command

    raise typer.Exit(template_command(kind, file))


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise Problem(_("KIND: {kind} is none; give one of {kinds}", kind=kind, kinds=", ".join(KINDS)))
