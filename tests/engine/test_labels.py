"""Buttons are verbs of at most 20 characters in both languages; lists to pick from excepted."""

import ast
from pathlib import Path

import pytest

from locales import Language

HANDLERS = Path(__file__).parents[2] / "handlers"
LONGEST = 20
PRESSED = {"Button", "Link", "_button"}  # calls that make a button of a label
WIDEST = {"n": 120, "time": "12 giờ 30", "day": "30/11", "done": 60, "total": 60, "letter": "AB"}


def labels() -> list[str]:
    """The msgid of every button and menu entry whose label is a sentence of the catalogue."""
    found = set()
    for path in HANDLERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= set(_labels_of(node))
    return sorted(found)


def _labels_of(call: ast.Call) -> list[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    told = call.args[:2] if name in PRESSED else [word.value for word in call.keywords if word.arg == "menu"]
    return [text for node in told for text in _msgids(node)]


def _msgids(node: ast.expr) -> list[str]:
    """Of `_("…")`, `later("…")` and `n_("…", "…", n)`: what is said to one."""
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return []
    worded = getattr(node.func, "id", getattr(node.func, "attr", "")) in {"_", "n_", "later", "text"}
    return [node.args[0].value] if worded else []


def test_the_labels_are_found():
    assert {"All is well", "That is me", "Timetable today", "Received"} <= set(labels())


@pytest.mark.parametrize("code", ["vi", "en"])
@pytest.mark.parametrize("label", labels())
def test_a_button_has_at_most_20_characters(label, code):
    shown = str(Language(code).text(label, **WIDEST))

    assert len(shown) <= LONGEST, shown
