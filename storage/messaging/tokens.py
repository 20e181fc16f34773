"""Rotating tokens of accounts whose platform gives new ones again and again: one row an account, sealed.

A refresh token works once, so whoever exchanges one first says so here (`begin`), in a transaction of its own; the new
pair takes the place of the old in one transaction (`replace`). All times are real time.
"""

from dataclasses import dataclass
from dataclasses import field as column
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import BigKey, encrypted, instant
from storage.base.engine import dialect_of

ALONE = timedelta(minutes=2)  # how long an exchange has to itself; one takes 30 s at the most
LATEST = timedelta(hours=1)  # before the end of a token's life


class ChannelToken(SQLModel, table=True):
    """The pair in force. `problem` says why it cannot be renewed; empty when all is well. Times are real time."""

    __tablename__ = "channel_token"
    account_id: int = Field(primary_key=True, foreign_key="channel_account.id", sa_type=BigKey)
    access_token: str | None = encrypted()
    refresh_token: str | None = encrypted()
    expires_at: datetime = instant()
    refreshed_at: datetime = instant()
    refreshing_since: datetime | None = instant(optional=True)
    problem: str = ""


@dataclass(frozen=True)
class Pair:
    """What is known of an account's tokens, "" for one there is not; see ChannelToken."""

    access: str = column(repr=False)
    refresh: str = column(repr=False)
    expires_at: datetime
    refreshed_at: datetime
    refreshing_since: datetime | None = None
    problem: str = ""

    @property
    def due_at(self) -> datetime:
        """When it is to be renewed: at 80 % of its life, an hour before its end at the latest, never in its first half."""
        life = self.expires_at - self.refreshed_at
        return self.refreshed_at + max(min(life * 0.8, life - LATEST), life * 0.5)

    def lives(self, now: datetime) -> bool:
        """Whether its access token can be used."""
        return bool(self.access) and now < self.expires_at

    def is_alone(self, now: datetime) -> bool:
        """Whether somebody is exchanging its refresh token at this moment."""
        return self.refreshing_since is not None and abs(now - self.refreshing_since) < ALONE


def pair_of(session: Session, account_id: int) -> Pair | None:
    """What is stored; None for an account that never had a token nor asked for one."""
    return _pair(session.get(ChannelToken, account_id, populate_existing=True))


def begin(session: Session, account_id: int, now: datetime, *, whatever: bool = False) -> Pair | None:
    """Take the exchange upon oneself: None when it is not due (`whatever`: due at once) or somebody is at it.

    Returns what is stored; its refresh token is "" where there never was one.
    """
    _insert(session, account_id, now)
    query = select(ChannelToken).where(ChannelToken.account_id == account_id)
    row = session.exec(query.with_for_update().execution_options(populate_existing=True)).one()
    found = _pair(row)
    assert found is not None, "it has just been inserted"
    if found.is_alone(now) or not (whatever or found.due_at <= now):
        return None
    row.refreshing_since = now
    return found


def replace(
    session: Session, account_id: int, access: str, refresh: str, lives: timedelta, now: datetime
) -> None:
    """Put a new pair in the place of the old one; what was wrong is mended by it."""
    _insert(session, account_id, now)
    _write(
        session,
        account_id,
        access_token=access,
        refresh_token=refresh,
        expires_at=now + lives,
        refreshed_at=now,
        refreshing_since=None,
        problem="",
    )


def give_up(session: Session, account_id: int, used: str, problem: str) -> bool:
    """The exchange of the refresh token `used` has ended without a pair; `problem` is "" where it may be tried again.

    False, and nothing written, when another pair has come in the meantime.
    """
    found = pair_of(session, account_id)
    if found is None or found.refresh not in {used, ""}:
        return False
    more = {"problem": problem} if problem else {}
    _write(session, account_id, refreshing_since=None, **more)
    return True


def outdated(session: Session, account_id: int, access: str, now: datetime) -> None:
    """The platform takes this access token no longer: it is due to be renewed at once."""
    found = pair_of(session, account_id)
    if found is not None and found.access == access and found.expires_at > now:
        _write(session, account_id, expires_at=now, refreshed_at=min(found.refreshed_at, now))


def _pair(row: ChannelToken | None) -> Pair | None:
    if row is None:
        return None
    return Pair(
        row.access_token or "",
        row.refresh_token or "",
        row.expires_at,
        row.refreshed_at,
        row.refreshing_since,
        row.problem,
    )


def _insert(session: Session, account_id: int, now: datetime) -> None:
    """The account's row, empty; two that make it at once get the same one."""
    values = {"account_id": account_id, "expires_at": now, "refreshed_at": now}
    session.execute(dialect_of(session).insert(ChannelToken).values(**values).on_conflict_do_nothing())


def _write(session: Session, account_id: int, **values: Any) -> None:
    session.execute(update(ChannelToken).where(col(ChannelToken.account_id) == account_id).values(**values))
