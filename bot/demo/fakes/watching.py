"""What all fakes have in common: waiting for what happens on the platform, and for what a person sees."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Watched:
    """A platform. `changed` is notified whenever something happens there."""

    changed: threading.Condition
    calls: Sequence[Any]
    refusals: Sequence[Any]

    def wait_until(
        self,
        predicate: Callable[[], T],
        timeout: float = 10,
        what: str = "that",
        context: Callable[[], str] = lambda: "",
    ) -> T:
        """What `predicate` returns once it is true; looked at whenever something happens here."""
        with self.changed:
            value = self.changed.wait_for(predicate, timeout)
            assert value, (
                f"waited {timeout} s in vain until {what}; {context()}\nrefused: {self.refusals[-5:]}"
            )
            return value

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of this method so far."""
        with self.changed:
            return [call.params for call in self.calls if call.method == method]


class Shown(Protocol):
    """A message as a person sees it. `stamp` says when it came or changed."""

    @property
    def id(self) -> int | str: ...

    @property
    def text(self) -> str: ...

    @property
    def stamp(self) -> int: ...


M = TypeVar("M", bound=Shown)


class Reading(Generic[M]):
    """A person's side of a chat. `mark` is the stamp of what he last did."""

    fake: Watched
    name: str
    mark: int

    @property
    def messages(self) -> list[M]:
        raise NotImplementedError

    @property
    def last(self) -> M:
        assert self.messages, f"{self.name} has no message"
        return self.messages[-1]

    def wait_for(self, text_part: str, timeout: float = 10) -> M:
        """The newest message with these words that came or changed since the person last did something."""
        return self.wait_message(lambda message: text_part in message.text, repr(text_part), timeout)

    def wait_message(
        self, fits: Callable[[M], object], what: str = "such a message", timeout: float = 10
    ) -> M:
        """Like wait_for, for whatever `fits`."""

        def found() -> M | None:
            new = (message for message in reversed(self.messages) if message.stamp > self.mark)
            return next((message for message in new if fits(message)), None)

        message = self.fake.wait_until(found, timeout, f"{self.name} sees {what}", self._transcript)
        assert message is not None, "wait_until returns what is true"
        return message

    def _transcript(self) -> str:
        told = (f"#{one.id} {one.text!r} {getattr(one, 'labels', '')}" for one in self.messages[-5:])
        return "\n".join(told) or "nothing at all"
