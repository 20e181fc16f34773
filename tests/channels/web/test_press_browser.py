"""What a press, a double one, a phone's keyboard and large type do to the chat page, in a real Chromium."""

import re

import pytest

from storage.messaging.inbox import inbox
from tests.houses.web.phone import Phone

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
NAMES = [f"{name} {n}" for n in range(4) for name in ("Nguyễn Thị Minh Hạnh", "Trần Văn An", "Vũ Thị Mai")]


def busy(phone) -> list[str]:
    return phone.page.locator(".press[aria-busy=true]").all_inner_texts()


def waiting(phone) -> int:
    return phone.page.locator(".press[aria-disabled=true]").count()


def press(phone, label: str) -> None:
    """However it is: one that waits for an answer takes presses, and does nothing."""
    phone.page.get_by_role("button", name=label, exact=True).dispatch_event("click")


def presses(chat) -> list[str]:
    return [row.payload["press"] for row in chat.rows(inbox) if "press" in row.payload]


def counts(phone) -> None:
    phone.says("đếm")
    phone.sees("Đã đếm: 0")


def test_one_press_at_a_time_is_shown_at_once_also_offline(phone, context, chat):
    context.set_offline(True)
    press(phone, "Đúng là tôi")
    assert (busy(phone), waiting(phone)) == (["Đúng là tôi"], 2)
    assert phone.page.locator(".pressing").inner_text() == "đang gửi…"
    assert phone.page.locator("#told").inner_text() == "Đúng là tôi: đang gửi…"
    press(phone, "Không phải tôi")
    press(phone, "Đúng là tôi")
    assert busy(phone) == ["Đúng là tôi"]
    context.set_offline(False)
    phone.sees("Đã liên kết")
    assert presses(chat) == ["im"]


def test_a_press_that_is_refused_is_given_back_and_says_why(phone, context):
    counts(phone)
    answer = {"status": 403, "json": {"error": "Nút này không bấm được."}}
    context.route("**/send", lambda route: route.fulfill(**answer), times=1)
    phone.taps("Thêm một")
    assert phone.page.get_by_role("alert").inner_text() == "Tin chưa gửi được. Nút này không bấm được."
    assert (busy(phone), waiting(phone)) == ([], 0)
    phone.taps("Thêm một")
    phone.sees("Đã đếm: 1")


def test_a_press_under_way_survives_a_reload(phone, context, chat):
    counts(phone)
    context.route("**/send", lambda route: route.abort())
    phone.taps("Thêm một")
    phone.page.reload()
    phone.page.locator(".press[aria-busy=true]", has_text="Thêm một").wait_for()
    context.unroute("**/send")
    phone.sees("Đã đếm: 1")
    assert len(presses(chat)) == 1


def test_nothing_moves_away_from_a_card_that_is_answered(phone, chat):
    for number in range(12):
        chat.says(phone.id, f"tin {number}")
    phone.sees("tin 11")
    counts(phone)
    for number in range(12, 24):
        chat.says(phone.id, f"tin {number}")
    phone.sees("tin 23")
    card = phone.page.locator(".theirs", has_text="Đã đếm:")
    phone.taps("Thêm một")
    phone.sees("Đã đếm: 1")
    before = card.bounding_box()
    assert before["y"] >= 0
    for number in range(24, 30):
        chat.says(phone.id, f"tin {number}\nhai dòng")
    newer = phone.page.get_by_role("button", name=re.compile("Tin mới"))
    newer.wait_for()
    phone.sees("tin 29")
    assert card.bounding_box() == before
    newer.click()
    newer.wait_for(state="hidden")
    assert phone.page.locator("#lines .line").last.is_visible()


def test_a_card_above_what_is_read_changes_without_a_move(phone, chat):
    counts(phone)
    card = phone.page.locator(".theirs", has_text="Đã đếm:").get_attribute("data-n")
    for number in range(30):
        chat.says(phone.id, f"tin {number}")
    phone.sees("tin 29")
    read = phone.page.locator(".text", has_text="tin 20")
    read.scroll_into_view_if_needed()
    phone.page.locator("#scroll").evaluate("scroll => { scroll.scrollTop -= 200; }")
    before = read.bounding_box()
    chat.says(phone.id, "Đã đếm:\n" * 9, edits=card)
    phone.page.locator(".text", has_text="Đã đếm:\nĐã đếm:").wait_for()
    assert read.bounding_box() == pytest.approx(before, abs=1)


