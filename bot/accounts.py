"""Which channel accounts there are: the first of each kind from the settings, further ones from the database.

An account that was added by command keeps its settings with itself; they take the place of the same-named ones.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from bot.kinds import KINDS
from bot.settings import Settings
from bot.threads import Threads
from storage.base.clock import Clock
from storage.messaging.accounts import ChannelAccount, account_named

if TYPE_CHECKING:
    from bot.channels.base import Channel

MAIN = "main"


@dataclass(frozen=True)
class Opened:
    """An account as this process serves it."""

    id: int
    kind: str
    name: str
    settings: Settings

    def channel(self, threads: Threads, clock: Clock) -> "Channel":
        made: Channel = KINDS[self.kind].load()(self.id, self.settings, threads, clock)
        return made


def accounts(session: Session, settings: Settings) -> list[Opened]:
    """Every account to serve, the web chat first; rows are made for those met for the first time."""
    found = [(kind, MAIN, settings) for kind, about in KINDS.items() if about.is_given(settings)]
    found += [(row.kind, row.name, its) for row, its in further(session, settings)]
    return [opened(session, kind, its, name) for kind, name, its in found]


def opened(session: Session, kind: str, its: Settings, name: str = MAIN) -> Opened:
    """The account of a messenger with its settings; its row is made when it is met for the first time."""
    about = KINDS[kind]
    row = account_named(session, kind, name, abroad=about.abroad, abilities=about.abilities(its))
    return Opened(row.id, kind, name, its)


def further(session: Session, settings: Settings) -> Iterator[tuple[ChannelAccount, Settings]]:
    """The accounts added by command, each with the settings as they are for it."""
    query = (
        select(ChannelAccount).where(col(ChannelAccount.config).is_not(None)).order_by(col(ChannelAccount.id))
    )
    for row in session.exec(query):
        yield row, with_config(settings, json.loads(row.config or "{}"))


def with_config(settings: Settings, config: dict[str, str]) -> Settings:
    """The settings with an account's own in the place of the same-named ones. Raises ValidationError."""
    known = type(settings)
    kept = {name: value for name, value in config.items() if name in known.model_fields}
    checked = known.model_validate(kept)  # its defaults, not the environment's
    return settings.model_copy(update={name: getattr(checked, name) for name in kept})
