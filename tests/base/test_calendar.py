"""The sending calendar: nothing in quiet hours, nothing lost, Tết rests."""

import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.base import calendar
from storage.base.calendar import ZONE, SendingCalendar

CENTRE = SendingCalendar()

FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)

days = st.dates(date(2024, 1, 1), date(2099, 12, 31))
day_sets = st.frozensets(st.dates(date(2026, 11, 1), date(2027, 3, 31)), max_size=40)
moments = st.datetimes(datetime(2026, 10, 1), datetime(2027, 4, 30), timezones=st.just(UTC))
few = settings(max_examples=150, deadline=None)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """This hour of the centre, as it is kept: in UTC."""
    return datetime.combine(day, time(hour, minute, second), tzinfo=ZONE).astimezone(UTC)


def window_of(moment: datetime, centre: SendingCalendar = CENTRE) -> bool:
    clock = moment.astimezone(centre.zone).time()
    return any(start <= clock < end for start, end in centre.windows)


class TestHolidays:
    @pytest.mark.parametrize(
        "day",
        [
            date(2027, 1, 1),
            date(2027, 4, 16),  # Giỗ Tổ, 10/3 of the lunar year
            date(2027, 4, 30),
            date(2027, 5, 1),
            date(2027, 5, 3),  # given for 01/5 on a Saturday
            date(2027, 9, 2),
            date(2027, 9, 3),
            date(2026, 9, 1),  # in 2026 the second day stands before 02/9
        ],
    )
    def test_a_public_holiday_rests(self, day):
        assert CENTRE.is_holiday(day)
        assert not CENTRE.is_sending_day(day)

    @pytest.mark.parametrize(
        "day", [date(2027, 1, 4), date(2027, 3, 8), date(2027, 9, 1), date(2026, 11, 20)]
    )
    def test_an_ordinary_day_is_none_even_when_it_is_celebrated(self, day):
        assert not CENTRE.is_holiday(day)
        assert CENTRE.is_sending_day(day)

    def test_a_weekend_is_no_holiday_but_no_sending_day_either(self):
        assert not CENTRE.is_holiday(SATURDAY)
        assert not CENTRE.is_sending_day(SATURDAY)

    def test_the_day_of_culture_is_a_working_day_until_the_centre_says_otherwise(self):
        assert CENTRE.is_sending_day(date(2026, 11, 24))
        assert SendingCalendar(culture_day=True).is_holiday(date(2026, 11, 24))
        assert not SendingCalendar(culture_day=True).is_holiday(date(2025, 11, 24))

    def test_the_day_of_culture_on_a_saturday_gives_the_monday(self):
        assert SendingCalendar(culture_day=True).is_holiday(date(2029, 11, 24))
        assert SendingCalendar(culture_day=True).is_holiday(date(2029, 11, 26))
        assert not CENTRE.is_holiday(date(2029, 11, 26))
        assert not SendingCalendar(culture_day=True).is_holiday(date(2026, 11, 30))

    def test_the_centre_adds_its_own_rest_day(self):
        assert SendingCalendar(rest_days=frozenset({FRIDAY})).is_holiday(FRIDAY)

    def test_a_make_up_saturday_is_worked(self):
        assert SendingCalendar(work_days=frozenset({SATURDAY})).is_sending_day(SATURDAY)

    def test_the_centre_may_work_on_a_day_the_law_gives(self):
        swapped = date(2027, 5, 3)
        assert SendingCalendar(work_days=frozenset({swapped})).is_sending_day(swapped)

    def test_a_day_named_both_ways_rests(self):
        both = SendingCalendar(rest_days=frozenset({FRIDAY}), work_days=frozenset({FRIDAY}))
        assert both.is_holiday(FRIDAY)
        assert not both.is_sending_day(FRIDAY)

    def test_a_class_meeting_on_sunday_may_be_told_on_sunday(self):
        assert CENTRE.is_sending_day(SUNDAY, {SUNDAY})
        assert not CENTRE.is_sending_day(SUNDAY, {SATURDAY})

    @given(days)
    @few
    def test_the_fixed_holidays_rest_in_every_year(self, day):
        assert all(CENTRE.is_holiday(date(day.year, *md)) for md in ((1, 1), (4, 30), (5, 1), (9, 2)))


