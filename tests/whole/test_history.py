"""However much there has been: no statement of what runs all day goes through what is over.

Both databases are filled with finished rows by the hundred thousand; the program then works on them, every
statement it makes is caught, and the database is asked how it would answer it.
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, String, case, cast, event, func, insert, literal, select, text, update
from sqlmodel import Session

from bot.channels.web import WebChannel
from bot.threads import Threads
from bot.workers.lease import Lease
from bot.workers.sender import Sender
from bot.workers.sweep import Sweep
from bot.workers.ticker import Ticker
from handlers.engine.messages import Message
from handlers.timetable.reminders import plan_reminders
from storage.admin.overview import overview
from storage.admin.tables import metadata
from storage.base.columns import is_state
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import inbox, leases, outbox, timers, transcript
from storage.messaging.dialogues import dialogue
from storage.messaging.inbox import Arrival
from storage.messaging.vitals import vitals
from storage.people.audit import Audit
from storage.people.people import Centre
from storage.requests.requests import STEP
from tests.casts.reports import request_of
from tests.conftest import SECRET
from tests.houses.dialogue import Stage, Watched, parse

pytestmark = pytest.mark.differs

ROWS, CHATS, STEPS, PAST = 200_000, 1_000, 10, 10_000_000
HISTORY = (
    *(inbox.inbox, outbox.outbox, timers.timer, transcript.transcript),
    *(metadata.tables[name] for name in ("request", "prompt", "audit")),
)
KEPT = 3  # of these, the last ones, nothing is ever let go
LARGE = {table.name for table in HISTORY}
BOUND_STATE = re.compile(r"(inbox|outbox|timer)(_\d+)?\.state (=|!=|IN) \(?[?%]")
FEW = ROWS // 100  # what an index of open rows may hold, what one look may find
CONDITIONS = {
    index.name: (table.name, index.info["where"])
    for table in HISTORY
    for index in table.indexes
    if "where" in index.info
}


# -- what is over


def fill(database: Database, stage: Stage, rows: int) -> None:
    """Rows of the last two hundred days, made by the database itself: of each table so many."""
    own = stage.head.chat  # one of the chats, and a busy one
    with database.transaction() as session:
        numbers = _numbers(1, CHATS)
        chat = literal("past-") + cast(numbers.c.i, String)
        values = {"state": {}, "menu": {}, "told_since": 0, "language": "vi", "keyboard": [], "closed": False}
        _add(session, dialogue, numbers, account_id=stage.account.id, chat=chat, **values)
    for step in range(STEPS):
        with database.transaction() as session:
            if not database.is_sqlite:
                session.execute(
                    text("SET LOCAL session_replication_role = replica")
                )  # asks after no reference
            _past(session, stage, own, step, rows // STEPS)
    if not database.is_sqlite:
        with database.writer.begin() as connection:
            connection.execute(text("ANALYZE"))


def _past(session: Session, stage: Stage, busy: str, step: int, rows: int) -> None:
    numbers = _numbers(step * rows + 1, rows)
    number, chat_number = numbers.c.i, numbers.c.i % CHATS
    name, chat = cast(number, String), literal("past-") + cast(chat_number, String)
    at = stage.time - timedelta(days=20 * (STEPS - step))
    here: dict[str, Any] = {"account_id": stage.account.id}
    first = session.execute(select(func.min(dialogue.c.id)).where(dialogue.c.chat == "past-1")).scalar()
    done = {"state": "done", "attempts": 0, "error": ""}
    update_of = {"dialogue_id": first + chat_number, "payload": {"text": "x"}, "stored_at": at}
    _add(session, inbox.inbox, numbers, **here, external_id=literal("past-") + name, **update_of, **done)
    key = case(
        (number % 3 == 0, literal("reminder:past:") + name),
        (number % 5 == 0, literal("report:0:ask:") + name),
    )
    sent = {"state": "sent", "sent_at": at, "due_at": at, "made_at": at, "external_id": name, "attempts": 0}
    message = {"lane": "reply", "message": Message("x").wire(), "edits": "", "last_error": "", "key": key}
    own = case((chat_number == 0, literal(busy)), else_=chat)
    _add(session, outbox.outbox, numbers, **here, chat=own, person_id=stage.cast.head, **message, **sent)
    timer = {"kind": "session_reminder", "key": literal("past:") + name, "due_at": at, "args": {}}
    _add(session, timers.timer, numbers, **timer, **done)
    line = {"number": number, "mine": False, "said_at": at, "message": {"html": "x"}, "file_name": ""}
    _add(session, transcript.transcript, numbers, **here, chat=own, **line)
    somebody = case((chat_number == 0, stage.cast.head), else_=stage.cast.other_learner)
    asked = {
        "kind": "past",
        "subject_id": number,
        "part": "",
        "centre_id": stage.cast.centre,
        "post": "unit_head",
    }
    asked |= {
        "organisation_id": stage.cast.unit,
        "opens_at": at,
        "due_at": at,
        "settled_at": at,
        "policy": {},
    }
    _add(session, HISTORY[-3], numbers, id=number + PAST, **asked)
    told = {
        "request_id": number + PAST,
        "person_id": somebody,
        "step": "open",
        "day": at.date(),
        "made_at": at,
    }
    _add(session, HISTORY[-2], numbers, **told, outbox_id=number + PAST)
    about = case((chat_number == 0, stage.cast.learners[0]))
    looked = {"actor_id": stage.cast.registrar, "actor_role": "registrar", "about_id": about}
    subject = literal("person:") + name
    _add(session, HISTORY[-1], numbers, at=at, **looked, action="results_seen", subject=subject)


def _numbers(first: int, many: int) -> Any:
    numbers = select(literal(first).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < first + many - 1))


def _add(session: Session, table: Any, numbers: Any, **values: Any) -> None:
    """A row for each of the numbers."""
    columns = [
        value if hasattr(value, "compile") else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    rows = select(*columns).select_from(numbers)
    session.execute(insert(table).from_select(list(values), rows))


# -- what is said


class Listener:
    """Keeps each statement of a database once, with the values it came with first."""

    def __init__(self, database: Database) -> None:
        self.said: dict[str, Any] = {}
        for engine in (database.writer, database.reader):
            event.listen(engine, "before_cursor_execute", self._hears)

    def _hears(
        self,
        _connection: Any,
        _cursor: Any,
        statement: str,
        values: Any,
        _context: Any,
        many: bool,
    ) -> None:
        self.said.setdefault(statement, values[0] if many else values)

    def hears_nothing(self) -> bool:
        """Whether nothing was said since this was asked last."""
        heard, self.said = bool(self.said), {}
        return not heard


def scans(connection: Connection, statement: str, values: Any) -> list[str]:
    """Where the database would go through a table of `HISTORY`; a small index of what is open may be gone through."""
    if not statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    if BOUND_STATE.search(statement):
        return ["a state is bound, which lasting plans use no partial index for"]
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        through = [row.detail for row in plan if _goes_through(connection, row.detail)]
        return through or _takes_long(connection, statement, values)
    [[plan]] = (connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one(),)
    return list(_through(connection, plan["Plan"], limited=False))


def _goes_through(connection: Connection, step: str) -> bool:
    """SQLite's words: a SCAN of a table or of a whole index, or an index that is made for this statement."""
    found = re.match(r"(SCAN|SEARCH) (\w+?)(?:_\d+)?(?: USING (.+ )?INDEX (\w+))?( |$)", step)
    if found is None or found[2] not in LARGE:
        return False
    if found[1] == "SEARCH":
        return "AUTOMATIC" in step or "USING" not in step
    return not _is_small(connection, found[4])


