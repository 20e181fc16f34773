"""Excel in and out: workbooks as offices send them, broken and hostile ones, and what the centre writes."""

import io
import re
import time as clock
import unicodedata
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from storage.spreadsheets import grids, reading
from storage.spreadsheets.sheet import PROBLEM_CODES, Problem, Sheet
from storage.spreadsheets.writing import template, write
from tests.casts import workbooks as w

TODAY = date(2026, 11, 20)


def read(kind: str, source: bytes) -> Sheet:
    sheet = reading.read(kind, source, today=TODAY)
    assert {problem.code for problem in sheet.problems} <= PROBLEM_CODES
    return sheet


def rows(kind: str, *lines: w.Line, merges: tuple[str, ...] = ()) -> list[dict[str, object]]:
    sheet = read(kind, w.book(lines, merges=merges))
    assert sheet.problems == []
    return [row.values for row in sheet.rows]


def problems(kind: str, *lines: w.Line) -> list[Problem]:
    return read(kind, w.book(lines)).problems


def only(kind: str, *lines: w.Line) -> Problem:
    (problem,) = problems(kind, *lines)
    return problem


def refusal(source: bytes, kind: str = "roster") -> Problem:
    sheet = read(kind, source)
    assert sheet.rows == []
    (problem,) = sheet.problems
    assert problem.row is None
    return problem


def person(**cells: object) -> list[w.Line]:
    """A roster of one good row, with these cells said otherwise."""
    line = {"Họ và tên": "Lê Thị Ánh", "Ngày sinh": date(1995, 9, 7), "Đơn vị": "Trường THCS Lê Lợi"} | cells
    return [tuple(line), tuple(line.values())]


# --- a whole roster as it comes ---


def test_a_roster_with_letterhead_and_signatures_gives_its_rows_and_nothing_else():
    sheet = read("roster", w.roster())
    assert sheet.problems == []
    assert [row.number for row in sheet.rows] == [8, 9, 10]
    assert sheet.rows[0].values == {
        "name": "Nguyễn Thị Minh Hạnh",
        "birth_date": date(1990, 5, 12),
        "position": "Giáo viên",
        "unit": "Trường THCS Lê Lợi",
        "phone": "0912345678",
        "note": None,
    }
    assert [row.values["phone"] for row in sheet.rows] == ["0912345678", "0987654321", "0905111222"]
    assert "Lớp bồi dưỡng nhận thức về Đảng khóa I năm 2026" in sheet.title_lines
    assert sheet.ignored_columns == ()


def test_a_file_on_disk_reads_like_its_bytes(tmp_path):
    file = tmp_path / "danh sách.xlsx"
    file.write_bytes(w.roster())
    assert reading.read("roster", file, today=TODAY) == read("roster", w.roster())


def test_a_file_that_is_not_there_is_a_problem_and_no_crash(tmp_path):
    sheet = reading.read("roster", tmp_path / "none.xlsx", today=TODAY)
    assert [problem.code for problem in sheet.problems] == ["cannot_open"]


@pytest.mark.parametrize("header", ["Họ tên học viên", "HỌ TÊN", "Họ  và\ntên ", "Họ và tên (ghi in hoa)", "Ho va ten",
                                    "Họ và tện", unicodedata.normalize("NFD", "Họ và tên")])  # fmt: skip
def test_the_name_column_goes_by_many_names(header):
    lines = [(header, "Ngày sinh", "Đơn vị"), ("Lê Thị Ánh", date(1995, 9, 7), "Trường THCS Lê Lợi")]
    assert rows("roster", *lines)[0]["name"] == "Lê Thị Ánh"


@pytest.mark.parametrize(("typed", "name"), [("LÊ THỊ HOÀ", "Lê Thị Hoà"), ("H'HEN NIÊ", "H'Hen Niê"), ("Y Bhăm", "Y Bhăm"),
                                             ("Lê Thị Ánh", "Lê Thị Ánh")])  # fmt: skip
def test_a_name_in_capitals_is_written_as_people_write_it(typed, name):
    """Letters began with "Kính gửi đồng chí LÊ THỊ HOÀ"."""
    assert rows("roster", *person(**{"Họ và tên": typed}))[0]["name"] == name
    halves = [("Họ đệm", "Tên", "Ngày sinh", "Đơn vị"), ("NGUYỄN THỊ", "ÁNH", date(1995, 9, 7), "Phường A")]
    assert rows("roster", *halves)[0]["name"] == "Nguyễn Thị Ánh"


@pytest.mark.parametrize("header", ["Chức vụ, nghề nghiệp", "Chức vụ/nghề nghiệp", "Nghề nghiệp, chức vụ"])
def test_the_position_column_goes_by_many_names(header):
    assert rows("roster", *person(**{header: "Giáo viên"}))[0]["position"] == "Giáo viên"


def test_a_mistyped_header_is_understood():
    lines = [
        ("Họ tên", "Ngày tháng năn sinh", "Cơ quan công tcá"),
        ("Lê Thị Ánh", date(1995, 9, 7), "Phường A"),
    ]
    assert rows("roster", *lines)[0]["unit"] == "Phường A"


def test_a_header_of_year_is_not_taken_for_men():
    sheet = read("roster", w.book(person(Năm=2026)))
    assert sheet.ignored_columns == ("Năm",)


def test_the_name_in_two_columns_is_joined():
    lines = [
        ("Họ và tên đệm", "Tên", "Ngày sinh", "Đơn vị"),
        ("Nguyễn Thị Minh", "Hạnh", date(1990, 5, 12), "A"),
    ]
    assert rows("roster", *lines)[0]["name"] == "Nguyễn Thị Minh Hạnh"


def test_a_missing_half_of_the_name_is_a_problem():
    problem = only(
        "roster", ("Họ đệm", "Tên", "Ngày sinh", "Đơn vị"), ("Nguyễn Thị Minh", None, date(1990, 5, 12), "A")
    )
    assert (problem.code, problem.column, problem.header) == ("missing_value", "B", "Tên")


def test_the_name_below_one_merged_header_is_joined():
    lines = [("Họ và tên", None, "Ngày sinh", "Đơn vị"), ("Nguyễn Thị Minh", "Hạnh", date(1990, 5, 12), "A")]
    assert rows("roster", *lines, merges=("A1:B1",))[0]["name"] == "Nguyễn Thị Minh Hạnh"


