"""What several tests of the engine begin with."""

import pytest


@pytest.fixture
def post(stage):
    """An outbox with a sender on it (tests/houses/posting.py)."""
    from tests.houses.posting import Post

    made = Post(stage)
    yield made
    made.threads.close()