def _takes_long(connection: Connection, statement: str, values: Any) -> list[str]:
    """Do it, and give up after a step a row: a plan does not say that a search finds nearly everything."""
    file = sqlite3.connect(str(connection.engine.url.database), isolation_level=None)
    try:
        file.execute("PRAGMA foreign_keys = ON")
        file.execute("BEGIN")
        file.set_progress_handler(lambda: 1, ROWS)
        with suppress(sqlite3.IntegrityError):  # it was done before
            file.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        return [f"{error} after {ROWS} steps"]
    finally:
        file.close()
    return []


def _through(connection: Connection, node: dict[str, Any], *, limited: bool) -> Iterator[str]:
    """PostgreSQL's nodes that read a table without a condition on an index, or find too much by one."""
    kind, index = node["Node Type"], node.get("Index Name")
    limited = kind == "Limit" or (limited and kind not in {"Sort", "Aggregate", "Hash"})
    if node.get("Relation Name") in LARGE and not _is_small(connection, index):
        by_index = "Index Cond" in node or "Recheck Cond" in node
        if "Scan" in kind and (not by_index or (node["Plan Rows"] > FEW and not limited)):
            yield f"{kind} of {node['Relation Name']} by {index}, {node['Plan Rows']} rows"
    for below in node.get("Plans", ()):
        yield from _through(connection, below, limited=limited)


