"""The messengers: one module each, the same shape (base.Channel), one contract suite for all."""

import sys

# httpx would bring its command line along, and with it rich and pygments: 3 MiB at rest. None says "not here".
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # as the import system documents it
