"""Files of several classes: each row goes into its own, by chat and command line, and what was understood is shown first."""

from datetime import date

import pytest
from sqlmodel import select

from bot.cli.importing import import_command
from storage.courses.courses import CourseClass, CourseSession, Enrolment
from storage.imports import classes, imports
from storage.people.people import Person
from tests.casts.workbooks import book
from tests.imports.test_importing import office, written
from tests.imports.test_imports import AN, OTHER, UNIT, codes, imported, kept, marks, planned, remarks

__all__ = ["office"]
ROSTER = ("STT", "Họ và tên", "Ngày sinh", "Đơn vị")
WITH_CLASS = (*ROSTER, "Lớp")
MAN, LOC = ("Nông Thị Mận", date(1993, 6, 4), UNIT), ("Quách Văn Lộc", date(1989, 11, 15), OTHER)


def enrolled(stage):
    """Who of the two is in which class."""
    query = select(Person.name, CourseClass.code).join(Enrolment, Enrolment.person_id == Person.id)
    query = query.join(CourseClass, CourseClass.id == Enrolment.class_id)
    query = query.where(Person.name.in_([MAN[0], LOC[0]]))
    with stage.database.transaction() as session:
        return {tuple(row) for row in session.exec(query)}


def column():
    return book([WITH_CLASS, (1, *MAN, "BD-01"), (2, *LOC, "Lớp BD-03")])


def sections():
    lines = [ROSTER, ("LỚP BD-01",), (1, *MAN), ("LỚP BD-03",), (1, *LOC)]
    return book(lines, merges=("A2:D2", "A4:D4"))


def sheets():
    return book([("LỚP BD-01",), ROSTER, (1, *MAN)], [ROSTER, (1, *LOC)], titles=("1", "BD-03"))


def headings():
    lines = [("Lớp BD-01", None, None, None, "Lớp BD-03"), (*ROSTER, *ROSTER), (1, *MAN, 1, *LOC)]
    return book(lines, merges=("A1:D1", "E1:H1"))


FILES = pytest.mark.parametrize("data", [column(), sections(), sheets(), headings()], ids=["column", "sections", "sheets", "headings"])  # fmt: skip


@FILES
def test_b3_b4_only_the_rows_of_the_class_asked_for_are_taken(stage, data):
    """All of them went into the one class that was asked for."""
    plan = planned(stage, "roster", data)
    assert (codes(plan), plan.new) == ([], 1)
    assert [(left.reason, left.told) for left in plan.sheet.left_out if left.reason != "heading"] == [
        ("other_class", "BD-01")
    ]
    assert imported(stage, "roster", data) == (1, 0, 0)
    assert enrolled(stage) == {(LOC[0], "BD-03")}


@FILES
def test_without_a_class_each_is_offered_and_goes_into_its_own(stage, data):
    player = stage.registrar.sends_file("lop.xlsx", data).sees(
        "nhiều lớp", "(BD-01): 1 dòng", "(BD-03): 1 dòng"
    )
    player.taps("BD-01").sees("thêm 1", "Nông Thị Mận, 04/06/1993", "thuộc lớp BD-03").sees_no(
        "Quách Văn Lộc, "
    )
    player.taps("Nhập").sees("Đã nhập.").taps("BD-03").sees("Quách Văn Lộc, 15/11/1989").taps("Nhập")
    assert enrolled(stage) == {(MAN[0], "BD-01"), (LOC[0], "BD-03")}
    assert kept(stage) == 0


def test_the_command_line_says_how_each_is_imported(office, tmp_path, capsys):
    file = written(tmp_path, column())
    assert import_command("roster", file, None, dry_run=True) == 1
    said = capsys.readouterr().err
    assert "caunoi import roster lop.xlsx --class BD-01" in said
    assert "caunoi import roster lop.xlsx --class BD-03" in said
    assert import_command("roster", file, "BD-03", dry_run=True) == 0
    said = capsys.readouterr().out
    assert "- dòng đầu: Quách Văn Lộc, 15/11/1989" in said
    assert "- A2:E2, thuộc lớp BD-01" in said


def test_b2_a_timetable_with_a_class_column(stage):
    lines = [("Ngày", "Lớp", "Buổi học", "Nội dung"), ("17/11/2026", "BD-01", "Sáng", "Chuyên đề lạ"),
             ("18/11/2026", "BD-03", "Chiều", "Chuyên đề 9")]  # fmt: skip
    assert imported(stage, "timetable", book(lines)) == (1, 0, 0)
    with stage.database.transaction() as session:
        topics = session.exec(
            select(CourseSession.topic).where(CourseSession.topic.like("Chuyên đề %"))
        ).all()
    assert "Chuyên đề 9" in topics
    assert "Chuyên đề lạ" not in topics


def test_two_classes_under_one_heading_that_share_the_days(stage):
    lines = [("Ngày", "Buổi", "Nội dung", None), (None, None, "Lớp BD-01", "Lớp BD-03"),
             ("17/11/2026", "Sáng", "Chuyên đề 1", "Chuyên đề 9"), ("18/11/2026", "Sáng", "Khai mạc", None)]  # fmt: skip
    data = book(lines, merges=("A1:A2", "B1:B2", "C1:D1", "C4:D4"))
    plan = planned(stage, "timetable", data)
    assert codes(plan) == []
    assert [outcome.facts["topic"] for outcome in plan.outcomes] == ["Chuyên đề 9", "Khai mạc"]


