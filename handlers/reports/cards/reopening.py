"""On the card of a locked report: asking for it to be opened again, and what became of that."""

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, lines
from handlers.reports import actions, words
from locales import Language
from storage.reports import reopening
from storage.reports.reports import ReportView


def reopen_standing(desk: Desk, language: Language, view: ReportView) -> Markup:
    """What became of the last asking, and whom to call."""
    _ = language.text
    last = reopening.last(desk.session, view.report.id)
    call = words.whom_to_call(language, desk.centre(view.course.centre_id))
    if last is None or last.granted:
        return call
    if last.decided_at is None:
        return _("You asked for it to be reopened at {moment}. The centre has not answered yet.",
                 moment=language.moment(last.asked_at))  # fmt: skip
    refused = _("The centre did not agree to reopen it ({moment}).", moment=language.moment(last.decided_at))
    return lines(refused, call)


def reopen_row(desk: Desk, language: Language, view: ReportView) -> list[list[Button]]:
    if reopening.waiting(desk.session, view.report.id) is not None:
        return []
    return [[Button(language.text("Ask to reopen it"), actions.ask_to_reopen, report=view.report.id)]]
