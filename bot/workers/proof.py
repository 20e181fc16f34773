"""Proof that an update could be stored: a row is written anew, at most every few seconds, however often somebody asks.

Whoever asks has an answer within seconds, whatever the database does.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from bot.threads import Threads
from storage.base.engine import FULL, LOCKED, Database, fault_of
from storage.messaging import leases

FINE: Final = ""
LEAST_ROOM: Final = 4 * 2**20  # bytes: a full disk may still take the few that are written here
LASTS: Final = 2.0  # seconds for which what was found is told again


class Proof:
    """What was found last. `patience`: seconds anybody waits for it; `now` is monotonic."""

    def __init__(self, threads: Threads, now: Callable[[], float] = time.monotonic) -> None:
        self.threads, self.now = threads, now
        self.patience = 3.0
        self._write: asyncio.Task[str] | None = None
        self._begun = 0.0

    async def fault(self) -> str:
        """FINE, or why nothing can be stored. A write that hangs is waited for no longer, and no second one follows it."""
        if self._write is None or (self._write.done() and self.now() - self._begun >= LASTS):
            self._begun, self._write = self.now(), asyncio.create_task(self._written())
        await asyncio.wait({self._write}, timeout=self.patience)
        return self._write.result() if self._write.done() else LOCKED

    async def _written(self) -> str:
        try:
            await self.threads.write(leases.prove)
        except DBAPIError as error:
            return fault_of(error)
        return FINE if has_room(self.threads.database) else FULL


def has_room(database: Database) -> bool:
    """Whether the disk of a SQLite file takes more than a row; a server's disk is the server's affair."""
    file = database.url.database
    if not database.is_sqlite or not file or file == ":memory:":
        return True
    return shutil.disk_usage(Path(file).absolute().parent).free >= LEAST_ROOM
