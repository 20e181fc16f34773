"""The Telegram channel over real HTTP: what it keeps, what it sends, and what each answer of Telegram's means."""

import asyncio
import json
import logging
import re
import shutil
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.channels import telegram as channel_module
from bot.channels import telegram_wire
from bot.channels.base import (
    AccountDown,
    AccountError,
    Impossible,
    Later,
    Moved,
    Outgoing,
    RenderedFile,
    Sent,
    Unreachable,
)
from bot.channels.telegram_text import cut, plain, units
from bot.channels.telegram_updates import arrival_of, following, group_of, parse
from bot.fetcher import FILE_KEY
from handlers.messages import Incoming, SentFile, SharedContact
from storage.engine import Database
from storage.keyring import Keyring
from tests.conftest import SECRET
from tests.contract import CARD, button, story, until
from tests.fakes.telegram_bare import ask
from tests.fakes.telegram_faults import Limits
from tests.fakes.telegram_text import parse_html
from tests.serving import serve
from tests.telegram_house import TOKEN, TelegramHouse

SETTING = "CAUNOI_TELEGRAM_TOKEN"


@pytest.fixture
def one_database(sqlite_template, tmp_path):
    """Most of this never depends on the database; the contract runs on both."""
    shutil.copy(sqlite_template, tmp_path / "caunoi.db")
    opened = Database(f"sqlite:///{tmp_path / 'caunoi.db'}", Keyring(SECRET))
    yield opened
    opened.close()


@pytest.fixture
def house(one_database):
    with TelegramHouse.built(one_database) as house:
        yield house


@pytest.fixture
def either_house(database):
    """One on each of the two databases, for what has to be stored by both."""
    with TelegramHouse.built(database) as house:
        yield house


def texts(house) -> list[str]:
    return [incoming.text for incoming in house.heard()]


# -- beginning


@story
async def test_it_greets_and_keeps_the_name_that_links_need(house):
    async with house.open():
        assert house.account.username == "caunoi_fake_bot"


@story
async def test_the_command_menu_is_vietnamese_and_english_for_english_apps(house):
    async with house.open():
        menus = house.fake.menus
        await until(lambda: len(menus) == 2)

    shown = {
        language: {c["command"]: c["description"] for c in menu} for (_, language), menu in menus.items()
    }
    assert shown[""].keys() == shown["en"].keys() >= {"menu", "lich", "huy"}
    assert shown[""]["lich"].startswith("Lịch học")
    assert shown["en"]["lich"].startswith("Timetable")


@story
async def test_refused_commands_keep_no_update_away(house):
    house.fake.fail_next("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID", times=2)
    async with house.open():
        house.user.says("lịch học")

        assert await house.hears() == [Incoming(text="lịch học")]


@pytest.mark.parametrize("status", [401, 404])
@story
async def test_a_refused_token_stops_the_start_with_the_setting_and_the_mend(house, status):
    house.fake.fail_next("getMe", status, "Unauthorized")
    with pytest.raises(AccountError, match=SETTING) as refused:
        async with house.open():
            pass

    assert "BotFather" in str(refused.value)
    assert TOKEN not in str(refused.value)


@story
async def test_a_network_that_is_down_at_the_start_is_waited_for(house):
    house.fake.drop_connections(3, "getMe")
    async with house.open():
        assert house.account.paused_until is not None
        assert house.account.pause_reason
        house.user.says("có ai không")

        assert await house.hears() == [Incoming(text="có ai không")]
        await until(lambda: house.account.pause_reason == "")
        assert house.account.username == "caunoi_fake_bot"


@pytest.mark.parametrize("fault", ["bad_gateway", "block_page", "captive_portal", "flood", "broken"])
@story
async def test_whatever_answers_in_telegrams_place_the_start_goes_on(house, fault, monkeypatch):
    if fault == "bad_gateway":
        house.fake.bad_gateway("getMe")
    elif fault == "flood":
        house.fake.fail_next("getMe", 429, "Too Many Requests: retry after 1", retry_after=1)
    elif fault == "broken":
        house.fake.fail_next("getMe", 200, "Internal")
    else:
        status = {"block_page": 403, "captive_portal": 200}[fault]
        monkeypatch.setattr(telegram_wire.HTTPXRequest, "do_request", _page(status, "getMe"))
    async with house.open():
        house.user.says("xin chào")
        await until(lambda: house.account.pause_reason)
        monkeypatch.undo()

        assert await house.hears() == [Incoming(text="xin chào")]


