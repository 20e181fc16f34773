"""Tickets (002-11): a request to look again has one owner and a deadline, and is answered to the unit."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from storage.base.calendar import SendingCalendar
from storage.feedback.feedback import UnitFeedback
from storage.feedback.tickets import Ticket, open_ticket
from storage.messaging.accounts import Abilities
from storage.people.people import Grant, Person, Role
from tests.casts.centre import at, person
from tests.feedback.test_feedback import NEXT_MORNING, kept, plan
from tests.houses.dialogue import Stage

WORDS = "Đồng chí Hạnh có mặt đủ các buổi, đề nghị xem lại điểm Bài 1."
DUE = at(date(2026, 12, 14), 17)  # five working days after Monday the 7th


def tickets(stage) -> list[Ticket]:
    with stage.database.reading() as session:
        rows = list(session.exec(select(Ticket).order_by(Ticket.id)))
        session.expunge_all()
        return rows


def employ(stage, name: str, role: str = Role.REGISTRAR) -> int:
    with stage.database.transaction() as session:
        one = person(session, stage.cast.centre, name, None, stage.time)
        session.add(Grant(person_id=one, role=role, centre_id=stage.cast.centre))
    return one


def office(stage):
    """The three who take part, and the head's card before his eyes."""
    people = stage.head, stage.registrar, stage.director
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    return people


@pytest.fixture
def asked(stage):
    head, registrar, director = office(stage)
    head.taps("Đề nghị xem lại").says(WORDS)
    return head, registrar, director


def test_the_head_is_told_number_owner_and_deadline_after_one_tap_and_one_message(stage):
    head, registrar, _director = office(stage)
    before = head.taps_made
    head.taps("Đề nghị xem lại").sees("nội dung cần xem lại và lý do")
    head.says(WORDS).sees(
        "Trung tâm đã nhận đề nghị của đồng chí.", f"Phiếu đề nghị số {tickets(stage)[0].id:02d}"
    )
    assert head.taps_made == before + 1
    head.sees("Đồng chí Phan Thị Thu phụ trách; hạn trả lời: 17 giờ, thứ Hai, 14/12.", WORDS)
    row = tickets(stage)[0]
    assert (row.owner_id, row.due_at, row.kind, row.state) == (stage.cast.registrar, DUE, "review", "open")
    assert kept(stage)[0].acknowledged_by == stage.cast.head
    registrar.sees("Đồng chí phụ trách trả lời.", WORDS, "Trường THCS Lê Lợi")
    assert registrar.last.labels == ["Trả lời", "Chuyển người khác"]


def test_a_second_request_about_the_same_is_the_first_one(asked, stage):
    head, registrar, _director = asked
    head.presses(f"fr:{kept(stage)[0].id}").sees("đang xem lại theo đề nghị trước", "Phan Thị Thu")
    assert len(tickets(stage)) == 1
    assert len(registrar.messages()) == 1


@pytest.mark.parametrize("words", ["   ", "x" * 1001])
def test_nothing_or_too_much_is_asked_for_again(stage, words):
    head, *_others = office(stage)
    head.taps("Đề nghị xem lại").says(words).sees("nội dung cần xem lại và lý do")
    assert tickets(stage) == []
    head.says(WORDS).sees("Trung tâm đã nhận đề nghị")


def test_a_request_can_be_given_up(stage):
    head, *_others = office(stage)
    head.taps("Đề nghị xem lại").taps("Hủy").sees("Đã dừng")
    head.says(WORDS)
    assert tickets(stage) == []


def test_it_belongs_to_the_registrar_with_the_fewest_open_ones(asked, stage):
    second = employ(stage, "Hồ Thị Yến")
    other = stage.player(stage.cast.other_head)
    other.says("/phanhoi").taps("Trung cấp A1").taps("Đề nghị xem lại").says("Điểm danh ngày 3/11?")
    assert [row.owner_id for row in tickets(stage)] == [stage.cast.registrar, second]


