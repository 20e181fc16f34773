"""Who fills in a unit's report: handed over, taken back, deputies, trips, a new head, liaison officers."""

from datetime import date

import pytest
from sqlmodel import select

from handlers.reports.moving import prompt_now
from storage.people.offices import Trip
from storage.people.people import Contact, Grant, Organisation, Role
from storage.reports.reports import ConductReport
from storage.reports.signing import Handover
from tests.casts.centre import at
from tests.casts.reports import (
    another_head,
    another_report,
    appoints,
    base36,
    colleague,
    ends,
    kept,
    no_roll_call,
    report_of,
    revisions,
)

NAME = "Tạ Văn Phúc"


def prompted(stage) -> None:
    """The head has been asked for the cast's report."""
    stage.head.reads()
    with stage.database.transaction() as session:
        prompt_now(stage.desk(session), session.get(ConductReport, stage.cast.report))
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.")
    stage.arrives()
    stage.passes(minutes=1)


def handed(stage, person_id: int):
    """The head hands the report over; the one who got it."""
    mate = stage.player(person_id)
    stage.head.says("/baocao").taps("Giao người khác").taps(NAME).taps("Giao báo cáo")
    stage.arrives()
    return mate


# --- handing over ---


def test_handing_over_is_three_taps_and_the_card_arrives(stage):
    mate = stage.player(colleague(stage))
    head = stage.head.says("/baocao")
    head.taps_made = 0
    head.taps("Giao người khác").sees("Đồng chí giao báo cáo này cho ai?").taps(NAME)
    head.sees("Đồng chí Tạ Văn Phúc sẽ điền và gửi báo cáo (được ủy quyền).").taps("Giao báo cáo")
    assert head.taps_made == 3
    head.sees("Đã giao báo cáo.", "đã giao đồng chí Tạ Văn Phúc")
    assert head.last.labels == ["Nhận lại", "Quay lại"]
    mate.sees(
        "Kính gửi đồng chí Tạ Văn Phúc.", "Đồng chí Lê Văn Bình giao đồng chí báo cáo thay.", "12 học viên"
    )
    assert mate.last.labels[:3] == ["Tất cả nền nếp tốt", "Có học viên cần nêu", "Trả lại"]


def test_whoever_got_it_sends_as_authorised_and_the_head_hears_of_it(stage):
    mate = handed(stage, colleague(stage))
    stage.head.reads()
    mate.taps("Tất cả nền nếp tốt").sees("Đồng chí ký với tư cách được ủy quyền.").taps("Gửi")
    mate.sees("người gửi: đồng chí Tạ Văn Phúc (được ủy quyền)")
    stage.head.sees("Đồng chí Tạ Văn Phúc đã gửi báo cáo của đơn vị.", "Mã biên nhận", "[Sửa]")
    assert [row.capacity for row in revisions(stage)] == ["authorised"]
    stage.registrar.says("/baocao").taps("Mục khác").taps("Xem báo cáo").taps("Trường THCS").sees(
        "(được ủy quyền)"
    )
    mate.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").taps("Gửi").sees("Lần gửi 2")


def test_whoever_got_it_finds_it_by_the_menu_and_opens_nothing_else(stage):
    mate = stage.player(colleague(stage, role=Role.LECTURER))
    mate.says("/baocao").sees_no("Kính gửi")
    handed(stage, mate.person_id)
    mate.says("menu").sees("người được giao báo cáo").taps("Đơn vị tôi").sees("[Báo cáo nền nếp]")
    mate.says("/baocao").sees("lớp Trung cấp A1")
    mate.presses(f"bo:{base36(stage.cast.other_report)}").sees("Không tìm thấy báo cáo này").sees_no(
        "Trạm Y tế"
    )
    mate.presses(f"ha:{base36(stage.cast.report)}:0").sees("đơn vị phụ trách").sees_no("cho ai")


