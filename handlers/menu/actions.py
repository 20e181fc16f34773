"""What other files offer of the menu."""

from typing import Final

from handlers.engine.actions import ANYONE, action
from handlers.engine.messages import Button
from handlers.menu import sections
from locales import Language, later
from storage.people.people import STAFF, Role

open_menu = action("mn")
cancel = action("hu", may=ANYONE, aside=True)
answer_consents = action("dcn")
# He does not write to himself.
NOT_REGISTRARS: Final = frozenset(Role) - {Role.REGISTRAR}
write = action("wr", may=frozenset(Role) - STAFF, menu=later("Write to registrar"), section=sections.CENTRE)
carry = action("wc", "row", may=NOT_REGISTRARS)  # to the registrar: the words that a card of this chat keeps


def back(language: Language) -> list[Button]:
    """The row that leads back to the menu."""
    return [Button(language.text("Back"), open_menu)]
