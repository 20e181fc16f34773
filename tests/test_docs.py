"""README and docs/ say what is so: tables equal the program's own, links lead somewhere, examples run.

Each check has a control beside it that shows it finds what it looks for.
"""

import ast
import os
import re
import shlex
import tomllib
from collections.abc import Iterable
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from sqlalchemy import insert
from typer.testing import CliRunner

import handlers
from bot.channels.zalo_oa.settings import TEMPLATE_KINDS
from bot.cli.main import main
from bot.settings import Settings, secret_names
from handlers import table
from handlers.engine.router import Table
from handlers.requests.presenting import PRESENTERS
from storage.base.calendar import SendingCalendar
from storage.base.clock import clock_offset
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.courses.courses import CourseClass
from storage.people.people import Organisation
from storage.requests.policy import Window
from storage.requests.requests import Request
from tests.casts.workbooks import write_over_examples
from tests.houses.architecture import FLOORS, ROOT, files_of
from tests.houses.dialogue import START
from tests.houses.markdown import Page, code, pages

PAGES = {page.path: page for page in pages()}
RUNNING, ZALO = PAGES["docs/running.md"], PAGES["docs/zalo.md"]
ARCHITECTURE, GLOSSARY = PAGES["docs/architecture.md"], PAGES["docs/glossary.md"]
LONGEST_README = 150  # lines
HEAVIEST_PICTURE = 300_000  # bytes
DEMAND = re.compile(r"\b00[0-4]-\d\d\b")
FILE = re.compile(r"(?:bot|handlers|storage|locales|tests|docs)/[\w./]*")
EXAMPLE = "contact"  # the room of the example, which only its readers make
of_each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


# -- one page, and where it leads


def test_the_readme_is_one_page():
    assert PAGES["README.md"].text.count("\n") <= LONGEST_README


def test_the_picture_is_light():
    assert (ROOT / "docs" / "demo.png").stat().st_size < HEAVIEST_PICTURE


def dead_links(page: Page) -> list[str]:
    return [link for link in page.links if not link.startswith("http") and not _leads(page, link)]


