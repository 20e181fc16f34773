"""The demonstration over HTTP: the clock, the people, what it refuses, and that it needs nothing and nobody."""

import re
import socket
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.demo.demo import beginning
from bot.demo.running import filled
from bot.demo.view import KINDS, UNSEEN, sent_words
from handlers import table
from handlers.requests.presenting import PRESENTERS
from storage.base.calendar import ZONE
from storage.feedback import feedback, tickets
from storage.gates import confirmations
from storage.reports import ladder, reopening, reports
from storage.requests.policy import AT_ONCE
from storage.requests.requests import STEP
from tests.houses.demo import HERE, opened
from tests.houses.demonstration import demonstration

REFUSED_STEPS = [
    {"hours": -1},
    {"hours": 0},
    {"hours": 25},
    {"hours": 1.5},
    {"hours": True},
    {"hours": "1"},
    {"hours": 10**30},
    {"days": 32},
    {"days": -(2**63)},
    {"days": None},
    {"event": False},
    {"event": 1},
    {"weeks": 1},
    {"__class__": 1},
    {"hours": 1, "days": 1},
]


@pytest.fixture(scope="module")
def house():
    with opened() as house:
        yield house


@pytest.fixture
def own_house():
    """One that nobody has moved or written to."""
    with opened() as house:
        yield house


@pytest.fixture
def first_day():
    with opened(first_day=True) as house:
        yield house


# --- what it shows


def test_it_begins_on_a_tuesday_morning_with_a_learner_his_head_and_the_registrar(own_house):
    state = own_house.state()
    assert state["clock"]["time"].startswith("8 giờ 3")
    assert state["clock"]["day"].startswith("thứ Ba, ngày ")
    assert [phone["role"] for phone in state["phones"]] == ["học viên", "thủ trưởng đơn vị", "giáo vụ"]
    assert state["phones"][0]["place"].startswith(state["phones"][1]["place"])
    assert (state["moving"], state["log"]) == (None, [])
    assert state["next"].startswith("Kế tiếp: nhắc lịch học, 16 giờ 30, thứ Ba, ")


def test_the_page_takes_the_place_of_the_home_page_and_names_everybody_who_can_be_put_in(house):
    page = house.http.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert "Cầu Nối: bản trình diễn" in page.text
    for word in ("giáo vụ", "giám đốc", "giảng viên", "Thủ trưởng đơn vị", "học viên, thủ trưởng đơn vị"):
        assert word in page.text
    people = house.demo.people.values()
    assert sum("unit_head" in one.invitee.roles for one in people) == 11  # three of them deputies
    assert sum(one.invitee.roles == ("learner",) for one in people) >= 12
    assert any(len(one.classes) == 2 for one in people)


def test_namesakes_are_told_apart_by_their_birth_dates(house):
    labels = [one.label(house.demo.language) for one in house.demo.people.values()]
    shared = [one for one in house.demo.people.values() if one.shares_name]
    assert len(shared) > 1
    assert len(set(labels)) == len(labels)


def test_the_link_of_a_phone_opens_that_persons_chat(house):
    """He has had it for weeks; whoever has a new slip starts another one with it."""
    phone = house.state()["phones"][2]
    answer = house.http.get(phone["link"])
    assert answer.status_code == 303
    assert house.http.get(answer.headers["location"]).status_code == 200
    told = house.lines(answer.headers["location"].split("/")[2])
    assert any(phone["name"] in line and "Có đúng là đồng chí không?" in line for line in told)
    fresh = house.http.post(
        "/demo/person", json={"phone": 2, "person": phone["person"], "fresh": True}
    ).json()
    other = house.http.post(fresh["phones"][2]["link"]).headers["location"]
    assert len(house.lines(other.split("/")[2])) == 1


def test_nobodys_chat_is_opened_who_has_none(house):
    assert house.http.get("/demo/chat/999999/").status_code == 404


def test_every_kind_of_timer_has_its_word_or_is_housekeeping(house):
    """A step of a request is called after the request's kind."""
    policies = {reports.KIND: ladder.POLICY} | {
        one.KIND: one.POLICY for one in (confirmations, feedback, reopening, tickets)
    }
    assert policies.keys() == PRESENTERS.keys()
    steps = {
        f"{kind}_{step.name}"
        for kind, policy in policies.items()
        for step in policy.steps
        if step.at != AT_ONCE
    }
    assert set(table().timers) - {STEP.name} | steps == set(KINDS) | UNSEEN


def test_what_went_out_is_told_by_role(house):
    language, (learner, head, registrar) = house.demo.language, house.demo.phones
    told = sent_words(language, house.demo.people, [learner, learner, head, -1])
    assert told == "đã gửi 4 tin: 2 học viên, 1 thủ trưởng đơn vị, 1 người khác"
    assert sent_words(language, house.demo.people, [registrar]) == "đã gửi 1 tin: 1 giáo vụ"
    assert sent_words(language, {}, []).startswith("không có tin nào gửi đi")


# --- the clock


