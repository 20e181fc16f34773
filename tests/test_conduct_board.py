"""The registrar's list: who has reported, who has not, and why."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import update
from sqlmodel import select

from storage.audit import Audit
from storage.conduct import ConductReport
from storage.courses import Enrolment
from storage.outbox import outbox
from storage.people import Centre, Consent, Contact, Grant, Organisation, Person
from tests.cast import at
from tests.conduct_cast import another_head, another_report, base36, learner_id, no_roll_call, report_of

UNIT, OTHER_UNIT = "Trường THCS Lê Lợi", "Trạm Y tế phường A"


def sends(stage) -> None:
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")


def rows_of(content: bytes) -> list[list]:
    sheet = load_workbook(BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_who_has_reported_is_one_tap_away(stage):
    sends(stage)
    stage.passes(minutes=90)
    registrar = stage.registrar
    registrar.says("menu")
    registrar.taps_made = 0
    registrar.taps("Tình hình báo cáo")
    assert registrar.taps_made == 1
    registrar.sees("Báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1")
    registrar.sees("Đã gửi: 1/2 đơn vị. Hạn: 17 giờ, thứ Năm, 03/12.")
    registrar.sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Hai, 16/11; lần 1; 01 học viên cần nêu")
    registrar.sees(f"{OTHER_UNIT}: CHƯA gửi; thủ trưởng chưa liên kết")
    text = registrar.last.text
    assert text.index(OTHER_UNIT) < text.index(UNIT), "what is missing stands first"


@pytest.mark.parametrize("who", ["registrar", "director"])
def test_staff_get_the_list_by_the_command_too(stage, who):
    getattr(stage, who).says("báo cáo").sees("Đã gửi: 0/2 đơn vị.")


@pytest.mark.parametrize("who", ["learner", "lecturer", "head"])
def test_nobody_else_sees_the_list_or_a_report_of_it(stage, who):
    sends(stage)
    player = getattr(stage, who)
    report, period = base36(stage.cast.report), base36(stage.cast.period)
    for data in ("bs", "by:0", f"bz:{period}", f"be:{period}", f"bq:{period}:0", f"bv:{report}:0"):
        player.presses(data)
        player.sees_no("đơn vị. Hạn", UNIT + ":", "Trần Văn An", "Mã biên nhận")
        assert player.last.document is None


def test_staff_of_another_centre_see_nothing_of_it(stage):
    sends(stage)
    with stage.database.transaction() as session:
        centre = Centre(name="Trung tâm khác")
        session.add(centre)
        session.flush()
        stranger = Person(centre_id=centre.id, name="Người Khác", folded="nguoi khac", sort_text="1")
        session.add(stranger)
        session.flush()
        session.add(Grant(person_id=stranger.id, role="registrar", centre_id=centre.id))
        person_id = stranger.id
    player = stage.player(person_id)
    player.says("/baocao").sees("Chưa có lớp nào đến kỳ báo cáo nền nếp.")
    report, period = base36(stage.cast.report), base36(stage.cast.period)
    for data in (f"bz:{period}", f"be:{period}", f"bq:{period}:0", f"bv:{report}:0"):
        player.presses(data).sees("Không tìm thấy báo cáo này")


# --- why it is missing ---


def told(stage, what: str, state: str, report: int | None = None) -> None:
    """The platform's answer to a prompt or reminder of the head."""
    key = f"report:{report or stage.cast.report}:{what}:{stage.cast.head}"
    with stage.database.transaction() as session:
        values = {"state": state, "sent_at": stage.time if state == "sent" else None}
        assert session.execute(update(outbox).where(outbox.c.key == key).values(**values)).rowcount == 1


def prompted(stage, *, until: str = "open") -> None:
    with stage.database.transaction() as session:
        stage.table.tick(stage.desk(session), "conduct_open", {"report": stage.cast.report})
    if until == "remind":
        stage.passes(days=8)
        with stage.database.transaction() as session:
            stage.table.tick(stage.desk(session), "conduct_remind", {"report": stage.cast.report})


def sees_why(stage, why: str) -> None:
    stage.registrar.says("/baocao").sees(f"{UNIT}: CHƯA gửi; {why}")


def test_a_head_who_is_not_bound_is_why(stage):
    sees_why(stage, "thủ trưởng chưa liên kết")


def test_a_head_who_blocked_us_is_why(stage):
    assert stage.head
    with stage.database.transaction() as session:
        session.exec(select(Contact).where(Contact.person_id == stage.cast.head)).one().state = "unreachable"
    sees_why(stage, "không liên lạc được với thủ trưởng")


def test_a_unit_without_a_head_is_why(stage):
    with stage.database.transaction() as session:
        for grant in session.exec(select(Grant).where(Grant.person_id == stage.cast.head)):
            grant.to_date = date(2026, 11, 1)
    sees_why(stage, "chưa có thủ trưởng trong danh sách")


def test_one_nobody_was_asked_for_yet_says_so(stage):
    assert stage.head
    sees_why(stage, "chưa gửi đề nghị")


