"""Language, channel and kinds of message."""

from handlers.conversation import Conversation

conversation = Conversation("settings")
