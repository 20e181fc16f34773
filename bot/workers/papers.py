"""A message's file, made at the moment it goes out or is fetched: by the sender, and by the page of its link."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from bot.channels.base import RenderedFile
from bot.threads import Threads
from bot.workers.pictures import draw
from handlers.engine.desk import Desk, Links
from handlers.engine.messages import Paper
from handlers.engine.pictures import Picture
from locales import Language
from storage.people.people import Person

PICTURES = frozenset({".png", ".jpg"})  # endings of what messengers show, and fetch themselves


def ending_of(row: Row[Any]) -> str:
    """The ending of the file's name, such as ".xlsx", in small letters."""
    return PurePosixPath(row.message["document"]["name"]).suffix.lower()


async def render(
    threads: Threads, row: Row[Any], papers: Mapping[str, Paper], links: Links, now: datetime
) -> RenderedFile:
    """The document of an outbox row, in its reader's language, as things stand `now` (business time).

    A picture is drawn once the database has been let go. Raises NotDrawnError.
    """
    made = await threads.read(lambda session: _made(session, row, papers, links, now))
    content = made if isinstance(made, bytes) else await threads.apart(lambda: draw(made))
    return RenderedFile(row.message["document"]["name"], content)


def _made(
    session: Session, row: Row[Any], papers: Mapping[str, Paper], links: Links, now: datetime
) -> bytes | Picture:
    document = row.message["document"]
    desk = Desk(session=session, now=now, links=links)
    person = session.get(Person, row.person_id) if row.person_id else None
    language = desk.language_of(person) if person else Language()
    return papers[document["key"]].run(desk, language, **document["ids"])
