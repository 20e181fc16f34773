"""A bot that polls the Zalo Bot fake in its harshest reading, and a person who has written to it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.settings import Settings
from bot.threads import Threads
from handlers.engine.messages import Incoming
from storage.base.clock import Clock
from storage.messaging.accounts import account_named
from storage.messaging.dialogues import dialogue_id
from tests.conftest import SECRET
from tests.houses.channels.contract import Seen
from tests.houses.platform import PlatformHouse

TOKEN = "1459232241454765289:a-token-made-for-tests-and-nothing-else"


class ZaloBotHouse(PlatformHouse):
    channel: ZaloBotChannel

    def __init__(self, database, fake: FakeZaloBot, clock: Clock | None = None, **settings: Any) -> None:
        self.database, self.fake = database, fake
        self.threads, self.clock = Threads(database), clock or Clock()
        given = {"zalo_bot_token": TOKEN, "zalo_bot_api_url": fake.url, "secret_key": SECRET}
        self.settings = Settings(_env_file=None, **{**given, **settings})
        self.user = fake.user("Nguyễn Văn An", wrote=True)
        self.chat = self.user.id
        with database.transaction() as session:
            self.account_id = account_named(session, "zalo_bot", abilities=ZaloBotChannel.ABILITIES).id
            dialogue_id(session, self.account_id, self.chat)
        self.renew()

    @classmethod
    @contextmanager
    def built(cls, database, readings: dict[str, Any] | None = None, **more: Any) -> Iterator["ZaloBotHouse"]:
        """`readings` are arguments of the fake; where they do not say otherwise, the harshest."""
        with FakeZaloBot(TOKEN, **{"polling": "replayed", **(readings or {})}) as fake:
            house = cls(database, fake, **more)
            try:
                yield house
            finally:
                house.threads.close()
            assert fake.violations == [], fake.violations

    def renew(self) -> ZaloBotChannel:
        """The same account in another process."""
        self.channel = ZaloBotChannel(self.account_id, self.settings, self.threads, self.clock)
        self.channel.patience.first_wait = 0.02
        self.channel.between_polls = 0.01
        return self.channel

    def started(self, code: str) -> Incoming:
        return Incoming(text=f"MA {code}")

    def pressed(self, label: str, data: str, card: str) -> Incoming:
        return Incoming(text=self.number)

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def starts(self, payload: str) -> None:
        self.user.says(f"MA {payload}")

    async def presses(self, label: str) -> None:
        """Type its number, as the newest list with this label has it."""
        written = [line.partition(". ") for m in self.user.messages for line in m.text.split("\n")]
        self.number = next(number for number, _dot, words in reversed(written) if words == label)
        self.user.says(self.number)

    async def uploads(self, name: str, content: bytes) -> None:
        self.user.sends_unsupported()

    async def sees(self) -> list[Seen]:
        return [Seen(message.id, message.text) for message in self.user.messages]
