"""The web server: uvicorn, started and stopped by us, and at once; no client holds it up, or takes what others need."""

import asyncio
import contextlib
import socket
import time
from typing import Any, Final

import uvicorn

from bot.limits import Limit, Limits
from bot.logs import logger
from bot.web.connection import Connection, ticked

TICK: Final = 1.0  # seconds between two settings of the Date header
REST: Final = 1.0  # seconds without taking a connection when no descriptor is left
SAY_AGAIN: Final = 60.0  # seconds between two words about that
AT_ONCE: Final = 64  # connections taken before anything else has its turn
RESERVE: Final = 128  # descriptors that messengers, database and files are left with
FEWEST: Final = 16
log = logger("caunoi.web")


def config_of(app: Any, **more: Any) -> uvicorn.Config:
    """How everything of ours is served."""
    return uvicorn.Config(app, http=Connection, log_config=None, access_log=False, lifespan="off", **more)


def room_for_connections() -> int:
    """How many connections may be open so that RESERVE descriptors are left for everything else."""
    try:
        from resource import RLIMIT_NOFILE, getrlimit
    except ImportError:  # Windows has no such limit
        return 1_000_000
    return max(FEWEST, getrlimit(RLIMIT_NOFILE)[0] - RESERVE)


class Server(uvicorn.Server):
    """uvicorn leaves the process's signals alone here and looks for its end by an event, not ten times a second.

    Connections are taken by us: without a descriptor left asyncio asks for one again and again, and says so each time.
    """

    def __init__(self, config: uvicorn.Config, limits: Limits | None = None) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()
        self.limits = limits or Limits()
        self.most = room_for_connections()
        self.now = time.monotonic
        self._said_at = -SAY_AGAIN
        self._listening: list[socket.socket] = []
        self._taking: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """End soon; from the server's own loop."""
        self.should_exit = True
        self.stopped.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            self.tick()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self.stopped.wait()

    def tick(self) -> None:
        """A second has passed: whoever never ends his request is closed."""
        self.limits.met[Limit.SLOW] += ticked(self.server_state.connections, self.limits.slow_seconds)

    # -- taking connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        if not isinstance(loop, asyncio.SelectorEventLoop):
            return  # Windows: its loop takes connections in another way
        for theirs in (each for server in self.servers for each in server.sockets):
            loop.remove_reader(theirs.fileno())
            ours = theirs.dup()
            ours.setblocking(False)
            self._listening.append(ours)
            self._listen(ours)

    def _listen(self, listening: socket.socket) -> None:
        if not self.should_exit:
            asyncio.get_running_loop().add_reader(listening, self._take_some, listening)

    def _take_some(self, listening: socket.socket) -> None:
        for _one in range(AT_ONCE):
            try:
                connection, _address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptor, or no memory, is left
                self._rest(listening, error)
                return
            self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        if len(self.server_state.connections) + len(self._taking) >= self.most:
            self._say(Limit.CONNECTIONS, "too many connections")
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._served(connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _served(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def _rest(self, listening: socket.socket, error: OSError) -> None:
        """Take none for a moment: those that come wait, and what is connected goes on."""
        self._say(Limit.DESCRIPTORS, type(error).__name__, code=error.errno)
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening)
        loop.call_later(REST, self._listen, listening)

    def _say(self, limit: Limit, what: str, **more: Any) -> None:
        """Count it each time and say it once a minute."""
        self.limits.meet(limit)
        if self.now() - self._said_at >= SAY_AGAIN:
            self._said_at = self.now()
            log.error("connections wait", reason=what, times=self.limits.met[limit], **more)

    # -- the end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  uvicorn's signature
        """What runs may end, as long as `timeout_graceful_shutdown` allows; then it is cancelled."""
        for listening in self._listening:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
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
