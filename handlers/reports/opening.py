"""Conduct reports (000-18, 000-20): which report, and its card. What its buttons do is in conduct_*.py."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import listing
from handlers.engine.turn import Answered, Turn
from handlers.menu.menu import open_menu
from handlers.reports import names, receipts, reopening, sending, words
from handlers.reports import part as conduct_part
from handlers.reports.board import board
from handlers.reports.words import FILLERS, MINE, conversation
from handlers.requests import snoozing
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.people.people import STAFF, Person, Role
from storage.reports import entries, ladder, signing
from storage.reports.reports import (
    ConductReport,
    ReportPeriod,
    ReportView,
    due_of,
    is_countable,
    sent_content,
)
from storage.reports.signing import Acting

LOGGED: Mapping[str, str] = {
    Acting.AUTHORISED: Role.DELEGATE,
    Acting.PREPARES: Role.LIAISON_OFFICER,
    Acting.ENTERS: Role.REGISTRAR,
}
Opened = tuple[ConductReport, ReportPeriod, CourseClass]
MOST_REPORTS = 60  # in the list of all; older ones are in the office


# --- which report ---


@conversation.button("br", may=MINE, menu=later("Conduct report"), rank=5, on_keyboard=True)
@conversation.command(
    "baocao", words=later("report, conduct"), about=later("Conduct report"), may=MINE | STAFF
)
def open_reports(turn: Turn) -> None:
    """The report that is due first; the others are named on its card. Staff get the list of who has reported."""
    if not turn.roles & MINE:
        board.open_board(turn)
        return
    for report, _period, _course in signing.reports_opened(turn.session, turn.viewer, turn.now):
        view = signing.report_opened(turn.session, turn.viewer, report.id)
        if view is not None and (view.learners or report.revision):
            open_view(turn, view)
            return
    _ = turn.language.text
    text = _("There is no conduct report to send now. When one opens, the assistant sends it to you.")
    turn.show(Message(text, [[Button(_("Menu"), open_menu)]]))


@conversation.button("bo", may=FILLERS)
def open_card(turn: Turn, report: int) -> None:
    open_view(turn, headed(turn, report))


def open_view(turn: Turn, view: ReportView, said: Markup | str = "") -> None:
    """Show a report to somebody who opens it, its roll-call brought up to date, and log that he sees it."""
    entries.mark_roll_call(turn.session, view)
    for person_id in {*view.entries, *view.roll_call}:
        note_in_log(turn, view, "conduct_seen", person_id)
    show_card(turn, view, said)


def role_of(view: ReportView) -> str:
    """The role under which the log shows what the speaker does with a report."""
    return LOGGED.get(view.acting, Role.UNIT_HEAD)


def note_in_log(turn: Turn, view: ReportView, action: str, about_id: int) -> None:
    turn.log(action, subject=view.report, about=about_id, role=role_of(view))


@conversation.button("bh", may=FILLERS)
def open_list(turn: Turn, page: int) -> None:
    """All reports of the unit, one name a row."""
    _ = turn.language.text
    rows = signing.reports_opened(turn.session, turn.viewer, turn.now)[:MOST_REPORTS]
    choices = [Button(_row_label(turn, *row), open_card, report=row[0].id) for row in rows]
    back = [Button(_("Back"), open_reports)]
    turn.show(Message(_("Which report?"), [*listing(turn, choices, page, open_list), back]))


def _row_label(turn: Turn, report: ConductReport, period: ReportPeriod, course: CourseClass) -> str:
    _ = turn.language.text
    name = words.label_of(turn.language, period, course)
    return _("{report}: sent", report=name).unescape() if report.revision else name


def headed(turn: Turn, report_id: int, *, revision: int | None = None, changing: bool = False) -> ReportView:
    """The report if the speaker may open it and do this to it now; else it is said why not (Answered).

    `revision` is what a button that changes something was made for: after a sending it is an old button.
    """
    _ = turn.language.text
    view = signing.report_opened(turn.session, turn.viewer, report_id)
    if view is None or view.period.opens_at > turn.now:
        _show_none(turn, view, report_id)
    elif (changing or revision is not None) and view.is_locked(turn.now):
        show_card(turn, view, _("The deadline has passed: nothing can be changed here any more."))
    elif revision is not None and view.report.revision != revision:
        show_card(turn, view, _("That button is from before the sending. It stands like this now:"))
    elif (changing or revision is not None) and (hands_off := conduct_part.hands_off(turn, view)):
        show_card(turn, view, hands_off)
    elif not view.learners and not view.report.revision:
        _show_none(turn, view, report_id)
    else:
        return view
    raise Answered


def _show_none(turn: Turn, view: ReportView | None, report_id: int) -> None:
    """Why there is nothing to do about a report."""
    _ = turn.language.text
    if view is None:
        text = conduct_part.no_longer(turn, report_id) or _(
            "That report is not there, or it is not your unit's."
        )
    elif view.period.opens_at > turn.now:
        text = _("This report opens at {moment}.", moment=turn.language.moment(view.period.opens_at))
    else:
        nobody = _("There is no learner to report on here.")
        text = lines(
            words.heading(turn.language, view), words.on_paper(turn.language, view.on_paper) or nobody
        )
    mine = [[Button(_("My reports"), open_reports)]] if turn.roles & MINE else []
    turn.show(Message(text, [*mine, [Button(_("Menu"), open_menu)]]))


# --- the card ---


def show_card(turn: Turn, view: ReportView, said: Markup | str = "") -> None:
    """The report as it stands, under a sentence, the speaker's other reports named."""
    others = [
        row
        for row in signing.reports_opened(turn.session, turn.viewer, turn.now)
        if row[0].id != view.report.id
    ]
    turn.show(card(turn, turn.language, view, turn.speaker, said=said, others=others))


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
    part = conduct_part.part_of(desk, view, reader)
    if view.report.revision:
        text, rows = _sent_text(desk, language, view, part), _sent_rows(desk, language, view, part)
    else:
        text, rows = _open_text(desk, language, view, part), _open_rows(desk, language, view, part)
    more = [[Button(_("Other reports"), open_list, page=0)]] if others else []
    text = lines(said, text, _waiting(language, others))
    typed = () if view.report.revision or part.hands_off else names.typed_choices(language, view)
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


