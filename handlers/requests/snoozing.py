"""*Remind me later*: whoever answers for a request chooses when he is reminded of it; until then its reminders rest."""

from datetime import datetime, timedelta
from functools import partial

from markupsafe import Markup

from handlers.engine.conversation import BOUND, Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines, sentence
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.requests.presenting import deadline, opened, presenter_of
from locales import Language
from storage.requests import requests
from storage.requests.policy import morning
from storage.requests.requests import Request

conversation = Conversation("requests_snoozing")
AFTERNOON, MORNING, LAST_DAY = range(3)  # on the wire: only append


def ways(desk: Desk, language: Language, row: Request) -> list[list[Button]]:
    """The card's row; nothing where it is not put off, or no time is left to be reminded at."""
    if not row.rules.snoozes or not _times(desk, row):
        return []
    return [[Button(language.text("Remind me later"), offer, request=row.id)]]


def _times(desk: Desk, row: Request) -> dict[int, datetime]:
    """The choices there are now, each with its instant: in sending hours, before the deadline, no two alike."""
    calendar, today = desk.calendar(desk.centre(row.centre_id)), desk.today(desk.centre(row.centre_id))
    afternoon = datetime.combine(today, calendar.windows[-1][0], calendar.zone)
    found: dict[int, datetime] = {}
    if calendar.is_sending_day(today) and afternoon > desk.now:
        found[AFTERNOON] = afternoon
    last = row.deadline.astimezone(calendar.zone).date() if row.deadline is not None else today
    for choice, day in ((MORNING, today + timedelta(days=1)), (LAST_DAY, last)):
        moment = morning(calendar, day)
        if moment > max([desk.now, *found.values()]):
            found[choice] = moment
    return {choice: at for choice, at in found.items() if row.deadline is None or at < row.deadline}


def _label(turn: Turn, choice: int, moment: datetime) -> str:
    _ = turn.language.text
    day = turn.language.local(moment).date()
    if choice == AFTERNOON:
        return _("This afternoon")
    if choice == LAST_DAY:
        return _("The last day")
    return _("Tomorrow morning") if (day - turn.day).days == 1 else turn.language.day(day)


def _told(turn: Turn, label: str, moment: datetime) -> Markup:
    """What a choice means; of one that names its day only the hour."""
    _, language = turn.language.text, turn.language
    day = language.day(language.local(moment).date())
    told = language.time(moment) if label == day else language.moment(moment)
    return sentence(_("{when}: {moment}.", when=label, moment=told))


def _too_late(turn: Turn, row: Request) -> None:
    late = turn.language.text("There is no time left to remind you before the deadline.")
    presenter_of(row).show(turn, row, late)


@conversation.button("rql", may=BOUND)
def offer(turn: Turn, request: int) -> None:
    """When he would like to be reminded."""
    _, language = turn.language.text, turn.language
    row, heading = opened(turn, request)
    found = turn.need(_times(turn, row) or None, partial(_too_late, row=row))
    times = {choice: (_label(turn, choice, at), at) for choice, at in found.items()}
    told = [_told(turn, label, at) for label, at in times.values()]
    choices = [
        [Button(label, choose, request=row.id, choice=choice)] for choice, (label, _at) in times.items()
    ]
    _line, way = presenter_of(row).line(turn, language, row)
    text = lines(heading, _("When shall the assistant remind you?"), *told)
    turn.show(Message(text, [*choices, [way.called(_("Back"))]]))


@conversation.button("rqm", may=BOUND)
def choose(turn: Turn, request: int, choice: int) -> None:
    """Keep the time; the steps before it are left out."""
    _, language = turn.language.text, turn.language
    row, heading = opened(turn, request)
    moment = turn.need(_times(turn, row).get(choice), partial(_too_late, row=row))
    requests.snooze(turn.session, row, turn.speaker.id, moment, turn.now)
    presenter_of(row).log(turn, row, "snoozed")
    kept = _("The assistant reminds you at {moment}.", moment=language.moment(moment))
    _line, way = presenter_of(row).line(turn, language, row)
    text = lines(heading, kept, deadline(language, row))
    turn.show(Message(text, [[way], [Button(_("Menu"), open_menu)]]))
