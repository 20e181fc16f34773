"""Small talk is answered as people answer it: in one line, and nothing that is half done ends."""

from handlers.engine.conversation import ANYONE, Conversation
from handlers.engine.turn import Turn
from handlers.home.home import home_card
from locales import later

conversation = Conversation("courtesy")


@conversation.command(
    "", words=later("hello, hi, good morning, good afternoon, is anybody there"), may=ANYONE, aside=True
)
def greeted(turn: Turn) -> None:
    """Whoever comes in is shown what waits for him; whoever is in the middle of something is only greeted."""
    if turn.person is None:
        turn.table.events["stranger"](turn, "")
    elif turn.state:
        turn.say(turn.language.text("Good day, {name}.", name=turn.speaker.name))
    else:
        turn.say(home_card(turn, turn.language.text("Welcome back, {name}.", name=turn.speaker.name)))


@conversation.command("", words=later("thank you, thanks, many thanks"), may=ANYONE, aside=True)
def thanked(turn: Turn) -> None:
    turn.say(turn.language.text("Thank you, comrade."))


@conversation.command("", words=later("ok, okay, yes, all right, understood, noted"), may=ANYONE, aside=True)
def agreed(turn: Turn) -> None:
    """It answers nothing that was asked: what counts is pressed."""
    turn.say(turn.language.text("Yes, comrade."))


@conversation.command("", words=later("bye, goodbye, good night"), may=ANYONE, aside=True)
def taken_leave(turn: Turn) -> None:
    turn.say(turn.language.text("Goodbye, comrade."))
