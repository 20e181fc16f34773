"""SIGKILL where choices are typed, and in a broadcast over two channels: no number presses what was not meant."""

import sys
import time
from collections import Counter

import pytest
from sqlalchemy import select

from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.workers.sender import IN_FLIGHT
from storage.courses.notices import Delivery
from storage.messaging import inbox
from storage.messaging.accounts import account_named
from storage.people.people import Person, bind
from storage.reports.reports import ConductEntry, ConductReport, ConductRevision
from tests.casts.reports import no_roll_call
from tests.houses.channels.messengers import ZALO_TOKEN
from tests.whole.test_crash import MONDAY, Centre, killed_everywhere, prepare_notice

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; CI kills on Linux"),
]


LONG_ENOUGH = 0.3  # seconds of quiet


class TwoChannels(Centre):
    """The head and some of the recipients are on a Zalo bot, one of them on both."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.bot = FakeZaloBot(ZALO_TOKEN)
        self.bot.__enter__()
        self.more = {"CAUNOI_ZALO_BOT_TOKEN": ZALO_TOKEN, "CAUNOI_ZALO_BOT_API_URL": self.bot.url}
        self.typing = {}
        with self.database() as database, database.transaction() as session:
            account = account_named(session, "zalo_bot").id
            for person_id in (self.cast.head, self.cast.learners[0], self.cast.learners[2]):
                user = self.bot.user(f"Người {person_id}")
                user.says("xin chào")
                bind(session, session.get(Person, person_id), account, user.id, MONDAY)
                self.typing[person_id] = user

    def is_quiet(self) -> bool:
        """All that was said has been kept, too: an event given to a process that died is given again.

        Looked at in the order in which an event moves on.
        """
        if self.bot.pending:
            return False
        given = {event["message"]["message_id"] for event in list(self.bot.events.given)}
        kept = {name for (name,) in self.rows(select(inbox.inbox.c.external_id))}
        return given <= kept and super().is_quiet()

    def dies_at(self, boundary: int) -> None:
        """Events come again at every poll after a start, so the last boundaries of one run may be none of another:
        a process that has nothing left to do is killed where it stands.
        """
        self.start(boundary)
        quiet_since = 0.0
        while self.process.is_alive():
            quiet_since = (quiet_since or time.monotonic()) if self.is_quiet() else 0.0
            if quiet_since and time.monotonic() - quiet_since > LONG_ENOUGH:
                self.process.kill()
            self.process.join(0.05)
        assert self.process.exitcode == -9, self.told()

    def restore(self) -> None:
        super().restore()
        self.bot.events.given.clear()  # what was said before is in the database

    def close(self) -> None:
        super().close()
        self.bot.__exit__(None, None, None)


@pytest.fixture
def centre(tmp_path):
    made = TwoChannels(tmp_path)
    yield made
    made.close()


def test_killed_between_a_list_and_its_answer_a_number_presses_nothing_else(centre):
    """The first card's number 1 is a learner, the second one's is "Gửi". Whenever the kill comes, and though the
    person answers while the program is dead, the learner is never mentioned, and the report is sent once.
    """
    with centre.database() as database:
        no_roll_call(type("Stage", (), {"database": database, "cast": centre.cast})())
    head = centre.typing[centre.cast.head]
    centre.runs_until(centre.is_quiet)
    head.says("bao cao")
    centre.runs_until(lambda: centre.is_quiet() and "1. Nguyễn Văn An" in head.last.text)
    seen: list[int] = []

    def act() -> None:
        seen.append(len(head.messages))
        head.says("tat ca")

    def cards() -> list[str]:
        return [m.text for m in head.messages[seen[-1] :] if "Báo cáo CHƯA gửi" in m.text]

    def sent() -> bool:
        return bool(centre.rows(select(ConductRevision.id)))

    def check(boundary: int) -> None:
        assert cards(), boundary
        for _again in range(2):  # told that the list has changed, he answers once more
            if not sent():
                head.says("1")
                centre.runs_until(centre.is_quiet)
        [(revision, report)] = centre.rows(
            select(ConductReport.revision, ConductReport.id).where(ConductReport.id == centre.cast.report)
        )
        assert (revision, report) == (1, centre.cast.report), boundary
        assert centre.rows(select(ConductEntry.id)) == [], boundary
        assert len(cards()) <= 3, boundary

    def answers_at_once() -> None:
        """He answers the moment the list is there, dead though the program may be."""
        if cards():
            head.says("1")

    total = killed_everywhere(centre, act, check, between=answers_at_once)

    assert total >= 8


def test_a_notice_over_two_channels_killed_anywhere_reaches_everyone(centre):
    """Each recipient has it on one channel; only what was in flight may have come twice."""
    registrar = centre.users[centre.cast.registrar]
    centre.runs_until(centre.is_quiet)
    send = prepare_notice(centre, registrar)
    before: list[Counter[int]] = []

    def act() -> None:
        before.append(letters(centre))
        send()

    def check(boundary: int) -> None:
        came = letters(centre) - before[-1]
        states = Counter(state for (state,) in centre.rows(select(Delivery.state)))
        expected = {*centre.bound, *centre.typing} - {centre.cast.learners[2]}
        assert expected - {centre.cast.head} <= set(came), (boundary, expected, came)
        assert sum(times - 1 for times in came.values()) <= 2 * IN_FLIGHT, boundary
        assert states["sent"] == len(came), (boundary, states, came)

    total = killed_everywhere(centre, act, check)

    assert total >= 2 * len(centre.bound)


def letters(centre) -> Counter[int]:
    """How often each person has got the notice, on whichever channel."""
    by_chat = {str(user.id): person for person, user in centre.users.items()}
    by_chat |= {user.id: person for person, user in centre.typing.items()}
    texts = [(str(call["chat_id"]), call["text"]) for call in centre.fake.called("sendMessage")]
    texts += [(user.id, message.text) for user in centre.typing.values() for message in user.messages]
    return Counter(
        by_chat[chat]
        for chat, text in texts
        if "KHAI GIẢNG" in text and "Kính gửi" in text and chat in by_chat
    )
