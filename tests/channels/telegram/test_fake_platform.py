"""The Telegram fake refuses what the platform refuses, in the platform's words."""

import gc
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.demo.fakes.telegram.bare import ask, confirm, ok, refuses
from bot.demo.fakes.telegram.faults import Limits
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.telegram.user import FakeUser
from bot.demo.fakes.telegram.wire import parse_multipart


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(upload_limit=5000, download_limit=2000, tap_seconds=5) as fake:
        yield fake


@pytest.fixture
def an(fake: FakeTelegram) -> FakeUser:
    """Nguyễn Văn An, user 7, whose /start is fetched and confirmed; his message 2 has the button Xem."""
    user = fake.user("Nguyễn Văn An", id=7)
    user.starts()
    button = {"text": "Xem", "callback_data": "x"}
    ok(fake, "sendMessage", chat_id=7, text="Kính chào", reply_markup={"inline_keyboard": [[button]]})
    confirm(fake)
    return user


# What is refused

TEXT = {"chat_id": 7, "text": "Lịch"}
EDIT = {"chat_id": 7, "message_id": 2, "text": "Lịch"}
ENTITIES = "Bad Request: can't parse entities: "


def keyboard(**button: str) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "Xem", **button}]]}}


def command(name: str, description: str) -> dict[str, Any]:
    return {"commands": [{"command": name, "description": description}]}


