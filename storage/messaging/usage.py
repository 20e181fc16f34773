"""How much of an account's quota is used: messages a month, counted as they are settled, and people who wrote."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, func, select
from sqlmodel import Session, SQLModel

from storage.base.engine import dialect_of
from storage.messaging.dialogues import dialogue

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")  # a month begins and ends where the platform and its centres are

usage = Table(
    "usage",
    SQLModel.metadata,
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), primary_key=True),
    Column("month", String, primary_key=True),  # such as 2026-11
    Column("sent", Integer, nullable=False),
)


def month_of(now: datetime) -> str:
    """The month a moment of business time counts for."""
    return f"{now.astimezone(ZONE):%Y-%m}"


def count(session: Session, account_id: int, month: str, sent: int) -> None:
    """So many messages more were taken by the platform."""
    row = dialect_of(session).insert(usage).values(account_id=account_id, month=month, sent=sent)
    more = row.on_conflict_do_update(
        index_elements=["account_id", "month"], set_={"sent": usage.c.sent + sent}
    )
    session.execute(more)


def sent_this_month(session: Session, account_id: int, month: str) -> int:
    query = select(usage.c.sent).where(usage.c.account_id == account_id, usage.c.month == month)
    return session.execute(query).scalar() or 0


def users_of(session: Session, account_id: int) -> int:
    """How many chats the account has: everybody who ever wrote to it."""
    query = select(func.count()).select_from(dialogue).where(dialogue.c.account_id == account_id)
    return int(session.execute(query).scalar_one())


def place_among_users(session: Session, account_id: int, chat: str) -> int:
    """The how-manieth user of the account a chat is, from 1; 0 for one that never wrote."""
    own = select(dialogue.c.id).where(dialogue.c.account_id == account_id, dialogue.c.chat == chat)
    row_id = session.execute(own).scalar()
    if row_id is None:
        return 0
    query = select(func.count()).where(dialogue.c.account_id == account_id, dialogue.c.id <= row_id)
    return int(session.execute(query).scalar_one())
