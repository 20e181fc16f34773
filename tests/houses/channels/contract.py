"""What every channel must do, told once for all of them.

A house is a channel on its platform with one person at the other end; a new messenger gets one and with it
all these tests:

class TestNewMessenger(ChannelContract):
    house_class = NewMessengerHouse
"""

import asyncio
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import select

from bot.channels.base import Channel, Impossible, Outgoing, RenderedFile, Sent, Unreachable
from bot.limits import Limits
from bot.threads import Threads
from bot.workers.fetcher import Fetcher
from bot.workers.lease import Lease
from handlers.engine.choices import layout
from handlers.engine.messages import Incoming, Press
from storage.base.clock import Clock
from storage.messaging import inbox
from storage.messaging.accounts import Abilities
from storage.messaging.files import StoredFile
from tests.houses.binding import bind_somebody

HOSTILE = '<b>Bobby</b> & "Tables"; <script>alert(1)</script> &lt;'
SHEET = "Danh sách lớp – Đợt 1.xlsx"
CARD = "Chào <b>đồng chí</b>"
LINK = "https://caunoi.example.vn/tep/3f2a?k=1&copy=2"


@dataclass(frozen=True)
class Seen:
    """A message as the person sees it now."""

    id: str
    text: str
    labels: tuple[str, ...] = ()
    file: bytes | None = None
    file_name: str | None = None


async def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """What the condition returns once it is true."""
    end = time.monotonic() + seconds
    while not (found := await asyncio.to_thread(condition)):
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        await asyncio.sleep(0.01)
    return found


def story(test: Callable[..., Any]) -> Callable[..., None]:
    """A test told as a coroutine."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class House:
    """What the contract needs of a platform. Made for one test, used in its event loop."""

    database: Any
    threads: Threads
    clock: Clock
    channel: Channel
    chat: str  # known once it is open

    @classmethod
    def built(cls, database: Any) -> AbstractContextManager["House"]:
        raise NotImplementedError

    def open(self) -> AbstractAsyncContextManager[None]:
        """The channel started and taking updates."""
        raise NotImplementedError

    async def says(self, text: str) -> None:
        raise NotImplementedError

    async def starts(self, payload: str) -> None:
        raise NotImplementedError

    async def presses(self, label: str) -> None:
        """Choose what has this label on the newest card that has it, as a person would there."""
        raise NotImplementedError

    async def own_lines(self) -> list[str]:
        """What the person's own lines in the chat read: what was typed, unless the messenger shows more."""
        return self.texts()

    async def uploads(self, name: str, content: bytes) -> None:
        """Send a file; where the messenger brings none, try to."""
        raise NotImplementedError

    async def sees(self) -> list[Seen]:
        """What the bot has said in the chat, oldest first, each card as it stands now."""
        raise NotImplementedError

    # what differs by what the messenger can do

    @property
    def can(self) -> Abilities:
        return self.channel.ABILITIES

    def started(self, code: str) -> Incoming:
        """What `starts` brings. Where nothing carries a code along, it is typed."""
        return Incoming(start=code)

    def pressed(self, label: str, data: str, card: str) -> Incoming:
        """What `presses` brings. Where there are no buttons, an answer is typed, and the engine reads it."""
        return Incoming(press=Press(data, card))

    def card(self, number: str, words: str, *labels: str) -> Seen:
        """How a message with these words and choices looks: what cannot be buttons is a list below the words."""
        if self.can.buttons is None or len(labels) <= self.can.buttons:
            return Seen(number, words, labels)
        shown = layout(self.outgoing(words, buttons=[[button(label)] for label in labels]), self.can.buttons)
        return Seen(number, f"{words}\n\n{shown.text}", tuple(one["label"] for one in shown.buttons))

    def carries(self, content: bytes) -> bool:
        """Whether the messenger brings a person a file so large."""
        return self.can.largest_file is None or len(content) <= self.can.largest_file

    # the same for all

    def kept(self) -> list[Any]:
        """The inbox, oldest first."""
        with self.database.reading() as session:
            return list(session.execute(select(inbox.inbox).order_by(inbox.inbox.c.id)))

    def heard(self) -> list[Incoming]:
        return [self.channel.parse(row.payload) for row in self.kept()]

    def texts(self) -> list[str]:
        return [incoming.text for incoming in self.heard()]

    async def hears(self, count: int = 1) -> list[Incoming]:
        """The updates, once so many are kept."""
        await until(lambda: len(self.kept()) >= count)
        return self.heard()

    async def brings_files(self, limits: Limits | None = None, *, bound: bool = True) -> None:
        """Fetch what is to be fetched, as the running program does, for a chat that belongs to somebody."""
        if bound:
            bind_somebody(self.database, self.channel.account_id, self.chat, self.clock.now())
        channels = {self.channel.account_id: self.channel}
        fetcher = Fetcher(
            self.threads, self.clock, channels, lambda: None, limits or Limits(),
            taken_on=lambda *_who: date(2026, 11, 29), read=lambda *_file: {},
        )  # fmt: skip
        fetching = asyncio.create_task(fetcher.run(Lease("fetcher")))
        await until(lambda: all(row.state == "waiting" for row in self.kept()))
        fetching.cancel()
        with suppress(asyncio.CancelledError):
            await fetching

    def outgoing(self, html: str, row: int = 1, **more: Any) -> Outgoing:
        return Outgoing(row, self.chat, html, **more)

    async def sends(self, html: str, row: int = 1, **more: Any) -> str:
        """Send what the platform must take. Returns the id it got there."""
        verdict = await self.channel.send(self.outgoing(html, row, **more))
        assert isinstance(verdict, Sent), verdict
        assert verdict.external_id
        return verdict.external_id


