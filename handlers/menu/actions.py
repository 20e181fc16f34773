"""What other files offer of the menu."""

from handlers.engine.actions import ANYONE, action
from handlers.engine.messages import Button
from locales import Language

open_menu = action("mn")
cancel = action("hu", may=ANYONE, aside=True)
answer_consents = action("dcn")


def back(language: Language) -> list[Button]:
    """The row that leads back to the menu."""
    return [Button(language.text("Back"), open_menu)]
