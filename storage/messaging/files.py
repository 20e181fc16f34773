"""Files that came from people, kept until the conversation that asked for them has read them."""

from datetime import datetime

from sqlalchemy import LargeBinary, delete, func, select
from sqlmodel import Field, Session, SQLModel, col

from storage.base.columns import BigKey, instant, key, ref


class StoredFile(SQLModel, table=True):
    """A file a person sent in a chat (its dialogue); `kept_at` is real time, and a day later it is swept away."""

    __tablename__ = "stored_file"
    id: int = key()
    account_id: int = ref("channel_account.id", index=False)
    name: str
    content: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = instant(index=True)
    dialogue_id: int | None = Field(default=None, sa_type=BigKey, index=True)


def bytes_of(session: Session, dialogue_id: int) -> int:
    """How many bytes of a chat's files are kept at this moment."""
    query = select(func.coalesce(func.sum(func.length(col(StoredFile.content))), 0))
    return int(session.execute(query.where(col(StoredFile.dialogue_id) == dialogue_id)).scalar_one())


def forget(session: Session, before: datetime) -> None:
    """Sweep away files kept before `before` (real time): whoever sent them has long had his answer."""
    session.execute(delete(StoredFile).where(col(StoredFile.kept_at) < before))
