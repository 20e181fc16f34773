"""What a messenger says when it takes no message, in words people understand; its own words stand in the log."""

import re
from typing import Final

from markupsafe import Markup

from locales import Language, later

# What a platform's text holds, in small letters, in the order they are looked for. Telegram's and Zalo Bot's words
# are theirs; of the Official Account the number counts.
KNOWN: Final = (
    (("blocked", "kicked", "-217", "-244"), later("the recipient has blocked the centre's account")),
    (("deactivated", "banned", "-227"), later("the recipient's account is no longer in use")),
    (
        ("chat not found", "user not found", "peer_id_invalid", "invalid chat", "invalid user", "is no user", "-201"),
        later("the recipient's account was not found"),
    ),
    (("can't initiate",), later("the recipient has never written to the centre's account")),
    (("too long", "too big", "too large"), later("the message or its file is too large")),
    (("too many requests", "retry after"), later("the messaging app takes no more messages for a while")),
    (("unauthorized", "invalid token", "access token"), later("the centre's account has lost its permission")),
    (("timed out", "timeout", "connect"), later("the messaging app could not be reached")),
)  # fmt: skip
_CODE: Final = re.compile(r"-?\d{3,6}")


def refusal_words(language: Language, said: str) -> Markup:
    """Why a platform took a message not. What is not known is told without its text, which nobody here can read."""
    text = said.casefold()
    for parts, words in KNOWN:
        if any(part in text for part in parts):
            return language.text(words)
    return language.text("the messaging app refused it")


def error_code(said: str) -> str:
    """The number in a platform's text, for whoever looks after the computer; "" where it has none."""
    found = _CODE.search(said)
    return found[0] if found else ""
