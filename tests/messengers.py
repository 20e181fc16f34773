"""The four messengers behind one face: people at their phones, on the whole running program, over real HTTP.

Each Messenger gives the settings that join the program to its fake, and people who bind, choose and read there the
way that messenger lets them: by buttons, by buttons that speak, by numbers and words.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from markupsafe import Markup

from bot.channels import zalo_bot
from bot.channels.zalo_oa_webhook import path_of
from bot.fakes.telegram import FakeTelegram
from bot.fakes.zalo_bot import FakeZaloBot
from bot.fakes.zalo_oa import FakeZaloOA
from tests.devices import Device

TELEGRAM_TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"
ZALO_TOKEN = "1459232241454765289:a-token-for-tests"
APP, KEY = "1000000001", "a-secret-of-the-application"
NUMBERED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
WORDS = re.compile(r"(?:hoặc gõ|Có thể gõ): ([^.]+)\.")


class Someone:
    """A person at a phone. `seen` are the texts of all messages so far, `sent` counts what he did."""

    pause = 0.02  # seconds between two looks

    def __init__(self) -> None:
        self.sent = 0

    @property
    def seen(self) -> list[str]:
        raise NotImplementedError

    @property
    def choices(self) -> list[str]:
        """What the newest message that offers something offers."""
        raise NotImplementedError

    def starts(self, code: str) -> None:
        raise NotImplementedError

    def _says(self, text: str) -> None:
        raise NotImplementedError

    def _chooses(self, label: str) -> None:
        raise NotImplementedError

    def says(self, text: str) -> "Someone":
        self._before = len(self.seen)
        self.sent += 1
        self._says(text)
        return self

    def chooses(self, beginning: str) -> "Someone":
        """Choose what is called so, or begins so."""
        label = self._find(beginning)
        assert label, f"{beginning!r} is not among {self.choices}"
        self._before = len(self.seen)
        self.sent += 1
        self._chooses(label)
        return self

    def _find(self, beginning: str) -> str:
        """The label, wherever it stands; turning a page of the choices is not counted."""
        for _page in range(5):
            found = next((one for one in self.choices if one.startswith(beginning)), "")
            if found or "Xem thêm" not in self.choices:
                return found
            self._before = len(self.seen)
            self._chooses("Xem thêm")
            self.waits_for("")
        return ""

    def waits_for(self, *words: str, timeout: float = 20) -> str:
        """The newest text with one of these words, among what came since he last did something."""
        end = time.monotonic() + timeout
        while True:
            found = [text for text in self.news() if any(one in text for one in words)]
            if found:
                return found[-1]
            assert time.monotonic() < end, f"{words!r} did not come; seen: {self.seen[-2:]}"
            time.sleep(0.02)

    def news(self) -> list[str]:
        return self.seen[getattr(self, "_before", 0) :]

    def heard(self, words: str) -> int:
        """In how many messages these words stand."""
        return sum(words in text for text in self.seen)

    def binds(self, code: str) -> "Someone":
        """The code, "Đúng là tôi", and the consents that were not given before."""
        self._before = len(self.seen)
        self.sent += 1
        self.starts(code)
        self.waits_for("Có đúng là đồng chí không?")
        self.chooses("Đúng là tôi").waits_for("xin phép xử lý họ tên")
        told = self.chooses("Đồng ý").waits_for("thông tin đảng viên", "Đã liên kết")
        if "thông tin đảng viên" in told:
            self.chooses("Đồng ý").waits_for("Đã liên kết")
        return self


class OnTelegram(Someone):
    def __init__(self, user: Any) -> None:
        super().__init__()
        self.user = user

    @property
    def seen(self) -> list[str]:
        return [message.text for message in self.user.messages]

    def news(self) -> list[str]:
        """Cards are edited in place: the newest ones as they stand now count as well."""
        return self.seen[max(0, min(getattr(self, "_before", 0), len(self.seen) - 1)) :]

    @property
    def choices(self) -> list[str]:
        return list(self.user.buttons)

    def starts(self, code: str) -> None:
        self.user.starts(code.replace("-", ""))

    def _says(self, text: str) -> None:
        self.user.says(text)

    def _chooses(self, label: str) -> None:
        self.user.taps(label)


class Typing(Someone):
    """A person who has to type: numbers where the list has them, words elsewhere."""

    def __init__(self, user: Any) -> None:
        super().__init__()
        self.user = user

    @property
    def seen(self) -> list[str]:
        return [message.text for message in self.user.messages]

    @property
    def choices(self) -> list[str]:
        for message in reversed(self.user.messages):
            found = self._offered(message)
            if found:
                return found
        return []

    def _offered(self, message: Any) -> list[str]:
        words = WORDS.search(message.text)
        return [
            *(label for _n, label in NUMBERED.findall(message.text)),
            *(words[1].split("; ") if words else []),
        ]

    def starts(self, code: str) -> None:
        self._says(f"MA {code}")

    def _says(self, text: str) -> None:
        self.user.says(text)

    def _chooses(self, label: str) -> None:
        for text in reversed(self.seen):
            numbers = {words: number for number, words in NUMBERED.findall(text)}
            if label in numbers:
                self.user.says(numbers[label])
                return
            if label in text:
                break
        self.user.says(label)


class OnOfficialAccount(Typing):
    def _offered(self, message: Any) -> list[str]:
        return [*(label for _n, label in NUMBERED.findall(message.text)), *message.labels]

    def _chooses(self, label: str) -> None:
        if label in self.user.buttons:
            self.user.taps(label)
        else:
            super()._chooses(label)


class OnWeb(Someone):
    pause = 0.1

    def __init__(self, device: Device) -> None:
        super().__init__()
        self.device = device

    def _lines(self) -> list[dict[str, Any]]:
        """Each line as it stands now: one that takes a card's place stands where the card stood."""
        shown: dict[int, dict[str, Any]] = {}
        for line in self.device.transcript() if self.device.chat else []:
            shown[line["replaces"] or line["n"]] = line
        return [line for line in shown.values() if not line["mine"]]

    @property
    def seen(self) -> list[str]:
        return [str(Markup(line["html"].replace("\n", " ⏎ ")).striptags()) for line in self._lines()]

    def news(self) -> list[str]:
        return self.seen[max(0, min(getattr(self, "_before", 0), len(self.seen) - 1)) :]

    @property
    def _buttons(self) -> list[tuple[str, str, int]]:
        for line in reversed(self._lines()):
            found = [(b["label"], b["data"], line) for row in line["buttons"] for b in row if "data" in b]
            if found:
                return [(label, data, line["replaces"] or line["n"]) for label, data, line in found]
        return []

    @property
    def choices(self) -> list[str]:
        return [label for label, _data, _card in self._buttons]

    def starts(self, code: str) -> None:
        self.device.starts(code)

    def _says(self, text: str) -> None:
        self.device.says(text)

    def _chooses(self, label: str) -> None:
        data, card = next((data, card) for words, data, card in self._buttons if words == label)
        assert self.device.sends(press=data, message_id=str(card)).status_code == 200


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
        monkeypatch.setattr(zalo_bot, "BETWEEN_POLLS", 0.02)
        with FakeZaloBot(ZALO_TOKEN, **switches) as bot:
            yield (made := ZaloBot(bot))
    else:
        with FakeZaloOA(APP, secret_key=KEY, **switches) as account:
            yield (made := ZaloOA(account))
    assert made.violations() == [], made.violations()
