"""The fake Official Account does what its platform is known to do, point by point; what is disputed in both readings."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA

NOON = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


class Time:
    """A clock that stands until moved."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def passes(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Account:
    """What a program does with the account, in plain HTTP."""

    def __init__(self, fake: FakeZaloOA) -> None:
        self.fake = fake
        self.http = httpx.Client(timeout=5, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self.token = fake.access_token

    def sends(self, user_id: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {"recipient": {"user_id": user_id}, "message": message}
        url = f"{self.fake.openapi_url}/v3.0/oa/message/cs"
        return self.http.post(url, **{"json": body, "headers": {"access_token": self.token}, **more}).json()

    def uploads(self, kind: str, name: str, content: bytes) -> dict[str, Any]:
        url = f"{self.fake.openapi_url}/v2.0/oa/upload/{kind}"
        files = {"file": (name, content)}
        return self.http.post(url, files=files, headers={"access_token": self.token}).json()

    def exchanges(self, secret: str = "a-secret-of-the-application", **form: str) -> dict[str, Any]:
        url = f"{self.fake.oauth_url}/v4/oa/access_token"
        given = {"app_id": self.fake.app_id, **form}
        return self.http.post(url, data=given, headers={"secret_key": secret}).json()

    def refreshes(self, token: str) -> dict[str, Any]:
        return self.exchanges(grant_type="refresh_token", refresh_token=token)

    def templates(self, **body: Any) -> dict[str, Any]:
        url = f"{self.fake.business_url}/message/template"
        return self.http.post(url, json=body, headers={"access_token": self.token}).json()


@contextmanager
def account(**switches: Any) -> Iterator[Account]:
    with FakeZaloOA(**switches) as fake:
        made = Account(fake)
        with made.http:
            yield made


class Hook:
    """A webhook that keeps what it gets and answers with the statuses it is given, then 200."""

    def __init__(self, statuses: tuple[int, ...]) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        statuses_left = list(statuses)
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((dict(self.headers), body))
                self.send_response(statuses_left.pop(0) if statuses_left else 200)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


@contextmanager
def hook(*statuses: int) -> Iterator[Hook]:
    made = Hook(statuses)
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


def text(words: str = "Kính chào đồng chí.") -> dict[str, Any]:
    return {"text": words}


def buttons(*each: dict[str, Any]) -> dict[str, Any]:
    payload = {"template_type": "button", "buttons": list(each)}
    return {"text": "Mời đồng chí chọn:", "attachment": {"type": "template", "payload": payload}}


def shows(title: str, payload: str = "xem #xx:1", kind: str = "oa.query.show") -> dict[str, Any]:
    return {"title": title, "type": kind, "payload": payload}


# POST /v3.0/oa/message/cs


def test_a_text_is_taken_and_named_by_its_id():
    with account() as oa:
        user = oa.fake.user("Nguyễn Văn An")
        user.says("xin chào")

        answer = oa.sends(user.id, text())

        assert (answer["error"], answer["message"]) == (0, "Success")
        assert [(m.id, m.text, m.paid) for m in user.messages] == [
            (answer["data"]["message_id"], "Kính chào đồng chí.", False)
        ]
        assert user.wait_for("Kính chào").id == answer["data"]["message_id"]
        assert oa.fake.violations == []


def test_a_text_of_2000_characters_is_taken_and_one_more_is_not():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert oa.sends(user.id, text("ă" * 2000))["error"] == 0
        assert oa.sends(user.id, text("ă" * 2001))["error"] == -210
        assert oa.sends(user.id, text(""))["error"] == -201
        assert len(user.messages) == 1
        assert len(oa.fake.violations) == 2


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": 7},
        {"text": "a", "buttons": []},
        {"text": "a", "attachment": []},
        {"text": "a", "attachment": {"type": "template"}},
        {"text": "a", "attachment": {"type": "list", "payload": {}}},
        {"text": "a", "attachment": {"type": "template", "payload": {"template_type": "list"}}},
        {"attachment": {"type": "file", "payload": {"token": "file-000009"}}},
        buttons(),
        buttons({"title": "A", "type": "oa.query.whisper", "payload": "a"}),
        buttons({"title": "A", "type": "oa.query.hide", "payload": "a" * 1001}),
        buttons({"title": "A", "type": "oa.query.show", "payload": {}}),
        buttons({"title": "A", "type": "oa.open.url", "payload": "https://example.vn"}),
        buttons({"title": "A", "type": "oa.open.url", "payload": {"url": "example.vn"}}),
        buttons({"title": "", "type": "oa.query.show", "payload": "a"}),
        buttons({"title": "A" * 101, "type": "oa.query.show", "payload": "a"}),
        buttons({"title": "A", "type": "oa.query.show", "payload": "a" * 1001}),
    ],
)
def test_a_wrong_shape_is_refused_and_noted(message):
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert oa.sends(user.id, message)["error"] in {-201, -210}
        assert user.messages == []
        assert len(oa.fake.violations) == 1


