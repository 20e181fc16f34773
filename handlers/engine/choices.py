"""How choices look where not all of them can be buttons: numbers, words, and buttons page by page.

One place decides it for the channels, which print a Layout, and for the engine, which has to know what "2" means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from handlers.engine.messages import base36, plain
from locales import Language

MORE_KEY = "lp"  # the button that shows the next page (handlers/engine/choosing.py)
Pressed = Mapping[str, Any]  # a button's wire form


class Offering(Protocol):
    """A message as far as it offers something: an Outgoing of a channel, or Offered."""

    @property
    def outbox_id(self) -> int: ...
    @property
    def buttons(self) -> Sequence[Sequence[Pressed]]: ...
    @property
    def choices(self) -> Sequence[Pressed]: ...
    @property
    def keyboard(self) -> Sequence[Sequence[str]]: ...
    @property
    def hint(self) -> str: ...
    @property
    def several(self) -> bool: ...
    @property
    def asks(self) -> bool: ...
    @property
    def page(self) -> int: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Offered:
    """What a message of the outbox offers, read from its wire form."""

    outbox_id: int
    buttons: Sequence[Sequence[Pressed]] = ()
    choices: Sequence[Pressed] = ()
    keyboard: Sequence[Sequence[str]] = ()
    hint: str = ""
    several: bool = False
    asks: bool = False
    page: int = 0
    language: str = "vi"

    @classmethod
    def of(cls, row_id: int, wire: Mapping[str, Any]) -> "Offered":
        names = ("buttons", "choices", "keyboard", "hint", "several", "asks", "page", "language")
        return cls(row_id, **{name: wire[name] for name in names if name in wire})


@dataclass(frozen=True)
class Layout:
    """`numbered` are pressed by their number, `buttons` as buttons, `words` by their label; `links` lead elsewhere."""

    language: Language
    numbered: Mapping[int, Pressed]
    buttons: Sequence[Pressed]
    words: Sequence[Pressed]
    links: Sequence[Pressed]
    keyboard: Sequence[str] = ()
    hint: str = ""
    several: bool = False

    @property
    def presses(self) -> list[Pressed]:
        """Everything that can be pressed, in whichever way."""
        return [*self.numbered.values(), *self.buttons, *self.words]

    @property
    def text(self) -> str:
        """The lines below the message, in plain text: the list, the links, and how to answer."""
        lines = [f"{number}. {button['label']}" for number, button in self.numbered.items()]
        lines += [f"{link['label']}: {link['url']}" for link in self.links]
        return "\n".join([*lines, *(told for told in (self._how(), self._any_time()) if told)])

    def _how(self) -> str:
        _ = self.language.text
        words = [str(button["label"]) for button in self.words]
        several = _("Several numbers at once are possible, such as: 2 5 7.") if self.several else ""
        if self.numbered and words:
            told = _("Please answer with the number, or type:")
        elif self.numbered:
            told = _("Please answer with the number.")
        else:
            told = _("You can type:") if words else Markup()
        hint = Markup(self.hint).striptags()  # noqa: S704  the wire form is markup already
        listed = "\n".join([plain(told), *(f"- {word}" for word in words)])
        return "\n".join(part for part in (listed, plain(several), plain(hint)) if part)

    def _any_time(self) -> str:
        _ = self.language.text
        labels = "; ".join(self.keyboard)
        return plain(_("At any time you can type: {words}.", words=labels)) if labels else ""


def offers(wire: Mapping[str, Any]) -> bool:
    """Whether a message in wire form has anything that can be pressed."""
    return bool(wire.get("choices")) or any("data" in one for row in wire["buttons"] for one in row)


def layout(message: Offering, most: int) -> Layout:
    """What a message offers where at most `most` buttons fit one message; 0 where there are none.

    A list to pick from is numbered and the rest are words or buttons; other lists are numbered whole. While a text
    is waited for, digits are text: then nothing is numbered.
    """
    every = [*message.choices, *(one for row in message.buttons for one in row)]
    links = [one for one in every if "url" in one]
    presses = [one for one in every if "data" in one]
    if len(presses) <= most or message.asks:
        numbered: dict[int, Pressed] = {}
    elif any("n" in one for one in presses):
        numbered = {int(one["n"]): one for one in presses if "n" in one}
    else:
        numbered = {} if most else dict(enumerate(presses, 1))
    rest = [one for one in presses if one not in numbered.values()]
    buttons = _paged(message, rest, most) if most else []
    return Layout(
        Language(message.language),
        numbered,
        buttons,
        [] if most else rest,
        links,
        [label for row in message.keyboard for label in row],
        message.hint if message.choices or not most else "",
        message.several and bool(numbered),
    )


def _paged(message: Offering, presses: Sequence[Pressed], most: int) -> list[Pressed]:
    """The buttons of the message's page, the last of them leading to the next one and in the end to the first."""
    if len(presses) <= most:
        return list(presses)
    size = most - 1
    pages = -(-len(presses) // size)
    page = message.page if 0 <= message.page < pages else 0
    more = {
        "label": plain(Language(message.language).text("More choices")),
        "data": f"{MORE_KEY}:{base36(message.outbox_id)}:{base36((page + 1) % pages)}",
    }
    return [*presses[page * size : (page + 1) * size], more]