class TestTet:
    def test_tet_2027_rests_around_the_sixth_of_february(self):
        rest = [date(2027, 2, 4) + timedelta(days=i) for i in range(7)]
        assert all(CENTRE.is_tet(day) and not CENTRE.is_sending_day(day) for day in rest)

    def test_tet_2027_ends(self):
        assert not CENTRE.is_tet(date(2027, 2, 3))
        assert not CENTRE.is_tet(date(2027, 2, 11))
        assert CENTRE.is_sending_day(date(2027, 2, 11))

    def test_tet_2026_is_the_run_that_was_announced_weekends_included(self):
        tet = [day for i in range(90) if CENTRE.is_tet(day := date(2026, 1, 1) + timedelta(days=i))]
        assert (tet[0], tet[-1], len(tet)) == (date(2026, 2, 14), date(2026, 2, 22), 9)

    def test_a_day_more_given_by_the_centre_is_part_of_it(self):
        longer = SendingCalendar(rest_days=frozenset({date(2027, 2, 11), date(2027, 2, 12)}))
        assert longer.is_tet(date(2027, 2, 14))  # the weekend after it too
        assert not longer.is_tet(date(2027, 2, 15))

    @pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 4, 30), SATURDAY, date(2027, 2, 20)])
    def test_other_rest_days_are_not_tet(self, day):
        assert not CENTRE.is_tet(day)

    @given(days)
    @few
    def test_tet_always_rests(self, day):
        if CENTRE.is_tet(day):
            assert not CENTRE.is_sending_day(day)
            assert day.month < 3

    def test_where_the_lunar_calendar_ends_the_fixed_days_remain(self):
        assert CENTRE.is_holiday(date(2150, 4, 30))
        assert CENTRE.is_holiday(date(2150, 9, 3))
        assert not any(CENTRE.is_tet(date(2150, 1, 15) + timedelta(days=i)) for i in range(60))

    def test_the_lunar_library_is_only_loaded_when_a_day_is_asked(self, monkeypatch):
        for name in ("holidays", "holidays.countries.vietnam"):
            monkeypatch.setitem(sys.modules, name, None)  # any import of it fails from here on
        calendar._lunar.cache_clear()
        assert SendingCalendar().windows[0][0] == time(7, 30)
        with pytest.raises(ImportError):
            calendar._lunar(2031)


class TestNextSendingTime:
    @pytest.mark.parametrize(
        ("moment", "sent"),
        [
            (at(FRIDAY, 9), at(FRIDAY, 9)),
            (at(FRIDAY, 7, 30), at(FRIDAY, 7, 30)),
            (at(FRIDAY, 6), at(FRIDAY, 7, 30)),
            (at(FRIDAY, 11, 29, 59), at(FRIDAY, 11, 29, 59)),
            (at(FRIDAY, 11, 30), at(FRIDAY, 13, 30)),
            (at(FRIDAY, 12), at(FRIDAY, 13, 30)),
            (at(FRIDAY, 17), at(MONDAY, 7, 30)),
            (at(FRIDAY, 23, 59), at(MONDAY, 7, 30)),
            (at(SATURDAY, 0, 1), at(MONDAY, 7, 30)),
            (at(date(2027, 2, 3), 17, 5), at(date(2027, 2, 11), 7, 30)),  # over Tết
        ],
    )
    def test_what_is_not_urgent_waits(self, moment, sent):
        assert CENTRE.next_sending_time(moment) == sent

    def test_what_is_urgent_goes_at_once(self):
        midnight = at(SATURDAY, 0, 1)
        assert CENTRE.next_sending_time(midnight, urgent=True) == midnight

    def test_the_day_is_the_centres_not_utcs(self):
        late_on_thursday_in_utc = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
        assert CENTRE.next_sending_time(late_on_thursday_in_utc) == at(FRIDAY, 7, 30)

    def test_a_class_in_session_on_saturday_is_told_on_saturday_within_the_hours(self):
        assert CENTRE.next_sending_time(at(SATURDAY, 6), teaching_days=[SATURDAY]) == at(SATURDAY, 7, 30)
        assert CENTRE.next_sending_time(at(FRIDAY, 20), teaching_days=[SUNDAY]) == at(SUNDAY, 7, 30)

    def test_a_centre_elsewhere_keeps_its_own_hours(self):
        centre = SendingCalendar(windows=((time(8), time(9)),), zone=ZoneInfo("Asia/Tokyo"))
        assert centre.next_sending_time(at(FRIDAY, 3)) == at(FRIDAY, 6)

    def test_the_answer_is_in_utc(self):
        assert CENTRE.next_sending_time(datetime(2026, 11, 20, 9, tzinfo=ZONE)).tzinfo is UTC
        assert CENTRE.next_sending_time(datetime(2026, 11, 20, 9, tzinfo=ZONE), urgent=True).tzinfo is UTC

    @pytest.mark.parametrize("urgent", [True, False])
    def test_a_moment_without_a_zone_is_refused_with_a_sentence(self, urgent):
        with pytest.raises(ValueError, match="no time zone"):
            CENTRE.next_sending_time(datetime(2026, 11, 20, 9), urgent=urgent)

    @given(moments, day_sets, day_sets, day_sets)
    @few
    def test_never_in_quiet_hours_never_early_and_settled(self, moment, teaching, rest, work):
        centre = SendingCalendar(rest_days=rest, work_days=work)
        sent = centre.next_sending_time(moment, teaching_days=teaching)
        assert sent >= moment
        assert window_of(sent)
        assert centre.is_sending_day(sent.astimezone(ZONE).date(), teaching)
        assert centre.next_sending_time(sent, teaching_days=teaching) == sent

    @given(moments, st.integers(0, 60 * 24))
    @few
    def test_nothing_overtakes_what_came_before(self, moment, minutes):
        later = CENTRE.next_sending_time(moment + timedelta(minutes=minutes))
        assert CENTRE.next_sending_time(moment) <= later


