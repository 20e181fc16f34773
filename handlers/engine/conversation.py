"""The small engine: conversations declare commands, words, buttons and steps, which a Table (router.py) finds."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, Unpack

from markupsafe import Markup

from handlers.engine.actions import (
    ANYONE,
    BOUND,
    Action,
    Declared,
    Handler,
    Offer,
    Step,
    file_of,
    names_of,
    roles,
)
from handlers.engine.jobs import Args, Does, Job
from handlers.engine.messages import Paper
from handlers.engine.pictures import Picture
from handlers.engine.speech import Words
from locales import Language
from storage.base.text import nfc
from storage.messaging.timers import Kind

Known = TypeVar("Known", bound=Declared)

# What happens beside commands, words, buttons and steps. Each has exactly one handler in the table.
EVENTS = (
    *("start", "contact", "file", "other", "left"),
    *("stranger", "unknown_words", "stale", "refused", "unclear"),
)
# What the doors tell of, with what is said of it after the desk. Any number of conversations may listen to each.
NEWS = (
    "delivery_settled",  # delivery, state, reason: a platform has answered for good
    "delivery_held",  # delivery, reason: it waits for something outside
    "messages_sent",  # account, how many: on an account whose messages are counted
    "chat_heard",  # account, chat: on an account whose users are counted
)


def claim(register: dict[str, Any], what: str, name: str, value: Any) -> None:
    """Enter a name in a register of commands, buttons, steps … Raises ValueError, naming both files, where it is
    another's already.
    """
    taken = register.setdefault(name, value)
    if taken != value:
        raise ValueError(f"{file_of(taken)} and {file_of(value)} both claim the {what} {name!r}")


def misfit(language: Language, length: int, longest: int) -> Markup:
    """What is wrong with a text of this length."""
    if not length:
        return language.text("Nothing was typed.")
    return language.count(
        "Your text has {n} character; at most {limit} fit.",
        "Your text has {n} characters; at most {limit} fit.",
        length,
        limit=language.number(longest),
    )


class Conversation:
    """One file's worth of things said to people, declared beside the functions that say them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.commands: dict[str, tuple[Handler, frozenset[str] | None]] = {}
        self.descriptions: dict[str, str] = {}
        self.words: list[Words] = []
        self.actions: list[Action] = []
        self.steps: list[Step] = []
        self.papers: list[Paper] = []
        self.timers: dict[str, Callable[..., None]] = {}
        self.passing: set[str] = set()
        self.events: dict[str, Handler] = {}
        self.sentences: list[tuple[Callable[..., bool], frozenset[str] | None]] = []
        self.listeners: list[tuple[str, Handler]] = []
        self.roles: list[tuple[str, Callable[..., bool]]] = []

    def command(
        self,
        name: str,
        *,
        words: str = "",
        about: str = "",
        may: Iterable[str] | None = BOUND,
        aside: bool = False,
        takes: str = "name",
    ) -> Callable[[Handler], Handler]:
        """`/name`, and `words`: a marked sentence (locales.later), commas between its wordings in each language.

        `about` is the marked line of the messenger's command menu. `may` are the roles it is open to. `aside` and
        `takes` say what the words mean among others (handlers.engine.speech.Words).
        """
        allowed = roles(may)

        def declare(run: Handler) -> Handler:
            if name:
                claim(self.commands, "command", name, (run, allowed))
                if about:
                    self.descriptions[name] = about
            if words:
                self.words.append(Words(words, run, allowed, aside, takes))
            return run

        return declare

    def button(
        self, key: str, *, may: Iterable[str] | None = BOUND, **offer: Unpack[Offer]
    ) -> Callable[[Handler], Action]:
        """A function buttons press. `key` is its name on the wire for ever: letters, unique in the table.

        `menu` (a marked label, for functions without ids) gives it a place in the menu of those who may, on the card
        of its `section`, lower `rank` first; its label can be typed too.
        """

        def declare(run: Handler) -> Action:
            action = Action(key, names_of(run, Action.gets), roles(may), file_of(run), run, **offer)
            self.actions.append(action)
            return action

        return declare

    def does(self, declared: Known) -> Callable[[Handler], Known]:
        """The function of what other files offer (handlers/engine/actions.py): its parameters are named as there."""

        def implement(run: Handler) -> Known:
            if isinstance(declared, Action):
                self.actions.append(declared)
            elif isinstance(declared, Step):
                self.steps.append(declared)
            return declared.does(run)

        return implement

    def step(
        self, key: str, *, version: int = 1, may: Iterable[str] | None = BOUND
    ) -> Callable[[Handler], Step]:
        """A function (turn, text, **args) that a chat waits in; raise `version` when args change."""

        def declare(run: Handler) -> Step:
            step = Step(key, names_of(run, Step.gets), roles(may), file_of(run), run, version)
            self.steps.append(step)
            return step

        return declare

    def question(
        self,
        key: str,
        *,
        longest: int,
        again: Handler,
        lines: bool = False,
        may: Iterable[str] | None = BOUND,
    ) -> Callable[[Handler], Step]:
        """A step (turn, words, **args) that gets words in NFC, at the least one and at the most `longest` characters,
        on several lines where `lines` may be. Anything else is asked for anew: `again` (turn, **args) says first what
        is `turn.wrong`.
        """

        def declare(run: Handler) -> Step:
            @wraps(run)  # a name claimed twice is told with the file that claims it
            def typed(turn: Any, text: str, **args: Any) -> None:
                words = nfc(text, lines=lines).strip()
                if 0 < len(words) <= longest:
                    run(turn, words, **args)
                else:
                    turn.wrong = misfit(turn.language, len(words), longest)
                    again(turn, **args)

            return self.step(key, may=may)(typed)

        return declare

    def paper(self, key: str) -> Callable[[Callable[..., bytes | Picture]], Paper]:
        """A function (desk, language, **ids) that renders a file when it is sent, or says what is drawn as a PNG."""

        def declare(run: Callable[..., bytes | Picture]) -> Paper:
            paper = Paper(key, run)
            self.papers.append(paper)
            return paper

        return declare

    def timer(self, kind: str, *, passes: bool = False) -> Callable[[Handler], Handler]:
        """A function (desk, **args) that runs when a timer of this kind is due.

        One that `passes` is of its moment: weeks after it has run nobody plans it again by the same key, or it would
        find nothing to do. What is left of it may be let go.
        """

        def declare(run: Handler) -> Handler:
            claim(self.timers, "timer", kind, run)
            self.passing |= {kind} if passes else set()
            return run

        return declare

    def on_timer(self, kind: Kind) -> Callable[[Handler], Handler]:
        """As `timer`, for a declared kind (storage.messaging.timers.Kind)."""
        return self.timer(kind.name)

    def job(self, kind: str, *, size: int = 100) -> Callable[[Does[Args]], Job[Args]]:
        """A function (desk, page, **args) that does a page of something done to many (handlers/engine/jobs.py).

        It gives the ids of the page. `start` of what it becomes plans it; what has run of it may be let go.
        """

        def declare(run: Does[Args]) -> Job[Args]:
            job = Job(kind, size, run)
            self.timer(kind, passes=True)(job)
            return job

        return declare

    def sentence(
        self, *, may: Iterable[str] | None = BOUND
    ) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
        """A function (turn, text) that looks at what no list knows and is no command alone; True when it has answered."""

        def declare(run: Callable[..., bool]) -> Callable[..., bool]:
            self.sentences.append((run, roles(may)))
            return run

        return declare

    def on(self, event: str) -> Callable[[Handler], Handler]:
        """A function for what no command, word, button or step answers (EVENTS)."""

        def declare(run: Handler) -> Handler:
            claim(self.events, "event", event, run)
            return run

        return declare

    def hears(self, news: str) -> Callable[[Handler], Handler]:
        """A function (desk, …) that runs, in the same transaction, when something has happened (NEWS)."""
        assert news in NEWS, news

        def declare(run: Handler) -> Handler:
            self.listeners.append((news, run))
            return run

        return declare

    def role(self, name: str) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
        """A function (turn) that says whether the bound speaker has this role today without a grant of it."""

        def declare(holds: Callable[..., bool]) -> Callable[..., bool]:
            self.roles.append((name, holds))
            return holds

        return declare


__all__ = ["ANYONE", "BOUND", "EVENTS", "Conversation", "Handler", "claim", "misfit"]
