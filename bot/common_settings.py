"""What every installation decides, whatever its messengers, and the parts a messenger's own settings are made of
(bot/channels/<messenger>/settings.py). Together they are bot.settings.Settings.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from locales import later
from storage.base.keyring import Keyring, secret_beside

LEAST_KEPT = 30  # days: a platform may bring an update again, a reminder may lie that long before its session


@dataclass(frozen=True)
class Mend:
    """What to do about a wrong value: a marked sentence. Of several the last one counts."""

    sentence: str


# --- kinds of values


def _an_address(value: str) -> str:
    if value:
        TypeAdapter(AnyHttpUrl).validate_python(value)
    return value.rstrip("/")


def _one_word(value: SecretStr | None) -> SecretStr | None:
    text = value.get_secret_value().strip() if value is not None else ""
    if not text.isascii() or len(text.split()) > 1 or "/" in text:
        raise ValueError("not a token")
    return SecretStr(text) if text else None


Address = Annotated[
    str,
    AfterValidator(_an_address),
    Mend(later("give an address that begins with https:// (or leave it out)")),
]
Word = Annotated[SecretStr | None, AfterValidator(_one_word)]  # a token or key; empty is none


def _known_database(value: str) -> str:
    try:
        backend = make_url(value).get_backend_name()
    except ArgumentError as error:
        raise ValueError("no database address") from error
    if backend not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError("neither SQLite nor PostgreSQL")
    return value


def _long_enough(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value.get_secret_value()) < 32:
        raise ValueError("too short")
    return value


def _long_enough_to_tell(value: int) -> int:
    if value != 0 and value < LEAST_KEPT:
        raise ValueError("too few days")
    return value


# --- the settings


class CommonSettings(BaseSettings):
    """Names in the environment are these with CAUNOI_ before them."""

    model_config = SettingsConfigDict(env_prefix="CAUNOI_", env_file=".env", extra="ignore", frozen=True)

    database_url: Annotated[
        str,
        AfterValidator(_known_database),
        Mend(later("give an address such as sqlite:///caunoi.db or postgresql://user:password@host/name")),
    ] = "sqlite:///caunoi.db"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535), Mend(later("give a free port from 1 to 65535"))] = 8080
    public_url: Annotated[
        Address, Mend(later("give the address people reach the web chat at, beginning with https://"))
    ] = ""
    secret_key: Annotated[
        SecretStr | None,
        AfterValidator(_long_enough),
        Mend(later("give at least 32 characters, or leave it out: a key is made beside the database")),
    ] = None
    keep_days: Annotated[  # what is over; 0: for ever
        int,
        AfterValidator(_long_enough_to_tell),
        Mend(later("give 30 days or more, or 0 to keep everything")),
    ] = 90
    files_mb: Annotated[int, Field(ge=1), Mend(later("give megabytes, 1 or more"))] = 200
    streams_per_chat: Annotated[int, Field(ge=1), Mend(later("give 1 or more"))] = 4
    streams_per_address: Annotated[int, Field(ge=1), Mend(later("give 1 or more"))] = 48
    slow_seconds: Annotated[int, Field(ge=5), Mend(later("give seconds, 5 or more"))] = 20
    push_service: Annotated[
        Address, Mend(later("give the address of a push service of your own, or leave it out"))
    ] = ""
    backup_folder: str = "backups"
    log: Annotated[Literal["text", "json"], Mend(later("write text or json"))] = "text"

    @property
    def web_base(self) -> str:
        """Where links to our own pages lead: the public address, else this computer's own."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    def keyring(self) -> Keyring:
        """The secret given, or the one kept beside the database (made at its first use)."""
        if self.secret_key is not None:
            return Keyring(self.secret_key.get_secret_value())
        url = make_url(self.database_url)
        file = Path(url.database or "caunoi.db") if url.get_backend_name() == "sqlite" else Path("caunoi.db")
        return Keyring(secret_beside(file))

    def secrets(self) -> list[str]:
        """What must never stand in a log."""
        values = [getattr(self, name) for name in type(self).model_fields]
        given = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        password = make_url(self.database_url).password
        return given + ([str(password)] if password else [])