def button(label: str, data: str = "xx:1") -> dict[str, str]:
    return {"label": label, "data": data}


def lines(seen: Sequence[Seen]) -> list[str]:
    """What is written on them, without empty lines: parts of a text are cut anywhere between its lines."""
    return [line for each in seen for line in each.text.split("\n") if line]


class ChannelContract:
    """Subclass it as Test…, with `house_class`."""

    house_class: type[House]

    @pytest.fixture
    def house(self, database) -> Iterator[House]:
        with self.house_class.built(database) as house:
            yield house

    # what comes in

    @story
    async def test_what_is_typed_is_kept_and_read_as_it_was_typed(self, house: House):
        async with house.open():
            await house.says(HOSTILE)
            await house.says("lịch học")

            assert await house.hears(2) == [Incoming(text=HOSTILE), Incoming(text="lịch học")]
        assert [row.state for row in house.kept()] == ["waiting", "waiting"]

    @story
    async def test_text_is_composed_whatever_the_keyboard_sent(self, house: House):
        async with house.open():
            await house.says(unicodedata.normalize("NFD", "Nguyễn Thị Hường"))

            assert await house.hears() == [Incoming(text="Nguyễn Thị Hường")]

    @story
    async def test_no_text_breaks_the_database(self, house: House):
        async with house.open():
            await house.says("một\0hai")

            assert await house.hears() == [Incoming(text="mộthai")]

    @story
    async def test_a_start_brings_its_code(self, house: House):
        async with house.open():
            await house.starts("ABCD-2345")

            assert await house.hears() == [house.started("ABCD-2345")]

    @story
    async def test_a_press_names_the_button_and_its_card(self, house: House):
        data = "zz:1y2p0ij32e8e7:-1y2p0ij32e8e8"  # ids of 64 bits
        async with house.open():
            card = await house.sends("Chọn:", buttons=[[button("Đúng"), button("Sai", data)]])
            await house.presses("Sai")

            assert await house.hears() == [house.pressed("Sai", data, card)]
            await house.channel.acknowledge(house.kept()[0].payload)
            assert not any(data in line for line in await house.own_lines())

    @story
    async def test_a_file_is_there_when_its_update_runs(self, house: House):
        content = bytes(range(256)) * 400
        async with house.open():
            await house.uploads(SHEET, content)
            await house.hears()
            await house.brings_files()

        (incoming,) = house.heard()
        if not house.can.files_in:
            assert incoming == Incoming(other=True)
            return
        assert incoming.file is not None
        assert (incoming.file.name, incoming.file.size, incoming.file.problem) == (SHEET, len(content), "")
        with house.database.reading() as session:
            assert session.get(StoredFile, incoming.file.file_id).content == content

    @story
    async def test_a_stranger_leaves_no_file_and_a_chat_no_more_than_its_quota(self, house: House):
        if not house.can.files_in or house.channel.kind == "web":  # a page refuses it before anything is kept
            return
        limits = Limits(files_mb=1)
        async with house.open():
            for n, bound in enumerate((False, True, True)):
                await house.uploads(SHEET, bytes(600_000))
                await house.hears(n + 1)
                await house.brings_files(limits, bound=bound)

        problems = [incoming.file.problem for incoming in house.heard()]
        assert problems == ["stranger_file", "", "file_quota"]
        assert limits.met == {"stranger_file": 1, "file_quota": 1}
        with house.database.reading() as session:
            assert len(session.execute(select(StoredFile.id)).all()) == 1

    @pytest.mark.parametrize("payload", [{}, {"nothing": 1}, {"malformed": "x"}])
    def test_a_malformed_update_is_refused_by_the_parser(self, house: House, payload: dict[str, Any]):
        with pytest.raises((ValueError, KeyError, TypeError)):
            house.channel.parse(payload)

    @pytest.mark.parametrize("payload", [{}, {"callback_query": None}, {"callback_query": {"id": "0"}}])
    @story
    async def test_an_acknowledgement_is_best_effort(self, house: House, payload: dict[str, Any]):
        async with house.open():
            await house.channel.acknowledge(payload)

            assert await house.sees() == []

    # what goes out

    @story
    async def test_a_message_arrives_as_it_was_meant(self, house: House):
        text = Markup("Đồng chí <b>{}</b>\n<i>kính mời</i>").format(HOSTILE)
        async with house.open():
            sent = await house.sends(str(text), buttons=[[button("Đã nhận"), button("Từ chối")]])

            expected = f"Đồng chí {HOSTILE}\nkính mời"
            assert await house.sees() == [house.card(sent, expected, "Đã nhận", "Từ chối")]

    @story
    async def test_a_card_is_replaced_in_its_place(self, house: House):
        async with house.open():
            card = await house.sends(CARD, buttons=[[button("Tiếp")]])
            again = await house.sends("Xong rồi", 2, edits=card, buttons=[[button("Quay lại")]])
            last = await house.sends("Hết", 3, edits=again)

            if house.can.edits:
                assert card == again == last
                assert await house.sees() == [Seen(card, "Hết")]
            else:  # it comes anew, and says the same
                first = house.card(card, "Chào đồng chí", "Tiếp")
                second = house.card(again, "Xong rồi", "Quay lại")
                assert await house.sees() == [first, second, Seen(last, "Hết")]

    @story
    async def test_a_card_replaced_by_the_same_is_success(self, house: House):
        async with house.open():
            card = await house.sends(CARD, buttons=[[button("Tiếp")]])
            again = await house.sends(CARD, 2, edits=card, buttons=[[button("Tiếp")]])

            seen = [house.card(number, "Chào đồng chí", "Tiếp") for number in (card, again)]
            assert await house.sees() == (seen[:1] if house.can.edits else seen)
            assert (again == card) is house.can.edits

    @pytest.mark.parametrize("edits", ["999999", "không có", "-1", "1" * 30])
    @story
    async def test_a_card_that_is_gone_comes_anew(self, house: House, edits: str):
        async with house.open():
            new = await house.sends(CARD, edits=edits, buttons=[[button("Tiếp")]])

            assert await house.sees() == [house.card(new, "Chào đồng chí", "Tiếp")]

    @story
    async def test_a_file_arrives_under_its_name_with_words_and_buttons(self, house: House):
        content = bytes(range(256)) * 40
        file = RenderedFile(SHEET, content)
        async with house.open():
            sent = await house.sends(
                "Danh sách <b>lớp</b>:", file=file, link=LINK, buttons=[[button("Đã nhận")]]
            )

            (seen,) = await house.sees()
            if house.carries(content):
                assert seen == Seen(sent, "Danh sách lớp:", ("Đã nhận",), content, SHEET)
            else:  # a link stands for it
                expected = house.card(sent, "", "Đã nhận")
                assert (seen.id, seen.labels, seen.file) == (sent, expected.labels, None)
                assert seen.text.startswith("Danh sách lớp:")
                assert SHEET in seen.text
                assert LINK in seen.text
                assert seen.text.endswith(expected.text)

    @story
    async def test_a_long_text_arrives_whole_and_its_buttons_last(self, house: House):
        words = [f"Học viên thứ {number}: 😀 chưa có kết quả rèn luyện." for number in range(250)]
        async with house.open():
            last = await house.sends(
                "\n".join(f"<b>{each}</b>" for each in words), buttons=[[button("Đã xem")]]
            )

            seen, expected = await house.sees(), house.card(last, "\n".join(words), "Đã xem")
            assert lines(seen) == lines([expected])
            assert [each.labels for each in seen] == [()] * (len(seen) - 1) + [expected.labels]
            assert seen[-1].id == last

    @story
    async def test_a_chat_that_is_none_of_the_platforms_breaks_nothing(self, house: House):
        async with house.open():
            for chat in ("", "?", "không có", "9" * 30, "../../etc"):
                verdict = await house.channel.send(Outgoing(7, chat, CARD))
                assert isinstance(verdict, Sent | Impossible | Unreachable), verdict

            assert await house.sees() == []

    @story
    async def test_a_channel_that_was_stopped_keeps_nothing_open(self, house: House):
        async with house.open():
            await house.sends(CARD)
        await house.channel.stop()  # once more does no harm
