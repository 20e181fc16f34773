"""The whole program with an Official Account and nothing else: bound, taught, told a notice while windows close."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from bot.settings import load
from handlers.engine.messages import Message
from storage.admin import migrate
from storage.base.clock import clock_offset
from storage.base.keyring import Keyring, new_code
from storage.courses.notices import Delivery
from storage.messaging import dialogues, outbox, tokens
from storage.messaging.accounts import ChannelAccount, account_named
from storage.people.people import Contact, Invite, Person, bind
from tests.casts.centre import fill
from tests.conftest import SECRET
from tests.houses.channels.zalo_oa import APP, KEY, authorised, given
from tests.houses.running import running
from tests.houses.waiting import until

MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # 9:00 in Vietnam
TEMPLATES = {"notice": {"id": "302259", "fields": {"name": "name", "class_name": "class", "time": "when"}}}


@pytest.fixture
def zalo():
    with FakeZaloOA(APP, secret_key=KEY) as fake:
        yield fake
        assert fake.violations == []


class Town:
    """The cast, some of them bound on the Official Account, on the dialogues' Monday."""

    def __init__(self, database, url: str, zalo: FakeZaloOA) -> None:
        self.database, self.url, self.zalo = database, url, zalo
        self.users: dict[int, Any] = {}
        self.offset = MONDAY - datetime.now(UTC)
        zalo.now = lambda: datetime.now(UTC) + self.offset
        with database.writer.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrate.HEAD})
        with database.transaction() as session:
            session.execute(clock_offset.insert().values(id=1, seconds=self.offset.total_seconds()))
            self.account = account_named(session, "zalo_oa").id
            self.cast = fill(session, MONDAY)
        authorised(database, self.account, zalo)

    def binds(self, person_id: int, *, heard: timedelta = timedelta(), told: int = 0):
        """A person on the account who wrote so long ago, and has had so many messages since."""
        with self.database.transaction() as session:
            person = session.get(Person, person_id)
            user = self.zalo.user(person.name, wrote=True)
            bind(session, person, self.account, user.id, MONDAY)
            row = dialogues.dialogue_id(session, self.account, user.id)
            dialogues.heard(session, row, MONDAY - heard)
            dialogues.told(session, self.account, user.id, told)
        user.heard_at -= heard
        user.told_free = told
        self.users[person_id] = user
        return user

    @contextmanager
    def running(self, **more: Any):
        settings = load(
            database_url=self.url,
            http_port=0,
            **given(self.zalo, **more),
            public_url="https://caunoi.example.vn",
        )
        with running(settings) as program:
            channel = program.app.channels[self.account]
            self.zalo.webhook = f"http://127.0.0.1:{program.app.port}{channel.webhook.path}"
            try:
                yield program
            finally:
                self.zalo.webhook = ""

    def deliveries(self) -> dict[int, tuple[str, str]]:
        with self.database.reading() as session:
            rows = session.execute(select(Delivery.person_id, Delivery.state, Delivery.reason))
            return {row.person_id: (row.state, row.reason) for row in rows}

    def waits(self, user) -> bool:
        with self.database.reading() as session:
            query = select(outbox.outbox.c.last_error).where(
                outbox.outbox.c.chat == user.id, outbox.outbox.c.state == "due"
            )
            return session.execute(query).scalars().all() == ["held:window"]

    def sends_the_notice(self, registrar) -> None:
        registrar.says("/thongbao")
        registrar.wait_message(lambda m: "Khai giảng" in m.labels)
        registrar.taps("Khai giảng")
        registrar.wait_message(lambda m: any("Nhận thức" in label for label in m.labels))
        registrar.taps(next(label for label in registrar.buttons if "Nhận thức" in label))
        registrar.wait_message(lambda m: any(label.startswith("Gửi") for label in m.labels))
        registrar.taps(next(label for label in registrar.buttons if label.startswith("Gửi")))


@pytest.fixture
def town(database, database_url, zalo):
    return Town(database, database_url, zalo)


def letters(user) -> list[str]:
    return [m.text for m in user.messages if "THÔNG BÁO KHAI GIẢNG" in m.text and "Kính gửi" in m.text]


def test_a_person_follows_types_his_code_and_taps_himself_in(town, zalo):
    code, person_id = new_code(), town.cast.learners[1]
    with town.database.transaction() as session:
        digest = Keyring(SECRET).hash_code(code)
        lives = {"created_at": MONDAY, "expires_at": MONDAY + timedelta(days=14)}
        session.add(Invite(person_id=person_id, code_hash=digest, **lives))
        name = session.get(Person, person_id).name
    user = zalo.user(name)
    with town.running():
        user.follows()
        user.wait_for("mã")
        user.says(code)
        user.wait_for(name)
        user.taps("Đúng là tôi")
        user.wait_message(lambda m: "Đồng ý" in m.labels)
        user.taps("Đồng ý")
        user.wait_for("Đã liên kết")
        user.says("lich tuan nay")
        user.wait_for("Lịch")
        assert zalo.paid == []

    with town.database.reading() as session:
        contact = session.execute(
            select(Contact.chat, Contact.state).where(Contact.account_id == town.account)
        )
        account = session.get_one(ChannelAccount, town.account)
        assert contact.all() == [(user.id, "active")]
        assert (account.username, account.abroad, account.can.buttons) == (zalo.name, False, 5)


