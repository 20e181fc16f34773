"""Has pictures drawn in a short-lived process of its own, so that what drawing takes is given back."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Final

from handlers.engine.pictures import Picture

PATIENCE: Final = 60.0  # seconds: the first picture on a computer also looks for its typefaces
PNG: Final = b"\x89PNG\r\n"


class NotDrawnError(Exception):
    """The picture could not be drawn; says why, for the log."""


def draw(picture: Picture, *, command: tuple[str, ...] = (), patience: float = PATIENCE) -> bytes:
    """The picture as PNG. Blocks until the process has ended or is ended; raises NotDrawnError."""
    try:
        done = subprocess.run(  # noqa: S603  our own program, with no arguments of anybody's
            command or (sys.executable, "-m", "bot.workers.drawing"),
            input=json.dumps(asdict(picture)).encode(),
            env=_environment(),
            capture_output=True,
            timeout=patience,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows no window flashes up
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDrawnError(type(error).__name__) from error
    if done.returncode or not done.stdout.startswith(PNG):
        complaint = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotDrawnError(f"exit code {done.returncode}: {complaint}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Ours without our settings, for secrets are among them; one thread, for the picture is small."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAUNOI_")}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg", "PYTHONUTF8": "1"}
