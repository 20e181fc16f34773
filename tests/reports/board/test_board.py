"""The registrar's list: who has reported, who has not, and why."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import update
from sqlmodel import select

from handlers.reports.board.grids import centre_months, class_grid, unit_grid
from locales import Language
from storage.courses.courses import CourseClass, Enrolment
from storage.messaging.accounts import Abilities
from storage.messaging.outbox import outbox
from storage.people.audit import Audit
from storage.people.offices import Trip
from storage.people.people import Centre, Consent, Contact, Grant, Organisation, Person
from storage.reports import boards, silence
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod
from storage.requests.prompts import Prompt
from tests.casts.boards import Counted, many_units
from tests.casts.centre import add_report, at, registrar_elsewhere
from tests.casts.reports import (
    another_head,
    another_report,
    base36,
    learner_id,
    no_roll_call,
    report_of,
    request_of,
    takes_step,
)
from tests.houses.dialogue import Stage

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
    registrar.sees("Đã gửi: 1/2 đơn vị. Hạn 17 giờ, thứ Năm, 03/12.")
    registrar.sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Hai, 16/11; lần gửi 1; 01 học viên cần nêu")
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
    player = stage.player(registrar_elsewhere(stage))
    player.says("/baocao").sees("Chưa có lớp nào đến kỳ báo cáo nền nếp.")
    report, period = base36(stage.cast.report), base36(stage.cast.period)
    for data in (f"bz:{period}", f"be:{period}", f"bq:{period}:0", f"bv:{report}:0"):
        player.presses(data).sees("Không tìm thấy báo cáo này")


# --- why it is missing ---


def told(stage, what: str, state: str, report: int | None = None) -> None:
    """The platform's answer to a prompt or reminder of the head."""
    with stage.database.transaction() as session:
        query = select(Prompt.outbox_id).where(Prompt.person_id == stage.cast.head, Prompt.step == what)
        row = session.exec(
            query.where(Prompt.request_id == request_of(session, report or stage.cast.report).id)
        ).one()
        values = {"state": state, "sent_at": stage.time if state == "sent" else None}
        session.execute(update(outbox).where(outbox.c.id == row).values(**values))


def prompted(stage, *, until: str = "open") -> None:
    with stage.database.transaction() as session:
        takes_step(stage, session, stage.cast.report, "open")
    if until == "remind":
        stage.passes(days=8)
        with stage.database.transaction() as session:
            takes_step(stage, session, stage.cast.report, "remind")


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
    sees_why(stage, "Trung tâm chưa đề nghị")


def test_a_prompt_without_an_answer_is_why(stage):
    assert stage.head
    prompted(stage)
    sees_why(stage, "Trung tâm chưa đề nghị")
    told(stage, "open", "sent")
    sees_why(stage, "đã gửi đề nghị lúc 9 giờ, thứ Hai, 16/11, chưa trả lời")


def test_a_prompt_that_did_not_get_through_is_why(stage):
    assert stage.head
    prompted(stage)
    told(stage, "open", "failed")
    sees_why(stage, "tin của Trung tâm không đến nơi")


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


def test_a_list_from_which_nobody_was_chosen_yet_is_only_begun(stage):
    """Then 12/12 would say that all is done."""
    no_roll_call(stage)
    stage.head.says("/baocao").taps("Có học viên cần nêu")
    sees_why(stage, "đang làm")
    stage.registrar.sees_no("12/12")


def test_a_period_to_come_is_not_a_fault(stage):
    another_report(stage, name="Lớp sau", opens_at=at(date(2026, 11, 25), 8))
    registrar = stage.registrar
    registrar.says("/baocao").sees("Trung cấp A1").taps("Mục khác").taps("Kỳ, lớp, đơn vị").taps(
        "Kỳ khác"
    ).taps("Lớp sau").sees(f"{UNIT}: CHƯA gửi; chưa đến kỳ")


