"""A chat that belongs to somebody, where it does not matter to whom."""

from datetime import datetime

from sqlmodel import select

from storage.base.engine import Database
from storage.people.people import Centre, Person, bind, contact_at


def bind_somebody(database: Database, account_id: int, chat: str, now: datetime) -> None:
    """Link the chat with a person made for it, unless it has one."""
    with database.transaction() as session:
        if contact_at(session, account_id, chat) is not None:
            return
        centre = session.exec(select(Centre)).first() or Centre(name="Trung tâm Chính trị phường An Hòa")
        session.add(centre)
        session.flush()
        person = Person(centre_id=centre.id, name="Nguyễn Văn An", folded="nguyen van an", sort_text="")
        session.add(person)
        session.flush()
        bind(session, person, account_id, chat, now)
