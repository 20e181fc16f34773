"""Files that came from people, kept until the conversation that asked for them has read them."""

from datetime import datetime

from sqlalchemy import LargeBinary, delete
from sqlmodel import Field, Session, SQLModel, col

from storage.base.columns import instant, key, ref


class StoredFile(SQLModel, table=True):
    """A file a person sent; `kept_at` is real time, and a day later it is swept away."""

    __tablename__ = "stored_file"
    id: int = key()
    account_id: int = ref("channel_account.id", index=False)
    name: str
    content: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = instant(index=True)


def forget(session: Session, before: datetime) -> None:
    """Sweep away files kept before `before` (real time): whoever sent them has long had his answer."""
    session.execute(delete(StoredFile).where(col(StoredFile.kept_at) < before))
