"""The pair of an Official Account: kept sealed, renewed by one at a time, told when it is lost."""

import asyncio
import logging
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.channels.base import AccountDown, Held, Sent
from bot.channels.zalo_oa import refresh
from bot.channels.zalo_oa import tokens as zalo_oa_tokens
from bot.channels.zalo_oa.oauth import Given
from bot.channels.zalo_oa.refresh import Outcome, renew
from storage.base.clock import Clock
from storage.messaging import outbox, timers, tokens
from storage.messaging.tokens import Pair, pair_of
from tests.houses.channels.contract import story, until
from tests.houses.channels.zalo_oa import ZaloOaHouse

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(database):
    """On both databases."""
    with ZaloOaHouse.built(database) as house:
        yield house


@pytest.fixture
def alone(sqlite_template, tmp_path):
    with ZaloOaHouse.alone(sqlite_template, tmp_path) as house:
        yield house


def make_due(house) -> None:
    """The stored pair is at nine tenths of its life."""
    now = datetime.now(UTC)
    with house.database.transaction() as session:
        row = session.get(tokens.ChannelToken, house.account_id)
        row.refreshed_at, row.expires_at = now - 9 * HOUR, now + HOUR


def renews(house, **more) -> Outcome:
    return renew(house.database, house.account_id, house.settings, Clock(), **more)


def is_good(house) -> bool:
    """Whether the stored pair is the platform's newest."""
    pair, newest = house.pair, house.fake.oauth.newest
    return (pair.access, pair.refresh) == (newest.access, newest.refresh)


def alarms(house) -> list[dict]:
    with house.database.reading() as session:
        query = select(timers.timer.c.args).where(timers.timer.c.kind == "account_alarm")
        return list(session.execute(query).scalars())


# -- what is stored


@pytest.mark.parametrize(
    ("lives", "due"),
    [
        (25 * HOUR, 20 * HOUR),
        (4 * HOUR, 3 * HOUR),
        (2 * HOUR, HOUR),
        (HOUR, HOUR / 2),
        (HOUR / 60, HOUR / 120),
    ],
)
def test_a_pair_is_due_at_four_fifths_of_its_life_and_an_hour_before_its_end_at_the_latest(lives, due):
    assert Pair("a", "r", NOW + lives, NOW).due_at == NOW + due


def test_a_new_pair_takes_the_place_of_the_old_and_mends_what_was_wrong(house):
    with house.database.transaction() as session:
        tokens.begin(session, house.account_id, NOW, whatever=True)
        tokens.give_up(session, house.account_id, house.fake.refresh_token, "lost")
        tokens.replace(session, house.account_id, "access 2", "refresh 2", HOUR, NOW)

    assert house.pair == Pair("access 2", "refresh 2", NOW + HOUR, NOW, None, "")


def test_a_pair_is_sealed_in_the_database_and_hidden_in_every_repr(house):
    with house.database.reading() as session:
        query = text("SELECT access_token, refresh_token FROM channel_token")
        stored = b"".join(bytes(part) for part in session.execute(query).one())
    said = repr(house.pair) + repr(Given(house.fake.access_token, house.fake.refresh_token, 1))

    for secret in (house.fake.access_token, house.fake.refresh_token):
        assert secret.encode() not in stored
        assert secret not in said


def test_an_account_that_never_had_one_has_none(house):
    with house.database.reading() as session:
        assert pair_of(session, 0) is None


def test_one_at_a_time_takes_the_exchange_upon_itself(house):
    make_due(house)
    now = datetime.now(UTC)
    with house.database.transaction() as session:
        assert tokens.begin(session, house.account_id, now).refresh == house.fake.refresh_token
        assert tokens.begin(session, house.account_id, now + HOUR / 60) is None
        assert tokens.begin(session, house.account_id, now + HOUR / 60, whatever=True) is None
        assert tokens.begin(session, house.account_id, now + HOUR / 30) is not None  # the first one died


def test_a_late_failure_does_not_touch_the_pair_that_came_meanwhile(house):
    with house.database.transaction() as session:
        tokens.replace(session, house.account_id, "access 2", "refresh 2", HOUR, NOW)
        assert not tokens.give_up(session, house.account_id, house.fake.refresh_token, "lost")
        tokens.outdated(session, house.account_id, house.fake.access_token, NOW)

    assert house.pair == Pair("access 2", "refresh 2", NOW + HOUR, NOW)


# -- one renewal


