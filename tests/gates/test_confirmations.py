"""Discipline confirmations (phiếu nhận xét, 002-13): asked before a gate, filled in with few taps, signed."""

from datetime import date

import pytest
from sqlalchemy import delete, text
from sqlmodel import select

from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass, Enrolment, RuleSet
from storage.gates.confirmations import DisciplineConfirmation, plan_gates, signed_remarks
from storage.messaging import timers
from storage.messaging.accounts import Abilities
from storage.people.offices import Trip
from storage.people.people import Consent, Grant, Person, Role
from tests.casts.centre import RULES, at, person
from tests.casts.reports import appoints, learner_id, moves_period
from tests.houses.dialogue import Stage
from tests.timetable.test_timetable import edit

EXAM = date(2026, 12, 10)  # a Thursday; units are asked on 26 November and answer by 7 December
ASKED = at(date(2026, 11, 26), 7, 30)


def set_gates(stage, **days: date) -> None:
    """The running class's type has the gates, the class its days, and the units are asked in time."""
    with stage.database.transaction() as session:
        row = session.exec(select(RuleSet)).first()
        row.rules = {**RULES, **row.rules, "gates": ["exam", "thesis", "graduation"]}
        course = session.get(CourseClass, stage.cast.running)
        course.gates = {gate: day.isoformat() for gate, day in (days or {"exam": EXAM}).items()}
        session.flush()
        plan_gates(session, SendingCalendar(), course, stage.time)


def signed(stage, gate: str = "exam") -> dict[str, DisciplineConfirmation]:
    """What has been signed, by name."""
    with stage.database.reading() as session:
        query = select(DisciplineConfirmation).where(DisciplineConfirmation.gate == gate)
        rows = [row for row in session.exec(query.order_by(DisciplineConfirmation.id)) if row.revision]
        found = {session.get(Person, row.person_id).name: row for row in rows}
        session.expunge_all()
        return found


def row_of(stage, name: str) -> int:
    with stage.database.reading() as session:
        query = select(DisciplineConfirmation.id).where(
            DisciplineConfirmation.person_id == learner_id(stage, name), DisciplineConfirmation.gate == "exam"
        )
        return session.exec(query).one()


@pytest.fixture
def asked(stage):
    head = stage.head
    set_gates(stage)
    stage.moves_to(ASKED)
    return head


def test_the_unit_is_asked_ten_working_days_before_in_sending_hours(stage):
    head, learner = stage.head, stage.learner
    set_gates(stage)
    stage.moves_to(at(date(2026, 11, 26), 7, 29))
    assert head.messages() == []
    stage.moves_to(ASKED)
    head.sees(
        "Kính gửi đồng chí Lê Văn Bình.", "Phiếu nhận xét của đơn vị trước khi thi tốt nghiệp (10/12/2026)"
    )
    head.sees("Lớp Trung cấp A1, Trường THCS Lê Lợi, 12 học viên.", "chậm nhất thứ Hai, 07/12")
    head.sees("đây chưa phải là kết luận về học viên")
    assert head.last.labels == ["Xem danh sách", "Nhận xét từng người", "Quay lại"]
    assert learner.messages() == []


def test_how_many_days_before_is_the_rule_sets(stage):
    with stage.database.transaction() as session:
        row = session.exec(select(RuleSet)).first()
        row.rules = {**row.rules, "confirm_days": 5}
    head = stage.head
    set_gates(stage)
    stage.moves_to(at(date(2026, 12, 3), 7, 29))
    assert head.messages() == []
    stage.moves_to(at(date(2026, 12, 3), 7, 30))
    head.sees("Phiếu nhận xét")


def test_all_good_and_eligible_takes_three_taps_and_only_after_the_list_was_seen(asked, stage):
    assert "Tất cả đủ điều kiện" not in asked.last.labels
    before = asked.taps_made
    asked.taps("Xem danh sách").sees("Nguyễn Thị Minh Hạnh")
    asked.taps("Tất cả đủ điều kiện").sees(
        "Phiếu CHƯA xác nhận, CHƯA gửi.",
        "12 học viên: các mục đều tốt",
        "Tư cách xác nhận: thủ trưởng đơn vị.",
    )
    assert signed(stage) == {}
    asked.taps("Xác nhận và gửi").sees(
        "Trung tâm đã nhận phiếu nhận xét.", "nhận xét của đơn vị về 12/12 học viên"
    )
    asked.sees("12 học viên: các mục đều tốt")
    assert asked.taps_made == before + 3
    asked.sees("Người xác nhận: đồng chí Lê Văn Bình (thủ trưởng đơn vị), 7 giờ 30, thứ Năm, 26/11.")
    rows = signed(stage)
    assert len(rows) == 12
    assert {(row.conclusion, row.capacity, row.signed_by, row.revision) for row in rows.values()} == {
        ("eligible", "head", stage.cast.head, 1)
    }


