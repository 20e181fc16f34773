"""What most tests of the web chat begin with."""

import pytest

from tests.houses.browsing import PHONE, chromium
from tests.houses.web.chatting import chat_server
from tests.houses.web.phone import Phone


@pytest.fixture
def chat(database):
    """The web chat, served over HTTP around one database."""
    with chat_server(database) as server:
        yield server


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def context(browser, chat):
    opened = browser.new_context(**PHONE)
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def phone(context, chat):
    held = Phone(context, chat)
    yield held
    assert held.faults == []
