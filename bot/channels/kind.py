"""What a messenger says of itself: everything above serves it by this alone, whatever it is called.

Its parts are named ("package.module:name") and loaded where they are used: what is loaded stays in memory, and the
command line is to answer at once. tests/channels/test_kinds.py looks each name up.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.base.light import without

if TYPE_CHECKING:
    import typer

    from bot.common_settings import CommonSettings
    from storage.base.engine import Database
    from storage.messaging.accounts import Abilities, ChannelAccount


@dataclass(frozen=True)
class Check:
    """What `caunoi doctor` found; `mend` is empty when all is well."""

    told: str
    mend: str = ""
    fine: bool = True


def bad(told: str, mend: str) -> Check:
    return Check(told, mend, fine=False)


def _as_it_is(_settings: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """A messenger. `needs` are those of its settings without which it is not used; `pace` broadcasts a second, replies
    included; `abroad` where its servers are; `limits` what an account can do by its settings (Abilities).
    """

    name: str
    channel: str  # its class, a bot.channels.base.Channel
    settings: str = ""  # what an installation decides about it, a class of CommonSettings; named <kind>_…
    needs: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()  # libraries its own would bring along, and that it does without
    abroad: bool = False
    pace: float | None = None
    limits: Callable[[Any], dict[str, Any]] = _as_it_is
    check: str = ""  # (settings, account, database) → Checks: what doctor says; no database where none opens
    commands: str = ""  # (app): adds its own commands to the command line
    added: str = ""  # a marked sentence: what `caunoi channel add` says is to be done next, with {name}
    demo: str = ""  # its phone in the demonstration, a class of Messenger (bot/demo/messengers.py)

    def its_settings(self) -> type["CommonSettings"]:
        found: type[CommonSettings] = _part(self.settings)
        return found

    def is_given(self, settings: "CommonSettings") -> bool:
        return all(getattr(settings, name) for name in self.needs)

    def load(self) -> Any:
        """Its channel's class."""
        with ExitStack() as spared:
            for library in self.spares:
                spared.enter_context(without(library))
            return _part(self.channel)

    def abilities(self, settings: "CommonSettings") -> "Abilities":
        """What an account can do with these settings."""
        abilities: Abilities = replace(self.load().ABILITIES, **self.limits(settings))
        return abilities

    def checks(
        self, settings: "CommonSettings", account: "ChannelAccount", database: "Database | None"
    ) -> Iterable[Check]:
        """What there is to say of an account with these settings, or of there being none."""
        found: Iterable[Check] = _part(self.check)(settings, account, database) if self.check else ()
        return found

    def add_commands(self, app: "typer.Typer") -> None:
        if self.commands:
            _part(self.commands)(app)

    def messenger(self) -> Any:
        """Its class in the demonstration; None where it has none."""
        return _part(self.demo) if self.demo else None


def _part(place: str) -> Any:
    module, _colon, name = place.partition(":")
    return getattr(import_module(module), name)
