"""`caunoi run`: serve until Ctrl+C."""

import asyncio
import sys
from typing import TYPE_CHECKING

from bot.console import explain, keyring_of, say, speak_utf8
from locales import Language

if TYPE_CHECKING:
    from bot.app import App

_ = Language().text


def run() -> None:
    """Serve with the settings of the environment. Raises what `bot.console.explain` has a sentence for."""
    from bot.app import serve
    from bot.logs import configure
    from bot.settings import load

    settings = load()
    keyring_of(settings)
    configure(settings.log, settings.secrets())

    def ready(app: "App") -> None:
        where = settings.public_url or f"http://{settings.http_host}:{app.port}"
        say(_("Cầu Nối is ready: {address}", address=where))

    asyncio.run(serve(settings, ready))


def main() -> None:
    """The same for a process of its own: a fault is told as one sentence, and the exit code is 1."""
    speak_utf8()
    try:
        run()
    except KeyboardInterrupt:  # before it listens for it
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  an operator gets a sentence, whatever failed
        say(explain(error), err=True)
        sys.exit(1)
