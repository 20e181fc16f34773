"""`make picture` takes the picture of the README: the demonstration as it begins, its head's report just sent.

It drives a fresh `caunoi demo` as a person would, in the same Chromium the browser tests use.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.houses.browsing import chromium
from tests.houses.demonstration import Phone, demonstration

PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"
DESK = {"viewport": {"width": 1280, "height": 860}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
COLOURS = 64  # enough for letters on paper, at a third of the bytes


def play(page) -> None:
    """The head reports in two taps, the registrar looks who has; the learner's notice waits."""
    learner, head, registrar = (Phone(page, number) for number in range(3))
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    head.taps("Tất cả nền nếp tốt")
    head.sees("Báo cáo CHƯA gửi.")
    head.taps_first("Gửi")
    head.sees("Trung tâm đã nhận báo cáo.")
    page.locator("[data-try]").nth(2).click()
    registrar.sees("Trường Mầm non Hoa Sen")
    page.locator("#log .deed").filter(has_text="“/baocao”").wait_for()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as demo, chromium() as browser:
        context = browser.new_context(**DESK)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(demo.url)
        play(page)
        # not polled: the page's Content-Security-Policy refuses to evaluate the words of a later poll
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => null)")
        taken = Image.open(BytesIO(page.screenshot()))
        taken.convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
