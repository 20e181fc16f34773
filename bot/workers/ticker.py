"""APScheduler only ticks: each second it wakes a sweep that asks the database which timers are due.

A timer runs in a transaction of its own, so that a tick run twice does nothing twice and one that fails
holds up no other. After a night without power the first tick catches up.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

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
log = logger("caunoi.ticker")


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
        self._sweeping = asyncio.Lock()

    async def run(self, lease: Lease) -> None:
        """Tick until cancelled."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            self._scheduled, "interval", seconds=EVERY, args=[lease], coalesce=True, misfire_grace_time=None
        )
        scheduler.add_job(
            self.hourly, "interval", seconds=SWEEP_EVERY, coalesce=True, misfire_grace_time=None
        )
        scheduler.start()
        try:
            await self._tick(lease)
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _scheduled(self, lease: Lease) -> None:
        with suppress(asyncio.CancelledError):  # we stop; APScheduler would report it as a fault
            await self._tick(lease)

    async def _tick(self, lease: Lease) -> None:
        try:
            await self.threads.read(self.clock.load)  # another process may have moved it
            await self.sweep(lease)
        except Exception as error:  # noqa: BLE001  the next tick tries again
            log.error("tick failed", kind=type(error).__name__)

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