def test_a_due_pair_is_renewed_and_one_that_is_not_is_left_alone(house):
    assert renews(house) is Outcome.NOT_DUE
    make_due(house)
    assert renews(house) is Outcome.RENEWED

    assert is_good(house)
    assert len(house.fake.called("access_token")) == 1
    assert house.pair.expires_at - house.pair.refreshed_at == timedelta(seconds=90_000)
    assert renews(house, whatever=True) is Outcome.RENEWED
    assert is_good(house)


def test_two_at_once_make_one_exchange(house):
    make_due(house)
    house.fake.silence(0.3, "access_token")
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(renews(house))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [Outcome.NOT_DUE] * 3 + [Outcome.RENEWED]
    assert len(house.fake.called("access_token")) == 1
    assert is_good(house)


@pytest.mark.slow
@pytest.mark.differs
def test_two_processes_at_once_make_one_exchange(house):
    with_tables(house)
    make_due(house)
    house.fake.silence(0.3, "access_token")
    children = [refresh.start(house.settings, "main") for _ in range(2)]

    assert [child.wait(60) for child in children] == [0, 0]
    assert len(house.fake.called("access_token")) == 1
    assert is_good(house)


def with_tables(house) -> None:
    """The database says which version it is at, as the commands want it."""
    from storage.admin import migrate

    with house.database.writer.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        )
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrate.HEAD})


def test_nobody_elses_transaction_waits_for_the_exchange(house):
    make_due(house)
    house.fake.silence(1.0, "access_token")
    renewing = threading.Thread(target=lambda: renews(house))
    renewing.start()
    house.fake.wait_until(lambda: house.fake.called("access_token"))
    began = time.monotonic()
    with house.database.transaction() as session:
        session.execute(text("UPDATE channel_account SET heartbeat_at = heartbeat_at"))
    took = time.monotonic() - began
    renewing.join()

    assert took < 0.5
    assert is_good(house)


@pytest.mark.parametrize(
    "fault",
    [
        lambda fake: fake.drop_connections(1, "access_token"),
        lambda fake: fake.bad_gateway("access_token"),
        lambda fake: fake.answer_next("access_token", "{}"),
        lambda fake: fake.answer_next("access_token", "[1]"),
        lambda fake: fake.fail_next("access_token", -100, "Unknown error"),
        lambda fake: fake.fail_next("access_token", -14014, "Invalid refresh token", status=503),
    ],
)
def test_without_an_answer_nothing_is_lost_and_it_is_tried_again(house, fault):
    make_due(house)
    fault(house.fake)
    before = house.pair

    assert renews(house) is Outcome.UNANSWERED
    assert house.pair == before
    assert renews(house) is Outcome.RENEWED
    assert is_good(house)
    assert alarms(house) == []


def test_an_answer_that_went_astray_is_found_out_at_the_next_try(house):
    """The platform has used the token up, and its answer never came: the one loss nobody can prevent."""
    make_due(house)
    house.fake.drop_connections(1, "access_token", carried_out=True)

    assert renews(house) is Outcome.UNANSWERED
    assert house.pair.problem == ""
    assert renews(house) is Outcome.REFUSED
    assert house.pair.problem == "-14014 Invalid refresh token."
    assert house.pair.access  # it is used while it lives
    assert len(alarms(house)) == 1


def test_the_first_pair_comes_from_the_settings(database):
    with ZaloOaHouse.built(database) as house:
        with house.database.transaction() as session:
            session.delete(session.get(tokens.ChannelToken, house.account_id))
        assert renews(house) is Outcome.REFUSED
        assert "no refresh token" in house.pair.problem
        house.settings = house.settings.model_copy(update=_first(house.fake.refresh_token))

        assert renews(house) is Outcome.RENEWED
        assert is_good(house)
        assert house.pair.problem == ""


def _first(token: str) -> dict:
    from pydantic import SecretStr

    return {"zalo_oa_refresh_token": SecretStr(token)}


def test_a_new_token_in_the_settings_mends_a_lost_pair(house):
    make_due(house)
    house.fake.revoke()
    assert renews(house) is Outcome.REFUSED
    house.fake.oauth.give()
    house.settings = house.settings.model_copy(update=_first(house.fake.refresh_token))

    assert renews(house) is Outcome.RENEWED
    assert is_good(house)


def test_a_lost_pair_is_told_once_a_day_with_the_command_that_mends_it(house):
    make_due(house)
    house.fake.revoke()
    for _ in range(3):
        assert renews(house) is Outcome.REFUSED

    (told,) = alarms(house)
    assert (told["account"], told["command"]) == ("main", "caunoi zalo-oa authorize")
    assert told["problem"] == "-14014 Invalid refresh token."
    assert datetime.fromisoformat(told["until"]) == house.pair.expires_at


