"""What is over is let go after so many days (CAUNOI_KEEP_DAYS), and nothing that is still asked about."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlmodel import select as choose

from bot.threads import Threads
from bot.workers.sweep import Sweep
from handlers.engine.messages import Message
from handlers.reports.rhythm import rhythm
from handlers.timetable import reminders
from storage.base.engine import BATCH
from storage.courses.notices import Delivery, Notice
from storage.messaging import inbox, outbox, timers, transcript
from storage.messaging.inbox import Arrival
from storage.people import audit
from storage.people.audit import Audit
from storage.people.people import Centre

KEPT = 90
OLD, YOUNG = timedelta(days=KEPT + 1), timedelta(days=KEPT - 1)


class Keeper:
    """A stage whose past is written by hand, and the sweep of each hour."""

    def __init__(self, stage) -> None:
        self.stage, self.account = stage, stage.account.id

    def sweeps(self, keep_days: int = KEPT) -> None:
        threads = Threads(self.stage.database)
        asyncio.run(Sweep(threads, self.stage.clock, self.stage.table, keep_days).run())
        threads.close()

    def update(self, name: str, age: timedelta, state: str = "done") -> None:
        with self.stage.database.transaction() as session:
            inbox.store(session, self.account, [Arrival(name, "a", {"text": "x"})], self.stage.time - age)
            [row] = inbox.named(session, self.account, [name])
            session.execute(inbox.inbox.update().where(inbox.inbox.c.id == row.id).values(state=state))

    def message(self, name: str, age: timedelta, **values) -> int:
        """One that was due then; sent at once unless told otherwise."""
        at = self.stage.time - age
        own = {"due_at": at, "state": "sent", "sent_at": at, "external_id": name, **values}
        with self.stage.database.transaction() as session:
            return outbox.put(
                session, account_id=self.account, chat="a", message=Message(name).wire(), made_at=at, **own
            )

    def line(self, chat: str, age: timedelta) -> int:
        with self.stage.database.transaction() as session:
            said_at = self.stage.time - age
            return transcript.append(session, self.account, chat, mine=True, said_at=said_at, message={})

    def timer(self, kind: str, key: str, age: timedelta, state: str) -> None:
        with self.stage.database.transaction() as session:
            timers.plan(session, kind, key, self.stage.time - age)
            where = (timers.timer.c.kind == kind) & (timers.timer.c.key == key)
            session.execute(timers.timer.update().where(where).values(state=state))

    def left(self, column) -> list:
        with self.stage.database.reading() as session:
            return list(session.execute(select(column).order_by(column.table.c.id)).scalars())


@pytest.fixture
def keeper(stage):
    return Keeper(stage)


def test_updates_done_go_and_what_is_open_or_set_aside_stays(keeper):
    for state in ("done", "waiting", "fetching", "set_aside"):
        keeper.update(f"old {state}", OLD, state)
    keeper.update("young done", YOUNG)
    keeper.sweeps()

    assert keeper.left(inbox.inbox.c.external_id) == [
        "old waiting", "old fetching", "old set_aside", "young done",
    ]  # fmt: skip


def test_messages_go_once_they_are_settled_for_so_long(keeper):
    keeper.message("old", OLD)
    keeper.message("old and failed", OLD, state="failed", sent_at=None)
    keeper.message("young", YOUNG)
    keeper.message("still due", OLD, state="due", sent_at=None)
    keeper.message("held for long, sent today", OLD, sent_at=keeper.stage.time)
    keeper.sweeps()

    assert keeper.left(outbox.outbox.c.external_id) == ["young", "still due", "held for long, sent today"]


def test_what_a_key_remembers_stays_and_a_reminder_of_a_session_goes(keeper):
    """A board reads what somebody was told from the keys of reports; of a session long over nobody asks."""
    kept = ["report:1:ask:2", "feedback:1:2", "ticket:1:answer:2", "remindery:1"]
    for key in [*kept, "reminder:7:12@202611160730", "progress:3:1"]:
        keeper.message(key, OLD, key=key)
    keeper.sweeps()

    assert keeper.left(outbox.outbox.c.key) == kept


def test_the_proof_of_a_notice_stays(keeper):
    cast, now = keeper.stage.cast, keeper.stage.time
    with keeper.stage.database.transaction() as session:
        notice = Notice(class_id=cast.running, kind="free", state="sent", created_at=now, fields={})
        session.add(notice)
        session.flush()
        delivery = Delivery(notice_id=notice.id, person_id=cast.head, state="sent", changed_at=now)
        session.add(delivery)
        session.flush()
        number = delivery.id
    keeper.message("the notice", OLD, delivery_id=number)
    keeper.message("a reply", OLD)
    keeper.sweeps()

    assert keeper.left(outbox.outbox.c.external_id) == ["the notice"]


def test_a_card_stays_as_long_as_what_takes_its_place(keeper):
    """And a message that went another way as long as the one that went on for it."""
    card = keeper.message("card", OLD)
    keeper.message("the card brought up to date", YOUNG, edits_row=card, key="progress:1:9")
    lost = keeper.message("tried in vain", OLD, state="passed_on", sent_at=None)
    keeper.message("went on for it", OLD, state="due", sent_at=None, passed_from=lost)
    keeper.sweeps()
    assert len(keeper.left(outbox.outbox.c.id)) == 4

    keeper.stage.time += timedelta(days=3)
    keeper.sweeps()
    keeper.sweeps()
    assert keeper.left(outbox.outbox.c.external_id) == ["tried in vain", "went on for it"]


def test_timers_go_by_kinds_that_pass(keeper):
    """One of a report stays: a rhythm that is planned anew would run it a second time."""
    keeper.timer("session_reminder", "1:2026-01-01", OLD, "done")
    keeper.timer("session_reminder", "1:2026-01-02", OLD, "set_aside")
    keeper.timer("session_reminder", "1:2026-01-03", YOUNG, "done")
    keeper.timer("conduct_open", "1", OLD, "done")
    keeper.sweeps()

    assert keeper.left(timers.timer.c.key) == ["1:2026-01-02", "1:2026-01-03", "1"]


def test_the_web_chat_goes_on_counting_from_the_last_line(keeper):
    """The last line of a chat stays, however old: an open page asks for what comes after its number."""
    assert [keeper.line("quiet", OLD) for _ in range(3)] == [1, 2, 3]
    keeper.line("busy", OLD)
    keeper.line("busy", YOUNG)
    keeper.sweeps()

    assert keeper.left(transcript.transcript.c.number) == [3, 2]
    assert keeper.line("quiet", timedelta()) == 4


def test_the_log_stays(keeper):
    with keeper.stage.database.transaction() as session:
        audit.note(session, keeper.stage.time - 20 * OLD, "results_seen", about_id=keeper.stage.cast.head)
    keeper.sweeps()

    with keeper.stage.database.reading() as session:
        assert "results_seen" in session.exec(choose(Audit.action)).all()


def test_nothing_goes_where_everything_is_kept(keeper):
    keeper.update("old", 20 * OLD)
    keeper.message("old", 20 * OLD)
    keeper.sweeps(keep_days=0)

    assert (keeper.left(inbox.inbox.c.external_id), keeper.left(outbox.outbox.c.external_id)) == (
        ["old"],
        ["old"],
    )


@pytest.mark.differs
def test_more_than_a_batch_goes_in_one_sweep(keeper):
    keeper.line("a", OLD)
    rows = [
        {"account_id": keeper.account, "chat": "a", "number": 2 + n, "mine": True, "message": {}}
        | {"said_at": keeper.stage.time - OLD, "file_name": ""}
        for n in range(2 * BATCH)
    ]
    with keeper.stage.database.transaction() as session:
        session.execute(insert(transcript.transcript), rows)
    keeper.sweeps()

    assert keeper.left(transcript.transcript.c.number) == [2 * BATCH + 1]


def test_a_class_planned_anew_long_after_says_nothing_twice(keeper):
    """What has run and was let go does not run again: requests keep their rows, reminders find nothing to come."""
    stage = keeper.stage
    stage.head.says("/menu")
    stage.learner.says("/menu")
    _plan(stage)
    stage.passes(days=40)
    stage.arrives()
    stage.passes(days=200)
    stage.arrives()
    assert any(key.startswith("reminder:") for key in keeper.left(outbox.outbox.c.key) if key)
    keeper.sweeps(keep_days=30)
    kept = keeper.left(outbox.outbox.c.id)
    _plan(stage)
    stage.ticks()

    assert keeper.left(outbox.outbox.c.id) == kept
    assert not any(key.startswith("reminder:") for key in keeper.left(outbox.outbox.c.key) if key)


def _plan(stage) -> None:
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        rhythm.plan(desk, stage.cast.running)
        calendar = desk.calendar(session.get_one(Centre, stage.cast.centre))
        reminders.plan_reminders(session, calendar, stage.cast.running)