def test_what_is_no_json_or_no_method_is_refused_and_noted():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert oa.sends(user.id, {}, json=None, data={"text": "a"})["error"] == -201
        assert oa.http.post(f"{oa.fake.openapi_url}/v3.0/oa/message/promotions", json={}).status_code == 404
        assert len(oa.fake.violations) == 2


def test_a_user_nobody_knows_is_refused():
    with account() as oa:
        assert oa.sends("123", text()) == {"error": -201, "message": "user_id is invalid"}
        assert oa.fake.violations == []


def test_who_blocked_the_account_is_refused():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        user.blocks()

        assert oa.sends(user.id, text())["error"] == -217


# Buttons


def test_up_to_five_buttons_are_taken_and_six_are_refused():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert oa.sends(user.id, buttons(*(shows(f"Nút {n}") for n in range(5))))["error"] == 0
        assert oa.sends(user.id, buttons(*(shows(f"Nút {n}") for n in range(6))))["error"] == -201
        assert user.buttons == [f"Nút {n}" for n in range(5)]


@pytest.mark.parametrize(("kind", "lines"), [("oa.query.show", ["Sai #aa:2"]), ("oa.query.hide", [])])
def test_a_tap_comes_back_as_the_persons_own_text_with_the_payload_shown_or_not(kind, lines):
    with account() as oa, hook() as webhook:
        oa.fake.webhook = webhook.url
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.sends(user.id, buttons(shows("Đúng", "Đúng #aa:1", kind), shows("Sai", "Sai #aa:2", kind)))
        user.taps("Sai")
        oa.fake.wait_until(lambda: len(webhook.got) == 2)

        event = httpx.Response(200, content=webhook.got[1][1]).json()
        assert (event["event_name"], event["message"]["text"]) == ("user_send_text", "Sai #aa:2")
        assert user.lines == ["xin chào", *lines]


def test_an_address_and_a_phone_open_without_a_word_to_the_account():
    url = {"title": "Mở trang", "type": "oa.open.url", "payload": {"url": "https://example.vn/a"}}
    phone = {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "842033123456"}}
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert oa.sends(user.id, buttons(url, phone))["error"] == 0
        assert user.last.links == {"Mở trang": "https://example.vn/a"}
        assert user.taps("Mở trang") == "https://example.vn/a"
        assert oa.fake.pending == 1  # the greeting alone


# Files


def test_a_file_is_uploaded_first_and_its_token_sent():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        token = oa.uploads("file", "Danh sách.xlsx", b"PK content")["data"]["token"]
        answer = oa.sends(user.id, {"attachment": {"type": "file", "payload": {"token": token}}})

        assert answer["error"] == 0
        assert (user.last.file.name, user.last.file.content) == ("Danh sách.xlsx", b"PK content")


@pytest.mark.parametrize(("kind", "limit"), [("image", 2**20), ("file", 5 * 2**20)])
def test_an_image_of_one_and_a_file_of_five_mebibytes_are_the_largest(kind, limit):
    with account() as oa:
        assert oa.uploads(kind, "a.png", PNG + bytes(limit - len(PNG)))["error"] == 0
        assert oa.uploads(kind, "a.png", PNG + bytes(limit - len(PNG) + 1))["error"] == -210


def test_an_image_goes_with_its_words():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        attachment_id = oa.uploads("image", "sơ đồ.png", PNG)["data"]["attachment_id"]
        element = {"media_type": "image", "attachment_id": attachment_id}
        payload = {"template_type": "media", "elements": [element]}
        message = {"text": "Sơ đồ:", "attachment": {"type": "template", "payload": payload}}

        assert oa.sends(user.id, message)["error"] == 0
        assert (user.last.text, user.last.image.content) == ("Sơ đồ:", PNG)
        assert oa.uploads("image", "a.png", b"no picture")["error"] == -201