def test_a_wrong_key_is_told_too_and_uses_no_token_up(house):
    make_due(house)
    right, first = house.fake.oauth.secret_key, house.fake.refresh_token
    house.fake.oauth.secret_key = "another"
    assert renews(house) is Outcome.REFUSED
    assert house.pair.problem == "-14004 Invalid secret key."
    assert house.pair.refresh == first
    house.fake.oauth.secret_key = right

    assert renews(house) is Outcome.RENEWED
    assert house.pair.problem == ""


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ('{"access_token": "a", "refresh_token": "r", "expires_in": "90000"}', 90_000),
        ('{"access_token": "a", "refresh_token": "r", "expires_in": 7200}', 7200),
        ('{"access_token": "a", "refresh_token": "r", "expires_in": "soon"}', 3600),
        ('{"access_token": "a", "refresh_token": "r", "expires_in": -1}', 3600),
        ('{"access_token": "a", "refresh_token": "r", "expires_in": 1e300}', 3600),
        ('{"access_token": "a", "refresh_token": "r", "expires_in": NaN}', 3600),
        ('{"access_token": "a", "refresh_token": "r"}', 3600),
    ],
)
def test_however_its_life_is_told_a_pair_that_came_is_kept(alone, body, seconds):
    make_due(alone)
    alone.fake.answer_next("access_token", body)

    assert renews(alone) is Outcome.RENEWED
    assert (alone.pair.access, alone.pair.refresh) == ("a", "r")
    assert alone.pair.expires_at - alone.pair.refreshed_at == timedelta(seconds=seconds)


def test_where_no_new_refresh_token_comes_the_old_one_is_kept(alone):
    make_due(alone)
    first = alone.fake.refresh_token
    alone.fake.answer_next("access_token", '{"access_token": "a", "expires_in": 7200}')

    assert renews(alone) is Outcome.RENEWED
    assert (alone.pair.access, alone.pair.refresh) == ("a", first)


def test_a_database_that_is_away_when_the_answer_comes_is_waited_for(alone, monkeypatch):
    make_due(alone)
    failures, waits = [1, 2, 3], []
    plain = tokens.replace

    def away(*args, **more):
        if failures:
            failures.pop()
            raise OperationalError("UPDATE", {}, Exception("the disk is full"))
        plain(*args, **more)

    monkeypatch.setattr(tokens, "replace", away)
    monkeypatch.setattr(refresh.time, "sleep", waits.append)

    assert renews(alone) is Outcome.RENEWED
    assert is_good(alone)
    assert waits == list(refresh.PATIENCE[:3])


# -- the running channel


@story
async def test_a_running_account_has_its_pair_renewed_in_time_by_a_process_of_its_own(alone):
    with_tables(alone)
    make_due(alone)
    async with alone.open():
        first = alone.pair.access
        await until(lambda: alone.pair.access != first, 30)
        assert isinstance(await alone.channel.send(alone.outgoing("Chào")), Sent)

    assert is_good(alone)
    assert alone.fake.refusals == []


@story
async def test_a_token_the_platform_takes_no_longer_is_renewed_at_once_and_its_message_goes(alone):
    with_tables(alone)
    async with alone.open():
        alone.fake.oauth.newest.expires_at = datetime.now(UTC)  # sooner than it was said
        assert isinstance(await alone.channel.send(alone.outgoing("Chào")), AccountDown)
        found = await _sent(alone)

    assert isinstance(found, Sent)
    assert [refused.error for refused in alone.fake.refusals] == [-220]
    assert is_good(alone)


async def _sent(house, seconds: float = 30):
    """The verdict once it is no AccountDown, tried as the sender tries."""
    end = time.monotonic() + seconds
    while isinstance(found := await house.channel.send(house.outgoing("Chào")), AccountDown):
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    return found


@story
async def test_a_pair_another_replica_renewed_is_taken_over_within_the_same_send(alone):
    async with alone.open():
        assert isinstance(await alone.channel.send(alone.outgoing("Chào")), Sent)
        alone.fake.oauth.newest.expires_at = datetime.now(UTC)
        assert renews(alone, whatever=True) is Outcome.RENEWED  # elsewhere
        assert isinstance(await alone.channel.send(alone.outgoing("Chào", 2)), Sent)


