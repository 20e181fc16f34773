"""What each method of the Zalo Bot Platform takes and does in the fake, and what it refuses.

Every function gets the fake and the checked parameters, runs with the fake's lock held, and returns the
`result` of the answer or raises the Refusal the platform gives.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.demo.fakes.zalo_bot.user import FakeChat, FakeMessage, FakeUser
from bot.demo.fakes.zalo_bot.wire import Params, Refusal, Violation

if TYPE_CHECKING:
    from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot

LONGEST = 2000  # of a text or a caption, counted the stricter way: UTF-16 units
QUOTA = "Quota exceeded"
NO_CHAT = "Bad Request: chat not found"
NO_WEBHOOK = "Not Found: no webhook is set"
WEBHOOK_SET = "Bad Request: getUpdates does not work while a webhook is set; use deleteWebhook"
Check = Callable[[Any], str]


# What a parameter may be: each check says what is wrong, "" for nothing


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "is no text"


def _words(value: Any) -> str:
    if not isinstance(value, str):
        return "is no text"
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2
    return "" if 1 <= length <= LONGEST else f"has {length} characters, not 1 to {LONGEST}"


def _seconds(value: Any) -> str:
    """The table of the documents says String, their example sends a number: both."""
    whole = type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit())
    return "" if whole and int(value) >= 0 else "is no whole number of seconds"


def _one_of(*allowed: str) -> Check:
    return lambda value: "" if value in allowed else f"is none of {', '.join(allowed)}"


def _secret(value: Any) -> str:
    return "" if isinstance(value, str) and 8 <= len(value) <= 256 else "is no text of 8 to 256 characters"


def _public(value: Any) -> str:
    """An https address out on the internet: the platform fetches it itself."""
    if not isinstance(value, str):
        return "is no text"
    parts = urlsplit(value)
    host = parts.hostname or ""
    return "" if parts.scheme == "https" and "." in host and not _is_private(host) else "is no public address"


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith((".local", ".localhost"))


def _hook(value: Any) -> str:
    """As _public; a test's bot stands on this machine."""
    return "" if isinstance(value, str) and value.startswith("http://127.0.0.1:") else _public(value)


REQUIRED: dict[str, dict[str, Check]] = {
    "getMe": {},
    "getUpdates": {},
    "setWebhook": {"url": _hook, "secret_token": _secret},
    "deleteWebhook": {},
    "getWebhookInfo": {},
    "testWebhook": {},
    "sendMessage": {"chat_id": _text, "text": _words},
    "sendPhoto": {"chat_id": _text, "photo": _public},
    "sendSticker": {"chat_id": _text, "sticker": _text},
    "sendVoice": {"chat_id": _text, "voice_url": _public},
    "sendChatAction": {"chat_id": _text, "action": _one_of("typing", "upload_photo")},
}
OPTIONAL: dict[str, dict[str, Check]] = {
    "getUpdates": {"timeout": _seconds},
    "sendMessage": {"parse_mode": _one_of("markdown", "html")},
    "sendPhoto": {"caption": _words},
}


def check(method: str, params: Params) -> None:
    """Raises Violation for a method or a parameter that does not exist, is missing or is of another kind."""
    if method not in REQUIRED:
        raise Violation(404, f"Not Found: there is no method {method}")
    required = REQUIRED[method]
    known = required | OPTIONAL.get(method, {})
    problems = [f"{name} is missing" for name in required if name not in params]
    problems += [f"{name} is no parameter of {method}" for name in params if name not in known]
    problems += [
        f"{name} {wrong}" for name, value in params.items() if name in known and (wrong := known[name](value))
    ]
    if problems:
        raise Violation(400, f"Bad Request: {'; '.join(problems)}")


# What each does


def send_message(fake: "FakeZaloBot", params: Params) -> Any:
    return _send(fake, params, text=params["text"])


def send_photo(fake: "FakeZaloBot", params: Params) -> Any:
    return _send(fake, params, text=params.get("caption", ""), photo=params["photo"])


def send_sticker(fake: "FakeZaloBot", params: Params) -> Any:
    return _send(fake, params, text="", sticker=params["sticker"])


def send_voice(fake: "FakeZaloBot", params: Params) -> Any:
    return _send(fake, params, text="", voice=params["voice_url"])


def _send(fake: "FakeZaloBot", params: Params, **content: str) -> Any:
    chat = _chat(fake, params)
    _count(fake, chat)
    now = fake.now()
    message = FakeMessage(fake.new_id(), at=now, stamp=fake.next_stamp(), **content)
    chat.sent.append(message)
    return {"message_id": message.id, "date": fake.milliseconds(now)}


def _chat(fake: "FakeZaloBot", params: Params) -> FakeChat:
    """The chat, whose person has written first and is still there."""
    chat = fake.chats.get(params["chat_id"])
    if chat is None or not chat.open:
        raise Refusal(400, NO_CHAT)
    return chat


def _count(fake: "FakeZaloBot", chat: FakeChat) -> None:
    """Counts one message against the free plan; raises the 429 and counts nothing when it is spent."""
    month = fake.month()
    if fake.monthly_quota is not None and fake.used[month] >= fake.monthly_quota:
        raise Refusal(429, QUOTA)
    is_new = isinstance(chat, FakeUser) and chat.id not in fake.bot_users
    if is_new and fake.user_limit is not None and len(fake.bot_users) >= fake.user_limit:
        raise Refusal(429, QUOTA)
    fake.used[month] += 1
    if is_new:
        fake.bot_users.add(chat.id)


def send_chat_action(fake: "FakeZaloBot", params: Params) -> Any:
    _chat(fake, params).typing += 1


def set_webhook(fake: "FakeZaloBot", params: Params) -> Any:
    fake.events.start_webhook(params["url"], params["secret_token"], fake.milliseconds(fake.now()))
    return _webhook(fake)


def delete_webhook(fake: "FakeZaloBot", _params: Params) -> Any:
    fake.events.stop_webhook()
    return {"url": "", "updated_at": fake.milliseconds(fake.now())}


def get_webhook_info(fake: "FakeZaloBot", _params: Params) -> Any:
    if not fake.events.webhook:
        raise Refusal(404, NO_WEBHOOK)
    return _webhook(fake)


def _webhook(fake: "FakeZaloBot") -> Params:
    return {name: fake.events.webhook[name] for name in ("url", "updated_at")}


METHODS: dict[str, Callable[["FakeZaloBot", Params], Any]] = {
    "getMe": lambda fake, _params: fake.bot,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "testWebhook": get_webhook_info,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendSticker": send_sticker,
    "sendVoice": send_voice,
    "sendChatAction": send_chat_action,
}
