"""The sender: order within a chat and lane, replies first, every verdict with its consequence."""

from datetime import timedelta

import pytest
from sqlmodel import select as choose

from bot.channels.base import (
    AccountDown,
    Held,
    Impossible,
    Later,
    Moved,
    RenderedFile,
    Unreachable,
)
from bot.workers.pictures import NotDrawnError
from bot.workers.sender import Pace
from handlers.engine.conversation import Conversation
from handlers.engine.messages import Message
from handlers.engine.pictures import Picture
from storage.messaging import dialogues, leases, outbox
from storage.messaging.accounts import Abilities, account_named
from storage.people.people import Contact, bind

pytestmark = pytest.mark.differs


def test_messages_of_a_chat_keep_their_order(post):
    for number in range(12):
        post.puts(f"{number}")
    post.runs_all()

    assert post.channel.texts == [str(number) for number in range(12)]
    assert post.channel.most == 1


def test_at_most_eight_are_in_flight_and_chats_go_side_by_side(post):
    for number in range(40):
        post.puts("x", chat=f"chat{number}")
    post.runs_all()

    assert 1 < post.channel.most <= 8


def test_replies_overtake_a_broadcast(post):
    for number in range(30):
        post.puts(f"news {number}", chat=f"chat{number}", lane=outbox.BROADCAST)
    post.puts("answer", chat="chat29")
    post.runs_all()

    assert post.channel.texts.index("answer") < 9
    assert post.states().count("sent") == 31


def test_a_message_waits_for_its_hour(post):
    later = post.puts("tomorrow", due_at=post.stage.time + timedelta(days=1))
    now = post.puts("today")
    post.runs(lambda: post.row(now).state == "sent")

    assert post.row(later).state == "due"


def test_later_holds_the_chat_and_no_other(post):
    post.channel.script["first"] = [Later(30, "flood")]
    first, second = post.puts("first"), post.puts("second")
    other = post.puts("other", chat="b")
    post.runs(lambda: post.row(other).state == "sent" and post.row(first).attempts == 1)

    assert post.row(second).state == "due"
    assert post.row(first).retry_at == post.stage.time + timedelta(seconds=30)
    assert "second" not in post.channel.texts
    post.stage.time += timedelta(seconds=31)
    post.runs_all()
    assert post.channel.texts[-2:] == ["first", "second"]


def test_account_down_uses_up_no_attempt(post):
    post.channel.script["a"] = [AccountDown("time-out", 0.05), AccountDown("502", 0.05)]
    row = post.puts("hello")
    post.runs_all()

    assert post.row(row).state == "sent"
    assert post.row(row).attempts == 0
    assert post.channel.texts == ["hello"] * 3


def test_impossible_is_final_and_says_why(post):
    post.channel.script["bad"] = [Impossible("can't parse entities")]
    bad, good = post.puts("bad"), post.puts("good")
    post.runs_all()

    assert (post.row(bad).state, post.row(bad).last_error) == ("failed", "can't parse entities")
    assert post.row(good).state == "sent"


def contact(post, person_id: int, chat: str, *, chosen: bool = False) -> None:
    with post.stage.database.transaction() as session:
        from storage.people.people import Person

        account = account_named(session, "test")
        bind(session, session.get(Person, person_id), account.id, chat, post.stage.time).chosen = chosen


def test_the_next_contact_takes_over_when_one_fails_for_good(post):
    """A person on two channels: blocked on one, reached on the other, told once."""
    learner = post.stage.cast.learners[0]
    contact(post, learner, "blocked", chosen=True)
    contact(post, learner, "open")
    post.channel.script["blocked"] = [Unreachable("bot was blocked by the user")]
    post.puts("hello", chat="blocked", person_id=learner, key="k1")
    post.runs_all()

    assert [(message.chat, message.html) for message in post.channel.sent] == [
        ("blocked", "hello"),
        ("open", "hello"),
    ]
    assert post.states() == ["passed_on", "sent"]
    with post.stage.database.reading() as session:
        states = {c.chat: c.state for c in session.exec(choose(Contact).where(Contact.person_id == learner))}
    assert states == {"blocked": "unreachable", "open": "active"}


def test_when_every_contact_fails_it_ends(post):
    """Three contacts that all refuse: each is asked once, then the failure is final."""
    learner = post.stage.cast.learners[0]
    for chat in ("one", "two", "three"):
        contact(post, learner, chat)
    post.channel.script["hello"] = [Impossible("no")] * 9
    post.puts("hello", chat="one", person_id=learner)
    post.runs_all()

    assert sorted(message.chat for message in post.channel.sent) == ["one", "three", "two"]
    assert post.states() == ["passed_on", "passed_on", "failed"]


def test_a_chat_that_moved_is_followed(post):
    learner = post.stage.cast.learners[0]
    contact(post, learner, "old")
    post.channel.script["old"] = [Moved("new")]
    post.puts("hello", chat="old", person_id=learner)
    post.runs_all()

    assert [message.chat for message in post.channel.sent] == ["old", "new"]


def test_a_sender_that_lost_its_role_writes_nothing(post):
    """It wakes up late: the message was sent, but another process holds the account, so nothing is settled."""
    row = post.puts("hello")
    with post.stage.database.transaction() as session:
        leases.release(session, "sender:test", "me")
        assert leases.take(session, "sender:test", "other", timedelta(seconds=60)) == 2
    post.runs(lambda: post.channel.sent != [] and post.sender.in_flight == {})

    assert post.row(row).state == "due"


def test_a_card_names_the_row_it_replaces(post):
    card = post.puts("50 %")
    post.runs_all()
    post.puts("100 %", edits_row=card)
    post.runs_all()

    assert post.channel.sent[-1].edits == post.row(card).external_id