def test_an_exception_first_then_all_the_others(asked, stage):
    """Not eligible: two taps and a reason; what is left of him is asked after the others are done."""
    before = asked.taps_made
    asked.taps("Xem danh sách").taps("Phạm Thị Cúc").taps("Không đủ điều kiện").sees(
        "đề nghị đồng chí ghi rõ lý do"
    )
    asked.says("Đang bị xem xét kỷ luật.").sees("Đã lưu, đồng chí Phạm Thị Cúc: kết luận KHÔNG đủ điều kiện")
    asked.taps("Tất cả đủ điều kiện").sees("Phạm Thị Cúc", "Phẩm chất:")
    asked.taps("Khá").sees("Ý thức tổ chức kỷ luật:").taps("Chưa đạt").sees("Hoàn thành nhiệm vụ:").taps(
        "Đạt"
    )
    asked.sees("Kỷ luật (nếu có):").taps("Nhận xét khác").says("Khiển trách, ngày 01/11/2026")
    asked.sees(
        "11 học viên: các mục đều tốt", "- Phạm Thị Cúc: phẩm chất khá; ý thức tổ chức kỷ luật chưa đạt;"
    )
    asked.sees(
        "“Khiển trách, ngày 01/11/2026”; kết luận KHÔNG đủ điều kiện; lý do “Đang bị xem xét kỷ luật.”"
    )
    asked.taps("Xác nhận và gửi")
    assert asked.taps_made == before + 9
    said = signed_remarks(signed(stage)["Phạm Thị Cúc"])
    assert (said.qualities, said.discipline, said.duties) == ("fair", "failed", "passed")
    assert (said.sanction, said.conclusion, said.reason) == (
        "Khiển trách, ngày 01/11/2026", "not_eligible", "Đang bị xem xét kỷ luật.",
    )  # fmt: skip


def test_an_exception_after_all_the_others_takes_three_taps_more(asked, stage):
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xem danh sách")
    before = asked.taps_made
    asked.taps("[x] Phạm Thị Cúc").taps("Hoàn thành nhiệm vụ").taps("Khá").sees(
        "Đã lưu, đồng chí Phạm Thị Cúc: hoàn thành nhiệm vụ khá"
    )
    assert asked.taps_made == before + 3
    asked.taps("Xem lại, xác nhận").taps("Xác nhận và gửi")
    assert signed_remarks(signed(stage)["Phạm Thị Cúc"]).duties == "fair"


def test_a_refusal_needs_a_reason(asked, stage):
    asked.taps("Xem danh sách").taps("Phạm Thị Cúc").taps("Không đủ điều kiện")
    asked.says("  ").sees("chưa có nội dung", "đề nghị đồng chí ghi rõ lý do")
    asked.says("x" * 501).sees("501 ký tự", "đề nghị đồng chí ghi rõ lý do")
    asked.says("/nhanxet").taps("Xem danh sách").taps("Tất cả đủ điều kiện").sees("Phạm Thị Cúc (4/12)")
    asked.taps("Tốt").taps("Chưa đạt").taps("Tốt").taps("Không có").sees("đề nghị đồng chí ghi rõ lý do")
    asked.says("Đang bị xem xét kỷ luật.").sees(
        "11 học viên: các mục đều tốt", "lý do “Đang bị xem xét kỷ luật.”"
    )


def test_one_after_the_other_is_kept_at_every_tap_and_resumes(asked, stage):
    asked.taps("Nhận xét từng người").sees("(1/12)", "Phẩm chất:")
    for label in ("Tốt", "Khá", "Đạt", "Không có", "Đủ điều kiện"):
        asked.taps(label)
    asked.sees("(2/12)", "Phẩm chất:").taps("Tốt")
    asked.says("/nhanxet").sees("Tiếp tục 1/12")
    asked.taps("Tiếp tục 1/12").sees("(2/12)", "Ý thức tổ chức kỷ luật:")
    assert signed(stage) == {}


