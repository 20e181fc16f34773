"""One frozen Settings, read once from the environment or a .env file; secrets also from files named by *_FILE.

It is made of what every installation decides and of what its messengers bring (bot/kinds.py).
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError, create_model

from bot.common_settings import CommonSettings, Mend
from bot.kinds import KINDS
from locales import Language, later


class SettingsError(Exception):
    """A setting is wrong; the message names each one and its mend."""


def composed() -> type[CommonSettings]:
    """The settings of the program and of every messenger as one class."""
    brought = [kind.its_settings() for kind in KINDS.values() if kind.settings]
    return create_model("Settings", __base__=(*brought, CommonSettings))


if TYPE_CHECKING:  # what a messenger's own settings are, it alone asks
    Settings: TypeAlias = CommonSettings
else:
    Settings = composed()


def secret_names() -> list[str]:
    """The settings that can come from a file; a database's address may hold its password."""
    found = Settings.model_fields.items()
    return ["database_url", *(name for name, field in found if SecretStr in get_args(field.annotation))]


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
    return SettingsError("\n".join(f"CAUNOI_{name.upper()}: {_(mend_of(name))}" for name in sorted(names)))


def mend_of(name: str) -> str:
    """A marked sentence: what to give for a setting."""
    about = Settings.model_fields[name].metadata
    told = [each.sentence for each in about if isinstance(each, Mend)]
    return told[-1] if told else later("give a value of the right kind")


def _secrets_from_files() -> dict[str, str]:
    """Values of CAUNOI_<NAME>_FILE. Raises SettingsError when a file cannot be read."""
    given = {**dotenv_values(".env"), **os.environ}
    values: dict[str, str] = {}
    for name in secret_names():
        path = given.get(f"CAUNOI_{name.upper()}_FILE")
        if path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                _ = Language().text
                problem = _("the file {path} cannot be read; give a file that this user may read", path=path)
                raise SettingsError(f"CAUNOI_{name.upper()}_FILE: {problem.unescape()}") from None
    return values
