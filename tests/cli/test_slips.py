"""Slips: everything on them, nothing that a name could break, one heap a unit."""

import re
from datetime import date
from io import BytesIO

import pytest
import segno
import zxingcpp
from PIL import Image

from bot.cli import slips
from storage.people.people import Centre
from tests.houses.browsing import chromium

CENTRE = Centre(name="Trung tâm Chính trị phường An Hòa", phone="02001234567")
UNTIL = date(2026, 12, 4)


def slip(
    name="Trần Văn An", unit="Trường THCS Lê Lợi", code="ABCD-2345", username="hoa_bot", link=None, **more
):
    return slips.Slip(
        name, unit, "BD-01", code, link or f"http://127.0.0.1:8080/b/{code}.sig", username, **more
    )


def test_a_slip_says_who_what_and_until_when():
    page = slips.page(CENTRE, [slip()], UNTIL)
    for part in ("Trần Văn An", "Trường THCS Lê Lợi", "lớp BD-01", "ABCD-2345", "04/12/2026", "02001234567"):
        assert part in page


def test_both_squares_are_there_and_lead_where_they_say():
    one = slip()
    assert one.deep_link == "https://t.me/hoa_bot?start=ABCD2345"
    page = slips.page(CENTRE, [one], UNTIL)
    assert page.count("<svg") == 2
    for address in (one.deep_link, one.link):
        drawn = segno.make(address, micro=False, error="m").svg_inline(
            border=0, omitsize=True, svgclass=None, lineclass=None
        )
        assert drawn in page


def test_without_a_bot_there_is_one_square():
    page = slips.page(CENTRE, [slip(username="")], UNTIL)
    assert page.count("<svg") == 1
    assert "Telegram" not in page


def test_a_name_is_never_markup():
    page = slips.page(CENTRE, [slip(name="<script>alert(1)</script>", unit="A & B {x}")], UNTIL)
    assert "<script" not in page
    assert "A &amp; B {x}" in page


def test_each_unit_has_its_own_heap():
    page = slips.page(CENTRE, [slip(unit="A"), slip(unit="A"), slip(unit="B"), slip(unit="")], UNTIL)
    assert re.findall(r"<h1>(.*?) <small>· (\d+) phiếu", page) == [
        ("A", "02"),
        ("B", "01"),
        (CENTRE.name, "01"),
    ]


def test_the_file_is_for_its_owner_only(tmp_path):
    file = tmp_path / "phieu.html"
    file.touch()  # an earlier one, left wider
    file.chmod(0o644)
    slips.write(file, "đây")
    assert file.read_text(encoding="utf-8") == "đây"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="none"):
        slips.write(tmp_path / "none" / "phieu.html", "x")


def test_a_slip_says_as_what_and_where_to_open_it():
    one = slip(roles=("learner", "unit_head"), site="https://hoc.example.vn")
    page = slips.page(CENTRE, [one], UNTIL)
    assert '<p class="as">Học viên, thủ trưởng đơn vị</p>' in page
    assert "Địa chỉ truy cập: <b>hoc.example.vn</b>" in page


# --- on paper

MILLIMETRE, POINT = 96 / 25.4, 96 / 72  # CSS pixels
A4 = {"width": 794, "height": 1123}
LONG = {
    "name": "Tôn Nữ Công Tằng Thị Hoàng Phương Thảo Nguyên",
    "unit": "Công ty Trách nhiệm hữu hạn Một thành viên Khai thác công trình thủy lợi Bắc sông Hồng",
    "roles": ("learner", "unit_head", "liaison_officer", "lecturer"),
    "site": "https://trung-tam-chinh-tri.phuong-an-hoa.thanh-pho-rat-dai.example.vn:8443",
}
MEASURED = """all => all.map(slip => ({
    spilt: slip.scrollHeight > slip.clientHeight || slip.scrollWidth > slip.clientWidth,
    smallest: Math.min(...[...slip.querySelectorAll('*')].filter(e => !e.closest('svg'))
        .map(e => parseFloat(getComputedStyle(e).fontSize))),
    squares: [...slip.querySelectorAll('svg')].map(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height]),
    inside: [...slip.querySelectorAll('*')].every(e => {
        const [own, all] = [e.getBoundingClientRect(), slip.getBoundingClientRect()];
        return own.left >= all.left - 1 && own.right <= all.right + 1 && own.bottom <= all.bottom + 1;
    }),
}))"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def printed(browser, tmp_path, made):
    """The page as a printer gets it."""
    file = tmp_path / "phieu.html"
    slips.write(file, slips.page(CENTRE, made, UNTIL))
    page = browser.new_page(viewport=A4)
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    return page


@pytest.mark.browser
@pytest.mark.parametrize("more", [{}, LONG], ids=["usual", "long"])
def test_on_paper_it_is_read_at_arms_length_and_nothing_is_cut_off(browser, tmp_path, more):
    page = printed(
        browser, tmp_path, [slip(**{"site": "http://192.168.1.10:8080", "roles": ["learner"]} | more)] * 4
    )
    for found in page.eval_on_selector_all("article", MEASURED):
        assert not found["spilt"]
        assert found["inside"]
        assert found["smallest"] / POINT >= 11
        for side in (side for square in found["squares"] for side in square):
            assert side / MILLIMETRE == pytest.approx(30, abs=0.2)
    pages = re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))
    page.close()
    assert len(pages) == (1 if not more else 2)


@pytest.mark.browser
def test_the_printed_squares_are_read_by_another_program(browser, tmp_path):
    one = slip()
    page = printed(browser, tmp_path, [one])
    with Image.open(BytesIO(page.screenshot())) as picture:
        read = {found.text for found in zxingcpp.read_barcodes(picture)}
    page.close()
    assert read == {one.deep_link, one.link}