@pytest.mark.parametrize("header", ["Họ và tên", "Họ và tên đệm"])
def test_a_given_name_below_no_header_at_all_is_not_lost(header):
    lines = [(header, None, "Ngày sinh", "Đơn vị"), ("Nguyễn Thị Minh", "Hạnh", date(1990, 5, 12), "A")]
    assert rows("roster", *lines)[0]["name"] == "Nguyễn Thị Minh Hạnh"


def test_birth_dates_in_a_column_for_men_and_one_for_women():
    lines = [
        ("TT", "Họ và tên", "Ngày sinh", None, "Đơn vị"),
        (None, None, "Nam", "Nữ", None),
        (1, "Trần Văn Bình", "03/02/1988", None, "Phường A"),
        (2, "Lê Thị Ánh", None, "07/09/1995", "Phường B"),
    ]
    told = rows("roster", *lines, merges=("A1:A2", "B1:B2", "C1:D1", "E1:E2"))
    assert [(row["gender"], row["birth_date"]) for row in told] == [
        ("male", date(1988, 2, 3)),
        ("female", date(1995, 9, 7)),
    ]


def test_nobody_is_lost_where_a_merged_title_stands_over_single_headers():
    lines = [
        ("Thông tin học viên", None, None, None),
        ("Họ và tên", "Ngày sinh", "Đơn vị", "Điện thoại"),
        ("Lê Thị Ánh", date(1995, 9, 7), "Phường A", "0905111222"),
    ]
    assert rows("roster", *lines, merges=("A1:D1",))[0]["phone"] == "0905111222"


@pytest.mark.parametrize(("told", "value"), [
    ("Đảng viên", "member"), ("ĐV dự bị", "probationary"), ("Quần chúng ưu tú", "non_member"), ("x", "member"),
    ("dự bị", "probationary"), ("QC", "non_member"),
])  # fmt: skip
def test_party_status_in_the_words_of_offices(told, value):
    assert rows("roster", *person(**{"Đảng viên/dự bị/quần chúng": told}))[0]["party_status"] == value


def test_a_gender_crossed_in_its_column():
    told = rows("roster", *person(Nam=None, Nữ="x"))
    assert told[0]["gender"] == "female"


def test_a_choice_nobody_knows_names_the_accepted_ones():
    problem = only("roster", *person(**{"Giới tính": "nam giới nữ"}))
    assert problem.code == "unknown_choice"
    assert "Nữ" in problem.extra["accepted"]


def test_a_blank_cell_is_none_and_an_absent_column_is_no_key():
    told = rows("roster", *person(**{"Chức vụ": None}))[0]
    assert told["position"] is None
    assert "succession_plan" not in told


# --- header, sheets, other rows ---


def test_unknown_columns_are_kept_aside():
    assert read("roster", w.book(person(**{"Dân tộc": "Kinh", "Quê quán": "Phường A"}))).ignored_columns == (
        "Dân tộc",
        "Quê quán",
    )


def test_the_sheet_that_matches_best_is_read():
    other = [("Mã", "Tên"), ("A", "Một")]
    sheet = read("roster", w.book(other, person(), titles=("Danh mục", "Danh sách")))
    assert (sheet.tables[0].sheet, len(sheet.rows)) == ("Danh sách", 1)


def test_a_hidden_sheet_comes_last():
    def hide_first(workbook: Workbook) -> None:
        workbook.active = 1
        workbook.worksheets[0].sheet_state = "hidden"

    hidden = person(**{"Điện thoại": "0905111222", "Chức vụ": "Giáo viên"})
    data = w.edited(w.book(hidden, person(), titles=("cũ", "mới")), hide_first)
    assert read("roster", data).tables[0].sheet == "mới"


def test_a_hidden_sheet_is_read_when_no_other_has_the_list():
    def hide_first(workbook: Workbook) -> None:
        workbook.active = 1
        workbook.worksheets[0].sheet_state = "hidden"

    data = w.edited(w.book(person(), [("trống",)], titles=("cũ", "mới")), hide_first)
    assert read("roster", data).tables[0].sheet == "cũ"


def test_an_empty_copy_of_the_form_loses_to_the_filled_one():
    assert read("roster", w.book(person()[:1], person(), titles=("mẫu", "thật"))).tables[-1].sheet == "thật"


def test_blank_numbered_section_and_repeated_rows_are_skipped():
    header = w.ROSTER_HEADER
    told = read(
        "roster",
        w.book(
            [
                header,
                tuple(f"({n})" for n in range(1, 8)),
                ("I", "Khối đảng"),
                w.ROSTER_ROWS[0],
                (),
                ("II. Khối trường học",),
                w.ROSTER_ROWS[1],
                header,
                w.ROSTER_ROWS[2],
                (4,),
                (5, "  \n"),
            ]
        ),
    )
    assert told.problems == []
    assert [row.number for row in told.rows] == [4, 7, 9]


def test_a_section_merged_over_the_table_is_skipped():
    lines = [*person()[:1], ("Trường THCS Lê Lợi", None, None), *person()[1:]]
    assert len(rows("roster", *lines, merges=("A2:C2",))) == 1


def test_a_subtotal_between_sections_does_not_end_the_list():
    lines = [
        w.ROSTER_HEADER,
        w.ROSTER_ROWS[0],
        (None, "Tổng cộng: 01 học viên"),
        w.ROSTER_ROWS[1],
        *w.SIGNATURES,
    ]
    assert [row.number for row in read("roster", w.book(lines)).rows] == [2, 4]


@pytest.mark.parametrize("closing", ["NGƯỜI LẬP", "GIÁM ĐỐC", "Tổng cộng", "Danh sách có 01 học viên", "Nơi nhận:",
                                     "TM. BAN GIÁM ĐỐC", "KT. GIÁM ĐỐC"])  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_list_stops_at_the_signature_block(closing, place):
    end = [None] * 3
    end[place] = closing
    assert len(rows("roster", *person(), (), end, ("Trần Văn Lập", None, "Lê Thị Giám"))) == 1