def test_a_prompt_without_an_answer_is_why(stage):
    assert stage.head
    prompted(stage)
    sees_why(stage, "chưa gửi đề nghị")
    told(stage, "open", "sent")
    sees_why(stage, "đã gửi đề nghị lúc 9 giờ, thứ Hai, 16/11, chưa trả lời")


def test_a_prompt_that_did_not_get_through_is_why(stage):
    assert stage.head
    prompted(stage)
    told(stage, "open", "failed")
    sees_why(stage, "tin nhắn gửi không tới")


def test_a_reminder_is_why(stage):
    assert stage.head
    prompted(stage, until="remind")
    told(stage, "open", "sent")
    told(stage, "remind", "sent")
    sees_why(stage, "đã nhắc lúc 9 giờ, thứ Ba, 24/11")


def test_a_half_done_report_says_how_far_it_is(stage):
    no_roll_call(stage)
    stage.head.says("/baocao").taps("Có học viên cần nêu")
    for name in ("Phạm Thị Cúc", "Đỗ Thị Giang", "Ngô Thị Mai", "Vũ Quốc Hùng", "Lý Thị Ngọc"):
        stage.head.taps(name)
    sees_why(stage, "đang làm 7/12")


def test_a_period_to_come_is_not_a_fault(stage):
    another_report(stage, name="Lớp sau", opens_at=at(date(2026, 11, 25), 8))
    registrar = stage.registrar
    registrar.says("/baocao").sees("Trung cấp A1").taps("Xem thêm").taps("Kỳ, lớp, đơn vị").taps(
        "Kỳ khác"
    ).taps("Lớp sau").sees(f"{UNIT}: CHƯA gửi; chưa đến kỳ")


def test_who_refused_is_reported_on_paper_and_not_counted_as_missing(stage):
    with stage.database.transaction() as session:
        refusal = Consent(person_id=stage.cast.other_learner, purpose="sensitive", given=False, at=stage.time)
        session.add(refusal)
    stage.registrar.says("/baocao").sees(
        "Đã gửi: 0/1 đơn vị.", f"{OTHER_UNIT}: CHƯA gửi; 01 học viên báo cáo bằng văn bản."
    )


def test_a_unit_whose_learners_left_is_not_counted_as_missing(stage):
    with stage.database.transaction() as session:
        query = select(Enrolment).where(Enrolment.person_id == stage.cast.other_learner)
        for row in session.exec(query):
            row.from_date = row.to_date = date(2026, 10, 1)
            row.from_date = date(2026, 9, row.id % 28 + 1)
    stage.registrar.says("/baocao").sees("Đã gửi: 0/1 đơn vị.", "không có học viên trong kỳ")


def test_a_report_sent_late_says_so(stage):
    stage.moves_to(at(date(2026, 12, 4), 9))
    sends(stage)
    stage.registrar.says("/baocao").sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Sáu, 04/12 (sau hạn); lần 1")


# --- choosing a period ---


def test_the_period_opened_last_comes_first_and_another_can_be_chosen(stage):
    another_report(stage, name="Lớp mới mở", opens_at=at(date(2026, 11, 16), 8, 30))
    registrar = stage.registrar
    registrar.says("/baocao").sees("lớp Lớp mới mở", "Đã gửi: 0/1 đơn vị.")
    registrar.taps("Xem thêm").taps("Kỳ, lớp, đơn vị").taps("Kỳ khác").taps("Trung cấp A1, tháng 11").sees(
        "lớp Trung cấp A1", "0/2 đơn vị"
    )


def test_a_centre_without_any_period_says_so(stage):
    with stage.database.transaction() as session:
        from storage.conduct import ReportPeriod

        for report in session.exec(select(ConductReport)):
            session.delete(report)
        session.flush()
        session.delete(session.get(ReportPeriod, stage.cast.period))
    stage.registrar.says("/baocao").sees("Chưa có lớp nào đến kỳ báo cáo nền nếp.")


@pytest.mark.parametrize(
    "data", ["bz:zz", "be:zz", "bq:zz:0", "bv:zz:0", f"bv:{base36(2**63 - 1)}:-5", "bz:-1"]
)
def test_what_is_not_there_is_said_and_leads_on(stage, data):
    stage.registrar.presses(data).sees("Không tìm thấy báo cáo này").taps("Tình hình báo cáo").sees(
        "0/2 đơn vị"
    )


# --- reading what was sent ---


def test_staff_read_what_was_sent_and_the_log_shows_it(stage):
    stage.head.says("/baocao").taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    stage.head.says("Nói <i>chuyện</i>").taps("Gửi")
    registrar = stage.registrar
    registrar.says("/baocao").taps("Xem thêm").taps("Xem báo cáo").taps(UNIT)
    registrar.sees("Đã nhận báo cáo của Trường THCS Lê Lợi: 10 học viên nền nếp tốt; 02 học viên cần nêu.")
    registrar.sees(
        "- đồng chí Trần Văn An, đi muộn 2 buổi",
        "đồng chí Đỗ Thị Giang, đạo đức (ghi chú: Nói <i>chuyện</i>)",
    )
    assert registrar.last.wire["private"] is True
    assert "&lt;i&gt;" in registrar.last.html
    assert registrar.last.labels == ["Quay lại"], "read-only"
    with stage.database.reading() as session:
        log = [
            (row.action, row.actor_id, row.actor_role, row.about_id) for row in session.exec(select(Audit))
        ]
    for name in ("Trần Văn An", "Đỗ Thị Giang"):
        assert ("conduct_seen", stage.cast.registrar, "registrar", learner_id(stage, name)) in log


