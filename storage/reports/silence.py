"""Why a unit has not reported: whom it could be asked of, whether he was reached, what he was told, who called him."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from storage.base.columns import is_state
from storage.messaging.outbox import HELD, outbox
from storage.people.audit import Audit
from storage.people.offices import asked_of, away_until, heads_by_unit
from storage.people.people import Centre, Contact
from storage.reports.boards import Standing
from storage.reports.ladder import request_of
from storage.reports.reports import KIND
from storage.requests import posts
from storage.requests.prompts import Prompt
from storage.requests.requests import Request

CALLED, NOT_CALLED = "conduct_called", "conduct_call_undone"
ASKED = frozenset({"open", "handed"})  # the step of a message about a report: the asking
EXTENDED = "extended"  # or the answer that there is more time; anything else is a reminder


@dataclass(frozen=True)
class Told:
    """A message about a report to one person; 0 stands for what is no report. State: as in the outbox, `held` where it
    waits for something outside.
    """

    report_id: int
    what: str
    person_id: int
    at: datetime
    state: str


def explain(session: Session, centre: Centre, found: Sequence[Standing], now: datetime) -> None:
    """Say of each missing report why it is. The reasons: early, no_learners; handed, no_head, away; not_bound,
    unreachable; prepared, started, snoozed; reminded, prompted, failed, held, waiting; extended, called.
    """
    zone = ZoneInfo(centre.zone)
    _find_people(session, centre.id, found, now.astimezone(zone).date())
    missing = [one for one in found if not one.is_sent]
    people = {person.id for one in missing for person in one.asked}
    reached, lost = _reached(session, people)
    told = told_to(session, people, min((one.period.opens_at for one in missing), default=now))
    called, days = _called(session, missing), days_told(told, zone)
    for one in missing:
        mine = {person.id for person in one.asked}
        one.reached, one.called = mine & reached, called.get(one.report.id, {})
        one.days_told = days
        one.why = _nothing_to_send(one, now) or [
            *_about_people(one, lost),
            *_about_report(one, now),
            *_about_messages(one, [row for row in told if row.report_id == one.report.id]),
        ]
        one.why += [*(["extended"] if one.report.extended_to else []), *(["called"] if one.called else [])]


# --- people ---


def _find_people(session: Session, centre_id: int, found: Sequence[Standing], day: date) -> None:
    units = heads_by_unit(session, centre_id, {one.unit.id for one in found}, day)
    everybody = [person for heads, deputies in units.values() for person in (*heads, *deputies)]
    away = away_until(session, everybody, day)
    handed = posts.delegates(session, [request_of(one.report) for one in found], day)
    for one in found:
        heads, deputies = units[one.unit.id]
        one.heads, one.delegate = heads or deputies, handed.get(request_of(one.report).id)
        one.asked = [one.delegate] if one.delegate is not None else asked_of((heads, deputies), away)
        if heads and all(head.id in away for head in heads):
            one.away_until = min(away[head.id] for head in heads)


def _reached(session: Session, people: Collection[int]) -> tuple[set[int], set[int]]:
    """Those who have a chat that works, and those who only have one that does not."""
    query = select(Contact.person_id, Contact.state).where(col(Contact.person_id).in_(people))
    states = defaultdict(set)
    for person_id, state in session.exec(query):
        states[state].add(person_id)
    return states["active"], states["unreachable"] - states["active"]


def told_to(session: Session, people: Collection[int], since: datetime) -> list[Told]:
    """What these people were told of requests since then, or will be; what was taken back is left out."""
    query = columns(
        col(Request.kind), col(Request.subject_id), col(Prompt.step), col(Prompt.person_id),
        col(Prompt.made_at),
        outbox.c.state, outbox.c.due_at, outbox.c.sent_at, outbox.c.last_error,
    )  # fmt: skip
    query = query.join(Prompt, col(Prompt.request_id) == col(Request.id))
    query = query.join(outbox, outbox.c.id == col(Prompt.outbox_id), isouter=True)
    there = outbox.c.id.is_(None) | ~is_state(outbox.c.state, "dropped")
    query = query.where(col(Prompt.person_id).in_(people), col(Prompt.made_at) >= since, there)
    found = []
    for kind, subject_id, step, person_id, made_at, state, due_at, sent_at, error in session.execute(query):
        held = state == "due" and str(error).startswith(HELD)
        became = "held" if held else state or "sent"  # what is not kept any more was sent
        report, what = subject_id if kind == KIND else 0, step.partition("-")[0]
        found.append(Told(report, what, person_id, sent_at or due_at or made_at, became))
    return found


def days_told(told: Iterable[Told], zone: ZoneInfo) -> Mapping[int, set[date]]:
    """The days on which each person is told of whatever request: one message a day goes (handlers.requests)."""
    days: dict[int, set[date]] = defaultdict(set)
    for one in told:
        if one.state != "failed":
            days[one.person_id].add(one.at.astimezone(zone).date())
    return days


# --- reasons ---


def _nothing_to_send(one: Standing, now: datetime) -> list[str]:
    if one.period.opens_at > now:
        return ["early"]
    return [] if one.total else ["no_learners"]


def _about_people(one: Standing, lost: Collection[int]) -> list[str]:
    why = ["started"] if one.report.state != "open" else []
    if one.delegate is not None:
        why.append("handed")
    elif not one.asked:
        return [*why, "no_head"]
    elif one.away_until is not None:
        why.append("away")
    if not one.reached:
        why.append("unreachable" if any(person.id in lost for person in one.asked) else "not_bound")
    return why


def _about_report(one: Standing, now: datetime) -> list[str]:
    snoozed = one.report.snoozed_until
    return [
        *(["prepared"] if one.report.prepared_by is not None else []),
        *(["snoozed"] if snoozed is not None and snoozed > now else []),
    ]


def _about_messages(one: Standing, told: Sequence[Told]) -> list[str]:
    """What the last message came to; nothing is told where nobody is reached, for that is the reason."""
    asked = [row for row in told if row.what in ASKED]
    reminders = [row for row in told if row.what not in {*ASKED, EXTENDED}]
    for rows, reason in ((reminders, "reminded"), (asked, "prompted")):
        sent = [row.at for row in rows if row.state == "sent"]
        if sent:
            one.told_at = max(sent) if reason == "reminded" else min(sent)
            return [reason]
        for state in ("failed", "held"):
            if any(row.state == state for row in rows):
                return [state]
    return [] if one.report.state != "open" or not one.reached else ["waiting"]


# --- calls ---


def _called(session: Session, missing: Sequence[Standing]) -> dict[int, dict[int, datetime]]:
    """Of each report who was called last when."""
    people = {person.id for one in missing for person in (*one.heads, *one.asked)}
    subjects = {_subject(one.report.id): one.report.id for one in missing}
    query = select(Audit).where(
        col(Audit.about_id).in_(people),
        col(Audit.action).in_([CALLED, NOT_CALLED]),
        col(Audit.subject).in_(subjects),
    )
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for row in session.exec(query.order_by(col(Audit.id))):
        calls = found[subjects[row.subject]]
        if row.action == CALLED and row.about_id is not None:
            calls[row.about_id] = row.at
        else:
            calls.pop(row.about_id or 0, None)
    return found


def _subject(report_id: int) -> str:
    return f"conduct_report:{report_id}"
