"""The pages of signed links in a real Chromium, on a phone: a file down, a list up, with scripts and without."""

import os

import pytest

from storage.messaging.files import StoredFile
from storage.messaging.inbox import inbox
from tests.casts import workbooks
from tests.houses.browsing import PHONE
from tests.houses.web.pages import page_house
from tests.imports.test_imports import NEW, roster

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
SHEET = "Danh sách <b>lớp<i> – Đợt 1.xlsx"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRONG = (1, "Nguyễn Thị Sáu", "31/02/1990", None, "Trường THCS Lê Lợi", None, "12", None)
TOO_BIG = """field => {
    const chosen = new DataTransfer();
    chosen.items.add(new File([new Uint8Array(20 * 1024 * 1024 + 1)], "to.xlsx"));
    field.files = chosen.files;
}"""
PICTURES = os.environ.get("CAUNOI_TEST_PICTURES", "")  # a folder, to look at what a phone shows


@pytest.fixture
def house(database):
    with page_house(database, answering=True) as served:
        yield served


@pytest.fixture
def link(house):
    return house.upload_of(house.stage.registrar)


class Phone:
    """A phone that keeps what its page complained of: broken scripts, and what the policy of the page forbids."""

    def __init__(self, browser, **more) -> None:
        self.context = browser.new_context(**PHONE, **more)
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console", lambda said: self.faults.append(said.text) if "Security" in said.text else None
        )

    def opens(self, link: str) -> None:
        self.page.goto(link)

    def chooses(self, content: bytes) -> None:
        file = {"name": SHEET, "mimeType": KIND, "buffer": content}
        self.page.get_by_label("Tệp Excel").set_input_files(file)

    def sends(self, content: bytes) -> None:
        self.chooses(content)
        self.page.get_by_role("button", name="Gửi tệp").click()

    def sees(self, words: str) -> None:
        self.page.locator("main", has_text=words).wait_for()

    def is_as_wide_as_the_phone(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def pictured(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.fixture
def phones(browser):
    made = []

    def phone(**more) -> Phone:
        made.append(Phone(browser, **more))
        return made[-1]

    yield phone
    for each in made:
        each.context.close()
        assert each.faults == []


def test_a_file_comes_down_with_one_press(house, phones):
    learner = house.stage.learner.says("lịch")
    learner.presses("lx:0:0")
    phone, link = phones(), house.file_of(learner)
    phone.opens(link)
    phone.pictured("file")
    assert phone.is_as_wide_as_the_phone()
    for _ in range(2):  # and once more
        with phone.page.expect_download() as download:
            phone.page.get_by_role("button", name="Tải về").click()
        assert download.value.suggested_filename == "Lịch học tuần 16-11 đến 22-11-2026.xlsx"
        assert download.value.path().read_bytes().startswith(b"PK")
    other = phones()
    other.opens(link)
    other.sees("chỉ mở được ở đó")
    other.pictured("file-second-device")
    assert other.page.get_by_role("button").count() == 0


def test_a_list_goes_up_and_is_answered_here_and_in_the_chat(house, link, phones):
    phone = phones()
    phone.opens(link)
    phone.pictured("upload")
    assert phone.is_as_wide_as_the_phone()
    phone.sends(roster(*NEW))
    phone.sees("của lớp nào?")
    phone.sees("Đề nghị đồng chí chọn bước tiếp theo trong cuộc trò chuyện")
    phone.pictured("upload-answered")
    assert "của lớp nào?" in house.told(house.stage.registrar)[-1]
    assert phone.page.locator("#file").input_value() == ""  # ready for the next one
    phone.page.reload()
    phone.sees("của lớp nào?")
    house.stage.registrar.taps("BD-03").sees("Chưa nhập gì")


def test_errors_are_read_whole_and_the_mended_list_follows(house, link, phones):
    phone = phones()
    phone.opens(link)
    header = ("TT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Đảng viên", "Điện thoại", "Ghi chú")
    phone.sends(workbooks.book([("LỚP BD-03",), (), header, WRONG]))
    phone.sees("31/02/1990")
    phone.sees("chưa phải số điện thoại")
    phone.sees(SHEET)  # its letters
    phone.pictured("upload-errors")
    assert phone.is_as_wide_as_the_phone()
    assert phone.page.locator("#lines b").all_inner_texts() == ["Danh sách học viên"]
    phone.sends(workbooks.book([("LỚP BD-03",), (), header, *NEW]))
    phone.sees("thêm 2")
    assert "31/02/1990" not in phone.page.locator("main").inner_text()
    assert len(house.rows(inbox)) == 2


def test_without_scripts_the_form_does_the_same(house, link, phones):
    phone = phones(java_script_enabled=False)
    phone.opens(link)
    phone.sends(roster(*NEW))
    phone.sees("của lớp nào?")
    phone.sees("bước tiếp theo trong cuộc trò chuyện")
    assert phone.page.url == link
    phone.pictured("upload-without-scripts")
    (update,) = house.rows(inbox)
    assert update.state == "done"


def test_what_cannot_be_sent_is_said_in_words_at_the_form(house, link, phones):
    phone = phones()
    phone.opens(link)
    phone.page.get_by_role("button", name="Gửi tệp").click()
    phone.page.get_by_role("alert", name="").filter(has_text="Chưa có tệp nào được chọn").wait_for()
    assert phone.page.evaluate("document.activeElement.id") == "file"
    phone.page.locator("#file").evaluate(TOO_BIG)
    phone.page.get_by_role("button", name="Gửi tệp").click()
    phone.sees("Tệp lớn hơn 20 MB")
    phone.sends(roster(*NEW))
    phone.sees("của lớp nào?")
    assert phone.page.get_by_role("alert").inner_text() == ""
    assert len(house.rows(StoredFile.__table__)) == 1


def test_a_lost_connection_is_said_and_the_file_follows_once(house, link, phones):
    phone = phones()
    phone.opens(link)
    phone.context.set_offline(True)
    phone.sends(roster(*NEW))
    phone.sees("Mất kết nối. Tệp sẽ tự gửi khi có mạng trở lại")
    phone.pictured("upload-offline")
    phone.context.set_offline(False)
    phone.sees("của lớp nào?")
    assert len(house.rows(inbox)) == 1


def test_an_answer_that_was_lost_on_its_way_changes_nothing(house, link, phones):
    """The server has the file, the page does not know: it sends it again under the same id."""
    phone = phones()
    phone.opens(link)
    house.answers_lost = 2
    phone.sends(roster(*NEW))
    phone.sees("của lớp nào?")
    assert house.answers_lost == 0
    assert len(house.rows(inbox)) == 1


def test_a_second_device_hears_that_it_is_one(house, link, phones):
    first, second = phones(), phones()
    second.opens(link)
    first.opens(link)
    first.sends(roster(*NEW))
    first.sees("của lớp nào?")
    second.sends(roster(*NEW))
    second.sees("Đã có tệp gửi lên trang này từ điện thoại, máy tính hoặc trình duyệt khác")
    second.page.reload()
    second.sees("“nhập danh sách”")
    assert len(house.rows(inbox)) == 1


def test_the_page_is_used_with_the_keyboard_alone(house, link, phones):
    phone = phones()
    phone.opens(link)
    reached = []
    for _ in range(3):
        phone.page.keyboard.press("Tab")
        reached.append(phone.page.evaluate("document.activeElement.id"))
    assert reached[:2] == ["file", "send"]
    phone.chooses(roster(*NEW))
    phone.page.locator("#send").focus()
    phone.page.keyboard.press("Enter")
    phone.sees("của lớp nào?")
    log = phone.page.get_by_role("log", name="Trả lời")
    assert log.get_attribute("aria-live") == "polite"
    assert phone.page.get_by_role("status").inner_text().startswith("Trợ lý đã trả lời")
