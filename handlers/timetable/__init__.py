"""Timetables, their changes, and the reminders of sessions."""
