"""The chat on the home screen: what a phone is told of it, and the way in where the home screen has its own cookies."""

import httpx
import pytest

from bot.web.pages import _names, _read
from tests.houses.web.devices import Device

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36"
)


@pytest.fixture
def device(chat):
    started = Device(chat).starts()
    started.reads(until="Phiếu này")
    return started


def manifest(device, agent: str = ANDROID) -> dict:
    answer = device.http.get(device.url + "manifest.json", headers={"User-Agent": agent})
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def home(device) -> str:
    return device.server.served.url + manifest(device, IPHONE)["start_url"]


def test_the_manifest_names_the_centre_and_opens_this_chat(device):
    told = manifest(device)
    assert told["name"] == "Trung tâm Chính trị phường An Hòa"
    assert len(told["short_name"]) <= 12
    assert told["id"] == told["scope"] == told["start_url"] == f"/chat/{device.chat}/"
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}


def test_the_icons_are_pictures_of_their_size_and_small(device):
    for icon in manifest(device)["icons"]:
        answer = device.http.get(device.server.served.url + icon["src"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        width, height = (int.from_bytes(answer.content[at : at + 4]) for at in (16, 20))
        assert f"{width}x{height}" == icon["sizes"]
    assert sum(len(_read(name)) for name in _names() if name.endswith(".png")) < 16_000


def test_the_service_worker_is_the_chats_own_and_nothing_is_kept(device):
    answer = device.http.get(device.url + "worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not any(word in answer.text for word in ("fetch", "caches", device.chat))


def test_the_home_screen_of_an_iphone_is_let_in_once(device):
    address = home(device)
    with httpx.Client(trust_env=False, follow_redirects=True) as icon:
        answer = icon.get(address)
        assert (answer.status_code, str(answer.url)) == (200, device.url), (
            "the address it was let in by is gone"
        )
        assert icon.get(address).status_code == 200  # it has its cookie now
    assert httpx.get(address, follow_redirects=True).status_code == 403


def test_the_device_itself_uses_up_nothing(device):
    address = home(device)
    assert device.http.get(address, follow_redirects=True).status_code == 200
    assert httpx.get(address).status_code == 303


def test_the_way_in_ends_after_a_week(device):
    address = home(device)
    device.server.later(days=8)
    assert httpx.get(address).status_code == 403


def test_a_way_in_that_is_made_up_or_another_chats_is_none(device, chat):
    other = Device(chat).starts("ZZZZ-2222")
    other.reads(until="Phiếu này")
    told = home(device).partition("home=")[2]
    for made_up in (told, "9999999999." + "x" * 22, "x.y", ".", "9" * 30 + "." + told.partition(".")[2]):
        assert httpx.get(other.url, params={"home": made_up}).status_code == 403
