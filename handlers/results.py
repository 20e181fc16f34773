"""Marks, attendance and conduct together (000-21)."""

from handlers.conversation import Conversation

conversation = Conversation("results")
