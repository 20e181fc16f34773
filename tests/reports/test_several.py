"""Several things are mentioned of one learner, and of how many sessions: by button and by sentence, shown everywhere."""

import json
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.messaging.accounts import Abilities
from storage.people.people import Person
from storage.reports.reports import ConductEntry
from tests.casts.reports import learner_id, no_roll_call, records, revisions
from tests.houses.dialogue import Stage
from tests.reports.test_typed import NO_BUTTONS

CUC = "Phạm Thị Cúc"
SAID = f"đồng chí {CUC}, đi muộn 2 buổi, vắng có phép 1 buổi"


@pytest.fixture(params=["buttons", "typed"])
def head(database, request):
    """A head of unit whose roll-call is clean, where there are buttons and where choices are typed."""
    stage = Stage(database, abilities=NO_BUTTONS if request.param == "typed" else Abilities())
    no_roll_call(stage)
    return stage.head


def said(stage) -> dict[str, list[tuple[str, int | None]]]:
    with stage.database.reading() as session:
        rows = session.exec(select(ConductEntry)).all()
        return {session.get(Person, row.person_id).name: row.said for row in rows if row.source != "cleared"}


def test_a_count_and_a_second_content_are_extra_taps(head):
    head.says("/baocao").chooses("Có học viên cần nêu", CUC, "Xong", "Đi muộn")
    head.sees(f"01 học viên cần nêu: đồng chí {CUC}, đi muộn.")
    head.chooses("Thêm, sửa số buổi").sees("Đi muộn: đề nghị đồng chí chọn số buổi.", "1 buổi", "9 buổi")
    head.chooses("2 buổi").sees(f"đồng chí {CUC}, đi muộn 2 buổi")
    head.chooses("Thêm, sửa số buổi", "Thêm nội dung").sees("đi muộn 2 buổi")
    head.chooses("Vắng có phép").sees("Vắng có phép: đề nghị đồng chí chọn số buổi.", "Đi muộn × 2")
    head.chooses("1 buổi").sees(SAID)
    head.chooses("Gửi").sees(SAID, "01 học viên cần nêu")
    assert said(head.stage) == {CUC: [("late", 2), ("excused", 1)]}


def test_a_sentence_says_several_things(head):
    head.types("Cuc muon 2 buoi va vang phep 1 buoi, con lai tot").sees(SAID)
    head.chooses("Gửi").sees(SAID)
    assert head.taps_made == 2
    assert said(head.stage) == {CUC: [("late", 2), ("excused", 1)]}


def test_a_count_is_changed_from_the_list_of_names_and_goes_back_there(stage):
    no_roll_call(stage)
    head = stage.head.says("/baocao").taps("Có học viên cần nêu").taps(CUC).taps("Xong").taps("Đi muộn")
    head.says("/baocao").taps("Có học viên cần nêu").taps(f"[x] {CUC}: đi muộn").taps("Thêm, sửa số buổi")
    head.taps("3 buổi").sees(f"Đã ghi: đồng chí {CUC}, đi muộn 3 buổi.", f"[x] {CUC}: đi muộn 3 buổi")


def test_one_content_chosen_anew_takes_the_place_of_all(stage):
    no_roll_call(stage)
    head = stage.head
    head.says("Cúc muộn 2, vắng phép 1").taps("Gửi").taps("Sửa").taps(f"[x] {CUC}").taps("Đi muộn").taps(
        "Gửi"
    )
    assert said(stage) == {CUC: [("late", 2)]}


def test_what_is_said_already_is_not_offered_again_and_ethics_still_asks_for_its_note(stage):
    no_roll_call(stage)
    head = stage.head.says("/baocao").taps("Có học viên cần nêu").taps(CUC).taps("Xong").taps("Đi muộn")
    head.taps("Thêm, sửa số buổi").taps("Thêm nội dung")
    assert "Đi muộn" not in head.last.labels
    head.taps("Đạo đức").sees("Mục Đạo đức bắt buộc có ghi chú.").says("nói dối")
    head.sees("đi muộn, cần nhắc nhở về đạo đức (ghi chú “nói dối”)")


def test_of_several_learners_it_is_asked_whose(stage):
    no_roll_call(stage)
    head = stage.head.says("Cúc muộn, Giang muộn")
    head.says("/baocao").taps("Có học viên cần nêu").taps(CUC).taps("Đỗ Thị Giang").taps(
        "Cùng nội dung"
    ).taps("Đi muộn")
    head.taps("Thêm, sửa số buổi").sees("chọn học viên").taps("[x] Đỗ Thị Giang").taps("4 buổi")
    assert said(stage) == {CUC: [("late", None)], "Đỗ Thị Giang": [("late", 4)]}


def test_the_roll_call_marks_all_it_knows(stage):
    records(stage, CUC, "late", "excused", "late")
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt")
    stage.head.sees(SAID).sees_no("Xin lưu ý")


def test_everybody_reads_both(stage):
    """The board, the receipt's file, the learner's own data and next period's hint."""
    no_roll_call(stage)
    head = stage.head
    head.says("Cúc muộn 2, vắng phép 1, tất cả tốt").taps("Gửi")
    assert [
        (one["category"], one["times"]) for one in json.loads(revisions(stage)[0].content)["entries"]
    ] == [
        ("late", 2),
        ("excused", 1),
    ]
    stage.registrar.says("/baocao").sees("01 học viên cần nêu").taps("Mục khác").taps("Xem báo cáo").taps(
        "Trường THCS Lê"
    )
    stage.registrar.sees(SAID)
    head.says("/baocao").taps("Tệp Excel")
    sheet = load_workbook(BytesIO(head.file()[1])).active
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "đi muộn 2 buổi, vắng có phép 1 buổi" in cells
    assert cells.count("tốt") == 11
    cuc = stage.player(learner_id(stage, CUC))
    cuc.says("/dulieu")