def _page(status: int, method: str):
    """A provider's page in Telegram's place, for one method."""
    real = telegram_wire.HTTPXRequest.do_request

    async def answer(self, *args, **kwargs):
        if method in kwargs["url"]:
            return status, b"<html>Trang nay bi chan</html>"
        return await real(self, *args, **kwargs)

    return answer


# -- receiving


class Gate:
    """A store that waits until it is opened."""

    def __init__(self, house) -> None:
        self.house, self.asked, self.opened = house, asyncio.Event(), asyncio.Event()

    async def __call__(self, arrivals) -> None:
        self.asked.set()
        await self.opened.wait()
        await self.house.store(arrivals)


@story
async def test_updates_are_confirmed_only_after_they_are_stored(house):
    gate = Gate(house)
    async with house.open(gate):
        house.user.says("một")
        await gate.asked.wait()
        assert house.fake.pending == 1
        gate.opened.set()
        await until(lambda: house.fake.pending == 0)

        assert texts(house) == ["một"]


@story
async def test_killed_between_poll_and_store_the_update_comes_again(house):
    gate = Gate(house)
    async with house.open(gate):
        house.user.says("một")
        await gate.asked.wait()
    assert house.kept() == []

    house.renew()
    async with house.open():
        assert await house.hears() == [Incoming(text="một")]


@story
async def test_killed_between_store_and_confirmation_the_update_stays_one(either_house):
    house = either_house
    stored = asyncio.Event()

    async def store(arrivals) -> None:
        await house.store(arrivals)
        stored.set()
        await asyncio.Event().wait()

    async with house.open(store):
        house.user.says("một")
        await stored.wait()
    assert house.fake.pending == 1

    house.renew()
    async with house.open():
        house.user.says("hai")
        await house.hears(2)

    assert texts(house) == ["một", "hai"]


@story
async def test_a_database_that_is_away_loses_no_update_and_tells_the_log_nobodys_words(house, caplog):
    tries = []

    async def store(arrivals) -> None:
        tries.append(arrivals)
        if len(tries) < 3:
            raise OSError(f"the disk is full: {arrivals}")
        await house.store(arrivals)

    async with house.open(store):
        house.user.says("tôi bị ốm")
        assert await house.hears() == [Incoming(text="tôi bị ốm")]

    assert [record.fields["reason"] for record in caplog.records if record.levelname == "WARNING"] == [
        "OSError"
    ] * 2
    assert "ốm" not in caplog.text + str([record.__dict__ for record in caplog.records])


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
async def test_updates_that_cannot_be_confirmed_are_not_asked_for_in_a_rush(house, monkeypatch):
    monkeypatch.setattr(channel_module.updates, "following", lambda _updates: None)
    house.channel.first_wait = 0.2
    house.user.says("một")
    async with house.open():
        await house.hears()
        await asyncio.sleep(0.5)

    assert len(house.fake.called("getUpdates")) < 6
    assert texts(house) == ["một"]


@story
async def test_numbers_may_start_again_after_a_quiet_week(house):
    async with house.open():
        house.user.says("một")
        await until(lambda: house.fake.pending == 0)
        house.fake.restart_update_ids(17)
        house.user.says("hai")
        await until(lambda: house.fake.pending == 0)
        house.user.says("ba")
        await house.hears(3)

    assert texts(house) == ["một", "hai", "ba"]


@story
async def test_a_hundred_and_fifty_updates_come_in_order(house):
    for number in range(150):
        house.user.says(str(number))
    async with house.open():
        await house.hears(150)

    assert texts(house) == [str(number) for number in range(150)]


