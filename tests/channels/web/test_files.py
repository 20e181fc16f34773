"""The web chat's files, both ways, and the house around it: headers, health, the end of a stream."""

import time
import tracemalloc
import unicodedata
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bot.channels.text import file_name
from bot.limits import Limits
from bot.web.webfiles import disposition
from storage.messaging import files, transcript
from storage.messaging.files import StoredFile
from storage.messaging.inbox import inbox
from tests.houses.web.chatting import SHEET
from tests.houses.web.devices import Device

MEGABYTE = 1024 * 1024
PHONE = "02033123456"
HTML = {"Accept": "text/html"}


@pytest.fixture
def device(chat):
    """One whose start has been answered."""
    started = Device(chat).starts()
    started.reads(until="Phiếu này")
    return started


# -- files


def test_a_file_goes_up_under_its_vietnamese_name(chat, device):
    name = unicodedata.normalize("NFD", "Danh sách lớp – Đợt 1.xlsx")
    assert device.uploads("C:\\máy\\" + name, b"PK12345").status_code == 200
    assert device.uploads(name, b"PK12345").status_code == 200  # the same id again
    lines = device.reads(until="Đã nhận tệp Danh sách lớp – Đợt 1.xlsx, 7 byte")
    assert (lines[-2]["mine"], lines[-2]["file"]["name"]) == (True, "Danh sách lớp – Đợt 1.xlsx")
    (stored,) = chat.rows(StoredFile.__table__)
    assert bytes(stored.content) == b"PK12345"
    assert len(chat.rows(inbox)) == 2


def test_twenty_megabytes_go_up_and_one_byte_more_does_not(chat, device):
    content = b"x" * (20 * MEGABYTE)
    assert device.uploads("to.xlsx", content).status_code == 200
    for more in (content + b"x", iter([content, b"x"])):  # announced, and streamed without a length
        answer = device.uploads("to.xlsx", more, said_id="file-0002")
        assert answer.status_code == 413
        assert "Tệp lớn hơn 20 MB" in answer.json()["error"]
    assert len(chat.rows(StoredFile.__table__)) == 1


def test_a_file_is_never_in_memory_as_a_whole(chat, device):
    """Twenty megabytes go to the disk as they come, and from there to the database."""
    chat.binds(device.chat)
    piece = b"x" * 65536
    tracemalloc.start()
    try:
        assert device.uploads("to.xlsx", (piece for _piece in range(320))).status_code == 200
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * MEGABYTE
    (stored,) = chat.rows(StoredFile.__table__)
    assert len(stored.content) == 20 * MEGABYTE


def test_a_chat_nobody_is_bound_to_leaves_no_file(chat, device):
    for n in range(25):
        answer = device.puts("to.xlsx", b"x" * 1000, said_id=f"file-{n:04d}")
        assert (answer.status_code, "chưa được liên kết" in answer.json()["error"]) == (403, True)
    assert chat.rows(StoredFile.__table__) == []
    assert 'limit="stranger_file"} 25.0' in httpx.get(chat.served.url + "/metrics").text


def test_a_bound_chat_leaves_no_more_than_its_quota_until_the_day_is_over(chat, device):
    chat.app.state.site = replace(chat.site, limits=Limits(files_mb=2))
    for n, status in enumerate((200, 403, 200, 403)):
        content = b"x" * (MEGABYTE + n % 2 * MEGABYTE)
        answer = device.uploads("to.xlsx", content, said_id=f"file-{n:04d}")
        assert (answer.status_code, "ngày mai" in answer.text) == (status, status == 403)
    other = Device(chat).starts("ZZZZ-2222")
    assert other.uploads("to.xlsx", b"x").status_code == 200
    with chat.database.transaction() as session:
        files.forget(session, chat.time + timedelta(days=1))
    assert device.uploads("to.xlsx", b"x", said_id="file-0009").status_code == 200
    assert 'limit="file_quota"} 2.0' in httpx.get(chat.served.url + "/metrics").text


