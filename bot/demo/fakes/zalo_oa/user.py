"""The person's side of the fake: what they do in their Zalo, and what they see there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.demo.fakes.telegram.wire import Upload
from bot.demo.fakes.watching import Reading
from bot.demo.fakes.zalo_oa.events import milliseconds
from bot.demo.fakes.zalo_oa.messages import Buttons

if TYPE_CHECKING:
    from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA

LONGEST_TYPED = 2000


@dataclass(frozen=True)
class OaMessage:
    """A message of the account as the person sees it. `template` is the id of an approved one."""

    id: str
    text: str
    at: datetime
    stamp: int
    buttons: Buttons = field(default_factory=list)  # label, payload or address, type
    file: Upload | None = None
    image: Upload | None = None
    paid: bool = False
    template: str = ""

    @property
    def labels(self) -> list[str]:
        return [label for label, _payload, _kind in self.buttons]

    @property
    def links(self) -> dict[str, str]:
        """Address by label, of the buttons that open one."""
        return {label: url for label, url, kind in self.buttons if kind == "oa.open.url"}


class FakeFollower(Reading[OaMessage]):
    """A person with Zalo on their phone. `fake.user(name)` makes one."""

    fake: "FakeZaloOA"

    def __init__(self, fake: "FakeZaloOA", user_id: str, name: str, phone: str | None) -> None:
        self.fake, self.id, self.name, self.phone = fake, user_id, name, phone
        self.heard_at: datetime | None = None
        self.told_free = 0
        self.closed = ""  # why nothing can be brought
        self.sent: list[OaMessage] = []
        self.lines: list[str] = []  # the person's own, as the chat shows them
        self.mark = 0

    # What the person sees

    @property
    def messages(self) -> list[OaMessage]:
        """What the account has sent, oldest first."""
        with self.fake.changed:
            return list(self.sent)

    @property
    def buttons(self) -> list[str]:
        """The labels under the newest message."""
        return self.last.labels

    # What the person does

    def says(self, text: str, at: datetime | None = None) -> str:
        """Types; a text over the app's limit leaves the phone in parts. Returns the (last) message's id."""
        parts = [text[start : start + LONGEST_TYPED] for start in range(0, len(text), LONGEST_TYPED)] or [""]
        self.lines += parts
        return [self._sends("user_send_text", {"text": part}, at) for part in parts][-1]

    def taps(self, label: str) -> str:
        """Taps the button with this label on the newest message that has one.

        Returns the id of the message that leaves the phone, or the address a link opens.
        """
        for message in reversed(self.messages):
            for title, payload, kind in message.buttons:
                if title == label:
                    return self.presses(payload, kind)
        raise AssertionError(f"{self.name} has no button {label!r}: {self._transcript()}")

    def presses(self, payload: str, kind: str) -> str:
        """A button that carries this: it comes as the person's text, which the chat shows unless it is a hidden one."""
        if kind == "oa.query.hide":
            return self._sends("user_send_text", {"text": payload})
        return self.says(payload) if kind == "oa.query.show" else payload

    def sends_image(self, content: bytes = b"\xff\xd8\xff\xe0", text: str = "") -> str:
        url = self.fake.keep_file(Upload("image.jpg", "image/jpeg", content))
        return self._sends_attachment("image", {"thumbnail": url, "url": url}, text)

    def sends_sticker(self) -> str:
        return self._sends_attachment("sticker", {"id": "17583", "url": f"{self.fake.url}/sticker"})

    def sends_voice(self) -> str:
        return self._sends_attachment("audio", {"url": f"{self.fake.url}/voice"})

    def sends_file(self, name: str, content: bytes) -> str:
        url = self.fake.keep_file(Upload(name, "application/octet-stream", content))
        payload = {"url": url, "size": str(len(content)), "name": name, "checksum": "0" * 32, "type": "file"}
        return self._sends_attachment("file", payload)

    def follows(self) -> None:
        """Follows the account; whether that opens the window is a switch of the fake."""
        self.closed = ""
        if self.fake.follow_opens:
            self._acts(self.fake.now())
        self._notices("follow", {"source": "oa_profile"})

    def unfollows(self) -> None:
        self._notices("unfollow", {"source": "zalo"})

    def blocks(self) -> None:
        """Nothing of the account's reaches the person any more; nobody is told."""
        self.closed = "User has blocked the Official Account"

    # How it is put for the wire

    def _acts(self, at: datetime) -> None:
        with self.fake.changed:
            self.mark = self.fake.stamp
            self.heard_at = max(at, self.heard_at or at)
            self.told_free = 0

    def _sends_attachment(self, kind: str, payload: dict[str, Any], text: str = "") -> str:
        message = {"attachments": [{"type": kind, "payload": payload}], **({"text": text} if text else {})}
        return self._sends(f"user_send_{kind}", message)

    def _sends(self, event: str, message: dict[str, Any], at: datetime | None = None) -> str:
        moment = at or self.fake.now()
        with self.fake.changed:
            self._acts(moment)
            message_id = self.fake.next_id()
            who = {"sender": {"id": self.id}, "recipient": {"id": self.fake.oa_id}}
            self.fake.push(
                {
                    "app_id": self.fake.app_id,
                    "user_id_by_app": f"9{self.id[1:]}",
                    "event_name": event,
                    **who,
                    "message": {self.fake.id_field: message_id, **message},
                    "timestamp": self.fake.stamped(milliseconds(moment)),
                }
            )
            return message_id

    def _notices(self, event: str, more: dict[str, Any]) -> None:
        self.fake.push(
            {
                "app_id": self.fake.app_id,
                "oa_id": self.fake.oa_id,
                "user_id_by_app": f"9{self.id[1:]}",
                "event_name": event,
                "follower": {"id": self.id},
                **more,
                "timestamp": self.fake.stamped(milliseconds(self.fake.now())),
            }
        )
