"""Events pushed by the Zalo Bot Platform: believed only with the secret, stored before they are answered."""

import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.zalo_bot import channel as channel_module
from handlers.engine.messages import Incoming
from tests.houses.channels.contract import story, until
from tests.houses.channels.zalo_bot import TOKEN, ZaloBotHouse
from tests.houses.serving import serve_here

PUBLIC = "https://caunoi.example.vn"
HEADER = "X-Bot-Api-Secret-Token"


@pytest.fixture
def public(sqlite_template, tmp_path):
    with ZaloBotHouse.alone(sqlite_template, tmp_path, public_url=PUBLIC) as house:
        yield house


@pytest.fixture
def either_public(database):
    with ZaloBotHouse.built(database, public_url=PUBLIC) as house:
        yield house


async def hooked_up(house) -> None:
    await until(lambda: house.fake.events.webhook)


async def push(house, url: str, content: bytes, secret: str | bytes | None = None) -> int:
    headers = {HEADER: house.channel.secret if secret is None else secret}
    answer = await asyncio.to_thread(httpx.post, url, content=content, headers=headers, verify=False)
    return answer.status_code


def said(house, text: str = "một") -> bytes:
    chat = {"id": house.user.id, "chat_type": "PRIVATE"}
    message = {"from": house.user.as_sender(), "chat": chat, "message_id": "a1", "date": 1, "text": text}
    return json.dumps({"event_name": "message.text.received", "message": message}).encode()


@pytest.mark.parametrize("envelope", ["bare", "wrapped"])
@story
async def test_events_are_pushed_in_either_envelope_where_there_is_a_public_address(
    sqlite_template, tmp_path, envelope
):
    readings = {"envelope": envelope}
    with ZaloBotHouse.alone(sqlite_template, tmp_path, readings=readings, public_url=PUBLIC) as public:
        assert public.channel.webhook.startswith(f"{PUBLIC}/zalo-bot/")
        async with public.hooked():
            await hooked_up(public)
            public.user.says("một")
            assert await public.hears() == [Incoming(text="một")]

        assert public.fake.called("getUpdates") == []
        assert TOKEN.partition(":")[2] not in public.channel.path


@story
async def test_the_platforms_own_probe_is_answered_well(public):
    assert public.fake.probes
    async with public.hooked():
        await hooked_up(public)
        assert await asyncio.to_thread(lambda: asyncio.run(public.fake.events.probe())) == 200

    assert public.kept() == []


@pytest.mark.parametrize("content", [b"", b" \n", b"{}", b'{"ok": true}', b'{"ok": true, "result": {}}'])
@story
async def test_empty_probes_are_answered_200_and_keep_nothing(public, content):
    async with public.hooked() as url:
        assert await push(public, url, content) == 200
        assert await push(public, url, content, "khong phai bi mat") == (403 if content.strip() else 200)

    assert public.kept() == []


@pytest.mark.parametrize("secret", ["", "x" * 22, "đoán".encode()])
@story
async def test_a_push_is_believed_only_with_the_secret(public, secret):
    async with public.hooked() as url:
        assert await push(public, url, said(public), secret) == 403
        answer = await asyncio.to_thread(httpx.post, url, content=said(public), verify=False)
        assert answer.status_code == 403
        assert public.kept() == []
        assert await push(public, url, said(public)) == 200

    assert public.texts() == ["một"]


@story
async def test_the_secret_is_compared_in_constant_time(public, monkeypatch):
    compared = []
    real = channel_module.hmac.compare_digest

    def compare(given, wanted):
        compared.append((given, wanted))
        return real(given, wanted)

    monkeypatch.setattr(channel_module.hmac, "compare_digest", compare)
    async with public.hooked() as url:
        await push(public, url, said(public), "doan mo")

    assert (b"doan mo", public.channel.secret.encode()) in compared