def test_a_head_who_has_handed_it_over_changes_nothing_until_he_takes_it_back(stage):
    no_roll_call(stage)
    head = stage.head.says("/baocao")
    old = head.last.buttons[0]["data"]
    mate = handed(stage, colleague(stage))
    mate.taps("Có học viên").taps("Đỗ Thị Giang")
    head.presses(old).sees("đề nghị đồng chí chọn Nhận lại")
    head.taps_made = 0
    head.taps("Nhận lại").sees("Nội dung đã điền được giữ nguyên.", "Tiếp tục 11/12")
    assert head.taps_made == 1
    assert kept(stage) == {"Đỗ Thị Giang": ("", "handed")}
    mate.sees("Đồng chí Lê Văn Bình đã nhận lại báo cáo này.")
    mate.presses(old).sees("không còn giao đồng chí nữa").sees_no("Đỗ Thị Giang")
    with stage.database.reading() as session:
        rows = [
            (row.from_person, row.to_person) for row in session.exec(select(Handover).order_by(Handover.id))
        ]
    assert rows == [(stage.cast.head, mate.person_id), (mate.person_id, stage.cast.head)]


def test_whoever_got_it_can_give_it_back(stage):
    mate = handed(stage, colleague(stage))
    stage.head.reads()
    mate.taps("Trả lại").sees("Đã trả lại báo cáo cho thủ trưởng đơn vị.")
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.", "[Giao người khác]")
    mate.taps("Tất cả nền nếp tốt").sees("không còn giao đồng chí nữa")
    assert report_of(stage).handed_to is None


def test_the_last_one_comes_first_and_who_is_not_connected_cannot_be_chosen(stage):
    colleague(stage, "Bế Văn Ban", Role.UNIT_HEAD, is_deputy=True)
    stage.player(colleague(stage))
    head = stage.head.says("/baocao").taps("Giao người khác")
    assert head.last.labels[:2] == ["Bế Văn Ban: chưa liên kết", NAME]
    head.taps("Bế Văn Ban").sees("chưa liên kết với Trợ lý tự động", "nhập mã trên phiếu", "02033123456")
    head.taps(NAME).taps("Giao báo cáo").taps("Nhận lại").taps("Giao người khác")
    assert head.last.labels[0] == NAME
    head.presses(f"hc:{base36(stage.cast.report)}:{base36(stage.cast.other_head)}").sees("Không thể giao")
    assert report_of(stage).handed_to is None


def test_with_nobody_to_hand_it_to_the_head_is_told_what_to_do(stage):
    stage.head.says("/baocao").taps("Giao người khác").sees(
        "Trung tâm chưa có thông tin về người khác", "02033123456"
    )


def test_outside_hours_the_card_waits_and_the_head_hears_when_it_comes(stage):
    stage.moves_to(at(date(2026, 11, 16), 20))
    mate = handed(stage, colleague(stage))
    stage.head.sees("Đồng chí Tạ Văn Phúc sẽ nhận được báo cáo lúc 7 giờ 30, thứ Ba, 17/11.")
    assert mate.news() == []
    stage.moves_to(at(date(2026, 11, 17), 7, 30))
    mate.sees("Kính gửi đồng chí Tạ Văn Phúc.")


def test_what_was_to_be_said_to_the_other_is_taken_back_with_the_report(stage):
    stage.moves_to(at(date(2026, 11, 16), 20))
    mate = handed(stage, colleague(stage))
    stage.head.taps("Nhận lại").taps("Tất cả nền nếp tốt").taps("Gửi")
    stage.moves_to(at(date(2026, 11, 17), 8))
    assert [message.text for message in mate.messages() if "Kính gửi" in message.text] == []


def test_the_right_ends_with_the_role_and_the_report_goes_back(stage):
    prompted(stage)
    mate = handed(stage, colleague(stage))
    stage.head.reads()
    ends(stage, mate.person_id, date(2026, 11, 16))
    stage.moves_to(at(date(2026, 11, 17), 7, 30))
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.")
    assert report_of(stage).handed_to is None
    mate.taps("Tất cả nền nếp tốt").sees("không còn giao đồng chí nữa")


# --- deputies ---


def test_a_deputy_signs_for_the_head_and_a_head_as_head(stage):
    stage.head.reads()
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    deputy.says("/baocao").sees("Đồng chí ký thay thủ trưởng đơn vị.").taps("Tất cả nền nếp tốt").taps("Gửi")
    deputy.sees("người gửi: đồng chí Tạ Văn Phúc (ký thay)")
    stage.head.sees("Đồng chí Tạ Văn Phúc đã gửi báo cáo của đơn vị.").taps("Sửa").taps("Phạm Thị Cúc")
    stage.head.taps("Tác phong").taps("Gửi").sees("người gửi: đồng chí Lê Văn Bình.")
    assert [row.capacity for row in revisions(stage)] == ["deputy", "head"]


