"""Has pictures drawn by a process of its own: matplotlib takes some 85 MiB that the server would keep."""

import json
from dataclasses import asdict
from typing import Final

from bot.workers import apart
from handlers.engine.pictures import Picture

DRAWING: Final = ("-m", "bot.workers.drawing")
PATIENCE: Final = 60.0  # seconds: the first picture on a computer also looks for its typefaces
PNG: Final = b"\x89PNG\r\n"


class NotDrawnError(Exception):
    """The picture could not be drawn; says why, for the log."""


def draw(picture: Picture, *, command: tuple[str, ...] = DRAWING, patience: float = PATIENCE) -> bytes:
    """The picture as PNG. Blocks until the process has ended or is ended; raises NotDrawnError."""
    try:
        drawn = apart.run(command, json.dumps(asdict(picture)).encode(), patience, MPLBACKEND="agg")
    except apart.NotDoneError as error:
        raise NotDrawnError(str(error)) from error
    if not drawn.startswith(PNG):
        raise NotDrawnError("what was drawn is no picture")
    return drawn