@pytest.mark.parametrize(
    "fault",
    [
        lambda fake: fake.fail_next("getUpdates", 500, "Internal Server Error"),
        lambda fake: fake.fail_next("getUpdates", 200, "Bad Request: strange"),
        lambda fake: fake.fail_next("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1),
        lambda fake: fake.fail_next("getUpdates", 401, "Unauthorized"),
        lambda fake: fake.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request"),
        lambda fake: fake.bad_gateway("getUpdates", times=2),
        lambda fake: fake.drop_connections(2, "getUpdates"),
        lambda fake: fake.drop_connections(1, "getUpdates", carried_out=True),
    ],
)
@story
async def test_whatever_happens_to_a_poll_no_update_is_lost(house, fault):
    fault(house.fake)
    house.user.says("một")
    async with house.open():
        assert await house.hears() == [Incoming(text="một")]
        await until(lambda: house.account.pause_reason == "")


@story
async def test_a_token_refused_while_running_is_told_on_the_account(house):
    house.channel.first_wait = 0.3
    house.fake.fail_next("getUpdates", 401, "Unauthorized")
    async with house.open():
        await until(lambda: SETTING in house.account.pause_reason)
        assert house.account.paused_until is not None
        await until(lambda: house.account.pause_reason == "")


@story
async def test_a_webhook_left_by_somebody_is_removed(house):
    ask(house.fake, "setWebhook", url="https://example.vn/x")
    async with house.open():
        house.user.says("một")
        await house.hears()
        ask(house.fake, "setWebhook", url="https://example.vn/y")  # and once more while it runs
        house.user.says("hai")

        assert await house.hears(2) == [Incoming(text="một"), Incoming(text="hai")]


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

    assert texts(house) == ["riêng"]
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


# -- sending


@story
async def test_words_are_bold_and_previews_off(house):
    async with house.open():
        await house.sends("Lớp <b>K12</b> &amp; <i>K13</i>: https://example.vn")

    (message,) = house.user.messages
    assert [(e["type"], e["offset"], e["length"]) for e in message.entities][:2] == [
        ("bold", 4, 3),
        ("italic", 10, 3),
    ]
    assert house.fake.called("sendMessage")[0]["link_preview_options"] == {"is_disabled": True}


@story
async def test_a_link_opens_a_page_but_one_to_this_computer_is_written_out(house):
    rows = [
        [{"label": "Xem lịch", "url": "https://example.vn/b/x"}],
        [{"label": "Mở <đây>", "url": "http://127.0.0.1:8080/b/x?a=1&b=2"}],
        [{"label": "Và đây", "url": "http://localhost/x"}],
    ]
    async with house.open():
        await house.sends("Mời đồng chí:", buttons=rows)

    (message,) = house.user.messages
    assert message.buttons == [[("Xem lịch", "https://example.vn/b/x")]]
    assert message.text == (
        "Mời đồng chí:\n\nMở <đây>: http://127.0.0.1:8080/b/x?a=1&b=2\nVà đây: http://localhost/x"
    )


@story
async def test_the_keyboard_of_the_chat_stays(house):
    async with house.open():
        await house.sends("Menu", keyboard=[["Lịch học", "Kết quả"], ["Trợ giúp"]])
        house.user.taps("Kết quả")

        assert await house.hears() == [Incoming(text="Kết quả")]
    markup = house.fake.called("sendMessage")[0]["reply_markup"]
    assert markup["resize_keyboard"]
    assert markup["is_persistent"]


@story
async def test_a_number_is_asked_for_by_a_button_that_goes_afterwards(house):
    async with house.open():
        await house.sends("Hoặc:", asks_phone="Gửi số của tôi")
        house.user.taps("Gửi số của tôi")
        assert await house.hears() == [Incoming(contact=SharedContact("84912345678", own=True))]
        await house.sends("Cảm ơn", 2, buttons=[[button("Tiếp")]])
        await house.sends("Xong", 3)
        await house.sends("Hết", 4)

    markups = [call.get("reply_markup") for call in house.fake.called("sendMessage")]
    assert markups[0]["keyboard"] == [[{"text": "Gửi số của tôi", "request_contact": True}]]
    assert markups[2] == {"remove_keyboard": True}
    assert markups[3] is None


@story
async def test_a_new_keyboard_takes_the_place_of_the_one_that_asked(house):
    async with house.open():
        await house.sends("Hoặc:", asks_phone="Gửi số của tôi")
        await house.sends("Menu", 2, keyboard=[["Lịch học"]])
        await house.sends("Hết", 3)

    assert house.fake.called("sendMessage")[2].get("reply_markup") is None


@pytest.mark.parametrize("more", [{"keyboard": [["Lịch học"]]}, {"asks_phone": "Gửi số của tôi"}])
@story
async def test_a_keyboard_cannot_stand_in_a_card_and_comes_anew(house, more):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        new = await house.sends("Menu", 2, edits=card, **more)

    assert new != card
    assert house.fake.called("editMessageText") == []


@pytest.mark.parametrize(
    "reason", ["message can't be edited", "MESSAGE_ID_INVALID", "message to edit not found"]
)
@story
async def test_a_card_telegram_will_not_edit_comes_anew(house, reason):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        house.fake.fail_next("editMessageText", 400, f"Bad Request: {reason}")
        new = await house.sends("Xong", 2, edits=card)

    assert [(str(m.id), m.text) for m in house.user.messages] == [(card, "Chào đồng chí"), (new, "Xong")]


@story
async def test_a_file_cannot_be_edited_into_words_which_come_anew(house):
    async with house.open():
        card = await house.sends("Tệp:", file=RenderedFile("a.ics", b"x"), buttons=[[button("Tiếp")]])
        new = await house.sends("Xong", 2, edits=card)

    assert new != card
    assert house.user.last.text == "Xong"


@story
async def test_a_caption_too_long_goes_before_its_file(house):
    text = "Danh sách. " * 200
    async with house.open():
        sent = await house.sends(text, file=RenderedFile("a.xlsx", b"x"), buttons=[[button("Đã nhận")]])

    words, file = house.user.messages
    assert (words.text, words.labels) == (text.strip(), [])
    assert (file.text, file.labels, file.document_name, str(file.id)) == ("", ["Đã nhận"], "a.xlsx", sent)


@story
async def test_an_edit_too_long_begins_in_the_card_and_ends_below_it(house):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        last = await house.sends("câu chữ. " * 600, 2, edits=card, buttons=[[button("Quay lại")]])

    first, second = house.user.messages
    assert (str(first.id), first.labels) == (card, [])
    assert (str(second.id), second.labels) == (last, ["Quay lại"])


@story
async def test_parts_that_arrived_are_not_sent_again(house):
    house.fake.latency = 0.1
    long = "câu chữ. " * 1000
    outgoing = house.outgoing(long, 9, buttons=[[button("Đã xem")]])
    async with house.open():
        breaks_off = asyncio.create_task(house.channel.send(outgoing))
        await until(lambda: house.user.messages)
        house.fake.fail_next("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
        verdict = await breaks_off
        assert verdict == Later(3, "429 Too Many Requests: retry after 3", whole_account=True)
        assert len(house.user.messages) < 3
        done = await house.channel.send(outgoing)

    parts = house.user.messages
    assert " ".join(part.text for part in parts) == long.strip()
    assert done == Sent(str(parts[-1].id))
    assert [part.labels for part in parts] == [[], [], ["Đã xem"]]


@story
async def test_words_telegram_cannot_read_go_without_their_markup(house):
    async with house.open():
        await house.sends("Lớp <h1>K12</h1> &amp; <b>K13")
        house.fake.violations.clear()  # that was the point

    assert house.user.last.text == "Lớp K12 & K13"


# -- cutting


WORDS = st.lists(
    st.sampled_from(
        ["học viên ", "😀", "&amp;", "&lt;", "&#39;", "<b>", "</b>", "<i>", "</i>", ". ", "\n", "ư" * 30]
    ),
    max_size=120,
)


def closed(tokens: list[str]) -> str:
    """The tokens with their tags made to fit each other."""
    html, tags = "", []
    for token in tokens:
        if re.fullmatch(r"<[bi]>", token):
            tags.append(token[1])
        elif token.startswith("</"):
            if not tags or tags[-1] != token[2]:
                continue
            tags.pop()
        html += token
    return html + "".join(f"</{tag}>" for tag in reversed(tags))


@given(WORDS, st.integers(40, 200))
def test_no_cut_loses_a_letter_or_breaks_a_tag(tokens, limit):
    html = closed(tokens)
    parts = cut(html, limit)

    assert re.sub(r"\s", "", "".join(plain(part) for part in parts)) == re.sub(r"\s", "", plain(html))
    for part in parts:
        shown, _entities = parse_html(part)  # as Telegram reads it; raises for a broken tag
        assert units(shown) <= limit


def test_what_is_bold_stays_bold_over_a_cut():
    assert cut("<b>" + "một hai ba bốn. " * 4 + "</b>", 40) == [
        "<b>một hai ba bốn. một hai ba bốn. </b>",
        "<b>một hai ba bốn. một hai ba bốn. </b>",
    ]


def test_a_cut_prefers_the_end_of_a_line_then_of_a_sentence_then_of_a_word():
    assert cut("a b. c\nd e f", 9) == ["a b. c\n", "d e f"]
    assert cut("aa bb. cc dd", 9) == ["aa bb. ", "cc dd"]
    assert cut("aaaa bbbb cccc", 11) == ["aaaa bbbb ", "cccc"]
    assert cut("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


# -- verdicts


REFUSED = {
    "flood": (
        (429, "Too Many Requests: retry after 7", 7),
        Later(7, "429 Too Many Requests: retry after 7", True),
    ),
    "blocked": ((403, "Forbidden: bot was blocked by the user"), Unreachable),
    "deactivated": ((403, "Forbidden: user is deactivated"), Unreachable),
    "never started": ((403, "Forbidden: bot can't initiate conversation with a user"), Unreachable),
    "unknown chat": ((400, "Bad Request: chat not found"), Unreachable),
    "unknown peer": ((400, "Bad Request: PEER_ID_INVALID"), Unreachable),
    "button": ((400, "Bad Request: BUTTON_DATA_INVALID"), Impossible),
    "no rights": ((400, "Bad Request: not enough rights to send text messages"), Impossible),
    "too large": ((413, "Request Entity Too Large"), Impossible),
    "server": ((500, "Internal Server Error"), AccountDown),
    "unavailable": ((503, "Service Unavailable"), AccountDown),
    "flood without a time": ((429, "Too Many Requests"), AccountDown),
    "blocked, under 200": ((200, "Forbidden: bot was blocked by the user"), Unreachable),
    "200 but not ok": ((200, "Bad Request: strange"), Impossible),
}


@pytest.mark.parametrize("name", REFUSED)
@story
async def test_every_refusal_has_its_verdict(house, name):
    refusal, expected = REFUSED[name]
    house.fake.fail_next("sendMessage", *refusal)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == expected if isinstance(expected, Later) else isinstance(verdict, expected), verdict


@pytest.mark.parametrize("status", [401, 404])
@story
async def test_a_token_refused_at_sending_pauses_the_account_and_names_the_setting(house, status):
    house.fake.fail_next("sendMessage", status, "Unauthorized")
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown)
    assert SETTING in verdict.reason
    assert verdict.seconds >= 30


@story
async def test_a_chat_that_moved_has_its_new_address(house):
    new = -(10**12) - 5
    house.fake.fail_next("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=new)
    async with house.open():
        assert await house.channel.send(house.outgoing(CARD)) == Moved(str(new))


@pytest.mark.parametrize(
    "fault",
    [
        lambda fake: fake.bad_gateway("sendMessage"),
        lambda fake: fake.drop_connections(1, "sendMessage"),
        lambda fake: fake.drop_connections(1, "sendMessage", carried_out=True),
        lambda fake: fake.silence(1, "sendMessage"),
    ],
)
@story
async def test_trouble_on_the_way_pauses_the_account_and_costs_no_message_a_try(house, fault, monkeypatch):
    monkeypatch.setattr(channel_module, "SENDING", (4, 0.3))
    house.renew()
    fault(house.fake)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))
        assert isinstance(verdict, AccountDown), verdict
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Sent)


