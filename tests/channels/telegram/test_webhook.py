"""Updates pushed by Telegram, and the token that stands in no log line."""

import asyncio
import logging
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.telegram import channel as channel_module
from handlers.engine.messages import Incoming
from tests.houses.channels.contract import CARD, story, until
from tests.houses.channels.telegram import TOKEN, TelegramHouse
from tests.houses.serving import serve


@pytest.fixture
def house(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path) as house:
        yield house


@pytest.fixture
def public(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path, public_url="https://caunoi.example.vn") as house:
        yield house


# -- the webhook


@asynccontextmanager
async def hooked(house):
    """The channel behind a webhook, its routes served."""
    app = Starlette(routes=house.channel.routes(house.store))
    with serve(app) as served:
        house.channel.webhook = served.url + house.channel.path
        async with house.open():
            await until(lambda: house.fake.delivery.webhook)
            yield house.channel.webhook


@story
async def test_updates_are_pushed_where_there_is_a_public_address(public):
    assert public.channel.webhook.startswith("https://caunoi.example.vn/telegram/")
    async with hooked(public):
        public.user.says("một")
        assert await public.hears() == [Incoming(text="một")]
        await until(lambda: public.fake.pending == 0)

    assert public.fake.called("getUpdates") == []
    assert TOKEN.partition(":")[2] not in public.channel.path


@story
async def test_a_push_is_believed_only_with_the_secret(public):
    async with hooked(public) as url:
        update = {"update_id": 1, "message": {"chat": public.user.as_chat(), "from": {"id": 7}, "text": "a"}}
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "đoán".encode()}):
            answer = await asyncio.to_thread(httpx.post, url, json=update, headers=headers, trust_env=False)
            assert answer.status_code == 403

    assert public.kept() == []


async def _push(public, url: str, content: bytes) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": public.channel.secret}
    answer = await asyncio.to_thread(httpx.post, url, content=content, headers=headers, trust_env=False)
    return answer.status_code


@story
async def test_a_push_that_is_no_update_is_kept_and_does_not_come_again(public):
    async with hooked(public) as url:
        assert await _push(public, url, b"{ no json") == 200
        assert await _push(public, url, b"[" * 100_000) == 200
        assert await _push(public, url, b"[1]") == 200
        assert await _push(public, url, b"x" * (2**20 + 1)) == 413

    assert len(public.kept()) == 3


@story
async def test_a_push_that_cannot_be_stored_has_to_come_again(public):
    async def store(_arrivals) -> None:
        raise OSError("the disk is full")

    with serve(Starlette(routes=public.channel.routes(store))) as served:
        assert await _push(public, served.url + public.channel.path, b'{"update_id": 1}') == 503
    await public.channel.stop()


@story
async def test_where_telegram_refuses_the_webhook_it_polls(public):
    public.fake.fail_next("setWebhook", 400, "Bad Request: bad webhook: failed to resolve host")
    async with public.open():
        public.user.says("một")
        assert await public.hears() == [Incoming(text="một")]


def test_the_ways_in_differ_from_bot_to_bot(public):
    other = public.settings.model_copy(
        update={"telegram_token": type(public.settings.telegram_token)("2:" + "x" * 35)}
    )
    first, second = public.channel, channel_module.TelegramChannel(1, other, public.threads, public.clock)

    assert len({first.path, second.path, first.secret, second.secret}) == 4

    async def stop() -> None:
        await first.stop()
        await second.stop()

    asyncio.run(stop())


# -- the token


@story
async def test_the_token_is_in_no_log_line_whatever_fails(house, caplog):
    caplog.set_level(logging.DEBUG)
    fake = house.fake
    fake.drop_connections(1, "getMe")
    fake.bad_gateway("getUpdates")
    fake.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    fake.fail_next("getUpdates", 401, f"Unauthorized {TOKEN}")
    fake.fail_next("getUpdates", 500, f"Strange words about {TOKEN}")
    fake.fail_next("sendMessage", 500, f"Strange words about {TOKEN}")
    fake.fail_next("sendMessage", 400, f"Bad Request: {TOKEN}")
    fake.fail_next("getFile", 500, f"Strange words about {TOKEN}", times=3)
    async with house.open():
        house.user.sends_document("a.xlsx", b"x")
        await house.hears()
        await house.brings_files()
        verdicts = [await house.channel.send(house.outgoing(CARD)) for _ in range(2)]
        await until(lambda: house.account.pause_reason == "")

    fields = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert len(fields) > 3
    assert TOKEN not in str(fields) + caplog.text + str(verdicts)
