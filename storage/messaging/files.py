"""Files that came from people, kept until the conversation that asked for them has read them."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import BigKey, document, instant, key, ref


class StoredFile(SQLModel, table=True):
    """A file a person sent in a chat (its dialogue), and what was read of it (storage.imports.readings); `kept_at` is
    real time, and a day later it is swept away.
    """

    __tablename__ = "stored_file"
    id: int = key()
    account_id: int = ref("channel_account.id", index=False)
    name: str
    content: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = instant(index=True)
    reading: dict[str, Any] = document()
    dialogue_id: int | None = Field(default=None, sa_type=BigKey, index=True)


def content_of(session: Session, file_id: int) -> bytes:
    """The file's bytes; none where it has been swept away."""
    content = session.exec(select(StoredFile.content).where(StoredFile.id == file_id)).first()
    return bytes(content or b"")


def keep_reading(session: Session, file_id: int, reading: dict[str, Any]) -> None:
    """What was read of the file stands with it; nothing where it has been swept away."""
    session.execute(update(StoredFile).where(col(StoredFile.id) == file_id).values(reading=reading))


def bytes_of(session: Session, dialogue_id: int) -> int:
    """How many bytes of a chat's files are kept at this moment."""
    query = select(func.coalesce(func.sum(func.length(col(StoredFile.content))), 0))
    return int(session.execute(query.where(col(StoredFile.dialogue_id) == dialogue_id)).scalar_one())


def forget(session: Session, before: datetime) -> None:
    """Sweep away files kept before `before` (real time): whoever sent them has long had his answer."""
    session.execute(delete(StoredFile).where(col(StoredFile.kept_at) < before))
