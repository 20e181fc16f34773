"""The demonstration's phones on Telegram, Zalo Bot and Zalo OA, over HTTP: each through its own channel and fake."""

import re

import httpx
import pytest
from sqlalchemy import select

from bot.demo.messengers import ZaloBot
from bot.demo.phones import messengers
from storage.people.people import Contact
from tests.houses.demo import House, Phone, opened
from tests.houses.waiting import until

pytestmark = pytest.mark.usefixtures("quick_polls")

LEARNER, HEAD, REGISTRAR = range(3)
KINDS = list(messengers())


@pytest.fixture
def house():
    with opened(first_day=True) as demonstration:
        yield demonstration
    for messenger in demonstration.demo.screens.messengers.values():
        assert messenger.fake.violations == []


def contacts(house: House, person_id: int) -> list[Contact]:
    query = select(Contact).where(Contact.person_id == person_id).order_by(Contact.id)
    return house.run(house.demo.app.threads.read(lambda session: session.execute(query).scalars().all()))


def announces_the_opening(registrar: Phone) -> None:
    registrar.says("thong bao")
    registrar.sees("Đồng chí muốn soạn thông báo nào?")
    registrar.taps("Khai giảng")
    registrar.taps(offered(registrar.sees("Lớp nào khai giảng?"), ".*NTD-01"))
    registrar.taps(offered(registrar.sees("Nội dung gửi đồng chí"), r"Gửi .*\d+ người"))


def offered(line: dict, wanted: str) -> str:
    """The label under a message, or of its numbered lines, that begins so (a regular expression)."""
    labels = [one["label"] for row in line["buttons"] for one in row]
    labels += re.findall(r"^\d+\. (.+)$", line["html"], re.MULTILINE)
    return next(label for label in labels if re.match(wanted, label))


# --- the ways in


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_is_switched_binds_its_person_there_and_shows_the_timetable(house, kind):
    learner = Phone(house, LEARNER, kind)
    assert learner.state["messenger"] == kind
    learner.binds()
    learner.says("lịch hôm nay")
    learner.sees("Hôm nay không có buổi học.")
    [contact] = contacts(house, learner.state["person"])
    assert house.demo.app.channels[contact.account_id].kind == kind


def test_each_comes_in_as_one_does_on_that_messenger(house):
    telegram, bot, oa = (Phone(house, number, kind) for number, kind in enumerate(KINDS))
    for phone in (telegram, bot, oa):
        phone.sees("Có đúng là đồng chí không?")
    assert [line["html"] for line in telegram.lines if line["mine"]] == ["/start"]
    [said] = [line["html"] for line in bot.lines if line["mine"]]
    assert re.fullmatch("MA [0-9A-Z]{4}-[0-9A-Z]{4}", said)
    followed, greeting, code, question = oa.lines
    assert (followed["note"], greeting["mine"]) == ("Đã quan tâm tài khoản", False)
    assert re.fullmatch("[0-9A-Z]{4}-[0-9A-Z]{4}", code["html"])
    assert "Có đúng là đồng chí" in question["html"]


def test_nothing_of_a_messenger_is_opened_before_a_phone_is_switched_to_it(house):
    assert (house.demo.screens.messengers, len(house.demo.app.channels)) == ({}, 1)
    Phone(house, LEARNER, "zalo_bot")
    assert list(house.demo.screens.messengers) == ["zalo_bot"]
    assert [channel.kind for channel in house.demo.app.channels.values()] == ["web", "zalo_bot"]


def test_a_phone_that_is_switched_back_shows_the_chat_it_had(house):
    before = house.state()["phones"][LEARNER]["link"]
    phone = Phone(house, LEARNER, "zalo_bot")
    phone.binds()
    chat, said = phone.link, phone.texts()
    assert phone.shows("web")["link"] == before
    assert phone.shows("zalo_bot")["link"] == chat
    assert phone.texts() == said


def test_a_slip_that_ran_out_unused_is_replaced_in_the_same_chat(house):
    phone = Phone(house, LEARNER, "zalo_oa")
    phone.sees("Có đúng là đồng chí không?")
    house.slips_run_out()
    chat, asked = phone.link, phone.theirs
    assert phone.shows("zalo_oa")["link"] == chat
    until(lambda: len(phone.theirs) > len(asked))
    assert len([line for line in phone.lines if line["note"]]) == 1
    phone.binds()


def test_a_new_slip_begins_another_chat_as_after_the_loss_of_a_phone(house):
    phone = Phone(house, LEARNER, "telegram")
    phone.binds()
    first = phone.link
    assert phone.shows("telegram", fresh=True)["link"] != first
    phone.sees("Có đúng là đồng chí không?")


