"""The Zalo Bot fake, fact by fact: what is known of the platform has a test here, what is disputed one a reading."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.demo.fakes.zalo_bot.user import A_PICTURE, FakeUser

ID = re.compile("[0-9a-f]{20}")
SECRET = "bi-mat-cua-ban"


@pytest.fixture
def fake() -> Iterator[FakeZaloBot]:
    """Strict, with the answers' own HTTP status, and every event kept until it is asked for."""
    with FakeZaloBot(polling="kept", errors_under_200=False, longest_poll=0.05) as fake:
        yield fake


@pytest.fixture
def an(fake: FakeZaloBot) -> FakeUser:
    return fake.user("Nguyễn Văn An", wrote=True)


def ask(fake: FakeZaloBot, method: str, *, token: str | None = None, **params: Any) -> httpx.Response:
    url = f"{fake.url}/bot{token or fake.token}/{method}"
    return httpx.post(url, json=params, trust_env=False, timeout=15, verify=False)  # no certificates to load


def ok(fake: FakeZaloBot, method: str, **params: Any) -> Any:
    """The result of a call that must pass."""
    answer = ask(fake, method, **params)
    assert (answer.status_code, answer.json()["ok"]) == (200, True), answer.text
    return answer.json().get("result")


def refuses(answer: httpx.Response, code: int, words: str, *, status: int | None = None) -> None:
    """The call must be refused in the platform's envelope, in these words."""
    body = answer.json()
    assert answer.status_code == (status or code), answer.text
    assert body.keys() == {"ok", "description", "error_code"}
    assert (body["ok"], body["error_code"]) == (False, code)
    assert words in body["description"]


def violates(fake: FakeZaloBot, answer: httpx.Response, code: int, words: str) -> None:
    """Refused, and noted as something the documents forbid."""
    refuses(answer, code, words)
    assert words in fake.violations.pop()
    assert fake.violations == []


def say(fake: FakeZaloBot, user: FakeUser, text: str = "Xin chào") -> Any:
    return ok(fake, "sendMessage", chat_id=user.id, text=text)


# The address and its methods


def test_the_token_is_in_the_address_and_another_is_refused(fake: FakeZaloBot) -> None:
    assert ok(fake, "getMe")["account_name"] == "bot.CauNoiThu"
    refuses(ask(fake, "getMe", token="1:khong-phai"), 401, "Unauthorized")


@pytest.mark.parametrize("method", ["sendmessage", "SENDMESSAGE", "getme"])
def test_method_names_are_case_sensitive(fake: FakeZaloBot, method: str) -> None:
    violates(fake, ask(fake, method), 404, f"no method {method}")


CALLS = {
    "getMe": {},
    "setWebhook": {"url": "https://example.vn/zalo", "secret_token": SECRET},
    "getWebhookInfo": {},
    "deleteWebhook": {},
    "sendMessage": {"text": "a"},
    "sendPhoto": {"photo": A_PICTURE},
    "sendSticker": {"sticker": "0e078a2fb66a5f34067b"},
    "sendVoice": {"voice_url": "https://example.vn/a.aac"},
    "sendChatAction": {"action": "typing"},
}


def test_each_documented_method_exists(fake: FakeZaloBot, an: FakeUser) -> None:
    fake.probes = False
    an.says("chào")
    for method, params in CALLS.items():
        ok(fake, method, **params, **({"chat_id": an.id} if method.startswith("send") else {}))
    assert ok(fake, "getUpdates")["message"]["text"] == "chào"
    assert fake.violations == []


@pytest.mark.parametrize(
    "method",
    [
        "editMessageText",
        "deleteMessage",
        "sendDocument",
        "getFile",
        "answerCallbackQuery",
        "setMyCommands",
        "uploadFile",
    ],
)
def test_nothing_else_exists_no_edit_no_delete_no_files_no_callbacks(fake: FakeZaloBot, method: str) -> None:
    violates(fake, ask(fake, method), 404, "there is no method")


