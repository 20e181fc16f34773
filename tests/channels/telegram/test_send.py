"""What goes to Telegram, and what each of its answers means."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import (
    AccountDown,
    Impossible,
    Later,
    Moved,
    Outgoing,
    RenderedFile,
    Sent,
    Unreachable,
)
from bot.channels.telegram import channel as channel_module
from bot.channels.telegram import wire
from bot.channels.telegram.text import cut, plain, units
from bot.demo.fakes.telegram.faults import Limits
from bot.demo.fakes.telegram.text import parse_html
from handlers.engine.messages import Incoming, SharedContact
from tests.houses.channels.contract import CARD, button, story, until
from tests.houses.channels.telegram import TOKEN, TelegramHouse, page_instead

SETTING = "CAUNOI_TELEGRAM_TOKEN"


@pytest.fixture
def house(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path) as house:
        yield house


# -- sending


@story
async def test_words_are_bold_and_previews_off(house):
    async with house.open():
        await house.sends("Lớp <b>K12</b> &amp; <i>K13</i>: https://example.vn")

    (message,) = house.user.messages
    assert [(e["type"], e["offset"], e["length"]) for e in message.entities][:2] == [
        ("bold", 4, 3),
        ("italic", 10, 3),
    ]
    assert house.fake.called("sendMessage")[0]["link_preview_options"] == {"is_disabled": True}


@story
async def test_a_link_opens_a_page_but_one_to_this_computer_is_written_out(house):
    rows = [
        [{"label": "Xem lịch", "url": "https://example.vn/b/x"}],
        [{"label": "Mở <đây>", "url": "http://127.0.0.1:8080/b/x?a=1&b=2"}],
        [{"label": "Và đây", "url": "http://localhost/x"}],
    ]
    async with house.open():
        await house.sends("Mời đồng chí:", buttons=rows)

    (message,) = house.user.messages
    assert message.buttons == [[("Xem lịch", "https://example.vn/b/x")]]
    assert message.text == (
        "Mời đồng chí:\n\nMở <đây>: http://127.0.0.1:8080/b/x?a=1&b=2\nVà đây: http://localhost/x"
    )


@story
async def test_the_keyboard_of_the_chat_stays(house):
    async with house.open():
        await house.sends("Menu", keyboard=[["Lịch học", "Kết quả"], ["Trợ giúp"]])
        house.user.taps("Kết quả")

        assert await house.hears() == [Incoming(text="Kết quả")]
    markup = house.fake.called("sendMessage")[0]["reply_markup"]
    assert markup["resize_keyboard"]
    assert markup["is_persistent"]


@story
async def test_a_number_is_asked_for_by_a_button_that_goes_afterwards(house):
    async with house.open():
        await house.sends("Hoặc:", asks_phone="Gửi số của tôi")
        house.user.taps("Gửi số của tôi")
        assert await house.hears() == [Incoming(contact=SharedContact("84912345678", own=True))]
        await house.sends("Cảm ơn", 2, buttons=[[button("Tiếp")]])
        await house.sends("Xong", 3)
        await house.sends("Hết", 4)

    markups = [call.get("reply_markup") for call in house.fake.called("sendMessage")]
    assert markups[0]["keyboard"] == [[{"text": "Gửi số của tôi", "request_contact": True}]]
    assert markups[2] == {"remove_keyboard": True}
    assert markups[3] is None


@story
async def test_a_new_keyboard_takes_the_place_of_the_one_that_asked(house):
    async with house.open():
        await house.sends("Hoặc:", asks_phone="Gửi số của tôi")
        await house.sends("Menu", 2, keyboard=[["Lịch học"]])
        await house.sends("Hết", 3)

    assert house.fake.called("sendMessage")[2].get("reply_markup") is None


@pytest.mark.parametrize("more", [{"keyboard": [["Lịch học"]]}, {"asks_phone": "Gửi số của tôi"}])
@story
async def test_a_keyboard_cannot_stand_in_a_card_and_comes_anew(house, more):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        new = await house.sends("Menu", 2, edits=card, **more)

    assert new != card
    assert house.fake.called("editMessageText") == []


@pytest.mark.parametrize(
    "reason", ["message can't be edited", "MESSAGE_ID_INVALID", "message to edit not found"]
)
@story
async def test_a_card_telegram_will_not_edit_comes_anew(house, reason):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        house.fake.fail_next("editMessageText", 400, f"Bad Request: {reason}")
        new = await house.sends("Xong", 2, edits=card)

    assert [(str(m.id), m.text) for m in house.user.messages] == [(card, "Chào đồng chí"), (new, "Xong")]


@story
async def test_a_file_cannot_be_edited_into_words_which_come_anew(house):
    async with house.open():
        card = await house.sends("Tệp:", file=RenderedFile("a.ics", b"x"), buttons=[[button("Tiếp")]])
        new = await house.sends("Xong", 2, edits=card)

    assert new != card
    assert house.user.last.text == "Xong"


@story
async def test_a_caption_too_long_goes_before_its_file(house):
    text = "Danh sách. " * 200
    async with house.open():
        sent = await house.sends(text, file=RenderedFile("a.xlsx", b"x"), buttons=[[button("Đã nhận")]])

    words, file = house.user.messages
    assert (words.text, words.labels) == (text.strip(), [])
    assert (file.text, file.labels, file.document_name, str(file.id)) == ("", ["Đã nhận"], "a.xlsx", sent)


@story
async def test_an_edit_too_long_begins_in_the_card_and_ends_below_it(house):
    async with house.open():
        card = await house.sends(CARD, buttons=[[button("Tiếp")]])
        last = await house.sends("câu chữ. " * 600, 2, edits=card, buttons=[[button("Quay lại")]])

    first, second = house.user.messages
    assert (str(first.id), first.labels) == (card, [])
    assert (str(second.id), second.labels) == (last, ["Quay lại"])


@story
async def test_parts_that_arrived_are_not_sent_again(house):
    house.fake.latency = 0.1
    long = "câu chữ. " * 1000
    outgoing = house.outgoing(long, 9, buttons=[[button("Đã xem")]])
    async with house.open():
        breaks_off = asyncio.create_task(house.channel.send(outgoing))
        await until(lambda: house.user.messages)
        house.fake.fail_next("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
        verdict = await breaks_off
        assert verdict == Later(3, "429 Too Many Requests: retry after 3", too_fast=True)
        assert len(house.user.messages) < 3
        done = await house.channel.send(outgoing)

    parts = house.user.messages
    assert " ".join(part.text for part in parts) == long.strip()
    assert done == Sent(str(parts[-1].id))
    assert [part.labels for part in parts] == [[], [], ["Đã xem"]]


@story
async def test_words_telegram_cannot_read_go_without_their_markup(house):
    async with house.open():
        await house.sends("Lớp <h1>K12</h1> &amp; <b>K13")
        house.fake.violations.clear()  # that was the point

    assert house.user.last.text == "Lớp K12 & K13"


# -- cutting


WORDS = st.lists(
    st.sampled_from(
        ["học viên ", "😀", "&amp;", "&lt;", "&#39;", "<b>", "</b>", "<i>", "</i>", ". ", "\n", "ư" * 30]
    ),
    max_size=120,
)


def closed(tokens: list[str]) -> str:
    """The tokens with their tags made to fit each other."""
    html, tags = "", []
    for token in tokens:
        if re.fullmatch(r"<[bi]>", token):
            tags.append(token[1])
        elif token.startswith("</"):
            if not tags or tags[-1] != token[2]:
                continue
            tags.pop()
        html += token
    return html + "".join(f"</{tag}>" for tag in reversed(tags))


@given(WORDS, st.integers(40, 200))
def test_no_cut_loses_a_letter_or_breaks_a_tag(tokens, limit):
    html = closed(tokens)
    parts = cut(html, limit)

    assert re.sub(r"\s", "", "".join(plain(part) for part in parts)) == re.sub(r"\s", "", plain(html))
    for part in parts:
        shown, _entities = parse_html(part)  # as Telegram reads it; raises for a broken tag
        assert units(shown) <= limit


def test_what_is_bold_stays_bold_over_a_cut():
    assert cut("<b>" + "một hai ba bốn. " * 4 + "</b>", 40) == [
        "<b>một hai ba bốn. một hai ba bốn. </b>",
        "<b>một hai ba bốn. một hai ba bốn. </b>",
    ]


def test_a_cut_prefers_the_end_of_a_line_then_of_a_sentence_then_of_a_word():
    assert cut("a b. c\nd e f", 9) == ["a b. c\n", "d e f"]
    assert cut("aa bb. cc dd", 9) == ["aa bb. ", "cc dd"]
    assert cut("aaaa bbbb cccc", 11) == ["aaaa bbbb ", "cccc"]
    assert cut("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


# -- verdicts


REFUSED = {
    "flood": (
        (429, "Too Many Requests: retry after 7", 7),
        Later(7, "429 Too Many Requests: retry after 7", too_fast=True),
    ),
    "blocked": ((403, "Forbidden: bot was blocked by the user"), Unreachable),
    "deactivated": ((403, "Forbidden: user is deactivated"), Unreachable),
    "never started": ((403, "Forbidden: bot can't initiate conversation with a user"), Unreachable),
    "unknown chat": ((400, "Bad Request: chat not found"), Unreachable),
    "unknown peer": ((400, "Bad Request: PEER_ID_INVALID"), Unreachable),
    "button": ((400, "Bad Request: BUTTON_DATA_INVALID"), Impossible),
    "no rights": ((400, "Bad Request: not enough rights to send text messages"), Impossible),
    "too large": ((413, "Request Entity Too Large"), Impossible),
    "server": ((500, "Internal Server Error"), AccountDown),
    "unavailable": ((503, "Service Unavailable"), AccountDown),
    "flood without a time": ((429, "Too Many Requests"), AccountDown),
    "blocked, under 200": ((200, "Forbidden: bot was blocked by the user"), Unreachable),
    "200 but not ok": ((200, "Bad Request: strange"), Impossible),
}


@pytest.mark.parametrize("name", REFUSED)
@story
async def test_every_refusal_has_its_verdict(house, name):
    refusal, expected = REFUSED[name]
    house.fake.fail_next("sendMessage", *refusal)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == expected if isinstance(expected, Later) else isinstance(verdict, expected), verdict


@pytest.mark.parametrize("status", [401, 404])
@story
async def test_a_token_refused_at_sending_pauses_the_account_and_names_the_setting(house, status):
    house.fake.fail_next("sendMessage", status, "Unauthorized")
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown)
    assert SETTING in verdict.reason
    assert verdict.seconds >= 30


@story
async def test_a_chat_that_moved_has_its_new_address(house):
    new = -(10**12) - 5
    house.fake.fail_next("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=new)
    async with house.open():
        assert await house.channel.send(house.outgoing(CARD)) == Moved(str(new))


@pytest.mark.parametrize(
    "fault",
    [
        lambda fake: fake.bad_gateway("sendMessage"),
        lambda fake: fake.drop_connections(1, "sendMessage"),
        lambda fake: fake.drop_connections(1, "sendMessage", carried_out=True),
        lambda fake: fake.silence(1, "sendMessage"),
    ],
)
@story
async def test_trouble_on_the_way_pauses_the_account_and_costs_no_message_a_try(house, fault, monkeypatch):
    monkeypatch.setattr(channel_module, "SENDING", (4, 0.3))
    house.renew()
    fault(house.fake)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))
        assert isinstance(verdict, AccountDown), verdict
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Sent)


@pytest.mark.parametrize("status", [200, 403, 404, 502])
@story
async def test_a_providers_page_blames_nobody(house, status, monkeypatch):
    async with house.open():
        monkeypatch.setattr(wire.HTTPXRequest, "do_request", page_instead(status, "sendMessage"))
        verdict = await house.channel.send(house.outgoing(CARD))
        monkeypatch.undo()

    assert isinstance(verdict, AccountDown), verdict


@story
async def test_nothing_listens_at_the_address(house, monkeypatch):
    async with house.open():
        monkeypatch.setattr(house.channel.bot, "_base_url", "http://127.0.0.1:9/bot" + TOKEN)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown), verdict


@story
async def test_a_fault_of_our_own_holds_back_the_one_message(house, monkeypatch):
    async with house.open():
        monkeypatch.setattr(house.channel.sending, "_deliver", None)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == Later(30, "TypeError: 'NoneType' object is not callable")


@story
async def test_who_blocks_the_bot_is_unreachable(house):
    async with house.open():
        house.user.blocks()
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Unreachable)
        stranger = Outgoing(1, str(2**51), CARD)
        assert isinstance(await house.channel.send(stranger), Unreachable)


@story
async def test_a_real_flood_says_how_long_to_wait(sqlite_template, tmp_path):
    with TelegramHouse.alone(sqlite_template, tmp_path, limits=Limits(chat_burst=2)) as house:
        async with house.open():
            verdicts = [await house.channel.send(house.outgoing(CARD, row)) for row in range(3)]

    assert [type(verdict) for verdict in verdicts] == [Sent, Sent, Later]
    assert verdicts[2].seconds >= 1
    assert verdicts[2].too_fast
