"""What `caunoi status` tells: accounts, queues, who is bound, which reports are open. Nothing about anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from storage.base.columns import is_state, on_day
from storage.courses.courses import Enrolment
from storage.messaging.accounts import ChannelAccount
from storage.messaging.outbox import outbox
from storage.messaging.timers import WAITING, timer
from storage.messaging.vitals import Vitals, vitals
from storage.people.people import Contact, Grant
from storage.reports.reports import ConductReport, ReportPeriod


@dataclass(frozen=True)
class Bound:
    """How many of those with a role are reached by a chat."""

    bound: int
    all: int


@dataclass(frozen=True)
class Overview:
    """Late timers are those due that have not run; reports are those open now."""

    accounts: Sequence[ChannelAccount]
    queues: Vitals
    messages_failed: int
    timers_waiting: int
    timers_late: int
    timers_set_aside: int
    reports_open: int
    reports_sent: int
    people: dict[str, Bound] = field(default_factory=dict)  # by role


def overview(session: Session, now: datetime, real_now: datetime, day: date) -> Overview:
    """Everything at once; `now` is business time, `day` the centre's date."""
    late = WAITING & (timer.c.due_at <= now)
    sent = [revision > 0 for revision in _open_revisions(session, now)]
    return Overview(
        accounts=session.exec(select(ChannelAccount).order_by(col(ChannelAccount.id))).all(),
        queues=vitals(session, now, real_now),
        messages_failed=_count(session, outbox, is_state(outbox.c.state, "failed")),
        timers_waiting=_count(session, timer, WAITING),
        timers_late=_count(session, timer, late),
        timers_set_aside=_count(session, timer, is_state(timer.c.state, "set_aside")),
        reports_open=len(sent),
        reports_sent=sum(sent),
        people=_people(session, day),
    )


def _count(session: Session, table: Any, where: Any) -> int:
    query: Any = select(func.count()).select_from(table).where(where)
    return int(session.execute(query).scalar_one())


def _open_revisions(session: Session, now: datetime) -> Sequence[int]:
    query = select(ConductReport.revision)
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    waited_for = or_(col(ReportPeriod.due_at) > now, ConductReport.extended_to > now)
    return session.exec(query.where(ReportPeriod.opens_at <= now, waited_for)).all()


def _people(session: Session, day: date) -> dict[str, Bound]:
    reached = set(session.exec(select(Contact.person_id).where(Contact.state == "active")))
    holders: dict[str, set[int]] = {"learner": set(session.exec(select(Enrolment.person_id).distinct()))}
    for grant in session.exec(select(Grant)):
        if on_day(day, grant.from_date, grant.to_date):
            holders.setdefault(grant.role, set()).add(grant.person_id)
    return {role: Bound(len(people & reached), len(people)) for role, people in holders.items()}
