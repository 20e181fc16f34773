"""The page that takes a file for a chat: one device, one turn, the answer on the page and in the chat."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from bot.channels.page_file import PAGE_FILE, page_file
from bot.channels.text import file_name
from bot.web.pages import formatted
from bot.web.pageuploads import MOST_FILES, Upload, form_of
from bot.web.site import Refused
from handlers.engine.desk import UPLOAD_LINK_LIVES
from handlers.engine.messages import Incoming, SentFile
from storage.messaging import outbox
from storage.messaging.accounts import Abilities
from storage.messaging.dialogues import dialogue, window
from storage.messaging.files import StoredFile
from storage.messaging.inbox import inbox
from storage.messaging.page_links import PageLink
from storage.people.people import Person
from tests.casts import workbooks
from tests.houses.web.pages import HTML, page_house, page_id
from tests.imports.test_imports import NEW, roster

MEGABYTE = 1024 * 1024
SHEET = "Danh sách lớp – Đợt 1.xlsx"
HEADER = ("TT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Đảng viên", "Điện thoại", "Ghi chú")
BARE = Abilities(buttons=0, edits=False, phone=False, files_in=False, largest_file=0, quota=True)
HOSTILE = '<img src=x onerror="alert(1)">.xlsx'
OFF_THE_SHELF = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # the database does not matter


@pytest.fixture
def house(database):
    with page_house(database) as served:
        yield served


@pytest.fixture
def registrar(house):
    return house.stage.registrar


@pytest.fixture
def link(house, registrar):
    return house.upload_of(registrar)


def puts(browser, link, content=b"PK12345", name=SHEET, said="file-0001", **more):
    """As the page's script sends a file."""
    where = {"id": said, "name": name}
    return browser.put(link, params=where, content=content, **{"headers": {"Accept": "*/*"}, **more})


def posts(browser, link, content=b"PK12345", name=SHEET, said=None, **more):
    """As a browser without scripts sends the form it was given."""
    said = said or page_id(browser.get(link).text)
    return browser.post(link, data={"id": said}, files={"file": (name, content)}, **more)


def asks(browser, link, after=0):
    answer = browser.get(f"{link}/answer", params={"after": after})
    assert answer.status_code == 200, answer.text
    return answer.json()


def nothing_is_kept(house):
    return [] == house.rows(StoredFile.__table__) == house.rows(inbox) == house.rows(PageLink.__table__)


# -- what it is for the conversations


def test_an_update_of_the_page_is_the_same_on_every_channel():
    payload = {PAGE_FILE: {"name": SHEET, "size": 7, "file_id": 3}}
    assert page_file(payload) == Incoming(file=SentFile(SHEET, 7, 3))


@pytest.mark.parametrize(
    "payload", [{}, {"text": PAGE_FILE}, {"message": {PAGE_FILE: 1}}, {PAGE_FILE: "x"}, {PAGE_FILE: None}]
)
def test_what_a_messenger_brings_is_left_to_its_parser(payload):
    assert page_file(payload) is None


def test_a_page_opens_no_window_and_lets_nothing_go_that_waits_for_one(database):
    """The platform has not heard from the person."""
    with page_house(database, abilities=Abilities(window=True)) as house:
        registrar = house.stage.registrar.says("/menu")
        house.stage.time += timedelta(hours=1)
        held = house.puts(registrar, None, last_error=f"{outbox.HELD}window")
        puts(house.browser(), house.upload_of(registrar), roster(*NEW))
        house.runs()
        with house.database.reading() as session:
            assert outbox.get(session, held).last_error == f"{outbox.HELD}window"
            heard_at, _told = window(session, house.stage.account.id, registrar.chat)
        assert heard_at == house.stage.time - timedelta(hours=1)


def test_a_list_is_imported_from_a_chat_that_has_neither_files_nor_buttons(database):
    with page_house(database, abilities=BARE) as house:
        registrar = house.stage.registrar
        registrar.types("nhap danh sach").sees("không nhận tệp")
        (link,) = [button["url"] for button in registrar.last.buttons if "url" in button]
        assert link in repr(registrar.last)  # typed out where there are no buttons
        mine = house.browser()
        puts(mine, link, workbooks.book([("LỚP BD-03",), HEADER, *NEW]))
        house.runs()
        told = asks(mine, link)
        assert told["state"] == "asked"
        assert "thêm 2" in told["lines"][0]["html"]
        registrar.sees("thêm 2", "1. Nhập")
        registrar.types("1").sees("Đã nhập.")


