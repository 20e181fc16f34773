"""Each second, by the monotonic clock, a sweep asks the database which timers are due: no clock set anew stops it.

A timer runs in a transaction of its own, so that a tick run twice does nothing twice and one that fails
holds up no other. After a night without power the first tick catches up.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from bot.logs import logger
from bot.threads import Threads
from bot.workers.lease import Lease
from handlers.engine.desk import Desk, Links
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.messaging import timers

EVERY = 1.0  # seconds
SWEEP_EVERY = 3600.0  # seconds
BACK_OFF = (1.0, 5.0, 30.0, 120.0)  # seconds, real time
A_JUMP = timedelta(seconds=10)  # less is a clock that is put right
log = logger("caunoi.ticker")


class Hands:
    """The wall clock beside a monotonic one (seconds)."""

    def __init__(self, clock: Clock, steady: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.steady = clock, steady
        self.seen = clock.real(), steady()

    def set_back(self) -> timedelta:
        """By how much the wall clock was set back since this was asked last."""
        (real, steady), self.seen = self.seen, (self.clock.real(), self.steady())
        expected = real + timedelta(seconds=self.seen[1] - steady)
        return max(expected - self.seen[0], timedelta())


class Ticker:
    """Runs due timers while its lease holds."""

    def __init__(
        self,
        threads: Threads,
        clock: Clock,
        table: Table,
        links: Links,
        after: Callable[[], None],
        hourly: Callable[[], Awaitable[None]],
    ) -> None:
        self.threads, self.clock, self.table, self.links = threads, clock, table, links
        self.after = after  # wakes the senders
        self.hourly = hourly  # lets go of what is over
        self.hands = Hands(clock)
        self._sweeping = asyncio.Lock()

    async def run(self, lease: Lease) -> None:
        """Tick until cancelled."""
        letting_go = asyncio.create_task(self._each_hour())
        try:
            while True:
                await self._tick(lease)
                await asyncio.sleep(EVERY)
        finally:
            letting_go.cancel()
            with suppress(asyncio.CancelledError):
                await letting_go

    async def _each_hour(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            try:
                await self.hourly()
            except Exception as error:  # noqa: BLE001  the next hour tries again
                log.error("nothing let go", kind=type(error).__name__)

    async def _tick(self, lease: Lease) -> None:
        try:
            await self.threads.read(self.clock.load)  # another process may have moved it
            await self._stay_due()
            await self.sweep(lease)
        except Exception as error:  # noqa: BLE001  the next tick tries again
            log.error("tick failed", kind=type(error).__name__)

    async def _stay_due(self) -> None:
        """Where the clock was set back, what was due stays due: only what was to come later waits for its time anew."""
        back = self.hands.set_back()
        if back > A_JUMP:
            log.warning("the clock was set back", seconds=round(back.total_seconds()))
            now = self.clock.now()
            await self.threads.write(lambda session: timers.stay_due(session, now, now + back))

    async def sweep(self, lease: Lease | None = None) -> int:
        """Run all that is due, one transaction each. Returns how many ran."""
        ran = 0
        async with self._sweeping:
            while (lease is None or lease.is_held) and await self.threads.call(self._step):
                ran += 1
                self.after()
        return ran

    def _step(self) -> bool:
        """Run the earliest due timer. False when none is."""
        row = None
        try:
            with self.threads.database.transaction() as session:
                row = timers.claim(session, self.clock.now(), self.clock.real())
                if row is None:
                    return False
                desk = Desk(session=session, now=self.clock.now(), links=self.links)
                self.table.tick(desk, row.kind, dict(row.args))
                timers.finish(session, row.id)
        except Exception as error:
            if row is None:
                raise
            self._failed(row.id, int(row.attempts), error)
        return True

    def _failed(self, timer_id: int, attempts: int, error: Exception) -> None:
        retry_at = None
        if attempts < len(BACK_OFF):
            retry_at = self.clock.real() + timedelta(seconds=BACK_OFF[attempts])
        log.error("timer failed", timer=timer_id, attempt=attempts + 1, kind=type(error).__name__)
        with self.threads.database.transaction() as session:
            timers.fail(session, timer_id, "".join(traceback.format_exception(error)), retry_at)
