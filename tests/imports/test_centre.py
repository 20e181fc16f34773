"""What workbooks say against what the centre has: who and which unit is meant, what is a mark, what was left open."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from storage.courses.courses import CourseClass, Mark
from storage.imports import imports
from storage.imports.marks import answer
from storage.imports.plan import Plan, Units, Where
from storage.people.people import Centre, Grant, Organisation, Person, Role
from tests.casts.workbooks import book

TODAY = date(2026, 11, 16)
UNIT, OTHER = "Trường THCS Lê Lợi", "Trạm Y tế phường A"
BORN = date(1990, 1, 2)
ROSTER = ("Họ và tên", "Ngày sinh", "Đơn vị")
MARKS = ("Họ và tên", "Ngày sinh", "Bài 1")
HANH, AN = ("Nguyễn Thị Minh Hạnh", date(1985, 1, 1)), ("Trần Văn An", date(1985, 2, 10))


def planned(stage, kind, *lines, write=False, course="running", title="Sheet1") -> Plan:
    """What importing these lines would do; with `write`, it is done."""
    with stage.database.transaction() as session:
        sheet = imports.read(kind, book(lines, titles=(title,)), TODAY)
        centre = session.get(Centre, stage.cast.centre)
        of = session.get(CourseClass, getattr(stage.cast, course)) if kind != "units" else None
        plan = imports.prepare(session, sheet, Where(centre, of, ZoneInfo(centre.zone), TODAY))
        if write:
            plan.write(session)
    return plan


def counts(plan: Plan) -> tuple[int, int, int]:
    assert plan.problems == []
    return plan.new, plan.changed, plan.same


def codes(plan: Plan) -> list[str]:
    return [problem.code for problem in plan.problems]


def remarks(plan: Plan) -> list[str]:
    return [remark.code for remark in plan.remarks]


def unit_tree(stage) -> set[tuple[str, str]]:
    """The centre's units, each with its parent's name."""
    with stage.database.transaction() as session:
        rows = {unit.id: unit for unit in session.exec(select(Organisation))}
        return {(unit.name, rows[unit.parent_id].name if unit.parent_id else "") for unit in rows.values()}


# --- people


def test_twins_hoa_and_hoa_with_a_tone_are_two_people(stage):
    twins = [("Lê Thị Hoa", BORN, UNIT), ("Lê Thị Hòa", BORN, UNIT)]
    assert counts(planned(stage, "roster", ROSTER, *twins, course="closing", write=True)) == (2, 0, 0)
    assert counts(planned(stage, "roster", ROSTER, *twins, course="closing")) == (0, 0, 2)


def test_a_twin_who_comes_later_is_told_and_is_somebody_else(stage):
    planned(stage, "roster", ROSTER, ("Lê Thị Hoa", BORN, UNIT), course="closing", write=True)
    plan = planned(stage, "roster", ROSTER, ("Lê Thị Hòa", BORN, UNIT), course="closing")
    assert counts(plan) == (1, 0, 0)
    assert remarks(plan)[0] == "like_named"


def test_a_name_typed_without_diacritics_is_the_known_person_or_asked_about(stage):
    planned(stage, "roster", ROSTER, ("Lê Thị Hòa", BORN, UNIT), course="closing", write=True)
    plain = ("Le Thi Hoa", BORN, UNIT)
    assert counts(planned(stage, "roster", ROSTER, plain, course="closing")) == (0, 0, 1)
    twin = ("Lê Thị Hoa", BORN, UNIT)
    planned(stage, "roster", ROSTER, twin, course="closing", write=True)
    assert codes(planned(stage, "roster", ROSTER, plain, course="closing")) == ["homonym"]


def test_one_name_with_two_birth_dates_is_two_people(stage):
    lines = [("Lê Thị Hoa", BORN, UNIT), ("Lê Thị Hoa", date(1991, 1, 2), UNIT)]
    assert counts(planned(stage, "roster", ROSTER, *lines, course="closing")) == (2, 0, 0)
    assert codes(planned(stage, "roster", ROSTER, lines[0], lines[0], course="closing")) == [
        "duplicate_row",
        "homonym_in_file",
    ]


def test_marks_go_to_the_twin_that_is_named(stage):
    twins = [("Lê Thị Hoa", BORN, UNIT), ("Lê Thị Hòa", BORN, UNIT)]
    planned(stage, "roster", ROSTER, *twins, write=True)
    planned(stage, "marks", MARKS, ("Lê Thị Hòa", BORN, 7), ("Lê Thị Hoa", BORN, 9), write=True)
    with stage.database.transaction() as session:
        rows = session.exec(select(Person.name, Mark.value).join(Mark).where(Person.birth_date == BORN)).all()
    assert set(rows) == {("Lê Thị Hòa", Decimal(7)), ("Lê Thị Hoa", Decimal(9))}
    assert codes(planned(stage, "marks", MARKS, ("Le Thi Hoa", BORN, 7))) == ["homonym_in_class"]


def test_what_is_to_be_confirmed_comes_first_of_what_is_told(stage):
    lines = [("NguyÔn V¨n §ång", BORN, UNIT), ("Nguyễn Аn", BORN, UNIT)]
    plan = planned(stage, "roster", ROSTER, *lines, course="closing")
    assert remarks(plan)[:2] == ["legacy_font", "foreign_letters"]
    assert plan.remarks[0].extra["read"] == "Nguyễn Văn Đồng"


# --- units


def test_an_unknown_unit_is_told_with_the_other_errors_of_its_row_and_its_nearest_names(stage):
    plan = planned(stage, "roster", ROSTER, ("Lê Thị Hoa", "1990", "Trường THCS Lê Lai"), course="closing")
    assert [(problem.code, problem.row) for problem in plan.problems] == [
        ("year_only", 2),
        ("unknown_unit", 2),
    ]
    assert plan.problems[1].extra["near"].split("; ")[0] == UNIT


def test_rows_numbered_in_roman_become_the_parents_of_those_below(stage):
    lines = [
        ("STT", "Tên đơn vị", "Thủ trưởng", "Điện thoại"),
        ("I", "Đảng bộ phường Cát Tiên", None, None), (1, "Chi bộ xóm Đông", "Đỗ Văn Quả", "0930000012"),
        ("II", "Đảng bộ phường Lộc Phát", None, None), (1, "Chi bộ xóm Đông", None, None),
    ]  # fmt: skip
    plan = planned(stage, "units", *lines, write=True)
    assert counts(plan) == (4, 0, 0)
    assert remarks(plan) == ["parent_by_number", "parent_by_number"]
    assert unit_tree(stage) >= {
        ("Đảng bộ phường Cát Tiên", ""), ("Chi bộ xóm Đông", "Đảng bộ phường Cát Tiên"),
        ("Đảng bộ phường Lộc Phát", ""), ("Chi bộ xóm Đông", "Đảng bộ phường Lộc Phát"),
    }  # fmt: skip
    assert counts(planned(stage, "units", *lines)) == (0, 0, 4)
    with stage.database.transaction() as session:
        query = (
            select(Person.name).join(Grant).where(Grant.role == Role.UNIT_HEAD, Person.phone == "0930000012")
        )
        assert session.exec(query).all() == ["Đỗ Văn Quả"]


CELLS = [
    ("STT", "Tên đơn vị", "Cơ quan chủ quản"),
    (1, "Đảng bộ phường Cát Tiên", None), (2, "Đảng bộ phường Lộc Phát", None),
    (3, "Chi bộ 1", "Đảng bộ phường Cát Tiên"), (4, "Chi bộ 1", "Đảng bộ phường Lộc Phát"),
]  # fmt: skip


def test_units_of_one_name_under_two_parents_are_two_and_stay_two(stage):
    assert counts(planned(stage, "units", *CELLS, write=True)) == (4, 0, 0)
    assert unit_tree(stage) >= {
        ("Chi bộ 1", "Đảng bộ phường Cát Tiên"),
        ("Chi bộ 1", "Đảng bộ phường Lộc Phát"),
    }
    assert counts(planned(stage, "units", *CELLS)) == (0, 0, 4)


def test_a_roster_says_which_of_two_units_of_one_name_is_meant(stage):
    planned(stage, "units", *CELLS, write=True)
    (problem,) = planned(stage, "roster", ROSTER, ("Lê Thị Hoa", BORN, "Chi bộ 1"), course="closing").problems
    assert (problem.code, problem.extra["near"]) == (
        "several_units", "Chi bộ 1, Đảng bộ phường Cát Tiên; Chi bộ 1, Đảng bộ phường Lộc Phát",
    )  # fmt: skip
    lines = [(f"Lê Thị {name}", BORN, unit) for name, unit in zip("ABC", (
        "Chi bộ 1, Đảng bộ phường Lộc Phát", "Chi bộ 1 - Đảng bộ phường Lộc Phát", "Chi bộ 1 (Đảng bộ phường Lộc Phát)",
    ), strict=True)]  # fmt: skip
    planned(stage, "roster", ROSTER, *lines, course="closing", write=True)
    with stage.database.transaction() as session:
        homes = session.exec(select(Person.organisation_id).where(Person.birth_date == BORN)).all()
        units = Units(session, stage.cast.centre)
        assert {units.full_name(units.rows[home]) for home in homes} == {"Chi bộ 1, Đảng bộ phường Lộc Phát"}


def test_a_parent_of_which_there_are_two_is_asked_about(stage):
    planned(stage, "units", *CELLS, write=True)
    plan = planned(stage, "units", CELLS[0], (1, "Tổ đảng 1", "Chi bộ 1"))
    assert codes(plan) == ["several_units"]


def test_a_unit_under_another_parent_is_a_new_one_and_told(stage):
    planned(stage, "units", *CELLS[:4], write=True)
    plan = planned(stage, "units", CELLS[0], CELLS[2], CELLS[4])
    assert (plan.new, remarks(plan)) == (1, ["same_name_elsewhere"])


def test_units_that_only_fold_alike_are_two(stage):
    lines = [("Tên đơn vị",), ("Chi bộ xóm Đông",), ("Chi bộ xóm Đồng",)]
    assert counts(planned(stage, "units", *lines, write=True)) == (2, 0, 0)
    assert counts(planned(stage, "units", *lines)) == (0, 0, 2)
    assert codes(
        planned(stage, "roster", ROSTER, ("Lê Thị Hoa", BORN, "Chi bộ xóm Động"), course="closing")
    ) == ["unknown_unit"]
    assert codes(
        planned(stage, "roster", ROSTER, ("Lê Thị Hoa", BORN, "Chi bo xom dong"), course="closing")
    ) == ["several_units"]


def test_a_long_chain_of_parents_is_settled_without_end(stage):
    lines = [(f"Đơn vị {n}", f"Đơn vị {n + 1}") for n in range(1_500)]
    plan = planned(stage, "units", ("Tên đơn vị", "Cấp trên"), *lines, ("Đơn vị 1500", None))
    assert counts(plan) == (1_501, 0, 0)


# --- marks


def test_a_column_that_does_not_say_what_it_is_stops_the_import_until_it_is_answered(stage):
    lines = [(*MARKS[:2], "Điểm thi", "Điểm (cũ)"), (*AN, 7.5, 5)]
    (problem,) = planned(stage, "marks", *lines).problems
    assert (problem.code, problem.row, problem.extra) == (
        "unknown_marks",
        None,
        {"letter": "D", "header": "Điểm (cũ)"},
    )
    for is_mark, marks in ((False, {"Điểm thi"}), (True, {"Điểm thi", "Điểm (cũ)"})):
        with stage.database.transaction() as session:
            answer(session, session.get(CourseClass, stage.cast.running), "ĐIỂM (CŨ)", is_mark=is_mark)
        plan = planned(stage, "marks", *lines)
        assert (plan.problems, plan.new) == ([], len(marks))
        assert remarks(plan) == ([] if is_mark else ["no_marks_in"])


def test_what_is_no_mark_in_an_answered_column_is_a_problem(stage):
    lines = [(*MARKS[:2], "Điểm thi", "Cột lạ"), (*AN, 7.5, 5), (*HANH, 8, "vắng")]
    assert codes(planned(stage, "marks", *lines)) == ["unknown_marks"]
    with stage.database.transaction() as session:
        answer(session, session.get(CourseClass, stage.cast.running), "Cột lạ", is_mark=True)
    (problem,) = planned(stage, "marks", *lines).problems
    assert (problem.code, problem.row, problem.column) == ("bad_mark", 3, "D")


@pytest.mark.parametrize(("header", "total", "differs"), [
    ("TB", 7.5, False), ("Điểm tổng kết", "7,5", False), ("TB", 8, True), ("Tổng điểm", 15, False), ("Tổng điểm", 16, True),
    ("Hệ 4", 3, False), ("TB", None, False), ("Xếp loại", "Khá", False),
])  # fmt: skip
def test_a_total_is_compared_with_the_marks_and_not_stored(stage, header, total, differs):
    with stage.database.transaction() as session:
        for row in session.exec(select(Mark)):
            session.delete(row)
    lines = [(*MARKS, "Thu hoạch", header), (*AN, 7, 8, total)]
    plan = planned(stage, "marks", *lines)
    assert counts(plan) == (2, 0, 0)
    assert remarks(plan) == (["total_differs"] if differs else [])
    if differs:
        assert (plan.remarks[0].row, plan.remarks[0].extra["ours"]) == (2, "7.5")


def test_a_sheet_named_after_a_paper_gives_its_marks_that_name(stage):
    planned(stage, "marks", (*MARKS[:2], "Điểm"), (*AN, 7), title="Bài 2", write=True)
    with stage.database.transaction() as session:
        query = select(Mark.component).join(Person).where(Person.name == AN[0], Mark.state == "draft")
        assert "Bài 2" in session.exec(query).all()


# --- asked by button, and remembered


def test_whether_a_column_holds_marks_is_asked_by_button_once(stage):
    data = book([(*MARKS[:2], "Điểm thi", "Điểm (cũ)"), (*AN, 7.5, 5)])
    player = stage.registrar.sends_file("diem.xlsx", data).taps("BD-01")
    player.sees("Chưa rõ cột D “Điểm (cũ)”").taps("Cột D: không phải")
    player.sees("thêm 1").taps("Nhập").sees("Đã nhập.")
    stage.registrar.sends_file("diem.xlsx", data).taps("BD-01").sees("không có nội dung mới")
    with stage.database.transaction() as session:
        assert "Điểm (cũ)" not in session.exec(select(Mark.component)).all()


def test_an_unknown_unit_is_offered_its_nearest_names_by_button_and_understood_from_then_on(stage):
    data = book([ROSTER, ("Lê Thị Hoa", BORN, "THCS Lê Lợi")])
    player = stage.registrar.sends_file("lop.xlsx", data).taps("BD-03").sees("không có đơn vị “THCS Lê Lợi”")
    player.taps(f"THCS Lê Lợi = {UNIT}").sees("thêm 1").taps("Nhập").sees("Đã nhập.")
    with stage.database.transaction() as session:
        born = session.exec(select(Person).where(Person.birth_date == BORN)).one()
        assert born.organisation_id == stage.cast.unit
        assert Units(session, stage.cast.centre).find("THCS Lê Lợi").id == stage.cast.unit


def test_an_answer_to_what_is_asked_no_more_changes_nothing(stage):
    data = book([(*MARKS[:2], "Điểm thi", "Điểm (cũ)"), (*AN, 7.5, 5)])
    player = stage.registrar.sends_file("diem.xlsx", data).taps("BD-01")
    stale = next(button["data"] for button in player.last.buttons if button["label"].endswith(": là điểm"))
    message = str(player.last.id)
    player.taps("Cột D: không phải").sees("thêm 1")
    player.presses(stale, message).sees("thêm 1")
    with stage.database.transaction() as session:
        assert session.get(CourseClass, stage.cast.running).mark_columns == {"diem cu": False}


def test_the_buttons_of_answers_stay_within_what_platforms_carry():
    from handlers.imports.imports import marks_answered, unit_answered

    whole = {"file": 2**31, "kind": 3, "seal": 2**48 - 1, "course": 2**31, "words": 2**16 - 1}
    assert len(marks_answered.data({**whole, "yes": 1})) <= 64
    assert len(unit_answered.data({**whole, "unit": 2**31})) <= 64