def test_there_are_no_buttons(fake: FakeZaloBot, an: FakeUser) -> None:
    answer = ask(fake, "sendMessage", chat_id=an.id, text="a", reply_markup={"inline_keyboard": []})
    violates(fake, answer, 400, "reply_markup is no parameter of sendMessage")
    assert an.messages == []


def test_bodies_are_json_objects_and_nothing_else(fake: FakeZaloBot) -> None:
    url = f"{fake.url}/bot{fake.token}/getMe"
    with httpx.Client(trust_env=False) as client:
        violates(fake, client.get(url), 405, "Method Not Allowed")
        violates(fake, client.post(url), 400, "a JSON body is asked for")
        violates(fake, client.post(url, data={"a": "b"}), 400, "a JSON body is asked for")
        headers = {"Content-Type": "application/json"}
        violates(fake, client.post(url, content=b"{", headers=headers), 400, "this is no JSON")
        violates(fake, client.post(url, content=b"[" * 100_000, headers=headers), 400, "this is no JSON")
        violates(fake, client.post(url, content=b"[]", headers=headers), 400, "no JSON object")


def test_in_the_other_reading_forms_are_taken_as_the_published_client_sends_them() -> None:
    with FakeZaloBot(json_only=False) as fake:
        an = fake.user("Nguyễn Văn An", wrote=True)
        url = f"{fake.url}/bot{fake.token}/sendMessage"
        answer = httpx.post(url, data={"chat_id": an.id, "text": "Kính chào & mời"}, trust_env=False)
        assert answer.json()["ok"]
        assert an.last.text == "Kính chào & mời"


# Sending


@pytest.mark.parametrize(
    ("text", "right"), [("", False), ("a", True), ("ệ" * 2000, True), ("ệ" * 2001, False)]
)
def test_a_text_has_1_to_2000_characters(fake: FakeZaloBot, an: FakeUser, text: str, right: bool) -> None:
    answer = ask(fake, "sendMessage", chat_id=an.id, text=text)
    if right:
        assert answer.json()["ok"]
    else:
        violates(fake, answer, 400, f"text has {len(text)} characters")


def test_characters_are_counted_the_stricter_way_in_utf_16_units(fake: FakeZaloBot, an: FakeUser) -> None:
    ok(fake, "sendMessage", chat_id=an.id, text="😀" * 1000)
    violates(
        fake, ask(fake, "sendMessage", chat_id=an.id, text="😀" * 1000 + "a"), 400, "2001 characters, not"
    )


@pytest.mark.parametrize(("mode", "right"), [("markdown", True), ("html", True), ("HTML", False)])
def test_the_parse_mode_is_markdown_or_html(fake: FakeZaloBot, an: FakeUser, mode: str, right: bool) -> None:
    answer = ask(fake, "sendMessage", chat_id=an.id, text="<b>a</b>", parse_mode=mode)
    if right:
        assert answer.json()["ok"]
    else:
        violates(fake, answer, 400, "parse_mode is none of")


def test_a_message_is_answered_with_an_opaque_id_and_milliseconds(fake: FakeZaloBot, an: FakeUser) -> None:
    moment = datetime(2026, 12, 7, 0, 30, 0, 250_000, UTC)
    fake.now = lambda: moment
    result = say(fake, an)
    assert result == {"message_id": an.last.id, "date": int(moment.timestamp() * 1000)}
    assert result["date"] % 1000 == 250
    assert ID.fullmatch(result["message_id"])
    assert (an.last.text, an.last.at) == ("Xin chào", moment)


@pytest.mark.parametrize(
    ("photo", "right"),
    [
        ("https://example.vn/a.png", True),
        ("http://example.vn/a.png", False),
        ("https://localhost/a.png", False),
        ("https://127.0.0.1/a.png", False),
        ("https://192.168.1.7/a.png", False),
        ("attach://a.png", False),
        (7, False),
    ],
)
def test_a_photo_goes_by_a_public_address_only(
    fake: FakeZaloBot, an: FakeUser, photo: Any, right: bool
) -> None:
    answer = ask(fake, "sendPhoto", chat_id=an.id, photo=photo, caption="Sơ đồ")
    if right:
        assert (an.last.photo, an.last.text, an.last.id) == (
            photo,
            "Sơ đồ",
            answer.json()["result"]["message_id"],
        )
    else:
        violates(fake, answer, 400, "photo is no")


