"""A file that came by the upload page of a chat: an update of that chat which no messenger brought.

It is the same whatever the channel, so the intake reads it before the channel's own parser is asked.
"""

from collections.abc import Sequence
from typing import Any

from handlers.engine.messages import Incoming, SentFile

PAGE_FILE = "caunoi_page_file"  # {"name", "size", "file_id"}: the file, kept with the update
PAGE_ID = "caunoi_page_id"  # what the page calls it, so that sending it again changes nothing
SAID = "caunoi_said"  # rows of the outbox that answered it, for the page


def page_file(payload: dict[str, Any]) -> Incoming | None:
    """The file of an upload page; None for whatever else, which the channel's parser knows."""
    file = payload.get(PAGE_FILE)
    if not isinstance(file, dict):
        return None
    return Incoming(file=SentFile(file["name"], file["size"], file["file_id"]))


def answered(payload: dict[str, Any], rows: Sequence[int]) -> dict[str, Any]:
    """The update with the answers its turn put into the chat."""
    return {**payload, SAID: list(rows)}
