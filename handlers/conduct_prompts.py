"""Conduct reports come by themselves: the prompt at opening, one at a time, one reminder, the closing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from markupsafe import Markup

from handlers import conduct_words as words
from handlers.conduct import card
from handlers.conversation import Conversation
from handlers.desk import Desk
from handlers.messages import Message
from locales import Language
from storage import report_periods
from storage.conduct import ReportPeriod, ReportView, report_view
from storage.courses import CourseClass
from storage.outbox import BROADCAST, keyed
from storage.people import UNIT, Centre, Contact, Person, holders

conversation = Conversation("conduct_prompts")
Said = Callable[[Language], Markup | str]


# --- timers, planned by storage.report_periods ---


@conversation.timer("conduct_period")
def period_opens(desk: Desk, period: int) -> None:
    """Units whose learners came after the period was planned get their report, too."""
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is not None and course is not None:
        calendar = desk.calendar(desk.centre(course.centre_id))
        report_periods.plan_period(desk.session, calendar, row, desk.now)


@conversation.timer("conduct_open")
def report_opens(desk: Desk, report: int) -> None:
    _prompt_units_of(desk, report)


@conversation.timer("conduct_next")
def report_sent(desk: Desk, report: int) -> None:
    """A report was sent: the one that waited behind it comes."""
    _prompt_units_of(desk, report)


@conversation.timer("conduct_close")
def report_closes(desk: Desk, report: int) -> None:
    """The deadline has passed: what was not told yet is told no more, and nothing waits behind it."""
    report_periods.stop_reminding(desk.session, report)
    _prompt_units_of(desk, report)


@conversation.timer("conduct_remind")
def remind(desk: Desk, report: int) -> None:
    """Name what remains, once. A head who was never asked, bound late or busy with another report, is asked now."""
    view = report_view(desk.session, report)
    if view is None or view.report.revision or not view.learners:
        return
    prompted_at = view.report.prompted_at
    if prompted_at is None:
        _prompt(desk, view)
        return
    centre = _centre(desk, view)
    zone = desk.calendar(centre).zone
    if prompted_at.astimezone(zone).date() < desk.today(centre):  # at most one message a day
        _tell(desk, view, "remind", lambda language: _remaining(language, view))


# --- asking ---


def prompt_waiting(desk: Desk, heads: Sequence[Person]) -> None:
    """Ask these heads for the opened report that is due first, unless one they were asked for is still to do."""
    if not heads:
        return
    centre = desk.centre(heads[0].centre_id)
    units = report_periods.units_headed(desk.session, heads, desk.today(centre))
    for report, period in report_periods.unsent_reports(desk.session, units, desk.now):
        view = report_view(desk.session, report.id) if report.prompted_at is None else None
        if view is not None and view.learners and not _is_busy(desk, view, period):
            _prompt(desk, view)


def prompt_anew(desk: Desk, person: Person, contact: Contact) -> None:
    """A head has bound this chat: he gets the report that is due first, asked for already or not, and only that."""
    units = report_periods.units_headed(desk.session, [person], desk.today(desk.centre(person.centre_id)))
    for report, _period in report_periods.unsent_reports(desk.session, units, desk.now):
        view = report_view(desk.session, report.id)
        if view is None or not view.learners:
            continue
        if report.prompted_at is None:
            prompt_waiting(desk, [person])
        else:
            _tell_here(desk, view, person, contact)
        return


def prompt_heads_of(desk: Desk, learner: Person) -> None:
    """A learner may have given his consent: an opened report that had nobody to report on is asked for now."""
    centre = desk.centre(learner.centre_id)
    for unit in report_periods.units_sending(desk.session, learner.id):
        prompt_waiting(desk, holders(desk.session, UNIT, centre.id, desk.today(centre), organisation_id=unit))


def _tell_here(desk: Desk, view: ReportView, head: Person, contact: Contact) -> None:
    """Send a head his card to this chat, unless it has it; another head was asked, or he on another chat."""
    due = desk.calendar(_centre(desk, view)).next_sending_time(desk.now)
    key = report_periods.told_key(view.report.id, "open", head.id)
    before = keyed(desk.session, key)
    if before is not None:
        here = (before.account_id, before.chat) == (contact.account_id, contact.chat)
        if here and before.state in {"due", "sent"}:
            return
        key = f"{key}:{contact.id}"
    if due < view.period.due_at:
        desk.tell(head, lambda language: card(desk, language, view, head), lane=BROADCAST, due=due, key=key)


def _prompt_units_of(desk: Desk, report: int) -> None:
    view = report_view(desk.session, report)
    if view is not None:
        prompt_waiting(desk, _heads(desk, view))


def _is_busy(desk: Desk, view: ReportView, period: ReportPeriod) -> bool:
    """Whether a head of the unit was already asked for a report that is due no later, and has not sent it."""
    day = desk.today(_centre(desk, view))
    units = report_periods.units_headed(desk.session, _heads(desk, view), day)
    return any(
        other.prompted_at is not None and other.id != view.report.id and its.due_at <= period.due_at
        for other, its in report_periods.unsent_reports(desk.session, units, desk.now)
    )


def _prompt(desk: Desk, view: ReportView) -> None:
    if _tell(desk, view, "open", lambda _language: ""):
        centre = _centre(desk, view)
        view.report.prompted_at = desk.calendar(centre).next_sending_time(desk.now)


def _tell(desk: Desk, view: ReportView, what: str, said: Said) -> bool:
    """Send every head of the unit his card under a sentence, in sending hours; False if it reaches nobody.

    What could only come after the deadline has lost its sense.
    """
    due = desk.calendar(_centre(desk, view)).next_sending_time(desk.now)
    if due >= view.period.due_at:
        return False
    told = [
        desk.tell(
            head,
            lambda language, head=head: _card(desk, language, view, head, said(language)),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            lane=BROADCAST,
            due=due,
            key=report_periods.told_key(view.report.id, what, head.id),
        )
        for head in _heads(desk, view)
    ]
    return any(row is not None for row in told)


def _card(desk: Desk, language: Language, view: ReportView, head: Person, said: Markup | str) -> Message:
    brief = {
        "kind": "report",
        "name": head.name,
        "class": view.course.name,
        "period": words.period_name(language, view.period),
        "due": language.moment(view.period.due_at),
    }
    return replace(card(desk, language, view, head, said=said), brief=brief)


def _remaining(language: Language, view: ReportView) -> Markup:
    """What is still to be done, for the reminder."""
    _, n_ = language.text, language.count
    if not view.pending and view.report.state in {"filling", "well"}:
        return _("Reminder: this report is filled in, but it has NOT been sent.")
    left = len(view.pending) or len(view.learners)
    return n_("Reminder: {n} learner has no remark yet.", "Reminder: {n} learners have no remark yet.", left)


def _centre(desk: Desk, view: ReportView) -> Centre:
    return desk.centre(view.course.centre_id)


def _heads(desk: Desk, view: ReportView) -> list[Person]:
    centre = _centre(desk, view)
    return holders(desk.session, UNIT, centre.id, desk.today(centre), organisation_id=view.unit.id)
