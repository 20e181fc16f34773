"""Conduct reports (000-18, 000-20): which report is meant, whether it may be opened now, and what is logged of that."""

from collections.abc import Mapping

from markupsafe import Markup

from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import open_menu
from handlers.reports import actions, words
from handlers.reports.actions import MINE
from handlers.reports.cards import part as parts
from handlers.reports.cards.card import card
from handlers.reports.cards.check import check_card
from handlers.reports.cards.learner import ask_about
from handlers.reports.words import conversation
from locales import later
from storage.courses.courses import CourseClass
from storage.people.people import STAFF, Role
from storage.reports import entries, signing
from storage.reports.reports import ConductReport, ReportPeriod, ReportView
from storage.reports.signing import Acting

LOGGED: Mapping[str, str] = {
    Acting.AUTHORISED: Role.DELEGATE,
    Acting.PREPARES: Role.LIAISON_OFFICER,
    Acting.ENTERS: Role.REGISTRAR,
}
MOST_REPORTS = 60  # in the list of all; older ones are in the office


# --- which report ---


@conversation.does(actions.open_reports)
@conversation.command(
    "baocao", words=later("report, conduct"), about=later("Conduct report"), may=MINE | STAFF
)
def open_reports(turn: Turn) -> None:
    """The report that is due first; the others are named on its card. Staff get the list of who has reported."""
    if not turn.roles & MINE:
        actions.open_board(turn)
        return
    for report, _period, _course in signing.reports_opened(turn.session, turn.viewer, turn.now):
        view = signing.report_opened(turn.session, turn.viewer, report.id)
        if view is not None and (view.learners or report.revision):
            open_view(turn, view)
            return
    _ = turn.language.text
    text = _("There is no conduct report to send now. When one opens, the assistant sends it to you.")
    turn.show(Message(text, [[Button(_("Menu"), open_menu)]]))


@conversation.does(actions.open_card)
def open_card(turn: Turn, report: int) -> None:
    open_view(turn, headed(turn, report))


def open_view(turn: Turn, view: ReportView, said: Markup | str = "") -> None:
    """Show a report to somebody who opens it, its roll-call brought up to date, and log that he sees it."""
    note_seen(turn, view)
    show_card(turn, view, said)


def role_of(view: ReportView) -> str:
    """The role under which the log shows what the speaker does with a report."""
    return LOGGED.get(view.acting, Role.UNIT_HEAD)


def log(turn: Turn, view: ReportView, action: str, *people: int) -> None:
    """Note what the speaker does with a report, or with what it says of each of these people."""
    for about in people or [None]:
        turn.log(action, subject=view.report, about=about, role=role_of(view))


def note_seen(turn: Turn, view: ReportView) -> None:
    """Bring the roll-call of a report up to date, and note of whom the speaker sees anything in it."""
    entries.mark_roll_call(turn.session, view)
    seen = {*view.entries, *view.roll_call}
    if seen:
        log(turn, view, "conduct_seen", *seen)


@conversation.does(actions.open_list)
def open_list(turn: Turn, page: int) -> None:
    """All reports of the unit, one name a row."""
    _ = turn.language.text
    rows = signing.reports_opened(turn.session, turn.viewer, turn.now)[:MOST_REPORTS]
    choices = [Button(_row_label(turn, *row), open_card, report=row[0].id) for row in rows]
    back = [Button(_("Back"), open_reports)]
    pick(turn, _("Which report?"), choices, page, open_list, back)


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
    elif (changing or revision is not None) and (hands_off := parts.hands_off(turn, view)):
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
        text = parts.no_longer(turn, report_id) or _("That report is not there, or it is not your unit's.")
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
    rows = signing.reports_opened(turn.session, turn.viewer, turn.now)
    others = [row for row in rows if row[0].id != view.report.id]
    turn.show(card(turn, turn.language, view, turn.speaker, said=said, others=others, greets=not said))


def onward(turn: Turn, view: ReportView) -> None:
    """Ask for what is still missing, one learner after the other; then look it over."""
    if view.pending:
        ask_about(turn, view, *view.pending[0])
    elif view.report.revision and not view.report.changed:
        show_card(turn, view)
    else:
        turn.show(check_card(turn, turn.language, view))


__all__ = ["card", "conversation"]
