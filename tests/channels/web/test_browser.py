"""The chat page in a real Chromium: what a person sees, types, presses and loses."""

import re

import pytest

from storage.messaging.inbox import inbox
from tests.houses.browsing import PHONE
from tests.houses.web.chatting import KEYBOARD, SHEET
from tests.houses.web.phone import Phone

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
HOSTILE = '<img src=x onerror="document.title=1"><script>1</script><b>A</b>'  # as long as a label may be
OFFLINE = "Mất kết nối. Tin của đồng chí được giữ lại"


def test_a_link_a_question_an_answer_and_everything_is_there_after_a_reload(phone):
    phone.says("xin chào")
    phone.sees("Đồng chí viết: xin chào")
    before = phone.texts()
    phone.page.reload()
    phone.sees("Đồng chí viết: xin chào")
    assert phone.texts() == before
    assert before[-2:] == ["xin chào", "Đồng chí viết: xin chào"]
    assert phone.page.locator(".day").all_inner_texts() == ["thứ Hai, 16/11"]
    assert phone.page.locator("#lines time").last.inner_text() == "9 giờ 05"


def test_a_pressed_card_is_replaced_in_place_and_says_what_was_chosen(phone):
    phone.taps("Đúng là tôi")
    phone.sees("Đã liên kết. Trân trọng.")
    assert phone.texts() == ["Đã liên kết. Trân trọng."]
    assert phone.page.locator(".chosen").inner_text() == "Đã chọn: Đúng là tôi"
    assert phone.page.locator("#lines i").inner_text() == "Trân trọng."
    phone.page.reload()
    phone.sees("Đã liên kết")
    assert phone.texts() == ["Đã liên kết. Trân trọng."]


def test_a_press_that_brings_a_new_message_stands_as_the_persons_line(phone):
    phone.taps("Không phải tôi")
    phone.sees("Đề nghị đồng chí gọi Trung tâm.")
    assert phone.texts()[1:] == ["Không phải tôi", "Đề nghị đồng chí gọi Trung tâm."]


def test_buttons_of_old_cards_still_work(phone):
    phone.says("đếm")
    phone.sees("Đã đếm: 0")
    for number in range(3):
        phone.says(f"tin {number}")
        phone.sees(f"Đồng chí viết: tin {number}")
    phone.taps("Thêm một")
    phone.sees("Đã đếm: 1")
    assert phone.texts()[2] == "Đã đếm: 1"  # still where it was


def test_the_persistent_keyboard_sends_its_label_and_survives_a_reload(phone):
    phone.taps("Đúng là tôi")
    phone.page.locator(".chip").first.wait_for()
    assert phone.page.locator(".chip").all_inner_texts() == [label for row in KEYBOARD for label in row]
    phone.page.get_by_role("button", name="Lịch học", exact=True).click()
    phone.sees("Đồng chí viết: Lịch học")
    phone.page.reload()
    assert phone.page.locator(".chip").first.inner_text() == "Lịch học"


def test_names_with_markup_are_shown_as_the_letters_they_are(phone, chat):
    phone.says("danh " + HOSTILE)
    phone.page.get_by_role("button", name=HOSTILE).wait_for()
    phone.says(f"Xin hỏi: {HOSTILE}")  # the label alone would press the button
    phone.sees(f"Đồng chí viết: Xin hỏi: {HOSTILE}")
    chat.says(phone.id, HOSTILE)  # even if the server itself let it through
    phone.page.locator("#lines .theirs .text").last.get_by_text("onerror").wait_for()
    assert phone.page.locator("#lines img, #lines script, #lines [onclick]").count() == 0
    assert phone.page.title() == "Trung tâm Chính trị phường An Hòa"


def test_a_button_with_an_address_opens_a_new_page_and_no_script(phone, chat):
    phone.says("trang")
    link = phone.page.get_by_role("link", name="Trang Trung tâm")
    link.wait_for()
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.get_attribute("target") == "_blank"
    chat.says(phone.id, "xấu", buttons=[[{"label": "bấm", "url": "javascript:document.title=1"}]])
    phone.sees("xấu")
    assert phone.page.locator("a.press").last.get_attribute("href") == ""


def test_files_go_both_ways(phone, tmp_path):
    name = "Danh sách lớp – Đợt 1.xlsx"
    (tmp_path / name).write_bytes(b"PK" * 500)
    phone.chat.binds(phone.id)
    with phone.page.expect_file_chooser() as chooser:
        phone.page.get_by_role("button", name="Gửi tệp").click()
    chooser.value.set_files(tmp_path / name)
    phone.sees(f"Đã nhận tệp {name}, 1000 byte")
    assert phone.page.locator("#lines .mine .file").inner_text().startswith(name)
    phone.says("tệp")
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name=SHEET).click()
    assert download.value.suggested_filename == SHEET
    assert download.value.path().read_bytes() == b"sheet 7"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(phone, tmp_path, chat):
    (tmp_path / "to.xlsx").write_bytes(b"x" * (20 * 1024 * 1024 + 1))
    phone.page.locator("#file").set_input_files(tmp_path / "to.xlsx")
    phone.page.get_by_text("to.xlsx: Tệp lớn hơn 20 MB").wait_for()
    assert len(chat.rows(inbox)) == 1


