"""The Bot API as a document, and what in a call goes against it.

The machine-readable specification is read from beside the project where it is there; elsewhere the same
document is made of python-telegram-bot's own signatures and constants, which know fewer lengths.
"""

import functools
import inspect
import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import telegram
from telegram import constants

from bot.demo.fakes.telegram.text import EntityError, read_text, utf16

SPECIFICATION_FILE = Path(__file__).parents[5] / "shared" / "telegram-bot-api.json"
TOO_BIG = 2**63

LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)")
SPAN = re.compile(r"(?:[Vv]alues between (\d+)-(\d+) are|[Mm]ust be between (\d+) and (\d+))")
ITEMS = re.compile(r"[Aa]t most (\d+) \w+ can be specified")
CONSTANT = re.compile(r"must be (\w+)$")
CHOICES = re.compile(r"[Mm]ust be one of (\".+)")
ALPHABETS = (
    (re.compile("only lowercase English letters, digits and underscores"), re.compile(r"[a-z0-9_]*")),
    (re.compile(r"nly (characters )?A-Z, a-z, 0-9, _ and - are allowed"), re.compile(r"[A-Za-z0-9_-]*")),
)


@dataclass(frozen=True)
class Field:
    """One parameter of a method or one field of a type."""

    name: str
    types: tuple[str, ...]
    required: bool
    length: tuple[int, int, str] | None
    span: tuple[int, int] | None
    items: int | None
    alphabet: re.Pattern[str] | None
    choices: frozenset[str]
    parsed: bool

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Field":
        says = row.get("description", "")
        length, span, items = LENGTH.search(says), SPAN.search(says), ITEMS.search(says)
        return cls(
            row["name"],
            tuple(row["types"]),
            row["required"],
            (int(length[1]), int(length[2]), length[3]) if length else None,
            (int(span[1] or span[3]), int(span[2] or span[4])) if span else None,
            int(items[1]) if items else None,
            next((letters for phrase, letters in ALPHABETS if phrase.search(says)), None),
            _choices(row["name"], says),
            bool(re.search("after entit(y|ies) parsing", says)),
        )


def _choices(name: str, says: str) -> frozenset[str]:
    if name == "action":
        return frozenset(constants.ChatAction)
    if found := CHOICES.search(says):
        return frozenset(re.findall(r'"([^"]+)"', found[1]))
    found = CONSTANT.search(says) if name in {"type", "source", "status"} else None
    return frozenset([found[1]]) if found else frozenset()