# --- away ---


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("Tôi đi công tác đến 30/11", "từ thứ Hai, ngày 16/11/2026 đến hết thứ Hai, ngày 30/11/2026"),
        ("toi di cong tac den thu 6", "từ thứ Hai, ngày 16/11/2026 đến hết thứ Sáu, ngày 20/11/2026"),
        ("đi công tác từ 25/11 đến 28/11", "từ thứ Tư, ngày 25/11/2026 đến hết thứ Bảy, ngày 28/11/2026"),
        ("Tôi sẽ đi công tác 3 ngày.", "từ thứ Hai, ngày 16/11/2026 đến hết thứ Tư, ngày 18/11/2026"),
        ("tôi đi công tác ngày mai", "Đồng chí đi công tác thứ Ba, ngày 17/11/2026."),
    ],
)
def test_a_trip_is_said_in_words_and_repeated_before_it_counts(stage, said, days):
    stage.head.says(said).sees(days, "chưa có thông tin về cấp phó", "Giao người khác")
    with stage.database.reading() as session:
        assert session.exec(select(Trip)).all() == []
    stage.head.taps("Đúng, ghi nhận").sees("Đã ghi nhận.")
    with stage.database.reading() as session:
        assert len(session.exec(select(Trip)).all()) == 1


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("tôi đi công tác", "Đồng chí đi công tác những ngày nào?"),
        ("tôi đi công tác đến khi xong", "Chưa hiểu ngày trong “den khi xong”."),
        ("tôi đi công tác đến 10/11", "Ngày vừa nhập đã qua"),
        ("đi công tác từ 28/11 đến 25/11", "Ngày về phải sau ngày đi"),
    ],
)
def test_days_that_cannot_be_are_asked_again(stage, said, answer):
    stage.head.says(said).sees(answer, "những ngày nào")
    stage.head.says("từ 25/11 đến 28/11").sees("từ thứ Tư, ngày 25/11/2026")


def test_nobody_elses_trip_is_meant(stage):
    stage.head.says("An đi công tác đến 30/11").sees_no("Đồng chí đi công tác")
    stage.learner.says("Tôi đi công tác đến 30/11").sees_no("Đồng chí đi công tác")


def test_during_a_trip_prompts_go_to_the_deputy_at_once_and_come_back_after(stage):
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    prompted(stage)
    stage.head.says("Tôi đi công tác đến 18/11").sees("sẽ được gửi đến đồng chí Tạ Văn Phúc").taps("Đúng")
    assert deputy.news() == []
    stage.ticks()
    deputy.sees("Kính gửi đồng chí Tạ Văn Phúc.", "Đồng chí ký thay thủ trưởng đơn vị.").reads()
    stage.arrives()
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 18), 17))
    assert (stage.head.news(), deputy.news()) == ([], [])
    stage.moves_to(at(date(2026, 11, 19), 7, 30))
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.")
    assert deputy.news() == []


def test_being_back_earlier_ends_the_trip(stage):
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    prompted(stage)
    stage.head.says("/baocao").taps("Giao người khác").taps("Tôi đi công tác").says("đến 30/11").taps("Đúng")
    stage.ticks()
    deputy.sees("Kính gửi đồng chí Tạ Văn Phúc.")
    stage.arrives()
    stage.moves_to(at(date(2026, 11, 17), 9))
    stage.head.says("toi da ve").sees("Đã ghi nhận đồng chí đã về.")
    stage.ticks()
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.")
    stage.head.says("tôi đã về").sees("Không có lịch công tác nào").reads()
    stage.moves_to(at(date(2026, 12, 1), 8))
    assert stage.head.news() == []


