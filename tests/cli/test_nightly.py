"""The nightly backup as docs/running.md has it started: each documented line is run, from elsewhere and with no environment."""

import configparser
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import backups
from storage.admin import backup, migrate
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.people.people import Centre
from tests.conftest import SECRET
from tests.houses.markdown import pages

[PAGE] = [page for page in pages() if page.path == "docs/running.md"]
OFFICE, BACKUPS = "/srv/caunoi", "/mnt/backup/caunoi"
WINDOWS_OFFICE, WINDOWS_BACKUPS = r"C:\caunoi", r"D:\backup\caunoi"
BARE = {"PATH": "/usr/bin:/bin", "HOME": "/"}  # what cron gives
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the lines are run by a POSIX shell"),
]


@pytest.fixture
def office(tmp_path) -> Path:
    """A folder as the page has it: the program, the settings, the key and the database of a centre."""
    place = tmp_path / "office"
    place.mkdir()
    (place / ".venv").symlink_to(sys.prefix)
    (place / ".env").write_text("CAUNOI_DATABASE_URL=sqlite:///centre.db\n")
    (place / "centre.key").write_text(SECRET)
    database = Database(f"sqlite:///{place}/centre.db", Keyring(SECRET))
    migrate.upgrade(database)
    with database.transaction() as session:
        session.add(Centre(name="Trung tâm"))
    database.close()
    return place


def moved(line: str, office: Path) -> str:
    """A line of the page with this test's folders in the place of its own."""
    folders = {
        WINDOWS_OFFICE: office,
        WINDOWS_BACKUPS: office / "copies",
        OFFICE: office,
        BACKUPS: office / "copies",
    }
    for told, here in folders.items():
        line = line.replace(told, str(here))
    return line.replace(r"\.venv\Scripts\caunoi.exe", "/.venv/bin/caunoi")


def by_systemd(office: Path) -> tuple[list[str], Path]:
    unit = configparser.ConfigParser()
    unit.optionxform = str
    unit.read_string(next(block for block in PAGE.blocks("ini") if "ExecStart" in block))
    service = unit["Service"]
    assert service["Type"] == "oneshot"
    return shlex.split(moved(service["ExecStart"], office)), Path(moved(service["WorkingDirectory"], office))


def by_cron(office: Path) -> tuple[list[str], Path]:
    [line] = "".join(PAGE.blocks("cron")).splitlines()
    when, command = line.split(" cd ", 1)
    assert when == "0 2 * * *"
    return ["/bin/sh", "-c", f"cd {moved(command, office)}"], Path("/")


def by_task_scheduler(office: Path) -> tuple[list[str], Path]:
    block = next(block for block in PAGE.blocks("powershell") if "New-ScheduledTaskAction" in block)
    told = {name: moved(value, office) for name, value in re.findall(r'-(\w+) "([^"]*)"', block)}
    return [told["Execute"], *told["Argument"].split()], Path(told["WorkingDirectory"])


@pytest.mark.parametrize("started", [by_systemd, by_cron, by_task_scheduler])
def test_a_nights_run_as_documented(office, started):
    command, folder = started(office)
    for night in (1, 2):
        done = subprocess.run(command, cwd=folder, env=BARE, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert len(backups.all_of(office / "copies")) == night
    found = backup.examine(backups.all_of(office / "copies")[0].file, Keyring(SECRET))
    assert (found.has_centre, found.version) == (True, migrate.HEAD)


def test_a_night_that_failed_is_told_to_the_scheduler(office):
    (office / "centre.key").unlink()
    command, folder = by_cron(office)
    done = subprocess.run(command, cwd=folder, env=BARE, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "centre.key: " in done.stderr.decode()
    assert backups.all_of(office / "copies") == []
