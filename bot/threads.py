"""The one door from async code to the database: whole units of work, handed to threads.

On SQLite exactly one thread writes; on PostgreSQL several do. Reads have threads of their own, so that a page
never waits for a turn.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlmodel import Session

from storage.base.engine import Database

T = TypeVar("T")


class Threads:
    """`write` runs work in one transaction, `read` on the reading engine, `call` anything that opens its own."""

    def __init__(self, database: Database, writers: int = 4) -> None:
        self.database = database
        self.writers = 1 if database.is_sqlite else writers
        self._writing = ThreadPoolExecutor(self.writers, "write")
        self._reading = ThreadPoolExecutor(2, "read")
        self._apart = ThreadPoolExecutor(2, "apart")

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work(session)` in a transaction; it is committed when this returns."""

        def unit() -> T:
            with self.database.transaction() as session:
                return work(session)

        return await self.call(unit)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work(session)` where nothing is written."""

        def unit() -> T:
            with self.database.reading() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._reading, unit)

    async def apart(self, work: Callable[[], T]) -> T:
        """Run work that waits for another process and needs no database: two at a time, for they take memory."""
        return await asyncio.get_running_loop().run_in_executor(self._apart, work)

    async def call(self, work: Callable[[], T]) -> T:
        """Run work that opens its own transactions on a writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)

    def close(self) -> None:
        self._writing.shutdown(wait=True)
        self._reading.shutdown(wait=True)
        self._apart.shutdown(wait=True, cancel_futures=True)
