"""Telegram's HTTP: connections that believe only Telegram's own answers, and what a refusal means."""

import json
import re
import ssl
from typing import Any

import httpx
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.answers import keep_beginning, says
from bot.channels.base import NOT_TAKEN, AccountDown, Impossible, Later, Moved, Unreachable, known

MAKES_MESSAGE = re.compile(r"/(?:send|editMessage)\w+")
MESSAGE_ID = re.compile(rb'"message_id"\s*:\s*([1-9][0-9]{0,14})\b')
NOT_REACHED = {
    "blocked": ("bot was blocked", "bot was kicked"),
    "gone": ("user is deactivated",),
    "not_found": ("chat not found", "user not found", "peer_id_invalid"),
    "never_wrote": ("can't initiate conversation",),
}
FIRST_PAUSE = 1.0  # seconds; the sender doubles it while the trouble lasts
REFUSED_TOKEN_PAUSE = 60.0  # seconds


class Refusal(TelegramError):  # noqa: N818  the platform's word for it
    """Telegram said no: its code, its words, and `parameters` such as retry_after.

    python-telegram-bot tells refusals apart by the HTTP status alone: `ok: false` under 200 breaks it, and a
    provider's own 403 page would look as if the person had blocked us.
    """

    def __init__(self, code: int, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description = code, description
        self.retry_after = float(parameters.get("retry_after", 0))  # seconds
        self.moved_to: int | None = parameters.get("migrate_to_chat_id")

    def says(self, *words: str) -> bool:
        """Whether its description holds one of these (lower case)."""
        return any(word in self.description.lower() for word in words)

    @property
    def of_token(self) -> bool:
        return self.code in {401, 404}


class Connections(HTTPXRequest):
    """A pool of connections of its own, so that no kind of call waits for another."""

    def __init__(self, size: int, read_timeout: float, trust: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=size, max_keepalive_connections=size, keepalive_expiry=30)
        super().__init__(
            read_timeout=read_timeout,
            write_timeout=10,
            connect_timeout=5,
            pool_timeout=5,
            media_write_timeout=60,
            httpx_kwargs={"limits": limits, "verify": trust, "event_hooks": {"response": [keep_beginning]}},
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Raises Refusal when Telegram refuses, NetworkError when something else answers in its place."""
        code, payload = await super().do_request(*args, **kwargs)
        if kwargs["method"] == "GET":  # the contents of a file
            if code != httpx.codes.OK:
                raise NetworkError(f"HTTP {code} for a file")
        elif not httpx.codes.is_success(code) or not says(payload, "ok", "true"):
            raise _refusal(code, payload)
        return code, _message(payload) if MAKES_MESSAGE.search(kwargs["url"]) else payload


def _message(payload: bytes) -> bytes:
    """The message that was taken as python-telegram-bot can read it, whatever of it can be: its id alone counts, 0 for
    none.
    """
    number = MESSAGE_ID.search(payload)
    made = {"message_id": int(number[1]) if number else 0, "date": 0, "chat": {"id": 0, "type": "private"}}
    return json.dumps({"ok": True, "result": made}).encode()


def _refusal(status: int, payload: bytes) -> TelegramError:
    try:
        answer = json.loads(payload)
        code = int(answer.get("error_code", status))
        return Refusal(code, str(answer["description"]), dict(answer.get("parameters") or {}))
    except (ValueError, TypeError, KeyError, AttributeError):
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:  # the web server in front says this itself
            return Refusal(status, "Request Entity Too Large", {})
        return NetworkError(f"HTTP {status}, and no answer of Telegram's")


def verdict_of(
    error: Exception, token_refused: str
) -> Later | Impossible | Unreachable | Moved | AccountDown:
    """What a failed call means; `token_refused` is told when Telegram no longer knows our token."""
    if isinstance(error, Refusal):
        return _verdict_of_refusal(error, token_refused)
    if isinstance(error, TelegramError):
        return AccountDown(str(error), FIRST_PAUSE)
    return Later(30, f"{type(error).__name__}: {error}")  # a fault of ours; counted, then given up


def _verdict_of_refusal(
    refusal: Refusal, token_refused: str
) -> Later | Impossible | Unreachable | Moved | AccountDown:
    if refusal.moved_to is not None:
        return Moved(str(refusal.moved_to))
    if refusal.retry_after:
        return Later(refusal.retry_after, str(refusal), too_fast=True)
    if refusal.of_token:
        return AccountDown(token_refused, REFUSED_TOKEN_PAUSE, refused=True)
    why = known(refusal.description, NOT_REACHED)
    if why or refusal.code == httpx.codes.FORBIDDEN:
        return Unreachable(refusal.description, why)
    if refusal.code in {409, 429} or refusal.code >= 500:
        return AccountDown(str(refusal), FIRST_PAUSE)
    return Impossible(refusal.description, known(refusal.description, NOT_TAKEN))