BREACHES = {
    "no text": ("sendMessage", {"chat_id": 7}, "message text is empty"),
    "empty text": ("sendMessage", TEXT | {"text": ""}, "message text is empty"),
    "only spaces": ("sendMessage", TEXT | {"text": " \n "}, "message text is empty"),
    "4097 letters": ("sendMessage", TEXT | {"text": "ư" * 4097}, "message is too long"),
    "2049 emoji": ("sendMessage", TEXT | {"text": "😀" * 2049}, "message is too long"),
    "4097 in an edit": ("editMessageText", EDIT | {"text": "ư" * 4097}, "MESSAGE_TOO_LONG"),
    "caption": (
        "sendDocument",
        {"chat_id": 7, "document": "x", "caption": "ư" * 1025},
        "message caption is too long",
    ),
    "65 bytes": ("sendMessage", TEXT | keyboard(callback_data="ư" * 32 + "a"), "BUTTON_DATA_INVALID"),
    "0 bytes": ("sendMessage", TEXT | keyboard(callback_data=""), "BUTTON_DATA_INVALID"),
    "button to this machine": ("sendMessage", TEXT | keyboard(url="http://localhost/x"), "Wrong HTTP URL"),
    "button of two minds": (
        "sendMessage",
        TEXT | keyboard(url="https://a.vn", callback_data="x"),
        "exactly one thing",
    ),
    "long answer": ("answerCallbackQuery", {"callback_query_id": "1", "text": "ư" * 201}, "MESSAGE_TOO_LONG"),
    "foreign tag": (
        "sendMessage",
        TEXT | {"text": "<h1>Lịch</h1>", "parse_mode": "HTML"},
        'Unsupported start tag "h1"',
    ),
    "open tag": ("sendMessage", TEXT | {"text": "<b>Lịch", "parse_mode": "HTML"}, "Can't find end tag"),
    "bare bracket": ("sendMessage", TEXT | {"text": "1 < 2", "parse_mode": "HTML"}, "Unclosed start tag"),
    "upper-case command": ("setMyCommands", command("Lich", "Xem lịch"), "BOT_COMMAND_INVALID"),
    "command with marks": ("setMyCommands", command("lịch", "Xem lịch"), "BOT_COMMAND_INVALID"),
    "command of 33": ("setMyCommands", command("a" * 33, "Xem lịch"), "BOT_COMMAND_INVALID"),
    "no description": ("setMyCommands", command("lich", ""), "BOT_COMMAND_DESCRIPTION_INVALID"),
    "description of 257": ("setMyCommands", command("lich", "ư" * 257), "BOT_COMMAND_DESCRIPTION_INVALID"),
    "no chat": ("sendMessage", {"text": "Lịch"}, "chat_id is empty"),
    "unknown parameter": ("sendMessage", TEXT | {"silent": True}, "silent: unknown parameter"),
    "wrong type": ("sendMessage", TEXT | {"disable_notification": "có"}, "is no Boolean"),
    "secret letters": (
        "setWebhook",
        {"url": "https://a.vn", "secret_token": "bí mật"},
        "unallowed characters",
    ),
    "secret length": (
        "setWebhook",
        {"url": "https://a.vn", "secret_token": "a" * 257},
        "secret token is too long",
    ),
    "101 updates": ("getUpdates", {"limit": 101}, "1-100 accepted"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_call_against_the_specification_is_refused_and_recorded(
    fake: FakeTelegram, an: FakeUser, name: str
) -> None:
    method, params, description = BREACHES[name]

    refuses(ask(fake, method, **params), 400, description)

    assert fake.violations
    assert [message.text for message in an.messages] == ["Kính chào"]


SITUATIONS = {
    "unknown chat": ("sendMessage", TEXT | {"chat_id": 8}, "chat not found"),
    "unknown name": ("sendMessage", TEXT | {"chat_id": "@nobody"}, "chat not found"),
    "nothing to edit": ("editMessageText", EDIT | {"message_id": 99}, "message to edit not found"),
    "the person's own message": ("editMessageText", EDIT | {"message_id": 1}, "message to edit not found"),
    "nothing to delete": ("deleteMessage", {"chat_id": 7, "message_id": 99}, "message to delete not found"),
    "same markup": (
        "editMessageReplyMarkup",
        {"chat_id": 7, "message_id": 2} | keyboard(callback_data="x"),
        "is not mod",
    ),
    "same text": (
        "editMessageText",
        EDIT | {"text": "Kính chào"} | keyboard(callback_data="x"),
        "message is not modified",
    ),
    "unknown tap": (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "query is too old and response timeout expired",
    ),
    "unknown file": ("getFile", {"file_id": "x"}, "invalid file_id"),
    "file not there": (
        "sendDocument",
        {"chat_id": 7, "document": "x"},
        "wrong file identifier/HTTP URL specified",
    ),
    "commands of a stranger": (
        "setMyCommands",
        command("lich", "Xem lịch") | {"scope": {"type": "chat", "chat_id": 8}},
        "chat not found",
    ),
    "webhook without https": (
        "setWebhook",
        {"url": "http://a.vn"},
        "An HTTPS URL must be provided for webhook",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_the_situation_forbids_is_refused_without_a_violation(
    fake: FakeTelegram, an: FakeUser, name: str
) -> None:
    method, params, description = SITUATIONS[name]

    refuses(ask(fake, method, **params), 400, description)

    assert fake.violations == []
    assert an.last.text == "Kính chào"


def test_a_text_of_4096_units_and_a_button_of_64_bytes_pass(fake: FakeTelegram, an: FakeUser) -> None:
    ok(
        fake,
        "sendMessage",
        chat_id=7,
        text="<b>" + "😀" * 2048 + "</b>",
        parse_mode="HTML",
        **keyboard(callback_data="ư" * 32),
    )

    assert (an.last.text, an.buttons) == ("😀" * 2048, ["Xem"])


def test_who_cannot_be_reached_is_forbidden_until_it_changes(fake: FakeTelegram, an: FakeUser) -> None:
    stranger = fake.user("Trần Thị Bình")
    refuses(
        ask(fake, "sendMessage", chat_id=stranger.id, text="a"),
        403,
        "Forbidden: bot can't initiate conversation",
    )
    an.blocks()
    refuses(ask(fake, "sendMessage", chat_id=7, text="a"), 403, "Forbidden: bot was blocked by the user")
    assert ok(fake, "getUpdates")[0]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    an.unblocks()
    ok(fake, "sendMessage", chat_id=7, text="Chào lại")
    fake.deactivate(an)
    refuses(ask(fake, "sendMessage", chat_id=7, text="a"), 403, "Forbidden: user is deactivated")
    assert an.last.text == "Chào lại"


def test_a_wrong_token_and_an_unknown_method_have_their_own_answers(fake: FakeTelegram) -> None:
    refuses(ask(fake, "getMe", token="1:wrong"), 401, "Unauthorized")
    refuses(ask(fake, "sendNothing"), 404, "Not Found: method not found")
    refuses(ask(fake, "sendPoll", chat_id=7, question="a", options=[{"text": "b"}]), 404, "Not Found")
    assert fake.violations == ["sendNothing: no such method", "sendPoll: this fake does not play it"]


def test_a_group_that_moved_says_where(fake: FakeTelegram) -> None:
    group = fake.group("Lớp A", id=-5)
    ok(fake, "sendMessage", chat_id=-5, text="Kính chào cả lớp")
    fake.migrate(group, -1005)

    body = refuses(
        ask(fake, "sendMessage", chat_id=-5, text="a"), 400, "group chat was upgraded to a supergroup chat"
    )

    assert body["parameters"] == {"migrate_to_chat_id": -1005}
    ok(fake, "sendMessage", chat_id=-1005, text="Vẫn lớp ấy")
    assert group.last.text == "Vẫn lớp ấy"


def test_a_tap_is_answered_in_time_or_not_at_all(an: FakeUser, fake: FakeTelegram) -> None:
    tap = an.taps("Xem")
    ok(fake, "answerCallbackQuery", callback_query_id=tap, text="Đang mở")
    fake.tap_seconds = 0
    refuses(ask(fake, "answerCallbackQuery", callback_query_id=tap), 400, "query is too old")
    assert an.toasts == ["Đang mở"]


# Files


def upload(fake: FakeTelegram, content: bytes) -> httpx.Response:
    url = f"{fake.url}/bot{fake.token}/sendDocument"
    files = {"document": ("tệp.bin", content)}
    return httpx.post(url, data={"chat_id": "7"}, files=files, trust_env=False)


def test_files_over_the_limits_and_empty_ones_are_refused(fake: FakeTelegram, an: FakeUser) -> None:
    usual = FakeTelegram()
    assert (usual.upload_limit, usual.download_limit) == (50 * 2**20, 20 * 2**20)
    refuses(upload(fake, b"a" * 5001), 413, "Request Entity Too Large")
    refuses(upload(fake, b""), 400, "file must be non-empty")
    file_id = upload(fake, b"a" * 2001).json()["result"]["document"]["file_id"]
    refuses(ask(fake, "getFile", file_id=file_id), 400, "file is too big")


def test_a_file_is_downloaded_by_its_path_and_token_alone(fake: FakeTelegram, an: FakeUser) -> None:
    an.sends_document("Danh sách.xlsx", b"PK\x03\x04")
    document = ok(fake, "getUpdates")[0]["message"]["document"]
    path = ok(fake, "getFile", file_id=document["file_id"])["file_path"]

    def download(token: str, path: str) -> httpx.Response:
        return httpx.get(f"{fake.url}/file/bot{token}/{path}", trust_env=False)

    assert document["file_name"] == "Danh sách.xlsx"
    assert download(fake.token, path).content == b"PK\x03\x04"
    assert download("1:wrong", path).status_code == 404
    assert download(fake.token, "documents/other").status_code == 404


def test_a_picture_must_be_one(fake: FakeTelegram, an: FakeUser) -> None:
    file_id = upload(fake, b"no picture").json()["result"]["document"]["file_id"]
    refuses(ask(fake, "sendPhoto", chat_id=7, photo=file_id), 400, "IMAGE_PROCESS_FAILED")


def test_multipart_keeps_every_byte_and_cleans_names() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="caption"\r\n\r\nT\xe1\xbb\x87p\r\n'
        b'--x\r\nContent-Disposition: form-data; name="document"; filename="../l\xe1\xbb\x9bp \\"A\\".xlsx"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n\x00\xff\n--y\r\n\r\n--x--\r\n"
    )

    params, files = parse_multipart('multipart/form-data; boundary="x"', body)

    assert params == {"caption": "Tệp"}
    assert files["document"].content == b"\r\n\x00\xff\n--y\r\n"
    assert files["document"].name == "..__lớp _A_.xlsx".replace("__", "_")


# Floods


def test_a_chat_takes_a_burst_and_then_one_a_second() -> None:
    with FakeTelegram(limits=Limits(chat_burst=3, chat_per_second=0.5)) as fake:
        fake.user("An", id=7).starts()
        fake.user("Bình", id=8).starts()
        for _ in range(3):
            ok(fake, "sendMessage", **TEXT)
        answer = ask(fake, "sendMessage", **TEXT)
        body = refuses(answer, 429, "Too Many Requests: retry after 2")
        assert (body["parameters"], answer.headers["Retry-After"]) == ({"retry_after": 2}, "2")
        ok(fake, "sendMessage", chat_id=8, text="Người khác không phải chờ")
        assert [refused.status for refused in fake.refusals] == [429]
        assert fake.violations == []


def test_thirty_a_second_pass_over_all_chats_and_no_more() -> None:
    with FakeTelegram(limits=Limits()) as fake:
        for n in range(40):
            fake.user(f"Học viên {n}", id=n + 1).starts()
        before = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: ask(fake, "sendMessage", chat_id=n + 1, text="a"), range(40)))
        passed = [answer for answer in answers if answer.status_code == 200]
        assert 30 <= len(passed) <= 30 * (1 + time.monotonic() - before)
        assert {answer.status_code for answer in answers} <= {200, 429}


def test_a_fake_that_stops_leaves_no_connection_open() -> None:
    """One left open failed whatever test ran when it was collected: calls that still arrive, callers just accepted."""
    left: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda fault: left.append(fault.exc_value)
    try:
        for _round in range(3):
            with FakeTelegram() as fake:
                half = (
                    f"POST /bot{fake.token}/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nab"
                )
                where = ("127.0.0.1", httpx.URL(fake.url).port)
                callers = [socket.create_connection(where) for _ in range(8)]
                for caller in callers:
                    caller.sendall(half.encode())
                if _round:
                    time.sleep(0.05)  # else they are only just accepted
            del fake
            gc.collect()
            for caller in callers:
                caller.close()
    finally:
        sys.unraisablehook = hook
    assert left == []
