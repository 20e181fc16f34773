"""A Zalo Official Account as a channel: a webhook in; text, buttons, files and approved templates out.

Its messages are free for 48 hours after the person's last one, eight of them; nothing is sent that would be paid for
but the templates the centre has configured. What may not go waits for the person's next word.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlmodel import Session
from starlette.routing import Route

from bot.channels.base import (
    AccountDown,
    Fetched,
    Held,
    Impossible,
    Outgoing,
    Sent,
    Store,
    Unreachable,
    Verdict,
)
from bot.channels.trust import trusted
from bot.channels.zalo_oa import files, updates
from bot.channels.zalo_oa import send as zalo_oa_send
from bot.channels.zalo_oa.send import Sending
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.tokens import Tokens
from bot.channels.zalo_oa.webhook import Webhook
from bot.channels.zalo_oa.wire import OLD_TOKEN, WINDOW, Connections, NoAnswer, Refusal, verdict_of
from bot.logs import logger
from bot.threads import Threads
from handlers.engine.messages import Incoming
from storage.base.clock import Clock
from storage.base.text import nfc
from storage.messaging import dialogues
from storage.messaging.accounts import Abilities, ChannelAccount

FREE_FOR, FREE_MESSAGES = timedelta(hours=48), 8
A_DAY = timedelta(days=1).total_seconds()
Work = Callable[[str], Awaitable[Sent]]  # with an access token
log = logger("caunoi.zalo_oa")


class ZaloOaChannel:
    """One Official Account. Its tokens are in headers only, and no error of its names one."""

    kind = "zalo_oa"
    ABILITIES = Abilities(
        longest_text=zalo_oa_send.LONGEST_TEXT,
        buttons=zalo_oa_send.MOST_BUTTONS,
        edits=False,
        phone=False,
        files_in=True,
        largest_file=zalo_oa_send.LARGEST_FILE,
        window=True,
    )

    def __init__(self, account_id: int, settings: ZaloOaSettings, threads: Threads, clock: Clock) -> None:
        self.account_id, self.settings, self.threads, self.clock = account_id, settings, threads, clock
        self.tokens = Tokens(account_id, settings, threads, clock)
        self.webhook = Webhook(account_id, settings)
        self.connections = Connections(settings.zalo_oa_api_url, settings.zalo_oa_business_url, trusted())
        self.sending = Sending(self.connections)
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)

    # -- beginning and end

    async def start(self) -> None:
        """Learn the account's name. A token that is refused or not there yet is mended while the others go on."""
        token = await self.tokens.usable()
        if isinstance(token, str):
            with suppress(NoAnswer):
                await self._greet(token)

    async def _greet(self, token: str) -> None:
        try:
            told = await self.connections.account(token)
        except Refusal as refusal:
            log.warning("the account is not greeted", account=self.account_id, reason=str(refusal))
            if refusal.code in OLD_TOKEN:
                await self.tokens.refused(token)
            return
        self.webhook.oa_id = str(told.get("oa_id", ""))
        name = nfc(str(told.get("name", "")))

        def keep(session: Session) -> None:
            account = session.get_one(ChannelAccount, self.account_id)
            if name and account.username != name:
                account.username = name

        await self.threads.write(keep)

    async def stop(self) -> None:
        """Close all connections; a renewal under way ends by itself."""
        await self.tokens.stop()
        await self.connections.close()

    # -- receiving

    async def receive(self, store: Store) -> None:  # noqa: ARG002  the webhook's requests store
        """Nothing is fetched: have the tokens renewed in time, until cancelled."""
        await self.tokens.keep()

    def routes(self, store: Store) -> Sequence[Route]:
        """See webhook.py."""
        return self.webhook.routes(store)

    def parse(self, payload: dict[str, Any]) -> Incoming:
        """See updates.parse."""
        return updates.parse(payload)

    async def fetch(self, payload: dict[str, Any]) -> Fetched:
        """The file of a message, from where the platform keeps it."""
        file = updates.file_of(payload)
        name, url = updates.file_name(file), str(file["url"])
        return await files.fetch(self.connections.client, url, name, updates.LARGEST_FILE)

    async def acknowledge(self, payload: dict[str, Any]) -> None:
        """Nothing to do: a press is a message of the person's own."""

    # -- sending

    async def send(self, message: Outgoing) -> Verdict:
        """Send one message, or a template in its place; every failure has its verdict."""
        if not updates.PERSON.fullmatch(message.chat):
            return Unreachable(f"{message.chat!r} is no user of the account", "not_found")
        try:
            verdict = await self._send(message)
        except Exception as error:  # noqa: BLE001  the sender waits for a verdict, whatever failed
            verdict = verdict_of(error)
        if isinstance(verdict, (Impossible, Unreachable)):
            self.sending.forget(message.outbox_id)
        return verdict

    async def _send(self, message: Outgoing) -> Verdict:
        if await self._is_free(message):
            try:
                return await self._with_token(lambda token: self.sending.send(token, message))
            except Refusal as refusal:
                if refusal.code not in WINDOW:
                    raise
        return await self._instead(message)

    async def _is_free(self, message: Outgoing) -> bool:
        """Whether the window is open for all it takes, as far as we know; one of more parts than fit begins it."""
        heard_at, told = await self.threads.read(
            lambda session: dialogues.window(session, self.account_id, message.chat)
        )
        if heard_at is None or self.clock.now() >= heard_at + FREE_FOR:
            return False
        return told == 0 or told + self.sending.left(message) <= FREE_MESSAGES

    async def _with_token(self, work: Work) -> Verdict:
        """Do it with the access token in force; once more with the next one where the platform takes this no longer.

        Raises Refusal, NoAnswer.
        """
        token = await self.tokens.usable()
        for _try in range(2):
            if not isinstance(token, str):
                return token
            try:
                return await work(token)
            except Refusal as refusal:
                if refusal.code not in OLD_TOKEN:
                    raise
                log.warning("access token refused", account=self.account_id, reason=str(refusal))
                token = await self.tokens.refused(token)
        return token if not isinstance(token, str) else AccountDown("access token refused", 5, refused=True)

    async def _instead(self, message: Outgoing) -> Verdict:
        """An approved template where the centre has one for such a message; else it waits for the person."""
        template = self.settings.zalo_oa_templates.get(message.brief.get("kind", ""))
        data = zalo_oa_send.filled(template, message.brief) if template else None
        if template is None or data is None:
            return Held("window", A_DAY)
        body = {"user_id": message.chat, "template_id": template.id, "template_data": data}

        async def bring(token: str) -> Sent:
            await self.connections.template(token, {**body, "tracking_id": str(message.outbox_id)})
            return Sent(f"template:{template.id}")

        try:
            return await self._with_token(bring)
        except Refusal as refusal:
            log.error("template refused", account=self.account_id, template=template.id, reason=str(refusal))
            return Held("window", A_DAY)
