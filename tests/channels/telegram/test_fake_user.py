"""The person's side of the Telegram fake, and what can be made to go wrong."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from bot.demo.fakes.telegram.bare import confirm, ok
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.telegram.user import FakeUser


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(limits=None) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def an(fake: FakeTelegram) -> FakeUser:
    return fake.user("Nguyễn Văn An", phone="+84900000001")


def shows(fake: FakeTelegram, user: FakeUser, text: str, *labels: str) -> None:
    row = [{"text": label, "callback_data": f"data {label}"} for label in labels]
    ok(fake, "sendMessage", chat_id=user.id, text=text, reply_markup={"inline_keyboard": [row]})


def test_a_deep_link_is_start_with_its_payload(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts("PHIEU-7")
    (update,) = confirm(fake)
    assert update["message"]["text"] == "/start PHIEU-7"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["from"]["language_code"] == "vi"


def test_who_started_long_ago_can_be_written_to_without_an_update(fake: FakeTelegram) -> None:
    binh = fake.user("Trần Thị Bình", started=True)
    shows(fake, binh, "Thông báo khai giảng", "Đã nhận")
    assert (binh.buttons, fake.pending) == (["Đã nhận"], 0)


def test_words_are_handed_on_as_typed_and_too_many_in_parts(fake: FakeTelegram, an: FakeUser) -> None:
    decomposed = "lịch học"
    an.says(decomposed)
    an.says("a" * 5000)
    assert [len(update["message"]["text"]) for update in confirm(fake)] == [len(decomposed), 4096, 904]


def test_a_contact_is_ones_own_or_another_persons(fake: FakeTelegram, an: FakeUser) -> None:
    an.shares_contact("+84900000001")
    an.shares_contact("+84900000002", own=False)
    owners = [update["message"]["contact"]["user_id"] for update in confirm(fake)]
    assert owners == [an.id, an.id + 1]


def test_taps_press_the_newest_button_of_that_label_with_its_message(
    fake: FakeTelegram, an: FakeUser
) -> None:
    an.starts()
    shows(fake, an, "cũ", "Xem", "Huỷ")
    shows(fake, an, "mới", "Xem")
    confirm(fake)
    an.taps("Xem")
    an.taps("Huỷ")
    queries = [update["callback_query"] for update in confirm(fake)]
    assert [(query["message"]["text"], query["data"]) for query in queries] == [
        ("mới", "data Xem"),
        ("cũ", "data Huỷ"),
    ]
    with pytest.raises(AssertionError, match="no button 'Không có'"):
        an.taps("Không có")


def test_any_data_can_be_sent_from_a_message_that_is_gone(fake: FakeTelegram, an: FakeUser) -> None:
    an.taps_data("rác", 999)
    (update,) = confirm(fake)
    assert update["callback_query"]["message"] == {"chat": an.as_chat(), "message_id": 999, "date": 0}


def test_a_reply_keyboard_types_its_label_or_shares_the_phone(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts()
    share = {"text": "Gửi số điện thoại", "request_contact": True}
    ok(fake, "sendMessage", chat_id=an.id, text="Mời chọn", reply_markup={"keyboard": [["Lịch", share]]})
    confirm(fake)
    an.taps("Lịch")
    an.taps("Gửi số điện thoại")
    typed, shared = confirm(fake)
    assert typed["message"]["text"] == "Lịch"
    assert shared["message"]["contact"]["user_id"] == an.id
    ok(fake, "sendMessage", chat_id=an.id, text="Xong", reply_markup={"remove_keyboard": True})
    with pytest.raises(AssertionError):
        an.taps("Lịch")


def test_waiting_sees_what_came_or_changed_after_the_last_act(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts()
    shows(fake, an, "Lịch tuần này", "Xem")
    an.says("lịch")
    with pytest.raises(AssertionError, match="until Nguyễn Văn An sees 'Lịch tuần'; #2 'Lịch tuần này'"):
        an.wait_for("Lịch tuần", timeout=0.01)
    later = threading.Timer(
        0.02, lambda: ok(fake, "editMessageText", chat_id=an.id, message_id=2, text="Lịch tuần <sau>")
    )
    later.start()
    message = an.wait_for("Lịch tuần")
    later.join()
    assert (message.text, message.edited) == ("Lịch tuần <sau>", 1)


def test_someone_in_a_group_and_a_correction_look_as_on_the_platform(
    fake: FakeTelegram, an: FakeUser
) -> None:
    group = fake.group("Lớp A")
    an.says("/lich", group=group)
    number = an.says("lịch")
    an.corrects(number, "lịch học")
    spoken, _, corrected = confirm(fake)
    assert spoken["message"]["chat"] == {"id": group.id, "type": "group", "title": "Lớp A"}
    assert corrected["edited_message"]["message_id"] == number
    assert corrected["edited_message"]["text"] == "lịch học"


def test_blocking_tells_the_bot_and_writing_again_unblocks(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts()
    an.blocks()
    assert [next(iter(update.keys() - {"update_id"})) for update in confirm(fake)] == [
        "message",
        "my_chat_member",
    ]
    an.says("chào")
    shows(fake, an, "Chào lại", "Xem")
    assert an.last.text == "Chào lại"


# Faults


def test_faults_hit_the_next_calls_and_pass(fake: FakeTelegram, an: FakeUser) -> None:
    def status(method: str) -> int:
        return httpx.get(f"{fake.url}/bot{fake.token}/{method}", trust_env=False).status_code

    fake.fail_next("getMe", 500, "Internal Server Error", times=2)
    fake.bad_gateway("getWebhookInfo")
    assert [status("getMe"), status("getMe"), status("getMe")] == [500, 500, 200]
    assert [status("getWebhookInfo"), status("getWebhookInfo")] == [502, 200]
    assert [refused.description for refused in fake.refusals] == ["Internal Server Error"] * 2


def test_a_line_is_cut_after_all_of_a_call_was_heard(fake: FakeTelegram, an: FakeUser) -> None:
    """Former outcome: what was still unread made the system reset the line, which clients tell from a cut one."""
    fake.drop_connections(1)
    long_call = {"chat_id": an.id, "text": "x" * 2_000_000}
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(f"{fake.url}/bot{fake.token}/sendMessage", json=long_call)


def test_silence_answers_late_and_a_cut_line_not_at_all(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts()
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    with httpx.Client(trust_env=False) as client:
        fake.silence(5)
        with pytest.raises(httpx.ReadTimeout):
            client.post(url, json={"chat_id": an.id, "text": "đã gửi"}, timeout=0.1)
        fake.drop_connections(2)
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                client.post(url, json={"chat_id": an.id, "text": "chưa gửi"})
        fake.drop_connections(1, carried_out=True)
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(url, json={"chat_id": an.id, "text": "gửi rồi mới đứt"})
    assert [message.text for message in an.messages] == ["đã gửi", "gửi rồi mới đứt"]


def test_every_call_is_kept_with_its_parameters_as_meant(fake: FakeTelegram, an: FakeUser) -> None:
    an.starts()
    form = {
        "chat_id": str(an.id),
        "text": "chào",
        "reply_markup": '{"inline_keyboard": []}',
        "protect_content": "true",
    }
    httpx.post(f"{fake.url}/bot{fake.token}/sendMessage", data=form, trust_env=False)
    (call_,) = fake.calls
    assert call_.params == {
        "chat_id": an.id,
        "text": "chào",
        "reply_markup": {"inline_keyboard": []},
        "protect_content": True,
    }
