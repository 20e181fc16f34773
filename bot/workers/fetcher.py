"""Files people sent are fetched before the turn that reads them, so that no transaction waits for a network."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from bot.channels.base import FILE_KEY, Channel, Fetched
from bot.logs import logger
from bot.threads import Threads
from bot.workers.lease import Lease
from storage.base.clock import Clock
from storage.messaging import inbox
from storage.messaging.files import StoredFile

LOOK_AGAIN = 1.0  # seconds
log = logger("caunoi.fetcher")


class Fetcher:
    """Brings the file of each update stored with `needs_file`, then lets the update run."""

    def __init__(
        self, threads: Threads, clock: Clock, channels: Mapping[int, Channel], arrived: asyncio.Event
    ) -> None:
        self.threads, self.clock, self.channels, self.arrived = threads, clock, channels, arrived

    async def run(self, _lease: Lease) -> None:
        """Fetch until cancelled."""
        while True:
            update = await self.threads.read(lambda session: inbox.needing_file(session, list(self.channels)))
            if update is None:
                await asyncio.sleep(LOOK_AGAIN)
                continue
            await self._fetch(update)
            self.arrived.set()

    async def _fetch(self, update: Row[Any]) -> None:
        try:
            fetched = await self.channels[update.account_id].fetch(update.payload)
        except Exception as error:  # noqa: BLE001  whatever was wrong, the person is told and his chat goes on
            log.error("file not fetched", update=update.id, kind=type(error).__name__)
            fetched = Fetched(problem="unreachable")

        def keep(session: Session) -> None:
            inbox.fetched(
                session, update.id, {**update.payload, FILE_KEY: self._stored(session, update, fetched)}
            )

        await self.threads.write(keep)

    def _stored(self, session: Session, update: Row[Any], fetched: Fetched) -> dict[str, Any]:
        if fetched.problem:
            return {"problem": fetched.problem}
        file = StoredFile(
            account_id=update.account_id,
            name=fetched.name,
            content=fetched.content,
            kept_at=self.clock.real(),
        )
        session.add(file)
        session.flush()
        return {"file_id": file.id}
