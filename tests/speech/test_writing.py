"""A message to the registrar: from what was not understood, from leave, from the menu; one press, one ticket."""

import pytest
from sqlmodel import select

from storage.courses.courses import CourseClass
from storage.feedback.tickets import MOST_WAITING, Ticket
from storage.messaging.accounts import Abilities
from storage.people.people import Person
from tests.houses.dialogue import Stage

ODD = "nộp ảnh thẻ ở đâu vậy em"


def tickets(stage) -> list[Ticket]:
    with stage.database.reading() as session:
        rows = list(session.exec(select(Ticket).order_by(Ticket.id)))
        session.expunge_all()
        return rows


def test_what_was_not_understood_goes_to_the_registrar_and_is_answered(stage):
    """One press and its confirmation; the sentence is not typed anew."""
    learner, registrar = stage.learner, stage.registrar
    before = learner.taps_made
    learner.says(ODD).sees("Trợ lý chưa hiểu nội dung này.").taps("Nhắn giáo vụ").sees("CHƯA gửi", ODD)
    assert tickets(stage) == []
    learner.taps("Gửi giáo vụ").sees("Trợ lý đã chuyển tin", "thứ Tư, 18/11")
    assert learner.taps_made == before + 2
    row = tickets(stage)[0]
    assert (row.kind, row.text, row.opened_by, row.organisation_id) == (
        "message",
        ODD,
        learner.person_id,
        None,
    )
    registrar.sees("Có tin nhắn gửi đến giáo vụ", ODD, "đồng chí Nguyễn Thị Minh Hạnh")
    registrar.taps("Trả lời").says("Nộp tại phòng Giáo vụ.").sees("báo cho đồng chí Nguyễn Thị Minh Hạnh")
    learner.sees("Trung tâm đã trả lời tin nhắn của đồng chí.", "Nộp tại phòng Giáo vụ.")
    assert tickets(stage)[0].state == "answered"


def test_the_card_of_each_sentence_carries_its_own(stage):
    """Also after something else was typed and pressed in between."""
    learner = stage.learner
    learner.says(ODD)
    first = learner.last
    learner.says("lệ phí đóng khi nào đây").taps("Nhắn giáo vụ").says("/menu")
    learner.presses(first.buttons[-1]["data"]).sees(ODD).taps("Gửi giáo vụ")
    assert [row.text for row in tickets(stage)] == [ODD]


def test_a_second_press_opens_no_second_ticket(stage):
    learner = stage.learner
    learner.says(ODD).taps("Nhắn giáo vụ")
    data = learner.last.buttons[0]["data"]
    learner.presses(data).presses(data).sees("Trợ lý đã chuyển tin")
    assert len(tickets(stage)) == 1


def test_a_card_of_another_chat_carries_nothing(stage):
    learner, other = stage.learner, stage.player(stage.cast.learners[1])
    other.says("Con tôi ốm nặng, đừng cho ai biết")
    learner.presses(other.last.buttons[-1]["data"]).sees_no("Con tôi ốm").sees("nội dung gửi giáo vụ")


def test_whoever_has_several_unanswered_ones_calls(stage):
    learner = stage.learner
    for number in range(MOST_WAITING + 1):
        learner.says(f"câu hỏi lạ thứ {number} của tôi").taps("Nhắn giáo vụ").taps("Gửi giáo vụ")
    learner.sees("CHƯA gửi", "02033123456")
    assert len(tickets(stage)) == MOST_WAITING


def test_a_unit_does_not_read_what_its_learner_wrote(stage):
    learner, head = stage.learner, stage.head
    learner.says("Em xin nghỉ vì đi viện").taps("Gửi giáo vụ")
    number = tickets(stage)[0].id
    head.says("/phieu").sees_no("đi viện").presses(f"fk:{number}").sees_no("đi viện")


def test_leave_names_the_session_and_is_to_be_answered_before_it(stage):
    learner, registrar = stage.learner, stage.registrar
    learner.says("mai em xin nghỉ vì con ốm").sees("Về buổi học 7 giờ 30, thứ Ba, 17/11, lớp Trung cấp A1")
    learner.taps("Gửi giáo vụ").sees("trước 7 giờ 30, thứ Ba, 17/11")
    registrar.sees("Về buổi học 7 giờ 30, thứ Ba, 17/11, lớp Trung cấp A1", "con ốm")
    assert tickets(stage)[0].session_id == stage.cast.sessions[4]


def test_from_the_menu_it_is_typed_and_sent(stage):
    stage.learner.says("/menu").taps("Trung tâm").taps("Nhắn giáo vụ").says("Xin hỏi về học phí")
    stage.learner.sees("Xin hỏi về học phí").taps("Gửi giáo vụ")
    assert [row.text for row in tickets(stage)] == ["Xin hỏi về học phí"]


@pytest.mark.parametrize("words", ["  ", "x" * 1001])
def test_nothing_or_too_much_is_asked_for_again(stage, words):
    stage.learner.says("nhắn giáo vụ").says(words).sees("nội dung gửi giáo vụ")
    assert tickets(stage) == []


def test_the_registrar_is_not_offered_to_write_to_himself(stage):
    stage.registrar.says(ODD).sees("chưa hiểu")
    assert stage.registrar.last.labels[-1] == "Danh mục"


def test_who_is_in_charge_is_told_with_phones(stage):
    with stage.database.transaction() as session:
        session.get(CourseClass, stage.cast.running).supervisor_id = stage.cast.lecturer
        phone = session.get(Person, stage.cast.lecturer).phone
    stage.learner.says("ai phụ trách").sees("chủ nhiệm là đồng chí Cao Minh Đức", phone, "Phan Thị Thu")


def test_where_choices_are_typed_it_goes_by_number(database):
    stage = Stage(database, abilities=Abilities(buttons=0, edits=False))
    learner = stage.learner
    learner.types(ODD).sees("chưa hiểu", "3. Nhắn giáo vụ").types("3").sees("CHƯA gửi").types("1")
    assert [row.text for row in tickets(stage)] == [ODD]


# -- small talk


@pytest.mark.parametrize("talk", ["ok", "vâng ạ", "cảm ơn em", "👍", "alo", "chào em"])
def test_small_talk_ends_nothing_that_is_half_done(stage, talk):
    """The typed report that waits for its *Send* waits on."""
    head = stage.head
    head.says("Giang đi muộn 2, còn lại tốt").sees("CHƯA gửi")
    card = head.last
    head.says(talk).sees_no("chưa hiểu", "[Lớp học]")
    head.presses(next(one["data"] for one in card.buttons if one["label"].startswith("Gửi"))).sees(
        "biên nhận"
    )


def test_a_sentence_that_is_not_understood_ends_nothing_either(stage):
    head = stage.head
    head.says("Giang đi muộn 2, còn lại tốt").sees("CHƯA gửi")
    card = head.last
    head.says("trời mưa to quá").sees("chưa hiểu")
    head.presses(next(one["data"] for one in card.buttons if one["label"].startswith("Gửi"))).sees(
        "biên nhận"
    )


def test_in_the_middle_of_a_task_the_text_is_the_tasks(stage):
    stage.learner.says("nhắn giáo vụ").says("mai có học không").sees("CHƯA gửi", "“mai có học không”")
