"""Workbooks sent to the chat, and the wording of what is wrong with them."""

from handlers.conversation import Conversation

conversation = Conversation("imports")
