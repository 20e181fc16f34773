"""A calendar file that phones open (RFC 5545), as pure functions: who asks for what is decided elsewhere."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import icalendar


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
    """The file. `stamp` is the instant it is made.

    Raises ValueError for a time without a zone, and without any event: the format knows no empty calendar.
    """
    from icalendar import Calendar, vText  # 4 MiB that a start does without

    made = Calendar()
    for key, value in (
        *(("version", "2.0"), ("prodid", "-//caunoi//timetable//VI"), ("calscale", "GREGORIAN")),
        *(("method", "PUBLISH"), ("x-wr-calname", vText(_clean(name)))),
    ):
        made.add(key, value)
    for event in events:
        made.add_component(_event(event, stamp))
    if not made.subcomponents:
        raise ValueError("A calendar file needs at least one event.")
    return bytes(made.to_ical(sorted=False))


def _event(event: Event, stamp: datetime) -> "icalendar.Event":
    import icalendar

    made = icalendar.Event()
    for key, value in _properties(event, stamp):
        made.add(key, value)
    return made


def _properties(event: Event, stamp: datetime) -> Iterator[tuple[str, object]]:
    yield "uid", event.uid
    yield "dtstamp", _instant(stamp)
    yield "dtstart", _instant(event.starts_at)
    if event.ends_at > event.starts_at:
        yield "dtend", _instant(event.ends_at)
    yield "sequence", event.sequence
    yield "status", "CANCELLED" if event.cancelled else "CONFIRMED"
    yield "summary", _clean(event.summary)
    if event.location:
        yield "location", _clean(event.location)
    if event.description:
        yield "description", _clean(event.description)


def _instant(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def _clean(text: str) -> str:
    """Text with plain line breaks and without the characters the format refuses."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in broken if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
