"""Files of chats that carry none: a link that changes nothing when it is looked at, one device, an hour of its end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import select

from handlers.engine.conversation import Conversation
from handlers.engine.desk import FILE, FILE_LINK_LIVES, UPLOAD, Links, PageLink
from storage.base.keyring import Keyring
from storage.courses.courses import CourseSession
from storage.messaging import outbox, page_links
from storage.messaging.page_links import PageLink as Kept
from storage.people.people import Contact, Grant, Person
from tests.conftest import SECRET
from tests.houses.web.pages import HTML, page_house

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOSTILE = '<script>alert(1)</script>"; filename="b.exe.xlsx'
OFF_THE_SHELF = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # the database does not matter


@pytest.fixture
def house(database):
    with page_house(database) as served:
        yield served


@pytest.fixture
def learner(house):
    """One who asked for his timetable as a file."""
    player = house.stage.learner.says("lịch")
    player.presses("lx:0:0")
    assert player.last.document["name"] == "Lịch học tuần 16-11 đến 22-11-2026.xlsx"
    return player


def saves(house, link, browser=None) -> httpx.Response:
    """Press the button and take what comes."""
    browser = browser or house.browser()
    return browser.post(link, follow_redirects=True)


def kept(house):
    return house.rows(Kept.__table__)


# -- the signature


@given(number=st.integers(1, 2**62), minutes=st.integers(0, 10**8))
def test_a_link_says_what_was_signed_and_nothing_else(number, minutes):
    links = Links("https://x.vn", Keyring(SECRET))
    until = datetime.fromtimestamp(minutes * 60, UTC)
    token = links.file(number, until).removeprefix("https://x.vn/f/")
    assert links.read(FILE, token) == PageLink(number, until)
    assert links.read(UPLOAD, token) is None
    assert links.read(UPLOAD, links.upload(number, until).rpartition("/")[2]) == PageLink(number, until)
    assert Links("https://x.vn", Keyring(SECRET[::-1])).read(FILE, token) is None


@settings(max_examples=200)
@given(st.data())
def test_a_link_with_one_letter_changed_is_none(data):
    links = Links("https://x.vn", Keyring(SECRET))
    token = links.file(4711, datetime(2026, 11, 16, tzinfo=UTC)).rpartition("/")[2]
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(exclude_characters=token[place], exclude_categories=["Cs"]))
    changed = token[:place] + letter + token[place + 1 :]
    # the last letter of 22 carries four bits of nothing: the text is compared, not the bits
    assert links.read(FILE, changed) is None


@given(st.text(max_size=60))
def test_whatever_is_no_link_is_none(text):
    assert Links("", Keyring(SECRET)).read(FILE, text) is None


def test_an_hour_within_a_minute_lasts_to_its_end():
    links = Links("https://x.vn", Keyring(SECRET))
    until = datetime(2026, 11, 16, 9, 0, 1, tzinfo=UTC)
    read = links.read(FILE, links.file(7, until).rpartition("/")[2])
    assert read == PageLink(7, datetime(2026, 11, 16, 9, 1, tzinfo=UTC))


def test_without_an_address_there_are_no_links():
    links = Links("", Keyring(SECRET))
    assert (links.file(7, datetime.now(UTC)), links.upload(7, datetime.now(UTC))) == ("", "")


# -- the page


def test_looking_at_the_page_changes_nothing(house, learner):
    link = house.file_of(learner)
    for method in ("GET", "HEAD", "GET"):
        assert house.browser().request(method, link).status_code == 200
    assert kept(house) == []
    assert saves(house, link).status_code == 200  # whoever comes after all those previews


def test_the_page_names_the_kind_the_centre_and_the_end(house, learner):
    page = house.browser().get(house.file_of(learner)).text
    for words in ("tệp Excel", "Trung tâm Chính trị", "Tải về", "thứ Năm, 19/11", 'lang="vi"', "noindex"):
        assert words in page
    assert "Lịch học" not in page


def test_the_page_speaks_its_readers_language(house, learner):
    with house.database.transaction() as session:
        session.get(Person, learner.person_id).language = "en"
    page = house.browser().get(house.file_of(learner)).text
    assert "an Excel workbook" in page
    assert 'lang="en"' in page


def test_the_file_is_the_chats_own_made_when_it_is_fetched(house, learner):
    link = house.file_of(learner)
    with house.database.transaction() as session:
        row = session.get(CourseSession, house.stage.cast.sessions[4])
        row.topic = '=HYPERLINK("http://x")'
    answer = saves(house, link)
    assert answer.headers["content-type"] == WORKBOOK
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="lich_hoc_tuan_16_11_den_22_11_2026.xlsx"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    sheet = load_workbook(BytesIO(answer.content)).active
    (cell,) = [cell for line in sheet.iter_rows() for cell in line if "HYPERLINK" in str(cell.value)]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)  # made now, and no formula


# -- one device


def test_the_first_device_keeps_the_link_and_fetches_again(house, learner):
    link, mine = house.file_of(learner), house.browser()
    first = saves(house, link, mine)
    assert first.status_code == 200
    assert first.content.startswith(b"PK")
    house.stage.time += timedelta(days=2, hours=23)
    assert mine.get(link).status_code == 200
    assert saves(house, link, mine).content.startswith(b"PK")
    assert mine.get(f"{link}/file").content.startswith(b"PK")
    assert len(kept(house)) == 1


def test_a_press_whose_answer_was_lost_locks_nobody_out(house, learner):
    link, mine = house.file_of(learner), house.browser()
    cookies = dict(mine.get(link).cookies)
    mine.post(link)
    again = house.browser()
    again.cookies.update(cookies)  # all the phone ever got
    assert saves(house, link, again).status_code == 200


def test_a_second_device_is_refused_and_told_what_to_do(house, learner):
    link = house.file_of(learner)
    saves(house, link)
    other = house.browser()
    for answer in (other.get(link), saves(house, link, other), other.get(f"{link}/file")):
        assert answer.status_code == 403
        assert "lấy lại tệp trong cuộc trò chuyện" in answer.text
        assert not answer.content.startswith(b"PK")
        assert "set-cookie" not in answer.headers
    assert len(kept(house)) == 1


def test_the_file_itself_opens_to_nobody_before_the_button(house, learner):
    link = house.file_of(learner)
    answer = house.browser().get(f"{link}/file")
    assert (answer.status_code, answer.headers["location"]) == (303, link.removeprefix(house.served.url))
    assert kept(house) == []


def test_of_two_devices_at_once_one_keeps_the_link(house, learner):
    link = house.file_of(learner)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda browser: saves(house, link, browser), [house.browser() for _ in range(8)])
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 7
    assert len(kept(house)) == 1


def test_a_device_keeps_each_link_for_itself_and_one_cookie(house, learner):
    first, mine, other = house.file_of(learner), house.browser(), house.browser()
    learner.presses("lx:0:0")
    second = house.file_of(learner)
    assert first != second
    assert saves(house, first, mine).status_code == 200
    assert saves(house, second, other).status_code == 200
    assert saves(house, second, mine).status_code == 403
    assert saves(house, first, mine).status_code == 200
    assert len(mine.cookies.jar) == 1
    (cookie,) = mine.cookies.jar
    assert cookie.path == "/f"


def test_the_cookie_is_out_of_scripts_reach_and_cannot_be_made_up(house, learner):
    link = house.file_of(learner)
    answer = house.browser().post(link)
    given = answer.headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    device = given.partition("=")[2].partition(";")[0].partition(".")[0]
    for value in (device, f"{device}.", f"{device}.{'A' * 22}", ".", device[::-1]):
        forged = httpx.get(link, headers={**HTML, "Cookie": f"caunoi_page={value}"}, trust_env=False)
        assert forged.status_code == 403
    (row,) = kept(house)
    token = link.rpartition("/")[2]
    assert token not in str(row)
    assert device not in str(row)


def test_another_site_cannot_press_the_button(house, learner):
    link = house.file_of(learner)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert house.browser().post(link, headers=headers).status_code == 403
    assert kept(house) == []


# -- the end


def test_a_link_ends_by_the_business_clock(house, learner):
    link, mine = house.file_of(learner), house.browser()
    saves(house, link, mine)
    house.stage.time += FILE_LINK_LIVES - timedelta(seconds=1)
    assert mine.get(link).status_code == 200
    house.stage.time += timedelta(seconds=1)
    for answer in (
        mine.get(link),
        saves(house, link, mine),
        mine.get(f"{link}/file"),
        mine.get(f"{link}.png"),
    ):
        assert answer.status_code == 410
        assert "hết hạn" in answer.text
        assert "lấy lại tệp trong cuộc trò chuyện" in answer.text


def test_used_links_are_swept_away_once_they_are_over(house, learner):
    from bot.workers.sweep import LINKS_LIVE

    link = house.file_of(learner)
    saves(house, link)
    for days, left in ((3, 1), (2, 0)):
        house.stage.time += timedelta(days=days)
        with house.database.transaction() as session:
            page_links.forget(session, house.stage.time - LINKS_LIVE)
        assert len(kept(house)) == left
        assert house.browser().get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "1-2.AAAAAAAAAAAAAAAAAAAAAA", "-.", ".", "%00", "ế-ế.x", "a" * 5000])
@OFF_THE_SHELF
def test_what_is_no_link_gets_a_page_that_says_so(house, token):
    for path in (f"/f/{token}", f"/f/{token}/file", f"/f/{token}.png", f"/u/{token}", f"/u/{token}/answer"):
        answer = house.browser().get(house.served.url + path)
        assert answer.status_code == 404
        assert "Đường dẫn" in answer.text or "Không tìm thấy trang này" in answer.text
    assert house.browser().post(f"{house.served.url}/f/{token}").status_code == 404
    assert house.browser().put(f"{house.served.url}/u/{token}", content=b"x").status_code == 404


def test_a_link_made_for_one_purpose_opens_no_other(house, learner):
    with_files = house.file_of(learner).rpartition("/")[2]
    uploads = house.upload_of(learner).rpartition("/")[2]
    keyring = house.database.keyring
    told = with_files.partition(".")[0]
    for kind, tokens in {
        "f": [uploads, f"{told}.{keyring.sign('link', told)}", f"{told}.{keyring.sign('device', told)}"],
        "u": [with_files, f"{told}.{keyring.sign('page-link', told)}"],
        "b": [with_files, uploads],
    }.items():
        for token in tokens:
            assert house.browser().get(f"{house.served.url}/{kind}/{token}").status_code == 404
    assert kept(house) == []


# -- what is behind it


def link_to(house, row: int) -> str:
    return house.links.file(row, house.stage.time + FILE_LINK_LIVES)


def test_a_row_without_a_file_and_one_that_is_not_there(house, learner):
    for row in (house.puts(learner, None), 999_999):
        answer = house.browser().get(link_to(house, row))
        assert (answer.status_code, "không còn mở được" in answer.text) == (410, True)


def test_a_chat_that_is_no_longer_the_persons_opens_no_file(house, learner):
    link = house.file_of(learner)
    with house.database.transaction() as session:
        session.get(Contact, learner.contact().id).state = "closed"
    assert saves(house, link).status_code == 410
    with house.database.transaction() as session:
        contact = session.get(Contact, learner.contact().id)
        contact.state, contact.person_id = "active", house.stage.cast.learners[1]
    assert saves(house, link).status_code == 410


def test_a_role_that_has_ended_opens_no_file_made_now(house):
    """The file is made when it is fetched, so it would tell what the person may no longer know."""
    head = house.stage.head
    row = house.puts(head, {"key": "lx", "name": "lich.xlsx",
                            "ids": {"person": head.person_id, "course": 0, "first": house.stage.time.toordinal()}})  # fmt: skip
    link = link_to(house, row)
    assert house.browser().get(link).status_code == 200
    with house.database.transaction() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == head.person_id)).one()
        grant.to_date = date(2026, 11, 16)
    assert house.browser().get(link).status_code == 200  # it counts to the end of its last day
    house.stage.time += timedelta(days=1)
    assert saves(house, link).status_code == 410


def test_a_file_that_cannot_be_made_says_so_and_no_log_has_the_link(house, learner, caplog):
    link = link_to(house, house.puts(learner, {"key": "no such paper", "name": "a.xlsx", "ids": {}}))
    answer = saves(house, link)
    assert answer.status_code == 500
    assert "Hiện chưa lập được tệp" in answer.text
    assert link.rpartition("/")[2] not in caplog.text
    assert "file not made" in caplog.text


@OFF_THE_SHELF
def test_a_hostile_file_name_stays_a_name(house, learner):
    document = {**next(m.document for m in learner.messages() if m.document), "name": HOSTILE}
    link = link_to(house, house.puts(learner, document))
    assert "alert" not in house.browser().get(link).text
    told = saves(house, link).headers["content-disposition"]
    assert "<" not in told
    assert told.count('"') == 2
    assert unquote(told.partition("UTF-8''")[2]) == HOSTILE


# -- pictures


@pytest.fixture
def pictures(house):
    """A paper that draws."""
    drawing = Conversation("drawing")

    @drawing.paper("draw")
    def draw(_desk, _language, number: int) -> bytes:
        return b"\x89PNG %d" % number

    house.stage.table.papers["draw"] = drawing.papers[0]
    yield lambda name: house.puts(house.stage.learner, {"key": "draw", "name": name, "ids": {"number": 7}})
    del house.stage.table.papers["draw"]


def test_a_picture_is_fetched_by_the_platform_for_a_quarter_of_an_hour(house, pictures):
    link = link_to(house, pictures("bang.png"))
    answer = httpx.get(f"{link}.png", trust_env=False)
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG 7", "image/png")
    assert kept(house) == []
    house.stage.time += timedelta(minutes=14, seconds=59)
    assert httpx.get(f"{link}.png", trust_env=False).status_code == 200
    house.stage.time += timedelta(seconds=1)
    assert httpx.get(f"{link}.png", trust_env=False).status_code == 410
    assert saves(house, link).content == b"\x89PNG 7"  # the person's own page goes on


def test_a_photograph_comes_under_its_own_type(house, pictures):
    link = link_to(house, pictures("anh.JPG"))
    answer = httpx.get(f"{link}.jpg", trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_nothing_but_a_picture_is_given_away_like_that(house, learner, pictures):
    for link in (
        house.file_of(learner),
        link_to(house, pictures("bang.png.xlsx")),
        link_to(house, pictures("png")),
    ):
        for ending in (".png", ".jpg"):
            answer = httpx.get(link + ending, trust_env=False)
            assert answer.status_code == 404
            assert b"PNG" not in answer.content


# -- one engine for all of it


def test_a_file_by_its_link_is_the_file_the_chat_would_have_got(house, learner):
    name, content = learner.file()
    answer = saves(house, house.file_of(learner))
    rows = [[cell.value for cell in line] for line in load_workbook(BytesIO(content)).active.iter_rows()]
    same = [
        [cell.value for cell in line] for line in load_workbook(BytesIO(answer.content)).active.iter_rows()
    ]
    assert rows == same
    with house.database.reading() as session:
        assert outbox.get(session, house.row_of(learner)).message["document"]["name"] == name
