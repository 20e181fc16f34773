"""Which channel accounts there are: the first of each kind from the settings, further ones from the database.

An account that was added by command keeps its settings with itself; they take the place of the same-named ones.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from bot.settings import Settings
from bot.threads import Threads
from storage.base.clock import Clock
from storage.base.light import without
from storage.messaging.accounts import Abilities, ChannelAccount, account_named

if TYPE_CHECKING:
    from bot.channels.base import Channel

MAIN = "main"


@dataclass(frozen=True)
class Kind:
    """A messenger. `needs` are the settings without which it is not used; `pace` broadcasts a second, replies
    included; `abroad` where its servers are; `limits` what an account can do by its settings (Abilities).
    """

    needs: tuple[str, ...]
    load: Callable[[], Any]  # its channel class, imported only where it is used
    abroad: bool = False
    pace: float | None = None
    limits: Callable[[Settings], dict[str, Any]] = lambda _settings: {}

    def is_given(self, settings: Settings) -> bool:
        return all(getattr(settings, name) for name in self.needs)


def _web() -> Any:
    from bot.channels.web import WebChannel

    return WebChannel


def _telegram() -> Any:
    with without("cryptography.hazmat.backends"):  # only Telegram Passport needs it: 6 MiB at rest
        from bot.channels.telegram.channel import TelegramChannel
    return TelegramChannel


def _zalo_bot() -> Any:
    from bot.channels.zalo_bot.channel import ZaloBotChannel

    return ZaloBotChannel


def _zalo_bot_plan(settings: Settings) -> dict[str, Any]:
    return {"monthly": settings.zalo_bot_monthly_quota, "users": settings.zalo_bot_user_limit}


def _zalo_oa() -> Any:
    from bot.channels.zalo_oa.channel import ZaloOaChannel

    return ZaloOaChannel


def _zalo_oa_templates(settings: Settings) -> dict[str, Any]:
    return {"templates": ",".join(sorted(settings.zalo_oa_templates))}


KINDS = {
    "web": Kind((), _web),
    "telegram": Kind(("telegram_token",), _telegram, abroad=True, pace=29.0),  # it allows about 30
    "zalo_bot": Kind(("zalo_bot_token",), _zalo_bot, limits=_zalo_bot_plan),
    "zalo_oa": Kind(("zalo_oa_app_id", "zalo_oa_secret_key"), _zalo_oa, pace=19.0, limits=_zalo_oa_templates),
}


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
    row = account_named(session, kind, name, abroad=about.abroad, abilities=abilities_of(about, its))
    return Opened(row.id, kind, name, its)


def abilities_of(about: Kind, settings: Settings) -> Abilities:
    """What an account of this kind can do with these settings."""
    abilities: Abilities = replace(about.load().ABILITIES, **about.limits(settings))
    return abilities


def further(session: Session, settings: Settings) -> Iterator[tuple[ChannelAccount, Settings]]:
    """The accounts added by command, each with the settings as they are for it."""
    query = (
        select(ChannelAccount).where(col(ChannelAccount.config).is_not(None)).order_by(col(ChannelAccount.id))
    )
    for row in session.exec(query):
        yield row, with_config(settings, json.loads(row.config or "{}"))


def with_config(settings: Settings, config: dict[str, str]) -> Settings:
    """The settings with an account's own in the place of the same-named ones. Raises ValidationError."""
    kept = {name: value for name, value in config.items() if name in Settings.model_fields}
    checked = Settings.model_validate(kept)  # its defaults, not the environment's
    return settings.model_copy(update={name: getattr(checked, name) for name in kept})
