"""What a unit head is promised, line by line: taps and messages counted, with buttons and where everything is typed.

Each dialogue runs on both kinds of channel: `chooses` presses a button where there are buttons, and types the number
or the words of the card where there are none. Counts are of taps or messages after the card is there.

| line | test |
|---|---|
| the card | test_the_card_asks_for_one_report_with_four_choices |
| all well: 2 | test_all_well_is_2 |
| n learners: 2n + 3 | test_n_learners_to_mention_are_2n_plus_3 |
| one category for all: n + 4 | test_the_same_for_all_is_n_plus_4 |
| resume: 1 | test_a_partial_report_is_resumed_with_1 |
| hand over, the last one first: 3 | test_handing_over_is_3_and_the_last_one_comes_first |
| correct after sending: 4 | test_correcting_after_the_sending_is_4_until_the_deadline |
| ask to reopen: 2 | test_asking_to_reopen_is_2 |
| a typed line: 1 + 1 | test_a_typed_line_is_1_and_its_confirmation_1 |
| categories, a note for ethics | test_the_categories_are_those_and_ethics_requires_a_note |
| the roll-call first and pre-marked | test_what_the_roll_call_knows_is_on_the_card_and_marked |
| all well never overwrites | test_all_well_never_overwrites_and_names_who_is_marked |
| last period's mentioned learners first | test_those_mentioned_last_period_come_first |
| contradiction | test_all_well_against_three_absences_is_said_and_the_answer_kept |
| a sentence; homonyms by button | test_sentences.py: test_a_sentence_is_one_message_and_one_confirmation (1 + 1), |
| | test_homonyms_are_asked_by_button_with_name_and_date_of_birth (1 more a question), both on both kinds |
| one prompt at a time | test_a_head_of_several_classes_gets_one_prompt_at_a_time |
| numbers are learners, actions are words | test_numbers_are_learners_and_actions_are_words |
| reminders | test_reminders_name_what_remains_and_end_with_the_director |
| stop at once; a receipt | test_reminders_stop_at_once_on_submission_and_a_receipt_comes |
| the director's three | test_the_director_is_asked_and_nothing_goes_to_a_superior_by_itself |
| away | test_a_trip_moves_prompts_to_the_deputy |
| ký thay, được ủy quyền | test_a_deputy_signs_for_the_head_and_anyone_else_as_authorised |
| one report, revisions inside | test_later_versions_are_revisions_inside_the_one_report |
| no learners: no prompt | test_no_learners_no_prompt |
| a learner who changed unit | test_a_learner_who_changed_unit_is_reported_by_the_unit_of_those_days |
| both ways: the unit acknowledges with 1 | test_it_runs_both_ways_and_the_unit_acknowledges_with_1 |
| rhythm by class type, from–to | test_classes_of_days_report_once_and_long_ones_monthly_and_the_card_prints_from_to |
"""

import json
from datetime import date

import pytest
from sqlmodel import select

from handlers.reports.rhythm import rhythm
from storage.base.calendar import SendingCalendar
from storage.courses.courses import ClassType, CourseClass, Enrolment, RuleSet
from storage.messaging.accounts import Abilities
from storage.people.people import Role
from storage.reports.periods import plan_feedback
from storage.reports.reports import ConductReport, ReportPeriod
from tests.casts.centre import LEARNERS, at
from tests.casts.reports import (
    another_report,
    changes_unit,
    colleague,
    kept,
    learner_id,
    lives,
    mentioned_before,
    moves_period,
    no_roll_call,
    records,
    report_of,
    revisions,
)
from tests.houses.dialogue import Stage

TYPED = Abilities(buttons=0, edits=False, phone=False)
FIVE = Abilities(buttons=5, edits=False, phone=False)
NAMES = ("Phạm Thị Cúc", "Đỗ Thị Giang", "Ngô Thị Mai", "Vũ Quốc Hùng", "Lý Thị Ngọc")
CATEGORIES = ("Đi muộn", "Tác phong", "Biểu dương", "Vắng có phép", "Học tập")
OPENS, DUE = at(date(2026, 11, 18), 8), at(date(2026, 11, 27), 17)  # Wednesday to Friday of the next week