@pytest.mark.parametrize(("kinds", "error"), [(None, 0), (frozenset({"pdf", "doc", "docx"}), -201)])
def test_which_kinds_of_file_are_taken_is_disputed(kinds, error):
    with account(file_kinds=kinds) as oa:
        assert oa.uploads("file", "Danh sách.xlsx", b"PK")["error"] == error
        assert oa.uploads("file", "Thông báo.pdf", b"%PDF")["error"] == 0
        assert oa.fake.violations == []


# The window


@pytest.mark.parametrize("error", [-230, -213])
def test_outside_48_hours_a_message_is_refused_with_either_number(error):
    time = Time()
    with account(now=time, window_error=error) as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        time.passes(hours=47, minutes=59)
        assert oa.sends(user.id, text())["error"] == 0
        time.passes(minutes=1)

        assert oa.sends(user.id, text())["error"] == error
        user.says("tôi đây")
        assert oa.sends(user.id, text())["error"] == 0
        assert oa.fake.violations == []


def test_eight_messages_are_free_in_it_and_the_next_word_opens_eight_more():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")

        assert [oa.sends(user.id, text())["error"] for _ in range(9)] == [0] * 8 + [-230]
        user.says("còn đây")
        assert [oa.sends(user.id, text())["error"] for _ in range(9)] == [0] * 8 + [-230]


def test_paid_messages_go_on_to_seven_days_where_the_account_pays():
    time = Time()
    with account(now=time, pays=True) as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        answers = [oa.sends(user.id, text())["error"] for _ in range(9)]
        time.passes(days=6, hours=23)
        answers.append(oa.sends(user.id, text())["error"])
        time.passes(hours=1)
        answers.append(oa.sends(user.id, text())["error"])

        assert answers == [0] * 10 + [-230]
        assert len(oa.fake.paid) == 2


def test_a_person_who_never_wrote_is_outside_the_window():
    with account() as oa:
        assert oa.sends(oa.fake.user("An").id, text())["error"] == -230


@pytest.mark.parametrize(("opens", "error"), [(True, 0), (False, -230)])
def test_whether_following_opens_the_window_is_disputed(opens, error):
    with account(follow_opens=opens) as oa:
        user = oa.fake.user("An")
        user.follows()

        assert oa.sends(user.id, text())["error"] == error


# Approved templates


def test_a_known_template_goes_by_user_id_or_by_phone_outside_the_window():
    data = {"name": "Nguyễn Văn An", "class_name": "NTD-01", "time": "7 giờ 30"}
    with account() as oa:
        user = oa.fake.user("An", phone="84951234567")
        by_id = oa.templates(user_id=user.id, template_id="302259", template_data=data)
        by_phone = oa.templates(phone="84951234567", template_id="302259", template_data=data)

        assert [by_id["error"], by_phone["error"]] == [0, 0]
        assert [m.template for m in user.messages] == ["302259", "302259"]
        assert "class_name: NTD-01" in user.last.text
        assert len(oa.fake.paid) == 2


def test_a_template_that_was_not_approved_or_lacks_a_field_is_refused():
    data = {"name": "An", "class_name": "NTD-01", "time": "7 giờ 30"}
    with account() as oa:
        user = oa.fake.user("An", phone="84951234567")

        def error(**body: Any) -> int:
            return int(oa.templates(**body)["error"])

        assert error(user_id=user.id, template_id="1", template_data=data) == -109
        assert error(user_id=user.id, template_id="302259", template_data={"name": "An"}) == -112
        assert error(user_id=user.id, template_id="302259", template_data={**data, "time": ""}) == -111
        assert error(phone="0951234567", template_id="302259", template_data=data) == -108
        assert error(phone="84950000000", template_id="302259", template_data=data) == -118
        assert error(template_id="302259", template_data=data) == -201
        assert user.messages == []


# Tokens


def test_an_exchange_gives_a_new_pair_and_the_time_it_lives():
    with account() as oa:
        told = oa.refreshes(oa.fake.refresh_token)

        assert (told["access_token"], told["refresh_token"]) == (oa.fake.access_token, oa.fake.refresh_token)
        assert told["expires_in"] == "90000"
        assert oa.token != told["access_token"]


