"""The first card: what waits for whoever speaks, then the parts of the menu that are open to him."""

from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.home.waiting import how_many, lines_of, openings_of, turn_page, waiting
from handlers.menu import actions
from handlers.menu.menu import refresh_keyboard, section_rows, your_roles
from locales import later
from storage.joining.consents import open_purposes

MOST: Final = 3  # of what waits

conversation = Conversation("home")


@conversation.does(actions.open_menu)
def open_menu(turn: Turn) -> None:
    turn.show(home_card(turn))


@conversation.button("mp")
def turn_menu(turn: Turn, page: int) -> None:  # noqa: ARG001  its pages are sections now
    """On cards of former versions."""
    turn.show(home_card(turn))


@conversation.command("menu", words=later("menu"), about=later("Menu"))
def menu_typed(turn: Turn) -> None:
    refresh_keyboard(turn)
    turn.say(home_card(turn))


def home_card(turn: Turn, said: Markup | str = "") -> Message:
    """Home, under a sentence: the most urgent that waits, each one tap away."""
    _, rows = turn.language.text, waiting(turn)
    first = rows[:MOST]
    left = len(rows) - len(first)
    asked = open_purposes(turn.session, turn.speaker.id, turn.roles)
    text = lines(
        said,
        your_roles(turn),
        how_many(turn.language, len(rows)),
        *lines_of(turn, first),
        *([_("The centre asks for your consent.")] if asked else []),
        _("What would you like to do?"),
    )
    consent = [[Button(_("Consent: read it"), actions.answer_consents)]] if asked else []
    more = [[Button(_("All {n} of them", n=len(rows)), turn_page, page=0)]] if left else []
    return Message(text, [*([one] for one in openings_of(turn, first)), *more, *consent, *section_rows(turn)])
