"""The Zalo Bot channel over real HTTP: how it begins, how it polls, and that no event is lost that it was given."""

import asyncio
import logging
from itertools import pairwise
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.base import AccountError, Fetched
from bot.channels.zalo_bot import channel as channel_module
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.kinds import KINDS
from handlers.engine.messages import Incoming
from storage.messaging.accounts import Abilities
from tests.houses.channels.contract import CARD, story, until
from tests.houses.channels.zalo_bot import TOKEN, ZaloBotHouse

SETTING = "CAUNOI_ZALO_BOT_TOKEN"
QUIET = {"polling": "kept", "longest_poll": 0.05}


@pytest.fixture
def house(sqlite_template, tmp_path):
    with ZaloBotHouse.alone(sqlite_template, tmp_path) as house:
        yield house


@pytest.fixture
def quiet_house(sqlite_template, tmp_path):
    """Where each event is given once, and idle polls end soon."""
    with ZaloBotHouse.alone(sqlite_template, tmp_path, readings=QUIET) as house:
        yield house


@pytest.fixture
def either_house(database):
    """One on each of the two databases, for what has to be stored by both."""
    with ZaloBotHouse.built(database) as house:
        yield house


def test_it_says_what_it_can_do_and_is_opened_by_its_token():
    assert (
        Abilities(
            longest_text=2000,
            buttons=0,
            edits=False,
            phone=False,
            files_in=False,
            largest_file=0,
            window=False,
            quota=True,
        )
        == ZaloBotChannel.ABILITIES
    )
    assert KINDS["zalo_bot"].load() is ZaloBotChannel
    assert not KINDS["zalo_bot"].abroad


# -- beginning


@story
async def test_it_greets_and_keeps_its_name(house):
    async with house.open():
        assert house.account.username == "bot.CauNoiThu"


@pytest.mark.parametrize("status", [401, 404, 200])
@story
async def test_a_refused_token_stops_the_start_with_the_setting_and_the_mend(house, status):
    code = 401 if status == 200 else status
    house.fake.faults.refuse(code, "Unauthorized", "getMe", status=status)
    with pytest.raises(AccountError, match=SETTING) as refused:
        async with house.open():
            pass

    assert "Zalo Bot Manager" in str(refused.value)
    assert TOKEN not in str(refused.value)


@story
async def test_a_network_that_is_down_at_the_start_is_waited_for(house):
    house.fake.faults.cut("getMe", 3)
    async with house.open():
        assert house.account.paused_until is not None
        assert house.account.pause_reason == "RemoteProtocolError"
        house.user.says("có ai không")

        assert await house.hears() == [Incoming(text="có ai không")]
        await until(lambda: house.account.pause_reason == "")
        assert house.account.username == "bot.CauNoiThu"


FAULTS = {
    "block page": lambda faults, method: faults.block(method),
    "captive portal": lambda faults, method: faults.block(method, status=200),
    "not found page": lambda faults, method: faults.block(method, status=404),
    "internal error": lambda faults, method: faults.refuse(403, "Internal server error", method),
    "internal error under 200": lambda faults, method: faults.refuse(500, "Oops", method, status=200),
    "quota": lambda faults, method: faults.refuse(429, "Quota exceeded", method),
    "no envelope": lambda faults, method: faults.answer(200, {"result": {}}, method),
    "not ok, no code": lambda faults, method: faults.answer(200, {"ok": False}, method),
    "ok under 500": lambda faults, method: faults.answer(500, {"ok": True, "result": {}}, method),
    "a list": lambda faults, method: faults.answer(200, "[]", method),
    "cut": lambda faults, method: faults.cut(method),
    "cut when done": lambda faults, method: faults.cut(method, carried_out=True),
}


@pytest.mark.parametrize("fault", FAULTS)
@story
async def test_whatever_answers_in_zalos_place_the_start_goes_on(house, fault, monkeypatch):
    monkeypatch.setattr(channel_module, "QUOTA_PAUSE", 0.02)  # how long a 429 is waited for
    FAULTS[fault](house.fake.faults, "getMe")
    async with house.open():
        assert house.account.pause_reason
        house.user.says("xin chào")

        assert await house.hears() == [Incoming(text="xin chào")]
        await until(lambda: house.account.pause_reason == "")


@story
async def test_a_webhook_set_by_somebody_is_removed(house):
    left = {"url": "https://example.vn/x", "updated_at": 1}
    house.fake.events.webhook = left
    async with house.open():
        house.user.says("một")
        assert await house.hears() == [Incoming(text="một")]
        house.fake.events.webhook = left  # and once more while it runs
        await until(lambda: house.fake.events.webhook == {})
        house.user.says("hai")

        assert await house.hears(2) == [Incoming(text="một"), Incoming(text="hai")]
    assert len(house.fake.called("deleteWebhook")) == 2


