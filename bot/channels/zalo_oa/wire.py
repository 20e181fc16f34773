"""The Official Account's HTTP: calls that believe only its own answers, and what a refusal means."""

import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx

from bot.channels.answers import keep_beginning, says
from bot.channels.base import AccountDown, Held, Impossible, Later, Unreachable, Verdict

OLD_TOKEN = frozenset({-216, -220, -124, 216, -401, 401})
WINDOW = frozenset({-230, -213, -232})
NOBODY = {-217: "blocked", -244: "blocked", -227: "gone"}  # -244: does not want such messages
TOO_FAST = frozenset({-32})
SPENT = frozenset({-211})
PASSING = frozenset({-1, -10, -100, -200})
OF_ACCOUNT = frozenset({-204, -205, -207, -208, -209, -212, -219, -221, -224, -320, -321})
NEVER = frozenset({-201, -210, -233, -248})  # shape, length, kind, content
TOO_LARGE = -210
FIRST_PAUSE, LONG_PAUSE = 1.0, 60.0  # seconds; the sender doubles them while the trouble lasts
WHILE = 1.0  # seconds after one message too many in a second
A_DAY = timedelta(days=1).total_seconds()
AN_HOUR = 3600.0


class Refusal(Exception):  # noqa: N818  the platform's word for it
    """The platform said no: its number and its words, which name no token."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}".strip())
        self.code, self.words = code, words


class NoAnswer(Exception):  # noqa: N818  nobody knows yet
    """Something else answered in the platform's place, or nothing did."""


class Connections:
    """Calls of one account. The token stands in a header, never in an address."""

    def __init__(self, api: str, business: str, trust: ssl.SSLContext) -> None:
        self.api, self.business = api, business
        limits = httpx.Limits(max_connections=12, max_keepalive_connections=12, keepalive_expiry=30)
        timeout = httpx.Timeout(20, connect=5, pool=5)  # a short wait would repeat what was taken slowly
        hooks = {"response": [keep_beginning]}
        self.client = httpx.AsyncClient(limits=limits, timeout=timeout, verify=trust, event_hooks=hooks)

    async def close(self) -> None:
        await self.client.aclose()

    async def account(self, token: str) -> dict[str, Any]:
        """Who the account is: `name`, `oa_id`."""
        return await self._call("GET", f"{self.api}/v2.0/oa/getoa", token)

    async def message(self, token: str, chat: str, message: Mapping[str, Any]) -> dict[str, Any]:
        body = {"recipient": {"user_id": chat}, "message": message}
        return await self._send(f"{self.api}/v3.0/oa/message/cs", token, body)

    async def upload(self, token: str, kind: str, name: str, content: bytes) -> dict[str, Any]:
        """Bring an `image` or a `file`; what it may be sent by is in the answer."""
        url = f"{self.api}/v2.0/oa/upload/{kind}"
        return await self._call("POST", url, token, files={"file": (name, content)})

    async def template(self, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._send(f"{self.business}/message/template", token, body)

    async def _send(self, url: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """As _call; taken as soon as the answer says so, whatever else of it can be read."""
        answer = await self._answer("POST", url, token, json=body)
        try:
            return _data(answer)
        except NoAnswer:
            if httpx.codes.is_success(answer.status_code) and says(answer.content, "error", "0"):
                return {}
            raise

    async def _call(self, method: str, url: str, token: str, **content: Any) -> dict[str, Any]:
        """The answer's data. Raises Refusal when the platform says no, NoAnswer when it says nothing."""
        return _data(await self._answer(method, url, token, **content))

    async def _answer(self, method: str, url: str, token: str, **content: Any) -> httpx.Response:
        try:
            return await self.client.request(method, url, headers={"access_token": token}, **content)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None


def _data(answer: httpx.Response) -> dict[str, Any]:
    """Both the status and the body have to say that all is well."""
    try:
        told = answer.json()
        error = int(told["error"])
        words = str(told.get("message", ""))[:200]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _without_words(answer.status_code) from None
    if error:
        raise Refusal(error, words)
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        raise _without_words(answer.status_code)
    data = told.get("data")
    return data if isinstance(data, dict) else {}


def _without_words(status: int) -> Exception:
    """What a status alone says. A 403 page is a provider's or a proxy's, not the person's."""
    known = {401: -216, 413: -210, 429: -32}
    if status in known:
        return Refusal(known[status], f"HTTP {status}")
    return NoAnswer(f"HTTP {status}, and no answer of the platform's")


def verdict_of(error: Exception) -> Verdict:
    """What a failed call means for its message; a refused token (OLD_TOKEN) is the channel's to mend."""
    if isinstance(error, Refusal):
        return _verdict_of_refusal(error)
    if isinstance(error, NoAnswer):
        return AccountDown(str(error), FIRST_PAUSE)
    return Later(30, f"{type(error).__name__}: {error}")  # a fault of ours; counted, then given up


def _verdict_of_refusal(refusal: Refusal) -> Verdict:
    if refusal.code in NEVER and "user_id" in refusal.words:
        return Unreachable(str(refusal), "not_found")
    if refusal.code in NOBODY:
        return Unreachable(str(refusal), NOBODY[refusal.code])
    if refusal.code in NEVER:
        return Impossible(str(refusal), "too_large" if refusal.code == TOO_LARGE else "")
    meant = (verdict for codes, verdict in MEANING.items() if refusal.code in codes)
    return next(meant, _unknown)(str(refusal))


def _unknown(words: str) -> Verdict:
    """A number nobody has told us about is tried again, then given up."""
    return Later(60, words)


MEANING: dict[frozenset[int], Callable[[str], Verdict]] = {
    WINDOW: lambda _words: Held("window", A_DAY),
    SPENT: lambda _words: Held("quota", AN_HOUR),
    TOO_FAST: lambda words: Later(WHILE, words, too_fast=True),
    OLD_TOKEN | OF_ACCOUNT: lambda words: AccountDown(words, LONG_PAUSE, refused=True),
    PASSING: lambda words: Later(5, words),
}
