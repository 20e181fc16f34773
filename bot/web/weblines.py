"""How a line of the transcript goes to the page, and the sentences the page's script says itself."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from locales import Language


def line_of(row: Row[Any], language: Language) -> dict[str, Any]:
    """A line with its time and day in the centre's zone and the reader's language."""
    said_at = language.local(row.said_at)
    return {
        **row.message,
        "n": row.number,
        "mine": row.mine,
        "replaces": row.replaces,
        "time": language.time(row.said_at),
        "at": said_at.isoformat(timespec="seconds"),
        "day": language.day(said_at.date()),
        "file": _file(row, language) if row.file_name else None,
    }


def _file(row: Row[Any], language: Language) -> dict[str, Any]:
    """`url` is empty for what the person sent, and for files no longer kept; a picture tells its width and height."""
    url = f"file/{row.number}" if row.has_file else ""
    size = size_words(row.message.get("size", 0), language)
    return {"name": row.file_name, "size": size, "url": url, **row.message.get("picture", {})}


def size_words(size: int, language: Language) -> str:
    """Such as "12 kB", "1,5 MB"."""
    if size < 1_000_000:
        return f"{language.number(max(1, round(size / 1000)))} kB"
    return f"{language.number(Decimal(size / 1_000_000).quantize(Decimal('0.1')))} MB"


def sentences(language: Language) -> dict[str, Any]:
    """What the script says: states of a message, the lost connection, who spoke (for screen readers)."""
    _ = language.text
    return {
        "you": _("You"),
        "assistant": _("Assistant"),
        "sending": _("sending…"),
        "kept": _("received by the system"),
        "choices": _("Choices"),
        "chosen": _("Chosen: {label}", label="{label}"),
        "offline": _(
            "The connection is lost. What you write is kept here and is sent by itself when it is back."
        ),
        "refused": _("This was not sent."),
        "too_long": _("This message is longer than 8,000 characters. Please send it in parts, or as a file."),
        "too_big": _("The file is larger than 20 MB. Please send a smaller one, or split it."),
        "new_page": _("opens in a new page"),
        "bell": _bell(language),
        "picture": _("Picture: {name}", name="{name}"),
        "enlarge": _("Show it large"),
        "save": _("Save it"),
        "close": _("Close"),
    }


def _bell(language: Language) -> dict[str, str]:
    """What the page asks and says about ringing."""
    _ = language.text
    return {
        "question": _(
            "Shall this browser tell you when the centre has a message for you? You can turn it off at any time."
        ),
        "yes": _("Turn on notifications"),
        "no": _("Later"),
        "name": _("Notifications"),
        "on": _("Notifications are on. This browser tells you when the centre has a message for you."),
        "off": _("Notifications are off. The bell above turns them on."),
        "denied": _(
            "The browser blocks notifications of this page. They can be allowed in its settings, then pressed here again."
        ),
        "failed": _(
            "Notifications could not be turned on just now. Please try again later; messages come here as ever."
        ),
        "apple": _(
            "Notifications on iPhone and iPad: press Share, then Add to Home Screen, and open the chat from there."
        ),
        "understood": _("Understood"),
    }
