"""The whole program in a thread: `with running(settings) as app:` serves until left."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.app import App
from bot.settings import Settings
from storage.base.clock import Clock


class Running:
    """A started App and the loop it lives on."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings, self.clock = settings, clock
        self.started, self.stop_asked = threading.Event(), threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  the test's own thread raises it
            self.failure = error
            self.started.set()

    async def _serve(self) -> None:
        self.loop, self.leave = asyncio.get_running_loop(), asyncio.Event()
        self.app = App(self.settings, clock=self.clock)
        async with self.app.running():
            self.started.set()
            await self.leave.wait()

    def call(self, work: Callable[[App], Awaitable[Any]], timeout: float = 60) -> Any:
        """Run something of the App's on its own loop."""

        async def run() -> Any:
            return await work(self.app)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(timeout)


@contextmanager
def running(settings: Settings, *, clock: Clock | None = None) -> Iterator[Running]:
    made = Running(settings, clock)
    made.thread.start()
    assert made.started.wait(30), "the program did not start"
    if made.failure is not None:
        raise made.failure
    try:
        yield made
    finally:
        made.loop.call_soon_threadsafe(made.leave.set)
        made.thread.join(30)
        assert not made.thread.is_alive(), "the program did not stop"
        if made.failure is not None:
            raise made.failure
