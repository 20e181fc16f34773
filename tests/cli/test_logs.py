"""Logs: one line an event, in either form, and no secret in it, whoever wrote the line."""

import io
import json
import logging

import pytest

from bot.logs import configure, logger
from bot.settings import Settings

SECRETS = {
    "telegram_token": "123456789:" + "A" * 35,
    "secret_key": "k" * 40,
    "database_url": "postgresql://u:pa55word@127.0.0.1/d",
}


@pytest.fixture(params=["text", "json"])
def lines(request):
    """Where the log of a process with these secrets goes; the root logger is put back afterwards."""
    root = logging.getLogger()
    kept, level, levels = (
        list(root.handlers),
        root.level,
        dict.fromkeys(("caunoi", "httpx")),
    )
    levels = {name: logging.getLogger(name).level for name in levels}
    root.handlers = []  # basicConfig closes those it finds
    written = io.StringIO()
    configure(request.param, Settings(_env_file=None, **SECRETS).secrets(), written)
    written.form = request.param
    yield written
    root.handlers = kept
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def test_no_secret_is_in_a_line_whoever_writes_it(lines):
    log = logger("caunoi.test")
    for secret in (SECRETS["telegram_token"], SECRETS["secret_key"], "pa55word"):
        log.warning("refused", address=f"https://api.example/bot{secret}/getMe")
        logging.getLogger("somebody.elses").error("no answer from %s", secret)
        log.error("fault", exc_info=ValueError(secret))

        assert secret not in lines.getvalue()
    assert "***" in lines.getvalue()


def test_an_event_is_one_line_with_its_fields(lines):
    logger("caunoi.test").info("turn failed", update=7)

    [line] = lines.getvalue().splitlines()
    if lines.form == "json":
        told = json.loads(line)
        assert (told["event"], told["level"], told["update"]) == ("turn failed", "info", 7)
    else:
        assert "info" in line
        assert "turn failed [logger=caunoi.test update=7]" in line


def test_what_libraries_say_in_passing_is_left_out(lines):
    """At INFO httpx logs addresses with tokens."""
    logging.getLogger("httpx").info("POST https://api.example/")

    assert lines.getvalue() == ""
