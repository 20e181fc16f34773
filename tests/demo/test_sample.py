"""The sample centre holds what it promises, at whatever moment it is made."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func
from sqlmodel import Session, select

from bot.demo import sample
from bot.demo.demo import beginning
from bot.demo.sample_courses import OPENING, RUNNING, layout, more
from bot.demo.sample_names import Crowd
from bot.demo.view import first_three, next_event, people
from handlers.engine.desk import Desk, Links
from storage.admin.tables import metadata
from storage.base.calendar import ZONE, SendingCalendar
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.base.text import phone
from storage.courses.courses import Attendance, CourseClass, CourseSession, Enrolment, Mark
from storage.joining import invites
from storage.messaging import timers
from storage.people.people import Grant, LegalBasis, Organisation, Person, Role, grants_of
from storage.reports.reports import KIND, ConductReport, ReportPeriod, enrolled_in, report_view
from storage.requests.requests import open_of_unit
from tests.houses.copying import written
from tests.houses.dialogue import Stage

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 in Vietnam
TODAY = date(2026, 11, 18)


@pytest.fixture
def filled(database):
    with database.transaction() as session:
        summary = written(session, ("sample", NOW), lambda session: sample.fill(session, NOW))
    with database.reading() as session:
        yield session, summary


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A database in which everything is taken back."""
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('sample')}/x.db", Keyring("s" * 40))
    metadata.create_all(opened.writer)

    @contextmanager
    def trying():
        with Session(opened.writer, expire_on_commit=False) as session:
            yield session
            session.rollback()

    yield trying
    opened.close()


def heads_with_open_reports(session, now):
    """Heads in office, and those of them whose unit is asked now for learners who agreed to it."""
    heads = session.exec(select(Grant).where(Grant.role == Role.UNIT_HEAD)).all()
    asked = set()
    for row in reports_asked(session, {head.organisation_id for head in heads}, now):
        period = session.get(ReportPeriod, session.get(ConductReport, row.subject_id).period_id)
        if enrolled_in(session, period, row.organisation_id):
            asked.add(row.organisation_id)
    return {head.organisation_id for head in heads}, asked


def reports_asked(session, units, now):
    """The reports these units are asked for and can still send in time."""
    rows = [row for unit in units for row in open_of_unit(session, unit, now)]
    return [row for row in rows if row.kind == KIND and not row.is_late(now)]


def test_there_are_three_classes_eight_units_and_the_learners(filled):
    session, summary = filled
    assert (summary.classes, summary.units, summary.learners, summary.open_reports) == (3, 8, 120, 8)
    assert summary.people == session.exec(select(func.count(Person.id))).one()
    running, closing, opening = (
        session.exec(select(CourseClass).where(CourseClass.code == code)).one()
        for code in ("SC-01", "DVM-01", "NTD-01")
    )
    assert running.from_date <= TODAY - timedelta(days=19) < TODAY < running.to_date
    assert closing.from_date < TODAY <= closing.to_date == date(2026, 11, 20)
    assert opening.from_date == date(2026, 11, 23)
    assert opening.lists_due < opening.from_date


def test_every_head_has_an_open_report_and_nobody_deputises(filled):
    session, _summary = filled
    units, asked = heads_with_open_reports(session, NOW)
    assert len(units) == 8
    assert units == asked
    assert not session.exec(select(Grant).where(Grant.deputy_of.is_not(None))).all()
    assert not session.exec(select(Grant).where(Grant.role == Role.LIAISON_OFFICER)).all()
    assert not session.exec(select(LegalBasis)).all()


def test_some_people_have_two_roles(filled):
    session, _summary = filled
    learners = set(session.exec(select(Enrolment.person_id)))
    roles = {
        one: {grant.role for grant in grants_of(session, one, TODAY)}
        for one in session.exec(select(Person.id))
    }
    assert any(one in learners and Role.UNIT_HEAD in held for one, held in roles.items())
    assert any({Role.LECTURER, Role.UNIT_HEAD} <= held for held in roles.values())
    assert Counter(role for held in roles.values() for role in held) == {
        "unit_head": 8, "lecturer": 2, "registrar": 1, "director": 1, "class_supervisor": 1,
    }  # fmt: skip


def test_there_are_namesakes_also_within_a_unit_told_apart_by_birth_date(filled):
    session, summary = filled
    people = session.exec(select(Person)).all()
    names = Counter(person.folded for person in people)
    assert summary.namesakes == sum(n for n in names.values() if n > 1) >= 6
    within = Counter((person.folded, person.organisation_id) for person in people if person.organisation_id)
    assert max(within.values()) > 1
    across = {}
    for person in people:
        across.setdefault(person.folded, set()).add(person.organisation_id)
    assert any(len(units) > 1 for units in across.values())
    assert len({(person.folded, person.birth_date) for person in people}) == len(people)