class TestSessionReminder:
    def test_a_tuesday_session_is_recalled_on_monday_at_half_past_four(self):
        assert CENTRE.session_reminder(at(TUESDAY, 7, 30)) == at(MONDAY, 16, 30)

    def test_a_monday_session_is_recalled_on_friday(self):
        assert CENTRE.session_reminder(at(MONDAY, 7, 30)) == at(FRIDAY, 16, 30)

    def test_the_second_day_of_a_weekend_class_is_recalled_on_its_first(self):
        teaching = [SATURDAY, SUNDAY]
        assert CENTRE.session_reminder(at(SATURDAY, 7, 30), teaching) == at(FRIDAY, 16, 30)
        assert CENTRE.session_reminder(at(SUNDAY, 7, 30), teaching) == at(SATURDAY, 16, 30)

    def test_the_first_session_after_tet_is_recalled_before_tet(self):
        assert CENTRE.session_reminder(at(date(2027, 2, 11), 7, 30)) == at(date(2027, 2, 3), 16, 30)

    def test_an_evening_session_too_is_recalled_the_day_before(self):
        assert CENTRE.session_reminder(at(TUESDAY, 18)) == at(MONDAY, 16, 30)

    def test_a_start_without_a_zone_is_refused_with_a_sentence(self):
        with pytest.raises(ValueError, match="no time zone"):
            CENTRE.session_reminder(datetime(2026, 11, 24, 7, 30))

    @given(moments, day_sets)
    @few
    def test_always_on_an_earlier_sending_day_within_the_hours(self, start, teaching):
        reminder = CENTRE.session_reminder(start, teaching)
        assert reminder < start
        assert reminder.astimezone(ZONE).date() < start.astimezone(ZONE).date()
        assert CENTRE.next_sending_time(reminder, teaching_days=teaching) == reminder


class TestWorkingDays:
    def test_three_working_days_after_thursday_is_tuesday(self):
        assert CENTRE.add_working_days(date(2026, 11, 19), 3) == TUESDAY

    def test_backwards_it_jumps_the_weekend_too(self):
        assert CENTRE.add_working_days(MONDAY, -1) == FRIDAY

    def test_none_is_the_day_itself(self):
        assert CENTRE.add_working_days(SATURDAY, 0) == SATURDAY

    def test_tet_does_not_count(self):
        assert CENTRE.add_working_days(date(2027, 2, 3), 1) == date(2027, 2, 11)

    def test_a_make_up_saturday_counts(self):
        assert SendingCalendar(work_days=frozenset({SATURDAY})).add_working_days(FRIDAY, 1) == SATURDAY

    @given(days.filter(lambda day: not CENTRE.is_holiday(day) and day.weekday() < 5), st.integers(0, 30))
    @few
    def test_there_and_back_is_the_same_working_day(self, day, n):
        assert CENTRE.add_working_days(CENTRE.add_working_days(day, n), -n) == day


class TestDeadline:
    def test_a_working_day_ends_at_five(self):
        assert CENTRE.deadline(FRIDAY) == at(FRIDAY, 17)

    def test_a_weekend_moves_to_monday(self):
        assert CENTRE.deadline(SATURDAY) == at(MONDAY, 17)

    def test_over_tet_it_moves_behind_tet(self):
        assert CENTRE.deadline(date(2027, 2, 5)) == at(date(2027, 2, 11), 17)

    @given(days)
    @few
    def test_never_earlier_and_always_on_a_working_day(self, day):
        due = CENTRE.deadline(day).astimezone(ZONE)
        assert due.date() >= day
        assert CENTRE.is_sending_day(due.date())


class TestWindows:
    @pytest.mark.parametrize(
        ("windows", "said"),
        [
            ((), "at least one"),
            (((time(9), time(8)),), "in their order"),
            (((time(9), time(9)),), "in their order"),
            (((time(13), time(17)), (time(7), time(11))), "in their order"),
            (((time(7), time(12)), (time(11), time(17))), "in their order"),
        ],
    )
    def test_hours_that_never_come_are_refused_with_a_sentence(self, windows, said):
        with pytest.raises(ValueError, match=said):
            SendingCalendar(windows=windows)
