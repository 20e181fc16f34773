"""SIGKILL at every commit and send boundary: nothing is lost, at most what was in flight is repeated."""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import exists, or_, select

from bot.demo.fakes.telegram.messenger import FakeTelegram
from bot.workers.sender import IN_FLIGHT
from storage.admin import migrate
from storage.base.clock import clock_offset
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.courses.notices import Delivery, Notice
from storage.messaging import inbox, outbox
from storage.messaging.accounts import account_named
from storage.messaging.dialogues import dialogue
from storage.messaging.timers import timer
from storage.people.people import Person, bind
from storage.reports.reports import ConductEntry, ConductReport, ConductRevision
from tests.casts.centre import fill
from tests.conftest import SECRET
from tests.houses import crashing, forking

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; CI kills on Linux"),
]
TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class Centre:
    """A database file with the cast bound on Telegram, a fake of the platform, and processes that die."""

    more: ClassVar[dict[str, str]] = {}  # settings besides

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "caunoi.db"
        self.fake = FakeTelegram(TOKEN)
        self.fake.__enter__()
        self.users = {}
        self.looking = Database(
            f"sqlite:///{self.path}", Keyring(SECRET)
        )  # knows its queries after the first time
        with self.database() as database:
            migrate.upgrade(database)
        with self.database() as database, database.transaction() as session:
            offset = (MONDAY - datetime.now(UTC)).total_seconds()
            session.execute(clock_offset.insert().values(id=1, seconds=offset))
            self.account = account_named(session, "telegram", abroad=True).id
            self.cast = fill(session, MONDAY)
            self.bound = (*self.cast.learners[:2], self.cast.other_learner)  # each more is six more kills
            for person_id in (*self.bound, self.cast.head, self.cast.registrar):
                user = self.fake.user(f"Người {person_id}", id=7_000_000_000 + person_id, started=True)
                bind(session, session.get(Person, person_id), self.account, str(user.id), MONDAY)
                self.users[person_id] = user

    @contextmanager
    def database(self):
        opened = Database(f"sqlite:///{self.path}", Keyring(SECRET))
        yield opened
        opened.close()

    def rows(self, query):
        """What a query finds; its connection is given up at once, for the file is exchanged under it."""
        with self.looking.reading() as session:
            found = session.execute(query).all()
        self.looking.close()
        return found

    def start(self, kill_at: int = 0) -> None:
        environment = {
            "CAUNOI_DATABASE_URL": f"sqlite:///{self.path}",
            "CAUNOI_SECRET_KEY": SECRET,
            "CAUNOI_TELEGRAM_TOKEN": TOKEN,
            "CAUNOI_TELEGRAM_API_URL": self.fake.url,
            "CAUNOI_HTTP_PORT": "0",
            **self.more,
            "KILL_AT": str(kill_at),
            "BOUNDARIES": str(self.folder / "boundaries"),
        }
        self.process = forking.start(crashing.main, environment, self.folder / "log")

    def told(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "nothing was logged"

    def runs_until(self, finished: Callable[[], bool]) -> None:
        """A whole process works until the condition holds, then is asked to stop."""
        self.start()
        end = time.monotonic() + 30
        while not finished():
            assert self.process.is_alive(), self.told()
            assert time.monotonic() < end, f"not finished: {self.told()}"
            self.process.join(0.05)
        self.process.terminate()
        self.process.join(15)
        assert self.process.exitcode in (0, -15), (
            self.told()
        )  # -15: nothing was left to do before it listened

    def dies_at(self, boundary: int) -> None:
        """A process works until it kills itself."""
        self.start(boundary)
        self.process.join(30)
        assert self.process.exitcode == -9, self.told()

    def is_quiet(self) -> bool:
        """Nothing is left to do: what is still to come in first, then all the rest in one look, so that none slips past."""
        due = timer.c.due_at <= MONDAY + timedelta(minutes=10)
        left = or_(
            exists().where(inbox.inbox.c.state != "done"),
            exists().where(timer.c.state == "waiting", timer.c.kind == "notice_batch", due),
            exists().where(outbox.outbox.c.state == "due"),
        )
        return not self.fake.pending and self.rows(select(left)) == [(False,)]

    def count(self) -> int:
        return len((self.folder / "boundaries").read_text().splitlines())

    def keep(self) -> None:
        """Remember the database as it is: each kill starts from here."""
        shutil.copy(self.path, self.folder / "base.db")

    def restore(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.folder / "base.db", self.path)

    def close(self) -> None:
        self.process.kill()  # one is left only where a test failed
        self.process.join()
        self.fake.__exit__(None, None, None)


@pytest.fixture
def centre(tmp_path):
    made = Centre(tmp_path)
    yield made
    made.close()


def killed_everywhere(
    centre: Centre,
    act: Callable[[], None],
    check: Callable[[int], None],
    between: Callable[[], object] = lambda: None,
) -> int:
    """Play `act` once whole to count its boundaries, then once for each of them with a kill there.

    `between` is what happens while the program is dead.
    """
    centre.keep()
    act()
    centre.runs_until(centre.is_quiet)
    check(0)
    total = centre.count()
    for boundary in range(1, total + 1):
        centre.restore()
        act()
        centre.dies_at(boundary)
        between()
        centre.runs_until(centre.is_quiet)
        check(boundary)
    assert centre.fake.violations == []
    return total


@pytest.mark.differs
def test_a_turn_killed_anywhere_is_run_once_and_answered(centre):
    """The tap on "Gửi" of a conduct report: one revision, the receipt arrives, at most once too often."""
    head = centre.users[centre.cast.head]
    head.says("/baocao")
    centre.runs_until(lambda: centre.is_quiet() and any("Tất cả nền nếp tốt" in b for b in head.buttons))
    head.taps("Tất cả nền nếp tốt")
    centre.runs_until(lambda: centre.is_quiet() and "Gửi" in head.buttons)
    card = head.last.id
    [data] = [data for row in head.last.buttons for label, data in row if label == "Gửi"]
    seen: list[int] = []

    def act() -> None:
        seen.append(len(receipts(centre, head)))
        head.taps_data(data, card)

    def check(boundary: int) -> None:
        [(state, revision)] = centre.rows(
            select(ConductReport.state, ConductReport.revision).where(ConductReport.id == centre.cast.report)
        )
        revisions = centre.rows(
            select(ConductRevision.id).where(ConductRevision.report_id == centre.cast.report)
        )
        came = len(receipts(centre, head)) - seen[-1]
        assert (state, revision, len(revisions)) == ("sent", 1, 1), boundary
        assert 1 <= came <= 2, boundary

    total = killed_everywhere(centre, act, check)

    assert total >= 8  # stored, run, sent, settled: before and after each


def test_a_conversation_killed_anywhere_goes_on_where_it_was(centre):
    """The note that a chat waits for: kept once, and the next card is there, whatever step the kill came at."""
    head = centre.users[centre.cast.head]
    head.says("/baocao")
    for label in ("Có học viên cần nêu", "Đỗ Thị Giang", "Xong", "Đạo đức"):
        centre.runs_until(lambda label=label: centre.is_quiet() and label in head.buttons)
        head.taps(label)
    centre.runs_until(lambda: centre.is_quiet() and "bắt buộc có ghi chú" in head.last.text)
    note = "Chưa gương mẫu trong sinh hoạt"
    seen: list[int] = []

    def act() -> None:
        seen.append(len(head.messages))
        head.says(note)

    def check(boundary: int) -> None:
        entries = centre.rows(select(ConductEntry.note).where(ConductEntry.category == "ethics"))
        states = centre.rows(select(dialogue.c.state).where(dialogue.c.chat == str(head.id)))
        cards = [message for message in head.messages[seen[-1] :] if "Báo cáo CHƯA gửi" in message.text]
        assert entries == [(note,)], boundary
        assert states == [({},)], boundary  # no longer waited for
        assert 1 <= len(cards) <= 2, boundary
        assert "Gửi" in head.buttons, boundary

    total = killed_everywhere(centre, act, check)

    assert total >= 8


def receipts(centre: Centre, user) -> list:
    """Every call that brought the receipt, edits included."""
    calls = [*centre.fake.called("editMessageText"), *centre.fake.called("sendMessage")]
    return [call for call in calls if str(call["chat_id"]) == str(user.id) and "Mã biên nhận" in call["text"]]


def test_a_notice_killed_anywhere_reaches_everyone(centre):
    """An opening notice to a class: after any kill each recipient has it, at most those in flight twice."""
    registrar = centre.users[centre.cast.registrar]
    send = prepare_notice(centre, registrar)
    before: list[Counter[str]] = []

    def act() -> None:
        before.append(letters(centre))
        send()

    def check(boundary: int) -> None:
        came = letters(centre) - before[-1]
        states = Counter(state for (state,) in centre.rows(select(Delivery.state)))
        notices = centre.rows(select(Notice.state).where(Notice.class_id == centre.cast.opening))
        expected = {str(centre.users[person_id].id) for person_id in centre.bound}
        assert expected <= set(came), boundary
        assert sum(came[chat] - 1 for chat in came) <= IN_FLIGHT, boundary
        assert states["sent"] == len(came), (boundary, states)
        assert len(notices) == 1, boundary

    total = killed_everywhere(centre, act, check)

    assert total >= 2 * len(centre.bound)


def letters(centre: Centre) -> Counter[str]:
    """How often the notice was taken by the platform, by chat."""
    calls = centre.fake.called("sendMessage")
    return Counter(
        str(call["chat_id"]) for call in calls if "KHAI GIẢNG" in call["text"] and "Kính gửi" in call["text"]
    )


def prepare_notice(centre: Centre, registrar) -> Callable[[], None]:
    """Lead the registrar to the last tap of an opening notice; returns that tap."""
    steps = (("/thongbao", ""), ("", "Khai giảng"), ("", "Nhận thức"))
    for said, label in steps:
        if said:
            registrar.says(said)
        else:
            registrar.taps(next(button for button in registrar.buttons if label in button))
        centre.runs_until(centre.is_quiet)
    card = registrar.last
    [data] = [data for row in card.buttons for label, data in row if label.startswith("Gửi")][:1]
    return lambda: registrar.taps_data(data, card.id)