class Specification:
    """What may be called, with what. `source` says where the knowledge comes from."""

    def __init__(self, path: Path | None = SPECIFICATION_FILE) -> None:
        if path is not None and path.exists():
            self.source = path.name
            self.document = json.loads(path.read_text(encoding="utf-8"))
        else:
            self.source = "python-telegram-bot"
            self.document = library_document()
        self._fields = functools.cache(self._read_fields)

    def knows(self, method: str) -> bool:
        return method in self.document["methods"]

    def decode(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters with what a form sends as text (numbers, booleans, JSON) read as what it means."""
        fields = self._fields("methods", method) if self.knows(method) else {}
        return {
            name: _decoded(value, fields[name].types) if name in fields and isinstance(value, str) else value
            for name, value in params.items()
            if value is not None
        }

    def check_call(self, method: str, params: dict[str, Any], files: set[str]) -> list[str]:
        """Everything in the call that goes against the specification, one sentence each; empty is good."""
        if not self.knows(method):
            return [f"{method}: no such method"]
        fields = self._fields("methods", method)
        given = self.decode(method, params)
        uploads = {name for name in files if name in fields and "InputFile" in fields[name].types}
        attached = set(re.findall(r"attach://([\w.-]+)", json.dumps(given)))
        return [
            *(f"{method}.{name}: attached file was not sent" for name in sorted(attached - files)),
            *(
                f"{method}.{name}: file belongs to no parameter"
                for name in sorted(files - attached - uploads)
            ),
            *self._check_object(method, fields, given, uploads),
        ]

    def _read_fields(self, kind: str, name: str) -> dict[str, Field]:
        return {row["name"]: Field.read(row) for row in self.document[kind][name].get("fields", ())}

    def _check_object(
        self,
        where: str,
        fields: dict[str, Field],
        given: dict[str, Any],
        uploads: AbstractSet[str] = frozenset(),
    ) -> list[str]:
        problems = [f"{where}.{name}: unknown parameter" for name in given if name not in fields]
        for field in fields.values():
            if field.name in given:
                problems += self._check_field(f"{where}.{field.name}", field, given)
            elif field.required and field.name not in uploads:
                problems.append(f"{where}.{field.name}: missing")
        return problems

    def _check_field(self, where: str, field: Field, container: dict[str, Any]) -> list[str]:
        value = container[field.name]
        problems = self._check_types(where, field.types, value)
        if problems:
            return problems
        if isinstance(value, str):
            return list(_text_problems(where, field, value, container.get("parse_mode")))
        if field.span and isinstance(value, int) and not field.span[0] <= value <= field.span[1]:
            return [f"{where}: {value}, {field.span[0]}-{field.span[1]} accepted"]
        if field.items and isinstance(value, list) and len(value) > field.items:
            return [f"{where}: {len(value)} items, at most {field.items} accepted"]
        return []

    def _check_types(self, where: str, types: tuple[str, ...], value: Any) -> list[str]:
        """The problems under the type that fits best."""
        attempts = (self._check_type(where, kind, value) for kind in types)
        return min(attempts, key=len, default=[])

    def _check_type(self, where: str, kind: str, value: Any) -> list[str]:
        if kind in PLAIN:
            return [] if PLAIN[kind](value) else [f"{where}: {value!r} is no {kind}"]
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: {value!r} is no {kind}"]
            inner = (kind.removeprefix("Array of "),)
            return [
                p for n, item in enumerate(value) for p in self._check_types(f"{where}[{n}]", inner, item)
            ]
        return self._check_named(where, kind, value)

    def _check_named(self, where: str, kind: str, value: Any) -> list[str]:
        if kind == "KeyboardButton" and isinstance(value, str):
            return []  # "For simple text buttons, String can be used instead of this object"
        if kind not in self.document["types"] or not isinstance(value, dict):
            return [f"{where}: {value!r} is no {kind}"]
        if subtypes := self.document["types"][kind].get("subtypes"):
            return self._check_types(where, tuple(subtypes), value)
        problems = self._check_object(where, self._fields("types", kind), value)
        return problems + (_button_problems(where, value) if kind == "InlineKeyboardButton" else [])


PLAIN = {
    "Integer": lambda value: type(value) is int and abs(value) < TOO_BIG,
    "Float": lambda value: type(value) in {int, float},
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
    "InputFile": lambda value: isinstance(value, str) and value.startswith("attach://"),
}


def _text_problems(where: str, field: Field, value: str, parse_mode: str | None) -> list[str]:
    shown = value
    if field.parsed:
        try:
            shown, _ = read_text(value, parse_mode)
        except EntityError as error:
            return [f"{where}: can't parse entities: {error}"]
    problems = []
    if field.length:
        low, high, unit = field.length
        size = len(shown.encode("utf-8", "surrogatepass")) if unit == "bytes" else utf16(shown)
        if not low <= size <= high:
            problems.append(f"{where}: {size} {unit}, {low}-{high} accepted")
    if field.alphabet and not field.alphabet.fullmatch(value):
        problems.append(f"{where}: {value!r} has letters that are not accepted")
    if field.choices and value not in field.choices:
        problems.append(f"{where}: {value!r} is none of {', '.join(sorted(field.choices))}")
    return problems


def _button_problems(where: str, button: dict[str, Any]) -> list[str]:
    """A button does exactly one thing, has a label, and an address Telegram can open."""
    problems = []
    if len(button.keys() - {"text", "icon_custom_emoji_id", "style"}) != 1:
        problems.append(f"{where}: a button does exactly one thing")
    if not str(button.get("text", "")).strip():
        problems.append(f"{where}.text: empty label")
    if not re.match(r"(tg|ton)://|https?://[^/]*\.", url := str(button.get("url", "tg://"))):
        problems.append(f"{where}.url: button URL {url!r} is invalid")
    return problems


def _decoded(value: str, types: tuple[str, ...]) -> Any:
    if "Integer" in types and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "String" in types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


# What python-telegram-bot knows, for where the specification's file is not there.

LIBRARY_ONLY = {
    *("self", "api_kwargs", "read_timeout", "write_timeout", "connect_timeout", "pool_timeout"),
    *("filename", "contact", "location", "venue", "current_offset", "auto_pagination"),
    *("allow_sending_without_reply", "reply_to_message_id", "disable_web_page_preview"),
}
PYTHON_TYPES = {
    "int": ["Integer"],
    "timedelta": ["Integer"],
    "datetime": ["Integer"],
    "float": ["Float"],
    "str": ["String"],
    "bool": ["Boolean"],
    "FileInput": ["InputFile", "String"],
    "ReplyMarkup": ["InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply"],
}


def library_document() -> dict[str, Any]:
    """The same document as the specification's file, as far as python-telegram-bot knows it."""
    names = [name for name in dir(telegram.Bot) if re.fullmatch(r"[a-z]+[A-Z]\w*", name)]
    kinds = {n: k for n, k in vars(telegram).items() if _is_type(k)}
    methods = {n: {"fields": _rows(n, inspect.signature(getattr(telegram.Bot, n)))} for n in names}
    types = {n: _library_type(n, k) for n, k in kinds.items()}
    for name, flag in (("ReplyKeyboardRemove", "remove_keyboard"), ("ForceReply", "force_reply")):
        types[name]["fields"].append({"name": flag, "types": ["True"], "required": True})
    return {"methods": methods, "types": types}


def _is_type(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, telegram.TelegramObject)


def _library_type(name: str, kind: type) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if _is_type(base) and base is not telegram.TelegramObject and "__init__" in vars(base):
            rows |= {row["name"]: row for row in _rows(name, inspect.signature(vars(base)["__init__"]))}
    subtypes = [subtype.__name__ for subtype in _subtypes(kind)]
    return {"fields": list(rows.values()), "subtypes": subtypes}


def _subtypes(kind: type[object]) -> list[type[object]]:
    return kind.__subclasses__()


def _rows(owner: str, signature: inspect.Signature) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "types": _library_types(str(parameter.annotation)),
            "required": parameter.default is inspect.Parameter.empty,
            "description": LENGTHS.get((owner, name)) or LENGTHS.get(("", name), ""),
        }
        for name, parameter in signature.parameters.items()
        if name not in LIBRARY_ONLY
    ]


