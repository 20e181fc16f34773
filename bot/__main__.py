"""`caunoi`, or `python -m bot`."""

import sys


def main() -> None:
    """The one command that stays in memory starts without the command line's libraries, which take 3 MiB."""
    if sys.argv[1:] == ["run"]:
        from bot.running import main as run

        run()
    else:
        from bot.commands import main as command

        command()


if __name__ == "__main__":
    main()
