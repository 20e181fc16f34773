"""Open pages of the web chat: a chat has few, an address some dozens, and a change wakes those it concerns."""

import json
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import update

from bot.limits import Limits
from bot.web import streams
from storage.messaging.dialogues import dialogue
from tests.houses.waiting import until
from tests.houses.web.devices import Device


@pytest.fixture
def opens(chat):
    """Opens a page of a device's chat, up to its `ready` or its `rest`."""
    with ExitStack() as opened:

        def page(device: Device, **headers: str):
            events = device.events(**headers)
            opened.callback(events.close)
            name, data = next((name, data) for name, _id, data in events if name in {"ready", "rest"})
            return events, name, data

        yield page


def started(chat, code: str = "ABCD-2345") -> Device:
    device = Device(chat).starts(code)
    device.http.timeout = httpx.Timeout(30)
    device.reads(until="Phiếu này")
    return device


def test_a_chat_has_few_pages_and_the_oldest_makes_room(chat, opens):
    device = started(chat)
    pages = [opens(device) for _page in range(6)]
    assert [name for _events, name, _data in pages] == ["ready"] * 6, "whoever opens one now sees it"
    for events, _name, _data in pages[:2]:
        data = next(data for name, _id, data in events if name == "rest")
        assert "mở ở cửa sổ khác" in json.loads(data)
        assert list(events) == []  # its end: the page is gone
    assert chat.channel.open_pages == 4
    assert 'limit="chat_streams"} 2.0' in httpx.get(chat.served.url + "/metrics").text


def test_an_address_has_some_dozens_and_another_one_goes_on(chat, opens):
    chat.app.state.site = replace(chat.site, limits=Limits(streams_per_address=3))
    devices = [started(chat, f"ABCD-234{n + 2}") for n in range(5)]
    names = [opens(device)[1] for device in devices[:4]]
    assert names == ["ready", "ready", "ready", "rest"]
    assert opens(devices[4], **{"X-Forwarded-For": "198.51.100.7"})[1] == "ready"
    assert 'limit="address_streams"} 1.0' in httpx.get(chat.served.url + "/metrics").text


def test_a_change_wakes_the_pages_of_its_chat_only(chat, opens, monkeypatch):
    devices = [started(chat, f"ABCD-234{n + 2}") for n in range(5)]
    pages = [opens(device)[0] for device in devices]
    looks, look = [], streams.look

    async def counted(site, here):
        looks.append(here.chat)
        return await look(site, here)

    monkeypatch.setattr(streams, "look", counted)
    devices[0].says("hello")
    assert any("<b>hello" in data for name, _id, data in pages[0] if name == "message")
    assert set(looks) == {devices[0].chat}


# -- one stream for all chats of a browser


def browser_of(*devices: Device) -> httpx.Client:
    """The cookies of several chats in one browser, as their pages leave them."""
    http = httpx.Client(timeout=15, trust_env=False, verify=False)
    for device in devices:
        assert device.http.get(device.url).status_code == 200
        http.cookies.update(device.http.cookies)
    devices[0].server.browsers.append(http)
    return http


def shared(http: httpx.Client, chat, *at: str):
    """(name, id, data) of each event of a shared stream."""
    device = Device(chat)
    device.http = http
    return device.events_at(f"{chat.served.url}/events", params=[("at", each) for each in at])


def up_to_ready(events, chats: int) -> list[tuple[str, str]]:
    """Name and number of all events until each chat is ready."""
    found = []
    for name, number, _data in events:
        found.append((name, number))
        if sum(name.endswith(".ready") for name, _number in found) == chats:
            return found
    raise AssertionError(found)


def test_one_stream_brings_the_lines_of_all_chats_of_a_browser(chat):
    devices = [started(chat, f"ABCD-234{n + 2}") for n in range(3)]
    one, two, three = (device.chat for device in devices)
    events = shared(browser_of(*devices), chat, f"{one}.0", f"{two}.0", f"{three}.1")
    found = up_to_ready(events, 3)
    assert sorted(found) == sorted(
        [
            (f"{one}.message", "1"),
            (f"{two}.message", "1"),
            *((f"{each}.ready", "") for each in (one, two, three)),
        ]
    )
    devices[2].says("ba")
    name, number, data = next(event for event in events if event[0].endswith(".message"))
    assert (name, number, json.loads(data)["html"]) == (f"{three}.message", "2", "ba")
    assert chat.channel.open_pages == 3
    events.close()


def test_a_chat_that_is_not_proved_gets_nothing_by_a_shared_stream(chat):
    mine, foreign = started(chat), started(chat, "ZZZZ-2222")
    http = browser_of(mine)
    http.cookies.set(f"caunoi_at_{foreign.chat}", "x" * 22, path="/events", domain="127.0.0.1")
    events = shared(http, chat, f"{foreign.chat}.0", f"{mine.chat}.0", "nobody.0")
    found = up_to_ready(events, 1)
    assert {name for name, _id in found if not name.startswith(mine.chat)} == {
        f"{foreign.chat}.alone",
        "nobody.alone",
    }
    events.close()


def test_whoever_comes_to_a_full_stream_goes_alone(chat, monkeypatch):
    monkeypatch.setattr(streams, "MOST", 1)
    devices = [started(chat), started(chat, "ZZZZ-2222")]
    events = shared(browser_of(*devices), chat, *(f"{device.chat}.0" for device in devices))
    assert (f"{devices[1].chat}.alone", "") in up_to_ready(events, 1)
    events.close()


def test_a_shared_stream_that_is_left_leaves_no_page_behind(chat):
    devices = [started(chat), started(chat, "ZZZZ-2222")]
    events = shared(browser_of(*devices), chat, *(f"{device.chat}.0" for device in devices))
    up_to_ready(events, 2)
    assert chat.channel.open_pages == 2
    events.close()
    until(lambda: chat.channel.open_pages == 0)


def test_a_chat_that_is_closed_ends_and_the_others_go_on(chat):
    devices = [started(chat), started(chat, "ZZZZ-2222")]
    events = shared(browser_of(*devices), chat, *(f"{device.chat}.0" for device in devices))
    up_to_ready(events, 2)
    with chat.database.transaction() as session:
        session.execute(update(dialogue).where(dialogue.c.chat == devices[0].chat).values(closed=True))
    chat.channel.ring(devices[0].chat)
    assert next(event[0] for event in events if not event[0].endswith("beat")) == f"{devices[0].chat}.gone"
    devices[1].says("vẫn đây")
    assert next(event[0] for event in events if event[0].endswith("message")) == f"{devices[1].chat}.message"
    events.close()