def test_too_long_a_text_stays_in_the_field_with_the_advice(phone):
    phone.says("x" * 8001)
    phone.page.get_by_text("Tin dài quá 8.000 ký tự").wait_for()
    assert len(phone.page.locator("#text").input_value()) == 8001


def test_what_is_written_offline_is_sent_once_when_the_connection_is_back(phone, context, chat):
    context.set_offline(True)
    for text in ("một", "hai", "ba"):
        phone.says(text)
    phone.page.get_by_text(OFFLINE).wait_for()
    assert phone.texts("#pending .line") == ["một", "hai", "ba"]
    assert phone.page.locator("#pending .state").all_inner_texts() == ["đang gửi…"] * 3
    context.set_offline(False)
    phone.sees("Đồng chí viết: ba")
    phone.page.locator("#banner").wait_for(state="hidden")
    assert [row.payload.get("text") for row in chat.rows(inbox)][1:] == ["một", "hai", "ba"]
    assert sorted(phone.texts("#lines .mine")) == ["ba", "hai", "một"]
    assert phone.page.locator("#pending .line").count() == 0


def test_what_was_not_sent_survives_a_reload(phone, context, chat):
    context.route("**/send", lambda route: route.abort())
    phone.says("đừng quên tôi")
    phone.page.locator("#pending .line").wait_for()
    phone.page.reload()
    phone.sees("Có đúng là đồng chí không?")
    assert phone.texts("#pending .line") == ["đừng quên tôi"]
    context.unroute("**/send")
    phone.sees("Đồng chí viết: đừng quên tôi")
    assert len(chat.rows(inbox)) == 2


def test_an_answer_lost_on_its_way_doubles_nothing(phone, context, chat):
    def lose_the_answer(route):
        route.fetch()
        route.abort()

    context.route("**/send", lose_the_answer, times=1)
    phone.says("một lần")
    phone.sees("Đồng chí viết: một lần")
    phone.says("sau đó")
    phone.sees("Đồng chí viết: sau đó")
    assert [row.payload.get("text") for row in chat.rows(inbox)][1:] == ["một lần", "sau đó"]
    assert phone.texts("#lines .mine") == ["một lần", "sau đó"]


def test_what_came_while_the_stream_was_away_is_there_once(phone, context, chat):
    context.route("**/events*", lambda route: route.abort())
    context.set_offline(True)
    phone.page.get_by_text(OFFLINE).wait_for()
    context.set_offline(False)
    for number in range(5):
        chat.says(phone.id, f"trong lúc vắng {number}")
    context.unroute("**/events*")
    phone.sees("trong lúc vắng 4")
    assert phone.texts()[1:] == [f"trong lúc vắng {number}" for number in range(5)]


def test_a_refused_message_says_why(phone, context):
    answer = {"status": 413, "json": {"error": "Tin dài quá."}}
    context.route("**/send", lambda route: route.fulfill(**answer), times=1)
    phone.says("dài quá")
    alert = phone.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "Tin chưa gửi được. Tin dài quá."
    phone.says("ngắn")
    phone.sees("Đồng chí viết: ngắn")


def test_a_forwarded_address_shows_the_polite_page_on_another_phone(phone, browser):
    other = browser.new_context(**PHONE)
    page = other.new_page()
    assert page.goto(phone.page.url).status == 403
    assert "chỉ mở được trên điện thoại hoặc máy tính đã bắt đầu" in page.inner_text("main")
    other.close()


def test_three_chats_live_in_one_browser(phone, context, chat):
    others = [Phone(context, chat, code) for code in ("ZZZZ-2222", "YYYY-3333")]
    for number, held in enumerate([phone, *others]):
        held.says(f"tôi là {number}")
    for number, held in enumerate([phone, *others]):
        held.sees(f"Đồng chí viết: tôi là {number}")
        assert held.texts("#lines .mine") == [f"tôi là {number}"]


