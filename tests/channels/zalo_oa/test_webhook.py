"""The Official Account's webhook: whose call is believed, stored before the 200, and answered in time."""

import asyncio
import hashlib
import json
import time
from typing import Any

import httpx
import pytest

from handlers.engine.messages import Incoming
from tests.houses.channels.contract import story, until
from tests.houses.channels.zalo_oa import APP, KEY, ZaloOaHouse

OTHER_KEY = "another-key-of-the-webhook-page"


@pytest.fixture
def opened(sqlite_template, tmp_path):
    def build(switches: dict[str, Any] | None = None, **settings: Any):
        return ZaloOaHouse.alone(sqlite_template, tmp_path, switches=switches, **settings)

    return build


@pytest.fixture
def house(opened):
    with opened() as house:
        yield house


def body(house, words: str = "a", **more: Any) -> bytes:
    said = {"event_name": "user_send_text", "app_id": APP, "sender": {"id": house.user.id}}
    said |= {"message": {"msg_id": "m1", "text": words}, "timestamp": "1764000000000"}
    return json.dumps(said | more).encode()


def proof(content: bytes, stamp: str = "1764000000000", key: str = KEY, app: str = APP) -> str:
    return hashlib.sha256(app.encode() + content + stamp.encode() + key.encode()).hexdigest()


async def post(house, content: bytes, signature: str | None = None) -> int:
    headers = {} if signature is None else {"X-ZEvent-Signature": signature}
    answer = await asyncio.to_thread(
        httpx.post, house.url, content=content, headers=headers, trust_env=False, timeout=5
    )
    return answer.status_code


# -- signatures


@pytest.mark.parametrize("sent", ["plain", "mac"])
@pytest.mark.parametrize("pinned", ["either", "plain", "mac"])
@story
async def test_both_published_forms_are_believed_and_a_setting_pins_one(opened, sent, pinned):
    with opened({"signature": sent, "redelivers": False}, zalo_oa_signature=pinned) as house:
        async with house.open():
            house.user.says("xin chào")
            await until(lambda: house.fake.delivered)

            accepted = pinned in {"either", sent}
            assert house.fake.delivered[0].status == (200 if accepted else 403)
            assert house.texts() == (["xin chào"] if accepted else [])


@pytest.mark.parametrize(("key", "status"), [(OTHER_KEY, 200), (KEY, 403)])
@story
async def test_where_webhooks_have_a_key_of_their_own_only_that_one_is_believed(opened, key, status):
    with opened(zalo_oa_webhook_key=OTHER_KEY) as house:
        async with house.open():
            content = body(house)
            assert await post(house, content, proof(content, key=key)) == status


@pytest.mark.parametrize("texts", [True, False])
@story
async def test_the_time_is_signed_as_text_or_as_a_number(opened, texts):
    with opened({"texts": texts}) as house:
        async with house.open():
            house.user.says("xin chào")
            assert await house.hears() == [Incoming(text="xin chào")]


@story
async def test_a_forged_call_is_refused_and_nothing_of_it_kept(house):
    async with house.open():
        content = body(house)
        right = proof(content)
        forged = [
            *(None, "", "mac=", right[:-1], right + "0", right.upper(), "mac=mac=" + right),
            *(proof(content, key="wrong"), proof(content, app="1"), proof(content, stamp="1764000000001")),
            proof(body(house, "b")),
        ]
        assert [await post(house, content, each) for each in forged] == [403] * len(forged)
        tampered = content.replace(b'"a"', b'"b"')
        assert await post(house, tampered, right) == 403

    assert house.kept() == []


@pytest.mark.parametrize(
    "content", [b"x", b"[]", b"{}", b"null", b'"a"', b"[" * 5000, b"\xff\xfe", b'{"timestamp": 1}']
)
@story
async def test_what_is_no_event_is_refused_unless_it_is_signed(house, content):
    async with house.open():
        assert await post(house, content, "0" * 64) == 403
        assert await post(house, content) == 403

    assert house.kept() == []


