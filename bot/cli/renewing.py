"""`caunoi zalo-oa refresh`: renew an Official Account's tokens if they are due.

A server starts it several times a day and account (bot/channels/zalo_oa/refresh.py). So it stays light: the command
line's libraries and the conversations are not loaded for one exchange.
"""

import json
from functools import partial
from typing import Any

from sqlmodel import select

from bot.accounts import MAIN, with_config
from bot.channels.zalo_oa.kind import KIND
from bot.channels.zalo_oa.refresh import Outcome, command_for, renew
from bot.console import Office, Problem, alone, office, say
from locales import Language
from storage.messaging.accounts import ChannelAccount, account_named

_ = Language().text


def refresh(account: str, *, whatever: bool = False) -> None:
    """Renew it (`whatever`: also before it is due) and say how that ended. Raises Problem where it did not help."""
    with office() as here:
        account_id, settings = account_of(here, account)
        outcome = renew(here.database, account_id, settings, here.clock, whatever=whatever)
    if outcome is Outcome.UNANSWERED:
        raise Problem(_no_answer_yet())
    if outcome is Outcome.REFUSED:
        command = command_for(account)
        raise Problem(_("Zalo does not accept the refresh token: run {command}", command=command))
    say(_("The tokens were renewed.") if outcome is Outcome.RENEWED else _("The tokens are not due yet."))


def _no_answer_yet() -> str:
    return _(
        "CAUNOI_ZALO_OA_OAUTH_URL: Zalo gives no answer; the present token is used while it is good, and it is tried again"
    )


def account_of(here: Office, name: str, *, make: bool = False) -> tuple[int, Any]:
    """Id and settings of an account. Raises Problem for one that is not there or lacks a setting."""
    query = select(ChannelAccount).where(ChannelAccount.kind == KIND.name, ChannelAccount.name == name)
    with here.database.transaction() as session:
        row = session.exec(query).first()
        if row is None and name == MAIN and make:
            row = account_named(session, KIND.name, abilities=KIND.abilities(here.settings))
        if row is None:
            raise Problem(_("--account: there is no Official Account named {name}", name=name))
        settings = with_config(here.settings, json.loads(row.config)) if row.config else here.settings
    if not KIND.is_given(settings):
        raise Problem(
            _("CAUNOI_ZALO_OA_APP_ID, CAUNOI_ZALO_OA_SECRET_KEY: set both; they are at developers.zalo.me")
        )
    return row.id, settings


def main(account: str) -> None:
    """The command in a process of its own."""
    alone(partial(refresh, account))
