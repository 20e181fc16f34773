"""Towards the gate (002-13): who is complete, who not and why; a person signs; the learner reads careful words."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.base.calendar import ZONE
from storage.courses.courses import CourseClass, RuleSet
from storage.gates import gates
from storage.gates.confirmations import GateVerdict
from storage.messaging.accounts import Abilities
from storage.people.people import Consent, Person
from storage.results.results import rule_set_of
from tests.casts.reports import learner_id
from tests.cli.test_command_line import caunoi, centre, nowhere, office  # noqa: F401  fixtures
from tests.gates.test_confirmations import ASKED, EXAM, row_of, set_gates
from tests.houses.dialogue import Stage
from tests.results.test_results import attends, only_in


def verdicts(stage) -> dict[tuple[str, str], GateVerdict]:
    with stage.database.reading() as session:
        rows = list(session.exec(select(GateVerdict).order_by(GateVerdict.id)))
        found = {(session.get(Person, row.person_id).name, row.gate): row for row in rows}
        session.expunge_all()
        return found


def confirm_all(stage) -> None:
    """The unit confirms its twelve; the other unit is silent about its one."""
    stage.head.says("/nhanxet").taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")


@pytest.fixture
def asked(stage):
    set_gates(stage)
    stage.moves_to(ASKED)
    return stage


def board(player):
    return player.says("/dieukien").taps("BD-01, thi tốt nghiệp")


def test_before_any_remarks_nobody_is_eligible_and_nobody_is_found_wanting(asked):
    board(asked.registrar).sees("Điều kiện thi tốt nghiệp (10/12/2026)", "Lớp Trung cấp A1, 13 học viên.")
    asked.registrar.sees("13 học viên thiếu nhận xét của đơn vị.").sees_no("chờ ký duyệt")
    asked.registrar.sees("- Trần Văn An (Trạm Y tế phường A): thiếu nhận xét của đơn vị")
    asked.registrar.sees_no("không đạt", "KHÔNG đủ").sees("Theo quy chế Trung tâm đã ban hành (bản số 2).")
    assert asked.registrar.last.labels == ["Tệp Excel", "Quay lại"]


def test_the_registrar_submits_and_the_director_signs_in_one_tap(asked):
    confirm_all(asked)
    director = asked.director
    board(asked.registrar).sees("12 học viên đủ hồ sơ, chờ ký duyệt", "01 học viên thiếu nhận xét của đơn vị")
    assert "Ký duyệt: 12 người" not in asked.registrar.last.labels
    asked.registrar.taps("Trình Giám đốc").sees("Đã trình Giám đốc.")
    director.sees("Đồng chí Phan Thị Thu trình danh sách này để đồng chí ký duyệt.", "Trạm Y tế phường A")
    before = director.taps_made
    director.taps("Ký duyệt: 12 người").sees(
        "Đã ký duyệt 12 học viên.", "12 học viên đã ký duyệt đủ điều kiện"
    )
    assert director.taps_made == before + 1
    rows = verdicts(asked)
    assert len(rows) == 12
    row = rows["Phạm Thị Cúc", "exam"]
    assert (row.verdict, row.rule_version, row.signed_by, row.revision) == (
        "eligible",
        2,
        asked.cast.director,
        1,
    )
    assert (row.reasons["confirmation"], row.reasons["blocks"], row.reasons["missed"]) == (1, [], 0)
    assert ("Trần Văn An", "exam") in rows  # of the first unit; the other one's is still missing
    assert asked.cast.other_learner not in {one.person_id for one in rows.values()}


def test_submitting_the_same_list_twice_tells_the_director_once(asked):
    confirm_all(asked)
    director = asked.director
    board(asked.registrar).taps("Trình Giám đốc").taps("Trình Giám đốc")
    assert len(director.messages()) == 1


def test_an_old_button_signs_nothing_that_was_not_seen(asked):
    confirm_all(asked)
    board(asked.director)
    old = next(one["data"] for one in asked.director.last.buttons if one["label"].startswith("Ký duyệt"))
    asked.head.says("/nhanxet").taps("Xem danh sách").taps("[x] Phạm Thị Cúc").taps("Không đủ điều kiện")
    asked.head.says("Đang bị xem xét kỷ luật.").taps("Xem lại, xác nhận").taps("Xác nhận và gửi")
    asked.director.presses(old).sees(
        "Nội dung vừa thay đổi", "11 học viên đủ hồ sơ, chờ ký duyệt", "đơn vị kết luận không đủ điều kiện"
    )
    assert verdicts(asked) == {}
    asked.director.taps("Ký duyệt: 11 người")
    asked.director.presses(old).sees("Không còn học viên nào chờ ký duyệt.")
    assert len(verdicts(asked)) == 11


def test_without_a_confirmation_neither_verdict_can_be_signed(asked):
    director, ids = asked.director, f"{asked.cast.running}:0:{asked.cast.other_learner}"
    board(director).taps("Xét từng người").taps("Phạm Thị Cúc").sees("Nhận xét của đơn vị: chưa có")
    assert director.last.labels == ["Quay lại"]
    with asked.database.reading() as session:
        course = session.get(CourseClass, asked.cast.running)
        found = gates.standings(session, course, "exam", ZONE, asked.time, only=asked.cast.other_learner)
        content = gates.fingerprint(found)
    for verdict in (0, 1):
        director.presses(f"gy:{asked.cast.running}:0:{asked.cast.other_learner}:{verdict}:{content}")
    director.presses(f"gw:{ids}")
    with asked.database.transaction() as session, pytest.raises(ValueError, match="nothing to rest on"):
        gates.sign_verdicts(session, course, "exam", found, "eligible", director.person_id, asked.time)
    assert verdicts(asked) == {}


def test_a_refusal_of_the_unit_is_never_signed_as_eligible_and_is_signed_one_by_one(asked):
    confirm_all(asked)
    asked.head.taps("Xem danh sách").taps("[x] Phạm Thị Cúc").taps("Không đủ điều kiện")
    asked.head.says("Đang bị xem xét kỷ luật.").taps("Xem lại, xác nhận").taps("Xác nhận và gửi")
    director = board(asked.director)
    before = director.taps_made
    director.taps("Xét từng người").taps("Phạm Thị Cúc").sees("lý do “Đang bị xem xét kỷ luật.”")
    assert director.last.labels == ["Ký: không đủ", "Quay lại"]
    director.taps("Ký: không đủ").sees("Đã ký duyệt 01 học viên.", "KHÔNG đủ điều kiện, đã ký duyệt")
    assert director.taps_made == before + 3
    row = verdicts(asked)["Phạm Thị Cúc", "exam"]
    assert (row.verdict, row.reasons["blocks"]) == ("not_eligible", ["unit_refuses"])


def test_too_many_absences_leave_the_list_to_be_signed_and_are_decided_by_a_person(asked):
    confirm_all(asked)
    attends(asked, 0, "unexcused", learner=3)
    attends(asked, 1, "unexcused", learner=3)
    director = board(asked.director).sees(
        "11 học viên đủ hồ sơ, chờ ký duyệt",
        "01 học viên cần xem xét từng người",
        "- Phạm Thị Cúc (Trường THCS Lê Lợi): vắng 8/28 tiết, 28,57% (tối đa 20%)",
    )
    director.taps("Xét từng người").taps("Phạm Thị Cúc")
    assert director.last.labels == ["Ký: đủ điều kiện", "Ký: không đủ", "Quay lại"]
    director.taps("Ký: đủ điều kiện")
    row = verdicts(asked)["Phạm Thị Cúc", "exam"]
    assert (row.verdict, row.reasons["blocks"], row.reasons["max_absence"]) == (
        "eligible",
        ["absence_over"],
        "0.20",
    )


def test_when_the_unit_signs_anew_the_verdict_is_to_be_signed_anew(asked):
    confirm_all(asked)
    board(asked.director).taps("Ký duyệt: 12 người")
    asked.head.says("/nhanxet").taps("Xem danh sách").taps("[x] Phạm Thị Cúc").taps("Phẩm chất").taps("Khá")
    asked.head.taps("Xem lại, xác nhận").taps("Xác nhận và gửi")
    board(asked.director).sees(
        "11 học viên đã ký duyệt đủ điều kiện; 01 học viên đủ hồ sơ, chờ ký duyệt",
        "đã ký duyệt, nhưng sau đó đơn vị đã sửa nhận xét",
    )
    asked.director.taps("Ký duyệt: 01 người")
    row = verdicts(asked)["Phạm Thị Cúc", "exam"]
    assert (row.revision, row.reasons["confirmation"]) == (2, 2)


def test_the_three_gates_are_signed_separately(stage):
    set_gates(stage, exam=EXAM, graduation=date(2026, 12, 14))
    stage.moves_to(ASKED)
    stage.passes(days=4)
    stage.head.says("/nhanxet").taps("thi tốt nghiệp").taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps(
        "Xác nhận và gửi"
    )
    board(stage.director).taps("Ký duyệt: 12 người")
    stage.director.says("/dieukien").taps("BD-01, xét tốt nghiệp").sees(
        "13 học viên thiếu nhận xét của đơn vị."
    )
    assert {gate for _name, gate in verdicts(stage)} == {"exam"}


def test_the_excel_file_has_the_forms_fields_and_what_stands_against_whom(asked):
    confirm_all(asked)
    board(asked.registrar).taps("Tệp Excel")
    name, content = asked.registrar.file()
    rows = [[cell.value for cell in row] for row in load_workbook(BytesIO(content)).active.iter_rows()]
    head = next(place for place, row in enumerate(rows) if row[0] == "TT")
    assert name == "Xét điều kiện, BD-01, thi tốt nghiệp 10-12-2026.xlsx"
    assert rows[head][:10] == ["TT", "Họ và tên", "Ngày sinh", "Đơn vị", "Phẩm chất", "Ý thức tổ chức kỷ luật",
                               "Hoàn thành nhiệm vụ", "Kỷ luật (nếu có)", "Kết luận", "Lý do"]  # fmt: skip
    assert len(rows[head + 1 : -2]) == 13  # and who signs
    cuc = next(row for row in rows if row[1] == "Phạm Thị Cúc")
    assert cuc[4:9] == ["Tốt", "Tốt", "Tốt", "không có", "đủ điều kiện"]
    silent = next(row for row in rows if row[3] == "Trạm Y tế phường A")
    assert silent[4:10] == [None] * 6
    assert silent[11] == "thiếu nhận xét của đơn vị"
    assert any("bản số 2" in str(row[0]) for row in rows[:head])


def test_who_has_not_consented_is_handled_in_writing(asked):
    confirm_all(asked)
    with asked.database.transaction() as session:
        session.add(
            Consent(
                person_id=learner_id(asked, "Phạm Thị Cúc"), purpose="sensitive", given=False, at=asked.time
            )
        )
    board(asked.director).sees(
        "11 học viên đủ hồ sơ, chờ ký duyệt",
        "- Phạm Thị Cúc (Trường THCS Lê Lợi): Trung tâm xử lý bằng văn bản",
    )


def test_the_learner_reads_careful_words_about_himself(asked):
    only_in(asked, asked.cast.running, asked.cast.learners[0])
    learner = asked.learner
    learner.says("/ketqua").sees("Thi tốt nghiệp (10/12/2026): thiếu nhận xét của đơn vị")
    confirm_all(asked)
    learner.says("/ketqua").sees("đang chờ Trung tâm xem xét, ký duyệt")
    board(asked.director).taps("Ký duyệt: 12 người")
    learner.says("/ketqua").sees("đủ điều kiện (đã ký duyệt, theo quy chế của Trung tâm, bản số 2)")


def test_what_the_unit_concludes_is_not_told_the_learner_before_a_person_has_signed(asked):
    only_in(asked, asked.cast.running, asked.cast.learners[0])
    confirm_all(asked)
    asked.head.taps("Xem danh sách").taps("[x] Nguyễn Thị Minh Hạnh").taps("Không đủ điều kiện")
    asked.head.says("Đang bị xem xét kỷ luật.").taps("Xem lại, xác nhận").taps("Xác nhận và gửi")
    learner = asked.learner.says("/ketqua").sees("đang chờ Trung tâm xem xét").sees_no("không đủ", "kỷ luật.")
    board(asked.director).taps("Xét từng người").taps("Nguyễn Thị Minh Hạnh").taps("Ký: không đủ")
    learner.says("/ketqua").sees("không đủ điều kiện theo kết luận đã ký").sees_no("Đang bị xem xét kỷ luật")


def test_a_class_without_gates_says_nothing_of_them(stage):
    only_in(stage, stage.cast.running, stage.cast.learners[0])
    stage.learner.says("/ketqua").sees_no("Điều kiện dự thi", "chưa có nhận xét")
    stage.registrar.says("/dieukien").sees("Chưa có lớp nào có ngày thi, ngày xét tốt nghiệp.")


def test_only_the_director_signs_and_only_the_office_looks(asked):
    confirm_all(asked)
    ids = f"{asked.cast.running}:0"
    board(asked.director)
    sign = next(one["data"] for one in asked.director.last.buttons if one["label"].startswith("Ký duyệt"))
    for reader in (asked.head, asked.learner, asked.lecturer):
        for data in (f"gc:{ids}", f"gz:{ids}", f"gh:{ids}", f"gv:{ids}:0", sign):
            reader.presses(data).sees_no("Phạm Thị Cúc", "Trạm Y tế")
    asked.registrar.presses(sign)
    assert verdicts(asked) == {}


def test_without_buttons_the_director_signs_by_typing(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    set_gates(stage)
    stage.moves_to(ASKED)
    stage.head.types("/nhanxet").types("xem danh sách").types("tất cả đủ điều kiện").types("xác nhận và gửi")
    director = stage.director
    before = director.taps_made
    director.types("điều kiện").types("1").types("ký duyệt: 12 người").sees("Đã ký duyệt 12 học viên.")
    assert director.taps_made == before + 3


def test_a_hundred_learners_are_read_at_once(asked):
    """The number of statements does not grow with the class."""
    from sqlalchemy import event

    counted = []
    with asked.database.reading() as session:
        course = session.get(CourseClass, asked.cast.running)
        told = session.get_bind(), "before_cursor_execute", lambda *args: counted.append(args[2])
        event.listen(*told)
        gates.standings(session, course, "exam", ZONE, asked.time, only=asked.cast.learners[0])
        one, counted[:] = len(counted), []
        gates.standings(session, course, "exam", ZONE, asked.time)
        event.remove(*told)
    assert len(counted) == one


# --- the command line


def test_the_command_sets_the_days_and_plans_the_asking(centre, stage):  # noqa: F811
    refused = caunoi("gates", "BD-01", "exam=2026-12-10", code=1)
    assert "chưa có; --add-to-rules" in refused.output
    done = caunoi("gates", "BD-01", "exam=2026-12-10", "graduation=17/12/2026", "--add-to-rules")
    assert "thi tốt nghiệp ngày 10/12/2026" in done.output
    assert "xét tốt nghiệp ngày 17/12/2026" in done.output
    with stage.database.reading() as session:
        course, other = (session.get(CourseClass, one) for one in (stage.cast.running, stage.cast.opening))
        assert rule_set_of(session, course).version == 3
        assert rule_set_of(session, course).rules["gates"] == ["exam", "graduation"]
        assert rule_set_of(session, other).version == 2
        assert len(session.exec(select(RuleSet)).all()) == 2
    head = stage.head
    stage.moves_to(ASKED)
    head.sees("Phiếu nhận xét của đơn vị trước khi thi tốt nghiệp (10/12/2026)")
    caunoi("gates", "BD-01", "exam=")
    assert "thi tốt nghiệp" not in caunoi("gates", "BD-01").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("KHONG", "exam=2026-12-10"), "BD-01"),
        (("BD-01", "oral=2026-12-10"), "exam=10/05/2027"),
        (("BD-01", "exam"), "exam=10/05/2027"),
        (("BD-01", "exam=hôm nào"), "07/12/2026"),
        (("BD-01", "exam=2026-11-16"), "không còn ở phía trước"),
    ],
)
def test_the_command_says_what_to_mend(centre, words, said):  # noqa: F811
    assert said in caunoi("gates", *words, code=1).output


def test_a_confirmation_row_is_no_signature(asked):
    assert row_of(asked, "Phạm Thị Cúc")
    board(asked.director).sees("13 học viên thiếu nhận xét của đơn vị.")
