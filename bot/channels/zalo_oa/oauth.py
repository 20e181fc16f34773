"""The Official Account's OAuth: a code or a refresh token for a pair of tokens. Each of them works once.

Synchronous on purpose: the exchange runs in a short process of its own (bot/channels/zalo_oa/refresh.py). Nothing
secret is in an address or in the words of an error.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.channels.zalo_oa.settings import ZaloOaSettings

TIMEOUT = httpx.Timeout(30, connect=10)  # seconds; a long wait: an answer given up is a pair lost
CAUTIOUS_LIFE = 3600.0  # seconds, of a token whose answer does not say how long it lives
LOST = frozenset({-14014, -118})  # the refresh token is none any more
PASSING = frozenset({-1, -32, -100, -200})  # errors of the platform's own


@dataclass(frozen=True)
class Given:
    """A new pair. `lives` is how long its access token does, in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lives: float


class Refused(Exception):  # noqa: N818  the platform's word for it
    """The platform says no, and will again: its number and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}".strip())
        self.code = code

    @property
    def is_lost(self) -> bool:
        """Whether the refresh token is of no use any more; else something in the settings is wrong."""
        return self.code in LOST


class Unanswered(Exception):  # noqa: N818  nobody knows yet
    """No answer, or a passing fault: it may be tried again."""


def permission_address(settings: ZaloOaSettings, back: str, verifier: str) -> str:
    """Where the account's administrator gives permission; the browser is sent on to `back` with a code."""
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    asked = {"app_id": settings.zalo_oa_app_id, "redirect_uri": back, "code_challenge": challenge}
    return f"{settings.zalo_oa_oauth_url}/v4/oa/permission?{urlencode(asked)}"


def by_code(settings: ZaloOaSettings, code: str, verifier: str) -> Given:
    """The first pair, for the code of a permission. Raises Refused, Unanswered."""
    return _exchange(settings, grant_type="authorization_code", code=code, code_verifier=verifier)


def by_refresh_token(settings: ZaloOaSettings, token: str) -> Given:
    """The next pair; the token is used up by it. Raises Refused, Unanswered."""
    given = _exchange(settings, grant_type="refresh_token", refresh_token=token)
    return given if given.refresh else Given(given.access, token, given.lives)


def _exchange(settings: ZaloOaSettings, **form: str) -> Given:
    assert settings.zalo_oa_secret_key is not None, "the account is used only with a secret key"
    try:
        answer = httpx.post(
            f"{settings.zalo_oa_oauth_url}/v4/oa/access_token",
            data={"app_id": settings.zalo_oa_app_id, **form},
            headers={"secret_key": settings.zalo_oa_secret_key.get_secret_value()},
            timeout=TIMEOUT,
        )
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unanswered(type(error).__name__) from None
    if not isinstance(told, dict) or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unanswered(f"HTTP {answer.status_code}")
    if not told.get("access_token"):
        raise _refusal(told, answer.status_code)
    lives = _seconds(told.get("expires_in"))
    return Given(str(told["access_token"]), str(told.get("refresh_token") or ""), lives)


def _refusal(told: Mapping[str, Any], status: int) -> Exception:
    code = told.get("error")
    if not isinstance(code, int) or code in PASSING:
        return Unanswered(f"HTTP {status}, error {code}")
    words = next((told[key] for key in ("error_name", "error_description", "message") if told.get(key)), "")
    return Refused(code, str(words)[:200])


def _seconds(value: object) -> float:
    """The life of a token, told as a number or as text."""
    try:
        seconds = float(str(value))
    except ValueError:
        return CAUTIOUS_LIFE
    return seconds if 0 < seconds < 10**9 else CAUTIOUS_LIFE
