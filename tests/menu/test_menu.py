"""The menu by role, help, cancel, and the answers to what nobody else understands."""

from datetime import date

import pytest

from handlers import table
from handlers.menu.menu import command_descriptions
from handlers.menu.sections import SECTIONS
from locales import Language
from storage.courses.courses import Enrolment
from storage.people.people import Grant, Person, Role

PARTS = {str(Language("vi").text(name)) for name in SECTIONS}


def all_entries(player):
    """Every label of the menu, part by part."""
    labels = []
    for part in [label for label in player.says("/menu").last.labels if label in PARTS]:
        player.says("/menu").taps(part)
        while True:
            labels += [
                label for label in player.last.labels if label not in {"Thêm…", "Trang trước", "Quay lại"}
            ]
            if "Thêm…" not in player.last.labels:
                break
            player.taps("Thêm…")
    return labels


# -- the menu


@pytest.mark.parametrize("typed", ["/menu", "menu", "Menu", "MENU", "danh mục", "danh muc"])
def test_the_menu_opens_however_it_is_asked_for(stage, typed):
    stage.learner.says(typed).sees("Mời đồng chí chọn việc cần làm", "Lớp học")


def test_the_menu_shows_what_the_role_may_use(stage):
    roles = {"head": stage.head, "learner": stage.learner, "registrar": stage.registrar}
    for player in roles.values():
        expected = {str(player.stage.table.actions[a.key].menu) for a in table().menu(roles_of(player))}
        assert {Language("vi").text(label) for label in expected} == set(all_entries(player))


def roles_of(player):
    cast = player.stage.cast
    named = {cast.head: {Role.UNIT_HEAD}, cast.registrar: {Role.REGISTRAR}}
    return frozenset(named.get(player.person_id, {Role.LEARNER}))


def test_a_person_with_several_roles_sees_all_of_them(stage):
    with stage.database.transaction() as session:
        cast = stage.cast
        enrolment = Enrolment(
            class_id=cast.running, person_id=cast.head, organisation_id=cast.unit, from_date=date(2026, 11, 2)
        )
        session.add(enrolment)
        session.add(Grant(person_id=cast.head, role=Role.REGISTRAR, centre_id=cast.centre))
    head = stage.head
    head.says("/menu").sees("Vai trò của đồng chí: học viên, thủ trưởng đơn vị, giáo vụ")
    everything = {Role.UNIT_HEAD, Role.LEARNER, Role.REGISTRAR}
    assert len(all_entries(head)) == len(table().menu(frozenset(everything)))
    head.says("/trogiup").sees("Với vai trò")


def test_the_persistent_keyboard_follows_the_roles(stage):
    learner = stage.learner.says("/menu")
    keyboards = [message.wire["keyboard"] for message in learner.news() if message.wire["keyboard"]]
    assert len(keyboards) == 1
    assert all(len(row) <= 2 for row in keyboards[0])
    learner.says("/menu")
    assert [message.wire["keyboard"] for message in learner.news()] == [[]]


# -- help


@pytest.mark.parametrize("typed", ["/trogiup", "trợ giúp", "tro giup", "giúp", "Help", "hướng dẫn"])
def test_help_says_who_speaks_and_what_there_is(stage, typed):
    stage.learner.says(typed).sees(
        "Trợ lý tự động của Trung tâm Chính trị phường An Hòa",
        "không phải người trực",
        "“lịch”:",
        "“dữ liệu của tôi”:",
        "“cài đặt”:",
        "“hủy”:",
        "02033123456",
    )


def test_help_lists_only_what_the_person_may_use(stage):
    known = table()
    for player in (stage.learner, stage.lecturer, stage.head):
        player.says("/trogiup")
        for name, (_run, may) in known.commands.items():
            if may and not may & (roles_of(player) if player is not stage.lecturer else {Role.LECTURER}):
                player.sees_no(f"/{name}:")


