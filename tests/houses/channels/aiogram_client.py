"""aiogram against the Telegram fake. Loaded by the tests that need it: its models take seconds to build."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiogram
import aiogram.exceptions
import pytest
from aiogram import F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import BufferedInputFile

from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.telegram.user import FakeUser
from tests.houses.channels.telegram_words import CONSENT, OFFER, ROSTER


def bot_of(fake: FakeTelegram) -> aiogram.Bot:
    session = AiohttpSession(api=TelegramAPIServer.from_base(fake.url))
    return aiogram.Bot(fake.token, session=session, default=DefaultBotProperties(parse_mode="HTML"))


@asynccontextmanager
async def polling(fake: FakeTelegram) -> AsyncIterator[None]:
    dispatcher = aiogram.Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: aiogram.types.Message, command: CommandObject) -> None:
        button = aiogram.types.InlineKeyboardButton(text="Đồng ý", callback_data="agree")
        markup = aiogram.types.InlineKeyboardMarkup(inline_keyboard=[[button]])
        await message.answer(OFFER.format(command.args or "không"), reply_markup=markup)

    @dispatcher.callback_query(F.data == "agree")
    async def tap(query: aiogram.types.CallbackQuery) -> None:
        await query.answer("Cảm ơn")
        await query.message.edit_text(CONSENT)

    @dispatcher.message(F.contact)
    async def contact(message: aiogram.types.Message) -> None:
        mine = message.contact.user_id == message.from_user.id
        await message.answer(f"{message.contact.phone_number} {'của mình' if mine else 'của người khác'}")

    @dispatcher.message(F.document)
    async def document(message: aiogram.types.Message, bot: aiogram.Bot) -> None:
        content = await bot.download(message.document)
        file = BufferedInputFile(content.read(), f"trả {message.document.file_name}")
        await message.answer_document(file, caption="Đã nhận tệp")

    bot = bot_of(fake)
    task = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=2))
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await task


async def sends_edits_and_maps_errors(fake: FakeTelegram, an: FakeUser) -> None:
    button = aiogram.types.InlineKeyboardButton(text="Xem", callback_data="x" * 64)
    markup = aiogram.types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    async with bot_of(fake) as bot:
        assert (await bot.get_me()).username == "caunoi_fake_bot"
        sent = await bot.send_message(an.id, "<b>Lịch</b>", reply_markup=markup)
        await bot.edit_message_text("Lịch mới", chat_id=an.id, message_id=sent.message_id)
        assert (an.last.text, an.last.edited, an.buttons) == ("Lịch mới", 1, [])
        with pytest.raises(aiogram.exceptions.TelegramBadRequest, match="message is not modified"):
            await bot.edit_message_text("Lịch mới", chat_id=an.id, message_id=sent.message_id)
        with pytest.raises(aiogram.exceptions.TelegramBadRequest, match="message to edit not found"):
            await bot.edit_message_text("Lịch mới", chat_id=an.id, message_id=10**6)
        an.blocks()
        with pytest.raises(aiogram.exceptions.TelegramForbiddenError):
            await bot.send_message(an.id, "Kính chào")
        fake.bad_gateway("getMe")
        with pytest.raises(aiogram.exceptions.ClientDecodeError):
            await bot.get_me()
        fake.drop_connections(1)
        with pytest.raises(aiogram.exceptions.TelegramNetworkError):
            await bot.get_me()


async def is_told_to_wait(fake: FakeTelegram, an: FakeUser) -> None:
    async with bot_of(fake) as bot:
        await bot.send_message(an.id, "một")
        await bot.send_message(an.id, "hai")
        with pytest.raises(aiogram.exceptions.TelegramRetryAfter) as flood:
            await bot.send_message(an.id, "ba")
        assert flood.value.retry_after == 10


async def moves_documents_and_registers_commands(fake: FakeTelegram, an: FakeUser) -> None:
    async with bot_of(fake) as bot:
        sent = await bot.send_document(
            an.id, BufferedInputFile(ROSTER, "Bảng điểm.xlsx"), caption="<b>Điểm</b>"
        )
        assert (an.last.document_name, an.last.document, an.last.text) == (
            "Bảng điểm.xlsx",
            ROSTER,
            "Điểm",
        )
        assert (await bot.download(sent.document)).read() == ROSTER
        command = aiogram.types.BotCommand(command="lich", description="Xem lịch học")
        await bot.set_my_commands([command], language_code="vi")
        (kept,) = await bot.get_my_commands(language_code="vi")
        assert (kept.command, kept.description) == ("lich", "Xem lịch học")
