"""What stands in the cells of office workbooks: each kind of thing that was once read wrongly, with its right value."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from storage.base.legacy import converted
from storage.base.text import clean_name, may_mean, same_name
from storage.spreadsheets import reading
from storage.spreadsheets.sheet import FINDING_CODES, PROBLEM_CODES, Problem, Sheet
from tests.casts import workbooks as w

TODAY = date(2026, 11, 16)
MONDAY = date(2026, 12, 7)
UNIT = "Trường THCS An Hòa"


def read(kind: str, source: bytes) -> Sheet:
    sheet = reading.read(kind, source, today=TODAY)
    assert {problem.code for problem in sheet.problems} <= PROBLEM_CODES
    assert {finding.code for finding in sheet.findings} <= FINDING_CODES
    return sheet


def sheet_of(kind: str, *lines: w.Line, merges: tuple[str, ...] = ()) -> Sheet:
    return read(kind, w.book(lines, merges=merges))


def session(**cells: object) -> Sheet:
    """A timetable of one session on that Monday, with these cells."""
    line = {"Ngày": MONDAY, "Nội dung": "Chuyên đề 1"} | {
        name.replace("_", " "): cell for name, cell in cells.items()
    }
    return sheet_of("timetable", tuple(line), tuple(line.values()))


def told(sheet: Sheet, *fields: str) -> tuple[object, ...]:
    assert sheet.problems == []
    (row,) = sheet.rows
    return tuple(row.values.get(field) for field in fields)


def only(sheet: Sheet) -> Problem:
    (problem,) = sheet.problems
    return problem


def person(**cells: object) -> Sheet:
    line = {"Họ và tên": "Nông Thị Mận", "Ngày sinh": date(1993, 6, 4), "Đơn vị": UNIT} | cells
    return sheet_of("roster", tuple(line), tuple(line.values()))


# --- the time of a session: its cells agree, or the row is refused ---


def test_a_part_of_the_day_that_contradicts_the_hours_is_refused():
    problem = only(session(Buổi="Sáng", Từ=time(13, 30), Đến=time(17)))
    assert (problem.code, problem.row, problem.column, problem.value) == ("part_mismatch", 2, "C", "Sáng")
    assert problem.extra["hours"] == "13h30 – 17h00"


@pytest.mark.parametrize(("part", "hours"), [
    ("Chiều", "7h30-11h00"), ("Tối", "13h30-17h00"), ("Sáng", "18h00"), ("Sáng", "7h30-17h00"), ("Cả ngày", "7h30-11h00"),
    ("Cả ngày", "13h30-17h00"), ("Chiều", "17h30-20h30"),
])  # fmt: skip
def test_any_part_that_does_not_hold_the_hours_is_refused(part, hours):
    assert only(session(Buổi=part, Giờ=hours)).code == "part_mismatch"


@pytest.mark.parametrize(("part", "hours", "start", "end"), [
    ("Chiều", "1h30", time(13, 30), None), ("Chiều", "1h30 - 5h00", time(13, 30), time(17)),
    ("Tối", "7h - 9h", time(19), time(21)), ("Tối", "6 giờ 30", time(18, 30), None),
    ("Chiều", "13h30-17h00", time(13, 30), time(17)), ("Sáng", "7h30-11h30", time(7, 30), time(11, 30)),
    ("Cả ngày", "7h30-17h00", time(7, 30), time(17)), ("Sáng và chiều", "8h00-16h30", time(8), time(16, 30)),
    (None, "Chiều 1h30", time(13, 30), None), (None, "từ 1h30 đến 4h30 chiều", time(13, 30), time(16, 30)),
    ("Chiều (1h30-4h30)", None, time(13, 30), time(16, 30)), ("Chiều 1h30", None, time(13, 30), None),
    ("Tối: 18h00 – 20h30", None, time(18), time(20, 30)),
])  # fmt: skip
def test_hours_are_those_of_the_part_of_the_day(part, hours, start, end):
    assert told(session(Buổi=part, Giờ=hours), "start", "end") == (start, end)


@pytest.mark.parametrize(
    "label", ["Ca 3", "ca 1", "Kíp 2", "Buổi 2", "3", 2, "II", "sáng sớm", "Sáng, tối", "ca"]
)
def test_a_number_of_a_session_is_no_part_of_the_day(label):
    problem = only(session(Buổi=label))
    assert (problem.code, problem.column) == ("unknown_choice", "C")


def test_a_numbered_session_with_its_hours_is_understood():
    assert told(session(Buổi="Ca 3", Giờ="13h30-15h00"), "start", "end", "part") == (
        time(13, 30),
        time(15),
        None,
    )


def test_what_stands_beside_the_day_counts():
    sheet = session(Ngày="Chiều thứ Hai, 07/12/2026")
    assert told(sheet, "date", "part") == (MONDAY, "afternoon")
    assert told(session(Ngày="7h30 ngày 07/12/2026"), "date", "start") == (MONDAY, time(7, 30))
    assert told(session(Ngày=datetime(2026, 12, 7, 13, 30)), "date", "start") == (MONDAY, time(13, 30))
    assert told(session(Ngày="2026-12-07 00:00:00"), "date", "start") == (MONDAY, None)


@pytest.mark.parametrize(("cells", "code"), [
    ({"Ngày": "Chiều 07/12/2026", "Buổi": "Sáng"}, "parts_differ"), ({"Thứ": "Thứ 2 (sáng)", "Buổi": "Chiều"}, "parts_differ"),
    ({"Buổi": "Chiều (13h30)", "Giờ": "14h00"}, "hours_differ"), ({"Giờ": "7h30-11h00", "Từ": time(8)}, "hours_differ"),
    ({"Ngày": datetime(2026, 12, 7, 8, 0), "Giờ": "7h30"}, "hours_differ"), ({"Buổi": "Sáng thứ 3"}, "weekday_mismatch"),
    ({"Thứ": "Thứ 3"}, "weekday_mismatch"), ({"Ngày": "Sáng, chiều, tối 07/12/2026"}, "bad_date"),
])  # fmt: skip
def test_cells_of_a_row_that_contradict_each_other_are_refused(cells, code):
    assert code in {problem.code for problem in session(**cells).problems}


@pytest.mark.parametrize(
    "weekdays", ["Thứ 2, 4, 6", "2-4-6", "Thứ 2 đến thứ 6", "T2, T4", "Thứ hai và thứ tư"]
)
def test_a_weekly_pattern_is_refused_and_never_its_first_day(weekdays):
    lines = [("Thứ", "Giờ học", "Nội dung", "Từ ngày", "Đến ngày"),
             (weekdays, "18h00-20h30", "Chuyên đề 1", datetime(2026, 12, 7), datetime(2026, 12, 30))]  # fmt: skip
    problems = sheet_of("timetable", *lines).problems
    assert [(problem.code, problem.column) for problem in problems] == [
        ("weekly_pattern", "A"),
        ("weekly_pattern", "D"),
    ]


def test_from_and_to_the_same_day_is_that_day():
    lines = [("Từ ngày", "Đến ngày", "Buổi", "Nội dung"), (MONDAY, MONDAY, "Sáng", "Chuyên đề 1")]
    assert told(sheet_of("timetable", *lines), "date") == (MONDAY,)


@pytest.mark.parametrize(
    "day", ["07-09/12/2026", "07/12 - 09/12/2026", "7, 8/12/2026", "từ 07/12/2026 đến 09/12/2026"]
)
def test_several_days_in_one_cell_are_refused(day):
    assert only(session(Ngày=day)).code == "bad_date"


@pytest.mark.parametrize("periods", ["12", "45", 45, "123", "tiết 1-3,4-5", "1-3 4-5", "1-10"])
def test_glued_periods_are_refused(periods):
    assert only(session(Tiết=periods, Buổi="Sáng")).code in {"too_many_periods", "bad_number"}


@pytest.mark.parametrize("hours", ["7h30-9h00 9h15-11h00", "7h30-9h00, 9h15-11h00", "7h30 9h00", "7h309h00"])
def test_glued_hours_are_refused(hours):
    assert only(session(Giờ=hours)).code == "bad_time"
    assert only(session(Buổi=f"Sáng {hours}")).code in {"bad_time", "unknown_choice"}
    assert only(session(Ngày=f"07/12/2026 {hours}")).code in {"bad_time", "bad_date"}


def test_more_periods_than_the_hours_hold_are_refused():
    assert only(session(Giờ="7h30-9h00", Số_tiết=5)).code == "too_many_periods"
    assert told(session(Giờ="7h30-11h00", Số_tiết=5), "periods") == (5,)


@pytest.mark.parametrize("hours", ["1h30-4h30", "2h00", "22h00-23h30", "0h30"])
def test_a_class_at_night_is_asked_about(hours):
    sheet = session(Giờ=hours)
    (finding,) = sheet.findings
    assert sheet.problems == []
    assert (finding.code, finding.row, finding.value) == ("at_night", 2, hours)


def test_an_evening_class_is_no_question():
    assert session(Giờ="18h00-20h30").findings == []


# --- ditto marks, dashes, days off ---


def test_ditto_marks_take_the_cell_above_and_a_day_off_is_no_session():
    sheet = sheet_of(
        "timetable",
        ("Ngày", "Buổi", "Nội dung", "Giảng viên"),
        ("07/12/2026", "Sáng", "Chuyên đề 1", "Đỗ Văn Mẫu"),
        ("07/12/2026", "Chiều", "-nt-", '"'),
        ("08/12/2026", "Sáng", "-", None),
        ("08/12/2026", "Chiều", "Nghỉ", None),
    )
    assert sheet.problems == []
    assert [(row.number, row.values["part"], row.values["topic"], row.values["lecturer"]) for row in sheet.rows] == [
        (2, "morning", "Chuyên đề 1", "Đỗ Văn Mẫu"), (3, "afternoon", "Chuyên đề 1", "Đỗ Văn Mẫu"),
    ]  # fmt: skip
    assert [(left.cells, left.reason) for left in sheet.left_out] == [("4:5", "no_session")]


@pytest.mark.parametrize(
    "mark", ['"', "''", "”", "nt", "-nt-", "NT", "n.t", "như trên", "Như trên", "(nt)", "〃"]
)
def test_a_ditto_mark_in_any_form(mark):
    lines = [
        ("Ngày", "Buổi", "Nội dung"),
        (MONDAY, "Sáng", "Bài 1"),
        (mark, "Chiều", mark),
        (mark, "Tối", mark),
    ]
    sheet = sheet_of("timetable", *lines)
    assert [(row.values["date"], row.values["topic"]) for row in sheet.rows] == [(MONDAY, "Bài 1")] * 3


def test_a_ditto_mark_in_a_list_of_people_repeats_the_unit_and_never_a_name_or_a_birth_date():
    header = ("Họ và tên", "Ngày sinh", "Đơn vị")
    born = date(1993, 6, 4)
    sheet = sheet_of("roster", header, ("Nông Thị Mận", born, UNIT), ("Lý Thị Bảy", born, "nt"))
    assert [row.values["unit"] for row in sheet.rows] == [UNIT, UNIT]
    for line in (('"', born, UNIT), ("Lý Thị Bảy", '"', UNIT)):
        assert only(sheet_of("roster", header, ("Nông Thị Mận", born, UNIT), line)).code == "ditto"


def test_a_ditto_mark_of_nothing_is_refused():
    header = ("Ngày", "Buổi", "Nội dung", "Phòng")
    assert only(sheet_of("timetable", header, (MONDAY, "Sáng", '"', None))).code == "ditto"
    lines = [(MONDAY, "Sáng", "Bài 1", None), (MONDAY, "Chiều", "Bài 2", '"')]
    assert only(sheet_of("timetable", header, *lines)).code == "ditto"


@pytest.mark.parametrize("topic", ["-", "–", "…", "Nghỉ", "NGHỈ LỄ", "nghỉ Tết Dương lịch", "Nghỉ bù", "(nghỉ)", "Nghỉ 2/9", "Nghi",
                                   "Quốc khánh (nghỉ)", "Không học", "Nghỉ - Giỗ Tổ"])  # fmt: skip
def test_what_is_no_session_is_left_out_and_named(topic):
    lines = [("Ngày", "Buổi", "Nội dung"), (MONDAY, "Sáng", "Bài 1"), (MONDAY, "Chiều", topic)]
    sheet = sheet_of("timetable", *lines)
    assert (len(sheet.rows), sheet.problems) == (1, [])
    assert [(left.cells, left.reason) for left in sheet.left_out] == [("3:3", "no_session")]


@pytest.mark.parametrize(
    "topic", ["Nghị quyết Đại hội", "Nghi lễ nhà nước", "Nghỉ hưu và chế độ hưu trí", "Nghiên cứu thực tế"]
)
def test_a_topic_that_only_looks_like_a_day_off_is_one(topic):
    assert told(session(Nội_dung=topic), "topic") == (topic,)


def test_a_dash_in_any_other_column_is_a_blank_cell():
    assert told(person(Điện_thoại="-", **{"Chức vụ": "–"}), "name", "position") == ("Nông Thị Mận", None)
    assert only(person(**{"Họ và tên": "-"})).code == "missing_value"


# --- marks ---

MARKED = ("STT", "Họ và tên", "Ngày sinh")
AN = (1, "Nguyễn Hoài An", date(1990, 5, 12))


def marked(header: str, *values: object) -> Sheet:
    return sheet_of("marks", (*MARKED, "Điểm thi", header), *[(*AN, 7.5, value) for value in values])


@pytest.mark.parametrize("header", ["Số thứ tự", "Tổ", "Nhóm", "Số ghế", "Vắng", "Nghỉ có phép", "Lần thi", "Số tờ", "Mã phách", "Điểm danh",
                                    "Phòng thi", "SBD", "Hệ số", "Số buổi vắng", "Lớp", "Ca thi"])  # fmt: skip
def test_ordinals_groups_seats_and_absences_are_no_marks(header):
    sheet = marked(header, 3)
    assert (sheet.components, sheet.rows[0].values["marks"]) == (("Điểm thi",), {"Điểm thi": Decimal("7.5")})
    assert "asked" not in sheet.rows[0].values


@pytest.mark.parametrize(
    "header", ["Điểm bài 1", "Thu hoạch", "Kiểm tra giữa khóa", "Chuyên cần", "Bài 2", "Tiểu luận", "Môn 1"]
)
def test_a_column_that_says_so_holds_marks(header):
    assert marked(header, 8).components == ("Điểm thi", header)


@pytest.mark.parametrize("header", ["TB", "ĐTB", "Điểm TB", "Trung bình", "Điểm trung bình", "Tổng kết", "Điểm tổng kết", "Hệ 4", "Điểm hệ 4",
                                    "Tổng điểm", "Tổng cộng", "TBC"])  # fmt: skip
def test_a_total_is_no_component(header):
    sheet = marked(header, 8)
    assert sheet.components == ("Điểm thi",)
    assert sheet.rows[0].values["totals"] == {header: Decimal(8)}
    assert header in sheet.ignored_columns


@pytest.mark.parametrize("header", ["Điểm (cũ)", "Cột 5", "A", "Điểm cộng", "Điểm trước phúc khảo"])
def test_a_column_that_does_not_say_what_it_is_is_asked_about(header):
    sheet = marked(header, 5)
    assert sheet.components == ("Điểm thi",)
    assert sheet.rows[0].values["asked"] == {header: Decimal(5)}


def test_a_sheet_for_each_paper_gives_the_mark_its_name():
    line = (*AN, 7)
    data = w.book([(*MARKED, "Điểm"), line], titles=("Bài 1",))
    assert read("marks", data).rows[0].values["marks"] == {"Bài 1": Decimal(7)}
    data = w.book([(*MARKED, "Điểm"), line], titles=("Sheet1",))
    assert read("marks", data).rows[0].values["marks"] == {"Điểm": Decimal(7)}


# --- names ---


@pytest.mark.parametrize(("typed", "name"), [
    ("Đ/c Nguyễn Hoài An", "Nguyễn Hoài An"), ("Ông Đinh Văn Sáu", "Đinh Văn Sáu"), ("1. Trần Văn Số", "Trần Văn Số"),
    ("ThS. Cao Minh Đức", "Cao Minh Đức"), ("PGS.TS Lê Thị Na", "Lê Thị Na"), ("ĐỒNG CHÍ NGUYỄN THỊ ÁNH", "Nguyễn Thị Ánh"),
    ("(2) Bà Lê Na", "Lê Na"), ("- Đ.c: Nguyễn An", "Nguyễn An"), ("Thượng úy Lê Văn Bình", "Lê Văn Bình"),
    ("01) Chị Lê Thị B", "Lê Thị B"), ("Ông Ích Khiêm", "Ông Ích Khiêm"), ("Cô Ba", "Cô Ba"), ("Anh Đức", "Anh Đức"),
    ("Bá Văn Tú", "Bá Văn Tú"), ("Nguyễn Văn Ông", "Nguyễn Văn Ông"), ("Nguyễn Văn An (B)", "Nguyễn Văn An (B)"),
    ("nguyễn văn an", "Nguyễn Văn An"), ("Trần\u200e Văn\u202e Số", "Trần Văn Số"), ("Ðặng Văn A", "Đặng Văn A"),
])  # fmt: skip
def test_titles_and_numbering_are_no_part_of_a_name(typed, name):
    assert told(person(**{"Họ và tên": typed}), "name") == (name,)


def test_titles_before_a_name_in_two_columns_are_stripped_too():
    lines = [
        ("Họ và tên đệm", "Tên", "Ngày sinh", "Đơn vị"),
        ("Đ/c Nguyễn Hoài", "An", date(1990, 5, 12), UNIT),
    ]
    assert told(sheet_of("roster", *lines), "name") == ("Nguyễn Hoài An",)


@pytest.mark.parametrize("typed", ["123", "1.", "(?)", "+1+1", "NguyÔn V¨n Đồng"])
def test_what_holds_no_letter_is_no_name(typed):
    assert only(person(**{"Họ và tên": typed})).code == "bad_name"


def test_a_second_column_of_the_name_is_not_joined_to_the_first():
    lines = [("STT", "Họ và tên", "Họ và tên (in hoa)", "Ngày sinh", "Đơn vị"),
             (1, "Nông Thị Mận", "NÔNG THỊ MẬN", date(1993, 6, 4), UNIT)]  # fmt: skip
    assert told(sheet_of("roster", *lines), "name") == ("Nông Thị Mận",)


@pytest.mark.parametrize(("typed", "name"), [
    ("NguyÔn V¨n §ång", "Nguyễn Văn Đồng"), ("Nguyeãn Vaên Ñoàng", "Nguyễn Văn Đồng"), ("TrÇn ThÞ Hµ", "Trần Thị Hà"),
    ("Phaïm Thò Höông", "Phạm Thị Hương"), ("L\u00adu V¨n B×nh", "Lưu Văn Bình"), ("NGUYÔN V¡N ANH", "Nguyễn Văn Anh"),
    ("Vâ §×nh An", "Võ Đình An"), ("Huyønh Thuùy An", "Huỳnh Thúy An"), ("§/c Lª V¨n Hïng", "Lê Văn Hùng"),
])  # fmt: skip
def test_names_in_fonts_from_before_unicode_are_converted_and_shown(typed, name):
    sheet = person(**{"Họ và tên": typed})
    assert told(sheet, "name") == (name,)
    (finding,) = sheet.findings
    assert (finding.code, finding.row, finding.column, finding.extra["read"]) == ("legacy_font", 2, "A", name)


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn Đồng", "H'Hen Niê", "Lê Vân", "Hoà", "José Müller", "François", "Đắk Lắk", "Tôn Nữ"]
)
def test_a_name_that_is_not_in_such_a_font_stays(name):
    assert converted(name) is None


def test_units_and_headers_in_such_fonts_are_understood():
    lines = [
        ("Hä vµ tªn", "Ngµy sinh", "§¬n vÞ"),
        ("Lª V¨n Hïng", date(1990, 1, 2), "Tr\u00adêng THCS An Hßa"),
    ]
    assert told(sheet_of("roster", *lines), "name", "unit") == ("Lê Văn Hùng", UNIT)


def test_a_letter_of_another_alphabet_in_a_name_is_pointed_out():
    (finding,) = person(**{"Họ và tên": "Nguyễn Аn"}).findings
    assert (finding.code, finding.column, finding.extra["letters"]) == ("foreign_letters", "A", "А")


def test_a_name_holds_nothing_invisible():
    assert clean_name("\u202eTrần\u2066 Văn\ue000 \x07Số\u2069") == "Trần Văn Số"


def test_where_there_are_diacritics_they_count():
    assert not same_name("Lê Thị Hoa", "Lê Thị Hòa")
    assert same_name("Lê Thị Hoà", "LÊ THỊ HÒA")
    assert same_name("Le Thi Hoa", "Lê Thị Hòa")
    assert not may_mean("Đơn vị cũ", "Đơn vị cử")
    assert may_mean("Họ và tện", "Họ và tên")


# --- headers ---


def test_the_old_unit_is_not_the_sending_one():
    sheet = person(**{"Đơn vị": None}, **{"Đơn vị cũ": UNIT, "Đơn vị mới": "Trường THPT Bình Minh"})
    assert only(sheet).code == "missing_value"
    header = ("Họ và tên", "Ngày sinh", "Đơn vị cũ", "Đơn vị mới")
    sheet = sheet_of("roster", header, ("Nông Thị Mận", date(1993, 6, 4), UNIT, "Trường THPT Bình Minh"))
    assert told(sheet, "unit") == ("Trường THPT Bình Minh",)
    assert sheet.ignored_columns == ("Đơn vị cũ",)


@pytest.mark.parametrize(
    ("header", "field"), [("Giỏi", "gender"), ("Năm", "male_mark"), ("Đơn vị cũ", "unit")]
)
def test_a_header_that_only_folds_alike_is_another_column(header, field):
    sheet = person(**{header: "x"})
    assert field == "unit" or field not in sheet.rows[0].values
    assert header in sheet.ignored_columns


def test_a_choice_that_only_folds_alike_is_refused():
    assert only(person(**{"Giới tính": "Năm"})).code == "unknown_choice"


# --- what Excel spoiled ---


def test_days_and_months_that_excel_swapped_are_refused_where_they_stand():
    sheet = sheet_of(
        "roster",
        ("STT", "Họ và tên", "Ngày sinh", "Đơn vị"),
        (1, "Nông Thị Mận", datetime(1993, 4, 6), UNIT),
        (2, "Quách Văn Lộc", "15/11/1989", UNIT),
        (3, "Đinh Văn Sáu", datetime(1990, 2, 1), UNIT),
        (4, "Lý Thị Bảy", "23/04/1991", UNIT),
    )
    assert [(problem.code, problem.row, problem.column, problem.value) for problem in sheet.problems] == [
        ("dates_swapped", 2, "C", "06/04/1993"), ("dates_swapped", 4, "C", "01/02/1990"),
    ]  # fmt: skip
    assert sheet.problems[0].extra["example"] == "15/11/1989"


def test_dates_of_both_kinds_are_taken_where_one_of_them_shows_that_nothing_was_swapped():
    header = ("Họ và tên", "Ngày sinh", "Đơn vị")
    lines = [("Nông Thị Mận", datetime(1993, 6, 4), UNIT), ("Quách Văn Lộc", "15/11/1989", UNIT)]
    assert (
        read("roster", w.book([header, *lines, ("Lý Thị Bảy", datetime(1991, 4, 23), UNIT)])).problems == []
    )
    assert read("roster", w.book([header, *lines, ("Lý Thị Bảy", "03/04/1991", UNIT)])).problems == []


def test_days_of_sessions_that_excel_swapped_are_refused_too():
    lines = [
        ("Ngày", "Buổi", "Nội dung"),
        (datetime(2026, 7, 12), "Sáng", "Bài 1"),
        ("14/12/2026", "Sáng", "Bài 2"),
    ]
    assert only(sheet_of("timetable", *lines)).code == "dates_swapped"


def in_1904(*lines: w.Line) -> bytes:
    """A workbook that counts its days from 1904, with numbers where the style of dates is lost."""
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)
    for line in lines:
        book.worksheets[0].append(list(line))
    return w.saved(book)


def test_days_counted_from_1904_without_a_style_are_the_right_ones():
    sheet = read("roster", in_1904(("Họ và tên", "Ngày sinh", "Đơn vị"), ("Nông Thị Mận", 32662, UNIT)))
    assert told(sheet, "birth_date") == (date(1993, 6, 4),)
    sheet = read("timetable", in_1904(("Ngày", "Buổi", "Số tiết", "Nội dung"), (44901, "Sáng", 4, "Bài 1")))
    assert told(sheet, "date", "periods") == (MONDAY, 4)


BORN = [("STT", "Họ và tên", "Ngày sinh", None, None, "Đơn vị"), (None, None, "Ngày", "Tháng", "Năm", None)]
BORN_MERGES = ("A1:A2", "B1:B2", "C1:E1", "F1:F2")


def test_a_birth_date_in_three_columns_is_one():
    sheet = sheet_of("roster", *BORN, (1, "Nông Thị Mận", 4, 6, 1993, UNIT), merges=BORN_MERGES)
    assert told(sheet, "birth_date") == (date(1993, 6, 4),)


@pytest.mark.parametrize(("day", "month", "year", "code"), [
    (31, 2, 1993, "bad_date"), (None, 6, 1993, "bad_date"), (None, None, 1993, "year_only"), (4, 13, 1993, "bad_date"),
    (None, None, None, "missing_value"),
])  # fmt: skip
def test_three_columns_that_make_no_birth_date_are_refused(day, month, year, code):
    sheet = sheet_of("roster", *BORN, (1, "Nông Thị Mận", day, month, year, UNIT), merges=BORN_MERGES)
    assert only(sheet).code == code


# --- units ---


def test_rows_numbered_in_roman_are_units_above_those_below_them():
    sheet = sheet_of(
        "units",
        ("STT", "Tên đơn vị", "Thủ trưởng", "Điện thoại"),
        ("I", "Đảng bộ phường Cát Tiên", None, None),
        (1, "Chi bộ xóm Đông", "Đỗ Văn Quả", "0930000012"),
        (None, "II. Đảng bộ phường Lộc Phát", None, None),
        (1, "Chi bộ xóm Đông", None, None),
        ("III", "Khối các trường học", None, None),
        (1, "Trường THCS An Hòa", None, None),
    )
    assert sheet.problems == []
    assert [(row.number, row.values["name"], row.values.get("level")) for row in sheet.rows] == [
        (2, "Đảng bộ phường Cát Tiên", 1), (3, "Chi bộ xóm Đông", None), (4, "Đảng bộ phường Lộc Phát", 1),
        (5, "Chi bộ xóm Đông", None), (7, "Trường THCS An Hòa", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("unit", "head", "position"), [
    ("Chi bộ khu phố 3", "Ngô Văn Thắm", "Bí thư"), ("Trường THCS An Hòa", "Vũ Thị Mơ", None),
])  # fmt: skip
def test_a_secretary_heads_a_party_cell(unit, head, position):
    lines = [("Tên đơn vị", "Bí thư", "Thủ trưởng"), (unit, "Ngô Văn Thắm", "Vũ Thị Mơ")]
    assert told(sheet_of("units", *lines), "head", "head_position") == (head, position)


def test_a_secretary_alone_heads_any_unit():
    lines = [("Tên đơn vị", "Bí thư"), ("Trường THCS An Hòa", "Ngô Văn Thắm")]
    assert told(sheet_of("units", *lines), "head", "head_position") == ("Ngô Văn Thắm", "Bí thư")


# --- from what is known, in any way of writing it: exactly that, or a finding at its cell ---

PARTS = {"morning": "Sáng", "afternoon": "Chiều", "evening": "Tối"}
STARTS = {"morning": (7, 8, 9), "afternoon": (13, 14, 15), "evening": (18, 19)}
DAYS = ("{:%d/%m/%Y}", "{:%d-%m-%Y}", "Ngày {:%d/%m/%Y}", "{part} {:%d/%m/%Y}", "{hours} ngày {:%d/%m/%Y}")
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
WAYS = ("{h}h{m:02d}", "{h} giờ {m:02d}", "{h}g{m:02d}", "{h}:{m:02d}")


@st.composite
def sessions(draw: st.DrawFn) -> tuple[date, str, time, time]:
    day = draw(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
    part = draw(st.sampled_from(sorted(PARTS)))
    start = time(draw(st.sampled_from(STARTS[part])), draw(st.sampled_from((0, 15, 30))))
    end = start.replace(hour=start.hour + draw(st.sampled_from((1, 2))))
    return day, part, start, end


def clocks(draw: st.DrawFn, part: str, start: time, end: time) -> str:
    way = draw(st.sampled_from(WAYS))
    twelve = 12 if part != "morning" and draw(st.booleans()) else 0
    told = [
        way.format(h=one.hour - twelve if one.hour > 12 else one.hour, m=one.minute) for one in (start, end)
    ]
    said = draw(st.sampled_from(("{} - {}", "từ {} đến {}", "{}–{}"))).format(*told)
    return f"{PARTS[part]} {said}" if twelve else said


@given(data=st.data(), known=st.lists(sessions(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_sessions_in_any_way_of_writing_are_exactly_those(data, known):
    header = ("Thứ", "Ngày", "Buổi", "Giờ", "Nội dung")
    lines: list[w.Line] = []
    for number, (day, part, start, end) in enumerate(known):
        hours = clocks(data.draw, part, start, end)
        plain = f"{start.hour}h{start.minute:02d}"
        told = data.draw(st.sampled_from(DAYS)).format(day, part=PARTS[part], hours=plain)
        weekday = data.draw(st.sampled_from((WEEKDAYS[day.weekday()], None)))
        half = data.draw(
            st.sampled_from((PARTS[part], f"Buổi {PARTS[part].lower()}", PARTS[part].upper(), None))
        )
        lines.append((weekday, told, half, hours, f"Bài {number}"))
    sheet = sheet_of("timetable", header, *lines)
    assert sheet.problems == []
    assert [(row.values["date"], row.values["start"], row.values["end"]) for row in sheet.rows] == [
        (day, start, end) for day, _part, start, end in known
    ]


@given(data=st.data(), known=sessions())
@settings(max_examples=60, deadline=None)
def test_a_session_whose_cells_contradict_each_other_is_never_read(data, known):
    day, part, start, end = known
    cells: dict[str, object] = {
        "Thứ": WEEKDAYS[day.weekday()], "Ngày": f"{day:%d/%m/%Y}", "Buổi": PARTS[part],
        "Giờ": f"{start.hour}h{start.minute:02d} - {end.hour}h{end.minute:02d}", "Số tiết": 2, "Nội dung": "Bài 1",
    }  # fmt: skip
    wrong = data.draw(st.sampled_from(("Thứ", "Buổi", "Giờ", "Số tiết")))
    cells[wrong] = {
        "Thứ": WEEKDAYS[(day.weekday() + data.draw(st.integers(1, 6))) % 7],
        "Buổi": "Chiều" if part == "morning" else "Sáng",
        "Giờ": data.draw(st.sampled_from(("7h30-9h00 9h15-11h00", "Ca 2", "11h00-7h30", "25h00", "7h30-9h00-11h00"))),
        "Số tiết": data.draw(st.sampled_from(("12", "45", "1-3,4-5", "tiết 2-12"))),
    }[wrong]  # fmt: skip
    sheet = sheet_of("timetable", tuple(cells), tuple(cells.values()))
    columns = dict(zip(cells, "ABCDEF", strict=True))
    assert columns[wrong] in {problem.column for problem in sheet.problems}


FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Võ", "Huỳnh", "Lưu", "Đỗ", "Ngô")
MIDDLES = ("Văn", "Thị", "Hoài", "Minh", "Đình", "Quốc", "Thị Bích")
GIVENS = ("An", "Hòa", "Hoa", "Đồng", "Hạnh", "Dũng", "Lệ", "Mỹ", "Tuyết", "Khởi", "Hương")
BEFORE = ("", "Đ/c ", "Ông ", "Bà ", "ThS. ", "1. ", "(12) ", "2) Đồng chí ", "TS ", "- ", "Thạc sĩ ")
INVISIBLE = ("", "\u200b", "\u202e", "\u00ad", "\u2066")


def in_tcvn3(name: str) -> str:
    from storage.base.legacy import _TCVN3

    codes = {letter: code for code, letter in _TCVN3.items()}
    return "".join(codes.get(c, c) for c in name)


def in_vni(name: str) -> str:
    from storage.base.legacy import _VNI

    codes: dict[str, str] = {}
    for code, letter in _VNI.items():
        codes.setdefault(letter, code)
    return "".join(codes.get(c, c) for c in name)


@given(
    names=st.tuples(st.sampled_from(FAMILIES), st.sampled_from(MIDDLES), st.sampled_from(GIVENS)),
    before=st.sampled_from(BEFORE),
    write=st.sampled_from((str, str.upper, in_tcvn3, in_vni)),
    unseen=st.sampled_from(INVISIBLE),
)
@settings(max_examples=100, deadline=None)
def test_a_name_in_any_way_of_writing_is_that_name(names, before, write, unseen):
    name = " ".join(names)
    typed = write(before + name)
    old = write in {in_tcvn3, in_vni} and typed != before + name
    sheet = person(**{"Họ và tên": typed if old else typed.replace(" ", f"{unseen} ", 1)})
    assert told(sheet, "name") == (name,)
    assert [finding.code for finding in sheet.findings] == (["legacy_font"] if old else [])
