"""Conduct reports: the card, all well in two taps, learners to mention."""

from handlers.conversation import Conversation

conversation = Conversation("conduct")