def test_a_director_in_the_list_is_no_signature():
    lines = person(**{"Chức vụ": "Giám đốc"})
    assert len(rows("roster", *lines, ("Trần Văn Bình", date(1988, 2, 3), "Phường A", "Bí thư chi bộ"))) == 2


def test_a_director_without_birth_date_is_a_problem_and_not_the_end_of_the_list():
    lines = [*person(**{"Chức vụ": "Giáo viên"}), ("Trần Văn Bình", None, "Phường A", "Giám đốc")]
    assert [(problem.code, problem.row) for problem in problems("roster", *lines)] == [("missing_value", 3)]


def test_units_called_corporation_or_police_are_no_totals():
    lines = [("Tên đơn vị",), ("Tổng công ty Điện lực",), ("Công an phường A",), ("Cộng",)]
    assert [row["name"] for row in rows("units", *lines)] == ["Tổng công ty Điện lực", "Công an phường A"]


def test_merged_cells_are_unfolded_downwards():
    lines = [*person(), ("Trần Văn Bình", date(1988, 2, 3), None)]
    assert [row["unit"] for row in rows("roster", *lines, merges=("C2:C3",))] == ["Trường THCS Lê Lợi"] * 2


def test_a_gigantic_merged_area_costs_nothing():
    data = w.with_part(
        w.book(person(), merges=("A1:A1", "H1:H2")),
        w.SHEET_1,
        b'<mergeCell ref="H1:H2"',
        b'<mergeCell ref="A2:XFD1048576"',
    )
    begin = clock.monotonic()
    assert len(read("roster", data).rows) == 1
    assert clock.monotonic() - begin < 5


def test_decomposed_text_is_stored_composed():
    lines = person(**{"Chức vụ": " Giáo \u00a0viên\n"})
    decomposed = [
        [unicodedata.normalize("NFD", cell) if isinstance(cell, str) else cell for cell in line]
        for line in lines
    ]
    told = rows("roster", *decomposed)[0]
    assert told["name"] == "Lê Thị Ánh"
    assert told["position"] == "Giáo viên"


# --- dates, phones, other cells ---


@pytest.mark.parametrize("told", [
    date(1995, 9, 7), datetime(1995, 9, 7, 0, 0), "07/09/1995", "7/9/1995", "7-9-1995", "07.09.1995", " 07 / 09 / 1995 ",
    "7/9/95", "ngày 07 tháng 9 năm 1995", "1995-09-07", 34949, "34949", "07/09/1995\n",
])  # fmt: skip
def test_a_birth_date_in_any_form(told):
    assert rows("roster", *person(**{"Ngày sinh": told}))[0]["birth_date"] == date(1995, 9, 7)


@pytest.mark.parametrize(("told", "code"), [
    (1985, "year_only"), ("1985", "year_only"), ("năm 1985", "year_only"), ("00/00/1985", "year_only"),
    ("9/1985", "year_only"), (date(1905, 6, 7), "year_only"), ("31/02/1990", "bad_date"), ("mai", "bad_date"),
    ("thứ 2", "bad_date"), ("7/9", "bad_date"), ("không rõ", "bad_date"), (True, "bad_date"), (12.5, "bad_date"),
    (date(2027, 1, 1), "impossible_date"), ("07/09/1885", "impossible_date"), ("05/01/2030", "impossible_date"),
    (time(7, 30), "bad_date"),
])  # fmt: skip
def test_a_birth_date_that_cannot_be_taken(told, code):
    problem = only("roster", *person(**{"Ngày sinh": told}))
    assert (problem.code, problem.row, problem.column, problem.header) == (code, 2, "B", "Ngày sinh")


def test_a_year_in_a_column_of_years_asks_for_the_full_date():
    lines = [("Họ tên", "Năm sinh", "Đơn vị"), ("Lê Thị Ánh", 1995, "Phường A")]
    assert only("roster", *lines) == Problem("year_only", 2, "B", "Năm sinh", "1995", {"field": "birth_date"})


@pytest.mark.parametrize("told", [912345678, 912345678.0, "0912 345 678", "'0912.345.678", "+84912345678",
                                  "0912345678 / 0237385", "84912345678", "0912345678;0987654321"])  # fmt: skip
def test_a_phone_in_any_form(told):
    assert rows("roster", *person(SĐT=told))[0]["phone"] == "0912345678"


@pytest.mark.parametrize("told", ["12345", "không có", 1.5, True, date(2026, 1, 1), 1e300])
def test_a_phone_that_is_none(told):
    assert only("roster", *person(SĐT=told)).code == "bad_phone"


@pytest.mark.parametrize("field", ["Họ và tên", "Ngày sinh", "Đơn vị"])
def test_a_required_cell_left_blank(field):
    problem = only("roster", *person(**{field: None, "Ghi chú": "mới"}))
    assert (problem.code, problem.header) == ("missing_value", field)


def test_the_same_person_twice_names_the_first_row():
    lines = [*person(), ("LÊ THỊ  ÁNH", "7/9/1995", "Phường B")]
    problem = only("roster", *lines)
    assert (problem.code, problem.row, problem.extra) == ("duplicate_row", 3, {"first_row": "2"})


@pytest.mark.parametrize("other", [("Lê Thị Anh", "7/9/1995"), ("Lê Thị Ánh", "8/9/1995")])
def test_homonyms_are_two_people(other):
    assert len(rows("roster", *person(), (*other, "Phường B"))) == 2


def test_a_tone_mark_in_its_old_place_is_the_same_name():
    first, second = person(**{"Họ và tên": "Trần Thị Thúy"}), ("Trần Thị Thuý", date(1995, 9, 7), "A")
    assert only("roster", *first, second).code == "duplicate_row"


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!"])
def test_a_formula_error_is_named(error):
    problem = only("roster", *person(**{"Đơn vị": error}))
    assert (problem.code, problem.value) == ("formula_error", error)


def test_a_formula_without_a_stored_value_is_a_problem():
    problem = only("roster", *person(**{"Đơn vị": "=A1&B1"}))
    assert (problem.code, problem.row, problem.column) == ("formula_without_value", 2, "C")


