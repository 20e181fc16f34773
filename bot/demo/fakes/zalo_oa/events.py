"""What the Official Account tells a webhook: events as they look, their signature, and their way there."""

import asyncio
import hashlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import httpx

PATIENCE = 2.0  # seconds the platform waits for the 200
Signature = Literal["plain", "mac"]


@dataclass(frozen=True)
class Delivered:
    """One call of the webhook: what it was about, the status (0: no answer in time), and how long it took."""

    event: str
    status: int
    seconds: float


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def signed(app_id: str, body: bytes, timestamp: str, key: str, form: Signature) -> str:
    """sha256 of app id, raw body, timestamp and the account's secret key, in either of the published forms."""
    digest = hashlib.sha256(app_id.encode() + body + timestamp.encode() + key.encode()).hexdigest()
    return f"mac={digest}" if form == "mac" else digest


def encoded(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


class Webhook:
    """Events in their order, each brought until it is answered with 200; or once, where `redelivers` is off."""

    def __init__(self, changed: threading.Condition, *, redelivers: bool, retry: float) -> None:
        self.changed = changed
        self.redelivers = redelivers
        self.retry = retry
        self.url = ""
        self.waiting: deque[tuple[str, bytes, dict[str, str]]] = deque()
        self.delivered: list[Delivered] = []
        self._bell: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def put(self, name: str, body: bytes, headers: dict[str, str]) -> None:
        with self.changed:
            self.waiting.append((name, body, headers))

    # In the server's loop

    def wake(self) -> None:
        """Look again: something waits, or the address is known now."""
        if self._task is None:
            self._bell = asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(self._run())
        assert self._bell is not None
        self._bell.set()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        assert self._bell is not None
        trust = ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # all is on this computer: certificates need not be read
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=trust) as client:
            while True:
                if not (self.url and self.waiting):
                    self._bell.clear()
                    await self._bell.wait()
                    continue
                if await self._bring(client) or not self.redelivers:
                    with self.changed:
                        self.waiting.popleft()
                        self.changed.notify_all()
                else:
                    await asyncio.sleep(self.retry)

    async def _bring(self, client: httpx.AsyncClient) -> bool:
        name, body, headers = self.waiting[0]
        began, status = time.monotonic(), 0
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                status = (await client.post(self.url, content=body, headers=headers)).status_code
        with self.changed:
            self.delivered.append(Delivered(name, status, time.monotonic() - began))
            self.changed.notify_all()
        return status == httpx.codes.OK