def test_who_refused_is_reported_on_paper_and_not_counted_as_missing(stage):
    with stage.database.transaction() as session:
        refusal = Consent(person_id=stage.cast.other_learner, purpose="sensitive", given=False, at=stage.time)
        session.add(refusal)
    stage.registrar.says("/baocao").sees(
        "Đã gửi: 0/1 đơn vị.",
        f"{OTHER_UNIT}: không phải báo cáo; 01 học viên do đơn vị báo cáo riêng bằng văn bản.",
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
    stage.registrar.says("/baocao").sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Sáu, 04/12 (muộn 16 giờ); lần gửi 1")


# --- choosing a period ---


def test_the_period_opened_last_comes_first_and_another_can_be_chosen(stage):
    another_report(stage, name="Lớp mới mở", opens_at=at(date(2026, 11, 16), 8, 30))
    registrar = stage.registrar
    registrar.says("/baocao").sees("lớp mới mở", "Đã gửi: 0/1 đơn vị.")
    registrar.taps("Mục khác").taps("Kỳ, lớp, đơn vị").taps("Kỳ khác").taps("Trung cấp A1, tháng 11").sees(
        "lớp Trung cấp A1", "0/2 đơn vị"
    )


def test_a_centre_without_any_period_says_so(stage):
    with stage.database.transaction() as session:
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
    registrar.says("/baocao").taps("Mục khác").taps("Xem báo cáo").taps(UNIT)
    registrar.sees("Đã nhận báo cáo của Trường THCS Lê Lợi: 10 học viên nền nếp tốt; 02 học viên cần nêu.")
    registrar.sees(
        "- đồng chí Trần Văn An, đi muộn 2 buổi",
        "đồng chí Đỗ Thị Giang, cần nhắc nhở về đạo đức (ghi chú “Nói <i>chuyện</i>”)",
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
    stage.registrar.presses(f"bv:{base36(stage.cast.report)}:0").sees("Không tìm thấy báo cáo này").sees_no(
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
    registrar.says("/baocao").taps("Mục khác").taps("Xem báo cáo").taps(UNIT)
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
    registrar.says("/baocao").taps("Mục khác").taps("Tệp Excel").sees(
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
            add_report(session, session.get(ReportPeriod, stage.cast.period), unit.id)
            row = Enrolment(
                class_id=stage.cast.running, person_id=learner_id(stage, "Trần Văn An"),
                organisation_id=unit.id, from_date=date(2026, 11, 2),
            )  # fmt: skip
            session.add(row)
    registrar = stage.registrar
    registrar.says("/baocao").sees("0/92 đơn vị", "đơn vị nữa, xem đầy đủ trong tệp Excel.")
    assert len(registrar.last.text) < 4096
    registrar.taps("Mục khác").taps("Tệp Excel")
    assert len([row for row in rows_of(registrar.file()[1]) if isinstance(row[0], int)]) == 92


def test_a_head_who_is_also_staff_gets_his_report_first_and_the_list_from_the_menu(stage):
    person_id = another_head(stage, stage.cast.unit)
    with stage.database.transaction() as session:
        session.add(Grant(person_id=person_id, role="director", centre_id=stage.cast.centre))
    both = stage.player(person_id)
    both.says("/baocao").sees("Kính gửi đồng chí")
    both.says("tình hình báo cáo").sees("0/2 đơn vị")
    assert report_of(stage).state == "open"


# --- why, further reasons ---


def grants_trip(stage, person_id: int, until: date) -> None:
    with stage.database.transaction() as session:
        session.add(
            Trip(person_id=person_id, from_date=date(2026, 11, 16), to_date=until, said_at=stage.time)
        )


def deputy(stage) -> int:
    """A deputy of the unit's head, bound."""
    person_id = another_head(stage, stage.cast.unit, "Ngô Văn Phó")
    with stage.database.transaction() as session:
        head = session.exec(select(Grant).where(Grant.person_id == stage.cast.head)).one()
        session.exec(select(Grant).where(Grant.person_id == person_id)).one().deputy_of = head.id
    return stage.player(person_id).person_id


def changes_report(stage, **values) -> None:
    with stage.database.transaction() as session:
        report, request = (
            session.get(ConductReport, stage.cast.report),
            request_of(session, stage.cast.report),
        )
        for name, value in values.items():
            setattr(request if hasattr(request, name) else report, name, value)


def test_a_report_handed_on_says_to_whom_and_that_he_is_not_connected(stage):
    assert stage.head
    person_id = another_head(stage, stage.cast.unit)
    with stage.database.transaction() as session:
        session.exec(select(Grant).where(Grant.person_id == person_id)).one().role = "liaison_officer"
    changes_report(stage, handed_to=person_id)
    sees_why(stage, "đã giao đồng chí Tạ Văn Phúc; người được giao chưa liên kết")


def test_a_head_who_travels_says_until_when(stage):
    assert stage.head
    assert deputy(stage)
    grants_trip(stage, stage.cast.head, date(2026, 11, 20))
    sees_why(stage, "thủ trưởng đi công tác đến thứ Sáu, 20/11; Trung tâm chưa đề nghị")


def test_a_head_who_chose_to_be_reminded_later_says_when(stage):
    assert stage.head
    changes_report(stage, snoozed_until=at(date(2026, 11, 18), 8))
    sees_why(stage, "hẹn nhắc lại lúc 8 giờ, thứ Tư, 18/11")


def test_what_the_liaison_officer_has_prepared_says_so(stage):
    assert stage.head
    changes_report(stage, prepared_by=stage.cast.lecturer, state="filling")
    sees_why(stage, "đang làm 12/12; cán bộ đầu mối đã làm xong, chờ thủ trưởng gửi")


def test_a_message_that_waits_for_a_window_is_why(stage):
    assert stage.head
    prompted(stage)
    with stage.database.transaction() as session:
        session.execute(update(outbox).values(last_error="held:window"))
    sees_why(stage, "tin của Trung tâm còn chờ gửi")


def test_a_report_by_phone_counts_by_the_day_it_came(stage):
    sends(stage)
    with stage.database.transaction() as session:
        revision = session.exec(select(ConductRevision)).one()
        revision.sent_at, revision.source = at(date(2026, 12, 10), 9), "phone"
        revision.received_on = date(2026, 12, 3)
        session.get(ConductReport, stage.cast.report).sent_at = revision.sent_at
    stage.moves_to(at(date(2026, 12, 11), 9))
    stage.registrar.says("/baocao").sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Năm, 10/12; lần gửi 1")


# --- reminding ---


def reminded(stage, who) -> list[str]:
    """What the centre's reminders said to somebody."""
    return [seen.text for seen in who.messages() if "Trung tâm kính nhắc:" in seen.text]


def test_all_silent_units_are_reminded_in_two_taps(stage):
    head, registrar = stage.head.reads(), stage.registrar
    registrar.says("/baocao")
    registrar.taps_made = 0
    registrar.taps("Nhắc").sees(
        "Có thể nhắc 01 đơn vị.", "01 đơn vị không nhắc được", "Lời nhắc sẽ gửi ngay."
    )
    assert not reminded(stage, head)
    registrar.taps("Gửi nhắc").sees("Đã lập lời nhắc gửi 01 đơn vị.", "Đã gửi: 0/2 đơn vị.")
    assert registrar.taps_made == 2
    stage.ticks()
    head.sees(
        "Trung tâm kính nhắc: còn 12 học viên chưa có nhận xét nền nếp.", "Hạn: 17 giờ, thứ Năm, 03/12."
    )
    assert "Tất cả nền nếp tốt" in head.last.labels, "the reminder carries the card"
    with stage.database.reading() as session:
        log = session.exec(select(Audit).where(Audit.action == "conduct_nudged")).one()
        assert (log.actor_id, log.subject) == (stage.cast.registrar, f"conduct_report:{stage.cast.report}")


def test_nobody_is_reminded_twice_a_day_whoever_presses(stage):
    head = stage.head
    for staff in (stage.registrar, stage.director):
        staff.says("/baocao").taps("Nhắc").taps("Gửi nhắc")
    stage.ticks()
    assert len(reminded(stage, head)) == 1
    stage.registrar.says("/baocao").taps("Nhắc").sees("Có thể nhắc 0 đơn vị.").sees_no("[Gửi nhắc]")
    stage.registrar.presses(f"os:{base36(stage.cast.period)}").sees("Không còn đơn vị nào cần nhắc")
    stage.passes(days=1)
    stage.registrar.says("/baocao").taps("Nhắc").taps("Gửi nhắc")
    stage.ticks()
    assert len(reminded(stage, head)) == 2


def test_whoever_was_asked_today_is_not_reminded_today(stage):
    assert stage.head
    prompted(stage)
    stage.registrar.says("/baocao").taps("Nhắc").sees("Có thể nhắc 0 đơn vị.")


def test_a_reminder_waits_for_sending_hours_and_not_for_a_report_sent_meanwhile(stage):
    stage.moves_to(at(date(2026, 11, 16), 20))
    head, registrar = stage.head, stage.registrar
    registrar.says("/baocao").taps("Nhắc").sees(
        "Lời nhắc sẽ gửi trong giờ làm việc: 7 giờ 30, thứ Ba, 17/11."
    )
    registrar.taps("Gửi nhắc")
    stage.ticks()
    assert not reminded(stage, head)
    sends(stage)
    stage.moves_to(at(date(2026, 11, 17), 9))
    assert not reminded(stage, head)


def test_one_unit_can_be_reminded_and_a_snoozed_one_is_left_alone(stage):
    head = stage.head
    other = stage.player(stage.cast.other_head)
    registrar = stage.registrar
    registrar.says("/baocao").taps("Nhắc").sees("Có thể nhắc 02 đơn vị.")
    registrar.taps("Nhắc một đơn vị").taps(OTHER_UNIT).sees("Đã lập lời nhắc gửi 01 đơn vị.")
    stage.ticks()
    assert (len(reminded(stage, head)), len(reminded(stage, other))) == (0, 1)
    changes_report(stage, snoozed_until=at(date(2026, 11, 18), 8))
    registrar.says("/baocao").taps("Nhắc").sees("Có thể nhắc 0 đơn vị.")


def test_the_reminder_goes_to_whoever_fills_it_in_now(stage):
    head, second = stage.head, stage.player(deputy(stage))
    grants_trip(stage, stage.cast.head, date(2026, 11, 20))
    stage.registrar.says("/baocao").taps("Nhắc").taps("Gửi nhắc")
    stage.ticks()
    assert (len(reminded(stage, head)), len(reminded(stage, second))) == (0, 1)


@pytest.mark.parametrize("buttons", [0, 5])
def test_with_few_buttons_or_none_the_board_takes_as_many_messages_as_taps(database, buttons):
    stage = Stage(database, abilities=Abilities(buttons=buttons))
    head, registrar = stage.head, stage.registrar
    registrar.types("tình hình báo cáo").sees(
        "Đã gửi: 0/2 đơn vị.", f"{OTHER_UNIT}: CHƯA gửi; thủ trưởng chưa liên kết"
    )
    assert registrar.taps_made == 1
    registrar.types("nhắc").types("gửi nhắc").sees("Đã lập lời nhắc gửi 01 đơn vị.")
    assert registrar.taps_made == 3
    stage.ticks()
    assert len(reminded(stage, head)) == 1
    registrar.types("gọi điện").types("1" if not buttons else "Mai Thị Hoa").sees("Đã ghi nhận: đã gọi")
    registrar.types("quay lại").types("gia hạn").types("2" if not buttons else UNIT).types("3 ngày").sees(
        "Đã gia hạn cho"
    )
    assert registrar.taps_made == 9


# --- calling ---


def test_who_was_called_is_ticked_off_and_stands_on_the_board(stage):
    with stage.database.reading() as session:
        phone = session.get(Person, stage.cast.other_head).phone
    registrar = stage.registrar
    registrar.says("/baocao").taps("Gọi điện")
    registrar.sees(f"{OTHER_UNIT}: đồng chí Mai Thị Hoa, {phone}", "Gọi xong, đồng chí chọn tên để ghi lại.")
    registrar.taps("Mai Thị Hoa").sees(
        "Đã ghi nhận: đã gọi đồng chí Mai Thị Hoa.", "[x] Mai Thị Hoa", "(đã gọi lúc 9 giờ"
    )
    registrar.taps("Quay lại").sees(
        f"{OTHER_UNIT}: CHƯA gửi; thủ trưởng chưa liên kết; đã gọi điện lúc 9 giờ, thứ Hai, 16/11"
    )
    registrar.taps("Gọi điện").taps("[x] Mai Thị Hoa").sees("Đã hủy ghi nhận", "[Mai Thị Hoa, Trạm Y tế")
    registrar.taps("Quay lại").sees_no("đã gọi điện")
    with stage.database.reading() as session:
        query = select(Audit).where(Audit.about_id == stage.cast.other_head).order_by(Audit.id)
        log = [(row.action, row.actor_id, row.subject) for row in session.exec(query)]
    subject = f"conduct_report:{stage.cast.other_report}"
    assert log == [
        (action, stage.cast.registrar, subject) for action in ("conduct_called", "conduct_call_undone")
    ]


def test_a_registrar_who_is_a_learner_too_is_logged_as_the_registrar(stage):
    with stage.database.transaction() as session:
        (course,) = session.exec(select(CourseClass)).all()[:1]
        unit = session.exec(select(Enrolment.organisation_id)).first()
        row = Enrolment(
            person_id=stage.cast.registrar,
            class_id=course.id,
            organisation_id=unit,
            from_date=date(2026, 9, 1),
        )
        session.add(row)
    stage.registrar.says("/baocao").taps("Gọi điện").taps("Mai Thị Hoa")
    with stage.database.reading() as session:
        assert (
            session.exec(select(Audit.actor_role).where(Audit.action == "conduct_called")).one()
            == "registrar"
        )


def test_only_those_on_the_list_are_ticked(stage):
    report, learner = base36(stage.cast.report), base36(stage.cast.learners[0])
    stage.registrar.presses(f"ot:{report}:{learner}:0").sees("không còn trong danh sách")
    sends(stage)
    stage.registrar.presses(f"ot:{report}:{base36(stage.cast.head)}:0").sees("không còn trong danh sách")
    with stage.database.reading() as session:
        assert not session.exec(select(Audit).where(Audit.action == "conduct_called")).all()


# --- more time ---


def test_a_unit_gets_more_time_and_is_told(stage):
    head, registrar = stage.head, stage.registrar
    registrar.says("/baocao")
    registrar.taps_made = 0
    registrar.taps("Gia hạn").taps(UNIT).sees("Hạn hiện nay: 17 giờ, thứ Năm, 03/12.", "[3 ngày (đến 08/12)]")
    registrar.taps("3 ngày").sees(
        f"Đã gia hạn cho {UNIT} đến 17 giờ, thứ Ba, 08/12.", "gia hạn đến 17 giờ, thứ Ba, 08/12"
    )
    assert registrar.taps_made == 3
    head.sees("Trung tâm đã gia hạn báo cáo này đến 17 giờ, thứ Ba, 08/12.", "[Tất cả nền nếp tốt]")
    stage.moves_to(at(date(2026, 12, 7), 9))
    sends(stage)
    registrar.says("/baocao").sees(f"{UNIT}: đã gửi lúc 9 giờ, thứ Hai, 07/12; lần gửi 1"), "not late"
    with stage.database.reading() as session:
        assert (
            session.exec(select(Audit).where(Audit.action == "conduct_extend")).one().actor_id
            == stage.cast.registrar
        )


def test_a_director_who_gives_more_time_on_the_board_has_decided(stage):
    stage.moves_to(at(date(2026, 12, 7), 9))
    with stage.database.transaction() as session:
        request_of(session, stage.cast.report).director_asked_at = stage.time
    stage.director.says("/viec").sees(f"{UNIT}: báo cáo nền nếp tháng 11")
    stage.director.says("tình hình báo cáo").taps("Gia hạn").taps(UNIT).taps("1 ngày").sees(
        f"Đã gia hạn cho {UNIT}"
    )
    stage.director.says("/viec").sees("Hiện không có việc nào chờ đồng chí.")


def test_all_silent_units_get_more_time_after_the_deadline_from_today(stage):
    stage.moves_to(at(date(2026, 12, 7), 9))
    registrar = stage.registrar
    registrar.says("/baocao").taps("Gia hạn").taps("Tất cả đơn vị").sees("cho 02 đơn vị chưa gửi?")
    registrar.taps("1 ngày làm việc").sees("Đã gia hạn cho 02 đơn vị.", "gia hạn đến 17 giờ, thứ Ba, 08/12")


def test_what_was_sent_meanwhile_is_not_extended_and_other_days_are_not_to_be_had(stage):
    report, period = base36(stage.cast.report), base36(stage.cast.period)
    stage.registrar.presses(f"og:{report}:4").sees("[3 ngày (đến 08/12)]")
    stage.registrar.presses(f"ob:{period}:4").sees("[3 ngày làm việc]")
    sends(stage)
    stage.registrar.presses(f"og:{report}:3").sees("vừa gửi báo cáo, không cần gia hạn")
    assert report_of(stage).extended_to is None


def test_once_all_have_sent_there_is_nobody_to_remind_call_or_extend(stage):
    with stage.database.transaction() as session:
        session.delete(session.get(ConductReport, stage.cast.other_report))
    sends(stage)
    stage.registrar.says("/baocao")
    assert stage.registrar.last.labels == ["Xem báo cáo", "Tệp Excel", "Mục khác", "Quay lại"]
    period = base36(stage.cast.period)
    stage.registrar.presses(f"oc:{period}:0").sees("Không còn ai cần gọi.")
    stage.registrar.presses(f"oe:{period}:0").sees("Các đơn vị đã gửi đủ báo cáo.")


# --- a class, a unit, the centre ---


def whole(stage, label: str):
    return stage.registrar.says("/baocao").taps("Mục khác").taps("Kỳ, lớp, đơn vị").taps(label)


def test_a_class_counts_each_units_reports_the_worst_first(stage):
    many_units(stage, 4, 10)
    registrar = whole(stage, "Một lớp").taps("Trung cấp K12")
    registrar.sees(
        "Theo dõi báo cáo nền nếp, lớp Trung cấp K12",
        "Đơn vị 01: đúng hạn 6, muộn 3 (trung bình 2 ngày), chưa gửi 1",
    )
    registrar.sees("Tổng cộng: đúng hạn 24, muộn 12")


def test_a_units_record_has_every_report_what_it_mentioned_and_the_trend(stage):
    many_units(stage, 1, 10)
    registrar = whole(stage, "Một đơn vị").taps("Đơn vị 01")
    registrar.sees("Tổng cộng: đúng hạn 6, muộn 3 (trung bình 2 ngày), chưa gửi 1.")
    registrar.sees("Xu hướng: 2/3 kỳ gần nhất đúng hạn, 2/3 kỳ trước đó đúng hạn; không đổi.")
    registrar.sees("10/2026, lớp Trung cấp K12: muộn 1 ngày; 01 học viên cần nêu")
    registrar.sees("01/2026, lớp Trung cấp K12: CHƯA gửi, quá hạn ")


def test_the_units_excel_has_its_record(stage):
    many_units(stage, 1, 3)
    whole(stage, "Một đơn vị").taps("Đơn vị 01").taps("Tệp Excel")
    rows = rows_of(stage.registrar.file()[1])
    header = next(row for row in rows if row[0] == "TT")
    record = [dict(zip(header, row, strict=False)) for row in rows if isinstance(row[0], int)]
    assert [one["Kết quả"] for one in record] == ["đúng hạn", "đúng hạn", "CHƯA GỬI"]
    assert record[0]["Hình thức nhận"] == "qua tin nhắn"
    assert int(record[2]["Thời gian muộn"].removesuffix(" ngày")) > 200


def test_the_files_print_on_a4_landscape_with_a_header_on_every_page_and_room_to_sign(stage):
    many_units(stage, 3, 12)
    whole(stage, "Một lớp").taps("Trung cấp K12").taps("Tệp Excel")
    content = stage.registrar.file()[1]
    sheet = load_workbook(BytesIO(content)).active
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (
        sheet.page_setup.fitToWidth,
        sheet.page_setup.fitToHeight,
        sheet.sheet_properties.pageSetUpPr.fitToPage,
    ) == (1, 0, True)
    assert (sheet.print_title_rows, sheet.oddFooter.center.text) == ("$4:$4", "&P/&N")
    rows = rows_of(content)
    assert [row[0] for row in rows[:3]] == [
        "Trung tâm Chính trị phường An Hòa",
        "Theo dõi báo cáo nền nếp, lớp Trung cấp K12",
        "In lúc 9 giờ, thứ Hai, ngày 16/11/2026",
    ]
    assert rows[3][:3] == ["TT", "Đơn vị", "01/2026"]
    assert rows[3][-3:] == ["đúng hạn", "gửi muộn", "CHƯA GỬI"]
    told = [cell for row in rows[7:] for cell in row if cell]
    assert told == ["\nNGƯỜI LẬP BIỂU", "An Hòa, ngày 16 tháng 11 năm 2026\nGIÁM ĐỐC"]


def test_the_centre_counts_all_classes_and_its_file_is_by_month(stage):
    many_units(stage, 2, 2)
    whole(stage, "Toàn Trung tâm").sees(
        "Theo dõi báo cáo nền nếp toàn Trung tâm", f"{UNIT}: chưa có kỳ nào đến hạn"
    )
    rows = rows_of(stage.registrar.taps("Tệp Excel").file()[1])
    assert rows[3][:5] == ["TT", "Đơn vị", "01/2026", "02/2026", "11/2026"]


def test_classes_and_units_of_another_centre_are_not_there(stage):
    with stage.database.transaction() as session:
        centre = Centre(name="Trung tâm khác")
        session.add(centre)
        session.flush()
        unit = Organisation(centre_id=centre.id, name="Đơn vị kín", folded="don vi kin")
        session.add(unit)
        session.flush()
        course = CourseClass(
            centre_id=centre.id, class_type_id=1, rule_set_id=1, code="KIN", name="Lớp kín",
            from_date=date(2026, 11, 1), to_date=date(2026, 11, 30),
        )  # fmt: skip
        session.add(course)
        session.flush()
        ids = {"oi": unit.id, "oy": unit.id, "oj": unit.id, "ol": course.id, "ox": course.id, "op": course.id}
    for key, row in ids.items():
        stage.registrar.presses(f"{key}:{base36(row)}").sees("Không tìm thấy nội dung này nữa.").sees_no(
            "kín"
        )


# --- how much it asks of the database ---


def asked(stage, course: int) -> dict[str, int]:
    """Statements a board of each kind takes."""
    with stage.database.reading() as session:
        desk = stage.desk(session)
        centre = desk.centre(stage.cast.centre)
        periods = boards.opened_periods(session, centre.id, stage.time, class_id=course)
        unit = session.exec(select(Organisation).where(Organisation.name == "Đơn vị 01")).one()
        boards.standings(session, centre, periods)
        work = {
            "period": lambda: silence.explain(session, centre, boards.standings(session, centre, periods[:1], mentions=True), stage.time),
            "class": lambda: class_grid(desk, Language(), centre, course),
            "unit": lambda: unit_grid(desk, Language(), centre, unit.id),
            "centre": lambda: centre_months(desk, Language(), centre),
        }  # fmt: skip
        counts = {}
        for name, look in work.items():
            with Counted(session) as counted:
                look()
            counts[name] = len(counted.statements)
        return counts


def test_the_number_of_queries_does_not_grow_with_units_and_periods(stage):
    few = many_units(stage, 2, 2, learners=1)
    small = asked(stage, few)
    with stage.database.transaction() as session:
        for unit in session.exec(select(Organisation).where(Organisation.name.startswith("Đơn vị"))):
            unit.name, unit.folded = f"Cũ {unit.id}", f"cu {unit.id}"
        session.get(CourseClass, few).code = "TC-CU"
    assert asked(stage, many_units(stage, 12, 5, learners=1)) == small
    assert max(small.values()) <= 14
