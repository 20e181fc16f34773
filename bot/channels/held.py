"""What somebody sends, on disk while it comes: a file of twenty megabytes is never in memory as a whole."""

import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias, cast

Content: TypeAlias = bytes | memoryview


@contextmanager
def on_disk() -> Iterator[BinaryIO]:
    """A file without a name, gone when it is left; what `mapped` gave of it stays readable."""
    with tempfile.TemporaryFile() as file:
        yield cast(BinaryIO, file)


def mapped(file: BinaryIO) -> Content:
    """All of a file, to be stored: read from the disk piece by piece by whoever goes through it."""
    file.flush()
    size = os.fstat(file.fileno()).st_size
    return memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)) if size else b""
