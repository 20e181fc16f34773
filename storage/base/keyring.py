"""The centre's secret: what it seals, signs and hashes."""

import base64
import hashlib
import hmac
import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from storage.base import private

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SHORTEST = 32  # characters of a secret
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1, which paper confuses


class Keyring:
    """Derives one key a purpose from the secret, so that none of them gives another away."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST:
            raise ValueError("the secret key is shorter than 32 characters")
        self._secret = secret.encode()

    @cached_property
    def cipher(self) -> "Fernet":
        """What seals the encrypted columns; made at the first one, for it brings 6 MiB along."""
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self._derive("columns")))

    def _derive(self, purpose: str) -> bytes:
        return hmac.new(self._secret, purpose.encode(), hashlib.sha256).digest()

    def number(self, purpose: str, below: int) -> int:
        """A secret number from 1 to `below` - 1, always the same for this purpose: what a private key is made of."""
        return int.from_bytes(self._derive(f"number:{purpose}")) % (below - 1) + 1

    def hash_code(self, code: str) -> str:
        """The stored form of a one-time code; how the code was typed (case, spaces, hyphens) does not matter."""
        return hmac.new(self._derive("codes"), tidy_code(code).encode(), hashlib.sha256).hexdigest()

    def sign(self, purpose: str, text: str) -> str:
        """22 characters of A-Za-z0-9_- that prove `text` came from us, for this purpose."""
        mac = hmac.new(self._derive(purpose), text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac[:16]).decode().rstrip("=")

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


def new_code() -> str:
    """A one-time code as printed on a slip, such as ABCD-2345: 39 random bits.

    One of them at least is a digit: typed with a space, letters alone would pass for two words.
    """
    letters = ""
    while not any(letter.isdigit() for letter in letters):
        letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
    return printed_code(letters)


def printed_code(text: str) -> str:
    """A code as it stands on a slip, however somebody has typed it."""
    tidy = tidy_code(text)
    return f"{tidy[:4]}-{tidy[4:]}"


def tidy_code(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def looks_like_code(text: str) -> bool:
    """Whether a typed line can only be a code, so that it binds without /start before it.

    Two short words of eight letters together ("nghe nhac") are none.
    """
    tidy = tidy_code(text)
    is_words = " " in text.strip() and not any(letter.isdigit() for letter in tidy)
    fits = len(tidy) == 8 and len(text.strip()) <= 12 and not is_words
    return fits and all(letter in CODE_ALPHABET for letter in tidy)


def secret_beside(database_file: Path) -> str:
    """The secret kept beside a database file, made at its first use, readable by its owner only."""
    path = database_file.with_suffix(".key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        private.written(path, secrets.token_urlsafe(48).encode())
    return path.read_text().strip()