def _is_small(connection: Connection, index: str | None) -> bool:
    table, where = CONDITIONS.get(index or "", ("", ""))
    if not where:
        return False
    count = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}")
    return int(count.scalar_one()) < FEW


# -- what runs all day


class Day:
    """The program at work on a full database, its statements heard; the stage looks on by another way."""

    def __init__(self, stage: Stage, database: Database) -> None:
        self.stage, self.database, self.listener = stage, database, Listener(database)
        self.threads = Threads(database)
        self.people = [stage.head, stage.learner, stage.registrar, stage.director, stage.lecturer]
        parsers = {stage.account.id: parse}
        stage.intake = Watched(database, stage.table, stage.clock, stage.links, parsers)

    def turns(self) -> None:
        """Every command of everybody, and the first button of what comes."""
        for person in self.people:
            for command in self.stage.table.commands:
                person.says(f"/{command}")
                for message in person.news()[-1:]:
                    for button in message.buttons[:1]:
                        person.presses(button["data"], str(message.id))
        self.stage.learner.says("một nhãn không có")

    def a_report(self) -> None:
        self.stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")

    def arrival(self) -> None:
        """An update that comes twice, and one with a file."""
        account, now = self.stage.account.id, self.stage.time
        arrivals = [Arrival("twice", "other", {"text": "x"}), Arrival("file", "other", {}, needs_file=True)]
        with self.database.transaction() as session:
            inbox.store(session, account, [*arrivals, arrivals[0]], now)
        with self.database.transaction() as session:
            (found,) = inbox.needing_files(session, [account])
            inbox.fetched(session, found.id, {"text": "x"})

    def sending(self) -> None:
        """Everything that is due goes to the pages of a web chat."""
        stage = self.stage
        with self.database.transaction() as session:
            leases.take(session, "sender:test", "me", timedelta(seconds=60))
            outbox.release(session, stage.account.id, stage.head.chat)
            outbox.release_account(session, stage.account.id)
        channel = WebChannel(stage.account.id, None, self.threads, stage.clock)
        sender = Sender(channel, self.threads, stage.clock, stage.table, stage.links, None)
        asyncio.run(self._send(sender))

    async def _send(self, sender: Sender) -> None:
        running = asyncio.create_task(sender.run(Lease("sender:test", 1, time.monotonic() + 60)))
        until = time.monotonic() + 60
        while await asyncio.to_thread(self._is_due):
            assert time.monotonic() < until
            sender.wake.set()
            await asyncio.sleep(0.05)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    def _is_due(self) -> bool:
        with self.stage.database.reading() as session:
            return bool(outbox.due(session, self.stage.account.id, self.stage.time, self.stage.time, limit=1))

    def a_tick(self) -> None:
        """Timers that are due run: reminders of sessions, a report that opens."""
        stage = self.stage
        with self.database.transaction() as session:
            calendar = stage.desk(session).calendar(session.get_one(Centre, stage.cast.centre))
            plan_reminders(session, calendar, stage.cast.running, now=stage.time)
            row = request_of(session, stage.cast.other_report)
            STEP.plan(session, "now", stage.time, request=row.id, step="open")
        stage.time += timedelta(days=2)
        ticker = Ticker(self.threads, stage.clock, stage.table, stage.links, lambda: None, self._sweep().run)
        assert asyncio.run(ticker.sweep()) > 1

    def _sweep(self) -> Sweep:
        return Sweep(self.threads, self.stage.clock, self.stage.table, keep_days=30)

    def a_sweep(self) -> None:
        """One batch of each table, of very many."""
        sweep, more = self._sweep(), []
        for work in sweep.over():
            with self.database.transaction() as session:
                more.append(work(session))
        assert sum(more) == len(HISTORY) - KEPT, "of each other there is more to let go of"
        with self.database.transaction() as session:
            sweep.used(session)

    def health(self) -> None:
        """What /health, /metrics and `caunoi status` ask, and what a process asks that has nothing to do."""
        now = self.stage.time
        with self.database.reading() as session:
            vitals(session, now, now)
            overview(session, now, now, now.date())
            inbox.waiting(session)
            inbox.set_aside(session)
            timers.is_due(session, now, now)
            timers.next_due(session, now)
            outbox.next_due(session, now)

    def a_page(self) -> None:
        """An open page of the web chat looks for news, older lines, a card and its file."""
        account, chat = self.stage.account.id, self.stage.head.chat
        with self.database.reading() as session:
            newest = transcript.newest(session, account, [chat])[chat]
            transcript.since(session, account, chat, newest - 5)
            transcript.before(session, account, chat, newest)
            transcript.card(session, account, chat, newest)
            transcript.file_of(session, account, chat, newest)

    PARTS = (turns, a_report, arrival, sending, a_tick, sending, a_page, health, a_sweep)


