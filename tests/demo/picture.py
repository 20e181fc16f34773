"""`make picture` takes the pictures of both READMEs: the demonstration as it begins, its head's report just sent; that
report on his phone; the slips of two people.

It drives a fresh `caunoi demo` as a person would, in the same Chromium the browser tests use.
"""

import tempfile
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.cli import slips
from storage.people.people import Centre
from tests.houses.browsing import chromium
from tests.houses.demonstration import Phone, demonstration

DOCS = Path(__file__).parents[2] / "docs"
DESK = {"viewport": {"width": 1280, "height": 860}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
COLOURS = 64  # enough for letters on paper, at a third of the bytes


SHEET = {"viewport": {"width": 794, "height": 590}, "locale": "vi-VN"}
CENTRE = Centre(name="Trung tâm Chính trị phường An Hòa", phone="02033123456")
SITE = "https://ttct.example.vn"
SLIPS = [  # invented
    slips.Slip(name, "Trường THCS Hoa Phượng", "NTD-01", code, f"{SITE}/b/{code}.mau", site=SITE)
    for name, code in (("Trần Văn An", "ABCD-2345"), ("Lê Thị Bình", "EFGH-6789"))
]


def play(page) -> None:
    """The head reports in two taps, the registrar looks who has; the learner's notice waits."""
    learner, head, registrar = (Phone(page, number) for number in range(3))
    learner.sees("THÔNG BÁO KHAI GIẢNG")
    head.sees("Đề nghị đồng chí báo cáo nền nếp")
    still(page)
    keep(head.section.screenshot(), "report.png")
    head.taps("Tất cả nền nếp tốt")
    head.sees("Báo cáo CHƯA gửi.")
    head.taps_first("Gửi")
    head.sees("Trung tâm đã nhận báo cáo.")
    page.locator("[data-try]").nth(2).click()
    registrar.sees("Trường Mầm non Hoa Sen")
    page.locator("#log .deed").filter(has_text="“/baocao”").wait_for()


def still(page) -> None:
    # not polled: the page's Content-Security-Policy refuses to evaluate the words of a later poll
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => null)")


def keep(picture: bytes, name: str) -> None:
    taken = Image.open(BytesIO(picture))
    taken.convert("RGB").quantize(COLOURS).save(DOCS / name, optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as demo, chromium() as browser:
        context = browser.new_context(**DESK)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(demo.url)
        play(page)
        still(page)
        keep(page.screenshot(), "demo.png")
        sheet = browser.new_page(**SHEET)
        sheet.set_content(slips.page(CENTRE, SLIPS, date(2026, 12, 14)))
        keep(sheet.screenshot(), "slips.png")


if __name__ == "__main__":
    main()
