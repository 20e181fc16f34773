"""Texts on their way in and out of a messenger: cut where a reader would, tidied so that it can be stored."""

import re
import unicodedata
from html import unescape
from pathlib import PurePosixPath

from storage.base.text import nfc

TAG = re.compile(r"<(/?)(\w+)[^>]*>")
TOKEN = re.compile(r"<[^>]*>|&(?:#\w+|\w+);|.", re.DOTALL)
SENTENCE_ENDS, CLAUSE_ENDS = ".!?…", ";:,"


def tidy(text: str) -> str:
    """Text as every database takes it: NFC, without control characters and halves of surrogate pairs."""
    whole = text.encode("utf-8", "ignore").decode()
    kept = "".join(letter for letter in whole if letter in "\n\t" or unicodedata.category(letter) != "Cc")
    return unicodedata.normalize("NFC", kept)


def opaque(value: object) -> str:
    """An id of a platform's, as it is where a database and a line of a log take it, else ""."""
    text = str(value) if type(value) is int else value
    fit = isinstance(text, str) and text.isascii() and text.isprintable() and len(text) <= 200
    return str(text) if fit else ""


def file_name(text: str) -> str:
    """The last part of a file's name, nothing invisible in it, at most 150 characters with its ending; never empty."""
    name = nfc(text.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    ending = PurePosixPath(name).suffix[:10]
    return (name if len(name) <= 150 else name[: 150 - len(ending)] + ending) or "file"


def plain(html: str) -> str:
    """The words without markup."""
    return unescape(TAG.sub("", html))


def units(text: str) -> int:
    """The length as messengers count it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(html: str, limit: int) -> bool:
    return units(html) <= limit or units(plain(html)) <= limit  # markup only ever adds to the length


def cut(html: str, limit: int) -> list[str]:
    """`html` in parts of at most `limit` units, cut at the end of a line, a sentence, a clause or a word if it can be.

    What is bold stays bold over a cut: tags are closed before it and opened again after it.
    """
    if fits(html, limit):
        return [html]
    parts: list[str] = []
    tags: list[str] = []
    tokens = TOKEN.findall(html)
    while tokens:
        end = _end(tokens, limit)
        part, tokens = tokens[:end], tokens[end:]
        head, tags = "".join(tags), _open_after(tags, part)
        parts.append(head + "".join(part) + "".join(f"</{_name(tag)}>" for tag in reversed(tags)))
    return [part for part in parts if plain(part).strip()]


def _end(tokens: list[str], limit: int) -> int:
    """How many of the tokens go into the next part."""
    at = size = 0
    while at < len(tokens) and (size := size + units(plain(tokens[at]))) <= limit:
        at += 1
    if at == len(tokens):
        return at
    for ends in (_ends_line, _ends_sentence, _ends_clause, _ends_word):
        for end in range(at, at // 2, -1):
            if ends(tokens, end):
                return end
    return at


def _ends_line(tokens: list[str], end: int) -> bool:
    return tokens[end - 1] == "\n"


def _ends_sentence(tokens: list[str], end: int) -> bool:
    return _ends_word(tokens, end) and end > 1 and tokens[end - 2] in SENTENCE_ENDS


def _ends_clause(tokens: list[str], end: int) -> bool:
    return _ends_word(tokens, end) and end > 1 and tokens[end - 2] in CLAUSE_ENDS


def _ends_word(tokens: list[str], end: int) -> bool:
    return tokens[end - 1] == " "


def _open_after(tags: list[str], part: list[str]) -> list[str]:
    """The tags still open after `part`, which began with `tags` open."""
    still = list(tags)
    for token in part:
        tag = TAG.fullmatch(token)
        if tag and not tag[1]:
            still.append(token)
        elif tag and still:
            still.pop()
    return still


def _name(tag: str) -> str:
    found = TAG.fullmatch(tag)
    return found[2] if found else ""