@pytest.fixture(params=[None, TYPED], ids=["buttons", "typed"])
def stage(database, request):
    return Stage(database, abilities=request.param or Abilities())


@pytest.fixture(params=[None, FIVE, TYPED], ids=["buttons", "five", "typed"])
def any_stage(database, request):
    """With the few buttons of some messengers as well."""
    return Stage(database, abilities=request.param or Abilities())


def opens(stage):
    """The head has his card before him; from here it is counted."""
    head = stage.head.says("báo cáo").sees("Kính gửi đồng chí Lê Văn Bình.")
    return counting(head)


def counting(player):
    player.taps_made = 0
    return player


def sends(stage):
    return opens(stage).chooses("Tất cả nền nếp tốt", "Gửi").sees("Mã biên nhận")


def after_the_deadline(stage) -> None:
    stage.moves_to(at(date(2026, 12, 4), 9))


def settled(stage) -> None:
    """The report of the cast is out of the way, so that only those of a test are asked for."""
    with stage.database.transaction() as session:
        moves_period(session, stage.cast.period, opens_at=at(date(2030, 1, 1), 8))


def cards(player, word: str = "Kính gửi đồng chí") -> list[str]:
    return [seen.text for seen in player.messages() if word in seen.text]


# --- the card ---


def test_the_card_asks_for_one_report_with_four_choices(stage):
    head = opens(stage)
    head.sees(
        "Đề nghị đồng chí báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1, 12 học viên.",
        "Hạn: 17 giờ, thứ Năm, 03/12.",
        "Theo điểm danh: đồng chí Trần Văn An đi muộn 2 buổi.",
    )
    below = (
        LEARNERS if stage.account.can.buttons == 0 else ()
    )  # where it is typed, learners are numbered there
    assert [label for label in head.offered if not any(name in label for name in below)] == [
        "Tất cả nền nếp tốt",
        "Có học viên cần nêu",
        "Giao người khác",
        "Nhắc tôi sau",
        "Quay lại",
    ]


# --- the table ---


def test_all_well_is_2(any_stage):
    no_roll_call(any_stage)
    head = opens(any_stage)
    head.chooses("Tất cả nền nếp tốt").sees("Báo cáo CHƯA gửi. 12 học viên nền nếp tốt")
    head.chooses("Gửi").sees("Mã biên nhận")
    assert head.taps_made == 2
    assert report_of(any_stage).revision == 1


@pytest.mark.parametrize("n", [1, 2, 5])
def test_n_learners_to_mention_are_2n_plus_3(stage, n):
    no_roll_call(stage)
    head = opens(stage)
    head.chooses("Có học viên cần nêu", *NAMES[:n], "Xong", *CATEGORIES[:n])
    head.sees("Báo cáo CHƯA gửi.", f"{12 - n:02d} học viên nền nếp tốt; {n:02d} học viên cần nêu")
    head.chooses("Gửi").sees("Mã biên nhận")
    assert head.taps_made == 2 * n + 3
    asked = [name for name in LEARNERS if name in NAMES[:n]]  # in the order of the list
    said = dict(zip(asked, ("late", "manner", "commendation", "excused", "study"), strict=False))
    assert kept(stage) == {name: (kind, "head") for name, kind in said.items()}
    sent = json.loads(revisions(stage)[0].content)["entries"]
    assert {entry["id"]: entry["category"] for entry in sent} == {
        learner_id(stage, name): kind for name, kind in said.items()
    }


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_same_for_all_is_n_plus_4(any_stage, n):
    no_roll_call(any_stage)
    head = opens(any_stage)
    head.chooses("Có học viên cần nêu", *NAMES[:n], "Cùng nội dung", "Vắng có phép", "Gửi").sees(
        "Mã biên nhận"
    )
    assert head.taps_made == n + 4
    assert kept(any_stage) == dict.fromkeys(NAMES[:n], ("excused", "head"))
    assert report_of(any_stage).revision == 1


