"""What `caunoi doctor` asks of a Telegram bot; nothing is changed by it."""

from collections.abc import Iterator

import httpx

from bot.channels.kind import Check, bad
from bot.channels.telegram.settings import TelegramSettings
from locales import Language
from storage.base.engine import Database
from storage.messaging.accounts import ChannelAccount

_ = Language().text


def check(
    settings: TelegramSettings, _account: ChannelAccount, _database: Database | None
) -> Iterator[Check]:
    if settings.telegram_token is None:
        yield Check(_("Telegram: no CAUNOI_TELEGRAM_TOKEN, so it is not used"))
    else:
        yield _greeted(settings, settings.telegram_token.get_secret_value())


def _greeted(settings: TelegramSettings, token: str) -> Check:
    """Ask getMe. The token is in the address, so neither the address nor the library's own words are told."""
    url = f"{settings.telegram_api_url}/bot{token}/getMe"
    try:
        answer = httpx.get(url, timeout=10)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return bad(
            _("Telegram: it cannot be reached ({kind})", kind=type(error).__name__),
            _("check the network, a proxy, and CAUNOI_TELEGRAM_API_URL"),
        )
    if answer.status_code in {401, 404}:
        return bad(
            _("Telegram: it does not accept the token"),
            _("copy the current token from BotFather into CAUNOI_TELEGRAM_TOKEN"),
        )
    found = told.get("result") if isinstance(told, dict) else None
    if not isinstance(found, dict) or not told.get("ok"):
        return bad(
            _("Telegram: it answers {status}", status=answer.status_code),
            _("wait a little and look again; check CAUNOI_TELEGRAM_API_URL"),
        )
    return Check(_("Telegram: the bot is @{name}", name=found.get("username", "")))
