"""Requests: one row for whatever is asked of a post by a deadline, from its opening until it is settled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.calendar import SendingCalendar
from storage.base.columns import BigKey, document, instant, key, partial_index, ref
from storage.base.engine import lock
from storage.messaging import timers
from storage.requests import prompts
from storage.requests.digests import plan_digest
from storage.requests.policy import DIRECTORS, OPENING, Policy, Window, moments
from storage.requests.prompts import Prompt

STEP: Final = timers.Kind("request_step", request=int, step=str)
NEXT: Final = timers.Kind("request_next", request=int)  # it is done: what waited behind it comes
SNOOZED: Final = timers.Kind("request_snoozed", request=int, person=int, asked=str)


class Request(SQLModel, table=True):
    """Something asked of a post (a role in a unit, or in the centre where there is no unit); exactly one answers for it.

    `subject_id` is the row of the kind it is about, `part` what of it where it is asked for more than once. Instants
    are business time. `settled_at`: nothing is said of it any more. `director_asked_at`: since when the director is to decide
    what becomes of it, or from when he is asked again; `decision`: what he has decided for good,  so far.
    """

    __tablename__ = "request"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "part"),
        Index("ix_request_asked", "kind", "opens_at"),
        partial_index("ix_request_open", "centre_id", "organisation_id", where="settled_at IS NULL"),
    )
    id: int = key()
    kind: str
    subject_id: int = Field(sa_type=BigKey)
    part: str = ""
    centre_id: int = ref("centre.id", index=False)
    post: str
    organisation_id: int | None = ref("organisation.id", optional=True, index=False)
    opens_at: datetime = instant()
    due_at: datetime | None = instant(optional=True)
    grace_at: datetime | None = instant(optional=True)  # until then what is late is waited for
    extended_to: datetime | None = instant(optional=True)
    snoozed_until: datetime | None = instant(optional=True)  # no reminder before
    handed_to: int | None = ref("person.id", optional=True)  # answers for it instead of the post's holders
    first_asked_at: datetime | None = instant(optional=True)
    settled_at: datetime | None = instant(optional=True)
    director_asked_at: datetime | None = instant(optional=True)
    decision: str = ""
    policy: dict[str, Any] = document()

    @property
    def rules(self) -> Policy:
        """The policy it was opened with."""
        return Policy.of_json(self.policy)

    @property
    def deadline(self) -> datetime | None:
        """The deadline that counts; None where there is none."""
        return max(self.due_at, self.extended_to or self.due_at) if self.due_at is not None else None

    @property
    def window(self) -> Window:
        return Window(self.opens_at, self.deadline, self.grace_at)

    def is_late(self, now: datetime) -> bool:
        return self.deadline is not None and self.deadline <= now

    @property
    def is_undecided(self) -> bool:
        """Whether it waits for the director's decision."""
        return self.director_asked_at is not None and not self.decision and self.settled_at is None


def open_request(
    session: Session,
    calendar: SendingCalendar,
    policy: Policy,
    window: Window,
    *,
    kind: str,
    subject_id: int,
    centre_id: int,
    post: str,
    part: str = "",
    organisation_id: int | None = None,
    handed_to: int | None = None,
) -> Request:
    """Ask for something from its opening on: its steps are planned. One that is there already is given back as it is."""
    row = request_about(session, kind, subject_id, part)
    if row is None:
        row = Request(
            kind=kind, subject_id=subject_id, part=part, centre_id=centre_id, post=post,
            organisation_id=organisation_id, handed_to=handed_to, policy=policy.as_json(),
            opens_at=window.opens_at, due_at=window.due_at, grace_at=window.grace_at,
        )  # fmt: skip
        session.add(row)
        session.flush()
        plan(session, calendar, row)
    return row


def request_about(session: Session, kind: str, subject_id: int, part: str = "") -> Request | None:
    query = select(Request).where(Request.kind == kind, Request.subject_id == subject_id)
    return session.exec(query.where(Request.part == part)).first()


def request_locked(session: Session, request_id: int) -> Request | None:
    return lock(session, Request, request_id)


def add_all(session: Session, calendar: SendingCalendar, rows: Sequence[Request]) -> None:
    """Store many requests and set the timers of their steps, or set those of stored ones again."""
    session.add_all(rows)
    session.flush()
    plan(session, calendar, *rows)


def plan(session: Session, calendar: SendingCalendar, *rows: Request) -> None:
    """Set the steps' timers up to the deadline that counts; set again, they are the same ones. What was extended has
    been opened.
    """
    for centre_id, opens_at in sorted({(row.centre_id, row.opens_at) for row in rows}):
        plan_digest(session, calendar, centre_id, opens_at)
    STEP.plan_all(
        session,
        (
            (_key(row, step.name), moment, {"request": row.id, "step": step.name})
            for row in rows
            for step, moment in moments(row.rules, calendar, row.window)
            if step.at != OPENING or row.extended_to is None
        ),
    )


def plan_again(session: Session, row: Request, step: str, at: datetime) -> None:
    """Take a step once more at that instant: when it came, somebody could not be told."""
    STEP.plan(session, f"{_key(row, step)}:{at:%y%m%d%H%M}", at, request=row.id, step=step)


def round_of(row: Request) -> str:
    """What tells the steps of an extended request from those before: "" for the first round."""
    return f"-{row.extended_to:%y%m%d}" if row.extended_to is not None else ""


def directors_step(row: Request) -> str:
    """The step of what the directors are told of it (storage.requests.prompts)."""
    return f"{row.rules.asks_directors}{round_of(row)}"


