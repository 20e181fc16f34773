"""The web chat as a kind of channel: always there."""

from bot.channels.kind import Kind

KIND = Kind("web", "bot.channels.web:WebChannel")
