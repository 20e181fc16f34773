"""A conduct report as its reader sees it: what is asked of him, or the receipt of what was sent."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.menu.actions import open_menu
from handlers.reports import actions, words
from handlers.reports.cards import part as parts
from handlers.reports.cards.names import typed_choices
from handlers.requests.snoozing import ways as ways_to_put_off
from locales import Language
from storage.courses.courses import CourseClass
from storage.courses.timetable import viewer_of
from storage.people.people import Centre, Person
from storage.reports import ladder, reopening, signing
from storage.reports.reports import (
    ConductReport,
    ReportPeriod,
    ReportView,
    due_of,
    is_countable,
    sent_content,
)
from storage.reports.signing import Acting

Opened = tuple[ConductReport, ReportPeriod, CourseClass]


def card(
    desk: Desk,
    language: Language,
    view: ReportView,
    reader: Person,
    *,
    said: Markup | str = "",
    others: Sequence[Opened] = (),
    greets: bool = True,
) -> Message:
    """The report as its reader sees it: what is asked of him, or the receipt of what was sent. A card that answers a
    press with something `said` does not greet again.
    """
    _ = language.text
    part = parts.part_of(desk, view, reader)
    if view.report.revision:
        dear, rows = Markup(), _sent_rows(desk, language, view, part)
        text = _sent_text(desk, language, view, part)
    else:
        dear, rows = parts.dear(language, part), _open_rows(desk, language, view, part)
        text = _open_text(desk, language, view, part)
    more = [[Button(_("Other reports"), actions.open_list, page=0)]] if others else []
    text = lines(dear if greets else "", said, text, _waiting(language, others))
    typed = () if view.report.revision or part.hands_off else typed_choices(language, view)
    return Message(
        text,
        [*rows, *more, [Button(_("Back"), open_menu)]],
        private=True,
        choices=typed,
        several=bool(typed),
        hint=words.line_hint(language) if typed else "",
    )


def _waiting(language: Language, others: Sequence[Opened]) -> Markup:
    """The reports that come after this one."""
    _ = language.text
    unsent = [row for row in others if not row[0].revision]
    if not unsent:
        return Markup()
    named = [
        _(
            "class {course}, {period} (deadline {due})",
            course=course.name,
            period=words.period_name(language, period),
            due=language.moment(due_of(report, period)),
        )
        for report, period, course in unsent[: words.INLINE]
    ]
    return _("After this one: {reports}.", reports=Markup("; ").join(named))


def _open_text(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> Markup:
    return lines(
        *parts.asked(language, view, part),
        words.on_paper(language, view.on_paper),
        words.deadline(language, view, desk.now),
        _moved(desk, language, view),
        words.roll_call(language, view),
    )


def _moved(desk: Desk, language: Language, view: ReportView) -> Markup:
    """Why the deadline is later than usual, while it is to come and no other one was given."""
    if view.is_late(desk.now) or view.due_at > view.period.due_at:
        return Markup()
    calendar = desk.calendar(centre_of(desk, view))
    return words.moved(language, calendar, view.period, language.local(view.due_at).date())


def _open_rows(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> list[list[Button]]:
    _ = language.text
    report = view.report.id
    people = parts.rows(language, view, part)
    if part.hands_off:
        return people
    rows = [
        [Button(_("All is well"), actions.all_well, report=report)],
        [Button(_("Some to mention"), actions.open_names, report=report, page=0)],
        *people,
        *(
            ways_to_put_off(desk, language, ladder.request_of(view.report))
            if part.acting != Acting.ENTERS
            else []
        ),
    ]
    if view.report.state == "open":
        return rows
    return [[Button(_continue(language, view), actions.carry_on, report=report)], *rows]


def _continue(language: Language, view: ReportView) -> Markup:
    """Such as "Tiếp tục 7/12"; without numbers while a list is open from which nobody was chosen yet."""
    _, total = language.text, len(view.learners)
    if not is_countable(view.report, len(view.pending)):
        return _("Continue")
    if not view.pending:
        return _("Look over {done}/{total}", done=total, total=total)
    return _("Continue {done}/{total}", done=total - len(view.pending), total=total)


def _sent_text(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> Markup:
    _ = language.text
    report = view.report
    sender = desk.session.get(Person, report.sent_by)
    centre = centre_of(desk, view).name
    receipt = words.receipt(language, view, sent_content(desk.session, report), sender, centre)
    changed = _("There are corrections that have NOT been sent.") if report.changed else ""
    if part.acting not in signing.SIGNING and (view.is_locked(desk.now) or part.acting == Acting.PREPARES):
        return lines(receipt, changed)
    if view.is_locked(desk.now):
        return lines(receipt, changed, _reopen_standing(desk, language, view))
    until = _("You can correct it until {moment}.", moment=language.moment(view.open_until))
    return lines(receipt, changed, until)


def _sent_rows(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> list[list[Button]]:
    _ = language.text
    report = view.report.id
    file = Button(_("Excel file"), actions.make_sent_file, report=report)
    qr = [[Button(_("Receipt with QR"), actions.make_picture, report=report), file]]
    if part.acting == Acting.PREPARES or (part.acting == Acting.ENTERS and view.is_locked(desk.now)):
        return qr
    if view.is_locked(desk.now):
        return [*_reopen_row(desk, language, view), *qr]
    going_on = [[Button(_("Continue"), actions.carry_on, report=report)]] if view.report.changed else []
    return [*going_on, [Button(_("Correct"), actions.correct, report=report, page=0)], *qr]


# --- of a locked report: asking for it to be opened again, and what became of that ---


def _reopen_standing(desk: Desk, language: Language, view: ReportView) -> Markup:
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


def _reopen_row(desk: Desk, language: Language, view: ReportView) -> list[list[Button]]:
    if reopening.waiting(desk.session, view.report.id) is not None:
        return []
    return [[Button(language.text("Ask to reopen it"), actions.ask_to_reopen, report=view.report.id)]]


# --- told to whoever fills it in ---


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
    viewer = viewer_of(desk.session, reader, desk.today(centre_of(desk, view)))
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
