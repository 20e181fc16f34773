"""Who waits after a send went wrong, by a clock that only the test moves."""

import pytest

from bot.channels.base import AccountDown, Impossible, Later, Sent
from bot.workers.troubles import LONGEST_PAUSE, Troubles

FAULT = AccountDown("500 Internal Server Error", 1.0)
REFUSED = AccountDown("the token is refused", 60.0, refused=True)
FLOOD = Later(7, "429 Too Many Requests: retry after 7", too_fast=True)
TAKEN = Sent("1")


class Moved(Troubles):
    """Troubles whose clock stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__(now=lambda: self.moment)
        self.moment = 1000.0

    def told(self, verdict, *chats: str) -> None:
        for chat in chats:
            self.note(chat, verdict)


@pytest.fixture
def troubles():
    return Moved()


def pause_of(troubles, chat: str) -> float:
    return troubles.chats[chat].until - troubles.moment


def test_a_chat_that_fails_waits_by_itself_and_longer_each_time(troubles):
    pauses = []
    for _ in range(9):
        troubles.told(FAULT, "a")
        pauses.append(pause_of(troubles, "a"))
        assert (troubles.waiting(), troubles.pause()) == ({"a"}, 0)
        troubles.moment += pauses[-1]
        assert troubles.waiting() == set()
        troubles.told(TAKEN, "b", "c")

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    troubles.told(TAKEN, "a")
    assert not troubles.is_doubtful("a")


def test_different_chats_that_fail_in_a_row_pause_the_account_and_longer_each_time(troubles):
    troubles.told(FAULT, "a", "b")
    assert troubles.pause() == 0
    pauses = []
    for number in range(9):
        troubles.told(FAULT, f"chat{number}", f"another{number}")
        pauses.append(troubles.pause())
        troubles.moment += pauses[-1]

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    assert troubles.reason == FAULT.reason


def test_failures_with_answers_between_them_are_the_chats_own(troubles):
    for number in range(20):
        troubles.told(FAULT, f"chat{number}", f"another{number}")
        troubles.told(TAKEN if number % 2 else Impossible("400"), "good")

    assert troubles.pause() == 0


def test_chats_that_go_on_failing_say_nothing_new_of_the_account(troubles):
    bad = [f"bad{number}" for number in range(8)]
    for chat in bad:
        troubles.told(FAULT, chat)
        troubles.told(TAKEN, "good")
    for _ in range(5):
        troubles.moment += LONGEST_PAUSE
        troubles.told(FAULT, *bad)

    assert troubles.pause() == 0


def test_an_answer_ends_the_pause_and_those_who_failed_with_the_account_are_tried_at_once(troubles):
    troubles.told(FAULT, "a", "b", "c")
    assert troubles.pause() == 1
    troubles.told(TAKEN, "d")

    assert (troubles.pause(), troubles.reason, troubles.waiting()) == (0, "", set())
    troubles.told(FAULT, "a")
    assert pause_of(troubles, "a") == 2  # its own trouble goes on where it was


def test_one_refused_token_among_good_answers_is_asked_again_after_seconds(troubles):
    troubles.told(TAKEN, "a")
    troubles.told(REFUSED, "b")
    troubles.told(TAKEN, "c")

    assert (troubles.pause(), troubles.reason) == (0, "")
    assert pause_of(troubles, "b") == 2


def test_a_token_that_stays_refused_pauses_the_account_up_to_a_minute_though_one_chat_is_all_there_is(
    troubles,
):
    pauses = []
    for _ in range(9):
        troubles.told(REFUSED, "a")
        pauses.append(troubles.pause())
        troubles.moment = max(troubles.moment + troubles.pause(), troubles.chats["a"].until)

    assert pauses[:4] == [0, 0, 2, 4]
    assert pauses[-1] == LONGEST_PAUSE
    assert troubles.reason == REFUSED.reason


def test_one_chat_that_is_told_to_wait_holds_neither_broadcasts_nor_the_account(troubles):
    troubles.told(FLOOD, "a", "a", "a", "a")

    assert (troubles.pause(), troubles.broadcasts_wait()) == (0, False)
    assert troubles.waiting() == {"a"}


def test_three_chats_that_are_told_to_wait_within_a_second_hold_the_account(troubles):
    troubles.told(FLOOD, "a", "b")
    troubles.moment += 0.5
    assert troubles.pause() == 0
    troubles.told(FLOOD, "c")

    assert troubles.pause() == 7
    troubles.told(TAKEN, "d")  # it was on its way
    assert troubles.pause() == 7
    troubles.moment += 7
    assert (troubles.pause(), troubles.waiting()) == (0, set())


def test_three_chats_that_are_told_to_wait_one_after_the_other_hold_nobody(troubles):
    for chat in "abcdef":
        troubles.told(FLOOD, chat)
        troubles.moment += 1

    assert troubles.pause() == 0


def test_a_chat_told_to_wait_waits_all_of_it_and_longer_each_time(troubles):
    waits = []
    for flood in (FLOOD, FLOOD, Later(300, "429", too_fast=True)):
        troubles.told(flood, "a")
        waits.append(troubles.flooded["a"].until - troubles.moment)
        troubles.moment += waits[-1]

    assert waits == [7, 14, 300]