def test_words_of_ones_own_take_the_place_of_a_rating(asked, stage):
    asked.taps("Nhận xét từng người").taps("Nhận xét khác").sees("nhắn trong một tin nội dung mục")
    asked.says("Lập trường vững vàng").sees("Ý thức tổ chức kỷ luật:")
    for label in ("Tốt", "Tốt", "Không có", "Đủ điều kiện"):
        asked.taps(label)
    asked.says("/nhanxet").taps("Xem danh sách").taps("Tất cả đủ điều kiện").sees(
        "phẩm chất “Lập trường vững vàng”"
    )


def test_what_is_signed_stays_until_it_is_signed_anew(asked, stage):
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")
    asked.taps("Xem danh sách").taps("[x] Trần Văn An").taps("Phẩm chất").taps("Khá")
    assert signed_remarks(signed(stage)["Trần Văn An"]).qualities == "good"
    asked.says("/nhanxet").sees("Có nội dung đã sửa nhưng CHƯA xác nhận.")
    asked.taps("Xem lại, xác nhận").sees("- Trần Văn An: phẩm chất khá").sees_no(
        "11 học viên: các mục đều tốt"
    )
    asked.taps("Xác nhận và gửi")
    rows = signed(stage)
    assert (signed_remarks(rows["Trần Văn An"]).qualities, rows["Trần Văn An"].revision) == ("fair", 2)
    assert rows["Lê Văn Bình"].revision == 1


def test_a_part_can_be_signed_and_the_rest_later(asked, stage):
    asked.taps("Nhận xét từng người")
    for label in ("Tốt", "Tốt", "Tốt", "Không có", "Đủ điều kiện"):
        asked.taps(label)
    ids = f"{stage.cast.running}:{stage.cast.unit}:0"
    asked.presses(f"go:{ids}").sees("01 học viên: các mục đều tốt", "Còn 11 học viên chưa nhận xét xong.")
    asked.taps("Xác nhận và gửi").sees(
        "nhận xét của đơn vị về 1/12 học viên", "Còn 11 học viên chưa có nhận xét"
    )


def test_an_old_button_to_sign_shows_what_has_changed(asked, stage):
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện")
    old = next(button["data"] for button in asked.last.buttons if button["label"] == "Xác nhận và gửi")
    asked.taps("Xem danh sách").taps("[x] Trần Văn An").taps("Phẩm chất").taps("Khá")
    asked.presses(old).sees("Nội dung vừa thay đổi", "Trần Văn An: phẩm chất khá")
    assert signed(stage) == {}
    asked.taps("Xác nhận và gửi")
    asked.presses(old).sees("nhận xét của đơn vị về 12/12 học viên")
    assert {row.revision for row in signed(stage).values()} == {1}


def test_from_the_day_of_the_gate_on_nothing_changes(asked, stage):
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện")
    sign = next(button["data"] for button in asked.last.buttons if button["label"] == "Xác nhận và gửi")
    rate = f"gr:{row_of(stage, 'Trần Văn An')}:0:0:1"
    stage.moves_to(at(date(2026, 12, 9), 23))
    asked.presses(rate).sees("Đã lưu, đồng chí Trần Văn An")
    stage.moves_to(at(EXAM, 0, 1))
    for data in (sign, rate):
        asked.presses(data).sees("không sửa phiếu nhận xét ở đây được nữa")
    assert signed(stage) == {}


def test_the_reminder_comes_the_day_before_it_is_due_to_whoever_has_not_signed(stage):
    asked, other = stage.head, stage.player(stage.cast.other_head)
    set_gates(stage)
    stage.moves_to(ASKED)
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")
    asked.reads()
    other.reads()
    stage.moves_to(at(date(2026, 12, 4), 7, 30))
    other.sees("Trung tâm kính nhắc: còn 01 học viên chưa có nhận xét của đơn vị.")
    assert asked.news() == []
    stage.moves_to(at(EXAM, 12))
    assert len(other.news()) == 1


