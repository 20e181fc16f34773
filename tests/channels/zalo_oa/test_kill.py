"""SIGKILL around a rotation of tokens: the server loses no pair, and what the renewal itself loses is told and mended."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from bot.channels.zalo_oa.oauth import by_code
from bot.channels.zalo_oa.refresh import keep
from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from bot.settings import Settings
from storage.admin import migrate
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import dialogues, outbox, timers, tokens
from storage.messaging.accounts import account_named
from tests.conftest import SECRET
from tests.houses import forking, rotating
from tests.houses.channels.zalo_oa import APP, KEY, given

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; CI kills on Linux"),
]
HOUR = timedelta(hours=1)


class Office:
    """A database file with a pair that is due, a message to send, the platform, and processes that die."""

    def __init__(self, folder) -> None:
        self.folder, self.path = folder, folder / "caunoi.db"
        self.fake = FakeZaloOA(APP, secret_key=KEY)
        self.fake.__enter__()
        self.user = self.fake.user("Nguyễn Văn An", wrote=True)
        self.database = Database(f"sqlite:///{self.path}", Keyring(SECRET))
        migrate.upgrade(self.database)
        with self.database.transaction() as session:
            self.account = account_named(session, "zalo_oa").id
        self.processes: list = []
        self.given = given(self.fake, database_url=f"sqlite:///{self.path}", http_port="0")
        self.settings = Settings(_env_file=None, **self.given)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()
        self.database.close()
        self.fake.__exit__(None, None, None)

    def sets_out(self) -> None:
        """The platform's newest pair is stored and due; somebody is to be answered."""
        self.renewals_ended()
        now, newest = datetime.now(UTC), self.fake.oauth.newest
        with self.database.transaction() as session:
            session.execute(delete(outbox.outbox))
            session.execute(delete(timers.timer))
            tokens.replace(session, self.account, newest.access, newest.refresh, HOUR, now)
            row = session.get(tokens.ChannelToken, self.account)
            session.refresh(row)
            row.refreshed_at, row.expires_at = now - 9 * HOUR, now + HOUR
            chat = dialogues.dialogue_id(session, self.account, self.user.id)
            dialogues.heard(session, chat, now)
            wire = {"html": "Kính gửi", "buttons": [], "keyboard": [], "document": None, "asks_phone": ""}
            here = {"account_id": self.account, "chat": self.user.id, "due_at": now, "made_at": now}
            outbox.put(session, message=wire, **here)
        self.user.told_free = 0

    def start(self, work: Callable[[], None], kill_at: int = 0):
        environment = {f"CAUNOI_{name.upper()}": value for name, value in self.given.items()}
        environment |= {"KILL_AT": str(kill_at), "BOUNDARIES": str(self.folder / "boundaries")}
        environment |= {"ACCOUNT": str(self.account)}
        # no daemon: a server starts renewals
        self.processes.append(forking.start(work, environment, self.folder / "log", daemon=False))
        return self.processes[-1]

    def renewals_ended(self) -> None:
        """A renewal of an earlier server that is still at it would take the next one's exchange."""
        noted = self.folder / "boundaries.renewals"
        for pid in map(int, noted.read_text().split() if noted.exists() else ()):
            self.until(lambda pid=pid: not is_running(pid))

    def passed(self) -> list[str]:
        return (self.folder / "boundaries").read_text().splitlines()

    def told(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "nothing was logged"

    def until(self, condition: Callable[[], object], process=None) -> None:
        end = time.monotonic() + 40
        while not condition():
            assert time.monotonic() < end, self.told()
            assert process is None or process.is_alive(), self.told()
            time.sleep(0.02)

    def runs_until(self, condition: Callable[[], object]) -> None:
        """A whole server works until the condition holds, then is asked to stop."""
        process = self.start(rotating.server)
        self.until(condition, process)
        process.terminate()
        process.join(15)
        assert process.exitcode in (0, -15), self.told()

    @property
    def pair(self) -> tokens.Pair:
        with self.database.reading() as session:
            return tokens.pair_of(session, self.account)

    def is_good(self) -> bool:
        newest = self.fake.oauth.newest
        return (self.pair.access, self.pair.refresh) == (newest.access, newest.refresh)

    def is_done(self, pairs: int) -> bool:
        """There is one pair more than these, it is stored, and the message has gone."""
        return len(self.fake.oauth.pairs) > pairs and self.is_good() and self.is_sent()

    def is_sent(self) -> bool:
        with self.database.reading() as session:
            return session.execute(select(outbox.outbox.c.state)).scalars().all() == ["sent"]

    def alarms(self) -> list[dict]:
        with self.database.reading() as session:
            query = select(timers.timer.c.args).where(timers.timer.c.kind == "account_alarm")
            return list(session.execute(query).scalars())


def is_running(pid: int) -> bool:
    """Linux only, as all of this file; one that has ended and was not fetched yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def test_a_server_killed_at_any_boundary_of_a_rotation_loses_no_pair(office):
    office.sets_out()
    office.runs_until(lambda: office.is_done(1) and "after _renew" in office.passed())
    names = office.passed()
    assert {"before start", "after start", "before _renew", "before send", "after send"} <= set(names)
    for kill_at in range(1, len(names) + 1):
        office.sets_out()
        pairs, exchanges = len(office.fake.oauth.pairs), len(office.fake.called("access_token"))
        process = office.start(rotating.server, kill_at)
        dies(office, process, pairs)
        assert process.exitcode == -9, (kill_at, names, office.told())
        office.runs_until(lambda before=pairs: office.is_done(before))

        assert office.pair.problem == "", kill_at
        assert len(office.fake.called("access_token")) == exchanges + 1, kill_at
    assert office.fake.refusals == []
    assert office.alarms() == []


def dies(office: Office, process, pairs: int) -> None:
    """It kills itself at its boundary; where this run has fewer of them (answers are settled in batches), it is
    killed once all is done.
    """
    end, done_since = time.monotonic() + 40, 0.0
    while process.is_alive() and time.monotonic() < end:
        done_since = (done_since or time.monotonic()) if office.is_done(pairs) else 0.0
        if done_since and time.monotonic() - done_since > 0.5:
            process.kill()
        process.join(0.05)


def test_a_server_killed_while_the_exchange_is_on_its_way_loses_no_pair(office):
    """The platform has used the token up and takes its time to answer: the renewal outlives the server."""
    office.sets_out()
    office.fake.silence(1.5, "access_token")
    process = office.start(rotating.server)
    office.until(lambda: len(office.fake.oauth.pairs) == 2, process)
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert process.exitcode == -9
    assert not office.is_good()  # the answer is not here yet

    office.until(office.is_good)
    assert office.pair.problem == ""
    assert len(office.fake.called("access_token")) == 1
    assert office.fake.refusals == []


def test_a_renewal_killed_anywhere_but_between_answer_and_commit_loses_no_pair(office):
    office.sets_out()
    process = office.start(rotating.renewal)
    process.join(30)
    assert (process.exitcode, office.is_good()) == (0, True)
    names = office.passed()
    assert names == [
        *("before commit", "after commit"),  # who does it
        *("before by_refresh_token", "after by_refresh_token"),
        *("before commit", "after commit"),  # the new pair
    ]
    lost = []
    for kill_at in range(1, len(names) + 1):
        office.sets_out()
        before = len(office.fake.refusals)
        process = office.start(rotating.renewal, kill_at)
        process.join(30)
        assert process.exitcode == -9
        _two_minutes_later(office)
        again = office.start(rotating.renewal)
        again.join(30)
        if len(office.fake.refusals) > before:
            lost.append(kill_at)
            _told_and_mended(office)
        assert (office.is_good(), office.pair.problem) == (True, ""), kill_at

    assert lost == [4, 5]  # the answer was here and not committed: no program can hold on to that


def _two_minutes_later(office) -> None:
    with office.database.transaction() as session:
        row = session.get(tokens.ChannelToken, office.account)
        if row.refreshing_since is not None:
            row.refreshing_since -= tokens.ALONE


def _told_and_mended(office) -> None:
    """The old access token still works, the registrars hear it, and permission given anew goes on by itself."""
    assert office.pair.problem == "-14014 Invalid refresh token."
    assert office.pair.lives(datetime.now(UTC))
    assert [told["command"] for told in office.alarms()] == ["caunoi zalo-oa authorize"]
    office.runs_until(office.is_sent)  # with what permission is left
    given = by_code(office.settings, office.fake.permit(), "")
    keep(office.database, office.account, given, Clock())
