"""Conduct reports come by themselves: the prompt at opening, one at a time, and the reminders (000-20).

Nobody is reminded more than once a day, whatever the number of his reports; nothing comes after the sending.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.reports import opening
from handlers.reports.telling import (
    askable,
    askable_of,
    centre_of,
    is_missing,
    next_hour,
    nothing,
    remaining,
    tell,
)
from locales import Language
from storage.courses.courses import CourseClass
from storage.messaging.outbox import BROADCAST, keyed
from storage.people.people import UNIT, Contact, Person, has_consented, holders
from storage.reports import ladder, periods, signing
from storage.reports.reports import ConductReport, ReportPeriod, ReportView, due_of, report_view

conversation = Conversation("conduct_prompts")


# --- timers, planned by storage.reports.ladder and storage.reports.periods ---


@conversation.timer("conduct_period")
def period_opens(desk: Desk, period: int) -> None:
    """Units whose learners came after the period was planned get their report, too."""
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is not None and course is not None:
        calendar = desk.calendar(desk.centre(course.centre_id))
        periods.plan_period(desk.session, calendar, row, desk.now)


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
    view = report_view(desk.session, report)
    if view is not None and view.due_at <= desk.now:
        ladder.stop_reminding(desk.session, report)
        _prompt_units_of(desk, report)


@conversation.timer("conduct_remind")
def remind(desk: Desk, report: int) -> None:
    """80 % of the way to the deadline."""
    _remind(desk, report, "remind")


@conversation.timer("conduct_last")
def remind_last(desk: Desk, report: int) -> None:
    """The morning of the last day."""
    _remind(desk, report, "last")


@conversation.timer("conduct_later")
def remind_as_asked(desk: Desk, report: int, person: int, asked: str) -> None:
    """The time somebody chose has come; he hears it then, unless he has been told of a report since he asked."""
    view, reader = report_view(desk.session, report), desk.session.get(Person, person)
    if view is None or reader is None or not is_missing(view):
        return
    until, moment = view.report.snoozed_until, timedelta.resolution
    if until is None or until > desk.now or reader not in askable(desk, view):
        return
    since = datetime.fromisoformat(asked) + moment
    if not ladder.was_told(desk.session, reader.id, since, desk.now + moment):
        what = f"later-{until:%y%m%d%H%M}"
        tell(desk, view, [reader], what, lambda language: remaining(language, view), always=True)


def _remind(desk: Desk, report: int, step: str) -> None:
    """Name what remains. A head who was never asked, bound late or busy with another report, is asked now."""
    view = report_view(desk.session, report)
    if view is None or not is_missing(view) or view.is_late(desk.now):
        return
    if view.report.prompted_at is None:
        _prompt(desk, view)
    elif view.report.snoozed_until is None or view.report.snoozed_until <= desk.now:
        what = f"{step}{ladder.round_of(view.report)}"
        tell(desk, view, askable(desk, view), what, lambda language: remaining(language, view))


# --- asking ---


def prompt_waiting(desk: Desk, heads: Sequence[Person]) -> None:
    """Ask these heads for the opened report that is due first, unless one they were asked for is still to do."""
    for report, _period in _unsent(desk, heads):
        view = report_view(desk.session, report.id) if report.prompted_at is None else None
        if view is not None and view.learners and not _is_busy(desk, view):
            _prompt(desk, view)


def prompt_anew(desk: Desk, person: Person, contact: Contact) -> None:
    """A head has bound this chat: he gets the report that is due first, asked for already or not, and only that."""
    for report, _period in _unsent(desk, [person]):
        view = report_view(desk.session, report.id)
        if view is None or not view.learners or person not in askable(desk, view):
            continue
        if report.prompted_at is None:
            prompt_waiting(desk, [person])
        else:
            _tell_here(desk, view, person, contact)
        return


def prompt_heads_of(desk: Desk, learner: Person) -> None:
    """A learner may have given his consent: an opened report that had nobody to report on is asked for now.

    Not of a head who is just being asked for his own consents: the card would come between, and his "1" press it.
    He is asked once he has answered (handlers/joining/catching_up.py).
    """
    centre = desk.centre(learner.centre_id)
    for unit in periods.units_sending(desk.session, learner.id):
        heads = holders(desk.session, UNIT, centre.id, desk.today(centre), organisation_id=unit)
        prompt_waiting(
            desk, [one for one in heads if has_consented(desk.session, one.id, "sensitive") is not None]
        )


def remind_now(desk: Desk, report: int) -> bool:
    """Staff want a report reminded of; who was told of any report that day is left alone. False: nobody was told."""
    view = report_view(desk.session, report)
    if view is None or not is_missing(view) or view.period.opens_at > desk.now:
        return False
    what, people = f"asked-{desk.now:%y%m%d}", askable(desk, view)
    return bool(tell(desk, view, people, what, lambda language: remaining(language, view), overdue=True))


def tell_extended(desk: Desk, report: int) -> bool:
    """A unit was given more time (storage.reports.ladder.extend): whoever fills the report in gets it anew."""
    view = report_view(desk.session, report)
    if view is None or not is_missing(view):
        return False
    until, what = view.due_at, f"extended{ladder.round_of(view.report)}"

    def said(language: Language) -> Markup:
        return language.text(
            "The centre has extended this report to {moment}.", moment=language.moment(until)
        )

    return bool(tell(desk, view, askable(desk, view), what, said, always=True))


def _unsent(desk: Desk, people: Sequence[Person]) -> Sequence[tuple[ConductReport, ReportPeriod]]:
    """The opened reports of the units these people head, and those handed to them."""
    if not people:
        return ()
    units = periods.units_headed(desk.session, people, desk.today(desk.centre(people[0].centre_id)))
    ids = [person.id for person in people]
    return periods.unsent_reports(desk.session, units, desk.now, people=ids)


def _tell_here(desk: Desk, view: ReportView, head: Person, contact: Contact) -> None:
    """Send a head his card to this chat, unless it has it; another head was asked, or he on another chat."""
    due = next_hour(desk, view)
    key = ladder.told_key(view.report.id, "open", head.id)
    before = keyed(desk.session, key)
    if before is not None:
        here = (before.account_id, before.chat) == (contact.account_id, contact.chat)
        if here and before.state in {"due", "sent"}:
            return
        key = f"{key}:{contact.id}"
    if due < view.due_at:
        desk.tell(
            head, lambda language: opening.card(desk, language, view, head), lane=BROADCAST, due=due, key=key
        )


def _prompt_units_of(desk: Desk, report: int) -> None:
    """Ask whoever fills this report in, and the heads of its unit, for what waits."""
    view = report_view(desk.session, report)
    if view is not None:
        centre = centre_of(desk, view)
        heads, _deputies = signing.heads_of(desk.session, centre.id, view.unit.id, desk.today(centre))
        people = {person.id: person for person in [*askable(desk, view), *heads]}
        prompt_waiting(desk, list(people.values()))


def _is_busy(desk: Desk, view: ReportView) -> bool:
    """Whether somebody asked for this was already asked for a report that is due no later, and has not sent it."""
    people = askable(desk, view)
    ids = {person.id for person in people}
    for other, its in _unsent(desk, people):
        if other.prompted_at is None or other.id == view.report.id or due_of(other, its) > view.due_at:
            continue
        if ids & {person.id for person in askable_of(desk, other, centre_of(desk, view))}:
            return True
    return False


def _prompt(desk: Desk, view: ReportView) -> None:
    if tell(desk, view, askable(desk, view), "open", nothing, always=True):
        view.report.prompted_at = next_hour(desk, view)
