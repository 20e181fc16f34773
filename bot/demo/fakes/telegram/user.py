"""The person's side of the fake: what they do in their Telegram, and what they see there."""

import itertools
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.demo.fakes.telegram.text import utf16
from bot.demo.fakes.telegram.wire import Upload
from bot.demo.fakes.watching import Reading

if TYPE_CHECKING:
    from bot.demo.fakes.telegram.messenger import FakeTelegram

LONGEST_TYPED = 4096
BLOCKED = "bot was blocked by the user"
DEACTIVATED = "user is deactivated"
NEVER_STARTED = "bot can't initiate conversation with a user"


@dataclass
class FakeMessage:
    """A message of the bot as the person sees it now, after its edits."""

    wire: dict[str, Any]
    html: str
    stamp: int
    file: Upload | None = None
    markup: dict[str, Any] | None = None
    edited: int = 0
    deleted: bool = False

    @property
    def id(self) -> int:
        return int(self.wire["message_id"])

    @property
    def text(self) -> str:
        """The words shown, without markup: the text, or a file's caption."""
        return str(self.wire.get("text", self.wire.get("caption", "")))

    @property
    def entities(self) -> list[dict[str, Any]]:
        return list(self.wire.get("entities", self.wire.get("caption_entities", ())))

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """Rows of (label, data) under the message; the address where a button opens one."""
        rows = self.wire.get("reply_markup", {}).get("inline_keyboard", ())
        return [
            [(each["text"], each.get("callback_data", each.get("url", ""))) for each in row] for row in rows
        ]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label, _ in row]

    @property
    def document_name(self) -> str | None:
        return self.file.name if self.file else None

    @property
    def document(self) -> bytes | None:
        return self.file.content if self.file else None


class FakeChat(Reading[FakeMessage]):
    """A chat the bot may know: a group here, a person's private chat in FakeUser."""

    kind = "group"

    fake: "FakeTelegram"

    def __init__(self, fake: "FakeTelegram", chat_id: int, name: str) -> None:
        self.fake = fake
        self.id = chat_id
        self.name = name
        self.closed = ""
        self.sent: list[FakeMessage] = []
        self.mark = 0

    def as_chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.kind, "title": self.name}

    @property
    def messages(self) -> list[FakeMessage]:
        """What the bot has sent here and not deleted, oldest first."""
        with self.fake.changed:
            return [message for message in self.sent if not message.deleted]

    @property
    def buttons(self) -> list[str]:
        """The labels under the newest message."""
        return self.last.labels


