"""The Official Account's events: how each is kept, and what it says.

Not kept: what the account itself said, what was seen or delivered, groups, and events we know nothing of.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import FILE_KEY
from bot.channels.telegram.updates import malformed
from bot.channels.text import file_name as named
from bot.channels.text import tidy
from handlers.engine.messages import Incoming, Press, SentFile
from storage.messaging.inbox import Arrival

LARGEST_FILE = 20 * 2**20  # bytes that are fetched
PERSON = re.compile(r"[0-9]{1,20}")
# A button's payload: its label, which whoever answers people by hand reads in the account's own inbox, and what it
# presses. The person is not shown it (oa.query.hide), but older messages still have buttons that show it.
# A key is short, or of parts with dots between (`home.all`); other words behind a # are the person's own.
PRESS = re.compile(r"[^\n]+ #((?:[a-z]{2,4}|[a-z]+(?:\.[a-z]+)+)(?::-?[0-9a-z]+)*)")

Event = Mapping[str, Any]


def payload_of(label: str, data: str) -> str:
    """What a button sends without a line of the person's own; `parse` reads it for ever."""
    return f"{label} #{data}"


# -- keeping


def arrival_of(event: Any) -> Arrival | None:
    """An event as it is kept; None for what is not kept. A malformed one is kept too, to be set aside."""
    if not isinstance(event, dict) or not _is_storable(event):
        return malformed(repr(event))
    name = event.get("event_name")
    if not isinstance(name, str) or not _is_wanted(name):
        return None
    chat = chat_of(event)
    if not chat:
        return malformed(repr(event))
    file = _file_of(event)
    if file is not None and _size(file) > LARGEST_FILE:
        return Arrival(_id_of(event, chat), chat, {**event, FILE_KEY: {"problem": "too_big"}})
    return Arrival(_id_of(event, chat), chat, event, needs_file=file is not None)


def _is_wanted(name: str) -> bool:
    said = name.startswith("user_send_") and not name.startswith("user_send_group")
    return said or name in {"follow", "unfollow"}


def _is_storable(event: Event) -> bool:
    """Whether every database takes it: JSON knows no NaN."""
    try:
        return bool(json.dumps(event, allow_nan=False))
    except (ValueError, RecursionError):
        return False


def chat_of(event: Event) -> str:
    """The person an event is about, "" where it names none."""
    found = _inner(event, "follower" if event.get("event_name") in {"follow", "unfollow"} else "sender").get(
        "id"
    )
    return found if isinstance(found, str) and PERSON.fullmatch(found) else ""


def account_of(event: Event) -> str:
    """The Official Account an event is for, "" where it names none."""
    found = event.get("oa_id") or _inner(event, "recipient").get("id")
    return found if isinstance(found, str) else ""


def _id_of(event: Event, chat: str) -> str:
    """The message's own id; an event without one is known by what it says, about whom and when."""
    message = _inner(event, "message")
    found = message.get("msg_id") or message.get("message_id")
    return str(found) if found else f"{event['event_name']}:{chat}:{event.get('timestamp')}"


def _file_of(event: Event) -> Event | None:
    """What is told of the file of an event: its url, name and size."""
    if event.get("event_name") != "user_send_file":
        return None
    attachments = _inner(event, "message").get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    payload = _inner(first, "payload") if isinstance(first, dict) else {}
    return payload if isinstance(payload.get("url"), str) else None


def _size(file: Event) -> int:
    with suppress(ValueError, TypeError):
        return int(file.get("size") or 0)
    return 0


def _inner(body: Event, key: str) -> Event:
    part = body.get(key)
    return part if isinstance(part, dict) else {}


# -- reading


def parse(event: Event) -> Incoming:
    """What a kept event says. Raises ValueError, KeyError or TypeError for a malformed one."""
    name, at = event["event_name"], moment_of(event)
    if not chat_of(event):
        raise ValueError("an event of nobody")
    if name == "follow":
        return Incoming(start="", at=at)
    if name == "unfollow":
        return Incoming(left=True, at=at)
    if name == "user_send_text":
        return _said(tidy(_text(event)), at)
    if (file := _file_of(event)) is not None:
        return Incoming(file=_sent_file(file, _inner(event, FILE_KEY)), at=at)
    return Incoming(other=True, at=at)


def _text(event: Event) -> str:
    text = event["message"]["text"]
    if not isinstance(text, str):
        raise TypeError("text is no text")
    return text


def _said(text: str, at: datetime | None) -> Incoming:
    press = PRESS.fullmatch(text)
    return Incoming(press=Press(press[1]), at=at) if press else Incoming(text=text, at=at)


def moment_of(event: Event) -> datetime | None:
    """When it was said, by the platform's clock; None where it does not tell."""
    try:
        return datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def file_name(file: Event) -> str:
    return named(str(file.get("name") or ""))


def file_of(event: Event) -> Event:
    """What is told of the file of an event that was kept with one. Raises KeyError where there is none."""
    file = _file_of(event)
    if file is None:
        raise KeyError("no file")
    return file


def _sent_file(file: Event, fetched: Event) -> SentFile:
    file_id, problem = fetched.get("file_id"), str(fetched.get("problem", ""))
    if file_id is None and not problem:
        problem = "unreachable"
    return SentFile(file_name(file), _size(file), file_id, problem)