def test_a_caption_may_be_left_out_and_is_no_longer_than_a_text(fake: FakeZaloBot, an: FakeUser) -> None:
    ok(fake, "sendPhoto", chat_id=an.id, photo=A_PICTURE)
    answer = ask(fake, "sendPhoto", chat_id=an.id, photo=A_PICTURE, caption="a" * 2001)
    violates(fake, answer, 400, "caption has 2001 characters")


def test_typing_is_shown_and_answered_without_a_result(fake: FakeZaloBot, an: FakeUser) -> None:
    assert ask(fake, "sendChatAction", chat_id=an.id, action="typing").json() == {"ok": True}
    assert (an.typing, an.messages) == (1, [])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "a"}, "chat_id is missing"),
        ({"chat_id": "x"}, "text is missing"),
        ({"chat_id": 7, "text": "a"}, "chat_id is no text"),
        ({"chat_id": "x", "text": 7}, "text is no text"),
    ],
)
def test_a_call_of_another_shape_is_refused_and_noted(
    fake: FakeZaloBot, params: dict[str, Any], words: str
) -> None:
    violates(fake, ask(fake, "sendMessage", **params), 400, words)


def test_the_bot_may_write_at_any_time_to_who_has_written_first_and_to_nobody_else(fake: FakeZaloBot) -> None:
    binh = fake.user("Trần Thị Bình")
    refuses(ask(fake, "sendMessage", chat_id=binh.id, text="a"), 400, "chat not found")
    refuses(ask(fake, "sendMessage", chat_id="0" * 20, text="a"), 400, "chat not found")
    binh.says("chào")
    fake.now = lambda: datetime.now(UTC) + timedelta(days=300)
    say(fake, binh)
    binh.leaves()
    refuses(ask(fake, "sendMessage", chat_id=binh.id, text="a"), 400, "chat not found")


# The envelope and errors


def test_logical_errors_come_with_their_own_status_in_one_reading(fake: FakeZaloBot) -> None:
    refuses(ask(fake, "sendMessage", chat_id="x", text="a"), 400, "chat not found", status=400)


def test_logical_errors_come_under_200_in_the_other_reading() -> None:
    with FakeZaloBot(errors_under_200=True) as fake:
        refuses(ask(fake, "sendMessage", chat_id="x", text="a"), 400, "chat not found", status=200)
        refuses(ask(fake, "getMe", token="1:x"), 401, "Unauthorized", status=200)


def test_403_is_an_internal_server_error_and_never_says_that_somebody_blocked_the_bot(
    fake: FakeZaloBot, an: FakeUser, monkeypatch
) -> None:
    from bot.demo.fakes.zalo_bot import messenger

    monkeypatch.setitem(messenger.METHODS, "sendMessage", None)
    refuses(ask(fake, "sendMessage", chat_id=an.id, text="a"), 403, "Internal server error")
    assert "the fake itself failed" in fake.violations.pop()
    monkeypatch.undo()
    an.leaves()
    assert ask(fake, "sendMessage", chat_id=an.id, text="a").status_code != 403


def test_webhook_info_with_none_set_is_404(fake: FakeZaloBot) -> None:
    refuses(ask(fake, "getWebhookInfo"), 404, "no webhook is set")


# Events