def test_phones_are_well_formed_different_and_in_a_range_nobody_has(filled):
    session, _summary = filled
    numbers = session.exec(select(Person.phone)).all()
    assert len(set(numbers)) == len(numbers)
    assert all(phone(number) == number and number.startswith("095") for number in numbers)


def test_what_is_over_has_a_roll_call_with_every_reason_and_marks_in_both_states(filled):
    session, _summary = filled
    states = set(session.exec(select(Attendance.state)))
    assert states == {"present", "late", "excused", "unexcused", "recalled"}
    starts = session.exec(
        select(CourseSession.ends_at).join(Attendance, Attendance.session_id == CourseSession.id).distinct()
    ).all()
    assert all(ends_at <= NOW for ends_at in starts)
    assert set(session.exec(select(Mark.state))) == {"draft", "published"}
    published = session.exec(select(Mark.published_at).where(Mark.state == "published")).all()
    assert all(at <= NOW for at in published)


def test_timers_wait_for_reports_and_reminders(filled):
    session, _summary = filled
    rows = session.execute(select(timers.timer.c.kind, timers.timer.c.args)).all()
    kinds = Counter(row.args.get("step", row.kind) for row in rows)
    assert kinds["close"] >= 8
    assert kinds["session_reminder"] > 10


def test_the_same_moment_gives_the_same_centre(scratch):
    told = []
    for _again in range(2):
        with scratch() as session:
            sample.fill(session, NOW, learners=30)
            told.append(session.exec(select(Person.name, Person.phone, Person.birth_date)).all())
    assert told[0] == told[1]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@settings(max_examples=12)
@given(MOMENTS)
@example(datetime(2026, 2, 17, 3, tzinfo=UTC))  # Tết
@example(datetime(2027, 2, 5, 23, tzinfo=UTC))
@example(datetime(2026, 12, 31, 16, 59, tzinfo=UTC))  # a minute before the new year in Vietnam
@example(datetime(2026, 12, 31, 17, 1, tzinfo=UTC))
@example(datetime(2026, 12, 1, 1, 30, tzinfo=UTC))  # a class that closes this week began last month
@example(datetime(2026, 11, 22, 5, tzinfo=UTC))  # a Sunday
@example(datetime(2026, 11, 23, 0, 29, tzinfo=UTC))  # a Monday, a minute before the centre opens
def test_at_any_moment_every_head_has_an_open_report_with_time_left(scratch, now):
    with scratch() as session:
        sample.fill(session, now, learners=40)
        units, asked = heads_with_open_reports(session, now)
        assert units == asked
        assert len(reports_asked(session, units, now)) == len(units)  # never a second one beside it
        for period in session.exec(select(ReportPeriod)):
            assert period.from_date <= period.to_date
            assert period.opens_at < period.due_at
        assert session.exec(select(Attendance.id).limit(1)).first()
        for course in session.exec(select(CourseClass)):
            assert course.from_date <= course.to_date
        opening = session.exec(select(CourseClass).where(CourseClass.code == "NTD-01")).one()
        assert opening.from_date > now.astimezone(ZONE).date()
        closing = session.exec(select(CourseClass).where(CourseClass.code == "DVM-01")).one()
        assert closing.to_date >= now.astimezone(ZONE).date()


# --- the demonstration's story


def starts_of_a_year() -> list[datetime]:
    """The mornings demonstrations begin on, on whichever day of this year somebody starts one."""
    evening = datetime(
        2026, 11, 25, 12, tzinfo=UTC
    )  # the next start begins a month: units had two reports then
    return sorted({beginning(evening + timedelta(days=n)) for n in range(366)})


def three_people(session, now):
    """The learner, the head and the registrar in the phones."""
    rows = invites.invitees(session, now.astimezone(ZONE).date())
    found = people(rows)
    return [found[one] for one in first_three(found, rows, OPENING.code, RUNNING.code)]


def test_on_every_day_of_a_year_the_three_people_of_the_demonstration_have_their_story(scratch):
    starts = starts_of_a_year()
    assert len(starts) > 40
    for now in starts:
        with scratch() as session:
            sample.fill(session, now)
            learner, head, registrar = three_people(session, now)
            assert registrar.invitee.roles == (Role.REGISTRAR,)
            the_head_has_a_list_worth_showing(session, head, now)
            the_learner_waits_for_an_opening(session, learner, now)
            the_reminder_of_the_opening_is_a_few_events_away(session, now)


