"""Commands for channel accounts beside the first of each kind, which the settings name: channel add, channel list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import Problem, office, plain, say
from bot.kinds import KINDS
from locales import Language

if TYPE_CHECKING:
    from bot.channels.kind import Kind
    from bot.settings import Settings

_ = Language().text
PREFIX = "CAUNOI_"
commands = typer.Typer(
    help=_("Further channel accounts, such as one bot a centre."), no_args_is_help=True, rich_markup_mode=None
)


def _addable() -> str:
    """The kinds an account can be added of, as they are typed."""
    return ", ".join(kind.name for kind in KINDS.values() if kind.needs)


def add_to(app: typer.Typer) -> None:
    commands.command("add", help=_("Add an account, or give one new settings. Asks for what it needs."))(add)
    commands.command("list", help=_("All accounts, their users and what they have sent this month."))(show)
    app.add_typer(commands, name="channel")


def add(
    kind: Annotated[str, typer.Argument(help=_addable())],
    name: Annotated[str, typer.Argument(help=_("What it is called here, such as an-hoa."))],
    env: Annotated[
        Path | None, typer.Option(help=_("A file of its settings, written as .env; else they are asked for."))
    ] = None,
) -> None:
    from bot.accounts import MAIN

    about = KINDS.get(kind)
    if about is None or not about.needs:
        raise Problem(_("KIND: {kind} is none; give one of {kinds}", kind=kind, kinds=_addable()))
    if name == MAIN or not name.isascii() or not name.replace("-", "").isalnum():
        raise Problem(_("NAME: give letters, digits and hyphens, and not main: that one the settings name"))
    config = _from_file(env) if env is not None else _asked(about)
    _keep(kind, name, about, config)
    say(
        _("The account {kind} {name} is kept, its settings sealed.", kind=kind, name=name),
        _("It is served from the next start of caunoi run on; caunoi doctor looks at it now."),
    )
    if about.added:
        say(_(about.added, name=name))


def _from_file(path: Path) -> dict[str, str]:
    """The settings of a file. Raises Problem when it cannot be read or holds something else."""
    from dotenv import dotenv_values

    from bot.settings import Settings

    if not path.is_file():
        raise Problem(_("{file}: there is no such file", file=path))
    found = {key.upper(): value or "" for key, value in dotenv_values(path).items()}
    unknown = [key for key in found if key.removeprefix(PREFIX).lower() not in Settings.model_fields]
    if unknown or not found:
        told = {"file": path, "names": ", ".join(unknown) or "–"}
        raise Problem(_("{file}: these are no settings of Cầu Nối: {names}", **told))
    return {key.removeprefix(PREFIX).lower(): value for key, value in found.items()}


def _asked(about: "Kind") -> dict[str, str]:
    """What the account cannot do without, typed unseen."""
    return {
        need: typer.prompt(plain(f"{PREFIX}{need.upper()}"), hide_input=True).strip() for need in about.needs
    }


def _keep(kind: str, name: str, about: "Kind", config: dict[str, str]) -> None:
    from storage.messaging.accounts import account_named

    with office(create=True) as here:
        its = _checked(here.settings, about, config)
        with here.database.transaction() as session:
            _refuse_twice(session, here.settings, kind, name, getattr(its, about.needs[0]))
            can = about.abilities(its)
            row = account_named(session, kind, name, abroad=about.abroad, abilities=can)
            row.config = json.dumps(config)


def _refuse_twice(session: Any, settings: "Settings", kind: str, name: str, secret: object) -> None:
    """Raises Problem where another account has the same token: two would take each other's messages away."""
    from bot.accounts import MAIN, further

    need = KINDS[kind].needs[0]
    others = [
        (MAIN, settings),
        *((row.name, its) for row, its in further(session, settings) if row.kind == kind),
    ]
    taken = [other for other, its in others if other != name and getattr(its, need) == secret]
    if taken:
        told = {"setting": f"{PREFIX}{need.upper()}", "name": taken[0]}
        raise Problem(_("{setting}: the account {name} has the same one already", **told))


def _checked(settings: "Settings", about: "Kind", config: dict[str, str]) -> "Settings":
    """The settings as they are for this account. Raises SettingsError or Problem for a wrong or missing one."""
    from pydantic import ValidationError

    from bot.accounts import with_config
    from bot.settings import mends

    try:
        its = with_config(settings, config)
    except ValidationError as error:
        raise mends(error) from None
    missing = [f"{PREFIX}{need.upper()}" for need in about.needs if not config.get(need)]
    if missing:
        raise Problem(_("{names}: the account cannot do without", names=", ".join(missing)))
    return its


# --- list


def show() -> None:
    with office() as here, here.database.reading() as session:
        say(*_lines(session, here.now))


def _lines(session: Any, now: Any) -> Iterator[str]:
    from sqlmodel import col, select

    from storage.messaging import usage
    from storage.messaging.accounts import ChannelAccount

    for row in session.exec(select(ChannelAccount).order_by(col(ChannelAccount.id))):
        name = f"{row.kind} {row.name}" + (f" ({row.username})" if row.username else "")
        sent = usage.sent_this_month(session, row.id, usage.month_of(now))
        yield _("{name}: {n} users", name=name, n=usage.users_of(session, row.id))
        if row.can.quota:
            told = {"sent": sent, "limit": row.can.monthly or "∞", "users": row.can.users or "∞"}
            yield _("  sent this month: {sent} of {limit}; users allowed: {users}", **told)
        if row.pause_reason:
            yield _("  paused: {reason}", reason=row.pause_reason)