def test_a_text_is_an_event_with_its_sender_chat_id_and_milliseconds(fake: FakeZaloBot) -> None:
    an = fake.user("Nguyễn Văn An")
    moment = datetime(2026, 12, 7, 0, 30, tzinfo=UTC)
    number = an.says("Xin chào", at=moment)
    event = ok(fake, "getUpdates")
    assert event["event_name"] == "message.text.received"
    message = event["message"]
    assert message["from"] == {"id": an.id, "display_name": "Nguyễn Văn An", "is_bot": False}
    assert message["chat"] == {"id": an.id, "chat_type": "PRIVATE"}
    assert (message["text"], message["message_id"]) == ("Xin chào", number)
    assert message["date"] == int(moment.timestamp() * 1000)
    assert ID.fullmatch(an.id)
    assert ID.fullmatch(number)
    assert "update_id" not in event.keys() | message.keys()


@pytest.mark.parametrize("field", ["photo", "photo_url"])
def test_an_image_is_named_photo_by_the_documents_and_photo_url_by_captures(field: Any) -> None:
    with FakeZaloBot(photo_field=field) as fake:
        fake.user("An").sends_image("Giấy khám bệnh")
        event = ok(fake, "getUpdates")
        assert event["event_name"] == "message.image.received"
        assert (event["message"][field], event["message"]["caption"]) == (A_PICTURE, "Giấy khám bệnh")
        assert {"photo", "photo_url"} & event["message"].keys() == {field}


@pytest.mark.parametrize("kind", ["sticker", "voice", "unsupported"])
def test_stickers_voices_and_what_is_unsupported_have_events_of_their_own(
    fake: FakeZaloBot, an: FakeUser, kind: str
) -> None:
    getattr(an, f"sends_{kind}")()
    event = ok(fake, "getUpdates")
    assert event["event_name"] == f"message.{kind}.received"
    assert "text" not in event["message"]


def test_a_file_or_a_protected_sender_comes_as_unsupported_and_says_nothing_more(
    fake: FakeZaloBot, an: FakeUser
) -> None:
    an.sends_unsupported()
    message = ok(fake, "getUpdates")["message"]
    assert message.keys() == {"from", "chat", "message_id", "date", "message_type"}


def test_a_group_has_an_id_of_its_own_kind_and_a_type(fake: FakeZaloBot, an: FakeUser) -> None:
    group = fake.group("Lớp A")
    an.says("chào", group=group)
    chat = ok(fake, "getUpdates")["message"]["chat"]
    assert chat == {"id": group.id, "chat_type": "GROUP"}
    assert re.fullmatch("zgr-[0-9a-f]{20}", group.id)


def test_linking_an_account_is_a_typed_code_for_nothing_else_brings_one(
    fake: FakeZaloBot, an: FakeUser
) -> None:
    an.says("MA ABCD-2345")
    event = ok(fake, "getUpdates")
    assert (event["event_name"], event["message"]["text"]) == ("message.text.received", "MA ABCD-2345")
    assert not hasattr(an, "starts")


# Polling


def texts(fake: FakeZaloBot, polls: int) -> list[str]:
    return [ok(fake, "getUpdates")["message"]["text"] for _ in range(polls)]


def test_a_poll_gives_one_event_in_the_envelope(fake: FakeZaloBot, an: FakeUser) -> None:
    an.says("một")
    an.says("hai")
    assert texts(fake, 2) == ["một", "hai"]


@pytest.mark.parametrize("name", ["offset", "limit", "allowed_updates"])
def test_there_is_no_offset(fake: FakeZaloBot, name: str) -> None:
    violates(fake, ask(fake, "getUpdates", **{name: 1}), 400, f"{name} is no parameter")


@pytest.mark.parametrize(
    ("timeout", "right"), [("30", True), (30, True), ("soon", False), (-1, False), (True, False)]
)
def test_the_timeout_is_seconds_as_text_or_as_a_number(fake: FakeZaloBot, timeout: Any, right: bool) -> None:
    answer = ask(fake, "getUpdates", timeout=timeout)
    if right:
        refuses(answer, 408, "Request timeout")
    else:
        violates(fake, answer, 400, "timeout is no whole number")


