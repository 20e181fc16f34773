"""The person's side of the Zalo Bot fake: what they do in their Zalo, and what they see there."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.demo.fakes.watching import Reading
from bot.demo.fakes.zalo_bot.wire import Event

if TYPE_CHECKING:
    from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot

A_PICTURE = "https://photo-stal-1.zdn.vn/a/7b1d.jpg"
A_STICKER = "0e078a2fb66a5f34067b"
A_VOICE = "https://voice-stal-1.zdn.vn/a/7b1d.aac"


@dataclass(frozen=True)
class FakeMessage:
    """One message of the bot. `text` is the caption of a picture; `at` the platform's time."""

    id: str
    text: str
    at: datetime
    photo: str = ""
    sticker: str = ""
    voice: str = ""
    stamp: int = 0


class FakeChat(Reading[FakeMessage]):
    """A chat the bot may know: a group here, a person's own in FakeUser."""

    kind = "GROUP"

    fake: "FakeZaloBot"

    def __init__(self, fake: "FakeZaloBot", chat_id: str, name: str) -> None:
        self.fake, self.id, self.name = fake, chat_id, name
        self.open = True
        self.sent: list[FakeMessage] = []
        self.typing = 0  # how often "… is typing" was shown
        self.mark = 0

    def as_chat(self) -> dict[str, Any]:
        return {"id": self.id, "chat_type": self.kind}

    @property
    def messages(self) -> list[FakeMessage]:
        """What the bot has sent here, oldest first. Nothing can be edited or taken back."""
        with self.fake.changed:
            return list(self.sent)


class FakeUser(FakeChat):
    """A person with Zalo on their phone. `fake.user(name)` makes one."""

    kind = "PRIVATE"

    def __init__(self, fake: "FakeZaloBot", chat_id: str, name: str) -> None:
        super().__init__(fake, chat_id, name)
        self.open = False  # until they have written first

    # What the person does

    def says(self, text: str, at: datetime | None = None, group: FakeChat | None = None) -> str:
        """Types. Returns the id of the message; `at` is when, if not now."""
        return self._sends("text", {"text": text}, at, group)

    def sends_image(self, caption: str = "", at: datetime | None = None) -> str:
        more = {"caption": caption} if caption else {}
        return self._sends("image", {self.fake.photo_field: A_PICTURE, **more}, at)

    def sends_sticker(self) -> str:
        return self._sends("sticker", {"sticker": A_STICKER, "url": A_PICTURE})

    def sends_voice(self) -> str:
        return self._sends("voice", {"voice_url": A_VOICE})

    def sends_unsupported(self) -> str:
        """Sends a file, or anything at all from a protected account: the bot learns no more than that."""
        return self._sends("unsupported", {})

    def leaves(self) -> None:
        """Does away with the chat: the bot cannot write any more until they write again."""
        with self.fake.changed:
            self.open = False

    # How it is put for the wire

    def as_sender(self) -> dict[str, Any]:
        return {"id": self.id, "display_name": self.name, "is_bot": False}

    def _sends(
        self, kind: str, content: dict[str, Any], at: datetime | None = None, group: FakeChat | None = None
    ) -> str:
        with self.fake.changed:
            self.mark = self.fake.stamp
            self.open = True
            event = self._event(kind, content, at or self.fake.now(), group or self)
            self.fake.push(event)
            return str(event["message"]["message_id"])

    def _event(self, kind: str, content: dict[str, Any], at: datetime, chat: FakeChat) -> Event:
        head = {"from": self.as_sender(), "chat": chat.as_chat(), "message_id": self.fake.new_id()}
        date = int(at.timestamp() * 1000)
        return {
            "message": {**head, "date": date, "message_type": "CHAT_MESSAGE", **content},
            "event_name": f"message.{kind}.received",
        }
