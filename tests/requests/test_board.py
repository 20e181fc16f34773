"""The board of whatever is asked for, of all kinds: who has done it, who has not, and why."""

from datetime import date

import pytest
from sqlmodel import select

from handlers import table
from handlers.requests.presenting import PRESENTERS, Presenter, present
from storage.base.calendar import SendingCalendar
from storage.feedback import tickets
from storage.feedback.feedback import UnitFeedback
from storage.people.people import Centre, Contact, Grant, Person
from storage.requests import requests
from tests.casts.centre import at
from tests.casts.reports import another_report, request_of

REPORT = "Báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1"


def opens(player):
    """The first line of the board."""
    return player.taps(next(label for label in player.last.labels if label.startswith("1. ")))


def test_units_asked_for_the_same_stand_together_with_their_reasons(stage):
    stage.head.says("/menu")  # connected, and not asked: the cast's reports were opened by hand
    board = stage.registrar.says("/theodoi").sees("Việc đang theo dõi")
    board.sees(f"1. {REPORT}: 2 nơi chưa xong")
    opens(board).sees(
        REPORT,
        "Hạn: 17 giờ, thứ Năm, 03/12.",
        "Đã xong: 0/2.",
        "Trường THCS Lê Lợi: CHƯA xong; Trung tâm chưa đề nghị",
        "Trạm Y tế phường A: CHƯA xong; thủ trưởng chưa liên kết",
    )


def test_whoever_has_done_it_comes_last(stage):
    stage.head.says("/baocao").chooses("Tất cả nền nếp tốt", "Gửi")
    opens(stage.registrar.says("/theodoi")).sees("Đã xong: 1/2.")
    told = stage.registrar.last.text
    assert told.index("Trạm Y tế phường A: CHƯA xong") < told.index("Trường THCS Lê Lợi: đã xong")


def test_reasons_name_whom_it_was_handed_to_and_when_he_was_reminded(stage):
    report = another_report(
        stage,
        name="Sơ cấp khóa III",
        opens_at=at(date(2026, 11, 18), 8),
        due_at=at(date(2026, 11, 27), 17),
        plan=True,
    )
    stage.head.says("/menu")
    stage.moves_to(at(date(2026, 11, 18), 9))
    stage.arrives()
    assert report
    opens(stage.director.says("/theodoi")).sees(
        "Trường THCS Lê Lợi: CHƯA xong; đã gửi đề nghị lúc 9 giờ, thứ Tư, 18/11, chưa trả lời"
    )


def test_a_unit_whose_head_has_left_and_one_that_cannot_be_reached_are_told_apart(stage):
    stage.head.says("/menu")
    with stage.database.transaction() as session:
        for row in session.exec(select(Contact).where(Contact.person_id == stage.cast.head)):
            row.state = "unreachable"
        for grant in session.exec(select(Grant).where(Grant.person_id == stage.cast.other_head)):
            session.delete(grant)
    opens(stage.registrar.says("/theodoi")).sees(
        "Trường THCS Lê Lợi: CHƯA xong; không liên lạc được với thủ trưởng",
        "Trạm Y tế phường A: CHƯA xong; chưa có thủ trưởng trong danh sách",
    )


def test_what_the_office_itself_owes_stands_on_it_too(stage):
    with stage.database.transaction() as session:
        told = UnitFeedback(
            class_id=stage.cast.running, organisation_id=stage.cast.unit, made_at=stage.time, content="{}"
        )
        session.add(told)
        session.flush()
        asker = session.get(Person, stage.cast.head)
        tickets.open_ticket(session, SendingCalendar(), told, asker, "Xin xem lại điểm.", stage.time)
    board = stage.director.says("/theodoi").sees(
        "Phiếu số 01 của Trường THCS Lê Lợi: 1 nơi chưa xong", "Báo cáo nền nếp"
    )
    board.taps(next(label for label in board.last.labels if "Phiếu số 01" in label)).sees(
        "Phan Thị Thu: CHƯA xong"
    )


def test_it_is_the_office_s_and_nothing_waiting_is_said(stage):
    stage.head.says("/theodoi").sees("người khác ở Trung tâm")
    action = table().actions["rqg"]
    stage.registrar.says("/menu").presses(action.data({"request": 999})).sees("Việc này không còn nữa")
    for head in (stage.head, stage.player(stage.cast.other_head)):
        head.says("/baocao").chooses("Tất cả nền nếp tốt", "Gửi")
    stage.registrar.says("/theodoi").sees("Hiện không có việc nào đang theo dõi.")
    stage.registrar.says("/viec").chooses("Theo dõi việc").sees("Hiện không có việc nào")


def test_a_unit_that_was_given_more_time_stays_with_the_others(stage):
    """It stood on a line of its own that opened the same list."""
    with stage.database.transaction() as session:
        row = request_of(session, stage.cast.report)
        calendar = stage.desk(session).calendar(session.get(Centre, stage.cast.centre))
        requests.extend(session, calendar, row, 3, stage.time)  # working days
    board = stage.registrar.says("/theodoi").sees(f"1. {REPORT}: 2 nơi chưa xong").sees_no("2. ")
    opens(board).sees("Trường THCS Lê Lợi: CHƯA xong", "gia hạn đến 17 giờ, thứ Ba, 08/12")


def test_a_kind_that_leaves_something_out_is_not_registered():
    class Half(Presenter):
        kind = "half"

        def is_settled(self, desk, row) -> bool:
            return False

    with pytest.raises(TypeError, match="card"):
        present(Half)
    assert "half" not in PRESENTERS
