"""The Telegram channel over real HTTP: how it begins, and that no update is lost whatever happens."""

import asyncio

import pytest
from pydantic import SecretStr

from bot.channels.base import FILE_KEY, AccountError
from bot.channels.telegram import channel as channel_module
from bot.channels.telegram import wire
from bot.channels.telegram.updates import arrival_of
from bot.demo.fakes.telegram.bare import ask
from bot.demo.fakes.telegram.messenger import FakeTelegram
from handlers.engine.messages import Incoming
from storage.messaging import inbox
from tests.houses.channels.contract import story, until
from tests.houses.channels.telegram import TOKEN, TelegramHouse, page_instead

SETTING = "CAUNOI_TELEGRAM_TOKEN"


@pytest.fixture
def house(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path) as house:
        yield house


@pytest.fixture
def either_house(database):
    """One on each of the two databases, for what has to be stored by both."""
    with TelegramHouse.built(database) as house:
        yield house


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
        monkeypatch.setattr(wire.HTTPXRequest, "do_request", page_instead(status, "getMe"))
    async with house.open():
        house.user.says("xin chào")
        await until(lambda: house.account.pause_reason)
        monkeypatch.undo()

        assert await house.hears() == [Incoming(text="xin chào")]


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

        assert house.texts() == ["một"]


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

    assert house.texts() == ["một", "hai"]


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


@story
async def test_updates_that_cannot_be_confirmed_are_not_asked_for_in_a_rush(house, monkeypatch):
    monkeypatch.setattr(channel_module.updates, "following", lambda _updates: None)
    house.channel.patience.first_wait = 0.2
    house.user.says("một")
    async with house.open():
        await house.hears()
        await asyncio.sleep(0.5)

    assert len(house.fake.called("getUpdates")) < 6
    assert house.texts() == ["một"]


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

    assert house.texts() == ["một", "hai", "ba"]


@story
async def test_a_number_that_was_used_before_is_another_update(house):
    """The platform began its numbering anew, within the days updates are kept."""
    async with house.open():
        for number, text in ((17, "một"), (900, "hai"), (17, "ba"), (900, "bốn")):
            house.fake.restart_update_ids(number)
            house.user.says(text)
            await until(lambda: house.fake.pending == 0)
        assert house.texts() == ["một", "hai", "ba", "bốn"]


@story
async def test_another_bots_numbers_are_updates_of_their_own(either_house):
    """The account got another token: the other bot counts from where it stands."""
    house = either_house
    async with house.open():
        house.fake.restart_update_ids(17)
        house.user.says("một")
        await house.hears(1)
    token = "1000000002:a-token-of-another-bot"
    with FakeTelegram(token) as other:
        house.settings = house.settings.model_copy(
            update={"telegram_token": SecretStr(token), "telegram_api_url": other.url}
        )
        house.renew()
        async with house.open():
            other.restart_update_ids(17)
            other.user("Trần Thị Bình", id=house.user.id).says("hai")
            assert await house.hears(2) == [Incoming(text="một"), Incoming(text="hai")]


@story
async def test_an_update_of_a_number_used_before_that_comes_twice_is_one(either_house):
    """Also with a file, of which more is known by then."""
    house = either_house
    update = {"update_id": 17, "message": {"chat": {"id": 5}, "text": "một", "date": 1.5}}
    other = {"update_id": 17, "message": {"chat": {"id": 5}, "document": {"file_id": "a", "file_size": 3}}}
    for sent in (update, other, update, other):
        await house.store([arrival_of(sent)])
        for row in house.kept():
            with house.database.transaction() as session:
                inbox.fetched(session, row.id, {**row.payload, FILE_KEY: {"file_id": 1}})
    await house.store([arrival_of(other)])

    assert [row.external_id.partition(":")[0] for row in house.kept()] == ["17", "17"]


@story
async def test_a_hundred_and_fifty_updates_come_in_order(house):
    for number in range(150):
        house.user.says(str(number))
    async with house.open():
        await house.hears(150)

    assert house.texts() == [str(number) for number in range(150)]


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
    house.channel.patience.first_wait = 0.3
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
