"""Who is in charge (“ai phụ trách”): the supervisor of each class, the registrars, and how they are reached."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import back, write
from handlers.menu.menu import phone_line
from locales import later
from storage.courses.visibility import classes_of
from storage.people.people import STAFF, Person, Role, holders

conversation = Conversation("in_charge")

MOST: Final = 4  # classes told


@conversation.command("", words=later("who is in charge, whom do I call, phone of the centre"))
def open_contacts(turn: Turn) -> None:
    """What is not recorded is said to be not recorded."""
    _ = turn.language.text
    text = lines(_("<b>Who is in charge</b>"), *_supervisors(turn), *_registrars(turn), phone_line(turn))
    ways = [[Button(_("Write to registrar"), write)]] if turn.roles - STAFF else []
    turn.show(text, *ways, back(turn.language))


def _supervisors(turn: Turn) -> Iterator[Markup]:
    """Of the classes that are not over, the first to end first."""
    _ = turn.language.text
    courses = [one for one in classes_of(turn.session, turn.viewer) if one.to_date >= turn.day]
    for course in sorted(courses, key=lambda one: (one.to_date, one.id))[:MOST]:
        person = turn.session.get(Person, course.supervisor_id) if course.supervisor_id else None
        if person is None:
            yield _("Class {course}: no class supervisor is recorded.", course=course.name)
        else:
            yield _("Class {course}: supervisor {person}", course=course.name, person=_reached(turn, person))


def _registrars(turn: Turn) -> Iterator[Markup]:
    _ = turn.language.text
    people = holders(turn.session, {Role.REGISTRAR}, turn.home.id, turn.day)
    for person in people:
        yield _("Registrar: {person}", person=_reached(turn, person))
    if not people:
        yield _("No registrar is recorded.")


def _reached(turn: Turn, person: Person) -> Markup:
    """Such as "đồng chí Phan Thị Thu, 0912345678"."""
    if not person.phone:
        return turn.language.text("comrade {name}", name=person.name)
    return turn.language.text("comrade {name}, {phone}", name=person.name, phone=person.phone)