def test_windows_that_close_in_the_middle_of_a_broadcast_hold_it_until_the_person_writes(town, zalo):
    """One wrote too long ago, one has had his eight messages, and of one the platform thinks otherwise than we."""
    cast = town.cast
    open_one = town.binds(cast.learners[0])
    long_ago = town.binds(cast.learners[1], heard=timedelta(hours=49))
    spent = town.binds(cast.learners[2], told=8)
    closing = town.binds(cast.other_learner)
    closing.heard_at -= timedelta(days=3)
    registrar = town.binds(cast.registrar)
    waiting = {cast.learners[1]: long_ago, cast.learners[2]: spent, cast.other_learner: closing}
    with town.running() as program:
        town.sends_the_notice(registrar)
        open_one.wait_for("THÔNG BÁO KHAI GIẢNG")
        for user in waiting.values():
            until(lambda user=user: town.waits(user))
            assert user.messages == []
        assert all(town.deliveries()[person] == ("waiting", "held:window") for person in waiting)
        until(lambda: town.deliveries()[cast.learners[0]][0] == "sent")  # kept after he reads it

        for user in waiting.values():
            user.says("Chào Trung tâm")
            user.wait_for("THÔNG BÁO KHAI GIẢNG")
        assert program.call(lambda app: app.quiet())
        assert all(town.deliveries()[person] == ("sent", "") for person in waiting)

    for user in (open_one, *waiting.values()):
        assert len(letters(user)) == 1
    assert zalo.paid == []
    assert [refused.error for refused in zalo.refusals] == [-230]  # the one we could not know of


def test_where_a_template_is_configured_it_goes_instead_and_the_table_says_so(town, zalo):
    cast = town.cast
    long_ago = town.binds(cast.learners[1], heard=timedelta(hours=49))
    registrar = town.binds(cast.registrar)
    with town.running(zalo_oa_templates=TEMPLATES) as program:
        town.sends_the_notice(registrar)
        told = long_ago.wait_message(lambda m: m.template)
        assert program.call(lambda app: app.quiet())

    assert told.template == "302259"
    assert long_ago.name in told.text
    assert town.deliveries()[cast.learners[1]] == ("sent", "template")
    assert letters(long_ago) == []


def test_the_first_pair_is_fetched_at_the_first_start(town, zalo):
    with town.database.transaction() as session:
        session.delete(session.get(tokens.ChannelToken, town.account))
    user = town.binds(town.cast.learners[0])
    with town.running(zalo_oa_refresh_token=zalo.refresh_token):
        user.says("lịch")
        user.wait_for("Buổi tới", 30)

    with town.database.reading() as session:
        pair = tokens.pair_of(session, town.account)
    assert (pair.access, pair.problem) == (zalo.access_token, "")


def test_an_account_without_permission_stops_nothing_else_and_goes_on_once_it_has_it(town, zalo):
    """What is said meanwhile is kept and answered; the web chat is served; nobody has to start anything."""
    from bot.channels.zalo_oa.oauth import by_code
    from bot.channels.zalo_oa.refresh import keep
    from storage.base.clock import Clock

    user = town.binds(town.cast.learners[0])
    zalo.revoke()
    with town.running() as program:
        user.says("lịch")
        app = program.app
        assert httpx.get(f"http://127.0.0.1:{app.port}/health", trust_env=False).status_code == 200
        until(lambda: _problem(town))
        assert user.messages == []
        given_anew = by_code(app.channels[town.account].settings, zalo.permit(), "")
        keep(town.database, town.account, given_anew, Clock())
        user.wait_for("Buổi tới", 60)

    assert len([m for m in user.messages if "Buổi tới" in m.text]) == 1


def _problem(town) -> str:
    with town.database.reading() as session:
        return tokens.pair_of(session, town.account).problem


def test_a_broadcast_keeps_to_twenty_a_second_and_reaches_everybody_once(town, zalo):
    """Sixty messages at once. On a busy computer a few may come too close together: they go a second later."""
    people = [zalo.user(f"Người {number}", wrote=True) for number in range(60)]
    with town.database.transaction() as session:
        for user in people:
            dialogues.heard(session, dialogues.dialogue_id(session, town.account, user.id), MONDAY)
            here = {"account_id": town.account, "chat": user.id, "due_at": MONDAY, "made_at": MONDAY}
            outbox.put(session, message=Message("Kính gửi").wire(), lane=outbox.BROADCAST, **here)
    zalo.pace.per_second, zalo.latency = 20, 0.05
    with town.running() as program:
        until(lambda: all(user.messages for user in people))
        assert program.app.senders[town.account].pace.per_second < 20

    sends = [call.at for call in zalo.calls if call.method == "message/cs"]
    assert [len(user.messages) for user in people] == [1] * len(people)
    assert sends[-1] - sends[0] > 2.0  # 60 at 20 a second: two seconds after the first
    assert {refused.error for refused in zalo.refusals} <= {-32}
    assert len(zalo.refusals) < len(people) / 2
