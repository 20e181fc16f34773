"""`caunoi run`: serve until Ctrl+C."""

import asyncio
from typing import TYPE_CHECKING

from bot.console import alone, keyring_of, say
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
    """The same as all of a process."""
    alone(run)
