"""Each hour what has done its service is let go: files and links soon, what is over after CAUNOI_KEEP_DAYS.

Never the log, never what proves a notice, never what is still open, and no message whose key says later what
somebody was told.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.threads import Threads
from handlers.engine.desk import FILE_LINK_LIVES, UPLOAD_LINK_LIVES
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.messaging import files, inbox, outbox, page_links, timers, transcript

FILES_LIVE = timedelta(days=1)  # sent by people, real time
PAGES_KEEP_FILES = timedelta(days=90)  # in the web chat's pages, business time
LINKS_LIVE = timedelta(days=1) + max(FILE_LINK_LIVES, UPLOAD_LINK_LIVES)  # used by a device, business time


class Sweep:
    """Lets go batch by batch, each in a transaction of its own, so that nobody waits for it."""

    def __init__(self, threads: Threads, clock: Clock, table: Table, keep_days: int) -> None:
        self.threads, self.clock, self.table, self.keep_days = threads, clock, table, keep_days

    async def run(self) -> None:
        """All that may go now; what a database that is away leaves undone is done an hour later."""
        with suppress(DBAPIError):
            await self.threads.write(self.used)
            for batch in self.over() if self.keep_days else ():
                while await self.threads.write(batch):
                    pass

    def used(self, session: Session) -> None:
        files.forget(session, self.clock.real() - FILES_LIVE)
        transcript.forget_files(session, self.clock.now() - PAGES_KEEP_FILES)
        page_links.forget(session, self.clock.now() - LINKS_LIVE)

    def over(self) -> Iterator[Callable[[Session], bool]]:
        """Each deletes a batch and tells whether there may be more."""
        kept = timedelta(days=self.keep_days)
        real_before, before = self.clock.real() - kept, self.clock.now() - kept
        yield partial(inbox.forget, before=real_before)
        yield partial(outbox.forget, before=before)
        yield partial(transcript.forget, before=before)
        for kind in sorted(self.table.passing):
            yield partial(timers.forget, kind=kind, before=before)
