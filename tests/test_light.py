"""What rests in memory: libraries that few moments need are not loaded by a start."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "alembic",
    "cryptography.fernet",
    "holidays",
    "openpyxl",
    "prometheus_client",
    "psycopg",
    "rapidfuzz",
    "rich",
)
STARTED = """
import asyncio, sys
from bot.app import App
from bot.settings import load

async def start():
    async with App(load()).running():
        pass

asyncio.run(start())
print(*[name for name in {heavy!r} if name in sys.modules])
"""


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"])
def test_a_start_loads_no_library_it_does_not_need(token, tmp_path, monkeypatch):
    """With the web chat alone, and with Telegram (whose address nobody answers: it is waited for)."""
    monkeypatch.setenv("CAUNOI_DATABASE_URL", f"sqlite:///{tmp_path / 'light.db'}")
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "0")
    monkeypatch.setenv("CAUNOI_TELEGRAM_TOKEN", token)
    monkeypatch.setenv("CAUNOI_TELEGRAM_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    command = [sys.executable, "-c", STARTED.format(heavy=HEAVY)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
