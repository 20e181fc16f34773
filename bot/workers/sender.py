"""One account's outbox: take what may go, send it, settle it after the platform's answer.

The sender is its account's only holder (a lease), so what is in flight lives in its memory; after a kill the
rows still are `due` and go again: at most IN_FLIGHT messages are repeated and none is lost, and of those that hang at
the platform, which go again in any case, at most ASIDE. A clean stop waits for what is in flight. Replies go at once;
broadcasts keep to the platform's pace minus the replies just sent.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.channels.base import (
    AccountDown,
    Channel,
    Impossible,
    Later,
    Outgoing,
    Unreachable,
    Verdict,
)
from bot.logs import logger
from bot.threads import Threads
from bot.workers.lease import Lease
from bot.workers.papers import PICTURES, ending_of, render
from bot.workers.pictures import NotDrawnError
from bot.workers.settling import Pause, announce, beat, settle, too_late
from bot.workers.troubles import Troubles
from handlers.engine.choices import offers
from handlers.engine.desk import FILE_LINK_LIVES, Links
from handlers.engine.router import Table
from locales import Language
from storage.base.clock import Clock
from storage.messaging import outbox

IN_FLIGHT = 8  # what a kill may repeat; 30 messages a second at 50 ms need 1.5
ASIDE = 4  # besides, those that hang or may do so: a channel has connections for both
HANGS = 3.0  # seconds without an answer
LANDING = 6.0  # seconds a clean stop waits for answers; service managers kill after ten
SETTLE_WITHIN = 0.02  # seconds
LOOK_AGAIN = 0.5  # seconds, for rows another process wrote
BEAT = 20.0  # seconds between signs of life while there is nothing to send
TYPED = (
    "language",
    "page",
    "choices",
    "several",
    "hint",
    "asks",
    "brief",
)  # of a wire form, where it has them
log = logger("caunoi.sender")


def outgoing(row: Row[Any]) -> Outgoing:
    """A row of the outbox as a channel takes it, without its file."""
    wire = row.message
    return Outgoing(
        outbox_id=row.id,
        chat=row.chat,
        html=wire["html"],
        buttons=wire["buttons"],
        keyboard=wire["keyboard"],
        asks_phone=wire["asks_phone"],
        edits=row.edits,
        lane=row.lane,
        **{name: wire[name] for name in TYPED if name in wire},
    )


class Pace:
    """How many may go in this second: a sliding window over the sends just made."""

    def __init__(self, per_second: float | None) -> None:
        self.per_second = per_second
        self._sent: deque[float] = deque()

    def note(self) -> None:
        self._sent.append(time.monotonic())

    def wait(self) -> float:
        """Seconds until one more broadcast may go; 0 when it may now."""
        if self.per_second is None:
            return 0.0
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        return 0.0 if len(self._sent) < self.per_second else self._sent[0] + 1 - now


@dataclass(frozen=True)
class Flight:
    """A message on its way to a chat, since a monotonic moment."""

    task: "asyncio.Task[None]"
    chat: str
    since: float


class Sender:
    """Sends what is due on one account for as long as its lease holds."""

    def __init__(
        self,
        channel: Channel,
        threads: Threads,
        clock: Clock,
        table: Table,
        links: Links,
        per_second: float | None,
    ) -> None:
        self.channel, self.threads, self.clock = channel, threads, clock
        self.table, self.links = table, links
        self.pace = Pace(per_second)
        self.wake = asyncio.Event()
        self.troubles = Troubles()
        self.in_flight: dict[int, Flight] = {}
        self.answers: asyncio.Queue[tuple[Row[Any], Verdict]] = asyncio.Queue()

    async def run(self, lease: Lease) -> None:
        """Send until cancelled or the lease is lost. What is in flight then is settled, or left to be repeated where
        no answer comes in time or the account is not ours any more.
        """
        self.answers = asyncio.Queue()  # answers of an earlier tenure are not ours to write
        settling = asyncio.create_task(self._settle(lease))
        beating = asyncio.create_task(self._beat())
        try:
            while not settling.done():
                self.wake.clear()
                sent_any = lease.is_held and await self._fill()
                await self._rest(0 if sent_any else LOOK_AGAIN)
            await settling
        finally:
            try:
                await self._land(lease, settling)
            finally:
                for task in [*(flight.task for flight in self.in_flight.values()), settling, beating]:
                    task.cancel()
                self.in_flight.clear()
                with suppress(asyncio.CancelledError, Exception):
                    await settling

    async def _land(self, lease: Lease, settling: "asyncio.Task[None]") -> None:
        """Let the platform answer what it was given, and write it down: else it would be sent again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LANDING):
                while self.in_flight and lease.is_held and not settling.done():
                    self.wake.clear()
                    await self._rest(LOOK_AGAIN)

    async def _beat(self) -> None:
        """Let `caunoi status` and `doctor` see that somebody sends for this account."""
        while True:
            with suppress(DBAPIError):
                await self.threads.write(lambda session: beat(session, self.channel.account_id, self.clock))
            await asyncio.sleep(BEAT)

    async def _rest(self, seconds: float) -> None:
        if seconds:
            seconds = min(seconds, max(self.pace.wait(), 0.005)) if self.pace.wait() else seconds
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation (Python 3.11)
                    await self.wake.wait()

    async def _fill(self) -> bool:
        """Start sending what may go now, up to IN_FLIGHT. True when something was started."""
        free, aside = self._places()
        if free <= 0 or self.troubles.pause() > 0:
            return False
        rows = await self._due(free, aside)
        return sum(self._start(row) for row in rows) > 0

    def _start(self, row: Row[Any]) -> bool:
        """Send it now. False where there is no place for it."""
        free, aside = self._places()
        room = aside if self.troubles.is_doubtful(row.chat) else free
        if (
            room <= 0
            or row.id in self.in_flight
            or (row.lane == outbox.BROADCAST and self._broadcasts_wait())
        ):
            return False
        self.pace.note()
        task = asyncio.create_task(self._send(row))
        self.in_flight[row.id] = Flight(task, row.chat, time.monotonic())
        return True

    def _places(self) -> tuple[int, int]:
        """How many more may go: to chats that answer, and to doubtful ones. What hangs takes one of the latter."""
        since = time.monotonic() - HANGS
        hanging = sum(
            flight.since <= since or self.troubles.is_doubtful(flight.chat)
            for flight in self.in_flight.values()
        )
        aside = min(hanging, ASIDE)
        return IN_FLIGHT - (len(self.in_flight) - aside), ASIDE - aside

    def _broadcasts_wait(self) -> bool:
        return self.pace.wait() > 0 or self.troubles.broadcasts_wait()

    async def _due(self, free: int, aside: int) -> list[Row[Any]]:
        """What may go now; a chat that waits, or that no place is left for, takes nobody's."""
        lanes = [outbox.REPLY] if self._broadcasts_wait() else [outbox.REPLY, outbox.BROADCAST]
        flying, waiting = list(self.in_flight), self.troubles.waiting()
        if not aside:
            waiting |= self.troubles.chats.keys()
        limit = free + (aside if self.troubles.chats else 0)
        now, real, account = self.clock.now(), self.clock.real(), self.channel.account_id

        def look(session: Session) -> list[Row[Any]]:
            due = outbox.due(
                session, account, now, real, without=flying, but=waiting, lanes=lanes, limit=limit
            )
            return list(due)

        return await self.threads.read(look)

    async def _send(self, row: Row[Any]) -> None:
        """Send one row and hand the answer to be settled; no failure of ours loses it."""
        try:
            if (waits := await self._too_late(row)) is not None:
                self.answers.put_nowait((row, waits))
                return
            message = await self._render(row)
            if self.channel.ABILITIES.buttons is not None and offers(row.message):
                await self.threads.write(lambda session: announce(session, row))
            verdict = await self.channel.send(message)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours holds this message, not the account
            log.error("sending failed", row=row.id, kind=type(error).__name__)
            verdict = Later(2.0 * 4**row.attempts, f"{type(error).__name__}: {error}")
            if row.attempts >= 3:
                verdict = Impossible(verdict.reason)
        self._note(row, verdict)
        self.answers.put_nowait((row, verdict))

    async def _too_late(self, row: Row[Any]) -> Verdict | None:
        """Why a message that has an end of its sense is not sent now."""
        if row.sense_until is None:
            return None
        return await self.threads.read(lambda session: too_late(session, row, self.clock))

    def _note(self, row: Row[Any], verdict: Verdict) -> None:
        """Who waits now, and the log's word of it."""
        account, pause = self.channel.account_id, self.troubles.pause()
        self.troubles.note(row.chat, verdict)
        if isinstance(verdict, AccountDown):
            log.warning("no answer", account=account, row=row.id, reason=verdict.reason)
        elif isinstance(verdict, Impossible | Unreachable):
            log.warning("refused", account=account, row=row.id, reason=verdict.reason)
        if (seconds := self.troubles.pause()) > pause:
            log.warning("account paused", account=account, seconds=round(seconds, 1))

    async def _render(self, row: Row[Any]) -> Outgoing:
        message = outgoing(row)
        if row.edits_row is not None:  # only the database knows the card a progress message replaces
            edits = await self.threads.read(lambda session: outbox.external_id(session, row.edits_row))
            message = replace(message, edits=edits)
        return await self._with_file(row, message) if row.message["document"] else message

    async def _with_file(self, row: Row[Any], message: Outgoing) -> Outgoing:
        """The file where the channel carries it, and where to fetch it unless the channel carries every file."""
        most, now = self.channel.ABILITIES.largest_file, self.clock.now()
        if most is not None:
            link, ending = self.links.file(row.id, now + FILE_LINK_LIVES), ending_of(row)
            picture = link + ending if link and ending in PICTURES else ""
            message = replace(message, link=link, picture=picture)
        if most == 0:
            return message
        try:
            file = await render(self.threads, row, self.table.papers, self.links, now)
        except NotDrawnError as error:
            return self._without_picture(row, message, error)
        fits = most is None or len(file.content) <= most
        return replace(message, file=file) if fits else message

    def _without_picture(self, row: Row[Any], message: Outgoing, error: NotDrawnError) -> Outgoing:
        """The words go all the same, and say where the same is to be had."""
        log.error("picture not drawn", row=row.id, reason=str(error))
        told = Language(message.language).text(
            "The picture could not be drawn just now. Please try again later, or take the Excel file: it has the same."
        )
        return replace(message, html=f"{message.html}\n{told}", link="", picture="")

    async def _settle(self, lease: Lease) -> None:
        """Write the answers down, in batches, each within 20 ms; stop when another process holds the account."""
        while True:
            batch = [await self.answers.get()]
            until = time.monotonic() + SETTLE_WITHIN
            while len(batch) < IN_FLIGHT and (left := until - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        batch.append(await self.answers.get())
            held = await self._write(lease, batch)
            for row, _verdict in batch:
                self.in_flight.pop(row.id, None)
            self.wake.set()
            if not held:
                return

    async def _write(self, lease: Lease, batch: list[tuple[Row[Any], Verdict]]) -> bool:
        """Settle a batch, however often the database has to be asked: the platform has taken it already."""
        pause = Pause(self.troubles.reason, self.troubles.pause())

        def work(session: Session) -> bool:
            return settle(
                session, self.channel.account_id, lease, batch, self.clock, self.links, self.table, pause
            )

        while True:
            try:
                return await self.threads.write(work)
            except Exception as error:
                if not lease.is_held:
                    raise
                log.error("settling failed", kind=type(error).__name__, rows=[row.id for row, _ in batch])
                await asyncio.sleep(0.2)