def test_a_trip_to_come_moves_the_prompts_on_its_first_day(stage):
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    prompted(stage)
    stage.head.says("đi công tác từ 18/11 đến 20/11").taps("Đúng")
    stage.moves_to(at(date(2026, 11, 17), 17))
    assert deputy.news() == []
    stage.moves_to(at(date(2026, 11, 18), 7, 30))
    deputy.sees("Kính gửi đồng chí Tạ Văn Phúc.")
    stage.head.says("/caidat").taps("Đơn vị của tôi").sees("Đi công tác: 18/11/2026 – 20/11/2026.")


# --- a new head ---


def test_a_new_head_takes_over_with_everything_tapped_so_far(stage):
    no_roll_call(stage)
    prompted(stage)
    stage.head.taps("Có học viên").taps("Đỗ Thị Giang").taps("Xong").taps("Học tập")
    new = stage.player(appoints(stage))
    ends(stage, stage.cast.head, date(2026, 11, 16))
    stage.ticks()
    new.sees("Kính gửi đồng chí Đào Thị Yến.", "[Xem lại 12/12]")
    stage.moves_to(at(date(2026, 11, 17), 9))
    stage.head.taps("Gửi").sees("Đồng chí không còn là thủ trưởng Trường THCS Lê Lợi").sees_no("Đỗ Thị Giang")
    stage.head.says("/baocao").sees_no("Kính gửi")
    new.taps("Xem lại").sees("đồng chí Đỗ Thị Giang, cần nhắc nhở về học tập").taps("Gửi").sees("Lần gửi 1")
    assert [row.capacity for row in revisions(stage)] == ["head"]


def test_a_new_head_gets_the_open_reports_one_after_the_other(stage):
    no_roll_call(stage)
    prompted(stage)
    first = another_report(stage, due_at=at(date(2026, 11, 27), 17))
    with stage.database.transaction() as session:
        prompt_now(stage.desk(session), session.get(ConductReport, first))
    new = stage.player(appoints(stage))
    ends(stage, stage.cast.head, date(2026, 11, 15))
    stage.ticks()
    assert len(new.news()) == 1
    new.sees("lớp Sơ cấp khóa III").taps("Tất cả nền nếp tốt").taps("Gửi").reads()
    stage.ticks()
    new.sees("lớp Trung cấp A1")


def test_a_head_who_leaves_alone_hears_no_more_and_the_successor_gets_the_card_once(stage):
    second = stage.player(another_head(stage, stage.cast.unit))
    prompted(stage)
    second.sees("Kính gửi đồng chí Tạ Văn Phúc.").reads()
    ends(stage, stage.cast.head, date(2026, 11, 16))
    stage.moves_to(at(date(2026, 11, 17), 12))
    assert second.news() == [], "he has the card already"


# --- liaison officers ---


def prepares(stage) -> None:
    with stage.database.transaction() as session:
        session.get(Organisation, stage.cast.unit).options = {"liaison_prepares": True}


def test_a_liaison_officer_prepares_and_the_head_sends_with_one_tap(stage):
    prepares(stage)
    stage.head.reads()
    officer = stage.player(colleague(stage))
    officer.says("/baocao").sees("Đồng chí chuẩn bị báo cáo; thủ trưởng đơn vị là người gửi.")
    assert "Giao người khác" not in officer.last.labels
    officer.taps("Tất cả nền nếp tốt")
    assert officer.last.labels[0] == "Trình thủ trưởng"
    officer.taps("Trình thủ trưởng").sees("Đã trình đồng chí Lê Văn Bình xem và gửi.")
    assert report_of(stage).prepared_by == officer.person_id
    head = stage.head
    head.sees("Đồng chí Tạ Văn Phúc đã chuẩn bị báo cáo này.", "Báo cáo CHƯA gửi. 11 học viên nền nếp tốt")
    head.taps_made = 0
    head.taps("Gửi").sees("người gửi: đồng chí Lê Văn Bình.")
    assert head.taps_made == 1
    officer.sees("Đồng chí Lê Văn Bình đã gửi báo cáo do đồng chí chuẩn bị.")
    officer.taps("Trình thủ trưởng").sees("Mã biên nhận")
    assert [row.sent_by for row in revisions(stage)] == [stage.cast.head]