def test_the_messengers_command_menu_is_described_in_both_languages():
    vietnamese, english = (
        dict(command_descriptions(table(), Language("vi"))),
        dict(command_descriptions(table(), Language("en"))),
    )
    assert vietnamese["trogiup"] == "Trợ giúp"
    assert english["trogiup"] == "Help"
    assert list(vietnamese) == list(english)
    assert {"menu", "trogiup", "huy", "caidat", "dulieu", "lich", "ketqua", "baocao"} <= set(vietnamese)
    assert all(
        name.isascii() and name.islower() and 0 < len(about) <= 100 for name, about in vietnamese.items()
    )


@pytest.mark.parametrize("who", ["learner", "head", "registrar", "director"])
def test_help_tells_each_command_once(stage, who):
    """/huy stood there twice."""
    player = getattr(stage, who).says("/trogiup")
    told = [line.partition(":")[0] for line in player.last.text.splitlines() if line.startswith("“")]
    assert "“hủy”" in told
    assert len(told) == len(set(told))


# -- cancel


def test_nothing_going_on_is_said(stage):
    for typed in ("/huy", "hủy", "huỷ", "huy", "hủy bỏ"):
        stage.learner.says(typed).sees("Hiện không có việc nào đang làm dở")


def test_a_waiting_step_is_cancelled_by_name_and_nothing_comes_of_it(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa")
    learner.says("/huy").sees("Đã dừng")
    learner.says("Ngày sinh của tôi sai").sees("chưa hiểu")
    assert registrar.messages() == []


def test_a_sentence_that_begins_with_a_name_cancels_nothing(stage):
    stage.head.says("Huy vắng 2 buổi").sees("không có học viên “Huy”").sees_no("không có việc nào")


# -- sentences that begin with a command's word


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("huy hiệu Đảng nhận ở đâu?", ""),
        ("mã số thuế của Trung tâm là gì?", ""),
        ("lịch sử Đảng học bài mấy?", "[Lịch hôm nay]"),
        ("LỊCH SỬ ĐẢNG HỌC BÀI MẤY?", "[Lịch hôm nay]"),
        ("lich su dang hoc bai may", "[Lịch hôm nay]"),
    ],
)
def test_a_sentence_is_not_taken_for_the_command_it_begins_with(stage, typed, offered):
    """It is said that it was not understood, and what is near is offered."""
    stage.learner.says(typed).sees("Trợ lý chưa hiểu", offered).sees_no(
        "Chưa rõ đồng chí hỏi lịch", "Đã dừng"
    )


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("điểm danh thế nào?", "Đồng chí chọn lớp nào?"),
        ("giúp tôi hỏi xem mai có học không", "Có buổi học: thứ Ba, 17/11."),
        (
            "báo cáo đồng chí giáo vụ, mai tôi xin nghỉ",
            "Về buổi học 7 giờ 30, thứ Ba, 17/11, lớp Trung cấp A1",
        ),
    ],
)
def test_what_was_not_understood_before_is_answered(stage, typed, seen):
    """Former outcome: "Trợ lý chưa hiểu nội dung này"."""
    stage.learner.says(typed).sees(seen).sees_no("chưa hiểu")


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("lịch thứ 3", "17/11"),
        ("lich mai", "17/11"),
        ("lịch tuần này", "16/11 – 22/11"),
        ("lịch tuần sau", "23/11 – 29/11"),
        ("lịch thứ Ba tuần sau", "24/11"),
        ("lịch thứ Năm, ngày 19 tháng 11", "19/11"),
        ("lịch 8/12", "08/12"),
        ("lịch Nhận thức về Đảng khóa II", "Nhận thức về Đảng khóa II"),
        ("điểm của tôi", "Đồng chí chọn lớp nào?"),
    ],
)
def test_a_command_with_a_day_a_name_or_a_few_words_is_meant(stage, typed, seen):
    stage.learner.says(typed).sees(seen).sees_no("Trợ lý chưa hiểu")


def test_a_head_who_writes_to_the_centre_is_not_shown_a_report(stage):
    stage.head.says("báo cáo đồng chí giáo vụ, mai tôi xin nghỉ").sees("Tin này CHƯA gửi").sees_no("Kính gửi")


