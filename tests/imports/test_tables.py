"""Workbooks of several tables: every one is read with its header, or named with its place; nothing goes in silence."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from storage.spreadsheets import reading
from storage.spreadsheets.leftover import REASONS
from storage.spreadsheets.sheet import Sheet
from tests.casts import workbooks as w

TODAY = date(2026, 11, 29)
SCHOOL, POLICE = "Trường THCS An Hòa", "Công an phường An Hòa"
ROSTER = ("STT", "Họ và tên", "Ngày sinh", "Đơn vị")
MAN = ("Nông Thị Mận", date(1993, 6, 4), SCHOOL)
LOC = ("Quách Văn Lộc", date(1989, 11, 15), POLICE)
SAU = ("Đinh Văn Sáu", date(1990, 1, 2), POLICE)
MARKED = ("STT", "Họ và tên", "Ngày sinh", "Điểm")
AN, CUC = ("Nguyễn Hoài An", datetime(1990, 5, 12)), ("Trần Thị Bích Cúc", datetime(1988, 2, 3))


def read(kind: str, data: bytes) -> Sheet:
    sheet = reading.read(kind, data, today=TODAY)
    assert {left.reason for left in sheet.left_out} <= REASONS
    return sheet


def good(kind: str, data: bytes) -> Sheet:
    sheet = read(kind, data)
    assert sheet.problems == []
    return sheet


def people(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values[name] for name in ("name", "birth_date", "unit")) for row in sheet.rows]


def sessions(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values.get(name) for name in ("date", "part", "start", "topic")) for row in sheet.rows]


def left(sheet: Sheet) -> list[tuple[str, str, str]]:
    return [(one.cells, one.reason, one.told) for one in sheet.left_out]


def codes(sheet: Sheet) -> list[str]:
    return [problem.code for problem in sheet.problems]


def edited(data: bytes, **hidden: object) -> bytes:
    """The workbook with rows, columns or sheets of the first sheet hidden."""

    def hide(book: Workbook) -> None:
        sheet = book.worksheets[0]
        for row in hidden.get("rows", ()):
            sheet.row_dimensions[row].hidden = True
        for column in hidden.get("columns", ()):
            sheet.column_dimensions[column].hidden = True

    return w.edited(data, hide)


# --- one sheet each ---


def test_a1_a_roster_of_one_sheet_a_unit_is_read_whole():
    """Only the first sheet of them was."""
    first, second = [ROSTER, (1, *MAN)], [ROSTER, (1, *LOC), (2, *SAU)]
    sheet = good("roster", w.book(first, second, titles=("THCS", "CÔNG AN")))
    assert people(sheet) == [MAN, LOC, SAU]
    assert [(table.sheet, table.cells) for table in sheet.tables] == [("THCS", "A1:D2"), ("CÔNG AN", "A1:D3")]
    assert [row.place for row in sheet.rows] == ["2 (THCS)", "2 (CÔNG AN)", "3 (CÔNG AN)"]


def test_a_problem_on_one_of_several_sheets_names_it():
    bad = [ROSTER, (1, "Quách Văn Lộc", "31/02/1989", POLICE)]
    (problem,) = read("roster", w.book([ROSTER, (1, *MAN)], bad, titles=("THCS", "CÔNG AN"))).problems
    assert (problem.sheet, problem.row, problem.column, problem.code) == ("CÔNG AN", 2, "C", "bad_date")


def test_a_sheet_that_is_no_list_is_named():
    sums = [("STT", "Đơn vị", "Số lượng"), (1, SCHOOL, 12)]
    sheet = good("roster", w.book([ROSTER, (1, *MAN)], sums, [("ghi nhớ",)], titles=("Lớp", "Tổng", "Khác")))
    assert people(sheet) == [MAN]
    assert [(one.sheet, one.cells, one.reason) for one in sheet.left_out] == [
        ("Khác", "", "no_list"),
        ("Tổng", "1:2", "missing_columns"),
    ]


def test_a3_marks_of_one_sheet_a_paper_are_all_read():
    """The second paper was dropped in silence."""
    first = [MARKED, (1, *AN, 7), (2, *CUC, 7)]
    second = [MARKED, (1, *AN, 9), (2, *CUC, 9)]
    sheet = good("marks", w.book(first, second, titles=("Bài 1", "Bài 2")))
    assert [row.values["marks"] for row in sheet.rows] == [
        {"Bài 1": Decimal(7)}, {"Bài 1": Decimal(7)}, {"Bài 2": Decimal(9)}, {"Bài 2": Decimal(9)},
    ]  # fmt: skip
    assert sheet.components == ("Bài 1", "Bài 2")


# --- one under the other ---


def test_tables_one_under_the_other_are_read_each_by_its_own_header():
    turned = ("Đơn vị", "Ngày sinh", "Họ và tên")
    lines = [
        ROSTER,
        (1, *MAN),
        (),
        ("Danh sách bổ sung",),
        turned,
        (POLICE, date(1990, 1, 2), "Đinh Văn Sáu"),
    ]
    sheet = good("roster", w.book(lines))
    assert people(sheet) == [MAN, SAU]
    assert [table.cells for table in sheet.tables] == ["A1:D2", "A5:C6"]
    assert left(sheet) == [("4:4", "heading", "Danh sách bổ sung")]


def test_a_table_below_that_lacks_a_column_is_named_and_not_read_into_the_list():
    lines = [ROSTER, (1, *MAN), ("STT", "Đơn vị", "Số lượng"), (1, SCHOOL, 12)]
    sheet = good("roster", w.book(lines))
    assert people(sheet) == [MAN]
    assert left(sheet) == [("3:4", "missing_columns", "Họ và tên; Ngày sinh")]


def test_a_better_header_further_down_hides_no_table_above_it():
    longer = (*ROSTER, "Chức vụ", "Điện thoại")
    sheet = good("roster", w.book([ROSTER, (1, *MAN), longer, (1, *LOC, "Chiến sĩ", "0940000003")]))
    assert people(sheet) == [MAN, LOC]


def test_a_header_repeated_on_the_next_page_begins_no_table():
    sheet = good("roster", w.book([ROSTER, (1, *MAN), ROSTER, (2, *LOC)]))
    assert (people(sheet), len(sheet.tables)) == ([MAN, LOC], 1)
    assert left(sheet) == [("3:3", "header_again", "STT Họ và tên Ngày sinh Đơn vị")]


# --- side by side ---


def test_a5_two_weeks_side_by_side_are_both_read():
    """The second week was dropped in silence."""
    header = ("Ngày", "Buổi", "Nội dung")
    week = ("07/12/2026", "Sáng", "Chuyên đề 1"), ("14/12/2026", "Sáng", "Chuyên đề 3")
    sheet = good("timetable", w.book([(*header, None, *header), (*week[0], None, *week[1])]))
    assert sessions(sheet) == [
        (date(2026, 12, 7), "morning", None, "Chuyên đề 1"),
        (date(2026, 12, 14), "morning", None, "Chuyên đề 3"),
    ]
    assert [table.cells for table in sheet.tables] == ["A1:C2", "E1:G2"]


@pytest.mark.parametrize("gap", [(), (None,)])
def test_halves_of_a_roster_side_by_side_are_both_read(gap):
    lines = [(*ROSTER, *gap, *ROSTER), (1, *MAN, *gap, 2, *LOC), (3, *SAU)]
    assert people(good("roster", w.book(lines))) == [MAN, SAU, LOC]


def test_sums_beside_a_list_are_named_and_no_part_of_it():
    lines = [(*ROSTER, None, "STT", "Đơn vị", "Số lượng"), (1, *MAN, None, 1, "Phường khác", 7)]
    sheet = good("roster", w.book(lines))
    assert people(sheet) == [MAN]
    assert left(sheet) == [("F1:H2", "missing_columns", "Họ và tên; Ngày sinh")]


def test_a6_morning_and_afternoon_columns_are_two_sessions():
    """The afternoon was dropped; the hours of the morning are not those of the afternoon."""
    lines = [("Ngày", "Giờ học", "Nội dung", None), (None, None, "Sáng", "Chiều"),
             ("07/12/2026", "7h30", "Chuyên đề 1", "Chuyên đề 2")]  # fmt: skip
    sheet = good("timetable", w.book(lines, merges=("A1:A2", "B1:B2", "C1:D1")))
    assert sessions(sheet) == [
        (date(2026, 12, 7), "morning", time(7, 30), "Chuyên đề 1"),
        (date(2026, 12, 7), "afternoon", None, "Chuyên đề 2"),
    ]
    assert left(sheet) == [("B3:B3", "hours_of_other_part", "")]


def test_hours_that_fit_neither_topic_of_their_row_are_a_problem():
    lines = [("Ngày", "Giờ học", "Sáng", "Chiều"), ("07/12/2026", "7h30", None, "Chuyên đề 2")]
    assert codes(read("timetable", w.book(lines))) == ["part_mismatch"]


def test_morning_and_afternoon_with_columns_of_their_own():
    lines = [("Thứ", "Ngày", "SÁNG", None, "CHIỀU", None),
             (None, None, "Nội dung", "Giảng viên", "Nội dung", "Giảng viên"),
             ("Hai", "07/12/2026", "Chuyên đề 1", "Đỗ Văn Mẫu", None, None),
             ("Ba", "08/12/2026", None, None, "Chuyên đề 2", "Lê Văn Thử"),
             ("Tư", "09/12/2026", "Tham quan", None, None, None)]  # fmt: skip
    merges = ("A1:A2", "B1:B2", "C1:D1", "E1:F1", "C5:F5")
    told = [(row.values["date"].day, row.values["part"], row.values["topic"], row.values["lecturer"])
            for row in good("timetable", w.book(lines, merges=merges)).rows]  # fmt: skip
    assert told == [
        (7, "morning", "Chuyên đề 1", "Đỗ Văn Mẫu"), (9, "morning", "Tham quan", None),
        (8, "afternoon", "Chuyên đề 2", "Lê Văn Thử"), (9, "afternoon", "Tham quan", None),
    ]  # fmt: skip


def test_two_columns_of_one_name_that_differ_are_asked_about():
    lines = [("Họ và tên", "Ngày sinh", "Đơn vị", "Đơn vị"), (*MAN, SCHOOL), (*LOC, "Phường khác")]
    (problem,) = read("roster", w.book(lines)).problems
    assert (problem.code, problem.row, problem.column) == ("column_twice", 3, "D")
    same = good("roster", w.book(lines[:2]))
    assert left(same) == [("D:D", "second_column", "Đơn vị")]


def test_e2_a_name_in_a_second_column_is_no_part_of_the_first():
    """It became "Nông Thị Mận NÔNG THỊ MẬN"."""
    lines = [
        ("STT", "Họ và tên", "Họ và tên (in hoa)", "Ngày sinh", "Đơn vị"),
        (1, MAN[0], MAN[0].upper(), *MAN[1:]),
    ]
    assert people(good("roster", w.book(lines))) == [MAN]


# --- what nobody sees ---


def test_h1_a_hidden_row_is_not_read_and_named():
    sheet = good("roster", edited(w.book([ROSTER, (1, *MAN), (2, *SAU)]), rows=[3]))
    assert people(sheet) == [MAN]
    assert left(sheet) == [("3:3", "hidden_rows", f"Đinh Văn Sáu {POLICE}")]


def test_h2_a_hidden_column_is_not_read_and_named():
    lines = [(*MARKED[:3], "Điểm (cũ)", "Điểm thi"), (1, *AN, 5, 7.5), (2, *CUC, 5, 7.5)]
    sheet = good("marks", edited(w.book(lines), columns=["D"]))
    assert [row.values["marks"] for row in sheet.rows] == [{"Điểm thi": Decimal("7.5")}] * 2
    assert left(sheet) == [("D:D", "hidden_columns", "Điểm (cũ)")]


def test_a_required_column_that_is_hidden_is_asked_for():
    sheet = read("roster", edited(w.book([ROSTER, (1, *MAN)]), columns=["C"]))
    (problem,) = sheet.problems
    assert (problem.code, problem.column, problem.header) == ("hidden_column", "C", "Ngày sinh")


def test_a_hidden_sheet_is_named_or_read_where_no_other_has_the_list():
    def hide(book: Workbook) -> None:
        book.active = 1
        book.worksheets[0].sheet_state = "hidden"

    both = w.edited(w.book([ROSTER, (1, *MAN)], [ROSTER, (1, *LOC)], titles=("cũ", "mới")), hide)
    assert people(good("roster", both)) == [LOC]
    assert [(one.sheet, one.reason) for one in good("roster", both).left_out] == [("cũ", "hidden_sheet")]
    alone = w.edited(w.book([ROSTER, (1, *MAN)], [("trống",)], titles=("cũ", "mới")), hide)
    assert [(table.sheet, table.hidden) for table in good("roster", alone).tables] == [("cũ", True)]


def test_columns_beyond_the_last_one_that_is_read_are_named():
    line = [None] * 120
    line[:3], line[119] = MAN, "xa"
    assert left(good("roster", w.book([ROSTER[1:], line]))) == [("DP:XFD", "far_columns", "")]


# --- rows that are no data ---


@pytest.mark.parametrize(
    "closing",
    ["Danh sách học viên gồm 01 đồng chí", "Danh sách gồm có 12 người", "Danh sách này có 05 học viên",
     "Lớp gồm 25 đồng chí", "Ấn định danh sách: 03 người", "Tổng cộng: 12 đồng chí", "LỚP TRƯỞNG"],
)  # fmt: skip
def test_j2_a_closing_line_is_nobody(closing):
    sheet = good("roster", w.book([ROSTER, (1, *MAN), (None, closing)]))
    assert people(sheet) == [MAN]
    assert left(sheet) == [("3:3", "closing", closing)]


def test_signatures_headings_and_what_stands_beside_are_named():
    lines = [
        ROSTER,
        ("I", "Khối trường học"),
        (1, *MAN),
        (),
        (None, None, None, "GIÁM ĐỐC"),
        (None, "Lê Thị Giám"),
    ]
    sheet = good("roster", w.book(lines))
    assert people(sheet) == [MAN]
    assert left(sheet) == [("2:2", "heading", "I Khối trường học"), ("5:6", "closing", "GIÁM ĐỐC")]


# --- files of other programs ---


def strict(data: bytes) -> bytes:
    """The workbook as "Strict Open XML" has it: other names for the same things."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = {w.MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
             office: "http://purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip
    changed = w.parts(data)
    for usual, other in names.items():
        changed = {name: part.replace(usual.encode(), other.encode()) for name, part in changed.items()}
    return w.zipped(changed)


