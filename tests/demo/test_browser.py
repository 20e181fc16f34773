"""The demonstration's phones switched to each messenger, in a real Chromium."""

import pytest

from tests.houses.browsing import chromium
from tests.houses.demonstration import MessengerPhone, shown

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = {"desk": (1400, 880), "hand": (390, 844)}


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with shown(tmp_path_factory.mktemp("demo"), first_day=True) as running:
        yield running


@pytest.fixture
def page(browser, demo):
    yield from opened(browser, demo, "desk")


@pytest.fixture
def small_page(browser, demo):
    yield from opened(browser, demo, "hand")


def opened(browser, demo, size: str):
    width, height = SIZES[size]
    device = {"viewport": {"width": width, "height": height}, "locale": "vi-VN"}
    context, faults = browser.new_context(**device), []
    context.set_default_timeout(15_000)
    made = context.new_page()
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda said: said.type == "error" and faults.append(said.text))
    made.goto(demo.url)
    made.locator("iframe").nth(2).wait_for(state="attached")
    yield made
    context.close()
    assert faults == []


def test_three_phones_are_switched_bound_and_asked_for_the_timetable(page):
    telegram, bot, oa = (
        MessengerPhone(page, n, name) for n, name in enumerate(("Telegram", "Zalo Bot", "Zalo OA"))
    )
    telegram.binds(telegram.taps)
    bot.binds(lambda _label: bot.says("1"))
    oa.binds(oa.taps)

    telegram.taps("Lịch hôm nay")  # a key below the field
    for phone in (bot, oa):
        phone.says("lich hom nay")
    for phone in (telegram, bot, oa):
        phone.sees("Hôm nay")
    telegram.taps("Lịch tuần này")  # below the message: the card changes in place
    telegram.frame.locator(".state", has_text="đã sửa").wait_for()
    assert bot.frame.locator(".press, .chip").count() == 0
    assert oa.frame.locator(".newest .press").count() <= 5
    assert not [line for line in oa.frame.locator(".mine .text").all_inner_texts() if "#" in line]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_switch_says_what_is_shown_and_leads_back(page):
    group = page.get_by_role("group", name="Điện thoại 1: ứng dụng nhắn tin")
    names = ["Trang web", "Telegram", "Zalo Bot", "Zalo OA"]
    assert group.get_by_role("button").all_inner_texts() == names
    phone = MessengerPhone(page, 0, "Zalo Bot")
    assert phone.frame.locator(".top").inner_text().endswith("Zalo Bot · Trợ lý tự động của Trung tâm")
    assert group.get_by_role("button", pressed=True).all_inner_texts() == ["Zalo Bot"]
    assert phone.frame.get_by_role("log", name="Cuộc trò chuyện").get_attribute("aria-live") == "polite"
    group.get_by_role("button", name="Trang web").click()
    page.locator("section.phone").first.frame_locator("iframe").get_by_role(
        "button", name="Bắt đầu"
    ).wait_for()


def test_the_keyboard_alone_answers_on_the_official_account(page):
    phone = MessengerPhone(page, 2, "Zalo OA")
    before = phone.section.locator("iframe").get_attribute("src")
    phone.section.get_by_role("button", name="Phiếu mới").click()
    phone.section.locator(f'iframe:not([src="{before}"])').wait_for(state="attached")
    phone.sees("Có đúng là đồng chí không?")
    phone.frame.locator("#scroll").focus()
    for _stop in range(12):
        page.keyboard.press("Tab")
        if phone.frame.locator(".newest .press").first.evaluate("b => b === document.activeElement"):
            break
    page.keyboard.press("Enter")
    phone.sees("xin phép xử lý họ tên")


@pytest.mark.parametrize("name", ["Telegram", "Zalo Bot", "Zalo OA"])
def test_on_a_small_screen_a_switched_phone_fits_and_thumbs_hit_its_buttons(small_page, name):
    phone = MessengerPhone(small_page, 1, name)
    phone.frame.locator(".theirs").first.wait_for()
    assert small_page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.frame.locator("html").evaluate("html => html.scrollWidth <= innerWidth")
    for control in phone.frame.locator("button:visible").all():
        assert control.bounding_box()["height"] >= 44
    for control in small_page.locator("button:visible, select:visible").all():
        assert control.bounding_box()["height"] >= 44
