"""The rotation of tokens in real processes, killed with SIGKILL at their n-th boundary (see crashing.py).

Of the server: around each commit, each start of a renewal, each end of one, and each send. Of the renewal itself:
around each commit and around the exchange.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from bot.app import serve
from bot.channels.zalo_oa import refresh, tokens
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.settings import load
from storage.base.clock import Clock
from storage.base.engine import Database
from tests.houses.crashing import boundary, watch_commits


def _around(owner: Any, name: str) -> None:
    plain = getattr(owner, name)

    def watched(*args: Any, **more: Any) -> Any:
        boundary(f"before {name}")
        found = plain(*args, **more)
        boundary(f"after {name}")
        return found

    setattr(owner, name, watched)


def _around_async(owner: Any, name: str) -> None:
    plain = getattr(owner, name)

    async def watched(*args: Any, **more: Any) -> Any:
        boundary(f"before {name}")
        found = await plain(*args, **more)
        boundary(f"after {name}")
        return found

    setattr(owner, name, watched)


def _note_renewals() -> None:
    """Keep the numbers of the processes that renew: they outlive the server that started them."""
    plain = refresh.start

    def start(*args: Any) -> Any:
        started = plain(*args)
        with Path(f"{os.environ['BOUNDARIES']}.renewals").open("a") as file:
            file.write(f"{started.pid}\n")
        return started

    refresh.start = start


def server() -> None:
    """Serve until killed or asked to stop."""
    watch_commits()
    _note_renewals()
    _around(refresh, "start")
    _around_async(tokens.Tokens, "_renew")
    _around_async(ZaloOaChannel, "send")
    tokens.LOOK = tokens.TRY_AGAIN = 0.1
    asyncio.run(serve(load(), lambda _app: print("ready", flush=True)))


def renewal() -> None:
    """What `caunoi zalo-oa refresh` does for the account of this number."""
    watch_commits()
    _around(refresh, "by_refresh_token")
    settings = load()
    database = Database(settings.database_url, settings.keyring())
    print(refresh.renew(database, int(os.environ["ACCOUNT"]), settings, Clock()), flush=True)
