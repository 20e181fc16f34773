"""What goes wrong on purpose, and how fast a bot may send."""

import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from bot.demo.fakes.telegram.wire import Refusal

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass
class Fault:
    """One thing going wrong with the next `times` calls of `method`, or of any when it is None."""

    method: str | None
    times: int
    refusal: Refusal | None = None
    html: str = ""
    seconds: float = 0
    cut: Literal["", "before", "after"] = ""


class Faults:
    """Those that wait for their call, in the order they were asked for."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def next(self, method: str) -> Fault:
        for fault in self.waiting:
            if fault.times > 0 and fault.method in {None, method}:
                fault.times -= 1
                return fault
        return Fault(method, 0)


@dataclass(frozen=True)
class Limits:
    """How much a bot may send. The platform does not publish this exactly; the burst is generous."""

    per_second: int = 30
    chat_per_second: float = 1
    chat_burst: float = 20
    group_per_minute: float = 20


@dataclass
class Floods:
    """Counts what is sent, and says how many seconds to wait when it is too much."""

    limits: Limits | None
    recent: deque[float] = field(default_factory=deque)
    allowance: dict[int, tuple[float, float]] = field(default_factory=dict)

    def count(self, chat_id: int) -> None:
        """Counts one message; raises the 429 and counts nothing when the limits are reached."""
        if self.limits is None:
            return
        now = time.monotonic()
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if len(self.recent) >= self.limits.per_second:
            raise too_many(self.recent[0] + 1 - now)
        rate, burst = self._rate(chat_id)
        left, since = self.allowance.get(chat_id, (burst, now))
        left = min(burst, left + (now - since) * rate)
        if left < 1:
            raise too_many((1 - left) / rate)
        self.allowance[chat_id] = (left - 1, now)
        self.recent.append(now)

    def _rate(self, chat_id: int) -> tuple[float, float]:
        assert self.limits is not None
        if chat_id < 0:
            return self.limits.group_per_minute / 60, self.limits.group_per_minute
        return self.limits.chat_per_second, self.limits.chat_burst


def too_many(seconds: float) -> Refusal:
    wait = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
