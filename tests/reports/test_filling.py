"""The conduct report in its head's hands: taps counted, every tap kept, nothing sent twice."""

import json
import re
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlmodel import select

from bot.workers.intake import Intake
from storage.base.text import fold, sort_text
from storage.courses.courses import CourseSession, Enrolment
from storage.messaging import inbox
from storage.people.audit import Audit
from storage.people.people import Consent, LegalBasis, Organisation, Person
from storage.reports.reports import ConductEntry, ConductReport, ReportPeriod
from tests.casts.centre import add_report, at
from tests.casts.reports import (
    another_head,
    another_report,
    base36,
    kept,
    learner_id,
    no_roll_call,
    records,
    report_of,
    revisions,
)
from tests.houses.dialogue import parse

OTHERS = ("Phạm Thị Cúc", "Đỗ Thị Giang", "Ngô Thị Mai")


def opens(stage):
    head = stage.head
    head.says("/baocao")
    head.taps_made = 0
    return head


def after_the_deadline(stage) -> None:
    stage.moves_to(at(date(2026, 12, 4), 9))


# --- the taps promised ---


def test_all_well_is_two_taps_and_names_whom_the_roll_call_marked(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt")
    head.sees(
        "Báo cáo CHƯA gửi. 11 học viên nền nếp tốt; 01 học viên cần nêu: "
        "đồng chí Trần Văn An, đi muộn 2 buổi."
    )
    assert report_of(stage).revision == 0
    head.taps("Gửi")
    assert head.taps_made == 2
    report = report_of(stage)
    assert (report.state, report.revision, report.sent_by) == ("sent", 1, stage.cast.head)
    assert len(report.receipt) == 6
    head.sees("Đã nhận báo cáo của Trường THCS Lê Lợi: 11 học viên nền nếp tốt; 01 học viên cần nêu.")
    head.sees("Lần gửi 1, lúc 9 giờ, thứ Hai, 16/11", f"Mã biên nhận: {report.receipt}", "lớp Trung cấp A1")


def test_one_content_leaves_alone_of_whom_something_is_said_already(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Phạm Thị Cúc").taps("Cùng nội dung").taps("Học tập")
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call"), "Phạm Thị Cúc": ("study", "head")}


def test_the_list_the_head_left_is_resumed_as_a_list(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu")
    stage.restarts()
    head.says("/baocao")
    assert head.last.labels[0] == "Tiếp tục", "nobody was chosen yet"
    head.taps("Tiếp tục").sees("Đề nghị đồng chí chọn các học viên cần nêu")
    head.taps("Đỗ Thị Giang")
    head.says("/baocao").sees("Tiếp tục 11/12").taps("Tiếp tục").sees("[x] Đỗ Thị Giang")


def test_one_content_for_all_is_resumed_where_it_was(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Cùng nội dung")
    stage.restarts()
    head.says("/baocao").taps("Tiếp tục").sees(
        "Đề nghị đồng chí chọn nội dung chung cho 01 học viên:", "Đỗ Thị Giang"
    )


def test_looking_it_over_is_resumed_there(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt")
    stage.restarts()
    head.says("/baocao").taps("Xem lại 12/12").sees("Báo cáo CHƯA gửi.").taps("Gửi")
    assert report_of(stage).revision == 1


def test_a_correction_left_unsent_waits_on_the_card_and_is_sent_from_there(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Gửi")
    first = revisions(stage)[0].content
    head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    head.sees("Nội dung đã sửa CHƯA gửi. 10 học viên nền nếp tốt; 02 học viên cần nêu")
    head.says("/baocao").sees("Có nội dung đã sửa nhưng CHƯA gửi.")
    assert report_of(stage).revision == 1
    head.taps("Gửi").sees("Lần gửi 2")
    sent = revisions(stage)
    assert [row.number for row in sent] == [1, 2]
    assert sent[0].content == first
    assert len(json.loads(sent[1].content)["entries"]) == 2


def test_correcting_to_the_same_sends_nothing_new(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Gửi").taps("Sửa").taps("[x] Trần Văn An").taps("Đi muộn")
    head.sees("Mã biên nhận").sees_no("CHƯA gửi")
    assert report_of(stage).revision == 1


# --- kept at every tap ---


def test_every_tap_is_kept_and_a_restart_changes_nothing(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu")
    expected = {}
    for name in OTHERS:
        stage.restarts()
        head.taps(name)
        expected[name] = ("", "head")
        assert kept(stage) == expected
    stage.restarts()
    head.taps("Xong")
    for name, label, category in zip(
        OTHERS,
        ("Vắng không phép", "Đơn vị gọi về", "Học tập"),
        ("unexcused", "recalled", "study"),
        strict=True,
    ):
        stage.restarts()
        head.sees(f"Đồng chí {name}")
        head.taps(label)
        expected[name] = (category, "head")
        assert kept(stage) == expected
    stage.restarts()
    head.taps("Gửi").sees("Mã biên nhận")


def test_a_pick_is_taken_back_by_the_same_name(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").sees("[x] Đỗ Thị Giang", "Đã chọn: 02 học viên.")
    head.taps("[x] Đỗ Thị Giang").sees_no("[x] Đỗ Thị Giang")
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call")}


def test_done_without_a_name_asks_for_one(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Xong").sees("Chưa chọn học viên nào.")
    head.taps("Cùng nội dung").sees(
        "Chưa có học viên nào cần ghi nội dung. Đề nghị đồng chí chọn tên trước, rồi chọn Cùng nội dung."
    )


def test_all_well_asks_for_those_picked_without_a_word(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang")
    head.says("/baocao").taps("Tất cả nền nếp tốt").sees(
        "Đồng chí Đỗ Thị Giang: đề nghị đồng chí chọn nội dung"
    )
    assert report_of(stage).revision == 0


# --- the roll-call ---


def test_all_well_against_three_absences_is_said_and_kept(stage):
    records(stage, "Phạm Thị Cúc", "unexcused", "excused")
    records(stage, "Đỗ Thị Giang", "recalled")
    head = opens(stage)
    head.sees("đồng chí Phạm Thị Cúc vắng có phép 1 buổi, vắng không phép 1 buổi")
    head.sees("đồng chí Đỗ Thị Giang được đơn vị gọi về 1 buổi")
    head.taps("Tất cả nền nếp tốt").sees(
        "đồng chí Phạm Thị Cúc, vắng không phép 1 buổi, vắng có phép 1 buổi",
        "Đã ghi sẵn theo điểm danh: đồng chí Trần Văn An, đồng chí Phạm Thị Cúc, đồng chí Đỗ Thị Giang.",
    ).sees_no("được giữ nguyên")
    head.taps("Bỏ các mục ghi sẵn")
    head.sees(
        "theo điểm danh: đồng chí Trần Văn An đi muộn 2 buổi; "
        "đồng chí Phạm Thị Cúc vắng có phép 1 buổi, vắng không phép 1 buổi; đồng chí Đỗ Thị Giang"
    )
    head.sees("Nội dung báo cáo của đồng chí được giữ nguyên.")
    head.taps("Gửi")
    assert report_of(stage).revision == 1


def test_what_the_head_takes_out_is_not_marked_again(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("[x] Trần Văn An: đi muộn 2 buổi").taps("Không nêu nữa")
    head.sees("Đã ghi: không nêu đồng chí Trần Văn An.")
    head.says("/baocao").sees("Theo điểm danh").taps("Tất cả nền nếp tốt")
    head.sees("12 học viên nền nếp tốt; không có học viên cần nêu.")
    assert kept(stage) == {}
    head.taps("Sửa").taps("Trần Văn An").taps("Đi muộn").sees("đồng chí Trần Văn An, đi muộn 2 buổi")


def test_the_roll_call_moves_what_it_marked_and_nothing_the_head_tapped(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Phạm Thị Cúc").taps("Xong").taps("Biểu dương")
    records(stage, "Phạm Thị Cúc", "late")
    records(stage, "Trần Văn An", "late", "late", "late")
    head.says("/baocao").taps("Tất cả nền nếp tốt").sees("đồng chí Trần Văn An, đi muộn 3 buổi", "biểu dương")
    records(stage, "Trần Văn An", "present", "present", "present")
    head.says("/baocao")
    assert kept(stage) == {"Phạm Thị Cúc": ("commendation", "head")}


def test_cancelled_sessions_and_days_outside_are_not_counted(stage):
    records(stage, "Trần Văn An", "late", "late", "late", "late")
    with stage.database.transaction() as session:
        session.get(CourseSession, stage.cast.sessions[0]).state = "cancelled"
        session.get(CourseSession, stage.cast.sessions[1]).starts_at = at(date(2026, 10, 31), 23, 59)
        session.get(CourseSession, stage.cast.sessions[2]).starts_at = at(date(2026, 11, 30), 23, 59)
    opens(stage).sees("đồng chí Trần Văn An đi muộn 2 buổi")


# --- who is in it ---


def test_a_learner_who_had_left_before_is_not_in_it(stage):
    with stage.database.transaction() as session:
        query = select(Enrolment).where(Enrolment.class_id == stage.cast.running)
        for row in session.exec(query):
            if row.person_id == learner_id(stage, "Lý Thị Ngọc"):
                row.from_date, row.to_date = date(2026, 10, 1), date(2026, 10, 31)
    opens(stage).sees("11 học viên").taps("Có học viên cần nêu").sees_no("Lý Thị Ngọc")


def refuses(stage, name: str) -> None:
    with stage.database.transaction() as session:
        consent = Consent(person_id=learner_id(stage, name), purpose="sensitive", given=False, at=stage.time)
        session.add(consent)


def test_who_refused_is_reported_on_paper(stage):
    refuses(stage, "Trần Văn An")
    head = opens(stage)
    head.sees("11 học viên", "01 học viên do đơn vị báo cáo riêng bằng văn bản.").sees_no("Theo điểm danh")
    head.taps("Có học viên cần nêu").sees_no("Trần Văn An").taps("Quay lại").taps("Tất cả nền nếp tốt").taps(
        "Gửi"
    )
    head.sees(
        "11 học viên nền nếp tốt; không có học viên cần nêu.",
        "01 học viên do đơn vị báo cáo riêng bằng văn bản.",
    )
    assert json.loads(revisions(stage)[0].content)["on_paper"] == 1


def test_a_legal_basis_makes_the_consent_unnecessary(stage):
    refuses(stage, "Trần Văn An")
    with stage.database.transaction() as session:
        basis = LegalBasis(
            centre_id=stage.cast.centre, purpose="sensitive", basis="Luật 91/2025", recorded_at=stage.time
        )
        session.add(basis)
    opens(stage).sees("12 học viên", "đồng chí Trần Văn An đi muộn 2 buổi").sees_no("bằng văn bản")


def test_a_consent_withdrawn_after_the_marking_keeps_the_learner_out_of_what_is_sent(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").sees("Trần Văn An")
    refuses(stage, "Trần Văn An")
    head.taps("Gửi").sees(
        "Nội dung vừa thay đổi.", "01 học viên do đơn vị báo cáo riêng bằng văn bản."
    ).sees_no("Trần Văn An")
    head.taps("Gửi")
    assert "Trần Văn An" not in revisions(stage)[0].content


def test_a_unit_without_learners_has_nothing_to_report(stage):
    with stage.database.transaction() as session:
        report = add_report(session, session.get(ReportPeriod, stage.cast.period), stage.cast.empty_unit)
    head = stage.player(another_head(stage, stage.cast.empty_unit))
    head.says("/baocao").sees("Hiện chưa có báo cáo nền nếp nào cần gửi.")
    head.presses(f"bw:{base36(report)}").sees("Kỳ này đơn vị không có học viên cần báo cáo.")


@pytest.mark.differs
def test_sixty_learners_fit_three_pages_and_homonyms_show_their_birth_date(stage):
    no_roll_call(stage)
    names = [f"Trần Thị {'Bích' if n % 2 else 'Lan'}" for n in range(48)]
    with stage.database.transaction() as session:
        for number, name in enumerate(names):
            born = date(1970, 1, 1) + timedelta(days=number)
            one = Person(
                centre_id=stage.cast.centre, name=name, folded=fold(name), sort_text=sort_text(name),
                birth_date=born, organisation_id=stage.cast.unit,
            )  # fmt: skip
            session.add(one)
            session.flush()
            session.add(Consent(person_id=one.id, purpose="sensitive", given=True, at=stage.time))
            row = Enrolment(
                class_id=stage.cast.running, person_id=one.id, organisation_id=stage.cast.unit,
                from_date=date(2026, 11, 2),
            )  # fmt: skip
            session.add(row)
    head = opens(stage)
    head.sees("60 học viên").taps("Có học viên cần nêu")
    shown = list(head.last.labels[:20])
    for _page in range(2):
        head.taps("Trang sau")
        shown += head.last.labels[:20]
    assert "Trang sau" not in head.last.labels
    assert len(set(shown)) == 60
    given = [label.split(" (")[0].split()[-1] for label in shown]
    assert given.index("Bích") < given.index("Bình") < given.index("Lan")
    assert "Trần Thị Lan (01/01/1970)" in shown
    head.taps("Vũ Quốc Hùng" if "Vũ Quốc Hùng" in head.last.labels else head.last.labels[0])
    assert "Trang trước" in head.last.labels, "a pick stays on its page"
    head.taps("Cùng nội dung").taps("Học tập").taps("Gửi").sees("59 học viên nền nếp tốt")


# --- notes ---


def test_ethics_requires_a_note_and_the_note_is_escaped_and_sealed(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    head.sees("Mục Đạo đức bắt buộc có ghi chú.", "dài nhất 1.000 ký tự")
    assert kept(stage) == {"Đỗ Thị Giang": ("ethics", "head")}, "the tap is kept while the note is awaited"
    head.says("Nói <b>to</b> & cãi lại")
    assert "Nói &lt;b&gt;to&lt;/b&gt; &amp; cãi lại" in head.last.html
    head.taps("Gửi")
    with stage.database.reading() as session:
        raw = session.execute(sql("SELECT note FROM conduct_entry")).scalar_one()
        content = session.execute(sql("SELECT content FROM conduct_revision")).scalar_one()
    assert b"cai" not in bytes(raw)
    assert "Nói".encode() not in bytes(raw)
    assert b"entries" not in bytes(content)
    assert json.loads(revisions(stage)[0].content)["entries"][0]["note"] == "Nói <b>to</b> & cãi lại"


def test_a_note_that_is_too_long_or_empty_is_asked_again_and_nothing_is_lost(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    head.says("x" * 5000).sees("Ghi chú vừa gửi có 5.000 ký tự nên chưa được ghi.", "dài nhất 1.000 ký tự")
    head.says(" \u200b ".replace("\u200b", " ")).sees("Ghi chú vừa gửi chưa có chữ nào.")
    head.says("y" * 1000).sees("Báo cáo CHƯA gửi.", "cần nhắc nhở về đạo đức (ghi chú “yyyy")
    with stage.database.reading() as session:
        assert session.exec(select(ConductEntry)).one().note == "y" * 1000


def test_cancelling_the_note_keeps_the_tap_and_the_report_goes_on_from_there(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    head.says("/huy").sees("Báo cáo nền nếp")
    head.says("/baocao").taps("Tiếp tục 11/12").sees("Mục Đạo đức bắt buộc có ghi chú.")
    head.taps("Quay lại").sees("Kính gửi đồng chí", "Tiếp tục 11/12")
    head.says("menu").sees_no("đạo đức")
    assert report_of(stage).revision == 0


def test_ethics_for_several_at_once_takes_one_note(stage):
    no_roll_call(stage)
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Ngô Thị Mai").taps("Cùng nội dung").taps(
        "Đạo đức"
    )
    head.says("").sees("Ghi chú vừa gửi chưa có chữ nào.")
    head.says("Cùng một việc").sees("02 học viên cần nêu").taps("Gửi")
    notes = {entry["note"] for entry in json.loads(revisions(stage)[0].content)["entries"]}
    assert notes == {"Cùng một việc"}


def test_any_entry_gets_a_note_from_the_confirmation(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Biểu dương")
    head.taps("Ghi chú").sees("Ghi chú cho học viên nào?").taps("[x] Đỗ Thị Giang")
    head.says("Phát biểu tốt").sees("đề nghị biểu dương (ghi chú “Phát biểu tốt”)")
    assert kept(stage)["Trần Văn An"] == ("late", "roll_call")


def test_the_note_of_a_single_learner_is_asked_without_a_list(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Ghi chú").sees(
        "Đề nghị đồng chí nhắn ghi chú cho đồng chí Trần Văn An"
    )
    head.says("Nhà xa").sees("đi muộn 2 buổi (ghi chú “Nhà xa”)")


def test_a_note_typed_after_another_head_took_the_learner_out_is_not_kept(stage):
    second = stage.player(another_head(stage, stage.cast.unit))
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Ghi chú")
    second.says("/baocao").taps("Có học viên").taps("[x] Trần Văn An").taps("Không nêu nữa")
    head.says("Nhà xa").sees("không có học viên cần nêu")
    assert kept(stage) == {}


# --- the deadline ---


def test_after_the_deadline_a_sent_report_is_locked_and_says_whom_to_call(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Gửi").taps("Sửa").taps("Phạm Thị Cúc")
    after_the_deadline(stage)
    head.taps("Tác phong").sees(
        "Đã hết hạn nên không thể sửa tại đây nữa.", "đề nghị đồng chí gọi Trung tâm: 02033123456"
    )
    assert "Phạm Thị Cúc" not in kept(stage)
    head.says("/baocao").sees("Mã biên nhận")
    assert "Sửa" not in head.last.labels
    head.presses(f"bf:{base36(stage.cast.report)}:0").sees("Đã hết hạn")
    head.presses(f"bj:{base36(stage.cast.report)}:0").sees("Đã hết hạn")


def test_a_correction_not_sent_in_time_is_said_to_be_unsent(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt").taps("Gửi").taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    after_the_deadline(stage)
    head.taps("Gửi").sees("Đã hết hạn", "Có nội dung đã sửa nhưng CHƯA gửi.", "Lần gửi 1")
    assert len(revisions(stage)) == 1


def test_a_report_never_sent_may_be_sent_late_once_and_says_so(stage):
    after_the_deadline(stage)
    head = opens(stage)
    head.sees("Đã quá hạn (17 giờ, thứ Năm, 03/12). Báo cáo vẫn gửi được và sẽ ghi là gửi sau hạn.")
    head.taps("Tất cả nền nếp tốt").taps("Gửi").sees("Gửi sau hạn (17 giờ, thứ Năm, 03/12), muộn 16 giờ.")
    assert json.loads(revisions(stage)[0].content)["late"] is True
    assert "Sửa" not in head.last.labels


def test_before_its_opening_a_report_says_when(stage):
    report = another_report(stage, opens_at=at(date(2026, 11, 20), 8))
    stage.head.presses(f"bo:{base36(report)}").sees(
        "Trung tâm bắt đầu nhận báo cáo này lúc 8 giờ, thứ Sáu, 20/11."
    )
    stage.head.presses(f"bw:{base36(report)}").sees("Trung tâm bắt đầu nhận báo cáo này lúc")
    assert report_of(stage, report).state == "open"


# --- old, foreign and wrong buttons ---


def test_an_old_button_after_the_sending_shows_the_receipt_and_changes_nothing(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong")
    old = [(button["data"], seen.id) for seen in head.messages() for button in seen.buttons]
    head.taps("Học tập").taps("Gửi")
    before = kept(stage)
    menu, card = ("mn", f"bo:{base36(stage.cast.report)}")
    for data, message in old:
        if data not in {menu, card}:
            head.presses(data, str(message)).sees("Nút vừa chọn đã cũ vì báo cáo đã gửi.", "Mã biên nhận")
    assert kept(stage) == before
    assert len(revisions(stage)) == 1


def test_an_old_unpick_does_not_take_away_what_was_said_since(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Đỗ Thị Giang")
    unpick = next(b["data"] for b in head.last.buttons if b["label"] == "[x] Đỗ Thị Giang")
    head.taps("Xong").taps("Học tập")
    head.presses(unpick).sees("Học viên này đã có nội dung")
    assert kept(stage)["Đỗ Thị Giang"] == ("study", "head")


def test_learners_and_categories_that_are_not_there_are_refused_in_a_sentence(stage):
    head, report = opens(stage), stage.cast.report
    stranger = stage.cast.other_learner
    for key in ("bp", "bu"):
        head.presses(f"{key}:{base36(report)}:{base36(stranger)}:0").sees(
            "Học viên này không có trong báo cáo."
        )
    for data in (
        f"bk:{base36(report)}:zz:0:0",
        f"bc:{base36(report)}:zz:1:0:0",
        f"bx:{base36(report)}:zz:0:0",
        f"bi:{base36(report)}:zz:0",
    ):
        head.presses(data).sees("Học viên này không có trong báo cáo.")
    someone = learner_id(stage, "Đỗ Thị Giang")
    for category in ("-1", "8", "zz"):
        head.presses(f"bc:{base36(report)}:{base36(someone)}:{category}:0:0").sees(
            "Đề nghị đồng chí chọn một trong các nội dung sau."
        )
    head.presses(f"ba:{base36(report)}:99").sees("cần ghi nội dung")
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call")}


KEYS = {
    "bo": 0, "bw": 0, "bn": 0, "bd": 0, "bt": 0, "bl": 1, "bf": 1, "bj": 1, "ba": 1,
    "bp": 2, "bu": 2, "bi": 2, "bg": 2, "bk": 3, "bx": 3, "bc": 4,
}  # fmt: skip


@pytest.mark.parametrize("report", ["foreign", "missing", "huge", "negative"])
def test_a_report_of_another_unit_is_neither_shown_nor_changed(stage, report):
    ids = {"foreign": stage.cast.other_report, "missing": 10**9, "huge": 2**63 - 1, "negative": -5}
    for key, more in KEYS.items():
        stage.head.presses(":".join([key, base36(ids[report]), *["0"] * more]))
        stage.head.sees("Không tìm thấy báo cáo này, hoặc báo cáo không thuộc đơn vị của đồng chí.")
        stage.head.sees_no("Trạm Y tế")
    assert report_of(stage, stage.cast.other_report).state == "open"


@pytest.mark.parametrize("who", ["learner", "registrar", "director", "lecturer"])
def test_only_a_head_of_the_unit_reports(stage, who):
    player = getattr(stage, who)
    for key, more in KEYS.items():
        player.presses(":".join([key, base36(stage.cast.report), *["0"] * more]))
        player.sees_no("Trần Văn An", "CHƯA gửi", "học viên cần nêu")
    assert (report_of(stage).state, kept(stage)) == ("open", {})


@pytest.mark.parametrize("who", ["learner", "lecturer"])
def test_the_command_is_refused_to_whoever_has_nothing_to_report(stage, who):
    getattr(stage, who).says("/baocao").sees_no("Kính gửi", "Đã gửi")


# --- once ---


def test_pressing_send_twice_sends_once(stage):
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt")
    send = next(button["data"] for button in head.last.buttons if button["label"] == "Gửi")
    head.presses(send).presses(send)
    head.sees("Mã biên nhận", report_of(stage).receipt)
    assert (report_of(stage).revision, len(revisions(stage))) == (1, 1)


def test_nobody_sends_what_he_did_not_see(stage):
    second = stage.player(another_head(stage, stage.cast.unit))
    head = opens(stage)
    head.taps("Tất cả nền nếp tốt")
    second.says("/baocao").taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Học tập")
    head.taps("Gửi").sees("Nội dung vừa thay đổi.", "Đỗ Thị Giang")
    assert revisions(stage) == []
    head.taps("Gửi")
    assert len(revisions(stage)) == 1


@pytest.mark.differs
def test_two_heads_who_send_at_once_make_one_revision(stage):
    heads = [stage.head, stage.player(another_head(stage, stage.cast.unit))]
    for head in heads:
        head.says("/baocao").taps("Tất cả nền nếp tốt")
    with stage.database.transaction() as session:
        for number, head in enumerate(heads):
            data = next(b["data"] for b in head.last.buttons if b["label"] == "Gửi")
            arrival = inbox.Arrival(f"race-{number}", head.chat, {"press": data, "message_id": ""})
            inbox.store(session, stage.account.id, [arrival], stage.time)
            head.reads()
    barrier = Barrier(2)

    def step() -> None:
        barrier.wait()
        intake = Intake(stage.database, stage.table, stage.clock, stage.links, {stage.account.id: parse})
        while intake.step() is not None:
            pass

    threads = [Thread(target=step) for _ in heads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (report_of(stage).revision, len(revisions(stage))) == (1, 1)
    for head in heads:
        assert report_of(stage).receipt in head.last.text


# --- several reports ---


def test_several_reports_come_one_at_a_time_the_earliest_deadline_first(stage):
    another_report(stage, name="Sơ cấp khóa III", due_at=at(date(2026, 11, 27), 17))
    head = stage.head
    head.says("/baocao").sees("lớp Sơ cấp khóa III, 03 học viên")
    head.sees("Sau báo cáo này còn: lớp Trung cấp A1, tháng 11 (01–30/11), hạn 17 giờ, thứ Năm, 03/12.")
    head.taps("Báo cáo khác").taps("Trung cấp A1").sees("Kính gửi đồng chí", "lớp Trung cấp A1, 12 học viên")
    head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").sees("Sau báo cáo này còn: lớp Trung cấp A1")
    head.says("/baocao").sees("lớp Trung cấp A1, 12 học viên").taps("Báo cáo khác")
    head.sees("Sơ cấp khóa III, kỳ 02/11 – 15/11: đã gửi").taps("Sơ cấp").sees("Mã biên nhận")


def test_an_overdue_report_does_not_stand_in_front_of_a_new_one(stage):
    another_report(stage, name="Lớp cũ", due_at=at(date(2026, 11, 10), 17))
    stage.head.says("/baocao").sees(
        "lớp Trung cấp A1, 12 học viên", "lớp cũ, ", ", hạn 17 giờ, thứ Ba, 10/11"
    )


def test_with_everything_sent_the_last_receipt_is_shown(stage):
    opens(stage).taps("Tất cả nền nếp tốt").taps("Gửi")
    stage.head.says("bao cao nen nep").sees("Mã biên nhận")


# --- privacy ---


def test_cards_about_learners_are_private_and_looks_and_sendings_are_logged(stage):
    head = opens(stage)
    head.taps("Có học viên cần nêu").taps("Quay lại").taps("Tất cả nền nếp tốt").taps("Gửi")
    about = [message for message in head.messages() if "Trần Văn An" in repr(message)]
    assert len(about) == 5
    assert all(message.wire["private"] for message in about)
    with stage.database.reading() as session:
        log = {(row.action, row.actor_role, row.about_id) for row in session.exec(select(Audit))}
    an = learner_id(stage, "Trần Văn An")
    assert {("conduct_seen", "unit_head", an), ("conduct_reported", "unit_head", an)} <= log


def test_a_name_with_markup_stays_a_name(stage):
    with stage.database.transaction() as session:
        session.get(Person, learner_id(stage, "Trần Văn An")).name = "<i>An</i> & Co"
        session.get(Organisation, stage.cast.unit).name = "<b>Đơn vị</b>"
    head = opens(stage)
    assert "&lt;i&gt;An&lt;/i&gt; &amp; Co" in head.last.html
    head.taps("Có học viên cần nêu")
    assert "[x] <i>An</i> & Co: đi muộn 2 buổi" in head.last.labels, "labels carry no markup at all"
    head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    assert "&lt;b&gt;Đơn vị&lt;/b&gt;" in head.last.html


# --- anything at all ---

GARBAGE = (
    "x",
    "bo",
    "bc:1",
    "bg:1:0:0",
    "bp:1:zzzzzzzzzzzzzz:0",
    "bl:1:-9",
    "bf:1:99999999",
    "bc:1:1:1:1:1:1",
)

TEXTS = ("Ghi chú", "z" * 1001, "xong", "/baocao", "7", "<b>")


def _state(stage, report: int):
    with stage.database.reading() as session:
        rows = session.exec(select(ConductEntry).where(ConductEntry.report_id == report))
        entries = {row.person_id: (row.category, row.note) for row in rows if row.source != "cleared"}
    return entries, [row.content for row in revisions(stage, report)]


def _removes(data: str, person_id: int) -> bool:
    key, *words = data.split(":")
    return key in {"bu", "bx"} and int(words[1], 36) == person_id


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["new", "new", "new", "any", "garbage", "text", "days"]), st.integers(0, 10**6)
        ),
        max_size=25,
    )
)
def test_random_taps_lose_nothing_and_send_only_by_the_send_button(stage, steps):
    due_at = stage.time + timedelta(days=5)
    report = another_report(stage, name="Lớp thử", due_at=due_at)
    head = stage.head
    head.presses(f"bo:{base36(report)}")
    shown: list[tuple[str, str]] = []
    for kind, number in steps:
        newest = [(b["label"], b["data"]) for b in head.last.buttons]
        shown += [(b["label"], b["data"]) for seen in head.news() for b in seen.buttons]
        before, sent = _state(stage, report)
        label, wire = "", ""
        if kind == "days":
            stage.passes(days=2 * (number % 2))
            continue
        if kind == "text":
            head.says(TEXTS[number % len(TEXTS)])
        elif kind == "garbage":
            head.presses(GARBAGE[number % len(GARBAGE)])
        else:
            choices = (newest if kind == "new" else shown) or shown
            label, wire = choices[number % len(choices)]
            head.presses(wire)
        assert head.news(), "something is always answered"
        after, sent_after = _state(stage, report)
        assert sent_after[: len(sent)] == sent, "what was sent is never changed"
        assert len(sent_after) - len(sent) in ({0, 1} if label == "Gửi" else {0})
        for person_id in before.keys() - after.keys():
            assert _removes(wire, person_id), f"{label} {wire} lost an entry"
        if sent and stage.time > due_at:
            assert (after, sent_after) == (before, sent), "what is locked is not changed"
    _one_report_a_period(stage, report)


def _one_report_a_period(stage, report: int) -> None:
    with stage.database.transaction() as session:
        period = session.get(ReportPeriod, session.get(ConductReport, report).period_id)
        same = select(ConductReport).where(ConductReport.period_id == period.id)
        assert len(session.exec(same).all()) == 1
        period.opens_at = stage.time + timedelta(days=1000)  # out of the way of the next example


def test_the_longest_ids_fit_a_button(stage):
    from handlers.engine.messages import Button
    from handlers.reports import learner, sending

    biggest = 2**63 - 1
    Button("x", learner.say, report=biggest, learner=biggest, category=7, page=-1, revision=999)
    Button("x", sending.send, report=biggest, revision=999, content=2**40 - 1)
    assert re.fullmatch(r"bo:[0-9a-z]{13}", Button("x", stage.table.actions["bo"], report=biggest).data)
