"""A Zalo Official Account as a kind of channel."""

from typing import TYPE_CHECKING, Any

from bot.channels.kind import Kind
from locales import later

if TYPE_CHECKING:
    from bot.channels.zalo_oa.settings import ZaloOaSettings


def _templates(settings: "ZaloOaSettings") -> dict[str, Any]:
    return {"templates": ",".join(sorted(settings.zalo_oa_templates))}


KIND = Kind(
    "zalo_oa",
    "bot.channels.zalo_oa.channel:ZaloOaChannel",
    settings="bot.channels.zalo_oa.settings:ZaloOaSettings",
    needs=("zalo_oa_app_id", "zalo_oa_secret_key"),
    pace=19.0,
    limits=_templates,
    check="bot.channels.zalo_oa.check:check",
    commands="bot.cli.commands.zalo:add_to",
    added=later("Give it permission: caunoi zalo-oa authorize --account {name}"),
    demo="bot.demo.messengers:ZaloOa",
)
