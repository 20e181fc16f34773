"""The site's own page takes the code of a slip, and leads where the slip's link does."""

import pytest
from sqlmodel import select

from bot.limits import Limit
from storage.people.people import WrongTry
from tests.houses.browsing import chromium
from tests.houses.web.pages import page_house
from tests.joining.test_binding import CODE, invite

WRONG = "ZZZZ-2222"


@pytest.fixture
def house(database):
    with page_house(database) as house:
        house.registrar = house.stage.registrar  # bound from here on
        invite(house.stage, house.stage.learner.person_id)
        yield house


def enters(house, code: str, browser=None, **headers: str):
    return (browser or house.browser()).post(f"{house.served.url}/", data={"code": code}, headers=headers)


def link_of(house, code: str = CODE) -> str:
    return house.links.start(code).removeprefix(house.served.url)


def test_it_says_whose_centre_this_is_and_whom_to_call(house):
    page = house.browser().get(f"{house.served.url}/").text
    for part in (
        "Trung tâm Chính trị phường An Hòa",
        "02033123456",
        "Mã ghi trên phiếu",
        "Mở cuộc trò chuyện",
    ):
        assert part in page
    assert "<script" not in page


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), CODE.replace("-", " "), f"  {CODE.replace('-', '')} "])
def test_a_code_however_it_is_typed_leads_to_the_link_of_its_slip(house, typed):
    answer = enters(house, typed)
    assert (answer.status_code, answer.headers["location"]) == (303, link_of(house))


def test_a_device_that_has_started_the_chat_comes_back_to_it(house):
    browser = house.browser()
    started = browser.post(house.links.start(CODE)).headers["location"]
    on = enters(house, CODE.lower(), browser).headers["location"]
    assert browser.get(house.served.url + on).headers["location"] == started


@pytest.mark.parametrize("typed", ["", "ABCD", "xin chào", "ABCD-2345-6789", "<b>ABCD</b>"])
def test_what_is_no_code_is_said_and_not_counted(house, typed):
    answer = enters(house, typed)
    assert answer.status_code == 400
    assert "Mã gồm 8 chữ cái và chữ số" in answer.text
    assert "<b>" not in answer.text
    assert tried(house) == 0


def tried(house) -> int:
    with house.database.reading() as session:
        return len(session.exec(select(WrongTry)).all())


def test_a_wrong_code_stays_in_the_field_with_what_to_do(house):
    answer = enters(house, WRONG)
    assert answer.status_code == 404
    assert "Trung tâm chưa tìm thấy mã này" in answer.text
    assert f'value="{WRONG}"' in answer.text
    assert tried(house) == 1


def test_an_address_has_as_many_tries_here_as_in_chats_and_the_registrar_hears_of_it_once(house):
    for _again in range(30):
        enters(house, WRONG)
    for code in (WRONG, CODE):
        answer = enters(house, code)
        assert answer.status_code == 429
        assert "10 giờ" in answer.text
    assert tried(house) == 30
    assert house.site.limits.met[Limit.CODES] == 3
    assert sum("xác minh kỹ" in told for told in house.told(house.registrar)) == 1
    assert enters(house, CODE, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 303
    house.stage.passes(hours=1, minutes=1)
    assert enters(house, CODE).status_code == 303


def test_another_site_enters_nothing(house):
    assert enters(house, CODE, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_too_long_a_code_is_refused(house):
    assert enters(house, "A" * 3000).status_code == 413


# --- in a browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("size", [(360, 640), (1280, 800)], ids=str)
def test_by_keyboard_alone_and_without_scripts_a_code_leads_into_the_chat(browser, house, size):
    screen = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=screen, locale="vi-VN", java_script_enabled=False)
    page = context.new_page()
    page.goto(house.served.url)
    page.keyboard.press("Tab")
    page.keyboard.type(WRONG)
    page.keyboard.press("Enter")
    problem = page.get_by_role("alert")
    problem.wait_for()
    field, button = page.get_by_label("Mã ghi trên phiếu"), page.get_by_role("button")
    for part in (problem, field, button):
        box = part.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0]
        assert box["height"] >= 44
    field.fill("")
    page.keyboard.type(CODE.lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bắt đầu").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*/")
    context.close()
