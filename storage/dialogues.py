"""Where each chat's conversation stands. A dialogue row is also the lock of its chat."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from storage.columns import BigKey

dialogue = Table(
    "dialogue",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    # {"step": key, "version": n, "args": {…}} while an answer is waited for, else {}
    Column("state", JSON, nullable=False, default=dict),
    # the last numbered list, for channels without buttons
    Column("menu", JSON, nullable=False, default=list),
    Column("language", String, nullable=False, default="vi"),
    Column("keyboard", JSON, nullable=False, default=list),  # labels of the persistent keyboard shown there
    Column("closed", Boolean, nullable=False, default=False),
    UniqueConstraint("account_id", "chat"),
)


def dialogue_id(session: Session, account_id: int, chat: str) -> int:
    """The chat's row, made at its first word; two who make it at once get the same one."""
    where = (dialogue.c.account_id == account_id) & (dialogue.c.chat == chat)
    found = session.execute(select(dialogue.c.id).where(where)).scalar()
    if found is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        values = {
            "account_id": account_id,
            "chat": chat,
            "state": {},
            "menu": [],
            "keyboard": [],
            "closed": False,
        }
        session.execute(dialect.insert(dialogue).values(language="vi", **values).on_conflict_do_nothing())
        found = session.execute(select(dialogue.c.id).where(where)).scalar_one()
    return int(found)


def keep(session: Session, row_id: int, **values: Any) -> None:
    session.execute(update(dialogue).where(dialogue.c.id == row_id).values(**values))