@pytest.mark.parametrize(("told", "code"), [("NTD-77", "foreign_class"), (None, "row_without_class")])
def test_a_row_of_no_known_class_is_asked_about(stage, told, code):
    plan = planned(stage, "roster", book([WITH_CLASS, (1, *MAN, "BD-03"), (2, *LOC, told)]))
    assert [(problem.code, problem.row, problem.column) for problem in plan.problems] == [(code, 3, "E")]


def test_a_file_of_other_classes_alone_is_refused(stage):
    assert codes(planned(stage, "roster", book([WITH_CLASS, (1, *MAN, "BD-01")]))) == ["only_other_classes"]


def test_a_title_of_another_class_is_remarked_upon_where_the_class_was_chosen(stage):
    plan = planned(stage, "roster", book([("LỚP BD-01",), ROSTER, (1, *MAN)]))
    assert (codes(plan), plan.new, remarks(plan)[0]) == ([], 1, "titled_for_other")


def test_problems_of_other_classes_do_not_stop_this_one(stage):
    bad = (2, *LOC[:2], None, "BD-01")
    assert imported(stage, "roster", book([WITH_CLASS, (1, *MAN, "BD-03"), bad])) == (1, 0, 0)


# --- the same in several tables ---


def test_a_row_that_stands_in_a_second_table_counts_once(stage):
    whole, part = [ROSTER, (1, *MAN), (2, *LOC)], [ROSTER, (1, *LOC)]
    plan = planned(stage, "roster", book(whole, part, titles=("Cả lớp", "Tổ 2")))
    assert (plan.new, [(left.cells, left.reason, left.told) for left in plan.sheet.left_out]) == (
        2,
        [("A2:D2", "repeated", "3 (Cả lớp)")],
    )
    differing = [ROSTER, (1, *LOC[:2], UNIT)]
    plan = planned(stage, "roster", book(whole, differing, titles=("Cả lớp", "Tổ 2")))
    assert "duplicate_row" in codes(plan)


MARKED = ("TT", "Họ và tên", "Ngày sinh", "Điểm thi thử")


def test_a_mark_that_differs_between_two_tables_is_asked_about(stage):
    first, second = [MARKED, (1, "Trần Văn An", AN, 7)], [MARKED, (1, "Trần Văn An", AN, 8)]
    assert codes(planned(stage, "marks", book(first, second), "running")) == ["mark_twice"]
    assert planned(stage, "marks", book(first, first), "running").new == 1


# --- what was understood ---


def test_the_card_says_what_was_read_and_what_was_left_out(stage):
    lines = [
        ("LỚP BD-03",),
        (*ROSTER, "Dân tộc"),
        (1, *MAN, "Kinh"),
        (2, *LOC, "Kinh"),
        (None, "Danh sách gồm 02 người"),
    ]
    player = stage.registrar.sends_file("lop.xlsx", book(lines, [("ghi nhớ",)], titles=("Lớp", "Khác")))
    player.sees(
        "thêm 2", "Đã đọc trang “Lớp”, A2:E4: 2 dòng", f"- dòng đầu: Nông Thị Mận, 04/06/1993, {UNIT}",
        f"- dòng cuối: Quách Văn Lộc, 15/11/1989, {OTHER}", "Không lấy:", "- trang “Khác”, không phải danh sách",
        "- trang “Lớp”, cột E, “Dân tộc” không dùng đến", "- trang “Lớp”, dòng 5, phần kết thúc",
    )  # fmt: skip


def test_a_timetable_is_shown_with_its_hours_as_they_will_stand(stage):
    data = book([("LỚP BD-03",), ("Ngày", "Buổi", "Nội dung"), ("17/11/2026", "Chiều", "Chuyên đề 9")])
    player = stage.registrar.sends_file("lich.xlsx", data)
    player.sees("- dòng đầu: thứ Ba, ngày 17/11/2026, 13 giờ 30 – 17 giờ: Chuyên đề 9")
    player.taps("Nhập").sees("Đã nhập.")
    moved = book([("LỚP BD-03",), ("Ngày", "Từ", "Nội dung"), ("17/11/2026", "14h", "Chuyên đề 9")])
    player.sends_file("lich.xlsx", moved).sees("Sửa 17/11/2026, Chuyên đề 9: bắt đầu 13 giờ 30 → 14 giờ")


def test_a_mark_is_shown_with_what_it_was(stage):
    imported(stage, "marks", marks((1, "Trần Văn An", AN, 7), header=MARKED), "running")
    data = book([("LỚP BD-01",), MARKED, (1, "Trần Văn An", AN, 8)])
    player = stage.registrar.sends_file("diem.xlsx", data)
    player.sees("thêm 0, sửa 1", "Sửa Trần Văn An, Điểm thi thử: 7 → 8", "cột điểm: Điểm thi thử")
    player.sees("- dòng đầu: Trần Văn An: Điểm thi thử 8")


def test_what_is_left_out_is_told_where_a_column_is_missing(stage):
    data = book([ROSTER[:3], (1, *MAN[:2])], [("gì đó",)], titles=("Lớp", "Khác"))
    stage.registrar.sends_file("lop.xlsx", data).sees(
        "Đơn vị", "Không lấy:", "- trang “Khác”, không phải danh sách"
    )


def test_the_shares_of_a_file(stage):
    with stage.database.transaction() as session:
        known = classes.classes(session, stage.cast.centre)
        found = classes.shares(imports.read("roster", column(), date(2026, 11, 16)), known)
        told = [(course.code, n) for course, n in found.several]
    assert (told, found.by_title, found.only) == ([("BD-01", 1), ("BD-03", 1)], False, None)
