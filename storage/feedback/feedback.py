"""Back to the unit (001-07, 002-12): its learners' attendance, published marks and conduct as the centre has them."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import Select

from storage.base.calendar import SendingCalendar
from storage.base.columns import encrypted, instant, key, on_day, ref
from storage.base.engine import lock
from storage.courses.courses import CourseClass
from storage.courses.roster import roster
from storage.courses.timetable import day_of
from storage.people.people import Organisation, Role, Viewer
from storage.reports.reports import ConductReport, ReportPeriod, processable, split_by_consent
from storage.requests import requests
from storage.requests.policy import AT_ONCE, OPEN, Policy, Step, Window
from storage.results.result_facts import STATES, Facts, PeriodConduct, RollCall, read_facts
from storage.results.results import Result, results_of, rule_set_of


class UnitFeedback(SQLModel, table=True):
    """What a unit was told of its learners after a period, or at closing (`period_id` empty); never changed.

    `content` is JSON: what was recorded when it was made, whatever is corrected later.
    """

    __tablename__ = "unit_feedback"
    __table_args__ = (UniqueConstraint("class_id", "organisation_id", "period_id"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    organisation_id: int = ref("organisation.id")
    period_id: int | None = ref("report_period.id", optional=True)
    content: str | None = encrypted()
    made_at: datetime = instant()
    acknowledged_by: int | None = ref("person.id", optional=True, index=False)
    acknowledged_at: datetime | None = instant(optional=True)


KIND: Final = "feedback"
MOST_LISTED: Final = 60
# To be acknowledged, by no day: whoever heads the unit later finds it in the list.
POLICY: Final = Policy((Step(OPEN, AT_ONCE),), waits=False, follows=False)


# --- when


def waits_for(session: Session, period: ReportPeriod, unit_id: int, now: datetime) -> datetime | None:
    """Until when a unit's report may still come because it was given more time; None where it was not."""
    query = select(ConductReport).where(
        ConductReport.period_id == period.id, ConductReport.organisation_id == unit_id
    )
    report = session.exec(query).first()
    times = [at for at in (report.extended_to, report.reopened_until) if at] if report is not None else []
    return max((at for at in times if at > now), default=None)


# --- what