def test_a_partial_report_is_resumed_with_1(stage):
    no_roll_call(stage)
    opens(stage).chooses("Có học viên cần nêu", *NAMES, "Xong")
    stage.restarts()
    stage.passes(days=1)
    head = opens(stage).chooses("Tiếp tục 7/12")
    assert head.taps_made == 1
    head.sees(
        f"Đồng chí {NAMES[0]}: đề nghị đồng chí chọn nội dung cần nêu.", "Còn 05 học viên chưa có nội dung."
    )


def test_handing_over_is_3_and_the_last_one_comes_first(stage):
    stage.player(colleague(stage, "Bế Văn Ban"))
    mate = stage.player(colleague(stage))
    head = opens(stage).chooses("Giao người khác")
    assert head.offered[0] == "Bế Văn Ban"
    head.chooses("Tạ Văn Phúc", "Giao báo cáo").sees("Đã giao báo cáo.")
    assert head.taps_made == 3
    mate.sees("Kính gửi đồng chí Tạ Văn Phúc.", "Đồng chí Lê Văn Bình giao đồng chí báo cáo thay.")
    head.chooses("Nhận lại", "Giao người khác")
    assert head.offered[0] == "Tạ Văn Phúc", "the one it was handed to last"


def test_correcting_after_the_sending_is_4_until_the_deadline(stage):
    no_roll_call(stage)
    head = counting(sends(stage))
    head.chooses("Sửa", "Phạm Thị Cúc", "Tác phong").sees("Nội dung đã sửa CHƯA gửi.")
    head.chooses("Gửi").sees("Lần gửi 2")
    assert head.taps_made == 4
    after_the_deadline(stage)
    head.says("báo cáo").sees("Mã biên nhận")
    assert "Sửa" not in head.offered


def test_asking_to_reopen_is_2(stage):
    registrar = stage.registrar.says("menu").reads()
    head = sends(stage)
    after_the_deadline(stage)
    counting(head.says("báo cáo").sees("Nếu cần sửa, đề nghị đồng chí gọi Trung tâm")).chooses(
        "Đề nghị mở lại"
    )
    head.sees("đề nghị Trung tâm mở lại").chooses("Gửi đề nghị")
    assert head.taps_made == 2
    head.sees("Đã gửi đề nghị đến Trung tâm.", "Trung tâm chưa trả lời.")
    registrar.sees("Đồng chí Lê Văn Bình (Trường THCS Lê Lợi) đề nghị mở lại", "đến 17 giờ, thứ Hai, 07/12")
    counting(registrar).chooses("Đồng ý mở lại").sees("được sửa báo cáo đến 17 giờ, thứ Hai, 07/12")
    assert registrar.taps_made == 1
    assert report_of(stage).reopened_until == at(date(2026, 12, 7), 17), "the working day after Friday"
    head.sees("Trung tâm đã mở lại báo cáo này đến 17 giờ, thứ Hai, 07/12.")
    assert "Sửa" in head.offered
    counting(head).chooses("Sửa", "Phạm Thị Cúc", "Tác phong").sees("Nội dung đã sửa CHƯA gửi.").sees_no(
        "sau hạn"
    )
    head.chooses("Gửi").sees("Lần gửi 2", "Sửa sau khi được mở lại.")
    assert head.taps_made == 4


def test_a_typed_line_is_1_and_its_confirmation_1(database):
    stage = Stage(database, abilities=TYPED)
    no_roll_call(stage)
    head = opens(stage).sees("3. Lê Văn Bình", "7. Nguyễn Thị Minh Hạnh")
    head.types("3 muộn 2; 7 vắng phép; còn lại tốt")
    head.sees(
        "Báo cáo CHƯA gửi. 10 học viên nền nếp tốt; 02 học viên cần nêu",
        "Lê Văn Bình, đi muộn 2 buổi", "Hạnh, vắng có phép",
    )  # fmt: skip
    assert kept(stage) == {}, "nothing is saved before Gửi"
    head.types("gui").sees("Mã biên nhận")
    assert head.taps_made == 2
    assert kept(stage) == {"Lê Văn Bình": ("late", "head"), "Nguyễn Thị Minh Hạnh": ("excused", "head")}


# --- the bullets ---


