"""Zalo Bot as a kind of channel."""

from typing import TYPE_CHECKING, Any

from bot.channels.kind import Kind

if TYPE_CHECKING:
    from bot.channels.zalo_bot.settings import ZaloBotSettings


def _plan(settings: "ZaloBotSettings") -> dict[str, Any]:
    return {"monthly": settings.zalo_bot_monthly_quota, "users": settings.zalo_bot_user_limit}


KIND = Kind(
    "zalo_bot",
    "bot.channels.zalo_bot.channel:ZaloBotChannel",
    settings="bot.channels.zalo_bot.settings:ZaloBotSettings",
    needs=("zalo_bot_token",),
    limits=_plan,
    check="bot.channels.zalo_bot.check:check",
    demo="bot.demo.messengers:ZaloBot",
)
