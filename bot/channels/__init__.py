"""The messengers: one module each, the same shape (base.Channel), one contract suite for all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# httpx would bring its command line along, and with it rich and pygments: 3 MiB at rest. None says "not here".
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # as the import system documents it


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
