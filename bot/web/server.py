"""The web server: uvicorn, started and stopped by us, and at once."""

import asyncio
import contextlib
import socket
from typing import Any

import uvicorn

TICK = 1.0  # seconds between two settings of the Date header


class Server(uvicorn.Server):
    """uvicorn leaves the process's signals alone here and looks for its end by an event, not ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    def stop(self) -> None:
        """End soon; from the server's own loop."""
        self.should_exit = True
        self.stopped.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self.stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  uvicorn's signature
        """What runs may end, as long as `timeout_graceful_shutdown` allows; then it is cancelled."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._ended()
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()

    async def _ended(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(0.005)
        for server in self.servers:
            await server.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