@pytest.mark.parametrize("status", [200, 403, 404, 502])
@story
async def test_a_providers_page_blames_nobody(house, status, monkeypatch):
    async with house.open():
        monkeypatch.setattr(telegram_wire.HTTPXRequest, "do_request", _page(status, "sendMessage"))
        verdict = await house.channel.send(house.outgoing(CARD))
        monkeypatch.undo()

    assert isinstance(verdict, AccountDown), verdict


@story
async def test_nothing_listens_at_the_address(house, monkeypatch):
    async with house.open():
        monkeypatch.setattr(house.channel.bot, "_base_url", "http://127.0.0.1:9/bot" + TOKEN)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown), verdict


@story
async def test_a_fault_of_our_own_holds_back_the_one_message(house, monkeypatch):
    async with house.open():
        monkeypatch.setattr(house.channel.sending, "_deliver", None)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == Later(30, "TypeError: 'NoneType' object is not callable")


@story
async def test_who_blocks_the_bot_is_unreachable(house):
    async with house.open():
        house.user.blocks()
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Unreachable)
        stranger = Outgoing(1, str(2**51), CARD)
        assert isinstance(await house.channel.send(stranger), Unreachable)


@story
async def test_a_real_flood_says_how_long_to_wait(one_database):
    with TelegramHouse.built(one_database, limits=Limits(chat_burst=2)) as house:
        async with house.open():
            verdicts = [await house.channel.send(house.outgoing(CARD, row)) for row in range(3)]

    assert [type(verdict) for verdict in verdicts] == [Sent, Sent, Later]
    assert verdicts[2].seconds >= 1
    assert verdicts[2].whole_account


