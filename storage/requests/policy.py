"""By which steps something is asked for: data, copied onto a request when it opens, so that a later rule changes none."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from storage.base.calendar import SendingCalendar

OPEN: Final = "open"  # the name of the step that asks for it the first time
# When a step comes: at the opening, at a share of the time to the deadline, on the morning of the last day, on that of
# so many working days before it, at the deadline, at the end of grace, or so many hours into the sending time after it.
AT_ONCE = "at_once"  # no timer: whoever opens it asks for it in the same transaction
OPENING, SHARE, LAST_MORNING, DAYS_BEFORE, DUE, GRACE = "opening", "share", "morning", "days", "due", "grace"
REMINDING: Final = frozenset({SHARE, LAST_MORNING, DAYS_BEFORE})
POST, DEPUTIES, DIRECTORS, NOBODY = "post", "deputies", "directors", "nobody"  # to whom
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """A step: its name, when it comes, to whom; `amount` is the share, the number of working days, or of hours."""

    name: str
    at: str
    to: str = POST
    amount: float = 0


@dataclass(frozen=True)
class Policy:
    """How something is asked for. `waits`: behind what the same person is asked for and is due no later. `follows`:
    whoever takes over is told of it although somebody before him was.
    """

    steps: tuple[Step, ...] = field(default_factory=tuple)
    waits: bool = True
    follows: bool = True
    snoozes: bool = False
    hands_over: bool = False
    extensions: tuple[int, ...] = ()  # working days

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        steps = tuple(Step(**one) for one in kept["steps"])
        return cls(**{**kept, "steps": steps, "extensions": tuple(kept["extensions"])})

    def step(self, name: str) -> Step | None:
        return next((one for one in self.steps if one.name == name), None)

    @property
    def asks_directors(self) -> str:
        """The name of the step at which it falls to the directors, empty where it does not."""
        return next((one.name for one in self.steps if one.to == DIRECTORS), "")


@dataclass(frozen=True)
class Window:
    """From when to when something is asked for, and until when what is late is waited for (business time)."""

    opens_at: datetime
    due_at: datetime | None = None
    grace_at: datetime | None = None


def moments(policy: Policy, calendar: SendingCalendar, window: Window) -> Iterator[tuple[Step, datetime]]:
    """The steps with their instants, in sending hours where somebody is reminded; one that would come too late to
    remind of the deadline is left out.
    """
    for step in policy.steps:
        moment = _moment(step, calendar, window)
        due = window.due_at or window.opens_at
        if moment is not None and (step.at not in REMINDING or window.opens_at < moment < due):
            yield step, moment


def _moment(step: Step, calendar: SendingCalendar, window: Window) -> datetime | None:
    if step.at == OPENING:
        return window.opens_at
    if window.due_at is None or step.at == AT_ONCE:
        return None
    if step.at == GRACE:
        return _hours_after(calendar, window.grace_at, step.amount)
    if step.at == DUE:
        return window.due_at
    if step.at == SHARE:
        return calendar.next_sending_time(share_of(calendar, window.opens_at, window.due_at, step.amount))
    day = window.due_at.astimezone(calendar.zone).date()
    if step.at == DAYS_BEFORE:
        day = calendar.add_working_days(day, -int(step.amount))
    return morning(calendar, day)


def _hours_after(calendar: SendingCalendar, moment: datetime | None, hours: float) -> datetime | None:
    if moment is None or not hours:
        return moment
    return calendar.next_sending_time(calendar.next_sending_time(moment) + timedelta(hours=hours))


def morning(calendar: SendingCalendar, day: date) -> datetime:
    """The first sending time of a day, or of the next one on which may be sent."""
    return calendar.next_sending_time(datetime.combine(day, time.min, calendar.zone))


def share_of(calendar: SendingCalendar, start: datetime, end: datetime, share: float) -> datetime:
    """The instant at this share of the time between; days of Tết are no part of it."""
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    days = [first + _DAY * n for n in range(1, (last - first).days)]
    tet = [day for day in days if calendar.is_tet(day)]
    moment = start + (end - start - _DAY * len(tet)) * share
    for day in tet:
        if datetime.combine(day, time.min, calendar.zone) <= moment:
            moment += _DAY
    return moment