@story
async def test_a_lost_pair_is_used_while_it_lives_then_messages_are_held_until_permission_is_given_again(
    alone, monkeypatch
):
    with_tables(alone)
    make_due(alone)
    for pair in alone.fake.oauth.pairs:
        pair.used = True  # as if the answer that used it up had gone astray
    monkeypatch.setattr(zalo_oa_tokens, "LOOK", 0.05)
    with alone.database.transaction() as session:
        row = _queued(session, alone)
    async with alone.open():
        await until(lambda: alone.pair.problem, 30)
        assert isinstance(await alone.channel.send(alone.outgoing("Chào")), Sent)  # the old one still lives
        alone.fake.oauth.newest.expires_at = datetime.now(UTC)
        assert await _sent(alone) == Held("token", zalo_oa_tokens.HELD_FOR)
        with alone.database.transaction() as session:
            outbox.settle(
                session, [row], {"last_error": f"{outbox.HELD}token", "retry_at": NOW + 365 * 24 * HOUR}
            )
        _authorises(alone)
        await until(lambda: _retry_at(alone, row) is None)
        assert isinstance(await _sent(alone), Sent)

    (told,) = alarms(alone)
    assert told["command"] == "caunoi zalo-oa authorize"
    assert alone.pair.problem == ""


def _queued(session, house) -> int:
    wire = {"html": "Chào", "buttons": [], "keyboard": [], "document": None, "asks_phone": ""}
    return outbox.put(
        session, account_id=house.account_id, chat=house.chat, message=wire, due_at=NOW, made_at=NOW
    )


def _retry_at(house, row: int):
    with house.database.reading() as session:
        return outbox.get(session, row).retry_at


def _authorises(house) -> None:
    """As `caunoi zalo-oa authorize` does, from elsewhere."""
    from bot.channels.zalo_oa.oauth import by_code

    refresh.keep(house.database, house.account_id, by_code(house.settings, house.fake.permit(), ""), Clock())


@story
async def test_without_any_token_messages_are_held_and_the_mend_is_told(alone):
    with_tables(alone)
    with alone.database.transaction() as session:
        session.delete(session.get(tokens.ChannelToken, alone.account_id))
    async with alone.open():
        assert await _sent(alone) == Held("token", zalo_oa_tokens.HELD_FOR)

    assert [told["until"] for told in alarms(alone)] == [""]


@story
async def test_a_permission_service_that_is_away_is_asked_again_only_after_a_while(alone, monkeypatch):
    started = []

    def start(settings, name):
        started.append(name)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])

    monkeypatch.setattr(refresh, "start", start)
    monkeypatch.setattr(zalo_oa_tokens, "LOOK", 0.02)
    make_due(alone)
    async with alone.open():
        await until(lambda: started)
        await until(lambda: alone.channel.tokens._not_before > time.monotonic() + 50)
        assert isinstance(await alone.channel.send(alone.outgoing("Chào")), Sent)
        await asyncio.sleep(0.2)

    assert started == ["main"]


@story
async def test_a_database_that_is_away_does_not_end_the_keeping(alone, monkeypatch, caplog):
    failing = [True]
    plain = tokens.pair_of

    def away(session, account_id):
        if failing:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return plain(session, account_id)

    monkeypatch.setattr(zalo_oa_tokens, "LOOK", 0.02)
    with caplog.at_level(logging.ERROR, "caunoi"):
        async with alone.open():
            monkeypatch.setattr(tokens, "pair_of", away)
            alone.channel.tokens.wake.set()
            await until(lambda: "the database is away" in caplog.text)
            failing.clear()
            assert isinstance(await alone.channel.send(alone.outgoing("Chào")), Sent)


def test_the_childs_settings_come_from_ours_and_no_secret_is_an_argument(alone, monkeypatch):
    seen = {}

    class Recorded:
        def __init__(self, command, **more) -> None:
            seen.update(command=command, **more)

    monkeypatch.setenv("CAUNOI_ZALO_OA_SECRET_KEY", "of-the-environment")
    monkeypatch.setenv("CAUNOI_ZALO_OA_REFRESH_TOKEN", "of-the-environment")
    monkeypatch.setenv("CAUNOI_SECRET_KEY_FILE", "/somewhere")
    monkeypatch.setattr(subprocess, "Popen", Recorded)
    refresh.start(alone.settings, "an-hoa")

    assert seen["command"][1:] == ["-P", "-m", "bot", "zalo-oa", "refresh", "--account", "an-hoa"]
    assert seen["env"]["CAUNOI_ZALO_OA_SECRET_KEY"] == alone.settings.zalo_oa_secret_key.get_secret_value()
    assert "CAUNOI_ZALO_OA_REFRESH_TOKEN" not in seen["env"]
    assert seen["env"]["CAUNOI_SECRET_KEY_FILE"] == ""
    assert seen["start_new_session"]
