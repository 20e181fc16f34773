"""A conduct report as its reader sees it: what is asked of him, or the receipt of what was sent."""

from collections.abc import Sequence

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.menu.actions import open_menu
from handlers.reports import actions, words
from handlers.reports.cards import part as parts
from handlers.reports.cards.names import typed_choices
from handlers.reports.cards.reopening import reopen_row, reopen_standing
from handlers.requests.snoozing import ways as ways_to_put_off
from locales import Language
from storage.courses.courses import CourseClass
from storage.people.people import Person
from storage.reports import ladder, signing
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
) -> Message:
    """The report as its reader sees it: what is asked of him, or the receipt of what was sent."""
    _ = language.text
    part = parts.part_of(desk, view, reader)
    if view.report.revision:
        text, rows = _sent_text(desk, language, view, part), _sent_rows(desk, language, view, part)
    else:
        text, rows = _open_text(desk, language, view, part), _open_rows(desk, language, view, part)
    more = [[Button(_("Other reports"), actions.open_list, page=0)]] if others else []
    text = lines(said, text, _waiting(language, others))
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
        _("class {course} (deadline {due})", course=course.name, due=language.moment(due_of(report, period)))
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
    return words.moved(language, desk.calendar(desk.centre(view.course.centre_id)), view)


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
    return _("Continue {done}/{total}", done=total - len(view.pending), total=total)


def _sent_text(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> Markup:
    _ = language.text
    report = view.report
    sender = desk.session.get(Person, report.sent_by)
    receipt = words.receipt(language, view, sent_content(desk.session, report), sender)
    changed = _("There are corrections that have NOT been sent.") if report.changed else ""
    if part.acting not in signing.SIGNING and (view.is_locked(desk.now) or part.acting == Acting.PREPARES):
        return lines(receipt, changed)
    if view.is_locked(desk.now):
        return lines(receipt, changed, reopen_standing(desk, language, view))
    until = _("You can correct it until {moment}.", moment=language.moment(view.open_until))
    return lines(receipt, changed, until)


def _sent_rows(desk: Desk, language: Language, view: ReportView, part: parts.Part) -> list[list[Button]]:
    _ = language.text
    report = view.report.id
    qr = [[Button(_("Receipt with QR"), actions.make_picture, report=report)]]
    if part.acting == Acting.PREPARES or (part.acting == Acting.ENTERS and view.is_locked(desk.now)):
        return qr
    if view.is_locked(desk.now):
        return [*reopen_row(desk, language, view), *qr]
    going_on = [[Button(_("Continue"), actions.carry_on, report=report)]] if view.report.changed else []
    return [*going_on, [Button(_("Correct"), actions.correct, report=report, page=0)], *qr]
