"""The Official Account's OAuth v4: permission, one-time codes, pairs of tokens whose refresh token works once."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.demo.fakes.zalo_oa.wire import Refusal

REFRESH_LIVES = timedelta(days=90)
CODE_LIVES = timedelta(minutes=10)
INVALID, EXPIRED = -216, -220


@dataclass
class Pair:
    """What one exchange gave; `used` once its refresh token brought the next pair."""

    access: str
    refresh: str
    given_at: datetime
    expires_at: datetime
    used: bool = False
    revoked: bool = False


@dataclass
class Code:
    challenge: str
    given_at: datetime
    used: bool = False


class OAuth:
    """All pairs and codes ever given, on the real clock: tokens know nothing of a centre's own time."""

    def __init__(
        self,
        app_id: str,
        secret_key: str,
        real: Callable[[], datetime],
        lives: float,
        *,
        expires_as_text: bool,
    ) -> None:
        self.app_id, self.secret_key, self.real = app_id, secret_key, real
        self.lives = lives
        self.expires_as_text = expires_as_text
        self.pairs: list[Pair] = []
        self.codes: dict[str, Code] = {}
        self.give()

    @property
    def newest(self) -> Pair:
        return self.pairs[-1]

    def give(self) -> Pair:
        now = self.real()
        made = Pair(
            secrets.token_urlsafe(40), secrets.token_urlsafe(40), now, now + timedelta(seconds=self.lives)
        )
        self.pairs.append(made)
        return made

    def permit(self, challenge: str = "") -> str:
        """The administrator of the account has said yes: the code that is brought back."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(challenge, self.real())
        return code

    def check(self, access: str | None) -> None:
        """Whether a call may be carried out. Raises the refusal of a token that is none, or no longer one."""
        found = next((pair for pair in self.pairs if access and pair.access == access), None)
        if found is None or found.revoked:
            raise Refusal(INVALID, "Access token is invalid")
        if found.expires_at <= self.real():
            raise Refusal(EXPIRED, "Access token has expired")

    def exchange(self, secret_key: str | None, form: Mapping[str, str]) -> dict[str, Any]:
        """A new pair for a code or for a refresh token, either of which works once."""
        if secret_key != self.secret_key:
            raise Refusal(-14004, "Invalid secret key.")
        if form.get("app_id") != self.app_id:
            raise Refusal(-14002, "Invalid app id.")
        if form.get("grant_type") == "authorization_code":
            self._spend_code(form)
        elif form.get("grant_type") == "refresh_token":
            self._spend_refresh(form.get("refresh_token", ""))
        else:
            raise Refusal(-14005, "Invalid grant type.")
        return self._told(self.give())

    def _spend_code(self, form: Mapping[str, str]) -> None:
        code = self.codes.get(form.get("code", ""))
        if code is None or code.used or code.given_at + CODE_LIVES <= self.real():
            raise Refusal(-14019, "Invalid authorization code.")
        if code.challenge and code.challenge != challenge_of(form.get("code_verifier", "")):
            raise Refusal(-14010, "Invalid code verifier.")
        code.used = True

    def _spend_refresh(self, refresh: str) -> None:
        pair = next((each for each in self.pairs if each.refresh == refresh), None)
        if pair is None or pair.used or pair.revoked or pair.given_at + REFRESH_LIVES <= self.real():
            raise Refusal(-14014, "Invalid refresh token.")
        pair.used = True

    def _told(self, pair: Pair) -> dict[str, Any]:
        seconds = int(self.lives)
        expires: str | int = str(seconds) if self.expires_as_text else seconds
        return {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": expires}


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