def test_a_row_of_nothing_but_unsolved_formulas_is_not_lost():
    lines = [*person(), ("=A2", "=B2", "=C2")]
    assert [(p.code, p.row, p.column) for p in problems("roster", *lines)] == [
        ("formula_without_value", 3, "A"),
        ("formula_without_value", 3, "B"),
        ("formula_without_value", 3, "C"),
    ]


def test_a_formula_gives_its_stored_value():
    data = w.with_part(
        w.book(person(**{"Đơn vị": "=A1&B1"})),
        w.SHEET_1,
        b"<f>A1&amp;B1</f><v></v>" if b"<v></v>" in w.parts(w.book(person(**{"Đơn vị": "=A1&B1"})))[w.SHEET_1]
        else b"<f>A1&amp;B1</f><v />",
        b"<f>A1&amp;B1</f><v>12</v>",
    )  # fmt: skip
    assert read("roster", data).rows[0].values["unit"] == "12"


def test_a_text_too_long_is_cut_in_the_problem():
    problem = only("roster", *person(**{"Họ và tên": "A" * 5_000}))
    assert (problem.code, len(problem.value or "")) == ("text_too_long", 60)
    assert only("roster", *person(**{"Họ và tên": "A" * 200})).extra["most"] == "120"


# --- units ---


def test_units_with_heads_and_liaisons_under_merged_headers():
    lines = [
        ("STT", "Tên đơn vị", "Loại hình", "Thủ trưởng", None, None, "Cán bộ đầu mối", None, "Địa chỉ"),
        (None, None, None, "Họ tên", "Chức vụ", "Điện thoại", "Họ tên", "Điện thoại", None),
        (1, "Trường THCS Lê Lợi", "Trường học", "Trần Văn Bình", "Hiệu trưởng", 912345678, "Lê Thị Ánh", 905111222, "Phường A"),
    ]  # fmt: skip
    merges = ("A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:H1", "I1:I2")
    assert rows("units", *lines, merges=merges) == [{
        "name": "Trường THCS Lê Lợi", "kind": "Trường học", "head": "Trần Văn Bình", "head_position": "Hiệu trưởng",
        "head_phone": "0912345678", "liaison": "Lê Thị Ánh", "liaison_phone": "0905111222", "address": "Phường A",
    }]  # fmt: skip


def test_the_same_unit_twice_is_a_problem():
    assert only("units", ("Đơn vị", "Địa chỉ"), ("Trường A", "x"), ("trường A", "y")).code == "duplicate_row"


# --- timetable ---

SESSION = ("Ngày", "Buổi", "Giờ", "Số tiết", "Chuyên đề", "Loại buổi", "Giảng viên", "Phòng", "Ghi chú")
MONDAY = (
    date(2026, 11, 23),
    "Sáng",
    "7h30-11h00",
    5,
    "Lịch sử Đảng",
    "Giảng dạy",
    "Trần Văn Bình",
    101.0,
    None,
)


def test_a_timetable_row():
    assert rows("timetable", SESSION, MONDAY) == [{
        "date": date(2026, 11, 23), "part": "morning", "start": time(7, 30), "end": time(11), "periods": 5,
        "topic": "Lịch sử Đảng", "kind": "Giảng dạy", "lecturer": "Trần Văn Bình", "room": "101", "note": None,
    }]  # fmt: skip


@pytest.mark.parametrize(("told", "start", "end"), [
    ("7h30-11h00", time(7, 30), time(11)), ("từ 7 giờ 30 đến 11 giờ", time(7, 30), time(11)),
    ("07:30 – 11:00", time(7, 30), time(11)), ("7g30", time(7, 30), None), (time(7, 30), time(7, 30), None),
    (0.3125, time(7, 30), None), (timedelta(hours=7, minutes=30), time(7, 30), None),
])  # fmt: skip
def test_hours_in_any_form(told, start, end):
    told = rows("timetable", ("Ngày", "Thời gian", "Nội dung"), (date(2026, 11, 23), told, "Bài 1"))[0]
    assert (told["start"], told.get("end")) == (start, end)


def test_hours_in_two_columns_under_one_header():
    lines = [
        ("Ngày", "Thời gian", None, "Nội dung"),
        (None, "Từ", "Đến", None),
        (date(2026, 11, 23), "7h30", time(11), "Bài 1"),
    ]
    told = rows("timetable", *lines, merges=("A1:A2", "B1:C1", "D1:D2"))[0]
    assert (told["start"], told["end"]) == (time(7, 30), time(11))


def test_hours_beside_the_part_of_the_day():
    told = rows(
        "timetable", ("Ngày", "Buổi", "Nội dung"), (date(2026, 11, 23), "Chiều (13h30-17h00)", "Bài 1")
    )[0]
    assert (told["part"], told["start"], told["end"]) == ("afternoon", time(13, 30), time(17))


@pytest.mark.parametrize("told", ["sáng sớm tinh mơ", "25h00", "11h00-7h30", "7h30-9h00-11h00", True])
def test_hours_that_cannot_be(told):
    assert only("timetable", ("Ngày", "Giờ", "Bài"), (date(2026, 11, 23), told, "Bài 1")).code == "bad_time"


def test_merged_dates_run_down_the_sessions_of_a_day():
    afternoon = (None, "Chiều", "13h30-17h00", 4, "Thảo luận", None, None, None, None)
    told = rows("timetable", SESSION, MONDAY, afternoon, merges=("A2:A3",))
    assert [row["date"] for row in told] == [date(2026, 11, 23)] * 2


def test_a_topic_that_begins_like_a_signature_below_a_merged_date_is_a_session():
    talk = (None, "Chiều", None, None, "Bí thư Đảng ủy nói chuyện chuyên đề", None, None, None, None)
    assert len(rows("timetable", SESSION, MONDAY, talk, merges=("A2:A3",))) == 2


@pytest.mark.parametrize("weekday", [2, "2", "Hai", "Thứ Hai", "Thứ 2", "T2"])
def test_a_weekday_that_agrees(weekday):
    assert len(rows("timetable", ("Thứ", "Ngày", "Bài"), (weekday, "23/11/2026", "Bài 1"))) == 1


