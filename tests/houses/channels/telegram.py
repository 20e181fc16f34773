"""A bot that polls the Telegram fake, and a person whose id needs 52 bits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from telegram.request import HTTPXRequest

from bot.channels.telegram.channel import TelegramChannel
from bot.demo.fakes.telegram.faults import Limits
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.settings import Settings
from bot.threads import Threads
from storage.base.clock import Clock
from storage.messaging.accounts import account_named
from tests.conftest import SECRET
from tests.houses.channels.contract import Seen
from tests.houses.platform import PlatformHouse

TOKEN = "1000000001:a-token-made-for-tests-and-nothing-else"


class TelegramHouse(PlatformHouse):
    channel: TelegramChannel

    def __init__(self, database, fake: FakeTelegram, **settings: Any) -> None:
        self.database, self.fake = database, fake
        self.threads, self.clock = Threads(database), Clock()
        with database.transaction() as session:
            self.account_id = account_named(session, "telegram", abroad=True).id
        given = {"telegram_token": TOKEN, "telegram_api_url": fake.url, "secret_key": SECRET}
        self.settings = Settings(_env_file=None, **{**given, **settings})
        self.user = fake.user("Nguyễn Văn An", id=2**52 - 1, phone="84912345678")
        self.user.unblocks()  # he has started the bot some day
        fake.queue.clear()
        self.chat = str(self.user.id)
        self.renew()

    @classmethod
    @contextmanager
    def built(cls, database, limits: Limits | None = None, **settings: Any) -> Iterator["TelegramHouse"]:
        with FakeTelegram(TOKEN, limits=limits) as fake:
            house = cls(database, fake, **settings)
            try:
                yield house
            finally:
                house.threads.close()
            assert fake.violations == [], fake.violations

    def renew(self) -> TelegramChannel:
        """The same account in another process."""
        self.channel = TelegramChannel(self.account_id, self.settings, self.threads, self.clock)
        self.channel.patience.first_wait = 0.02
        return self.channel

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def starts(self, payload: str) -> None:
        self.user.starts(payload)

    async def presses(self, label: str) -> None:
        self.user.taps(label)

    async def uploads(self, name: str, content: bytes) -> None:
        self.user.sends_document(name, content)

    async def sees(self) -> list[Seen]:
        return [
            Seen(str(m.id), m.text, tuple(m.labels), m.document, m.document_name) for m in self.user.messages
        ]


def page_instead(status: int, method: str):
    """A provider's page in Telegram's place, for one method."""
    real = HTTPXRequest.do_request

    async def answer(self, *args, **kwargs):
        if method in kwargs["url"]:
            return status, b"<html>Trang nay bi chan</html>"
        return await real(self, *args, **kwargs)

    return answer
