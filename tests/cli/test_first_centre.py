"""A real centre from an empty database: what a stranger types, from the centre to the first answers in the chat."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import select as choose

from bot.demo import sample
from storage.courses.courses import ClassType, CourseClass, CourseSession, Enrolment, Mark, RuleSet
from storage.messaging.timers import timer
from storage.people.people import Centre, Grant, LegalBasis, Organisation, Person
from storage.reports.reports import ConductReport, ReportPeriod
from storage.requests.requests import Request
from tests.casts.workbooks import LETTERHEAD, book
from tests.casts.workbooks import roster as roster_book
from tests.cli import test_command_line
from tests.cli.test_command_line import caunoi
from tests.houses.dialogue import START, Stage

nowhere, office = test_command_line.nowhere, test_command_line.office  # fixtures
NAME = "Trung tâm Chính trị phường Bình Minh"
OFFICE = ("--place", "Bình Minh", "--phone", "0203.3123.456", "--registrar", "Phan Thị  Thu",
          "--registrar-phone", "0951 234 567")  # fmt: skip
DIRECTOR = ("--director", "Trịnh Quốc Việt", "--director-phone", "+84 951 234 568")
CLASS = ("class", "NTD-01", "Bồi dưỡng nhận thức về Đảng khóa I", "--type", "nhận thức",
         "--from", "7/12/2026", "--to", "11/12/2026", "--place", "Hội trường A")  # fmt: skip
UNITS = [
    ("ĐẢNG BỘ PHƯỜNG BÌNH MINH",), (), ("DANH SÁCH ĐƠN VỊ",), (),
    ("STT", "Tên đơn vị", "Loại hình", "Thủ trưởng", "SĐT thủ trưởng"),
    (1, "Trường THCS Lê Lợi", "Trường học", "Lê Văn  Bình", 912000001),
    (2, "Đảng ủy phường A", "Đảng ủy", "Mai Thị Hoa", "0912.000.002"),
    (3, "Trạm Y tế phường A", "Trạm Y tế", "Vũ Thị Lan", "0912 000 003"),
    (), (None, "NGƯỜI LẬP BIỂU"),
]  # fmt: skip
TIMETABLE = [
    *LETTERHEAD[:3], ("LỊCH HỌC",), (),
    ("Thứ", "Ngày", "Buổi", "Thời gian", "Nội dung", "Giảng viên", "Phòng"),
    ("Hai", "07/12/2026", "Sáng", "7h30 - 11h00", "Khai giảng; Bài 1", "ThS. Cao Minh Đức", "Hội trường A"),
    ("Hai", "07/12/2026", "Chiều", "13h30-17h", "Bài 2", "ThS. Cao Minh Đức", "A2"),
    ("Ba", "08/12/2026", "Sáng", "7:30 – 11:00", "Bài 3", None, "A2"),
]  # fmt: skip
MARKS = [
    *LETTERHEAD[:3], ("BẢNG ĐIỂM",), (),
    ("TT", "Họ và tên", "Ngày sinh", "Điểm thu hoạch"),
    (1, "Nguyễn Thị Minh Hạnh", date(1990, 5, 12), "8,5"),
    (2, "TRẦN VĂN BÌNH", "03/02/1988", 7),
]  # fmt: skip


def codes(told: str) -> dict[str, str]:
    """Name and code, as the commands print them."""
    return dict(re.findall(r": (.+), mã ([A-Z0-9-]{9})", told))


def all_of(database, table):
    with database.reading() as session:
        found = session.exec(choose(table).order_by(table.id)).all()
        session.expunge_all()
        return list(found)


def written(name: str, *sheet) -> str:
    Path(name).write_bytes(book(*sheet))
    return name


# -- the centre


def test_one_command_makes_a_centre_with_its_office(office):
    told = caunoi("centre", NAME, *OFFICE, *DIRECTOR).stdout
    assert f"Đã tạo {NAME}." in told
    assert "mới là giả định" in told
    [centre] = all_of(office, Centre)
    assert (centre.place, centre.phone) == ("Bình Minh", "02033123456")
    assert set(codes(told)) == {"Phan Thị Thu", "Trịnh Quốc Việt"}
    assert [grant.role for grant in all_of(office, Grant)] == ["registrar", "director"]
    rules = {rule.class_type_id: rule for rule in all_of(office, RuleSet)}
    types = {kind.name: rules[kind.id] for kind in all_of(office, ClassType)}
    assert "Bồi dưỡng nhận thức về Đảng" in types
    assert all((rule.version, rule.rules["origin"]) == (1, "default") for rule in types.values())
    assert types["Sơ cấp lý luận chính trị"].rules["rhythm"]["every"] == "month"


def test_said_again_it_changes_only_what_differs(office):
    """The same name, however it is typed; nobody is made twice, and only who is not linked gets a code."""
    caunoi("centre", NAME, *OFFICE)
    before = all_of(office, Person), all_of(office, ClassType)
    assert "không thay đổi gì" in caunoi("centre", NAME).stdout
    again = caunoi("centre", "trung tam chinh tri phuong binh minh", "--place", "TP Bình Minh", *OFFICE[4:])
    assert "đã sửa: địa điểm." in again.stdout
    assert set(codes(again.stdout)) == {"Phan Thị Thu"}
    assert (all_of(office, Person), all_of(office, ClassType)) == before
    [centre] = all_of(office, Centre)
    assert (centre.name, centre.place, centre.phone) == (NAME, "TP Bình Minh", "02033123456")
    caunoi("centre", NAME, "--registrar", "Phan Thị Thu", "--registrar-phone", "0977777777")
    assert [person.phone for person in all_of(office, Person)] == ["0977777777"]
    assert len(all_of(office, Grant)) == 1


def test_who_is_linked_gets_no_code(office):
    told = caunoi("centre", NAME, *OFFICE).stdout
    stage = Stage(office, empty=True)
    binds(stage, codes(told)["Phan Thị Thu"])
    again = caunoi("centre", NAME, *OFFICE).stdout
    assert codes(again) == {}
    assert "Phan Thị Thu, đã liên kết." in again


def test_the_office_may_be_somebody_known_already(office):
    """A head of unit who becomes director is one person."""
    caunoi("centre", NAME, *OFFICE)
    caunoi("import", "units", written("units.xlsx", UNITS))
    people = len(all_of(office, Person))
    caunoi("centre", NAME, "--director", "Mai Thị Hoa", "--director-phone", "0912000002")
    assert len(all_of(office, Person)) == people


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((NAME,), "--place, --phone, --registrar, --registrar-phone: cần ghi thêm"),
        ((NAME, *OFFICE[:4]), "--registrar, --registrar-phone: cần ghi thêm"),
        ((NAME, *OFFICE[:3], "12", *OFFICE[4:]), "--phone: 12 chưa phải số"),
        ((NAME, *OFFICE[:7], "hai số"), "--registrar-phone: hai số chưa phải số"),
        ((NAME, *OFFICE, "--director", "Trịnh Quốc Việt"), "--director-phone: ghi số điện thoại"),
        ((NAME, *OFFICE, "--director-phone", "0951234568"), "--director: ghi cả họ và tên"),
        (("…", *OFFICE), "NAME: ghi tên đầy đủ"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_made(office, words, said):
    assert said in caunoi("centre", *words, code=1).stderr
    assert all_of(office, Centre) == []


def test_another_name_makes_no_second_centre(office):
    caunoi("centre", NAME, *OFFICE)
    said = caunoi("centre", "Trung tâm Chính trị phường Khác", *OFFICE, code=1).stderr
    assert f"NAME: cơ sở dữ liệu này là của {NAME}" in said
    assert len(all_of(office, Centre)) == 1


def test_a_database_with_the_sample_says_so(office):
    caunoi("seed", "--learners", "10")
    for name in (NAME, all_of(office, Centre)[0].name):
        said = caunoi("centre", name, *OFFICE, code=1).stderr
        assert "đang chứa trung tâm mẫu" in said
        assert "CAUNOI_DATABASE_URL=sqlite:///" in said
    with office.reading() as session:
        assert sample.has_centre(session)


# -- a class


def test_a_class_is_made_with_its_report_and_only_changes_what_differs(office):
    caunoi("centre", NAME, *OFFICE)
    told = caunoi(*CLASS, "--cohort", "2026").stdout
    assert "Đã tạo lớp Bồi dưỡng nhận thức về Đảng khóa I (NTD-01)." in told
    assert "Báo cáo nền nếp 07/12 – 11/12" in told  # a class of days: one report, after its closing
    [row] = all_of(office, CourseClass)
    assert (row.from_date, row.to_date, row.place, row.cohort) == (
        date(2026, 12, 7), date(2026, 12, 11), "Hội trường A", "2026",
    )  # fmt: skip
    assert "không thay đổi gì" in caunoi(*CLASS).stdout
    told = caunoi("class", "ntd 01", "--place", "Hội trường B", "--bring", "sổ ghi chép").stdout
    assert "đã sửa: địa điểm, mang theo." in told
    assert len(all_of(office, CourseClass)) == len(all_of(office, ReportPeriod)) == 1


def test_a_long_class_is_reported_on_by_the_month(office):
    caunoi("centre", NAME, *OFFICE)
    told = caunoi("class", "SC-01", "Sơ cấp khóa I", "--type", "Sơ cấp lý luận chính trị",
                  "--from", "07/12/2026", "--to", "29/01/2027").stdout  # fmt: skip
    assert re.findall(r"nền nếp (\S+ – \S+):", told) == ["07/12 – 31/12", "01/01 – 29/01"]


def test_when_a_class_moves_its_learners_and_its_report_move_along(office):
    caunoi("centre", NAME, *OFFICE)
    caunoi("import", "units", written("units.xlsx", UNITS))
    caunoi(*CLASS)
    caunoi("import", "roster", roster("lop.xlsx"), "--class", "NTD-01")
    told = caunoi("class", "NTD-01", "--from", "14/12/2026", "--to", "18/12/2026").stdout
    assert "đã sửa: ngày đầu, ngày cuối." in told
    [period] = all_of(office, ReportPeriod)
    assert (period.from_date, period.to_date) == (date(2026, 12, 14), date(2026, 12, 18))
    assert {report.period_id for report in all_of(office, ConductReport)} == {period.id}
    assert len(all_of(office, ConductReport)) == 2
    assert {one.from_date for one in all_of(office, Enrolment)} == {date(2026, 12, 14)}
    with office.reading() as session:
        rows = session.execute(select(timer.c.args).where(timer.c.kind == "request_step"))
        asked = {row.args["request"] for row in rows}
    assert asked == {row.id for row in all_of(office, Request)}
    assert {row.subject_id for row in all_of(office, Request)} == {
        row.id for row in all_of(office, ConductReport)
    }


def test_a_new_class_type_is_made_on_demand(office):
    caunoi("centre", NAME, *OFFICE)
    words = (
        "class",
        "X-1",
        "Lớp X",
        "--from",
        "07/12/2026",
        "--to",
        "09/12/2026",
        "--type",
        "Cập nhật kiến thức",
    )
    said = caunoi(*words, code=1).stderr
    assert "chưa có loại lớp Cập nhật kiến thức; hiện có: Bồi dưỡng nhận thức về Đảng" in said
    assert "--new-type" in said
    caunoi(*words, "--new-type")
    assert all_of(office, ClassType)[-1].name == "Cập nhật kiến thức"
    caunoi(*words, "--new-type")
    assert len(all_of(office, ClassType)) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("X-1",), "NAME, --type, --from, --to: cần ghi thêm"),
        (("X-1", "Lớp X", "--type", "sơ cấp", "--from", "32/12/2026", "--to", "1/1/2027"), "--from: 32/12/2026"),
        (("X-1", "Lớp X", "--type", "sơ cấp", "--from", "7/12/2026", "--to", "1/12/2026"), "--to: ngày cuối"),
        (("X-1", "Lớp X", "--type", "bồi dưỡng", "--from", "7/12/2026", "--to", "8/12/2026"), "--type: chưa có"),
        (("…", "Lớp X"), "CODE: ghi mã ngắn"),
        (("X" * 21, "Lớp X"), "CODE: ghi mã ngắn"),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_made_is_told_why(office, words, said):
    caunoi("centre", NAME, *OFFICE)
    assert said in caunoi("class", *words, code=1).stderr
    assert all_of(office, CourseClass) == []


def test_without_a_centre_the_way_to_one_is_said(office):
    for words in (CLASS, ("invite",)):
        assert "caunoi centre" in caunoi(*words, code=1).stderr
    assert "caunoi centre" in caunoi("import", "units", written("units.xlsx", UNITS), code=1).stderr


# -- the whole way


def roster(name: str, *rows) -> str:
    Path(name).write_bytes(roster_book(rows) if rows else roster_book())
    return name


def binds(stage: Stage, code: str):
    player = stage.stranger(f"chat-{code}")
    player.starts(code).taps("Đúng là tôi").taps("Đồng ý")
    if "Đồng ý" in player.last.labels:  # a learner is asked for two
        player.taps("Đồng ý")
    with stage.database.reading() as session:
        name = re.search(r"đồng chí (.+?)\.", player.last.text)[1]
        player.person_id = session.exec(choose(Person.id).where(Person.name == name)).one()
    return player


def test_from_an_empty_database_to_the_first_answers(office):
    told = caunoi("centre", NAME, *OFFICE, *DIRECTOR).stdout
    assert "thêm 3" in caunoi("import", "units", written("units.xlsx", UNITS)).stdout
    said = caunoi("import", "roster", roster("lop.xlsx"), "--class", "NTD-01", code=1).stderr
    assert 'caunoi class NTD-01 "TÊN LỚP" --type' in said
    caunoi(*CLASS)
    assert "thêm 3" in caunoi("import", "roster", "lop.xlsx", "--class", "NTD-01").stdout
    assert (
        "thêm 3" in caunoi("import", "timetable", written("lich.xlsx", TIMETABLE), "--class", "NTD-01").stdout
    )
    assert "thêm 2" in caunoi("import", "marks", written("diem.xlsx", MARKS), "--class", "NTD-01").stdout
    planned(office)

    stage = Stage(office, start=START + timedelta(minutes=5), empty=True)
    registrar = binds(stage, codes(told)["Phan Thị Thu"])
    registrar.says("/thongbao").taps("Khai giảng").taps("07/12 NTD-01").sees(
        "7 giờ 30", "07/12/2026", "Hội trường A"
    )
    registrar.taps("Gửi").sees("Đang gửi")
    stage.ticks()

    head = binds(stage, invited()["Lê Văn Bình"])
    head.says("/baocao").sees("chưa có báo cáo nền nếp nào cần gửi")
    slips = invited("--class", "NTD-01")
    learner = binds(stage, slips["Nguyễn Thị Minh Hạnh"])
    stage.ticks()  # what was sent before he was bound
    assert any("THÔNG BÁO KHAI GIẢNG" in message.text for message in learner.messages())
    learner.taps("Đã nhận")
    learner.says("lịch 7/12").sees("Khai giảng; Bài 1", "7 giờ 30", "Hội trường A")
    learner.says("/thongbao").sees("đã nhận")
    learner.says("/ketqua").sees_no("8,5")  # a draft stays in the office
    stage.moves_to(datetime(2026, 12, 5, 0, 0, tzinfo=UTC))
    assert any("Khai giảng; Bài 1" in message.text for message in learner.messages())  # the reminder

    stage.moves_to(datetime(2026, 12, 14, 4, 0, tzinfo=UTC))
    assert "Kính gửi đồng chí Lê Văn Bình" in head.last.text
    head.taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")
    registrar.says("/baocao").sees(
        "Đã gửi: 1/1 đơn vị",
        "Đảng ủy phường A: không phải báo cáo; 01 học viên do đơn vị báo cáo riêng bằng văn bản",
    )


def planned(office) -> None:
    """What follows by itself from the imports."""
    kinds = [session.kind for session in all_of(office, CourseSession)]
    assert kinds == ["opening", "lecture", "lecture"]
    assert {mark.state for mark in all_of(office, Mark)} == {"draft"}
    with office.reading() as session:
        waiting = session.execute(select(timer.c.kind).where(timer.c.state == "waiting")).scalars().all()
    assert waiting.count("session_reminder") == 2  # a class's day is one reminder
    asked = [row.kind for row in all_of(office, Request)]
    assert asked == ["report", "report"]  # a report for each of the units in the roster
    assert waiting.count("request_step") >= 2


def invited(*words: str) -> dict[str, str]:
    rows = json.loads(caunoi("invite", "--json", *words).stdout)
    return {row["person"]: row["code"] for row in rows}


def test_a_unit_whose_learners_come_after_the_period_has_opened_is_asked_all_the_same(office):
    caunoi("centre", NAME, *OFFICE, "--basis", "Quy chế 01-QC/TTCT")
    caunoi("import", "units", written("units.xlsx", UNITS))
    caunoi(
        "class", "NTD-02", "Lớp đang học", "--type", "nhận thức", "--from", "09/11/2026", "--to", "15/11/2026"
    )
    [period] = all_of(office, ReportPeriod)
    assert period.opens_at <= START  # asked for since this morning, and nobody is in the class yet
    assert all_of(office, ConductReport) == []
    stage = Stage(office, start=START + timedelta(minutes=5), empty=True)
    head = binds(stage, invited()["Lê Văn Bình"])
    stage.ticks()
    assert not any("Kính gửi" in message.text for message in head.messages())
    caunoi("import", "roster", roster("lop.xlsx"), "--class", "NTD-02")
    units = {unit.id: unit.name for unit in all_of(office, Organisation)}
    asked = {units[report.organisation_id] for report in all_of(office, ConductReport)}
    assert asked == {"Trường THCS Lê Lợi", "Đảng ủy phường A"}
    stage.passes(minutes=1)
    assert "Kính gửi đồng chí Lê Văn Bình" in head.last.text
    more = (4, "Bùi Thị Khánh", "01/01/1991", "Y sĩ", "Trạm Y tế phường A", "0905 111 333", None)
    caunoi("import", "roster", roster("lop2.xlsx", more), "--class", "NTD-02")
    assert len(all_of(office, ConductReport)) == 3
    late = binds(stage, invited()["Vũ Thị Lan"])
    stage.passes(minutes=1)
    assert sum("Kính gửi đồng chí Vũ Thị Lan" in message.text for message in late.messages()) == 1


def test_without_a_legal_basis_the_first_consent_brings_the_report(office):
    """Nobody has agreed yet when the period opens: the head is asked as soon as there is somebody to report on."""
    caunoi("centre", NAME, *OFFICE)
    caunoi("import", "units", written("units.xlsx", UNITS))
    caunoi(
        "class", "NTD-02", "Lớp đang học", "--type", "nhận thức", "--from", "09/11/2026", "--to", "15/11/2026"
    )
    caunoi("import", "roster", roster("lop.xlsx"), "--class", "NTD-02")
    stage = Stage(office, start=START + timedelta(minutes=5), empty=True)
    head = binds(stage, invited()["Lê Văn Bình"])
    stage.ticks()
    assert not any("Kính gửi" in message.text for message in head.messages())
    binds(stage, invited("--class", "NTD-02")["Nguyễn Thị Minh Hạnh"])
    stage.ticks()
    head.sees("Kính gửi đồng chí Lê Văn Bình", "01 học viên")
    stage.passes(hours=1)
    assert sum("Kính gửi" in message.text for message in head.messages()) == 1


def test_what_the_director_decides_is_recorded_once(office):
    """Whether marks may go abroad, and on which ground they are processed."""
    caunoi("centre", NAME, *OFFICE, "--personal-abroad", "--basis", "Quy chế 01-QC/TTCT")
    assert all_of(office, Centre)[0].options == {"personal_abroad": True}
    again = caunoi("centre", NAME, "--personal-abroad", "--basis", "Quy chế 01-QC/TTCT").stdout
    assert "không thay đổi gì" in again
    assert len(all_of(office, LegalBasis)) == 1
    assert (
        "đã sửa: điểm, nền nếp qua máy chủ ở nước ngoài."
        in caunoi("centre", NAME, "--no-personal-abroad").stdout
    )
    assert all_of(office, Centre)[0].options == {"personal_abroad": False}
    assert "đã sửa: dòng đầu của tin trong thông báo." in caunoi("centre", NAME, "--push-first-line").stdout
    assert "không thay đổi gì" in caunoi("centre", NAME, "--push-first-line").stdout
    assert all_of(office, Centre)[0].options == {"personal_abroad": False, "push_first_line": True}


def test_the_commands_leave_a_trace(office):
    caunoi("centre", NAME, *OFFICE)
    caunoi(*CLASS)
    with office.reading() as session:
        actions = session.execute(text("SELECT action FROM audit ORDER BY id")).scalars().all()
    assert {"centre_set_up", "role_granted", "class_set_up"} <= set(actions)
