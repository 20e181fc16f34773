"""Telegram as a channel: long polling or a webhook in; messages, cards and files out.

What python-telegram-bot does soundly is left to it: the calls, their parameters, the connections. Updates are
fetched here, because its own way confirms them before they are stored, and hides good ones behind a malformed
one.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, BotCommand
from telegram.error import NetworkError, TelegramError

from bot.channels.base import (
    AccountDown,
    AccountError,
    Fetched,
    Impossible,
    Later,
    Outgoing,
    Sent,
    Store,
    Unreachable,
    Verdict,
)
from bot.channels.held import mapped, on_disk
from bot.channels.patience import LONGEST_WAIT, Patience
from bot.channels.pushed import body_within
from bot.channels.telegram import updates
from bot.channels.telegram.send import NO_PREVIEW, Sending
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.text import LONGEST_TEXT
from bot.channels.telegram.wire import Connections, Refusal, verdict_of
from bot.channels.trust import trusted
from bot.logs import logger
from bot.threads import Threads
from handlers import table
from handlers.engine.messages import Incoming
from handlers.menu.menu import command_descriptions
from locales import DEFAULT, LANGUAGES, Language
from storage.base.clock import Clock
from storage.messaging.accounts import Abilities, ChannelAccount

POLL = 25  # seconds Telegram may hold a request for updates open
# Connections, and seconds to wait for an answer: a short wait would repeat what was taken slowly.
SENDING, POLLING, ANSWERING = (12, 20), (2, POLL + 10), (8, 5)
LARGEST_BODY = 2**20  # bytes of one pushed update
LONGEST_DESCRIPTION = 256
log = logger("caunoi.telegram")


class TelegramChannel:
    """One bot. Its token is in every address it calls, so no address may reach a log."""

    kind = "telegram"
    ABILITIES = Abilities(longest_text=LONGEST_TEXT)

    def __init__(self, account_id: int, settings: TelegramSettings, threads: Threads, _clock: Clock) -> None:
        assert settings.telegram_token is not None, "the channel is opened only with a token"
        self.account_id, self.settings, self.threads = account_id, settings, threads
        self.token = settings.telegram_token.get_secret_value()
        self.username = ""
        self.patience = Patience(account_id, threads, log, self._explain)
        trust = trusted()
        self.polling, self.answering = Connections(*POLLING, trust), Connections(*ANSWERING, trust)
        self.bot = self._bot(Connections(*SENDING, trust))
        self.presses = self._bot(self.answering)
        self.sending = Sending(self.bot)
        keyring, number = settings.keyring(), self.token.partition(":")[0]
        self.path = f"/telegram/{keyring.sign('telegram path', number)}"
        self.secret = keyring.sign("telegram webhook", number)
        public = settings.public_url
        self.webhook = f"{public}{self.path}" if public.startswith("https://") else ""
        self._groups: set[int | None] = {None}  # those that were told
        self._tasks: set[asyncio.Task[None]] = set()
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below it they log addresses

    def _bot(self, pool: Connections) -> Bot:
        api = self.settings.telegram_api_url
        return Bot(
            self.token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=pool,
            get_updates_request=self.polling,
        )

    # -- beginning and end

    async def start(self) -> None:
        """Say hello. Raises AccountError for a refused token; a network that is down is waited for in receive."""
        try:
            await self._greet()
        except TelegramError as error:
            if isinstance(error, Refusal) and error.of_token:
                raise AccountError(self._token_refused()) from None
            await self.patience.pause(error, self.patience.first_wait)

    async def _greet(self) -> None:
        """Learn the bot's own name, which deep links need."""
        self.username = (await self.bot.get_me(connect_timeout=3, read_timeout=5)).username or ""

        def keep(session: Session) -> None:
            account = session.get_one(ChannelAccount, self.account_id)
            if account.username != self.username:
                account.username = self.username

        await self.threads.write(keep)

    async def _introduce(self) -> None:
        """Tell Telegram which way updates come, and our commands, in Vietnamese unless an app is in English."""
        if not self.username:
            await self._greet()
        await self._choose_way()
        for code in LANGUAGES:
            try:
                await self.bot.set_my_commands(
                    _commands(code), language_code=None if code == DEFAULT else code
                )
            except Refusal as error:
                log.error("commands refused", language=code, reason=error.description)

    async def _choose_way(self) -> None:
        """Set the webhook, or remove one; where Telegram refuses ours, poll."""
        if self.webhook:
            try:
                await self.bot.set_webhook(
                    self.webhook, secret_token=self.secret, allowed_updates=updates.WANTED
                )
            except Refusal as error:
                if error.code != 400:
                    raise
                log.error("webhook refused, polling instead", reason=error.description)
                self.webhook = ""
        if not self.webhook:
            await self.bot.delete_webhook()

    async def stop(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in (self.bot.request, self.answering, self.polling):
            await pool.shutdown()

    def _token_refused(self) -> str:
        _ = Language().text
        return _(
            "CAUNOI_TELEGRAM_TOKEN: Telegram does not accept this token; copy the current one from BotFather "
            "(/mybots, API Token)"
        )

    # -- receiving

    async def receive(self, store: Store) -> None:
        """Take updates until cancelled, each confirmed to Telegram only after `store` has returned."""
        await self.patience.insist(self._introduce)
        if self.webhook:
            await asyncio.Event().wait()
        offset = 0
        while True:
            offset = await self.patience.insist(partial(self._take, offset, store))

    async def _take(self, offset: int, store: Store) -> int:
        """One poll, its updates stored. Returns the offset that confirms them."""
        found = await self._poll(offset)
        await self._keep(found, store)
        following = updates.following(found)
        if found and following in {None, offset}:
            log.error("updates cannot be confirmed and come again", count=len(found))
            await asyncio.sleep(self.patience.first_wait)
        return offset if following is None else following

    async def _poll(self, offset: int) -> list[Any]:
        """Raw updates from `offset` on, so that one malformed cannot hide the others."""
        open_for = (
            0 if self.patience.is_down else POLL
        )  # after a trouble the first answer soon tells that it is over
        asked = {"offset": offset, "timeout": open_for, "allowed_updates": json.dumps(updates.WANTED)}
        try:
            found = await self.polling.post(f"{self.bot.base_url}/getUpdates?{urlencode(asked)}")
        except Refusal as error:
            if error.code == 409 and error.says("webhook"):
                with suppress(TelegramError):
                    await self.bot.delete_webhook()
            raise
        if not isinstance(found, list):
            raise NetworkError("getUpdates answered no list")
        return found

    async def _keep(self, found: Sequence[Any], store: Store) -> None:
        arrivals = [arrival for update in found if (arrival := updates.arrival_of(update))]
        if arrivals:
            await store(arrivals)
        for group in {updates.group_of(update) for update in found} - self._groups:
            self._groups.add(group)
            task = asyncio.create_task(self._refuse_group(group))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _refuse_group(self, group: int | None) -> None:
        """Tell a group, once a process, that nothing is said there."""
        _ = Language().text
        text = _(
            "The assistant answers in private chats only. Please write to {name} directly.",
            name=f"@{self.username}",
        )
        with suppress(TelegramError):
            await self.bot.send_message(str(group), text.unescape(), link_preview_options=NO_PREVIEW)

    def _explain(self, error: Exception) -> tuple[str, float]:
        """See Patience. What our own faults say may hold what somebody wrote."""
        if not isinstance(error, TelegramError):
            return type(error).__name__, 0.0
        verdict = verdict_of(error, self._token_refused())
        at_least = verdict.seconds if isinstance(verdict, Later) and verdict.too_fast else 0.0
        return self._safe(verdict.reason if isinstance(verdict, AccountDown) else str(error)), at_least

    def routes(self, store: Store) -> list[Route]:
        """Where Telegram brings updates when there is a webhook; its path and its secret are known to nobody else."""

        async def take(request: Request) -> Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(), self.secret.encode()):
                return Response(status_code=403)
            body = await body_within(request, LARGEST_BODY)
            return Response(status_code=413) if body is None else await self._take_pushed(body, store)

        return [Route(self.path, take, methods=["POST"])]

    async def _take_pushed(self, body: bytes, store: Store) -> Response:
        """200 only once the update is stored: Telegram brings it again until then."""
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            update = body.decode(errors="replace")  # kept as malformed: refused, it would come for ever
        try:
            await self._keep([update], store)
        except Exception as error:  # noqa: BLE001  whatever failed, the update has to come again
            log.error("update not stored", kind=type(error).__name__)
            return Response(status_code=503)
        return Response()

    def parse(self, payload: dict[str, Any]) -> Incoming:
        """See telegram_updates.parse."""
        return updates.parse(payload)

    async def fetch(self, payload: dict[str, Any]) -> Fetched:
        """The document of a message, tried three times."""
        document = payload["message"]["document"]
        name, problem = updates.file_name(document), ""
        for wait in (self.patience.first_wait, 2 * self.patience.first_wait, 0):
            try:
                file = await self.bot.get_file(document["file_id"])
                with on_disk() as held:
                    await file.download_to_memory(held)  # "memory" is whatever can be written to
                    return Fetched(name, mapped(held))
            except TelegramError as error:
                problem = "too_big" if "too big" in str(error).lower() else "unreachable"
                verdict = verdict_of(error, self._token_refused())
            if isinstance(verdict, (Impossible, Unreachable)):
                break
            await asyncio.sleep(min(verdict.seconds, LONGEST_WAIT) if isinstance(verdict, Later) else wait)
        return Fetched(name, problem=problem)

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """End the pressed button's waiting circle, once; one that is too old has ended by itself."""
        query = payload.get("callback_query")
        if isinstance(query, dict):
            with suppress(TelegramError):
                await self.presses.answer_callback_query(query["id"])

    # -- sending

    async def send(self, message: Outgoing) -> Verdict:
        """Send or edit one message (telegram_send); every failure has its verdict, and none names the token."""
        try:
            return Sent(await self.sending.send(message))
        except Exception as error:  # noqa: BLE001  the sender waits for a verdict, whatever failed
            verdict = verdict_of(error, self._token_refused())
        if isinstance(verdict, (Impossible, Unreachable)):
            self.sending.forget(message.outbox_id)
        if isinstance(verdict, (Impossible, Unreachable, Later, AccountDown)):
            verdict = replace(verdict, reason=self._safe(verdict.reason))
        return verdict

    def _safe(self, text: str) -> str:
        return text.replace(self.token, "***")


def _commands(code: str) -> list[BotCommand]:
    told = command_descriptions(table(), Language(code))
    return [BotCommand(name, about[:LONGEST_DESCRIPTION]) for name, about in told]
