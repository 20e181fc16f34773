"""Language, channel and kinds of message."""

import pytest
from sqlmodel import select

from handlers import table
from storage.messaging.accounts import account_named
from storage.people.people import Contact, Person, bind, contacts_of, wants


def settings_of(stage, person_id):
    with stage.database.reading() as session:
        person = session.get(Person, person_id)
        return person.language, wants(person, "reminders"), wants(person, "notices")


def second_chat(stage, person_id, kind="test", chat="second"):
    """The person is bound on another channel too, used more lately."""
    with stage.database.transaction() as session:
        account = account_named(session, kind)
        contact = bind(session, session.get(Person, person_id), account.id, chat, stage.time)
        return contact.id


def reached_first(stage, person_id):
    with stage.database.reading() as session:
        return contacts_of(session, person_id)[0].chat


@pytest.mark.parametrize("typed", ["/caidat", "cài đặt", "cai dat", "ngôn ngữ", "settings"])
def test_settings_open_by_command_and_by_words(stage, typed):
    stage.learner.says(typed).sees("Ngôn ngữ: Tiếng Việt", "Nhắc trước buổi học: đang bật")


def test_the_language_changes_at_once_and_back(stage):
    learner = stage.learner.says("/caidat").taps("English")
    learner.sees("Language: English", "Reminders before a session: on")
    assert learner.taps_made == 1
    [keyboard] = [message.wire["keyboard"] for message in learner.news() if message.wire["keyboard"]]
    assert {"Timetable today", "Timetable this week", "Notices"} <= {
        label for row in keyboard for label in row
    }
    learner.says("/menu").sees("What would you like to do?")
    learner.says("/caidat").taps("Tiếng Việt").sees("Ngôn ngữ: Tiếng Việt")
    assert settings_of(stage, learner.person_id)[0] == "vi"


def test_reminders_can_be_muted_and_notices_cannot(stage):
    learner = stage.learner.says("/caidat").sees("Thông báo và đề nghị báo cáo luôn được gửi")
    learner.taps("Tắt nhắc lịch").sees("đang tắt")
    assert settings_of(stage, learner.person_id) == ("vi", False, True)
    learner.taps("Bật nhắc lịch").sees("đang bật")
    assert settings_of(stage, learner.person_id) == ("vi", True, True)


def test_an_old_button_sets_what_it_says_however_often_it_is_pressed(stage):
    learner = stage.learner.says("/caidat")
    off = next(button["data"] for button in learner.last.buttons if button["label"] == "Tắt nhắc lịch")
    learner.presses(off).presses(off).sees("đang tắt")
    assert settings_of(stage, learner.person_id)[1] is False


def test_one_channel_leaves_nothing_to_choose(stage):
    learner = stage.learner.says("/caidat").sees("Nơi nhận tin: Test")
    assert "Chọn nơi nhận tin" not in learner.last.labels


def test_a_channel_is_chosen_and_used(stage):
    learner = stage.learner
    second_chat(stage, learner.person_id, "other_kind")
    learner.says("/caidat").sees("nơi dùng gần nhất").taps("Chọn nơi nhận tin")
    assert learner.last.labels == ["Test", "Other Kind", "Nơi dùng gần nhất", "Quay lại"]
    learner.taps("Other Kind").sees("Nơi nhận tin: Other Kind")
    stage.passes(minutes=5)
    learner.says("/menu")
    assert reached_first(stage, learner.person_id) == "second"
    learner.says("/caidat").taps("Chọn nơi nhận tin").taps("Nơi dùng gần nhất")
    assert reached_first(stage, learner.person_id) == learner.chat


def test_two_chats_of_a_kind_are_numbered(stage):
    learner = stage.learner
    second_chat(stage, learner.person_id)
    learner.says("/caidat").taps("Chọn nơi nhận tin")
    assert learner.last.labels[:2] == ["Test 1", "Test 2"]


def test_a_foreign_channel_cannot_be_chosen(stage):
    learner, head = stage.learner, stage.head
    second_chat(stage, learner.person_id)
    with stage.database.transaction() as session:
        foreign = next(row for row in session.exec(select(Contact)) if row.person_id == head.person_id).id
    for contact in (foreign, -5, 2**63 - 1):
        learner.presses(table().actions["sk"].data({"contact": contact})).sees("không phải của đồng chí")
    with stage.database.reading() as session:
        assert not any(contact.chosen for contact in session.exec(select(Contact)))


@pytest.mark.parametrize("code", [-1, 2, 2**62])
def test_a_language_that_does_not_exist_changes_nothing(stage, code):
    stage.learner.presses(table().actions["sl"].data({"code": code})).sees("Ngôn ngữ: Tiếng Việt")
    assert settings_of(stage, stage.learner.person_id)[0] == "vi"
