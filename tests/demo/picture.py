"""`python -m tests.demo.picture` takes the picture of the README: the demonstration's page after a notice was sent.

It drives a fresh `caunoi demo` as a person would, in the same Chromium the browser tests use.
"""

import tempfile
from pathlib import Path

from tests.houses.browsing import chromium
from tests.houses.demonstration import Phone, demonstration

PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"
DESK = {"viewport": {"width": 1280, "height": 1000}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


def play(page) -> None:
    """Bind the three phones, send the opening notice, acknowledge it, look who has it."""
    learner, head, registrar = (Phone(page, number) for number in range(3))
    for phone in (learner, head, registrar):
        phone.binds()
    registrar.says("thong bao")
    registrar.taps("Khai giảng")
    registrar.taps_first("NTD-01")
    registrar.sees("Nội dung gửi đồng chí")
    registrar.taps_first("Gửi")
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    learner.taps("Đã nhận")
    learner.sees("Đã nhận lúc")
    registrar.taps("Ai đã nhận")
    registrar.frame.get_by_role("button", name="Đã nhận: 1").wait_for()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as demo, chromium() as browser:
        page = browser.new_context(**DESK).new_page()
        page.goto(demo.url)
        page.locator("iframe").nth(2).wait_for(state="attached")
        play(page)
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
