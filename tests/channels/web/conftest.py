"""What most tests of the web chat begin with."""

import pytest

from tests.houses.web.chatting import chat_server


@pytest.fixture
def chat(database):
    """The web chat, served over HTTP around one database."""
    with chat_server(database) as server:
        yield server
