"""How a message looks on the Official Account and goes there: parts, buttons, pages that open, files, templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from markupsafe import escape

from bot.channels.base import Outgoing, RenderedFile, Sent
from bot.channels.text import cut, opaque, plain, units
from bot.channels.zalo_oa.settings import Template
from bot.channels.zalo_oa.updates import payload_of
from bot.channels.zalo_oa.wire import NEVER, Connections, NoAnswer, Refusal
from handlers.engine.choices import Layout, layout
from locales import Language

MOST_BUTTONS = 5
LONGEST_TEXT = 2000
LARGEST_FILE, LARGEST_IMAGE = 5 * 2**20, 2**20  # bytes
IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True)
class Piece:
    """One of the messages that an Outgoing becomes; buttons are on the last."""

    text: str = ""
    file: RenderedFile | None = None
    buttons: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


class Sending:
    """Sends the messages of one account; remembers which parts of one have gone."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.done: dict[int, int] = {}  # parts sent, by outbox row
        self.linked: set[int] = set()  # outbox rows whose file the platform does not take

    def left(self, message: Outgoing) -> int:
        """How many messages of the platform's it still takes."""
        return len(self._pieces(message)) - self.done.get(message.outbox_id, 0)

    def _pieces(self, message: Outgoing) -> list[Piece]:
        return pieces(message, with_file=message.outbox_id not in self.linked)

    async def send(self, token: str, message: Outgoing) -> Sent:
        """Raises what the platform answers; a second try goes on where it broke.

        After a kill everything is sent again, the parts that had arrived among it.
        """
        try:
            return await self._send(token, message, self._pieces(message))
        except Refusal as error:
            if not self._may_be_linked(message) or error.code not in NEVER:
                raise
        self.linked.add(message.outbox_id)  # a kind of file it does not take
        return await self._send(token, message, self._pieces(message))

    def _may_be_linked(self, message: Outgoing) -> bool:
        """Whether what was refused is its file, which comes first, and a link can stand for it."""
        key = message.outbox_id
        return bool(message.file and message.link and key not in self.linked and not self.done.get(key))

    async def _send(self, token: str, message: Outgoing, parts: Sequence[Piece]) -> Sent:
        external_id = ""
        for number, piece in enumerate(parts):
            if number >= self.done.get(message.outbox_id, 0):
                external_id = await self._put(token, message.chat, piece)
                self.done[message.outbox_id] = number + 1
        self.forget(message.outbox_id)
        return Sent(external_id, parts=len(parts))

    def forget(self, outbox_id: int) -> None:
        """The message is settled."""
        self.done.pop(outbox_id, None)
        self.linked.discard(outbox_id)

    async def _put(self, token: str, chat: str, piece: Piece) -> str:
        content = await self._uploaded(token, piece.file) if piece.file else _shown(piece)
        answer = await self.connections.message(token, chat, content)
        return opaque(answer.get("message_id"))

    async def _uploaded(self, token: str, file: RenderedFile) -> dict[str, Any]:
        """A message that shows a file, which is brought first."""
        if _is_image(file):
            answer = await self.connections.upload(token, "image", file.name, file.content)
            element = {"media_type": "image", "attachment_id": _named(answer.get("attachment_id"))}
            return _template({"template_type": "media", "elements": [element]})
        answer = await self.connections.upload(token, "file", file.name, file.content)
        payload = {"token": _named(answer.get("token") or answer.get("attachment_id"))}
        return {"attachment": {"type": "file", "payload": payload}}


def _named(upload: object) -> str:
    """What an upload may be sent by. Raises NoAnswer where that cannot be read: nobody has seen it yet."""
    if not (name := opaque(upload)):
        raise NoAnswer("an upload without a name")
    return name


def _shown(piece: Piece) -> dict[str, Any]:
    if not piece.buttons:
        return {"text": piece.text}
    buttons = [_button(each) for each in piece.buttons]
    return {"text": piece.text, **_template({"template_type": "button", "buttons": buttons})}


def _template(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Mapping[str, Any]) -> dict[str, Any]:
    label = str(button["label"])
    if "url" in button:
        return {"title": label, "type": "oa.open.url", "payload": {"url": button["url"]}}
    return {"title": label, "type": "oa.query.hide", "payload": payload_of(label, button["data"])}


def pieces(message: Outgoing, *, with_file: bool = True) -> list[Piece]:
    """The messages that `message` becomes: its file, its text in parts, the list and the buttons last.

    Where its file is too large, or is not to go along, its link stands in the text.
    """
    carried = with_file and message.file is not None and len(message.file.content) <= LARGEST_FILE
    file = message.file if carried else None
    shown = layout(message, MOST_BUTTONS)
    opened = [link for link in shown.links if _opens(link)][: MOST_BUTTONS - len(shown.buttons)]
    buttons = [*shown.buttons, *opened]
    told = replace(shown, links=[link for link in shown.links if link not in opened])
    texts = _texts(message.html if file else _with_link(message), told)
    if buttons and not texts:
        texts = [file.name if file else "…"]
    found = [Piece(file=file)] if file else []
    found += [Piece(text) for text in texts]
    if buttons:
        found[-1] = replace(found[-1], buttons=buttons)
    return found


def _with_link(message: Outgoing) -> str:
    """The words, and below them where the file is to be fetched; markup."""
    if not message.link:
        return message.html
    link = escape(message.link)
    if message.file is not None:
        link = Language(message.language).text(
            "The file {name}: {link}", name=message.file.name, link=message.link
        )
    return "\n".join(part for part in (message.html, link) if part)


def _texts(html: str, shown: Layout) -> list[str]:
    """The text in parts that fit, the lines below it on the last of them, or after it where they do not fit there."""
    parts, below = _cut(html), shown.text
    if not below:
        return parts
    joined = "\n\n".join([*parts[-1:], below])
    return [*parts[:-1], joined] if units(joined) <= LONGEST_TEXT else [*parts, *_cut(escape(below))]


def _cut(html: str) -> list[str]:
    found = (plain(part).strip() for part in cut(html, LONGEST_TEXT))
    return [part for part in found if part]


def _opens(link: Mapping[str, Any]) -> bool:
    """Whether a button can open it: not what leads to the reader's own device (the demonstration)."""
    address = urlsplit(str(link["url"]))
    host = address.hostname or ""
    return address.scheme in {"http", "https"} and "." in host and not host.startswith("127.")


def _is_image(file: RenderedFile) -> bool:
    return file.content.startswith(IMAGES) and len(file.content) <= LARGEST_IMAGE


def filled(template: Template, brief: Mapping[str, str]) -> dict[str, str] | None:
    """A template's fields, filled from what a message says of itself; None where something is missing."""
    data = {name: brief.get(source, "") for name, source in template.fields.items()}
    return data if all(data.values()) else None
