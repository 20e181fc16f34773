"""A connection whose request has to come in time: whoever never ends its head or its body is told so and closed.

Time is counted in ticks, a second each; the server gives them (bot/web/server.py).
"""

from collections.abc import Iterable
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from locales import Language, later

LEAST_RATE: Final = (
    2048  # bytes a second by which a body may take longer than a head: the slowest phone has ten times that
)
TOO_SLOW = later(
    "What was sent did not arrive in time. Please check the connection and send it again, or call the centre."
)


class Connection(H11Protocol):
    """uvicorn's own, which closes only a connection that is idle between two requests."""

    waited = 0  # ticks since the request began, or since we last were the ones who did not read
    taken = 0  # bytes since then

    def data_received(self, data: bytes) -> None:
        self.taken += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        self.waited = self.taken = 0
        super().on_response_complete()

    def tick(self, slow_seconds: int) -> bool:
        """A second has passed. True, and the connection is closed, when the request it waits for is too late."""
        if self.timeout_keep_alive_task is not None:
            return False  # between two requests, which uvicorn ends itself
        if self.flow.read_paused or self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self.waited = self.taken = 0
            return False
        self.waited += 1
        body = self.taken if self.conn.their_state is h11.SEND_BODY else 0
        if self.transport.is_closing() or self.waited <= slow_seconds + body / LEAST_RATE:
            return False
        self._give_up()
        return True

    def _give_up(self) -> None:
        """Say why, where no answer has begun yet; whoever works on the request hears that nobody is there."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.taken and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for part in _answer():
                self.transport.write(self.conn.send(part) or b"")
        self.transport.close()


def _answer() -> list[Any]:
    words = Language().text(TOO_SLOW).unescape().encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(words)),
        (b"connection", b"close"),
    ]
    response = h11.Response(status_code=408, headers=headers, reason=b"Request Timeout")
    return [response, h11.Data(data=words), h11.EndOfMessage()]


def ticked(connections: Iterable[object], slow_seconds: int) -> int:
    """Give all of them a tick. How many were too late."""
    return sum(one.tick(slow_seconds) for one in list(connections) if isinstance(one, Connection))