def test_without_a_registrar_the_director_owns_it_and_without_an_office_it_is_said(stage):
    head, registrar, _director = office(stage)
    with stage.database.transaction() as session:
        session.delete(session.exec(select(Grant).where(Grant.person_id == registrar.person_id)).one())
    head.taps("Đề nghị xem lại").says(WORDS).sees("Đồng chí Trịnh Quốc Việt phụ trách;")
    with stage.database.transaction() as session:
        session.delete(session.exec(select(Grant).where(Grant.person_id == stage.cast.director)).one())
    other = stage.player(stage.cast.other_head)
    other.says("/phanhoi").taps("Trung cấp A1").taps("Đề nghị xem lại").says("?").sees("02033123456")
    assert len(tickets(stage)) == 1


def test_the_answer_reaches_the_unit_and_closes_it(asked, stage):
    head, registrar, _director = asked
    head.reads()
    before = registrar.taps_made
    registrar.taps("Trả lời").says("Đã đối chiếu: điểm Bài 1 đúng là 8,5.").sees(
        "Trợ lý đã gửi câu trả lời đến đơn vị."
    )
    assert registrar.taps_made == before + 1
    head.sees("Trung tâm đã trả lời đề nghị của đơn vị.", "Trả lời của đồng chí Phan Thị Thu", "đúng là 8,5")
    row = tickets(stage)[0]
    assert (row.state, row.answered_by, row.answered_at) == ("answered", stage.cast.registrar, stage.time)
    registrar.presses(f"fw:{row.id}").sees("Đề nghị này đã được trả lời.")
    assert "Trả lời" not in registrar.last.labels


def test_an_answered_one_reminds_nobody(asked, stage):
    _head, registrar, director = asked
    registrar.taps("Trả lời").says("Đã đối chiếu.")
    registrar.reads()
    stage.moves_to(datetime(2026, 12, 16, 1, tzinfo=UTC))
    assert registrar.news() == []
    assert director.messages() == []


def test_the_owner_is_reminded_on_the_deadlines_morning_the_director_once_it_is_over(asked, stage):
    _head, registrar, director = asked
    registrar.reads()
    stage.moves_to(at(date(2026, 12, 14), 7, 29))
    assert registrar.news() == []
    stage.moves_to(at(date(2026, 12, 14), 7, 30))
    registrar.sees("hôm nay là hạn trả lời đề nghị này", WORDS)
    stage.moves_to(at(date(2026, 12, 15), 7, 29))
    assert director.messages() == []
    stage.moves_to(at(date(2026, 12, 18), 9))
    assert len(director.messages()) == 1
    assert len(registrar.news()) == 1
    director.sees("đã quá hạn mà chưa được trả lời", "Phan Thị Thu")
    assert director.last.labels == ["Chuyển người khác"]


def test_those_that_are_overdue_at_once_come_to_the_director_on_one_card_and_need_no_decision(asked, stage):
    director = asked[2]
    with stage.database.transaction() as session:
        row = next(one for one in kept(stage) if one.organisation_id == stage.cast.other_unit)
        calendar, asker = SendingCalendar(), session.get(Person, stage.cast.other_head)
        open_ticket(session, calendar, session.get(UnitFeedback, row.id), asker, "Xem lại", stage.time)
    stage.moves_to(at(date(2026, 12, 18), 9))
    assert len(director.messages()) == 1
    director.sees("Phan Thị Thu: phiếu số 01 của Trường THCS Lê Lợi, hạn 17 giờ, thứ Hai, 14/12")
    second = director.last.labels[1]
    assert second == "Phan Thị Thu: phiếu số 02 của Trạm Y tế phường A"
    director.taps(second).sees("đã quá hạn mà chưa được trả lời", "Xem lại")
    director.says("/viec").sees("Hiện không có việc nào chờ đồng chí.")


def test_one_answered_in_the_evening_of_its_deadline_is_not_told_the_director_next_morning(asked, stage):
    _head, registrar, director = asked
    stage.moves_to(at(date(2026, 12, 14), 18))
    registrar.taps("Trả lời").says("Đã đối chiếu.")
    stage.moves_to(at(date(2026, 12, 15), 9))
    assert director.messages() == []


def test_it_is_passed_on_in_two_taps_and_has_one_owner_still(asked, stage):
    _head, registrar, _director = asked
    second = stage.player(employ(stage, "Hồ Thị Yến"))
    before = registrar.taps_made
    registrar.taps("Chuyển người khác").taps("Hồ Thị Yến").sees(
        "Đã chuyển đề nghị.", "Đồng chí Hồ Thị Yến phụ trách"
    )
    assert registrar.taps_made == before + 2
    second.sees("vừa chuyển đến đồng chí để trả lời", WORDS).taps("Trả lời").says("Đã xem.")
    row = tickets(stage)[0]
    assert (row.owner_id, row.answered_by) == (second.person_id, second.person_id)


