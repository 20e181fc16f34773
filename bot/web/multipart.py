"""Reads the one form we have with a file in it (multipart/form-data, RFC 7578), for browsers without scripts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BOUNDARY = re.compile(
    r"""^multipart/form-data\s*;.*?\bboundary="?([0-9A-Za-z'()+_,\-./:=?]{1,70})"?""", re.IGNORECASE
)
NAME = re.compile(r'(?:^|[;\s])name="([^"]*)"', re.IGNORECASE)
FILE_NAME = re.compile(r'(?:^|[;\s])filename="([^"]*)"', re.IGNORECASE)
ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # how browsers write these in names; nothing else is escaped


@dataclass(frozen=True)
class Part:
    """A field of the form; `file_name` is None for what is no file."""

    content: bytes
    file_name: str | None = None


def fields(content_type: str, body: bytes) -> dict[str, Part]:
    """The form's fields by name, the first of each. Raises ValueError for what no browser sends."""
    found = BOUNDARY.match(content_type)
    if found is None:
        raise ValueError("no form")
    parts: dict[str, Part] = {}
    for head, content in _parts(body, b"--" + found[1].encode()):
        name, file_name = _named(head)
        parts.setdefault(name, Part(content, file_name))
    return parts


def _parts(body: bytes, edge: bytes) -> Iterator[tuple[str, bytes]]:
    """Head and content of each part. What is between two edges is copied once."""
    if not body.startswith(edge):
        raise ValueError("the form does not begin with its boundary")
    at = len(edge)
    while body[at : at + 2] == b"\r\n":
        end = body.find(b"\r\n" + edge, at)
        middle = body.find(b"\r\n\r\n", at, end) if end >= 0 else -1
        if middle < 0:
            raise ValueError("a part of the form is cut off")
        yield body[at + 2 : middle].decode(errors="replace"), body[middle + 4 : end]
        at = end + 2 + len(edge)
    if body[at : at + 2] != b"--":
        raise ValueError("the form has no end")


def _named(head: str) -> tuple[str, str | None]:
    lines = (line.partition(":") for line in head.split("\r\n"))
    told = next((value for name, _, value in lines if name.strip().lower() == "content-disposition"), "")
    name, file_name = NAME.search(told), FILE_NAME.search(told)
    if name is None:
        raise ValueError("a part of the form has no name")
    return _unescaped(name[1]), _unescaped(file_name[1]) if file_name else None


def _unescaped(name: str) -> str:
    for escaped, letter in ESCAPED.items():
        name = name.replace(escaped, letter)
    return name
