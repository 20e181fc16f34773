"""Telegram's updates: how each is kept, and what it says.

Not kept, because nobody can be answered or nothing was asked: what is said in groups, corrections of a typed
message, service messages, and a person's unblocking (what they write next reaches us as ever).
"""

import hashlib
import json
import re
from typing import Any

from bot.channels.base import FILE_KEY
from bot.channels.text import file_name as named
from bot.channels.text import tidy
from handlers.engine.messages import Incoming, Press, SentFile, SharedContact
from storage.messaging.inbox import Arrival

WANTED = ("message", "callback_query", "my_chat_member")
LARGEST_FILE = 20 * 2**20  # bytes; Telegram gives bots no larger ones
START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
NO_CHAT = "?"  # of an update that names none
SERVICE = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "write_access_allowed",
        "new_chat_members",
        "left_chat_member",
        "group_chat_created",
    }
)

Update = dict[str, Any]


# -- keeping


def arrival_of(update: Any) -> Arrival | None:
    """An update as it is kept; None for what is not kept. A malformed one is kept too, to be set aside."""
    if not isinstance(update, dict) or not _storable(update):
        return malformed(repr(update))
    if _is_unwanted(update):
        return None
    name = str(update["update_id"]) if is_id(update.get("update_id")) else _digest(update)
    file = _file_of(update)
    if file is not None and _size(file) > LARGEST_FILE:
        too_big = {**update, FILE_KEY: {"problem": "too_big"}}
        return Arrival(name, chat_of(update), too_big, is_numbered=True)
    return Arrival(name, chat_of(update), update, needs_file=file is not None, is_numbered=True)


def malformed(text: str) -> Arrival:
    """What cannot be kept as it came, for an operator to look at."""
    payload = {"malformed": tidy(text)[:4000]}
    return Arrival(_digest(payload), NO_CHAT, payload)


def _storable(update: Update) -> bool:
    """Whether every database takes it: JSON knows no NaN."""
    try:
        return bool(json.dumps(update, allow_nan=False))
    except (ValueError, RecursionError):
        return False


def _digest(update: Update) -> str:
    return "?" + hashlib.sha256(json.dumps(update, sort_keys=True).encode()).hexdigest()[:32]


def is_id(value: object) -> bool:
    """Whether it is a whole number of at most 63 bits."""
    return type(value) is int and abs(value) < 2**63


def chat_of(update: Update) -> str:
    """The chat an update belongs to, NO_CHAT where it does not say."""
    chat_id = _chat(update).get("id")
    return str(chat_id) if is_id(chat_id) else NO_CHAT


def group_of(update: Any) -> int | None:
    """The group an update was said in, where it was said to us."""
    if isinstance(update, dict) and "message" in update and _is_group(update) and not _is_service(update):
        chat_id = _chat(update).get("id")
        return chat_id if is_id(chat_id) else None
    return None


def _chat(update: Update) -> Update:
    query = _inner(update, "callback_query")
    for body in (update, query):
        for kind in ("message", "my_chat_member", "edited_message"):
            if kind in body:
                return _inner(_inner(body, kind), "chat")
    return {}


def _inner(body: Update, key: str) -> Update:
    """A part of an update, empty where there is none."""
    part = body.get(key)
    return part if isinstance(part, dict) else {}


def _is_unwanted(update: Update) -> bool:
    back = "my_chat_member" in update and _status(update) not in {"kicked", ""}
    return "edited_message" in update or back or _is_group(update) or _is_service(update)


def _is_group(update: Update) -> bool:
    return _chat(update).get("type") in {"group", "supergroup", "channel"}


def _is_service(update: Update) -> bool:
    return not SERVICE.isdisjoint(_inner(update, "message"))


def _status(update: Update) -> str:
    return str(_inner(_inner(update, "my_chat_member"), "new_chat_member").get("status", ""))


def _file_of(update: Update) -> Update | None:
    """The document of an update; an animation comes as a document too, and is none."""
    message = _inner(update, "message")
    document = message.get("document")
    return document if isinstance(document, dict) and "animation" not in message else None


def _size(file: Update) -> int:
    size = file.get("file_size")
    return size if type(size) is int else 0


def following(updates: list[Any]) -> int | None:
    """The offset that confirms these updates, None when no number of theirs can be trusted.

    The last counts, not the highest: after an idle week Telegram goes on from any number.
    """
    ids = [update.get("update_id") for update in updates if isinstance(update, dict)]
    known = [number for number in ids if type(number) is int and 0 <= number < 2**53]
    return known[-1] + 1 if known else None


# -- reading


def parse(update: Update) -> Incoming:
    """What a kept update says. Raises ValueError, KeyError or TypeError for a malformed one."""
    if "callback_query" in update:
        return Incoming(press=_press(_part(update, "callback_query")))
    if "my_chat_member" in update:
        if _status(update) != "kicked":
            raise ValueError("my_chat_member without being kicked")
        return Incoming(left=True)
    message = _part(update, "message")
    _check_place(message, message)
    if "contact" in message:
        return Incoming(contact=_contact(message))
    if _file_of(update) is not None:
        return Incoming(file=_sent_file(_part(message, "document"), update.get(FILE_KEY) or {}))
    if "text" in message:
        return _said(_text(message, "text"))
    return Incoming(other=True)


def _check_place(message: Update, said: Update) -> None:
    """Raises unless `said` was said by somebody in a private chat: nothing personal belongs in another one."""
    chat = _part(message, "chat")
    if not is_id(chat["id"]) or chat["type"] != "private" or not is_id(_part(said, "from")["id"]):
        raise ValueError("not said by anybody in a private chat")


def _said(text: str) -> Incoming:
    start = START.fullmatch(text)
    return Incoming(start=(start[1] or "").strip()) if start else Incoming(text=text)


def _press(query: Update) -> Press:
    message = _part(query, "message")
    _check_place(message, query)
    card = message["message_id"]
    return Press(_text(query, "data"), str(card) if is_id(card) else "")


def _contact(message: Update) -> SharedContact:
    contact = _part(message, "contact")
    own = is_id(contact.get("user_id")) and contact["user_id"] == _part(message, "from")["id"]
    return SharedContact(_text(contact, "phone_number"), own=own)


def _sent_file(document: Update, fetched: dict[str, Any]) -> SentFile:
    file_id, problem = fetched.get("file_id"), str(fetched.get("problem", ""))
    if file_id is None and not problem:
        problem = "unreachable"
    return SentFile(file_name(document), _size(document), file_id, problem)


def file_name(document: Update) -> str:
    return named(str(document.get("file_name") or ""))


def _part(body: Update, key: str) -> Update:
    part = body[key]
    if not isinstance(part, dict):
        raise TypeError(f"{key} is no object")
    return part


def _text(body: Update, key: str) -> str:
    text = body[key]
    if not isinstance(text, str):
        raise TypeError(f"{key} is no text")
    return tidy(text)