def test_the_categories_are_those_and_ethics_requires_a_note(stage):
    no_roll_call(stage)
    head = opens(stage).chooses("Có học viên cần nêu", "Đỗ Thị Giang", "Xong")
    assert head.offered == [
        "Đi muộn", "Vắng có phép", "Vắng không phép", "Đơn vị gọi về", "Học tập", "Tác phong", "Đạo đức", "Biểu dương",
        "Không nêu nữa", "Quay lại",
    ]  # fmt: skip
    head.chooses("Đạo đức").sees("Mục Đạo đức bắt buộc có ghi chú.").sees_no("CHƯA gửi")
    head.types("Gây mất trật tự").sees("cần nhắc nhở về đạo đức (ghi chú “Gây mất trật tự”)").chooses(
        "Gửi"
    ).sees("Mã biên nhận")
    assert head.taps_made == 2 * 1 + 3 + 1, "the note is one message more"


def test_what_the_roll_call_knows_is_on_the_card_and_marked(stage):
    head = opens(stage).sees("Theo điểm danh: đồng chí Trần Văn An đi muộn 2 buổi.")
    head.chooses("Có học viên cần nêu").sees("[x] Trần Văn An: đi muộn 2 buổi", "Đã chọn: 01 học viên.")
    head.chooses("Xong", "Gửi").sees("Mã biên nhận")
    assert head.taps_made == 3, "nothing is typed again that the centre knows"
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call")}


def test_all_well_never_overwrites_and_names_who_is_marked(stage):
    opens(stage).chooses("Có học viên cần nêu", "Đỗ Thị Giang", "Xong", "Học tập")
    head = opens(stage).chooses("Tất cả nền nếp tốt")
    head.sees(
        "Báo cáo CHƯA gửi. 10 học viên nền nếp tốt; 02 học viên cần nêu: "
        "đồng chí Trần Văn An, đi muộn 2 buổi; đồng chí Đỗ Thị Giang, cần nhắc nhở về học tập."
    )
    head.chooses("Gửi")
    assert head.taps_made == 2
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call"), "Đỗ Thị Giang": ("study", "head")}


def test_those_mentioned_last_period_come_first(stage):
    no_roll_call(stage)
    mentioned_before(stage, {"Lý Thị Ngọc": "late"})
    head = opens(stage).chooses("Có học viên cần nêu")
    assert head.offered[:2] == ["Lý Thị Ngọc, kỳ trước: đi muộn", "Nguyễn Văn An"]
    head.chooses("Lý Thị Ngọc", "Xong", "Đi muộn", "Gửi").sees("Mã biên nhận")
    assert head.taps_made == 2 * 1 + 3
    assert kept(stage) == {"Lý Thị Ngọc": ("late", "head")}


def test_all_well_against_three_absences_is_said_and_the_answer_kept(stage):
    no_roll_call(stage)
    records(stage, "Phạm Thị Cúc", "unexcused", "unexcused", "unexcused")
    opens(stage).chooses("Có học viên cần nêu", "[x] Phạm Thị Cúc", "Không nêu nữa")
    head = opens(stage).chooses("Tất cả nền nếp tốt")
    head.sees(
        "12 học viên nền nếp tốt; không có học viên cần nêu.",
        "Đồng chí lưu ý, theo điểm danh: đồng chí Phạm Thị Cúc",
    )
    head.sees("Nội dung báo cáo của đồng chí được giữ nguyên.").chooses("Gửi").sees("Mã biên nhận")
    assert head.taps_made == 2, "the warning asks for nothing more"
    assert kept(stage) == {}


def test_a_head_of_several_classes_gets_one_prompt_at_a_time(stage):
    settled(stage)
    for name, due in (("Lớp thứ hai", at(date(2026, 12, 1), 17)), ("Lớp thứ nhất", DUE)):
        another_report(stage, name=name, opens_at=OPENS, due_at=due, plan=True)
    head = stage.head.reads()
    lives(stage, OPENS)
    assert len(head.news()) == 1
    head.sees("lớp thứ nhất, 03 học viên")
    counting(head).chooses("Tất cả nền nếp tốt", "Gửi").sees("Mã biên nhận").reads()
    stage.ticks()
    assert len(head.news()) == 1
    head.sees("Kính gửi đồng chí", "lớp thứ hai, 03 học viên")
    head.chooses("Tất cả nền nếp tốt", "Gửi").sees("Mã biên nhận")
    assert head.taps_made == 4, "two for each of them"