# -- the webhook


@asynccontextmanager
async def hooked(house):
    """The channel behind a webhook, its routes served."""
    app = Starlette(routes=house.channel.routes(house.store))
    with serve(app) as served:
        house.channel.webhook = served.url + house.channel.path
        async with house.open():
            await until(lambda: house.fake.delivery.webhook)
            yield house.channel.webhook


@pytest.fixture
def public(one_database):
    with TelegramHouse.built(one_database, public_url="https://caunoi.example.vn") as house:
        yield house


@story
async def test_updates_are_pushed_where_there_is_a_public_address(public):
    assert public.channel.webhook.startswith("https://caunoi.example.vn/telegram/")
    async with hooked(public):
        public.user.says("một")
        assert await public.hears() == [Incoming(text="một")]
        await until(lambda: public.fake.pending == 0)

    assert public.fake.called("getUpdates") == []
    assert TOKEN.partition(":")[2] not in public.channel.path


@story
async def test_a_push_is_believed_only_with_the_secret(public):
    async with hooked(public) as url:
        update = {"update_id": 1, "message": {"chat": public.user.as_chat(), "from": {"id": 7}, "text": "a"}}
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "đoán".encode()}):
            answer = await asyncio.to_thread(httpx.post, url, json=update, headers=headers, trust_env=False)
            assert answer.status_code == 403

    assert public.kept() == []


