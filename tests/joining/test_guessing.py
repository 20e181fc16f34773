"""Guessing codes over real HTTP: chat after chat of one link, link after link of one address."""

from types import SimpleNamespace

import pytest
from sqlmodel import select

from bot.limits import Limit
from storage.people.people import WrongTry
from tests.houses.web.devices import Device
from tests.houses.web.pages import page_house
from tests.joining.test_binding import CODE, invite

OTHER = "WXYZ-6789"


@pytest.fixture
def house(database):
    with page_house(database) as house:
        house.stage.intake.parsers[house.channel.account_id] = house.channel.parse
        house.stage.intake.limits = house.site.limits
        house.registrar = house.stage.registrar  # bound from here on
        house.server = SimpleNamespace(link=house.links.start, browsers=house.browsers, served=house.served)
        yield house


def tries(house, chats: int, each: int, code: str = CODE, **headers: str) -> None:
    """Open so many chats by the link of a code, and try so many wrong codes in each."""
    for _chat in range(chats):
        device = Device(house.server)
        device.http.headers.update(headers)
        device.starts(code)
        for n in range(each):
            device.says(f"ZZZZ-{n + 2222}")
    house.runs()


def looked_at(house) -> int:
    """How many wrong codes were compared with those there are: each is kept for the chat it came from."""
    with house.database.reading() as session:
        return sum(":" not in one.chat for one in session.exec(select(WrongTry)))


def locks(house) -> list[str]:
    return [told for told in house.told(house.registrar) if "xác minh kỹ" in told]


def test_one_link_has_ten_tries_however_many_chats_it_opens_and_is_told_once(house):
    invite(house.stage, house.stage.learner.person_id)
    tries(house, chats=20, each=5)
    assert looked_at(house) == 10
    assert len(locks(house)) == 1
    assert house.site.limits.met[Limit.CODES] > 90
    invite(house.stage, house.stage.head.person_id, OTHER)
    tries(house, chats=1, each=1, code=OTHER)
    assert looked_at(house) == 11, "another link has tries of its own"


def test_one_address_has_thirty_tries_and_another_goes_on(house):
    for n in range(5):
        code = f"ABCD-678{n + 2}"
        invite(house.stage, house.stage.learner.person_id, code)
        tries(house, chats=2, each=5, code=code)
    assert looked_at(house) == 30
    invite(house.stage, house.stage.head.person_id, OTHER)
    tries(house, 1, 1, OTHER, **{"X-Forwarded-For": "198.51.100.7"})
    assert looked_at(house) == 31
