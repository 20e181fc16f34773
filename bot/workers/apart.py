"""Work for a short-lived process of its own: what it takes is given back, and what it is not given it cannot take."""

import os
import subprocess
import sys
from typing import Final

from bot.channels.held import Content

ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}


class NotDoneError(Exception):
    """The process failed, took too long or could not be started; says why, for the log."""


def run(arguments: tuple[str, ...], given: Content, patience: float, **environment: str) -> bytes:
    """What Python started with these arguments (such as `("-m", "bot.workers.drawing")`) makes of `given`.

    Blocks until the process has ended, or is ended after `patience` seconds. It is given none of our settings, for
    secrets are among them. Raises NotDoneError.
    """
    try:
        done = subprocess.run(  # noqa: S603  our own program, with no arguments of anybody's
            (sys.executable, *arguments),
            input=given,
            env=_without_settings() | ONE_THREAD | environment,
            capture_output=True,
            timeout=patience,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows no window flashes up
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDoneError(type(error).__name__) from error
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotDoneError(f"exit code {done.returncode}: {complaint}")
    return done.stdout


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CAUNOI_")}
