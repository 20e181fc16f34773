"""One ring to a browser's push service: sealed for that browser alone, signed by us, and what the answer means.

The address is what a browser gave, so it leads only where a push service is: by https, to a public host. Whoever makes
it lead elsewhere afterwards still has no certificate for it there.
"""

import asyncio
import json
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.channels.trust import trusted
from storage.base.keyring import Keyring
from storage.base.light import bring_pywebpush
from storage.messaging.rings import Subscription

# The order of the curve P-256: a private key is a number below it.
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LIVES: Final = timedelta(days=1)  # how long a push service keeps a ring for a phone that is off
TOKEN_LIVES: Final = timedelta(hours=12)  # a day is the most
TOPIC: Final = "caunoi"  # a ring takes the place of one that still waits at the push service
PIECE: Final = 256  # bytes: what is sealed is filled up to a multiple, so that its length tells nothing
PATIENCE: Final = 10.0  # seconds for a push service
LONGEST_ADDRESS: Final = 2048  # characters
AT_ONCE: Final = 4


class Outcome(StrEnum):
    RUNG = "rung"
    GONE = "gone"  # the push service knows the subscription no longer
    LATER = "later"
    REFUSED = "refused"  # this ring is not taken, and never will be


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0  # how long the push service asks us to wait, 0 where it does not say


class ForbiddenAddressError(ValueError):
    """An address no push service has."""


def check_address(endpoint: str, own_service: str = "") -> None:
    """Raises ForbiddenAddressError unless it is an https address of a name, at the usual port; `own_service`, the
    address of a push service of one's own, may be anywhere.
    """
    if own_service and endpoint.startswith(f"{own_service}/"):
        return
    if len(endpoint) > LONGEST_ADDRESS:
        raise ForbiddenAddressError("too long")
    parts = urlsplit(endpoint)
    if parts.scheme != "https" or parts.port not in {None, 443} or parts.username is not None:
        raise ForbiddenAddressError("not a plain https address")
    if not parts.hostname or "." not in parts.hostname or _is_number(parts.hostname):
        raise ForbiddenAddressError("not a host's name")


def _is_number(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()


class Push:
    """Sends rings. `about` is who pushes, as push services want to know it: an https or mailto address."""

    def __init__(self, keyring: Keyring, about: str, own_service: str = "") -> None:
        self.keyring, self.about, self.own_service = keyring, about, own_service

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=30)
        return httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(PATIENCE), verify=trusted())

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.aclose()

    @cached_property
    def _vapid(self) -> Any:
        """Our key for all push services: made of the centre's secret, so it is kept and restored with that."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from py_vapid import Vapid02

        return Vapid02(ec.derive_private_key(self.keyring.number("vapid", ORDER), ec.SECP256R1()))

    def public_key(self) -> str:
        """What a browser has to subscribe with: an uncompressed point, base64url."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        from py_vapid.utils import b64urlencode

        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return str(b64urlencode(point))

    async def send(self, to: Subscription, told: dict[str, str], now: datetime) -> Answer:
        """Ring one browser; `now` is real time. Never raises for what an address or its push service may be."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._check(to.endpoint)
                content, headers = await asyncio.to_thread(self._sealed, to, told, now)
                return await self._post(to.endpoint, content, headers)
        except ForbiddenAddressError as error:
            return Answer(Outcome.GONE, str(error))
        except (OSError, TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(Outcome.LATER, type(error).__name__)  # its words may hold the address
        except Exception as error:  # noqa: BLE001  keys that are none: whatever the libraries make of them
            return Answer(Outcome.REFUSED, type(error).__name__)

    async def _check(self, endpoint: str) -> None:
        check_address(endpoint, self.own_service)
        if self.own_service and endpoint.startswith(f"{self.own_service}/"):
            return
        host = urlsplit(endpoint).hostname
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        if not all(ip_address(str(address[0]).partition("%")[0]).is_global for *_kind, address in found):
            raise ForbiddenAddressError("not a public host")

    def _sealed(self, to: Subscription, told: dict[str, str], now: datetime) -> tuple[bytes, dict[str, str]]:
        """The body for this browser alone (RFC 8291), and the headers with our signature (RFC 8292)."""
        plain = json.dumps(told, ensure_ascii=False).encode()
        plain = plain.ljust(-len(plain) // PIECE * -PIECE)  # JSON does not mind spaces
        keys = {"p256dh": to.p256dh, "auth": to.auth}
        pusher = bring_pywebpush().WebPusher({"endpoint": to.endpoint, "keys": keys})
        content = pusher.encode(plain, content_encoding="aes128gcm")["body"]
        where = urlsplit(to.endpoint)
        expires = int((now + TOKEN_LIVES).timestamp())
        claims = {"aud": f"{where.scheme}://{where.netloc}", "exp": expires, "sub": self.about}
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(LIVES.total_seconds())),
            "Urgency": "normal",
            "Topic": TOPIC,
        }
        return content, headers | self._vapid.sign(claims)

    async def _post(self, endpoint: str, content: bytes, headers: dict[str, str]) -> Answer:
        """The answer's body is never read: it may be anything, and as long as it likes."""
        async with self._client.stream("POST", endpoint, content=content, headers=headers) as answer:
            return _meaning(answer)


def _meaning(answer: httpx.Response) -> Answer:
    status = answer.status_code
    if answer.is_success:
        return Answer(Outcome.RUNG)
    if status in {404, 410}:
        return Answer(Outcome.GONE, f"HTTP {status}")
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
        told = answer.headers.get("retry-after", "")
        seconds = float(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0.0
        return Answer(Outcome.LATER, f"HTTP {status}", seconds)
    return Answer(Outcome.REFUSED, f"HTTP {status}")


def about(base: str) -> str:
    """Who we are, for push services: the address people reach us at, where it is one they take."""
    parts = urlsplit(base)
    return f"https://{parts.hostname}" if parts.scheme == "https" else "mailto:caunoi@localhost"