def test_who_is_put_into_a_switched_phone_comes_to_that_messenger(house):
    phone = Phone(house, HEAD, "zalo_oa")
    director = next(key for key, one in house.demo.people.items() if "director" in one.invitee.roles)
    answer = house.http.post("/demo/person", json={"phone": HEAD, "person": director})
    state = answer.json()["phones"][HEAD]
    assert (state["messenger"], state["person"]) == ("zalo_oa", director)
    phone.link = state["link"]
    assert state["name"] in phone.sees("Có đúng là đồng chí không?")["html"]


# --- as each messenger is


def test_on_zalo_bot_there_are_no_buttons_and_a_report_with_one_learner_is_typed_by_number(house):
    head = Phone(house, HEAD, "zalo_bot")
    head.binds()
    head.sees("Đề nghị đồng chí báo cáo nền nếp")
    name = offered(head.sees("Theo điểm danh"), "Nguyễn Thu")
    head.taps(name)
    assert f"2. [x] {name}\n" in head.sees("Đã chọn: 01 học viên.")["html"]
    head.taps("Xong")
    head.sees(f"Đồng chí {name}: đề nghị đồng chí chọn nội dung cần nêu.")
    head.taps("Đi muộn")
    assert f"đồng chí {name}, đi muộn" in head.sees("Báo cáo CHƯA gửi.")["html"]
    head.taps("Gửi")
    assert "Mã biên nhận" in head.sees("Trung tâm đã nhận báo cáo.")["html"]
    assert [line["buttons"] for line in head.lines if line["buttons"]] == []
    assert head.look()["keyboard"] == []


def test_a_notice_to_zalo_bot_is_acknowledged_by_number_and_the_registrar_sees_it(house):
    learner, registrar = Phone(house, LEARNER, "zalo_bot"), Phone(house, REGISTRAR, "telegram")
    learner.binds()
    registrar.binds()
    announces_the_opening(registrar)
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    learner.taps("Đã nhận")
    learner.sees("Đã nhận lúc")
    registrar.sees_button("Ai đã nhận")
    registrar.taps("Ai đã nhận")
    registrar.sees_button("Đã nhận: 01")


def test_on_telegram_a_card_is_edited_in_place_and_the_keyboard_is_typed_with(house):
    learner = Phone(house, LEARNER, "telegram")
    learner.binds()
    assert ["Lịch hôm nay" in row for row in learner.look()["keyboard"]].count(True) == 1
    assert learner.does("press", label="Lịch hôm nay").status_code == 200
    card = learner.sees("Hôm nay không có buổi học.")
    assert learner.lines[-2]["html"] == "Lịch hôm nay"
    learner.taps("Lịch tuần này")
    edited = learner.sees("Tuần này chưa có buổi học nào trong lịch.")
    assert (edited["n"], edited["state"]) == (card["n"], "đã sửa")
    assert edited["stamp"] > card["stamp"]
    assert learner.theirs[-1] == edited


def test_on_the_official_account_a_press_leaves_no_line_with_its_data(house):
    learner = Phone(house, LEARNER, "zalo_oa")
    learner.sees("Có đúng là đồng chí không?")
    learner.taps("Đúng là tôi")
    learner.sees("xin phép xử lý họ tên")
    assert not any(line["mine"] and "#" in line["html"] for line in learner.lines)
    assert max(sum(len(row) for row in line["buttons"]) for line in learner.lines) <= 5


@pytest.mark.parametrize("kind", ["telegram", "zalo_oa"])
def test_a_file_opens_where_the_messenger_carries_files(house, kind):
    learner = Phone(house, LEARNER, kind)
    learner.binds()
    learner.says("lịch tuần sau")
    learner.sees("Giảng viên")
    learner.taps("Lưu vào điện thoại")
    [file] = until(lambda: [line["file"] for line in learner.theirs if line["file"]])
    assert file["name"] == "Lịch học.ics"
    answer = house.http.get(f"{learner.link}{file['url']}")
    assert answer.text.startswith("BEGIN:VCALENDAR")
    assert "attachment" in answer.headers["content-disposition"]
    assert house.http.get(f"{learner.link}file/none").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_somebody_sends_is_answered(house, kind):
    registrar = Phone(house, REGISTRAR, kind)
    registrar.binds()
    answer = house.http.put(f"{registrar.link}file", params={"name": "ghi chép.txt"}, content=b"abc")
    assert answer.status_code == 200
    registrar.house.run(house.demo.app.quiet())
    own = next(line for line in registrar.lines if line["file"])
    assert (own["mine"], own["file"]["name"], own["file"]["url"]) == (True, "ghi chép.txt", "")
    registrar.sees("tệp")


# --- its limits


