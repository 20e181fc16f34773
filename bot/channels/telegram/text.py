"""How long Telegram's texts may be, and cutting them to that."""

from bot.channels import text
from bot.channels.text import fits, plain, units

LONGEST_TEXT = 4096  # UTF-16 units without markup
LONGEST_CAPTION = 1024
__all__ = ["LONGEST_CAPTION", "LONGEST_TEXT", "cut", "fits", "plain", "units"]


def cut(html: str, limit: int = LONGEST_TEXT) -> list[str]:
    """See text.cut."""
    return text.cut(html, limit)