def test_what_is_being_corrected_is_not_read_before_it_is_sent(stage):
    sends(stage)
    stage.head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    stage.director.presses(f"bv:{base36(stage.cast.report)}:0").sees("đi muộn").sees_no("Phạm Thị Cúc")


def test_a_report_that_was_not_sent_cannot_be_read(stage):
    stage.head.says("/baocao").taps("Có học viên cần nêu").taps("Đỗ Thị Giang")
    stage.registrar.presses(f"bv:{base36(stage.cast.report)}:0").sees("báo cáo chưa được gửi").sees_no(
        "Giang"
    )


def test_a_report_with_many_long_notes_is_read_page_by_page(stage):
    head = stage.head
    head.says("/baocao").taps("Có học viên cần nêu")
    names = ("Phạm Thị Cúc", "Đỗ Thị Giang", "Ngô Thị Mai", "Vũ Quốc Hùng", "Lý Thị Ngọc")
    for name in names:
        head.taps(name)
    head.taps("Cùng nội dung").taps("Đạo đức").says("a" * 1000)
    head.taps("Gửi")
    registrar = stage.registrar
    registrar.says("/baocao").taps("Xem thêm").taps("Xem báo cáo").taps(UNIT)
    pages = [registrar.last.text]
    while "Trang sau" in registrar.last.labels:
        pages.append(registrar.taps("Trang sau").last.text)
    assert len(pages) <= 3
    assert all(len(page) < 4096 for page in pages)
    assert sum(page.count("a" * 1000) for page in pages) == 5
    assert all(any(name in page for page in pages) for name in names)


# --- as Excel ---


def test_the_file_has_every_unit_with_its_head_and_runs_no_formula(stage):
    sends(stage)
    with stage.database.transaction() as session:
        session.get(Organisation, stage.cast.other_unit).name = '=HYPERLINK("http://x")'
        session.get(Person, stage.cast.other_head).name = "+SUM(1)"
        phone = session.get(Person, stage.cast.other_head).phone
    registrar = stage.registrar
    registrar.says("/baocao").taps("Xem thêm").taps("Tệp Excel").sees(
        "Tình hình gửi báo cáo nền nếp tháng 11"
    )
    name, content = registrar.file()
    assert name.endswith(".xlsx")
    rows = rows_of(content)
    assert next(row for row in rows if row[0] == "TT")[:3] == ["TT", "Đơn vị", "Tình trạng"]
    sent = next(row for row in rows if row[1] == UNIT)
    assert sent[2] == "đã gửi"
    assert (sent[4], sent[5], sent[6], sent[7]) == (1, 12, 1, "Lê Văn Bình")
    missing = next(row for row in rows if row[0] == 1)
    assert "HYPERLINK" in missing[1]
    assert missing[2] == "thủ trưởng chưa liên kết"
    assert phone in missing[8]
    sheet = load_workbook(BytesIO(content)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_long_list_of_units_is_cut_and_the_file_has_them_all(stage):
    with stage.database.transaction() as session:
        for number in range(90):
            name = f"Đơn vị có một cái tên khá dài, số thứ tự là {number:03d}"
            unit = Organisation(centre_id=stage.cast.centre, name=name, folded=name.lower())
            session.add(unit)
            session.flush()
            session.add(ConductReport(period_id=stage.cast.period, organisation_id=unit.id))
            row = Enrolment(
                class_id=stage.cast.running, person_id=learner_id(stage, "Trần Văn An"),
                organisation_id=unit.id, from_date=date(2026, 11, 2),
            )  # fmt: skip
            session.add(row)
    registrar = stage.registrar
    registrar.says("/baocao").sees("0/92 đơn vị", "đơn vị nữa, xem đầy đủ trong tệp Excel.")
    assert len(registrar.last.text) < 4096
    registrar.taps("Xem thêm").taps("Tệp Excel")
    assert len([row for row in rows_of(registrar.file()[1]) if isinstance(row[0], int)]) == 92


def test_a_head_who_is_also_staff_gets_his_report_first_and_the_list_from_the_menu(stage):
    person_id = another_head(stage, stage.cast.unit)
    with stage.database.transaction() as session:
        session.add(Grant(person_id=person_id, role="director", centre_id=stage.cast.centre))
    both = stage.player(person_id)
    both.says("/baocao").sees("Kính gửi đồng chí")
    both.says("tình hình báo cáo").sees("0/2 đơn vị")
    assert report_of(stage).state == "open"
