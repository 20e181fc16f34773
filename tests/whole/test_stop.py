"""A clean stop of the whole program in the middle of its sends: what is on its way is settled, and nothing comes twice."""

import asyncio
import os
import signal
import threading
from collections import Counter

import pytest

from bot.app import App
from bot.cli.running import run
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.settings import load
from bot.workers.sender import IN_FLIGHT
from handlers.engine.messages import Message
from storage.base.clock import Clock
from storage.messaging import inbox, outbox
from storage.messaging.accounts import account_named
from tests.conftest import SECRET
from tests.houses import forking

TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"
pytestmark = pytest.mark.differs


@pytest.fixture
def telegram():
    with FakeTelegram(TOKEN, latency=0.2) as fake:
        yield fake


@pytest.fixture
def people(database, telegram):
    """Forty people, each with a message that is due."""
    now = Clock().now()
    users = [telegram.user(f"Người {number}", started=True) for number in range(40)]
    with database.transaction() as session:
        account = account_named(session, "telegram", abroad=True).id
        for user in users:
            columns = {"account_id": account, "chat": str(user.id), "message": Message("Kính gửi").wire()}
            outbox.put(session, **columns, due_at=now, made_at=now)
    return users


@pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # whose one thread writes one thing at a time
def test_what_a_poll_has_brought_is_stored_though_the_receiver_is_stopped(database, database_url):
    """Zalo's polls bring an event once, and nothing tells the platform that it came."""
    app = App(load(database_url=database_url, secret_key=SECRET))
    with database.transaction() as session:
        account = account_named(session, "zalo_bot").id
    gate = threading.Event()

    async def stopped_meanwhile() -> None:
        busy = asyncio.create_task(app.threads.call(gate.wait))
        await asyncio.sleep(0)
        storing = asyncio.create_task(app._storer(account)([inbox.Arrival("1", "a", {"text": "một"})]))
        await asyncio.sleep(0.05)
        storing.cancel()
        await asyncio.gather(storing, return_exceptions=True)
        gate.set()
        await busy
        await asyncio.to_thread(app.threads.close)

    asyncio.run(stopped_meanwhile())
    app.database.close()
    with database.reading() as session:
        assert [row.payload for row in inbox.named(session, account, ["1"])] == [{"text": "một"}]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_stop_amid_a_broadcast_repeats_nothing(database, database_url, telegram, people, tmp_path):
    settings = {
        "CAUNOI_DATABASE_URL": database_url,
        "CAUNOI_SECRET_KEY": SECRET,
        "CAUNOI_TELEGRAM_TOKEN": TOKEN,
        "CAUNOI_TELEGRAM_API_URL": telegram.url,
        "CAUNOI_HTTP_PORT": "0",
    }

    def sends() -> int:
        return len(telegram.called("sendMessage"))

    stopped = 0
    while sends() < len(people):
        before = sends()
        process = forking.start(run, settings, tmp_path / "log")
        telegram.wait_until(lambda so_far=before: sends() >= min(so_far + IN_FLIGHT, len(people)), 30)
        os.kill(process.pid, signal.SIGTERM)
        process.join(20)
        assert process.exitcode == 0, (tmp_path / "log").read_text()
        stopped += 1

    came = Counter(call["chat_id"] for call in telegram.called("sendMessage"))
    assert set(came.values()) == {1}
    assert all(len(user.messages) == 1 for user in people)
    assert stopped > 1