# -- polling


@story
async def test_one_event_a_call_they_come_in_order(house):
    for number in range(20):
        house.user.says(str(number))
    async with house.open():
        await house.hears(20)

    assert house.texts() == [str(number) for number in range(20)]


@story
async def test_replayed_events_stay_one_row_over_a_restart_too(either_house):
    house = either_house
    house.user.says("một")
    async with house.open():
        await house.hears()
        polls = len(house.fake.called("getUpdates"))
        await until(lambda: len(house.fake.called("getUpdates")) > polls + 3)

    house.renew()
    async with house.open():
        polls = len(house.fake.called("getUpdates"))
        await until(lambda: len(house.fake.called("getUpdates")) > polls + 3)
        house.user.says("hai")
        await house.hears(2)

    assert house.texts() == ["một", "hai"]


@story
async def test_what_was_stored_is_not_asked_of_the_database_again(house):
    stores = []

    async def store(arrivals) -> None:
        stores.append(arrivals)
        await house.store(arrivals)

    house.user.says("một")
    async with house.open(store):
        await until(lambda: len(house.fake.called("getUpdates")) > 5)

    assert len(stores) == 1


@story
async def test_in_the_other_reading_what_is_said_while_a_poll_is_open_arrives(sqlite_template, tmp_path):
    with ZaloBotHouse.alone(sqlite_template, tmp_path, readings={"polling": "lost"}) as house:
        async with house.open():
            for number in range(3):
                await until(lambda: house.fake.is_polled)
                house.user.says(str(number))
                await house.hears(number + 1)

        assert house.texts() == ["0", "1", "2"]


@story
async def test_there_is_a_pause_between_polls_though_they_are_answered_at_once(house, monkeypatch):
    house.user.says("một")
    house.channel.between_polls = 0.15
    begun, real = [], house.channel.polling.call

    async def call(method, **params):
        if method == "getUpdates":
            begun.append(house.channel._polled_at)
        return await real(method, **params)

    monkeypatch.setattr(house.channel.polling, "call", call)
    async with house.open():
        await until(lambda: len(begun) > 3)

    assert min(later - earlier for earlier, later in pairwise(begun)) >= 0.149


def test_the_pause_is_a_second_unless_somebody_says_otherwise(house):
    assert channel_module.BETWEEN_POLLS >= 1

    async def stop() -> None:
        made = ZaloBotChannel(house.account_id, house.settings, house.threads, house.clock)
        assert made.between_polls == channel_module.BETWEEN_POLLS
        await made.stop()
        await house.channel.stop()

    asyncio.run(stop())


@pytest.mark.parametrize("under_200", [True, False])
@story
async def test_408_is_the_idle_end_of_a_poll_and_no_trouble(quiet_house, under_200, caplog):
    house = quiet_house
    house.fake.errors_under_200 = under_200
    async with house.open():
        await until(lambda: len(house.fake.called("getUpdates")) > 3)
        assert house.account.pause_reason == ""
        house.user.says("một")
        await house.hears()

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert {params["timeout"] for params in house.fake.called("getUpdates")} == {"30"}


@pytest.mark.parametrize("fault", FAULTS)
@story
async def test_whatever_happens_to_a_poll_the_next_ones_go_on(house, fault, monkeypatch, caplog):
    monkeypatch.setattr(channel_module, "QUOTA_PAUSE", 0.02)
    FAULTS[fault](house.fake.faults, "getUpdates")
    house.user.says("một")
    async with house.open():
        assert await house.hears() == [Incoming(text="một")]
        await until(lambda: house.account.pause_reason == "")

    assert "no updates" in caplog.messages


@story
async def test_429_is_waited_for_half_a_minute(house):
    house.fake.faults.refuse(429, "Quota exceeded", "getUpdates")
    async with house.open():
        await until(lambda: house.account.pause_reason == "429 Quota exceeded")
        wait = house.account.paused_until - house.clock.real()

    assert 25 < wait.total_seconds() <= 30


@story
async def test_a_token_refused_while_running_is_told_on_the_account(house):
    house.channel.patience.first_wait = 0.3
    house.fake.faults.refuse(401, "Unauthorized", "getUpdates", status=200)
    async with house.open():
        await until(lambda: SETTING in house.account.pause_reason)
        assert house.account.paused_until is not None
        await until(lambda: house.account.pause_reason == "")


@story
async def test_killed_between_poll_and_store_a_replayed_event_comes_again(house):
    asked = asyncio.Event()

    async def store(_arrivals) -> None:
        asked.set()
        await asyncio.Event().wait()

    house.user.says("một")
    async with house.open(store):
        await asked.wait()
    assert house.kept() == []

    house.renew()
    async with house.open():
        assert await house.hears() == [Incoming(text="một")]


