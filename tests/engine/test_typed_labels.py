"""Typed words work like buttons, on messengers that have buttons as well: the whole label presses."""

from tests.casts.reports import no_roll_call, revisions


def test_binding_can_be_typed_through(stage):
    """Former outcome: "đúng là tôi" and "đồng ý" got the stranger's answer."""
    from tests.reports.test_typed import code_for

    somebody = stage.stranger("moi")
    somebody.says(code_for(stage, stage.cast.learners[2])).sees("Có đúng là đồng chí không?")
    somebody.says("dung la toi").sees("xin phép xử lý họ tên")
    somebody.says("Đồng ý ạ").sees("dữ liệu cá nhân nhạy cảm")
    somebody.says("ĐỒNG Ý").sees("Đã liên kết")


def test_a_report_can_be_typed_through(stage):
    no_roll_call(stage)
    head = stage.head
    head.says("bao cao").says("tat ca nen nep tot").sees("CHƯA gửi")
    assert revisions(stage) == []
    head.says("gửi").sees("Mã biên nhận")


def test_less_than_a_label_presses_nothing_where_there_are_buttons(stage):
    no_roll_call(stage)
    head = stage.head
    head.says("bao cao").says("có học viên").sees_no("đề nghị đồng chí chọn lại tên")
    head.says("Dạ").sees_no("Mã biên nhận")
    head.says("1").sees_no("CHƯA gửi")
    assert revisions(stage) == []


def test_the_newest_card_with_that_label_is_meant(stage):
    """Two cards have "Quay lại": the newer one's is pressed; a command's own words stay the command's."""
    registrar = stage.registrar
    registrar.says("menu").says("thong bao").sees("Khai giảng")
    registrar.says("khai giang").sees("Lớp nào khai giảng?")
    registrar.says("quay lai").sees("soạn thông báo nào")
    registrar.says("lich hom nay").sees("Hôm nay")


def test_a_text_that_is_waited_for_is_no_label(stage):
    registrar = stage.registrar
    registrar.says("thong bao").says("khai giang")
    registrar.taps(next(one for one in registrar.last.labels if "BD-02" in one)).taps("Sửa")
    registrar.taps(
        next(one for one in registrar.last.labels if "Mang theo" in one or "mang" in one.casefold())
    )
    registrar.says("Quay lại").sees("Quay lại")
    assert "Mang theo: Quay lại" in repr(registrar.last)
