"""`caunoi`, or `python -m bot`."""

import sys


def main() -> None:
    """What stays in memory, and what a server starts by itself, goes past the command line's libraries: they take
    3 MiB and half of a renewal's time.
    """
    match sys.argv[1:]:
        case ["run"]:
            from bot.cli.running import main as run

            run()
        case ["zalo-oa", "refresh", "--account", name]:
            from bot.cli.renewing import main as refresh

            refresh(name)
        case _:
            from bot.cli.main import main as command

            command()


if __name__ == "__main__":
    main()
