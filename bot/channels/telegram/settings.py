"""What an installation decides about its Telegram bot."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr

from bot.common_settings import Address, CommonSettings, Mend
from locales import later


def _shaped_like_a_token(value: SecretStr | None) -> SecretStr | None:
    text = value.get_secret_value().strip() if value is not None else ""
    number, colon, rest = text.partition(":")
    if text and not (number.isdigit() and colon and len(rest) >= 20):
        raise ValueError("not a token")
    return SecretStr(text) if text else None


class TelegramSettings(CommonSettings):
    telegram_token: Annotated[
        SecretStr | None,
        AfterValidator(_shaped_like_a_token),
        Mend(later("copy the token from BotFather: digits, a colon, 35 characters")),
    ] = None
    telegram_api_url: Address = "https://api.telegram.org"
