"""The Telegram fake keeps updates for the bot as the platform does, by long polling and by webhook."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest

from bot.demo.fakes.telegram.bare import ask, confirm, ok, refuses
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.telegram.user import FakeUser

WEBHOOK_FIRST = "use deleteWebhook to delete the webhook first"
ONE_BOT = "make sure that only one bot instance is running"


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def an(fake: FakeTelegram) -> FakeUser:
    """Nguyễn Văn An, whose /start is fetched and confirmed."""
    user = fake.user("Nguyễn Văn An")
    user.starts()
    confirm(fake)
    return user


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def test_updates_are_kept_until_confirmed_and_given_again(fake: FakeTelegram, an: FakeUser) -> None:
    for words in ("một", "hai", "ba"):
        an.says(words)
    first = ok(fake, "getUpdates", limit=2)
    assert texts(first) == ["một", "hai"]
    assert ok(fake, "getUpdates", limit=2) == first
    rest = ok(fake, "getUpdates", offset=first[-1]["update_id"] + 1)
    assert (texts(rest), fake.pending) == (["ba"], 1)
    assert rest[0]["update_id"] == first[-1]["update_id"] + 1
    assert ok(fake, "getUpdates", offset=rest[-1]["update_id"] + 1) == []
    assert fake.pending == 0


def test_a_negative_offset_keeps_only_the_end(fake: FakeTelegram, an: FakeUser) -> None:
    for words in ("một", "hai", "ba"):
        an.says(words)
    assert texts(ok(fake, "getUpdates", offset=-1)) == ["ba"]
    assert fake.pending == 1


def test_after_ids_restarted_an_old_offset_confirms_nothing(fake: FakeTelegram, an: FakeUser) -> None:
    fake.restart_update_ids(500)
    an.says("sau một tuần")
    found = ok(fake, "getUpdates", offset=100_003)
    assert (texts(found), found[0]["update_id"]) == (["sau một tuần"], 500)
    assert ok(fake, "getUpdates", offset=501) == []


def test_a_long_poll_answers_as_soon_as_something_happens(fake: FakeTelegram, an: FakeUser) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(ok, fake, "getUpdates", timeout=10)
        fake.wait_until(lambda: fake.called("getUpdates")[-1].get("timeout") == 10)
        an.says("chào")
        assert texts(poll.result(5)) == ["chào"]


def test_a_second_poll_ends_the_first_with_a_conflict(fake: FakeTelegram, an: FakeUser) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(ask, fake, "getUpdates", timeout=10)
        fake.wait_until(lambda: fake.delivery.poll)
        second = pool.submit(ok, fake, "getUpdates", timeout=10)
        refuses(first.result(5), 409, ONE_BOT)
        an.says("chào")
        assert texts(second.result(5)) == ["chào"]


def test_a_poll_whose_caller_has_gone_is_no_conflict_and_loses_nothing(
    fake: FakeTelegram, an: FakeUser
) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(fake.url).port)) as line:
        line.sendall(f"GET /bot{fake.token}/getUpdates?timeout=10 HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        fake.wait_until(lambda: fake.delivery.poll, what="the poll waits")
    fake.wait_until(lambda: not fake.delivery.poll, what="the poll is seen to be gone")
    an.says("chào")
    assert texts(ok(fake, "getUpdates")) == ["chào"]
    assert fake.refusals == []


def test_only_wanted_kinds_of_update_are_kept_and_a_malformed_one_stands_among_the_good(
    fake: FakeTelegram, an: FakeUser
) -> None:
    ok(fake, "getUpdates", allowed_updates=["message"])
    an.taps_data("x", 1)
    fake.push_raw({"message": "no message at all"})
    an.says("chào")
    found = ok(fake, "getUpdates")
    assert [update["message"] for update in found[:1]] == ["no message at all"]
    assert texts(found[1:]) == ["chào"]


class Webhook(BaseHTTPRequestHandler):
    """A bot's webhook that fails before it accepts."""

    answers: ClassVar[list[int]] = []
    heard: ClassVar[list[tuple[str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:  # http.server's name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_a_webhook_gets_each_update_until_it_answers_well(fake: FakeTelegram, an: FakeUser) -> None:
    Webhook.answers, Webhook.heard = [500, 302], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/telegram"
        ok(fake, "setWebhook", url=url, secret_token="bi-mat")
        refuses(ask(fake, "getUpdates"), 409, WEBHOOK_FIRST)
        an.says("chào")
        an.says("lịch")
        fake.wait_until(lambda: fake.pending == 0)
        assert texts([update for _, update in Webhook.heard]) == ["chào", "chào", "chào", "lịch"]
        assert {secret for secret, _ in Webhook.heard} == {"bi-mat"}
        info = ok(fake, "getWebhookInfo")
        assert (info["url"], info["pending_update_count"]) == (url, 0)
        assert "302" in info["last_error_message"]
        ok(fake, "deleteWebhook", drop_pending_updates=True)
        assert ok(fake, "getWebhookInfo")["url"] == ""
        assert ok(fake, "getUpdates") == []
    finally:
        server.shutdown()
        server.server_close()