# -- sending


def test_looking_at_the_page_changes_nothing(house, link):
    for method in ("GET", "HEAD", "GET"):
        assert house.browser().request(method, link).status_code == 200
    assert asks(house.browser(), link) == {"lines": [], "state": ""}
    assert nothing_is_kept(house)


@pytest.mark.parametrize("sends", [puts, posts])
def test_a_file_becomes_an_update_of_the_chat_the_page_was_opened_from(house, registrar, link, sends):
    content = bytes(range(256)) * 500
    answer = sends(house.browser(), link, content)
    assert answer.status_code in {200, 303}, answer.text
    (file,), (update,) = house.rows(StoredFile.__table__), house.rows(inbox)
    assert (file.name, bytes(file.content), file.account_id) == (SHEET, content, house.stage.account.id)
    assert page_file(update.payload) == Incoming(file=SentFile(SHEET, len(content), file.id))
    (here,) = [row for row in house.rows(dialogue) if row.id == update.dialogue_id]
    assert (update.account_id, here.chat) == (house.stage.account.id, registrar.chat)
    assert house.woken == 1


@pytest.mark.parametrize("sends", [puts, posts])
def test_the_answer_is_read_on_the_page_and_in_the_chat(house, registrar, link, sends):
    mine = house.browser()
    sends(mine, link, roster(*NEW))
    assert asks(mine, link) == {"lines": [], "state": "kept"}
    assert "Trợ lý đang đọc tệp" in mine.get(link).text
    assert house.runs() == 1
    told = asks(mine, link)
    assert told["state"] == "asked"
    assert [line["html"] for line in told["lines"]] == house.told(registrar)[-1:]
    assert "của lớp nào?" in told["lines"][0]["html"]
    assert asks(mine, link, told["lines"][-1]["n"]) == {"lines": [], "state": "asked"}
    page = mine.get(link).text
    assert "của lớp nào?" in page
    assert "bước tiếp theo trong cuộc trò chuyện" in page
    registrar.taps("BD-03").sees("Chưa nhập gì")  # and the import goes on in the chat


def test_the_errors_of_a_list_are_read_whole_on_the_page_and_in_the_chat(house, registrar, link):
    lines = [
        ("LỚP BD-03",),
        (),
        ("TT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Đảng viên", "Điện thoại"),
    ]
    wrong = [(n, f"Người Thứ {n}", "31/02/1990", None, "Đơn vị không có", None, "12") for n in range(1, 4)]
    mine = house.browser()
    puts(mine, link, workbooks.book([*lines, *wrong]))
    house.runs()
    (line,) = asks(mine, link)["lines"]
    assert line["html"] == house.told(registrar)[-1]
    for words in ("31/02/1990", "“12” chưa phải số điện thoại", "chưa nhập gì"):
        assert words in line["html"]
        assert words in mine.get(link).text


@pytest.mark.parametrize("content", [b"", b"PK not really", b"%PDF-1.7", "Họ và tên".encode("utf-16")])
def test_a_broken_workbook_is_told_on_the_page_and_in_the_chat_and_not_kept(house, registrar, link, content):
    mine = house.browser()
    assert puts(mine, link, content).status_code == 200
    house.runs()
    told = asks(mine, link)
    assert told["state"] == "asked"  # its menu is a button
    assert [line["html"] for line in told["lines"]] == house.told(registrar)[-1:]
    assert "không được lưu" in told["lines"][0]["html"]
    assert house.rows(StoredFile.__table__) == []


def test_the_page_shows_that_turn_and_nothing_else_of_the_chat(house, registrar, link):
    mine = house.browser()
    registrar.says("/menu")
    puts(mine, link, roster(*NEW))
    house.puts(registrar, None)  # a broadcast between the file and its turn
    house.runs()
    registrar.says("/dulieu")
    told = asks(mine, link)["lines"]
    assert len(told) == 1
    assert "của lớp nào?" in told[0]["html"]


