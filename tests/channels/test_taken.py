"""What a platform says it has taken is never sent again, however little of its answer can be read."""

import pytest

from bot.channels.base import AccountDown, RenderedFile, Sent
from tests.houses.answering import answering
from tests.houses.channels.contract import CARD, story
from tests.houses.channels.telegram import TOKEN, TelegramHouse
from tests.houses.channels.zalo_bot import TOKEN as ZALO_TOKEN
from tests.houses.channels.zalo_bot import ZaloBotHouse
from tests.houses.channels.zalo_oa import ZaloOaHouse

HOUSES = {"telegram": TelegramHouse, "zalo_bot": ZaloBotHouse, "zalo_oa": ZaloOaHouse}
OK = '"ok": true'
ANSWERS = {  # what is told of the message, and the id it is known by
    "no result": ("{%s}", ""),
    "null": ('{%s, "result": null, "data": null}', ""),
    "yes": ('{%s, "result": true, "data": true}', ""),
    "a list": ('{%s, "result": [], "data": []}', ""),
    "no id": ('{%s, "result": {"date": 1}, "data": {}}', ""),
    "an odd id": ('{%s, "result": {"message_id": {"a": []}}, "data": {"message_id": [7]}}', ""),
    "a broken letter": (r'{%s, "result": {"message_id": "\ud800"}, "data": {"message_id": "\ud800"}}', ""),
    "an id alone": ('{%s, "result": {"message_id": 7}, "data": {"message_id": 7}}', "7"),
    "an odd date": (
        '{%s, "result": {"message_id": 7, "date": "x", "chat": 5}, "data": {"message_id": 7}}',
        "7",
    ),
    "last of all": ('{"result": {"message_id": 7}, "data": {"message_id": 7}, %s}', "7"),
    "not closed": ('{%s, "result": {', ""),
    "no such number": ('{%s, "result": {"date": 1e999, "text": tru', ""),
    "very deep": ('{%s, "result": ' + "[" * 100_000, ""),
}


def place(house, address: str) -> None:
    """Let the channel's calls that send go to this address."""
    channel = house.channel
    if channel.kind == "telegram":
        channel.bot._base_url = f"{address}/bot{TOKEN}"
    elif channel.kind == "zalo_bot":
        channel.api._base = f"{address}/bot{ZALO_TOKEN}/"
    else:
        channel.connections.api = address


@pytest.fixture(params=HOUSES)
def house(request, sqlite_template, tmp_path):
    with HOUSES[request.param].alone(sqlite_template, tmp_path) as house:
        yield house


def said_by(house, answer: str) -> bytes:
    return (answer.replace("%s", '"error": 0' if house.channel.kind == "zalo_oa" else OK)).encode()


@pytest.mark.parametrize("name", ANSWERS)
@story
async def test_what_cannot_be_read_of_a_yes_is_no_reason_to_send_again(house, name):
    answer, known_by = ANSWERS[name]
    async with house.open(), answering(said_by(house, answer)) as address:
        place(house, address)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, Sent), verdict
    assert verdict.external_id == known_by


@story
async def test_a_yes_that_breaks_off_on_its_way_is_a_yes(house):
    answer = said_by(house, '{%s, "result": {"message_id": ')
    async with house.open(), answering(answer, missing=90) as address:
        place(house, address)
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Sent)


@pytest.mark.parametrize("body", [b"", b"{", b'{"result": {"text": "\\"ok\\": true, \\"error\\": 0'])
@story
async def test_what_breaks_off_before_it_says_so_is_none(house, body):
    async with house.open(), answering(body, missing=90) as address:
        place(house, address)
        assert isinstance(await house.channel.send(house.outgoing(CARD)), AccountDown)


@story
async def test_an_edit_that_was_taken_is_taken(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path) as house:
        async with house.open(), answering(b'{"ok": true, "result": {"mess') as address:
            place(house, address)
            verdict = await house.channel.send(house.outgoing(CARD, edits="5"))

    assert verdict == Sent("5")


@story
async def test_an_upload_whose_answer_cannot_be_read_is_brought_again(sqlite_template, tmp_path):
    """Nobody has seen it yet, and what it is sent by is not known."""
    with ZaloOaHouse.alone(sqlite_template, tmp_path) as house:
        async with house.open(), answering(b'{"error": 0, "data": {}}') as address:
            place(house, address)
            file = RenderedFile("Lịch.pdf", b"%PDF-1.7")
            assert isinstance(await house.channel.send(house.outgoing(CARD, file=file)), AccountDown)


@story
async def test_a_poll_that_cannot_be_read_loses_nothing(sqlite_template, tmp_path):
    """Only of what was sent a part is enough."""
    with ZaloBotHouse.alone(sqlite_template, tmp_path, readings={"polling": "kept"}) as house:
        house.fake.faults.answer(200, '{"ok": true, "result": {"mess', "getUpdates")
        async with house.open():
            house.user.says("một")
            assert [heard.text for heard in await house.hears()] == ["một"]
            assert house.channel.patience.is_down is False
