"""Reads one workbook on standard input: `-m bot.workbooks.reading DAY`; what it holds comes as JSON.

A process of its own, for a small file may ask for gigabytes and minutes. Where the system can limit a process
(all but Windows), this one ends itself at a gigabyte of memory and half a minute of work.
"""

import json
import sys
from contextlib import suppress
from datetime import date
from typing import Final

MOST_MEMORY: Final = 2**30  # bytes
MOST_WORK: Final = 30  # seconds of the processor


def limit() -> None:
    """Give this process no more than that."""
    with suppress(ImportError):  # on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_WORK, MOST_WORK))


if __name__ == "__main__":
    limit()
    from storage.imports.readings import read_all

    json.dump(read_all(sys.stdin.buffer.read(), date.fromisoformat(sys.argv[1])), sys.stdout)
