"""What Telegram brings: odd updates among good ones, groups, files, presses."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import FILE_KEY
from bot.channels.telegram.updates import arrival_of, following, group_of, parse
from handlers.engine.messages import Incoming, SentFile, SharedContact
from tests.houses.channels.contract import CARD, button, story, until
from tests.houses.channels.telegram import TelegramHouse


@pytest.fixture
def house(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path) as house:
        yield house


@pytest.fixture
def either_house(database):
    """One on each of the two databases, for what has to be stored by both."""
    with TelegramHouse.built(database) as house:
        yield house


MALFORMED = {
    "nothing": {},
    "no message": {"message": None},
    "a list": {"message": []},
    "a word": {"message": "xin chào"},
    "no chat": {"message": {"message_id": 1, "from": {"id": 7}, "text": "a"}},
    "no sender": {"message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "a"}},
    "odd chat": {"message": {"chat": {"id": "x", "type": "private"}, "from": {"id": 7}, "text": "a"}},
    "huge chat": {"message": {"chat": {"id": 2**70, "type": "private"}, "from": {"id": 7}, "text": "a"}},
    "no kind of chat": {"message": {"chat": {"id": 7}, "from": {"id": 7}, "text": "a"}},
    "no words": {"message": {"chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": 5}},
    "odd contact": {"message": {"chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "contact": "x"}},
    "press without data": {"callback_query": {"id": "1", "from": {"id": 7}}},
    "press nowhere": {"callback_query": {"id": "1", "from": {"id": 7}, "data": "x"}},
    "no member": {"my_chat_member": {"chat": {"id": 7, "type": "private"}}},
    "unknown": {"something_new": {"id": 1}},
    "not a number": {
        "message": {"chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": float("nan")}
    },
    "odd letters": {"message": {"text": "a\0\ud83d"}},
    "odd number": {"update_id": "x", "message": {}},
    "numbered true": {"update_id": True, "message": {}},
    "huge number": {"update_id": 2**80, "message": {}},
}


FIELDS = (
    *("update_id", "message", "callback_query", "my_chat_member", "edited_message", "chat", "id", "type"),
    *("from", "text", "data", "document", "file_name", "file_size", "contact", "phone_number", "user_id"),
    *("new_chat_member", "status", "message_id", "animation", FILE_KEY),
)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_update_is_kept_and_told_by_the_parser(name):
    arrival = arrival_of({"update_id": 5, **MALFORMED[name]})

    assert arrival is not None
    assert json.dumps(arrival.payload, allow_nan=False)
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse(arrival.payload)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["private", "kicked"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=25,
)


@given(ANYTHING)
def test_nothing_that_telegram_might_send_breaks_the_keeping_or_the_parser(update):
    arrival = arrival_of(update)
    group_of(update)
    if arrival is not None:
        assert json.dumps(arrival.payload, allow_nan=False)
        with suppress(ValueError, KeyError, TypeError):
            assert isinstance(parse(arrival.payload), Incoming)


@pytest.mark.parametrize("update", [None, [], "x", 5])
def test_what_is_no_update_at_all_is_kept_too(update):
    arrival = arrival_of(update)

    assert arrival is not None
    assert arrival.chat == "?"


@story
async def test_one_malformed_update_among_good_ones_hides_none(either_house):
    house = either_house
    house.user.says("một")
    for number, malformed in enumerate(MALFORMED.values()):
        if "update_id" not in malformed:
            house.fake.push_raw(malformed)
            house.user.says(f"tốt {number}")
    good = sum("update_id" not in malformed for malformed in MALFORMED.values()) + 1
    async with house.open():
        await until(lambda: house.fake.pending == 0)

    rows = house.kept()
    assert len(rows) == 2 * good - 1
    heard = []
    for row in rows:
        try:
            heard.append(parse(row.payload).text)
        except (ValueError, KeyError, TypeError):
            heard.append(None)
    assert heard.count(None) == good - 1
    assert [text for text in heard if text][:3] == ["một", "tốt 0", "tốt 1"]


def test_the_offset_follows_the_last_number_that_can_be_trusted():
    assert following([]) is None
    assert following([{"update_id": 7}, {"update_id": 8}]) == 9
    assert following([{"update_id": 900}, {"update_id": 4}]) == 5
    assert (
        following([{"update_id": 7}, {"update_id": "x"}, None, {"update_id": 2**60}, {"update_id": True}])
        == 8
    )
    assert following([{"update_id": "x"}]) is None


@story
async def test_groups_hear_once_that_nothing_is_said_there_and_nothing_is_kept(house):
    group = house.fake.group("Lớp K12")
    async with house.open():
        house.user.says("/lich", group=group)
        house.user.says("/ketqua", group=group)
        house.fake.push_raw({"message": {"chat": group.as_chat(), "from": {"id": 7}, "pinned_message": {}}})
        await until(lambda: group.messages)
        await until(lambda: house.fake.pending == 0)
        house.user.says("riêng")
        await house.hears()

    assert house.texts() == ["riêng"]
    assert [message.text for message in group.messages] == [
        "Trợ lý chỉ trả lời trong cuộc trò chuyện riêng. Mời đồng chí nhắn trực tiếp cho @caunoi_fake_bot."
    ]


def test_the_parser_refuses_a_group_even_if_one_were_kept():
    message = {"chat": {"id": -7, "type": "supergroup"}, "from": {"id": 7}, "text": "/ketqua"}
    with pytest.raises(ValueError):
        parse({"message": message})


@story
async def test_blocking_is_told_and_what_asks_nothing_is_not_kept(house):
    async with house.open():
        said = house.user.says("lich hoc")
        house.user.corrects(said, "lịch học")
        house.fake.push_raw({"edited_message": {"chat": house.user.as_chat(), "text": "lịch học"}})
        house.user.sends(pinned_message={"message_id": 1})
        house.user.blocks()
        house.user.unblocks()
        house.user.says("tôi đây")
        heard = await house.hears(3)

    assert heard == [Incoming(text="lich hoc"), Incoming(left=True), Incoming(text="tôi đây")]


@pytest.mark.parametrize(
    ("content", "incoming"),
    [
        ({"text": "/start"}, Incoming(start="")),
        ({"text": "/start ABCD-2345"}, Incoming(start="ABCD-2345")),
        ({"text": "/start@caunoi_bot  ABCD 2345 "}, Incoming(start="ABCD 2345")),
        ({"text": "/started"}, Incoming(text="/started")),
        ({"text": "/lich@caunoi_bot tuần"}, Incoming(text="/lich@caunoi_bot tuần")),
        ({"text": "nửa \ud83d chữ"}, Incoming(text="nửa  chữ")),
        ({"sticker": {"file_id": "x"}}, Incoming(other=True)),
        ({"photo": [{"file_id": "x"}], "caption": "đơn"}, Incoming(other=True)),
        ({"voice": {"file_id": "x"}}, Incoming(other=True)),
        ({"something_new": {}}, Incoming(other=True)),
        ({"animation": {"file_id": "x"}, "document": {"file_id": "x"}}, Incoming(other=True)),
        (
            {"contact": {"phone_number": "84912345678", "user_id": 2**52 - 1}},
            Incoming(contact=SharedContact("84912345678", own=True)),
        ),
        (
            {"contact": {"phone_number": "84912345678", "user_id": 8}},
            Incoming(contact=SharedContact("84912345678", own=False)),
        ),
        ({"contact": {"phone_number": "113"}}, Incoming(contact=SharedContact("113", own=False))),
        ({"document": {"file_id": "x"}}, Incoming(file=SentFile("file", 0, None, "unreachable"))),
    ],
)
def test_what_a_message_says(content, incoming):
    message = {"chat": {"id": 2**52 - 1, "type": "private"}, "from": {"id": 2**52 - 1}, **content}

    assert parse({"message": message}) == incoming


# -- files


@story
async def test_a_file_above_twenty_megabytes_is_not_even_fetched(house):
    async with house.open():
        document = {"file_id": "x", "file_name": "to.xlsx", "file_size": 21 * 2**20}
        house.user.sends(document=document)
        (incoming,) = await house.hears()

    assert incoming.file == SentFile("to.xlsx", 21 * 2**20, None, "too_big")
    assert house.fake.called("getFile") == []


@story
async def test_a_file_telegram_finds_too_big_is_told_so(house):
    house.fake.download_limit = 10
    async with house.open():
        house.user.sends_document("to.xlsx", b"x" * 11)
        await house.hears()
        await house.brings_files()

    assert house.heard()[0].file.problem == "too_big"


@pytest.mark.parametrize("times", [2, 3])
@story
async def test_a_file_is_tried_three_times(house, times):
    house.fake.bad_gateway("getFile", times=times)
    async with house.open():
        house.user.sends_document("lop.xlsx", b"12345")
        await house.hears()
        await house.brings_files()

    file = house.heard()[0].file
    assert (file.problem, file.file_id is None) == (("", False) if times == 2 else ("unreachable", True))


@story
async def test_a_file_telegram_no_longer_has_is_told_so(house):
    async with house.open():
        house.user.sends(document={"file_id": "gone", "file_name": "cũ.xlsx", "file_size": 5})
        await house.hears()
        await house.brings_files()

    assert house.heard()[0].file == SentFile("cũ.xlsx", 5, None, "unreachable")
    assert len(house.fake.called("getFile")) == 1
    assert house.kept()[0].payload[FILE_KEY] == {"problem": "unreachable"}


# -- presses


@story
async def test_a_press_is_acknowledged_while_every_other_connection_waits(house):
    async with house.open():
        card = int(await house.sends(CARD, buttons=[[button("Tiếp")]]))
        query = house.user.taps_data("xx:1", card)
        await house.hears()
        house.fake.silence(20, "sendMessage", times=20)
        waiting = [asyncio.create_task(house.sends("x", row)) for row in range(20)]
        await until(lambda: len(house.fake.called("sendMessage")) > 8)

        await asyncio.wait_for(house.channel.acknowledge(house.kept()[0].payload), 5)
        assert house.fake.called("answerCallbackQuery") == [{"callback_query_id": query}]
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@story
async def test_a_press_too_old_to_acknowledge_is_nothing(house):
    async with house.open():
        await house.channel.acknowledge({"callback_query": {"id": "123"}})
        house.fake.bad_gateway("answerCallbackQuery")
        await house.channel.acknowledge({"callback_query": {"id": "124"}})

    assert len(house.fake.called("answerCallbackQuery")) == 2
