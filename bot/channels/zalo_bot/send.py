"""How a message looks on the Zalo Bot Platform and goes there: plain texts, choices as a list, files as links.

Markup is left out: what the platform's own "html" understands is not published. Nothing can be edited, so a card
always comes anew.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from markupsafe import escape

from bot.channels.base import Outgoing, Sent
from bot.channels.text import cut, opaque, plain, units
from bot.channels.zalo_bot.updates import moment_of
from bot.channels.zalo_bot.wire import NOBODY_THERE, Refusal
from handlers.engine.choices import layout
from locales import Language

LONGEST = 2000  # of a text or a caption; counted in UTF-16 units, the strictest of the ways to count


class Calling(Protocol):
    """The one call this needs (zalo_bot_wire.Api)."""

    async def call(self, method: str, **params: str) -> Any: ...


@dataclass(frozen=True)
class Piece:
    """One of the messages that an Outgoing becomes. `instead` is said where the picture cannot be shown."""

    text: str
    photo: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Progress:
    """What of a message in parts the platform has taken, and when by its own clock."""

    parts: int = 0
    last_id: str = ""
    at: datetime | None = None


@dataclass
class Sending:
    """Sends messages of one bot; remembers what a message in parts has sent."""

    api: Calling
    done: dict[int, Progress] = field(default_factory=dict)  # by outbox row

    async def send(self, message: Outgoing) -> Sent:
        """Raises what the platform answers; a second try goes on where the first one broke off.

        After a kill everything is sent again, the parts that had arrived among it.
        """
        if not message.chat.strip():
            raise Refusal(400, "Bad Request: chat not found: it has no id")
        progress = self.done.get(message.outbox_id, Progress())
        for piece in pieces(message)[progress.parts :]:
            taken = await self._put(message.chat, piece)
            progress = Progress(progress.parts + 1, opaque(taken.get("message_id")), _date(taken))
            self.done[message.outbox_id] = progress
        self.forget(message.outbox_id)
        return Sent(progress.last_id, progress.parts, progress.at)

    def left(self, message: Outgoing) -> int:
        """How many of its parts are still to be sent."""
        return len(pieces(message)) - self.done.get(message.outbox_id, Progress()).parts

    def forget(self, outbox_id: int) -> None:
        """The message is settled."""
        self.done.pop(outbox_id, None)

    async def _put(self, chat: str, piece: Piece) -> dict[str, Any]:
        """Send one piece; a picture the platform will not fetch goes as its link."""
        if piece.photo:
            caption = {"caption": piece.text} if piece.text else {}
            try:
                return _taken(await self.api.call("sendPhoto", chat_id=chat, photo=piece.photo, **caption))
            except Refusal as error:
                if error.code != 400 or error.says(*NOBODY_THERE):
                    raise
        text = piece.instead if piece.photo else piece.text
        return _taken(await self.api.call("sendMessage", chat_id=chat, text=text))


def _taken(result: Any) -> dict[str, Any]:
    return result if isinstance(result, dict) else {}


def _date(taken: dict[str, Any]) -> datetime | None:
    return moment_of(taken.get("date"))


def pieces(message: Outgoing) -> list[Piece]:
    """The messages that `message` becomes: long words in parts, the list of choices whole in the last of them.

    Raises Refusal for a message that says nothing.
    """
    below = layout(message, 0).text
    photo = (
        message.picture if urlsplit(message.picture).scheme == "https" else ""
    )  # it fetches from the internet
    link = "" if photo else _link(message)
    parts = _parts(_joined(plain(message.html), link), below)
    if not parts and not photo:
        raise Refusal(400, "Bad Request: there is nothing to say")
    made = [Piece(part) for part in parts or [""]]
    return _with_picture(made, photo, _link(message)) if photo else made


def _with_picture(made: list[Piece], photo: str, link: str) -> list[Piece]:
    """The words as its caption, or below it where there would be no room for them beside its link."""
    instead = _joined(link, made[0].text)
    if units(instead) > LONGEST:
        return [Piece("", photo, link), *made]
    return [replace(made[0], photo=photo, instead=instead), *made[1:]]


def _parts(words: str, below: str) -> list[str]:
    """`words` cut where a reader would, and `below` whole and last, in their last part where it fits."""
    parts, last = _cut(words), _cut(below)
    if parts and len(last) == 1 and units(_joined(parts[-1], below)) <= LONGEST:
        parts[-1] = _joined(parts[-1], last.pop())
    return [*parts, *last]


def _cut(text: str) -> list[str]:
    """In parts that fit, a list too long for one at the ends of its lines."""
    parts = [plain(part).strip() for part in cut(str(escape(text.strip())), LONGEST)]
    return [part for part in parts if part]


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _link(message: Outgoing) -> str:
    """Where the file is, in words: this platform carries none."""
    _ = Language(message.language).text
    name = message.file.name if message.file else ""
    if message.link and not name:
        return message.link
    if message.link:
        return _("The file {name}: {link}", name=name, link=message.link).unescape()
    if not name:
        return ""
    return _(
        "The file {name} cannot be sent on Zalo. Please ask the centre for it, or open the web chat.",
        name=name,
    ).unescape()
