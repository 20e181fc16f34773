"""The Zalo Bot fake is believed because a client nobody here wrote, python-zalo-bot, works against it unmodified."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import zalo_bot
from zalo_bot.error import BadRequest, InvalidToken, NetworkError
from zalo_bot.ext import ApplicationBuilder, CommandHandler, MessageHandler, filters

from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.demo.fakes.zalo_bot.user import A_PICTURE, A_STICKER, FakeUser
from tests.houses.channels.contract import story


@pytest.fixture
def fake() -> Iterator[FakeZaloBot]:
    """As this client needs it: it sends forms, and keeps no count of what it has seen."""
    with FakeZaloBot(json_only=False, polling="kept", longest_poll=5) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def an(fake: FakeZaloBot) -> FakeUser:
    return fake.user("Nguyễn Văn An")


def client(fake: FakeZaloBot, token: str = "") -> zalo_bot.Bot:
    return zalo_bot.Bot(token or fake.token, base_url=fake.url)


def application(fake: FakeZaloBot) -> Any:
    """A little bot of the library's own kind."""

    async def start(update, context) -> None:
        await update.message.reply_text(f"Kính chào đồng chí {update.effective_user.display_name}")

    async def echo(update, context) -> None:
        await update.message.reply_action("typing")
        await update.message.reply_text(f"Đồng chí viết: {update.message.text}")

    async def picture(update, context) -> None:
        await update.message.reply_photo(update.message.photo_url, "Đã nhận ảnh")

    async def sticker(update, context) -> None:
        await update.message.reply_sticker(update.message.sticker)

    made = ApplicationBuilder().token(fake.token).base_url(fake.url).build()
    made.add_handler(CommandHandler("start", start))
    made.add_handler(MessageHandler(filters.PHOTO, picture))
    made.add_handler(MessageHandler(filters.STICKER, sticker))
    made.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    return made


@story
async def test_it_receives_and_answers_everything_it_knows(fake, an):
    bot = application(fake)
    an.says("/start")
    an.says("lịch học")
    an.sends_image()
    an.sends_sticker()
    async with bot.bot:
        for _ in range(4):
            await bot.process_update(await bot.bot.get_update(timeout=5))

    hello, echo, picture, sticker = an.messages
    assert (hello.text, echo.text) == ("Kính chào đồng chí Nguyễn Văn An", "Đồng chí viết: lịch học")
    assert (picture.photo, picture.text, sticker.sticker) == (A_PICTURE, "Đã nhận ảnh", A_STICKER)
    assert an.typing == 1


@story
async def test_it_waits_for_a_message_and_reads_its_fields(fake, an):
    async with client(fake) as bot:
        waiting = asyncio.create_task(bot.get_update(timeout=5))
        await asyncio.to_thread(fake.wait_until, lambda: fake.is_polled)
        number = an.says("chào")
        update = await waiting
        sent = await bot.send_message(update.message.chat.id, "Kính chào")
        me = await bot.get_me()

    assert (update.message.message_id, update.message.text) == (number, "chào")
    assert (update.message.chat.id, update.message.chat.type) == (an.id, "PRIVATE")
    assert (sent.message_id, an.last.text) == (an.last.id, "Kính chào")
    assert (me.account_name, me.account_type, me.can_join_groups) == ("bot.CauNoiThu", "BASIC", False)


@story
async def test_it_takes_a_replayed_event_for_a_new_one(fake, an):
    fake.events.polling = "replayed"
    an.says("chào")
    async with client(fake) as bot:
        assert [(await bot.get_update()).message.text for _ in range(3)] == ["chào"] * 3


@pytest.mark.parametrize("under_200", [True, False])
@story
async def test_it_reads_an_idle_end_as_nothing_or_as_trouble_by_its_status(fake, an, under_200):
    fake.longest_poll, fake.errors_under_200 = 0.05, under_200
    async with client(fake) as bot:
        if under_200:
            assert await bot.get_update(timeout=1) is None
        else:
            with pytest.raises(NetworkError, match=r"Request timeout \(408\)"):
                await bot.get_update(timeout=1)


@story
async def test_its_errors_are_told_apart_by_the_status(fake, an):
    fake.errors_under_200 = False
    with pytest.raises(InvalidToken):
        await client(fake, "1:x").get_me()
    async with client(fake) as bot:
        with pytest.raises(BadRequest, match="Chat not found"):  # with its own capital letter
            await bot.send_message(an.id, "chưa quen")
        an.open = True
        fake.monthly_quota = 0
        with pytest.raises(NetworkError, match=r"Quota exceeded \(429\)"):
            await bot.send_message(an.id, "hết lượt")


def test_it_sets_looks_at_and_removes_a_webhook(fake):
    fake.probes = False
    assert client(fake).set_webhook("https://example.vn/zalo", "bi-mat-cua-ban")
    assert client(fake).get_webhook_info().url == "https://example.vn/zalo"
    assert client(fake).delete_webhook()
    assert fake.events.webhook == {}


@pytest.mark.parametrize("envelope", ["bare", "wrapped"])
def test_it_reads_a_bare_pushed_event_but_not_a_wrapped_one(fake, an, envelope):
    event = {"ok": True, "result": _said(fake, an)} if envelope == "wrapped" else _said(fake, an)
    update = zalo_bot.Update.de_json(event, client(fake))
    assert (update.message.text if update.message else None) == ("chào" if envelope == "bare" else None)


def _said(fake: FakeZaloBot, an: FakeUser) -> dict[str, Any]:
    an.says("chào")
    return dict(fake.events.waiting[-1])
