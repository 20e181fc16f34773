"""Workbooks into the database, all or nothing: planned against the cast's centre, and sent to the chat."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from handlers.imports.run import carry_out
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.base.text import fold
from storage.courses.courses import CourseClass, CourseSession, Enrolment, Mark
from storage.courses.notices import Notice
from storage.imports import classes, imports
from storage.imports.plan import Where
from storage.messaging.files import StoredFile
from storage.people.audit import Audit
from storage.people.people import Centre, Grant, Organisation, OrganisationName, Person, Role
from tests.casts import workbooks
from tests.casts.workbooks import book
from tests.conftest import SECRET
from tests.houses.dialogue import Stage

TODAY = date(2026, 11, 16)
UNIT, OTHER = "Trường THCS Lê Lợi", "Trạm Y tế phường A"
ROSTER = ("TT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Đảng viên", "Điện thoại", "Ghi chú")
NEW = [
    (1, "Nguyễn Thị Sáu", date(1990, 5, 12), "Giáo viên", UNIT, "Dự bị", 912345678, None),
    (2, "Trần Văn Bảy", "03/02/1988", "Y sĩ", OTHER, "x", "0987 654 321", "Lớp trưởng"),
]
TIMETABLE = ("Ngày", "Buổi", "Giờ", "Nội dung", "Giảng viên", "Phòng")


def roster(*rows):
    return book([("DANH SÁCH HỌC VIÊN",), (), ROSTER, *rows])


def timetable(*rows):
    return book([TIMETABLE, *rows])


def marks(*rows, header=("TT", "Họ và tên", "Ngày sinh", "Bài 1", "Thu hoạch")):
    return book([header, *rows])


def where(stage, session, course="closing", *, moves=False):
    centre = session.get(Centre, stage.cast.centre)
    found = session.get(CourseClass, getattr(stage.cast, course)) if course else None
    return Where(centre, found, ZoneInfo(centre.zone), TODAY, moves)


def planned(stage, kind, data, course="closing", *, write=False, moves=False):
    """What importing would do; with `write`, it is done."""
    with stage.database.transaction() as session:
        sheet = imports.read(kind, data, TODAY)
        place = where(stage, session, course if kind != "units" else None, moves=moves)
        plan = imports.prepare(session, sheet, place)
        if write:
            carry_out(stage.desk(session), plan, place)
    return plan


def imported(stage, kind, data, course="closing", **options):
    plan = planned(stage, kind, data, course, write=True, **options)
    return plan.new, plan.changed, plan.same


def codes(plan):
    return [problem.code for problem in plan.problems]


def remarks(plan):
    return [remark.code for remark in plan.remarks]


def count(stage, table):
    with stage.database.transaction() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def person(stage, name):
    with stage.database.transaction() as session:
        return session.exec(select(Person).where(Person.folded == fold(name))).one()


# --- rosters


def test_a_roster_enrols_new_people_and_the_same_file_again_changes_nothing(stage):
    assert imported(stage, "roster", roster(*NEW)) == (2, 0, 0)
    sau = person(stage, "Nguyễn Thị Sáu")
    assert (sau.birth_date, sau.phone, sau.position) == (date(1990, 5, 12), "0912345678", "Giáo viên")
    assert (sau.party_status, sau.organisation_id) == ("probationary", stage.cast.unit)
    before = count(stage, Audit), count(stage, Person), count(stage, Enrolment)
    assert imported(stage, "roster", roster(*NEW)) == (0, 0, 2)
    assert (count(stage, Audit), count(stage, Person), count(stage, Enrolment)) == before


def test_a_plan_alone_counts_the_same_and_writes_nothing(stage):
    people = count(stage, Person)
    plan = planned(stage, "roster", roster(*NEW))
    assert (plan.new, plan.changed, plan.same) == (2, 0, 0)
    assert count(stage, Person) == people


def test_a_known_person_is_enrolled_not_made_again(stage):
    learner = "NGUYỄN VĂN AN"  # in capitals; the cast's number 7
    people = count(stage, Person)
    born = date(1985, 10, 8)
    assert imported(stage, "roster", roster((1, learner, born, None, UNIT, None, None, None))) == (1, 0, 0)
    assert count(stage, Person) == people
    assert person(stage, learner).name == "Nguyễn Văn An"


def test_blank_cells_empty_nothing_and_another_phone_is_updated_and_told(stage):
    imported(stage, "roster", roster(*NEW))
    row = (1, "Nguyễn Thị Sáu", date(1990, 5, 12), None, UNIT, None, "0905111222", None)
    plan = planned(stage, "roster", roster(row), write=True)
    assert (plan.new, plan.changed, plan.same) == (0, 1, 0)
    told = next(remark for remark in plan.remarks if remark.code == "phone_changed")
    assert (told.extra["old"], told.extra["new"]) == ("0912345678", "0905111222")
    sau = person(stage, "Nguyễn Thị Sáu")
    assert (sau.phone, sau.position, sau.party_status) == ("0905111222", "Giáo viên", "probationary")


def test_learners_missing_from_a_new_file_stay_and_are_reported(stage):
    plan = planned(stage, "roster", roster(*NEW), write=True)
    assert [remark.extra["name"] for remark in plan.remarks if remark.code == "not_in_file"] == [
        "Nguyễn Thị Minh Hạnh"
    ]
    with stage.database.transaction() as session:
        rows = session.exec(select(Enrolment).where(Enrolment.class_id == stage.cast.closing)).all()
    assert len(rows) == 3


def test_an_unknown_unit_suggests_names_and_is_never_invented(stage):
    people, units = count(stage, Person), count(stage, Organisation)
    row = (2, "Trần Văn Bảy", "03/02/1988", None, "Trường THCS Lê Lơi 2", None, None, None)
    plan = planned(stage, "roster", roster(NEW[0], row))
    (problem,) = plan.problems
    assert (problem.code, problem.row, problem.column, problem.header) == ("unknown_unit", 5, "E", "Đơn vị")
    assert UNIT in problem.extra["near"]
    with pytest.raises(ValueError, match="problems"), stage.database.transaction() as session:
        plan.write(session)
    assert (count(stage, Person), count(stage, Organisation)) == (people, units)


def test_a_former_name_of_a_unit_is_understood(stage):
    with stage.database.transaction() as session:
        row = OrganisationName(
            organisation_id=stage.cast.unit, name="Trường cấp II Lê Lợi", folded="truong cap ii le loi"
        )
        session.add(row)
    row = (1, "Nguyễn Thị Sáu", date(1990, 5, 12), None, "Trường cấp II Lê Lợi", None, None, None)
    assert imported(stage, "roster", roster(row)) == (1, 0, 0)


def test_two_of_one_name_and_birth_date_in_a_file_are_asked_about(stage):
    rows = (NEW[0], (2, "NGUYEN THI SAU", date(1990, 5, 12), None, OTHER, None, None, None))
    (problem,) = planned(stage, "roster", roster(*rows)).problems
    assert (problem.code, problem.row) == ("homonym_in_file", 5)
    assert (problem.extra["first_row"], problem.extra["unit"], problem.extra["other_unit"]) == (
        "4",
        OTHER,
        UNIT,
    )


def test_two_known_people_of_one_name_and_birth_date_are_told_apart_by_unit_or_asked(stage):
    with stage.database.transaction() as session:
        for unit in (stage.cast.unit, stage.cast.other_unit):
            twin = Person(
                centre_id=stage.cast.centre, name="Lê Thị Đôi", folded="le thi doi", sort_text="1",
                birth_date=date(1990, 1, 1), organisation_id=unit,
            )  # fmt: skip
            session.add(twin)
    row = (1, "Lê Thị Đôi", date(1990, 1, 1), None, OTHER, None, None, None)
    assert planned(stage, "roster", roster(row)).new == 1
    (problem,) = planned(stage, "roster", roster((*row[:4], "Công an phường B", *row[5:]))).problems
    assert problem.code == "homonym"
    assert UNIT in problem.extra["units"]
    assert OTHER in problem.extra["units"]


def test_a_changed_unit_is_asked_and_done_only_when_confirmed(stage):
    imported(stage, "roster", roster(*NEW))
    moved = roster((1, "Nguyễn Thị Sáu", date(1990, 5, 12), None, OTHER, None, None, None))
    (problem,) = planned(stage, "roster", moved).problems
    assert (problem.code, problem.extra["old"], problem.extra["new"]) == ("unit_differs", UNIT, OTHER)
    assert imported(stage, "roster", moved, moves=True) == (0, 1, 0)
    sau = person(stage, "Nguyễn Thị Sáu")
    with stage.database.transaction() as session:
        query = select(Enrolment).where(Enrolment.person_id == sau.id).order_by(col(Enrolment.from_date))
        old, new = session.exec(query).all()
    assert (old.organisation_id, old.to_date) == (stage.cast.unit, date(2026, 11, 15))
    assert (new.organisation_id, new.from_date, new.to_date) == (stage.cast.other_unit, TODAY, None)
    assert imported(stage, "roster", moved) == (0, 0, 1)


def test_who_has_left_the_class_is_not_enrolled_again(stage):
    imported(stage, "roster", roster(NEW[0]))
    sau = person(stage, "Nguyễn Thị Sáu")
    with stage.database.transaction() as session:
        row = session.exec(select(Enrolment).where(Enrolment.person_id == sau.id)).one()
        row.to_date = date(2026, 11, 10)
        session.add(row)
    plan = planned(stage, "roster", roster(NEW[0]))
    assert plan.changes_nothing
    assert "has_left" in remarks(plan)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_workbook"),
        (b"x" * 20_000_001, "too_big"),
        (b"PK\x03\x04broken", "not_a_workbook"),
        (book([("MẬT",), ROSTER, *NEW]), "classified"),
        (book([("Họ và tên", "Đơn vị", "Điện thoại"), ("A B", UNIT, None)]), "missing_column"),
        (roster((1, "Nguyễn Sáu", "1990", None, UNIT, None, None, None), *NEW), "year_only"),
        (roster((1, "#REF!", date(1990, 1, 1), None, UNIT, None, None, None), *NEW), "formula_error"),
    ],
)
def test_hostile_and_broken_rosters_import_nothing(stage, data, code):
    people = count(stage, Person)
    plan = planned(stage, "roster", data)
    assert code in codes(plan)
    with pytest.raises(ValueError, match="problems"), stage.database.transaction() as session:
        plan.write(session)
    assert count(stage, Person) == people


def test_decomposed_letters_are_the_same_person(stage):
    import unicodedata

    imported(stage, "roster", roster(*NEW))
    again = [tuple(unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row) for row in NEW]
    assert imported(stage, "roster", roster(*again)) == (0, 0, 2)


NAMES = st.sampled_from(
    ["Nguyễn Thị Sáu", "NGUYEN THI SAU", "Trần Văn Bảy", "Trần Văn An", "Lê Văn Bình", "", "=1+1"]
)
DATES = st.sampled_from([date(1990, 5, 12), "12/05/1990", date(1985, 2, 10), "31/02/1990", None])
UNITS = st.sampled_from([UNIT, UNIT.upper(), OTHER, "Không có", None])
LINES = st.lists(
    st.tuples(st.just(1), NAMES, DATES, st.none(), UNITS, st.none(), st.none(), st.none()), max_size=5
)


@given(lines=LINES, moves=st.booleans())
@settings(max_examples=15)
def test_no_roster_is_half_imported_or_makes_a_person_twice(sqlite_template, tmp_path_factory, lines, moves):
    import shutil

    path = tmp_path_factory.mktemp("roster") / "caunoi.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}", Keyring(SECRET))
    stage = Stage(database)
    people, enrolments = count(stage, Person), count(stage, Enrolment)
    data = roster(*lines)
    plan = planned(stage, "roster", data, moves=moves)
    if plan.problems:
        with pytest.raises(ValueError, match="problems"):
            planned(stage, "roster", data, moves=moves, write=True)
        assert (count(stage, Person), count(stage, Enrolment)) == (people, enrolments)
    else:
        imported(stage, "roster", data, moves=moves)
        assert imported(stage, "roster", data, moves=moves)[:2] == (0, 0)
    with database.transaction() as session:
        rows = session.exec(select(Person).where(col(Person.birth_date).is_not(None))).all()
    identities = [
        (row.folded, row.birth_date) for row in rows if row.folded not in {"tran van an", "le van binh"}
    ]
    assert len(set(identities)) == len(identities)
    database.close()


def test_names_of_the_same_letters_are_different_people(stage):
    rows = [(1, name, date(1990, 5, 12), None, UNIT, None, None, None) for name in ("Lê Thị An", "Lê Thị Na")]
    assert imported(stage, "roster", roster(*rows)) == (2, 0, 0)


# --- units

UNIT_HEADER = ("TT", "Tên đơn vị", "Cơ quan chủ quản", "Thủ trưởng", "Chức vụ thủ trưởng", "Điện thoại thủ trưởng",
               "Cán bộ đầu mối", "Điện thoại đầu mối")  # fmt: skip
UNIT_ROWS = [
    (
        1,
        "Trường Mầm non Sao Mai",
        "UBND phường A",
        "Đinh Thị Lan",
        "Hiệu trưởng",
        "0905000111",
        "Hà Văn Tú",
        None,
    ),
    (2, "UBND phường A", None, None, None, None, None, None),
    (3, UNIT, "UBND phường A", "Lê Văn Bình", "Hiệu trưởng", None, None, None),
]


def units(*rows):
    return book([("DANH SÁCH ĐƠN VỊ",), UNIT_HEADER, *rows])


def test_units_come_with_parents_heads_and_liaisons_once(stage):
    assert imported(stage, "units", units(*UNIT_ROWS)) == (2, 1, 0)
    with stage.database.transaction() as session:
        named = {row.name: row for row in session.exec(select(Organisation))}
        assert named["Trường Mầm non Sao Mai"].parent_id == named["UBND phường A"].id == named[UNIT].parent_id
        grants = session.exec(
            select(Grant).where(Grant.organisation_id == named["Trường Mầm non Sao Mai"].id)
        ).all()
    assert {grant.role for grant in grants} == {Role.UNIT_HEAD, Role.LIAISON_OFFICER}
    assert person(stage, "Đinh Thị Lan").phone == "0905000111"
    assert imported(stage, "units", units(*UNIT_ROWS)) == (0, 0, 3)


def test_a_file_that_names_another_head_gives_no_power(stage):
    grants = count(stage, Grant)
    row = (1, UNIT, None, "Kẻ Lạ Mặt", None, "0905000999", None, None)
    plan = planned(stage, "units", units(row), write=True)
    assert remarks(plan) == ["officer_differs"]
    assert (plan.changes_nothing, count(stage, Grant)) == (True, grants)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(1, "Đơn vị X", "Cơ quan không có", *[None] * 5)], "unknown_parent"),
        (
            [(1, "Đơn vị X", "Đơn vị Y", *[None] * 5), (2, "Đơn vị Y", "Đơn vị X", *[None] * 5)],
            "parent_of_itself",
        ),
        ([(1, "Đơn vị X", None, *[None] * 5), (2, "ĐƠN VỊ X", UNIT, *[None] * 5)], "unit_twice"),
    ],
)
def test_lists_of_units_that_do_not_hold_together(stage, rows, code):
    before = count(stage, Organisation)
    assert code in codes(planned(stage, "units", units(*rows)))
    assert count(stage, Organisation) == before


# --- timetables


def sessions(stage, course="closing"):
    with stage.database.transaction() as session:
        query = select(CourseSession).where(CourseSession.class_id == getattr(stage.cast, course))
        return session.exec(query.order_by(col(CourseSession.starts_at))).all()


def test_a_timetable_makes_sessions_with_reminders_once(stage):
    data = timetable(
        ("17/11/2026", "Sáng", "7h30 - 11h00", "Khai giảng", "ThS. Cao Minh Đức", "Hội trường"),
        ("17/11/2026", "Chiều", None, "Chuyên đề 1", "Người Lạ", "A2"),
    )
    assert imported(stage, "timetable", data) == (2, 0, 0)
    first, second = sessions(stage)
    assert (first.kind, first.lecturer_id) == ("opening", stage.cast.lecturer)
    assert (second.lecturer_id, second.lecturer_name) == (None, "Người Lạ")
    assert second.starts_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).time() == time(13, 30)
    assert imported(stage, "timetable", data) == (0, 0, 2)
    player = stage.learner.reads()
    stage.passes(hours=9)
    player.sees("Khai giảng")


def test_a_changed_session_is_told_and_missing_ones_are_kept(stage):
    player = stage.learner.reads()
    data = timetable(("17/11/2026", "Sáng", "7h30 - 11h00", "Chuyên đề 5", "Cao Minh Đức", "B1"))
    plan = planned(stage, "timetable", data, "running", write=True)
    assert (plan.new, plan.changed, plan.same) == (0, 1, 0)
    assert remarks(plan).count("session_not_in_file") == 9
    stage.ticks()
    player.sees("A2", "B1")
    assert imported(stage, "timetable", data, "running") == (0, 0, 1)
    assert count(stage, Notice) == 1


def test_case_alone_and_a_lecturers_title_tell_nobody(stage):
    data = timetable(("17/11/2026", "Sáng", "7h30 - 11h00", "CHUYÊN ĐỀ 5", "TS. Cao Minh Đức", "a2"))
    assert imported(stage, "timetable", data, "running") == (0, 0, 1)


def test_a_cancelled_session_stays_cancelled(stage):
    with stage.database.transaction() as session:
        row = session.get(CourseSession, stage.cast.sessions[4])
        row.state = "cancelled"
        session.add(row)
    data = timetable(("17/11/2026", "Sáng", "7h30 - 11h00", "Chuyên đề 5", None, "A2"))
    assert "session_cancelled" in remarks(planned(stage, "timetable", data, "running", write=True))
    assert sessions(stage, "running")[4].state == "cancelled"


def test_a_session_without_hours_or_outside_the_class(stage):
    (problem,) = planned(
        stage, "timetable", timetable(("17/11/2026", None, None, "Bài 1", None, None))
    ).problems
    assert (problem.code, problem.row) == ("no_time", 2)
    plan = planned(stage, "timetable", timetable(("17/11/2027", "Sáng", None, "Bài 1", None, None)))
    assert "outside_class" in remarks(plan)


# --- marks

HANH, AN = date(1985, 1, 1), date(1985, 2, 10)


def test_marks_come_as_drafts_once(stage):
    data = marks(
        (1, "Nguyễn Thị Minh Hạnh", HANH, "8,5", 7), (2, "Trần Văn An", AN, 9, None),
        header=("TT", "Họ và tên", "Ngày sinh", "bài 1", "Thu hoạch"),
    )  # fmt: skip
    assert imported(stage, "marks", data, "running") == (1, 1, 1)
    with stage.database.transaction() as session:
        rows = {(row.person_id, row.component): row for row in session.exec(select(Mark))}
    assert rows[stage.cast.learners[1], "Bài 1"].state == "draft"
    assert rows[stage.cast.learners[0], "Thu hoạch"].value == 7
    assert rows[stage.cast.learners[0], "Bài 1"].state == "published"
    assert imported(stage, "marks", data, "running") == (0, 0, 3)


def test_a_published_mark_is_never_overwritten(stage):
    (problem,) = planned(stage, "marks", marks((1, "Nguyễn Thị Minh Hạnh", HANH, 9, 10)), "running").problems
    assert (problem.code, problem.column, problem.header) == ("published_differs", "D", "Bài 1")
    assert (problem.extra["old"], problem.extra["new"]) == ("8.50", "9")


def test_marks_of_people_who_are_not_in_the_class(stage):
    plan = planned(
        stage, "marks", marks((1, "Người Lạ", HANH, 9, 1), (2, "Trần Văn An", HANH, 9, 1)), "running"
    )
    assert codes(plan) == ["not_enrolled", "birth_differs"]
    assert "10/02/1985" in plan.problems[1].extra["known"]
    empty = planned(
        stage, "marks", marks((1, "Trần Văn An", AN), header=("TT", "Họ tên", "Ngày sinh")), "running"
    )
    assert codes(empty) == ["no_marks"]


# --- which kind, which class


def test_the_kind_is_guessed_from_the_headers():
    assert imports.guess(roster(*NEW)) == "roster"
    assert imports.guess(workbooks.roster()) == "roster"
    assert imports.guess(units(*UNIT_ROWS)) == "units"
    assert imports.guess(timetable(("17/11/2026", "Sáng", None, "Bài 1", None, None))) == "timetable"
    assert imports.guess(marks((1, "Trần Văn An", AN, 9, 8))) == "marks"
    assert imports.guess(book([("a", "b"), (1, 2)])) is None
    assert imports.guess(b"no workbook") is None


def test_the_class_is_found_in_the_titles(stage):
    with stage.database.transaction() as session:
        known = classes.classes(session, stage.cast.centre)
    assert classes.class_in_titles(known, ["DANH SÁCH", "Lớp ĐẢNG VIÊN MỚI KHÓA I năm 2026"]).code == "BD-03"
    assert classes.class_in_titles(known, ["Lớp bd-02"]).code == "BD-02"
    assert classes.class_in_titles(known, ["Danh sách học viên"]) is None
    assert classes.class_coded(known, "bd 01").code == "BD-01"


# --- the chat


def kept(stage):
    return count(stage, StoredFile)


def test_a_registrar_imports_a_roster_in_two_taps(stage):
    player = stage.registrar
    player.sends_file("lop.xlsx", roster(*NEW))
    player.sees("Danh sách học viên: của lớp nào?", "BD-03")
    taps = player.taps_made
    player.taps("BD-03").sees("Học viên: thêm 2, sửa 0, giữ nguyên 0.", "Chưa nhập gì")
    assert player.last.labels == ["Nhập", "Không nhập", "Loại tệp khác", "Lớp khác"]
    people = count(stage, Person)
    old = next(button["data"] for button in player.last.buttons if button["label"] == "Nhập")
    player.taps("Nhập").sees("Đã nhập.", "thêm 2")
    assert player.taps_made - taps == 2
    assert (count(stage, Person), kept(stage)) == (people + 2, 0)
    player.presses(old).sees("gửi lại tệp")
    assert count(stage, Person) == people + 2
    player.sends_file("lop.xlsx", roster(*NEW)).taps("BD-03").sees("Tệp không có nội dung mới.")
    assert kept(stage) == 0


def test_a_title_that_names_the_class_saves_a_tap(stage):
    data = book([("DANH SÁCH LỚP BD-03",), ROSTER, *NEW])
    stage.registrar.sends_file("lop.xlsx", data).sees("Đảng viên mới khóa I (BD-03)", "thêm 2")
    stage.registrar.taps("Nhập").sees("Đã nhập.")


def test_problems_are_told_by_row_and_column_and_nothing_is_imported(stage):
    people = count(stage, Person)
    row = (3, "Lê Thị Lỗi", "30/02/1990", None, "Trường Lê Lợi", None, "12", None)
    player = stage.registrar.sends_file("lop.xlsx", roster(*NEW, row)).taps("BD-03")
    player.sees(
        "chưa nhập gì", "Dòng 6, cột C “Ngày sinh”", "Dòng 6, cột G “Điện thoại”", "Đề nghị đồng chí sửa tệp"
    )
    assert "Nhập" not in player.last.labels
    player.taps("Không nhập").sees("Chưa nhập gì")
    assert (count(stage, Person), kept(stage)) == (people, 0)


def test_a_change_of_unit_is_confirmed_by_a_button(stage):
    imported(stage, "roster", roster(*NEW))
    moved = roster((1, "Nguyễn Thị Sáu", date(1990, 5, 12), None, OTHER, None, None, None))
    player = stage.registrar.sends_file("lop.xlsx", moved).taps("BD-03").sees("hiện thuộc", UNIT, OTHER)
    player.taps("Đã chuyển đơn vị").sees("thêm 0, sửa 1").taps("Nhập").sees("Đã nhập.")
    assert person(stage, "Nguyễn Thị Sáu").organisation_id == stage.cast.other_unit


def test_the_kind_can_be_corrected(stage):
    player = stage.registrar.sends_file("don-vi.xlsx", units(*UNIT_ROWS)).sees("Danh sách đơn vị", "thêm 2")
    player.taps("Loại tệp khác").sees("Tệp này là danh sách gì?").taps("Danh sách đơn vị")
    player.taps("Nhập").sees("Đã nhập.")
    assert person(stage, "Đinh Thị Lan").phone == "0905000111"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("anh.jpg", b"\xff\xd8\xff\0binary", "không phải tệp Excel"),
        ("cu.doc", workbooks.ole("WordDocument"), ".xlsx"),
        ("mat.xlsx", book([("MẬT",), ROSTER, *NEW]), "MẬT"),
        ("trong.xlsx", b"", "chưa có nội dung"),
    ],
)
def test_what_is_no_workbook_is_told_what_to_send_and_not_kept(stage, name, data, words):
    stage.registrar.sends_file(name, data).sees(words)
    assert kept(stage) == 0


def test_a_workbook_of_nothing_known_asks_what_it_is(stage):
    player = stage.registrar.sends_file("x.xlsx", book([("a", "b"), (1, 2)])).sees("Tệp này là danh sách gì?")
    player.taps("Danh sách đơn vị").sees("dòng tiêu đề")


def test_files_that_could_not_be_fetched(stage):
    stage.registrar.delivers(file="a.xlsx", size=9, problem="too_big").sees("quá lớn")
    stage.registrar.delivers(file="a.xlsx", size=9, problem="unreachable").sees("gửi lại")


@pytest.mark.parametrize("who", ["head", "learner", "lecturer"])
def test_files_of_others_are_politely_not_taken(stage, who):
    getattr(stage, who).sends_file("lop.xlsx", roster(*NEW)).sees("không lưu tệp")
    assert kept(stage) == 0


def test_a_strangers_file_is_not_kept(stage):
    stranger = stage.stranger().sends_file("lop.xlsx", roster(*NEW))
    assert stranger.news()
    assert kept(stage) == 0


def test_a_file_serves_only_the_chat_it_came_from(stage):
    stage.registrar.sends_file("lop.xlsx", book([("LỚP BD-03",), ROSTER, *NEW]))
    data = stage.registrar.last.buttons[0]["data"]
    people = count(stage, Person)
    stage.director.presses(data).sees("không phải của đồng chí")
    stage.head.presses(data).sees_no("Đã nhập")
    assert (count(stage, Person), kept(stage)) == (people, 1)


def test_made_up_buttons_are_answered(stage):
    player = stage.registrar.sends_file("lop.xlsx", book([("LỚP BD-03",), ROSTER, *NEW]))
    file, kind, seal, course, moves = player.last.buttons[0]["data"].split(":")[1:]
    for made_up in (
        f"iy:{file}:9:{seal}:{course}:0", f"iy:{file}:{kind}:{seal}:zzzz:0", f"iy:{file}:{kind}:1:{course}:0",
        f"ic:-1:{kind}:{seal}:{course}", "in:1y2p0ij32e8e7:1y2p0ij32e8e7", f"ip:zz:{kind}:{seal}:99",
    ):  # fmt: skip
        player.presses(made_up).sees("gửi lại tệp")
    player.presses(f"iy:{file}:{kind}:{seal}:0:{moves}").sees("BD-03")


def test_a_file_of_too_many_rows_goes_to_the_command_line(stage, monkeypatch):
    monkeypatch.setattr("storage.imports.readings.MOST_ROWS", 1)
    stage.registrar.sends_file("lop.xlsx", roster(*NEW)).sees("đồng chí phụ trách kỹ thuật")
    assert kept(stage) == 0


def test_buttons_stay_within_what_platforms_carry():
    from handlers.imports.imports import confirm

    big = 2**62
    assert len(confirm.data({"file": big, "kind": 3, "seal": 2**63 - 1, "course": big, "moves": 1})) <= 64
