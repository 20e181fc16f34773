"""The command line: `caunoi`, or `python -m bot`. Heavy imports wait until a command runs."""

import typer

from bot import (
    commands_centre,
    commands_channels,
    commands_data,
    commands_gates,
    commands_office,
    commands_run,
    commands_zalo,
)
from bot.console import Told
from locales import Language

_ = Language().text

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
commands_run.add_to(main)
commands_centre.add_to(main)
commands_gates.add_to(main)
commands_data.add_to(main)
commands_office.add_to(main)
commands_channels.add_to(main)
commands_zalo.add_to(main)

if __name__ == "__main__":
    main()
