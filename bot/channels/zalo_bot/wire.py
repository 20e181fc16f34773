"""The Zalo Bot Platform's HTTP: calls, answers believed only in its own envelope, and what a refusal means.

The token stands in every address, so no address may reach a log or the text of an error: what httpx says of a
failure is told by the failure's name alone.
"""

import json
from typing import Any

import httpx

from bot.channels.answers import keep_beginning, says
from bot.channels.base import NOT_TAKEN, AccountDown, Impossible, Later, Unreachable, known
from bot.channels.trust import trusted

NOBODY_THERE = ("chat not found", "user not found", "invalid chat", "invalid user")
IDLE, QUOTA = 408, 429
SERVER_ERRORS = (403, 408)  # 403 is documented as an internal error, never as "blocked"
FIRST_PAUSE = 1.0  # seconds; the sender doubles it while the trouble lasts
REFUSED_TOKEN_PAUSE = 60.0  # seconds
ODD_PAUSE = 30.0  # seconds; for what has no meaning we know


class Trouble(Exception):  # noqa: N818  neither the platform's refusal nor a fault of ours
    """Nobody answered, or something else did in the platform's place."""


class Refusal(Exception):  # noqa: N818  the platform's word for it
    """The platform said no: its code and its words. There is never a time to come again."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description = code, description

    def says(self, *words: str) -> bool:
        """Whether its description holds one of these (lower case)."""
        return any(word in self.description.lower() for word in words)

    @property
    def of_token(self) -> bool:
        return self.code in {401, 404}


class Api:
    """One bot's calls, on a pool of connections of its own, so that no kind of call waits for another."""

    def __init__(self, base: str, token: str, size: int, read_timeout: float) -> None:
        self._base = f"{base}/bot{token}/"
        limits = httpx.Limits(max_connections=size, max_keepalive_connections=size, keepalive_expiry=30)
        timeout = httpx.Timeout(read_timeout, connect=5, write=10, pool=5)
        hooks = {"response": [keep_beginning]}
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout, verify=trusted(), event_hooks=hooks)

    async def call(self, method: str, **params: str) -> Any:
        """The result of a call, None where it has none. Raises Refusal or Trouble."""
        try:
            answer = await self._client.post(self._base + method, json=params)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Trouble(type(error).__name__) from None  # its words may hold the address
        return _result(method, answer.status_code, answer.content)

    async def close(self) -> None:
        await self._client.aclose()


def _result(method: str, status: int, content: bytes) -> Any:
    """What was sent is taken as soon as the answer says so, whatever else of it can be read."""
    try:
        body = json.loads(content)
        ok = body["ok"]
    except (ValueError, RecursionError, TypeError, KeyError):
        if method.startswith("send") and httpx.codes.is_success(status) and says(content, "ok", "true"):
            return None
        raise Trouble(f"HTTP {status}, and no answer of Zalo's") from None
    if ok is True and httpx.codes.is_success(status):
        return body.get("result")
    code = body.get("error_code")
    raise Refusal(code if type(code) is int else status, str(body.get("description", "")))


def verdict_of(error: Exception, token_refused: str) -> Later | Impossible | Unreachable | AccountDown:
    """What a failed call means, a spent quota aside; `token_refused` is told when our token is known no more."""
    if isinstance(error, Refusal):
        return _verdict_of_refusal(error, token_refused)
    if isinstance(error, Trouble):
        return AccountDown(str(error), FIRST_PAUSE)
    return Later(ODD_PAUSE, f"{type(error).__name__}: {error}")  # a fault of ours; counted, then given up


def _verdict_of_refusal(
    refusal: Refusal, token_refused: str
) -> Later | Impossible | Unreachable | AccountDown:
    if refusal.code in {400, 404} and refusal.says(*NOBODY_THERE):
        return Unreachable(refusal.description, "not_found")
    if refusal.of_token:
        return AccountDown(token_refused, REFUSED_TOKEN_PAUSE, refused=True)
    if refusal.code in SERVER_ERRORS or refusal.code >= 500:
        return AccountDown(str(refusal), FIRST_PAUSE)
    if 400 <= refusal.code < 500:
        return Impossible(refusal.description, known(refusal.description, NOT_TAKEN))
    return Later(ODD_PAUSE, str(refusal))
