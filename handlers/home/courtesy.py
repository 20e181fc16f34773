"""A greeting and a thank-you are answered as people answer them."""

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Message
from handlers.engine.turn import Turn
from handlers.home.home import home_card
from handlers.menu.menu import unknown_words
from locales import later

conversation = Conversation("courtesy")


@conversation.command("", words=later("hello, hi, good morning, good afternoon"))
def greeted(turn: Turn) -> None:
    _ = turn.language.text
    if turn.rest:
        unknown_words(turn, turn.incoming.text)  # a question follows the greeting
        return
    turn.say(home_card(turn, _("Welcome back, {name}.", name=turn.speaker.name)))


@conversation.command("", words=later("thank you, thanks, many thanks"))
def thanked(turn: Turn) -> None:
    _ = turn.language.text
    if turn.rest:
        unknown_words(turn, turn.incoming.text)
        return
    turn.say(Message(_("Thank you, comrade. Whenever you need something, type /menu.")))