def test_a_turn_that_fails_for_good_is_told_on_the_page(house, registrar, link, monkeypatch):
    def broken(*_anything):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("handlers.imports.imports.readings.guess_of", broken)
    mine = house.browser()
    puts(mine, link, roster(*NEW))
    for seconds in (0, 1, 3, 9):
        assert asks(mine, link)["state"] == "kept"
        house.stage.time += timedelta(seconds=seconds)
        house.runs()
    assert asks(mine, link) == {"lines": [], "state": "failed"}
    assert "chưa xử lý được tệp này" in mine.get(link).text
    assert "gửi lại hoặc gọi Trung tâm" in house.told(registrar)[-1]


# -- once, and again


@pytest.mark.parametrize("sends", [puts, posts])
def test_the_same_press_sent_twice_is_kept_once(house, link, sends):
    mine = house.browser()
    for _ in range(3):
        assert sends(mine, link, said="file-0001").status_code in {200, 303}
    assert len(house.rows(inbox)) == len(house.rows(StoredFile.__table__)) == 1


def test_another_file_and_the_same_one_pressed_anew_are_updates_of_their_own(house, link):
    mine = house.browser()
    puts(mine, link, b"one", said="file-0001")
    puts(mine, link, b"two", said="file-0001")  # back in the browser, another file, the same form
    puts(mine, link, b"one", said="file-0002")
    assert [update.external_id.rpartition(":")[2] for update in house.rows(inbox)] == ["0", "1", "2"]
    assert [bytes(file.content) for file in house.rows(StoredFile.__table__)] == [b"one", b"two", b"one"]


def test_the_page_shows_the_answer_to_the_newest_file(house, link):
    mine = house.browser()
    puts(mine, link, b"PK not really")
    house.runs()
    first = asks(mine, link)["lines"]
    puts(mine, link, roster(*NEW), said="file-0002")
    assert asks(mine, link, first[-1]["n"]) == {"lines": [], "state": "kept"}
    house.runs()
    (line,) = asks(mine, link, first[-1]["n"])["lines"]
    assert "của lớp nào?" in line["html"]
    page = mine.get(link).text
    assert "của lớp nào?" in page
    assert "không được lưu" not in page


def test_files_sent_at_once_are_each_kept_once(house, link):
    mine = house.browser()
    puts(mine, link, b"first", said="file-0000")
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda n: puts(mine, link, b"%d" % n, said=f"file-{n % 3:04d}-more"), range(12))
        assert {answer.status_code for answer in answers} == {200}
    assert len(house.rows(inbox)) == len(house.rows(StoredFile.__table__)) == 13


def test_a_page_takes_so_many_files_and_then_names_the_way_on(house, link):
    mine = house.browser()
    for number in range(MOST_FILES):
        assert puts(mine, link, b"%d" % number).status_code == 200
    answer = puts(mine, link, b"one more")
    assert (answer.status_code, "“nhập danh sách”" in answer.json()["error"]) == (403, True)
    assert len(house.rows(StoredFile.__table__)) == MOST_FILES
    assert puts(mine, link, b"0").status_code == 200  # one that is here already


# -- one device


def test_the_first_device_that_sends_keeps_the_page(house, link):
    looking, mine = house.browser(), house.browser()
    looking.get(link)
    assert puts(mine, link).status_code == 200
    for answer in (
        looking.get(link), puts(looking, link, b"x"), looking.get(f"{link}/answer"),
        looking.post(link, data={"id": "file-0009"}, files={"file": ("a.xlsx", b"x")}),
    ):  # fmt: skip
        assert answer.status_code == 403
        assert "“nhập danh sách”" in answer.text
        assert "set-cookie" not in answer.headers
    assert mine.get(link).status_code == 200
    assert len(house.rows(inbox)) == 1


def test_of_two_devices_at_once_one_file_is_kept(house, link):
    with ThreadPoolExecutor(6) as pool:
        browsers = [house.browser() for _ in range(6)]
        answers = list(pool.map(lambda browser: puts(browser, link, said="file-0001"), browsers))
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 5
    assert len(house.rows(inbox)) == len(house.rows(StoredFile.__table__)) == 1


def test_another_site_cannot_send_a_file(house, link):
    evil = {"Origin": "https://evil.example", "Accept": "*/*"}
    assert puts(house.browser(), link, headers=evil).status_code == 403
    assert posts(house.browser(), link, headers=evil).status_code == 403
    assert nothing_is_kept(house)


# -- the end


