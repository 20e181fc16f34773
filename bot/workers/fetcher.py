"""Files people sent are fetched before the turn that reads them, so that no transaction waits for a network."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from bot.channels.base import FILE_KEY, Channel, Fetched
from bot.limits import Limits
from bot.logs import logger
from bot.quota import keep, refusal
from bot.threads import Threads
from bot.workers.lease import Lease
from storage.base.clock import Clock
from storage.messaging import dialogues, inbox

LOOK_AGAIN = 1.0  # seconds
log = logger("caunoi.fetcher")


class Fetcher:
    """Brings the file of each update stored with `needs_file`, then lets the update run."""

    def __init__(
        self,
        threads: Threads,
        clock: Clock,
        channels: Mapping[int, Channel],
        arrived: asyncio.Event,
        limits: Limits,
    ) -> None:
        self.threads, self.clock, self.channels, self.arrived = threads, clock, channels, arrived
        self.limits = limits

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
            limit = await self.threads.read(lambda session: self._refusal(session, update))
            channel = self.channels[update.account_id]
            fetched = Fetched(problem=limit) if limit else await channel.fetch(update.payload)
        except Exception as error:  # noqa: BLE001  whatever was wrong, the person is told and his chat goes on
            log.error("file not fetched", update=update.id, kind=type(error).__name__)
            fetched = Fetched(problem="unreachable")

        def keep(session: Session) -> None:
            inbox.fetched(
                session, update.id, {**update.payload, FILE_KEY: self._stored(session, update, fetched)}
            )

        await self.threads.write(keep)

    def _refusal(self, session: Session, update: Row[Any], size: int = 0) -> str:
        """Why this chat may not leave a file of so many bytes, counted; "" where it may."""
        chat = dialogues.get(session, update.dialogue_id)
        assert chat is not None, "an update belongs to one"
        limit = refusal(session, self.limits, update.account_id, chat.chat, size)
        if limit is not None:
            self.limits.meet(limit)
        return limit or ""

    def _stored(self, session: Session, update: Row[Any], fetched: Fetched) -> dict[str, Any]:
        problem = fetched.problem or self._refusal(session, update, len(fetched.content))
        if problem:
            return {"problem": problem}
        chat, now = dialogues.get(session, update.dialogue_id), self.clock.real()
        assert chat is not None, "an update belongs to one"
        file = keep(session, update.account_id, chat.chat, fetched.name, fetched.content, now)
        return {"file_id": file.id}
