"""Files say by their names what they are."""

import ast
from pathlib import Path

import pytest
from markupsafe import Markup

from handlers.engine.messages import file_called

HANDLERS = Path(__file__).parents[2] / "handlers"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Bảng theo dõi nền nếp 11/2026, lớp A1", "Bảng theo dõi nền nếp 11-2026, lớp A1.xlsx"),
        (Markup("Điều kiện: lớp &lt;A&gt; &amp; B."), "Điều kiện, lớp -A- & B.xlsx"),
        ("hai\ndòng  \\ *?", "hai dòng.xlsx"),
        ("đ" * 300, "đ" * 100 + ".xlsx"),
    ],
)
def test_a_name_says_what_the_file_is_and_every_disk_takes_it(words, name):
    assert file_called(words, "xlsx") == name


def test_every_file_a_conversation_sends_has_a_name_in_words():
    """Such as "Lịch học, lớp A1.ics", never "lich-hoc-7.ics"."""
    names = [name for file in HANDLERS.rglob("*.py") for name in _names(ast.parse(file.read_text("utf-8")))]
    assert len(names) >= 9
    assert [name for name in names if "file_called" not in name and name != "name"] == []


def _names(tree: ast.Module) -> list[str]:
    """What each Document of a module is called, as it stands there."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        ast.unparse(call.args[1])
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Document"
    ]
