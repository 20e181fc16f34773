"""The messengers there are, a line each. What one of them is, it says itself (bot/channels/kind.py)."""

from bot.channels import web_kind
from bot.channels.telegram import kind as telegram_kind
from bot.channels.zalo_bot import kind as zalo_bot_kind
from bot.channels.zalo_oa import kind as zalo_oa_kind

KINDS = {
    kind.name: kind for kind in (web_kind.KIND, telegram_kind.KIND, zalo_bot_kind.KIND, zalo_oa_kind.KIND)
}