class FakeUser(FakeChat):
    """A person with Telegram on their phone. `fake.user(name)` makes one."""

    kind = "private"

    def __init__(
        self, fake: "FakeTelegram", chat_id: int, name: str, language: str = "vi", phone: str | None = None
    ) -> None:
        super().__init__(fake, chat_id, name)
        self.closed = NEVER_STARTED
        self.language = language
        self.phone = phone
        self.toasts: list[str] = []

    def as_chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.kind, "first_name": self.name}

    def as_user(self) -> dict[str, Any]:
        who = {"id": self.id, "is_bot": False, "first_name": self.name}
        return {**who, "language_code": self.language}

    @property
    def keyboard(self) -> list[list[str]]:
        """Rows of labels in place of the keyboard."""
        return [[each["text"] for each in row] for row in self._keyboard_rows()]

    # What the person does

    def starts(self, payload: str | None = None) -> int:
        """Opens the bot, by its name or by a deep link with a payload."""
        return self.says(f"/start {payload}" if payload else "/start")

    def says(self, text: str, group: FakeChat | None = None) -> int:
        """Types; a text over Telegram's limit leaves the phone in parts. Returns the (last) message's id."""
        parts = [text[at : at + LONGEST_TYPED] for at in range(0, len(text), LONGEST_TYPED)]
        return [self._send(group or self, {"text": part, **_command_entities(part)}) for part in parts][-1]

    def sends(self, **content: Any) -> int:
        """Any other kind of message, its fields given as the Bot API names them."""
        return self._send(self, content)

    def corrects(self, message_id: int, text: str) -> None:
        """Edits what they typed."""
        with self.fake.changed:
            self._acts()
            message = self._message(self, {"text": text, "edit_date": self.fake.date()})
            self.fake.push(edited_message={**message, "message_id": message_id})

    def shares_contact(self, phone: str, own: bool = True) -> int:
        """Sends a contact: with `own` by the button that proves it is theirs, else another person's card."""
        owner = {"user_id": self.id} if own else {"user_id": self.id + 1}
        return self.sends(contact={"phone_number": phone, "first_name": self.name, **owner})

    def sends_document(self, name: str, content: bytes, caption: str | None = None) -> int:
        stored = self.fake.store(Upload(name, "application/octet-stream", content))
        document = {**stored, "file_name": name, "mime_type": "application/octet-stream"}
        return self._send(self, {"document": document, **({"caption": caption} if caption else {})})

    def taps(self, label: str) -> str:
        """Taps the button with this label on the newest message that has one; returns the query's id."""
        for message in reversed(self.messages):
            for text, data in itertools.chain.from_iterable(message.buttons):
                if text == label:
                    return self.taps_data(data, message.id)
        if label in self._keyboard():
            return self.taps_keyboard(label)
        seen = [message.labels for message in self.messages if message.labels]
        raise AssertionError(f"{self.name} has no button {label!r}, but {seen} and {list(self._keyboard())}")

    def taps_keyboard(self, label: str) -> str:
        """Taps a button in place of the keyboard: its words are sent, or the person's own number."""
        if not self._keyboard()[label].get("request_contact"):
            return str(self.says(label))
        assert self.phone, f"{self.name} was made without a phone to share"
        return str(self.shares_contact(self.phone))

    def taps_data(self, data: str, message_id: int) -> str:
        """Presses with any data under any message, as an old or a forged client could."""
        with self.fake.changed:
            self._acts()
            query_id = str(secrets.randbits(62))
            self.fake.taps[query_id] = (self, time.monotonic())
            seen = next((m.wire for m in self.messages if m.id == message_id), None)
            message = seen or {"chat": self.as_chat(), "message_id": message_id, "date": 0}
            body = {"id": query_id, "from": self.as_user(), "chat_instance": str(self.id), "data": data}
            self.fake.push(callback_query={**body, "message": message})
            return query_id

    def blocks(self) -> None:
        self.fake.block(self)

    def unblocks(self) -> None:
        self.fake.unblock(self)

    # How it is put for the wire

    def _acts(self) -> None:
        self.mark = self.fake.stamp

    def _send(self, chat: FakeChat, content: dict[str, Any]) -> int:
        with self.fake.changed:
            self._acts()
            message = self._message(chat, content)
            self.fake.push(message=message)
            return int(message["message_id"])

    def _message(self, chat: FakeChat, content: dict[str, Any]) -> dict[str, Any]:
        if chat is self and self.closed != DEACTIVATED:
            self.closed = ""
        head = {"message_id": self.fake.next_message_id(), "date": self.fake.date()}
        return {**head, "from": self.as_user(), "chat": chat.as_chat(), **content}

    def _keyboard(self) -> dict[str, dict[str, Any]]:
        """The buttons in place of the keyboard, by label, as the last message that said so left them."""
        return {each["text"]: each for row in self._keyboard_rows() for each in row}

    def _keyboard_rows(self) -> list[list[dict[str, Any]]]:
        markup = next((m.markup for m in reversed(self.messages) if m.markup), {})
        rows = markup.get("keyboard", ())
        return [[{"text": each} if isinstance(each, str) else each for each in row] for row in rows]


def _command_entities(text: str) -> dict[str, Any]:
    command = re.match(r"/\w{1,32}(@\w+)?", text, re.ASCII)
    if not command:
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": utf16(command[0])}]}
