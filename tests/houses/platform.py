"""What the houses of messengers out on the internet share: an account with its channel, taking updates."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Row, select
from starlette.applications import Starlette

from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import inbox
from storage.messaging.accounts import ChannelAccount
from tests.conftest import SECRET
from tests.houses.channels.contract import House
from tests.houses.serving import serve_here


class PlatformHouse(House):
    account_id: int

    @classmethod
    @contextmanager
    def alone(cls, template: Path, folder: Path, **more: Any) -> Iterator[Self]:
        """On SQLite, for the many tests whose database does not matter."""
        shutil.copy(template, folder / "caunoi.db")
        database = Database(f"sqlite:///{folder / 'caunoi.db'}", Keyring(SECRET))
        try:
            with cls.built(database, **more) as house:
                yield house
        finally:
            database.close()

    def renew(self) -> Any:
        """The same account in another process."""
        raise NotImplementedError

    @property
    def account(self) -> Row[Any]:
        accounts = ChannelAccount.__table__
        with self.database.reading() as session:
            return session.execute(select(accounts).where(accounts.c.id == self.account_id)).one()

    async def store(self, arrivals) -> None:
        """As bot.app stores."""
        await self.threads.write(
            lambda session: inbox.store(session, self.account_id, arrivals, self.clock.real())
        )

    @asynccontextmanager
    async def open(self, store: Callable[..., Awaitable[None]] | None = None) -> AsyncIterator[None]:
        try:
            await self.channel.start()
            receiving = asyncio.create_task(self.channel.receive(store or self.store))
            try:
                yield
            finally:
                receiving.cancel()
                with suppress(asyncio.CancelledError):
                    await receiving
        finally:
            await self.channel.stop()

    @asynccontextmanager
    async def hooked(self, store: Callable[..., Awaitable[None]] | None = None) -> AsyncIterator[str]:
        """Open behind a webhook, its routes served. Yields its address."""
        async with serve_here(Starlette(routes=self.channel.routes(store or self.store))) as base:
            self.channel.webhook = base + self.channel.path
            async with self.open(store):
                yield self.channel.webhook
