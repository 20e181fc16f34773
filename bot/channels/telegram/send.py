"""How a message looks on Telegram and goes there: parts, inline buttons, keyboards, files, cards in place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from markupsafe import escape
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import ParseMode

from bot.channels.base import Outgoing
from bot.channels.telegram.text import LONGEST_CAPTION, cut, fits, plain
from bot.channels.telegram.wire import Refusal

NOT_MODIFIED = "message is not modified"
NO_CARD = (
    "message to edit not found",
    "message can't be edited",
    "no text in the message",
    "message_id_invalid",
)
UNREADABLE = "can't parse entities"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
CHAT = re.compile(r"-?[0-9]{1,18}")
CARD = re.compile(r"[0-9]{1,15}")
Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | None


@dataclass(frozen=True)
class Piece:
    """One of the messages that an Outgoing becomes; buttons are on the last."""

    html: str
    edits: int | None = None
    file: InputFile | None = None
    markup: Markup = None


class Sending:
    """Sends messages of one bot; remembers what a message in parts has sent and which keyboards are to go."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.done: dict[int, int] = {}  # parts sent, by outbox row
        self.phone_asked: set[int] = set()  # chats that show the button that shares one's number

    async def send(self, message: Outgoing) -> str:
        """Returns the id of the last part. Raises what Telegram answers; a second try goes on where it broke.

        After a kill everything is sent again, the parts that had arrived among it.
        """
        if not CHAT.fullmatch(message.chat):
            raise Refusal(400, f"Bad Request: chat not found: {message.chat!r} is no chat of Telegram's", {})
        chat, parts, external_id = int(message.chat), pieces(message), ""
        for number, piece in enumerate(parts):
            if number >= self.done.get(message.outbox_id, 0):
                external_id = await self._put(chat, piece)
                self.done[message.outbox_id] = number + 1
        self.forget(message.outbox_id)
        return external_id

    def forget(self, outbox_id: int) -> None:
        """The message is settled."""
        self.done.pop(outbox_id, None)

    async def _put(self, chat: int, piece: Piece) -> str:
        """Send one piece, or put it in the place of a card; without its markup where Telegram cannot read that."""
        try:
            return await self._deliver(chat, piece, ParseMode.HTML)
        except Refusal as error:
            if not error.says(UNREADABLE):
                raise
        return await self._deliver(chat, replace(piece, html=plain(piece.html)), None)

    async def _deliver(self, chat: int, piece: Piece, mode: str | None) -> str:
        if piece.edits is not None and await self._replaced(chat, piece, mode):
            return str(piece.edits)
        markup = self._keyboard(chat, piece.markup)
        if piece.file is not None:
            sent = await self.bot.send_document(
                chat, piece.file, caption=piece.html or None, parse_mode=mode, reply_markup=markup
            )
        else:
            sent = await self.bot.send_message(
                chat, piece.html, parse_mode=mode, reply_markup=markup, link_preview_options=NO_PREVIEW
            )
        self._note_keyboard(chat, markup)
        return str(sent.message_id or "")

    async def _replaced(self, chat: int, piece: Piece, mode: str | None) -> bool:
        """Replace the card. False when it is there no more and the message must come anew."""
        inline = piece.markup if isinstance(piece.markup, InlineKeyboardMarkup) else None
        try:
            await self.bot.edit_message_text(
                piece.html,
                chat,
                piece.edits,
                parse_mode=mode,
                reply_markup=inline,
                link_preview_options=NO_PREVIEW,
            )
        except Refusal as error:
            if error.says(*NO_CARD):
                return False
            if not error.says(NOT_MODIFIED):
                raise
        return True

    def _keyboard(self, chat: int, markup: Markup) -> Markup | ReplyKeyboardRemove:
        return ReplyKeyboardRemove() if markup is None and chat in self.phone_asked else markup

    def _note_keyboard(self, chat: int, markup: Markup | ReplyKeyboardRemove) -> None:
        if isinstance(markup, ReplyKeyboardMarkup) and markup.one_time_keyboard:
            self.phone_asked.add(chat)
        elif isinstance(markup, (ReplyKeyboardMarkup, ReplyKeyboardRemove)):
            self.phone_asked.discard(chat)


def pieces(message: Outgoing) -> list[Piece]:
    """The messages that `message` becomes: a long text in parts, a file last, its text as caption if it fits."""
    html, markup = _words(message), _markup(message)
    edits = int(message.edits) if _replaces(message) else None
    if message.file is None:
        found = [Piece(part) for part in cut(html)]
        found[0] = replace(found[0], edits=edits)
    else:
        file = InputFile(message.file.content, filename=message.file.name)
        texts = [] if fits(html, LONGEST_CAPTION) else cut(html)
        found = [*(Piece(part) for part in texts), Piece("" if texts else html, file=file)]
    found[-1] = replace(found[-1], markup=markup)
    return found


def _replaces(message: Outgoing) -> bool:
    """Whether it can stand in the place of a card: cards hold no files and no keyboards."""
    changes_keyboard = bool(message.asks_phone or (message.keyboard and not message.buttons))
    return bool(CARD.fullmatch(message.edits)) and message.file is None and not changes_keyboard


def _words(message: Outgoing) -> str:
    """The text, with the addresses below it that no button of Telegram's opens."""
    links = [each for row in message.buttons for each in row if not _works(each)]
    lines = [f"{escape(each['label'])}: {escape(each['url'])}" for each in links]
    return "\n".join([message.html, *([""] if lines and message.html else []), *lines])


def _works(button: dict[str, str]) -> bool:
    """Whether Telegram takes the button: not one that leads to the reader's own device (the demonstration)."""
    if "url" not in button:
        return True
    address = urlsplit(button["url"])
    host = address.hostname or ""
    return address.scheme in {"http", "https"} and "." in host and not host.startswith("127.")


def _markup(message: Outgoing) -> Markup:
    """What stands below the message: only one of the three kinds can. Asking for a number is the rarest."""
    if message.asks_phone:
        share = KeyboardButton(message.asks_phone, request_contact=True)
        return ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    rows = [[_button(each) for each in row if _works(each)] for row in message.buttons]
    if any(rows):
        return InlineKeyboardMarkup([row for row in rows if row])
    if message.keyboard:
        labels: Sequence[Sequence[Any]] = message.keyboard
        return ReplyKeyboardMarkup(labels, resize_keyboard=True, is_persistent=True)
    return None


def _button(button: dict[str, str]) -> InlineKeyboardButton:
    return InlineKeyboardButton(button["label"], url=button.get("url"), callback_data=button.get("data"))
