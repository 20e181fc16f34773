"""The timetable: today, this week, next session, a class; reminders and changes."""

from handlers.conversation import Conversation

conversation = Conversation("schedule")
