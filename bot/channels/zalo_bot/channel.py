"""The Zalo Bot Platform as a channel: polling or a webhook in; texts, lists, pictures and links out.

Polling is for computers without a public address: it brings one event a call, cannot be told what has arrived, and
by one measurement loses what is said while no call is open. Whoever has an https address gets the webhook.
"""

import asyncio
import hmac
import json
import logging
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import (
    AccountDown,
    AccountError,
    Fetched,
    Held,
    Impossible,
    Later,
    Outgoing,
    Store,
    Unreachable,
    Verdict,
)
from bot.channels.patience import Patience
from bot.channels.pushed import body_within
from bot.channels.zalo_bot import updates
from bot.channels.zalo_bot.quota import Quota
from bot.channels.zalo_bot.send import LONGEST, Sending
from bot.channels.zalo_bot.settings import ZaloBotSettings
from bot.channels.zalo_bot.wire import IDLE, QUOTA, Api, Refusal, Trouble, verdict_of
from bot.logs import logger
from bot.threads import Threads
from handlers.engine.messages import Incoming
from locales import Language
from storage.base.clock import Clock
from storage.base.text import nfc
from storage.messaging.accounts import Abilities, ChannelAccount
from storage.messaging.outbox import BROADCAST

POLL = 30  # seconds the platform may hold a request for an event open
# Connections, and seconds to wait for an answer: a short wait would repeat what was taken slowly.
SENDING, POLLING, TYPING = (12, 20), (2, POLL + 10), (4, 5)
QUOTA_PAUSE = 30.0  # seconds until events are asked for again
BETWEEN_POLLS = 1.0  # seconds from the beginning of one poll to that of the next at least
LARGEST_BODY = 2**18  # bytes of one pushed event
REMEMBERED = 500  # events this process has stored: one that comes again costs no look into the database
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105  the name of the header
log = logger("caunoi.zalo_bot")


