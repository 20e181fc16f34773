"""Serves an ASGI application on 127.0.0.1 in a thread of its own, on a free port, until left.

with serve(app) as served:
    httpx.get(served.url + "/health")
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from bot.web.server import Server, config_of


class Served:
    """A running server. `call(coroutine function)` runs something in its loop and returns the result."""

    def __init__(self, app: Any, beside: Sequence[Callable[[], Awaitable[None]]], closing) -> None:
        self.app, self.beside, self.closing = app, beside, closing
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="served", daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        self.thread.start()
        assert self.ready.wait(10), "the server did not start"

    def call(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(20)

    def stop(self) -> None:
        if self.thread.is_alive():
            if self.closing is not None:
                self.call(self.closing)
            self.loop.call_soon_threadsafe(self.server.stop)
            self.thread.join(20)
        assert not self.thread.is_alive(), "the server did not stop"
        self.socket.close()
        if self.failure is not None:
            raise self.failure

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.server = _Server(self.app, self.ready)
        tasks = [asyncio.ensure_future(work()) for work in self.beside]
        try:
            await self.server.serve(sockets=[self.socket])
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            self.failure = next((e for e in ended if isinstance(e, Exception)), None)


class _Server(Server):
    """Says when it is ready."""

    def __init__(self, app: Any, ready: threading.Event) -> None:
        site = getattr(getattr(app, "state", None), "site", None)
        super().__init__(config_of(app, timeout_graceful_shutdown=10), site and site.limits)
        self._ready = ready

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self._ready.set()


@asynccontextmanager
async def serve_here(app: Any) -> AsyncIterator[str]:
    """Serves it in the running loop, as the program itself does. Yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ready = threading.Event()
        server = _Server(app, ready)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await asyncio.to_thread(ready.wait, 10)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.stop()
            await serving


@contextmanager
def serve(
    app: Any,
    *,
    beside: Sequence[Callable[[], Awaitable[None]]] = (),
    closing: Callable[[], Awaitable[None]] | None = None,
) -> Iterator[Served]:
    """`beside` run in the server's loop for as long as it serves; `closing` is awaited before it stops."""
    served = Served(app, beside, closing)
    served.start()
    try:
        yield served
    finally:
        served.stop()
