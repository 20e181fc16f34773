"""Slips: everything on them, nothing that a name could break, one heap a unit."""

import re
from datetime import date

import pytest
import segno

from bot.cli import slips
from storage.people.people import Centre

CENTRE = Centre(name="Trung tâm Chính trị phường An Hòa", phone="02001234567")
UNTIL = date(2026, 12, 4)


def slip(name="Trần Văn An", unit="Trường THCS Lê Lợi", code="ABCD-2345", username="hoa_bot", link=None):
    return slips.Slip(name, unit, "BD-01", code, link or f"http://127.0.0.1:8080/b/{code}.sig", username)


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


@pytest.mark.browser
def test_on_paper_nothing_is_cut_off(tmp_path):
    """Eight a page, and the three sentences end within their slip, also for a unit with a long name."""
    import shutil

    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium here")
    unit = "Công ty Trách nhiệm hữu hạn Một thành viên Khai thác công trình thủy lợi Bắc sông Hồng"
    file = tmp_path / "phieu.html"
    slips.write(file, slips.page(CENTRE, [slip(unit=unit) for _ in range(8)], UNTIL))
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page()
        shown.goto(file.as_uri())
        shown.emulate_media(media="print")
        spilt = (
            "all => all.filter(a => a.scrollHeight > a.clientHeight || a.scrollWidth > a.clientWidth).length"
        )
        assert shown.eval_on_selector_all("article", spilt) == 0
        pages = re.findall(rb"/Type\s*/Page[^s]", shown.pdf(prefer_css_page_size=True))
        browser.close()
    assert len(pages) == 1
