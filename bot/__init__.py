"""Doors and clocks: channels, web, workers, ticker, command line."""

import sys
from importlib.util import find_spec

# None says "not here", as the import system documents it. httpx would bring its command line along, and with it
# rich and pygments: 3 MiB at rest. It looks for sniffio at every request, 0.13 ms where there is none.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]
