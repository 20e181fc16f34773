"""The web chat, served with nobody to answer in it, and a browser without a screen."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from markupsafe import Markup

from storage.messaging.inbox import inbox
from tests.houses.channels.contract import House, Seen
from tests.houses.serving import serve
from tests.houses.web.chatting import ChatServer


class WebHouse(House):
    def __init__(self, database, server: ChatServer) -> None:
        self.database, self.server, self.channel = database, server, server.channel
        self.threads, self.clock = server.threads, server.clock
        self.browser = httpx.Client(timeout=15, trust_env=False, verify=False)  # no certificates to load
        self.numbers = iter(range(10**6))

    @classmethod
    @contextmanager
    def built(cls, database) -> Iterator["WebHouse"]:
        server = ChatServer(database)
        with serve(server.app, closing=server.channel.stop) as server.served:
            house = cls(database, server)
            with house.browser:
                yield house
        server.threads.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        answer = await asyncio.to_thread(self.browser.post, self.server.link())
        self.chat = answer.headers["location"].split("/")[2]
        with self.database.transaction() as session:
            session.execute(inbox.delete())  # the start that every link brings
        yield

    def _url(self, what: str) -> str:
        return f"{self.server.served.url}/chat/{self.chat}/{what}"

    def _id(self) -> str:
        return f"{next(self.numbers):08d}-test"

    async def _asks(self, work: Callable[[], httpx.Response]) -> None:
        answer = await asyncio.to_thread(work)
        assert answer.status_code == 200, answer.text

    async def _post(self, **what: str) -> None:
        await self._asks(lambda: self.browser.post(self._url("send"), json={"id": self._id(), **what}))

    async def says(self, text: str) -> None:
        await self._post(text=text)

    async def starts(self, payload: str) -> None:
        await self._post(start=payload)

    async def presses(self, label: str) -> None:
        for card in reversed(await self._cards()):
            for button in (button for row in card["buttons"] for button in row):
                if button["label"] == label:
                    await self._post(press=button["data"], message_id=str(card["id"]))
                    return
        raise AssertionError(f"no button {label!r}")

    async def own_lines(self) -> list[str]:
        return [line["html"] for line in await asyncio.to_thread(self._lines) if line["mine"]]

    async def uploads(self, name: str, content: bytes) -> None:
        self.server.binds(self.chat)
        where = {"name": name, "id": self._id()}
        await self._asks(lambda: self.browser.put(self._url("file"), params=where, content=content))

    async def sees(self) -> list[Seen]:
        return [await self._seen(card) for card in await self._cards()]

    async def _seen(self, card: dict[str, Any]) -> Seen:
        labels = tuple(button["label"] for row in card["buttons"] for button in row)
        text = Markup(
            card["html"].replace("<b>", "").replace("</b>", "").replace("<i>", "").replace("</i>", "")
        )
        if not card["file"]:
            return Seen(str(card["id"]), text.unescape(), labels)
        answer = await asyncio.to_thread(self.browser.get, self._url(card["file"]["url"]))
        return Seen(str(card["id"]), text.unescape(), labels, answer.content, card["file"]["name"])

    async def _cards(self) -> list[dict[str, Any]]:
        """Our lines as the page shows them: what takes a card's place stands there."""
        cards: dict[int, dict[str, Any]] = {}
        for line in await asyncio.to_thread(self._lines):
            if not line["mine"]:
                number = line["replaces"] or line["n"]
                cards[number] = {**line, "id": number}
        return list(cards.values())

    def _lines(self) -> list[dict[str, Any]]:
        """All lines there are at this moment."""
        found, event = [], ""
        with self.browser.stream("GET", self._url("events?after=0")) as answer:
            for line in answer.iter_lines():
                name, _colon, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == "ready":
                    return found
                elif name == "data" and not event:
                    found.append(json.loads(value))
        raise AssertionError("the stream ended before it was ready")
