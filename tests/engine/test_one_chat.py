"""One chat cannot stop the others, and a stop repeats nothing."""

import pytest

from bot.channels.base import AccountDown, Later
from bot.workers import sender
from storage.messaging import outbox
from storage.messaging.accounts import ChannelAccount

pytestmark = pytest.mark.differs
BAD = [f"bad{number}" for number in range(8)]
FAULT = AccountDown("500 Internal Server Error", 1.0)
FLOOD = Later(60, "429 Too Many Requests: retry after 60", too_fast=True)


def sent(post) -> int:
    return post.states().count("sent")


def account(post) -> ChannelAccount:
    with post.stage.database.reading() as session:
        return session.get_one(ChannelAccount, post.stage.account.id)


def test_eight_chats_that_fail_hold_up_none_of_the_others(post):
    bad = [post.puts("x", chat=chat) for chat in BAD]
    post.channel.script = dict.fromkeys(BAD, FAULT)
    for number in range(161):
        post.puts("answer", chat=f"good{number}")
    post.runs(lambda: sent(post) == 161, seconds=30)

    assert post.channel.texts.count("answer") == 161
    assert {(row.state, row.attempts, row.last_error) for row in map(post.row, bad)} == {
        ("due", 0, FAULT.reason)
    }


@pytest.mark.parametrize("known", [False, True])
def test_eight_chats_that_get_no_answer_hold_up_none_of_the_others(post, monkeypatch, known):
    monkeypatch.setattr(sender, "HANGS", 0.0)
    monkeypatch.setattr(sender, "LANDING", 0.0)
    for chat in BAD:
        post.puts("x", chat=chat)
    post.channel.hanging = set(BAD)
    if known:
        post.troubled = BAD
    for number in range(161):
        post.puts("answer", chat=f"good{number}")
    post.runs(lambda: sent(post) == 161, seconds=30)

    assert post.channel.most <= sender.IN_FLIGHT + sender.ASIDE
    assert post.channel.texts.count("x") == (sender.ASIDE if known else sender.IN_FLIGHT)


def test_a_chat_that_fails_keeps_its_order(post):
    rows = [post.puts(str(number), chat="bad") for number in range(3)]
    post.channel.script["bad"] = [AccountDown("500", 0.01), AccountDown("500", 0.01)]
    post.runs_all()

    assert post.channel.texts == ["0", "0", "0", "1", "2"]
    assert [post.row(row).attempts for row in rows] == [0, 0, 0]


def test_an_account_that_is_refused_for_good_says_so_and_what_comes_then_clears_it(post):
    refused = AccountDown("the token is refused", 0.01, refused=True)
    post.puts("hello")
    post.channel.script["a"] = [refused] * 4
    post.runs(lambda: account(post).pause_reason == refused.reason)
    post.runs_all()

    assert (account(post).pause_reason, account(post).paused_until) == ("", None)


def test_one_refusal_among_good_answers_is_not_told_on_the_account(post):
    post.puts("hello", chat="refused")
    post.channel.script["refused"] = [AccountDown("the token is refused", 60.0, refused=True)]
    for number in range(20):
        post.puts("answer", chat=f"good{number}")
    post.runs(lambda: sent(post) == 20)

    assert account(post).pause_reason == ""


def test_a_flood_in_one_chat_does_not_hold_the_broadcast(post):
    post.puts("news", chat="flooded", lane=outbox.BROADCAST)
    post.channel.script["flooded"] = FLOOD
    for number in range(40):
        post.puts("news", chat=f"chat{number}", lane=outbox.BROADCAST)
    post.runs(lambda: sent(post) == 40)

    assert len(post.channel.texts) == 41


def test_a_flood_in_three_chats_at_once_holds_the_account_and_no_message_gives_up(post):
    for number in range(3):
        post.puts("news", chat=f"flooded{number}")
        post.channel.script[f"flooded{number}"] = FLOOD
    post.runs(lambda: post.sender.troubles.pause() > 0)
    for _ in range(2 * 6):
        with post.stage.database.transaction() as session:
            session.execute(outbox.outbox.update().values(retry_at=None))
        post.runs(lambda: post.sender.troubles.pause() > 0)

    assert post.states() == ["due"] * 3


# -- stopping


def test_a_clean_stop_settles_what_is_in_flight_and_nothing_is_repeated(post):
    for number in range(12):
        post.puts(f"{number}", chat=f"chat{number}")
    post.channel.opened = False

    def answers_come() -> None:
        post.channel.opened = True

    post.runs(lambda: len(post.channel.sent) == sender.IN_FLIGHT, leaving=answers_come)
    assert sent(post) == sender.IN_FLIGHT

    post.runs_all()
    assert sorted(post.channel.texts, key=int) == [f"{number}" for number in range(12)]


def test_what_is_not_answered_in_time_stays_due_at_a_stop(post, monkeypatch):
    monkeypatch.setattr(sender, "LANDING", 0.0)
    row = post.puts("hello", chat="bad")
    post.channel.hanging = {"bad"}
    post.runs(lambda: post.channel.sent)

    assert (post.row(row).state, post.row(row).attempts) == ("due", 0)


def test_a_sender_whose_account_is_in_other_hands_does_not_wait_at_its_end(post, monkeypatch):
    monkeypatch.setattr(sender, "LANDING", float("inf"))
    post.puts("hello", chat="bad")
    post.channel.hanging = {"bad"}

    def lost() -> bool:
        post.lease.until = 0.0 if post.channel.sent else post.lease.until
        return bool(post.channel.sent)

    post.runs(lost)
    assert post.states() == ["due"]