@story
async def test_an_event_is_stored_before_it_is_answered(public):
    asked, opened = asyncio.Event(), asyncio.Event()

    async def store(arrivals) -> None:
        asked.set()
        await opened.wait()
        await public.store(arrivals)

    async with public.hooked(store) as url:
        pushing = asyncio.create_task(push(public, url, said(public)))
        await asked.wait()
        await asyncio.sleep(0.05)
        assert not pushing.done()
        opened.set()
        assert await pushing == 200

    assert public.texts() == ["một"]


@story
async def test_a_push_that_cannot_be_stored_has_to_come_again(public):
    tries = []

    async def store(arrivals) -> None:
        tries.append(arrivals)
        if len(tries) < 3:
            raise OSError("the disk is full")
        await public.store(arrivals)

    async with public.hooked(store):
        await hooked_up(public)
        public.user.says("một")
        assert await public.hears() == [Incoming(text="một")]

    assert len(tries) == 3


@story
async def test_an_event_that_comes_again_stays_one_row_over_a_restart_too(either_public):
    public = either_public
    for _process in range(2):
        async with public.hooked() as url:
            assert await push(public, url, said(public)) == 200
            assert await push(public, url, b'{"ok": true, "result": ' + said(public) + b"}") == 200
        public.renew()

    assert public.texts() == ["một"]
    await public.channel.stop()


@story
async def test_a_push_that_is_no_event_is_kept_and_does_not_come_again(public):
    async with public.hooked() as url:
        assert await push(public, url, b"{ no json") == 200
        assert await push(public, url, b"[" * 100_000) == 200
        assert await push(public, url, b"[1]") == 200
        assert await push(public, url, b"x" * (channel_module.LARGEST_BODY + 1)) == 413

    assert len(public.kept()) == 3


@pytest.mark.parametrize("code", [400, 429])
@story
async def test_where_zalo_refuses_the_webhook_it_polls_and_where_it_is_only_in_trouble_it_waits(
    public, code, monkeypatch
):
    monkeypatch.setattr(channel_module, "QUOTA_PAUSE", 0.02)
    public.fake.probes = False
    public.fake.faults.refuse(code, "Bad Request: url", "setWebhook", status=200)
    async with public.open():
        if code == 400:
            public.user.says("một")
            assert await public.hears() == [Incoming(text="một")]
        else:
            await hooked_up(public)

    assert bool(public.fake.events.webhook) is (code == 429)


@story
async def test_without_an_https_address_it_polls(sqlite_template, tmp_path):
    with ZaloBotHouse.alone(sqlite_template, tmp_path, public_url="http://192.168.1.7:8080") as house:
        assert house.channel.webhook == ""
        async with house.open():
            house.user.says("một")
            await house.hears()
        assert house.fake.called("setWebhook") == []


def test_the_secret_is_the_one_given_or_one_made_of_the_right_length(public, sqlite_template, tmp_path):
    assert 8 <= len(public.channel.secret) <= 256
    given = public.settings.model_copy(
        update={"zalo_bot_secret": type(public.settings.zalo_bot_token)("cho-truoc-1234")}
    )
    other = public.settings.model_copy(
        update={"zalo_bot_token": type(public.settings.zalo_bot_token)("2:" + "x" * 35)}
    )
    made = [
        channel_module.ZaloBotChannel(1, settings, public.threads, public.clock)
        for settings in (public.settings, given, other)
    ]

    assert made[1].secret == "cho-truoc-1234"
    assert made[0].secret == public.channel.secret  # the same at every start and on every replica
    assert made[0].path == public.channel.path
    assert len({channel.path for channel in made}) == len({made[0].secret, made[2].secret}) == 2

    async def stop() -> None:
        for channel in [*made, public.channel]:
            await channel.stop()

    asyncio.run(stop())


@story
async def test_routes_without_a_running_receiver_take_events_too(public):
    """Another replica holds the lease; the proxy may bring events to any."""
    async with serve_here(Starlette(routes=public.channel.routes(public.store))) as base:
        assert await push(public, base + public.channel.path, said(public)) == 200
    await public.channel.stop()

    assert public.texts() == ["một"]
