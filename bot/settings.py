"""One frozen Settings, read once from the environment or a .env file; secrets also from files named by *_FILE."""

import json
import os
import re
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import (
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from locales import Language, later
from storage.base.keyring import Keyring, secret_beside

SECRETS = (
    *("telegram_token", "secret_key", "database_url"),
    *(
        "zalo_bot_token",
        "zalo_bot_secret",
        "zalo_oa_secret_key",
        "zalo_oa_refresh_token",
        "zalo_oa_webhook_key",
    ),
)
MENDS = {
    "database_url": later(
        "give an address such as sqlite:///caunoi.db or postgresql://user:password@host/name"
    ),
    "telegram_token": later("copy the token from BotFather: digits, a colon, 35 characters"),
    "telegram_api_url": later("give an address that begins with https:// (or leave it out)"),
    "zalo_bot_token": later("copy the token that Zalo Bot Manager sent you, whole and without spaces"),
    "zalo_bot_api_url": later("give an address that begins with https:// (or leave it out)"),
    "zalo_bot_secret": later("give 8 to 256 letters and digits, or leave it out: one is made"),
    "zalo_bot_monthly_quota": later("give the messages a month of your plan, such as 3000; 0 for no limit"),
    "zalo_bot_user_limit": later("give the users a bot of your plan, such as 50; 0 for no limit"),
    "zalo_oa_app_id": later("copy the application's id from developers.zalo.me: digits only"),
    "zalo_oa_secret_key": later("copy the application's secret key from developers.zalo.me"),
    "zalo_oa_webhook_key": later(
        "copy the OA secret key from the webhook page of developers.zalo.me; leave it out where there is none"
    ),
    "zalo_oa_refresh_token": later(
        "copy the refresh token whole, or leave it out and run caunoi zalo-oa authorize"
    ),
    "zalo_oa_signature": later("write either, plain or mac"),
    "zalo_oa_templates": later(
        'write JSON such as {"notice": {"id": "123456", "fields": {"ten": "name"}}}: kinds are notice, report, '
        "change and reminder"
    ),
    "http_port": later("give a free port from 1 to 65535"),
    "public_url": later("give the address people reach the web chat at, beginning with https://"),
    "secret_key": later("give at least 32 characters, or leave it out: a key is made beside the database"),
    "keep_days": later("give 30 days or more, or 0 to keep everything"),
    "log": later("write text or json"),
}

LEAST_KEPT = 30  # days: a platform may bring an update again, a reminder may lie that long before its session
TEMPLATE_KINDS = frozenset({"notice", "report", "change", "reminder"})


class SettingsError(Exception):
    """A setting is wrong; the message names each one and its mend."""


class Template(BaseModel):
    """A template the platform has approved: its id, and which of a message's values stand in which of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    fields: dict[str, str]


class Settings(BaseSettings):
    """What an installation decides. Names in the environment are these with CAUNOI_ before them."""

    model_config = SettingsConfigDict(env_prefix="CAUNOI_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///caunoi.db"
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    zalo_bot_token: SecretStr | None = None
    zalo_bot_api_url: str = "https://bot-api.zaloplatforms.com"
    zalo_bot_secret: SecretStr | None = None
    zalo_bot_monthly_quota: int = Field(default=3000, ge=0)  # messages a calendar month; 0: no limit
    zalo_bot_user_limit: int = Field(default=50, ge=0)  # people a bot; 0: no limit
    zalo_oa_app_id: str = Field(default="", pattern=r"^\d*$")
    zalo_oa_secret_key: SecretStr | None = None
    zalo_oa_webhook_key: SecretStr | None = (
        None  # what webhooks are signed with, where it is not the secret key
    )
    zalo_oa_refresh_token: SecretStr | None = None  # the first one only; later ones are kept in the database
    zalo_oa_api_url: str = "https://openapi.zalo.me"
    zalo_oa_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_oa_business_url: str = "https://business.openapi.zalo.me"
    zalo_oa_signature: Literal["either", "plain", "mac"] = "either"
    zalo_oa_templates: dict[str, Template] = Field(default_factory=dict)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    secret_key: SecretStr | None = None
    keep_days: int = 90  # what is over; 0: for ever
    log: Literal["text", "json"] = "text"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("no database address") from error
        if backend not in {"sqlite", "postgresql", "postgres"}:
            raise ValueError("neither SQLite nor PostgreSQL")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _shaped_like_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        number, colon, rest = value.get_secret_value().strip().partition(":")
        if not (number.isdigit() and colon and len(rest) >= 20):
            raise ValueError("not a token")
        return SecretStr(value.get_secret_value().strip())

    @field_validator("zalo_bot_token", "zalo_oa_secret_key", "zalo_oa_webhook_key", "zalo_oa_refresh_token")
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value is not None else ""
        if not text.isascii() or len(text.split()) > 1 or "/" in text:
            raise ValueError("not a token")
        return SecretStr(text) if text else None

    @field_validator("zalo_bot_secret")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value is not None else ""
        if text and not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", text):
            raise ValueError("not fit for a header")
        return SecretStr(text) if text else None

    @field_validator("zalo_oa_templates", mode="before")
    @classmethod
    def _read_json(cls, value: Any) -> Any:
        return json.loads(value or "{}") if isinstance(value, str) else value

    @field_validator("zalo_oa_templates")
    @classmethod
    def _known_kinds(cls, value: dict[str, Template]) -> dict[str, Template]:
        if not set(value) <= TEMPLATE_KINDS:
            raise ValueError("unknown kind of template")
        return value

    @field_validator(
        *("public_url", "telegram_api_url", "zalo_bot_api_url"),
        *("zalo_oa_api_url", "zalo_oa_oauth_url", "zalo_oa_business_url"),
    )
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value:
            TypeAdapter(AnyHttpUrl).validate_python(value)
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("too short")
        return value

    @field_validator("keep_days")
    @classmethod
    def _long_enough_to_tell(cls, value: int) -> int:
        if value != 0 and value < LEAST_KEPT:
            raise ValueError("too few days")
        return value

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
        given = [
            *(self.telegram_token, self.secret_key, self.zalo_bot_token),
            *(self.zalo_bot_secret, self.zalo_oa_secret_key, self.zalo_oa_refresh_token),
            self.zalo_oa_webhook_key,
        ]
        password = make_url(self.database_url).password
        return [secret.get_secret_value() for secret in given if secret] + (
            [str(password)] if password else []
        )


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises SettingsError that names every wrong one, the mend beside it."""
    try:
        return Settings(**{**_secrets_from_files(), **overrides})
    except ValidationError as error:
        raise mends(error) from None


def mends(error: ValidationError) -> SettingsError:
    """Every wrong setting by its name, with the mend; what was given is not repeated."""
    _ = Language().text
    names = {str(problem["loc"][0]) for problem in error.errors()}
    told = [
        f"CAUNOI_{name.upper()}: {_(MENDS.get(name, later('give a value of the right kind')))}"
        for name in sorted(names)
    ]
    return SettingsError("\n".join(told))


def _secrets_from_files() -> dict[str, str]:
    """Values of CAUNOI_<NAME>_FILE. Raises SettingsError when a file cannot be read."""
    given = {**dotenv_values(".env"), **os.environ}
    values: dict[str, str] = {}
    for name in SECRETS:
        path = given.get(f"CAUNOI_{name.upper()}_FILE")
        if path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                _ = Language().text
                problem = _("the file {path} cannot be read; give a file that this user may read", path=path)
                raise SettingsError(f"CAUNOI_{name.upper()}_FILE: {problem.unescape()}") from None
    return values