def test_numbers_are_learners_and_actions_are_words(database):
    stage = Stage(database, abilities=TYPED)
    head = opens(stage)
    shown = head.last.shown
    assert [one["label"].split(":")[0].removeprefix("[x] ") for one in shown.numbered.values()] == [
        "Nguyễn Văn An", "Trần Văn An", "Lê Văn Bình", "Phạm Thị Cúc", "Hoàng Đình Dũng", "Đỗ Thị Giang",
        "Nguyễn Thị Minh Hạnh", "Vũ Quốc Hùng", "Bùi Thị Khánh", "Đặng Văn Long", "Ngô Thị Mai", "Lý Thị Ngọc",
    ]  # fmt: skip
    assert [one["label"] for one in shown.words][:2] == ["Tất cả nền nếp tốt", "Có học viên cần nêu"]
    head.types("tat ca nen nep tot").types("gui").sees("Mã biên nhận")
    assert head.taps_made == 2


def test_reminders_name_what_remains_and_end_with_the_director(stage):
    settled(stage)
    report = another_report(stage, learners=LEARNERS, opens_at=OPENS, due_at=DUE, plan=True)
    head, director = stage.head.reads(), stage.director.reads()
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True)).reads()
    lives(stage, OPENS)
    head.chooses("Có học viên cần nêu", *NAMES).reads()
    heard = []
    for day in range(18, 31):  # to the end of grace, on Monday 30/11, 17:00
        lives(stage, at(date(2026, 11, day), 17, 30))
        heard += [(day, seen.text.split("\n")[1]) for seen in head.news()]
        head.reads()
    remains = "Trung tâm kính nhắc: còn 05 học viên chưa có nhận xét nền nếp."
    assert heard == [(26, remains), (27, remains)], "at 80 %, in the night to the 26th; on the last morning"
    assert "Tiếp tục 7/12" in head.offered
    assert deputy.news() == director.news() == []
    lives(stage, at(date(2026, 12, 1), 12))
    assert len(deputy.news()) == 1
    deputy.sees(
        "Kính gửi đồng chí Tạ Văn Phúc.",
        "gửi báo cáo thay thủ trưởng đơn vị",
        "Đồng chí ký thay",
        "Tiếp tục 7/12",
    )
    lives(stage, at(date(2026, 12, 1), 17))
    assert [len(one.news()) for one in (head, deputy, director)] == [0, 1, 1]
    assert director.offered == ["Gửi cấp trên", "Gọi điện trước", "Gia hạn", "Quay lại"]
    assert report_of(stage, report).revision == 0


def test_reminders_stop_at_once_on_submission_and_a_receipt_comes(stage):
    settled(stage)
    another_report(stage, opens_at=OPENS, due_at=DUE, plan=True)
    head, director = stage.head.reads(), stage.director.reads()
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True)).reads()
    lives(stage, at(date(2026, 11, 27), 8))
    counting(head).sees("Trung tâm kính nhắc: còn 03 học viên chưa có nhận xét nền nếp.").chooses(
        "Tất cả nền nếp tốt", "Gửi"
    )
    assert head.taps_made == 2, "the reminder carries the button"
    head.sees("Trung tâm đã nhận báo cáo.", "Lần gửi 1", "Mã biên nhận: ").reads()
    lives(stage, at(date(2026, 11, 30), 16))
    assert head.news() == deputy.news() == director.news() == []
    lives(stage, at(date(2026, 12, 3), 9))  # past the end of grace
    head.sees_no("Trung tâm kính nhắc", "Đề nghị đồng chí báo cáo")
    assert deputy.news() == director.news() == []


