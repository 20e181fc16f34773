"""How the house is built: floors, rooms, circles, names that stand once, timers that are planned and handled.

What is not yet as it should be is counted. The counts are exact: whoever mends something lowers them, nobody raises
them. Each check has a control beside it that shows it finds what it looks for.
"""

import ast
import sys
import types

import pytest

from handlers import table
from handlers.engine.conversation import Conversation
from handlers.engine.router import Table
from locales import later
from tests.houses.architecture import (
    FLOORS,
    ROOT,
    circles,
    crowded,
    files_of,
    imports,
    made_up,
    package_circles,
    upward,
)
from tests.houses.planning import UnknownKindError, planned

ROOMY = 20  # modules in a folder
BELOW = {
    "bot": {"handlers", "storage", "locales"},
    "handlers": {"storage", "locales"},
    "storage": set(),
    "locales": set(),
}
FILES = files_of(ROOT)


def shown(found: list[list[str]]) -> str:
    return "\n".join(f"{len(circle)}: {', '.join(circle)}" for circle in found)


# -- circles


def test_no_two_files_lead_to_one_another():
    found = circles(imports(FILES))
    assert found == [], shown(found)


def test_no_two_rooms_lead_to_one_another():
    found = package_circles(FILES)
    assert found == [], shown(found)


CIRCLE = {
    "handlers/__init__.py": "",
    "handlers/garden/__init__.py": "",
    "handlers/garden/leaf.py": "from handlers.orchard import root\nfrom handlers.garden.signing import sign",
    "handlers/garden/signing.py": "def sign():\n    from handlers.garden import leaf",
    "handlers/orchard/__init__.py": "",
    "handlers/orchard/root.py": "import storage.garden",
    "handlers/orchard/board.py": "def opened():\n    from handlers.garden import leaf",
}


def test_an_import_inside_a_function_is_seen_to_close_a_circle():
    assert circles(imports(made_up(CIRCLE))) == [["handlers.garden.leaf", "handlers.garden.signing"]]


def test_a_circle_between_two_rooms_is_seen_where_no_two_files_form_one():
    assert package_circles(made_up(CIRCLE)) == [["handlers.garden", "handlers.orchard"]]


def test_a_circle_between_a_room_and_a_file_beside_it_is_seen():
    sources = {
        "bot/__init__.py": "",
        "bot/door.py": "from bot.ways import way",
        "bot/ways/__init__.py": "",
        "bot/ways/way.py": "from ..door import Door",
    }
    assert package_circles(made_up(sources)) == [["bot.door", "bot.ways"]]


def test_what_only_names_a_type_closes_no_circle():
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from handlers.leaf import Leaf"
    sources = {"handlers/leaf.py": "from handlers import root", "handlers/root.py": typed}
    assert circles(imports(made_up(sources))) == []


def test_a_function_of_a_package_is_not_taken_for_the_file_of_its_name():
    sources = {
        "handlers/__init__.py": "from handlers import branch\nfrom handlers.tree import Tree\ndef tree(): ...",
        "handlers/branch.py": "def known():\n    from handlers import tree",
        "handlers/tree.py": "",
    }
    assert circles(imports(made_up(sources))) == [["handlers", "handlers.branch"]]


# -- rooms and floors


def test_no_folder_holds_more_modules_than_one_can_look_over():
    assert crowded(ROOT, (*FLOORS, "tests"), ROOMY) == {}


def test_a_crowded_folder_is_seen(tmp_path):
    for name in ("__init__", "one", "two", "three"):
        (tmp_path / "handlers" / "garden").mkdir(parents=True, exist_ok=True)
        (tmp_path / "handlers" / "garden" / f"{name}.py").touch()
    assert crowded(tmp_path, ["handlers"], 3) == {}
    assert crowded(tmp_path, ["handlers"], 2) == {"handlers/garden": 3}


def test_imports_point_down():
    assert upward(FILES, BELOW) == []


def test_an_import_that_points_up_is_seen():
    sources = {"handlers/branch.py": "", "storage/soil.py": "def store():\n    from handlers import branch"}
    sources["handlers/__init__.py"] = ""
    assert upward(made_up(sources), BELOW) == ["storage/soil.py imports handlers/branch.py"]


# -- names that stand once


def test_all_conversations_fit_together():
    known = table()
    assert Table(known.conversations).actions == known.actions


def written_in(path: str, run=lambda turn: None):
    """A function as if it stood in this file."""
    made = types.FunctionType(run.__code__.replace(), run.__globals__)
    made.__module__ = path.removesuffix(".py").replace("/", ".")
    return made


DECLARED = {
    "command": lambda conversation: conversation.command("lienhe"),
    "words": lambda conversation: conversation.command("", words=later("Timetable")),
    "button": lambda conversation: conversation.button("ct"),
    "step": lambda conversation: conversation.step("contact_typed"),
    "paper": lambda conversation: conversation.paper("contact"),
    "timer": lambda conversation: conversation.timer("contact_due"),
    "event": lambda conversation: conversation.on("left"),
}