def _open_text(desk: Desk, language: Language, view: ReportView, part: conduct_part.Part) -> Markup:
    return lines(
        *conduct_part.asked(language, view, part),
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


def _open_rows(
    desk: Desk, language: Language, view: ReportView, part: conduct_part.Part
) -> list[list[Button]]:
    _ = language.text
    report = view.report.id
    people = conduct_part.rows(language, view, part)
    if part.hands_off:
        return people
    rows = [
        [Button(_("All is well"), sending.all_well, report=report)],
        [Button(_("Some to mention"), names.open_names, report=report, page=0)],
        *people,
        *(
            snoozing.ways(desk, language, ladder.request_of(view.report))
            if part.acting != Acting.ENTERS
            else []
        ),
    ]
    if view.report.state == "open":
        return rows
    return [[Button(_continue(language, view), sending.carry_on, report=report)], *rows]


def _continue(language: Language, view: ReportView) -> Markup:
    """Such as "Tiếp tục 7/12"; without numbers while a list is open from which nobody was chosen yet."""
    _, total = language.text, len(view.learners)
    if not is_countable(view.report, len(view.pending)):
        return _("Continue")
    return _("Continue {done}/{total}", done=total - len(view.pending), total=total)


def _sent_text(desk: Desk, language: Language, view: ReportView, part: conduct_part.Part) -> Markup:
    _ = language.text
    report = view.report
    sender = desk.session.get(Person, report.sent_by)
    receipt = words.receipt(language, view, sent_content(desk.session, report), sender)
    changed = _("There are corrections that have NOT been sent.") if report.changed else ""
    if part.acting not in signing.SIGNING and (view.is_locked(desk.now) or part.acting == Acting.PREPARES):
        return lines(receipt, changed)
    if view.is_locked(desk.now):
        return lines(receipt, changed, reopening.standing(desk, language, view))
    until = _("You can correct it until {moment}.", moment=language.moment(view.open_until))
    return lines(receipt, changed, until)


def _sent_rows(
    desk: Desk, language: Language, view: ReportView, part: conduct_part.Part
) -> list[list[Button]]:
    _ = language.text
    report = view.report.id
    qr = [[Button(_("Receipt with QR"), receipts.make_picture, report=report)]]
    if part.acting == Acting.PREPARES or (part.acting == Acting.ENTERS and view.is_locked(desk.now)):
        return qr
    if view.is_locked(desk.now):
        return [*reopening.rows(desk, language, view), *qr]
    going_on = [[Button(_("Continue"), sending.carry_on, report=report)]] if view.report.changed else []
    return [*going_on, [Button(_("Correct"), sending.correct, report=report, page=0)], *qr]


__all__ = ["card", "conversation"]