def test_the_director_is_asked_and_nothing_goes_to_a_superior_by_itself(stage):
    settled(stage)
    another_report(stage, opens_at=OPENS, due_at=DUE, plan=True)
    head, director = stage.head.reads(), stage.director.says("menu").reads()
    lives(stage, at(date(2026, 12, 1), 16))
    director.sees("Chưa nhận được báo cáo nền nếp", "Trợ lý chỉ gửi cấp trên khi đồng chí quyết định.")
    director.sees_no(*LEARNERS[:2], LEARNERS[3])
    counting(director).chooses("Gọi điện trước").sees("Thủ trưởng: đồng chí Lê Văn Bình, 09")
    assert director.taps_made == 1
    director.says("/menu").chooses("Trung tâm", "Báo cáo chưa nhận", "Trường THCS Lê Lợi", "Gửi cấp trên")
    director.sees("Trân trọng.").sees_no(*LEARNERS[:2], LEARNERS[3])
    head.reads()
    director.chooses("Quay lại", "Gia hạn", "1 ngày").sees("Đã gia hạn cho đơn vị đến 17 giờ, thứ Tư, 02/12.")
    head.sees("Trung tâm đã gia hạn báo cáo này đến 17 giờ, thứ Tư, 02/12.")
    director.says("/viec").sees("Hiện không có việc nào chờ đồng chí.")


def test_a_trip_moves_prompts_to_the_deputy(stage):
    settled(stage)
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True)).reads()
    head = counting(stage.head)
    head.types("Tôi đi công tác đến 20/11").sees("đến hết thứ Sáu, ngày 20/11/2026", "đồng chí Tạ Văn Phúc")
    head.chooses("Đúng").sees("Đã ghi nhận.").reads()
    assert head.taps_made == 2
    another_report(stage, opens_at=OPENS, due_at=DUE, plan=True)
    lives(stage, at(date(2026, 11, 20), 17))
    assert head.news() == []
    deputy.sees("Kính gửi đồng chí Tạ Văn Phúc.", "Đồng chí ký thay thủ trưởng đơn vị.").reads()
    lives(stage, at(date(2026, 11, 23), 8))
    head.sees("Kính gửi đồng chí Lê Văn Bình.")
    assert deputy.news() == []


def test_a_deputy_signs_for_the_head_and_anyone_else_as_authorised(stage):
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    mate = stage.player(colleague(stage, "Bế Văn Ban"))
    counting(deputy.says("báo cáo")).sees("Đồng chí ký thay thủ trưởng đơn vị.")
    deputy.chooses("Tất cả nền nếp tốt", "Gửi").sees("người gửi: đồng chí Tạ Văn Phúc (ký thay)")
    assert deputy.taps_made == 2
    another_report(stage)
    stage.head.says("báo cáo").chooses("Giao người khác", "Bế Văn Ban", "Giao báo cáo")
    stage.arrives()
    counting(mate).sees("Đồng chí ký với tư cách được ủy quyền.").chooses("Tất cả nền nếp tốt", "Gửi")
    mate.sees("người gửi: đồng chí Bế Văn Ban (được ủy quyền)")
    assert mate.taps_made == 2


def test_later_versions_are_revisions_inside_the_one_report(stage):
    no_roll_call(stage)
    head = sends(stage)
    head.chooses("Sửa", "Phạm Thị Cúc", "Tác phong", "Gửi").sees("Lần gửi 2")
    head.chooses("Sửa", "[x] Phạm Thị Cúc", "Không nêu nữa", "Gửi").sees("Lần gửi 3")
    counted = [len(json.loads(row.content)["entries"]) for row in revisions(stage)]
    assert counted == [0, 1, 0], "each as it was sent"
    with stage.database.reading() as session:
        query = select(ConductReport).where(ConductReport.organisation_id == stage.cast.unit)
        assert len(session.exec(query).all()) == 1


def test_no_learners_no_prompt(stage):
    settled(stage)
    report = another_report(stage, learners=(), opens_at=OPENS, due_at=DUE, plan=True)
    head, director = stage.head.reads(), stage.director.reads()
    lives(stage, at(date(2026, 12, 3), 9))
    assert head.news() == director.news() == []
    assert report_of(stage, report).request.first_asked_at is None
    head.says("báo cáo").sees("Hiện chưa có báo cáo nền nếp nào cần gửi.")


