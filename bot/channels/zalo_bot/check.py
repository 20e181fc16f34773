"""What `caunoi doctor` asks of a Zalo bot; nothing is changed by it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from bot.channels.kind import Check, bad
from bot.channels.zalo_bot.settings import ZaloBotSettings
from locales import Language
from storage.base.engine import Database
from storage.messaging.accounts import ChannelAccount

_ = Language().text


def check(settings: ZaloBotSettings, _account: ChannelAccount, _database: Database | None) -> Iterator[Check]:
    """Ask getMe, and say what polling costs. The token is in the address, so no address is told."""
    if settings.zalo_bot_token is None:
        yield Check(_("Zalo Bot: no CAUNOI_ZALO_BOT_TOKEN, so it is not used"))
        return
    url = f"{settings.zalo_bot_api_url}/bot{settings.zalo_bot_token.get_secret_value()}/getMe"
    try:
        answer = httpx.post(url, json={}, timeout=10)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        yield bad(
            _("Zalo Bot: it cannot be reached ({kind})", kind=type(error).__name__),
            _("check the network, a proxy, and CAUNOI_ZALO_BOT_API_URL"),
        )
        return
    code = told.get("error_code", answer.status_code) if isinstance(told, dict) else answer.status_code
    found = told.get("result") if isinstance(told, dict) and told.get("ok") else None
    if code in {401, 404}:
        yield bad(
            _("Zalo Bot: Zalo does not accept the token"),
            _("copy the current token from Zalo Bot Manager into CAUNOI_ZALO_BOT_TOKEN"),
        )
    elif not isinstance(found, dict):
        yield bad(
            _("Zalo Bot: it answers {status}", status=code),
            _("wait a little and look again; check CAUNOI_ZALO_BOT_API_URL"),
        )
    else:
        yield Check(_("Zalo Bot: the bot is {name}", name=found.get("account_name") or found.get("id", "")))
        yield _ways_here(settings)


def _ways_here(settings: ZaloBotSettings) -> Check:
    """How messages come to a bot that can be pushed to or has to ask, and what the second way costs."""
    if settings.public_url.startswith("https://"):
        return Check(_("Zalo Bot: messages are brought to {url}", url=settings.public_url))
    told = _(
        "Zalo Bot: messages are asked for, one a second at the most; what is written while caunoi does not run may be "
        "lost, and links to files lead to {url}, on the office network only",
        url=settings.web_base,
    )
    if urlsplit(settings.web_base).hostname in {"127.0.0.1", "localhost"}:
        return bad(
            told,
            _("set CAUNOI_HTTP_HOST=0.0.0.0 and CAUNOI_PUBLIC_URL to this computer's address in the network"),
        )
    return Check(told)
