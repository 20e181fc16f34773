"""*Việc của tôi*: whatever waits for somebody, of all kinds of requests, the most urgent first."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import SHORT, page_at, paged
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.requests import asking
from handlers.requests.board import turn_page as open_asked
from handlers.requests.presenting import presenter_of
from locales import Language, later
from storage.people.people import Person
from storage.requests.requests import Request

conversation = Conversation("waiting")


def waiting(desk: Desk, person: Person) -> list[Request]:
    """What this person answers for now and has not done."""
    return [row for row in asking.waiting(desk, person) if person in asking.answering(desk, row)]


def line_of(desk: Desk, language: Language, row: Request) -> Markup:
    """What is asked for, and by when."""
    _, name = language.text, presenter_of(row).line(desk, language, row)[0]
    name = name[:1].upper() + name[1:]
    if row.deadline is None:
        return name
    day = language.day(language.local(row.deadline).date())
    if row.is_late(desk.now):
        return _("{what}: OVERDUE since {day}", what=name, day=day)
    return _("{what}: by {day}", what=name, day=day)


def lines_of(turn: Turn, rows: Sequence[Request], first: int = 1) -> list[Markup]:
    """A line each, numbered from `first` where there is more than one thing to do."""
    found = [line_of(turn, turn.language, row) for row in rows]
    if first == 1 and len(rows) == 1:
        return found
    return [Markup("{}. {}").format(n, line) for n, line in enumerate(found, first)]


def openings_of(turn: Turn, rows: Sequence[Request]) -> list[Button]:
    """What opens each; under its number, where buttons of one kind would say the same."""
    found = [presenter_of(row).line(turn, turn.language, row)[1].numbered(n) for n, row in enumerate(rows, 1)]
    if (
        len(rows) == 1 or turn.can.buttons is not None
    ):  # where choices are typed their numbers stand there anyway
        return found
    return [one.called(f"{one.number}. {one.label}") for one in found]


@conversation.command(
    "viec", words=later("my tasks, tasks, what waits for me"), about=later("What waits for you")
)
def open_list(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.button("home.all")
def turn_page(turn: Turn, page: int) -> None:
    """All that waits, so many a page, each with what opens it."""
    rows = waiting(turn, turn.speaker)
    first = page_at(page, SHORT, len(rows)) * SHORT
    text = lines(how_many(turn.language, len(rows)), *lines_of(turn, rows[first : first + SHORT], first + 1))
    choices = paged(turn.language, openings_of(turn, rows), page, SHORT, turn_page)
    others = (
        [[Button(turn.language.text("Who has not answered"), open_asked, page=0)]] if turn.is_staff else []
    )
    turn.show(Message(text, [*choices, *others, [Button(turn.language.text("Menu"), open_menu)]]))


def how_many(language: Language, n: int) -> Markup:
    if not n:
        return language.text("Nothing waits for you now.")
    return language.count("<b>{n} thing waits for you:</b>", "<b>{n} things wait for you:</b>", n)
