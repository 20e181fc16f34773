"""A push service as browsers have one, on this computer: it refuses what a real one refuses, and keeps what it takes.

A `Browser` is the other end: the keys it subscribed with, and the opening of what was sealed for it, by another library
than the one that sealed it (RFC 8291, over RFC 8188).
"""

import base64
import json
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import key_agreement
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.houses.serving import Served, serve

LARGEST = 4096  # bytes
A_DAY = 24 * 3600  # seconds
URGENCIES = {"very-low", "low", "normal", "high"}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    assert "=" not in text, "base64url as the RFCs have it is without padding"
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# -- a browser


@dataclass
class Browser:
    """What a browser makes when it subscribes, and how it opens what comes."""

    endpoint: str
    key: ECC.EccKey = field(default_factory=lambda: ECC.generate(curve="P-256"))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().export_key(format="raw")

    @property
    def subscription(self) -> dict:
        """As PushSubscription.toJSON() gives it."""
        keys = {"p256dh": encoded(self.point), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def opens(self, body: bytes) -> bytes:
        """The plain text of a message sealed for this browser. ValueError for any other."""
        salt, record, length = body[:16], *struct.unpack("!LB", body[16:21])
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record, "one record"
        key, nonce = self._keys(salt, theirs)
        plain = AES.new(key, AES.MODE_GCM, nonce=nonce).decrypt_and_verify(sealed[:-16], sealed[-16:])
        text, mark, filling = plain.rpartition(b"\x02")
        assert mark, "the last record says that it is the last"
        assert not filling.strip(b"\0")
        return text

    def _keys(self, salt: bytes, theirs: bytes) -> tuple[bytes, bytes]:
        public = ECC.import_key(theirs, curve_name="P-256")

        def derived(shared: bytes) -> tuple[bytes, bytes]:
            info = b"WebPush: info\0" + self.point + theirs
            ikm = HKDF(shared, 32, self.auth, SHA256, context=info)
            key = HKDF(ikm, 16, salt, SHA256, context=b"Content-Encoding: aes128gcm\0")
            return key, HKDF(ikm, 12, salt, SHA256, context=b"Content-Encoding: nonce\0")

        return key_agreement(static_priv=self.key, static_pub=public, kdf=derived)


# -- the push service


@dataclass(frozen=True)
class Pushed:
    """A message it took."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """`answers` are statuses it gives to the next messages in the place of 201, with a Retry-After where there is one;
    `gone` are subscriptions it knows no longer. `refused` says what was wrong with a request.
    """

    def __init__(self) -> None:
        self.taken: list[Pushed] = []
        self.refused: list[str] = []
        self.asked = 0
        self.keys: dict[str, str] = {}  # of a subscription, the key of whoever may push to it
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.served: Served
        self.now = time.time
        self.app = Starlette(routes=[Route("/push/{id}", self.push, methods=["POST"])])

    def browser(self, key: str, name: str = "") -> Browser:
        """A browser that subscribes, for whoever has this key."""
        path = f"/push/{name or secrets.token_urlsafe(12)}"
        self.keys[path] = key
        return Browser(self.served.url + path)

    async def push(self, request: Request) -> Response:
        body = await request.body()
        self.asked += 1
        if self.answers:
            status, headers = self.answers.pop(0)
            return Response(status_code=status, headers=headers)
        problem = next(self._problems(request, body), None)
        if problem:
            self.refused.append(problem[1])
            return Response(problem[1], problem[0])
        self.taken.append(Pushed(request.url.path, dict(request.headers), body))
        return Response(status_code=201, headers={"Location": f"{self.served.url}/message/{self.asked}"})

    def _problems(self, request: Request, body: bytes) -> Iterator[tuple[int, str]]:
        """Statuses and reasons of a refusal, as RFC 8030, 8188 and 8292 have them; the first one counts."""
        headers = request.headers
        if request.url.path not in self.keys:
            yield 404, "no such subscription"
        elif problem := self._unproved(headers.get("authorization", ""), self.keys[request.url.path]):
            yield problem
        if len(body) > LARGEST:
            yield 413, "more than 4096 bytes"
        if not headers.get("ttl", "").isdigit():
            yield 400, "no TTL"
        if headers.get("content-encoding") != "aes128gcm":
            yield 415, "not sealed as RFC 8188 says"
        if headers.get("urgency", "normal") not in URGENCIES:
            yield 400, "no such urgency"
        topic = headers.get("topic", "")
        if topic and (len(topic) > 32 or not topic.replace("-", "").replace("_", "").isalnum()):
            yield 400, "no such topic"

    def _unproved(self, authorization: str, key: str) -> tuple[int, str] | None:
        scheme, _space, rest = authorization.partition(" ")
        told = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme.lower() != "vapid" or set(told) != {"t", "k"}:
            return 401, "no VAPID"
        head, claims, signature = told["t"].split(".")
        if told["k"] != key:
            return 403, "another key than the browser subscribed with"
        if json.loads(decoded(head)) != {"typ": "JWT", "alg": "ES256"}:
            return 403, "not ES256"
        if not _is_signed(f"{head}.{claims}".encode(), decoded(signature), decoded(key)):
            return 403, "not signed with that key"
        return _wrong_claims(json.loads(decoded(claims)), self.served.url, self.now())


def _wrong_claims(said: dict, url: str, now: float) -> tuple[int, str] | None:
    if said.get("aud") != url:
        return 403, "for another push service"
    if not now < said.get("exp", 0) <= now + A_DAY:
        return 403, "over, or good for more than a day"
    if not str(said.get("sub", "")).startswith(("mailto:", "https:")):
        return 403, "from nobody"
    return None


def _is_signed(text: bytes, signature: bytes, point: bytes) -> bool:
    try:
        DSS.new(ECC.import_key(point, curve_name="P-256"), "fips-186-3").verify(SHA256.new(text), signature)
    except ValueError:
        return False
    return True


@contextmanager
def push_service() -> Iterator[PushService]:
    service = PushService()
    with serve(service.app) as service.served:
        yield service
