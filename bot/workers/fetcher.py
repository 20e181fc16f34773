"""Files people sent are fetched and read before the turn that looks at them: no transaction waits for either."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import Session

from bot.channels.base import FILE_KEY, Channel, Fetched
from bot.channels.held import Content
from bot.channels.page_file import page_file
from bot.limits import Limits
from bot.logs import logger
from bot.quota import keep, refusal
from bot.threads import Threads
from bot.workers.lease import Lease
from storage.base.clock import Clock
from storage.messaging import dialogues, inbox
from storage.messaging.files import content_of, keep_reading

AT_ONCE: Final = 4
LOOK_AGAIN: Final = 1.0  # seconds
PATIENCE: Final = 60.0  # seconds for a whole file, however it drips
Reading = dict[str, Any]
TakenOn = Callable[[Session, int, datetime], date | None]
Read = Callable[[Content, date], Reading]
log = logger("caunoi.fetcher")


class Fetcher:
    """Brings the file of each update stored with `needs_file`, a few side by side, then lets the update run.

    `taken_on` says on which day the file of a chat is read; None for whoever no file is taken of. `read` makes
    of a file and that day what is kept with it.
    """

    def __init__(
        self,
        threads: Threads,
        clock: Clock,
        channels: Mapping[int, Channel],
        arrived: Callable[[], None],
        limits: Limits,
        taken_on: TakenOn,
        read: Read,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.threads, self.clock, self.channels, self.arrived = threads, clock, channels, arrived
        self.limits, self.taken_on, self.read, self.patience = limits, taken_on, read, patience
        self.wanted, self.busy = asyncio.Event(), set[int]()

    async def run(self, _lease: Lease) -> None:
        """Bring files until cancelled."""
        async with asyncio.TaskGroup() as bringing:
            while True:
                self.wanted.clear()
                update = await self.threads.read(self._next) if len(self.busy) < AT_ONCE else None
                if update is None:
                    await self._wait()
                    continue
                self.busy.add(update.id)
                bringing.create_task(self._bring(update))

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                await self.wanted.wait()

    def _next(self, session: Session) -> Row[Any] | None:
        """The oldest one nobody is busy with, a chat's files one after the other."""
        rows = inbox.needing_files(session, list(self.channels))
        chats = {row.dialogue_id for row in rows if row.id in self.busy}
        return next((row for row in rows if row.dialogue_id not in chats), None)

    async def _bring(self, update: Row[Any]) -> None:
        try:
            day, problem = await self.threads.read(partial(self._asked, update=update))
            fetched = Fetched(problem=problem) if problem else await self._fetch(update)
            reading = await self._read(fetched, day) if day is not None and not fetched.problem else {}
            await self.threads.write(partial(self._keep, update=update, fetched=fetched, reading=reading))
        finally:
            self.busy.discard(update.id)
            self.wanted.set()
        self.arrived()

    def _asked(self, session: Session, update: Row[Any]) -> tuple[date | None, str]:
        """The day the file is read on, and why it is not taken; "" where it is."""
        day = self.taken_on(session, update.dialogue_id, self.clock.now())
        return day, self._refusal(session, update) or ("" if day is not None else "unwanted")

    async def _fetch(self, update: Row[Any]) -> Fetched:
        if (page := page_file(update.payload)) is not None and page.file is not None:
            return Fetched(file_id=page.file.file_id)
        try:
            async with asyncio.timeout(self.patience):
                return await self.channels[update.account_id].fetch(update.payload)
        except Exception as error:  # noqa: BLE001  whatever was wrong, the person is told and his chat goes on
            log.error("file not fetched", update=update.id, kind=type(error).__name__)
            return Fetched(problem="unreachable")

    async def _read(self, fetched: Fetched, day: date) -> Reading:
        content = fetched.content
        if fetched.file_id is not None:
            content = await self.threads.read(partial(content_of, file_id=fetched.file_id))
        return await self.threads.apart(partial(self.read, content, day))

    def _keep(self, session: Session, update: Row[Any], fetched: Fetched, reading: Reading) -> None:
        told: dict[str, Any] = {}
        if fetched.file_id is not None:
            keep_reading(session, fetched.file_id, reading)
        elif problem := fetched.problem or self._refusal(session, update, len(fetched.content)):
            told = {"problem": problem}
        else:
            chat, now = dialogues.get(session, update.dialogue_id), self.clock.real()
            assert chat is not None, "an update belongs to one"
            file = keep(session, update.account_id, chat.chat, fetched.name, fetched.content, now)
            file.reading = reading
            told = {"file_id": file.id}
        inbox.fetched(session, update.id, {**update.payload, **({FILE_KEY: told} if told else {})})

    def _refusal(self, session: Session, update: Row[Any], size: int = 0) -> str:
        """Why this chat may not leave a file of so many bytes, counted; "" where it may."""
        chat = dialogues.get(session, update.dialogue_id)
        assert chat is not None, "an update belongs to one"
        limit = refusal(session, self.limits, update.account_id, chat.chat, size)
        if limit is not None:
            self.limits.meet(limit)
        return limit or ""
