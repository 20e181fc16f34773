"""Filling the demonstration, serving it with its pages, and what is left of it afterwards: nothing."""

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.app import App, stop_asked
from bot.console import Problem, say
from bot.demo.demo import Demo
from bot.demo.pages import routes
from bot.logs import configure
from bot.settings import Settings
from locales import Language

_ = Language().text


def settings_of(folder: Path, port: int, host: str) -> Settings:
    """The demonstration's own, whatever the environment says: no token, a database and a key in `folder`."""
    return Settings.model_construct(
        database_url=f"sqlite:///{(folder / 'demo.db').as_posix()}",
        http_host=host,
        http_port=port,
        public_url="",
        secret_key=None,
        keep_days=0,
        log="text",
    )


@contextmanager
def filled(port: int = 0, host: str = "127.0.0.1", *, first_day: bool = False) -> Iterator[Demo]:
    """A demonstration ready to be served, in a folder that is gone afterwards. Raises Problem: the port is taken."""
    with tempfile.TemporaryDirectory(prefix="caunoi-demo-", ignore_cleanup_errors=True) as folder:
        app = App(settings_of(Path(folder), _free(port, host), host))
        demo = Demo(app)
        demo.fill(first_day=first_day)
        app.routes.extend(routes(demo))
        try:
            yield demo
        finally:
            demo.screens.close()


def _free(port: int, host: str) -> int:
    """The port if it can be had, any free one for 0: links in messages name it, so it must be known beforehand."""
    try:
        with socket.create_server((host, port)) as found:
            return int(found.getsockname()[1])
    except (OSError, OverflowError):
        where, other = f"{host}:{port}", port + 1 if port < 65535 else 8080
        raise Problem(
            _(
                "--port: nothing can be served at {where}; another program may use it, perhaps another "
                "demonstration. Choose another port: caunoi demo --port {other}, or make demo PORT={other}",
                where=where,
                other=other,
            )
        ) from None


async def serve(demo: Demo, ready: Callable[[App], Any], stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    async with demo.app.running():
        ready(demo.app)
        await stop.wait()
        await demo.close()


def run_demo(port: int, host: str = "127.0.0.1", *, first_day: bool = False) -> None:
    """Fill the sample and serve it until Ctrl+C. Raises Problem when the port is taken."""
    configure("text", [])
    say(
        _("Filling the sample centre…")
        if first_day
        else _("The sample centre lives through its last six weeks…")
    )

    def ready(app: App) -> None:
        say(
            _("The demonstration is ready: {address}", address=f"http://{host}:{app.port}/"),
            _("Everybody in it is invented, and all of it is gone at the end. Ctrl+C ends it."),
        )

    async def until_told() -> None:
        await serve(demo, ready, stop_asked())

    with filled(port, host, first_day=first_day) as demo:
        asyncio.run(until_told())