def test_who_does_not_own_it_can_read_but_not_answer_and_a_director_can_pass_it_on(asked, stage):
    second = stage.player(employ(stage, "Hồ Thị Yến"))
    row = tickets(stage)[0]
    second.says("/phieu").taps(f"Số {row.id:02d}").sees(WORDS)
    assert "Trả lời" not in second.last.labels
    assert "Chuyển người khác" not in second.last.labels
    second.presses(f"fw:{row.id}").sees("do người khác phụ trách")
    second.presses(f"fi:{row.id}:{second.person_id}")
    assert tickets(stage)[0].owner_id == stage.cast.registrar
    stage.director.presses(f"fh:{row.id}").taps("Hồ Thị Yến")
    assert tickets(stage)[0].owner_id == second.person_id


def test_an_owner_who_has_left_the_office_hands_it_over_without_doing_anything(asked, stage):
    _head, registrar, _director = asked
    second = stage.player(employ(stage, "Hồ Thị Yến"))
    with stage.database.transaction() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == registrar.person_id)).one()
        grant.to_date = date(2026, 12, 8)
    registrar.reads()
    stage.moves_to(at(date(2026, 12, 14), 8))
    assert registrar.news() == []
    second.sees("hôm nay là hạn trả lời đề nghị này")
    assert tickets(stage)[0].owner_id == second.person_id


def test_staff_list_the_open_ones_by_deadline_a_unit_its_own_with_their_state(asked, stage):
    head, registrar, _director = asked
    other = stage.player(stage.cast.other_head)
    stage.passes(days=1)
    other.says("/phanhoi").taps("Trung cấp A1").taps("Đề nghị xem lại").says("Điểm danh ngày 3/11?")
    one, two = (row.id for row in tickets(stage))
    stage.registrar.says("phiếu").sees("Có 02 phiếu đề nghị đang chờ trả lời.")
    assert stage.registrar.last.labels[:2] == [
        f"Số {one:02d}, Trường THCS Lê Lợi: hạn 14/12",
        f"Số {two:02d}, Trạm Y tế phường A: hạn 15/12",
    ]
    head.says("/phieu").sees("Trường THCS Lê Lợi: hạn 14/12").sees_no("Trạm Y tế")
    registrar.presses(f"fw:{one}").says("Đã đối chiếu.")
    registrar.says("/phieu").sees("Có 01 phiếu đề nghị").sees_no(f"Số {one:02d},")
    head.says("/phieu").sees(f"Số {one:02d}, Trường THCS Lê Lợi: đã trả lời").taps(f"Số {one:02d}").sees(
        "Đã đối chiếu."
    )
    stage.moves_to(at(date(2026, 12, 16), 8))
    registrar.says("/phieu").sees("QUÁ HẠN 15/12")


def test_the_menu_leads_there_and_an_empty_list_says_so(stage):
    stage.registrar.says("đề nghị xem lại").sees("Không có đề nghị xem lại nào.")


def test_other_units_learners_and_lecturers_do_not_read_it(asked, stage):
    row = tickets(stage)[0]
    for reader in (stage.player(stage.cast.other_head), stage.learner, stage.lecturer):
        for data in (f"fk:{row.id}", f"fw:{row.id}", f"fh:{row.id}", f"fi:{row.id}:{reader.person_id}"):
            reader.presses(data).sees_no("Hạnh có mặt", "Phan Thị Thu phụ trách")
    assert tickets(stage)[0].owner_id == stage.cast.registrar


def test_without_buttons_it_is_asked_and_answered_by_typing(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    head, registrar = stage.head.types("/menu"), stage.registrar.types("/menu")
    stage.arrives()
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    before = head.taps_made
    head.types("đề nghị xem lại").types(WORDS).sees("Đồng chí Phan Thị Thu phụ trách;")
    assert head.taps_made == before + 2
    registrar.types("trả lời").types("Đã đối chiếu.").sees("Trợ lý đã gửi câu trả lời")
    head.sees("Trung tâm đã trả lời đề nghị")
