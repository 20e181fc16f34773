"""What the engine leaves to conversations: they hear what the doors tell, and see which roles nobody granted."""

from datetime import UTC, datetime

import pytest

from bot.workers.intake import Intake
from handlers.engine.conversation import NEWS, Conversation
from handlers.engine.desk import Desk, Links
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.base.text import fold
from storage.messaging import inbox
from storage.messaging.accounts import Abilities, account_named
from storage.people.people import Centre, Contact, Person
from tests.houses.dialogue import parse

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
NAME = "Nguyễn Văn An"


def listening(heard: list[tuple[str, tuple[object, ...]]]) -> Conversation:
    conversation = Conversation("listening")
    for news in NEWS:
        conversation.hears(news)(lambda _desk, *told, news=news: heard.append((news, told)))
    return conversation


def test_everybody_who_listens_hears_the_news_and_nobody_else(database):
    first, second = [], []
    table = Table([listening(first), Conversation("deaf"), listening(second)])
    with database.reading() as session:
        desk = Desk(session=session, now=NOW, links=Links("", database.keyring))
        for number, news in enumerate(NEWS):
            table.tell(news, desk, number)
    assert first == second == [(news, (number,)) for number, news in enumerate(NEWS)]


def test_news_nobody_tells_cannot_be_listened_to():
    with pytest.raises(AssertionError, match="the_weather"):
        Conversation("listening").hears("the_weather")


@pytest.mark.parametrize("has_it", [True, False])
def test_a_role_without_a_grant_is_seen_by_a_conversation(database, has_it):
    """Nothing of reports or classes is asked: the made-up conversation alone decides, and opens its command."""
    conversation, said = Conversation("pigeons"), []
    conversation.role("breeder")(lambda turn: has_it and turn.speaker.name == NAME)
    conversation.command("pigeons", may=["breeder"])(lambda turn: said.append(turn.roles))
    conversation.on("refused")(lambda turn: said.append(turn.roles))
    table = Table([conversation])
    with database.transaction() as session:
        account = account_named(session, "test", abilities=Abilities(users=5)).id
        centre = Centre(name="Trung tâm")
        session.add(centre)
        session.flush()
        person = Person(centre_id=centre.id, name=NAME, folded=fold(NAME), sort_text=fold(NAME))
        session.add(person)
        session.flush()
        session.add(Contact(person_id=person.id, account_id=account, chat="c", bound_at=NOW, used_at=NOW))
        inbox.store(session, account, [inbox.Arrival("1", "c", {"text": "/pigeons"})], NOW)
    Intake(database, table, Clock(lambda: NOW), Links("", database.keyring), {account: parse}).step()
    assert said == [frozenset({"breeder"} if has_it else ())]
