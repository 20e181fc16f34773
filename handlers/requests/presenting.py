"""What a kind of request supplies: how it looks, whether it is done. The mechanism knows no subject."""

from abc import ABC, abstractmethod
from dataclasses import replace

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from locales import Language, later
from storage.people.people import Organisation, Person
from storage.requests import posts, requests
from storage.requests.policy import OPEN, Step
from storage.requests.requests import Request


class Presenter(ABC):
    """One kind of request, by the `kind` of its rows. Steps are those of the policy they are opened with (storage.requests.policy)."""

    kind = ""
    unanswered = later("What has not come")  # above several that fall to the director
    note = ""  # below them

    @abstractmethod
    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:
        """What somebody reads of it at this step, with the ways to do it. Beside the policy's steps there are `now` (it
        has come to him from somebody else), `later` (at the time he has chosen) and `extended`.
        """

    @abstractmethod
    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        """What is asked for, in a list that says by when, and the button that opens it."""

    @abstractmethod
    def is_settled(self, desk: Desk, row: Request) -> bool:
        """Whether it is done, or nothing that could be asked for any more."""

    def readers(self, desk: Desk, row: Request, step: Step) -> list[Person]:
        """Whom a step goes to now."""
        day = desk.today(desk.centre(row.centre_id))
        return posts.asked_of(desk.session, row, step.to, day)

    def heading(self, turn: Turn, row: Request) -> Markup:
        """What stands above a question to the speaker about it, who can do something about it now; anybody else is
        told why not (Answered).
        """
        is_his = turn.speaker in posts.answering(turn.session, row, turn.day)
        turn.need(row if is_his and not self.is_settled(turn, row) else None, not_there)
        return self.line(turn, turn.language, row)[0]

    def show(self, turn: Turn, row: Request, said: Markup) -> None:
        """The speaker's card, under a sentence."""
        card = self.card(turn, turn.language, row, turn.speaker, OPEN)
        turn.show(replace(card, text=lines(said, card.text)))

    def log(self, turn: Turn, row: Request, what: str) -> None:
        """Note what the speaker did with it."""
        turn.log(f"request_{what}", subject=row)

    def missing(self, desk: Desk, language: Language, row: Request) -> str:
        """What tells it from others that wait for a decision, on a button."""
        return f"{who(desk, row)}: {self.line(desk, language, row)[0].unescape()}"

    def told(self, desk: Desk, row: Request, step: str) -> None:  # noqa: B027  most kinds have nothing to add
        """Somebody was told: what is to be logged of it."""


PRESENTERS: dict[str, Presenter] = {}


def present(presenter: type[Presenter]) -> type[Presenter]:
    """Register a kind of request. Raises ValueError where two are called the same, TypeError where one leaves out what
    every kind supplies.
    """
    if presenter.kind in PRESENTERS:
        raise ValueError(f"two kinds of requests are called {presenter.kind!r}")
    PRESENTERS[presenter.kind] = presenter()
    return presenter


def presenter_of(row: Request) -> Presenter:
    return PRESENTERS[row.kind]


def opened(turn: Turn, request_id: int) -> tuple[Request, Markup]:
    """The request, locked, and its heading, if the speaker can do something about it now; else he is told why not
    (Answered).
    """
    row = turn.need(requests.request_locked(turn.session, request_id), not_there)
    return row, presenter_of(row).heading(turn, row)


def not_there(turn: Turn) -> None:
    text = turn.language.text("That is not there any more, or it is not yours to do.")
    turn.show(Message(text, [[Button(turn.language.text("Menu"), open_menu)]]))


def capital(name: Markup) -> Markup:
    """As it begins a line."""
    return name[:1].upper() + name[1:]


def who(desk: Desk, row: Request) -> str:
    """The unit it is asked of; of the office, whoever answers for it."""
    if row.organisation_id is not None:
        return desk.session.get_one(Organisation, row.organisation_id).name
    day = desk.today(desk.centre(row.centre_id))
    return ", ".join(person.name for person in posts.answering(desk.session, row, day))


def missing_line(desk: Desk, language: Language, row: Request) -> Markup:
    """Of whom what was asked, and by when, such as "Trạm Y tế phường A: báo cáo nền nếp tháng 1, hạn 17 giờ"."""
    what, _way = presenter_of(row).line(desk, language, row)
    due = language.moment(row.deadline or row.opens_at)
    return language.text("{unit}: {report}, deadline {due}", unit=who(desk, row), report=what, due=due)


def deadline(language: Language, row: Request) -> Markup:
    """The deadline that counts, such as "Hạn: 17 giờ, thứ Năm, 03/12."; empty where there is none."""
    if row.deadline is None:
        return Markup()
    due = language.moment(row.deadline)
    if row.deadline != row.due_at:
        return language.text("Deadline: {due} (extended by the centre).", due=due)
    return language.text("Deadline: {due}.", due=due)
