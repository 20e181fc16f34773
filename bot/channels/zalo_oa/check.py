"""What `caunoi doctor` and the commands ask of an Official Account, synchronously; nothing is changed by it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.channels.kind import Check, bad
from bot.channels.zalo_oa.kind import KIND
from bot.channels.zalo_oa.oauth import Refused, Unanswered, by_refresh_token
from bot.channels.zalo_oa.refresh import command_for
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.wire import OLD_TOKEN
from locales import Language
from storage.base.engine import Database
from storage.messaging import tokens
from storage.messaging.accounts import ChannelAccount
from storage.messaging.tokens import Pair

_ = Language().text
NO_TOKEN = "doctor-looks"  # noqa: S105  a token nobody has: refused as such where application and key are right
SECONDS = 10.0


def check(settings: ZaloOaSettings, account: ChannelAccount, database: Database | None) -> Iterator[Check]:
    """Look at addresses, application, key, tokens and the webhook's address of one account, until something is wrong.

    Nothing where no account is used, or no database that could hold its tokens.
    """
    if database is not None and KIND.is_given(settings):
        with database.reading() as session:
            pair = tokens.pair_of(session, account.id)
        yield _looked(settings, pair, account)


def _looked(settings: ZaloOaSettings, pair: Pair | None, account: ChannelAccount) -> Check:
    return _application(settings) or _permission(settings, pair, account) or _account(settings, pair, account)


def _application(settings: ZaloOaSettings) -> Check | None:
    """Whether application and key are accepted, told by how a made-up refresh token is refused."""
    try:
        by_refresh_token(settings, NO_TOKEN)
    except Refused as refused:
        if refused.is_lost:
            return None
        told = _("Official Account: Zalo does not accept the application ({words})", words=refused)
        mend = _("copy CAUNOI_ZALO_OA_APP_ID and CAUNOI_ZALO_OA_SECRET_KEY anew from developers.zalo.me")
        return bad(told, mend)
    except Unanswered as error:
        told = _("Official Account: Zalo's permission service gives no answer ({kind})", kind=error)
        return bad(told, _("check the network, a proxy, and CAUNOI_ZALO_OA_OAUTH_URL"))
    return None


def _permission(settings: ZaloOaSettings, pair: Pair | None, account: ChannelAccount) -> Check | None:
    """Whether there are tokens, and whether they can be renewed."""
    command = _("run {command}", command=command_for(account.name))
    if pair is not None and pair.problem:
        return bad(_("Official Account: permission is lost ({words})", words=pair.problem), command)
    if pair is None or not pair.access:
        if settings.zalo_oa_refresh_token is None:
            return bad(_("Official Account: permission was not given yet"), command)
        return Check(_("Official Account: the first token is fetched by caunoi run"))
    if pair.lives(datetime.now(UTC)):
        return None
    told = _("Official Account: the access token is over, and nobody has renewed it")
    return bad(told, _("start caunoi run, or run caunoi zalo-oa refresh"))


def _account(settings: ZaloOaSettings, pair: Pair | None, account: ChannelAccount) -> Check:
    """Whether the platform takes the token, and whether events can reach us."""
    assert pair is not None, "looked at before"
    told = whoami(settings, pair.access)
    if isinstance(told, str):
        mend = _("check the network, a proxy, and CAUNOI_ZALO_OA_API_URL")
        return bad(_("Official Account: it cannot be reached ({words})", words=told), mend)
    error, data = int(told.get("error", 0)), told.get("data")
    if error in OLD_TOKEN:
        mend = _("run {command}", command=command_for(account.name))
        return bad(_("Official Account: Zalo does not accept the access token"), mend)
    if error or not isinstance(data, dict):
        mend = _("look at what Zalo says of this account at oa.zalo.me; check CAUNOI_ZALO_OA_API_URL")
        words = f"{error} {str(told.get('message', ''))[:200]}"
        return bad(_("Official Account: Zalo refuses ({words})", words=words), mend)
    return _reachable(settings, str(data.get("name", "")), pair)


def _reachable(settings: ZaloOaSettings, name: str, pair: Pair) -> Check:
    if not settings.public_url.startswith("https://"):
        told = _("Official Account: {name}, but nothing people write can reach us", name=name)
        mend = _(
            "give CAUNOI_PUBLIC_URL an address that begins with https://, and enter it at developers.zalo.me"
        )
        return bad(told, mend)
    if settings.zalo_oa_templates and (words := _business(settings, pair)):
        told = _("Official Account: {name}, but templates cannot be sent ({words})", name=name, words=words)
        return bad(told, _("check CAUNOI_ZALO_OA_BUSINESS_URL"))
    until = Language().moment(pair.expires_at)
    return Check(_("Official Account: {name}; its token is renewed before {moment}", name=name, moment=until))


def whoami(settings: ZaloOaSettings, access: str) -> dict[str, Any] | str:
    """What the platform tells of the account, or in a word why it tells nothing."""
    try:
        answer = httpx.get(
            f"{settings.zalo_oa_api_url}/v2.0/oa/getoa", headers={"access_token": access}, timeout=SECONDS
        )
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return type(error).__name__
    return told if isinstance(told, dict) and "error" in told else f"HTTP {answer.status_code}"


def _business(settings: ZaloOaSettings, pair: Pair) -> str:
    """Why templates cannot be sent, "" when their service answers: an empty call is refused, and sends nothing."""
    url = f"{settings.zalo_oa_business_url}/message/template"
    try:
        told = httpx.post(url, json={}, headers={"access_token": pair.access}, timeout=SECONDS).json()
    except (httpx.HTTPError, ValueError) as error:
        return type(error).__name__
    return "" if isinstance(told, dict) and "error" in told else "HTTP"
