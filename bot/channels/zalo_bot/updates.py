"""The Zalo Bot Platform's events: how each is kept, and what it says.

There is no number to confirm an event by: its message's id is the one it is known by, however often it comes.
Not kept, because nobody can be answered or nothing was asked: what is said in groups or by bots, and events that
name no chat or are no message at all.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from bot.channels.text import opaque, tidy
from handlers.engine.messages import Incoming
from storage.messaging.inbox import Arrival

NO_CHAT = "?"  # of an event that names none
SAID = "message.text.received"
TEXT = frozenset({SAID, "message.link.received", ""})  # an example of the documents has no name
UNREADABLE = frozenset({"message.image.received", "message.sticker.received", "message.voice.received"})
HIDDEN = "message.unsupported.received"  # a file, or anything at all from a protected account
FIRST_DATE, LAST_DATE = 1_577_836_800_000, 32_503_680_000_000  # 2020 and 3000, in milliseconds

Event = dict[str, Any]


# -- keeping


def opened(body: Any) -> Any:
    """The event in a webhook's body: wrapped in the envelope by the documents, bare in captures."""
    return body["result"] if isinstance(body, dict) and isinstance(body.get("result"), dict) else body


def is_probe(event: Any) -> bool:
    """Whether it only asks if somebody listens: an object that says nothing."""
    return isinstance(event, dict) and not {"event_name", "message"} & event.keys()


def arrival_of(event: Any) -> Arrival | None:
    """An event as it is kept; None for what is not kept. A malformed one is kept too, to be set aside."""
    if not isinstance(event, dict) or not _storable(event):
        return malformed(repr(event))
    if _is_unwanted(event):
        return None
    return Arrival(message_id(event) or _digest(event), chat_of(event), event)


def malformed(text: str) -> Arrival:
    """What cannot be kept as it came, for an operator to look at."""
    payload = {"malformed": tidy(text)[:4000]}
    return Arrival(_digest(payload), NO_CHAT, payload)


def _storable(event: Event) -> bool:
    """Whether every database takes it: JSON knows no NaN."""
    try:
        return bool(json.dumps(event, allow_nan=False))
    except (ValueError, RecursionError):
        return False


def _digest(event: Event) -> str:
    return "?" + hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:32]


def message_id(event: Any) -> str:
    """The id by which a message is known, "" where it has none."""
    return _id(_inner(event, "message").get("message_id"))


def chat_of(event: Event) -> str:
    """The chat an event belongs to, NO_CHAT where it does not say."""
    return _id(_inner(_inner(event, "message"), "chat").get("id")) or NO_CHAT


def group_of(event: Any) -> str:
    """The group an event was said in, "" where it was said to us alone."""
    message = _inner(event, "message")
    chat = chat_of(event) if message else NO_CHAT
    is_group = _inner(message, "chat").get("chat_type") == "GROUP" or chat.startswith("zgr-")
    return chat if is_group and chat != NO_CHAT else ""


def _is_unwanted(event: Event) -> bool:
    name = event.get("event_name", "")
    if not isinstance(name, str):
        return False  # malformed
    if name == HIDDEN and chat_of(event) == NO_CHAT:
        return True  # captured so: who hides even from bots
    is_message = name in TEXT | UNREADABLE | {HIDDEN}
    by_bot = _inner(_inner(event, "message"), "from").get("is_bot") is True
    return not is_message or by_bot or bool(group_of(event))


def _inner(body: Any, key: str) -> Event:
    """A part of an event, empty where there is none."""
    part = body.get(key) if isinstance(body, dict) else None
    return part if isinstance(part, dict) else {}


def _id(value: object) -> str:
    """An id of the platform's, which gives them as texts."""
    return opaque(value) if isinstance(value, str) else ""


# -- reading


def parse(event: Event) -> Incoming:
    """What a kept event says. Raises ValueError, KeyError or TypeError for a malformed one."""
    message, name = event["message"], event.get("event_name", "")
    if not isinstance(name, str) or chat_of(event) == NO_CHAT or group_of(event):
        raise ValueError("not said by anybody in a private chat")
    at = moment_of(message.get("date"))
    text = _text(message) if name in TEXT and ("text" in message or name == SAID) else ""
    return Incoming(text=text, at=at) if text.strip() else Incoming(other=True, at=at)


def _text(message: Event) -> str:
    text = message["text"]
    if not isinstance(text, str):
        raise TypeError("text is no text")
    return tidy(text)


def moment_of(date: object) -> datetime | None:
    """A date of the platform's, in milliseconds; None for what is none."""
    if isinstance(date, bool) or not isinstance(date, int | float) or not FIRST_DATE < date < LAST_DATE:
        return None
    return datetime.fromtimestamp(date / 1000, UTC)