def test_i1_a_strict_workbook_is_read():
    """It was told to be empty."""
    assert people(good("roster", strict(w.book([ROSTER, (1, *MAN), (2, *LOC)])))) == [MAN, LOC]


def test_a_strict_workbook_with_dates_as_words_is_read():
    data = strict(w.book([ROSTER, (1, *MAN)]))
    part = w.parts(data)[w.SHEET_1]
    begin = part.index(b'<c r="C2"')
    cell = part[begin : part.index(b"</c>", begin) + 4]
    worded = w.with_part(data, w.SHEET_1, cell, b'<c r="C2" t="d"><v>1993-06-04</v></c>')
    assert people(good("roster", worded)) == [MAN]


def test_a_lock_file_is_told_as_one(tmp_path: Path):
    file = tmp_path / "~$lop.xlsx"
    file.write_bytes(b"whatever")
    assert codes(reading.read("roster", file, today=TODAY)) == ["lock_file"]
    excel = bytes([7]) + b"Nguyen " + b" " * 47 + b"\x07\0" + "Nguyen ".encode("utf-16-le")
    libre = b",may/an,phong-1,20.11.2026 08:00,file:///C:/Users/an;"
    for content in (excel.ljust(165, b" "), libre):
        assert codes(read("roster", content)) == ["lock_file"]


@pytest.mark.parametrize(("content", "looks"), [
    (b"STT;Ho ten\n1;An", "text"), ("\ufeffSTT,Họ tên\n1,An".encode(), "text"),
    (w.zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}), "ods"),
    (b"{\\rtf1 x}", "word"),
])  # fmt: skip
def test_other_files_are_refused_by_their_kind(content, looks):
    (problem,) = read("roster", content).problems
    assert (problem.code, problem.extra["looks_like"]) == ("not_a_workbook", looks)


def test_more_sheets_than_are_read_are_refused():
    (problem,) = read("roster", w.book(*[[ROSTER, (1, *MAN)]] * 51)).problems
    assert (problem.code, problem.extra["limit"]) == ("too_big", "sheets")
