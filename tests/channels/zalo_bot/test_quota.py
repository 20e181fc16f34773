"""The plan of a Zalo bot: 3,000 messages a month, 50 people. What does not fit waits, says so, and goes on by itself."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import Held, Later, Outgoing, Sent
from bot.channels.zalo_bot.quota import LOOK_AGAIN, seconds_to_next_month
from bot.workers.lease import Lease
from bot.workers.sender import Sender
from handlers import table
from handlers.engine.desk import Links
from handlers.engine.messages import Message
from storage.base.clock import Clock
from storage.messaging import leases, outbox, usage
from storage.messaging.dialogues import dialogue_id
from tests.houses.channels.contract import CARD, story, until
from tests.houses.channels.zalo_bot import ZaloBotHouse

START = datetime(2026, 12, 15, 2, 0, tzinfo=UTC)
LONG = "câu chữ. " * 600  # three messages
BROADCAST = {"lane": outbox.BROADCAST}


def built(sqlite_template, tmp_path, **more):
    began = time.monotonic()
    clock = Clock(real=lambda: START + timedelta(seconds=time.monotonic() - began))
    return ZaloBotHouse.alone(sqlite_template, tmp_path, clock=clock, **more)


@pytest.fixture
def house(sqlite_template, tmp_path):
    """The plan as it is said to be, on both sides; the platform lives in the centre's time."""
    with built(sqlite_template, tmp_path) as house:
        house.fake.now = house.clock.now
        yield house


def spend(house, ours: int, theirs: int | None = None) -> None:
    """So many messages of the month are used, as we and as the platform count."""
    month = usage.month_of(house.clock.now())
    with house.database.transaction() as session:
        usage.count(session, house.account_id, month, ours)
    house.fake.used[month] = ours if theirs is None else theirs


def crowd(house, count: int) -> list:
    """So many people more who wrote to the bot."""
    people = [house.fake.user(f"Học viên {number}", wrote=True) for number in range(count)]
    with house.database.transaction() as session:
        for user in people:
            dialogue_id(session, house.account_id, user.id)
    return people


def raised(house, **settings) -> None:
    """The program started again with other limits."""
    house.settings = house.settings.model_copy(update=settings)
    house.renew()


async def sends(house, html: str = CARD, row: int = 1, **more):
    return await house.channel.send(house.outgoing(html, row, **more))


# -- the month


@story
async def test_a_broadcast_over_the_months_figure_waits_without_a_call(house):
    spend(house, 2999)
    async with house.open():
        assert isinstance(await sends(house, **BROADCAST), Sent)
        spend(house, 1, theirs=3000)  # as settled
        assert await sends(house, row=2, **BROADCAST) == Held("quota", LOOK_AGAIN)

    assert len(house.fake.called("sendMessage")) == 1


@story
async def test_replies_go_on_while_they_can(house):
    spend(house, 3000, theirs=2999)
    async with house.open():
        assert isinstance(await sends(house), Sent)
        assert await sends(house, row=2) == Held("quota", 60)
        house.fake.monthly_quota = 5000
        assert isinstance(await sends(house, row=2), Sent)
        assert isinstance(await sends(house, row=3, **BROADCAST), Held)


@story
async def test_it_goes_on_when_the_month_turns(house):
    spend(house, 3000)
    house.channel.quota.look_again = 10**9
    async with house.open():
        held = await sends(house, **BROADCAST)
        assert held.reason == "quota"
        assert timedelta(days=16, hours=14) < timedelta(seconds=held.seconds) < timedelta(days=16, hours=15)
        house.clock.offset = timedelta(seconds=held.seconds + 1)
        assert isinstance(await sends(house, **BROADCAST), Sent)


@story
async def test_a_raised_figure_counts_from_the_next_start(house):
    spend(house, 3000)
    async with house.open():
        assert isinstance(await sends(house, **BROADCAST), Held)
    raised(house, zalo_bot_monthly_quota=10_000)
    house.fake.monthly_quota = 10_000
    async with house.open():
        assert isinstance(await sends(house, **BROADCAST), Sent)


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 12, 31, 16, 59, 30, tzinfo=UTC), 30),  # at the centre a new year begins
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), 31 * 86400),
        (datetime(2027, 1, 31, 16, 0, tzinfo=UTC), 3600),
        (datetime(2027, 2, 28, 16, 0, tzinfo=UTC), 3600),
        (datetime(2028, 1, 31, 17, 0, tzinfo=UTC), 29 * 86400),
    ],
)
def test_a_month_ends_where_the_centre_is(now, seconds):
    assert seconds_to_next_month(now) == seconds


@story
async def test_shortly_before_the_month_turns_it_is_looked_at_again_then(house):
    spend(house, 3000)
    house.clock.offset = datetime(2026, 12, 31, 16, 59, 0, tzinfo=UTC) - START
    async with house.open():
        held = await sends(house, **BROADCAST)

    assert 50 < held.seconds <= 60


@story
async def test_a_message_in_parts_needs_room_for_all_that_are_left(house):
    spend(house, 2998)
    async with house.open():
        assert isinstance(await sends(house, LONG, **BROADCAST), Held)
        assert house.user.messages == []
        house.channel.quota.monthly, house.fake.monthly_quota = 3001, 2999
        assert isinstance(await sends(house, LONG, **BROADCAST), Held)  # the platform's own word
        assert len(house.user.messages) == 1
        spend(house, 1)
        house.fake.monthly_quota = 3001
        done = await sends(house, LONG, **BROADCAST)

    assert (done.external_id, done.parts) == (house.user.last.id, 3)
    assert len(house.user.messages) == 3


