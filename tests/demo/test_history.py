"""What lies behind the demonstration was lived: it says so in every table, on whichever day somebody starts one."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func
from sqlmodel import select

from bot.demo import history
from bot.demo.demo import beginning
from bot.demo.history import Past
from storage.courses.notices import Delivery, Notice
from storage.feedback.feedback import UnitFeedback
from storage.gates.gates import GateVerdict
from storage.messaging import inbox, outbox, timers
from storage.people.people import Contact, Grant, Person, Role
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import ConductReport, ReportPeriod
from tests.houses.demo import opened

EVENINGS = [
    datetime(2027, 2, 10, 12, tzinfo=UTC),  # Tết lies within
    datetime(2027, 4, 28, 12, tzinfo=UTC),  # two holidays in a row
    datetime(2027, 9, 1, 12, tzinfo=UTC),
    datetime(2026, 12, 30, 12, tzinfo=UTC),  # over the end of a year
]


@pytest.fixture(scope="module")
def house():
    with opened() as house:
        yield house


@pytest.fixture
def session(house):
    with house.demo.app.database.reading() as session:
        yield session


def test_most_people_are_linked_and_who_is_in_a_phone_has_a_chat(house, session):
    linked = set(session.exec(select(Contact.person_id)))
    assert 0.8 < len(linked) / session.exec(select(func.count(Person.id))).one() < 1
    assert set(house.demo.phones) <= linked


def test_two_reports_are_over_one_late_one_reopened_and_the_third_is_under_way(house, session):
    periods = session.exec(select(ReportPeriod).where(ReportPeriod.opens_at <= house.now)).all()
    first, second, third = sorted(periods, key=lambda one: one.opens_at)
    sent = {
        period.id: session.exec(select(ConductReport).where(ConductReport.period_id == period.id)).all()
        for period in periods
    }
    assert all(report.revision for period in (first, second) for report in sent[period.id])
    assert sum(report.sent_at > first.due_at for report in sent[first.id]) == 1
    assert max(report.revision for report in sent[second.id]) == 2
    assert session.exec(select(ReopenRequest)).one().decided_at is not None
    states = Counter(report.state for report in sent[third.id] if not report.revision)
    assert 3 <= sum(1 for report in sent[third.id] if report.revision) < 8
    assert states["open"] >= 2
    assert sum(report.handed_to is not None for report in sent[third.id]) == 1


def test_results_went_back_remarks_were_signed_and_the_notice_was_acknowledged(session):
    told = session.exec(select(UnitFeedback)).all()
    assert 16 == len(told) > sum(one.acknowledged_at is not None for one in told) >= 8
    assert session.exec(select(GateVerdict)).all()
    notice = session.exec(select(Notice)).one()
    assert (notice.state, notice.number) == ("sent", None)  # the office gives a number; none is made up
    states = Counter(session.exec(select(Delivery.state)))
    assert states["acknowledged"] >= 10
    assert states["declined"] == 1


def test_there_are_deputies_and_a_liaison_officer(session):
    assert len(session.exec(select(Grant).where(Grant.deputy_of.is_not(None))).all()) == 3
    assert session.exec(select(Grant).where(Grant.role == Role.LIAISON_OFFICER)).one()


def test_nothing_failed_and_nothing_is_left_to_send(house, session):
    assert not session.execute(select(inbox.inbox.c.id).where(inbox.inbox.c.state != "done")).all()
    assert not session.execute(select(timers.timer.c.id).where(timers.timer.c.error != "")).all()
    assert set(session.execute(select(outbox.outbox.c.state)).scalars()) == {"sent"}
    assert house.demo.log == house.demo.log.__class__(maxlen=house.demo.log.maxlen)


@pytest.mark.slow
@pytest.mark.parametrize("evening", EVENINGS, ids=lambda evening: f"{evening:%d.%m}")
def test_it_is_lived_on_whichever_day_it_starts(house, database, evening):
    """Played anew, holidays and all: a press that finds no button, or a turn that fails, raises."""
    app, begin = house.demo.app, beginning(evening)
    with database.transaction() as session:
        past = history.fill(app, session, begin)
        assert isinstance(past, Past)
        assert set(past.phones) <= set(past.chats)