def _leads(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    file = (ROOT / page.path).parent / path
    if not path:
        return anchor in page.anchors
    return file.exists() and (not anchor or anchor in Page(path, file.read_text(encoding="utf-8")).anchors)


@of_each_page
def test_links_lead_somewhere(page):
    assert dead_links(page) == []


def test_a_dead_link_is_seen():
    text = "[a](running.md) [b](running.md#settings) [c](running.md#setings) [d](gone.md) [e](#here)\n\n## Here\n"
    assert dead_links(Page("docs/made_up.md", text)) == ["running.md#setings", "gone.md"]


def files_that_are_not_there(page: Page) -> list[str]:
    named = [
        match[0] for word in code(page.prose) for match in FILE.finditer(word) if word.startswith(match[0])
    ]
    return [name for name in named if not (ROOT / name).exists() and EXAMPLE not in Path(name).parts]


@of_each_page
def test_files_a_page_names_are_there(page):
    assert files_that_are_not_there(page) == []


def test_a_file_that_is_not_there_is_seen():
    text = "`bot/settings.py`, `docs/`, `bot/gone.py`, `storage/nowhere/`, `handlers/__init__.py` and not bot/free.py"
    assert files_that_are_not_there(Page("README.md", text)) == ["bot/gone.py", "storage/nowhere/"]


# -- settings


def told_settings(page: Page) -> dict[str, tuple[bool, str]]:
    """Each setting of the page's table: whether it can come from a file, and its default as written."""
    rows = page.table("setting", "default", "meaning")
    names = [code(name)[0] for name, *_ in rows]
    assert len(names) == len(set(names)), "a setting stands there twice"
    return {code(name)[0]: ("`_FILE`" in name, default) for name, default, _meaning in rows}


def real_settings() -> dict[str, Any]:
    return {f"CAUNOI_{name.upper()}": field for name, field in Settings.model_fields.items()}


def test_the_table_of_settings_has_each_one_once():
    assert set(told_settings(RUNNING)) == set(real_settings())


def test_the_table_says_which_settings_are_read_from_a_file():
    told = {name for name, (from_file, _default) in told_settings(RUNNING).items() if from_file}
    assert told == {f"CAUNOI_{name.upper()}" for name in secret_names()}


@pytest.mark.parametrize("name", real_settings())
def test_the_table_tells_each_default(name):
    default = real_settings()[name].default
    told = told_settings(RUNNING)[name][1]
    if default in {None, "", PydanticUndefined}:
        assert not told.startswith("`"), "it has no default"
    else:
        assert code(told)[0] == str(default)


def test_no_default_is_a_secret():
    assert not [field for field in real_settings().values() if isinstance(field.default, SecretStr)]


def test_a_setting_that_is_told_twice_is_seen():
    page = Page(
        "made up", "| setting | default | meaning |\n|---|---|---|\n" + "| `CAUNOI_LOG` | `text` | |\n" * 2
    )
    with pytest.raises(AssertionError, match="twice"):
        told_settings(page)


@of_each_page
def test_settings_a_page_names_exist(page):
    named = set(re.findall(r"CAUNOI_[A-Z_]*[A-Z]", page.text))
    others = {name for name in named if name.startswith("CAUNOI_TEST_") or name == "CAUNOI_RANDOM_WALKS"}
    assert {name.removesuffix("_FILE") for name in named - others} - set(real_settings()) == set()


def test_the_templates_values_are_those_messages_carry():
    told = {code(kind)[0]: set(code(values)) for kind, values in ZALO.table("kind", "values")}
    assert told == carried(files_of(ROOT, ["handlers"]).values())
    assert set(told) == TEMPLATE_KINDS


def carried(files: Iterable[Any]) -> dict[str, set[str]]:
    """The values of each kind of message a template can be for, from the source: {"kind": "report", "name": …}."""
    found = {}
    for node in (node for file in files for node in ast.walk(file.tree) if isinstance(node, ast.Dict)):
        values = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        kind = values.get("kind")
        if isinstance(kind, ast.Constant) and kind.value in TEMPLATE_KINDS and "name" in values:
            found[kind.value] = set(values) - {"kind"}
    return found


# -- commands


def real_commands() -> dict[str, set[str]]:
    """Every command of the command line with its options: "zalo-oa refresh" and its like included."""
    from typer.main import get_command

    found = {}
    for name, command in get_command(main).commands.items():
        inner = {f"{name} {inner}": part for inner, part in getattr(command, "commands", {}).items()}
        for whole, part in (inner or {name: command}).items():
            found[whole] = {
                option for parameter in part.params for option in parameter.opts if option[0] == "-"
            }
    return found


def told_commands(page: Page) -> dict[str, set[str]]:
    rows = [code(cell)[0] for cell, _meaning in page.table("command", "what it does")]
    names = [_named(words.removeprefix("caunoi ")) for words in rows]
    assert len(names) == len(set(names)), "a command stands there twice"
    return {name: set(re.findall(r"--[a-z-]+", words)) for name, words in zip(names, rows, strict=True)}


def _named(words: str) -> str:
    """The command's name at the beginning of a line of it."""
    first, second = [*words.split(), ""][:2]
    return f"{first} {second}" if f"{first} {second}" in real_commands() else first


def test_the_table_of_the_command_line_has_each_command_with_its_options_once():
    assert told_commands(RUNNING) == real_commands()


def wrong_lines(page: Page) -> list[str]:
    """Lines of the page's examples that the command line would refuse by their words."""
    lines = "\n".join(page.blocks("sh") + page.blocks("powershell")).replace("\\\n", " ").splitlines()
    return [line for line in lines if "caunoi " in line and not _is_accepted(line)]


def _is_accepted(line: str) -> bool:
    words = shlex.split(line.replace("\\", "/"), comments=True)
    called = [number for number, word in enumerate(words) if word.rpartition("/")[2] == "caunoi"]
    if not called:
        return True
    rest = words[called[0] + 1 :]
    name = _named(" ".join(rest))
    options = {word for word in rest if word.startswith("--")}
    return name in real_commands() and options <= real_commands()[name]


@of_each_page
def test_the_commands_of_the_examples_exist(page):
    assert wrong_lines(page) == []


def test_a_command_that_does_not_exist_is_seen():
    lines = [
        "caunoi run  # --gone",
        "caunoi runs",
        ".venv/bin/caunoi invite --slip a.html",
        "caunoi zalo-oa refresh --now",
    ]
    assert wrong_lines(Page("README.md", "```sh\n" + "\n".join(lines) + "\n```\n")) == lines[1:3]


def test_the_table_of_the_chat_has_each_command_once():
    """Former outcome: /nhap stood there twice, six were left out."""
    told = [
        name.removeprefix("/")
        for cell, *_ in RUNNING.table("command", "for", "what it does")
        for name in code(cell)
    ]
    assert sorted(told) == sorted(table().commands)


def test_the_readmes_lines_for_real_run(tmp_path, monkeypatch):
    """Former outcome: the shortened line for the centre left out what it cannot do without."""
    for name in [name for name in os.environ if name.startswith("CAUNOI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "0")
    monkeypatch.chdir(tmp_path)
    begin_at(START)
    block = PAGES["README.md"].blocks("sh")[-1]
    lines = [shlex.split(line, comments=True) for line in block.replace("\\\n", " ").splitlines()]
    for _caunoi, *words in lines:
        carries_out(words)
    assert (tmp_path / "slips.html").exists()


def carries_out(words: list[str]) -> None:
    """One line, and what a person does beside it: he writes his own lists over a template's examples."""
    if words[0] == "run":  # serves until it is stopped
        return
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    if words[0] == "template":
        write_over_examples(Path(words[2]))


def begin_at(moment: datetime) -> None:
    """Make the working folder's database and move its business time to this moment."""
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    keyring = Keyring(Path("caunoi.key").read_text(encoding="utf-8").strip())
    database = Database("sqlite:///caunoi.db", keyring)
    with database.writer.begin() as connection:
        seconds = (moment - datetime.now(UTC)).total_seconds()
        connection.execute(insert(clock_offset).values(id=1, seconds=seconds))
    database.close()


# -- what is installed


def test_the_tables_of_dependencies_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for head, needed in (
        ("for running", project["dependencies"]),
        ("for working on it", project["optional-dependencies"]["dev"]),
    ):
        told = [name.strip() for cell, _why in ARCHITECTURE.table(head, "why") for name in cell.split(",")]
        assert sorted(told) == sorted(re.split(r"[><=]", name)[0] for name in needed)


# -- words and numbers


def cited(root: Path, folders: Iterable[str]) -> set[str]:
    """The numbered demands that files name."""
    files = [
        path
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".md", ".po"}
    ]
    files = [path for path in files if path.name not in {"glossary.md", "test_docs.py"}]
    return {number for path in files for number in DEMAND.findall(path.read_text(encoding="utf-8"))}


def test_every_demand_that_is_cited_stands_in_the_glossary_once():
    told = [number for number, _sentence in GLOSSARY.table("number", "what is demanded")]
    assert told == sorted(set(told))
    assert cited(ROOT, (*FLOORS, "tests", "docs")) - set(told) == set()


def test_a_cited_demand_is_seen(tmp_path):
    (tmp_path / "storage" / "gates").mkdir(parents=True)
    (tmp_path / "storage" / "gates" / "gates.py").write_text('"""Gates (002-13), by phone 0200-12."""')
    assert cited(tmp_path, ["storage"]) == {"002-13"}


# -- examples


def run(page: Page, folder: Path) -> dict[str, Any]:
    """Execute the page's Python, in order, in a folder of its own. What it defines; its kinds of requests are forgotten."""
    defined: dict[str, Any] = {"__name__": Path(page.path).stem}
    with chdir(folder), patch.dict(PRESENTERS):
        for block in page.blocks("python"):
            exec(compile(block, page.path, "exec"), defined)
    return defined


@of_each_page
def test_the_python_of_a_page_runs(page, tmp_path):
    run(page, tmp_path)


def test_an_example_that_does_not_run_is_seen(tmp_path):
    page = Page(
        "README.md", "```python\nfrom pathlib import Path\n```\n\n```python\nPath('a').read_text()\n```\n"
    )
    with pytest.raises(FileNotFoundError):
        run(page, tmp_path)


def test_the_pages_example_of_a_conversation_joins_the_others_and_is_talked_with(
    stage, tmp_path, monkeypatch
):
    """Former outcome: the README's example claimed a key that was taken, and the program did not start."""
    defined = run(ARCHITECTURE, tmp_path)
    conversations = Table((*table().conversations, defined["conversation"]))
    monkeypatch.setattr(handlers, "table", lambda: conversations)
    stage.table = conversations
    stage.restarts()
    dialogues = [run for name, run in defined.items() if name.startswith("test_")]
    assert dialogues
    for dialogue in dialogues:
        dialogue(stage)

    stage.learner.says("contact").sees("Leave a note")
    menu = "\n".join(str(action.menu) for action in conversations.menu(frozenset()))
    assert "Contact" in menu


def test_the_pages_kind_of_request_is_asked_for_listed_and_done(stage, tmp_path, monkeypatch):
    defined = run(ARCHITECTURE, tmp_path)
    monkeypatch.setitem(PRESENTERS, defined["KIND"], defined["Nomination"]())
    stage.table = Table((*table().conversations, defined["conversation"]))
    stage.restarts()
    head, opens_at = stage.head, stage.time + timedelta(days=1)
    with stage.database.transaction() as session:
        running = session.get_one(CourseClass, stage.cast.running)
        course = CourseClass(**running.model_dump(exclude={"id", "code", "name"}), code="K", name="Lớp mới")
        session.add(course)
        session.flush()
        window = Window(opens_at, opens_at + timedelta(days=3), opens_at + timedelta(days=4))
        unit = session.get_one(Organisation, stage.cast.unit)
        row = defined["ask_for_list"](session, SendingCalendar(), course, unit, window)
    stage.moves_to(opens_at)
    head.sees("List of learners, Lớp mới", "[Send the list]", "[Nhắc tôi sau]")
    head.says("/viec").sees("List of learners, Lớp mới: hạn thứ Sáu, 20/11")
    head.taps("Send the list").sees("Thank you.")
    with stage.database.reading() as session:
        assert session.get_one(Request, row.id).settled_at == stage.time