def _key(row: Request, step: str) -> str:
    return f"{row.id}:{step}{round_of(row)}"


def extend(session: Session, calendar: SendingCalendar, row: Request, days: int, now: datetime) -> datetime:
    """Give so many working days more: its reminders begin anew, up to the new deadline, which is given back."""
    until = later(calendar, row, days, now)
    cancel_steps(session, row)
    prompts.take_back(session, row.id)
    row.grace_at = grace_after(calendar, row, until)
    row.extended_to, row.snoozed_until = until, None
    row.director_asked_at, row.decision = None, ""
    session.flush()
    plan(session, calendar, row)
    return until


def later(calendar: SendingCalendar, row: Request, days: int, now: datetime) -> datetime:
    """The deadline so many working days after today, or after the present one where that is still to come."""
    return calendar.deadline_after(max(now, row.deadline or now), days)


def grace_after(calendar: SendingCalendar, row: Request, until: datetime) -> datetime:
    """The end of grace after another deadline: as many working days as it has now, one where it has none."""
    if row.deadline is None or row.grace_at is None:
        return calendar.deadline_after(until, 1)
    days, moment = 0, row.deadline
    while moment < row.grace_at:
        days, moment = days + 1, calendar.deadline_after(moment, 1)
    return calendar.deadline_after(until, days)


def snooze(session: Session, row: Request, person_id: int, until: datetime, now: datetime) -> None:
    """No reminder before the instant somebody has chosen; then he hears of it."""
    row.snoozed_until = until
    key = f"{row.id}:{person_id}:{until:%y%m%d%H%M}"
    SNOOZED.plan(session, key, until, request=row.id, person=person_id, asked=now.isoformat())


def forget(session: Session, row: Request) -> None:
    """It is not to be: with all that was to be said of it."""
    cancel_steps(session, row)
    prompts.forget(session, row.id)
    session.delete(row)
    session.flush()


def cancel_steps(session: Session, row: Request) -> None:
    for step in row.rules.steps:
        STEP.cancel(session, _key(row, step.name))


def settle(session: Session, row: Request, now: datetime) -> None:
    """It is done: nothing is said of it any more, and what is still to be sent is taken back."""
    if row.settled_at is None:
        row.settled_at = now
        cancel_steps(session, row)
        prompts.take_back(session, row.id)
        session.flush()


def settle_about(session: Session, kind: str, subject_id: int, part: str, now: datetime) -> None:
    """As `settle`, by what it is about; nothing where that was never asked for."""
    row = request_about(session, kind, subject_id, part)
    if row is not None:
        settle(session, row, now)


def reopen_about(session: Session, calendar: SendingCalendar, kind: str, subject_id: int, part: str) -> None:
    """There is something to do again, for what is asked for has grown: the steps still to come are planned anew."""
    row = request_about(session, kind, subject_id, part)
    if row is not None and row.settled_at is not None:
        row.settled_at = None
        session.flush()
        plan(session, calendar, row)


def open_of_unit(session: Session, unit_id: int, now: datetime) -> list[Request]:
    """What a unit is asked for now and has not done, by deadline; what has none comes last."""
    return _open(session, Request.organisation_id == unit_id, Request.opens_at <= now)


def open_of_centre(session: Session, centre_id: int, now: datetime) -> list[Request]:
    """What anybody of a centre is asked for now and has not done, by deadline."""
    return _open(session, Request.centre_id == centre_id, Request.opens_at <= now)


def undecided(session: Session, centre_id: int) -> list[Request]:
    """What waits for the director's decision in a centre, the oldest deadline first."""
    is_asked = col(Request.director_asked_at).is_not(None)
    return _open(session, Request.centre_id == centre_id, is_asked, Request.decision == "")


def _open(session: Session, *which: Any) -> list[Request]:
    return by_deadline(session.exec(select(Request).where(col(Request.settled_at).is_(None), *which)))


def open_of_kind(session: Session, row: Request) -> list[Request]:
    """What of its kind is open in its centre, locked, by deadline."""
    query = select(Request).where(Request.centre_id == row.centre_id, Request.kind == row.kind)
    query = query.where(col(Request.settled_at).is_(None)).order_by(col(Request.id))
    return by_deadline(session.exec(query.with_for_update()))


def put_at(calendar: SendingCalendar, row: Request) -> datetime | None:
    """When it falls to the directors, or they are asked again; None where it does not, or is decided for good."""
    known = {step.to: at for step, at in moments(row.rules, calendar, row.window)}
    return None if row.decision else row.director_asked_at or known.get(DIRECTORS)


def told_at(session: Session, row: Request) -> dict[int, datetime]:
    """When a message about it was last made for whom (business time); what the directors are told is no such one."""
    query = select(Prompt.person_id, Prompt.made_at, Prompt.step).where(Prompt.request_id == row.id)
    found, but = session.exec(query.order_by(col(Prompt.id))), row.rules.asks_directors
    return {person: at for person, at, step in found if step.partition("-")[0] != but}


def siblings(session: Session, row: Request) -> list[Request]:
    """What was asked at the same time, by the same deadline and of the same kind, this request included."""
    query = select(Request).where(
        Request.centre_id == row.centre_id,
        Request.opens_at == row.opens_at,
        Request.kind == row.kind,
        Request.due_at == row.due_at,
    )
    return list(session.exec(query.order_by(col(Request.id))))


def by_deadline(rows: Any) -> list[Request]:
    """The most urgent first; what has no deadline comes last."""
    return sorted(rows, key=lambda row: (row.deadline is None, row.deadline or row.opens_at, row.id))
