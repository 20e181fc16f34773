"""The Official Account's webhook: whose call it is, stored, answered in time; and the page that shows a code."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.base import Store
from bot.channels.pushed import body_within
from bot.channels.zalo_oa import updates
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.logs import logger
from locales import Language

IN_TIME = 1.7  # seconds; the platform waits for 2
LARGEST_BODY = 2**20  # bytes of one event
CODE = re.compile(r"[A-Za-z0-9_.~-]{1,1000}")
log = logger("caunoi.zalo_oa")


def path_of(settings: ZaloOaSettings, account_id: int) -> str:
    """Where an account's events are brought: an address nobody guesses, the same for as long as the key is."""
    return f"/zalo-oa/{settings.keyring().sign('zalo oa path', f'{settings.zalo_oa_app_id}:{account_id}')}"


def signatures(body: bytes, timestamp: str, settings: ZaloOaSettings) -> dict[str, str]:
    """What proves a body, by the name of its form: sha256 of application, body, timestamp and the account's key."""
    key = settings.zalo_oa_webhook_key or settings.zalo_oa_secret_key
    assert key is not None, "the account is used only with a secret key"
    said = settings.zalo_oa_app_id.encode() + body + timestamp.encode() + key.get_secret_value().encode()
    digest = hashlib.sha256(said).hexdigest()
    return {"plain": digest, "mac": f"mac={digest}"}


def is_signed(body: bytes, given: str, settings: ZaloOaSettings) -> bool:
    """Whether a call comes from the platform, in the form that the settings pin, else in either."""
    try:
        event = json.loads(body, parse_int=str, parse_float=str)  # a number as it was written
        timestamp = event["timestamp"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    proofs = signatures(body, str(timestamp), settings)
    allowed = list(proofs) if settings.zalo_oa_signature == "either" else [settings.zalo_oa_signature]
    return any(hmac.compare_digest(given.encode(), proofs[form].encode()) for form in allowed)


class Webhook:
    """The routes of one account."""

    def __init__(self, account_id: int, settings: ZaloOaSettings) -> None:
        self.account_id, self.settings = account_id, settings
        self.path = path_of(settings, account_id)
        self.oa_id = ""  # the account's own, once it is known: one application may serve several
        self._storing: set[asyncio.Task[None]] = set()

    def routes(self, store: Store) -> list[Route]:
        async def take(request: Request) -> Response:
            body = await body_within(request, LARGEST_BODY)
            if body is None:
                return Response(status_code=413)
            return await self._take(body, request.headers.get("X-ZEvent-Signature", ""), store)

        return [
            Route(self.path, take, methods=["POST"]),
            Route(self.path, _show_code, methods=["GET"]),
        ]

    async def _take(self, body: bytes, signature: str, store: Store) -> Response:
        """200 only once the event is stored, and in time in any case."""
        if not body.strip():
            return Response()  # the console tries the address
        if not is_signed(body, signature, self.settings):
            log.warning("a call with a wrong signature", account=self.account_id, signed=bool(signature))
            return Response(status_code=403)
        arrival = self._arrival(json.loads(body))
        if arrival is None:
            return Response()
        task = asyncio.ensure_future(_stored(store, [arrival]))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        await asyncio.wait({task}, timeout=IN_TIME)
        if task.done() and task.exception() is None:
            return Response()
        log.error("event not stored in time", account=self.account_id, waits=not task.done())
        return Response(status_code=503)  # it comes again; what is stored twice is one row

    def _arrival(self, event: Any) -> Any:
        if isinstance(event, dict) and self.oa_id and updates.account_of(event) not in {self.oa_id, ""}:
            log.warning("an event of another account", account=self.account_id)
            return None
        return updates.arrival_of(event)


async def _stored(store: Store, arrivals: Sequence[Any]) -> None:
    await store(arrivals)


async def _show_code(request: Request) -> Response:
    """Where the administrator's browser lands after giving permission: the code to be typed into the command."""
    _ = Language().text
    code = request.query_params.get("code", "")
    if not CODE.fullmatch(code):
        return Response(status_code=404)
    told = _("Permission was given. Copy this code into the window where caunoi zalo-oa authorize waits:")
    page = Markup(
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="robots" content="noindex"><title>Cầu Nối</title><p>{}</p><pre>{}</pre></html>'
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(page.format(told, code), headers=headers)