def make(
    session: Session,
    course: CourseClass,
    unit_id: int,
    period: ReportPeriod | None,
    zone: ZoneInfo,
    now: datetime,
) -> UnitFeedback | None:
    """Keep what is recorded now of a unit's learners. None where it was made before or nothing is recorded at all.

    The class is locked meanwhile: in the unique constraint two empty periods are two different ones.
    """
    lock(session, CourseClass, course.id)
    query = select(UnitFeedback.id).where(
        UnitFeedback.class_id == course.id, UnitFeedback.organisation_id == unit_id,
        col(UnitFeedback.period_id).is_not_distinct_from(period.id if period else None),
    )  # fmt: skip
    content = _content(session, course, unit_id, period, zone, now)
    if content is None or session.exec(query).first() is not None:
        return None
    row = UnitFeedback(
        class_id=course.id, organisation_id=unit_id, period_id=period.id if period else None,
        content=json.dumps(content, ensure_ascii=False), made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def content_shown(session: Session, row: UnitFeedback, centre_id: int) -> dict[str, Any]:
    """What was kept, without those who have withdrawn their consent since: they are told of in writing.

    - from, to (ISO dates), closing, rules (their version), on_paper (how many are told in writing), learners;
    - of a learner id, name, born, call (held, unrecorded and a number for each state of the roll-call), marks
      ([component, value or empty, corrected], published ones), conduct (from, to, reported, mentions); at closing
      composite and band, None while something is missing. `marks` is None for one who has left the unit.
    """
    content: dict[str, Any] = json.loads(row.content or "{}")
    allowed = processable(session, centre_id, [one["id"] for one in content["learners"]])
    left = [one for one in content["learners"] if one["id"] in allowed]
    content["on_paper"] += len(content["learners"]) - len(left)
    return {**content, "learners": left}


def _content(
    session: Session,
    course: CourseClass,
    unit_id: int,
    period: ReportPeriod | None,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, Any] | None:
    first, last = (period or course).from_date, (period or course).to_date
    enrolments = roster(session, course.id, first, last, unit_id=unit_id)
    people, on_paper = split_by_consent(session, course.centre_id, enrolments)
    facts = read_facts(session, course, [person.id for person in people], zone, now)
    results = {} if period else results_of(session, course, people, zone, now)
    day = min(day_of(now, zone), course.to_date)
    learners = []
    anything = False
    for person in people:
        own = [row for row in facts.enrolments[person.id] if row.organisation_id == unit_id]
        here = any(on_day(day, row.from_date, row.to_date) for row in own)
        learner = {
            "id": person.id, "name": person.name, "born": person.birth_date and person.birth_date.isoformat(),
            "call": _call(facts.roll_call(own, first, last)),
            "marks": _marks(facts, person.id) if here else None,
            "conduct": [_conduct(one) for one in facts.conduct(own) if period in (None, one.period)],
            **(_overall(results[person.id]) if here and not period else {}),
        }  # fmt: skip
        learners.append(learner)
        anything = anything or _is_recorded(learner, facts, first, zone)
    if not anything:
        return None
    return {
        "from": first.isoformat(), "to": last.isoformat(), "closing": period is None,
        "rules": rule_set_of(session, course).version, "on_paper": on_paper, "learners": learners,
    }  # fmt: skip


def _call(found: RollCall) -> dict[str, int]:
    return {
        "held": found.held,
        "unrecorded": found.unrecorded,
        **{state: found.sessions[state] for state in STATES},
    }


def _marks(facts: Facts, person_id: int) -> list[list[Any]]:
    known = facts.components(person_id, ())
    return [[one.name, str(one.value), one.corrected] for one in known if one.value is not None]


def _conduct(one: PeriodConduct) -> dict[str, Any]:
    return {
        "from": one.period.from_date.isoformat(),
        "to": one.period.to_date.isoformat(),
        "reported": one.reported,
        "mentions": [{"category": m.category, "times": m.times, "note": m.note} for m in one.mentions],
    }


def _overall(result: Result) -> dict[str, Any]:
    composite = result.composite
    return {"composite": None if composite is None else str(composite), "band": result.band}


def _is_recorded(learner: dict[str, Any], facts: Facts, first: date, zone: ZoneInfo) -> bool:
    """Whether anything is recorded of these days; marks published before them are no news."""
    call = learner["call"]
    if call["held"] > call["unrecorded"] or any(one["reported"] for one in learner["conduct"]):
        return True
    told = facts.marks.get(learner["id"], {}).values() if learner["marks"] else ()
    return any(mark.published_at is not None and day_of(mark.published_at, zone) >= first for mark in told)


# --- who may see it


Seen = tuple[UnitFeedback, CourseClass, Organisation]


def feedback_seen(session: Session, viewer: Viewer, feedback_id: int) -> Seen | None:
    """The feedback, for heads of its unit and staff of its centre."""
    return session.exec(_seen(viewer).where(UnitFeedback.id == feedback_id)).first()


def feedback_listed(session: Session, viewer: Viewer) -> Sequence[Seen]:
    """All the viewer may see, the newest first."""
    return session.exec(_seen(viewer).order_by(col(UnitFeedback.id).desc()).limit(MOST_LISTED)).all()


def feedback_to_unit(session: Session, viewer: Viewer) -> Sequence[Seen]:
    """What units the viewer heads were told, the newest first, whatever else he is."""
    query = _seen(viewer).where(col(UnitFeedback.organisation_id).in_(viewer.units))
    return session.exec(query.order_by(col(UnitFeedback.id).desc()).limit(MOST_LISTED)).all()


def _seen(viewer: Viewer) -> Select[UnitFeedback, CourseClass, Organisation]:
    query = select(UnitFeedback, CourseClass, Organisation).join(CourseClass).join(Organisation)
    query = query.where(CourseClass.centre_id == viewer.centre_id)
    return query if viewer.is_staff else query.where(col(UnitFeedback.organisation_id).in_(viewer.units))


def ask(
    session: Session, calendar: SendingCalendar, row: UnitFeedback, centre_id: int, now: datetime
) -> requests.Request:
    """The request to the unit's head to acknowledge it."""
    return requests.open_request(
        session, calendar, POLICY, Window(now), kind=KIND, subject_id=row.id, centre_id=centre_id,
        post=Role.UNIT_HEAD, organisation_id=row.organisation_id,
    )  # fmt: skip


def acknowledge(session: Session, feedback_id: int, person_id: int, now: datetime) -> None:
    """Once: whoever of the unit was first stays noted."""
    row = lock(session, UnitFeedback, feedback_id)
    if row is not None and row.acknowledged_at is None:
        row.acknowledged_by, row.acknowledged_at = person_id, now
        requests.settle_about(session, KIND, row.id, "", now)
