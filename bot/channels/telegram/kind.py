"""Telegram as a kind of channel."""

from bot.channels.kind import Kind

KIND = Kind(
    "telegram",
    "bot.channels.telegram.channel:TelegramChannel",
    settings="bot.channels.telegram.settings:TelegramSettings",
    needs=("telegram_token",),
    spares=("cryptography.hazmat.backends",),  # only Telegram Passport needs it: 6 MiB at rest
    abroad=True,
    pace=29.0,  # it allows about 30
    check="bot.channels.telegram.check:check",
    demo="bot.demo.messengers:Telegram",
)
