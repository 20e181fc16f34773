"""The access token of an Official Account: the one in force, and its renewal in time by a process of its own."""

import asyncio
import subprocess
import time
from contextlib import suppress

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.channels.base import AccountDown, Held
from bot.channels.zalo_oa import refresh
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.logs import logger
from bot.threads import Threads
from locales import Language
from storage.base.clock import Clock
from storage.messaging import outbox, tokens
from storage.messaging.accounts import ChannelAccount
from storage.messaging.tokens import Pair

KNOWN_FOR = 5.0  # seconds a pair is used before the database is asked again
LOOK = 5.0  # seconds between two looks whether it is due
TRY_AGAIN, AFTER_PROBLEM = 60.0, 3600.0  # seconds between two renewals that brought nothing
HELD_FOR = 300.0  # seconds; what is held goes as soon as there is a new pair
FOR_A_MOMENT = 1.0  # seconds a renewal takes
log = logger("caunoi.zalo_oa")


class Tokens:
    """What the channel needs of its tokens. `keep` runs on one replica, under the account's lease."""

    def __init__(self, account_id: int, settings: ZaloOaSettings, threads: Threads, clock: Clock) -> None:
        self.account_id, self.settings, self.threads, self.clock = account_id, settings, threads, clock
        self.wake = asyncio.Event()
        self.pair: Pair | None = None
        self.name = "main"
        self._read_at = float("-inf")  # monotonic
        self._not_before = 0.0  # monotonic
        self._noticed = ""  # the access token last seen by `keep`
        self._child: subprocess.Popen[bytes] | None = None

    async def current(self, *, fresh: bool = False) -> Pair | None:
        """The pair in force, a few seconds old at the most."""
        if fresh or time.monotonic() > self._read_at + KNOWN_FOR:
            self.pair = await self.threads.read(self._look_up)
            self._read_at = time.monotonic()
        return self.pair

    def _look_up(self, session: Session) -> Pair | None:
        self.name = session.get_one(ChannelAccount, self.account_id).name
        return tokens.pair_of(session, self.account_id)

    async def usable(self) -> str | AccountDown | Held:
        """The access token, or what it means for a message that there is none."""
        pair = await self.current()
        if pair is not None and pair.lives(self.clock.real()):
            return pair.access
        pair = await self.current(fresh=True)
        if pair is not None and pair.lives(self.clock.real()):
            return pair.access
        self.wake.set()
        return self.missing(pair)

    def missing(self, pair: Pair | None) -> AccountDown | Held:
        """Why nothing can be sent: somebody has to give permission again, or a renewal is under way."""
        if pair is not None and pair.problem:
            return Held("token", HELD_FOR)
        return AccountDown(Language().text("the access token is being renewed"), FOR_A_MOMENT, refused=True)

    async def refused(self, access: str) -> str | AccountDown | Held:
        """The platform does not take this token: another one that came meanwhile, or what its lack means."""
        pair = await self.current(fresh=True)
        if pair is not None and pair.access != access and pair.lives(self.clock.real()):
            return pair.access
        now = self.clock.real()
        await self.threads.write(lambda session: tokens.outdated(session, self.account_id, access, now))
        self.wake.set()
        return self.missing(await self.current(fresh=True))

    # -- renewing

    async def keep(self) -> None:
        """Have the pair renewed in time, until cancelled."""
        while True:
            self.wake.clear()
            try:
                pair = await self.current(fresh=True)
                await self._notice(pair)
                if self._is_due(pair):
                    await self._renew()
                    continue
            except DBAPIError as error:
                log.error("the database is away", kind=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self.wake.wait()

    async def _notice(self, pair: Pair | None) -> None:
        """Where a new pair is here, whoever brought it, what was held for it may go."""
        if pair is None or not pair.access or pair.access == self._noticed:
            return
        self._noticed, self._not_before = pair.access, 0.0
        log.info("access token in force", account=self.account_id, until=pair.expires_at.isoformat())
        await self.threads.write(lambda session: outbox.release_account(session, self.account_id))

    def _is_due(self, pair: Pair | None) -> bool:
        due = pair is None or self.clock.real() >= pair.due_at
        return due and time.monotonic() >= self._not_before

    async def _renew(self) -> None:
        """Have a process of its own do it. It is not ended with us; the next look says what it brought."""
        self._child = refresh.start(self.settings, self.name)
        while self._child.poll() is None:  # noqa: ASYNC110  a thread that waited would hold up our own end
            await asyncio.sleep(0.1)
        pair = await self.current(fresh=True)
        failed = self._child.returncode != 0
        problem = pair.problem if pair is not None else ""
        self._not_before = time.monotonic() + (AFTER_PROBLEM if problem else TRY_AGAIN)
        if failed or problem:
            log.error("access token not renewed", account=self.account_id, reason=problem or "no answer")

    async def stop(self) -> None:
        """Give a renewal under way a moment to end; it ends by itself in any case."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._child.wait, FOR_A_MOMENT)
            self._child.returncode = self._child.returncode or 0  # not ours to wait for any longer
