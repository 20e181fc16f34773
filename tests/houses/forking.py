"""Whole programs in processes of their own, from a fork server that has imported the program once (tests/houses/warm.py).

For tests to which the process is a means: each start would import for a second of CPU time. How a start of its own
goes is told by test_command_line.py, test_demo.py, test_light.py and test_wheel.py.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any


def start(work: Callable[[], object], environment: dict[str, str], log: Path, **more: bool) -> BaseProcess:
    """A started process that does this work with these settings alone; what it says is added to the log."""
    made = _context().Process(target=_run, args=(work, environment, log), **{"daemon": True, **more})
    made.start()
    return made


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.houses.warm"])
    return context


def _run(work: Callable[[], object], environment: dict[str, str], log: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CAUNOI_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.stdout = sys.stderr = log.open("a", encoding="utf-8", buffering=1)
    work()
