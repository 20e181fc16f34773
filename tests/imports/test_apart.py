"""A workbook is fetched and read before its turn, apart, and costs nobody else anything."""

import asyncio
import json
import sys
import threading
from contextlib import asynccontextmanager, suppress
from datetime import date, time
from decimal import Decimal
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.channels.base import FILE_KEY, Fetched
from bot.limits import Limits
from bot.threads import Threads
from bot.workbooks import reader
from bot.workers import apart
from bot.workers.fetcher import Fetcher
from bot.workers.lease import Lease
from handlers.imports.taking import taken_on
from handlers.imports.words import problem_line
from locales import Language
from storage.imports.readings import read_all
from storage.messaging import inbox
from storage.messaging.files import StoredFile
from storage.messaging.inbox import Arrival
from storage.spreadsheets.plain import plain, restored
from storage.spreadsheets.reading import read
from storage.spreadsheets.sheet import Row
from tests.casts.workbooks import book
from tests.houses.channels.contract import story, until
from tests.imports.test_imports import NEW, roster, timetable

TODAY = date(2026, 11, 16)
VI = Language("vi")


# --- what was read, as JSON ---

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.times() | st.datetimes()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner) | st.lists(inner).map(tuple),
    max_leaves=8,
)  # fmt: skip


@given(st.builds(Row, st.integers(1), st.dictionaries(st.text(), VALUES)))
def test_a_row_is_the_same_after_json(row):
    assert restored(json.loads(json.dumps(plain(row)))) == row


def test_a_sheet_is_the_same_after_json():
    content = timetable(
        (date(2026, 11, 17), "Sáng", "7h30 - 11h00", "Bài 1", "Lê Lợi", "P1"), (None, "?", "", "", "", "")
    )
    for kind in ("timetable", "marks"):
        sheet = read(kind, content, today=TODAY)
        assert restored(json.loads(json.dumps(plain(sheet)))) == sheet
    told = Row(3, {"day": TODAY, "at": time(7, 30), "marks": {"Thi": Decimal("7.50")}})
    assert str(restored(plain(told)).values["marks"]["Thi"]) == "7.50"


def test_what_no_reading_holds_is_refused():
    with pytest.raises(TypeError, match="object"):
        plain({"x": object()})


# --- a process of its own ---


def test_the_process_reads_what_we_read():
    content = roster(*NEW)
    assert reader.read(content, TODAY) == json.loads(json.dumps(read_all(content, TODAY)))


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(99)", "raise MemoryError", "print('{')", "import os; os.abort()"]
)
def test_a_reader_that_hangs_or_breaks_is_a_refusal_in_words(code):
    reading = reader.read(b"x", TODAY, command=("-c", code), patience=0.5 if "sleep" in code else 60)
    (problem,) = restored(reading["sheets"]["roster"]).problems
    assert (problem.code, reading["guess"]) == ("too_big", "")
    assert "chỉ dán giá trị" in problem_line(VI, problem)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no process; there the clock alone does")
@pytest.mark.parametrize(
    ("taken", "signs"),
    [("bytearray(2**31)", "MemoryError"), ("\nwhile True: pass", "exit code -")],
    ids=["memory", "work"],
)
def test_the_process_ends_at_its_limits(taken, signs):
    code = f"from bot.workbooks import reading; reading.MOST_WORK = 1; reading.limit(); {taken}"
    with pytest.raises(apart.NotDoneError, match=signs):
        apart.run(("-c", code), b"x", 60)


