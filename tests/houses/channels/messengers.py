"""The four messengers behind one face: people at their phones, on the whole running program, over real HTTP.

Each Messenger gives the settings that join the program to its fake, and people who bind, choose and read there the
way that messenger lets them: by buttons, by buttons that speak, by numbers and words.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.channels.zalo_bot import channel as zalo_bot
from bot.channels.zalo_oa.webhook import path_of
from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from tests.houses.web.devices import Device

TELEGRAM_TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"
ZALO_TOKEN = "1459232241454765289:a-token-for-tests"
APP, KEY = "1000000001", "a-secret-of-the-application"
MORE = "Xem thêm"
NUMBERED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
WORDS = re.compile(r"^- (.+)$", re.MULTILINE)
TYPED = re.compile(r"(?:hoặc|Đồng chí có thể) nhắn:((?:\n- .+)+)")


@dataclass(frozen=True)
class Card:
    """A message as it stands now: edited ones in their place. `offers` presses by label."""

    id: str
    text: str
    offers: dict[str, Any]


class Someone:
    """A person at a phone. `sent` counts what he did; what came since then is `news`."""

    pause = 0.04  # seconds between two looks

    def __init__(self, user: Any) -> None:
        self.user = user
        self.sent = 0
        self.known: dict[str, str] = {}

    def cards(self) -> list[Card]:
        raise NotImplementedError

    def starts(self, code: str) -> None:
        self._says(f"MA {code}")

    def _says(self, text: str) -> None:
        self.user.says(text)

    def _chooses(self, card: Card, label: str) -> None:
        raise NotImplementedError

    def _acts(self) -> None:
        self.known = {card.id: card.text for card in self.cards()}
        self.sent += 1

    def news(self) -> list[Card]:
        """What came, or changed, since he last did something."""
        return [card for card in self.cards() if self.known.get(card.id) != card.text]

    def says(self, text: str) -> "Someone":
        self._acts()
        self._says(text)
        return self

    @property
    def choices(self) -> list[str]:
        """What is offered by the newest card that is news, else by the newest of all."""
        return list(self._offering().offers)

    def _offering(self) -> Card:
        found = [card for card in (*self.cards(), *self.news()) if card.offers]
        assert found, "nothing is offered"
        return found[-1]

    def chooses(self, beginning: str) -> "Someone":
        """Choose what is called so, or begins so; turning a page of the choices is not counted."""
        for _page in range(5):
            card = self._offering()
            label = next((one for one in card.offers if one.startswith(beginning)), "")
            if label or MORE not in card.offers:
                break
            self._acts()
            self.sent -= 1
            self._chooses(card, MORE)
            self.waits_for("")
        assert label, f"{beginning!r} is not among {self.choices}"
        self._acts()
        self._chooses(card, label)
        return self

    def waits_for(self, *words: str, timeout: float = 20) -> str:
        """The newest text with one of these words, among what came since he last did something."""
        end = time.monotonic() + timeout
        while True:
            found = [card.text for card in self.news() if any(one in card.text for one in words)]
            if found:
                return found[-1]
            assert time.monotonic() < end, f"{words!r} did not come; seen: {self.cards()[-2:]}"
            time.sleep(self.pause)  # the answer comes over a wire

    def heard(self, words: str) -> int:
        """In how many messages these words stand."""
        return sum(words in card.text for card in self.cards())

    def binds(self, code: str) -> "Someone":
        """The code, "Đúng là tôi", and the consents: a learner is asked for two."""
        if self.user.__class__ is not Device:  # a device has no chat yet
            self._acts()
        self.starts(code)
        self.waits_for("Có đúng là đồng chí không?")
        self.chooses("Đúng là tôi").waits_for("xin phép xử lý họ tên")
        if "nhạy cảm" in self.chooses("Đồng ý").waits_for("nhạy cảm", "Đã liên kết"):
            self.chooses("Đồng ý").waits_for("Đã liên kết")
        return self


class OnTelegram(Someone):
    def cards(self) -> list[Card]:
        return [
            Card(str(one.id), one.text, {label: data for row in one.buttons for label, data in row})
            for one in self.user.messages
        ]

    def starts(self, code: str) -> None:
        self.user.starts(code.replace("-", ""))

    def _chooses(self, card: Card, label: str) -> None:
        self.user.taps_data(card.offers[label], int(card.id))


class Typing(Someone):
    """A person who has to type: numbers where the list has them, words elsewhere."""

    def cards(self) -> list[Card]:
        return [Card(one.id, one.text, self._offers(one)) for one in self.user.messages]

    def _offers(self, message: Any) -> dict[str, Any]:
        typed = TYPED.search(message.text)
        numbered = {label: number for number, label in NUMBERED.findall(message.text)}
        return {**numbered, **{word: word for word in (WORDS.findall(typed[1]) if typed else [])}}

    def _chooses(self, card: Card, label: str) -> None:
        self.user.says(card.offers[label])


class OnOfficialAccount(Typing):
    def _offers(self, message: Any) -> dict[str, Any]:
        numbered = {label: number for number, label in NUMBERED.findall(message.text)}
        return {**numbered, **{label: payload for label, payload, kind in message.buttons if "query" in kind}}


class OnWeb(Someone):
    pause = 0.1

    def cards(self) -> list[Card]:
        shown: dict[int, dict[str, Any]] = {}
        for line in self.user.transcript() if self.user.chat else []:
            if not line["mine"]:
                shown[line["replaces"] or line["n"]] = line
        return [
            Card(
                str(number),
                str(Markup(line["html"].replace("\n", " ⏎ ")).striptags()),
                {one["label"]: one["data"] for row in line["buttons"] for one in row if "data" in one},
            )
            for number, line in shown.items()
        ]

    def starts(self, code: str) -> None:
        self.user.starts(code)

    def _chooses(self, card: Card, label: str) -> None:
        assert self.user.sends(press=card.offers[label], message_id=card.id).status_code == 200


# --- the messengers


class Messenger:
    """`settings` join the program to the fake; `someone(program, name)` is a new person there."""

    kind = "web"

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.browsers: list[Any] = []
        self.fake: Any = None

    def joins(self, program: Any) -> None:
        """The program has started."""

    def someone(self, program: Any, _name: str) -> Someone:
        return OnWeb(Device(_Site(program, self.browsers)))

    def violations(self) -> list[str]:
        return list(self.fake.violations) if self.fake else []


class _Site:
    """What a Device needs to know of the running program."""

    def __init__(self, program: Any, browsers: list[Any]) -> None:
        self.program, self.browsers = program, browsers
        self.served = self
        self.url = f"http://127.0.0.1:{program.app.port}"

    def link(self, code: str) -> str:
        return f"{self.url}/b/{code}.{self.program.app.keyring.sign('link', code)}"


class Telegram(Messenger):
    kind = "telegram"

    def __init__(self, fake: FakeTelegram) -> None:
        super().__init__()
        self.fake = fake
        self.settings = {"telegram_token": TELEGRAM_TOKEN, "telegram_api_url": fake.url}

    def someone(self, _program: Any, name: str) -> Someone:
        return OnTelegram(self.fake.user(name))


class ZaloBot(Messenger):
    kind = "zalo_bot"

    def __init__(self, fake: FakeZaloBot) -> None:
        super().__init__()
        self.fake = fake
        self.settings = {"zalo_bot_token": ZALO_TOKEN, "zalo_bot_api_url": fake.url}

    def someone(self, _program: Any, name: str) -> Someone:
        return Typing(self.fake.user(name))


class ZaloOA(Messenger):
    kind = "zalo_oa"

    def __init__(self, fake: FakeZaloOA) -> None:
        super().__init__()
        self.fake = fake
        self.settings = {
            "zalo_oa_app_id": APP,
            "zalo_oa_secret_key": KEY,
            "zalo_oa_refresh_token": fake.refresh_token,
            "zalo_oa_api_url": fake.openapi_url,
            "zalo_oa_oauth_url": fake.oauth_url,
            "zalo_oa_business_url": fake.business_url,
        }

    def joins(self, program: Any) -> None:
        channel = next(one for one in program.app.channels.values() if one.kind == self.kind)
        path = path_of(program.settings, channel.account_id)
        self.fake.webhook = f"http://127.0.0.1:{program.app.port}{path}"

    def someone(self, _program: Any, name: str) -> Someone:
        return OnOfficialAccount(self.fake.user(name))


@contextmanager
def messenger(kind: str, monkeypatch: Any, **switches: Any) -> Iterator[Messenger]:
    """One of web, telegram, zalo_bot, zalo_oa, on its fake; what goes against the platform fails the test."""
    if kind == "web":
        made = Messenger()
        yield made
        for browser in made.browsers:
            browser.close()
    elif kind == "telegram":
        with FakeTelegram(TELEGRAM_TOKEN, **switches) as telegram:
            yield (made := Telegram(telegram))
    elif kind == "zalo_bot":
        monkeypatch.setattr(zalo_bot, "BETWEEN_POLLS", 0.06)
        with FakeZaloBot(ZALO_TOKEN, **switches) as bot:
            yield (made := ZaloBot(bot))
    else:
        assert kind == "zalo_oa", f"no test speaks through {kind} yet"
        with FakeZaloOA(APP, secret_key=KEY, **switches) as account:
            yield (made := ZaloOA(account))
    assert made.violations() == [], made.violations()
