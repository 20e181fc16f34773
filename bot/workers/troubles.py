"""Who waits after a send went wrong: the chat by itself, or the account once different chats fail in a row.

Kept in the sender's memory and on the monotonic clock: no wall clock that is set anew lengthens a wait, and a new
start asks at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.base import AccountDown, Impossible, Later, Moved, Sent, Unreachable, Verdict

FIRST_PAUSE = 2.0  # seconds at the most, doubled each time
LONGEST_PAUSE = 60.0
IN_A_ROW = 3  # so many, and it is the account: a few people's chats fail by themselves
TOGETHER = 1.0  # seconds in which so many chats are told that it was too much
Now = Callable[[], float]


@dataclass
class Wait:
    """Of a chat that has failed so many times in a row, `since` the last of them, `until` a moment."""

    times: int = 0
    since: float = 0.0
    until: float = 0.0


class Troubles:
    """One account's, seconds of a monotonic clock throughout."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self.now = now
        self.chats: dict[str, Wait] = {}  # those whose last message got no answer
        self.flooded: dict[str, Wait] = {}  # those last told that it was too much
        self.in_a_row = 0  # failures that speak of the account, since the platform last answered
        self.pauses = 0  # of the account, since the platform last answered
        self.reason = ""  # why it pauses
        self.down_until = self.flood_until = self.broadcasts_from = 0.0

    def note(self, chat: str, verdict: Verdict) -> None:
        """What an answer means for those who wait."""
        match verdict:
            case AccountDown():
                self._failed(chat, verdict)
            case Later(seconds) if verdict.whole_account:
                self.broadcasts_from = max(self.broadcasts_from, self.now() + seconds)
            case Later(seconds) if verdict.too_fast:
                self._flooded(chat, seconds)
            case Sent() | Impossible() | Unreachable() | Moved():
                self._answered(chat)

    def pause(self) -> float:
        """Seconds until anything may go on the account; 0 when it may now."""
        return max(0.0, self.down_until - self.now(), self.flood_until - self.now())

    def broadcasts_wait(self) -> bool:
        return self.now() < self.broadcasts_from

    def is_doubtful(self, chat: str) -> bool:
        """Whether its last message got no answer, so that the next may hang as well."""
        return chat in self.chats

    def waiting(self) -> set[str]:
        """The chats that are not tried yet."""
        now, all_waits = self.now(), (*self.chats.items(), *self.flooded.items())
        return {chat for chat, wait in all_waits if now < wait.until}

    def _failed(self, chat: str, verdict: AccountDown) -> None:
        """The chat waits, longer each time. A chat's first failure, or a refusal of the account, speaks of the account
        too; a chat that goes on failing while others do not says nothing new.
        """
        first = min(verdict.seconds, FIRST_PAUSE)
        wait = self._waits(self.chats, chat, first)
        if wait.times == 1 or verdict.refused:
            self.in_a_row += 1
            if self.in_a_row >= IN_A_ROW and self.now() >= self.down_until:
                self.down_until = self.now() + _grown(first, self.pauses)
                self.pauses, self.reason = self.pauses + 1, verdict.reason

    def _answered(self, chat: str) -> None:
        """The platform is there. Had the account paused, those who failed with it are tried at once."""
        self.chats.pop(chat, None)
        self.flooded.pop(chat, None)
        if self.pauses:
            for wait in self.chats.values():
                wait.until = 0.0
        self.in_a_row = self.pauses = 0
        self.down_until, self.reason = 0.0, ""

    def _flooded(self, chat: str, seconds: float) -> None:
        """It was too much, for this chat or for all: nobody says which, but three at once are no chance."""
        self._waits(self.flooded, chat, seconds)
        together = [wait for wait in self.flooded.values() if wait.since > self.now() - TOGETHER]
        if len(together) >= IN_A_ROW:
            self.flood_until = max(wait.until for wait in together)

    def _waits(self, waits: dict[str, Wait], chat: str, first: float) -> Wait:
        """Let a chat wait once more, longer than the last time."""
        wait, now = waits.setdefault(chat, Wait()), self.now()
        wait.since, wait.until = now, now + _grown(first, wait.times)
        wait.times += 1
        return wait


def _grown(first: float, times: int) -> float:
    """Seconds: what is asked for is waited in any case, and doubled up to the longest pause."""
    return max(first, min(first * 2.0 ** min(times, 10), LONGEST_PAUSE))
