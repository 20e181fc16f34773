"""Where choices are typed: what is said when an answer chooses nothing, and the next page of a long list."""

from markupsafe import Markup

from handlers.engine.choices import MORE_KEY
from handlers.engine.choosing import Chosen
from handlers.engine.conversation import ANYONE, Conversation
from handlers.engine.messages import Message, lines
from handlers.engine.turn import Turn
from handlers.menu.menu import menu_card
from storage.messaging import outbox

conversation = Conversation("unclear")


@conversation.on("unclear")
def unclear(turn: Turn, chosen: Chosen) -> None:
    """Say what to do; nothing was pressed."""
    _ = turn.language.text
    if chosen.unclear == "newer":
        turn.say(
            _("The list has changed since you answered, so nothing was chosen. This is how it stands now:")
        )
        again(turn, turn.menu.page)
    else:
        turn.say(_said(turn, chosen))


def _said(turn: Turn, chosen: Chosen) -> Message | Markup:
    _ = turn.language.text
    match chosen.unclear:
        case "coming":
            return _("A new list is on its way. Please answer once it is here.")
        case "out_of_range":
            return _("The list has the numbers up to {n}. Please answer with one of them.", n=chosen.limit)
        case "one_only":
            return _("Only one choice is possible here. Please answer with one number.")
        case "several_labels":
            labels = [Markup("- {}").format(label) for label in chosen.labels]
            return lines(_("Several choices begin like this. Please type the whole of one:"), *labels)
    if turn.person is None:
        return _("There is no list a number could answer. Please type the code of your slip, or “menu”.")
    return menu_card(turn, _("There is no list a number could answer any more. This is open to you:"))


@conversation.button(MORE_KEY, may=ANYONE, aside=True)
def turn_list(turn: Turn, row: int, page: int) -> None:
    """Another page of the choices of a message in this very chat."""
    found = outbox.get(turn.session, row)
    if found is None or (found.account_id, found.chat) != (turn.account.id, turn.chat):
        turn.show(turn.language.text("That list is not there any more."))
        return
    turn.repeat(found, page)


def again(turn: Turn, page: int) -> None:
    """The newest list once more."""
    found = outbox.get(turn.session, turn.menu.row)
    if found is not None:
        turn.repeat(found, page)
