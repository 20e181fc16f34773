"""A report received by phone or on paper, entered by the registrar on the head's own cards."""

import json
from datetime import date

from storage.messaging.accounts import Abilities
from tests.casts.centre import at
from tests.casts.reports import base36, kept, report_of, revisions
from tests.houses.dialogue import Stage


def entering(stage, unit: str = "Trường THCS Lê Lợi"):
    registrar = stage.registrar.says("/nhapbaocao").sees("Đơn vị nào đã báo cáo")
    return registrar.taps(unit)


def test_from_the_board_it_is_five_taps(stage):
    stage.head.reads()
    registrar = stage.registrar.says("/baocao")
    registrar.taps_made = 0
    registrar.taps("Mục khác").taps("Nhập báo cáo").taps("Trường THCS Lê Lợi")
    registrar.sees("Nhập báo cáo của Trường THCS Lê Lợi", "12 học viên", "Theo điểm danh")
    assert "Giao người khác" not in registrar.last.labels
    registrar.taps("Tất cả nền nếp tốt").sees("Ngày nhận: hôm nay.", "Báo cáo CHƯA được ghi nhận.")
    registrar.taps("Ghi: qua điện thoại")
    assert registrar.taps_made == 5
    registrar.sees(
        "Lần gửi 1, nhận qua điện thoại ngày 16/11/2026; đồng chí Phan Thị Thu, cán bộ Trung tâm, ghi nhận lúc 9 giờ"
    )
    revision = revisions(stage)[0]
    assert (revision.source, revision.received_on) == ("phone", date(2026, 11, 16))
    assert revision.entered_by == revision.sent_by == stage.cast.registrar


def test_the_head_gets_the_receipt_and_may_correct_it(stage):
    stage.head.reads()
    entering(stage).taps("Tất cả nền nếp tốt").taps("Ghi: văn bản giấy")
    head = stage.head
    head.sees("Trung tâm đã ghi nhận báo cáo của đơn vị.", "nhận bằng văn bản giấy ngày 16/11/2026", "[Sửa]")
    head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").taps("Gửi").sees(
        "Lần gửi 2", "đồng chí Lê Văn Bình"
    )
    assert [(row.source, row.entered_by) for row in revisions(stage)] == [
        ("paper", stage.cast.registrar),
        ("chat", None),
    ]
    stage.registrar.taps("Sửa").sees("Không tìm thấy báo cáo này").sees_no("Phạm Thị Cúc")


def test_n_learners_can_be_mentioned_and_the_registrar_can_mend_his_entry(stage):
    registrar = entering(stage).taps("Có học viên").taps("Đỗ Thị Giang").taps("Xong").taps("Học tập")
    registrar.sees("đồng chí Đỗ Thị Giang, cần nhắc nhở về học tập").taps("Ghi: qua điện thoại").sees(
        "02 học viên cần nêu"
    )
    registrar.taps("Sửa").taps("[x] Đỗ Thị Giang").taps("Biểu dương").taps("Ghi: qua điện thoại").sees(
        "Lần gửi 2"
    )
    assert kept(stage)["Đỗ Thị Giang"] == ("commendation", "head:1")
    assert [row.number for row in revisions(stage)] == [1, 2]


def test_another_day_is_typed_and_never_one_to_come(stage):
    registrar = entering(stage).taps("Tất cả nền nếp tốt").taps("Ngày nhận khác").sees("ví dụ: 16/11")
    registrar.says("17/11").sees("Ngày vừa nhập chưa đến")
    registrar.says("31/10").sees("Ngày vừa nhập trước kỳ báo cáo")
    registrar.says("hôm nọ").sees("Chưa hiểu ngày trong “hôm nọ”.")
    registrar.says("13/11").sees("Ngày nhận: thứ Sáu, 13/11.").taps("Ghi: văn bản giấy").sees(
        "ngày 13/11/2026"
    )
    assert revisions(stage)[0].received_on == date(2026, 11, 13)


