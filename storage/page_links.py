"""Links to our own pages that the first device to use one keeps: which device that is."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import instant, key


class PageLink(SQLModel, table=True):
    """Made at a link's first use; the token itself is not kept. `opened_at` is business time."""

    __tablename__ = "page_link"
    id: int = key()
    token_hash: str = Field(unique=True)
    device_hash: str
    opened_at: datetime = instant()
