"""On the card of an open report: *Remind me later*, and the times there are for that."""

from datetime import datetime, time, timedelta

from handlers.engine.desk import Desk
from handlers.engine.messages import Button
from handlers.reports import actions
from locales import Language
from storage.reports.reports import ReportView

AFTERNOON, MORNING, LAST_DAY = range(3)  # on the wire: only append


def snooze_row(desk: Desk, language: Language, view: ReportView) -> list[list[Button]]:
    """The card's row; nothing where no time is left to be reminded at."""
    if not times(desk, view):
        return []
    return [[Button(language.text("Remind me later"), actions.offer_times, report=view.report.id)]]


def times(desk: Desk, view: ReportView) -> dict[int, datetime]:
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
