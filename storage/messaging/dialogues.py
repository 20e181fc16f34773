"""Where each chat's conversation stands. A dialogue row is also the lock of its chat."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    select,
    update,
)
from sqlmodel import Session, SQLModel, col

from storage.base.columns import BigKey, Instant
from storage.base.engine import dialect_of
from storage.messaging.accounts import ChannelAccount
from storage.people.people import Centre, Contact, Person

dialogue = Table(
    "dialogue",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    # {"step": key, "version": n, "args": {…}} while an answer is waited for, else {}
    Column("state", JSON, nullable=False, default=dict),
    # the list of choices this chat saw last, where buttons are typed (see `Menu`); {} while there is none
    Column("menu", JSON, nullable=False, default=dict),
    Column("heard_at", Instant),  # business time of the chat's last message, where a window counts from it
    Column("told_since", Integer, nullable=False, default=0, server_default="0"),  # messages taken since then
    Column("language", String, nullable=False, default="vi"),
    Column("keyboard", JSON, nullable=False, default=list),  # labels of the persistent keyboard shown there
    Column("closed", Boolean, nullable=False, default=False),
    UniqueConstraint("account_id", "chat"),
)


ROW_OF = select(dialogue.c.id).where(  # put together once, as storage.messaging.inbox does
    dialogue.c.account_id == bindparam("account"), dialogue.c.chat == bindparam("chat")
)


def dialogue_id(session: Session, account_id: int, chat: str) -> int:
    """The chat's row, made at its first word; two who make it at once get the same one."""
    at = {"account": account_id, "chat": chat}
    found = session.execute(ROW_OF, at).scalar()
    if found is None:
        row = dialect_of(session).insert(dialogue).values(account_id=account_id, chat=chat)
        session.execute(row.on_conflict_do_nothing())
        found = session.execute(ROW_OF, at).scalar_one()
    return int(found)


def _whose() -> Any:
    query = select(dialogue, ChannelAccount, Contact, Person, Centre)
    query = query.join(ChannelAccount, col(ChannelAccount.id) == dialogue.c.account_id)
    here = (col(Contact.account_id) == dialogue.c.account_id) & (col(Contact.chat) == dialogue.c.chat)
    query = query.outerjoin(Contact, here & (col(Contact.state) != "closed"))
    query = query.outerjoin(Person, col(Person.id) == col(Contact.person_id))
    query = query.outerjoin(Centre, col(Centre.id) == col(Person.centre_id))
    return query.where(dialogue.c.id == bindparam("row_id"))


WHOSE = _whose()


def whose(session: Session, row_id: int) -> Row[Any]:
    """A chat with its ChannelAccount and, where it is bound to somebody, its Contact, Person and Centre, else None.

    One statement, for every turn begins with it.
    """
    return session.execute(WHOSE, {"row_id": row_id}).one()


def get(session: Session, row_id: int) -> Row[Any] | None:
    return session.execute(select(dialogue).where(dialogue.c.id == row_id)).first()


def keep(session: Session, row_id: int, **values: Any) -> None:
    session.execute(update(dialogue).where(dialogue.c.id == row_id).values(**values))


@dataclass(frozen=True)
class Menu:
    """The list of choices a chat has before its eyes, where choices are typed.

    `row` is the outbox row that said it, `page` the page of its choices, `at` the moment the platform took it, by
    the platform's own clock where it tells that (seconds, 0 for unknown). `coming` is a row that is on its way with
    another list: until it is settled nobody knows which of the two a number answers.
    """

    row: int = 0
    page: int = 0
    at: float = 0.0
    coming: int = 0


def menu_at(session: Session, account_id: int, chat: str) -> tuple[int, Menu]:
    """The chat's dialogue row, locked, and its menu; (0, Menu()) for a chat nobody ever wrote from."""
    where = (dialogue.c.account_id == account_id) & (dialogue.c.chat == chat)
    row = session.execute(select(dialogue.c.id, dialogue.c.menu).where(where).with_for_update()).first()
    return (int(row.id), menu_of(row.menu)) if row is not None else (0, Menu())


def menu_of(stored: dict[str, Any]) -> Menu:
    return Menu(**(stored or {}))


def keep_menu(session: Session, row_id: int, menu: Menu) -> None:
    keep(session, row_id, menu=asdict(menu))


def heard(session: Session, row_id: int, now: datetime) -> None:
    """The person wrote: the window of the chat opens anew."""
    keep(session, row_id, heard_at=now, told_since=0)


def told(session: Session, account_id: int, chat: str, count: int) -> None:
    """The platform took so many messages to the chat."""
    where = (dialogue.c.account_id == account_id) & (dialogue.c.chat == chat)
    more = {"told_since": dialogue.c.told_since + count}
    session.execute(update(dialogue).where(where).values(**more))


def window(session: Session, account_id: int, chat: str) -> tuple[datetime | None, int]:
    """When the person last wrote in this chat (business time, None for never), and what was sent there since."""
    where = (dialogue.c.account_id == account_id) & (dialogue.c.chat == chat)
    row = session.execute(select(dialogue.c.heard_at, dialogue.c.told_since).where(where)).first()
    return (row.heard_at, int(row.told_since)) if row is not None else (None, 0)
