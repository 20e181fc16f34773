"""What an Official Account's events say, how each is kept, and files fetched from nowhere they should not be."""

import ssl
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import FILE_KEY
from bot.channels.telegram.updates import NO_CHAT
from bot.channels.zalo_oa import files
from bot.channels.zalo_oa.updates import LARGEST_FILE, arrival_of, parse, payload_of
from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from handlers import table
from handlers.engine.messages import Incoming, SentFile
from tests.houses.channels.contract import SHEET, story, until
from tests.houses.channels.zalo_oa import ZaloOaHouse

WHO = "2468458835296117001"
STAMP = "1763960400000"  # 2025-11-24 05:00 UTC


@pytest.fixture
def house(sqlite_template, tmp_path):
    with ZaloOaHouse.alone(sqlite_template, tmp_path) as house:
        yield house


def event(name: str = "user_send_text", **message: Any) -> dict[str, Any]:
    return {
        "app_id": "1", "event_name": name, "sender": {"id": WHO}, "recipient": {"id": "4"},
        "message": {"msg_id": "m1", **message}, "timestamp": STAMP,
    }  # fmt: skip


def file(url: Any = "https://f.example.vn/1", size: Any = "7", name: Any = "a.xlsx", **more: Any):
    payload = {"url": url, "size": size, "name": name, **more}
    return event("user_send_file", attachments=[{"type": "file", "payload": payload}])


# -- what each event says


def test_a_text_says_its_words_and_when():
    said = parse(event(text="Lịch học"))

    assert said == Incoming(text="Lịch học")
    assert said.at == datetime(2025, 11, 24, 5, 0, tzinfo=UTC)


def test_every_button_of_the_program_is_read_as_a_press():
    """`home.all` was taken for words: only keys of two to four letters were known."""
    for action in table().actions.values():
        data = action.data(dict.fromkeys(action.names, -40))
        said = parse(event(text=payload_of("Xem tất cả", data)))
        assert said.press is not None, data
        assert said.press.data == data


@pytest.mark.parametrize("stamp", [None, "", "soon", "9" * 30, {}, True, 1763960400000, "1763960400000"])
def test_a_time_that_is_none_is_told_as_unknown(stamp):
    said = parse({**event(text="a"), "timestamp": stamp})

    assert said.text == "a"
    if str(stamp) == STAMP:
        assert said.at == datetime(2025, 11, 24, 5, 0, tzinfo=UTC)


def test_following_is_a_bare_start_and_unfollowing_leaves():
    about = {"oa_id": "4", "follower": {"id": WHO}, "timestamp": STAMP}

    assert parse({**about, "event_name": "follow"}) == Incoming(start="")
    assert parse({**about, "event_name": "unfollow"}) == Incoming(left=True)


@pytest.mark.parametrize(
    "name",
    ["image", "gif", "sticker", "audio", "video", "link", "location", "business_card", "what_comes_next"],
)
def test_what_we_cannot_read_is_other(name):
    said = event(f"user_send_{name}", attachments=[{"type": name, "payload": {"url": "https://x"}}])

    assert arrival_of(said).chat == WHO
    assert parse(said) == Incoming(other=True)


@pytest.mark.parametrize(
    "name",
    [
        *("oa_send_text", "oa_send_file", "user_seen_message", "user_received_message"),
        *("user_send_group_text", "anonymous_send_text", "user_submit_info", "change_oa_daily_quota"),
    ],
)
def test_what_is_not_said_to_us_is_not_kept(name):
    assert arrival_of(event(name, text="a")) is None


def test_an_event_is_known_by_the_id_of_its_message_under_either_name():
    other = event(text="a")
    del other["message"]["msg_id"]
    other["message"]["message_id"] = "m2"

    assert arrival_of(event(text="a")).external_id == "m1"
    assert arrival_of(other).external_id == "m2"


def test_one_without_a_message_is_known_by_what_it_says_about_whom_and_when():
    about = {"event_name": "follow", "follower": {"id": WHO}, "timestamp": STAMP}

    assert arrival_of(about).external_id == f"follow:{WHO}:{STAMP}"
    assert arrival_of({**about, "event_name": "unfollow"}).external_id != arrival_of(about).external_id


def test_a_file_is_fetched_before_its_turn_unless_it_is_too_big():
    assert arrival_of(file()).needs_file
    big = arrival_of(file(size=str(LARGEST_FILE + 1)))
    assert not big.needs_file
    assert parse(big.payload) == Incoming(file=SentFile("a.xlsx", LARGEST_FILE + 1, None, "too_big"))


@pytest.mark.parametrize("size", [None, "", "x", [], "-"])
def test_a_size_that_is_none_keeps_no_file_back(size):
    assert arrival_of(file(size=size)).needs_file


def test_a_file_without_an_address_is_other():
    assert parse(file(url=None)) == Incoming(other=True)
    assert parse(event("user_send_file")) == Incoming(other=True)
    assert parse(event("user_send_file", attachments="x")) == Incoming(other=True)


def test_a_fetched_file_is_told_by_its_id_and_one_that_was_not_by_its_problem():
    assert parse({**file(), FILE_KEY: {"file_id": 9}}).file == SentFile("a.xlsx", 7, 9)
    assert parse({**file(), FILE_KEY: {"problem": "too_big"}}).file.problem == "too_big"
    assert parse(file()).file.problem == "unreachable"


@pytest.mark.parametrize("broken", ["text", [], 7, None, {"event_name": "user_send_text", "x": float("nan")}])
def test_what_is_no_event_is_kept_for_an_operator(broken):
    kept = arrival_of(broken)

    assert kept.chat == NO_CHAT
    with pytest.raises(KeyError):
        parse(kept.payload)


