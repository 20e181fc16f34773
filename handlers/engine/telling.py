"""Telling the centre's own people what a conversation with somebody else calls for."""

from collections.abc import Callable

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Message
from locales import Language
from storage.people.people import Centre, Person, Role, contacts_of, holders


def tell_registrars(
    desk: Desk,
    centre: Centre,
    build: Callable[[Language], Message | Markup],
    *,
    key: str,
    at_once: bool = False,
    to_director: Callable[[Language], Message | Markup] | None = None,
) -> bool:
    """Tell every registrar who can be reached, else the director, once a key. False when nobody can be.

    It waits for the centre's hours unless it is to be known `at_once`. `to_director` is what the director reads
    where something is for the registrar alone.
    """
    due = desk.now if at_once else desk.calendar(centre).next_sending_time(desk.now)
    readers = _reached(desk, centre, Role.REGISTRAR)
    if not readers:
        readers, build = _reached(desk, centre, Role.DIRECTOR), to_director or build
    for reader in readers:
        desk.tell(reader, build, due=due, key=f"{key}:{reader.id}")
    return bool(readers)


def _reached(desk: Desk, centre: Centre, role: Role) -> list[Person]:
    people = holders(desk.session, {role}, centre.id, desk.today(centre))
    return [person for person in people if contacts_of(desk.session, person.id)]