class ZaloBotChannel:
    """One bot. Its token is in every address it calls, so no address may reach a log."""

    kind = "zalo_bot"
    ABILITIES = Abilities(
        longest_text=LONGEST,
        buttons=0,
        edits=False,
        phone=False,
        files_in=False,
        largest_file=0,
        quota=True,
    )

    def __init__(self, account_id: int, settings: ZaloBotSettings, threads: Threads, clock: Clock) -> None:
        assert settings.zalo_bot_token is not None, "the channel is opened only with a token"
        self.account_id, self.settings, self.threads = account_id, settings, threads
        self.token = settings.zalo_bot_token.get_secret_value()
        self.username = self.shown_name = ""
        self.between_polls = BETWEEN_POLLS
        base = settings.zalo_bot_api_url
        self.api, self.polling, self.typing = (
            Api(base, self.token, *pool) for pool in (SENDING, POLLING, TYPING)
        )
        self.sending = Sending(self.api)
        self.quota = Quota(account_id, settings, clock.now)
        self.patience = Patience(account_id, threads, log, self._explain)
        self._place()
        self._polled_at = 0.0  # monotonic
        self._unstored: list[Any] = []
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._groups: set[str] = {""}  # those that were told
        self._tasks: set[asyncio.Task[None]] = set()
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below it they log addresses

    def _place(self) -> None:
        """Where events are pushed to, known to nobody else, and what proves that the platform brings them."""
        keyring, number = self.settings.keyring(), self.token.partition(":")[0]
        given, public = self.settings.zalo_bot_secret, self.settings.public_url
        self.secret = given.get_secret_value() if given else keyring.sign("zalo bot webhook", number)
        self.path = f"/zalo-bot/{keyring.sign('zalo bot path', number)}"
        self.webhook = f"{public}{self.path}" if public.startswith("https://") else ""

    # -- beginning and end

    async def start(self) -> None:
        """Say hello. Raises AccountError for a refused token; a network that is down is waited for in receive."""
        try:
            async with asyncio.timeout(8):
                await self._greet()
        except (Refusal, Trouble, TimeoutError) as error:
            if isinstance(error, Refusal) and error.of_token:
                raise AccountError(self._token_refused()) from None
            await self.patience.pause(error, self.patience.first_wait)

    async def _greet(self) -> None:
        """Learn the bot's own name."""
        found = await self.polling.call("getMe")
        me = found if isinstance(found, dict) else {}
        self.username = nfc(str(me.get("account_name") or me.get("id") or "?"))
        self.shown_name = nfc(str(me.get("display_name") or self.username))

        def keep(session: Session) -> None:
            account = session.get_one(ChannelAccount, self.account_id)
            if account.username != self.username:
                account.username = self.username

        await self.threads.write(keep)

    async def _introduce(self) -> None:
        """Tell the platform which way events come; where it refuses our address, poll."""
        if not self.username:
            await self._greet()
        if self.webhook:
            try:
                await self.polling.call("setWebhook", url=self.webhook, secret_token=self.secret)
            except Refusal as error:
                if error.code != 400:
                    raise
                log.error("webhook refused, polling instead", reason=self._safe(error.description))
                self.webhook = ""
        if not self.webhook:
            await self.polling.call("deleteWebhook")

    async def stop(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in (self.api, self.polling, self.typing):
            await pool.close()

    def _token_refused(self) -> str:
        _ = Language().text
        return _(
            "CAUNOI_ZALO_BOT_TOKEN: Zalo does not accept this token; copy the current one from the message of "
            "Zalo Bot Manager"
        )

    def _explain(self, error: Exception) -> tuple[str, float]:
        """See Patience. What our own faults say may hold what somebody wrote."""
        if not isinstance(error, Refusal | Trouble):
            return type(error).__name__, 0.0
        verdict = verdict_of(error, self._token_refused())
        at_least = QUOTA_PAUSE if isinstance(error, Refusal) and error.code == QUOTA else 0.0
        return self._safe(verdict.reason if isinstance(verdict, AccountDown) else str(error)), at_least

    def _safe(self, text: str) -> str:
        return text.replace(self.token, "***")

    # -- receiving

    async def receive(self, store: Store) -> None:
        """Take events until cancelled. Nothing can be confirmed: what comes again is the same row of the inbox."""
        await self.patience.insist(self._introduce)
        if self.webhook:
            await asyncio.Event().wait()
        while True:
            await self.patience.insist(partial(self._take, store))

    async def _take(self, store: Store) -> None:
        """One poll, its event stored. One that could not be stored is not let go: it may never come again."""
        if not self._unstored:
            self._unstored = await self._poll()
        await self._keep(self._unstored, store)
        self._unstored = []

    async def _poll(self) -> list[Any]:
        """The next event, none at the end of an idle call."""
        await asyncio.sleep(max(0.0, self._polled_at + self.between_polls - time.monotonic()))
        self._polled_at = time.monotonic()
        seconds = (
            1 if self.patience.is_down else POLL
        )  # after a trouble the first answer soon tells it is over
        try:
            found = await self.polling.call("getUpdates", timeout=str(seconds))
        except Refusal as error:
            if error.code == IDLE:
                return []
            if error.says("webhook"):  # somebody has set one meanwhile
                with suppress(Refusal, Trouble):
                    await self.polling.call("deleteWebhook")
            raise
        return found if isinstance(found, list) else [found]

    async def _keep(self, found: Sequence[Any], store: Store) -> None:
        events = [event for event in found if event is not None and not updates.is_probe(event)]
        arrivals = [arrival for event in events if (arrival := updates.arrival_of(event))]
        new = [arrival for arrival in arrivals if arrival.external_id not in self._seen]
        if new:
            await store(new)
            self._seen.extend(arrival.external_id for arrival in new)
        for chat in {arrival.chat for arrival in new} - {updates.NO_CHAT}:
            self._beside(self._type(chat))
        for group in {updates.group_of(event) for event in events} - self._groups:
            self._groups.add(group)
            self._beside(self._refuse_group(group))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _type(self, chat: str) -> None:
        """Show that an answer is being written, best effort."""
        with suppress(Refusal, Trouble):
            await self.typing.call("sendChatAction", chat_id=chat, action="typing")

    async def _refuse_group(self, group: str) -> None:
        """Tell a group, once a process, that nothing is said there."""
        _ = Language().text
        text = _(
            "The assistant answers in private chats only. Please write to {name} directly.",
            name=self.shown_name,
        )
        with suppress(Refusal, Trouble):
            await self.api.call("sendMessage", chat_id=group, text=text.unescape())

    def routes(self, store: Store) -> list[Route]:
        """Where the platform brings events when there is a webhook."""

        async def take(request: Request) -> Response:
            body = await body_within(request, LARGEST_BODY)
            if body is None:
                return Response(status_code=413)
            if not body.strip():
                return Response()  # a probe, which has no secret to show
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), self.secret.encode()):
                return Response(status_code=403)
            return await self._take_pushed(body, store)

        return [Route(self.path, take, methods=["POST"])]

    async def _take_pushed(self, body: bytes, store: Store) -> Response:
        """200 only once the event is stored: it may come again until then."""
        try:
            event = updates.opened(json.loads(body))
        except (ValueError, RecursionError):
            event = body.decode(errors="replace")  # kept as malformed: refused, it might come for ever
        try:
            await self._keep([event], store)
        except Exception as error:  # noqa: BLE001  whatever failed, the event has to come again
            log.error("event not stored", kind=type(error).__name__)
            return Response(status_code=503)
        return Response()

    def parse(self, payload: dict[str, Any]) -> Incoming:
        """See zalo_bot_updates.parse."""
        return updates.parse(payload)

    async def fetch(self, payload: dict[str, Any]) -> Fetched:  # noqa: ARG002  the platform brings no files
        return Fetched(problem="unreachable")

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """Nothing to do: there are no buttons."""

    # -- sending

    async def send(self, message: Outgoing) -> Verdict:
        """Send one message (zalo_bot_send); every failure has its verdict, and none names the token."""
        try:
            if message.lane == BROADCAST and (held := await self._spent(message)):
                return held
            return await self.sending.send(message)
        except Exception as error:  # noqa: BLE001  the sender waits for a verdict, whatever failed
            verdict = await self._verdict(message, error)
        if isinstance(verdict, Impossible | Unreachable):
            self.sending.forget(message.outbox_id)
        if isinstance(verdict, Impossible | Unreachable | Later | AccountDown):
            verdict = replace(verdict, reason=self._safe(verdict.reason))
        return verdict

    async def _verdict(self, message: Outgoing, error: Exception) -> Verdict:
        if isinstance(error, Refusal) and error.code == QUOTA:
            return self.quota.refused(message, await self._spent(message), str(error))
        return verdict_of(error, self._token_refused())

    async def _spent(self, message: Outgoing) -> Held | None:
        left = self.sending.left(message)
        return await self.threads.read(lambda session: self.quota.spent(session, message, left))
