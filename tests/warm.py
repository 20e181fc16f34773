"""Imported by the fork server of tests/crashing.py alone: what each of its processes would load or put together anew.

More than half of a killed process's CPU time was that.
"""

import gc
from importlib import import_module

from sqlalchemy.orm import configure_mappers

from bot.channels.trust import trusted
from handlers import table
from storage.tables import metadata

for late in ("anyio._backends._asyncio", "anyio._core._synchronization", "anyio.lowlevel"):
    import_module(late)  # httpx asks for them at its first call
assert metadata.tables
configure_mappers()
table()
trusted()
gc.freeze()  # nothing of it is looked at, and so copied, by a process's own collector
