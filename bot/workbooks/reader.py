"""Has a workbook read by a process of its own, before the turn that looks at it."""

import json
from datetime import date
from typing import Final

from bot.channels.held import Content
from bot.logs import logger
from bot.workers import apart
from storage.imports.readings import Reading, unread
from storage.spreadsheets.sheet import Problem

READING: Final = ("-m", "bot.workbooks.reading")
PATIENCE: Final = 60.0  # seconds
log = logger("caunoi.workbooks")


def read(
    content: Content, today: date, *, command: tuple[str, ...] = READING, patience: float = PATIENCE
) -> Reading:
    """What the file holds, with `today` a date of the centre's zone. One that takes too much is refused."""
    try:
        made: Reading = json.loads(apart.run((*command, today.isoformat()), content, patience))
    except (apart.NotDoneError, ValueError) as error:
        log.warning("workbook not read", why=str(error), bytes=len(content))
        return unread(Problem("too_big", extra={"limit": "work"}))
    return made
