"""When somebody else may have to be asked: a role in a unit begins or ends, a head leaves or comes back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage.messaging import timers
from storage.people.offices import Trip
from storage.people.people import Grant

UNIT_PEOPLE: Final = timers.Kind("unit_people", unit=int)


def note_grant(session: Session, grant: Grant, zone: ZoneInfo, now: datetime) -> None:
    """A role in a unit was given: the unit's open reports are looked at as soon as it begins, and once it is over."""
    unit = grant.organisation_id
    if unit is None:
        return
    begins = max(now, _morning(grant.from_date, zone) if grant.from_date is not None else now)
    look_later(session, unit, f"grant:{grant.id}", begins)
    if grant.to_date is not None:
        look_later(session, unit, f"grant:{grant.id}", _morning(grant.to_date + timedelta(days=1), zone))


def note_trip(session: Session, trip: Trip, units: Iterable[int], zone: ZoneInfo, now: datetime) -> None:
    """As note_grant, for a trip of somebody who heads these units."""
    for unit in units:
        look_later(session, unit, f"trip:{trip.id}", max(now, _morning(trip.from_date, zone)))
        look_later(session, unit, f"trip:{trip.id}", _morning(trip.to_date + timedelta(days=1), zone))


def look_later(session: Session, unit_id: int, why: str, at: datetime) -> None:
    """Have the unit's open reports looked at then: from that instant on somebody else may have to be asked."""
    UNIT_PEOPLE.plan(session, f"{unit_id}:{why}:{at.astimezone(UTC).isoformat()}", at, unit=unit_id)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
