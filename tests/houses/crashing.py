"""The real program in a process of its own, killed with SIGKILL at its n-th boundary.

A boundary is: just before and just after the commit of a transaction that wrote anything but leases and
accounts, just before a message is handed to the platform and just after the platform took it.
KILL_AT=0 only counts; the boundaries passed are kept in the file BOUNDARIES names. Processes are forked (see
forking.py): sixty kills need not import the program a hundred and twenty times.
"""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from bot.app import serve
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.zalo_bot import channel as zalo_bot
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.settings import load
from bot.workers import ticker
from storage.base.engine import Database

QUIET = re.compile(
    r'(?:UPDATE|INSERT INTO|DELETE FROM) "?(?:lease|channel_account|clock_offset|alembic)', re.IGNORECASE
)
WRITES = re.compile(r"\s*(?:UPDATE|INSERT|DELETE)", re.IGNORECASE)
passed: list[str] = []


def boundary(name: str) -> None:
    passed.append(name)
    if len(passed) == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    Path(os.environ["BOUNDARIES"]).write_text("\n".join(passed))


def watch_commits() -> None:
    """Count around every commit that keeps something."""
    plain = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[object]:
        wrote: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            if WRITES.match(statement) and not QUIET.match(statement.strip()):
                wrote.append(statement)

        with plain(self) as session:
            connection = session.connection()
            event.listen(connection, "before_cursor_execute", note)
            yield session
            session.flush()
            event.remove(connection, "before_cursor_execute", note)
            if wrote:
                boundary("before commit")
        if wrote:
            boundary("after commit")

    Database.transaction = transaction


def watch_sends() -> None:
    """Count around every call that hands the platform a message."""
    for channel in (TelegramChannel, ZaloBotChannel):
        channel.send = _watched(channel.send)


def _watched(plain):
    async def send(self, message):
        boundary("before send")
        verdict = await plain(self, message)
        boundary("after send")
        return verdict

    return send


def main() -> None:
    """Serve until killed or asked to stop."""
    watch_commits()
    watch_sends()
    zalo_bot.BETWEEN_POLLS = 0.02
    ticker.EVERY = 0.05  # a notice waits for a tick: most of a process's life, at one a second
    asyncio.run(serve(load(), lambda _app: print("ready", flush=True)))
