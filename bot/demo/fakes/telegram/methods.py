"""What each method of the Bot API does in the fake, and what it refuses.

Every function gets the fake, the decoded parameters and the files, runs with the fake's lock held, and
returns the `result` of the answer or raises the Refusal the platform gives.
"""

import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.demo.fakes.telegram.text import read_text
from bot.demo.fakes.telegram.user import FakeChat, FakeMessage
from bot.demo.fakes.telegram.wire import Files, Params, Refusal, Upload

if TYPE_CHECKING:
    from bot.demo.fakes.telegram.messenger import FakeTelegram

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")

# What the platform says for what the specification check found; anything else is told as found.
REFUSALS = (
    (r".*(can't parse entities: .*)", r"\1"),
    (r"(sendMessage|editMessageText)\.text: (missing|0 characters).*", "message text is empty"),
    (r"sendMessage\.text: \d+ characters.*", "message is too long"),
    (r"(editMessageText|answerCallbackQuery)\.text: \d+ characters.*", "MESSAGE_TOO_LONG"),
    (r".*\.caption: \d+ characters.*", "message caption is too long"),
    (r".*\.callback_data: \d+ bytes.*", "BUTTON_DATA_INVALID"),
    (r".*\[\d+\]\.url: (button URL .*)", r"inline keyboard \1: Wrong HTTP URL"),
    (r".*\.commands\[\d+\]\.command:.*", "BOT_COMMAND_INVALID"),
    (r".*\.commands\[\d+\]\.description:.*", "BOT_COMMAND_DESCRIPTION_INVALID"),
    (r".*\.chat_id: missing", "chat_id is empty"),
    (r".*\.message_id: missing", "message identifier is not specified"),
    (r".*\.secret_token: \d+ characters.*", "secret token is too long"),
    (r".*\.secret_token: .*", "secret token contains unallowed characters"),
)


def refusal_of(problem: str) -> Refusal:
    """The platform's refusal of a call in which the specification check found this problem."""
    for pattern, words in REFUSALS:
        if found := re.fullmatch(pattern, problem, re.DOTALL):
            return bad(found.expand(words))
    return bad(problem)


def bad(why: str) -> Refusal:
    return Refusal(400, f"Bad Request: {why}")


# Messages


