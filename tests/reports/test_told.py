"""What is told of a sending: the receipt by name, and what a correction takes back, once, to the registrars."""

from datetime import date, timedelta

import pytest

from storage.reports.reports import ReportPeriod
from tests.casts.centre import at
from tests.casts.reports import no_roll_call, report_of
from tests.houses.dialogue import Stage

GIANG = "Đỗ Thị Giang"


def sent(stage: Stage, words: str):
    no_roll_call(stage)
    stage.registrar.reads()
    return stage.head.says(words).taps("Gửi")


# --- the receipt ---


def test_the_receipt_names_everybody_to_whom_and_when(stage):
    sent(stage, "Giang vắng không phép 2, còn lại tốt")
    stage.head.sees(
        f"- đồng chí {GIANG}, vắng không phép 2 buổi", "Nền nếp tốt: các đồng chí Nguyễn Văn An, ",
        "Nơi nhận: Trung tâm Chính trị phường An Hòa.", "Lần gửi 1, lúc 9 giờ, thứ Hai, 16/11",
    )  # fmt: skip
    stage.head.says(f"biên nhận {report_of(stage).receipt}").sees(
        f"- đồng chí {GIANG}, vắng không phép 2 buổi"
    )


def test_a_long_one_names_those_to_mention_only(stage):
    everybody = "Bình, Cúc, Dũng, Giang, Hạnh, Hùng, Khánh, Long, Mai"
    sent(stage, f"đi muộn: {everybody}; còn lại tốt")
    stage.head.sees(f"- đồng chí {GIANG}, đi muộn", "Danh sách học viên nền nếp tốt có trong tệp Excel.")
    stage.head.sees_no("Nền nếp tốt: các")


@pytest.mark.parametrize(("late", "told"), [(3, "muộn 3 phút"), (75, "muộn 1 giờ 15 phút")])
def test_how_late_it_came_is_told_in_minutes_where_it_is_minutes(stage, late, told):
    with stage.database.reading() as session:
        due = session.get(ReportPeriod, stage.cast.period).due_at
    stage.moves_to(due + timedelta(minutes=late))
    sent(stage, "tất cả tốt")
    stage.head.sees(f"Gửi sau hạn (17 giờ, thứ Năm, 03/12), {told}.")
    stage.registrar.says("/baocao").sees(f"({told})")


# --- what is taken back ---


def corrects(stage: Stage, words: str) -> None:
    stage.registrar.reads()
    stage.head.says(words).taps("Gửi")


def test_a_withdrawn_absence_is_told_once_old_and_new(stage):
    sent(stage, "Giang vắng không phép 2, Cúc vắng phép 1, Mai muộn 1; còn lại tốt")
    corrects(stage, "Giang vắng phép 1, Mai muộn 3")
    registrar = stage.registrar
    registrar.sees("Đồng chí Lê Văn Bình, Trường THCS Lê Lợi, đã gửi lại báo cáo.")
    registrar.sees(f"- đồng chí {GIANG}, vắng không phép 2 buổi → vắng có phép 1 buổi").sees_no("Mai", "Cúc")
    assert len(registrar.news()) == 1
    assert registrar.last.wire["private"]


def test_one_left_out_after_reopening_is_told(stage):
    sent(stage, "Giang vắng không phép 2; còn lại tốt")
    stage.moves_to(at(date(2026, 12, 4), 9))
    stage.head.says("/baocao").taps("Đề nghị mở lại").taps("Gửi đề nghị")
    stage.registrar.taps("Đồng ý mở lại")
    stage.head.taps("Sửa").taps(f"[x] {GIANG}").taps("Không nêu nữa").taps("Gửi")
    stage.registrar.sees(f"- đồng chí {GIANG}, vắng không phép 2 buổi → không nêu nữa")


def test_whatever_the_centre_has_read_is_told_as_well(stage):
    sent(stage, "Mai muộn 1; còn lại tốt")
    stage.registrar.says("/baocao").taps("Mục khác").taps("Xem báo cáo").taps("Trường THCS Lê")
    corrects(stage, "Mai muộn 3")
    stage.registrar.sees("- đồng chí Ngô Thị Mai, đi muộn 1 buổi → đi muộn 3 buổi")


def test_what_is_added_and_what_nobody_acted_on_is_told_to_nobody(stage):
    sent(stage, "Mai muộn 1; còn lại tốt")
    corrects(stage, "Mai muộn 3, Giang vắng phép 1")
    assert stage.registrar.news() == []
