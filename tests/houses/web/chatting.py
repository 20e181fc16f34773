"""A web chat to test against: real HTTP, a small conversation of its own, and nothing of bot.app.

with chat_server(database) as chat:
    httpx.post(chat.link("PHIEU-7"))
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from bot.channels.base import Outgoing, RenderedFile, Sent
from bot.channels.web import WebChannel
from bot.threads import Threads
from bot.web.web import Site, create_app
from bot.workers.intake import Intake
from handlers.engine.conversation import ANYONE, EVENTS, Conversation
from handlers.engine.desk import Links
from handlers.engine.messages import Button, Document, Link, Message, lines
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.messaging import outbox
from storage.messaging.accounts import account_named
from storage.people.people import Centre
from tests.houses.binding import bind_somebody
from tests.houses.serving import Served, serve
from tests.houses.web.bringing import brings_files

START = datetime(2026, 11, 16, 2, 5, tzinfo=UTC)  # Monday, 9:05 in Vietnam
SHEET = "Lịch học tháng 12 – Đợt 1.xlsx"
KEYBOARD = (("Lịch học", "Kết quả"), ("Báo cáo nền nếp", "Dữ liệu của tôi"))

small = Conversation("small")


@small.on("start")
def start(turn, payload: str) -> None:
    text = lines(
        Markup("Trợ lý tự động của <b>Trung tâm Chính trị</b> kính chào."),
        Markup("Phiếu này mang mã <b>{}</b>. Có đúng là đồng chí không?").format(payload),
    )
    turn.say(Message(text, [[Button("Đúng là tôi", is_me), Button("Không phải tôi", not_me)]]))


@small.button("im", may=ANYONE)
def is_me(turn) -> None:
    turn.show(Message(Markup("Đã liên kết. <i>Trân trọng.</i>"), keyboard=KEYBOARD))


@small.button("nm", may=ANYONE)
def not_me(turn) -> None:
    turn.say("Đề nghị đồng chí gọi Trung tâm.")


@small.button("ct", may=ANYONE)
def count(turn, number: int) -> None:
    turn.show(_counting(number))


def _counting(number: int) -> Message:
    return Message(f"Đã đếm: {number}", [[Button("Thêm một", count, number=number + 1)]])


@small.paper("sh")
def sheet(_desk, _language, number: int) -> bytes:
    return b"sheet %d" % number


@small.on("unknown_words")
@small.on("stranger")
def answer(turn, text: str) -> None:
    """Whatever is said to the small conversation."""
    words, _space, rest = text.partition(" ")
    if words == "đếm":
        turn.say(_counting(0))
    elif words == "tệp":
        turn.say(Message("Lịch học đây.", document=Document(sheet, SHEET, {"number": 7})))
    elif words == "trang":
        turn.say(Message("Mở trang:", [[Link("Trang Trung tâm", "https://example.vn/")]]))
    elif words == "danh":
        turn.say(Message("Chọn học viên:", [[Button(name, count, number=1)] for name in rest.split(",")]))
    else:
        turn.say(Message(Markup("Đồng chí viết: <b>{}</b>").format(text)))


@small.on("file")
def took_file(turn, file) -> None:
    turn.say(f"Đã nhận tệp {file.name}, {file.size} byte, số {file.file_id}.")


def _quiet(turn, *_anything) -> None:
    turn.say("Nút này không còn dùng. Đề nghị mở Danh mục.")


for _event in EVENTS:
    if _event not in small.events:
        small.on(_event)(_quiet)


class ChatServer:
    """The web chat's parts around one database, the time standing still until moved."""

    def __init__(self, database) -> None:
        self.database = database
        self.time = START
        self.clock = Clock(real=lambda: self.time)
        self.threads = Threads(database)
        with database.transaction() as session:
            self.account = account_named(session, "web").id
            session.add(Centre(name="Trung tâm Chính trị phường An Hòa", phone="02033123456"))
        self.table = Table([small])
        self.channel = WebChannel(self.account, None, self.threads, self.clock)
        self.links = Links("", database.keyring)
        self.intake = Intake(database, self.table, self.clock, self.links, {self.account: self.channel.parse})
        self.arrived, self.answered = asyncio.Event(), asyncio.Event()
        self.site = Site(
            self.threads, self.clock, database.keyring, self.channel, self.arrived.set, self.table, self.links
        )
        self.app = create_app(self.site)
        self.browsers: list[Any] = []  # what a test opened, closed before the server stops
        self.served: Served

    def link(self, code: str = "ABCD-2345") -> str:
        return Links(self.served.url, self.database.keyring).start(code)

    def later(self, **span: float) -> None:
        self.time += timedelta(**span)

    def rows(self, table, **where: Any) -> list[Any]:
        with self.database.reading() as session:
            query = select(table).filter_by(**where) if where else select(table)
            return list(session.execute(query.order_by(table.c.id)))

    def binds(self, chat: str) -> None:
        """Link a chat with somebody, who has consented elsewhere."""
        bind_somebody(self.database, self.account, chat, self.time)

    def says(self, chat: str, html: str, *, buttons=(), private: bool = False, **more: Any) -> None:
        """The centre's side says something in a chat, as a timer would."""
        wire = {"html": html, "buttons": [list(row) for row in buttons], "keyboard": [], "document": None}
        wire["private"] = private
        with self.database.transaction() as session:
            outbox.put(
                session, account_id=self.account, chat=chat, message=wire, due_at=self.time,
                made_at=self.time, **more,
            )  # fmt: skip
        self.served.loop.call_soon_threadsafe(self.answered.set)

    # -- what bot.app does, in its smallest form

    async def turns(self) -> None:
        while True:
            self.arrived.clear()
            if await self.threads.call(self._step) is None:
                await _either(self.arrived)
            self.answered.set()

    def _step(self):
        brings_files(self.database, self.account, self.time, self.channel.parse)
        return self.intake.step()

    async def sends(self) -> None:
        while True:
            self.answered.clear()
            due = await self.threads.read(
                lambda session: session.execute(
                    select(outbox.outbox).where(outbox.outbox.c.state == "due").order_by(outbox.outbox.c.id)
                ).all()
            )
            for row in due:
                await self._send(row)
            if not due:
                await _either(self.answered)

    async def _send(self, row: Any) -> None:
        verdict = await self.channel.send(self.outgoing(row))
        assert isinstance(verdict, Sent)
        values = {"state": "sent", "external_id": verdict.external_id}
        await self.threads.write(lambda session: outbox.settle(session, [row.id], values))

    def outgoing(self, row: Any) -> Outgoing:
        wire, file = row.message, None
        if wire["document"]:
            paper = self.table.papers[wire["document"]["key"]]
            content = paper.run(None, None, **wire["document"]["ids"])
            file = RenderedFile(wire["document"]["name"], content)
        return Outgoing(
            row.id, row.chat, wire["html"], wire["buttons"], file, wire["keyboard"], edits=row.edits
        )


async def _either(event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):  # wait_for may swallow a cancellation
            await event.wait()


@contextmanager
def chat_server(database) -> Iterator[ChatServer]:
    server = ChatServer(database)
    with serve(server.app, beside=[server.turns, server.sends], closing=server.channel.stop) as server.served:
        yield server
        for browser in server.browsers:
            browser.close()
    server.threads.close()


__all__ = ["KEYBOARD", "SHEET", "START", "ChatServer", "chat_server"]