@pytest.mark.parametrize("weekday", [3, "Ba", "CN", "Chủ nhật", "Thứ Bảy"])
def test_a_weekday_that_contradicts_the_date(weekday):
    problem = only("timetable", ("Thứ", "Ngày", "Bài"), (weekday, "23/11/2026", "Bài 1"))
    assert (problem.code, problem.column, problem.extra["date"]) == ("weekday_mismatch", "A", "2026-11-23")


def test_a_weekday_in_the_cell_of_the_date():
    header = ("Thứ, ngày", "Nội dung")
    assert rows("timetable", header, ("Thứ Hai\n23/11/2026", "Bài 1"))[0]["date"] == date(2026, 11, 23)
    assert only("timetable", header, ("Thứ Ba, 23/11/2026", "Bài 1")).code == "weekday_mismatch"


def test_a_date_without_a_year_is_the_nearest_one():
    assert rows("timetable", ("Ngày", "Bài"), ("5/1", "Bài 1"))[0]["date"] == date(2027, 1, 5)


@pytest.mark.parametrize(("told", "code"), [("mai", "bad_date"), ("thứ Hai", "bad_date"), ("23/11/2206", "bad_date"),
                                            ("23/11/2106", "impossible_date"), ("32/11/2026", "bad_date")])  # fmt: skip
def test_a_session_date_that_cannot_be_taken(told, code):
    assert only("timetable", ("Ngày", "Bài"), (told, "Bài 1")).code == code


@pytest.mark.parametrize(("told", "count"), [("5 tiết", 5), ("1-5", 5), (4.0, 4), ("tiết 6-10", 5)])
def test_periods(told, count):
    assert (
        rows("timetable", ("Ngày", "Tiết", "Bài"), (date(2026, 11, 23), told, "Bài 1"))[0]["periods"] == count
    )


@pytest.mark.parametrize("told", ["nhiều", 0, 500, 2.5])
def test_periods_that_are_no_count(told):
    assert (
        only("timetable", ("Ngày", "Tiết", "Bài"), (date(2026, 11, 23), told, "Bài 1")).code == "bad_number"
    )


def test_the_same_session_twice_is_a_problem():
    assert only("timetable", SESSION, MONDAY, MONDAY).code == "duplicate_row"


# --- marks ---

MARKED = (
    "TT",
    "Họ và tên",
    "Ngày sinh",
    "Đơn vị",
    "Thu hoạch",
    "Thi",
    "Cột lạ",
    "Trung bình",
    "Xếp loại",
    "Ghi chú",
)


def marked(*cells: object) -> w.Line:
    return (1, "Lê Thị Ánh", date(1995, 9, 7), "Phường A", *cells, *[None] * (6 - len(cells)))


def test_marks_become_decimals_by_component():
    sheet = read("marks", w.book([MARKED, marked("8,5", 7.25, 9, 8.2, "Giỏi", "tốt")]))
    assert sheet.problems == []
    assert sheet.components == ("Thu hoạch", "Thi")
    assert sheet.rows[0].values["marks"] == {"Thu hoạch": Decimal("8.5"), "Thi": Decimal("7.25")}
    assert sheet.rows[0].values["asked"] == {"Cột lạ": Decimal(9)}
    assert sheet.rows[0].values["totals"] == {"Trung bình": Decimal("8.2")}
    assert sheet.rows[0].values["comment"] == "tốt"
    assert sheet.ignored_columns == ("Đơn vị", "Trung bình", "Xếp loại")


def test_a_blank_mark_is_not_recorded_and_no_zero():
    sheet = read("marks", w.book([MARKED, marked(None, 0)]))
    assert sheet.rows[0].values["marks"] == {"Thi": Decimal(0)}
    assert sheet.components == ("Thu hoạch", "Thi")


@pytest.mark.parametrize(("told", "code"), [("vắng", "bad_mark"), (date(2026, 5, 8), "bad_mark"), ("8,5,5", "bad_mark"),
                                            (10.5, "mark_out_of_range"), (-1, "mark_out_of_range"), (85, "mark_out_of_range"),
                                            ("-2", "mark_out_of_range"), (1e300, "mark_out_of_range"), (True, "bad_mark")])  # fmt: skip
def test_a_mark_that_is_none(told, code):
    (problem,) = read("marks", w.book([MARKED, marked(told, 8)])).problems
    assert (problem.code, problem.header, problem.column) == (code, "Thu hoạch", "E")


def test_marks_under_a_merged_header_keep_their_own_names():
    lines = [
        ("Họ và tên", "Ngày sinh", "Điểm", None, "Điểm thi", None),
        (None, None, "Bài 1", "Bài 2", "Bằng số", "Bằng chữ"),
        ("Lê Thị Ánh", date(1995, 9, 7), 8, "9,0", 7.5, "bảy rưỡi"),
    ]
    told = rows("marks", *lines, merges=("A1:A2", "B1:B2", "C1:D1", "E1:F1"))
    assert told[0]["marks"] == {"Bài 1": Decimal(8), "Bài 2": Decimal(9), "Điểm thi": Decimal("7.5")}


def test_two_components_of_one_name_do_not_overwrite_each_other():
    lines = [("Họ tên", "Ngày sinh", "Bài 1", "Bài 1"), ("Lê Thị Ánh", date(1995, 9, 7), 8, 9)]
    assert rows("marks", *lines)[0]["marks"] == {"Bài 1 (C)": Decimal(8), "Bài 1 (D)": Decimal(9)}


# --- files that are no list ---


