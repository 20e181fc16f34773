"""One frozen Settings, read once from the environment or a .env file; secrets also from files named by *_FILE."""

import os
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from locales import Language, later
from storage.keyring import Keyring, secret_beside

SECRETS = ("telegram_token", "secret_key", "database_url")
MENDS = {
    "database_url": later(
        "give an address such as sqlite:///caunoi.db or postgresql://user:password@host/name"
    ),
    "telegram_token": later("copy the token from BotFather: digits, a colon, 35 characters"),
    "telegram_api_url": later("give an address that begins with https:// (or leave it out)"),
    "http_port": later("give a free port from 1 to 65535"),
    "public_url": later("give the address people reach the web chat at, beginning with https://"),
    "secret_key": later("give at least 32 characters, or leave it out: a key is made beside the database"),
    "log": later("write text or json"),
}


class SettingsError(Exception):
    """A setting is wrong; the message names each one and its mend."""


class Settings(BaseSettings):
    """What an installation decides. Names in the environment are these with CAUNOI_ before them."""

    model_config = SettingsConfigDict(env_prefix="CAUNOI_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///caunoi.db"
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    secret_key: SecretStr | None = None
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

    @field_validator("public_url", "telegram_api_url")
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
        given = [self.telegram_token, self.secret_key]
        password = make_url(self.database_url).password
        return [secret.get_secret_value() for secret in given if secret] + (
            [str(password)] if password else []
        )


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises SettingsError that names every wrong one, the mend beside it."""
    try:
        return Settings(**{**_secrets_from_files(), **overrides})
    except ValidationError as error:
        _ = Language().text
        names = {str(problem["loc"][0]) for problem in error.errors()}
        told = [
            f"CAUNOI_{name.upper()}: {_(MENDS.get(name, later('give a value of the right kind')))}"
            for name in sorted(names)
        ]
        raise SettingsError("\n".join(told)) from None


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
