"""Whether a typed text is a conduct report at all, and which part of one could not be read."""

from collections.abc import Sequence
from typing import Final

from handlers.reports.sentence.grammar import Lexeme, Token, tokens_of
from handlers.reports.sentence.rules import CLAIMING
from handlers.reports.sentence.sentence import Reader
from handlers.reports.sentence.vocabulary import Kind
from handlers.reports.sentence.who import names_at

TELLING: Final = (*CLAIMING, Kind.BAD, Kind.WELL, Kind.REGULAR, Kind.ISSUE, Kind.NOBODY)


def tells(tokens: Sequence[Token], text: str) -> bool:
    """Whether any of the words is one of a report, or a number ends it; a question mark makes it none."""
    if any(token.text == "?" for token in tokens):
        return False
    reader = Reader(tokens, (), text)
    inner = [token for token in tokens if token.kind == "paren"]
    places = range(len(tokens))
    return (
        any(reader.after(i, (*TELLING, Kind.EXCEPT, Kind.ATTENDING)) for i in places)
        or any(reader.mark(i, "number") and reader.after(i + 1, Kind.SESSIONS) for i in places)
        or _ends_in_number(tokens)
        or any(tells(tokens_of(token.text[1:-1]), text) for token in inner)
    )


def _ends_in_number(tokens: Sequence[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].kind == "word" and tokens[-1].kind == "number"


def part_unread(reader: Reader) -> str:
    """The part of a report that has no reading; empty for what rather is no report at all."""
    reader.readings()
    tokens = reader.tokens
    named = [bool(names_at(tokens, i, reader.learners)) for i in range(len(tokens))]
    denied = _denied(reader)
    others = [
        (tokens[i], one)
        for i, found in enumerate(reader.lexemes)
        for one in found
        if not named[i] and not (i in denied and one.kind == Kind.ASKING)
    ]
    kinds = {one.kind for token, one in others if _counts(token, one)}
    numbered = any(token.kind == "number" for token in tokens)
    about = any(named) or numbered or kinds & {Kind.ALL, Kind.REST, Kind.EXCEPT}
    begins = any(named[i] and not reader.after(i, Kind.TALK) for i in reader.some(0, Kind.TITLE)[-1:])
    claims = kinds & {*TELLING, Kind.SESSIONS} or (begins and _ends_in_number(tokens))
    if not about or not claims or kinds & {Kind.TALK, Kind.ASKING} or _ends_asking(reader):
        return ""
    return _part(reader)


def _denied(reader: Reader) -> set[int]:
    """Words behind a "not" that ask for nothing there: "không có gì", "không ai"."""
    found: set[int] = set()
    for i in range(len(reader.tokens)):
        for end in reader.after(i, Kind.NOT, (Kind.ISSUE, Kind.NOBODY)):
            found.update(range(i, end))
    return found


def _counts(token: Token, one: Lexeme) -> bool:
    """A single letter without its diacritic tells nothing: "a" may be "ạ" as well as "à"."""
    return len(token.text) > 1 or not one.is_guess


def _ends_asking(reader: Reader) -> bool:
    """Whether it ends in a "không" or "chưa"."""
    last = len(reader.tokens)
    while last and last in reader.after(last - 1, Kind.POLITE):
        last -= 1
    return bool(last) and last in reader.after(last - 1, Kind.NOT)


def _part(reader: Reader) -> str:
    """The part between commas or full stops in which reading came to an end."""
    ends = {"comma", "stop"}
    start = reader.furthest
    while start < len(reader.tokens) - 1 and reader.tokens[start].kind in ends:
        start += 1
    end = start + 1
    while start and reader.tokens[start - 1].kind not in ends:
        start -= 1
    while end < len(reader.tokens) and reader.tokens[end].kind not in ends:
        end += 1
    return reader.quoted(start, end)