def test_an_idle_poll_ends_with_408_which_is_no_refusal(fake: FakeZaloBot) -> None:
    began = time.monotonic()
    refuses(ask(fake, "getUpdates", timeout="30"), 408, "Request timeout")
    assert time.monotonic() - began >= 0.05
    assert (fake.refusals, fake.violations) == ([], [])


def test_an_open_poll_answers_as_soon_as_somebody_writes(fake: FakeZaloBot, an: FakeUser) -> None:
    fake.longest_poll = 10
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(ok, fake, "getUpdates", timeout="10")
        fake.wait_until(lambda: fake.is_polled)
        an.says("chào")
        assert poll.result(5)["message"]["text"] == "chào"


def test_a_poll_whose_caller_has_gone_takes_no_event_along(fake: FakeZaloBot, an: FakeUser) -> None:
    fake.longest_poll = 10
    head = "Host: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_connection(("127.0.0.1", httpx.URL(fake.url).port)) as line:
        line.sendall(f"POST /bot{fake.token}/getUpdates HTTP/1.1\r\n{head}".encode())
        fake.wait_until(lambda: fake.is_polled, what="the poll waits")
    fake.wait_until(lambda: not fake.is_polled, what="the poll is seen to be gone")
    an.says("chào")
    assert texts(fake, 1) == ["chào"]


def test_events_are_replayed_on_each_poll_in_one_reading() -> None:
    with FakeZaloBot(polling="replayed") as fake:
        an = fake.user("An")
        an.says("một")
        an.says("hai")
        assert texts(fake, 5) == ["một", "hai", "một", "hai", "một"]
        an.says("ba")
        assert texts(fake, 3)[0] == "ba"


def test_events_are_lost_when_no_poll_is_open_in_the_other_reading() -> None:
    with FakeZaloBot(polling="lost", longest_poll=10) as fake, ThreadPoolExecutor() as pool:
        an = fake.user("An")
        an.says("vào chỗ không ai nghe")
        poll = pool.submit(ok, fake, "getUpdates")
        fake.wait_until(lambda: fake.is_polled)
        an.says("nghe đây")
        an.says("quá nhanh")
        assert poll.result(5)["message"]["text"] == "nghe đây"
        fake.longest_poll = 0.05
        assert ask(fake, "getUpdates").json()["error_code"] == 408
        assert [event["message"]["text"] for event in fake.events.lost] == [
            "vào chỗ không ai nghe",
            "quá nhanh",
        ]


# The webhook