@pytest.mark.parametrize("settings", [{"zalo_bot_monthly_quota": 0}, {"zalo_bot_monthly_quota": 5000}])
@story
async def test_no_figure_is_no_limit_of_ours(sqlite_template, tmp_path, settings):
    with built(sqlite_template, tmp_path, readings={"monthly_quota": None}, **settings) as house:
        spend(house, 4000)
        async with house.open():
            assert isinstance(await sends(house, **BROADCAST), Sent)


# -- the platform's own word


@story
async def test_where_our_count_had_room_the_platforms_word_holds_broadcasts_and_a_reply_waits(house):
    for status in (429, 200):
        house.fake.faults.refuse(429, "Quota exceeded", "sendMessage", 2, status=status)
        async with house.open():
            assert await sends(house, **BROADCAST) == Held("quota", LOOK_AGAIN)
            assert await sends(house, row=2) == Later(60, "429 Quota exceeded", whole_account=True)
            assert isinstance(await sends(house, row=2), Sent)
        house.renew()
    await house.channel.stop()


# -- the people


@story
async def test_messages_to_the_51st_person_wait_and_the_others_go_on(house):
    people = crowd(house, 50)  # with the one of the house, 51
    async with house.open():
        for row, user in enumerate(people[:49], 2):
            assert isinstance(await house.channel.send(Outgoing(row, user.id, CARD, **BROADCAST)), Sent)
        assert isinstance(await sends(house, **BROADCAST), Sent)
        last = Outgoing(99, people[49].id, CARD, **BROADCAST)
        assert await house.channel.send(last) == Held("users", LOOK_AGAIN)
        reply = Outgoing(100, people[49].id, CARD)
        assert await house.channel.send(reply) == Held("users", 60)
        assert isinstance(await sends(house, row=101), Sent)
    raised(house, zalo_bot_user_limit=100)
    house.fake.user_limit = 100
    async with house.open():
        assert isinstance(await house.channel.send(last), Sent)
        assert isinstance(await house.channel.send(reply), Sent)


@story
async def test_no_limit_of_people_is_none(sqlite_template, tmp_path):
    with built(sqlite_template, tmp_path, readings={"user_limit": None}, zalo_bot_user_limit=0) as house:
        last = crowd(house, 60)[-1]
        async with house.open():
            assert isinstance(await house.channel.send(Outgoing(1, last.id, CARD, **BROADCAST)), Sent)


# -- with the sender, over a real outbox


@pytest.fixture
def either_house(database):
    clock = Clock()
    with ZaloBotHouse.built(database, clock=clock) as house:
        house.fake.now = clock.now
        house.channel.quota.look_again = 0.05
        yield house


def put(house, chat: str, text: str, lane: str = outbox.BROADCAST) -> int:
    now = house.clock.now()
    with house.database.transaction() as session:
        wire = Message(text).wire()
        columns = {"account_id": house.account_id, "chat": chat, "lane": lane, "message": wire}
        return outbox.put(session, **columns, due_at=now, made_at=now)


def rows(house) -> list:
    with house.database.reading() as session:
        return list(session.execute(select(outbox.outbox).order_by(outbox.outbox.c.id)))


def states(house) -> list[str]:
    """Of each row: sent, or what it waits for."""
    return [row.state if row.state != "due" else row.last_error for row in rows(house)]


@asynccontextmanager
async def sending(house):
    lease = Lease("sender:test", 1, time.monotonic() + 60)
    with house.database.transaction() as session:
        leases.take(session, "sender:test", "me", timedelta(seconds=60))
    links = Links("", house.database.keyring)
    sender = Sender(house.channel, house.threads, house.clock, table(), links, None)
    running = asyncio.create_task(sender.run(lease))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await house.channel.stop()


@story
async def test_a_broadcast_over_the_edge_of_the_month_is_told_of_and_goes_on_when_it_turns(either_house):
    house = either_house
    people = crowd(house, 20)
    spend(house, 2990)
    for number, user in enumerate(people):
        put(house, user.id, f"Thông báo {number}")
    async with sending(house):
        await until(lambda: sorted(set(states(house))) == ["held:quota", "sent"])
        await until(lambda: states(house).count("sent") == 10)
        put(house, people[0].id, "Trả lời", outbox.REPLY)
        await until(lambda: states(house)[-1] == "held:quota")
        assert [row.attempts for row in rows(house) if row.state == "due"] == [0] * 11
        here = house.clock.now()
        house.clock.offset += timedelta(seconds=seconds_to_next_month(here) + 5)
        await until(lambda: set(states(house)) == {"sent"})

    assert [len(user.messages) for user in people] == [2] + [1] * 19
    month = usage.month_of(house.clock.now())
    with house.database.reading() as session:
        assert usage.sent_this_month(session, house.account_id, month) == house.fake.used[month] == 11


@story
async def test_a_51st_person_is_told_of_and_reached_once_the_plan_is_larger(either_house):
    house = either_house
    people = crowd(house, 50)
    for number, user in enumerate(people):
        put(house, user.id, f"Thông báo {number}")
    async with sending(house):
        await until(lambda: states(house) == ["sent"] * 49 + ["held:users"])
    raised(house, zalo_bot_user_limit=60)
    house.fake.user_limit = 60
    async with sending(house):
        await until(lambda: states(house) == ["sent"] * 50)

    assert [len(user.messages) for user in people] == [1] * 50


@story
async def test_a_reply_the_platform_refuses_unexpectedly_is_not_given_up(either_house):
    house = either_house
    house.fake.monthly_quota = 0
    put(house, house.chat, "Trả lời", outbox.REPLY)
    async with sending(house):
        await until(lambda: states(house) == ["429 Quota exceeded"])
        (row,) = rows(house)
        assert timedelta(seconds=50) < row.retry_at - house.clock.real() <= timedelta(seconds=60)
