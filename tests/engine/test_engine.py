"""The database keeps its promises under threads: nothing lost, each update once and in order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlmodel import select as choose

from bot.workers.intake import Intake
from handlers.engine.conversation import Conversation
from handlers.engine.desk import Links
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.base.columns import Instant
from storage.base.engine import Database, lock
from storage.base.keyring import Keyring
from storage.courses.courses import Mark
from storage.messaging import inbox, leases, timers
from storage.messaging.accounts import account_named
from storage.messaging.dialogues import dialogue, keep
from storage.people.people import Centre, Person
from tests.houses.dialogue import parse

pytestmark = pytest.mark.differs

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def test_eight_threads_updating_one_row_lose_nothing(database):
    """Read, add one, write: 8 × 50 times, none of them lost."""
    with database.transaction() as session:
        centre = Centre(name="Trung tâm")
        session.add(centre)
        session.flush()
        centre_id = centre.id

    def add_fifty(_: int) -> None:
        for _number in range(50):
            with database.transaction() as session:
                row = lock(session, Centre, centre_id)
                row.notice_number = row.notice_number + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_fifty, range(8)))

    with database.reading() as session:
        assert session.get(Centre, centre_id).notice_number == 400


def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        _half_done(session)

    with database.reading() as session:
        assert session.exec(choose(Centre)).all() == []


def _half_done(session) -> None:
    session.add(Centre(name="half"))
    session.flush()
    raise ZeroDivisionError


def counting_table() -> Table:
    """Each update adds its text to what the chat's dialogue has heard: any loss or disorder shows."""
    conversation = Conversation("counting")

    @conversation.on("stranger")
    def heard(turn, text):
        turn.state = {"heard": [*turn.state.get("heard", []), int(text)]}
        keep(turn.session, turn.dialogue_id, state=turn.state)
        turn.say(text)

    return Table([conversation])


@pytest.mark.parametrize("workers", [8])
def test_workers_run_each_update_once_and_in_order(database, workers):
    """Eight workers over twenty chats: every chat hears its fifteen updates once, in the order of storing."""
    chats, each = 20, 15
    with database.transaction() as session:
        account = account_named(session, "test")
        for number in range(each):
            arrivals = [
                inbox.Arrival(f"{chat}-{number}", f"chat{chat}", {"text": str(number)})
                for chat in range(chats)
            ]
            inbox.store(session, account.id, arrivals, NOW)
    intake = Intake(
        database, counting_table(), Clock(lambda: NOW), Links("", database.keyring), {account.id: parse}
    )
    ran: list[int] = []
    guard = threading.Lock()

    def work(_: int) -> None:
        idle = 0
        while idle < 3:
            row = intake.step()
            idle = idle + 1 if row is None else 0
            if row is not None:
                with guard:
                    ran.append(row.id)

    with ThreadPoolExecutor(1 if database.is_sqlite else workers) as pool:
        list(pool.map(work, range(workers)))

    with database.reading() as session:
        states = session.execute(select(dialogue.c.state)).scalars().all()
    assert sorted(ran) == sorted(set(ran))
    assert len(ran) == chats * each
    assert [state["heard"] for state in states] == [list(range(each))] * chats


def test_an_update_that_came_twice_is_one_row(database):
    with database.transaction() as session:
        account = account_named(session, "test")
        same = inbox.Arrival("7", "chat", {"text": "1"})
        assert inbox.store(session, account.id, [same, same], NOW) == 1
        assert inbox.store(session, account.id, [same], NOW) == 0


def test_a_lease_has_one_holder_and_its_epoch_only_grows(database):
    from datetime import timedelta

    second = timedelta(seconds=5)
    with database.transaction() as session:
        assert leases.take(session, "poller", "a", second) == 1
        assert leases.take(session, "poller", "b", second) is None
        assert leases.take(session, "poller", "a", second) == 1  # renewed
        leases.release(session, "poller", "a")
    with database.transaction() as session:
        assert leases.take(session, "poller", "b", second) == 2
        assert not leases.is_held(session, "poller", 1)
        assert leases.is_held(session, "poller", 2)


def test_a_role_nobody_held_goes_to_one_of_two_programs_that_start_at_once(database):
    from datetime import timedelta

    for role in map(str, range(20)):
        start = threading.Barrier(2)

        def take(holder, role=role, start=start):
            start.wait()
            with database.transaction() as session:
                return leases.take(session, role, holder, timedelta(seconds=60))

        with ThreadPoolExecutor(2) as pool:
            assert sorted(map(str, pool.map(take, ("a", "b")))) == ["1", "None"]


def test_a_timer_planned_twice_is_one_and_one_that_ran_stays_run(database):
    with database.transaction() as session:
        timers.plan(session, "remind", "s1", NOW, lesson=1)
        timers.plan(session, "remind", "s1", NOW, lesson=2)
        row = timers.claim(session, NOW, NOW)
        assert row.args == {"lesson": 2}
        timers.finish(session, row.id)
        timers.plan(session, "remind", "s1", NOW, lesson=3)
        assert timers.claim(session, NOW, NOW) is None


def test_secrets_are_unreadable_in_the_database_and_numbers_stay_exact(database):
    """Party status is sealed in the file; a mark of 8.1 is 8.10, not 8.0999."""
    with database.transaction() as session:
        centre = Centre(name="Trung tâm")
        session.add(centre)
        session.flush()
        person = Person(centre_id=centre.id, name="An", folded="an", sort_text="an", party_status="member")
        session.add(person)
        session.flush()
    with database.reading() as session:
        raw = bytes(session.execute(text("SELECT party_status FROM person")).scalar_one())
        assert b"member" not in raw
        assert session.get(Person, person.id).party_status == "member"
    kind = Mark.__table__.c.value.type
    for dialect in (database.writer.dialect,):
        bound = kind.process_bind_param(Decimal("8.1"), dialect)
        assert kind.process_result_value(bound, dialect) == Decimal("8.1")


def test_a_naive_time_is_refused(database):
    with pytest.raises(ValueError, match="no time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), database.writer.dialect)


def test_the_clock_moves_forward_and_is_remembered(database):
    from datetime import timedelta

    clock = Clock(lambda: NOW)
    with database.transaction() as session:
        clock.move_to(session, NOW + timedelta(days=3))
        clock.move_to(session, NOW)  # never back
    again = Clock(lambda: NOW)
    with database.reading() as session:
        again.load(session)

    assert again.now() == NOW + timedelta(days=3)
    assert again.real() == NOW


def test_another_key_does_not_open_the_columns(database):
    """A copied database without its key file gives nothing away."""
    from cryptography.fernet import InvalidToken

    with database.transaction() as session:
        centre = Centre(name="Trung tâm")
        session.add(centre)
        session.flush()
        session.add(
            Person(centre_id=centre.id, name="An", folded="an", sort_text="an", party_status="member")
        )
    thief = Database(
        str(database.url.render_as_string(hide_password=False)),
        Keyring("another key of forty letters, more or less"),
    )
    with pytest.raises(InvalidToken), thief.reading() as session:
        session.exec(choose(Person)).one()
    thief.close()
