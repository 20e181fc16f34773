"""*Việc của tôi*: whatever waits for somebody, of all kinds of requests, the most urgent first."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import SHORT, page_at, paged
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.requests import asking
from handlers.requests.actions import open_question
from handlers.requests.board import turn_page as open_asked
from handlers.requests.deciding import is_his_to_decide, undecided
from handlers.requests.presenting import capital, presenter_of, who
from locales import Language, later
from storage.requests.requests import Request, by_deadline

conversation = Conversation("waiting")


def waiting(turn: Turn) -> list[Request]:
    """What the speaker answers for now and has not done, and what he is to decide on as a director."""
    mine = [row for row in asking.waiting(turn, turn.speaker) if turn.speaker in asking.answering(turn, row)]
    return by_deadline([*mine, *(row for row in undecided(turn) if row not in mine)])


def line_of(turn: Turn, row: Request) -> Markup:
    """What is asked for, and by when; what the speaker is to decide on, with whom it is asked of."""
    _, language = turn.language.text, turn.language
    name = presenter_of(row).line(turn, language, row)[0]
    name = Markup("{}: ").format(who(turn, row)) + name if is_his_to_decide(turn, row) else capital(name)
    if row.deadline is None:
        return name
    day = language.day(language.local(row.deadline).date())
    if row.is_late(turn.now):
        return _("{what}: OVERDUE since {day}", what=name, day=day)
    return _("{what}: by {day}", what=name, day=day)


def lines_of(turn: Turn, rows: Sequence[Request], first: int = 1) -> list[Markup]:
    """A line each, numbered from `first` where there is more than one thing to do."""
    found = [line_of(turn, row) for row in rows]
    if first == 1 and len(rows) == 1:
        return found
    return [Markup("{}. {}").format(n, line) for n, line in enumerate(found, first)]


def openings_of(turn: Turn, rows: Sequence[Request]) -> list[Button]:
    """What opens each; under its number, where buttons of one kind would say the same."""
    found = [_opening(turn, row).numbered(n) for n, row in enumerate(rows, 1)]
    if (
        len(rows) == 1 or turn.can.buttons is not None
    ):  # where choices are typed their numbers stand there anyway
        return found
    return [one.called(f"{one.number}. {one.label}") for one in found]


def _opening(turn: Turn, row: Request) -> Button:
    if is_his_to_decide(turn, row):
        return Button(turn.language.text("Decide"), open_question, request=row.id)
    return presenter_of(row).line(turn, turn.language, row)[1]


@conversation.command(
    "viec", words=later("my tasks, tasks, what waits for me"), about=later("What waits for you")
)
def open_list(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.button("home.all")
def turn_page(turn: Turn, page: int) -> None:
    """All that waits, so many a page, each with what opens it."""
    rows = waiting(turn)
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