def test_a_fault_of_ours_ends_after_a_few_tries(post):
    row = post.puts("hello")
    with post.stage.database.transaction() as session:
        wire = {**Message("hello").wire(), "document": {"key": "nowhere", "name": "a.xlsx", "ids": {}}}
        outbox.settle(session, [row], {"message": wire})

    def failed_or_wait() -> bool:
        post.stage.time += timedelta(minutes=5)
        return post.row(row).state == "failed"

    post.runs(failed_or_wait)
    assert "KeyError" in post.row(row).last_error


def test_the_pace_counts_replies_against_broadcasts(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("bot.workers.sender.time.monotonic", lambda: now[0])
    pace = Pace(3)
    for _ in range(3):
        assert pace.wait() == 0
        pace.note()
    assert pace.wait() == 1.0
    now[0] += 0.6
    assert round(pace.wait(), 3) == 0.4
    now[0] += 0.4
    assert pace.wait() == 0


# -- files


@pytest.fixture
def drawing(post):
    """Queue a message with a picture of so many bytes; of none: one that is to be drawn."""
    conversation = Conversation("drawing")

    @conversation.paper("draw")
    def draw(_desk, _language, size: int) -> bytes | Picture:
        post.drawn += 1
        return b"x" * size or Picture("Bảng", [], [], [], "")

    def puts(name: str, size: int) -> int:
        row = post.puts("picture")
        wire = {**post.row(row).message, "document": {"key": "draw", "name": name, "ids": {"size": size}}}
        with post.stage.database.transaction() as session:
            session.execute(outbox.outbox.update().values(message=wire))
        return row

    post.drawn = 0
    post.stage.table.papers["draw"] = conversation.papers[0]
    yield puts
    del post.stage.table.papers["draw"]


def test_a_file_goes_with_its_message_where_the_channel_carries_every_file(post, drawing):
    drawing("bang.png", 5)
    post.runs_all()

    [sent] = post.channel.sent
    assert (sent.file, sent.link, sent.picture) == (RenderedFile("bang.png", b"x" * 5), "", "")


def test_a_file_that_fits_goes_with_its_message_and_its_link(post, drawing):
    """The platform may yet refuse a file of this kind; then the channel has the link."""
    row = drawing("bang.xlsx", 5)
    post.channel.ABILITIES = Abilities(largest_file=5)
    post.runs_all()

    [sent] = post.channel.sent
    assert sent.file == RenderedFile("bang.xlsx", b"x" * 5)
    assert sent.link == post.stage.links.file(row, post.stage.time + timedelta(days=3))


def test_a_file_too_large_for_the_channel_is_fetched_from_its_page(post, drawing):
    row = drawing("bang.xlsx", 6)
    post.channel.ABILITIES = Abilities(largest_file=5)
    post.runs_all()

    [sent] = post.channel.sent
    assert (sent.file, sent.picture) == (None, "")
    assert sent.link == post.stage.links.file(row, post.stage.time + timedelta(days=3))


def test_a_channel_without_files_gets_the_link_and_nothing_is_made(post, drawing):
    row = drawing("bang.png", 6)
    post.channel.ABILITIES = Abilities(largest_file=0)
    post.runs_all()

    [sent] = post.channel.sent
    assert (sent.file, post.drawn) == (None, 0)
    assert sent.link == post.stage.links.file(row, post.stage.time + timedelta(days=3))
    assert sent.picture == f"{sent.link}.png"


def test_a_picture_is_drawn_apart_and_where_it_cannot_be_the_words_go_and_say_so(post, drawing, monkeypatch):
    def refuse(_picture: Picture) -> bytes:
        raise NotDrawnError("TimeoutExpired")

    for draw in (lambda picture: picture.title.encode(), refuse):
        monkeypatch.setattr("bot.workers.papers.draw", draw)
        drawing("bang.png", 0)
        post.runs_all()

    drawn, refused = post.channel.sent
    assert drawn.file == RenderedFile("bang.png", "Bảng".encode())
    assert (refused.file, refused.html.split("\n")[0]) == (None, "picture")
    assert "Hiện chưa vẽ được hình." in refused.html
    assert post.states() == ["sent", "sent"]


def test_a_message_held_for_long_gets_a_link_that_is_fresh_when_it_goes(post, drawing):
    row = drawing("bang.xlsx", 6)
    post.channel.ABILITIES = Abilities(largest_file=0)
    post.stage.time += timedelta(days=20)
    post.runs_all()

    token = post.channel.sent[0].link.rpartition("/")[2]
    assert post.stage.links.read("f", token).expires_at == post.stage.time + timedelta(days=3)
    assert post.row(row).state == "sent"


@pytest.mark.parametrize(("wrote_ago", "waits"), [(timedelta(seconds=5), 2), (timedelta(hours=50), 86400)])
def test_a_message_held_for_a_window_that_has_just_been_opened_is_tried_again_at_once(post, wrote_ago, waits):
    """The person wrote while it was on its way: what releases held messages came too early for it."""
    with post.stage.database.transaction() as session:
        chat = dialogues.dialogue_id(session, post.stage.account.id, "a")
        dialogues.heard(session, chat, post.stage.time - wrote_ago)
    row = post.puts("Kính gửi")
    post.channel.script["a"] = [Held("window", 86400)]
    post.runs(lambda: post.row(row).retry_at is not None)

    assert post.row(row).retry_at == post.stage.time + timedelta(seconds=waits)
    assert post.row(row).last_error == "held:window"
    assert post.row(row).attempts == 0
