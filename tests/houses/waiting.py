"""Waiting for what another thread, process or browser is about to do."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 30  # seconds: only a failure takes so long
PAUSE = 0.02  # seconds between looks


def until(look: Callable[[], Any], told: Callable[[], Any] = str) -> Any:
    """What `look` finds, once it finds something; `told` is shown where it never does."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, told()
        time.sleep(PAUSE)
    return found
