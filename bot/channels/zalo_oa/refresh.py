"""Renewing the tokens of an Official Account: `caunoi zalo-oa refresh`, a short-lived process of its own.

A refresh token works once. If the server exchanged it, a kill between the platform's answer and our commit would
lose the pair; so it starts this, detached, and goes on. What is lost all the same is told to the registrars.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.channels.zalo_oa.oauth import Given, Refused, Unanswered, by_refresh_token
from bot.channels.zalo_oa.settings import ZaloOaSettings
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.messaging import timers, tokens
from storage.messaging.accounts import ChannelAccount
from storage.messaging.tokens import Pair

# Seconds between tries to keep a pair while the database is away: it is in nobody else's hands.
PATIENCE = (0.1, 0.5, 1.0, 2.0, 5.0, *(10.0,) * 60)
GIVEN_ON = ("database_url", "secret_key", "zalo_oa_app_id", "zalo_oa_secret_key", "zalo_oa_refresh_token")
NOTHING_STORED = "there is no refresh token yet"


class Outcome(StrEnum):
    """How a renewal ended. `not_due`: or somebody else is at it."""

    RENEWED = "renewed"
    NOT_DUE = "not_due"
    UNANSWERED = "unanswered"
    REFUSED = "refused"


def renew(
    database: Database, account_id: int, settings: ZaloOaSettings, clock: Clock, *, whatever: bool = False
) -> Outcome:
    """Exchange the account's refresh token if its pair is due (`whatever`: in any case), and keep the new one."""
    with database.transaction() as session:
        pair = tokens.begin(session, account_id, clock.real(), whatever=whatever)
    if pair is None:
        return Outcome.NOT_DUE
    try:
        given = _exchanged(settings, pair)
    except Unanswered:
        _insist(database, lambda session: tokens.give_up(session, account_id, pair.refresh, ""))
        return Outcome.UNANSWERED
    except Refused as refused:
        problem = str(refused)
        _insist(database, lambda session: _lost(session, account_id, pair, problem, clock))
        return Outcome.REFUSED
    keep(database, account_id, given, clock)
    return Outcome.RENEWED


def keep(database: Database, account_id: int, given: Given, clock: Clock) -> None:
    """Commit a new pair at once, however often the database has to be asked."""
    lives = timedelta(seconds=given.lives)

    def store(session: Session) -> None:
        tokens.replace(session, account_id, given.access, given.refresh, lives, clock.real())

    _insist(database, store)


def _exchanged(settings: ZaloOaSettings, pair: Pair) -> Given:
    """A new pair for the stored refresh token, else for the one in the settings. Raises Refused, Unanswered."""
    first = settings.zalo_oa_refresh_token
    known = dict.fromkeys([pair.refresh, first.get_secret_value() if first else ""])
    refused = Refused(0, NOTHING_STORED)
    for token in filter(None, known):
        try:
            return by_refresh_token(settings, token)
        except Refused as error:
            refused = error if not refused.code or error.is_lost else refused
            if not error.is_lost:
                break
    raise refused


def _lost(session: Session, account_id: int, pair: Pair, problem: str, clock: Clock) -> None:
    """Say why nothing is renewed, where `doctor` finds it, and to the registrars, once a day until it is mended."""
    if tokens.give_up(session, account_id, pair.refresh, problem):
        account = session.get_one(ChannelAccount, account_id)
        until = pair.expires_at.isoformat() if pair.lives(clock.real()) else ""
        told = {"account": account.username or account.name, "command": command_for(account.name)}
        key = f"{account_id}:{clock.now():%Y-%m-%d}"
        timers.plan(session, "account_alarm", key, clock.now(), problem=problem, until=until, **told)


def command_for(name: str) -> str:
    """What an operator types to give the account new tokens."""
    return "caunoi zalo-oa authorize" + ("" if name == "main" else f" --account {name}")


def _insist(database: Database, work: Callable[[Session], object]) -> None:
    """Commit it, waiting for a database that is away. Raises what it raised last, after ten minutes."""
    for wait in PATIENCE:
        try:
            with database.transaction() as session:
                work(session)
        except DBAPIError:
            time.sleep(wait)
        else:
            return
    with database.transaction() as session:
        work(session)


# -- as a process of its own


def start(settings: ZaloOaSettings, name: str) -> "subprocess.Popen[bytes]":
    """Start the renewal of an account, detached: neither our end nor a kill of ours ends it."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(  # noqa: S603  our own program, with arguments of ours
        [sys.executable, "-P", "-m", "bot", "zalo-oa", "refresh", "--account", name],
        env=_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=flags,
        cwd=Path.cwd(),
    )


def _environment(settings: ZaloOaSettings) -> dict[str, str]:
    """Ours, with these settings in the place of whatever stands there or in a .env file. No secret is an argument."""
    environment = dict(os.environ)
    for name in (*GIVEN_ON, "zalo_oa_oauth_url"):
        variable, value = f"CAUNOI_{name.upper()}", getattr(settings, name)
        environment[f"{variable}_FILE"] = ""
        environment.pop(variable, None)
        if value:
            environment[variable] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return environment
