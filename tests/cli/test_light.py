"""What rests in memory: libraries that few moments need are not loaded by a start."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "alembic",
    "cryptography.fernet",
    "docx",
    "holidays",
    "icalendar",
    "jinja2",
    "matplotlib",
    "numpy",
    "openpyxl",
    "prometheus_client",
    "psycopg",
    "rapidfuzz",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "typer",
)
STARTED = """
import asyncio, sys
import bot.cli.running
from bot.app import App
from bot.settings import load

async def start():
    async with App(load()).running():
        pass

asyncio.run(start())
print(*[name for name in {heavy!r} if name in sys.modules])
"""


def loaded(folder: Path, monkeypatch, names: tuple[str, ...], **given: str) -> list[str]:
    """Which of these a start has loaded that is given these settings, and addresses nobody answers at."""
    nobody = "http://127.0.0.1:9"
    addresses = {"TELEGRAM_API_URL": nobody, "ZALO_BOT_API_URL": nobody, "HTTP_PORT": "0"}
    for name, value in {"DATABASE_URL": f"sqlite:///{folder / 'light.db'}", **addresses, **given}.items():
        monkeypatch.setenv(f"CAUNOI_{name}", value)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    command = [sys.executable, "-c", STARTED.format(heavy=names)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"])
def test_a_start_loads_no_library_it_does_not_need(token, tmp_path, monkeypatch):
    """With the web chat alone, and with Telegram (whose address nobody answers: it is waited for)."""
    assert loaded(tmp_path, monkeypatch, HEAVY, TELEGRAM_TOKEN=token) == []


@pytest.mark.slow
def test_a_start_with_a_zalo_bot_alone_loads_nothing_of_telegrams(tmp_path, monkeypatch):
    names = (*HEAVY, "telegram")
    assert loaded(tmp_path, monkeypatch, names, ZALO_BOT_TOKEN="1459232241454765289:not-a-real-one") == []


def test_vietnams_holidays_come_without_those_of_other_countries():
    """A package that loads all its countries at once took 8 MiB at the first timer, long after a start."""
    code = "import sys, storage.base.calendar as c; print(len(c._lunar(2027)), 'holidays.countries.france' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["15", "False"], done.stderr


def imports(folder: Path, monkeypatch, *words: str) -> str:
    """What a command loads that ends at once with a word of advice, and that word."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    command = [sys.executable, "-X", "importtime", "-m", "bot", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("command", "uses_it"), [("run", False), ("status", True)])
def test_run_alone_goes_past_the_command_lines_libraries(command, uses_it, tmp_path, monkeypatch):
    """Both end at once, at a port that is none."""
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "99999")
    told = imports(tmp_path, monkeypatch, command)
    assert "CAUNOI_HTTP_PORT: " in told
    assert (" typer\n" in told) is uses_it


@pytest.mark.slow
def test_a_renewal_of_tokens_goes_past_the_conversations_too(tmp_path, monkeypatch):
    """A server starts it again and again, as here; in an empty folder it finds no database."""
    told = imports(tmp_path, monkeypatch, "zalo-oa", "refresh", "--account", "main")
    assert "CAUNOI_DATABASE_URL: " in told
    assert " bot.channels.zalo_oa.refresh\n" in told
    assert [name for name in (*HEAVY, "handlers", "starlette") if f" {name}\n" in told] == []
