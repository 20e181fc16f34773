"""The whole program rings a browser for a message nobody has looked at, and another one rings what it has left."""

from datetime import timedelta

import pytest

from bot.settings import load
from bot.workers.pushing import Push
from handlers.engine.messages import Message
from storage.base.clock import Clock
from storage.base.keyring import Keyring
from storage.messaging import outbox, rings
from storage.messaging.accounts import account_named
from storage.messaging.rings import Subscription
from tests.conftest import SECRET
from tests.houses.binding import bind_somebody
from tests.houses.running import running
from tests.houses.waiting import until
from tests.houses.web.push_service import push_service

pytestmark = pytest.mark.differs
CHAT = "a-chat-of-somebodys-phone"


def says(database, account: int, words: str) -> None:
    now = Clock().now()
    with database.transaction() as session:
        wire = Message(words, private=True).wire()
        outbox.put(session, account_id=account, chat=CHAT, message=wire, due_at=now, made_at=now)


def test_a_message_nobody_looks_at_rings_and_what_was_left_rings_at_the_next_start(
    database, database_url, monkeypatch
):
    monkeypatch.setattr(rings, "GRACE", timedelta())
    monkeypatch.setattr(rings, "QUIET", timedelta())
    with database.transaction() as session:
        account = account_named(session, "web").id
    bind_somebody(database, account, CHAT, Clock().now())
    with push_service() as service:
        settings = load(
            database_url=database_url, secret_key=SECRET, http_port=0, push_service=service.served.url
        )
        browser = service.browser(Push(Keyring(SECRET), "").public_key())
        given = browser.subscription
        with database.transaction() as session:
            kept = Subscription(given["endpoint"], **given["keys"])
            rings.subscribe(session, account, CHAT, "mark", kept, Clock().real())
        service.answers += [(503, {})]
        with running(settings):
            says(database, account, "Điểm: 4")
            assert until(lambda: service.asked == 1)
        assert service.taken == []
        with database.transaction() as session:
            [row] = rings.due(session, Clock().real() + timedelta(minutes=5), 9)
            rings.retry(session, row, Clock().real())
        with running(settings):
            assert until(lambda: service.taken)
            assert until(lambda: all(row.line is None for row in _rows(database)))
        assert [browser.opens(pushed.body).strip() for pushed in service.taken] == [
            '{"title": "Trung tâm có tin mới"}'.encode()
        ]
        assert service.refused == []


def _rows(database) -> list:
    with database.reading() as session:
        return list(session.execute(rings.push_subscription.select()))