def _library_types(annotation: str) -> list[str]:
    """The specification's names for a Python annotation; none means that anything is accepted."""
    array = "Array of " * annotation.count("Sequence[")
    found: list[str] = []
    for word in re.findall(r"[A-Za-z]+", re.sub(r"tuple\[[^\]]*\]", "", annotation)):
        found += PYTHON_TYPES.get(word, [word] if _is_type(getattr(telegram, word, None)) else [])
    return [array + kind for kind in dict.fromkeys(found)]


_PARSED = "characters after entities parsing"
LENGTHS = {
    ("sendMessage", "text"): f"1-{constants.MessageLimit.MAX_TEXT_LENGTH} {_PARSED}",
    ("editMessageText", "text"): f"1-{constants.MessageLimit.MAX_TEXT_LENGTH} {_PARSED}",
    ("", "caption"): f"0-{constants.MessageLimit.CAPTION_LENGTH} {_PARSED}",
    ("answerCallbackQuery", "text"): (
        f"0-{constants.CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH} characters"
    ),
    ("InlineKeyboardButton", "callback_data"): (
        f"1-{constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA} bytes"
    ),
    ("BotCommand", "command"): (
        f"1-{constants.BotCommandLimit.MAX_COMMAND} characters. "
        "Can contain only lowercase English letters, digits and underscores."
    ),
    ("BotCommand", "description"): f"1-{constants.BotCommandLimit.MAX_DESCRIPTION} characters",
    (
        "setMyCommands",
        "commands",
    ): f"At most {constants.BotCommandLimit.MAX_COMMAND_NUMBER} commands can be specified",
    ("getUpdates", "limit"): f"Values between 1-{constants.PollingLimit.MAX_LIMIT} are accepted",
    ("setWebhook", "secret_token"): (
        f"1-{constants.WebhookLimit.MAX_SECRET_TOKEN_LENGTH} characters. "
        "Only characters A-Z, a-z, 0-9, _ and - are allowed."
    ),
}