def test_a_window_that_closed_holds_a_notice_says_so_and_goes_on_when_the_person_writes(house):
    learner, registrar = Phone(house, LEARNER, "zalo_oa"), Phone(house, REGISTRAR, "telegram")
    learner.binds()
    registrar.binds()
    house.moves(days=2)
    before = len(learner.theirs)
    announces_the_opening(registrar)
    registrar.sees_button("Ai đã nhận")
    registrar.sees("Chờ gửi: 01")
    registrar.taps("Ai đã nhận")
    registrar.taps(registrar.sees_button("Chờ gửi: 01"))
    name = house.demo.people[house.demo.phones[LEARNER]].person.name
    told = registrar.sees(f"1. {name}")["html"]
    assert "đang chờ: sẽ gửi ngay khi người nhận nhắn" in told
    assert len(learner.theirs) == before
    learner.says("chào")
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    learner.taps("Đã nhận")
    learner.sees("Đã nhận lúc")


# --- what is refused


def test_what_the_page_asks_is_checked(house):
    phone = Phone(house, LEARNER, "zalo_oa")
    card = phone.sees("Có đúng là đồng chí không?")
    wrong = [
        ("say", {"text": "  "}, 400, "Chưa có nội dung"),
        ("say", {"text": 5}, 400, "Chưa có nội dung"),
        ("say", {"text": "a" * 8001}, 413, "Tin dài quá 8.000"),
        ("press", {"card": card["n"], "data": "Đúng là tôi #no"}, 409, "Nút này không còn"),
        ("press", {"card": "none", "data": card["buttons"][0][0]["data"]}, 409, "Nút này không còn"),
        ("press", {"label": "Lịch hôm nay"}, 409, "Nút này không còn"),
        ("press", {"other": 1}, 409, "Nút này không còn"),
    ]
    lines = len(phone.lines)
    for what, body, status, told in wrong:
        answer = phone.does(what, **body)
        assert (answer.status_code, answer.json()["error"][: len(told)]) == (status, told)
    assert house.http.post(f"{phone.link}say", data={"text": "a"}).status_code == 415
    assert len(phone.lines) == lines


@pytest.mark.parametrize("kind", ["telegram", "zalo_bot"])
def test_a_button_that_is_not_there_presses_nothing(house, kind):
    phone = Phone(house, LEARNER, kind)
    card = phone.sees("Có đúng là đồng chí không?")
    assert phone.does("press", card=card["n"], data="no").status_code == 409
    assert phone.does("press", label="no").status_code == 409


def test_other_sites_and_unknown_phones_do_nothing(house):
    phone = Phone(house, LEARNER, "zalo_bot")
    with httpx.Client(base_url=house.http.base_url, headers={"Sec-Fetch-Site": "cross-site"}) as foreign:
        assert foreign.post(f"{phone.link}say", json={"text": "a"}).status_code == 403
        assert foreign.post(f"{phone.link}press", json={"label": "a"}).status_code == 403
        assert foreign.put(f"{phone.link}file", params={"name": "a"}, content=b"a").status_code == 403
    for path in ("", "lines", "file/1"):
        assert house.http.get(f"/demo/phone/99/{path}").status_code == 404
    assert house.http.post("/demo/phone/99/say", json={"text": "a"}).status_code == 404


@pytest.mark.parametrize("kind", ["signal", "", None, 5, ["web"]])
def test_only_a_messenger_of_the_demonstration_is_shown(house, kind):
    asked = {"phone": 0, "person": house.demo.phones[0], "messenger": kind}
    answer = house.http.post("/demo/person", json=asked)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Bản trình diễn không có ứng dụng nhắn tin này.")


def test_a_messenger_that_does_not_open_says_so_and_opens_at_the_next_try(house, monkeypatch):
    def fails(_self):
        raise OSError("no port is free")

    asked = {"phone": 0, "person": house.demo.phones[0], "messenger": "zalo_bot"}
    with monkeypatch.context() as broken:
        broken.setattr(ZaloBot, "start", fails)
        answer = house.http.post("/demo/person", json=asked)
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Chưa mở được ứng dụng nhắn tin này.")
    assert house.state()["phones"][0]["messenger"] == "web"
    Phone(house, LEARNER, "zalo_bot").sees("Có đúng là đồng chí không?")


def test_the_page_of_a_phone_names_its_messenger_and_needs_no_script_of_anybody_elses(house):
    for number, (kind, made) in enumerate(messengers().items()):
        phone = Phone(house, number, kind)
        page = house.http.get(phone.link)
        assert f"<b>{made.name}</b>" in page.text
        assert "Trung tâm Chính trị phường Tân Hòa" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert re.findall("<script", page.text) == ["<script"]


def test_a_page_that_has_seen_everything_gets_the_version_alone(house):
    phone = Phone(house, LEARNER, "zalo_bot")
    phone.sees("Có đúng là đồng chí không?")
    version = phone.look()["version"]
    assert house.http.get(f"{phone.link}lines?seen={version}").json() == {"version": version}