async def _push(public, url: str, content: bytes) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": public.channel.secret}
    answer = await asyncio.to_thread(httpx.post, url, content=content, headers=headers, trust_env=False)
    return answer.status_code


@story
async def test_a_push_that_is_no_update_is_kept_and_does_not_come_again(public):
    async with hooked(public) as url:
        assert await _push(public, url, b"{ no json") == 200
        assert await _push(public, url, b"[" * 100_000) == 200
        assert await _push(public, url, b"[1]") == 200
        assert await _push(public, url, b"x" * (2**20 + 1)) == 413

    assert len(public.kept()) == 3


@story
async def test_a_push_that_cannot_be_stored_has_to_come_again(public):
    async def store(_arrivals) -> None:
        raise OSError("the disk is full")

    with serve(Starlette(routes=public.channel.routes(store))) as served:
        assert await _push(public, served.url + public.channel.path, b'{"update_id": 1}') == 503
    await public.channel.stop()


@story
async def test_where_telegram_refuses_the_webhook_it_polls(public):
    public.fake.fail_next("setWebhook", 400, "Bad Request: bad webhook: failed to resolve host")
    async with public.open():
        public.user.says("một")
        assert await public.hears() == [Incoming(text="một")]


def test_the_ways_in_differ_from_bot_to_bot(public):
    other = public.settings.model_copy(
        update={"telegram_token": type(public.settings.telegram_token)("2:" + "x" * 35)}
    )
    first, second = public.channel, channel_module.TelegramChannel(1, other, public.threads)

    assert len({first.path, second.path, first.secret, second.secret}) == 4

    async def stop() -> None:
        await first.stop()
        await second.stop()

    asyncio.run(stop())


# -- the token


@story
async def test_the_token_is_in_no_log_line_whatever_fails(house, caplog):
    caplog.set_level(logging.DEBUG)
    fake = house.fake
    fake.drop_connections(1, "getMe")
    fake.bad_gateway("getUpdates")
    fake.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    fake.fail_next("getUpdates", 401, f"Unauthorized {TOKEN}")
    fake.fail_next("getUpdates", 500, f"Strange words about {TOKEN}")
    fake.fail_next("sendMessage", 500, f"Strange words about {TOKEN}")
    fake.fail_next("sendMessage", 400, f"Bad Request: {TOKEN}")
    fake.fail_next("getFile", 500, f"Strange words about {TOKEN}", times=3)
    async with house.open():
        house.user.sends_document("a.xlsx", b"x")
        await house.hears()
        await house.brings_files()
        verdicts = [await house.channel.send(house.outgoing(CARD)) for _ in range(2)]
        await until(lambda: house.account.pause_reason == "")

    fields = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert len(fields) > 3
    assert TOKEN not in str(fields) + caplog.text + str(verdicts)
