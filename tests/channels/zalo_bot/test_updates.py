"""What the Zalo Bot Platform brings: both envelopes, every kind of event, odd ones among good ones."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot.updates import arrival_of, group_of, is_probe, moment_of, opened, parse
from handlers.engine.messages import Incoming
from tests.houses.channels.contract import story, until
from tests.houses.channels.zalo_bot import ZaloBotHouse

DATE = 1765067400250
MOMENT = datetime(2025, 12, 7, 0, 30, 0, 250_000, UTC)
PERSON = {"id": "6ede9afa66b88fe6d6a9", "display_name": "Ted", "is_bot": False}
HERE = {"from": PERSON, "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"}}
HEAD = {**HERE, "message_id": "2d758cb5e222177a4e35", "date": DATE}


def event(kind: str = "text", **message):
    return {"event_name": f"message.{kind}.received", "message": {**HEAD, **message}}


@pytest.fixture
def either_house(database):
    with ZaloBotHouse.built(database) as house:
        yield house


# -- reading


def test_text_is_read_with_its_moment():
    found = parse(event(text="Xin chào"))
    assert (found, found.at) == (Incoming(text="Xin chào"), MOMENT)


def test_the_documents_example_without_a_name_is_read_by_what_it_holds():
    assert parse({"message": {**HEAD, "text": "Xin chào"}}) == Incoming(text="Xin chào")
    assert parse({"message": {**HEAD, "photo": "https://x"}}) == Incoming(other=True)


def test_a_link_somebody_shares_is_text_where_it_has_any():
    assert parse(event("link", text="https://example.vn")) == Incoming(text="https://example.vn")
    assert parse(event("link", url="https://example.vn")) == Incoming(other=True)


@pytest.mark.parametrize(
    "message",
    [
        {"photo": "https://x/a.jpg", "caption": "giấy"},
        {"photo_url": "https://x/a.jpg"},
        {"sticker": "0e07", "url": "https://x"},
        {"voice_url": "https://x/a.aac"},
        {},
    ],
)
@pytest.mark.parametrize("kind", ["image", "sticker", "voice", "unsupported"])
def test_what_cannot_be_read_is_answered_as_such(kind, message):
    found = parse(event(kind, **message))
    assert (found, found.at) == (Incoming(other=True), MOMENT)


def test_text_without_a_letter_is_nothing_that_can_be_read():
    assert parse(event(text=" \n\0 ")) == Incoming(other=True)


@pytest.mark.parametrize(
    "date", [None, "1765067400250", True, float("nan"), float("inf"), -1, 0, 1765067400, 10**20, []]
)
def test_a_date_that_is_none_is_no_moment(date):
    assert moment_of(date) is None
    assert parse(event(text="a", date=date)).at is None


MALFORMED = {
    "no chat": {"message": {"message_id": "x", "from": PERSON, "text": "a"}},
    "odd chat": {"message": {**HEAD, "chat": {"id": 7}, "text": "a"}},
    "huge chat": {"message": {**HEAD, "chat": {"id": "x" * 300}, "text": "a"}},
    "a list": {"message": []},
    "a word": {"message": "xin chào"},
    "nothing": {"message": None},
    "odd chat's letters": {"message": {**HEAD, "chat": {"id": "a\0b"}, "text": "a"}},
    "an odd name": {"event_name": [], "message": {**HEAD, "text": "a"}},
    "no text": event(),
    "odd text": event(text=7),
    "a name alone": {"event_name": "message.text.received"},
    "odd letters": {"message": {"text": "a\0\ud83d"}},
    "not a number": event(text=float("nan")),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_event_is_kept_to_be_looked_at(either_house, name):
    house = either_house
    arrival = arrival_of(MALFORMED[name])
    asyncio.run(house.store([arrival]))

    (row,) = house.kept()
    with pytest.raises((ValueError, KeyError, TypeError)):
        house.channel.parse(row.payload)
    asyncio.run(house.channel.stop())


@pytest.mark.parametrize("body", [None, 7, "x", [], [event(text="a")], True])
def test_what_is_no_object_at_all_is_kept_too(body):
    arrival = arrival_of(body)
    assert arrival.chat == "?"
    assert arrival.payload["malformed"]


# -- keeping


def test_it_is_known_by_its_message_however_it_is_wrapped():
    bare, wrapped = event(text="a"), {"ok": True, "result": event(text="a")}
    assert opened(bare) == opened(wrapped) == bare
    arrival = arrival_of(opened(wrapped))
    assert (arrival.external_id, arrival.chat, arrival.needs_file) == (
        HEAD["message_id"],
        PERSON["id"],
        False,
    )


def test_one_without_an_id_is_known_by_what_it_says():
    first, again = event(text="a"), event(text="a")
    other = event(text="b")
    for one in (first, again, other):
        del one["message"]["message_id"]
    names = [arrival_of(one).external_id for one in (first, again, other)]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize("probe", [{}, {"ok": True}, {"ok": True, "result": {}}])
def test_what_says_nothing_is_a_probe(probe):
    assert is_probe(opened(probe))


@pytest.mark.parametrize(
    "body",
    [event(text="a"), {"event_name": "x"}, {"message": {}}, None, "", [], {"ok": True, "result": event()}],
)
def test_what_says_something_is_none(body):
    assert not is_probe(opened(body))


UNWANTED = {
    "a group": event(text="a", chat={"id": "zgr-1", "chat_type": "GROUP"}),
    "a group by its id alone": event(text="a", chat={"id": "zgr-1"}),
    "another bot": event(text="a", **{"from": {**PERSON, "is_bot": True}}),
    "a reaction": event("reaction"),
    "something new": {"event_name": "user.followed", "message": HEAD},
    "who hides even from bots": {"event_name": "message.unsupported.received"},
}


@pytest.mark.parametrize("name", UNWANTED)
def test_what_nobody_can_be_answered_for_is_not_kept(name):
    assert arrival_of(UNWANTED[name]) is None


def test_a_group_is_told_by_its_kind_or_its_id():
    assert group_of(UNWANTED["a group"]) == group_of(UNWANTED["a group by its id alone"]) == "zgr-1"
    assert group_of(event(text="a")) == group_of({}) == group_of(None) == ""


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event_name",
                    "message",
                    "chat",
                    "id",
                    "chat_type",
                    "from",
                    "is_bot",
                    "text",
                    "message_id",
                    "date",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_no_event_breaks_the_keeping_or_the_reading(value):
    arrival = arrival_of(opened(value))
    if arrival is None:
        return
    json.dumps(arrival.payload, allow_nan=False)
    assert arrival.external_id
    assert arrival.chat
    with suppress(ValueError, KeyError, TypeError):
        assert isinstance(parse(arrival.payload), Incoming)


@story
async def test_odd_events_among_good_ones_hide_none(either_house):
    house = either_house
    for name in ("no chat", "odd chat", "a list", "a word", "nothing", "no text", "odd text", "a name alone"):
        house.fake.push(MALFORMED[name])
    house.user.says("một")
    async with house.open():
        await until(lambda: "một" in _texts(house))

    assert len(house.kept()) > 5


def _texts(house):
    messages = [row.payload.get("message") for row in house.kept()]
    return [message.get("text") for message in messages if isinstance(message, dict)]
