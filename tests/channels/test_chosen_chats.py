"""A platform that fails for chosen chats only, over real HTTP: the sender serves all others, and those once it can."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.base import AccountDown, Later
from bot.workers.lease import Lease
from bot.workers.sender import Sender
from handlers import table
from handlers.engine.desk import Links
from handlers.engine.messages import Message
from storage.base.keyring import Keyring
from storage.messaging import leases, outbox
from storage.messaging.dialogues import dialogue_id
from tests.conftest import SECRET
from tests.houses.channels.contract import CARD, story, until
from tests.houses.channels.telegram import TelegramHouse
from tests.houses.channels.zalo_bot import ZaloBotHouse
from tests.houses.channels.zalo_oa import ZaloOaHouse

LONG = timedelta(minutes=1)
HOUSES = {
    "telegram": (TelegramHouse, {"started": True}),
    "zalo_bot": (ZaloBotHouse, {"wrote": True}),
    "zalo_oa": (ZaloOaHouse, {"wrote": True}),
}
WAYS = {
    "error": (lambda failing, chat: failing.errors(chat), AccountDown),
    "flood": (lambda failing, chat: failing.floods(chat, retry_after=7), Later),
    "hang": (lambda failing, chat: failing.hangs(chat), AccountDown),
}


@pytest.fixture(params=HOUSES)
def house(request, sqlite_template, tmp_path, monkeypatch):
    """With an acquaintance, who has written as well; no answer is waited for long."""
    made, known = HOUSES[request.param]
    if request.param != "zalo_oa":
        monkeypatch.setattr(f"bot.channels.{request.param}.channel.SENDING", (12, 0.3))
    with made.alone(sqlite_template, tmp_path) as house:
        house.other = house.fake.user("Trần Thị Bình", **known)
        if request.param == "zalo_oa":
            house.hears_from(house.other)
            house.channel.connections.client.timeout = 0.3
        with house.database.transaction() as session:
            dialogue_id(session, house.account_id, str(house.other.id))
        yield house


@pytest.mark.parametrize("way", WAYS)
@story
async def test_a_platform_can_be_told_to_fail_for_one_chat_and_serve_the_others(house, way):
    fail, expected = WAYS[way]
    fail(house.fake.failing, house.chat)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))
        other = outgoing_to(house, house.other)
        await house.channel.send(other)
        assert isinstance(verdict, expected), verdict
        assert [message.text for message in house.user.messages] == []
        assert [message.text for message in house.other.messages] == ["Chào đồng chí"]
        if house.channel.kind == "telegram" and way == "flood":
            assert (verdict.seconds, verdict.too_fast) == (7, True)
        house.fake.failing.mends(house.chat)
        await house.sends(CARD)


def outgoing_to(house, user):
    return replace(house.outgoing(CARD, 2), chat=str(user.id))


@pytest.mark.parametrize("way", ["error", "hang"])
@story
async def test_who_gets_no_answer_has_his_messages_in_order_once_the_platform_is_mended(
    house, way, monkeypatch
):
    monkeypatch.setattr("bot.workers.troubles.LONGEST_PAUSE", 0.05)
    monkeypatch.setattr("bot.workers.troubles.FIRST_PAUSE", 0.05)
    WAYS[way][0](house.fake.failing, house.chat)
    for number in range(3):
        put(house, house.chat, f"{number}")
    for number in range(5):
        put(house, str(house.other.id), f"{number}")
    async with house.open(), sending(house):
        await until(lambda: len(house.other.messages) == 5)
        assert house.user.messages == []
        house.fake.failing.mends(house.chat)
        await until(lambda: len(house.user.messages) == 3)

    assert [message.text for message in house.user.messages] == ["0", "1", "2"]


def put(house, chat: str, text: str) -> None:
    now = house.clock.now()
    with house.database.transaction() as session:
        columns = {"account_id": house.account_id, "chat": chat, "message": Message(text).wire()}
        outbox.put(session, **columns, due_at=now, made_at=now)


class sending:  # noqa: N801  reads as a word
    """A sender at work on the house's outbox."""

    def __init__(self, house) -> None:
        links = Links("", Keyring(SECRET))
        self.sender = Sender(house.channel, house.threads, house.clock, table(), links, None)
        with house.database.transaction() as session:
            assert leases.take(session, "sender:test", "me", LONG) == 1

    async def __aenter__(self) -> None:
        self.running = asyncio.create_task(self.sender.run(Lease("sender:test", 1, float("inf"))))

    async def __aexit__(self, *_exc: object) -> None:
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