def test_a_liaison_officer_cannot_send_whatever_he_presses(stage):
    prepares(stage)
    officer = stage.player(colleague(stage))
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt")
    send = next(button["data"] for button in stage.head.last.buttons if button["label"] == "Gửi")
    officer.presses(send).sees("[Trình thủ trưởng]")
    officer.says("/baocao").taps("Tất cả").taps("Trình thủ trưởng")
    stage.head.reads()
    officer.says("/baocao").taps("Có học viên").taps("Đỗ Thị Giang").taps("Xong").taps("Học tập")
    stage.head.taps("Gửi").sees("Nội dung vừa thay đổi.")
    assert revisions(stage) == []


def test_where_the_unit_does_not_want_it_the_liaison_officer_sees_nothing_of_it(stage):
    officer = stage.player(colleague(stage))
    officer.says("menu")
    assert "Báo cáo nền nếp" not in officer.last.labels
    officer.presses(f"bo:{base36(stage.cast.report)}").sees("Không tìm thấy báo cáo này").sees_no(
        "Trần Văn An"
    )
    officer.says("/baocao").sees_no("Kính gửi")


def test_the_head_switches_it_on_and_off(stage):
    officer = stage.player(colleague(stage))
    head = stage.head.says("/caidat").taps("Đơn vị của tôi")
    head.sees("thủ trưởng tự điền và gửi báo cáo.", "Cán bộ đầu mối: Tạ Văn Phúc.")
    head.taps("Đầu mối chuẩn bị").sees("cán bộ đầu mối chuẩn bị báo cáo, thủ trưởng xem và gửi.")
    officer.says("/baocao").sees("Đồng chí chuẩn bị báo cáo")
    head.taps("Tự chuẩn bị").sees("thủ trưởng tự điền")
    officer.says("/baocao").sees_no("Đồng chí chuẩn bị báo cáo")
    other = stage.player(stage.cast.other_head)
    other.presses(f"hn:{base36(stage.cast.unit)}:1").sees(
        "Đơn vị này không thuộc phạm vi đồng chí phụ trách."
    )
    with stage.database.reading() as session:
        assert session.get(Organisation, stage.cast.unit).options == {"liaison_prepares": False}


# --- nobody else ---


def test_only_who_belongs_to_it_opens_a_report(stage):
    mate = handed(stage, colleague(stage))
    assert mate.person_id == report_of(stage).handed_to
    mark = "Trần Văn An đi muộn"
    for who in (
        stage.learner,
        stage.lecturer,
        stage.director,
        stage.registrar,
        stage.player(stage.cast.other_head),
    ):
        for key in ("bo", "bn", "he", "hd"):
            who.presses(f"{key}:{base36(stage.cast.report)}").sees_no(mark)
        who.presses(f"hf:{base36(stage.cast.report)}:0").sees_no(mark)
    assert report_of(stage).handed_to == mate.person_id


def test_a_grant_begins_a_deputy_from_the_command_line(stage):
    from storage.joining.grants import give
    from storage.people.people import Person

    person_id = colleague(stage, role=Role.LECTURER)
    with stage.database.transaction() as session:
        one = session.get(Person, person_id)
        day = date(2026, 11, 16)
        assert give(session, one, Role.UNIT_HEAD, stage.time, day, unit_id=stage.cast.unit, is_deputy=True)
        assert not give(
            session, one, Role.UNIT_HEAD, stage.time, day, unit_id=stage.cast.unit, is_deputy=True
        )
        with pytest.raises(LookupError):
            give(session, one, Role.UNIT_HEAD, stage.time, day, unit_id=stage.cast.empty_unit, is_deputy=True)
        given = session.exec(
            select(Grant).where(Grant.person_id == person_id, Grant.role == Role.UNIT_HEAD)
        ).one()
        principal = session.exec(select(Grant.id).where(Grant.person_id == stage.cast.head)).one()
        assert given.deputy_of == principal
    stage.ticks()
    assert stage.player(person_id).says("/baocao").sees("Đồng chí ký thay")


def test_a_chat_that_was_unbound_cannot_be_handed_anything(stage):
    mate = stage.player(colleague(stage))
    stage.head.says("/baocao").taps("Giao người khác").taps(NAME)
    with stage.database.transaction() as session:
        session.exec(select(Contact).where(Contact.person_id == mate.person_id)).one().state = "closed"
    stage.head.taps("Giao báo cáo").sees("chưa liên kết")
    assert report_of(stage).handed_to is None
