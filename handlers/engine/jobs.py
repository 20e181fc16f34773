"""Something done to many people: page by page, each page a timer and a transaction of its own."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeAlias

from sqlmodel import Session

from handlers.engine.desk import Desk
from storage.messaging import timers

Args = ParamSpec("Args")


class Page(NamedTuple):
    """Whose turn it is: of those with an id above `after` the first `size`, by id."""

    after: int
    size: int


Does: TypeAlias = Callable[Concatenate[Desk, Page, Args], Sequence[int]]


class Job(Generic[Args]):
    """A function (desk, page, **args) that does a page and gives the ids of those it has seen to, in their order.

    A full page is followed by the next one, planned in the same transaction: a kill loses nobody. Its key is of the
    page: run twice, a page is followed once; that its messages go out once is for their own keys.
    """

    def __init__(self, kind: str, size: int, run: Does[Args]) -> None:
        self.kind, self.size = kind, size
        self.run: Callable[..., Sequence[int]] = run

    def start(self, session: Session, due: datetime, /, *args: Args.args, **named: Args.kwargs) -> None:
        """Plan the first page, due then (business time); the same arguments are the same job. All are named."""
        assert not args, "a timer keeps names"
        self._plan(session, due, 0, named)

    def cancel(self, session: Session, /, *_args: Args.args, **named: Args.kwargs) -> None:
        """Forget a job whose first page has not run."""
        timers.cancel(session, self.kind, _key(0, named))

    def __call__(self, desk: Desk, after: int = 0, **named: Any) -> None:
        """The page's timer is due."""
        ids = self.run(desk, Page(after, self.size), **named)
        if len(ids) == self.size:
            self._plan(desk.session, desk.now, ids[-1], named)

    def _plan(self, session: Session, due: datetime, after: int, named: dict[str, Any]) -> None:
        timers.plan(session, self.kind, _key(after, named), due, **named, after=after)


def _key(after: int, named: dict[str, Any]) -> str:
    """A later page begins with a word, so that it is none of those whose keys begin with what they are about."""
    about = ":".join(map(str, named.values()))
    return f"more:{about}:{after}" if after else f"{about}:0"
