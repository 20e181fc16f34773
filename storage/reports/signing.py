"""Who fills in a unit's report and in what capacity he signs: head, deputy (ký thay), authorised (được ủy quyền)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlmodel import Session, SQLModel, col, select

from storage.base.columns import instant, key, on_day, ref
from storage.courses.courses import CourseClass
from storage.messaging import timers
from storage.people.people import Grant, Organisation, Person, Role, Viewer, grants_of
from storage.reports.reports import ConductReport, ReportPeriod, ReportView, due_of, report_view


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


class Trip(SQLModel, table=True):
    """A head is away (“Tôi đi công tác đến …”), both days included: prompts go to his deputy. `ended_at`: back early."""

    __tablename__ = "trip"
    id: int = key()
    person_id: int = ref("person.id")
    from_date: date
    to_date: date
    said_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)


# --- who may do what with a report ---


def acting(session: Session, person: Person, report: ConductReport, day: date) -> Acting | None:
    """As what a person may open a report on `day` (the centre's date); None for whom it is no business of."""
    unit = report.organisation_id
    mine = grants_of(session, person.id, day)
    heading = [one for one in mine if one.organisation_id == unit and one.role == Role.UNIT_HEAD]
    if heading:
        return Acting.HEAD if any(one.deputy_of is None for one in heading) else Acting.DEPUTY
    if report.handed_to == person.id and unit in _units_among(mine, person):
        return Acting.AUTHORISED
    if report.handed_to is None and unit in _prepared_among(session, mine):
        return Acting.PREPARES
    is_registrar = any(one.role == Role.REGISTRAR for one in mine)
    return Acting.ENTERS if is_registrar and report.prepared_by == person.id else None


def _units_among(grants: Iterable[Grant], person: Person) -> set[int]:
    """The units a person with these grants belongs to."""
    found = {grant.organisation_id for grant in grants} | {person.organisation_id if grants else None}
    return {unit for unit in found if unit is not None}


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
    unit, handed_to = col(ConductReport.organisation_id), col(ConductReport.handed_to)
    return or_(
        unit.in_(viewer.units),
        and_(handed_to == person.id, unit.in_(_units_among(grants, person))),
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
    asked = {"person_id": person.id, "units": sorted(_units_among(grants, person)), "now": now}
    return session.execute(HANDED, asked).first() is not None


def _handed() -> Any:
    query = select(ConductReport.id).join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    ends = (ReportPeriod.due_at, ConductReport.extended_to, ConductReport.reopened_until)
    query = query.where(
        col(ConductReport.handed_to) == bindparam("person_id"),
        col(ConductReport.organisation_id).in_(bindparam("units", expanding=True)),
        or_(col(ConductReport.revision) == 0, *(col(end) >= bindparam("now") for end in ends)),
    )
    return query.limit(1)


HANDED = _handed()  # put together once: every turn of whoever holds a role asks it


def report_opened(session: Session, viewer: Viewer, report_id: int) -> ReportView | None:
    """The report, locked to be changed, for whoever may open it (`acting` says as what); None for anyone else."""
    report = session.get(ConductReport, report_id)
    person = session.get(Person, viewer.person_id)
    if report is None or person is None:
        return None
    role, hands = acting(session, person, report, viewer.day), (report.handed_to, report.prepared_by)
    view = report_view(session, report_id) if role is not None else None
    if view is not None and (view.report.handed_to, view.report.prepared_by) != hands:
        role = acting(
            session, person, view.report, viewer.day
        )  # it changed hands while we waited for the lock
    if view is None or role is None:
        return None
    view.acting = role
    return view


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


# --- handing over ---


def delegate(session: Session, report: ConductReport, day: date) -> Person | None:
    """Who fills the report in instead of the heads; None where nobody does, or he no longer belongs to the unit."""
    return delegates(session, [report], day).get(report.id)


def delegates(session: Session, reports: Iterable[ConductReport], day: date) -> dict[int, Person]:
    """As `delegate`, by report, for many at once."""
    handed = [report for report in reports if report.handed_to is not None]
    if not handed:
        return {}
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(col(Person.id).in_({report.handed_to for report in handed}))
    people: dict[int, tuple[Person, list[Grant]]] = {}
    for person, grant in session.exec(query.order_by(col(Grant.id))):
        if on_day(day, grant.from_date, grant.to_date):
            people.setdefault(person.id, (person, []))[1].append(grant)
    found = {report.id: people[report.handed_to] for report in handed if report.handed_to in people}
    units = {report.id: report.organisation_id for report in handed}
    return {
        report_id: person
        for report_id, (person, grants) in found.items()
        if units[report_id] in _units_among(grants, person)
    }


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
    report.handed_to, report.snoozed_until = to.id, None
    session.add(Handover(report_id=report.id, from_person=giver_id, to_person=to.id, at=now))
    session.flush()


def hand_back(session: Session, report: ConductReport, head_id: int | None, now: datetime) -> None:
    """The report is the heads' again: one of them took it back or gets it back; None: nobody did it."""
    if report.handed_to is not None and head_id is not None:
        session.add(Handover(report_id=report.id, from_person=report.handed_to, to_person=head_id, at=now))
    report.handed_to = None
    session.flush()


def giver(session: Session, report: ConductReport) -> int | None:
    """Who handed the report over last; None where nobody did."""
    query = select(Handover.from_person).where(
        Handover.report_id == report.id, Handover.to_person == report.handed_to
    )
    return session.exec(query.order_by(col(Handover.id).desc()).limit(1)).first()


# --- heads, deputies, trips ---


Heads = tuple[list[Person], list[Person]]


def heads_of(session: Session, centre_id: int, unit_id: int, day: date) -> Heads:
    """The unit's heads and their deputies on `day` (the centre's date), in the order they were appointed."""
    return heads_by_unit(session, centre_id, [unit_id], day)[unit_id]


def heads_by_unit(session: Session, centre_id: int, unit_ids: Iterable[int], day: date) -> dict[int, Heads]:
    """As `heads_of`, for many units at once."""
    found: dict[int, tuple[dict[int, Person], dict[int, Person]]] = {unit: ({}, {}) for unit in unit_ids}
    for person, grant in session.execute(HEADS, {"centre_id": centre_id, "units": list(found)}):
        if on_day(day, grant.from_date, grant.to_date) and grant.organisation_id is not None:
            found[grant.organisation_id][grant.deputy_of is not None].setdefault(person.id, person)
    return {
        unit: (list(heads.values()), [one for one in deputies.values() if one.id not in heads])
        for unit, (heads, deputies) in found.items()
    }


HEADS = (
    select(Person, Grant)
    .join(Grant, col(Grant.person_id) == col(Person.id))
    .where(
        col(Grant.role) == Role.UNIT_HEAD,
        col(Grant.centre_id) == bindparam("centre_id"),
        col(Grant.organisation_id).in_(bindparam("units", expanding=True)),
    )
    .order_by(col(Grant.id))
)


def travelling(session: Session, people: Iterable[Person], day: date) -> set[int]:
    """Those of these people who are away on `day` (the centre's date)."""
    return set(away_until(session, people, day))


def away_until(session: Session, people: Iterable[Person], day: date) -> dict[int, date]:
    """The last day away of those of these people who are away on `day` (the centre's date)."""
    query = select(col(Trip.person_id), col(Trip.to_date)).where(
        col(Trip.person_id).in_([person.id for person in people]),
        Trip.from_date <= day,
        Trip.to_date >= day,
        col(Trip.ended_at).is_(None),
    )
    return dict(session.exec(query.order_by(col(Trip.to_date))).all())


def askable(session: Session, report: ConductReport, centre_id: int, unit_id: int, day: date) -> list[Person]:
    """Whom prompts of a report go to now: whoever it was handed to; else the heads who are not away; else their
    deputies; when everybody is away, the heads.
    """
    instead = delegate(session, report, day)
    if instead is not None:
        return [instead]
    return present_heads(session, centre_id, unit_id, day)


def present_heads(session: Session, centre_id: int, unit_id: int, day: date) -> list[Person]:
    """The unit's heads who are not away on `day` (the centre's date); else their deputies, see `asked_of`."""
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    return asked_of((heads, deputies), travelling(session, [*heads, *deputies], day))


def asked_of(unit: Heads, away: Collection[int]) -> list[Person]:
    """The heads who are not away; else their deputies; when everybody is away, the heads."""
    heads, deputies = unit
    here = [person for person in heads if person.id not in away]
    return here or [person for person in deputies if person.id not in away] or heads


def capacity(session: Session, person_id: int, centre_id: int, unit_id: int, day: date) -> str:
    """In what capacity a person signs for a unit: head, deputy (ký thay), anyone else authorised (được ủy quyền)."""
    heads, deputies = heads_of(session, centre_id, unit_id, day)
    if any(person.id == person_id for person in heads):
        return Acting.HEAD
    return Acting.DEPUTY if any(person.id == person_id for person in deputies) else Acting.AUTHORISED


def say_trip(session: Session, person_id: int, first: date, last: date, now: datetime) -> Trip:
    """Note that somebody is away on these days; another trip that overlaps them is over, for this one takes its place."""
    for other in trips_from(session, person_id, first):
        if other.from_date <= last:
            other.ended_at = now
    trip = Trip(person_id=person_id, from_date=first, to_date=last, said_at=now)
    session.add(trip)
    session.flush()
    return trip


def trips_from(session: Session, person_id: int, day: date) -> Sequence[Trip]:
    """Somebody's trips that are not over by `day` (the centre's date), the earliest first."""
    query = select(Trip).where(Trip.person_id == person_id, Trip.to_date >= day, col(Trip.ended_at).is_(None))
    return session.exec(query.order_by(col(Trip.from_date), col(Trip.id))).all()


def note_grant(session: Session, grant: Grant, zone: ZoneInfo, now: datetime) -> None:
    """A role in a unit was given: the unit's open reports are looked at as soon as it begins, and once it is over."""
    unit = grant.organisation_id
    if unit is None:
        return
    begins = max(now, _morning(grant.from_date, zone) if grant.from_date is not None else now)
    look_later(session, unit, f"grant:{grant.id}", begins)
    if grant.to_date is not None:
        look_later(session, unit, f"grant:{grant.id}", _morning(grant.to_date + timedelta(days=1), zone))


def look_later(session: Session, unit_id: int, why: str, at: datetime) -> None:
    """Have the unit's open reports looked at then: from that instant on somebody else may have to be asked."""
    timers.plan(session, "unit_people", f"{unit_id}:{why}:{at.astimezone(UTC).isoformat()}", at, unit=unit_id)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def note_trip(session: Session, trip: Trip, units: Iterable[int], zone: ZoneInfo, now: datetime) -> None:
    """As note_grant, for a trip of somebody who heads these units."""
    for unit in units:
        look_later(session, unit, f"trip:{trip.id}", max(now, _morning(trip.from_date, zone)))
        look_later(session, unit, f"trip:{trip.id}", _morning(trip.to_date + timedelta(days=1), zone))


def unsent_reports(session: Session, unit_ids: Collection[int], now: datetime) -> Sequence[ConductReport]:
    """Opened reports of these units that were never sent, by deadline; the overdue ones after the others."""
    query = select(ConductReport, ReportPeriod)
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id)).where(
        col(ConductReport.organisation_id).in_(unit_ids),
        ConductReport.revision == 0,
        ReportPeriod.opens_at <= now,
    )
    rows = sorted(session.exec(query), key=lambda row: (due_of(*row) < now, due_of(*row), row[0].id))
    return [report for report, _period in rows]
