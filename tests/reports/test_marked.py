"""What was marked beforehand is said before *Gửi* on every path, and one press leaves all of it out, or puts it back."""

import json
from datetime import date

import pytest

from storage.messaging.accounts import Abilities
from storage.people.people import Role
from tests.casts.centre import at
from tests.casts.reports import base36, colleague, kept, no_roll_call, records, report_of, revisions
from tests.houses.dialogue import Stage
from tests.reports.test_typed import NO_BUTTONS

FROM_ROLL_CALL = "Đã ghi sẵn theo điểm danh: đồng chí Trần Văn An."
CLEAR = "Bỏ các mục ghi sẵn"


@pytest.fixture(params=["buttons", "typed"])
def head(database, request):
    """A head of unit whose roll-call has Trần Văn An late twice, where there are buttons and where choices are typed."""
    return Stage(database, abilities=NO_BUTTONS if request.param == "typed" else Abilities()).head


def test_all_well_in_two_taps_says_so(head):
    head.says("/baocao").chooses("Tất cả nền nếp tốt")
    head.sees("CHƯA gửi", FROM_ROLL_CALL, CLEAR)


def test_one_press_leaves_it_all_out_and_going_back_undoes_that(head):
    head.says("/baocao").chooses("Tất cả nền nếp tốt", CLEAR)
    head.sees(
        "12 học viên nền nếp tốt; không có học viên cần nêu.", "Đã bỏ mục ghi sẵn: đồng chí Trần Văn An."
    )
    assert kept(head.stage) == {}
    head.chooses("Quay lại")
    head.sees("11 học viên nền nếp tốt", FROM_ROLL_CALL, "đồng chí Trần Văn An, đi muộn 2 buổi")
    assert kept(head.stage) == {"Trần Văn An": ("late", "roll_call")}
    head.chooses(CLEAR, "Gửi")
    assert json.loads(revisions(head.stage)[0].content)["entries"] == []


def test_what_was_left_out_is_not_marked_again_by_looking_and_still_can_be_put_back(stage):
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps(CLEAR)
    stage.restarts()
    head.says("/baocao").taps("Xem lại 12/12").sees("Đã bỏ mục ghi sẵn").taps("Quay lại").sees(FROM_ROLL_CALL)


def test_a_sentence_says_so_and_leaves_out_all_but_whom_it_speaks_of(head):
    records(head.stage, "Đỗ Thị Giang", "excused")
    head.types("Giang muộn 1, còn lại tốt")
    head.sees("CHƯA gửi", FROM_ROLL_CALL, "đồng chí Đỗ Thị Giang, đi muộn 1 buổi").sees_no("Đã nêu từ trước")
    head.chooses(CLEAR)
    head.sees("11 học viên nền nếp tốt; 01 học viên cần nêu: đồng chí Đỗ Thị Giang, đi muộn 1 buổi")
    head.chooses("Quay lại").sees("10 học viên nền nếp tốt", FROM_ROLL_CALL)
    head.chooses(CLEAR, "Gửi")
    assert kept(head.stage) == {"Đỗ Thị Giang": ("late", "head")}


def mentions_cuc(stage):
    head = stage.head.says("/baocao").taps("Có học viên cần nêu").taps("Phạm Thị Cúc").taps("Xong")
    return head.taps("Học tập")


def test_picking_names_and_resuming_say_so(stage):
    head = mentions_cuc(stage).sees(FROM_ROLL_CALL)
    stage.restarts()
    head.says("/baocao").taps("Xem lại 12/12").sees(FROM_ROLL_CALL).taps(CLEAR)
    assert kept(stage) == {"Phạm Thị Cúc": ("study", "head")}, "what the head has said himself stays"


def test_whom_it_is_handed_to_is_told_what_was_said_before_him(stage):
    mate = stage.player(colleague(stage))
    head = mentions_cuc(stage)
    head.says("/baocao").taps("Giao người khác").taps("Tạ Văn Phúc").taps("Giao báo cáo")
    mate.says("/baocao").taps("Tất cả nền nếp tốt")
    mate.sees(FROM_ROLL_CALL, "Đã ghi sẵn trước khi giao đồng chí: đồng chí Phạm Thị Cúc.").taps(CLEAR)
    assert kept(stage) == {}
    mate.taps("Quay lại")
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call"), "Phạm Thị Cúc": ("study", "handed")}


def test_a_correction_says_what_is_kept_of_the_last_version(stage):
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    head.sees("Nội dung đã sửa CHƯA gửi", "Giữ từ lần gửi trước: đồng chí Trần Văn An.").taps(CLEAR)
    head.sees("01 học viên cần nêu: đồng chí Phạm Thị Cúc, cần nhắc nhở về tác phong").taps("Quay lại").sees(
        "02 học viên cần nêu"
    )
    head.taps("Gửi").taps("Sửa").taps("Đỗ Thị Giang").taps("Học tập")
    head.sees("Giữ từ lần gửi trước: đồng chí Trần Văn An, đồng chí Phạm Thị Cúc.")


def test_what_was_left_out_of_a_correction_and_put_back_leaves_nothing_to_send(stage):
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    head.presses(f"bmc:{base36(stage.cast.report)}:1:1").sees(
        "Nội dung đã sửa CHƯA gửi. 12 học viên nền nếp tốt"
    )
    head.taps("Quay lại").sees("Mã biên nhận").sees_no("CHƯA gửi")
    assert not report_of(stage).changed
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call")}


def test_a_reopened_report_says_so(stage):
    stage.registrar.reads()
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    stage.moves_to(at(date(2026, 12, 4), 9))
    head.says("/baocao").taps("Đề nghị mở lại").taps("Gửi đề nghị")
    stage.registrar.taps("Đồng ý mở lại")
    head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").sees(
        "Giữ từ lần gửi trước: đồng chí Trần Văn An.", CLEAR
    )


def test_nothing_is_said_where_nothing_is_marked(stage):
    no_roll_call(stage)
    head = mentions_cuc(stage)
    head.sees("CHƯA gửi").sees_no("ghi sẵn", CLEAR)


def test_a_deputy_is_told_as_the_head_is(stage):
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    deputy.says("/baocao").taps("Tất cả nền nếp tốt").sees(FROM_ROLL_CALL, CLEAR)