@story
async def test_a_database_that_is_away_loses_no_event_though_each_is_given_once(quiet_house, caplog):
    house, tries = quiet_house, []

    async def store(arrivals) -> None:
        tries.append(arrivals)
        if len(tries) < 3:
            raise OSError(f"the disk is full: {arrivals}")
        await house.store(arrivals)

    async with house.open(store):
        house.user.says("tôi bị ốm")
        assert await house.hears() == [Incoming(text="tôi bị ốm")]

    told = [record.fields["reason"] for record in caplog.records if record.levelname == "WARNING"]
    assert told == ["OSError"] * 2
    assert "ốm" not in caplog.text + str([record.__dict__ for record in caplog.records])


@story
async def test_a_trouble_that_cannot_be_written_down_is_waited_out_all_the_same(house, monkeypatch, caplog):
    async def away(_work):
        raise OperationalError("update", {}, Exception("the disk is gone"))

    house.fake.faults.refuse(500, "Internal", "getMe")
    monkeypatch.setattr(house.channel.patience, "threads", SimpleNamespace(write=away))
    async with house.open():
        house.user.says("một")
        assert await house.hears() == [Incoming(text="một")]

    assert "the account's state was not kept" in caplog.messages


@story
async def test_it_brings_no_files(house):
    async with house.open():
        assert await house.channel.fetch({"message": {}}) == Fetched(problem="unreachable")


# -- beside


@story
async def test_who_writes_sees_once_that_an_answer_is_being_written(house):
    async with house.open():
        house.user.says("một")
        await until(lambda: house.user.typing)
        polls = len(house.fake.called("getUpdates"))
        await until(lambda: len(house.fake.called("getUpdates")) > polls + 3)

    assert house.user.typing == 1


@story
async def test_typing_that_is_refused_harms_nothing(house):
    house.fake.faults.refuse(500, "Internal", "sendChatAction")
    house.fake.faults.cut("sendChatAction")
    async with house.open():
        house.user.says("một")
        house.user.says("hai")
        await house.hears(2)
        await until(lambda: len(house.fake.called("sendChatAction")) >= 1)
        await house.sends(CARD)

    assert house.texts() == ["một", "hai"]


@story
async def test_a_group_gets_one_polite_line_and_no_conversation(house):
    group = house.fake.group("Lớp A")
    async with house.open():
        house.user.says("điểm của tôi", group=group)
        house.user.says("có ai không", group=group)
        await until(lambda: group.messages)
        house.user.says("một")
        await house.hears()

    assert house.texts() == ["một"]
    assert [message.text for message in group.messages] == [
        "Trợ lý chỉ trả lời trong cuộc trò chuyện riêng. Mời đồng chí nhắn trực tiếp cho Bot Cầu Nối."
    ]


@story
async def test_pictures_stickers_voices_and_files_are_answered_as_what_cannot_be_read(house):
    async with house.open():
        house.user.sends_image("Giấy khám bệnh")
        house.user.sends_sticker()
        house.user.sends_voice()
        house.user.sends_unsupported()

        assert await house.hears(4) == [Incoming(other=True)] * 4


@story
async def test_the_token_is_in_no_log_line_whatever_fails(house, caplog):
    caplog.set_level(logging.DEBUG)
    house.channel.patience.first_wait = 0.01
    faults = house.fake.faults
    faults.cut("getMe")
    faults.block("getUpdates")
    faults.refuse(401, f"Unauthorized {TOKEN}", "getUpdates")
    faults.refuse(500, f"Strange words about {TOKEN}", "getUpdates")
    faults.refuse(400, f"Strange words about {TOKEN}", "getUpdates")
    faults.refuse(500, f"Strange words about {TOKEN}", "sendMessage")
    faults.refuse(400, f"Bad Request: {TOKEN}", "sendMessage")
    faults.refuse(-7, f"Odd: {TOKEN}", "sendMessage", status=200)
    faults.cut("sendMessage")
    async with house.open():
        house.user.says("một")
        await house.hears()
        verdicts = [await house.channel.send(house.outgoing(CARD)) for _ in range(4)]
        await until(lambda: house.account.pause_reason == "")

    fields = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert len(fields) > 3
    assert TOKEN not in str(fields) + caplog.text + str(verdicts)


@story
async def test_an_address_nobody_can_call_is_told_without_the_token(house, caplog):
    house.settings = house.settings.model_copy(update={"zalo_bot_api_url": "http://khong có"})
    house.renew()
    async with house.open():
        await until(lambda: house.account.pause_reason)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert TOKEN not in house.account.pause_reason + str(verdict) + caplog.text
