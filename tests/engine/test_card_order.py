"""The card's order and its check against the roll-call: last period's first, and who is said less of than recorded."""

from sqlmodel import select

from storage.messaging.accounts import Abilities
from storage.reports.reports import ConductEntry, ConductReport
from tests.casts.centre import LEARNERS
from tests.casts.reports import kept, learner_id, mentioned_before, no_roll_call, records, report_of
from tests.houses.dialogue import Stage

NO_BUTTONS = Abilities(buttons=0)


def names_of(player) -> list[str]:
    """The learners on the list, in its order."""
    return [label for label in player.last.labels if any(name in label for name in LEARNERS)]


# --- last period's come first ---


def test_those_mentioned_last_period_come_first_and_say_for_what(stage):
    no_roll_call(stage)
    mentioned_before(stage, {"Lý Thị Ngọc": "late", "Đỗ Thị Giang": "study"})
    head = stage.head
    names = names_of(head.says("/baocao").taps("Có học viên cần nêu"))
    assert names[:3] == [
        "Đỗ Thị Giang, kỳ trước: cần nhắc nhở về học tập",
        "Lý Thị Ngọc, kỳ trước: đi muộn",
        "Nguyễn Văn An",
    ]
    assert len(names) == 12
    head.taps("Lý Thị Ngọc, kỳ trước").sees("[x] Lý Thị Ngọc")
    assert names_of(head)[1] == "[x] Lý Thị Ngọc", "the list does not move under the finger"
    assert kept(stage) == {"Lý Thị Ngọc": ("", "head")}, "what was said last time is not said again by itself"


def test_the_corrections_list_has_the_same_order(stage):
    no_roll_call(stage)
    mentioned_before(stage, {"Lý Thị Ngọc": "late"})
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").taps("Sửa")
    assert names_of(stage.head)[0] == "Lý Thị Ngọc, kỳ trước: đi muộn"


def test_only_the_last_period_counts_and_only_the_units_own(stage):
    no_roll_call(stage)
    mentioned_before(stage, {"Phạm Thị Cúc": "late"}, month=9)
    mentioned_before(stage, {"Vũ Quốc Hùng": "manner"}, month=10)
    mentioned_before(stage, {"Ngô Thị Mai": "late"}, month=8, unit=stage.cast.other_unit)
    names = names_of(stage.head.says("/baocao").taps("Có học viên cần nêu"))
    assert [name for name in names if "kỳ trước" in name] == [
        "Vũ Quốc Hùng, kỳ trước: cần nhắc nhở về tác phong"
    ]


def test_a_report_never_sent_is_no_last_period(stage):
    no_roll_call(stage)
    mentioned_before(stage, {"Vũ Quốc Hùng": "manner"})
    with stage.database.transaction() as session:
        report = session.exec(select(ConductReport).where(ConductReport.revision == 1)).one()
        report.revision, report.state = 0, "filling"
        session.add(
            ConductEntry(report_id=report.id, person_id=learner_id(stage, "Vũ Quốc Hùng"), category="late")
        )
    names = names_of(stage.head.says("/baocao").taps("Có học viên cần nêu"))
    assert not [name for name in names if "kỳ trước" in name]


def test_without_buttons_the_numbers_follow_the_same_order(database):
    stage = Stage(database, abilities=NO_BUTTONS)
    no_roll_call(stage)
    mentioned_before(stage, {"Lý Thị Ngọc": "late"})
    head = stage.head
    head.says("/baocao").sees("1. Lý Thị Ngọc, kỳ trước: đi muộn", "2. Nguyễn Văn An")
    head.types("1 muộn 2").sees("đồng chí Lý Thị Ngọc, đi muộn 2 buổi").types("Gửi")
    assert kept(stage) == {"Lý Thị Ngọc": ("late", "head")}


# --- against the roll-call ---


def test_who_is_taken_out_against_the_roll_call_is_named_and_the_answer_stays(stage):
    no_roll_call(stage)
    records(stage, "Phạm Thị Cúc", "unexcused", "unexcused", "unexcused")
    head = stage.head
    head.says("/baocao").taps("Có học viên cần nêu").taps("[x] Phạm Thị Cúc").taps("Không nêu nữa")
    head.says("/baocao").taps("Tất cả nền nếp tốt")
    head.sees("12 học viên nền nếp tốt; không có học viên cần nêu.")
    head.sees("Đồng chí lưu ý, theo điểm danh: đồng chí Phạm Thị Cúc vắng không phép 3 buổi.")
    head.sees("Nội dung báo cáo của đồng chí được giữ nguyên.")
    head.taps("Gửi")
    assert kept(stage) == {}
    assert report_of(stage).revision == 1


def test_fewer_sessions_than_recorded_are_named(stage):
    no_roll_call(stage)
    records(stage, "Phạm Thị Cúc", "late", "late", "late", "late")
    head = stage.head
    head.says("/baocao").taps("Có học viên cần nêu").taps("Xong")
    head.sees("đồng chí Phạm Thị Cúc, đi muộn 4 buổi").sees_no("Đồng chí lưu ý")
    with stage.database.transaction() as session:
        entry = session.exec(select(ConductEntry)).one()
        entry.times, entry.source = 1, "head"
    head.says("/baocao").taps("Có học viên cần nêu").taps("Xong")
    head.sees("đi muộn 1 buổi", "Đồng chí lưu ý, theo điểm danh: đồng chí Phạm Thị Cúc đi muộn 4 buổi.")


def test_something_milder_or_something_else_is_named_and_something_graver_is_not(stage):
    no_roll_call(stage)
    records(stage, "Phạm Thị Cúc", "unexcused", "unexcused")
    records(stage, "Đỗ Thị Giang", "late")
    records(stage, "Ngô Thị Mai", "excused")
    head = stage.head
    head.says("/baocao")
    for name, category in (
        ("Phạm Thị Cúc", "Vắng có phép"),
        ("Đỗ Thị Giang", "Vắng không phép"),
        ("Ngô Thị Mai", "Biểu dương"),
    ):
        head.taps("Có học viên cần nêu").taps(f"[x] {name}").taps(category).taps("Xong").taps("Quay lại")
    head.taps("Xem lại")
    head.sees(
        "Đồng chí lưu ý, theo điểm danh: đồng chí Phạm Thị Cúc vắng không phép 2 buổi; đồng chí Ngô Thị Mai vắng có phép 1 buổi."
    )


def test_a_typed_line_is_checked_as_well(database):
    stage = Stage(database, abilities=NO_BUTTONS)
    no_roll_call(stage)
    records(stage, "Nguyễn Văn An", "late", "late", "late", "late")
    head = stage.head
    head.says("/baocao").types("1 muộn 1")
    head.sees(
        "đồng chí Nguyễn Văn An, đi muộn 1 buổi", "theo điểm danh: đồng chí Nguyễn Văn An đi muộn 4 buổi."
    )


def test_of_many_contradictions_ten_are_named(stage):
    for name in LEARNERS:
        records(stage, name, "unexcused")
    head = stage.head
    head.says("/baocao")
    with stage.database.transaction() as session:
        for entry in session.exec(select(ConductEntry)):
            entry.source, entry.category, entry.times = "cleared", "", None
    head.taps("Tất cả nền nếp tốt").sees("và 02 học viên khác. Nội dung báo cáo")
    assert head.last.text.count("vắng không phép 1 buổi") == 10