def test_a_file_comes_down_under_its_vietnamese_name_for_this_device_only(chat, device):
    device.says("tệp")
    line = device.reads(until="Lịch học đây")[-1]
    assert line["file"] == {"name": SHEET, "size": "1 kB", "url": f"file/{line['n']}"}
    answer = device.http.get(device.url + line["file"]["url"])
    assert answer.content == b"sheet 7"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "filename*=UTF-8''L%E1%BB%8Bch%20h%E1%BB%8Dc" in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="lich_hoc_thang_12_dot_1.xlsx"'
    )
    for number, status in ((1, 404), (9999, 404), (10**30, 404)):
        assert device.http.get(f"{device.url}file/{number}").status_code == status


def test_a_file_no_longer_kept_says_so(chat, device):
    device.says("tệp")
    line = device.reads(until="Lịch học đây")[-1]
    chat.later(days=40)
    with chat.database.transaction() as session:
        transcript.forget_files(session, chat.time)
    assert device.http.get(device.url + line["file"]["url"]).status_code == 410
    assert device.reads(until="Lịch học đây")[-1]["file"]["url"] == ""


def test_file_names_cannot_break_a_path_or_a_header():
    assert file_name("../../etc/passwd") == "passwd"
    assert file_name("..") == "file"
    assert file_name("a\r\nSet-Cookie: x.xlsx") == "a Set-Cookie: x.xlsx"
    assert file_name("đ" * 400 + ".xlsx") == "đ" * 145 + ".xlsx"
    assert disposition('a"; filename="b.exe') == (
        "attachment; filename=\"a_filename_b.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"
    )
    assert disposition("学.é\n").isascii()


# -- the house


def test_streams_end_cleanly_when_the_server_stops(chat, device):
    events = device.events(after=99)
    assert [name for name, _id, _data in [next(events)]] == ["ready"]
    before = time.monotonic()
    chat.served.stop()
    assert list(events) == []  # the end itself: a stream cut off would raise
    assert time.monotonic() - before < 5


def test_pages_say_what_a_browser_may_do(chat, device):
    for path in ("/", f"/chat/{device.chat}/", "/health", "/nowhere"):
        headers = device.http.get(chat.served.url + path, headers=HTML).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == (
            "same-origin" if path == "/" else "no-referrer"
        )  # it has a form
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_visitor_without_a_link_is_told_what_this_is(chat):
    answer = httpx.get(chat.served.url + "/", headers=HTML)
    assert answer.status_code == 200
    assert "Mã ghi trên phiếu" in answer.text
    assert PHONE in answer.text
    missing = httpx.get(chat.served.url + "/khong-co", headers=HTML)
    assert (missing.status_code, "Không tìm thấy trang này" in missing.text) == (404, True)
    assert httpx.get(chat.served.url + "/khong-co").text == ""


def test_health_tells_counts_and_ages_and_metrics_the_same(chat, device):
    health = httpx.get(chat.served.url + "/health").json()
    assert health["status"] == "ok"
    assert health["updates_waiting"] == 0
    metrics = httpx.get(chat.served.url + "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "caunoi_updates_waiting 0.0" in metrics.text
    assert "caunoi_open_pages" in metrics.text
    assert httpx.get(chat.served.url + "/metrics").status_code == 200
    assert device.chat not in metrics.text


def test_health_says_when_the_database_does_not_answer(chat, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_anything):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("bot.web.health.vitals", away)
    answer = httpx.get(chat.served.url + "/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "database")


def test_styles_and_scripts_are_sent_once_and_nothing_else_of_the_folder(chat):
    for name in (
        "base.css",
        "chat.css",
        "card.css",
        "chat.js",
        "bubble.js",
        "outgoing.js",
        "stream.js",
        "icon.svg",
    ):
        answer = httpx.get(f"{chat.served.url}/static/{name}")
        assert answer.status_code == 200
        again = httpx.get(
            f"{chat.served.url}/static/{name}", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
    for name in ("chat.html", "__init__.py", "..%2fweb.py", "none.js"):
        assert httpx.get(f"{chat.served.url}/static/{name}").status_code == 404


def test_the_page_speaks_to_screen_readers(device):
    page = device.http.get(device.url).text
    assert '<html lang="vi">' in page
    for attribute in ('role="log"', 'aria-live="polite"', 'aria-label="Cuộc trò chuyện"', 'role="status"',
                      'aria-label="Tin nhắn"', 'aria-label="Gửi"', 'aria-label="Gửi tệp"'):  # fmt: skip
        assert attribute in page
    assert "<script>" not in page
    assert "style=" not in page
