"""A calendar file that phones open (RFC 5545), as pure functions: who asks for what is decided elsewhere."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_OCTETS: Final = 75  # the longest line, without its line break
_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Event:
    """One entry. `uid` never changes; `sequence` grows with every change, so that phones take the newest.

    The instants are aware; they are written in UTC, which needs no table of time zones.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    sequence: int = 0
    cancelled: bool = False


def calendar(name: str, events: Iterable[Event], *, stamp: datetime) -> bytes:
    """The file: UTF-8, lines of at most 75 octets, CRLF. `stamp` is the instant it is made.

    Raises ValueError without any event: the format knows no empty calendar.
    """
    body = [line for event in events for line in _event(event, stamp)]
    if not body:
        raise ValueError("A calendar file needs at least one event.")
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//caunoi//timetable//VI", "CALSCALE:GREGORIAN"]
    shown = ["METHOD:PUBLISH", f"X-WR-CALNAME:{escape(name)}"]
    return b"".join(fold_line(line) for line in [*head, *shown, *body, "END:VCALENDAR"])


def _event(event: Event, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(event.uid)}"
    yield f"DTSTAMP:{_instant(stamp)}"
    yield f"DTSTART:{_instant(event.starts_at)}"
    if event.ends_at > event.starts_at:
        yield f"DTEND:{_instant(event.ends_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{escape(event.summary)}"
    if event.location:
        yield f"LOCATION:{escape(event.location)}"
    if event.description:
        yield f"DESCRIPTION:{escape(event.description)}"
    yield "END:VEVENT"


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """Text as a value holds it: one line, its marks escaped, without characters the format refuses."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in broken if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).translate(_ESCAPES)


def fold_line(line: str) -> bytes:
    """The line with its line break, broken where it is longer than 75 octets, never inside a letter."""
    pieces: list[bytes] = []
    piece, room = b"", _OCTETS
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            piece, room = b"", _OCTETS - 1  # the space that begins a continued line counts
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