@pytest.mark.parametrize("content", [b"", b" ", b"\n"])
@story
async def test_the_consoles_empty_probe_is_answered(house, content):
    async with house.open():
        assert await post(house, content) == 200
        house.fake.probes()
        await until(lambda: house.fake.pending == 0)

    assert house.fake.delivered[0].status == 200
    assert house.kept() == []


@story
async def test_a_body_larger_than_any_event_is_refused(house):
    async with house.open():
        assert await post(house, b"x" * (2**20 + 1), "0" * 64) == 413


# -- stored, then answered


@story
async def test_an_event_that_comes_twice_is_one(house):
    async with house.open():
        content = body(house)
        assert [await post(house, content, proof(content)) for _ in range(3)] == [200] * 3
        await house.hears()

    assert house.texts() == ["a"]


@story
async def test_an_event_is_stored_before_it_is_answered(house):
    stored = asyncio.Event()

    async def store(arrivals) -> None:
        await house.store(arrivals)
        stored.set()

    async with house.open(store):
        content = body(house)
        assert await post(house, content, proof(content)) == 200
        assert stored.is_set()


@story
async def test_one_that_could_not_be_stored_comes_again(house):
    failures = [RuntimeError("the disk is full")] * 2

    async def store(arrivals) -> None:
        if failures:
            raise failures.pop()
        await house.store(arrivals)

    async with house.open(store):
        house.user.says("xin chào")
        assert await house.hears() == [Incoming(text="xin chào")]
        await until(lambda: house.fake.pending == 0)

    assert [each.status for each in house.fake.delivered] == [503, 503, 200]


@story
async def test_the_platform_has_its_answer_within_two_seconds_and_the_event_is_kept_all_the_same(opened):
    """The database is slow for three seconds: the platform hears 503 in time, and what comes again is one row."""
    slow = [3.0]

    async def store(arrivals) -> None:
        if slow:
            await asyncio.sleep(slow.pop())
        await house.store(arrivals)

    with opened({"retry": 1.5}) as house:
        async with house.open(store):
            began = time.monotonic()
            house.user.says("xin chào")
            await until(lambda: house.fake.pending == 0)
            await until(lambda: time.monotonic() > began + 3.5)

        assert [each.status for each in house.fake.delivered] == [503, 200]
        assert max(each.seconds for each in house.fake.delivered) < 2
        assert house.texts() == ["xin chào"]


@story
async def test_where_nothing_comes_again_a_slow_database_still_keeps_the_event(opened):
    async def store(arrivals) -> None:
        await asyncio.sleep(1.9)
        await house.store(arrivals)

    with opened({"redelivers": False}) as house:
        async with house.open(store):
            house.user.says("xin chào")
            assert await house.hears() == [Incoming(text="xin chào")]

        assert [each.status for each in house.fake.delivered] == [503]


# -- addresses


def test_each_account_has_an_address_of_its_own_that_names_neither_key_nor_application(house):
    other = type(house.channel.webhook)(house.account_id + 1, house.settings)

    assert house.channel.webhook.path != other.path
    assert house.channel.webhook.path == house.renew().webhook.path
    assert KEY not in other.path
    assert APP not in other.path


@story
async def test_the_page_after_permission_shows_the_code_and_nothing_else(house):
    async with house.open():
        page = await asyncio.to_thread(httpx.get, house.url, params={"code": "abc-D_1", "oa_id": "4"})
        hostile = await asyncio.to_thread(httpx.get, house.url, params={"code": "<script>"})
        none = await asyncio.to_thread(httpx.get, house.url)

    assert (page.status_code, "<pre>abc-D_1</pre>" in page.text) == (200, True)
    assert "caunoi zalo-oa authorize" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert [hostile.status_code, none.status_code] == [404, 404]