def test_a_refresh_token_works_once():
    with account() as oa:
        first = oa.fake.refresh_token
        oa.refreshes(first)
        again = oa.refreshes(first)

        assert again["error"] == -14014
        assert "access_token" not in again


def test_the_earlier_access_token_lives_on_to_its_end():
    time = Time()
    with account(real=time, lives=3600) as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.refreshes(oa.fake.refresh_token)
        assert oa.sends(user.id, text())["error"] == 0
        time.passes(hours=1)
        assert oa.sends(user.id, text())["error"] == -220


def test_a_token_that_is_none_is_invalid_and_an_old_one_expired():
    time = Time()
    with account(real=time) as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.token = "made up"
        assert oa.sends(user.id, text())["error"] == -216
        oa.token = oa.fake.access_token
        time.passes(hours=25)
        assert oa.sends(user.id, text())["error"] == -220
        assert oa.uploads("file", "a.pdf", b"a")["error"] == -220
        assert oa.templates(user_id=user.id)["error"] == -220


def test_a_refresh_token_dies_after_three_months():
    time = Time()
    with account(real=time) as oa:
        time.passes(days=90)
        assert oa.refreshes(oa.fake.refresh_token)["error"] == -14014


def test_a_revoked_permission_ends_both_tokens_until_a_code_brings_new_ones():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.fake.revoke()
        assert oa.sends(user.id, text())["error"] == -216
        assert oa.refreshes(oa.fake.refresh_token)["error"] == -14014

        code = oa.fake.permit()
        oa.token = oa.exchanges(grant_type="authorization_code", code=code)["access_token"]
        assert oa.sends(user.id, text())["error"] == 0
        assert oa.exchanges(grant_type="authorization_code", code=code)["error"] == -14019


def test_a_wrong_secret_key_or_application_is_refused():
    with account() as oa:
        refresh = oa.fake.refresh_token

        assert oa.exchanges("wrong", grant_type="refresh_token", refresh_token=refresh)["error"] == -14004
        assert oa.exchanges(app_id="7", grant_type="refresh_token", refresh_token=refresh)["error"] == -14002
        assert oa.refreshes(refresh)["expires_in"]  # it was not used up by them


def test_the_permission_page_sends_the_browser_on_with_a_code():
    with account() as oa:
        asked = {"app_id": oa.fake.app_id, "redirect_uri": "https://example.vn/back", "state": "s"}
        answer = oa.http.get(f"{oa.fake.oauth_url}/v4/oa/permission", params=asked)
        back = httpx.URL(answer.headers["location"])

        assert (back.host, back.params["state"], back.params["oa_id"]) == ("example.vn", "s", oa.fake.oa_id)
        told = oa.exchanges(grant_type="authorization_code", code=back.params["code"])
        assert told["access_token"] == oa.fake.access_token


def test_times_as_text_or_as_numbers_are_disputed():
    with account(texts=False) as oa, hook() as webhook:
        oa.fake.webhook = webhook.url
        oa.fake.user("An").says("xin chào")
        oa.fake.wait_until(lambda: webhook.got)

        assert oa.refreshes(oa.fake.refresh_token)["expires_in"] == 90000
        assert isinstance(httpx.Response(200, content=webhook.got[0][1]).json()["timestamp"], int)


def test_a_token_in_an_address_is_a_violation():
    with account() as oa:
        oa.http.get(f"{oa.fake.openapi_url}/v2.0/oa/getoa", params={"access_token": oa.token})
        oa.http.post(
            f"{oa.fake.oauth_url}/v4/oa/access_token", params={"refresh_token": "x"}, data={"a": "b"}
        )

        assert len(oa.fake.violations) == 2


def test_the_account_tells_its_name():
    with account() as oa:
        url = f"{oa.fake.openapi_url}/v2.0/oa/getoa"
        told = oa.http.get(url, headers={"access_token": oa.token}).json()

        assert (told["data"]["name"], told["data"]["oa_id"]) == (oa.fake.name, oa.fake.oa_id)


# The webhook


