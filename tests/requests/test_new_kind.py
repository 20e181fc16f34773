"""A kind of request nobody has heard of, made here: asked, reminded of, put off, put to deputies and the director."""

from datetime import date

import pytest
from markupsafe import Markup

import handlers
from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.router import Table
from handlers.requests import deciding, snoozing
from handlers.requests.asking import ask_next
from handlers.requests.presenting import PRESENTERS, Presenter, opened
from storage.base.calendar import SendingCalendar
from storage.messaging.accounts import Abilities
from storage.people.people import UNIT, Organisation, Role
from storage.requests import policy, requests
from storage.requests.policy import Step
from tests.casts.centre import at
from tests.casts.reports import colleague, moves_period
from tests.houses.dialogue import Stage

# --- the kind: a list of learners the unit has to send ---

POLICY = policy.Policy(
    (
        Step(policy.OPEN, policy.OPENING), Step("remind", policy.SHARE, amount=0.8), Step("last", policy.LAST_MORNING),
        Step("deputy", policy.DUE, policy.DEPUTIES), Step("decide", policy.GRACE, policy.DIRECTORS),
    ),
    snoozes=True, extensions=(1, 3),
)  # fmt: skip
conversation = Conversation("nomination")


@conversation.button("zz", may=UNIT)
def send_list(turn, request: int) -> None:
    row, _heading = opened(turn, request)
    turn.session.get(Organisation, row.subject_id).address = "list sent"
    requests.settle(turn.session, row, turn.now)
    turn.show(Message("Đã nhận danh sách."))
    ask_next(turn, turn.speaker)


class Nomination(Presenter):
    kind = "nomination"

    def card(self, desk, language, row, reader, step) -> Message:
        said = {"open": "", "decide": "Chưa có danh sách.", "deputy": "Là cấp phó, đề nghị quan tâm."}
        text = lines(said.get(step, "Nhắc gửi danh sách."), f"Danh sách cử đi học, {reader.name}")
        if step == "decide":
            return Message(text, deciding.ways(language, row))
        send = [Button("Gửi danh sách", send_list, request=row.id)]
        return Message(text, [send, *snoozing.ways(desk, language, row)])

    def line(self, desk, language, row):
        return Markup("Danh sách cử đi học"), Button("Gửi danh sách", send_list, request=row.id)

    def is_settled(self, desk, row) -> bool:
        return desk.session.get(Organisation, row.subject_id).address == "list sent"


# --- what it gets for nothing ---

OPENS, DUE_AT, GRACE_AT = (at(date(2026, 11, day), hour) for day, hour in ((17, 8), (24, 17), (25, 17)))


def asks(stage, session, unit: int) -> None:
    requests.open_request(
        session, SendingCalendar(), POLICY, policy.Window(OPENS, DUE_AT, GRACE_AT), kind="nomination",
        subject_id=unit, centre_id=stage.cast.centre, post=Role.UNIT_HEAD, organisation_id=unit,
    )  # fmt: skip


@pytest.fixture(params=[None, 0], ids=["buttons", "typed"])
def stage(database, monkeypatch, request):
    monkeypatch.setitem(PRESENTERS, "nomination", Nomination())
    stage = Stage(database, abilities=Abilities(buttons=request.param))
    stage.table = stage.intake.table = Table([*handlers.table().conversations, conversation])
    with database.transaction() as session:
        moves_period(session, stage.cast.period, opens_at=at(date(2030, 1, 1), 8))  # no part of this
        asks(stage, session, stage.cast.unit)
    stage.head.says("/menu")
    stage.director.says("/menu")
    stage.arrives()
    return stage


def test_it_is_asked_for_reminded_of_and_done_with_one_tap(stage):
    head = stage.head.says("/viec").sees("Hiện không có việc nào chờ đồng chí.").reads()
    stage.moves_to(OPENS)
    head.sees("Danh sách cử đi học, Lê Văn Bình").says("/viec").sees(
        "Danh sách cử đi học: hạn thứ Ba, 24/11"
    ).reads()
    stage.moves_to(at(date(2026, 11, 23), 12))
    head.sees("Nhắc gửi danh sách.")
    stage.arrives()
    board = stage.director.says("/theodoi").chooses(
        "Danh sách cử đi học" if stage.account.can.buttons is not None else "1. Danh sách"
    )
    board.sees("Đã xong: 0/1.", "Trường THCS Lê Lợi: CHƯA xong; đã nhắc lúc").reads()
    before = head.taps_made
    head.chooses("Gửi danh sách").sees("Đã nhận danh sách.")
    assert head.taps_made - before == 1
    head.says("/menu").sees("Hiện không có việc nào chờ đồng chí.").reads()
    stage.moves_to(at(date(2026, 11, 30), 12))
    assert head.news() == stage.director.news() == []


