"""Opening and closing notices of a class and who has them."""

from handlers.conversation import Conversation

conversation = Conversation("notices")
