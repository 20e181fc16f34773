"""Commands for a Zalo Official Account: permission, and the renewal of its tokens."""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from bot.console import Office, Problem, office, plain, say
from locales import Language

if TYPE_CHECKING:
    from bot.channels.zalo_oa.oauth import Given
    from bot.channels.zalo_oa.settings import ZaloOaSettings

_ = Language().text
CODE = re.compile(r"[A-Za-z0-9_.~-]{1,1000}")
Name = Annotated[str, typer.Option("--account", help=_("Which account: its name in caunoi channel add."))]
commands = typer.Typer(
    help=_("The Zalo Official Account: permission and tokens."), no_args_is_help=True, rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    commands.command(help=_("Give the account permission: fetch and keep its first pair of tokens."))(
        authorize
    )
    commands.command(help=_("Renew the tokens if they are due; caunoi run does it by itself."))(refresh)
    app.add_typer(commands, name="zalo-oa")


# --- authorize


def authorize(
    account: Name = "main",
    refresh_token_file: Annotated[
        Path | None, typer.Option(help=_("A file that holds a refresh token; - to type it unseen."))
    ] = None,
    callback: Annotated[
        str,
        typer.Option(help=_("The callback address entered at developers.zalo.me, where it is another one.")),
    ] = "",
) -> None:
    from bot.channels.zalo_oa.refresh import keep
    from bot.cli.renewing import account_of

    with office(create=True) as here:
        account_id, settings = account_of(here, account, make=True)
        given = (
            _by_permission(settings, account_id, callback)
            if refresh_token_file is None
            else _by_token(settings, refresh_token_file)
        )
        keep(here.database, account_id, given, here.clock)
        _tell(settings, given, here)
        _tell_webhook(settings, account_id)


def _tell(settings: "ZaloOaSettings", given: "Given", here: Office) -> None:
    from bot.channels.zalo_oa.check import whoami

    told = whoami(settings, given.access)
    data = told.get("data") if isinstance(told, dict) else None
    name = str(data.get("name", "")) if isinstance(data, dict) else ""
    until = Language().moment(here.clock.real() + timedelta(seconds=given.lives))
    if name:
        say(_("Permission is kept for the Official Account {name}.", name=name))
    else:
        say(_("Permission is kept, but Zalo does not tell the account's name yet; run caunoi doctor."))
    say(
        _("The access token is good until {moment} and is renewed before that by itself.", moment=until),
        _("A running caunoi goes on with it at once; what waited for it is sent."),
    )


def _tell_webhook(settings: "ZaloOaSettings", account_id: int) -> None:
    """Where the platform has to bring what people write."""
    from bot.channels.zalo_oa.webhook import path_of

    if settings.public_url:
        say(
            _("The webhook, to be entered at developers.zalo.me if it is not yet:"),
            f"   {settings.public_url}{path_of(settings, account_id)}",
        )


def _by_permission(settings: "ZaloOaSettings", account_id: int, callback: str) -> "Given":
    from bot.channels.zalo_oa.oauth import Refused, Unanswered, by_code, permission_address
    from bot.channels.zalo_oa.webhook import path_of

    back = callback or (settings.public_url and f"{settings.public_url}{path_of(settings, account_id)}")
    if not back:
        raise Problem(
            _("CAUNOI_PUBLIC_URL: Zalo has to lead your browser back; set it, or give --callback ADDRESS")
        )
    verifier = secrets.token_urlsafe(48)
    say(
        _(
            "1. At developers.zalo.me, enter this address as the callback of the Official Account, if it is not yet:"
        ),
        f"   {back}",
        _("2. Open this address in a browser, as an administrator of the Official Account, and allow it:"),
        f"   {permission_address(settings, back, verifier)}",
        _("3. Copy the code you are then shown, or the whole address the browser has come to."),
    )
    code = _code_in(typer.prompt(plain(_("Code"))))
    try:
        return by_code(settings, code, verifier)
    except Refused as refused:
        raise Problem(
            _(
                "Code: Zalo does not accept it ({words}). It works once and for ten minutes: run the command again. "
                "If that does not help, check CAUNOI_ZALO_OA_APP_ID and CAUNOI_ZALO_OA_SECRET_KEY.",
                words=refused,
            )
        ) from None
    except Unanswered as error:
        raise Problem(_no_answer(error)) from None


def _code_in(typed: str) -> str:
    """The code, typed alone or within the address it came in. Raises Problem for anything else."""
    text = typed.strip()
    if "code=" in text:
        text = parse_qs(urlsplit(text).query or text).get("code", [""])[0]
    if not CODE.fullmatch(text):
        raise Problem(_("Code: this is none; copy it whole, or the whole address your browser has come to"))
    return text


def _by_token(settings: "ZaloOaSettings", file: Path) -> "Given":
    from bot.channels.zalo_oa.oauth import Refused, Unanswered, by_refresh_token

    typed = (
        typer.prompt(plain(_("Refresh token")), hide_input=True)
        if str(file) == "-"
        else file.read_text("utf-8")
    )
    try:
        return by_refresh_token(settings, typed.strip())
    except Refused as refused:
        raise Problem(
            _(
                "Refresh token: Zalo does not accept it ({words}). It works once and for three months: take a new "
                "one at developers.zalo.me, or run caunoi zalo-oa authorize without it.",
                words=refused,
            )
            if refused.is_lost
            else _application_refused(refused)
        ) from None
    except Unanswered as error:
        raise Problem(_no_answer(error)) from None


def _application_refused(refused: Exception) -> str:
    return _(
        "CAUNOI_ZALO_OA_APP_ID, CAUNOI_ZALO_OA_SECRET_KEY: Zalo does not accept the application ({words}); copy both "
        "anew from developers.zalo.me",
        words=refused,
    )


def _no_answer(error: Exception) -> str:
    return _(
        "CAUNOI_ZALO_OA_OAUTH_URL: Zalo gives no answer ({kind}); check the network and try again", kind=error
    )


# --- refresh


def refresh(
    account: Name = "main",
    now: Annotated[bool, typer.Option("--now", help=_("Also where they are not due yet."))] = False,
) -> None:
    from bot.cli.renewing import refresh as renew

    renew(account, whatever=now)
