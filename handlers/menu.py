"""The menu by role, help, cancel, and the answers to what nobody else understands."""

from handlers.conversation import Conversation
from handlers.turn import Turn

conversation = Conversation("menu")


def apologise(turn: Turn) -> None:
    """What a person is told when his message could not be worked on (the operator sees why)."""
    _ = turn.language.text
    turn.say(_("The assistant could not handle your last message. Please try again, or call the centre."))
