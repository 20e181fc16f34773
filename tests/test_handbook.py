"""README.vi.md leads from an empty computer to the first bound person: its commands run as they stand, in order."""

import os
import re
import shlex

import pytest
from sqlmodel import Session, create_engine, select

from storage.people.people import Contact, Invite, Person
from tests.houses.dialogue import START
from tests.houses.markdown import Page
from tests.test_docs import begin_at, carries_out

HANDBOOK = Page.read("README.vi.md")
DRIVE = re.compile(r"\b[A-Z]:\\([\w\\]*)")
# Windows' own: where there is no Windows, they cannot be run, and nothing of ours stands in them.
WINDOWS = ("cd ", "$", "py ", "mkdir ", ".venv\\", "C:\\", "Register-", "Start-")


def lines_of(language: str) -> list[str]:
    return [line for block in HANDBOOK.blocks(language) for line in block.splitlines() if line.strip()]


def on_this_machine(line: str, folder) -> str:
    """The one thing that differs between the two shells in our commands: a drive's folder is one of this machine's."""
    return DRIVE.sub(lambda found: f"{folder}/{found[1]}", line).replace("\\", "/")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("CAUNOI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "0")
    (tmp_path / "dulieu").mkdir()
    monkeypatch.chdir(tmp_path / "dulieu")
    begin_at(START)
    return tmp_path


def test_its_commands_run_as_they_stand(empty):
    """The blocks both shells take, then those of PowerShell that are ours."""
    ours = [line for line in lines_of("powershell") if not line.startswith(WINDOWS)]
    backups = [
        on_this_machine(line, empty) for line in ours if line != "caunoi demo"
    ]  # the page, until it is stopped
    for line in [*lines_of("sh"), *backups]:
        caunoi, *words = shlex.split(line)
        assert caunoi == "caunoi", line
        carries_out(words)
    assert (empty / "dulieu" / "slips.html").exists()
    assert list((empty / "saoluu").glob("caunoi-*.db"))
    assert list((empty / "chiakhoa").glob("*.key"))
    with Session(create_engine("sqlite:///caunoi.db")) as session:
        assert session.exec(select(Invite)).first() is not None
        assert session.exec(select(Contact)).all() == []  # the first one is bound on the phone
        assert not [name for name in session.exec(select(Person.name)) if "ví dụ" in name]


def test_no_command_needs_a_line_of_its_own_shell():
    """A backslash at a line's end is bash's alone: whoever copies it to PowerShell would get an error."""
    assert [line for line in lines_of("sh") if line.endswith("\\")] == []
