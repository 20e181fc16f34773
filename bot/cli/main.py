"""All commands. Heavy imports wait until one of them runs."""

from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from bot.cli.commands import backups, centre, channels, data, gates, office, run, setup
from bot.console import explain, say, speak_utf8
from bot.kinds import KINDS
from locales import Language

_ = Language().text


class Told(TyperGroup):
    """The commands; every fault is told as one sentence, and the exit code is not 0."""

    def main(self, *args: Any, **more: Any) -> Any:
        speak_utf8()
        return super().main(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001  an operator gets a sentence, whatever failed
            say(explain(error), err=True)
            raise typer.Exit(1) from None


def add_kinds(app: typer.Typer) -> None:
    """The commands that messengers bring."""
    for kind in KINDS.values():
        kind.add_commands(app)


main = typer.Typer(
    name="caunoi",
    cls=Told,
    help=_("Cầu Nối: the bridge between the centre, the units and the learners."),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # the plain form is quick, and reads well in every terminal
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run.add_to(main)
setup.add_to(main)
centre.add_to(main)
gates.add_to(main)
data.add_to(main)
backups.add_to(main)
office.add_to(main)
channels.add_to(main)
add_kinds(main)
