"""What waits for the bot: updates kept until it confirms them, fetched by it or pushed to it."""

import asyncio
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from bot.demo.fakes.telegram.wire import Refusal

Update = dict[str, Any]

WEBHOOK_SET = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
# How far behind the queue's end an offset may lie before Telegram takes it for one of another life.
STALE_OFFSET = 10


class UpdateQueue:
    """Unconfirmed updates, in order; `changed` guards them and tells of their going."""

    def __init__(self, changed: threading.Condition) -> None:
        self.changed = changed
        self.waiting: deque[Update] = deque()
        self.next_id = 100_001
        self.allowed: set[str] = set()

    def put(self, update: Update, *, raw: bool = False) -> None:
        with self.changed:
            if raw or not self.allowed or self.allowed & update.keys():
                self.waiting.append({"update_id": self.next_id, **update})
                self.next_id += 1
                self.changed.notify_all()

    def take(self, offset: int, limit: int) -> list[Update]:
        """Confirms everything below `offset` and returns what follows, without confirming it.

        A negative offset keeps that many from the end. One far beyond the end is of a time before the
        ids were restarted: Telegram then answers from the head, confirming nothing.
        """
        with self.changed:
            if offset < 0:
                self._forget(lambda _: len(self.waiting) > -offset)
            elif offset <= self.next_id + STALE_OFFSET:
                self._forget(lambda update: update["update_id"] < offset)
            return list(itertools.islice(self.waiting, limit))

    def head(self) -> Update | None:
        with self.changed:
            return self.waiting[0] if self.waiting else None

    def confirm(self, update: Update) -> None:
        with self.changed:
            self._forget(lambda first: first is update)

    def clear(self) -> None:
        with self.changed:
            self._forget(lambda _: True)

    def _forget(self, done: Callable[[Update], bool]) -> None:
        while self.waiting and done(self.waiting[0]):
            self.waiting.popleft()
        self.changed.notify_all()


class Delivery:
    """The two ways out of the queue: long polling and the webhook. Lives in the server's loop."""

    def __init__(self, queue: UpdateQueue, retry: float) -> None:
        self.queue = queue
        self.retry = retry
        self.poll: _Poll | None = None
        self.webhook: dict[str, Any] = {}
        self.error: dict[str, Any] = {}
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        self.news.set()
        if self.poll:
            self.poll.news.set()

    def close(self) -> None:
        self.end_poll("the fake is closing")
        self.stop_webhook()

    # Long polling

    async def get_updates(
        self, offset: int, limit: int, seconds: float, gone: "asyncio.Future[Any]"
    ) -> list[Update]:
        """What waits, at once or within so many seconds; `gone` ends with the caller's connection."""
        if self.webhook:
            raise Refusal(409, f"Conflict: {WEBHOOK_SET}")
        self.end_poll(OTHER_POLL)
        poll = self.poll = _Poll()
        gone.add_done_callback(lambda _: poll.end("the caller has gone"))
        found: list[Update] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (found := self.queue.take(offset, limit)) and not poll.ended:
                    await poll.news.wait()
                    poll.news.clear()
        if self.poll is poll:
            self.poll = None
        if poll.ended and not found:
            raise Refusal(409, f"Conflict: {poll.ended}")
        return found

    def end_poll(self, why: str) -> None:
        if self.poll:
            self.poll.end(why)

    # Webhook

    def start_webhook(self, settings: dict[str, Any]) -> None:
        self.end_poll("terminated by setWebhook request")
        self.stop_webhook()
        self.webhook = settings
        self.task = asyncio.ensure_future(self._deliver())

    def stop_webhook(self) -> None:
        self.webhook = {}
        self.error = {}
        if self.task:
            self.task.cancel()
            self.task = None

    async def _deliver(self) -> None:
        """One update after the other, the same one again until it is answered with 2xx."""
        headers = {"Content-Type": "application/json"}
        if secret := self.webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            while True:
                self.news.clear()
                if (update := self.queue.head()) is None:
                    await self.news.wait()
                elif await self._accepted(client, update):
                    self.queue.confirm(update)
                else:
                    await asyncio.sleep(self.retry)

    async def _accepted(self, client: httpx.AsyncClient, update: Update) -> bool:
        try:
            answer = await client.post(self.webhook["url"], content=json.dumps(update))
            trouble = "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code}"
        except httpx.HTTPError as error:
            trouble = str(error) or type(error).__name__
        if trouble:
            self.error = {"last_error_date": int(time.time()), "last_error_message": trouble}
        return not trouble

    def webhook_info(self) -> dict[str, Any]:
        shown = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        waiting = {"pending_update_count": len(self.queue.waiting)}
        return {"url": "", "has_custom_certificate": False, **waiting, **shown, **self.error}


class _Poll:
    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.ended = ""

    def end(self, why: str) -> None:
        self.ended = self.ended or why
        self.news.set()
