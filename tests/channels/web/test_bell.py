"""What nobody has looked at rings: sealed for one browser, through a push service that refuses what real ones refuse."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from Crypto.PublicKey import ECC
from sqlalchemy import text
from sqlmodel import select

from bot.workers.pushing import Answer, Outcome, Push
from bot.workers.ringer import RETRIES, Ringer
from storage.base.keyring import Keyring
from storage.messaging import rings
from storage.messaging.rings import Subscription, push_subscription
from storage.people.people import Centre
from tests.houses.web.chatting import START
from tests.houses.web.devices import Device
from tests.houses.web.push_service import Browser, decoded, encoded, push_service

TITLE = {"title": "Trung tâm có tin mới"}
RFC_8291 = {  # its section 5
    "plain": b"When I grow up, I want to be a watermelon",
    "private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PB"
    "ru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


class Rung:
    """A web chat with a push service, and somebody's device in whose browser the bell is on."""

    def __init__(self, chat, service) -> None:
        self.chat, self.service = chat, service
        service.now = lambda: chat.time.timestamp()  # noqa: PLW0108  time goes on
        chat.app.state.site = self.site = replace(chat.site, push_service=service.served.url)
        self.ringer = Ringer(chat.threads, chat.clock, self.site.push)
        self.device = Device(chat).starts()
        chat.binds(self.device.chat)
        self.device.reads(until="Phiếu này")
        self.looks()
        self.key = self.device.http.get(self.device.url + "bell").json()["key"]
        self.browser = service.browser(self.key, "one")
        assert self.gives(self.browser.subscription).status_code == 200

    def gives(self, what: dict) -> httpx.Response:
        return self.device.http.put(self.device.url + "bell", json=what)

    def says(self, words: str, **more) -> int:
        """The centre says something; the line's number, once it stands in the chat."""
        self.chat.says(self.device.chat, words, **more)
        return self.device.reads(until=words)[-1]["n"]

    def looks(self, line: int = 10**6) -> None:
        assert self.device.http.post(self.device.url + "seen", json={"n": line}).status_code == 200

    def passes(self, seconds: float = 10) -> None:
        """Time goes on, and whoever is to be rung is rung."""
        self.chat.later(seconds=seconds)
        while self.chat.served.call(self.ringer.step):
            pass

    def rows(self) -> list:
        return self.chat.rows(push_subscription)

    @property
    def told(self) -> list[dict]:
        return [json.loads(self.browser.opens(pushed.body)) for pushed in self.service.taken]


@pytest.fixture
def rung(chat):
    with push_service() as service:
        made = Rung(chat, service)
        yield made
        chat.served.call(made.site.push.close)
        assert service.refused == []


# -- sealed and signed


def test_the_standards_own_example_is_opened_by_the_library_that_opens_ours():
    secret = int.from_bytes(decoded(RFC_8291["private"]))
    browser = Browser("", ECC.construct(curve="P-256", d=secret), decoded(RFC_8291["auth"]))
    assert browser.opens(decoded(RFC_8291["body"])) == RFC_8291["plain"]


def test_what_nobody_has_seen_rings_and_tells_nothing_but_that(rung):
    rung.says("Điểm của đồng chí: 4")
    rung.passes()
    assert rung.told == [TITLE]
    [pushed] = rung.service.taken
    assert {name: pushed.headers[name] for name in ("ttl", "urgency", "topic")} == {
        "ttl": "86400", "urgency": "normal", "topic": "caunoi",
    }  # fmt: skip
    told = json.dumps([pushed.path, pushed.headers])
    assert rung.device.chat not in told
    assert "4" not in rung.told[0]["title"]


def test_no_other_browser_opens_it(rung):
    rung.says("tin")
    rung.passes()
    with pytest.raises(ValueError, match="MAC"):
        replace(rung.browser, auth=bytes(16)).opens(rung.service.taken[0].body)


def test_the_key_is_made_of_the_centres_secret(rung):
    """It is restored with it, and every process has the same."""
    secret = "a secret for tests only, forty letters.."
    assert Push(Keyring(secret), "").public_key() == rung.key
    assert Push(Keyring(secret[::-1]), "").public_key() != rung.key
    assert len(decoded(rung.key)) == 65