@pytest.mark.parametrize(("source", "code"), [
    (b"", "empty_workbook"), (b"\0\1\2 nonsense", "not_a_workbook"), (b"TT;Ho ten\n1;An", "not_a_workbook"),
    (b"<html><table></table></html>", "not_a_workbook"), (b"PK\3\4 truncated", "not_a_workbook"),
    (w.zipped({"readme.txt": b"hello"}), "not_a_workbook"), (w.roster()[:3000], "not_a_workbook"),
    (w.zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "not_a_workbook"),
    (w.zipped({"[Content_Types].xml": b"<Types", "xl/workbook.xml": b"<w/>"}), "not_a_workbook"),
    (w.ole("Workbook"), "old_xls"), (w.ole("Book"), "old_xls"), (w.ole("EncryptedPackage"), "password_protected"),
    (w.ole("WordDocument"), "not_a_workbook"), (w.book([]), "empty_workbook"), (w.book([(" ", "\n")]), "empty_workbook"),
    (w.book([("xin chào", "các đồng chí")]), "no_header"), (w.zipped(w.parts(w.roster()), zipfile.ZIP_LZMA), "not_a_workbook"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(source, code):
    assert refusal(source).code == code


@pytest.mark.parametrize(("source", "looks"), [
    (b"TT;Ho ten", "text"), (b"<html>", "html"), (w.zipped({"word/document.xml": b"<w/>"}), "word"), (b"%PDF-1.7", "pdf"),
    (w.zipped({"content.xml": b"<w/>"}), "ods"),
])  # fmt: skip
def test_a_file_of_another_kind_is_recognised(source, looks):
    assert refusal(source).extra["looks_like"] == looks


def test_no_header_names_the_columns_looked_for():
    assert refusal(w.book([("a", "b"), (1, 2)])).extra == {"columns": "Họ và tên; Ngày sinh; Đơn vị"}


def test_a_missing_column_is_named_with_its_accepted_names():
    problem = refusal(w.book([("Họ tên", "Ngày sinh"), ("An", "1/1/1990")]))
    assert (problem.code, problem.extra["field"]) == ("missing_column", "unit")
    assert "Đơn vị công tác" in problem.extra["accepted"]


def test_a_form_nobody_filled_in_has_no_rows():
    assert refusal(w.roster(rows=())).code == "no_rows"


@pytest.mark.parametrize("stamp", ["MẬT", "TỐI MẬT", "Tuyệt mật", "Độ mật: Mật", "Số 12 - MẬT", "T Ố I  M Ậ T",
                                   unicodedata.normalize("NFD", "ĐẢNG BỘ\nTỐI MẬT")])  # fmt: skip
def test_a_paper_marked_secret_is_refused_unread(stamp):
    sheet = read("roster", w.book([(stamp,), *person()]))
    assert [problem.code for problem in sheet.problems] == ["classified"]
    assert (sheet.rows, sheet.title_lines) == ([], ())


def test_a_stamp_on_another_sheet_counts_too():
    assert refusal(w.book(person(), [("TỐI MẬT",)])).code == "classified"


@pytest.mark.parametrize(
    "title", ["LỚP BỒI DƯỠNG BẢO VỆ BÍ MẬT NHÀ NƯỚC", "Bảo mật thông tin", "Độ mật: Không"]
)
def test_a_class_about_secrecy_is_not_secret(title):
    assert len(rows("roster", (title,), *person())) == 1


def test_somebody_called_mat_is_not_secret():
    assert (
        len(
            rows("roster", ("Họ đệm", "Tên", "Ngày sinh", "Đơn vị"), ("Lê Văn", "Mật", date(1990, 1, 1), "A"))
        )
        == 1
    )


# --- hostile files ---


def test_a_file_over_twenty_megabytes_is_refused_at_once(tmp_path):
    file = tmp_path / "big.xlsx"
    file.write_bytes(b"PK" + b"\0" * grids.MAX_BYTES)
    begin = clock.monotonic()
    for source in (file, file.read_bytes()):
        (problem,) = reading.read("roster", source, today=TODAY).problems
        assert (problem.code, problem.extra["limit"]) == ("too_big", "bytes")
    assert clock.monotonic() - begin < 2


def test_a_zip_bomb_is_refused_unpacked():
    bomb = w.zipped(w.parts(w.roster()) | {"xl/media/zeros.bin": b"\0" * (grids.MAX_UNPACKED + 1)})
    assert len(bomb) < 1_000_000
    begin = clock.monotonic()
    assert refusal(bomb).extra["limit"] == "unpacked"
    assert clock.monotonic() - begin < 2


SHARED = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>"""


@pytest.mark.parametrize("part", [w.SHEET_1, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml",
                                  "[Content_Types].xml"])  # fmt: skip
def test_an_entity_bomb_is_refused_in_every_part(part):
    content = w.parts(w.roster())
    bomb = LAUGHS + content.get(part, b"<sst/>").removeprefix(b'<?xml version="1.0"?>')
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % SHARED
    content["[Content_Types].xml"] = content["[Content_Types].xml"].replace(b"</Types>", listed)
    told = refusal(w.zipped({"xl/sharedStrings.xml": b"<sst/>"} | content | {part: bomb}))
    assert (told.code, told.extra["looks_like"]) == ("not_a_workbook", "bomb")


@pytest.mark.parametrize(("body", "limit"), [
    (b"<row r='1'>" + b"<c/>" * 20_000 + b"</row>", "columns"),
    (b"<x>" * 5_000 + b"</x>" * 5_000, "cells"),
    (b"<row r='1'><c r='A1' t='inlineStr'><is><t>" + b"a" * 100_000 + b"</t></is></c></row>", "text"),
    (b"<row r='1'><c/><c/></row>" * 1_600_000, "cells"),
])  # fmt: skip
def test_absurd_xml_is_refused_before_a_tree_is_built(body, limit):
    data = w.with_part(w.book([]), w.SHEET_1, b"<sheetData />" if b"<sheetData />" in w.parts(w.book([]))[w.SHEET_1]
                       else b"<sheetData></sheetData>", b"<sheetData>" + body + b"</sheetData>")  # fmt: skip
    assert refusal(data).extra["limit"] == limit


def test_more_than_twenty_thousand_rows_are_refused():
    line = person()[1]
    assert refusal(w.book([person()[0], *([line] * grids.MAX_ROWS)])).extra["limit"] == "rows"


def test_a_dimension_that_lies_is_ignored():
    data = w.book(person())
    told = (
        b'<dimension ref="A1:C2"' if b'<dimension ref="A1:C2"' in w.parts(data)[w.SHEET_1] else b"<dimension"
    )
    for lie in (b'<dimension ref="A1:XFD1048576"', b'<dimension ref="A1:A1"'):
        assert len(read("roster", w.with_part(data, w.SHEET_1, told, lie)).rows) == 1


def test_rows_and_columns_at_the_end_of_the_world_cost_nothing():
    def far(workbook: Workbook) -> None:
        workbook.worksheets[0]["XFD1048576"] = "ở đây"

    begin = clock.monotonic()
    assert len(read("roster", w.edited(w.book(person()), far)).rows) == 1
    assert clock.monotonic() - begin < 20


def test_broken_styles_still_give_the_dates():
    data = w.with_part(
        w.book(person()), "xl/styles.xml", b"<fills", b"<fills><fill><nothing/></fill></fills><fills"
    )
    assert read("roster", data).rows[0].values["birth_date"] == date(1995, 9, 7)


def test_broken_document_properties_do_not_matter():
    content = w.parts(w.book(person()))
    assert len(read("roster", w.zipped(content | {"docProps/core.xml": b"<broken"})).rows) == 1


def test_problems_of_a_hopeless_file_are_bounded():
    lines = [("Họ tên", "Ngày sinh", "Đơn vị"), *[("An", "?", None)] * 3_000]
    assert 1_000 <= len(problems("roster", *lines)) <= 1_010


def test_file_problems_come_before_rows_and_rows_in_order():
    lines = [*person(SĐT="x"), ("Trần Văn Bình", "?", None, "y"), ("Lê Thị Ánh", date(1995, 9, 7), "A")]
    told = [(problem.row, problem.column) for problem in problems("roster", *lines)]
    assert told == [(2, "D"), (3, "B"), (3, "C"), (3, "D"), (4, "A")]


def test_strings_shared_and_in_several_faces_are_read():
    content = w.parts(w.book([("Họ tên", "Ngày sinh", "Đơn vị"), ("@name", "07/09/1995", "Phường A")]))
    rich = f"<sst xmlns='{w.MAIN}'><si><r><t>Lê Thị </t></r><r><t>Ánh</t></r></si></sst>"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % SHARED
    sheet = content[w.SHEET_1].replace(b't="inlineStr"><is><t>@name</t></is>', b't="s"><v>0</v>')
    assert sheet != content[w.SHEET_1]
    types = content["[Content_Types].xml"].replace(b"</Types>", listed)
    data = w.zipped(
        content | {w.SHEET_1: sheet, "[Content_Types].xml": types, "xl/sharedStrings.xml": rich.encode()}
    )
    assert read("roster", data).rows[0].values["name"] == "Lê Thị Ánh"


def test_thousands_of_overlapping_merges_do_not_slow_the_search():
    areas = b"".join(b'<mergeCell ref="A%d:CV%d"/>' % (n % 60 + 1, n % 60 + 3) for n in range(40_000))
    data = w.with_part(
        w.book(person(), merges=("H1:H2",)), w.SHEET_1, b"</mergeCells>", areas + b"</mergeCells>"
    )
    begin = clock.monotonic()
    read("roster", data)
    assert clock.monotonic() - begin < 10


@given(st.binary(max_size=2_000) | st.binary(max_size=500).map(lambda tail: b"PK\3\4" + tail))
def test_random_bytes_never_raise(source):
    assert read("roster", source).problems


ROSTER_PARTS = w.parts(w.roster())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_workbook_never_raises(data):
    name = data.draw(st.sampled_from(sorted(ROSTER_PARTS)))
    part = bytearray(ROSTER_PARTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    read(
        data.draw(st.sampled_from(["roster", "units", "timetable", "marks"])),
        w.zipped(ROSTER_PARTS | {name: bytes(part)}),
    )


CELLS = st.none() | st.text(max_size=12).map(lambda t: t.encode("utf-8", "ignore").decode()) | st.integers() | st.floats(
    allow_nan=False, allow_infinity=False
) | st.dates(date(1900, 1, 1)) | st.times() | st.booleans() | st.sampled_from(["Tổng cộng", "#N/A", "7h30-", "2/1", "thứ 9", "=1", "I."])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=4),
    st.sampled_from(["roster", "timetable", "marks", "units"]),
)
def test_any_cells_below_a_header_never_raise(lines, kind):
    header = {
        "roster": w.ROSTER_HEADER,
        "timetable": ("Thứ", "Ngày", "Buổi", "Giờ", "Số tiết", "Chuyên đề", "Phòng"),
        "marks": ("TT", "Họ đệm", "Tên", "Ngày sinh", "Thi", "?", "Nhận xét"),
        "units": ("TT", "Tên đơn vị", "Loại hình", "Thủ trưởng", "SĐT thủ trưởng", "Đầu mối", "Địa chỉ"),
    }[kind]
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    clean = [[ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in line] for line in lines]
    read(kind, w.book([header, *clean]))


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(7)),
    st.lists(st.sampled_from(["ĐẢNG BỘ XÃ B", "DANH SÁCH HỌC VIÊN", "Lớp đảng viên mới", None]), max_size=5),
    st.lists(st.integers(0, 3), max_size=3),
    st.booleans(),
)
def test_order_titles_blank_rows_and_composition_change_nothing(order, titles, blanks, decomposed):
    lines: list[w.Line] = list(w.ROSTER_ROWS)
    for place in blanks:
        lines.insert(place, ())
    table = [[line[i] for i in order] if line else [] for line in [w.ROSTER_HEADER, *lines]]
    sheet = [*[[title] for title in titles], *table]
    if decomposed:
        sheet = [
            [unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in line] for line in sheet
        ]
    told = read("roster", w.book(sheet))
    assert told.problems == []
    assert [row.values for row in told.rows] == [row.values for row in read("roster", w.roster()).rows]


# --- writing ---

DANGEROUS = ["=1+1", "+84912345678", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "=",
             "＝1+1", "#N/A", "'=1"]  # fmt: skip


def loaded(data: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [list(row) for row in sheet.iter_rows()]


def test_no_cell_of_an_export_ever_runs():
    data = write(DANGEROUS, DANGEROUS, [DANGEROUS], sheet_name="=1+1")
    cells = [cell for row in loaded(data) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[-len(DANGEROUS) :]] == [
        text.replace("\r", "\n") for text in DANGEROUS
    ]
    assert [cell.quotePrefix for cell in cells[-len(DANGEROUS) :]] == [True] * 10 + [False, False]
    assert b"<f>" not in w.parts(data)[w.SHEET_1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.sampled_from(DANGEROUS), min_size=1, max_size=5))
def test_random_text_is_written_and_never_a_formula(texts):
    data = write(texts[:1], texts, [texts], sheet_name=texts[0])
    for row in loaded(data):
        assert all(cell.data_type in {"s", "n"} for cell in row)
        assert all(isinstance(cell.value, str | None) for cell in row)
    assert not re.search(rb"<f[\s/>]", w.parts(data)[w.SHEET_1])


def test_dates_and_numbers_stay_dates_and_numbers():
    line = [date(2026, 1, 5), datetime(2026, 1, 5, 7, 30), time(7, 30), 12, Decimal("8.5"), 0.25, True, None]
    row = loaded(write([], ["a"] * 8, [line], sheet_name="Sổ"))[1]
    assert [cell.value for cell in row] == [
        datetime(2026, 1, 5),
        datetime(2026, 1, 5, 7, 30),
        time(7, 30),
        12,
        8.5,
        0.25,
        True,
        None,
    ]
    assert [cell.number_format for cell in row[:3]] == ["dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm"]


def test_what_excel_cannot_hold_is_text_or_blank():
    line = [
        2**63,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        date(1890, 1, 5),
        "a\0b\ud800c\ufffe",
        "x" * 40_000,
    ]
    values = [cell.value for cell in loaded(write([], ["a"] * 7, [line], sheet_name="Sổ"))[1]]
    assert values[:6] == [str(2**63), None, None, None, "05/01/1890", "abc"]
    assert len(values[6]) == 32_767


def test_text_is_written_composed():
    assert (
        loaded(write([], ["h"], [[unicodedata.normalize("NFD", "Hạnh")]], sheet_name="x"))[1][0].value
        == "Hạnh"
    )


def test_an_export_prints_on_a4_with_its_header_repeated():
    narrow = load_workbook(io.BytesIO(write(["T"], ["a", "b"], [], sheet_name="x"))).worksheets[0]
    broad = load_workbook(
        io.BytesIO(write(["T"], ["a"] * 9, [["một hai ba bốn năm"] * 9], sheet_name="x"))
    ).worksheets[0]
    assert (narrow.page_setup.orientation, broad.page_setup.orientation) == ("portrait", "landscape")
    assert narrow.sheet_properties.pageSetUpPr.fitToPage
    assert (narrow.page_setup.paperSize, narrow.page_setup.fitToHeight) == (
        "9",
        0,
    ) or narrow.page_setup.paperSize == 9
    assert narrow.print_title_rows == "$2:$2"
    cell = broad["A3"]
    assert cell.alignment.wrap_text
    assert cell.border.left.style == "thin"


@pytest.mark.parametrize("name", ["", "'", "a/b[c]:*?", "x" * 50, "Lớp 1\n"])
def test_any_sheet_name_is_made_fit(name):
    assert 0 < len(load_workbook(io.BytesIO(write([], ["a"], [], sheet_name=name))).sheetnames[0]) <= 31


# --- templates ---

LABELS = {
    "units": {"ordinal": "TT", "name": "Tên đơn vị", "kind": "Loại hình", "parent": "Cơ quan chủ quản",
              "head": "Thủ trưởng", "head_position": "Chức vụ thủ trưởng", "head_phone": "Điện thoại thủ trưởng",
              "liaison": "Cán bộ đầu mối", "liaison_phone": "Điện thoại đầu mối", "address": "Địa chỉ"},
    "roster": {"ordinal": "TT", "name": "Họ và tên", "birth_date": "Ngày sinh", "gender": "Giới tính",
               "gender.female": "Nữ", "position": "Chức vụ", "unit": "Đơn vị",
               "party_status": "Đảng viên/dự bị/quần chúng", "party_status.probationary": "Dự bị",
               "phone": "Điện thoại", "succession_plan": "Nguồn quy hoạch", "note": "Ghi chú"},
    "timetable": {"weekday": "Thứ", "date": "Ngày", "part": "Buổi", "part.morning": "Sáng", "start": "Từ", "end": "Đến",
                  "periods": "Số tiết", "topic": "Chuyên đề", "kind": "Loại buổi", "lecturer": "Giảng viên",
                  "room": "Phòng", "note": "Ghi chú"},
    "marks": {"ordinal": "TT", "name": "Họ và tên", "birth_date": "Ngày sinh", "comment": "Nhận xét"},
}  # fmt: skip
EXAMPLES = {
    "units": {"name": "Trường THCS Lê Lợi", "kind": "Trường học", "parent": "Đảng ủy phường A", "head": "Trần Văn Bình",
              "head_position": "Hiệu trưởng", "head_phone": "0912345678", "liaison": "Lê Thị Ánh",
              "liaison_phone": "0905111222", "address": "Phường A"},
    "roster": {"name": "Nguyễn Thị Minh Hạnh", "birth_date": date(1990, 5, 12), "gender": "female",
               "position": "Giám đốc", "unit": "Trường THCS Lê Lợi", "party_status": "probationary",
               "phone": "0912345678", "succession_plan": "Cấp ủy phường", "note": None},
    "timetable": {"date": date(2026, 11, 23), "part": "morning", "start": time(7, 30), "end": time(11), "periods": 5,
                  "topic": "Lịch sử Đảng", "kind": "Giảng dạy", "lecturer": "Trần Văn Bình", "room": "A2", "note": None},
    "marks": {"name": "Nguyễn Thị Minh Hạnh", "birth_date": date(1990, 5, 12), "comment": "Chăm chỉ",
              "marks": {"Thu hoạch": Decimal("8.5"), "Thi": Decimal(9)}},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_template_reads_back_as_what_was_put_in(kind):
    data = template(
        kind, [EXAMPLES[kind]], LABELS[kind], ["TRUNG TÂM CHÍNH TRỊ", "DANH SÁCH MẪU"], sheet_name="Mẫu"
    )
    sheet = read(kind, data)
    assert sheet.problems == []
    assert [row.values for row in sheet.rows] == [EXAMPLES[kind]]
    assert sheet.title_lines == ("TRUNG TÂM CHÍNH TRỊ", "DANH SÁCH MẪU")


def test_a_template_needs_a_label_for_what_is_required():
    with pytest.raises(KeyError, match="unit"):
        template("roster", [], {"name": "Họ và tên", "birth_date": "Ngày sinh"}, [])