def styled(content: bytes, many: int, path) -> bytes:
    """The workbook with so many cell styles: a small file, for they are all alike."""
    path.write_bytes(content)
    with ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    xfs = b"<cellXfs>" + b'<xf numFmtId="0"/>' * many + b"</cellXfs>"
    start, end = parts["xl/styles.xml"].index(b"<cellXfs"), parts["xl/styles.xml"].index(b"</cellXfs>") + 10
    parts["xl/styles.xml"] = parts["xl/styles.xml"][:start] + xfs + parts["xl/styles.xml"][end:]
    with ZipFile(path, "w", ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return path.read_bytes()


def test_a_bomb_of_styles_is_refused_before_a_style_is_made(tmp_path):
    bomb = styled(roster(*NEW), 1_000_000, tmp_path / "bomb.xlsx")
    assert len(bomb) < 100_000
    (problem,) = read("roster", bomb, today=TODAY).problems
    assert (problem.code, problem.extra["limit"]) == ("too_big", "styles")
    assert "kiểu định dạng" in problem_line(VI, problem)
    assert len(read("roster", styled(roster(*NEW), 60_000, tmp_path / "many.xlsx"), today=TODAY).rows) == 2


# --- before the turn ---


class Slow:
    """A channel whose files come when the test lets them, and which counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def fetch(self, payload):
        name = payload["name"]
        self.asked.append(name)
        await self.gates.setdefault(name, asyncio.Event()).wait()
        return Fetched(name, roster(*NEW))


@asynccontextmanager
async def fetching(stage, channel, read=lambda _content, _day: {}, **more):
    """The fetcher at work on what players send."""
    threads, woken = Threads(stage.database), []
    fetcher = Fetcher(
        threads,
        stage.clock,
        {stage.account.id: channel},
        lambda: woken.append(1),
        Limits(),
        taken_on,
        read,
        **more,
    )
    running = asyncio.create_task(fetcher.run(Lease("fetcher")))
    try:
        yield threads
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await asyncio.to_thread(threads.close)


def sends(stage, player, name: str) -> None:
    with stage.database.transaction() as session:
        arrival = Arrival(f"file:{name}", player.chat, {"name": name, "text": "chào"}, needs_file=True)
        inbox.store(session, stage.account.id, [arrival], stage.time)


def told(stage, name: str):
    """The state of the update of a file, and what is known of the file."""
    with stage.database.reading() as session:
        (row,) = inbox.named(session, stage.account.id, [f"file:{name}"])
        return row.state, row.payload.get(FILE_KEY)


@story
async def test_slow_files_hold_nobody_elses(stage):
    slow, director = Slow(), stage.director
    for name in ("a", "b"):
        sends(stage, stage.registrar, name)
    sends(stage, director, "c")
    async with fetching(stage, slow, read=lambda content, day: {"guess": "roster", "sheets": {}}):
        await until(lambda: set(slow.asked) == {"a", "c"})  # a chat's files come one after the other
        slow.gates["c"].set()
        await until(lambda: told(stage, "c")[0] == "waiting")
        assert told(stage, "a")[0] == told(stage, "b")[0] == "fetching"
        slow.gates["a"].set()
        await until(lambda: "b" in slow.asked)
    assert told(stage, "b") == ("fetching", None)  # the process ended: another one begins anew
    with stage.database.reading() as session:
        assert [file.name for file in session.execute(select(StoredFile)).scalars()] == ["c", "a"]


@story
async def test_of_who_may_not_import_nothing_is_fetched(stage):
    slow = Slow()
    sends(stage, stage.learner, "x")
    sends(stage, stage.stranger(), "y")
    async with fetching(stage, slow):
        await until(lambda: told(stage, "x")[0] == told(stage, "y")[0] == "waiting")
    assert slow.asked == []
    assert [told(stage, name)[1] for name in "xy"] == [{"problem": "unwanted"}, {"problem": "stranger_file"}]


def test_who_may_not_import_is_told_so(stage):
    stage.learner.delivers(file="x.xlsx", size=9, problem="unwanted").sees("không chờ tệp")


@story
async def test_a_file_that_never_ends_is_let_go(stage):
    slow = Slow()
    sends(stage, stage.registrar, "drip")
    async with fetching(stage, slow, patience=0.05):
        await until(lambda: told(stage, "drip")[0] == "waiting")
    assert told(stage, "drip")[1] == {"problem": "unreachable"}


@story
async def test_turns_go_on_while_a_workbook_is_read(stage):
    slow, reading, go = Slow(), threading.Event(), threading.Event()
    slow.gates["big"] = asyncio.Event()
    slow.gates["big"].set()

    def reads(_content, _day):
        reading.set()
        go.wait(30)
        return {"guess": "", "sheets": {}}

    sends(stage, stage.registrar, "big")
    async with fetching(stage, slow, read=reads) as threads:
        await until(reading.is_set)
        await threads.write(lambda session: session.execute(select(1)))  # a turn runs meanwhile
        assert told(stage, "big")[0] == "fetching"
        go.set()
        await until(lambda: told(stage, "big")[0] == "waiting")


def test_a_file_kept_by_a_former_version_is_asked_for_again(stage):
    stage.registrar.sends_file("lop.xlsx", book([("x",)]))
    with stage.database.transaction() as session:
        file = StoredFile(
            account_id=stage.account.id, name="a.xlsx", content=roster(*NEW), kept_at=stage.time
        )
        session.add(file)
        session.flush()
        number = file.id
    stage.registrar.delivers(file="a.xlsx", size=9, file_id=number).sees("Không mở được")