def test_an_hour_a_day_and_the_next_event(own_house):
    begin = own_house.now
    own_house.moves(hours=1)
    assert timedelta(hours=1) <= own_house.now - begin < timedelta(hours=1, minutes=5)
    assert own_house.state()["log"][-1]["text"].endswith("không có việc nào đến hạn")
    coming = own_house.state()["next"]
    told = own_house.moves(event=True)[-1]["log"][-1]["text"]
    assert coming.removeprefix("Kế tiếp: nhắc lịch học, ") in told
    assert re.search(r"nhắc lịch học: đã gửi \d+ tin: \d+ học viên", told)
    assert own_house.state()["clock"]["time"].startswith("16 giờ 30")
    own_house.moves(days=1)
    assert own_house.state()["clock"]["time"].startswith("16 giờ 3")
    assert own_house.now - begin > timedelta(days=1, hours=7)


def test_a_long_move_goes_event_by_event_and_the_phones_go_on(own_house):
    before = own_house.now
    first = own_house.http.post("/demo/clock", json={"days": 14}).json()
    assert 0 <= first["moving"] < 1
    refused = own_house.http.post("/demo/clock", json={"hours": 1})
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "Đồng hồ đang chạy. Đề nghị đồng chí chờ đến khi đồng hồ dừng.",
    )
    chat = own_house.http.get(first["phones"][0]["link"]).headers["location"].split("/")[2]
    assert own_house.state()["moving"] is not None  # the chat was opened in the midst of it
    shares = [first["moving"]]
    while (state := own_house.state())["moving"] is not None:
        shares.append(state["moving"])
        time.sleep(0.05)  # the clock moves in this process, too
    assert shares == sorted(shares)
    assert own_house.now - before >= timedelta(days=14)
    numbers = [line["n"] for line in state["log"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "the last twenty, none left out"
    assert numbers[-1] >= 10
    assert any("Có đúng là đồng chí không?" in line for line in own_house.lines(chat))


@pytest.mark.parametrize("step", REFUSED_STEPS, ids=str)
def test_the_clock_goes_forward_only(house, step):
    before = house.now
    answer = house.http.post("/demo/clock", json=step)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Đồng hồ chỉ chạy tới: từ 1 đến 24 giờ")
    assert house.state()["moving"] is None
    assert timedelta(0) <= house.now - before < timedelta(minutes=1)


# --- people


def test_who_is_put_back_finds_the_chat_he_had(house):
    learner, head, registrar = house.demo.phones
    director = next(key for key, one in house.demo.people.items() if "director" in one.invitee.roles)
    own = house.state()["phones"][0]["link"]
    put = house.http.post("/demo/person", json={"phone": 0, "person": director}).json()
    assert put["phones"][0]["role"] == "giám đốc"
    assert put["phones"][0]["link"] != own
    back = house.http.post("/demo/person", json={"phone": 0, "person": learner}).json()
    assert back["phones"][0]["link"] == own
    assert [phone["person"] for phone in back["phones"]] == [learner, head, registrar]


def test_a_new_slip_is_another_link(house):
    before = house.state()["phones"][1]
    asked = {"phone": 1, "person": before["person"], "fresh": True}
    after = house.http.post("/demo/person", json=asked).json()["phones"][1]
    assert after["person"] == before["person"]
    assert after["link"] != before["link"]
    assert house.http.get(after["link"]).status_code == 200


def test_a_slip_that_has_expired_unused_is_replaced(first_day):
    first_day.slips_run_out()
    another_slip_takes_its_place(first_day, 0)


def test_on_the_first_day_nobody_is_linked_and_a_slip_begins_each_chat(first_day):
    state = first_day.state()
    assert all(phone["link"].startswith("/b/") for phone in state["phones"])
    assert first_day.demo.chats == {}


def another_slip_takes_its_place(house, phone: int) -> None:
    before = house.demo.links[house.demo.phones[phone]]
    asked = {"phone": phone, "person": house.demo.phones[phone]}
    after = house.http.post("/demo/person", json=asked).json()["phones"][phone]["link"]
    assert after != before
    assert house.http.post("/demo/person", json=asked).json()["phones"][phone]["link"] == after


@pytest.mark.parametrize("phone", [-1, 3, 2**63, True, "0", None, [0]], ids=str)
def test_there_are_three_phones(house, phone):
    answer = house.http.post("/demo/person", json={"phone": phone, "person": house.demo.phones[0]})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Có ba điện thoại. Đề nghị đồng chí chọn một trong ba."


@pytest.mark.parametrize("person", [-1, 0, 2**63, -(2**63), True, "1", None, {}], ids=str)
def test_only_people_of_the_list_are_put_in(house, person):
    before = house.demo.phones[:]
    answer = house.http.post("/demo/person", json={"phone": 0, "person": person})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Người này không có trong danh sách.")
    assert house.demo.phones == before


# --- what it refuses


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/person"])
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://x.example"}],
)
def test_other_sites_move_nothing(house, path, headers):
    with httpx.Client(base_url=house.http.base_url) as foreign:
        answer = foreign.post(path, json={"hours": 1}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]
    assert house.state()["moving"] is None


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/person"])
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\x00", b"[" * 1900, b'{"hours":'])
def test_what_is_no_json_object_is_answered_with_a_sentence(house, path, body):
    answer = house.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Bản trình diễn không đọc được")


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/person"])
def test_forms_and_long_bodies_are_refused(house, path):
    assert house.http.post(path, data={"hours": "1"}).status_code == 415
    assert house.http.post(path, json={"hours": "1" * 3000}).status_code == 413
    assert house.http.get(path).status_code == 405


# --- alone, and beside another one


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 20, 13, tzinfo=UTC),
        datetime(2026, 11, 24, 1, 29, tzinfo=UTC),
        datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
        datetime(2027, 1, 30, 4, tzinfo=UTC),
    ],
    ids=str,
)
def test_it_begins_on_a_tuesday_to_come_in_an_ordinary_week(now):
    begin = beginning(now)
    local = begin.astimezone(ZONE)
    assert now < begin
    assert (local.weekday(), local.hour, local.minute) == (1, 8, 30)
    assert begin - now < timedelta(days=8 if now.month < 12 and now.year < 2027 else 40)


