"""Imported by the fork server of forking.py alone: what each of its processes would load or put together anew.

More than half of a killed process's CPU time was that.
"""

import gc
from datetime import date
from importlib import import_module

from sqlalchemy.orm import configure_mappers

from bot.channels.trust import trusted
from handlers import table
from locales import LANGUAGES, Language
from storage.admin.tables import metadata
from storage.base.calendar import SendingCalendar

LATE = (  # what a start or a first call asks for
    "anyio._backends._asyncio",
    "anyio._core._synchronization",
    "anyio.lowlevel",
    "bot.demo.messengers",
    "bot.demo.pages",
    "cryptography.fernet",
    "httpcore",
    "sqlite3",
    "tests.houses.crashing",
    "tests.houses.rotating",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
for late in LATE:
    import_module(late)
for code in LANGUAGES:
    Language(code).full_day(date(2026, 11, 16))
for year in (2026, 2027):
    SendingCalendar().is_sending_day(date(year, 11, 16))
assert metadata.tables
configure_mappers()
table()
trusted()
gc.set_threshold(20_000, 20, 50)
gc.freeze()  # nothing of it is looked at, and so copied, by a process's own collector
