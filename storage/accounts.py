"""Channel accounts: a bot's token, the web chat. Inbox, contacts, outbox and pace belong to one."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Session, SQLModel, select

from storage.columns import instant, key


class ChannelAccount(SQLModel, table=True):
    """`abroad` says that its servers are: marks and conduct go there only where the director allowed it.

    `paused_until` is real time: the platform could not be reached, or refused the token.
    """

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("kind", "name"),)
    id: int = key()
    kind: str  # web, telegram
    name: str = "main"
    username: str = ""  # as the platform calls it, for deep links
    abroad: bool = False
    paused_until: datetime | None = instant(optional=True)
    pause_reason: str = ""
    heartbeat_at: datetime | None = instant(optional=True)  # real time of the sender's last sign of life


def account_named(session: Session, kind: str, name: str = "main", *, abroad: bool = False) -> ChannelAccount:
    """The account, made at its first use."""
    query = select(ChannelAccount).where(ChannelAccount.kind == kind, ChannelAccount.name == name)
    account = session.exec(query).first()
    if account is None:
        account = ChannelAccount(kind=kind, name=name, abroad=abroad)
        session.add(account)
        session.flush()
    return account