def test_the_weeks_of_tet_are_passed_over():
    assert beginning(datetime(2027, 1, 30, 4, tzinfo=UTC)).astimezone(ZONE).date().isoformat() == "2027-02-16"


@pytest.mark.slow
def test_two_run_side_by_side_alike_and_leave_nothing_behind(tmp_path):
    with demonstration(tmp_path) as first:
        with demonstration(tmp_path) as second:
            states = [httpx.get(f"{one.url}/demo/state").json() for one in (first, second)]
            assert states[0]["next"] == states[1]["next"]
            names = [[phone["name"] for phone in state["phones"]] for state in states]
            assert names[0] == names[1]
            httpx.post(f"{second.url}/demo/clock", json={"days": 1}, headers=HERE)
            assert second.stop() == 0
        assert httpx.get(f"{first.url}/demo/state").json()["clock"]["day"] == states[0]["clock"]["day"]
        assert len(list(tmp_path.glob("caunoi-demo-*"))) == 1
        assert first.stop() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_it_needs_no_settings_no_token_and_no_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as messenger:
        messenger.settimeout(0)
        settings = {
            "CAUNOI_TELEGRAM_TOKEN": "123456789:" + "T" * 35,
            "CAUNOI_TELEGRAM_API_URL": f"http://127.0.0.1:{messenger.getsockname()[1]}",
            "CAUNOI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "CAUNOI_PUBLIC_URL": "https://centre.example",
            "CAUNOI_SECRET_KEY": "short",
            "CAUNOI_HTTP_PORT": "none",
        }
        with demonstration(tmp_path, **settings) as running:
            assert httpx.get(f"{running.url}/health").json()["status"] == "ok"
        with pytest.raises(BlockingIOError):
            messenger.accept()


def test_a_taken_port_is_named_with_the_mend(house):
    from bot.console import Problem

    with pytest.raises(Problem) as refused, filled(house.demo.app.port):
        pytest.fail("it started on a port that is taken")
    assert str(refused.value).startswith(f"--port: không mở được 127.0.0.1:{house.demo.app.port};")


# --- next message, what people do, what is offered


def test_the_next_message_passes_over_what_nobody_hears_of(first_day):
    """On the first day reminders reach nobody: it goes on to the end of a month and says that nothing was sent."""
    before = first_day.now
    told = first_day.moves(event=True)[-1]["log"][-1]["text"]
    assert told.endswith("không còn tin nào sắp gửi đi")
    assert first_day.now - before > timedelta(days=14)


def test_the_log_says_who_did_what_in_plain_words(own_house):
    chat = own_house.http.get(own_house.state()["phones"][1]["link"]).headers["location"]
    own_house.http.post(f"{chat}send", json={"id": "said-by-hand", "text": "bao cao"})
    assert own_house.run(own_house.demo.app.quiet())
    deeds = [line["text"] for line in own_house.state()["log"] if line["deed"]]
    name = own_house.state()["phones"][1]["name"]
    assert deeds[0].endswith(f"{name} nhắn “bao cao”")
    own_house.http.post("/demo/try", json={"try": 2})
    assert own_house.run(own_house.demo.app.quiet())
    registrar = own_house.state()["phones"][2]["name"]
    assert f"{registrar} nhắn “/baocao”" in own_house.state()["log"][-1]["text"]


@pytest.mark.parametrize("number", [-1, 5, True, None, "1"], ids=str)
def test_there_are_five_things_to_try(house, number):
    answer = house.http.post("/demo/try", json={"try": number})
    assert (answer.status_code, "số này" in answer.json()["error"]) == (400, True)


def test_what_is_to_be_tried_is_brought_up_whoever_is_in_the_phone_meanwhile(own_house):
    learner, head, _registrar = own_house.demo.phones[:]
    own_house.http.post("/demo/person", json={"phone": 1, "person": learner})
    state = own_house.http.post("/demo/try", json={"try": 0}).json()
    assert (state["look_at"], state["phones"][1]["person"]) == (1, head)
    switched = own_house.http.post("/demo/try", json={"try": 4}).json()
    assert (switched["look_at"], switched["phones"][0]["messenger"]) == (0, "zalo_oa")