@pytest.mark.parametrize(("form", "prefix"), [("plain", ""), ("mac", "mac=")])
@pytest.mark.parametrize("key", ["", "a-key-of-the-webhook"])
def test_events_are_signed_in_either_form_with_either_key(form, prefix, key):
    with account(signature=form, webhook_key=key) as oa, hook() as webhook:
        oa.fake.webhook = webhook.url
        oa.fake.user("An").says("xin chào")
        oa.fake.wait_until(lambda: webhook.got)

        headers, body = webhook.got[0]
        stamp = httpx.Response(200, content=body).json()["timestamp"]
        said = oa.fake.app_id.encode() + body + stamp.encode()
        expected = hashlib.sha256(said + (key or "a-secret-of-the-application").encode()).hexdigest()
        assert {name.lower(): value for name, value in headers.items()}[
            "x-zevent-signature"
        ] == prefix + expected


def test_an_event_is_brought_again_until_it_is_answered_with_200():
    with account() as oa, hook(503, 500) as webhook:
        oa.fake.webhook = webhook.url
        oa.fake.user("An").says("xin chào")
        oa.fake.wait_until(lambda: oa.fake.pending == 0)

        assert [each.status for each in oa.fake.delivered] == [503, 500, 200]
        assert len({body for _headers, body in webhook.got}) == 1


def test_or_it_is_brought_once():
    with account(redelivers=False) as oa, hook(503) as webhook:
        oa.fake.webhook = webhook.url
        user = oa.fake.user("An")
        user.says("một")
        user.says("hai")
        oa.fake.wait_until(lambda: oa.fake.pending == 0)

        assert [each.status for each in oa.fake.delivered] == [503, 200]


@pytest.mark.parametrize("field", ["msg_id", "message_id"])
def test_what_people_do_comes_as_the_documented_events(field):
    with account(id_field=field) as oa, hook() as webhook:
        oa.fake.webhook = webhook.url
        user = oa.fake.user("An")
        user.follows()
        user.says("xin chào")
        user.sends_image(PNG)
        user.sends_file("Danh sách.xlsx", b"PK content")
        user.sends_sticker()
        user.unfollows()
        oa.fake.wait_until(lambda: oa.fake.pending == 0)

        events = [httpx.Response(200, content=body).json() for _headers, body in webhook.got]
        assert [event["event_name"] for event in events] == [
            *("follow", "user_send_text", "user_send_image"),
            *("user_send_file", "user_send_sticker", "unfollow"),
        ]
        assert [event["follower"]["id"] for event in (events[0], events[-1])] == [user.id, user.id]
        assert all(event["sender"]["id"] == user.id and event["message"][field] for event in events[1:-1])
        file = events[3]["message"]["attachments"][0]["payload"]
        assert (file["name"], oa.http.get(file["url"]).content) == ("Danh sách.xlsx", b"PK content")


def test_the_consoles_probe_is_empty():
    with account() as oa, hook() as webhook:
        oa.fake.webhook = webhook.url
        oa.fake.probes()
        oa.fake.wait_until(lambda: oa.fake.pending == 0)

        assert webhook.got[0][1] == b""


# Speed, and what goes wrong


def test_a_twenty_first_message_within_a_second_is_refused_where_the_switch_is_on():
    with account(per_second=20) as oa:
        user = oa.fake.user("An")
        oa.fake.pace.sent.extend([10**12] * 20)  # twenty just sent

        user.says("xin chào")
        assert oa.sends(user.id, text())["error"] == -32
        assert oa.fake.violations == []


def test_faults_come_as_asked_and_pass():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.fake.fail_next("message/cs", -100, "Unknown error", status=500)
        oa.fake.bad_gateway("message/cs")
        oa.fake.drop_connections(1, "message/cs")
        oa.fake.drop_connections(1, "message/cs", carried_out=True)

        assert oa.sends(user.id, text())["error"] == -100
        with pytest.raises(ValueError):
            oa.sends(user.id, text())
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                oa.sends(user.id, text())
        assert len(user.messages) == 1
        assert oa.sends(user.id, text())["error"] == 0


def test_silence_answers_late_but_carries_out():
    with account() as oa:
        user = oa.fake.user("An")
        user.says("xin chào")
        oa.fake.silence(0.5, "message/cs")
        with pytest.raises(httpx.ReadTimeout):
            oa.sends(user.id, text(), timeout=0.1)

        user.wait_for("Kính chào")
