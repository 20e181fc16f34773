"""What people say to the bot on its way there: one event a poll, without an offset, or pushed to a webhook.

Two measurements of polling disagree, and so do documents and captures about the envelope a webhook gets;
each reading can be had (FakeZaloBot's arguments).
"""

import asyncio
import json
import threading
from collections import deque
from typing import Any, Literal

import httpx

from bot.demo.fakes.zalo_bot.wire import Event, Refusal

Polling = Literal["replayed", "lost", "kept"]
Envelope = Literal["wrapped", "bare"]
IDLE = "Request timeout"
REPLAYED = 10  # how many of the last events a poll that finds nothing new is given again, in turn
HEADER = "X-Bot-Api-Secret-Token"


class Events:
    """Those that wait, those given, those lost. Lives in the server's loop; `changed` guards the queues."""

    def __init__(
        self, changed: threading.Condition, polling: Polling, envelope: Envelope, retries: int, pause: float
    ) -> None:
        self.changed = changed
        self.polling, self.envelope = polling, envelope
        self.retries, self.pause = retries, pause
        self.waiting: deque[Event] = deque()
        self.given: deque[Event] = deque(maxlen=REPLAYED)
        self.lost: list[Event] = []
        self.webhook: dict[str, Any] = {}
        self.open_polls = 0  # those that wait with empty hands
        self.closing = False
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def put(self, event: Event) -> None:
        with self.changed:
            if self.polling == "lost" and not self.webhook and self.open_polls <= len(self.waiting):
                self.lost.append(event)
            else:
                self.waiting.append(event)
            self.changed.notify_all()

    def wake(self) -> None:
        self.news.set()

    def close(self) -> None:
        self.closing = True
        self.stop_webhook()
        self.wake()

    # Polling

    async def poll(self, seconds: float, gone: "asyncio.Future[Any]") -> Event:
        """One event, at once or within so many seconds. Raises the Refusal 408 that ends an idle poll."""
        gone.add_done_callback(lambda _: self.wake())
        self._opened(1)
        event = None
        try:
            async with asyncio.timeout(seconds):
                while (event := self._take()) is None and not gone.done() and not self.closing:
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            pass
        finally:
            if event is None:
                self._opened(-1)
        if event is None:
            raise Refusal(408, IDLE)
        return event

    def _opened(self, by: int) -> None:
        with self.changed:
            self.open_polls += by
            self.changed.notify_all()

    def _take(self) -> Event | None:
        """The next event for an open poll, which thereby is open no more."""
        with self.changed:
            if self.waiting:
                self.given.append(self.waiting.popleft())
            elif self.polling == "replayed" and self.given:
                self.given.rotate(-1)
            else:
                return None
            self._opened(-1)
            return self.given[-1]

    # Webhook

    def start_webhook(self, url: str, secret: str, now: int) -> None:
        self.stop_webhook()
        self.webhook = {"url": url, "secret_token": secret, "updated_at": now}
        self.task = asyncio.ensure_future(self._deliver())

    def stop_webhook(self) -> None:
        self.webhook = {}
        if self.task:
            self.task.cancel()
            self.task = None

    async def probe(self) -> int:
        """Send the webhook an empty body, as happens. Returns the status it answers, 0 for none."""
        async with self._client() as client:
            return await self._push(client, b"")

    async def _deliver(self) -> None:
        """One event after the other. The rules of repeating are unpublished: `retries` of each, then lost."""
        async with self._client() as client:
            while True:
                self.news.clear()
                if not self.waiting:
                    await self.news.wait()
                    continue
                delivered = await self._insist(client, self.waiting[0])
                with self.changed:
                    event = self.waiting.popleft()
                    (self.given if delivered else self.lost).append(event)
                    self.changed.notify_all()

    async def _insist(self, client: httpx.AsyncClient, event: Event) -> bool:
        body = {"ok": True, "result": event} if self.envelope == "wrapped" else event
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        for left in range(self.retries, -1, -1):
            if 200 <= await self._push(client, content) < 300:
                return True
            await asyncio.sleep(self.pause if left else 0)
        return False

    def _client(self) -> httpx.AsyncClient:
        headers = {"Content-Type": "application/json", HEADER: self.webhook["secret_token"]}
        return httpx.AsyncClient(headers=headers, trust_env=False)

    async def _push(self, client: httpx.AsyncClient, content: bytes) -> int:
        try:
            return (await client.post(self.webhook["url"], content=content)).status_code
        except httpx.HTTPError:
            return 0