def send_message(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    return _send(fake, params, _shown("text", params), html=params["text"])


def send_document(fake: "FakeTelegram", params: Params, files: Files) -> Any:
    file = _file(fake, "document", params, files)
    content = {"document": {**fake.store(file), "file_name": file.name, "mime_type": file.mime}}
    return _send(fake, params, content | _shown("caption", params), params.get("caption", ""), file)


def send_photo(fake: "FakeTelegram", params: Params, files: Files) -> Any:
    file = _file(fake, "photo", params, files)
    if not file.content.startswith(PICTURES):
        raise bad("IMAGE_PROCESS_FAILED")
    content = {"photo": [{**fake.store(file), "width": 800, "height": 600}]}
    return _send(fake, params, content | _shown("caption", params), params.get("caption", ""), file)


def _send(
    fake: "FakeTelegram", params: Params, content: Params, html: str, file: Upload | None = None
) -> Any:
    chat = _chat(fake, params)
    fake.floods.count(chat.id)
    head = {"message_id": fake.next_message_id(), "from": fake.bot, "chat": chat.as_chat()}
    markup = params.get("reply_markup") or {}
    wire = {**head, "date": fake.date(), **content, **_inline(markup)}
    chat.sent.append(
        FakeMessage(wire, html, fake.next_stamp(), file, markup if not _inline(markup) else None)
    )
    return wire


def edit_message_text(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    message = _message(fake, params, "message to edit not found")
    if "text" not in message.wire:
        raise bad("there is no text in the message to edit")
    return _edit(fake, message, params, _shown("text", params), params["text"])


def edit_message_caption(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    message = _message(fake, params, "message to edit not found")
    return _edit(fake, message, params, _shown("caption", params), params.get("caption", ""))


def edit_message_reply_markup(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    message = _message(fake, params, "message to edit not found")
    kept = {key: message.wire[key] for key in _WORDS if key in message.wire}
    return _edit(fake, message, params, kept, message.html)


_WORDS = ("text", "entities", "caption", "caption_entities")


def _edit(fake: "FakeTelegram", message: FakeMessage, params: Params, words: Params, html: str) -> Any:
    content = words | _inline(params.get("reply_markup") or {})
    changing = {*_WORDS, "reply_markup"}
    if content == {key: value for key, value in message.wire.items() if key in changing}:
        raise bad(NOT_MODIFIED)
    kept = {key: value for key, value in message.wire.items() if key not in changing}
    message.wire = {**kept, "edit_date": fake.date(), **content}
    message.html = html
    message.stamp = fake.next_stamp()
    message.edited += 1
    return message.wire


def delete_message(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    _message(fake, params, "message to delete not found").deleted = True
    return True


def _message(fake: "FakeTelegram", params: Params, unknown: str) -> FakeMessage:
    if "chat_id" not in params:
        raise bad(unknown)
    chat = _chat(fake, params)
    found = next((m for m in chat.messages if m.id == params.get("message_id")), None)
    if found is None:
        raise bad(unknown)
    return found


def _chat(fake: "FakeTelegram", params: Params) -> FakeChat:
    chat_id = params["chat_id"]
    if new := fake.migrated.get(chat_id):
        why = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, why, migrate_to_chat_id=new)
    if (chat := fake.chats.get(chat_id)) is None:
        raise bad("chat not found")
    if chat.closed:
        raise Refusal(403, f"Forbidden: {chat.closed}")
    return chat


def _shown(name: str, params: Params) -> Params:
    entities_name = "entities" if name == "text" else "caption_entities"
    if name not in params:
        return {}
    text, entities = read_text(params[name], params.get("parse_mode"), params.get(entities_name))
    return {name: text, **({entities_name: entities} if entities else {})}


def _inline(markup: Params) -> Params:
    return {"reply_markup": markup} if any(markup.get("inline_keyboard", ())) else {}


# Files


def _file(fake: "FakeTelegram", name: str, params: Params, files: Files) -> Upload:
    """The file sent with the call, under its own name or attached, or known by its id."""
    given = params.get(name, "")
    file = files.get(given.removeprefix("attach://") or name) or fake.files.get(given)
    if file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if not file.content:
        raise bad("file must be non-empty")
    return file


def get_file(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    file = fake.files.get(params["file_id"])
    if file is None:
        raise bad("invalid file_id")
    if len(file.content) > fake.download_limit:
        raise bad("file is too big")
    return {**fake.describe(params["file_id"]), "file_path": fake.path_of(params["file_id"])}


# The rest of a bot's life


def answer_callback_query(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    user, at = fake.taps.get(params["callback_query_id"], (None, 0.0))
    if user is None or time.monotonic() - at > fake.tap_seconds:
        raise bad(TOO_OLD)
    if words := params.get("text"):
        user.toasts.append(words)
    return True


def send_chat_action(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    _chat(fake, params)
    return True


def set_my_commands(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    fake.menus[_menu(fake, params)] = params["commands"]
    return True


def get_my_commands(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    return fake.menus.get(_menu(fake, params), [])


def delete_my_commands(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    fake.menus.pop(_menu(fake, params), None)
    return True


def _menu(fake: "FakeTelegram", params: Params) -> tuple[str, str]:
    scope = params.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        _chat(fake, scope)
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")


def set_webhook(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    if not params["url"]:
        return delete_webhook(fake, params, {})
    # The platform takes https alone; a test's bot stands on this machine.
    if not re.match(r"https://|http://127\.0\.0\.1[:/]", params["url"]):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    _drop_pending(fake, params)
    fake.delivery.start_webhook({k: v for k, v in params.items() if k != "drop_pending_updates"})
    return True


def delete_webhook(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
    _drop_pending(fake, params)
    fake.delivery.stop_webhook()
    return True


def get_webhook_info(fake: "FakeTelegram", _params: Params, _files: Files) -> Any:
    return fake.delivery.webhook_info()


def _drop_pending(fake: "FakeTelegram", params: Params) -> None:
    if params.get("drop_pending_updates"):
        fake.queue.clear()
    if "allowed_updates" in params:
        fake.queue.allowed = set(params["allowed_updates"])


def _sets(name: str, result: Callable[[Any], Any] = lambda value: value) -> tuple[Any, Any]:
    """A pair of methods that keep one thing about the bot for each language or chat."""

    def key(params: Params) -> tuple[str, str]:
        return name, str(params.get("language_code", params.get("chat_id", "")))

    def setter(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
        fake.profile[key(params)] = params.get(name, "")
        return True

    def getter(fake: "FakeTelegram", params: Params, _files: Files) -> Any:
        return result(fake.profile.get(key(params), ""))

    return setter, getter


_set_name, _get_name = _sets("name", lambda value: {"name": value or "Cầu Nối"})
_set_about, _get_about = _sets("description", lambda value: {"description": value})
_set_short, _get_short = _sets("short_description", lambda value: {"short_description": value})
_set_button, _get_button = _sets("menu_button", lambda value: value or {"type": "default"})

METHODS: dict[str, Callable[["FakeTelegram", Params, Files], Any]] = {
    "getMe": lambda fake, _params, _files: fake.bot_as_itself(),
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _set_name,
    "getMyName": _get_name,
    "setMyDescription": _set_about,
    "getMyDescription": _get_about,
    "setMyShortDescription": _set_short,
    "getMyShortDescription": _get_short,
    "setChatMenuButton": _set_button,
    "getChatMenuButton": _get_button,
}
