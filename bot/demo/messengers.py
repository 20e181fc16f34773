"""The messengers of the demonstration: for each a fake on this computer, the account on it, and people's chats.

What a messenger is like is known to its fake and to its channel; here stands only how a person acts on it, and what
of a chat is to be shown. A fake, and the library its channel needs, are loaded when a phone is first switched to it.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from markupsafe import escape
from pydantic import SecretStr
from sqlmodel import Session

from locales import later
from storage.people.people import Person

if TYPE_CHECKING:
    from bot.demo.fakes.telegram.messenger import FakeTelegram
    from bot.demo.fakes.telegram.user import FakeUser
    from bot.demo.fakes.telegram.wire import Upload
    from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
    from bot.demo.fakes.zalo_bot.user import FakeUser as FakeBotUser
    from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
    from bot.demo.fakes.zalo_oa.user import FakeFollower, OaMessage

A_MONTH = timedelta(days=30)  # no demonstration lasts so long that its tokens would have to be renewed
GREETED_WITHIN = 5.0  # seconds
NO_PHONE = "84900000000"
FOLLOWED = later("Followed the account")
Now = Callable[[], datetime]


class Refusal(Exception):  # noqa: N818  a button that is not there is nobody's fault
    """The phone cannot do this: there is no such button."""


@dataclass(frozen=True)
class Line:
    """One line of a chat as the phone shows it. `place` orders the chat; `stamp` changes when the line does.

    `html` holds what bubble.js shows; `note` is a line about the chat, a marked msgid, and then there is nothing else.
    """

    id: str
    place: float
    stamp: int
    at: datetime
    html: str = ""
    mine: bool = False
    edited: bool = False
    note: str = ""
    buttons: Sequence[Sequence[dict[str, str]]] = ()
    file: "Upload | None" = None


class Chat(ABC):
    """A person's chat with the centre's account on one messenger."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.own: list[Line] = []  # fakes keep what the account said only

    @property
    def lines(self) -> list[Line]:
        """The whole chat, oldest first."""
        return sorted([*self.received(), *self.own], key=lambda line: line.place)

    @property
    def keyboard(self) -> list[list[str]]:
        """Rows of labels under the field, where the messenger has such a thing."""
        return []

    @abstractmethod
    def received(self) -> list[Line]: ...

    @abstractmethod
    def opens(self, code: str) -> None:
        """Come to the account with the code of a slip, at the first time as one does there. May wait for a greeting."""

    @abstractmethod
    def says(self, text: str) -> None:
        """Type it, a code among others."""

    @abstractmethod
    def sends(self, name: str, content: bytes) -> None:
        """Send a file, as far as the messenger brings files to an account."""

    def presses(self, card: str, data: str) -> None:  # noqa: ARG002  most messengers have buttons
        """Press a button under the line `card`. Raises Refusal."""
        raise Refusal

    def taps(self, label: str) -> None:  # noqa: ARG002  only one messenger has this
        """Tap a button of the keyboard. Raises Refusal."""
        raise Refusal

    def _keep(self, place: float, text: str = "", **more: Any) -> None:
        html = str(escape(text))
        self.own.append(Line(f"own{len(self.own)}", place, 0, self.now(), html, mine=True, **more))


class Messenger(ABC):
    """A fake and the centre's account on it. `start` before anything else."""

    kind: ClassVar[str]
    name: ClassVar[str]

    def __init__(self, now: Now, stack: ExitStack, centre: str) -> None:
        self.now, self.stack, self.centre = now, stack, centre

    @abstractmethod
    def start(self) -> dict[str, Any]:
        """Start the fake; it ends with the stack. Returns the settings of the account. Blocks for a moment."""

    def connect(self, session: Session, account_id: int, settings: Any, base: str) -> None:  # noqa: B027  most need nothing
        """What else the account needs before it is opened; `base` is where this program is reached."""

    @abstractmethod
    def chat(self, person: Person) -> Chat:
        """A chat of somebody who has never come to the account."""


def _token() -> str:
    return secrets.token_urlsafe(32)


# -- Telegram


class Telegram(Messenger):
    kind, name = "telegram", "Telegram"
    fake: "FakeTelegram"

    def start(self) -> dict[str, Any]:
        from bot.demo.fakes.telegram.messenger import FakeTelegram

        self.fake = self.stack.enter_context(FakeTelegram(f"1000000001:{_token()}", now=self.now))
        return {"telegram_token": SecretStr(self.fake.token), "telegram_api_url": self.fake.url}

    def chat(self, person: Person) -> Chat:
        return TelegramChat(self.now, self.fake.user(person.name, phone=person.phone or NO_PHONE))


class TelegramChat(Chat):
    def __init__(self, now: Now, user: "FakeUser") -> None:
        super().__init__(now)
        self.user = user

    def received(self) -> list[Line]:
        return [
            Line(
                str(message.id),
                message.id,
                message.stamp,
                datetime.fromtimestamp(message.wire["date"], UTC),
                message.html,
                edited=message.edited > 0,
                buttons=[[_button(*each) for each in row] for row in message.buttons],
                file=message.file,
            )
            for message in self.user.messages
        ]

    @property
    def keyboard(self) -> list[list[str]]:
        return self.user.keyboard

    def opens(self, code: str) -> None:
        self._keep(self.user.starts(code), "/start")  # the payload of a link is not shown

    def says(self, text: str) -> None:
        self._keep(self.user.says(text), text)

    def sends(self, name: str, content: bytes) -> None:
        self._keep(self.user.sends_document(name, content), file=_upload(name, content))

    def presses(self, card: str, data: str) -> None:
        for message in self.user.messages:
            if str(message.id) == card and data in {one for row in message.buttons for _label, one in row}:
                self.user.taps_data(data, message.id)
                return
        raise Refusal

    def taps(self, label: str) -> None:
        if label not in {one for row in self.keyboard for one in row}:
            raise Refusal
        self._keep(int(self.user.taps_keyboard(label)), label)


