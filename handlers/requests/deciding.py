"""What never came is put to the director: more time, or the question again tomorrow. Nothing is decided by itself."""

from datetime import timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.requests.asking import answering, tell
from handlers.requests.presenting import presenter_of
from locales import Language
from storage.people.people import Role
from storage.requests import prompts, requests
from storage.requests.policy import DIRECTORS, SHARE, Step, morning
from storage.requests.requests import Request

conversation = Conversation("requests_deciding")
DIRECTOR = frozenset({Role.DIRECTOR})
EXTENDED = Step("extended", SHARE)


def ways(desk: Desk, language: Language, row: Request) -> list[list[Button]]:
    """Below the director's card: the days the policy allows, each with the deadline it leads to."""
    choices = [
        [Button(_days(desk, language, row, days), extend, request=row.id, days=days)]
        for days in row.rules.extensions
    ]
    return [*choices, [Button(language.text("Ask again tomorrow"), ask_again, request=row.id)]]


def _days(desk: Desk, language: Language, row: Request, days: int) -> Markup:
    calendar = desk.calendar(desk.centre(row.centre_id))
    day = language.short_day(language.local(requests.later(calendar, row, days, desk.now)).date())
    return language.count("{n} more day (to {day})", "{n} more days (to {day})", days, day=day)


@conversation.button("rqe", may=DIRECTOR)
def extend(turn: Turn, request: int, days: int) -> None:
    """Whoever answers for it has more time and is told so; the reminders begin anew."""
    row = _open(turn, request)
    if days not in row.rules.extensions:
        return
    calendar = turn.calendar(turn.home)
    until = requests.later(calendar, row, days, turn.now)
    requests.extend(turn.session, calendar, row, until, requests.later(calendar, row, days + 1, turn.now))
    tell(turn, row, EXTENDED, answering(turn, row), by_clock=False)
    turn.log("request_extended", subject=row)
    _show(turn, row, turn.language.text("The deadline is {moment} now.", moment=turn.language.moment(until)))


@conversation.button("rqa", may=DIRECTOR)
def ask_again(turn: Turn, request: int) -> None:
    """The same question on the next working morning, unless it has been done by then."""
    row = _open(turn, request)
    step = next(one for one in row.rules.steps if one.to == DIRECTORS)
    at = morning(turn.calendar(turn.home), turn.day + timedelta(days=1))
    prompts.file_away(turn.session, row.id, f"{step.name}{requests.round_of(row)}", turn.now)
    requests.plan_again(turn.session, row, step.name, at)
    turn.log("request_asked_again", subject=row)
    _show(turn, row, turn.language.text("You are asked again at {moment}.", moment=turn.language.moment(at)))


def _open(turn: Turn, request: int) -> Request:
    """The request while the director may decide on it; else it is said that there is nothing to decide."""
    row = turn.need(requests.request_locked(turn.session, request), _nothing_to_decide)
    is_his = row.centre_id == turn.home.id and any(one.to == DIRECTORS for one in row.rules.steps)
    is_over = row.settled_at is not None or presenter_of(row).is_settled(turn, row)
    return turn.need(row if is_his and not is_over else None, _nothing_to_decide)


def _nothing_to_decide(turn: Turn) -> None:
    text = turn.language.text("There is nothing to decide here any more.")
    turn.show(Message(text, [[Button(turn.language.text("Menu"), open_menu)]]))


def _show(turn: Turn, row: Request, said: Markup) -> None:
    line, _way = presenter_of(row).line(turn, turn.language, row)
    turn.show(Message(lines(line, said), [[Button(turn.language.text("Menu"), open_menu)]]))
