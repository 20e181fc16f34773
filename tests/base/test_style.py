"""Each rule of wording catches a sentence that breaks it, and lets one pass that does not."""

import unicodedata
from datetime import date, timedelta

import pytest

from locales import Language, catalogue, style

ANYONE, STAFF, TECHNICAL = "handlers/home/home.po", "handlers/imports/words.po", "bot/cli/doctor.po"
BROKEN = [
    (unicodedata.normalize("NFD", "Đã gửi."), "not in composed letters"),
    ("Đề nghị đồng chí chờ thủ trưởng uỷ quyền.", "tone mark"),
    ("Mở khoá tài khoản.", "tone mark"),
    ("Hạn: chủ Nhật, 29/11.", "Chủ nhật"),
    ("Đã  gửi.", "two spaces"),
    ("Đã gửi .", "a space before a mark"),
    ("Đang gửi... xong.", "three dots"),
    ("Vắng tối đa 20 %.", "percent"),
    ("Kỳ {first}–{last}.", "spaces around its dash"),
    ("Đã gửi", "does not end as"),
    ("Đồng chí xem tại /lich.", "a command"),
    ("Đồng chí nhắn /{command}.", "a command"),
    ("Đề nghị đồng chí chạy caunoi gates.", "a command of the command line"),
    ("Chế độ báo cáo (every).", "not Vietnamese: every"),
    ("Đề nghị đồng chí mở Menu.", "not Vietnamese: Menu"),
    ("Theo quy chế do Trung tâm cấu hình.", "cấu hình"),
    ("Đồng chí vui lòng thử lại.", "vui lòng"),
    ("Đề nghị đồng chí đưa họ đường dẫn.", "họ"),
    ("Xin lưu ý.", "xin"),
    ("Dòng 3: hàng trống.", "hàng"),
    ("Đề nghị gửi lại tệp.", "without đồng chí"),
    ("Nếu cần sửa, đề nghị gọi Trung tâm: {phone}.", "without đồng chí"),
    ("Kính đề nghị quan tâm.", "without đồng chí"),
    ("Trung tâm đã được báo.", "in the passive"),
    ("{n:02d} người đã được gửi nhưng chưa xác nhận.", "in the passive"),
    ("Đã lưu: {name}: {what}.", "two colons"),
    ("Phụ trách: đồng chí {name}. Hạn: {moment}.", "two colons"),
    ("Gửi {n} học viên.", "two digits"),
    ("Muộn {n:02d} ngày.", "only people"),
]
RIGHT = [
    "Kính gửi đồng chí {name}.",
    "Đề nghị đồng chí chọn họ tên; Trung tâm xin phép xử lý họ và tên.",
    "Đề nghị này do người khác phụ trách.",
    "Còn {n:02d} học viên nữa trong tệp Excel; muộn {n} ngày.",
    "Kỳ tháng 11 ({day}–{last}), {first} – {last}, đã xong {done}/{total}.",
    "Hạn: Chủ nhật, 29/11, 17 giờ.",
    "Quý cơ quan, khóa, hòa, thủy, hoàn, xoài.",
]


@pytest.mark.parametrize(("text", "fault"), BROKEN)
def test_a_broken_sentence_is_caught(text, fault):
    assert any(fault in told for told in style.faults(ANYONE, "A sentence.", text)), text


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_sentence_passes(text):
    assert not list(style.faults(ANYONE, "A sentence.", text))


@pytest.mark.parametrize("word", style.FORBIDDEN)
def test_every_word_that_is_not_used_is_caught(word):
    assert f"a word that is not used: {word}" in style.faults(ANYONE, "A.", f"Đồng chí {word} đây.")


def test_who_looks_after_the_computer_reads_commands_and_is_not_addressed():
    told = "Đề nghị chạy caunoi migrate, hoặc kiểm tra cấu hình."

    assert not list(style.faults(TECHNICAL, "Run it.", told))
    assert not list(style.faults(ANYONE, "CAUNOI_X: run it.", "CAUNOI_X: đề nghị chạy caunoi migrate."))
    assert list(style.faults(ANYONE, "Run it.", told))
    assert list(style.faults("bot/cli/slips.po", "Run it.", told))  # printed for learners


def test_the_centres_people_pass_a_command_on_and_do_not_run_it():
    passed_on = "Đề nghị đồng chí phụ trách kỹ thuật đặt ngày thi (lệnh caunoi gates)."

    assert not list(style.faults(STAFF, "Set it.", passed_on))
    assert list(style.faults(STAFF, "Set it.", "Đề nghị đồng chí đặt ngày thi (lệnh caunoi gates)."))
    assert list(style.faults(ANYONE, "Set it.", passed_on))


def test_what_people_type_may_be_any_word():
    assert not list(style.faults("handlers/feedback/feedback.po", "feedback", "phản hồi, xin phản hồi, menu"))
    assert list(style.faults("handlers/feedback/feedback.po", "Feedback", "Phản hồi"))


def test_the_check_of_the_catalogues_asks_every_rule(monkeypatch):
    monkeypatch.setitem(style.FORBIDDEN, "Trung tâm", "")

    assert any("a word that is not used: Trung tâm" in told for told in catalogue.problems())


# --- numbers and days: one function for each thing ---

VI, EN = Language("vi"), Language("en")


def test_people_are_counted_with_two_digits_and_sessions_without():
    assert VI.count("{n} learner", "{n} learners", 5) == "05 học viên"
    assert VI.count("{n} learner", "{n} learners", 12) == "12 học viên"
    assert VI.count("{n} learner", "{n} learners", 1200) == "1.200 học viên"
    assert VI.count("{n} learner", "{n} learners", 0) == "0 học viên"
    assert EN.count("{n} learner", "{n} learners", 5) == "5 learners"
    assert VI.count("{what} {n} session", "{what} {n} sessions", 5, what="đi muộn") == "đi muộn 5 buổi"
    assert VI.text("{span} late", span=VI.lasting(timedelta(days=5))) == "muộn 5 ngày"


def test_a_translation_says_how_a_number_in_it_is_written():
    assert VI.text("Class {course}, {n} learners.", course="A", n=3) == "Lớp A, 03 học viên."
    assert EN.text("Class {course}, {n} learners.", course="A", n=3) == "Class A, 3 learners."


def test_sunday_is_written_as_official_papers_write_it():
    assert VI.day(date(2026, 11, 29)) == "Chủ nhật, 29/11"
    assert VI.full_day(date(2026, 11, 29)) == "Chủ nhật, ngày 29/11/2026"
    assert VI.day(date(2026, 12, 8)) == "thứ Ba, 08/12"
    assert EN.day(date(2026, 11, 29)) == "Sunday, 29/11"


def test_of_the_months_the_first_two_have_a_zero():
    assert [VI.month(date(2026, month, 1)) for month in (1, 2, 3, 11)] == ["01", "02", "3", "11"]
    assert EN.month(date(2026, 1, 1)) == "1"


def test_a_span_over_two_years_has_them():
    assert VI.span(date(2026, 9, 7), date(2026, 11, 30)) == {"first": "07/09", "last": "30/11"}
    assert VI.span(date(2026, 9, 7), date(2027, 6, 30)) == {"first": "07/09/2026", "last": "30/06/2027"}