def test_the_quick_choices_fold_while_a_card_asks_and_are_sent_once(phone, chat):
    phone.taps("Đúng là tôi")
    chip = phone.page.get_by_role("button", name="Lịch học", exact=True)
    chip.wait_for()
    counts(phone)
    chip.wait_for(state="hidden")
    unfold = phone.page.get_by_role("button", name="Lựa chọn nhanh", exact=True)
    assert unfold.get_attribute("aria-expanded") == "false"
    unfold.click()
    assert unfold.get_attribute("aria-expanded") == "true"
    chip.dblclick()
    phone.sees("Đồng chí viết: Lịch học")
    assert [row.payload.get("text") for row in chat.rows(inbox)].count("Lịch học") == 1


def test_numbers_call_and_commands_are_sent_by_a_press(phone, chat):
    chat.says(phone.id, "Gọi <b>0203 312 3456</b>, hoặc nhắn /viec. Số 001085012345, 20 km/h, /2026.")
    phone.sees("hoặc nhắn")
    line = phone.page.locator("#lines .theirs").last
    assert line.locator("a").evaluate_all("found => found.map(one => one.href)") == ["tel:02033123456"]
    assert line.locator(".command").all_inner_texts() == ["/viec"]
    line.locator(".command").dblclick()
    phone.sees("Đồng chí viết: /viec")
    assert [row.payload.get("text") for row in chat.rows(inbox)].count("/viec") == 1
    assert phone.is_focused("#text")


def test_a_word_one_is_told_to_write_is_sent_by_a_press(phone, chat):
    chat.says(phone.id, "Muốn xem thì nhắn “thông báo”. Mục “Ai đã nhận” có thêm.")
    phone.sees("Muốn xem thì nhắn")
    line = phone.page.locator("#lines .theirs").last
    assert line.locator(".command").all_inner_texts() == ["“thông báo”"]
    line.locator(".command").click()
    phone.sees("Đồng chí viết: thông báo")


def test_enter_and_a_click_at_once_send_once(phone, chat):
    phone.page.locator("#text").fill("một lần")
    phone.page.evaluate(
        """() => {
            const down = new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true});
            document.getElementById("text").dispatchEvent(down);
            document.getElementById("send").click();
        }"""
    )
    phone.sees("Đồng chí viết: một lần")
    assert [row.payload.get("text") for row in chat.rows(inbox)].count("một lần") == 1
    assert phone.is_focused("#text")


def test_a_start_pressed_twice_opens_one_chat(context, chat):
    page = context.new_page()
    page.goto(chat.link())
    page.get_by_role("button", name="Bắt đầu").dblclick()
    page.get_by_text("Có đúng là đồng chí không?").wait_for()
    assert len(chat.rows(inbox)) == 1


def test_a_phones_own_keyboard_covers_neither_the_field_nor_the_question(phone):
    phone.says("danh " + ",".join(NAMES))
    phone.sees("Chọn học viên:")
    phone.page.set_viewport_size({"width": 360, "height": 330})  # what it leaves of the page
    phone.page.wait_for_function(
        "document.getElementById('composer').getBoundingClientRect().bottom <= innerHeight"
    )
    phone.page.locator("#text").focus()
    top = phone.page.locator(".newest .bubble").bounding_box()["y"]
    assert phone.page.locator(".top").bounding_box()["height"] <= top < 200


def test_a_keyboard_laid_over_the_page_makes_it_lower(context, chat):
    """As on an iPhone, where only the visual viewport knows."""
    context.add_init_script(
        """const view = new EventTarget();
        Object.assign(view, {height: innerHeight, scale: 1});
        Object.defineProperty(window, "visualViewport", {value: view});"""
    )
    phone = Phone(context, chat)
    phone.page.evaluate("visualViewport.height = 400; visualViewport.dispatchEvent(new Event('resize'))")
    field = phone.page.locator("#composer").bounding_box()
    assert field["y"] + field["height"] <= 400
    phone.page.evaluate(
        "visualViewport.height = innerHeight; visualViewport.dispatchEvent(new Event('resize'))"
    )
    assert phone.page.locator("#composer").bounding_box()["y"] > 600


@pytest.mark.parametrize(("width", "size"), [(320, "100%"), (320, "212.5%"), (360, "150%")])
def test_type_as_large_as_the_browser_has_it_runs_out_of_no_phone(phone, width, size):
    phone.taps("Đúng là tôi")
    phone.page.set_viewport_size({"width": width, "height": 640})
    phone.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
    phone.says("danh " + ",".join(NAMES))
    phone.sees("Chọn học viên:")
    phone.page.get_by_role("button", name="Lựa chọn nhanh").click()
    wide = "found => found.filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML)"
    assert phone.page.locator("button:visible, .text:visible, textarea").evaluate_all(wide) == []
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.page.locator("#scroll").evaluate("scroll => scroll.scrollWidth <= scroll.clientWidth")
