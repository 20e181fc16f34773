"""Where choices are typed: what is said when an answer chooses nothing, and the next page of a long list."""

from collections.abc import Callable
from typing import Final

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
    _SAID[chosen.unclear](turn, chosen)


def _coming(turn: Turn, _chosen: Chosen) -> None:
    _ = turn.language.text
    turn.say(_("A new list is on its way. Please answer once it is here."))


def _newer(turn: Turn, _chosen: Chosen) -> None:
    _ = turn.language.text
    turn.say(_("The list has changed since you answered, so nothing was chosen. This is how it stands now:"))
    again(turn, turn.menu.page)


def _no_list(turn: Turn, _chosen: Chosen) -> None:
    _ = turn.language.text
    if turn.person is None:
        turn.say(_("There is no list a number could answer. Please type the code of your slip, or “menu”."))
    else:
        turn.say(menu_card(turn, _("There is no list a number could answer any more. This is open to you:")))


def _out_of_range(turn: Turn, chosen: Chosen) -> None:
    _ = turn.language.text
    turn.say(_("The list has the numbers up to {n}. Please answer with one of them.", n=chosen.limit))


def _one_only(turn: Turn, _chosen: Chosen) -> None:
    _ = turn.language.text
    turn.say(_("Only one choice is possible here. Please answer with one number."))


def _several_labels(turn: Turn, chosen: Chosen) -> None:
    _ = turn.language.text
    labels = [Markup("- {}").format(label) for label in chosen.labels]
    turn.say(lines(_("Several choices begin like this. Please type the whole of one:"), *labels))


_SAID: Final[dict[str, Callable[[Turn, Chosen], None]]] = {
    "coming": _coming,
    "newer": _newer,
    "no_list": _no_list,
    "out_of_range": _out_of_range,
    "one_only": _one_only,
    "several_labels": _several_labels,
}


@conversation.button(MORE_KEY, may=ANYONE, aside=True)
def turn_list(turn: Turn, row: int, page: int) -> None:
    """Another page of the choices of a message in this very chat."""
    found = outbox.get(turn.session, row)
    if found is None or (found.account_id, found.chat) != (turn.account.id, turn.chat):
        turn.show(Message(turn.language.text("That list is not there any more.")))
        return
    turn.repeat(found, page)


def again(turn: Turn, page: int) -> None:
    """The newest list once more."""
    found = outbox.get(turn.session, turn.menu.row)
    if found is not None:
        turn.repeat(found, page)
