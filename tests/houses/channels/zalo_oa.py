"""An Official Account whose webhook is served here, and a person who wrote to it a moment ago."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from starlette.applications import Starlette

from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.kind import KIND
from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from bot.demo.fakes.zalo_oa.user import FakeFollower, OaMessage
from bot.settings import Settings
from bot.threads import Threads
from handlers.engine.messages import Incoming, Press
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import dialogues, inbox, tokens
from storage.messaging.accounts import ChannelAccount, account_named
from tests.conftest import SECRET
from tests.houses.channels.contract import House, Seen
from tests.houses.serving import serve

APP, KEY = "1000000001", "a-secret-of-the-application"


def given(fake: FakeZaloOA, **more: Any) -> dict[str, Any]:
    """The settings of an account on this fake, without any token."""
    return {
        "zalo_oa_app_id": APP,
        "zalo_oa_secret_key": KEY,
        "zalo_oa_api_url": fake.openapi_url,
        "zalo_oa_oauth_url": fake.oauth_url,
        "zalo_oa_business_url": fake.business_url,
        "secret_key": SECRET,
        **more,
    }


def authorised(database: Database, account_id: int, fake: FakeZaloOA) -> None:
    """The newest pair of the fake is the one that is kept."""
    now = datetime.now(UTC)
    pair = fake.oauth.newest
    with database.transaction() as session:
        tokens.replace(session, account_id, pair.access, pair.refresh, timedelta(hours=25), now)


class ZaloOaHouse(House):
    channel: ZaloOaChannel

    def __init__(self, database: Database, fake: FakeZaloOA, **settings: Any) -> None:
        self.database, self.fake = database, fake
        self.threads, self.clock = Threads(database), Clock()
        fake.now = self.clock.now
        url = database.url.render_as_string(hide_password=False)
        self.settings = Settings(_env_file=None, **given(fake, database_url=url, **settings))
        self.user = fake.user("Nguyễn Văn An", wrote=True)
        self.chat = self.user.id
        with database.transaction() as session:
            abilities = KIND.abilities(self.settings)
            self.account_id = account_named(session, "zalo_oa", abilities=abilities).id
        self.hears_from(self.user)
        authorised(database, self.account_id, fake)
        self.renew()

    @classmethod
    @contextmanager
    def built(
        cls,
        database: Database,
        *,
        switches: dict[str, Any] | None = None,
        allowed: tuple[str, ...] = (),
        **settings: Any,
    ) -> Iterator["ZaloOaHouse"]:
        """`switches` of the fake, `allowed` beginnings of violations that a test is about."""
        with FakeZaloOA(APP, secret_key=KEY, **(switches or {})) as fake:
            house = cls(database, fake, **settings)
            try:
                yield house
            finally:
                house.threads.close()
            assert [each for each in fake.violations if not each.startswith(allowed or ("\0",))] == []

    @classmethod
    @contextmanager
    def alone(cls, template: Path, folder: Path, **more: Any) -> Iterator["ZaloOaHouse"]:
        """On SQLite, for the many tests whose database does not matter."""
        shutil.copy(template, folder / "caunoi.db")
        database = Database(f"sqlite:///{folder / 'caunoi.db'}", Keyring(SECRET))
        try:
            with cls.built(database, **more) as house:
                yield house
        finally:
            database.close()

    def renew(self) -> ZaloOaChannel:
        """The same account in another process."""
        self.channel = ZaloOaChannel(self.account_id, self.settings, self.threads, self.clock)
        return self.channel

    def passes(self, **span: float) -> None:
        """Business time goes on, here and for the person."""
        self.clock.offset += timedelta(**span)

    def hears_from(self, user: FakeFollower) -> None:
        """Someone wrote, and his turn is over: the window is open as far as we know."""
        with self.database.transaction() as session:
            row_id = dialogues.dialogue_id(session, self.account_id, user.id)
            dialogues.heard(session, row_id, self.clock.now())

    @property
    def account(self) -> Row[Any]:
        accounts = ChannelAccount.__table__
        with self.database.reading() as session:
            return session.execute(select(accounts).where(accounts.c.id == self.account_id)).one()

    @property
    def pair(self) -> tokens.Pair | None:
        with self.database.reading() as session:
            return tokens.pair_of(session, self.account_id)

    async def store(self, arrivals) -> None:
        """As bot.app stores."""
        await self.threads.write(
            lambda session: inbox.store(session, self.account_id, arrivals, self.clock.real())
        )

    @asynccontextmanager
    async def open(self, store: Any = None) -> AsyncIterator[None]:
        app = Starlette(routes=list(self.channel.routes(store or self.store)))
        with serve(app) as served:
            self.fake.webhook = self.url = served.url + self.channel.webhook.path
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
                self.fake.webhook = ""

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def starts(self, payload: str) -> None:
        self.user.says(payload)

    def started(self, code: str) -> Incoming:
        return Incoming(text=code)

    async def presses(self, label: str) -> None:
        self.user.taps(label)

    def pressed(self, label: str, data: str, card: str) -> Incoming:
        return Incoming(press=Press(data))

    async def own_lines(self) -> list[str]:
        return self.user.lines

    async def uploads(self, name: str, content: bytes) -> None:
        self.user.sends_file(name, content)

    async def sees(self) -> list[Seen]:
        """A file and its words, which come as two messages, are told as one."""
        found: list[Seen] = []
        for message in self.user.messages:
            seen = _seen(message)
            if found and found[-1].file is not None and not found[-1].text:
                seen = replace(seen, file=found[-1].file, file_name=found.pop().file_name)
            found.append(seen)
        return found


def _seen(message: OaMessage) -> Seen:
    file = message.file or message.image
    labels = tuple(message.labels)
    return Seen(message.id, message.text, labels, file.content if file else None, file.name if file else None)