def test_the_page_ends_by_the_business_clock(house, link):
    mine = house.browser()
    puts(mine, link)
    house.stage.time += UPLOAD_LINK_LIVES - timedelta(seconds=1)
    assert puts(mine, link, said="file-0002").status_code == 200
    house.stage.time += timedelta(seconds=1)
    for answer in (mine.get(link), puts(mine, link, b"x"), mine.get(f"{link}/answer")):
        assert answer.status_code == 410
        assert "“nhập danh sách”" in answer.text
    assert len(house.rows(inbox)) == 2


def test_a_page_of_a_chat_that_is_not_there(house):
    answer = house.browser().get(house.links.upload(999_999, house.stage.time + UPLOAD_LINK_LIVES))
    assert (answer.status_code, "không còn mở" in answer.text) == (410, True)


# -- what does not go up


@OFF_THE_SHELF
def test_twenty_megabytes_go_up_and_one_byte_more_does_not(house, link):
    content, mine = b"x" * (20 * MEGABYTE), house.browser()
    for more in (content + b"x", iter([content, b"x"])):  # announced, and streamed without a length
        answer = puts(mine, link, more)
        assert answer.status_code == 413
        assert "Tệp lớn hơn 20 MB" in answer.json()["error"]
    for more in (content + b"x", content + b"x" * MEGABYTE):
        answer = posts(mine, link, more)
        assert answer.status_code == 413
        assert "Tệp lớn hơn 20 MB" in answer.text
        assert page_id(answer.text)  # the form is there again
    assert nothing_is_kept(house)
    assert puts(mine, link, content).status_code == 200
    assert posts(mine, link, content).status_code == 303
    assert len(house.rows(StoredFile.__table__)) == 2


def test_a_page_of_a_chat_nobody_is_bound_to_takes_no_file(house):
    link = house.upload_of(house.stage.stranger("nobody"))
    for sends in (puts, posts):
        answer = sends(house.browser(), link)
        assert (answer.status_code, "chưa được liên kết" in answer.text) == (403, True)
    assert nothing_is_kept(house)