def test_its_length_tells_nothing(rung):
    edit_centre(rung, push_first_line=True)
    for words in ("ngắn", "dài " * 20):
        rung.says(words, lane="broadcast")
        rung.passes(100)
    assert len({len(pushed.body) for pushed in rung.service.taken}) == 1


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("no VAPID", {"Authorization": ""}),
        ("no VAPID", {"Authorization": "WebPush abc"}),
        ("for another push service", {"aud": "https://push.example.com"}),
        ("over, or good for more than a day", {"exp": 25 * 3600}),
        ("over, or good for more than a day", {"exp": -1}),
        ("from nobody", {"sub": "somebody"}),
        (
            "another key than the browser subscribed with",
            {"secret": "another secret, as long as it has to be."},
        ),
        ("not signed with that key", {"signature": "A" * 86}),
        ("not sealed as RFC 8188 says", {"Content-Encoding": "aesgcm"}),
        ("no TTL", {"TTL": ""}),
        ("no such urgency", {"Urgency": "now"}),
        ("no such topic", {"Topic": "x" * 33}),
        ("more than 4096 bytes", {"body": b"x" * 4097}),
    ],
)
def test_the_push_service_refuses_what_real_ones_refuse(reason, change):
    """What is right but for one thing."""
    from py_vapid.jwt import sign

    with push_service() as service:
        push = Push(
            Keyring(change.get("secret", "a secret for tests only, forty letters..")), "mailto:a@b.vn"
        )
        right = Push(Keyring("a secret for tests only, forty letters.."), "")
        browser = service.browser(right.public_key())
        now = int(service.now())
        claims = {"aud": service.served.url, "exp": now + 3600, "sub": "mailto:a@b.vn"}
        claims |= {name: change[name] for name in ("aud", "sub") if name in change}
        claims |= {"exp": now + change["exp"]} if "exp" in change else {}
        token = sign(claims, push._vapid.private_key)
        if "signature" in change:
            token = f"{token.rpartition('.')[0]}.{change['signature']}"
        given = {name: value for name, value in change.items() if name[0].isupper()}
        headers = {"Authorization": f"vapid t={token},k={push.public_key()}", "TTL": "60"}
        headers |= {"Content-Encoding": "aes128gcm"} | given
        answer = httpx.post(browser.endpoint, content=change.get("body", b"x"), headers=headers)
        assert (answer.is_success, service.refused) == (False, [reason])


# -- when it rings


def test_ten_messages_ring_once(rung):
    for number in range(10):
        rung.says(f"tin {number}")
    rung.passes()
    assert len(rung.service.taken) == 1


def test_what_comes_right_after_a_ring_waits_a_minute_and_rings_once(rung):
    rung.says("một")
    rung.passes()
    for words in ("hai", "ba"):
        rung.says(words)
        rung.passes()
    assert len(rung.service.taken) == 1
    rung.passes(60)
    assert len(rung.service.taken) == 2
    rung.passes(3600)
    assert len(rung.service.taken) == 2


def test_what_somebody_has_seen_does_not_ring(rung):
    rung.looks(rung.says("đã xem"))
    rung.passes()
    assert rung.service.asked == 0


def test_what_came_after_the_look_rings(rung):
    line = rung.says("đã xem")
    rung.says("chưa xem")
    rung.looks(line)
    rung.passes()
    assert rung.told == [TITLE]


def test_ones_own_words_do_not_ring(rung):
    rung.device.says("xin chào")
    answer = rung.device.reads(until="<b>xin chào")[-1]
    rung.looks(answer["n"])
    rung.passes()
    assert rung.service.asked == 0


def test_a_kill_between_the_answer_and_its_writing_down_rings_once_more(rung):
    rung.says("tin")
    rung.chat.later(seconds=10)

    def killed(*_anything):
        raise KeyboardInterrupt

    rung.ringer._settle = killed
    with pytest.raises(BaseException):  # noqa: B017  whatever the loop makes of it
        asyncio.run(_step_alone(rung))
    del rung.ringer._settle
    rung.passes()
    assert rung.told == [TITLE, TITLE]
    rung.passes(3600)
    assert len(rung.told) == 2


async def _step_alone(rung) -> None:
    """One step in a loop of its own, with connections of its own."""
    push = Push(rung.site.keyring, rung.site.push.about, rung.site.push_service)
    ringer = Ringer(rung.chat.threads, rung.chat.clock, push)
    ringer._settle = rung.ringer._settle
    try:
        await ringer.step()
    finally:
        await push.close()


def test_a_clock_set_back_keeps_nobody_waiting(rung):
    rung.says("tin")
    rung.chat.later(days=-1)
    rung.passes()
    assert rung.told == [TITLE]


# -- a push service in trouble


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_the_push_service_knows_no_longer_is_dropped(rung, status):
    rung.service.answers.append((status, {}))
    rung.says("tin")
    rung.passes()
    assert rung.rows() == []
    rung.says("tin nữa")
    rung.passes(3600)
    assert rung.service.asked == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_is_tried_again_a_few_times_and_then_left(rung, status):
    rung.service.answers += [(status, {})] * 10
    rung.says("tin")
    rung.passes()
    for tried, seconds in enumerate(RETRIES, 1):
        rung.passes(seconds - 1)
        assert rung.service.asked == tried
        rung.passes(1)
    assert rung.service.asked == len(RETRIES) + 1
    rung.passes(86400)
    assert rung.service.asked == len(RETRIES) + 1
    assert [row.line for row in rung.rows()] == [None], "the next message rings again"


def test_it_waits_as_long_as_it_is_asked_to(rung):
    rung.service.answers.append((429, {"Retry-After": "300"}))
    rung.says("tin")
    rung.passes()
    rung.passes(299)
    assert rung.service.asked == 1
    rung.passes(1)
    assert rung.told == [TITLE]


