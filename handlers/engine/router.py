"""All conversations in one table: what an update asks for is found by dictionary, and done or politely refused."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from handlers.engine.actions import ANYONE, BOUND, Action, Handler, Step
from handlers.engine.choosing import NOTHING, Chosen, by_beginning, by_label, by_number, numbers_in
from handlers.engine.conversation import Conversation, claim
from handlers.engine.desk import Desk
from handlers.engine.messages import Paper
from handlers.engine.speech import Asked, Speech, Words, wordings
from handlers.engine.turn import Answered, Turn, args_of
from storage.base.text import fold
from storage.messaging.timers import KINDS


class Table:
    """All conversations in order, found by dictionary. Raises ValueError, naming both files, when two
    claim the same name.
    """

    def __init__(self, conversations: Iterable[Conversation]) -> None:
        self.conversations = tuple(conversations)
        self.commands: dict[str, tuple[Handler, frozenset[str] | None]] = {}
        self.words: dict[str, tuple[Handler, frozenset[str] | None]] = {}
        self.speech = Speech()
        self.actions: dict[str, Action] = {}
        self.steps: dict[str, Step] = {}
        self.papers: dict[str, Paper] = {}
        self.timers: dict[str, Handler] = {}
        self.passing: set[str] = set()  # kinds of timers
        self.events: dict[str, Handler] = {}
        self.sentences: list[tuple[Callable[..., bool], frozenset[str] | None]] = []
        self.listeners: list[tuple[str, Handler]] = []
        self.roles: list[tuple[str, Callable[..., bool]]] = []
        for conversation in self.conversations:
            self._add(conversation)

    def _add(self, conversation: Conversation) -> None:
        _merge(self.commands, "command", conversation.commands.items())
        _merge(self.actions, "button", ((action.key, action) for action in conversation.actions))
        _merge(self.steps, "step", ((step.key, step) for step in conversation.steps))
        _merge(self.papers, "paper", ((paper.key, paper) for paper in conversation.papers))
        _merge(self.timers, "timer", conversation.timers.items())
        _merge(self.events, "event", conversation.events.items())
        self.passing |= conversation.passing
        self.sentences += conversation.sentences
        self.listeners += conversation.listeners
        self.roles += conversation.roles
        for words in conversation.words:
            self._learn_words(words)
        for action in conversation.actions:
            if action.menu:
                self._learn_words(Words(action.menu, action.run, action.may))

    def prove_timers(self) -> "Table":
        """Raises ValueError for a declared kind of timer that no conversation handles."""
        for name in KINDS.keys() - self.timers.keys():
            raise ValueError(f"no conversation handles the timer {name!r}")
        return self

    def _learn_words(self, words: Words) -> None:
        for word in {fold(wording) for wording in wordings(words.marked)} - {""}:
            if word not in self.words or self.words[word][0] is not words.run:
                claim(self.words, "words", word, (words.run, words.may))
        self.speech.learn(words)

    def prove_declared(self, declared: Iterable[Action | Step]) -> Self:
        """Each of these is implemented by a conversation of this table: a ValueError names what is not, and its file."""
        for one in declared:
            register = self.actions if isinstance(one, Action) else self.steps
            if register.get(one.key) is not one:
                raise ValueError(f"{one.file} declares {one.key!r}, and no conversation implements it")
        return self

    def run(self, turn: Turn) -> None:
        """Find what the update asks for and do it, or say politely why not."""
        incoming = turn.incoming
        if incoming.left:
            _do(self.events["left"], turn)
        elif incoming.start is not None:
            _do(self.events["start"], turn, incoming.start)
        elif incoming.contact is not None:
            _do(self.events["contact"], turn, incoming.contact)
        elif incoming.other:
            _do(self.events["other"], turn)
        elif incoming.press is not None:
            self._press(turn, incoming.press.data)
        elif incoming.file is not None:
            _do(self.events["file"], turn, incoming.file)
        else:
            self._text(turn, incoming.text.strip())

    def _press(self, turn: Turn, data: str) -> None:
        key, *words = data.split(":")
        action = self.actions.get(key)
        ids = action.ids(words) if action else None
        if action is None or ids is None or any(abs(number) >= 2**63 for number in ids.values()):
            _do(self.events["stale"], turn)
        elif self._may(turn, action.may):
            if not action.aside:
                turn.done()
            turn.pressed = True
            _do(action.run, turn, **ids)

    def _text(self, turn: Turn, text: str) -> None:
        if text.startswith("/"):
            self._command(turn, text)
            return
        step = None if text in turn.keyboard else self._waiting(turn)
        if turn.can.buttons is not None and self._choose(turn, text, asked=step is not None):
            return
        if step is None and self._name(turn, text):
            return
        if step is not None:
            if self._may(turn, step.may):
                self._answer(turn, step, text)
        else:
            self._words(turn, text)

    def _choose(self, turn: Turn, text: str, *, asked: bool) -> bool:
        """Press what the text chooses from the chat's list; False when it chooses nothing. A text that is waited
        for (`asked`) is no choice unless it is the whole of a label.
        """
        chosen = self._chosen(turn, text, asked=asked)
        if chosen != NOTHING and (why := turn.list_is_unsure()):
            chosen = Chosen(unclear=why)
        if chosen.unclear:
            _do(self.events["unclear"], turn, chosen)
        for data in chosen.presses[:-1]:
            with turn.quietly():
                self._press(turn, data)
        for data in chosen.presses[-1:]:
            self._press(turn, data)
        return chosen != NOTHING

    def _name(self, turn: Turn, text: str) -> bool:
        """Typed words work like buttons: the whole label of one on the chat's last cards presses it.

        Also where choices are typed: a list that came in between takes the numbers over, but not the words.
        """
        if self._is_known(text):
            return False  # a command of its own
        for shown in turn.cards:
            chosen = by_label(shown, text)
            if chosen.unclear:
                _do(self.events["unclear"], turn, chosen)
            for data in chosen.presses:
                self._press(turn, data)
            if chosen != NOTHING:
                return True
        return False

    def _chosen(self, turn: Turn, text: str, *, asked: bool) -> Chosen:
        numbers = [] if asked else numbers_in(text)
        if numbers:
            return by_number(turn.shown, numbers)
        chosen = by_label(turn.shown, text) if turn.shown else NOTHING
        if chosen != NOTHING or asked or self._is_known(text):
            return chosen
        return by_beginning(turn.shown, text) if turn.shown else NOTHING

    def _command(self, turn: Turn, text: str) -> None:
        name, _, turn.rest = text[1:].partition(" ")
        found = self.commands.get(fold(name.partition("@")[0]).replace(" ", ""))
        turn.done()
        if found is None:
            _do(self.events["stranger" if turn.person is None else "unknown_words"], turn, text)
        elif self._may(turn, found[1]):
            _do(found[0], turn)

    def _is_known(self, text: str) -> bool:
        """Whether a text is the words, or the name, of a command; small talk is none."""
        is_talk = self.speech.is_talk(text)
        return fold(text) in self.commands or (fold(text) in self.words and not is_talk)

    def _words(self, turn: Turn, text: str) -> None:
        named = self._named(turn, text)
        asked = [named] if named is not None else self.speech.read(text, turn.roles, turn.day)
        is_whole = len(asked) == 1 and asked[0].is_whole
        if turn.person is not None and not is_whole and self._sentence(turn, text):
            return
        if len(asked) == 1 and (turn.person is not None or asked[0].words.may is ANYONE):
            self._answer_words(turn, asked[0])
        else:
            _do(self.events["stranger" if turn.person is None else "unknown_words"], turn, text)

    def _named(self, turn: Turn, text: str) -> Asked | None:
        """The command whose name is typed as help prints it, without its slash."""
        run, may = self.commands.get(fold(text), (None, ANYONE)) if text.isascii() else (None, ANYONE)
        is_open = may is ANYONE or (turn.person is not None and (not may or may & turn.roles))
        return Asked(Words("", run, may)) if run is not None and is_open else None

    def _answer_words(self, turn: Turn, asked: Asked) -> None:
        turn.rest = asked.rest
        if not asked.words.aside:
            turn.done()
        if self._may(turn, asked.words.may):
            _do(asked.words.run, turn)

    def _sentence(self, turn: Turn, text: str) -> bool:
        """Whether a conversation takes it for a whole sentence: "báo cáo: cả lớp tốt" is more than a command's words,
        and "Huy đi muộn" is about somebody called Huy.
        """
        for run, may in self.sentences:
            if not may or may & turn.roles:
                turn.may = may or BOUND
                if _do(run, turn, text):
                    return True
        return False

    def _waiting(self, turn: Turn) -> Step | None:
        """The step the chat waits in; one of another version is no longer understood and is forgotten."""
        step = self.steps.get(turn.state.get("step", ""))
        return step if step is not None and step.version == turn.state.get("version") else None

    def _answer(self, turn: Turn, step: Step, answer: str) -> None:
        args = args_of(turn.state)
        turn.done()  # a step that is not content asks again
        _do(step.run, turn, answer, **args)

    def _may(self, turn: Turn, roles: frozenset[str] | None) -> bool:
        if roles is ANYONE or (turn.person is not None and (not roles or roles & turn.roles)):
            turn.may = roles or BOUND
            return True
        self.events["stranger" if turn.person is None else "refused"](
            turn, *([""] if turn.person is None else [])
        )
        return False

    def menu(self, roles: frozenset[str]) -> list[Action]:
        """The menu of someone with these roles, in order."""
        mine = [action for action in self.actions.values() if action.menu and action.may is not ANYONE]
        return sorted((a for a in mine if not a.may or a.may & roles), key=lambda action: action.rank)

    def tick(self, desk: Desk, kind: str, args: dict[str, Any]) -> None:
        """Do what a due timer stands for."""
        self.timers[kind](desk, **args)

    def tell(self, news: str, desk: Desk, *told: object) -> None:
        """Let the conversations know that something has happened (handlers.engine.conversation.NEWS)."""
        for name, run in self.listeners:
            if name == news:
                run(desk, *told)


def _do(run: Callable[..., Any], turn: Turn, *args: Any, **ids: Any) -> bool:
    """Run what was found. What it says of itself (a sentence: whether it has answered); True where it stopped short."""
    try:
        return bool(run(turn, *args, **ids))
    except Answered:
        return True


def _merge(register: dict[str, Any], what: str, declared: Iterable[tuple[str, Any]]) -> None:
    for name, value in declared:
        claim(register, what, name, value)