@pytest.mark.parametrize("who", [None, "", "x", "7" * 21, 7, {"id": {}}, {"id": "../../etc"}, {"id": "1 2"}])
def test_an_event_of_nobody_is_kept_for_an_operator(who):
    said = {**event(text="a"), "sender": who if isinstance(who, dict) else {"id": who}}

    assert arrival_of(said).chat == NO_CHAT
    with pytest.raises((ValueError, TypeError, KeyError)):
        parse(said)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(["user_send_text", "user_send_file", "user_send_image", "follow", "unfollow", "x"])


@given(
    name=NAMES, parts=st.dictionaries(st.sampled_from(["sender", "follower", "message", "timestamp"]), JSON)
)
def test_no_event_breaks_keeping_and_reading_fails_only_as_it_may(name, parts):
    said = {"event_name": name, **parts}
    arrival = arrival_of(said)
    with suppress(ValueError, KeyError, TypeError):
        parse(said)
    assert arrival is None or (arrival.chat and arrival.external_id)


# -- files


@asynccontextmanager
async def client():
    async with httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as made:
        yield made


@story
async def test_a_file_people_send_is_there_when_its_update_runs(house):
    async with house.open():
        house.user.sends_file(SHEET, b"PK" * 1000)
        await house.hears()
        await house.brings_files()

    (said,) = house.heard()
    assert (said.file.name, said.file.problem) == (SHEET, "")


@pytest.mark.parametrize(
    "inside",
    [
        *("http://127.0.0.1:1/", "http://localhost/", "http://10.0.0.5/a", "http://192.168.1.1/"),
        *(
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "http://0.0.0.0/",
            "file:///etc/passwd",
        ),
        *("ftp://example.vn/a", "http://[::ffff:10.0.0.1]/", "http://", "//", "https://"),
    ],
)
@story
async def test_a_redirect_never_leads_inside_our_walls(house, inside):
    asked: list[str] = []
    async with house.open():
        house.fake.redirects_files_to = inside
        house.user.sends_file(SHEET, b"PK")
        await house.hears()
        house.channel.connections.client.event_hooks["request"].append(_noting(asked))
        await house.brings_files()

    (said,) = house.heard()
    assert said.file.problem == "unreachable"
    assert len(asked) == 1
    assert asked[0].startswith(house.fake.url)


def _noting(asked: list[str]):
    async def note(request: httpx.Request) -> None:
        asked.append(str(request.url))

    return note


@story
async def test_a_redirect_that_leads_on_and_on_ends(house, monkeypatch):
    async def allowed(_address, *, private):
        assert private in {True, False}

    monkeypatch.setattr(files, "_check", allowed)
    asked: list[str] = []
    async with client() as http:
        http.event_hooks["request"].append(_noting(asked))
        house.fake.redirects_files_to = f"{house.fake.url}/files/0"
        found = await files.fetch(http, f"{house.fake.url}/files/0", "a", 10)

    assert found.problem == "unreachable"
    assert len(asked) == 4


@story
async def test_a_redirect_to_a_public_place_is_followed_and_to_one_that_is_both_is_not(house, monkeypatch):
    """A second fake stands for the public place: its name is said to have a public address."""
    addresses = {"public.example.vn": {"1.1.1.1"}, "both.example.vn": {"1.1.1.1", "10.0.0.5"}}
    monkeypatch.setattr(files, "_addresses", lambda host, _port: addresses[host])
    house.user.sends_file("a", b"here")
    with FakeZaloOA() as elsewhere:
        elsewhere.user("B").sends_file("b", b"there")
        async with httpx.AsyncClient(transport=_Named(elsewhere.url), trust_env=False) as http:
            url = f"{house.fake.url}/files/0"
            house.fake.redirects_files_to = "http://public.example.vn/files/0"
            assert (await files.fetch(http, url, "a", 10)).content == b"there"
            house.fake.redirects_files_to = "http://both.example.vn/files/0"
            assert (await files.fetch(http, url, "a", 10)).problem == "unreachable"


class _Named(httpx.AsyncHTTPTransport):
    """Finds every name at one place, as a resolver would."""

    def __init__(self, place: str) -> None:
        super().__init__(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self.place = httpx.URL(place)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith(".example.vn"):
            request.url = request.url.copy_with(host=self.place.host, port=self.place.port)
        return await super().handle_async_request(request)


@story
async def test_no_more_is_read_than_fits_whatever_its_size_was_said_to_be(house):
    house.user.sends_file("a", bytes(11))
    async with client() as http:
        url = f"{house.fake.url}/files/0"
        assert (await files.fetch(http, url, "a", 10)).problem == "too_big"
        assert (await files.fetch(http, url, "a", 11)).content == bytes(11)
        assert (await files.fetch(http, f"{house.fake.url}/files/9", "a", 11)).problem == "unreachable"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.vn/a", "x", "", "http://", "http://["])
@story
async def test_only_http_is_fetched(house, url):
    async with client() as http:
        assert (await files.fetch(http, url, "a", 10)).problem == "unreachable"


@story
async def test_a_file_whose_place_is_silent_is_told_as_unreachable(house):
    async with house.open():
        house.fake.push(
            {**file(url="http://127.0.0.1:1/x"), "recipient": {"id": house.fake.oa_id}, "sender": {"id": WHO}}
        )
        await until(lambda: house.fake.pending == 0)
        await house.brings_files()

    (said,) = house.heard()
    assert (said.file.name, said.file.problem) == ("a.xlsx", "unreachable")
