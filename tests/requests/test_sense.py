"""A message with an end of its sense: sent stale never, in the night never, as usual where nothing held it up."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from storage.base.calendar import ZONE
from storage.messaging import outbox
from tests.casts.centre import at
from tests.houses.posting import Post

MONDAY = date(2026, 11, 16)  # the stage begins at 9:00


@pytest.fixture
def post(stage):
    made = Post(stage)
    yield made
    made.threads.close()


def held_up(post, moment, *, until) -> int:
    """A message of Monday's 9:00 that the sender sees only at this moment."""
    chat = post.stage.head.chat
    row = post.puts("Nhắc việc", chat=chat, person_id=post.stage.cast.head, lane=outbox.BROADCAST,
                    due_at=at(MONDAY, 9), sense_until=until)  # fmt: skip
    post.stage.time = moment
    return row


def test_what_has_lost_its_sense_in_an_outage_is_dropped(post):
    row = held_up(post, at(MONDAY, 9) + timedelta(days=4), until=at(date(2026, 11, 17), 0))
    post.runs_all()
    assert (post.row(row).state, post.channel.texts) == ("dropped", [])


def test_what_waited_into_the_night_goes_in_the_morning(post):
    row = held_up(post, at(MONDAY, 22), until=at(date(2026, 11, 20), 17))
    post.runs(lambda: post.row(row).due_at > post.stage.time)
    assert post.row(row).due_at.astimezone(ZONE) == at(date(2026, 11, 17), 7, 30)
    assert post.channel.texts == []
    post.stage.time = at(date(2026, 11, 17), 7, 30)
    post.runs_all()
    assert post.channel.texts == ["Nhắc việc"]


def test_what_nothing_held_up_goes_at_its_hour_whatever_hour_that_is(post):
    held_up(post, at(MONDAY, 9, 1), until=at(MONDAY, 17))
    post.runs_all()
    assert post.channel.texts == ["Nhắc việc"]
    with post.stage.database.reading() as session:
        assert list(session.execute(select(outbox.outbox.c.state)).scalars()) == ["sent"]