def test_a_learner_who_changed_unit_is_reported_by_the_unit_of_those_days(stage):
    changes_unit(stage)
    head = opens(stage).sees("12 học viên", "đồng chí Trần Văn An đi muộn 1 buổi")
    other = counting(stage.player(stage.cast.other_head).says("báo cáo"))
    # the other unit has its own learner of the same name: the birth date tells them apart
    other.sees("02 học viên", "đồng chí Trần Văn An (10/02/1985) đi muộn 2 buổi")
    for one in (head, other):
        one.chooses("Tất cả nền nếp tốt", "Gửi").sees("Mã biên nhận")
        assert one.taps_made == 2


def test_classes_of_days_report_once_and_long_ones_monthly_and_the_card_prints_from_to(stage):
    settled(stage)
    for name, days, every in (
        ("Lớp ngắn ngày", (date(2026, 11, 16), date(2026, 11, 20)), "closing"),
        ("Lớp dài", (date(2026, 11, 2), date(2026, 12, 18)), "month"),
    ):
        _class_of_a_type(stage, name, *days, every)
    head = stage.head.reads()
    lives(stage, at(date(2026, 11, 23), 7, 30))
    head.sees("báo cáo nền nếp kỳ 16/11 – 20/11, lớp ngắn ngày, 01 học viên.")
    counting(head).chooses("Tất cả nền nếp tốt", "Gửi").reads()
    lives(stage, at(date(2026, 12, 1), 7, 30))
    head.sees("báo cáo nền nếp kỳ 02/11 – 30/11, lớp dài, 01 học viên.").chooses("Tất cả nền nếp tốt", "Gửi")
    head.reads()
    lives(stage, at(date(2026, 12, 21), 7, 30))
    head.sees("báo cáo nền nếp kỳ 01/12 – 18/12, lớp dài, 01 học viên.").chooses("Tất cả nền nếp tốt", "Gửi")
    assert head.taps_made == 6, "two for each report"
    head.reads()
    lives(stage, at(date(2027, 2, 1), 8))
    assert cards(head, "Đề nghị đồng chí báo cáo")[3:] == []


def _class_of_a_type(stage, name: str, first: date, last: date, every: str) -> None:
    """A class of a type of its own, whose rules say how often is reported on it."""
    cast = stage.cast
    with stage.database.transaction() as session:
        kind = ClassType(centre_id=cast.centre, name=f"Loại của {name}")
        session.add(kind)
        session.flush()
        rules = RuleSet(
            class_type_id=kind.id, version=1, from_date=date(2026, 1, 1), rules={"rhythm": {"every": every}}
        )
        session.add(rules)
        session.flush()
        course = CourseClass(
            centre_id=cast.centre, class_type_id=kind.id, rule_set_id=rules.id, code=name, name=name, from_date=first,
            to_date=last,
        )  # fmt: skip
        session.add(course)
        session.flush()
        row = Enrolment(
            class_id=course.id, person_id=cast.learners[0], organisation_id=cast.unit, from_date=first
        )
        session.add(row)
        session.flush()
        rhythm.plan(stage.desk(session), course.id)


def test_it_runs_both_ways_and_the_unit_acknowledges_with_1(stage):
    with stage.database.transaction() as session:
        plan_feedback(session, SendingCalendar(), session.get(ReportPeriod, stage.cast.period))
    head = sends(stage)
    lives(stage, at(date(2026, 12, 7), 8))
    counting(head).sees(
        "Thông báo kết quả học tập, nền nếp, Trường THCS Lê Lợi",
        "- Trần Văn An: dự 4/4 buổi, đi muộn 2 buổi, 4 buổi chưa có điểm danh; chưa có điểm; đơn vị báo cáo đi muộn 2 buổi",
        "- Nguyễn Thị Minh Hạnh: dự 4/4 buổi, 4 buổi chưa có điểm danh; Bài 1 được 8,5 điểm; nền nếp tốt",
    )
    head.chooses("Đã nhận").sees("Đồng chí Lê Văn Bình đã nhận lúc 8 giờ, thứ Hai, 07/12.")
    assert head.taps_made == 1