def test_a_deputy_signs_for_the_head(stage):
    with stage.database.transaction() as session:
        deputy = person(session, stage.cast.centre, "Tạ Văn Phúc", stage.cast.unit, stage.time)
        of = session.exec(select(Grant).where(Grant.person_id == stage.cast.head)).one()
        told = {"centre_id": stage.cast.centre, "organisation_id": stage.cast.unit, "deputy_of": of.id}
        session.add(Grant(person_id=deputy, role=Role.UNIT_HEAD, **told))
        days = {"from_date": date(2026, 11, 20), "to_date": date(2026, 12, 31), "said_at": stage.time}
        session.add(Trip(person_id=stage.cast.head, **days))
    head, deputy = stage.head, stage.player(deputy)
    set_gates(stage)
    stage.moves_to(ASKED)
    assert head.messages() == []
    deputy.taps("Xem danh sách").taps("Tất cả đủ điều kiện").sees("Tư cách xác nhận: ký thay.").taps(
        "Xác nhận và gửi"
    )
    deputy.sees("Tạ Văn Phúc (ký thay)")
    assert {row.capacity for row in signed(stage).values()} == {"deputy"}


def test_learners_without_consent_are_left_to_paper(stage):
    with stage.database.transaction() as session:
        session.add(
            Consent(person_id=stage.cast.learners[3], purpose="sensitive", given=False, at=stage.time)
        )
    head = stage.head
    set_gates(stage)
    stage.moves_to(ASKED)
    head.sees("11 học viên.", "bằng văn bản").taps("Xem danh sách").sees_no("Phạm Thị Cúc")


def test_remarks_are_left_to_paper_for_who_agreed_before_they_were_asked_about(stage):
    """The former wording said nothing of what the unit tells: it counts for marks and conduct alone."""
    cuc = stage.player(stage.cast.learners[3])
    with stage.database.transaction() as session:
        session.execute(delete(Consent).where(Consent.person_id == cuc.person_id))
        for purpose in ("basic", "sensitive"):
            session.add(
                Consent(person_id=cuc.person_id, purpose=purpose, given=True, version=1, at=stage.time)
            )
    head = stage.head
    set_gates(stage)
    stage.moves_to(ASKED)
    head.sees("11 học viên.", "bằng văn bản").taps("Xem danh sách").sees_no("Phạm Thị Cúc")
    head.says("/baocao").sees("12 học viên")
    cuc.says("/menu").taps("Xem nội dung đồng ý").taps("Đồng ý").taps("Đồng ý")
    head.says("/nhanxet").sees("12 học viên")


def test_three_gates_are_three_separate_sheets(stage):
    head = stage.head
    set_gates(stage, exam=EXAM, thesis=EXAM, graduation=date(2026, 12, 14))
    stage.moves_to(at(date(2026, 11, 30), 8))
    head.says("/nhanxet").sees(
        "Đồng chí chọn phiếu nhận xét nào?", "thi tốt nghiệp, Trung cấp A1", "xét tốt nghiệp"
    )
    head.taps("thi tốt nghiệp").taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")
    assert (len(signed(stage)), signed(stage, "thesis"), signed(stage, "graduation")) == (12, {}, {})


def test_a_gate_the_rules_do_not_have_is_not_asked_for(stage):
    head = stage.head
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.running)
        course.gates = {"exam": EXAM.isoformat()}
        plan_gates(session, SendingCalendar(), course, stage.time)
    stage.moves_to(at(EXAM, 12))
    assert head.messages() == []
    head.says("/nhanxet").sees("Hiện chưa có đề nghị nhận xét học viên nào.")


def test_a_gate_that_is_moved_is_asked_for_on_its_new_day_only(stage):
    head = stage.head
    set_gates(stage)
    set_gates(stage, exam=date(2026, 12, 17))
    stage.moves_to(ASKED)
    assert head.messages() == []
    stage.moves_to(at(date(2026, 12, 3), 8))
    head.sees("thi tốt nghiệp (17/12/2026)")
    assert len(head.messages()) == 1


def test_asked_late_it_is_due_before_the_gate_all_the_same(stage):
    head = stage.head
    set_gates(stage, exam=date(2026, 11, 18))
    stage.ticks()
    head.sees("thi tốt nghiệp (18/11/2026)", "chậm nhất thứ Ba, 17/11")


def test_a_learner_who_came_since_is_on_the_sheet(asked, stage):
    with stage.database.transaction() as session:
        new = person(session, stage.cast.centre, "Chu Văn Biên", stage.cast.unit, stage.time)
        session.add(
            Enrolment(class_id=stage.cast.running, person_id=new, organisation_id=stage.cast.unit, from_date=date(2026, 11, 26))
        )  # fmt: skip
    asked.says("/nhanxet").sees("13 học viên").taps("Xem danh sách").sees("Chu Văn Biên")


