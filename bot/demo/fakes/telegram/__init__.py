"""Telegram as the demonstration and the tests meet it."""
