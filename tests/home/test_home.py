"""The first card: what waits for somebody, then the parts of the menu; and the list of all that waits."""

from datetime import date

import pytest

from handlers import table
from storage.base.calendar import SendingCalendar
from storage.feedback import tickets
from storage.feedback.feedback import UnitFeedback
from storage.messaging.accounts import Abilities
from storage.people.people import Person
from tests.casts.centre import at
from tests.casts.reports import another_report
from tests.houses.dialogue import Stage

LATER = [at(date(2026, 12, day), 17) for day in (4, 7, 8)]


@pytest.fixture(params=[None, 0], ids=["buttons", "typed"])
def stage(database, request):
    return Stage(database, abilities=Abilities(buttons=request.param))


def waits(stage, n: int) -> None:
    """Besides the report of the cast (by Thursday, 03/12) so many more are asked of the unit."""
    for due, name in zip(
        LATER[: n - 1], ("Sơ cấp khóa I", "Bồi dưỡng khóa II", "Trung cấp khóa III"), strict=False
    ):
        another_report(stage, name=name, opens_at=at(date(2026, 11, 2), 8), due_at=due)


def opens(player, n: int) -> None:
    """Press the n-th of what waits: its button, or its number where choices are typed."""
    if f"{n}. Mở báo cáo" in player.last.labels:
        player.taps(f"{n}. Mở báo cáo")
    else:
        player.types(str(n))


def test_the_first_card_begins_with_what_waits_and_one_tap_opens_it(stage):
    head = stage.head.says("/menu")
    head.sees(
        "1 việc đang chờ đồng chí:",
        "Báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1: hạn thứ Năm, 03/12",
    )
    before = head.taps_made
    head.chooses("Mở báo cáo").sees("Đề nghị đồng chí báo cáo nền nếp tháng 11")
    assert head.taps_made - before == 1


def test_at_most_three_stand_on_the_first_card_the_most_urgent_first(stage):
    waits(stage, 4)
    head = stage.head.says("/menu").sees("4 việc đang chờ đồng chí:")
    told = [
        line for line in head.last.text.splitlines() if line[:2] in {"1.", "2.", "3.", "4."} and "hạn" in line
    ]
    assert ["Trung cấp A1" in told[0], "Sơ cấp khóa I" in told[1], "Bồi dưỡng khóa II" in told[2]] == [
        True
    ] * 3
    assert len(told) == 3
    head.chooses("Xem cả 4 việc").sees("4. Báo cáo nền nếp kỳ 02/11 – 15/11, lớp Trung cấp khóa III: hạn")
    opens(head, 4)
    head.sees("lớp Trung cấp khóa III", "Tất cả nền nếp tốt")


def test_each_of_several_is_opened_by_its_number(stage):
    waits(stage, 2)
    head = stage.head.says("/menu")
    opens(head, 2)
    head.sees("lớp Sơ cấp khóa I", "Tất cả nền nếp tốt")


@pytest.mark.parametrize("typed", ["/viec", "việc của tôi", "viec cua toi", "có việc gì không"])
def test_the_list_of_all_is_there_however_it_is_asked_for(stage, typed):
    waits(stage, 2)
    stage.head.says(typed).sees("2 việc đang chờ đồng chí:", "lớp Trung cấp A1", "lớp Sơ cấp khóa I")


def test_what_is_overdue_says_so(stage):
    stage.moves_to(at(date(2026, 12, 4), 9))
    stage.head.says("/viec").sees("QUÁ HẠN từ thứ Năm, 03/12")


def test_whoever_has_nothing_waiting_reads_so(stage):
    for player in (stage.learner, stage.director):
        player.says("/menu").sees("Hiện không có việc nào chờ đồng chí.", "Mời đồng chí chọn việc cần làm.")
        player.says("/viec").sees("Hiện không có việc nào chờ đồng chí.")


def test_what_is_done_waits_no_more(stage):
    stage.head.says("/menu").chooses("Mở báo cáo", "Tất cả nền nếp tốt", "Gửi")
    stage.head.says("/menu").sees("Hiện không có việc nào chờ đồng chí.")


def test_a_request_to_the_office_waits_for_its_owner(stage):
    """What a unit asks the centre is work of whoever owns it, and of nobody else."""
    with stage.database.transaction() as session:
        asker = session.get(Person, stage.cast.head)
        told = UnitFeedback(
            class_id=stage.cast.running, organisation_id=stage.cast.unit, made_at=stage.time, content="{}"
        )
        session.add(told)
        session.flush()
        tickets.open_ticket(session, SendingCalendar(), told, asker, "Xin xem lại điểm.", stage.time)
    stage.registrar.says("/menu").sees("Phiếu số 01 của", "hạn").chooses("Trả lời").sees("Xin xem lại điểm.")
    stage.director.says("/viec").sees("Hiện không có việc nào")


# -- the parts


def test_a_part_holds_at_most_four_entries_for_any_one_role(stage):
    for roles in ({"learner"}, {"unit_head"}, {"registrar"}, {"director"}, {"lecturer"}, {"liaison_officer"}):
        parts = {}
        for entry in table().menu(frozenset(roles)):
            parts.setdefault(entry.section, []).append(entry.menu)
        assert len(parts) <= 4
        assert max(map(len, parts.values())) <= 4, parts


def test_a_part_leads_to_its_entries_and_back(stage):
    head = stage.head.says("/menu")
    head.chooses("Đơn vị tôi").sees("Đơn vị tôi", "Báo cáo nền nếp", "Nhận xét học viên", "Quay lại")
    head.chooses("Quay lại").sees("việc đang chờ đồng chí")
    head.chooses("Lớp học", "Lịch hôm nay").sees("Lịch")


def test_entries_are_typed_without_opening_their_part(stage):
    stage.head.says("/menu").says("phiếu nhận xét").sees("nhận xét")


@pytest.mark.parametrize(("section", "page"), [(-1, 0), (99, 0), (0, 99), (0, -1), (2**62, 2**62)])
def test_a_part_that_never_was_opens_the_last_one(stage, section, page):
    action = table().actions["ms"]
    stage.head.says("/menu").presses(action.data({"section": section, "page": page})).sees("Quay lại")


def test_pages_of_the_former_menu_open_the_first_card(stage):
    stage.head.says("/menu").presses(table().actions["mp"].data({"page": 1})).sees("việc đang chờ đồng chí")