def test_who_binds_later_is_asked_then(stage):
    with stage.database.transaction() as session:
        moves_period(
            session, stage.cast.period, opens_at=at(date(2030, 1, 1), 8)
        )  # its report is out of the way
    set_gates(stage)
    stage.moves_to(ASKED)
    binds(stage).sees("Phiếu nhận xét của đơn vị trước khi thi tốt nghiệp")


def test_who_binds_later_is_asked_for_one_thing_at_a_time(stage):
    """His report is due first: the remarks come once it is sent."""
    set_gates(stage)
    stage.moves_to(ASKED)
    head = binds(stage).sees("báo cáo nền nếp tháng 11").sees_no("Phiếu nhận xét")
    head.taps("Tất cả nền nếp tốt").taps("Gửi")
    stage.ticks()
    head.sees("Mã biên nhận", "Phiếu nhận xét của đơn vị trước khi thi tốt nghiệp")


def binds(stage):
    head = stage.head
    with stage.database.transaction() as session:
        timers.plan(session, "bound", "1", stage.time, contact=head.contact().id)
    stage.ticks()
    return head


def test_a_unit_that_had_signed_is_reminded_of_a_learner_who_came_since(asked, stage):
    asked.taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")
    with stage.database.transaction() as session:
        new = person(session, stage.cast.centre, "Chu Văn Biên", stage.cast.unit, stage.time)
        session.add(
            Enrolment(class_id=stage.cast.running, person_id=new, organisation_id=stage.cast.unit, from_date=date(2026, 11, 26))
        )  # fmt: skip
    asked.says("/nhanxet").sees("13 học viên")
    asked.reads()
    stage.moves_to(at(date(2026, 12, 4), 7, 30))
    asked.sees("Trung tâm kính nhắc: còn 01 học viên chưa có nhận xét của đơn vị.")


def test_a_new_head_gets_the_sheet_that_is_open_once(asked, stage):
    new = stage.player(appoints(stage))
    stage.ticks()
    assert len([one for one in new.messages() if "Phiếu nhận xét của đơn vị" in one.text]) == 1
    new.taps("Xem danh sách").sees("Phạm Thị Cúc")


def test_nobody_but_the_units_head_reads_or_changes_it(asked, stage):
    row, ids = row_of(stage, "Phạm Thị Cúc"), f"{stage.cast.running}:{stage.cast.unit}:0"
    for reader in (stage.player(stage.cast.other_head), stage.learner, stage.lecturer, stage.registrar):
        for data in (
            f"gb:{ids}",
            f"gl:{ids}:0",
            f"ge:{ids}",
            f"gn:{ids}",
            f"gs:{ids}:1",
            f"gp:{row}",
            f"gr:{row}:0:0:0",
        ):
            reader.presses(data).sees_no("Phạm Thị Cúc", "Hoàng Đình Dũng")
    asked.says("/nhanxet").sees("Nhận xét từng người")


def test_what_a_unit_says_is_sealed_in_the_database(asked, stage):
    asked.taps("Xem danh sách").taps("Phạm Thị Cúc").taps("Không đủ điều kiện").says(
        "Đang bị xem xét kỷ luật."
    )
    with stage.database.reading() as session:
        raw = session.execute(text("SELECT sanction, qualities FROM discipline_confirmation")).all()
    assert not [one for row in raw for one in row if one and "xem xét".encode() in bytes(one)]


def test_without_buttons_four_messages_do(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    head = stage.head.types("/menu")
    stage.arrives()
    set_gates(stage)
    stage.moves_to(ASKED)
    before = head.taps_made
    head.types("xem danh sách").types("tất cả đủ điều kiện").types("xác nhận và gửi").sees(
        "nhận xét của đơn vị về 12/12 học viên"
    )
    assert head.taps_made == before + 3


def test_five_buttons_and_numbers_reach_a_learner_too(database):
    stage = Stage(database, abilities=Abilities(buttons=5))
    head = stage.head.types("/menu")
    stage.arrives()
    set_gates(stage)
    edit(stage, Person, stage.cast.learners[3], name="Phạm Thị Cúc Phương")
    stage.moves_to(ASKED)
    head.types("xem danh sách").types("4").types("hoàn thành nhiệm vụ").types("khá")
    head.sees("Đã lưu, đồng chí Phạm Thị Cúc Phương: hoàn thành nhiệm vụ khá")
