"""Links to our own pages that the first device to use one keeps: which device that is."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Field, Session, SQLModel, col

from storage.base.columns import instant, key
from storage.base.engine import dialect_of


class PageLink(SQLModel, table=True):
    """Made at a link's first use; the token itself is not kept. `opened_at` is business time."""

    __tablename__ = "page_link"
    id: int = key()
    token_hash: str = Field(unique=True)
    device_hash: str
    opened_at: datetime = instant()


def device_of(session: Session, token_hash: str) -> str | None:
    """The hash of the device that keeps a link; None while nobody has used it."""
    query = select(col(PageLink.device_hash)).where(col(PageLink.token_hash) == token_hash)
    return session.execute(query).scalar()


def take(session: Session, token_hash: str, device_hash: str, now: datetime) -> bool:
    """Give an unused link to this device. Whether the link is its own; of two at once the first one has it.

    Until the transaction ends nobody else uses the link.
    """
    values = {"token_hash": token_hash, "device_hash": device_hash, "opened_at": now}
    session.execute(dialect_of(session).insert(PageLink).values(**values).on_conflict_do_nothing())
    mine = select(col(PageLink.device_hash)).where(col(PageLink.token_hash) == token_hash)
    return session.execute(mine.with_for_update()).scalar() == device_hash


def forget(session: Session, before: datetime) -> None:
    """Sweep away links used before `before` (business time): they have long expired."""
    session.execute(delete(PageLink).where(col(PageLink.opened_at) < before))