def test_what_came_in_time_is_not_late_because_it_is_entered_later(stage):
    stage.moves_to(at(date(2026, 12, 4), 9))
    registrar = entering(stage).taps("Tất cả nền nếp tốt").taps("Ngày nhận khác").says("3/12")
    registrar.taps("Ghi: văn bản giấy").sees_no("Gửi sau hạn")
    assert json.loads(revisions(stage)[0].content)["late"] is False
    entering(stage, "Trạm Y tế").taps("Tất cả nền nếp tốt").taps("Ghi: văn bản giấy").sees("Gửi sau hạn")


def test_what_the_head_has_begun_is_kept_and_told(stage):
    head = stage.head.says("/baocao").taps("Có học viên").taps("Đỗ Thị Giang").taps("Xong").taps("Học tập")
    registrar = entering(stage)
    registrar.sees("Đơn vị đang làm dở báo cáo này.", "[Xem lại 12/12]")
    registrar.taps("Tất cả nền nếp tốt").sees("đồng chí Đỗ Thị Giang, cần nhắc nhở về học tập")
    head.taps("Gửi").sees("người gửi: đồng chí Lê Văn Bình.")
    registrar.taps("Ghi: qua điện thoại").sees("Không tìm thấy báo cáo này")
    assert [row.source for row in revisions(stage)] == ["chat"]
    registrar.says("/nhapbaocao").sees_no("Trường THCS Lê Lợi")
    registrar.presses(f"hx:{base36(stage.cast.report)}").sees("đơn vị đã gửi báo cáo")


def test_pressing_it_twice_enters_it_once(stage):
    registrar = entering(stage).taps("Tất cả nền nếp tốt")
    data = next(one["data"] for one in registrar.last.buttons if one["label"] == "Ghi: qua điện thoại")
    registrar.presses(data).presses(data).sees("Mã biên nhận")
    assert len(revisions(stage)) == 1


def test_impossible_sources_and_days_enter_nothing(stage):
    registrar = entering(stage).taps("Tất cả nền nếp tốt")
    data = next(one["data"] for one in registrar.last.buttons if one["label"] == "Ghi: qua điện thoại")
    head, source, day = data.rsplit(":", 2)
    future, never = base36(date(2026, 12, 1).toordinal()), base36(10**9)
    for tail in (f"7:{day}", f"{source}:{never}", f"{source}:-1", f"{source}:{future}"):
        registrar.presses(f"{head}:{tail}").sees("Trung tâm nhận báo cáo ngày nào?")
    assert revisions(stage) == []


def test_only_the_registrar_enters(stage):
    for who in (stage.head, stage.director, stage.lecturer, stage.learner):
        who.says("/nhapbaocao").sees_no("Đơn vị nào")
        who.presses(f"hx:{base36(stage.cast.report)}").sees("phụ trách")
    stage.registrar.presses(f"bw:{base36(stage.cast.report)}").sees("Không tìm thấy báo cáo này")
    assert report_of(stage).prepared_by is None


def test_without_buttons_a_line_enters_it_too(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    stage.head.reads()
    registrar = stage.registrar.types("nhập báo cáo").types("Truong THCS Le Loi").sees("12. ")
    registrar.taps_made = 0
    registrar.types("3 muộn 2; còn lại tốt").types("gửi").sees("Ghi: qua điện thoại")
    registrar.types("ghi: qua điện thoại").sees("nhận qua điện thoại")
    assert registrar.taps_made == 3
    stage.head.sees("Trung tâm đã ghi nhận báo cáo của đơn vị.")


def test_the_board_and_what_is_read_there_show_how_it_came(stage):
    entering(stage).taps("Tất cả nền nếp tốt").taps("Ghi: qua điện thoại")
    stage.director.says("/baocao").taps("Mục khác").taps("Xem báo cáo").taps("Trường THCS").sees(
        "nhận qua điện thoại ngày 16/11/2026"
    )
