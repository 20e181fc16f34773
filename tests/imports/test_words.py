"""The wording of imports: every code has its words, by row and column, in plain Vietnamese."""

import pytest

from handlers.imports.understood import REASONS
from handlers.imports.words import (
    PROBLEMS,
    REMARKS,
    counts,
    problem_line,
    problem_lines,
    remark_line,
    remark_lines,
)
from locales import Language
from storage.imports.plan import Plan, Remark
from storage.spreadsheets import leftover
from storage.spreadsheets.sheet import PROBLEM_CODES, Problem, Sheet

VI, EN = Language("vi"), Language("en")
EXTRA = {
    "most": "20", "columns": "Họ và tên", "field": "name", "accepted": "Họ và tên; Họ tên", "header_row": "6",
    "codes": "BD-01", "first_row": "7", "date": "2026-11-17", "weekday": "1", "length": "9", "unit": "A", "near": "",
    "other_unit": "B", "units": "A; B", "course": "Lớp", "name": "Hạnh", "old": "A", "new": "B", "known": "01/01/1990",
    "told": "Hanh", "role": "unit_head", "day": "17/11/2026", "first": "01/11/2026", "last": "30/11/2026",
    "other": "D", "when": "2026-11-17T00:30:00+00:00", "topic": "Chuyên đề 1", "header": "Ghi chú",
    "example": "15/11/1989", "hours": "13h30 – 17h00", "second": "8h00", "letter": "D", "letters": "А", "read": "Hạnh",
    "ours": "7.5",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted({*PROBLEM_CODES, *(key.partition(".")[0] for key in PROBLEMS)}))
def test_every_problem_is_worded_in_both_languages(code):
    problem = Problem(code, 12, "C", "Ngày sinh", "30/02", EXTRA)
    told = problem_line(VI, problem)
    assert told.startswith("Dòng 12, cột C “Ngày sinh”: ")
    assert told != problem_line(EN, problem)
    assert "không hợp lệ" not in told
    assert "{" not in told


@pytest.mark.parametrize("code", sorted({key.partition(".")[0] for key in REMARKS}))
def test_every_remark_is_worded(code):
    told = remark_line(VI, Remark(code, 3, EXTRA))
    assert told.startswith("Dòng 3: ")
    assert told != remark_line(EN, Remark(code, 3, EXTRA))


def test_every_reason_why_something_is_left_out_is_worded():
    assert REASONS.keys() == leftover.REASONS


def test_a_problem_says_where_and_what_to_do():
    near = Problem("unknown_unit", 9, "E", "Đơn vị", "Trường Lê Lơi", {"near": "Trường Lê Lợi"})
    assert problem_line(VI, near) == (
        "Dòng 9, cột E “Đơn vị”: không có đơn vị “Trường Lê Lơi”. Có phải là Trường Lê Lợi? Đề nghị đồng chí sửa tên đơn vị."
    )
    assert "lịch" not in problem_line(VI, Problem("too_big", extra={"limit": "rows", "most": "20000"}))
    assert "tệp PDF" in problem_line(VI, Problem("not_a_workbook", extra={"looks_like": "pdf"}))
    weekday = Problem("weekday_mismatch", 4, "B", "Thứ", "Hai", {"date": "2026-11-17", "weekday": "1"})
    assert "thứ Ba, ngày 17/11/2026" in problem_line(VI, weekday)


def test_what_a_cell_holds_is_escaped():
    assert "<b>" not in problem_line(VI, Problem("bad_date", 2, "C", "<b>", "<b>x</b>"))


def test_long_lists_end_with_how_many_more():
    told = problem_lines(VI, [Problem("missing_value", row) for row in range(1, 61)], 50)
    assert (len(told), told[-1]) == (51, "và 10 lỗi nữa")
    assert remark_lines(VI, [Remark("has_left", 2, EXTRA)] * 3, 2)[-1] == "và 1 lưu ý nữa"
    assert len(problem_lines(VI, [Problem("no_marks")], 50)) == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("units", "Đơn vị"),
        ("roster", "Học viên"),
        ("timetable", "Buổi học"),
        ("marks", "Điểm (chưa công bố)"),
    ],
)
def test_counts_name_what_they_count(kind, words):
    assert counts(VI, Plan(Sheet(kind), same=1200)) == f"{words}: thêm 0, sửa 0, giữ nguyên 1.200."
