"""The web chat over real HTTP: who gets in, what is kept, what a page that was away finds."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from bot.channels.base import Outgoing, Sent
from bot.channels.text import tidy
from bot.channels.web import WebChannel
from handlers.engine.desk import Links
from storage.messaging import dialogues, transcript
from storage.messaging.inbox import inbox
from tests.houses.web.devices import Device

PHONE = "02033123456"
HTML = {"Accept": "text/html"}


@pytest.fixture
def device(chat):
    """One whose start has been answered."""
    started = Device(chat).starts()
    started.reads(until="Phiếu này")
    return started


# -- the signed link


def test_opening_a_link_uses_nothing_up(chat):
    for method in ("GET", "HEAD", "GET"):
        answer = httpx.request(method, chat.link(), headers={"User-Agent": "a messenger's preview"})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert "Bắt đầu" in answer.text
    assert "Trung tâm Chính trị phường An Hòa" in answer.text
    assert chat.rows(inbox) == []


def test_starting_makes_a_chat_for_this_device_and_gives_the_code_to_the_conversation(chat):
    device = Device(chat)
    answer = device.http.post(chat.link("XYZW-6789"))
    cookies = answer.headers.get_list("set-cookie")
    chat_id = answer.headers["location"].split("/")[2]
    assert len(chat_id) == 22
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
    assert [part for cookie in cookies for part in cookie.split("; ") if part.startswith("Path=")] == [
        f"Path=/chat/{chat_id}",
        "Path=/b/" + chat.link("XYZW-6789").rpartition("/")[2],
    ]
    assert not any("Secure" in cookie for cookie in cookies)
    device.chat = chat_id
    assert "XYZW-6789" in device.reads(until="Phiếu này mang mã")[-1]["html"]


def test_behind_https_the_cookies_are_for_https_only(chat):
    answer = httpx.post(chat.link(), headers={"X-Forwarded-Proto": "https"})
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("told", [{}, {"X-Forwarded-Proto": "http"}])
def test_where_people_come_by_https_the_cookies_are_secure_whatever_a_proxy_says(chat, told):
    links = Links("https://caunoi.example.vn", chat.database.keyring)
    chat.app.state.site = replace(chat.site, links=links)
    answer = httpx.post(chat.link(), headers=told)
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie for cookie in cookies)


def test_the_same_link_in_the_same_browser_leads_back_to_its_chat(chat, device):
    for method in ("GET", "POST"):
        answer = device.http.request(method, chat.link())
        assert (answer.status_code, answer.headers["location"]) == (303, f"/chat/{device.chat}/")
    assert len(chat.rows(inbox)) == 1


def test_a_second_device_gets_a_chat_of_its_own_never_the_first_ones(chat, device):
    other = Device(chat)
    assert "Bắt đầu" in other.http.get(chat.link()).text
    other.starts()
    assert other.chat != device.chat


@pytest.mark.parametrize("where", ["", "events", "lines?before=9", "file/1"])
def test_a_forwarded_chat_address_opens_nothing_elsewhere(chat, device, where):
    other = Device(chat).starts("ZZZZ-2222")
    for ask in (other.http.get, httpx.get):
        answer = ask(device.url + where, headers=HTML)
        assert answer.status_code == 403
        assert "chỉ mở được trên điện thoại hoặc máy tính đã bắt đầu" in answer.text
        assert PHONE in answer.text
        assert "ABCD" not in answer.text


def test_nobody_writes_into_a_chat_from_elsewhere(chat, device):
    before = len(chat.rows(inbox))
    stranger = Device(chat)
    stranger.chat = device.chat
    assert stranger.sends(text="chào").status_code == 403
    assert stranger.uploads("a.xlsx", b"x").status_code == 403
    stranger.http.cookies.set("caunoi_device", "A" * 22)
    assert stranger.sends(text="chào").status_code == 403
    assert len(chat.rows(inbox)) == before


@pytest.mark.parametrize("spoil", [lambda link: link[:-1], lambda link: link.replace("ABCD", "ABCE"),
                                   lambda link: link.rpartition(".")[0], lambda link: link + "é"])  # fmt: skip
def test_a_changed_link_is_answered_politely_with_the_phone(chat, spoil):
    for method in ("GET", "POST"):
        answer = httpx.request(method, spoil(chat.link()), headers=HTML)
        assert answer.status_code == 404
        assert "Đường dẫn này chưa đầy đủ" in answer.text
        assert PHONE in answer.text
    assert chat.rows(inbox) == []


def test_another_sites_form_starts_nothing(chat):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert httpx.post(chat.link(), headers=headers).status_code == 403
    assert chat.rows(inbox) == []


# -- what is said


def test_what_is_said_is_answered_and_both_stay(chat, device):
    device.says("  xin chào <b>  ")
    lines = device.reads(until="Đồng chí viết")
    assert [(line["mine"], line["html"]) for line in lines[-2:]] == [
        (True, "xin chào &lt;b&gt;"),
        (False, "Đồng chí viết: <b>xin chào &lt;b&gt;</b>"),
    ]
    assert (lines[-1]["time"], lines[-1]["day"]) == ("9 giờ 05", "thứ Hai, 16/11")
    assert device.transcript() == lines  # a reload shows the same


def test_the_same_message_sent_again_is_one_message(chat, device):
    for _again in range(3):
        assert device.sends(id="the-same-id", text="một lần").status_code == 200
    device.says("xong")
    lines = device.reads(until="viết: <b>xong")
    assert [line["html"] for line in lines].count("một lần") == 1
    assert len(chat.rows(inbox)) == 3  # start, the message, "xong"


def test_the_same_message_sent_four_times_at_once_is_one_message(chat, device):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: device.sends(id="the-same-id", text="một lần"), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert [row.payload.get("text") for row in chat.rows(inbox)].count("một lần") == 1
    assert [line["html"] for line in device.transcript()].count("một lần") == 1


def test_two_people_may_use_the_same_id(chat, device):
    other = Device(chat).starts("ZZZZ-2222")
    for one in (device, other):
        one.sends(id="the-same-id", text="của tôi")
        assert one.reads(until="viết: <b>của tôi")


def test_many_messages_at_once_get_numbers_without_a_gap(chat, device):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: device.sends(id=f"message-{n:04d}", text=f"tin {n}"), range(30)))
    device.says("xong")
    lines = device.reads(until="viết: <b>xong")
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == 1 + 2 * 31


def test_a_page_that_was_away_gets_what_it_missed_once(chat, device):
    device.says("đếm")
    seen = device.reads(until="Đã đếm")
    for text in ("hai", "ba"):
        device.says(text)
    chat.says(device.chat, "THAY ĐỔI LỊCH HỌC")
    device.reads(until="viết: <b>ba")
    device.reads(until="THAY ĐỔI")
    missed = device.reads(until="THAY ĐỔI", **{"Last-Event-ID": str(seen[-1]["n"])})
    assert [line["n"] for line in missed] == list(range(seen[-1]["n"] + 1, missed[-1]["n"] + 1))
    everything = device.transcript()
    assert everything[: len(seen)] == seen
    assert everything[len(seen) :][: len(missed)] == missed


def test_a_line_that_another_replica_wrote_arrives_too(chat, device):
    events = device.events()
    assert next(data for name, _id, data in events if name == "message")
    elsewhere = WebChannel(chat.account, None, chat.threads, chat.clock)  # it has no pages to wake
    chat.served.call(lambda: elsewhere.send(Outgoing(990001, device.chat, "Từ nơi khác")))
    assert any("khác" in json.loads(data)["html"] for name, _id, data in events if name == "message")


def test_a_button_is_kept_as_its_label_and_its_card_is_replaced(chat, device):
    card = device.reads(until="Phiếu này")[-1]
    data = card["buttons"][0][0]["data"]
    device.sends(press=data, message_id=str(card["n"]))
    pressed, edited = device.reads(until="Đã liên kết")[-2:]
    assert (pressed["mine"], pressed["html"], pressed["press"]) == (True, "Đúng là tôi", card["n"])
    assert edited["replaces"] == card["n"]
    assert edited["keyboard"][0] == ["Lịch học", "Kết quả"]


def test_a_card_keeps_its_number_however_often_it_is_replaced(chat, device):
    device.says("đếm")
    card = device.reads(until="Đã đếm: 0")[-1]
    for number in (1, 2, 3):
        line = device.reads(until=f"Đã đếm: {number - 1}")[-1]
        device.sends(press=line["buttons"][0][0]["data"], message_id=str(line["replaces"] or line["n"]))
        assert device.reads(until=f"Đã đếm: {number}")[-1]["replaces"] == card["n"]
    device.sends(press=card["buttons"][0][0]["data"], message_id=str(card["n"]))  # the oldest button
    assert [line["html"] for line in device.transcript()].count("Thêm một") == 4


def test_a_button_that_was_never_there_shows_nothing_but_is_answered(chat, device):
    for message_id in ("1", "77", "-1", "x" * 30, "9" * 25, ""):
        assert device.sends(press="im<script>", message_id=message_id).status_code == 200
    device.says("xong")
    lines = device.reads(until="viết: <b>xong")
    assert [line["html"] for line in lines if line["mine"]] == ["xong"]
    assert sum("Nút này không còn dùng" in line["html"] for line in lines) == 6


def test_an_edit_of_a_card_that_is_not_there_comes_anew(chat, device):
    for edits in ("99", "abc", "٣", "9" * 30):
        chat.says(device.chat, f"thẻ {edits}", edits=edits)
        assert device.reads(until=f"thẻ {edits}")[-1]["replaces"] is None


def test_a_message_sent_again_after_a_kill_stays_one_line(chat, device):
    message = Outgoing(990002, device.chat, "một lần thôi")
    first = chat.served.call(lambda: chat.channel.send(message))
    assert chat.served.call(lambda: chat.channel.send(message)) == first
    assert isinstance(first, Sent)
    assert [line["html"] for line in device.transcript()].count("một lần thôi") == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "sentence"),
    [
        ({"id": "long-0001", "text": "x" * 8001}, {}, 413, "Tin dài quá 8.000 ký tự"),
        ({"id": "long-0002", "text": "x" * 70_000}, {}, 413, "Tin dài quá 8.000 ký tự"),
        ({"id": "empty-001", "text": " \n "}, {}, 400, "tải lại trang"),
        ({"text": "không có số"}, {}, 400, "tải lại trang"),
        ({"id": "../../etc", "text": "x"}, {}, 400, "tải lại trang"),
        ({"id": "both-0001", "text": "x", "press": "y"}, {}, 400, "tải lại trang"),
        ({"id": "kind-0001", "text": 7}, {}, 400, "tải lại trang"),
        ({"id": "file-0001", "file": {"file_id": 1}}, {}, 400, "tải lại trang"),
        ({"id": "none-0001"}, {}, 400, "tải lại trang"),
        (["a", "list"], {}, 400, "tải lại trang"),
        ({"id": "type-0001", "text": "x"}, {"Content-Type": "text/plain"}, 415, "tải lại trang"),
        ({"id": "site-0001", "text": "x"}, {"Sec-Fetch-Site": "cross-site"}, 403, "một trang khác"),
        ({"id": "site-0002", "text": "x"}, {"Origin": "https://evil.example"}, 403, "một trang khác"),
    ],
)  # fmt: skip
def test_what_may_not_be_sent_is_refused_with_a_sentence(chat, device, body, headers, status, sentence):
    before = len(chat.rows(inbox))
    headers = {"Content-Type": "application/json", **headers}
    answer = device.http.post(device.url + "send", content=json.dumps(body), headers=headers)
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True)
    assert len(chat.rows(inbox)) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 60_000])
def test_what_is_not_json_is_refused(device, body):
    answer = device.http.post(device.url + "send", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_the_longest_text_and_the_oddest_letters_arrive(chat, device):
    device.says("à" * 8000)
    assert device.reads(until="viết: <b>à")[-2]["html"] == "à" * 8000
    body = b'{"id": "odd-000001", "text": "Ho\\u0061\\u0300 \\u0000\\ud800 b\\u00ecnh"}'
    device.http.post(device.url + "send", content=body, headers={"Content-Type": "application/json"})
    assert device.reads(until="viết: <b>Hoà  bình")
    assert tidy("a\x00\x1b\r\n\tb") == "a\n\tb"


def test_a_closed_chat_ends_on_every_page(chat, device):
    events = device.events()
    next(events)
    (row,) = chat.rows(dialogues.dialogue, chat=device.chat)
    with chat.database.transaction() as session:
        dialogues.keep(session, row.id, closed=True)
    chat.served.call(_ringing(chat, device.chat))
    assert any(name == "gone" for name, _id, _data in events)
    assert device.http.get(device.url, headers=HTML).status_code == 403


def _ringing(chat, chat_id: str):
    async def ring() -> None:
        chat.channel.ring(chat_id)

    return ring


def test_the_page_opens_near_the_end_and_reads_back_on_request(chat, device):
    with chat.database.transaction() as session:
        for number in range(150):
            message = {"html": f"tin cũ {number}", "buttons": []}
            transcript.append(
                session, chat.account, device.chat, mine=False, said_at=chat.time, message=message
            )
    assert 'data-after="71"' in device.http.get(device.url).text
    older = device.http.get(device.url + "lines?before=72").json()["lines"]
    assert [line["n"] for line in older] == list(range(12, 72))
    assert device.http.get(device.url + "lines?before=nonsense").json() == {"lines": []}


def test_the_centres_phone_is_called_by_a_press(chat):
    page = Device(chat).http.get(chat.served.url, headers={"Accept": "text/html"}).text
    assert '<a href="tel:02033123456">02033123456</a>' in page
