"""Streams of lines to open pages: a page's own, or one for all chats that a browser has open.

A shared stream proves each of its chats by a cookie of its own, which every page of a chat brings along.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.channels.web import Page
from bot.limits import Limit
from bot.web.site import Site, address_of, device_proof, language_of, number_of, own_chat, set_cookie, site_of
from bot.web.weblines import line_of
from locales import later
from storage.messaging import transcript
from storage.messaging.transcript import Reader

BATCH: Final = 200
BEAT: Final = 15.0  # seconds of silence after which a stream says that it lives
MOST: Final = 24  # chats of a shared stream; whoever comes later has a stream of his own
AT: Final = "caunoi_at_"  # what the cookie that proves a chat to the shared stream begins with
SHARED: Final = "/events"
BEGINNING: Final = "retry: 2000\n\n"

OPEN_ELSEWHERE = later(
    "This chat is open in other windows. It goes on here once those are closed; what was said is not lost."
)
TOO_MANY_HERE = later(
    "Very many chats are open from this network at the moment. This page goes on by itself in a little while."
)


@dataclass(frozen=True)
class Event:
    """`message` (a line, with its number), `ready` when all lines are sent, `beat`, `rest` (why), or `gone`."""

    name: str
    data: str = "."
    number: int = 0

    def text(self, chat: str = "") -> str:
        """As it is sent; of a shared stream, with its chat before its name."""
        name = f"{chat}.{self.name}" if chat else self.name
        head = f"event: {name}\n" if name != "message" else ""
        return (
            f"{head}id: {self.number}\ndata: {self.data}\n\n"
            if self.number
            else f"{head}data: {self.data}\n\n"
        )


# -- over HTTP


async def events(request: Request) -> Response:
    """A chat's lines as they come, each with its number as the id to resume from."""
    chat = own_chat(request)
    after = max(
        number_of(request.query_params.get("after", "")), number_of(request.headers.get("last-event-id", ""))
    )
    return _streamed(_alone(stream(site_of(request), chat, after, address_of(request))))


async def shared_events(request: Request) -> Response:
    """The same for several chats, `at=<chat>.<number>` each; one that is not proved, or too many, goes `alone`."""
    site, address = site_of(request), address_of(request)
    asked = dict(at.partition(".")[::2] for at in request.query_params.getlist("at"))
    proved = [chat for chat in asked if _is_proved(request, chat)][:MOST]
    streams = {chat: stream(site, chat, number_of(asked[chat]), address) for chat in proved}
    return _streamed(_together(streams, asked.keys() - streams.keys()))


def _is_proved(request: Request, chat: str) -> bool:
    return site_of(request).keyring.verify("device", chat, request.cookies.get(f"{AT}{chat}", ""))


def let_share(response: Response, request: Request, chat: str) -> None:
    """Let this browser have the chat in its shared stream."""
    set_cookie(response, request, f"{AT}{chat}", device_proof(site_of(request), chat), SHARED)


def _streamed(text: AsyncIterator[str]) -> Response:
    return StreamingResponse(text, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _alone(events_: AsyncGenerator[Event]) -> AsyncIterator[str]:
    yield BEGINNING
    async with aclosing(events_):
        async for event in events_:
            yield event.text()


async def _together(
    streams: Mapping[str, AsyncGenerator[Event]], others: Iterable[str]
) -> AsyncIterator[str]:
    """All of them as one, until each has ended."""
    yield BEGINNING + "".join(Event("alone").text(chat) for chat in others)
    waiting: asyncio.Queue[str] = asyncio.Queue(1)

    async def bring(chat: str, events_: AsyncGenerator[Event]) -> None:
        async with aclosing(events_):
            async for event in events_:
                await waiting.put(event.text(chat))
        await waiting.put("")

    tasks = [asyncio.create_task(bring(chat, events_)) for chat, events_ in streams.items()]
    try:
        left = len(tasks)
        while left:
            text = await waiting.get()
            left -= not text
            if text:
                yield text
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# -- a chat's lines


async def stream(site: Site, chat: str, after: int, address: str) -> AsyncGenerator[Event]:
    """The lines after `after`, then each as it comes, as long as the page may be open."""
    with site.channel.page(chat, after, address) as here:
        ready, rests = False, _admitted(site, here)
        while not site.channel.stopping:
            here.bell.clear()  # before the look: what comes during it rings again
            reader, rows = await look(site, here)
            if reader is None:
                yield Event("gone")
                return
            if rests := rests or (OPEN_ELSEWHERE if here.ended else ""):
                yield Event("rest", json.dumps(language_of(reader).text(rests)))
                return
            for row in rows:
                here.seen = row.number
                yield Event("message", json.dumps(line_of(row, language_of(reader))), row.number)
            if len(rows) == BATCH:
                continue
            yield Event("beat") if ready else Event("ready")
            ready = True
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await here.bell.wait()


def _admitted(site: Site, here: Page) -> str:
    """Why a page rests that has just been opened, "" where it does not; of its chat the oldest ones make room."""
    limits = site.limits
    if site.channel.pages_from(here.address) > limits.streams_per_address:
        limits.meet(Limit.ADDRESS_STREAMS)
        return TOO_MANY_HERE
    limits.met[Limit.CHAT_STREAMS] += site.channel.make_room(here.chat, limits.streams_per_chat)
    return ""


async def look(site: Site, here: Page) -> tuple[Reader | None, list[Row[Any]]]:
    """Who reads the chat, None where it is closed, and the lines the page has not shown."""
    account = site.channel.account_id

    def find(session: Session) -> tuple[Reader | None, list[Row[Any]]]:
        rows = transcript.since(session, account, here.chat, here.seen, BATCH)
        return transcript.reader_of_chat(session, account, here.chat), list(rows)

    return await site.threads.read(find)


ROUTES = (Route("/chat/{chat}/events", events), Route(SHARED, shared_events))
