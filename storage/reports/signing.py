"""Who fills in a unit's report and in what capacity he signs: head, deputy (ký thay), authorised (được ủy quyền)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlmodel import Session, SQLModel, col, select

from storage.base.columns import instant, key, on_day, ref
from storage.courses.courses import CourseClass
from storage.people.offices import heads_of, units_among
from storage.people.people import Grant, Organisation, Person, Role, Viewer, grants_of
from storage.reports.ladder import request_of
from storage.reports.reports import ConductReport, ReportPeriod, ReportView, due_of, report_view
from storage.requests import posts


class Acting(StrEnum):
    """As what somebody has a report open. The first three may send it, and sign so."""

    HEAD = "head"
    DEPUTY = "deputy"  # ký thay
    AUTHORISED = "authorised"  # được ủy quyền: it was handed to him
    PREPARES = "prepares"  # a liaison officer: fills it in, the head sends
    ENTERS = "enters"  # the registrar writes down what came by phone or on paper


HEADING = frozenset({Acting.HEAD, Acting.DEPUTY})
SIGNING = HEADING | {Acting.AUTHORISED}


class Handover(SQLModel, table=True):
    """A report handed to somebody else of the unit, or back to a head; append-only, the last one counts."""

    __tablename__ = "handover"
    id: int = key()
    report_id: int = ref("conduct_report.id")
    from_person: int = ref("person.id")
    to_person: int = ref("person.id", index=False)
    at: datetime = instant()


# --- who may do what with a report ---


def acting(session: Session, person: Person, report: ConductReport, day: date) -> Acting | None:
    """As what a person may open a report on `day` (the centre's date); None for whom it is no business of."""
    unit = report.organisation_id
    mine = grants_of(session, person.id, day)
    heading = [one for one in mine if one.organisation_id == unit and one.role == Role.UNIT_HEAD]
    if heading:
        return Acting.HEAD if any(one.deputy_of is None for one in heading) else Acting.DEPUTY
    if report.handed_to == person.id and unit in units_among(mine, person):
        return Acting.AUTHORISED
    if report.handed_to is None and unit in _prepared_among(session, mine):
        return Acting.PREPARES
    is_registrar = any(one.role == Role.REGISTRAR for one in mine)
    return Acting.ENTERS if is_registrar and report.prepared_by == person.id else None


def _prepared_among(session: Session, grants: Iterable[Grant]) -> set[int]:
    """The units whose liaison officer one is by these grants, and whose head wants reports prepared."""
    units = {one.organisation_id for one in grants if one.role == Role.LIAISON_OFFICER}
    if not units:
        return set()
    found = session.exec(select(Organisation).where(col(Organisation.id).in_(units)))
    return {unit.id for unit in found if unit.options.get("liaison_prepares")}


def _mine(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """The reports a viewer fills in: his units', those handed to him, those he prepares."""
    person = session.get(Person, viewer.person_id)
    assert person is not None, "whoever looks is stored"
    grants = grants_of(session, person.id, viewer.day)
    unit, handed_to = col(ConductReport.organisation_id), ConductReport.handed_to
    return or_(
        unit.in_(viewer.units),
        and_(handed_to == person.id, unit.in_(units_among(grants, person))),
        and_(handed_to.is_(None), unit.in_(_prepared_among(session, grants))),
    )


def is_delegate(session: Session, person: Person, grants: Sequence[Grant], now: datetime) -> bool:
    """Whether somebody has reports to fill in without heading a unit: a report that is still to be sent, or can be
    corrected, was handed to him, or he prepares his unit's.
    """
    if not grants:
        return False
    if _prepared_among(session, grants):
        return True
    asked = {"person_id": person.id, "units": sorted(units_among(grants, person)), "now": now}
    return session.execute(HANDED, asked).first() is not None


def _handed() -> Any:
    query = select(ConductReport.id).join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    ends = (col(ReportPeriod.due_at), ConductReport.extended_to, col(ConductReport.reopened_until))
    query = query.where(
        ConductReport.handed_to == bindparam("person_id"),
        col(ConductReport.organisation_id).in_(bindparam("units", expanding=True)),
        or_(col(ConductReport.revision) == 0, *(end >= bindparam("now") for end in ends)),
    )
    return query.limit(1)


HANDED = _handed()  # put together once: every turn of whoever holds a role asks it


def report_opened(session: Session, viewer: Viewer, report_id: int) -> ReportView | None:
    """The report, locked to be changed, for whoever may open it (`acting` says as what); None for anyone else."""
    view, person = report_view(session, report_id), session.get(Person, viewer.person_id)
    if view is None or person is None:
        return None
    view.acting = acting(session, person, view.report, viewer.day) or ""
    return view if view.acting else None


def reports_opened(
    session: Session, viewer: Viewer, now: datetime
) -> list[tuple[ConductReport, ReportPeriod, CourseClass]]:
    """Opened reports the viewer fills in: unsent ones first, the earliest deadline first.

    After those whose deadline is to come stand the overdue, those in other hands, then the sent, the newest first.
    """
    query = select(ConductReport, ReportPeriod, CourseClass)
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    query = query.where(_mine(session, viewer), col(ReportPeriod.opens_at) <= now)
    rows = sorted(session.exec(query), key=lambda row: (due_of(row[0], row[1]), row[0].id))
    sent = [row for row in reversed(rows) if row[0].revision]
    unsent = [row for row in rows if not row[0].revision]
    elsewhere = [row for row in unsent if row[0].handed_to not in {None, viewer.person_id}]
    here = [row for row in unsent if row not in elsewhere]
    fresh = [row for row in here if due_of(row[0], row[1]) >= now]
    return [*fresh, *(row for row in here if row not in fresh), *elsewhere, *sent]


def has_left(session: Session, person_id: int, report: ConductReport, day: date) -> str:
    """Why somebody who may not open a report could do so before: he `headed` its unit, or it was `handed` to him."""
    headed = select(Grant).where(
        Grant.person_id == person_id,
        Grant.role == Role.UNIT_HEAD,
        Grant.organisation_id == report.organisation_id,
    )
    if any(one.to_date is not None and one.to_date < day for one in session.exec(headed)):
        return "headed"
    handed = select(Handover.id).where(Handover.report_id == report.id, Handover.to_person == person_id)
    return "handed" if session.exec(handed.limit(1)).first() is not None else ""


def capacity(session: Session, person_id: int, centre_id: int, unit_id: int, day: date) -> str:
    """In what capacity a person signs for a unit: head, deputy (ký thay), anyone else authorised (được ủy quyền)."""
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    if any(person.id == person_id for person in heads):
        return Acting.HEAD
    return Acting.DEPUTY if any(person.id == person_id for person in deputies) else Acting.AUTHORISED


# --- handing over ---


def candidates(session: Session, unit_id: int, giver_id: int, day: date) -> list[Person]:
    """Whom a unit's report can be handed to: its deputies, liaison officers and whoever else of the unit holds a
    role, without the giver; whoever got one last comes first.
    """
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(or_(col(Grant.organisation_id) == unit_id, col(Person.organisation_id) == unit_id))
    ranks: dict[int, tuple[int, Person]] = {}
    for person, grant in session.exec(query.order_by(Person.sort_text, col(Person.id), col(Grant.id))):
        if on_day(day, grant.from_date, grant.to_date) and person.id != giver_id:
            rank = min(_rank(grant, unit_id), ranks.get(person.id, (9, person))[0])
            ranks[person.id] = rank, person
    last = _last_handed(session, unit_id)
    found = sorted(ranks.values(), key=lambda row: row[0])
    return sorted((person for _rank, person in found), key=lambda one: -last.get(one.id, 0))


def _rank(grant: Grant, unit_id: int) -> int:
    """Deputies before liaison officers before the rest."""
    if grant.organisation_id != unit_id:
        return 2
    if grant.role == Role.UNIT_HEAD:
        return 0 if grant.deputy_of is not None else 2
    return 1 if grant.role == Role.LIAISON_OFFICER else 2


def _last_handed(session: Session, unit_id: int) -> dict[int, int]:
    """When reports of a unit were handed to whom, as a number that grows."""
    query = select(Handover).join(ConductReport, col(ConductReport.id) == col(Handover.report_id))
    query = query.where(ConductReport.organisation_id == unit_id).order_by(col(Handover.id))
    return {row.to_person: row.id for row in session.exec(query)}


def hand_over(session: Session, report: ConductReport, giver_id: int, to: Person, now: datetime) -> None:
    """From now on `to` fills the report in; what was tapped so far stays."""
    session.add(Handover(report_id=report.id, from_person=giver_id, to_person=to.id, at=now))
    posts.hand_over(session, request_of(report), to.id)


def hand_back(session: Session, report: ConductReport, head_id: int, now: datetime) -> None:
    """The report is the heads' again: one of them took it back or gets it back."""
    session.add(Handover(report_id=report.id, from_person=report.handed_to, to_person=head_id, at=now))
    posts.hand_over(session, request_of(report), None)


def giver(session: Session, report: ConductReport) -> int | None:
    """Who handed the report over last; None where nobody did."""
    query = select(Handover.from_person).where(
        Handover.report_id == report.id, Handover.to_person == report.handed_to
    )
    return session.exec(query.order_by(col(Handover.id).desc()).limit(1)).first()
