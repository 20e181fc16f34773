"""Who may leave a file, and how many bytes: asked before it is fetched, and again where it is stored."""

from datetime import datetime

from sqlmodel import Session

from bot.channels.held import Content
from bot.limits import MEGABYTE, Limit, Limits
from storage.messaging.dialogues import dialogue_id
from storage.messaging.files import StoredFile, bytes_of
from storage.people.people import contact_at


def refusal(session: Session, limits: Limits, account_id: int, chat: str, size: int) -> Limit | None:
    """Why a chat leaves no file of so many bytes; None where it may."""
    if contact_at(session, account_id, chat) is None:
        return Limit.STRANGER_FILE
    kept = bytes_of(session, dialogue_id(session, account_id, chat))
    return Limit.FILE_QUOTA if kept + size > limits.files_mb * MEGABYTE else None


def keep(
    session: Session, account_id: int, chat: str, name: str, content: Content, now: datetime
) -> StoredFile:
    """Store a file of a chat; `now` is real time."""
    where = dialogue_id(session, account_id, chat)
    # the driver takes whatever can be read as bytes, and reads it once
    stored = StoredFile(account_id=account_id, name=name, content=content, kept_at=now, dialogue_id=where)  # type: ignore[arg-type]
    session.add(stored)
    session.flush()
    return stored
