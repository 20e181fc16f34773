"""Something done to many: a page of so many each time, and whatever is killed or run twice, each of them once."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.jobs import Page
from handlers.engine.messages import Message
from handlers.engine.router import Table
from storage.messaging.outbox import outbox
from storage.messaging.timers import timer
from storage.people.people import Person
from tests.notices.test_notices import crowd, run_one_timer

pigeons = Conversation("pigeons")


@pigeons.job("pigeons_fly", size=100)
def fly(desk: Desk, page: Page, word: str) -> Sequence[int]:
    """Says a word to everybody of the crowd, once each."""
    crowded = select(Person).where(col(Person.name).startswith("Bồ câu"), col(Person.id) > page.after)
    people = desk.session.exec(crowded.order_by(col(Person.id)).limit(page.size)).all()
    for person in people:
        desk.tell(person, lambda _language: Message(word), key=f"fly:{word}:{person.id}")
    return [person.id for person in people]


@pytest.fixture
def people(stage):
    stage.table = Table([*stage.table.conversations, pigeons])
    return crowd(stage, 250, name="Bồ câu")


def starts(stage, word: str) -> None:
    with stage.database.transaction() as session:
        fly.start(session, stage.time, word=word)


def told(stage, word: str) -> list[int]:
    with stage.database.reading() as session:
        return sorted(
            session.execute(select(outbox.c.person_id).where(outbox.c.key.like(f"fly:{word}:%"))).scalars()
        )


def planned(stage) -> list[tuple[str, str]]:
    with stage.database.reading() as session:
        query = select(timer.c.key, timer.c.state).where(timer.c.kind == fly.kind).order_by(timer.c.id)
        return [tuple(row) for row in session.execute(query)]


def test_all_are_seen_to_page_by_page(stage, people):
    starts(stage, "Coo")
    sizes = []
    while run_one_timer(stage) == fly.kind:
        sizes.append(len(told(stage, "Coo")))
    assert sizes == [100, 200, 250]
    assert told(stage, "Coo") == people
    pages = ["Coo:0", f"more:Coo:{people[99]}", f"more:Coo:{people[199]}"]
    assert planned(stage) == [(key, "done") for key in pages]


def test_a_last_page_that_is_full_is_followed_by_an_empty_one(stage, people):
    with stage.database.transaction() as session:
        for one in people[200:]:
            session.get_one(Person, one).name = "Người khác"
    starts(stage, "Coo")
    stage.ticks()
    assert told(stage, "Coo") == people[:200]
    assert [state for _key, state in planned(stage)] == ["done"] * 3


def test_a_kill_in_a_page_leaves_it_to_be_done(stage, people):
    starts(stage, "Coo")
    run_one_timer(stage)
    run_one_timer(stage, killed=True)
    assert told(stage, "Coo") == people[:100]
    assert [state for _key, state in planned(stage)] == ["done", "waiting"]
    stage.ticks()
    assert told(stage, "Coo") == people


def test_a_page_run_twice_says_nothing_twice_and_is_followed_once(stage, people):
    starts(stage, "Coo")
    run_one_timer(stage)
    for _time in range(2):  # with its page behind it, and again when all is over
        with stage.database.transaction() as session:
            stage.table.tick(stage.desk(session), fly.kind, {"word": "Coo", "after": 0})
        stage.time += timedelta(minutes=5)
        stage.ticks()
        assert told(stage, "Coo") == people
        assert [state for _key, state in planned(stage)] == ["done"] * 3


def test_a_job_started_twice_is_one_and_with_other_words_another(stage, people):
    for word in ("Coo", "Coo", "Gru"):
        starts(stage, word)
    assert [key for key, _state in planned(stage)] == ["Coo:0", "Gru:0"]
    stage.ticks()
    assert told(stage, "Coo") == told(stage, "Gru") == people


@pytest.mark.usefixtures("people")
def test_a_job_is_cancelled_before_it_begins(stage):
    starts(stage, "Coo")
    with stage.database.transaction() as session:
        fly.cancel(session, word="Coo")
    stage.ticks()
    assert told(stage, "Coo") == []
