"""Open pages of the web chat: a chat has few, an address some dozens, and a change wakes those it concerns."""

import json
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from bot.limits import Limits
from bot.web import streams
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