def test_a_name_of_any_length_may_follow(stage):
    """A unit head asks for a learner by the full name."""
    stage.head.says("điểm Nguyễn Thị Minh Hạnh").sees_no("Trợ lý chưa hiểu").sees("BD-01")


# -- courtesy


@pytest.mark.parametrize("typed", ["xin chào", "Xin chào!", "chào đồng chí", "chao", "hello"])
def test_a_greeting_is_returned(stage, typed):
    """It was answered with "Trợ lý chưa hiểu nội dung này"."""
    stage.learner.says(typed).sees("Kính chào đồng chí", "[Lớp học]").sees_no("chưa hiểu")


@pytest.mark.parametrize("typed", ["cảm ơn", "Cám ơn Trung tâm", "xin cam on", "thank you"])
def test_thanks_are_returned(stage, typed):
    stage.learner.says(typed).sees("Trân trọng cảm ơn đồng chí").sees_no("chưa hiểu")


def test_a_question_after_a_greeting_is_still_looked_at(stage):
    stage.learner.says("Chào đồng chí cho tôi hỏi lịch học").sees("Hôm nay không có buổi học")
    stage.learner.says("cảm ơn, cho tôi xem cài đặt").sees("Ngôn ngữ: Tiếng Việt")


# -- what nobody understands


def test_a_mistyped_command_gets_suggestions_and_nothing_is_done(stage):
    learner = stage.learner
    learner.says("/caidatt").sees("Trợ lý chưa hiểu", "[Cài đặt]").sees_no("Ngôn ngữ: Tiếng Việt")
    learner.says("du lieuu cua toi").sees("Dữ liệu của tôi")
    assert "Dữ liệu của tôi" in learner.last.labels


def test_words_inside_a_sentence_are_found(stage):
    stage.learner.says("cho em hỏi cài đặt ở đâu").sees("Ngôn ngữ: Tiếng Việt")
    stage.learner.says("em không biết cái mục cài đặt ấy nằm ở chỗ nào").sees("Trợ lý chưa hiểu", "[Cài đặt]")


@pytest.mark.parametrize("typed", ["qwertyuiop", "x" * 5000, "<script>alert(1)</script>", "???"])
def test_anything_else_gets_what_is_nearest_and_is_never_called_invalid(stage, typed):
    stage.learner.says(typed).sees("Trợ lý chưa hiểu").sees_no("không hợp lệ", "alert")
    assert stage.learner.last.labels


def test_suggestions_leave_out_what_the_person_may_not_use(stage):
    for name, (_run, may) in table().commands.items():
        if may and Role.LEARNER not in may:
            stage.learner.says(f"/{name}x").sees_no(f"/{name}:")


@pytest.mark.parametrize(
    "data", ["zz", "mp", "mp:1:2", "mp:!", "mn:1", "", ":::", "x" * 64, "mp:" + "z" * 40]
)
def test_old_and_garbage_buttons_show_the_menu(stage, data):
    stage.learner.presses(data).sees("Nút vừa chọn đã cũ")
    assert "Lớp học" in stage.learner.last.labels


def test_a_refusal_names_what_one_can_do(stage):
    guarded = next(
        action for action in table().actions.values() if action.may and Role.LEARNER not in action.may
    )
    learner = stage.learner.presses(guarded.data(dict.fromkeys(guarded.names, 1)))
    learner.sees("người khác ở Trung tâm hoặc đơn vị phụ trách").sees_no("không hợp lệ")
    assert "Lớp học" in learner.last.labels


def test_stickers_leave_a_waiting_step_waiting(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa")
    learner.delivers(other=True).sees("chưa đọc được nhãn dán", "trả lời bằng chữ")
    stage.restarts()
    learner.says("Ngày sinh của tôi là 02/03/1985").sees("Đã ghi nhận")
    registrar.sees("02/03/1985")


def test_the_menu_speaks_the_language_of_its_reader(stage):
    with stage.database.transaction() as session:
        session.get(Person, stage.cast.learners[0]).language = "en"
    stage.learner.says("/menu").sees("What would you like to do?", "[Lessons]")
    stage.learner.says("/trogiup").sees("automatic assistant", "not a person")
