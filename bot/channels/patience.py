"""Receiving never ends: what fails is said, in the log and on the account, and tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.logs import Log
from bot.threads import Threads
from storage.messaging.accounts import ChannelAccount

LONGEST_WAIT = 30.0  # seconds between two tries
T = TypeVar("T")


class Patience:
    """One account's. `explain` words a failure, without secrets and without what anybody wrote, and says how many
    seconds to wait at least. The first wait is `first_wait` seconds, doubled while the trouble lasts.
    """

    def __init__(
        self, account_id: int, threads: Threads, log: Log, explain: Callable[[Exception], tuple[str, float]]
    ) -> None:
        self.account_id, self.threads, self.log, self.explain = account_id, threads, log, explain
        self.first_wait = 1.0
        self.is_down = False

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it until it works."""
        wait = self.first_wait
        while True:
            try:
                done = await work()
            except Exception as error:  # noqa: BLE001  receiving never ends: what fails is said and tried again
                await asyncio.sleep(await self.pause(error, wait))
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                await self._recover()
                return done

    async def pause(self, error: Exception, wait: float) -> float:
        """Say why nothing comes. Returns the seconds to wait."""
        reason, at_least = self.explain(error)
        seconds = max(wait, at_least)
        self.log.warning("no updates", account=self.account_id, reason=reason, seconds=seconds)
        self.is_down = True
        await self._mark(reason, datetime.now(UTC) + timedelta(seconds=seconds))
        return seconds

    async def _recover(self) -> None:
        if self.is_down:
            self.is_down = False
            self.log.info("updates come again", account=self.account_id)
            await self._mark("", None)

    async def _mark(self, reason: str, until: datetime | None) -> None:
        """Leave the account's state where `caunoi status` finds it, if the database can be reached."""

        def mark(session: Session) -> None:
            account = session.get_one(ChannelAccount, self.account_id)
            account.pause_reason, account.paused_until = reason, until

        try:
            await self.threads.write(mark)
        except SQLAlchemyError as error:
            self.log.error("the account's state was not kept", kind=type(error).__name__)
