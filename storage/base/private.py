"""Files that only their owner may read, whatever the umask says: the key, the database and what lies beside it, slips.

Where a system has no such modes (Windows), they stay as its folders have it.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077
BESIDE: Final = ("", "-wal", "-shm", ".lock")  # a SQLite file and what belongs to it


def opened(file: Path, flags: int) -> int:
    """Open a file to write it (`flags` as for os.open) that nobody else can read from its first byte on. Raises OSError."""
    handle = os.open(file, flags | os.O_CREAT, OWNER_ONLY)
    narrow(file)
    return handle


def written(file: Path, content: bytes = b"") -> None:
    """Make a file that only its owner may read, its content on the disk. Raises FileExistsError, OSError."""
    with os.fdopen(opened(file, os.O_WRONLY | os.O_EXCL), "wb") as made:
        made.write(content)
        made.flush()
        os.fsync(made.fileno())


def narrow(file: Path) -> None:
    """Take a file away from group and others; one that is not there or not ours stays as it is."""
    with suppress(OSError):
        mode = file.stat().st_mode
        if os.name == "posix" and mode & OTHERS:
            file.chmod(mode & ~OTHERS & 0o7777)


def is_wide(file: Path) -> bool:
    """Whether group or others may do anything with it."""
    return os.name == "posix" and file.exists() and bool(file.stat().st_mode & OTHERS)


def prepare_database(file: Path) -> None:
    """Before SQLite opens its file: make it ours alone (what it writes beside it is as private), narrow what is wider.

    A file that is there is never opened: closing it would lift the locks that SQLite's connections of this process
    hold on it (its "How To Corrupt", 2.2). What cannot be made, SQLite says itself.
    """
    with suppress(OSError):
        os.close(opened(file, os.O_RDWR | os.O_EXCL))
    for ending in BESIDE:
        narrow(Path(f"{file}{ending}"))
