"""The web chat as a channel: sending writes a line of the transcript and wakes the pages that show it."""

import asyncio
import secrets
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.routing import BaseRoute

from bot.channels.base import AccountDown, Fetched, Outgoing, Sent, Store, Verdict
from bot.common_settings import CommonSettings
from bot.logs import logger
from bot.threads import Threads
from handlers.engine.messages import Incoming, Press, SentFile
from storage.base.clock import Clock
from storage.messaging import rings, transcript
from storage.messaging.accounts import Abilities

PNG, IHDR = b"\x89PNG\r\n\x1a\n", struct.Struct(">II")
SOURCES = "sources"  # of an update: marks of the link and the address it came by
LOOK_AGAIN = 1.0  # seconds between looks for lines another process wrote
log = logger("caunoi.web")


LINK_MARK = 6  # characters


def new_chat(link_mark: str) -> str:
    """An id nobody guesses: 96 random bits and the mark of the link it was opened by, in 22 characters of A-Za-z0-9_-."""
    return secrets.token_urlsafe(12) + link_mark[:LINK_MARK]


def link_mark_of(chat: str) -> str:
    """The link by which a chat was opened: the same for all chats of one."""
    return chat[-LINK_MARK:]


@dataclass(eq=False)
class Page:
    """An open page: which chat it shows, up to which line, where it is open, and the bell that tells it to look (or,
    once it is `ended`, to make room for a newer one).
    """

    chat: str
    seen: int
    address: str = ""
    ended: bool = False
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class WebChannel:
    """The one account of the web chat. Updates come through bot.web.webchat, which stores them itself."""

    kind = "web"
    ABILITIES = Abilities(phone=False)

    def __init__(
        self, account_id: int, _settings: CommonSettings | None, threads: Threads, clock: Clock
    ) -> None:
        self.account_id, self.threads, self.clock = account_id, threads, clock
        self.stopping = False
        self._pages: dict[str, list[Page]] = {}  # by chat, the oldest first
        self._watch: asyncio.Task[None] | None = None

    # -- the contract of channels

    async def start(self) -> None:
        self.stopping = False

    async def stop(self) -> None:
        """Let every open page end its stream; call it before the server is told to stop."""
        self.stopping = True
        for page in self.pages:
            page.bell.set()
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    async def receive(self, store: Store) -> None:  # noqa: ARG002  the pages' own requests store
        """Nothing is fetched: wait until cancelled."""
        await asyncio.Event().wait()

    def parse(self, payload: dict[str, Any]) -> Incoming:
        """One of {"text"}, {"press", "message_id"}, {"start"}, {"file": {"name", "size", "file_id"}}."""
        sources = tuple(payload.get(SOURCES, ()))
        if "press" in payload:
            press = Press(payload["press"], payload.get("message_id", ""))
            return Incoming(press=press, sources=sources)
        if "start" in payload:
            return Incoming(start=payload["start"], sources=sources)
        if "file" in payload:
            file = payload["file"]
            return Incoming(file=SentFile(file["name"], file["size"], file["file_id"]))
        return Incoming(text=payload["text"], sources=sources)

    def routes(self, store: Store) -> Sequence[BaseRoute]:  # noqa: ARG002  bot.web.web has the pages' own routes
        return ()

    async def fetch(self, payload: dict[str, Any]) -> Fetched:
        """Files are stored on their arrival."""
        return Fetched(file_id=payload["file"]["file_id"])

    async def send(self, message: Outgoing) -> Verdict:
        """Write the line; a row sent again after a kill stays one line. The verdict is almost always Sent."""
        try:
            number = await self.threads.write(lambda session: self.write(session, message))
        except OperationalError as error:
            return AccountDown(type(error).__name__)
        self.ring(message.chat)
        return Sent(str(number))

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """Nothing to do: a press is confirmed by the answer to its request."""

    def write(self, session: Session, message: Outgoing) -> int:
        """The number by which the card is known: its first line's, also where this one takes its place."""
        card = self._card(session, message)
        number = transcript.append(
            session,
            self.account_id,
            message.chat,
            mine=False,
            said_at=self.clock.now(),
            outbox_id=message.outbox_id,
            replaces=card,
            message=_wire(message),
            file_name=message.file.name if message.file else "",
            file=message.file.content if message.file else None,
        )
        rings.told(session, self.account_id, message.chat, number, self.clock.real())
        return card or number

    def _card(self, session: Session, message: Outgoing) -> int | None:
        """The number of the card to replace; None where there is none, and the message comes anew."""
        if not (message.edits.isascii() and message.edits.isdigit() and len(message.edits) < 10):
            return None
        rows = transcript.card(session, self.account_id, message.chat, int(message.edits))
        return (rows[0].replaces or rows[0].number) if rows else None

    # -- open pages

    @contextmanager
    def page(self, chat: str, seen: int, address: str = "") -> Iterator[Page]:
        """Register an open page; its bell rings when its chat has a new line, here or on another replica."""
        page = Page(chat, seen, address)
        self._pages.setdefault(chat, []).append(page)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        try:
            yield page
        finally:
            self._pages[chat].remove(page)
            if not self._pages[chat]:
                del self._pages[chat]

    @property
    def pages(self) -> list[Page]:
        return [page for pages in self._pages.values() for page in pages]

    @property
    def open_pages(self) -> int:
        return len(self.pages)

    def pages_from(self, address: str) -> int:
        """How many pages an address has open."""
        return sum(page.address == address for page in self.pages)

    def make_room(self, chat: str, most: int) -> int:
        """End the oldest pages of a chat until `most` are left. How many ended."""
        own = [page for page in self._pages.get(chat, ()) if not page.ended]
        for page in own[: max(0, len(own) - most)]:
            page.ended = True
            page.bell.set()
        return max(0, len(own) - most)

    def ring(self, chat: str) -> None:
        """Wake the pages of this chat, and no others."""
        for page in self._pages.get(chat, ()):
            page.bell.set()

    async def _look(self) -> None:
        """One look a second for all open pages of this process, as long as there are any."""
        while self._pages:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                newest = await self.threads.read(self._newest)
            except OperationalError as error:
                log.warning("the database is away", kind=type(error).__name__)
                continue
            for page in self.pages:
                if newest.get(page.chat, 0) > page.seen:
                    page.bell.set()

    def _newest(self, session: Session) -> dict[str, int]:
        return transcript.newest(session, self.account_id, list(self._pages))


def _wire(message: Outgoing) -> dict[str, Any]:
    return {
        "html": message.html,
        "buttons": [list(row) for row in message.buttons],
        "keyboard": [list(row) for row in message.keyboard],
        "size": len(message.file.content) if message.file else 0,
        **({"picture": shape} if message.file and (shape := picture_shape(message.file.content)) else {}),
    }


def picture_shape(content: bytes) -> dict[str, int]:
    """Width and height of a PNG in pixels, so that a page keeps its place before it has come; {} for anything else."""
    if not content.startswith(PNG) or content[12:16] != b"IHDR" or len(content) < IHDR.size + 16:
        return {}
    width, height = IHDR.unpack_from(content, 16)
    return {"width": width, "height": height}
