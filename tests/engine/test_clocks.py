"""A clock that is set back by an hour stops nothing and turns no order round."""

import asyncio
import contextlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from bot.channels.base import Later
from bot.threads import Threads
from bot.workers import ticker
from bot.workers.lease import LENGTH, Lease, Roles
from bot.workers.ticker import Hands, Ticker
from handlers.engine.conversation import Conversation
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.messaging import inbox, leases, outbox, timers
from storage.messaging.vitals import vitals
from tests.houses.channels.contract import until as holds

pytestmark = pytest.mark.differs
HOUR = timedelta(hours=1)


# -- messages


def test_a_reply_made_just_before_the_clock_was_set_back_goes_at_once_and_first(post):
    post.puts("first")
    post.stage.time -= HOUR
    post.puts("second")
    post.puts("third")
    post.runs_all()

    assert post.channel.texts == ["first", "second", "third"]


def test_a_message_for_a_later_hour_waits_for_it_by_the_clock_as_it_is_now(post):
    later = post.puts("later", due_at=post.stage.time + timedelta(minutes=5))
    post.stage.time -= HOUR
    post.puts("now")
    post.runs(lambda: post.channel.texts == ["now"])

    post.stage.time += HOUR + timedelta(minutes=5)
    post.runs_all()
    assert post.row(later).state == "sent"


def test_a_message_that_waits_for_its_retry_is_looked_at_again(post):
    row = post.puts("hello")
    post.channel.script["hello"] = [Later(30, "passing")]
    post.runs(lambda: post.row(row).retry_at is not None)
    post.stage.time -= HOUR
    post.runs_all()

    assert post.channel.texts == ["hello", "hello"]


def test_a_pause_longer_than_the_longest_is_kept_by_the_sender_and_looked_at_by_the_next(post):
    """However long a platform asks for, the row is never further off than a clock set back would be noticed."""
    row = post.puts("hello")
    post.channel.script["hello"] = [Later(50_000, "flood", too_fast=True)]
    post.runs(lambda: post.row(row).retry_at is not None)

    assert post.row(row).retry_at == post.stage.time + outbox.LONGEST_PAUSE
    wait = post.sender.troubles.flooded["a"]
    assert round(wait.until - wait.since) == 50_000


def test_what_is_held_for_a_day_is_no_clock_set_back(post):
    row = post.puts("hello")
    held = {"retry_at": post.stage.time + outbox.LONGEST_HOLD, "last_error": f"{outbox.HELD}window"}
    with post.stage.database.transaction() as session:
        outbox.settle(session, [row], held)
        due = outbox.due(session, post.stage.account.id, post.stage.time, post.stage.time)
        back = post.stage.time - HOUR
        again = outbox.due(session, post.stage.account.id, post.stage.time, back)

    assert ([each.id for each in due], [each.id for each in again]) == ([], [row])


def test_what_was_sent_before_the_clock_was_set_back_is_still_the_chats_last_card(post):
    row = post.puts("card")
    post.runs_all()
    post.stage.time -= HOUR
    with post.stage.database.reading() as session:
        latest = outbox.latest(session, post.stage.account.id, "a", post.stage.time, 5)

    assert [each.id for each in latest] == [row]


def test_a_message_due_by_the_clock_before_is_counted_as_due(post):
    post.puts("hello")
    with post.stage.database.reading() as session:
        assert vitals(session, post.stage.time - HOUR, post.stage.time - HOUR).messages_due == 1


# -- updates


def test_an_update_that_waits_for_its_retry_is_looked_at_again(stage):
    with stage.database.transaction() as session:
        arrival = inbox.Arrival("1", stage.learner.chat, {"text": "/trogiup"})
        inbox.store(session, stage.account.id, [arrival], stage.time)
        session.execute(update(inbox.inbox).values(retry_at=stage.time + timedelta(seconds=8)))
    assert stage.intake.step() is None
    stage.time -= HOUR

    assert stage.intake.step() is not None
    with stage.database.reading() as session:
        assert session.execute(select(inbox.inbox.c.state)).scalars().all() == ["done"]


# -- timers


@pytest.fixture
def ticking(stage):
    """A ticker on the stage's clock, and the words of the timers that ran."""
    conversation, ran = Conversation("ticking"), []

    @conversation.timer("probe")
    def probe(_desk, word: str) -> None:
        ran.append(word)

    threads = Threads(stage.database)
    made = Ticker(
        threads, stage.clock, Table([conversation]), stage.links, lambda: None, asyncio.Event().wait
    )
    made.hands = Hands(stage.clock, lambda: 0.0)
    made.ran = ran
    yield made
    threads.close()


def plan(stage, word: str, **after: float) -> None:
    with stage.database.transaction() as session:
        timers.plan(session, "probe", word, stage.time + timedelta(**after), word=word)


def run(made: Ticker, *, until, between=lambda: None) -> None:
    """Tick until the condition holds, do what is `between`, and tick until it holds again."""

    async def drive() -> None:
        running = asyncio.create_task(made.run(Lease("ticker", 1, float("inf"))))
        for happens in (between, lambda: None):
            await holds(until)
            happens()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(drive())


def test_the_ticker_goes_on_when_the_clock_is_set_back(stage, ticking, monkeypatch):
    monkeypatch.setattr(ticker, "EVERY", 0.01)
    plan(stage, "before")
    plan(stage, "later", minutes=10)
    wanted = [["before"]]

    def goes_back() -> None:
        plan(stage, "at once")
        stage.time -= HOUR
        wanted.append(["before", "at once"])

    run(ticking, until=lambda: ticking.ran == wanted[-1], between=goes_back)

    with stage.database.reading() as session:
        assert timers.next_due(session, stage.time) == stage.time + HOUR + timedelta(minutes=10)


def test_a_timer_that_waits_for_its_retry_is_looked_at_again(stage, ticking):
    plan(stage, "again")
    with stage.database.transaction() as session:
        session.execute(update(timers.timer).values(retry_at=stage.time + timedelta(minutes=2)))
        assert not timers.is_due(session, stage.time, stage.time)
    assert asyncio.run(ticking.sweep()) == 0
    with stage.database.reading() as session:
        assert timers.is_due(session, stage.time, stage.time - HOUR)


@pytest.mark.parametrize("steps", [[(0, 0), (60, 60), (3660, 60)], [(0, 0), (7200, 60)]])
def test_a_clock_that_runs_or_is_set_forward_is_not_set_back(stage, steps):
    now, start = [0.0, 0.0], stage.time
    hands = Hands(Clock(lambda: start + timedelta(seconds=now[0])), lambda: now[1])
    for now[0], now[1] in steps:
        assert hands.set_back() == timedelta()
    now[0] -= 3600
    assert hands.set_back() == HOUR
    assert hands.set_back() == timedelta()


# -- roles


def test_a_role_is_taken_from_a_holder_who_gives_no_sign_though_his_lease_ends_in_an_hour(stage, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("bot.workers.lease.time", SimpleNamespace(monotonic=lambda: now[0]))
    threads = Threads(stage.database)
    roles, mine = Roles(threads, alone=False), Lease("ticker")
    with stage.database.transaction() as session:
        assert leases.take(session, "ticker", "killed before the clock was set back", HOUR) == 1

    def taken() -> bool:
        return asyncio.run(roles._take(mine))

    assert [taken(), taken()] == [False, False]
    now[0] += LENGTH
    with stage.database.transaction() as session:
        leases.take(session, "ticker", "killed before the clock was set back", 2 * HOUR)  # it lived until now
    assert not taken()
    now[0] += LENGTH + 0.1
    assert taken()
    assert mine.epoch == 2
    threads.close()
