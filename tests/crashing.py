"""The real program, killed with SIGKILL at its n-th boundary: run as `python -m tests.crashing`.

A boundary is: just before and just after the commit of a transaction that wrote anything but leases and
accounts, just before a message is handed to the platform and just after the platform took it.
KILL_AT=0 only counts; the count of boundaries passed is kept in the file BOUNDARIES names.
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
from bot.channels.telegram import TelegramChannel
from bot.settings import load
from storage.engine import Database

KILL_AT = int(os.environ.get("KILL_AT", "0"))
BOUNDARIES = Path(os.environ["BOUNDARIES"])
QUIET = re.compile(
    r'(?:UPDATE|INSERT INTO|DELETE FROM) "?(?:lease|channel_account|clock_offset|alembic)', re.IGNORECASE
)
WRITES = re.compile(r"\s*(?:UPDATE|INSERT|DELETE)", re.IGNORECASE)
passed: list[str] = []


def boundary(name: str) -> None:
    passed.append(name)
    if len(passed) == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    BOUNDARIES.write_text("\n".join(passed))


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
    plain = TelegramChannel.send

    async def send(self, message):
        boundary("before send")
        verdict = await plain(self, message)
        boundary("after send")
        return verdict

    TelegramChannel.send = send


def main() -> None:
    watch_commits()
    watch_sends()
    asyncio.run(serve(load(), lambda _app: print("ready", flush=True)))


if __name__ == "__main__":
    main()
