"""Binding a chat to a person: who the slip is for, the two consents."""

from handlers.conversation import Conversation

conversation = Conversation("enrol")
