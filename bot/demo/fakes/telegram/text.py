"""How Telegram reads the text a bot sends: its HTML, its lengths, its trimming."""

import re
from typing import Any

Entity = dict[str, Any]

TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
QUOTED = r"""(?:"[^"]*"|'[^']*'|[^>"'])*"""
TOKEN = re.compile(
    rf"<(?P<end>/?)(?P<name>[^\s>/]*)(?P<rest>{QUOTED})>|&(?P<character>\#\w+|lt|gt|amp|quot);|<"
)
ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


class EntityError(ValueError):
    """Telegram's own words for markup it cannot read."""


def utf16(text: str) -> int:
    """The length Telegram counts, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of `source`; raises EntityError for what the platform refuses."""
    reader = _Reader(source)
    position = 0
    for token in TOKEN.finditer(source):
        reader.plain += source[position : token.start()]
        reader.take(token)
        position = token.end()
    reader.plain += source[position:]
    return trimmed(reader.plain, reader.finished())


def trimmed(plain: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text without outer white space, as it is shown, and the entities moved with it."""
    text = plain.strip()
    shift = utf16(plain[: len(plain) - len(plain.lstrip())])
    kept = []
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] + entity["length"] - shift, utf16(text))
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def read_text(
    text: str, parse_mode: str | None, entities: list[Entity] | None = None
) -> tuple[str, list[Entity]]:
    """What is shown of a text sent with this parse_mode; only HTML is spoken here."""
    if not parse_mode:
        return trimmed(text, entities or [])
    if str(parse_mode).lower() != "html":
        raise EntityError(f"unsupported parse_mode {parse_mode!r}, this fake reads HTML")
    return parse_html(text)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.plain = ""
        self.entities: list[Entity] = []
        self.open: list[tuple[str, Entity]] = []

    def take(self, token: re.Match[str]) -> None:
        at = len(self.source[: token.start()].encode("utf-8", "surrogatepass"))
        if token["character"]:
            self.plain += _character(token["character"], token[0])
        elif token["name"] is None:
            raise EntityError(f"Unclosed start tag at byte offset {at}")
        elif token["end"]:
            self.close(token["name"].lower(), at)
        else:
            self.begin(token["name"].lower(), token["rest"], at)

    def begin(self, name: str, rest: str, at: int) -> None:
        if name not in TAGS:
            raise EntityError(f'Unsupported start tag "{name}" at byte offset {at}')
        given = {key.lower(): a or b or c for key, a, b, c in ATTRIBUTE.findall(rest)}
        if name == "span" and given.get("class") != "tg-spoiler":
            raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        entity: Entity = {"type": TAGS[name], "offset": utf16(self.plain)}
        if name == "a":
            entity["url"] = given.get("href", "")
        if name == "tg-emoji":
            entity["custom_emoji_id"] = given.get("emoji-id", "")
        if name == "blockquote" and "expandable" in given:
            entity["type"] = "expandable_blockquote"
        self.open.append((name, entity))

    def close(self, name: str, at: int) -> None:
        if not self.open:
            raise EntityError(f"Unexpected end tag at byte offset {at}")
        begun, entity = self.open.pop()
        if name != begun:
            raise EntityError(
                f'Unmatched end tag at byte offset {at}, expected "</{begun}>", found "</{name}>"'
            )
        self.entities.append({**entity, "length": utf16(self.plain) - entity["offset"]})

    def finished(self) -> list[Entity]:
        if self.open:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        # A link without an address is shown as plain text.
        return [entity for entity in self.entities if entity.get("url") != ""]


def _character(name: str, written: str) -> str:
    if name in NAMED_CHARACTERS:
        return NAMED_CHARACTERS[name]
    digits = name[1:].lower()
    try:
        return chr(int(digits[1:], 16) if digits.startswith("x") else int(digits))
    except (ValueError, OverflowError):
        return written
