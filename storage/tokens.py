"""Rotating tokens of accounts whose platform gives new ones again and again: one row an account, sealed."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import BigKey, encrypted, instant


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
