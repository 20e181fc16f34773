"""Who holds a singleton role (an account's poller and sender, the ticker), so that it runs once over all replicas.

A lease runs on the database's clock; its holder stops by its own monotonic clock, before the lease ends. Whoever
waits for it counts by his own clock as well, for the database's may be set back. On SQLite the file lock of the
process has proved every other one dead, so roles are taken at once.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.logs import logger
from bot.threads import Threads
from storage.messaging import leases

LENGTH = 8.0  # seconds: another replica takes over within 10
MARGIN = 2.0
RENEW = 2.0
log = logger("caunoi.lease")


@dataclass
class Lease:
    """A role this process may hold. What it writes checks `epoch` (storage.messaging.leases.is_held)."""

    role: str
    epoch: int = 0
    until: float = 0.0  # monotonic

    @property
    def is_held(self) -> bool:
        return self.epoch > 0 and time.monotonic() < self.until


class Roles:
    """Takes and renews the leases of one process."""

    def __init__(self, threads: Threads, *, alone: bool) -> None:
        self.threads, self.alone = threads, alone
        self.holder = uuid.uuid4().hex
        self.signs: dict[str, tuple[datetime | None, float]] = {}  # of a role's holder: the last, seen when

    async def keep(self, role: str, work: Callable[[Lease], Awaitable[None]]) -> None:
        """Run `work` whenever this process holds the role, until cancelled."""
        lease = Lease(role)
        while True:
            if await self._take(lease):
                await self._hold(lease, work)
            await asyncio.sleep(RENEW / 2)

    async def _take(self, lease: Lease) -> bool:
        asked = time.monotonic()
        try:
            epoch = await self.threads.write(lambda session: self._ask(session, lease.role))
        except DBAPIError:
            return (
                lease.is_held
            )  # the database is away for a moment; the lease itself says how long we may go on
        if epoch is None or (lease.epoch and lease.is_held and epoch != lease.epoch):
            lease.epoch = 0
            return False
        lease.epoch, lease.until = epoch, asked + LENGTH - MARGIN
        return True

    def _ask(self, session: Session, role: str) -> int | None:
        by_force = self.alone or self._is_silent(session, role)
        return leases.take(session, role, self.holder, timedelta(seconds=LENGTH), by_force=by_force)

    def _is_silent(self, session: Session, role: str) -> bool:
        """Whether the holder has given no sign of life for as long as a lease lasts, and is dead."""
        sign, now = leases.ends_at(session, role), time.monotonic()
        if role not in self.signs or sign != self.signs[role][0]:
            self.signs[role] = (sign, now)
        return now - self.signs[role][1] > LENGTH

    async def _hold(self, lease: Lease, work: Callable[[Lease], Awaitable[None]]) -> None:
        running = asyncio.ensure_future(work(lease))
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=RENEW)
                if not running.done() and not await self._take(lease) and not lease.is_held:
                    log.warning("role lost", role=lease.role)
                    return
            if (error := running.exception()) is not None:
                log.error("role stopped", role=lease.role, exc_info=error)
        finally:
            running.cancel()
            while not running.done():  # it may have something to bring to its end
                await asyncio.wait({running}, timeout=RENEW)
                if not running.done():
                    await self._take(lease)
            with suppress(asyncio.CancelledError):
                running.exception()  # it has been seen

    async def release(self, role: str) -> None:
        """Let another replica have it at once (at a clean stop)."""
        with suppress(DBAPIError):
            await self.threads.write(lambda session: leases.release(session, role, self.holder))