@contextmanager
def a_day(stage: Stage) -> Iterator[Day]:
    """The program on the stage's database, which is emptied of its history afterwards."""
    database = Database(stage.database.url.render_as_string(hide_password=False), Keyring(SECRET))
    day = Day(stage, database)
    try:
        yield day
    finally:
        day.threads.close()
        database.close()
        if not database.is_sqlite:
            with stage.database.writer.begin() as connection:
                connection.execute(text(f"TRUNCATE {', '.join(LARGE)} CASCADE"))


def test_nothing_that_runs_all_day_goes_through_what_is_over(stage):
    fill(stage.database, stage, ROWS)
    with a_day(stage) as day:
        found = []
        for part in day.PARTS:
            part(day)
            said = day.listener.said
            assert not day.listener.hears_nothing(), part.__name__
            with stage.database.reader.connect() as connection:
                found += [
                    (part.__name__, *through, statement)
                    for statement, values in said.items()
                    if (through := scans(connection, statement, values))
                ]
    assert not found, "\n\n".join(" | ".join(one) for one in found)


def test_a_statement_that_goes_through_everything_is_recognised(stage):
    """The look above can fail: it sees a state without an index, a beginning by LIKE, a count, a search by what has no index."""
    _o, _t, _line = outbox.outbox, timers.timer, transcript.transcript
    bad = (
        select(_o.c.id).where(_o.c.last_error == "x"),
        select(_o.c.id).where(_o.c.state == "due"),
        select(_o.c.id).where(~is_state(_o.c.state, "sent")),
        select(_o.c.id).where(_o.c.key.startswith("report:")),
        select(func.count()).select_from(_t),
        update(_line).where(_line.c.mine).values(file=None),
        select(func.max(Audit.at)),
    )
    good = (select(_o).where(_o.c.id == 1), select(_t).where(timers.WAITING, _t.c.due_at <= stage.time))
    fill(stage.database, stage, 10 * CHATS)
    with a_day(stage) as day, stage.database.reader.connect() as connection:
        for query, fine in [*((one, False) for one in bad), *((one, True) for one in good)]:
            with day.database.transaction() as session:
                session.execute(query)
            [(statement, values)] = day.listener.said.items()
            assert bool(scans(connection, statement, values)) is not fine, statement
            day.listener.hears_nothing()