def the_head_has_a_list_worth_showing(session, head, now):
    """One report, of about a dozen learners; of some the roll-call tells something, of most it does not."""
    [row] = reports_asked(session, [head.person.organisation_id], now)
    view = report_view(session, row.subject_id)
    period = view.period
    assert view.course.code == RUNNING.code
    assert 10 <= len(view.learners) <= 15, now
    assert 2 <= len(view.roll_call) <= len(view.learners) / 2, now
    assert period.due_at - now > timedelta(days=3)


def the_learner_waits_for_an_opening(session, learner, now):
    """Nothing this week; on Monday his only class opens."""
    today = now.astimezone(ZONE).date()
    assert learner.classes == (OPENING.code,)
    [course] = session.exec(select(CourseClass).where(CourseClass.code == OPENING.code))
    held = session.exec(select(CourseSession).where(CourseSession.class_id == course.id)).all()
    first = min(held, key=lambda one: one.starts_at)
    assert (first.kind, first.starts_at.astimezone(ZONE).date()) == ("opening", today + timedelta(days=6))


def the_reminder_of_the_opening_is_a_few_events_away(session, now):
    """On Friday afternoon: a spectator presses "next event" less than a dozen times."""
    friday = (now.astimezone(ZONE) + timedelta(days=3)).replace(hour=16, minute=30)
    events = 0
    while now < friday:
        now, events = next_event(session, now), events + 1
    assert now == friday
    assert events < 12
    due = timers.timer.c.kind == "session_reminder", timers.timer.c.due_at == friday
    assert session.execute(select(timers.timer.c.id).where(*due)).first()


@pytest.mark.parametrize("learners", [10, 11, 100, 150, 151, 700])
def test_it_scales(scratch, learners):
    counted = []
    with scratch() as session:
        summary = sample.fill(session, NOW, learners=learners, advance=counted.append)
        assert (
            len(set(session.exec(select(Enrolment.person_id))))
            == summary.learners
            == sum(counted)
            == learners
        )
        units, asked = heads_with_open_reports(session, NOW)
        assert len(units) == summary.units == summary.open_reports
        assert units == asked
        sizes = session.exec(select(func.count()).select_from(Enrolment).group_by(Enrolment.class_id)).all()
        assert max(sizes) <= 110
        assert len(set(session.exec(select(Organisation.folded)))) == summary.units
        reports = session.exec(select(func.count(ConductReport.id))).one()
        assert reports >= summary.open_reports


@settings(max_examples=8)
@given(MOMENTS, st.sampled_from([10, 40, 120, 400]))
def test_no_room_and_no_lecturer_is_booked_twice_at_one_time(scratch, now, learners):
    with scratch() as session:
        sample.fill(session, now, learners=learners)
        held = session.exec(select(CourseSession)).all()
        for booked in ([one.room for one in held], [one.lecturer_name for one in held]):
            for who in {*booked} - {""}:
                own = sorted(
                    (one.starts_at, one.ends_at)
                    for one, name in zip(held, booked, strict=True)
                    if name == who
                )
                assert all(before[1] <= after[0] for before, after in pairwise(own)), (who, now)


@pytest.mark.parametrize("learners", [9, 0, 20_001])
def test_it_refuses_other_numbers(scratch, learners):
    with scratch() as session, pytest.raises(ValueError, match="10 to 20000"):
        sample.fill(session, NOW, learners=learners)


def test_a_further_class_meets_on_working_days_only():
    calendar = SendingCalendar()
    slots = layout(calendar, more(2), date(2026, 2, 10))  # Tết lies within
    assert all(calendar.is_sending_day(slot.day) for slot in slots)
    assert (slots[0].kind, slots[-1].kind) == ("opening", "closing")


def test_names_are_as_in_life():
    from random import Random

    crowd = Crowd(Random(1), TODAY)
    faces = [crowd.face() for _one in range(500)]
    share = sum(face.name.startswith("Nguyễn ") for face in faces) / len(faces)
    assert 0.25 < share < 0.45
    assert all(20 <= (TODAY - face.birth_date).days / 365 <= 50 for face in faces)


def test_a_head_opens_his_report_and_a_learner_his_timetable(database, monkeypatch):
    monkeypatch.setattr("tests.houses.dialogue.fill", sample.fill)
    stage = Stage(database, start=NOW)
    with database.reading() as session:
        head = session.exec(select(Grant.person_id).where(Grant.role == Role.UNIT_HEAD)).first()
        learner = session.exec(select(Enrolment.person_id)).first()
    stage.player(head).says("/baocao").sees("Sơ cấp lý luận chính trị khóa I")
    stage.player(learner).says("/lich").sees("Lịch")
    with database.reading() as session:
        desk = Desk(session, NOW, Links("", database.keyring))
        assert desk.centre(1).options["personal_abroad"] is True