@pytest.mark.parametrize("what", DECLARED)
def test_two_conversations_that_claim_one_name_are_told_with_both_files(what):
    """Former outcome: "two conversations claim 'ct'", and where was to be guessed."""
    paths = ("handlers/contact.py", "handlers/reports/asking.py")
    conversations = [Conversation(path) for path in paths]
    for conversation, path in zip(conversations, paths, strict=True):
        DECLARED[what](conversation)(written_in(path))

    with pytest.raises(
        ValueError, match=r"handlers/contact\.py and handlers/reports/asking\.py both claim"
    ) as told:
        Table(conversations)
    assert what in str(told.value)


def test_a_question_claimed_twice_is_told_with_the_files_it_is_written_in():
    """Former outcome: handlers/engine/conversation.py both times, where questions are wrapped."""
    paths = ("handlers/contact.py", "handlers/feedback/tickets.py")
    conversations = [Conversation(path) for path in paths]
    for conversation, path in zip(conversations, paths, strict=True):
        question = conversation.question("ticket_review", longest=10, again=lambda turn, said: None)
        question(written_in(path))

    with pytest.raises(
        ValueError, match=r"handlers/contact\.py and handlers/feedback/tickets\.py both claim"
    ):
        Table(conversations)


@pytest.mark.parametrize("what", DECLARED)
def test_one_conversation_that_claims_a_name_twice_is_told(what):
    """Former outcome: the second one silently took the place of the first."""
    with pytest.raises(ValueError, match="both claim"):
        _declared_twice(what)


def _declared_twice(what: str) -> Table:
    conversation = Conversation("contact")
    for _time in range(2):
        DECLARED[what](conversation)(written_in("handlers/contact.py"))
    return Table([conversation])


# -- timers


def test_every_kind_of_timer_that_is_planned_is_handled():
    kinds, handled = planned(FILES), table().timers
    assert {kind: files for kind, files in kinds.items() if kind not in handled} == {}


def test_every_kind_of_timer_that_is_handled_is_planned():
    assert set(table().timers) - set(planned(FILES)) == set()


PLANS = {
    "a string": 'timers.plan(session, "asked", key, due)',
    "a constant": 'timers.plan(session, KIND, key, due)\nKIND: Final = "asked"',
    "a constant of another file": "from storage.kinds import KIND\ntimers.plan(session, KIND, key, due)",
    "another file's constant": "from storage import kinds\ntimers.plan(session, kinds.KIND, key, due)",
    "a parameter": 'def ask(session, kind):\n    timers.plan(session, kind, key, due)\nask(session, "asked")',
    "many at once": 'timers.plan_all(session, [("asked", key, due, {}) for key in keys])',
    "what a function yields": "timers.plan_all(session, (step for one in all for step in _steps(one)))\n"
    'def _steps(one):\n    for kind, due in (("asked", one.due),):\n        yield kind, key, due, {}',
    "a declared kind": 'ASKED = timers.Kind("asked", report=int)',
    "a job": '@conversation.job("asked", size=10)\ndef ask(desk, page, report): ...',
    "a declared kind, imported": 'from storage.timers import Kind\nASKED = Kind("asked", report=int)',
}


@pytest.mark.parametrize("way", PLANS)
def test_a_kind_is_found_in_each_way_of_planning(way):
    sources = {
        "storage/kinds.py": 'KIND = "asked"',
        "storage/timers.py": "def plan(): ...\ndef plan_all(): ...\nclass Kind: ...",
        "storage/asking.py": PLANS[way],
    }
    assert planned(made_up(sources)) == {"asked": {"storage/asking.py"}}


def test_a_kind_that_cannot_be_read_is_told_with_its_line():
    sources = {"storage/asking.py": '\ntimers.plan(session, f"asked_{gate}", key, due)'}
    with pytest.raises(UnknownKindError, match=r"storage/asking\.py:2: which kind"):
        planned(made_up(sources))


# -- tests that look at all conversations


def test_tests_look_into_every_folder_of_a_floor():
    """A `glob` over a floor would check nothing any more once its files lie in rooms."""
    assert [place for path in sorted((ROOT / "tests").rglob("*.py")) for place in _shallow(path)] == []


def _shallow(path) -> list[str]:
    return [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"glob", "iterdir"}
        and any(floor in ast.unparse(node.func.value).lower() for floor in FLOORS)
    ]


def test_a_test_that_looks_at_the_top_of_a_floor_only_is_seen(tmp_path):
    file = tmp_path / "test_labels.py"
    file.write_text('HANDLERS.rglob("*.py")\nHANDLERS.glob("*.py")\n(ROOT / "storage").iterdir()\n')
    assert _shallow(file) == ["test_labels.py:2", "test_labels.py:3"]


def test_what_is_imported_is_what_was_read():
    """The tree read here is the one that runs: no other copy of a floor lies before it on the path."""
    assert {sys.modules[floor].__file__ for floor in ("handlers", "locales")} == {
        str(ROOT / floor / "__init__.py") for floor in ("handlers", "locales")
    }