# -- Zalo Bot


class ZaloBot(Messenger):
    kind, name = "zalo_bot", "Zalo Bot"
    fake: "FakeZaloBot"

    def start(self) -> dict[str, Any]:
        from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot

        made = FakeZaloBot(f"1459232241454765289:{_token()}", polling="kept", now=self.now)
        self.fake = self.stack.enter_context(made)
        return {"zalo_bot_token": SecretStr(self.fake.token), "zalo_bot_api_url": self.fake.url}

    def chat(self, person: Person) -> Chat:
        return ZaloBotChat(self.now, self.fake.user(person.name))


class ZaloBotChat(Chat):
    def __init__(self, now: Now, user: "FakeBotUser") -> None:
        super().__init__(now)
        self.user = user

    def received(self) -> list[Line]:
        return [
            Line(
                message.id,
                message.stamp,
                message.stamp,
                message.at,
                str(escape("\n".join(part for part in (message.photo, message.text) if part))),
            )
            for message in self.user.messages
        ]

    def opens(self, code: str) -> None:
        self.says(f"MA {code}")

    def says(self, text: str) -> None:
        self.user.says(text)
        self._keep(self.user.mark + 0.5, text)

    def sends(self, name: str, content: bytes) -> None:
        self.user.sends_unsupported()
        self._keep(self.user.mark + 0.5, file=_upload(name, content))


# -- Zalo Official Account


class ZaloOa(Messenger):
    kind, name = "zalo_oa", "Zalo OA"
    fake: "FakeZaloOA"

    def start(self) -> dict[str, Any]:
        from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA

        made = FakeZaloOA(
            secret_key=_token(), name=self.centre, now=self.now, lives=A_MONTH.total_seconds(), templates={}
        )
        self.fake = self.stack.enter_context(made)
        return {
            "zalo_oa_app_id": self.fake.app_id,
            "zalo_oa_secret_key": SecretStr(self.fake.webhook_key),
            "zalo_oa_api_url": self.fake.openapi_url,
            "zalo_oa_oauth_url": self.fake.oauth_url,
            "zalo_oa_business_url": self.fake.business_url,
        }

    def connect(self, session: Session, account_id: int, settings: Any, base: str) -> None:
        """The permission is given already, and the platform knows where to bring events."""
        from bot.channels.zalo_oa.webhook import path_of
        from storage.messaging import tokens

        pair = self.fake.oauth.newest
        tokens.replace(session, account_id, pair.access, pair.refresh, A_MONTH, datetime.now(UTC))
        self.fake.webhook = f"{base}{path_of(settings, account_id)}"

    def chat(self, person: Person) -> Chat:
        return ZaloOaChat(self.now, self.fake.user(person.name))


class ZaloOaChat(Chat):
    def __init__(self, now: Now, user: "FakeFollower") -> None:
        super().__init__(now)
        self.user = user

    def received(self) -> list[Line]:
        return [self._line(message) for message in self.user.messages]

    @staticmethod
    def _line(message: "OaMessage") -> Line:
        buttons = [
            [{"label": label, ("data" if kind.startswith("oa.query.") else "url"): carried}]
            for label, carried, kind in message.buttons
        ]
        file = message.file or message.image
        html = str(escape(message.text))
        return Line(message.id, message.stamp, message.stamp, message.at, html, buttons=buttons, file=file)

    def opens(self, code: str) -> None:
        if not self.own:
            self._follows()
        self.says(code)

    def _follows(self) -> None:
        self.user.follows()
        self._keep(self.user.mark + 0.5, note=FOLLOWED)
        with suppress(AssertionError):  # no greeting came: the code will do without
            self.user.wait_message(lambda _message: True, timeout=GREETED_WITHIN)

    def says(self, text: str) -> None:
        self.user.says(text)
        self._keep(self.user.mark + 0.5, text)

    def sends(self, name: str, content: bytes) -> None:
        self.user.sends_file(name, content)
        self._keep(self.user.mark + 0.5, file=_upload(name, content))

    def presses(self, card: str, data: str) -> None:
        """What a button carries comes back, as the person's own line only where its kind shows it."""
        for message in self.user.messages:
            kinds = {payload: kind for _label, payload, kind in message.buttons}
            if message.id == card and kinds.get(data, "").startswith("oa.query."):
                before = len(self.user.lines)
                self.user.presses(data, kinds[data])
                for line in self.user.lines[before:]:
                    self._keep(self.user.mark + 0.5, line)
                return
        raise Refusal


def _button(label: str, carried: str) -> dict[str, str]:
    return {"label": label, ("url" if carried.startswith(("http://", "https://")) else "data"): carried}


def _upload(name: str, content: bytes) -> "Upload":
    from bot.demo.fakes.telegram.wire import Upload

    return Upload(name, "application/octet-stream", content)
