"""The composition root: builds everything from Settings, starts it in order and stops it cleanly."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.routing import BaseRoute

from bot.accounts import Opened, accounts, opened
from bot.channels.base import AccountError, Channel
from bot.channels.web import WebChannel
from bot.kinds import KINDS
from bot.limits import Limits
from bot.logs import logger
from bot.settings import Settings
from bot.threads import Threads
from bot.web.server import Server, config_of
from bot.web.web import Site, create_app
from bot.workbooks import reader
from bot.workers.fetcher import Fetcher
from bot.workers.intake import Intake, Parse
from bot.workers.lease import Lease, Roles
from bot.workers.ringer import Ringer
from bot.workers.sender import Sender
from bot.workers.sweep import Sweep
from bot.workers.ticker import Ticker
from handlers import table
from handlers.engine.desk import Links
from handlers.imports.taking import taken_on
from locales import Language
from storage.admin import migrate
from storage.base import private
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.messaging import inbox, outbox, timers
from storage.messaging.inbox import Arrival

IDLE = 0.5  # seconds between looks for updates another process stored
log = logger("caunoi")


class App:
    """One process of Cầu Nối. `async with App(settings).running():` serves until left."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.keyring = settings.keyring()
        self.database = Database(settings.database_url, self.keyring)
        self.threads = Threads(self.database)
        self.clock = clock or Clock()
        self.links = Links(settings.web_base, self.keyring)
        self.table = table()
        self.arrived = asyncio.Event()
        self.channels: dict[int, Channel] = {}
        self.senders: dict[int, Sender] = {}
        self.routes: list[BaseRoute] = []
        self.limits = Limits.of(settings)
        sweep = Sweep(self.threads, self.clock, self.table, settings.keep_days)
        self.ticker = Ticker(
            self.threads, self.clock, self.table, self.links, after=self.wake_senders, hourly=sweep.run
        )
        self.roles = Roles(self.threads, alone=self.database.is_sqlite)
        self.port = settings.http_port
        self._acknowledgements: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[Any]] = []

    # -- the running

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """Everything up: database current, accounts greeted, pages served. Raises AccountError, Timeout."""
        with self._only_process():
            await self.threads.call(lambda: migrate.upgrade(self.database))
            await self.threads.read(self.clock.load)
            await self._open_channels()
            server = await self._serve()  # before anything works: a taken port ends the start
            self._begin(self._work())
            try:
                yield self
            finally:
                await self._stop(server)

    def _begin(self, work: Iterable[Coroutine[Any, Any, Any]]) -> None:
        self._tasks += [asyncio.create_task(each) for each in work]

    def _works(self) -> bool:
        """Whether everything that was begun still runs: none of it ever ends by itself."""
        return not any(task.done() for task in self._tasks)

    def _only_process(self) -> contextlib.AbstractContextManager[Any]:
        """On SQLite the file lock proves every other process dead; PostgreSQL has leases for that."""
        file = self.database.url.database
        if not self.database.is_sqlite or not file:
            return contextlib.nullcontext()
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        return FileLock(f"{file}.lock", timeout=0, mode=private.OWNER_ONLY)

    async def _open_channels(self) -> None:
        for account in await self.threads.write(lambda session: accounts(session, self.settings)):
            self.routes.extend(self._add(account, account.channel(self.threads, self.clock)))
        web = next(channel for channel in self.channels.values() if isinstance(channel, WebChannel))
        self.site = Site(
            self.threads, self.clock, self.keyring, web, self._wake, self.table, self.links, self.limits,
            self.channels.keys(), self._works, self.settings.push_service,
        )  # fmt: skip
        self.ringer = Ringer(self.threads, self.clock, self.site.push)
        parsers: dict[int, Parse] = {key: channel.parse for key, channel in self.channels.items()}
        self.intake = Intake(self.database, self.table, self.clock, self.links, parsers, self.limits)
        self.fetcher = Fetcher(
            self.threads, self.clock, self.channels, self.arrived.set, self.limits, taken_on, reader.read
        )
        for channel in self.channels.values():
            await channel.start()

    async def open(self, kind: str, settings: Settings) -> Channel:
        """Open one more account while everything runs, as the demonstration does. Raises AccountError."""
        account = await self.threads.write(lambda session: opened(session, kind, settings))
        channel = account.channel(self.threads, self.clock)
        await channel.start()
        self.intake.parsers[account.id] = channel.parse
        self._web.router.routes.extend(self._add(account, channel))
        self._begin(self._work_of(account.id))
        return channel

    def _add(self, account: Opened, channel: Channel) -> Sequence[BaseRoute]:
        """Know the account from here on; its routes."""
        self.channels[account.id] = channel
        pace = KINDS[account.kind].pace
        self.senders[account.id] = Sender(channel, self.threads, self.clock, self.table, self.links, pace)
        return channel.routes(self._storer(account.id))

    def _work(self) -> Iterator[Coroutine[Any, Any, Any]]:
        """Everything that runs for as long as the process does."""
        yield from (self._take_turns() for _ in range(self.threads.writers))
        for account_id in self.channels:
            yield from self._work_of(account_id)
        yield self.roles.keep("ticker", self.ticker.run)
        yield self.roles.keep("fetcher", self.fetcher.run)
        yield self.roles.keep("ringer", self.ringer.run)

    def _work_of(self, account_id: int) -> Iterator[Coroutine[Any, Any, Any]]:
        yield self.roles.keep(f"sender:{account_id}", self.senders[account_id].run)
        yield self.roles.keep(f"receiver:{account_id}", self._receiving(self.channels[account_id]))

    def _receiving(self, channel: Channel) -> Callable[[Lease], Awaitable[None]]:
        async def receive(_lease: Lease) -> None:
            await channel.receive(self._storer(channel.account_id))

        return receive

    def _storer(self, account_id: int) -> Callable[[Sequence[Arrival]], Awaitable[None]]:
        """Store updates, commit, and only then return: the caller may confirm them to the platform."""

        async def store(arrivals: Sequence[Arrival]) -> None:
            keeping = self.threads.write(
                lambda session: inbox.store(session, account_id, arrivals, self.clock.real())
            )
            await asyncio.shield(keeping)  # not given up at a stop: what a poll brought may never come again
            self._wake()

        return store

    def _wake(self) -> None:
        """An update was stored: its turn, or its file, may be next."""
        self.arrived.set()
        self.fetcher.wanted.set()

    async def _take_turns(self) -> None:
        """One worker: update after update, each in a transaction of its own."""
        while True:
            self.arrived.clear()
            try:
                update = await self.threads.call(self.intake.step)
            except DBAPIError as error:
                log.error("the database is away", kind=type(error).__name__)
                update = None
                await asyncio.sleep(IDLE)
            if update is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE):
                        await self.arrived.wait()
            else:
                self.wake_senders()
                self._acknowledge(update)

    def _acknowledge(self, update: Row[Any]) -> None:
        """Take the press off the platform's hands, after the commit, best effort."""
        task = asyncio.create_task(
            self._acknowledging(self.channels[update.account_id], dict(update.payload))
        )
        self._acknowledgements.add(task)
        task.add_done_callback(self._acknowledgements.discard)

    async def _acknowledging(self, channel: Channel, payload: dict[str, Any]) -> None:
        with contextlib.suppress(Exception):
            await channel.acknowledge(payload)

    def wake_senders(self) -> None:
        for sender in self.senders.values():
            sender.wake.set()

    async def _serve(self) -> Server:
        """Serve pages and webhooks; `port` is the one really bound."""
        self._web = create_app(self.site, self.routes)
        config = config_of(
            self._web,
            host=self.settings.http_host,
            port=self.settings.http_port,
            timeout_graceful_shutdown=2,
        )
        server = _Server(config, self.limits)
        self._serving = asyncio.create_task(server.serve())
        while not server.started:
            if self._serving.done():
                await self._serving  # it raises why it could not start
            await asyncio.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        return server

    async def _stop(self, server: Server) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self.channels.values():
            await channel.stop()
        server.stop()
        await self._serving
        await self.site.push.close()
        for role in (
            "ticker",
            "fetcher",
            "ringer",
            *(f"{what}:{key}" for key in self.channels for what in ("sender", "receiver")),
        ):
            await self.roles.release(role)
        await asyncio.to_thread(self.threads.close)
        self.database.close()

    # -- the clock of the demo

    async def move_clock(self, moment: datetime) -> None:
        """Move business time forward to `moment`, event by event, each event's messages sent before the next."""
        while True:
            event = await self.next_event()
            target = moment if event is None or event > moment else event
            await self.threads.write(partial(self.clock.move_to, moment=target))
            await self.threads.read(self.clock.load)
            await self.threads.write(self._release)  # a month may have turned: limits are looked at anew
            await self.ticker.sweep()
            await self.quiet()
            if target >= moment:
                return

    def _release(self, session: Session) -> None:
        for account_id in self.channels:
            outbox.release_account(session, account_id)

    async def next_event(self) -> datetime | None:
        """Business time of the next timer or of the next message that waits for its hour."""

        def find(session: Session) -> datetime | None:
            now = self.clock.now()
            found = [timers.next_due(session, now), outbox.next_due(session, now)]
            return min((moment for moment in found if moment is not None), default=None)

        return await self.threads.read(find)

    async def quiet(self, longest: float = 10.0) -> bool:
        """Wait until nothing is to be done now. False when that took longer than `longest` seconds."""
        until = time.monotonic() + longest
        while await self.threads.read(self._is_busy):
            if time.monotonic() > until:
                return False
            self.wake_senders()
            await asyncio.sleep(0.02)
        return True

    def _is_busy(self, session: Session) -> bool:
        now, real = self.clock.now(), self.clock.real()
        if inbox.waiting(session) or timers.is_due(session, now, real):
            return True
        return any(outbox.due(session, account_id, now, real, limit=1) for account_id in list(self.channels))


class _Server(Server):
    """Says what to do where it cannot start."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Where nothing can be bound uvicorn leaves the whole process, with a traceback: say the mend instead."""
        try:
            await super().startup(sockets)
        except SystemExit:
            raise AccountError(_port_taken(self.config.host, self.config.port)) from None


def _port_taken(host: str, port: int) -> str:
    _ = Language().text
    where = f"{host}:{port}"
    return _(
        "CAUNOI_HTTP_PORT: nothing can be served at {where}; another program may use it: choose another port",
        where=where,
    )


def stop_asked() -> asyncio.Event:
    """Set at SIGINT and SIGTERM; for the running loop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


async def serve(settings: Settings, ready: Callable[[App], None]) -> None:
    """Run until SIGINT or SIGTERM. Raises AccountError with the mend when it cannot start."""
    stop = stop_asked()
    app = App(settings)
    try:
        async with app.running():
            ready(app)
            await stop.wait()
    except Timeout:
        _ = Language().text
        path = app.database.url.database
        raise AccountError(
            _("CAUNOI_DATABASE_URL: another caunoi already runs on {path}; stop it first", path=path)
        ) from None
