"""What a conversation says: text, buttons, a file. The wire form is what the outbox keeps."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from handlers.engine.actions import Action, Step, base36
from handlers.engine.pictures import Picture

LONGEST_NAME = 100  # characters of a file's name before its ending
LONGEST_LABEL = 64  # characters: more would be cut by a phone anyway, and not where we like it


@dataclass(frozen=True)
class Paper:
    """A function that renders a file at the moment it is sent: (desk, language, **ids) -> bytes, or what is to be
    drawn as a picture.
    """

    key: str
    run: Callable[..., bytes | Picture]


class Button:
    """A label and the function it presses, with the ids that function takes."""

    def __init__(self, label: str, action: Action, **ids: int) -> None:
        self.label = _short(plain(label))
        self.data = action.data(ids)
        self.number = 0  # its place in a list to pick from, from 1; 0 for what does something else

    def numbered(self, number: int) -> "Button":
        """The same button as the `number`-th of a list to pick from: typed by its number where there are no buttons."""
        self.number = number
        return self

    def called(self, label: str) -> "Button":
        """The same button under another label."""
        self.label = _short(plain(label))
        return self

    def wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"label": self.label, "data": self.data}
        return {**wire, "n": self.number} if self.number else wire


class Link:
    """A button that opens a page."""

    def __init__(self, label: str, url: str) -> None:
        self.label, self.url = _short(plain(label)), url

    def wire(self) -> dict[str, Any]:
        return {"label": self.label, "url": self.url}


def file_called(words: str, ending: str) -> str:
    """A file's name that says what it is, such as "Lịch học, lớp A1.ics", without what disks do not take in names."""
    told = plain(words).replace(": ", ", ").replace("\n", " ")
    line = " ".join(re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", told).split())
    return f"{line[:LONGEST_NAME].rstrip(' .,-')}.{ending}"


@dataclass(frozen=True)
class Document:
    """A file to go with a message: which paper, under which name (`file_called`), from which ids."""

    paper: Paper
    name: str
    ids: Mapping[str, int]


@dataclass(frozen=True)
class Message:
    """One thing said. `text` is Markup with <b>, <i> and line breaks; plain str is escaped.

    `private` content (marks, conduct, party status) goes through servers abroad only where the director
    allowed it. `keyboard` are the labels of the chat's persistent keyboard. `asks_phone` is the label of a
    button that shares the person's own number, where the channel has such a thing.

    Where buttons are typed: `choices` are offered beside them, `several` of the numbered ones may be answered at
    once, and `hint` says what else can be typed. `brief` ({"kind": …} and plain values, nothing private) is what a
    template the platform has approved may carry where the message itself may not go.
    """

    text: str
    buttons: Sequence[Sequence[Button | Link]] = ()
    document: Document | None = None
    keyboard: Sequence[Sequence[str]] = ()
    asks_phone: str = ""
    private: bool = False
    choices: Sequence[Button] = ()
    several: bool = False
    hint: str = ""
    brief: Mapping[str, str] = field(default_factory=dict)

    def wire(self, language: str = "vi") -> dict[str, Any]:
        """What the outbox keeps, for a reader of this language; what is not there is left out."""
        html = self.text if isinstance(self.text, Markup) else Markup.escape(self.text)
        document = self.document
        return {
            "html": str(html),
            "buttons": [[button.wire() for button in row] for row in self.buttons],
            "document": document
            and {"key": document.paper.key, "name": document.name, "ids": dict(document.ids)},
            "keyboard": [[plain(label) for label in row] for row in self.keyboard],
            "asks_phone": plain(self.asks_phone),
            "private": self.private,
            "language": language,
            **self._typed(),
        }

    def _typed(self) -> dict[str, Any]:
        """What only matters where buttons are typed, or templates stand for a message."""
        hint = self.hint if isinstance(self.hint, Markup) else Markup.escape(self.hint)
        brief = {name: plain(value) for name, value in self.brief.items()}
        found = {
            "choices": [button.wire() for button in self.choices],
            "several": self.several,
            "hint": str(hint),
            "brief": brief,
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Press:
    """A button was pressed on the card the platform calls `message_id`."""

    data: str
    message_id: str = ""


@dataclass(frozen=True)
class SharedContact:
    """A phone number shared from the messenger; `own` only where the platform vouches for it."""

    phone: str
    own: bool


@dataclass(frozen=True)
class SentFile:
    """A file the person sent: the id of its StoredFile, or the reason it could not be fetched."""

    name: str
    size: int
    file_id: int | None = None
    problem: str = ""  # too_big, unreachable, unwanted, stranger_file, file_quota


@dataclass(frozen=True)
class Incoming:
    """One update, the same for every channel. At most one of the fields before `at` is set.

    `at` is when it was said, by the platform's own clock; None where the platform does not tell. `sources` are marks of
    where it comes from beside its chat, narrowest first (`link:…`, `address:…`); empty where the platform vouches for
    each chat.
    """

    text: str = ""
    press: Press | None = None
    start: str | None = None  # the payload of a deep link, "" for a bare start
    contact: SharedContact | None = None
    file: SentFile | None = None
    left: bool = False  # the person blocked or left the bot
    other: bool = field(default=False)  # a sticker, a voice message: nothing we can read
    at: datetime | None = field(default=None, compare=False)
    sources: tuple[str, ...] = field(default=(), compare=False)


def message_of(said: Message | str, *rows: Sequence[Button | Link]) -> Message:
    """What is said as a message; words are one with these rows of buttons."""
    return said if isinstance(said, Message) else Message(said, rows)


def lines(*parts: str) -> Markup:
    """Sentences on lines of their own; empty ones are left out, None of them is escaped twice."""
    return Markup("\n").join(part for part in parts if part)


def join(blocks: Iterable[Markup]) -> Markup:
    """Blocks with an empty line between them."""
    return Markup("\n\n").join(block for block in blocks if block)


def sentence(text: Markup) -> Markup:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def room_in(longest_text: int) -> int:
    """Letters of a list in a message of so many: a quarter is left for what stands around it."""
    return longest_text * 3 // 4


ROOM = room_in(4096)  # where nobody knows yet which messenger it goes by; a smaller one sends it in parts


def fitting(blocks: Sequence[Markup], room: int = ROOM, most: int | None = None) -> Sequence[Markup]:
    """As many of the blocks, in order, as stand in `room` letters, at the most `most`; the first always does."""
    kept = 0
    for block in blocks[:most]:
        room -= len(block) + 2  # line breaks
        if room < 0 and kept:
            break
        kept += 1
    return blocks[:kept]


def fit(
    blocks: Sequence[Markup], room: int, more: Callable[[int], Markup], *, most: int | None = None
) -> Markup:
    """What fits, a line each, and last how many `more` there are."""
    kept = fitting(blocks, room, most)
    left = len(blocks) - len(kept)
    return lines(*kept, more(left) if left else "")


def plain(label: str) -> str:
    """A label without markup: buttons show no formatting and no entities."""
    return label.unescape() if isinstance(label, Markup) else str(label)


def _short(label: str) -> str:
    """A label on one line. A long one is cut in its middle: given names, dates of birth and marks stand at the end."""
    line = " ".join(label.split())
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 33]}…{line[-32:]}"


__all__ = [
    "ROOM",
    "Action",
    "Button",
    "Document",
    "Incoming",
    "Link",
    "Message",
    "Paper",
    "Press",
    "SentFile",
    "SharedContact",
    "Step",
    "base36",
    "file_called",
    "fit",
    "fitting",
    "join",
    "lines",
    "message_of",
    "plain",
    "room_in",
    "sentence",
]
