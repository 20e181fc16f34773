"""Which sentences are the words of buttons, found where the source makes one: `Button(_("…"))`, `menu=later("…")`."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PRESSED: Final = {"Button", "Link", "_button"}  # calls that make a button of a label
WORDED: Final = {"_", "n_", "count", "later", "text"}
Msgid = str | tuple[str, str]  # one sentence, or one and many


def labels(folder: Path) -> set[Msgid]:
    """The msgid of every button and menu entry whose label is a sentence of the catalogue."""
    found: set[Msgid] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= set(_labels_of(node))
    return found


def _labels_of(call: ast.Call) -> Iterator[Msgid]:
    told = (
        call.args[:2] if _name(call) in PRESSED else [one.value for one in call.keywords if one.arg == "menu"]
    )
    for node in told:
        if isinstance(node, ast.Call) and _name(node) in WORDED:
            yield from _msgid(node)


def _msgid(call: ast.Call) -> Iterator[Msgid]:
    """Of `_("…")` the sentence, of `n_("…", "…", n)` both."""
    said = [
        one.value for one in call.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    if len(said) > 1:
        yield (said[0], said[1])
    elif said:
        yield said[0]


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))
