"""What is stored about a person, its export, and who has looked at it."""

from handlers.conversation import Conversation

conversation = Conversation("mydata")
