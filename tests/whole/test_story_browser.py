"""The story of the project, driven in a real Chromium on the page of `caunoi demo`."""

import pytest

from tests.houses.browsing import chromium
from tests.houses.demonstration import Phone, demonstration, shown

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
HAND = {"viewport": {"width": 390, "height": 844}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
LEARNER, HEAD, REGISTRAR = range(3)


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with shown(tmp_path_factory.mktemp("demo"), first_day=True) as running:
        yield running


@pytest.fixture
def fresh_demo(tmp_path):
    """As a user starts it, on the first day: nobody is linked yet."""
    with demonstration(tmp_path, "--first-day") as running:
        yield running


class Board:
    """The page: three phones, the clock, what has happened."""

    def __init__(self, browser, url: str, **device) -> None:
        self.context, self.faults = browser.new_context(**device), []
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.phones = [Phone(self.page, number) for number in range(3)]
        self.page.locator("iframe").nth(2).wait_for(state="attached")

    def moves(self, label: str) -> str:
        """Press a button of the clock and wait until it stands still; the newest line of the log."""
        lines = self.page.locator("#log .event").count()
        self.page.get_by_role("button", name=label).click()
        self.page.locator("#log .event").nth(lines).wait_for()
        self.page.locator("#progress.still").wait_for(state="attached")
        return self.page.locator("#log .event").first.inner_text()

    def moves_until(self, told: str) -> str:
        """From event to event until one is told of that begins so; never more than a week's worth."""
        for _event in range(12):
            if told in (line := self.moves("Đến sự kiện kế tiếp")):
                return line
        raise AssertionError(f"no {told}: {self.page.locator('#log').inner_text()}")

    def gives(self, phone: int, name: str) -> Phone:
        """Put somebody else into a phone, by the beginning of the list's line."""
        select = self.phones[phone].section.locator("select")
        line = select.locator("option", has_text=name).first
        before = self.phones[phone].section.locator("iframe").get_attribute("src")
        select.select_option(line.get_attribute("value"))
        self.phones[phone].section.locator(f'iframe:not([src="{before}"])').wait_for(state="attached")
        return self.phones[phone]

    def close(self) -> None:
        self.context.close()
        assert self.faults == []


@pytest.fixture
def board(browser, fresh_demo):
    opened = Board(browser, fresh_demo.url, **DESK)
    yield opened
    opened.close()


def mentions_one_learner(head: Phone) -> str:
    """Besides those whom the roll-call has marked: the first one it knows nothing of is late. The name."""
    head.taps("Có học viên cần nêu")
    head.sees("Đề nghị đồng chí chọn các học viên cần nêu")
    name = next(label for label in head.choices("Xong") if not label.startswith("[x] "))
    assert name not in {"Xong", "Cùng nội dung", "Quay lại"}
    head.taps(name)
    head.frame.get_by_role("button", name=f"[x] {name}", exact=True).wait_for()
    head.taps("Xong")
    head.sees(name)
    head.taps("Đi muộn")
    return name


def test_the_story_of_an_opening_a_report_and_a_reminder(board):
    learner, head, registrar = board.phones
    for phone in board.phones:
        phone.binds()

    learner.taps("Lịch hôm nay")
    learner.sees("Hôm nay không có buổi học.")
    learner.sees("Khai giảng và học nội quy")
    learner.taps("Lịch tuần này")
    learner.sees("Tuần này chưa có buổi học nào trong lịch.")

    head.sees("Đề nghị đồng chí báo cáo nền nếp")  # it came by itself once he was bound
    name = mentions_one_learner(head)
    head.sees("Báo cáo CHƯA gửi.")
    assert f"đồng chí {name}, đi muộn" in head.newest()
    head.taps("Gửi")
    head.sees("Trung tâm đã nhận báo cáo. Trân trọng cảm ơn đồng chí.")
    assert "Mã biên nhận" in head.newest()

    registrar.says("thong bao")
    registrar.sees("Đồng chí muốn soạn thông báo nào?")
    registrar.taps("Khai giảng")
    registrar.sees("Lớp nào khai giảng?")
    registrar.taps_first("NTD-01")
    registrar.sees("Nội dung gửi đồng chí")
    registrar.taps_first("Gửi")
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    learner.taps("Đã nhận")
    learner.sees("Đã nhận lúc")
    registrar.taps("Ai đã nhận")
    registrar.frame.get_by_role("button", name="Đã nhận: 01").wait_for()

    told = board.moves_until("nhắc lịch học: đã gửi 1 tin: 1 học viên")
    assert told.startswith("16 giờ 30, thứ Sáu")
    learner.sees("NHẮC LỊCH HỌC")
    assert "Khai giảng và học nội quy" in learner.newest()
    assert "16 giờ 30" in board.page.locator("#time").inner_text()


def test_another_head_is_put_in_asked_at_once_and_reminded_later(board):
    head = board.gives(HEAD, "Trường Mầm non Hoa Sen")
    head.binds()
    assert "nhắc báo cáo: đã gửi 1 tin: 1 thủ trưởng đơn vị" in board.moves_until("nhắc báo cáo")
    head.sees("Đề nghị đồng chí báo cáo nền nếp")
    board.gives(HEAD, "giám đốc").frame.get_by_role("button", name="Bắt đầu").wait_for()
    assert (
        "Đề nghị đồng chí báo cáo"
        in (board.gives(HEAD, "Trường Mầm non Hoa Sen"), head.sees("Hạn:"))[0].newest()
    )


def test_the_keyboard_alone_binds_a_learner_and_moves_the_clock(board):
    page, learner = board.page, board.phones[LEARNER]
    learner.frame.get_by_role("button", name="Bắt đầu").wait_for()
    page.locator("body").focus()
    for _stop in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "IFRAME":
            break
    assert learner.frame.get_by_role("button", name="Bắt đầu").evaluate("b => b === document.activeElement")
    page.keyboard.press("Enter")
    for question in ("Có đúng là đồng chí không?", "xử lý họ tên", "thông tin đảng viên"):
        learner.sees(question)
        focus_first_choice(page, learner)
        page.keyboard.press("Enter")
    learner.sees("Đã liên kết với đồng chí")
    page.get_by_role("button", name="+1 giờ").focus()
    page.keyboard.press("Space")
    page.locator("#time", has_text="9 giờ 3").wait_for()
    assert page.evaluate("document.activeElement.dataset.unit") == "hours"  # the focus stays where it was


def focus_first_choice(page, phone: Phone) -> None:
    """Tab on within the phone until its newest card's first button has the focus."""
    phone.frame.locator(".newest .press").first.wait_for()
    wanted = "b => b === document.activeElement"
    for _stop in range(25):
        if phone.frame.locator(".newest .press").first.evaluate(wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not reach the choices")


def test_on_a_small_screen_one_phone_is_shown_at_a_time(browser, demo):
    board = Board(browser, demo.url, **HAND)
    assert [phone.section.is_visible() for phone in board.phones] == [
        False,
        True,
        False,
    ]  # the head's report waits
    page = board.page
    tabs = page.get_by_role("navigation", name="Các điện thoại").get_by_role("button")
    assert tabs.all_inner_texts() == ["Học viên", "Thủ trưởng đơn vị", "Giáo vụ"]
    tabs.nth(REGISTRAR).click()
    assert [phone.section.is_visible() for phone in board.phones] == [False, False, True]
    assert tabs.nth(REGISTRAR).get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator("button:visible, select:visible").all():
        assert control.bounding_box()["height"] >= 44
    board.close()


def test_a_screen_reader_is_told_whose_phone_it_is_and_what_happened(browser, demo):
    board = Board(browser, demo.url, **DESK)
    page = board.page
    titles = [page.locator("iframe").nth(n).get_attribute("title") for n in range(3)]
    assert all(title.startswith("Điện thoại của ") for title in titles)
    assert [title.rpartition(", ")[2] for title in titles] == ["học viên", "thủ trưởng đơn vị", "giáo vụ"]
    assert page.get_by_role("combobox", name="Điện thoại 2: người cầm máy").count() == 1
    assert page.get_by_role("group", name="Đồng hồ của Trung tâm").get_by_role("button").count() == 3
    assert page.get_by_role("log", name="Vừa diễn ra").get_attribute("aria-live") == "polite"
    board.close()


def test_a_second_tab_takes_over_and_the_first_says_so(browser, demo):
    board = Board(browser, demo.url, **DESK)
    other = board.context.new_page()
    other.goto(demo.url)
    board.page.get_by_text("Bản trình diễn đang mở ở một thẻ khác").wait_for()
    other.locator("iframe").nth(2).wait_for(state="attached")
    board.page.get_by_role("button", name="Mở ở đây").click()
    board.page.locator("iframe").nth(2).wait_for(state="attached")
    board.close()