def test_it_is_put_off_to_a_time_of_the_reader_s_own_and_not_once_it_is_done(stage):
    head = stage.head
    stage.moves_to(OPENS)
    head.chooses("Nhắc tôi sau").sees("Chiều nay: 13 giờ 30", "Danh sách cử đi học").chooses("Chiều nay")
    head.sees("Trợ lý sẽ nhắc lại lúc 13 giờ 30, thứ Ba, 17/11.", "Hạn: 17 giờ, thứ Ba, 24/11.").reads()
    stage.moves_to(at(date(2026, 11, 17), 14))
    later = head.sees("Nhắc gửi danh sách.").last.buttons[1]["data"]
    head.chooses("Gửi danh sách")
    head.presses(later).sees("Việc này không còn nữa")


def test_one_that_never_comes_goes_to_the_deputy_and_is_decided_on_by_the_director(stage):
    head, director = stage.head, stage.director
    deputy = stage.player(colleague(stage, "Vũ Thị Phó", Role.UNIT_HEAD, is_deputy=True))
    director.reads()
    stage.moves_to(at(date(2026, 11, 25), 9))
    deputy.sees("Là cấp phó, đề nghị quan tâm.")
    assert director.news() == []
    stage.moves_to(at(date(2026, 11, 26), 9))
    stage.arrives()
    director.sees("Chưa có danh sách.").says("/viec").sees(
        "Trường THCS Lê Lợi: Danh sách cử đi học: QUÁ HẠN từ thứ Ba, 24/11"
    ).chooses("Xử lý").sees("Chưa có danh sách.")
    head.reads()
    director.chooses("Gia hạn", "3 ngày").sees("17 giờ, thứ Ba, 01/12")
    head.sees("Nhắc gửi danh sách.").reads()
    stage.moves_to(at(date(2026, 12, 1), 8))
    head.sees("Nhắc gửi danh sách.").chooses("Gửi danh sách").sees("Đã nhận")


def test_the_director_is_asked_again_on_the_next_working_day(stage):
    stage.moves_to(at(date(2026, 11, 26), 9))
    director = stage.director
    director.chooses("Gọi điện trước").sees("Thủ trưởng: đồng chí Lê Văn Bình").reads()
    stage.moves_to(at(date(2026, 11, 27), 8))
    director.sees("Chưa có danh sách.")


def test_of_many_that_never_come_the_director_gets_one_card(stage):
    with stage.database.transaction() as session:
        for number in range(12):
            unit = Organisation(
                centre_id=stage.cast.centre, name=f"Đơn vị {number}", folded=f"don vi {number}"
            )
            session.add(unit)
            session.flush()
            asks(stage, session, unit.id)
    director = stage.director.reads()
    stage.moves_to(at(date(2026, 11, 26), 9))
    assert [one.text.split("\n")[0] for one in director.news()] == ["Những việc chưa nhận được kết quả"]
    stage.arrives()
    director.sees("Trường THCS Lê Lợi: Danh sách cử đi học, hạn 17 giờ, thứ Ba, 24/11", "và 5 việc khác")
    director.chooses("Báo cáo chưa nhận", "Đơn vị 11", "Gia hạn", "1 ngày").sees(
        "Đơn vị 11: Danh sách", "17 giờ, thứ Sáu, 27/11"
    )
    director.chooses("Báo cáo chưa nhận").sees_no("Đơn vị 11")
    stage.moves_to(at(date(2026, 11, 27), 9))
    assert [one for one in director.news() if "Những việc" in one.text] == []


def test_who_binds_late_or_takes_over_gets_it_once(stage):
    stage.moves_to(OPENS)
    new = stage.player(colleague(stage, "Đào Thị Yến", Role.UNIT_HEAD))
    with stage.database.transaction() as session:
        stage.table.tick(stage.desk(session), "bound", {"contact": new.contact().id})
        stage.table.tick(stage.desk(session), "unit_people", {"unit": stage.cast.unit})
    assert [one.text for one in new.messages()] == ["Danh sách cử đi học, Đào Thị Yến"]
