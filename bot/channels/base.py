"""The contract of a channel: receive raw updates, parse them, send messages, and give every failure a verdict."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from handlers.messages import Incoming
from storage.inbox import Arrival

Store = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(frozen=True)
class RenderedFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A message on its way: wire form (handlers.messages.Message.wire), the rendered file, the card to replace."""

    outbox_id: int
    chat: str
    html: str
    buttons: Sequence[Sequence[dict[str, str]]] = ()
    file: RenderedFile | None = None
    keyboard: Sequence[Sequence[str]] = ()
    asks_phone: str = ""
    edits: str = ""


@dataclass(frozen=True)
class Sent:
    """The platform took it."""

    external_id: str


@dataclass(frozen=True)
class Later:
    """Not now: this chat waits `seconds` (429, a passing fault of this one message). The account goes on
    unless `whole_account`.
    """

    seconds: float
    reason: str
    whole_account: bool = False


@dataclass(frozen=True)
class Impossible:
    """The platform will never take this message."""

    reason: str


@dataclass(frozen=True)
class Unreachable:
    """The platform will never bring anything to this person."""

    reason: str


@dataclass(frozen=True)
class Moved:
    """The chat has another id now; send it there."""

    chat: str


@dataclass(frozen=True)
class AccountDown:
    """Time-outs, 5xx, no DNS, token refused: nothing goes out, and no message's attempts are used up."""

    reason: str
    seconds: float = 5.0


Verdict = Sent | Later | Impossible | Unreachable | Moved | AccountDown


@dataclass(frozen=True)
class Fetched:
    """A file a person sent, or why it is not here (too_big, unreachable)."""

    name: str = ""
    content: bytes = b""
    problem: str = ""


class Channel(Protocol):
    """One account of one messenger."""

    kind: str
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

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """Tell the platform that a button press was taken: once, best effort."""


class AccountError(Exception):
    """An account cannot be used; the message names the setting and the mend."""


@dataclass
class Registry:
    """The channels of this process by account id."""

    by_account: dict[int, Channel] = field(default_factory=dict)

    def add(self, channel: Channel) -> None:
        self.by_account[channel.account_id] = channel
