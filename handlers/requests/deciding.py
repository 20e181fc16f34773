"""What never came is put to the director: more time, or the question again tomorrow. Nothing is decided by itself."""

from datetime import datetime, timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Action, Button, Message, lines
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
    again = [Button(language.text("Ask again tomorrow"), ask_again, request=row.id)]
    return [*day_choices(desk, language, row, extend, request=row.id), again]


def day_choices(
    desk: Desk, language: Language, row: Request, choose: Action, **ids: int
) -> list[list[Button]]:
    """The days its policy allows, for a button with these ids and `days`, such as "3 ngày (đến 08/12)"."""
    calendar = desk.calendar(desk.centre(row.centre_id))
    until = {days: requests.later(calendar, row, days, desk.now) for days in row.rules.extensions}
    labels = {days: language.short_day(language.local(moment).date()) for days, moment in until.items()}
    return [
        [
            Button(
                language.count("{n} day (to {day})", "{n} days (to {day})", days, day=day),
                choose,
                **ids,
                days=days,
            )
        ]
        for days, day in labels.items()
    ]


def give_time(desk: Desk, row: Request, days: int) -> tuple[datetime, bool]:
    """So many working days more, for whoever answers for it: the new deadline, and whether he was told of it."""
    until = requests.extend(desk.session, desk.calendar(desk.centre(row.centre_id)), row, days, desk.now)
    return until, bool(tell(desk, row, EXTENDED, answering(desk, row), by_clock=False))


@conversation.button("rqe", may=DIRECTOR)
def extend(turn: Turn, request: int, days: int) -> None:
    """Whoever answers for it has more time and is told so; the reminders begin anew."""
    row = _open(turn, request)
    if days not in row.rules.extensions:
        return
    until, _told = give_time(turn, row, days)
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
