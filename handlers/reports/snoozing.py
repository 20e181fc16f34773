"""*Remind me later* (000-20): a head chooses when he is reminded of a report; until then its reminders rest."""

from datetime import datetime

from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.reports import actions, opening, words
from handlers.reports.actions import FILLERS
from handlers.reports.cards.snoozing import AFTERNOON, LAST_DAY, times
from handlers.reports.words import conversation
from storage.reports import ladder
from storage.reports.reports import ReportView
from storage.requests import requests


def _label(turn: Turn, choice: int, moment: datetime) -> str:
    _ = turn.language.text
    day = turn.language.local(moment).date()
    if choice == AFTERNOON:
        return _("This afternoon")
    if choice == LAST_DAY:
        return _("The last day")
    return _("Tomorrow morning") if (day - turn.day).days == 1 else turn.language.day(day)


@conversation.does(actions.offer_times)
def offer_times(turn: Turn, report: int) -> None:
    """When he would like to be reminded."""
    _, language = turn.language.text, turn.language
    view = opening.headed(turn, report, revision=0)
    found = times(turn, view)
    if not found:
        _too_late(turn, view)
        return
    told = [
        _("{when}: {moment}.", when=_label(turn, choice, moment), moment=language.moment(moment))
        for choice, moment in found.items()
    ]
    text = lines(words.heading(language, view), _("When shall the assistant remind you?"), *told)
    choices = [
        [Button(_label(turn, choice, moment), choose, report=report, choice=choice)]
        for choice, moment in found.items()
    ]
    turn.show(Message(text, [*choices, [Button(_("Back"), actions.open_card, report=report)]]))


def _too_late(turn: Turn, view: ReportView) -> None:
    _ = turn.language.text
    opening.show_card(turn, view, _("There is no time left to remind you before the deadline."))


@conversation.button("rm", may=FILLERS)
def choose(turn: Turn, report: int, choice: int) -> None:
    """Keep the time; the steps of the ladder before it are left out."""
    _ = turn.language.text
    view = opening.headed(turn, report, revision=0)
    moment = times(turn, view).get(choice)
    if moment is None:
        _too_late(turn, view)
        return
    _keep(turn, view, moment)
    text = lines(
        words.heading(turn.language, view),
        _("The assistant reminds you at {moment}.", moment=turn.language.moment(moment)),
        words.deadline(turn.language, view, turn.now),
    )
    turn.show(Message(text, [[Button(_("Open the report"), actions.open_card, report=report)],
                             [Button(_("Menu"), open_menu)]]))  # fmt: skip


def _keep(turn: Turn, view: ReportView, moment: datetime) -> None:
    requests.snooze(turn.session, ladder.request_of(view.report), turn.speaker.id, moment, turn.now)
    turn.log("conduct_snoozed", subject=view.report, role=opening.role_of(view))
