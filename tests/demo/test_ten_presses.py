"""Whoever opens the demonstration and presses only what is offered has seen it all within ten presses."""

import pytest

from tests.houses.browsing import chromium
from tests.houses.demonstration import Phone, demonstration, shown

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK, HAND = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
LEARNER, HEAD, REGISTRAR = range(3)


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


class Visitor:
    """Presses what stands on the screen, and nothing else; `presses` are counted."""

    def __init__(self, browser, url: str, size: dict) -> None:
        self.context, self.faults, self.presses = browser.new_context(viewport=size, locale="vi-VN"), [], 0
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.phones = [Phone(self.page, number) for number in range(3)]

    def presses_on(self, found) -> None:
        found.wait_for()
        found.click()
        self.presses += 1

    def tries(self, number: int) -> None:
        self.presses_on(
            self.page.get_by_role("region", name="Năm việc để thử").get_by_role("button").nth(number)
        )

    def chooses(self, phone: int, label: str) -> None:
        """A button of the newest card."""
        self.presses_on(
            self.phones[phone].frame.locator(".newest").get_by_role("button", name=label, exact=True)
        )

    def leaves(self) -> None:
        self.context.close()
        assert self.faults == []


def test_a_report_a_notice_and_the_board_within_ten_presses(browser, tmp_path):
    with demonstration(tmp_path) as running:
        visitor = Visitor(browser, running.url, DESK)
        learner, head, registrar = visitor.phones
        head.sees("Đề nghị đồng chí báo cáo nền nếp")  # before anything is pressed
        visitor.tries(0)
        visitor.chooses(HEAD, "Tất cả nền nếp tốt")
        head.sees("Báo cáo CHƯA gửi.")
        visitor.chooses(HEAD, "Gửi")
        head.sees("Trung tâm đã nhận báo cáo.")
        visitor.tries(1)
        visitor.chooses(LEARNER, "Đã nhận")
        learner.sees("Đã nhận lúc")
        visitor.tries(2)
        registrar.sees("Trường Mầm non Hoa Sen")
        assert visitor.presses <= 10
        told = visitor.page.locator("#log .deed")
        told.filter(has_text="chọn “Đã nhận”").wait_for()
        assert visitor.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        visitor.leaves()


def test_on_a_small_screen_the_heads_card_comes_first_and_what_is_tried_comes_into_sight(browser, tmp_path):
    with shown(tmp_path) as running:
        visitor = Visitor(browser, running.url, HAND)
        visitor.phones[HEAD].sees("Đề nghị đồng chí báo cáo nền nếp")
        assert [phone.section.is_visible() for phone in visitor.phones] == [False, True, False]
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= HAND["width"]
        for control in visitor.page.locator("button:visible, select:visible").all():
            assert control.bounding_box()["height"] >= 44
        visitor.tries(1)
        visitor.phones[LEARNER].section.wait_for()
        visitor.chooses(LEARNER, "Đã nhận")
        visitor.phones[LEARNER].sees("Đã nhận lúc")
        box = visitor.phones[LEARNER].section.locator("iframe").bounding_box()
        assert box["y"] < HAND["height"] / 2, "the phone is on the screen"
        visitor.leaves()