def test_what_is_refused_is_not_tried_again(rung):
    rung.service.answers.append((400, {}))
    rung.says("tin")
    rung.passes(3600)
    assert (rung.service.asked, len(rung.rows())) == (1, 1)


def test_no_push_service_at_all_delays_no_message(rung):
    rung.service.served.stop()
    assert rung.says("tin") > 0
    rung.passes()
    assert [row.attempts for row in rung.rows()] == [1]
    rung.looks()
    assert [(row.line, row.attempts) for row in rung.rows()] == [(None, 0)]


# -- what is taken, and from whom


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.com/x",
        "https://10.0.0.7/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://push.example.com:8080/x",
        "https://me@push.example.com/x",
        "https://push.example.com/" + "x" * 2048,
        "file:///etc/passwd",
        "https://push.example.com:port/x",
        "",
        None,
        7,
    ],
)
def test_an_address_that_no_push_service_has_is_refused(rung, endpoint):
    answer = rung.gives({**rung.browser.subscription, "endpoint": endpoint})
    assert answer.status_code == 400
    assert "không gửi thông báo tới được" in answer.json()["error"]
    assert len(rung.rows()) == 1


@pytest.mark.parametrize(
    "keys", [None, {}, {"p256dh": "AA", "auth": "AA"}, {"p256dh": "ă" * 87, "auth": 7}, "x"]
)
def test_keys_that_are_none_are_refused(rung, keys):
    assert rung.gives({**rung.browser.subscription, "keys": keys}).status_code == 400


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_a_name_that_leads_inside_is_not_asked(monkeypatch, address):
    async def found(*_where, **_how):
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", (address, 443))]

    async def rings() -> Answer:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        push = Push(Keyring("a secret for tests only, forty letters.."), "mailto:a@b.vn")
        given = Browser("https://push.example.com/x").subscription
        return await push.send(Subscription(given["endpoint"], **given["keys"]), TITLE, START)

    assert asyncio.run(rings()) == Answer(Outcome.GONE, "not a public host")


def test_a_point_off_the_curve_harms_nobody(rung):
    keys = {"p256dh": encoded(b"\x04" + bytes(64)), "auth": encoded(bytes(16))}
    assert rung.gives({"endpoint": f"{rung.service.served.url}/push/odd", "keys": keys}).status_code == 200
    rung.says("tin")
    rung.passes()
    assert rung.told == [TITLE]
    assert [row.line for row in rung.rows()] == [None, None]


def test_a_chat_nobody_is_linked_with_is_not_rung(rung):
    stranger = Device(rung.chat).starts("ZZZZ-2222")
    answer = stranger.http.put(stranger.url + "bell", json=rung.browser.subscription)
    assert answer.status_code == 403
    assert "chưa liên kết" in answer.json()["error"]


@pytest.mark.parametrize("path", ["bell", "manifest.json", "worker.js"])
def test_another_device_gets_nothing(rung, path):
    assert httpx.get(rung.device.url + path).status_code == 403


def test_another_sites_page_changes_nothing(rung):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for method, path in (("PUT", "bell"), ("DELETE", "bell"), ("POST", "seen")):
        answer = rung.device.http.request(method, rung.device.url + path, json={}, headers=foreign)
        assert answer.status_code == 403
    assert len(rung.rows()) == 1


def test_a_chat_has_few_of_them_and_the_newest_stay(rung):
    for number in range(5):
        assert rung.gives(rung.service.browser(rung.key, f"{number}").subscription).status_code == 200
        assert rung.gives(rung.service.browser(rung.key, f"{number}").subscription).status_code == 200
    assert [row.endpoint[-1] for row in rung.rows()] == ["2", "3", "4"]
    assert rings.MOST == 3


def test_the_address_and_the_keys_are_sealed(rung):
    with rung.chat.database.reading() as session:
        stored = repr(session.execute(text("SELECT * FROM push_subscription")).all())
    given = rung.browser.subscription
    assert not any(secret in stored for secret in (given["endpoint"], *given["keys"].values()))


def test_it_is_turned_off(rung):
    assert rung.device.http.delete(rung.device.url + "bell").status_code == 200
    rung.says("tin")
    rung.passes()
    assert (rung.rows(), rung.service.asked) == ([], 0)


# -- what it tells where the centre allows more


def edit_centre(rung, **options) -> None:
    with rung.chat.database.transaction() as session:
        for centre in session.exec(select(Centre)):
            centre.options = options


def test_the_first_line_is_told_where_the_centre_allows_it(rung):
    edit_centre(rung, push_first_line=True)
    rung.says("<b>THÔNG BÁO</b> khai giảng &amp; lịch học\nHội trường tầng 2", lane="broadcast")
    rung.passes()
    assert rung.told == [{**TITLE, "body": "THÔNG BÁO khai giảng & lịch học"}]


@pytest.mark.parametrize("more", [{"lane": "reply"}, {"lane": "broadcast", "private": True}])
def test_marks_conduct_and_answers_are_never_told(rung, more):
    edit_centre(rung, push_first_line=True)
    rung.says("Điểm của đồng chí: 4", **more)
    rung.passes()
    assert rung.told == [TITLE]
