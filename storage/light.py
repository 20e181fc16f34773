"""Loading libraries without what they would bring along, for what is loaded stays in memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import something as if its optional dependency `name` were not installed; once loaded, it stays."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # as the import system documents it
    try:
        yield
    finally:
        del sys.modules[name]


def bring_openpyxl() -> None:
    """Load openpyxl as if numpy and Pillow were not there: they are installed for pictures, which a process of its
    own draws (bot/pictures.py), and would take 15 MiB here.
    """
    with without("numpy"), without("PIL"):
        import openpyxl  # noqa: F401  once loaded, it stays
