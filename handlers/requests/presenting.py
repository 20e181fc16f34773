"""What a kind of request supplies: how it looks, whether it is done. The mechanism knows no subject."""

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message
from locales import Language
from storage.people.people import Person
from storage.requests import posts
from storage.requests.policy import Policy, Step
from storage.requests.requests import Request


class Presenter:
    """One kind of request, by the `kind` of its rows, which are opened with its `policy`. Steps are those of its policy (storage.requests.policy)."""

    kind = ""
    policy = Policy()

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:
        """What somebody reads of it at this step, with the ways to do it. Beside the policy's steps there are `now` (it
        has come to him from somebody else), `later` (at the time he has chosen) and `extended`.
        """
        raise NotImplementedError

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        """One line of it in a list, and the button that opens it."""
        raise NotImplementedError

    def is_settled(self, desk: Desk, row: Request) -> bool:
        """Whether it is done, or nothing that could be asked for any more."""
        raise NotImplementedError

    def readers(self, desk: Desk, row: Request, step: Step) -> list[Person]:
        """Whom a step goes to now."""
        day = desk.today(desk.centre(row.centre_id))
        return posts.asked_of(desk.session, row, step.to, day)

    def told(self, desk: Desk, row: Request, step: str) -> None:
        """Somebody was told: what is to be logged of it."""

    def taken(self, desk: Desk, row: Request, step: Step) -> None:
        """A step was taken: what else comes of it."""


PRESENTERS: dict[str, Presenter] = {}


def present(presenter: type[Presenter]) -> type[Presenter]:
    """Register a kind of request. Raises ValueError where two are called the same."""
    if presenter.kind in PRESENTERS:
        raise ValueError(f"two kinds of requests are called {presenter.kind!r}")
    PRESENTERS[presenter.kind] = presenter()
    return presenter


def presenter_of(row: Request) -> Presenter:
    return PRESENTERS[row.kind]
