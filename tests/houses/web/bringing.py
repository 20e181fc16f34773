"""Files that wait for their turn, brought as the fetcher does, without a process of their own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.channels.page_file import page_file
from handlers.engine.messages import Incoming
from handlers.imports.taking import taken_on
from storage.base.engine import Database
from storage.imports.readings import read_all
from storage.messaging import inbox
from storage.messaging.files import content_of, keep_reading


def brings_files(
    database: Database, account_id: int, now: datetime, parse: Callable[[dict[str, Any]], Incoming]
) -> None:
    """Read what was stored on its arrival, of those whose files are taken; all of it may run."""
    with database.transaction() as session:
        for row in inbox.needing_files(session, [account_id]):
            _read(session, row, now, page_file(row.payload) or parse(row.payload))
            inbox.fetched(session, row.id, row.payload)


def _read(session: Session, row, now: datetime, sent: Incoming) -> None:
    day = taken_on(session, row.dialogue_id, now)
    if day is not None:
        file_id = sent.file.file_id
        keep_reading(session, file_id, read_all(content_of(session, file_id), day))