class Hook:
    """A bot's webhook: what it heard (secret, body), and the answers it gives before it gives 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[tuple[str, bytes]] = []
        self.url = ""

    def events(self) -> list[Any]:
        return [json.loads(body) for _secret, body in self.heard if body]


@contextmanager
def listening() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.heard.append((self.headers["X-Bot-Api-Secret-Token"], body))
            self.send_response(hook.answers.pop(0) if hook.answers else 200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    hook.url = f"http://127.0.0.1:{server.server_port}/zalo"
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


def delivered(fake: FakeZaloBot, hook: Hook, count: int = 1) -> list[Any]:
    fake.wait_until(lambda: fake.pending == 0 and len(hook.events()) >= count)
    return hook.events()


@pytest.mark.parametrize("envelope", ["bare", "wrapped"])
def test_a_pushed_event_is_wrapped_by_the_documents_and_bare_in_captures(envelope: Any) -> None:
    with FakeZaloBot(envelope=envelope) as fake, listening() as hook:
        ok(fake, "setWebhook", url=hook.url, secret_token=SECRET)
        fake.user("An").says("chào")
        (body,) = delivered(fake, hook)
        event = body if envelope == "bare" else body["result"]
        assert event["message"]["text"] == "chào"
        assert body.get("ok", False) is (envelope == "wrapped")


def test_the_secret_comes_in_a_header(fake: FakeZaloBot, an: FakeUser) -> None:
    with listening() as hook:
        ok(fake, "setWebhook", url=hook.url, secret_token=SECRET)
        an.says("chào")
        delivered(fake, hook)
        assert {secret for secret, _ in hook.heard} == {SECRET}


@pytest.mark.parametrize(("length", "right"), [(7, False), (8, True), (256, True), (257, False)])
def test_the_secret_has_8_to_256_characters(fake: FakeZaloBot, length: int, right: bool) -> None:
    fake.probes = False
    answer = ask(fake, "setWebhook", url="https://example.vn/zalo", secret_token="x" * length)
    if right:
        assert answer.json()["result"]["url"] == "https://example.vn/zalo"
    else:
        violates(fake, answer, 400, "secret_token is no text of 8 to 256")


@pytest.mark.parametrize("url", ["http://example.vn/zalo", "https://192.168.1.7/zalo", "https://localhost/"])
def test_a_webhook_stands_at_a_public_https_address(fake: FakeZaloBot, url: str) -> None:
    violates(fake, ask(fake, "setWebhook", url=url, secret_token=SECRET), 400, "url is no public address")


def test_a_webhook_is_told_of_and_taken_away(fake: FakeZaloBot, an: FakeUser) -> None:
    fake.probes = False
    url = "https://example.vn/zalo"
    result = ok(fake, "setWebhook", url=url, secret_token=SECRET)
    assert result.keys() == {"url", "updated_at"}
    assert ok(fake, "getWebhookInfo") == result
    refuses(ask(fake, "getUpdates"), 400, "does not work while a webhook is set")
    assert ok(fake, "deleteWebhook")["url"] == ""
    an.says("chào")
    assert texts(fake, 1) == ["chào"]


@pytest.mark.parametrize("probes", [True, False])
def test_empty_probes_happen(probes: bool) -> None:
    with FakeZaloBot(probes=probes) as fake, listening() as hook:
        ok(fake, "setWebhook", url=hook.url, secret_token=SECRET)
        assert hook.heard == ([(SECRET, b"")] if probes else [])
        hook.heard.clear()
        ok(fake, "testWebhook")
        assert hook.heard == [(SECRET, b"")]


@pytest.mark.parametrize("retries", [0, 2])
def test_whether_an_unanswered_event_comes_again_is_unpublished(retries: int) -> None:
    with (
        FakeZaloBot(webhook_retries=retries, webhook_pause=0.01, probes=False) as fake,
        listening() as hook,
    ):
        ok(fake, "setWebhook", url=hook.url, secret_token=SECRET)
        hook.answers = [500, 302]
        an = fake.user("An")
        an.says("một")
        an.says("hai")
        an.says("ba")
        seen = [event["message"]["text"] for event in delivered(fake, hook, 3)]
        if retries:
            assert seen == ["một", "một", "một", "hai", "ba"]
        else:
            assert seen == ["một", "hai", "ba"]
            assert [event["message"]["text"] for event in fake.events.lost] == ["một", "hai"]


def test_events_that_waited_for_a_poll_are_pushed_once_a_webhook_is_set(
    fake: FakeZaloBot, an: FakeUser
) -> None:
    an.says("chào")
    with listening() as hook:
        ok(fake, "setWebhook", url=hook.url, secret_token=SECRET)
        assert [event["message"]["text"] for event in delivered(fake, hook)] == ["chào"]


def test_nobody_at_the_webhook_costs_the_event(fake: FakeZaloBot, an: FakeUser) -> None:
    ok(fake, "setWebhook", url="http://127.0.0.1:9/zalo", secret_token=SECRET)
    an.says("chào")
    fake.wait_until(lambda: fake.events.lost)


# The quota


def test_the_3001st_message_of_a_month_is_refused_without_a_time_to_come_again(
    fake: FakeZaloBot, an: FakeUser
) -> None:
    moment = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)  # a minute before January at the centre
    fake.now = lambda: moment
    fake.used["2026-12"] = 2999
    say(fake, an, "tin thứ 3000")
    answer = ask(fake, "sendMessage", chat_id=an.id, text="tin thứ 3001")
    refuses(answer, 429, "Quota exceeded")
    assert "retry-after" not in answer.headers
    assert "parameters" not in answer.json()
    refuses(ask(fake, "sendPhoto", chat_id=an.id, photo=A_PICTURE), 429, "Quota exceeded")
    ok(fake, "sendChatAction", chat_id=an.id, action="typing")
    assert [message.text for message in an.messages] == ["tin thứ 3000"]
    fake.now = lambda: moment + timedelta(minutes=1)
    say(fake, an, "tháng sau")


def test_the_51st_user_is_refused_and_the_others_go_on(fake: FakeZaloBot) -> None:
    people = [fake.user(f"Học viên {number}", wrote=True) for number in range(51)]
    for user in people[:50]:
        say(fake, user)
    refuses(ask(fake, "sendMessage", chat_id=people[50].id, text="a"), 429, "Quota exceeded")
    say(fake, people[0])
    people[50].says("tôi viết được")
    assert texts(fake, 1) == ["tôi viết được"]
    assert (len(fake.bot_users), sum(fake.used.values())) == (50, 51)


@pytest.mark.parametrize(("quota", "users", "sent"), [(2, None, 2), (None, 1, 1), (None, None, 3)])
def test_the_figures_are_disputed_and_may_be_others_or_none(
    quota: int | None, users: int | None, sent: int
) -> None:
    with FakeZaloBot(monthly_quota=quota, user_limit=users) as fake:
        people = [fake.user(f"Học viên {number}", wrote=True) for number in range(3)]
        answers = [ask(fake, "sendMessage", chat_id=user.id, text="a").json()["ok"] for user in people]
        assert answers == [True] * sent + [False] * (3 - sent)


# People and faults


def test_waiting_sees_what_came_after_the_last_act(fake: FakeZaloBot, an: FakeUser) -> None:
    say(fake, an, "Lịch tuần này")
    an.says("lịch")
    with pytest.raises(AssertionError, match=r"until Nguyễn Văn An sees 'Lịch tuần'; #\w+ 'Lịch tuần này'"):
        an.wait_for("Lịch tuần", timeout=0.01)
    soon = threading.Timer(0.02, lambda: say(fake, an, "Lịch tuần sau"))
    soon.start()
    assert an.wait_for("Lịch tuần").text == "Lịch tuần sau"
    soon.join()


def test_faults_hit_the_next_calls_and_pass(fake: FakeZaloBot, an: FakeUser) -> None:
    def statuses(count: int) -> list[int]:
        return [ask(fake, "sendMessage", chat_id=an.id, text="a").status_code for _ in range(count)]

    fake.faults.refuse(403, "Internal server error", "sendMessage", 2)
    fake.faults.refuse(429, "Quota exceeded", status=200)
    assert statuses(4) == [403, 403, 200, 200]
    fake.faults.block(status=200)
    page = ask(fake, "sendMessage", chat_id=an.id, text="a")
    assert page.text.startswith("<html>")
    assert page.headers["content-type"].startswith("text/html")
    assert len(an.messages) == 1


def test_a_delay_answers_late_and_a_cut_line_not_at_all(fake: FakeZaloBot, an: FakeUser) -> None:
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    with httpx.Client(trust_env=False) as client:
        fake.faults.delay(5)
        with pytest.raises(httpx.ReadTimeout):
            client.post(url, json={"chat_id": an.id, "text": "đã gửi"}, timeout=0.1)
        fake.faults.cut(times=2)
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                client.post(url, json={"chat_id": an.id, "text": "chưa gửi"})
        fake.faults.cut(carried_out=True)
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(url, json={"chat_id": an.id, "text": "gửi rồi mới đứt"})
    assert [message.text for message in an.messages] == ["đã gửi", "gửi rồi mới đứt"]


def test_every_call_is_kept_with_its_parameters(fake: FakeZaloBot, an: FakeUser) -> None:
    say(fake, an, "chào")
    assert fake.called("sendMessage") == [{"chat_id": an.id, "text": "chào"}]