@OFF_THE_SHELF
def test_a_form_without_a_file_says_what_is_missing(house, link):
    mine = house.browser()
    answer = posts(mine, link, b"", name="")
    assert (answer.status_code, "Chưa có tệp nào được chọn" in answer.text) == (400, True)
    for body, kind in (
        (b"", "multipart/form-data; boundary=x"),
        (b"id=1&file=2", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--x--', "multipart/form-data; boundary=x"),
    ):  # fmt: skip
        answer = mine.post(link, content=body, headers={"Content-Type": kind})
        assert (answer.status_code, page_id(answer.text) != "") == (400, True)
    for said in ("", "x", "a" * 65, "../../x", "file 0001"):
        assert puts(mine, link, said=said).status_code == 400
    assert nothing_is_kept(house)


# -- names


def test_a_hostile_name_is_letters_on_the_page_and_in_the_chat(house, registrar, link):
    mine = house.browser()
    posts(mine, link, workbooks.book([("LỚP BD-03",), ("TT", "Họ và tên", "Đơn vị")]), name=HOSTILE)
    house.runs()
    page = mine.get(link).text
    assert "&lt;img src=x" in page
    assert "<img" not in page
    assert "<img" not in house.told(registrar)[-1]


@OFF_THE_SHELF
def test_names_cannot_break_a_path(house, link):
    mine = house.browser()
    for number, name in enumerate(
        ("C:\\máy\\a.xlsx", "../../etc/passwd", "..", "đ" * 400 + ".xlsx", "a\nb.xlsx")
    ):
        puts(mine, link, name=name, said=f"file-{number:04d}")
    names = [file.name for file in house.rows(StoredFile.__table__)]
    assert names == ["a.xlsx", "passwd", "file", "đ" * 145 + ".xlsx", "a b.xlsx"]


def test_text_for_the_page_keeps_bold_and_italics_and_no_other_tag():
    assert formatted("<b>A</b> &amp; <i>B</i>\nC") == "<b>A</b> &amp; <i>B</i>\nC"
    assert formatted("<img src=x><b onclick=1>&lt;b&gt;") == "&lt;img src=x&gt;&lt;b onclick=1&gt;&lt;b&gt;"
    assert formatted("") == ""


# -- the house


def test_the_page_runs_under_a_strict_policy_and_without_scripts(house, link):
    answer = house.browser().get(link)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for piece in ("<script>", "<style", "style=", "javascript:", "onclick", "onsubmit"):
        assert piece not in answer.text
    assert 'enctype="multipart/form-data"' in answer.text
    assert 'method="post"' in answer.text
    for attribute in (
        '<label for="file">',
        'role="alert"',
        'role="status"',
        'aria-live="polite"',
        'lang="vi"',
    ):
        assert attribute in answer.text
    assert httpx.get(f"{house.served.url}/static/upload.js", trust_env=False).status_code == 200


def test_a_page_that_waits_loads_itself_again_where_there_are_no_scripts(house, link):
    mine = house.browser()
    assert "http-equiv" not in mine.get(link).text
    posts(mine, link)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in mine.get(link).text
    house.runs()
    assert "http-equiv" not in mine.get(link).text


def test_the_page_speaks_its_readers_language(house, registrar, link):
    with house.database.transaction() as session:
        session.get(Person, registrar.person_id).language = "en"
    assert "Send the file" in house.browser().get(link).text
    house.stage.time += UPLOAD_LINK_LIVES
    assert "Please write /nhap" in house.browser().get(link, headers=HTML).text


# -- the form


def form(*parts: tuple[str, bytes], edge: str = "----edge") -> bytes:
    told = b"".join(
        f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body + b"\r\n"
        for head, body in parts
    )
    return told + f"--{edge}--\r\n".encode()


ID = ('name="id"', b"file-0001")
KIND = "multipart/form-data; boundary=----edge"


def read(kind: str, body: bytes, step: int = 65536) -> Upload:
    """The form as it comes in over the network, in pieces."""
    pieces = [body[at : at + step] for at in range(0, len(body), step)] or [b""]
    events = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    events[-1]["more_body"] = False

    async def receive():
        return events.pop(0)

    headers = [(b"content-type", kind.encode())] if kind else []
    return asyncio.run(form_of(Request({"type": "http", "headers": headers}, receive)))


@given(
    content=st.binary(max_size=300),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    step=st.integers(1, 400),
)
def test_a_form_gives_back_what_a_client_nobody_here_wrote_put_in(content, name, step):
    request = httpx.Request(
        "POST", "http://x", data={"id": "file-0001"}, files={"file": (f"a{name}", content)}
    )
    upload = read(request.headers["content-type"], request.read(), step)
    assert (upload.content, upload.key.partition(":")[0]) == (content, "file-0001")
    if not set(name) & set('"\\/') and name.isprintable():
        assert upload.name == file_name(f"a{name}")


def test_a_boundary_inside_a_file_does_not_end_it():
    content = b"\r\n----edg\r\n\r\n--\r\n----edg--"
    assert read(KIND, form(ID, ('name="file"; filename="x"', content))).content == content


def test_names_are_read_as_browsers_write_them():
    head = 'name="file"; filename="%22Đợt 1%22%0D%0A.xlsx"\r\nContent-Type: application/octet-stream'
    told = read('multipart/form-data; charset=utf-8; boundary="----edge"', form(ID, (head, b"x")))
    assert (told.name, told.content) == (file_name('"Đợt 1"\r\n.xlsx'), b"x")


@given(st.binary(max_size=120), st.integers(1, 130))
def test_what_no_browser_sends_is_refused(body, step):
    """Whatever it is: never kept, and never a fault of ours."""
    with pytest.raises(Refused):
        read(KIND, b"------edge\r\n" + body, step)
    with pytest.raises(Refused):
        read(KIND, body, step)


@given(st.data())
def test_a_form_that_is_cut_off_is_refused(data):
    whole = form(ID, ('name="file"; filename="x.xlsx"', b"content"))
    with pytest.raises(Refused):
        read(KIND, whole[: data.draw(st.integers(0, whole.index(b"content") + 6))])


@pytest.mark.parametrize(
    "parts",
    [
        [('name="file"; filename="x"', b"x")],
        [ID, ID, ('name="file"; filename="x"', b"x")],
        [ID, *[('name="file"; filename="x"', b"x")] * 2],
        [ID, ('name="file"', b"x")],
        [ID, ('filename="x"', b"x")],
        [('name="id"', b"x" * 17_000), ('name="file"; filename="x"', b"x")],
    ],
)
def test_a_form_that_is_not_ours_is_refused(parts):
    with pytest.raises(Refused):
        read(KIND, form(*parts))


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_what_is_no_form_is_refused(kind):
    with pytest.raises(Refused):
        read(kind, b"--x\r\n\r\n--x--")