def test_the_keyboard_alone_is_enough(phone):
    page = phone.page
    page.locator("#scroll").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Đúng là tôi"
    page.keyboard.press("Enter")
    phone.sees("Đã liên kết")
    page.locator(".chip").first.focus()
    seen = []
    for _stop in range(7):
        seen.append(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
            )
        )
        page.keyboard.press("Tab")
    assert seen == [*(label for row in KEYBOARD for label in row), "Gửi tệp", "Tin nhắn", "Gửi"]
    page.locator("#text").focus()
    page.keyboard.type("gõ bằng bàn phím")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("hai dòng")
    page.keyboard.press("Enter")
    phone.sees("gõ bằng bàn phím\nhai dòng")
    assert phone.is_focused("#text")
    outline = page.locator("#text").evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid"


def test_the_focus_stays_with_a_card_that_is_replaced(phone):
    phone.says("đếm")
    phone.sees("Đã đếm: 0")
    for number in (1, 2, 3):
        phone.page.get_by_role("button", name="Thêm một").focus()
        phone.page.keyboard.press("Enter")
        phone.sees(f"Đã đếm: {number}")
        assert phone.page.evaluate("document.activeElement.textContent") == "Thêm một"


def test_a_screen_reader_is_told_who_says_what_and_not_the_past_again(phone):
    log = phone.page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    assert log.get_attribute("aria-label") == "Cuộc trò chuyện"
    assert log.get_attribute("aria-busy") == "false"
    phone.says("chào")
    phone.sees("Đồng chí viết: chào")
    spoken = phone.page.locator("#lines .only-read-out").all_inner_texts()
    assert [text.strip() for text in spoken] == ["Trợ lý:", "Đồng chí:", "Trợ lý:"]
    assert phone.page.get_by_role("group", name="Các lựa chọn").count() == 1
    assert phone.page.get_by_role("textbox", name="Tin nhắn").count() == 1


def test_everything_is_large_enough_and_nothing_runs_out_of_the_phone(phone, chat):
    phone.taps("Đúng là tôi")
    name = "Tôn Nữ Hoàng Thị Ngọc Diễm Phương Khánh"
    chat.says(
        phone.id, "x" * 300, buttons=[[{"label": name, "data": "im"}], [{"label": "Xong", "data": "im"}] * 3]
    )
    phone.page.get_by_role("button", name=name).wait_for()
    boxes = phone.page.locator("button:visible").evaluate_all(  # at one moment: answered cards lose theirs
        "found => found.map(one => one.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) >= 5
    for box in boxes:
        assert min(box["width"], box["height"]) >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    size = phone.page.locator(".text").first.evaluate("element => getComputedStyle(element).fontSize")
    assert float(size.removesuffix("px")) >= 17


def test_a_reader_who_has_scrolled_up_stays_there_and_is_told(phone, chat):
    for number in range(30):
        chat.says(phone.id, f"tin {number}")
    phone.sees("tin 29")
    phone.page.locator("#scroll").evaluate("element => { element.scrollTop = 0; }")
    phone.page.wait_for_function("document.getElementById('scroll').scrollTop === 0")
    chat.says(phone.id, "tin mới nhất")
    newer = phone.page.get_by_role("button", name=re.compile("Tin mới"))
    newer.wait_for()
    assert phone.page.locator("#scroll").evaluate("element => element.scrollTop") == 0
    newer.click()
    newer.wait_for(state="hidden")
    assert phone.page.locator("#lines .line").last.bounding_box()["y"] < 740


def test_earlier_lines_come_on_request_and_the_reader_stays_where_he_was(phone, chat):
    for number in range(100):
        chat.says(phone.id, f"tin {number:03d}")
    phone.sees("tin 099")
    phone.page.reload()
    phone.sees("tin 099")
    assert phone.texts()[0] == "tin 020"
    phone.page.get_by_role("button", name="Xem tin trước").click()
    phone.page.get_by_text("Có đúng là đồng chí không?").wait_for()
    assert phone.texts()[1:] == [f"tin {number:03d}" for number in range(100)]
    assert phone.page.locator(".day").count() == 1
    assert phone.page.get_by_role("button", name="Xem tin trước").count() == 0
    assert phone.page.locator("#scroll").evaluate("element => element.scrollTop") > 500


def test_each_day_has_its_heading(phone, chat):
    chat.later(days=1)
    chat.says(phone.id, "hôm sau")
    phone.sees("hôm sau")
    assert phone.page.locator(".day").all_inner_texts() == ["thứ Hai, 16/11", "thứ Ba, 17/11"]


def test_dark_and_still_where_the_phone_asks_for_it(browser, chat):
    quiet = browser.new_context(color_scheme="dark", reduced_motion="reduce", **PHONE)
    phone = Phone(quiet, chat)
    ground = phone.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)[:3]) < 60
    phone.says("chào")
    phone.sees("Đồng chí viết: chào")
    moving = phone.page.locator(".bubble").last.evaluate("element => getComputedStyle(element).animationName")
    assert moving == "none"
    quiet.close()
