"""The Telegram fake is believed because clients nobody here wrote work against it, unmodified."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest
import telegram
import telegram.error
from telegram.constants import ParseMode
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.demo.fakes.telegram.faults import Limits
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.telegram.user import FakeUser
from tests.houses.channels.telegram_words import CONSENT, OFFER, ROSTER


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def an(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Nguyễn Văn An", id=2**52 - 1)
    user.starts()
    return user


def library_bot(fake: FakeTelegram) -> telegram.Bot:
    return telegram.Bot(fake.token, base_url=f"{fake.url}/bot", base_file_url=f"{fake.url}/file/bot")


# The same little bot, written for both libraries, and one person who uses it.


@asynccontextmanager
async def library_polling(fake: FakeTelegram) -> AsyncIterator[None]:
    async def start(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        button = telegram.InlineKeyboardButton("Đồng ý", callback_data="agree")
        words = OFFER.format(*(context.args or ["không"]))
        markup = telegram.InlineKeyboardMarkup([[button]])
        await update.effective_message.reply_text(words, parse_mode=ParseMode.HTML, reply_markup=markup)

    async def tap(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        await update.callback_query.answer("Cảm ơn")
        await update.callback_query.edit_message_text(CONSENT)

    async def contact(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        card = update.effective_message.contact
        mine = card.user_id == update.effective_user.id
        await update.effective_message.reply_text(
            f"{card.phone_number} {'của mình' if mine else 'của người khác'}"
        )

    async def document(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        file = await update.effective_message.document.get_file()
        content = bytes(await file.download_as_bytearray())
        name = update.effective_message.document.file_name
        await update.effective_message.reply_document(content, filename=f"trả {name}", caption="Đã nhận tệp")

    builder = ApplicationBuilder().token(fake.token).job_queue(None)
    application = builder.base_url(f"{fake.url}/bot").base_file_url(f"{fake.url}/file/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(tap))
    application.add_handler(MessageHandler(filters.CONTACT, contact))
    application.add_handler(MessageHandler(filters.Document.ALL, document))
    async with application:
        await application.start()
        await application.updater.start_polling(poll_interval=0)
        try:
            yield
        finally:
            await application.updater.stop()
            await application.stop()


def aiogram_polling(fake: FakeTelegram) -> AbstractAsyncContextManager[None]:
    from tests.houses.channels import aiogram_client

    return aiogram_client.polling(fake)


def dialogue(fake: FakeTelegram) -> None:
    an = fake.user("Nguyễn Văn An", id=2**52 - 1)
    an.starts("PHIEU-7")
    offer = an.wait_for("Phiếu: PHIEU-7")
    assert offer.buttons == [[("Đồng ý", "agree")]]
    assert offer.entities == [{"type": "bold", "offset": 27, "length": 7}]

    an.taps("Đồng ý")
    consent = an.wait_for(CONSENT)
    assert (consent.id, consent.edited, an.toasts, an.buttons) == (offer.id, 1, ["Cảm ơn"], [])

    an.shares_contact("+84900000001")
    an.wait_for("+84900000001 của mình")
    an.shares_contact("+84900000002", own=False)
    an.wait_for("+84900000002 của người khác")

    an.sends_document("Danh sách “lớp A”.xlsx", ROSTER)
    returned = an.wait_for("Đã nhận tệp")
    assert (returned.document_name, returned.document) == ("trả Danh sách “lớp A”.xlsx", ROSTER)
    fake.wait_until(lambda: fake.pending == 0, what="every update is confirmed")


@pytest.mark.parametrize("polling", [library_polling, aiogram_polling])
def test_a_person_and_a_polling_bot_hold_a_whole_dialogue(
    fake: FakeTelegram, polling: Callable[[FakeTelegram], AbstractAsyncContextManager[None]]
) -> None:
    async def run() -> None:
        async with polling(fake):
            await asyncio.to_thread(dialogue, fake)

    asyncio.run(run())

    assert [refused for refused in fake.refusals if refused.status != 409] == []


# python-telegram-bot, call by call


def test_library_sends_edits_and_deletes(fake: FakeTelegram, an: FakeUser) -> None:
    async def run() -> None:
        async with library_bot(fake) as bot:
            assert bot.username == "caunoi_fake_bot"
            markup = telegram.InlineKeyboardMarkup.from_button(
                telegram.InlineKeyboardButton("Xem", callback_data="x")
            )
            sent = await bot.send_message(an.id, "<i>Lịch</i> tuần", parse_mode="HTML", reply_markup=markup)
            assert (sent.text, sent.text_html, sent.chat.id) == ("Lịch tuần", "<i>Lịch</i> tuần", 2**52 - 1)
            edited = await sent.edit_text("Lịch tháng", reply_markup=markup)
            assert (edited.message_id, edited.text) == (sent.message_id, "Lịch tháng")
            with pytest.raises(telegram.error.BadRequest, match="Message is not modified"):
                await sent.edit_text("Lịch tháng", reply_markup=markup)
            assert an.buttons == ["Xem"]
            await sent.edit_reply_markup(None)
            assert an.buttons == []
            assert await sent.delete()
            assert an.messages == []

    asyncio.run(run())


def test_library_maps_who_cannot_be_reached_and_floods(
    fake: FakeTelegram, an: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it the library warns at every 429

    async def run() -> None:
        async with library_bot(fake) as bot:
            stranger = fake.user("Người lạ")
            with pytest.raises(telegram.error.Forbidden, match="can't initiate conversation"):
                await bot.send_message(stranger.id, "Kính chào")
            an.blocks()
            with pytest.raises(telegram.error.Forbidden, match="blocked by the user"):
                await bot.send_message(an.id, "Kính chào")
            fake.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
            with pytest.raises(telegram.error.RetryAfter) as flood:
                await bot.send_message(an.id, "Kính chào")
            assert flood.value.retry_after == timedelta(seconds=7)
            group = fake.group("Lớp A")
            fake.migrate(group, -1009)
            with pytest.raises(telegram.error.ChatMigrated) as moved:
                await bot.send_message(next(iter(fake.migrated)), "Kính chào")
            assert moved.value.new_chat_id == -1009

    asyncio.run(run())


def test_library_moves_documents_and_pictures(fake: FakeTelegram, an: FakeUser) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + ROSTER

    async def run() -> None:
        async with library_bot(fake) as bot:
            sent = await bot.send_document(
                an.id, ROSTER, filename="Bảng điểm.xlsx", caption="Bảng <b>điểm</b>"
            )
            assert (an.last.document_name, an.last.document, an.last.text) == (
                "Bảng điểm.xlsx",
                ROSTER,
                "Bảng <b>điểm</b>",
            )
            again = await bot.send_document(an.id, sent.document.file_id)
            assert again.document.file_id == sent.document.file_id
            file = await bot.get_file(sent.document.file_id)
            assert await file.download_as_bytearray() == ROSTER
            photo = await bot.send_photo(an.id, picture)
            assert photo.photo[0].file_size == len(picture)
            assert an.last.document == picture

    asyncio.run(run())


def test_library_registers_commands_in_vietnamese(fake: FakeTelegram, an: FakeUser) -> None:
    commands = [telegram.BotCommand("lich", "Xem lịch học"), telegram.BotCommand("ketqua", "Xem kết quả")]

    async def run() -> None:
        async with library_bot(fake) as bot:
            await bot.set_my_commands(commands, language_code="vi")
            await bot.set_my_commands(commands[:1], scope=telegram.BotCommandScopeChat(an.id))
            assert await bot.get_my_commands(language_code="vi") == tuple(commands)
            assert await bot.get_my_commands(scope=telegram.BotCommandScopeChat(an.id)) == (commands[0],)
            assert await bot.get_my_commands() == ()
            await bot.set_my_description("Cầu Nối giúp học viên xem lịch")
            assert (await bot.get_my_description()).description == "Cầu Nối giúp học viên xem lịch"
            await bot.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
            assert isinstance(await bot.get_chat_menu_button(), telegram.MenuButtonCommands)
            assert await bot.send_chat_action(an.id, "typing")

    asyncio.run(run())


def test_library_meets_a_wrong_token_a_dead_line_and_a_bad_gateway(fake: FakeTelegram, an: FakeUser) -> None:
    async def run() -> None:
        async with library_bot(fake) as bot:
            fake.drop_connections(1)
            with pytest.raises(telegram.error.NetworkError):
                await bot.send_message(an.id, "mất")
            fake.drop_connections(1, carried_out=True)
            with pytest.raises(telegram.error.NetworkError):
                await bot.send_message(an.id, "tới nơi")
            fake.bad_gateway()
            with pytest.raises(telegram.error.NetworkError, match="Bad Gateway"):
                await bot.send_message(an.id, "mất")
            fake.silence(1)
            with pytest.raises(telegram.error.TimedOut):
                await bot.send_message(an.id, "muộn", read_timeout=0.05)
            fake.fail_next("getMe", 200, "Bad Request: nói dối")
            with pytest.raises(KeyError):
                await bot.get_me()
            fake.fail_next("getMe", 401, "Unauthorized")
            with pytest.raises(telegram.error.InvalidToken):
                await bot.get_me()
            assert [message.text for message in an.messages] == ["tới nơi", "muộn"]

    asyncio.run(run())


# aiogram, call by call (tests/houses/channels/aiogram_client.py)


def test_aiogram_sends_edits_and_maps_errors(fake: FakeTelegram, an: FakeUser) -> None:
    from tests.houses.channels import aiogram_client

    asyncio.run(aiogram_client.sends_edits_and_maps_errors(fake, an))


def test_aiogram_is_told_to_wait_in_a_flood() -> None:
    from tests.houses.channels import aiogram_client

    with FakeTelegram(limits=Limits(chat_burst=2, chat_per_second=0.1)) as fake:
        an = fake.user("Nguyễn Văn An")
        an.starts()
        asyncio.run(aiogram_client.is_told_to_wait(fake, an))
        assert [message.text for message in an.messages] == ["một", "hai"]


def test_aiogram_moves_documents_and_registers_commands(fake: FakeTelegram, an: FakeUser) -> None:
    from tests.houses.channels import aiogram_client

    asyncio.run(aiogram_client.moves_documents_and_registers_commands(fake, an))
