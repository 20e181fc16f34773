"""A turn is all or nothing: failures are counted, put off, set aside, and the person is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from handlers.engine.conversation import Conversation
from handlers.engine.router import Table
from storage.messaging import inbox, outbox
from storage.messaging.dialogues import dialogue, keep

pytestmark = pytest.mark.differs


class BrokenError(Exception):
    """A fault in a conversation."""


@pytest.fixture
def fragile(stage):
    """A table that writes something and then fails on the word "boom"."""
    conversation = Conversation("fragile")

    @conversation.on("unknown_words")
    def heard(turn, text):
        turn.say("half an answer")
        keep(turn.session, turn.dialogue_id, state={"step": "half"})
        if text == "boom":
            raise BrokenError("boom")
        if text == "lost":
            raise OperationalError("select", {}, Exception("gone"), connection_invalidated=True)
        turn.say(f"heard {text}")

    stage.table = stage.intake.table = Table([conversation])
    return stage


def store(stage, *texts: str, chat: str) -> None:
    with stage.database.transaction() as session:
        arrivals = [inbox.Arrival(str(next(stage.numbers)), chat, {"text": text}) for text in texts]
        inbox.store(session, stage.account.id, arrivals, stage.time)


def rows(stage):
    with stage.database.reading() as session:
        return session.execute(select(inbox.inbox).order_by(inbox.inbox.c.id)).all()


def said(stage, chat: str) -> list[str]:
    return [row.message["html"] for row in stage.sent_to(chat)]


def test_a_failed_turn_leaves_nothing_and_holds_its_chat(fragile):
    """The second update of the chat waits for the first; another chat goes on."""
    learner, head = fragile.learner, fragile.head
    store(fragile, "boom", "after", chat=learner.chat)
    store(fragile, "hello", chat=head.chat)
    while fragile.intake.step() is not None:
        pass

    assert said(fragile, learner.chat) == []
    assert said(fragile, head.chat) == ["half an answer", "heard hello"]
    assert [(row.state, row.attempts) for row in rows(fragile)] == [
        ("waiting", 1),
        ("waiting", 0),
        ("done", 0),
    ]


def test_five_hundred_commands_of_one_person_make_nobody_wait_behind_them(fragile):
    """Chats take turns: whoever writes waits for one turn of each chat that wrote before, however much they wrote."""
    learner, head, registrar = fragile.learner, fragile.head, fragile.registrar
    store(fragile, *(f"learner {n}" for n in range(250)), chat=learner.chat)
    store(fragile, *(f"head {n}" for n in range(250)), chat=head.chat)
    for _turn in range(4):
        fragile.intake.step()
    store(fragile, "first", "second", chat=registrar.chat)
    turns = [fragile.intake.step().payload["text"] for _turn in range(6)]

    assert (turns.index("first") < 3, turns.index("second") < 6) == (True, True)
    assert [turn for turn in turns if "learner" in turn] == ["learner 2", "learner 3"]
    assert [turn for turn in turns if "head" in turn] == ["head 2", "head 3"]


def test_a_chat_that_is_answered_ends_the_round_and_the_first_is_found_again(fragile):
    learner, head = fragile.learner, fragile.head
    for chat in sorted((learner.chat, head.chat), key=lambda chat: chat == learner.chat):
        store(fragile, "hello", chat=chat)
        assert fragile.intake.step() is not None
        assert fragile.intake.step() is None


def test_a_turn_that_is_answered_ends_there_and_keeps_what_it_did(stage):
    conversation = Conversation("needing")

    @conversation.on("unknown_words")
    def heard(turn, text):
        turn.say("looking")
        turn.need(text if text == "there" else None, lambda turn: turn.say("not there"))
        turn.say(f"found {text}")

    stage.table = stage.intake.table = Table([conversation])
    store(stage, "nothing", "there", chat=stage.head.chat)
    while stage.intake.step() is not None:
        pass
    assert said(stage, stage.head.chat) == ["looking", "not there", "looking", "found there"]
    assert {row.state for row in rows(stage)} == {"done"}


def test_after_three_retries_it_is_set_aside_with_its_traceback_and_an_apology(fragile):
    learner = fragile.learner
    store(fragile, "boom", "after", chat=learner.chat)
    waits = []
    for _ in range(4):
        assert fragile.intake.step() is not None
        row = rows(fragile)[0]
        if row.retry_at is not None:
            waits.append((row.retry_at - fragile.time).total_seconds())
            assert fragile.intake.step() is None
            fragile.time = row.retry_at
    fragile.intake.step()

    assert waits == [0.5, 2.0, 8.0]
    assert rows(fragile)[0].state == "set_aside"
    assert "BrokenError: boom" in rows(fragile)[0].error
    assert len(said(fragile, learner.chat)) == 3
    assert said(fragile, learner.chat)[1:] == ["half an answer", "heard after"]


def test_a_set_aside_update_can_be_retried(fragile):
    store(fragile, "boom", chat=fragile.learner.chat)
    for _ in range(4):
        fragile.intake.step()
        fragile.time += timedelta(seconds=10)
    with fragile.database.transaction() as session:
        [aside] = inbox.set_aside(session)
        assert inbox.retry(session, aside.id)
        assert not inbox.retry(session, aside.id)

    assert fragile.intake.step() is not None
    assert rows(fragile)[0].attempts == 1


def test_a_lost_database_does_not_use_up_attempts(fragile):
    store(fragile, "lost", chat=fragile.learner.chat)
    for _ in range(6):
        fragile.intake.step()

    assert [(row.state, row.attempts) for row in rows(fragile)] == [("waiting", 0)]


def test_a_malformed_update_hides_no_good_one(fragile):
    with fragile.database.transaction() as session:
        arrivals = [
            inbox.Arrival("bad", "?", {"nothing": "we know"}),
            inbox.Arrival("good", fragile.head.chat, {"text": "hello"}),
        ]
        inbox.store(session, fragile.account.id, arrivals, fragile.time)
    for _ in range(6):
        fragile.intake.step()
        fragile.time += timedelta(seconds=10)

    assert [row.state for row in rows(fragile)] == ["set_aside", "done"]
    assert said(fragile, fragile.head.chat)[-1] == "heard hello"


def test_an_answer_and_the_state_are_one_commit(fragile):
    fragile.learner.says("hello")
    with fragile.database.reading() as session:
        state = session.execute(
            select(dialogue.c.state).where(dialogue.c.chat == fragile.learner.chat)
        ).scalar()
        count = len(session.execute(select(outbox.outbox.c.id)).all())

    assert state == {"step": "half"}
    assert count == 2
