"""Telling whoever fills a conduct report in of it: its card under a sentence, in sending hours, at most once a day."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Message
from handlers.reports import opening, words
from locales import Language
from storage.messaging.outbox import BROADCAST
from storage.people import audit
from storage.people.people import UNIT, Centre, Person, Viewer
from storage.reports import ladder, periods, signing
from storage.reports.reports import ConductReport, ReportView

Said = Callable[[Language], Markup | str]


def tell(
    desk: Desk,
    view: ReportView,
    people: Iterable[Person],
    what: str,
    said: Said,
    *,
    always: bool = False,
    overdue: bool = False,
) -> list[Person]:
    """Send these people the card under a sentence, in sending hours, each once for `what`. Those who were told.

    Whoever is told of another report that day is left out, but not from what comes `always`. What could only come
    after the deadline has lost its sense, unless it is about something `overdue`.
    """
    due = next_hour(desk, view)
    if due >= view.due_at and not overdue:
        return []
    first, end = ladder.day_of(desk.calendar(centre_of(desk, view)), due)
    told = []
    for person in people:
        if not always and ladder.was_told(desk.session, person.id, first, end):
            continue
        key = ladder.told_key(view.report.id, what, person.id)
        if desk.tell(person, _card(desk, view, person, said), lane=BROADCAST, due=due, key=key) is not None:
            told.append(person)
    if told:
        note(desk, view.report.id, f"conduct_told_{what.partition('-')[0]}")
    return told


def note(desk: Desk, report: int, action: str) -> None:
    """A step the program itself took, for the log."""
    audit.note(desk.session, desk.now, action, subject=f"conduct_report:{report}")


def nothing(_language: Language) -> str:
    return ""


def _card(desk: Desk, view: ReportView, reader: Person, said: Said) -> Callable[[Language], Message]:
    """The card for one reader; under a reminder, with what else he has to send."""

    def build(language: Language) -> Message:
        above = said(language)
        others = _others(desk, view, reader) if above else ()
        brief = {
            "kind": "report",
            "name": reader.name,
            "class": view.course.name,
            "period": words.period_name(language, view.period),
            "due": language.moment(view.due_at),
        }
        return replace(opening.card(desk, language, view, reader, said=above, others=others), brief=brief)

    return build


def _others(desk: Desk, view: ReportView, reader: Person) -> list["opening.Opened"]:
    """What else this person has to send."""
    centre = centre_of(desk, view)
    day = desk.today(centre)
    units = tuple(periods.units_headed(desk.session, [reader], day))
    viewer = Viewer(reader.id, centre.id, frozenset(UNIT), units, day)
    rows = signing.reports_opened(desk.session, viewer, desk.now)
    return [row for row in rows if row[0].id != view.report.id and not row[0].revision]


def remaining(language: Language, view: ReportView) -> Markup:
    """What is still to be done, for the reminder."""
    _, n_ = language.text, language.count
    if not view.pending and view.report.state in {"filling", "well"}:
        return _("Reminder: this report is filled in, but it has NOT been sent.")
    left = len(view.pending) or len(view.learners)
    return n_("Reminder: {n} learner has no remark yet.", "Reminder: {n} learners have no remark yet.", left)


def is_missing(view: ReportView) -> bool:
    return not view.report.revision and bool(view.learners)


def centre_of(desk: Desk, view: ReportView) -> Centre:
    return desk.centre(view.course.centre_id)


def next_hour(desk: Desk, view: ReportView) -> datetime:
    return desk.calendar(centre_of(desk, view)).next_sending_time(desk.now)


def askable(desk: Desk, view: ReportView) -> list[Person]:
    """Whom prompts of this report go to now (see storage.reports.signing)."""
    return askable_of(desk, view.report, centre_of(desk, view))


def askable_of(desk: Desk, report: ConductReport, centre: Centre) -> list[Person]:
    return signing.askable(desk.session, report, centre.id, report.organisation_id, desk.today(centre))
