"""How a conduct report is told to whoever fills it in: its card under a sentence."""

from dataclasses import replace

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Message
from handlers.reports import words
from handlers.reports.cards.card import Opened, card
from locales import Language
from storage.people.people import UNIT, Centre, Person, Viewer
from storage.reports import periods, signing
from storage.reports.reports import ReportView


def told_card(
    desk: Desk, language: Language, view: ReportView, reader: Person, said: Markup | str
) -> Message:
    """The card for one reader; under a reminder, with what else he has to send."""
    others = _others(desk, view, reader) if said else ()
    brief = {
        "kind": "report",
        "name": reader.name,
        "class": view.course.name,
        "period": words.period_name(language, view.period),
        "due": language.moment(view.due_at),
    }
    return replace(card(desk, language, view, reader, said=said, others=others), brief=brief)


def _others(desk: Desk, view: ReportView, reader: Person) -> list[Opened]:
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
