"""The chat page in somebody's hand: whatever is pressed, the question that was answered stays in sight.

By touch on a small phone, by the keyboard alone on a desk; the whole program answers.
"""

import os
import re
from io import BytesIO

import pytest
import segno

from tests.houses.web.living import living

pytestmark = pytest.mark.browser
HAND = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
LOOK = os.environ.get("CAUNOI_TEST_PICTURES", "")  # a folder, to look at what a phone shows
WORDS = """number => {
    const card = document.querySelector(`.theirs[data-n="${number}"]`), scroll = document.getElementById("scroll");
    const [words, field] = [card.querySelector(".bubble"), scroll].map(one => one.getBoundingClientRect());
    const seen = Math.min(words.bottom, field.bottom) - Math.max(words.top, field.top);
    return {top: words.top - field.top, seen, height: words.height, field: field.height};
}"""
ANSWERED = """before => {
    const newest = [...document.querySelectorAll("#lines .theirs")].at(-1);
    return !document.querySelector("[data-pressed], [aria-busy=true].press") || Number(newest.dataset.n) > before;
}"""

ALL_SHOWN = """() => {
    const [scroll, last] = ["scroll", "lines"].map(id => document.getElementById(id).getBoundingClientRect());
    return last.bottom <= scroll.bottom + 1;
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("living")
    with living(f"sqlite:///{folder / 'caunoi.db'}") as running:
        yield running


class Held:
    """A page in use. `taps` presses as this device does and looks afterwards whether the question is in sight."""

    def __init__(self, browser, house, person: int, device: dict, **more) -> None:
        self.context = browser.new_context(
            **device, **more, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", accept_downloads=True
        )
        self.context.set_default_timeout(15_000)
        self.page, self.faults, self.touches = self.context.new_page(), [], device is HAND
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.faults.append(said.text))
        self.page.goto(house.enters(self.context, person))
        self.page.locator(".newest .press").first.wait_for()
        self.looks = 0

    def sees(self, text: str) -> None:
        self.page.locator("#lines .theirs .text", has_text=text).last.wait_for()

    def says(self, text: str) -> None:
        self.page.locator("#text").fill(text)
        self.page.keyboard.press("Enter")

    def taps(self, label: str) -> None:
        """Press the newest card's button that begins so, by this device's own means."""
        named = re.compile(f"^{re.escape(label)}")
        button = self.page.locator(".newest .press", has_text=named).first
        button.wait_for()
        card = button.evaluate(
            "button => button.closest('.line').dataset.pressed = button.closest('.line').dataset.n"
        )
        if self.touches:
            button.tap()
        else:
            self.reaches(button)
            self.page.keyboard.press("Enter")
        self.page.wait_for_function(ANSWERED, arg=int(card))
        self.page.evaluate("document.querySelector('[data-pressed]')?.removeAttribute('data-pressed')")
        self.looks_at(card)

    def reaches(self, button) -> None:
        """Go there with Tab alone, from where the focus is."""
        for _stop in range(150):
            if button.evaluate("button => button === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {button}")

    def looks_at(self, card: str) -> None:
        """The pressed card's words: all of them, or of long ones their beginning or a good part, are in sight."""
        self.looks += 1
        if LOOK:
            self.page.screenshot(path=f"{LOOK}/{id(self) % 9973}-{self.looks:02d}.png")
        found = self.page.evaluate(WORDS, card)
        room = 0.35 * found["field"]
        assert found["seen"] >= min(found["height"], room) - 2, (
            found,
            self.page.locator(".newest").inner_text(),
        )
        assert found["height"] > room or found["top"] >= -2, found

    def close(self) -> None:
        self.context.close()
        assert self.faults == []


@pytest.fixture
def hold(browser, house):
    held = []

    def enter(person: int, device: dict, **more) -> Held:
        held.append(Held(browser, house, person, device, **more))
        return held[-1]

    yield enter
    for one in held:
        one.close()


@pytest.mark.parametrize(
    ("device", "learners", "scheme"), [(HAND, 12, "light"), (HAND, 60, "dark"), (DESK, 30, "light"), (DESK, 60, "dark")],
    ids=["hand-12", "hand-60", "desk-30", "desk-60"],
)  # fmt: skip
def test_a_whole_report_is_filled_in_at_its_card(house, hold, device, learners, scheme):
    head = hold(house.head_of(learners), device, color_scheme=scheme)
    head.taps("Mở báo cáo")
    head.taps("Có học viên cần nêu")
    names = head.page.locator(".newest .columns .press").all_inner_texts()
    assert len(names) == min(learners, 20)
    for name in (names[0], names[len(names) // 2], names[-1]):
        place = head.page.locator(".newest .press", has_text=name).bounding_box
        head.taps(name)
        head.page.locator(".newest .press.ticked", has_text=name).wait_for()
        assert head.page.locator(".newest .press", has_text=name).bounding_box() == pytest.approx(
            place(), abs=30
        )
    head.taps("Xong")
    for _learner in range(3):
        head.taps("Đi muộn")
    head.sees("Báo cáo CHƯA gửi.")
    head.taps("Gửi")
    head.sees("Mã biên nhận")
    head.taps("Biên nhận có QR")
    receipt = head.page.locator(".picture img")
    receipt.wait_for()
    assert head.page.get_by_role("button", name="Tin mới ↓").is_visible() or head.page.evaluate(ALL_SHOWN)
    assert receipt.get_attribute("alt").startswith("Hình: Biên nhận ")
    assert int(receipt.get_attribute("width")) == int(receipt.get_attribute("height")) > 100
    assert re.fullmatch(r"Biên nhận \w{6}\.png \d+ kB", head.page.locator(".pictured .file").inner_text())
    assert head.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_notice_goes_out_and_is_acknowledged_and_the_board_is_a_picture(house, hold, monkeypatch):
    drawn = BytesIO()
    segno.make("a board").save(drawn, kind="png", scale=25)
    monkeypatch.setattr("bot.workers.papers.draw", lambda _picture: drawn.getvalue())  # takes seconds
    registrar = hold(house.cast.registrar, HAND)
    learner = hold(house.cast.learners[0], DESK)
    registrar.says("thong bao")
    registrar.sees("muốn soạn thông báo nào?")
    registrar.taps("Khai giảng")
    registrar.taps("23/11 BD-02")
    registrar.taps("Gửi")
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    learner.taps("Đã nhận")
    learner.sees("Đã nhận lúc")

    registrar.says("/baocao")
    registrar.sees("Đã gửi:")
    for label in ("Mục khác", "Kỳ, lớp, đơn vị", "Một lớp", "Trung cấp A1", "Hình tổng hợp"):
        registrar.taps(label)
    board = registrar.page.locator(".picture img")
    board.wait_for()
    assert board.get_attribute("alt") == "Hình: Theo dõi báo cáo nền nếp, lớp Trung cấp A1"
    board.tap()
    large = registrar.page.get_by_role("dialog", name="Hình: Theo dõi báo cáo nền nếp, lớp Trung cấp A1")
    large.wait_for()
    assert large.locator("img").evaluate("image => image.complete && image.naturalWidth === image.width")
    registrar.page.keyboard.press("Escape")
    large.wait_for(state="detached")
    assert registrar.page.evaluate("document.activeElement.className") == "picture"
