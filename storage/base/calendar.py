"""When the centre may be heard: working hours, rest days, Vietnamese holidays, a class's teaching days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from storage.base.light import bring_vietnam

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_REMINDER_AT: Final = time(16, 30)
_DEADLINE_AT: Final = time(17, 0)
_FIXED: Final = ((1, 1), (4, 30), (5, 1), (9, 2))
_CULTURE: Final = (11, 24)
_CULTURE_SINCE: Final = 2026


@lru_cache(maxsize=16)
def _lunar(year: int) -> dict[date, str]:
    """The year's holidays with their Vietnamese names; empty where the lunar calendar is not known."""
    return dict(bring_vietnam()(years=year, language="vi"))


@lru_cache(maxsize=16)
def _statutory(year: int) -> frozenset[date]:
    """The year's public holidays and the days given for those on a weekend, without 24/11."""
    found = {day for day, name in _lunar(year).items() if "Ngày Văn hóa" not in name}
    if not found:
        found.add(date(year, 9, 3))  # the second day of 02/9; the library chooses it year by year
    return frozenset(found | {date(year, month, day) for month, day in _FIXED})


def _is_culture_day(day: date) -> bool:
    """24/11, or the Monday after it when it is on a weekend."""
    culture = date(day.year, *_CULTURE)
    monday = culture + _DAY * (7 - culture.weekday())
    return day.year >= _CULTURE_SINCE and day in {culture, monday if _is_weekend(culture) else culture}


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("This moment has no time zone; give an aware datetime, in UTC.")
    return moment


@dataclass(frozen=True)
class SendingCalendar:
    """A centre's hours and days. Dates are of its zone; moments go in aware and come out in UTC.

    `rest_days` are its own holidays, `work_days` its make-up working days; on a day in both it rests.
    `culture_day` makes 24/11 a holiday. The end of a window is no longer within it.
    """

    windows: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
    zone: ZoneInfo = ZONE
    rest_days: frozenset[date] = frozenset()
    work_days: frozenset[date] = frozenset()
    culture_day: bool = False

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError("Give at least one sending window, for example 7:30 to 11:30.")
        edges = [edge for window in self.windows for edge in window]
        if any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("Give the sending windows in their order, each ending after it begins.")

    def is_holiday(self, day: date) -> bool:
        """Whether the centre rests on this day whatever the weekday."""
        if day in self.rest_days:
            return True
        if day in self.work_days:
            return False
        return day in _statutory(day.year) or (self.culture_day and _is_culture_day(day))

    def is_tet(self, day: date) -> bool:
        """Whether this day is in the unbroken run of rest days around the lunar new year."""
        new_year = {known for known, name in _lunar(day.year).items() if "Nguyên Đán" in name}
        return any(self._rests_through(day, known) for known in new_year)

    def is_sending_day(self, day: date, teaching_days: Collection[date] = ()) -> bool:
        """A working day, or a day on which the class itself meets."""
        return day in teaching_days or self._is_working_day(day)

    def next_sending_time(
        self, moment: datetime, *, urgent: bool = False, teaching_days: Collection[date] = ()
    ) -> datetime:
        """The first moment from `moment` on at which may be sent; `moment` itself when urgent."""
        if urgent:
            return _aware(moment).astimezone(UTC)
        local = _aware(moment).astimezone(self.zone)
        if self.is_sending_day(local.date(), teaching_days):
            for start, end in self.windows:
                if local.time() < start:
                    return self._at(local.date(), start)
                if local.time() < end:
                    return moment.astimezone(UTC)
        day = local.date() + _DAY
        while not self.is_sending_day(day, teaching_days):
            day += _DAY
        return self._at(day, self.windows[0][0])

    def session_reminder(self, start: datetime, teaching_days: Collection[date] = ()) -> datetime:
        """16 giờ 30 on the last sending day before the day of a session beginning at `start`."""
        day = _aware(start).astimezone(self.zone).date() - _DAY
        while not self.is_sending_day(day, teaching_days):
            day -= _DAY
        return self._at(day, _REMINDER_AT)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative); `day` itself when n is 0."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self._is_working_day(day):
                day += step
        return day

    def deadline(self, day: date) -> datetime:
        """17 giờ of this day, or of the next working day when the centre rests on it."""
        while not self._is_working_day(day):
            day += _DAY
        return self._at(day, _DEADLINE_AT)

    def deadline_after(self, moment: datetime, days: int) -> datetime:
        """The deadline so many working days after a moment's day."""
        return self.deadline(self.add_working_days(moment.astimezone(self.zone).date(), days))

    def _is_working_day(self, day: date) -> bool:
        return not self.is_holiday(day) and (day in self.work_days or not _is_weekend(day))

    def _rests_through(self, day: date, other: date) -> bool:
        first, last = min(day, other), max(day, other)
        return not any(self._is_working_day(first + _DAY * i) for i in range((last - first).days + 1))

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)
