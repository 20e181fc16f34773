"""The contract of a channel: receive raw updates, parse them, send messages, and give every failure a verdict."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.routing import BaseRoute

from bot.channels.held import Content
from handlers.engine.messages import Incoming
from storage.messaging.accounts import Abilities
from storage.messaging.inbox import Arrival

Store = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(frozen=True)
class RenderedFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A message on its way: wire form (handlers.engine.messages.Message.wire), the rendered file, the card to replace.

    It is an Offering (handlers.engine.choices): `layout(message, most)` says how its choices look where they do
    not all fit.
    `link` leads to the page of the file where the channel does not carry every file, `picture` to a picture itself,
    for the platform to fetch at once (nobody else is shown that address). `asks`: a text is waited for, so digits are text.
    """

    outbox_id: int
    chat: str
    html: str
    buttons: Sequence[Sequence[dict[str, Any]]] = ()
    file: RenderedFile | None = None
    keyboard: Sequence[Sequence[str]] = ()
    asks_phone: str = ""
    edits: str = ""
    lane: str = "reply"
    language: str = "vi"
    page: int = 0
    choices: Sequence[dict[str, Any]] = ()
    several: bool = False
    hint: str = ""
    asks: bool = False
    link: str = ""
    picture: str = ""
    brief: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """The platform took it, as `parts` messages of its own, `at` by its own clock where it tells."""

    external_id: str
    parts: int = 1
    at: datetime | None = None


@dataclass(frozen=True)
class Later:
    """Not now: this chat waits `seconds` (429, a passing fault of this one message). The account goes on
    unless `whole_account`. `too_fast`: the platform says so, and not whether it means the chat or the account; the
    sender concludes that from how many chats hear it at once (bot/workers/troubles.py).
    """

    seconds: float
    reason: str
    whole_account: bool = False
    too_fast: bool = False

    @property
    def is_tried_for_ever(self) -> bool:
        """Whether it says nothing of the message, so that no attempt of it counts as the last."""
        return self.whole_account or self.too_fast


@dataclass(frozen=True)
class Held:
    """It waits for something outside, and no attempt is used up: `quota` (the month's messages are spent), `users`
    (the account has as many as it may), `window` (the person has to write first), `token` (the account has to be
    authorised again). It is looked at again after `seconds`; the delivery table says why it waits.
    """

    reason: str
    seconds: float


@dataclass(frozen=True)
class Impossible:
    """The platform will never take this message. `why` by name, where it is known: `too_large`."""

    reason: str
    why: str = ""


@dataclass(frozen=True)
class Unreachable:
    """The platform will never bring anything to this person. `why` by name, where it is known: `blocked`, `gone` (the
    account is no longer in use), `not_found`, `never_wrote`. What it means to people is handlers/accounts/limits.py's.
    """

    reason: str
    why: str = ""


NOT_TAKEN = {"too_large": ("too long", "too big", "too large")}  # as both bot platforms say it


def known(said: str, names: Mapping[str, Collection[str]]) -> str:
    """The first name of which one of the words stands in what a platform says; "" for none."""
    text = said.casefold()
    return next((name for name, words in names.items() if any(word in text for word in words)), "")


@dataclass(frozen=True)
class Moved:
    """The chat has another id now; send it there."""

    chat: str


@dataclass(frozen=True)
class AccountDown:
    """Time-outs, 5xx, no DNS, token refused: no answer to this message, and none of its attempts is used up.

    Its chat waits; the account does once different chats fail in a row (bot/workers/troubles.py). `refused`: it is the
    account itself that the platform does not take, whatever the chat.
    """

    reason: str
    seconds: float = 5.0
    refused: bool = False


@dataclass(frozen=True)
class Stale:
    """It was held up so long that it says nothing new any more: it is not sent."""


@dataclass(frozen=True)
class Untimely:
    """It was held up past its hour, and now is none: it waits until `at` (business time)."""

    at: datetime


Verdict = Stale | Untimely | Sent | Later | Held | Impossible | Unreachable | Moved | AccountDown


FILE_KEY = "caunoi_file"  # where the stored file's reference is put into the payload


@dataclass(frozen=True)
class Fetched:
    """A file a person sent, or the StoredFile it is already; else why it is not here (too_big, unreachable, unwanted,
    stranger_file, file_quota).
    """

    name: str = ""
    content: Content = b""
    problem: str = ""
    file_id: int | None = None


class Channel(Protocol):
    """One account of one messenger. It is made as (account id, settings, threads, clock)."""

    kind: str
    ABILITIES: Abilities
    account_id: int

    async def start(self) -> None:
        """Open connections, say hello (Telegram: getMe, commands). Raises AccountError with the mend."""

    async def stop(self) -> None: ...

    async def receive(self, store: Store) -> None:
        """Take updates until cancelled, each confirmed only after `store` has returned."""

    def parse(self, payload: dict[str, Any]) -> Incoming:
        """What a stored update says. Raises ValueError, KeyError or TypeError for a malformed one."""

    async def fetch(self, payload: dict[str, Any]) -> Fetched:
        """The file of an update that was stored with `needs_file`."""

    async def send(self, message: Outgoing) -> Verdict:
        """Send or edit one message; never raises for what a platform may answer."""

    def routes(self, store: Store) -> Sequence[BaseRoute]:
        """Where the platform brings updates over HTTP; each is stored before it is answered."""

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """Tell the platform that a button press was taken: once, best effort."""


class AccountError(Exception):
    """An account cannot be used; the message names the setting and the mend."""
