"""Why something was not done: whom it could be asked of, whether he was reached, what he was told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from storage.base.columns import is_state
from storage.messaging.outbox import HELD, outbox
from storage.people.offices import asked_of, away_until, heads_by_unit
from storage.people.people import Contact, Person
from storage.requests import posts
from storage.requests.policy import OPEN
from storage.requests.prompts import Prompt
from storage.requests.requests import Request

ASKING = frozenset({OPEN, "handed"})  # the steps that ask for it
EXTENDED = "extended"  # the one that says there is more time; any other reminds


@dataclass(frozen=True)
class Told:
    """A message about a request to one person. State: as in the outbox, `held` where it waits for something outside."""

    request_id: int
    step: str
    person_id: int
    at: datetime
    state: str


@dataclass
class Silence:
    """How a request stands with whoever answers for it.

    `heads` are those of its unit, or the holders of its post; `delegate` is whom it was handed to; `asked` are those
    whom it is to be asked of now, `reached` those of them who have a chat. `people` and `messages` are the reasons,
    the most telling one first: handed, no_head, away, not_bound, unreachable; snoozed, reminded, prompted, failed,
    held, waiting, extended. `days_told` are the days on which each person is told of whatever request.
    """

    heads: list[Person] = field(default_factory=list)
    delegate: Person | None = None
    asked: list[Person] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    away_until: date | None = None
    told_at: datetime | None = None
    snoozed_until: datetime | None = None
    deadline: datetime | None = None
    people: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    days_told: Mapping[int, Collection[date]] = field(default_factory=dict)


def silences(session: Session, zone: ZoneInfo, rows: Sequence[Request], now: datetime) -> dict[int, Silence]:
    """By request, for many of one centre at once: however many there are, the number of queries is the same."""
    found = _people(session, rows, now.astimezone(zone).date())
    people = {person.id for one in found.values() for person in one.asked}
    reached, lost = _reached(session, people)
    first = min((row.opens_at for row in rows), default=now).astimezone(zone).date()
    told = _told(session, people, first)
    days = _days(told, zone)
    for row in rows:
        one = found[row.id]
        one.reached, one.days_told = {person.id for person in one.asked} & reached, days
        one.snoozed_until, one.deadline = row.snoozed_until, row.deadline
        one.people = _about_people(one, lost)
        one.messages = [
            *(["snoozed"] if row.snoozed_until is not None and row.snoozed_until > now else []),
            *_about_messages(one, [message for message in told if message.request_id == row.id]),
            *(["extended"] if row.extended_to is not None else []),
        ]
    return found


def _people(session: Session, rows: Sequence[Request], day: date) -> dict[int, Silence]:
    centres = {row.centre_id for row in rows}
    assert len(centres) < 2, "asked for centre by centre"
    wanted = {row.organisation_id for row in rows if row.organisation_id is not None}
    units = heads_by_unit(session, next(iter(centres), 0), wanted, day)
    away = away_until(session, (one for unit in units.values() for part in unit for one in part), day)
    handed = posts.delegates(session, rows, day)
    found = {}
    for row in rows:
        heads, deputies = units.get(row.organisation_id or 0) or (posts.holding(session, row, day), [])
        instead = handed.get(row.id)
        one = Silence(heads or deputies, instead, [instead] if instead else asked_of((heads, deputies), away))
        if heads and all(head.id in away for head in heads):
            one.away_until = min(away[head.id] for head in heads)
        found[row.id] = one
    return found


def _reached(session: Session, people: Collection[int]) -> tuple[set[int], set[int]]:
    """Those who have a chat that works, and those who only have one that does not."""
    query = select(Contact.person_id, Contact.state).where(col(Contact.person_id).in_(people))
    states = defaultdict(set)
    for person_id, state in session.exec(query):
        states[state].add(person_id)
    return states["active"], states["unreachable"] - states["active"]


def _told(session: Session, people: Collection[int], first: date) -> list[Told]:
    """What these people were told of requests from that day on, or will be; what was taken back is left out."""
    query = columns(
        col(Prompt.request_id), col(Prompt.step), col(Prompt.person_id), col(Prompt.made_at),
        outbox.c.state, outbox.c.due_at, outbox.c.sent_at, outbox.c.last_error,
    )  # fmt: skip
    query = query.join(outbox, outbox.c.id == col(Prompt.outbox_id), isouter=True)
    there = outbox.c.id.is_(None) | ~is_state(outbox.c.state, "dropped")
    query = query.where(col(Prompt.person_id).in_(people), col(Prompt.day) >= first, there)
    found = []
    for request_id, step, person_id, made_at, state, due_at, sent_at, error in session.execute(query):
        held = state == "due" and str(error).startswith(HELD)
        became = "held" if held else state or "sent"  # what is not kept any more was sent
        found.append(
            Told(request_id, step.partition("-")[0], person_id, sent_at or due_at or made_at, became)
        )
    return found


def _days(told: Iterable[Told], zone: ZoneInfo) -> Mapping[int, set[date]]:
    """The days on which each person is told of whatever request: one message a day goes (handlers.requests)."""
    days: dict[int, set[date]] = defaultdict(set)
    for one in told:
        if one.state != "failed":
            days[one.person_id].add(one.at.astimezone(zone).date())
    return days


def _about_people(one: Silence, lost: Collection[int]) -> list[str]:
    why = []
    if one.delegate is not None:
        why.append("handed")
    elif not one.asked:
        return ["no_head"]
    elif one.away_until is not None:
        why.append("away")
    if not one.reached:
        why.append("unreachable" if any(person.id in lost for person in one.asked) else "not_bound")
    return why


def _about_messages(one: Silence, told: Sequence[Told]) -> list[str]:
    """What the last message came to; nothing is told where nobody is reached, for that is the reason."""
    asked = [row for row in told if row.step in ASKING]
    reminders = [row for row in told if row.step not in {*ASKING, EXTENDED}]
    for rows, reason in ((reminders, "reminded"), (asked, "prompted")):
        sent = [row.at for row in rows if row.state == "sent"]
        if sent:
            one.told_at = max(sent) if reason == "reminded" else min(sent)
            return [reason]
        for state in ("failed", "held"):
            if any(row.state == state for row in rows):
                return [state]
    return ["waiting"] if one.reached else []
