"""What a button presses and what a chat waits in, declared by key and ids before any file implements it.

So a card names what its buttons press without the file that does it, which shows the card.
"""

import inspect
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypedDict, Unpack

if TYPE_CHECKING:
    from handlers.engine.turn import Turn

ANYONE: Final = None  # also chats of nobody known
BOUND: Final = frozenset[str]()  # any bound person
LONGEST_DATA = 64  # bytes a button can carry on the strictest platform
DIGITS = string.digits + string.ascii_lowercase
Handler = Callable[..., None]


def nobody(*_: Any, **__: Any) -> None:
    """What is only declared does nothing: no table is complete with it."""
    raise NotImplementedError


@dataclass(eq=False)
class Declared:
    """A key that never changes once people have such buttons, the names of what comes with it, and who may.

    `file` is where it is declared; `run` does it, once a conversation has implemented it.
    """

    key: str
    names: tuple[str, ...]
    may: frozenset[str] | None
    file: str
    run: Handler = nobody
    gets: ClassVar[int] = 1  # parameters of `run` before the names

    def does(self, run: Handler) -> Self:
        """Bind what does it. Raises ValueError, naming both files, where that takes other names, or one does it."""
        if self.run is not nobody:
            raise ValueError(f"{file_of(self.run)} and {file_of(run)} both implement {self.key!r}")
        if names_of(run, self.gets) != self.names:
            raise ValueError(
                f"{self.file} declares {self.key!r} with {self.names}, "
                f"{file_of(run)} implements it with {names_of(run, self.gets)}"
            )
        self.run = run
        return self


class Offer(TypedDict, total=False):
    """How an action is offered beside the cards it stands on."""

    aside: bool  # leaves a step that waits for text as it is
    menu: str  # its marked label in the menu, where it has a place there
    section: str  # the part of the menu it stands in, "" for the last one
    rank: int  # the menu's order, 50 for most
    on_keyboard: bool  # also on the persistent keyboard


@dataclass(eq=False)
class Action(Declared):
    """What a button presses, offered as `Offer` says."""

    aside: bool = False
    menu: str = ""
    section: str = ""
    rank: int = 50
    on_keyboard: bool = False

    def __call__(self, turn: "Turn", **ids: int) -> None:
        self.run(turn, **ids)

    def data(self, ids: Mapping[str, int]) -> str:
        """The wire form: key and ids, in the order of their names."""
        data = ":".join([self.key, *(base36(int(ids[name])) for name in self.names)])
        if len(data.encode()) > LONGEST_DATA:
            raise ValueError(
                f"button {self.key} carries {len(data.encode())} bytes, at most {LONGEST_DATA} fit"
            )
        return data

    def ids(self, words: Sequence[str]) -> dict[str, int] | None:
        """What the button carries, None for anything this action never sent."""
        try:
            return {name: int(word, 36) for name, word in zip(self.names, words, strict=True)}
        except ValueError:
            return None


@dataclass(eq=False)
class Step(Declared):
    """What gets the next text of a chat, kept there under key and version."""

    version: int = 1
    gets: ClassVar[int] = 2


DECLARED: list[Action | Step] = []


def action(key: str, *ids: str, may: Iterable[str] | None = BOUND, **offer: Unpack[Offer]) -> Action:
    """An action that other files offer; `ids` as they stand on the wire. A conversation implements it (`does`)."""
    declared = Action(key, ids, roles(may), caller(), **offer)
    DECLARED.append(declared)
    return declared


def answer(key: str, *args: str, version: int = 1, may: Iterable[str] | None = BOUND) -> Step:
    """A step that other files ask for, with what they keep for it. A conversation implements it (`does`)."""
    declared = Step(key, args, roles(may), caller(), version=version)
    DECLARED.append(declared)
    return declared


def roles(may: Iterable[str] | None) -> frozenset[str] | None:
    """Those something is open to, as it is kept."""
    return ANYONE if may is ANYONE else frozenset(may)


def names_of(run: Handler, gets: int) -> tuple[str, ...]:
    """The parameters of a function after the first ones, which it gets from the engine."""
    return tuple(inspect.signature(run).parameters)[gets:]


def file_of(value: Any) -> str:
    """Where a handler is written, or what was declared of it: "handlers/menu/menu.py"."""
    run = value[0] if isinstance(value, tuple) else value
    while hasattr(run, "run"):  # a button's function can be a command's as well
        run = run.run
    return path_of(run.__module__)


def path_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def caller() -> str:
    """The file that calls the function that asks this."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals["__name__"] == __name__:
        frame = frame.f_back
    return path_of(frame.f_globals["__name__"]) if frame else ""


def base36(number: int) -> str:
    """A whole number in as few letters as a button has room for."""
    if number < 0:
        return "-" + base36(-number)
    head, last = divmod(number, 36)
    return (base36(head) if head else "") + DIGITS[last]
