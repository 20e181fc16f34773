"""*Remind me later* (000-20): a head chooses when he is reminded of a report; until then its reminders rest."""

from datetime import datetime, time, timedelta

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.menu import open_menu
from handlers.reports import opening, words
from handlers.reports.words import FILLERS, conversation
from locales import Language
from storage.reports import ladder
from storage.reports.reports import ReportView
from storage.requests import requests

AFTERNOON, MORNING, LAST_DAY = range(3)  # on the wire: only append


def button(desk: Desk, language: Language, view: ReportView) -> list[list[Button]]:
    """The card's row; nothing where no time is left to be reminded at."""
    if not _times(desk, view):
        return []
    return [[Button(language.text("Remind me later"), offer, report=view.report.id)]]


def _times(desk: Desk, view: ReportView) -> dict[int, datetime]:
    """The choices there are now, each with its instant: in sending hours, before the deadline, no two alike."""
    calendar = desk.calendar(desk.centre(view.course.centre_id))
    today = desk.now.astimezone(calendar.zone).date()
    due_day = view.due_at.astimezone(calendar.zone).date()
    afternoon = datetime.combine(today, calendar.windows[-1][0], calendar.zone)
    found: dict[int, datetime] = {}
    if calendar.is_sending_day(today) and afternoon > desk.now:
        found[AFTERNOON] = afternoon
    for choice, day in ((MORNING, today + timedelta(days=1)), (LAST_DAY, due_day)):
        moment = calendar.next_sending_time(datetime.combine(day, time.min, calendar.zone))
        if moment > max([desk.now, *found.values()]):
            found[choice] = moment
    return {choice: moment for choice, moment in found.items() if moment < view.due_at}


def _label(turn: Turn, choice: int, moment: datetime) -> str:
    _ = turn.language.text
    day = turn.language.local(moment).date()
    if choice == AFTERNOON:
        return _("This afternoon")
    if choice == LAST_DAY:
        return _("The last day")
    return _("Tomorrow morning") if (day - turn.day).days == 1 else turn.language.day(day)


@conversation.button("rl", may=FILLERS)
def offer(turn: Turn, report: int) -> None:
    """When he would like to be reminded."""
    _, language = turn.language.text, turn.language
    view = opening.headed(turn, report, revision=0)
    times = _times(turn, view)
    if not times:
        _too_late(turn, view)
        return
    told = [
        _("{when}: {moment}.", when=_label(turn, choice, moment), moment=language.moment(moment))
        for choice, moment in times.items()
    ]
    text = lines(words.heading(language, view), _("When shall the assistant remind you?"), *told)
    choices = [
        [Button(_label(turn, choice, moment), choose, report=report, choice=choice)]
        for choice, moment in times.items()
    ]
    turn.show(Message(text, [*choices, [Button(_("Back"), opening.open_card, report=report)]]))


def _too_late(turn: Turn, view: ReportView) -> None:
    _ = turn.language.text
    opening.show_card(turn, view, _("There is no time left to remind you before the deadline."))


@conversation.button("rm", may=FILLERS)
def choose(turn: Turn, report: int, choice: int) -> None:
    """Keep the time; the steps of the ladder before it are left out."""
    _ = turn.language.text
    view = opening.headed(turn, report, revision=0)
    moment = _times(turn, view).get(choice)
    if moment is None:
        _too_late(turn, view)
        return
    _keep(turn, view, moment)
    text = lines(
        words.heading(turn.language, view),
        _("The assistant reminds you at {moment}.", moment=turn.language.moment(moment)),
        words.deadline(turn.language, view, turn.now),
    )
    turn.show(Message(text, [[Button(_("Open the report"), opening.open_card, report=report)],
                             [Button(_("Menu"), open_menu)]]))  # fmt: skip


def _keep(turn: Turn, view: ReportView, moment: datetime) -> None:
    requests.snooze(turn.session, ladder.request_of(view.report), turn.speaker.id, moment, turn.now)
    turn.log("conduct_snoozed", subject=view.report, role=opening.role_of(view))
