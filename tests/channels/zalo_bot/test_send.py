"""What goes to the Zalo Bot Platform: cut texts, whole lists, pictures and links; and what each answer means."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import (
    AccountDown,
    Impossible,
    Later,
    Outgoing,
    RenderedFile,
    Sent,
    Unreachable,
)
from bot.channels.zalo_bot import channel as channel_module
from bot.channels.zalo_bot.send import LONGEST, Progress, pieces
from locales import Language
from tests.houses.channels.contract import CARD, button, story
from tests.houses.channels.zalo_bot import TOKEN, ZaloBotHouse

SETTING = "CAUNOI_ZALO_BOT_TOKEN"
LINK = "https://caunoi.example.vn/tep/3f2a?k=1&copy=2"
PICTURE = "https://caunoi.example.vn/tep/3f2a/bieu-do.png?k=1&copy=2"
HOW = str(Language().text("Please answer with the number."))


@pytest.fixture
def house(sqlite_template, tmp_path):
    with ZaloBotHouse.alone(sqlite_template, tmp_path) as house:
        yield house


def outgoing(html: str = CARD, **more) -> Outgoing:
    return Outgoing(7, "6ede9afa66b88fe6d6a9", html, **more)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def words(text: str) -> list[str]:
    return text.split()


# -- how it looks


def test_markup_is_left_out_and_entities_are_read():
    (piece,) = pieces(outgoing("Lớp <b>K12</b> &amp; <i>K13</i>: 5 &lt; 7 &#39;x&#39;"))
    assert piece.text == "Lớp K12 & K13: 5 < 7 'x'"


def test_buttons_are_a_numbered_list_below_the_words():
    (piece,) = pieces(outgoing(buttons=[[button("Đã nhận"), button("Xem lịch", "xx:2")]]))
    assert piece.text.startswith("Chào đồng chí\n\n1. Đã nhận\n2. Xem lịch\n")


def test_where_a_text_is_waited_for_nothing_is_numbered():
    (piece,) = pieces(outgoing("Đề nghị nhập lý do:", buttons=[[button("Hủy")]], asks=True))
    assert "1." not in piece.text
    assert "Hủy" in piece.text


def test_links_and_the_menus_words_stand_below():
    rows = [[{"label": "Trang của đồng chí", "url": "https://caunoi.example.vn/b/x?a=1&b=2"}]]
    (piece,) = pieces(outgoing(buttons=rows, keyboard=[["Lịch học", "Kết quả"]]))
    assert "Trang của đồng chí: https://caunoi.example.vn/b/x?a=1&b=2" in piece.text
    assert "Lịch học; Kết quả" in piece.text


def test_what_says_nothing_is_not_sent():
    assert _says_nothing(outgoing(""))
    assert _says_nothing(outgoing(" \n<b></b>"))


def _says_nothing(message: Outgoing) -> bool:
    with pytest.raises(Exception, match="nothing to say"):
        pieces(message)
    return True


# -- cutting


SENTENCE = "Học viên thứ {}: chưa có kết quả rèn luyện. "
LIST = [[button(f"đồng chí Nguyễn Văn {number}", f"xx:{number}")] for number in range(1, 13)]


def test_a_text_that_fits_is_one_message_to_the_last_character():
    assert [piece.text for piece in pieces(outgoing("a" * LONGEST))] == ["a" * LONGEST]
    assert [len(piece.text) for piece in pieces(outgoing("a" * (LONGEST + 1)))] == [LONGEST, 1]


def test_a_long_text_is_cut_at_the_ends_of_sentences():
    text = "".join(SENTENCE.format(number) for number in range(120)).strip()
    parts = [piece.text for piece in pieces(outgoing(text))]
    assert len(parts) == -(-units(text) // LONGEST)
    assert " ".join(parts) == text
    assert all(part.endswith(".") for part in parts)


@pytest.mark.parametrize("length", [1500, 1990, 3000, 5000])
def test_the_list_is_whole_and_last(length):
    text = (SENTENCE.format(1) * 200)[:length]
    parts = [piece.text for piece in pieces(outgoing(text, buttons=LIST))]
    shown = [f"{number}. đồng chí Nguyễn Văn {number}" for number in range(1, 13)]
    assert all(units(part) <= LONGEST for part in parts)
    assert all(line in parts[-1].split("\n") for line in shown)
    assert parts[-1].endswith(HOW)
    assert not any(line in part.split("\n") for part in parts[:-1] for line in shown)


def test_a_list_too_long_for_one_message_is_cut_between_its_lines():
    rows = [[button(f"đồng chí {'Nguyễn Thị Minh ' * 3}{number}", f"xx:{number}")] for number in range(1, 61)]
    parts = [piece.text for piece in pieces(outgoing("Chọn:", buttons=rows))]
    assert parts[0] == "Chọn:"
    lines = "\n".join(parts[1:]).split("\n")
    numbered = [line for line in lines if re.match(r"\d+\. ", line)]
    assert [line.partition(". ")[0] for line in numbered] == [str(number) for number in range(1, 61)]
    assert parts[-1].endswith(HOW)


TEXTS = st.lists(
    st.sampled_from(
        ["học viên ", "😀", "&amp;", "&lt;b&gt;", "&#39;", "<b>", "</b>", ". ", "\n", "ư" * 300, "x" * 2500]
    ),
    max_size=60,
)


@given(TEXTS, st.integers(0, 70))
def test_no_cut_loses_a_letter_or_grows_too_long(tokens, buttons):
    html = "x" + "".join(tokens)
    rows = [[button(f"Lựa chọn số {number}", f"xx:{number}")] for number in range(buttons)]
    parts = [piece.text for piece in pieces(outgoing(html, buttons=rows))]
    assert all(1 <= units(part) <= LONGEST for part in parts)
    whole = re.sub(r"\s", "", "".join(parts))
    expected = html.replace("<b>", "").replace("</b>", "")
    for entity, letter in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'")):
        expected = expected.replace(entity, letter)
    assert whole.startswith(re.sub(r"\s", "", expected))
    assert all(f"{number}.Lựachọnsố{number - 1}" in whole for number in range(1, buttons + 1))


# -- files


def test_a_file_is_a_link_with_its_name():
    file = RenderedFile("Danh sách <1>.xlsx", b"x")
    (piece,) = pieces(outgoing(file=file, link="https://caunoi.example.vn/tep/x?k=1&copy=2"))
    assert piece.text == (
        "Chào đồng chí\n\nTệp Danh sách <1>.xlsx: https://caunoi.example.vn/tep/x?k=1&copy=2"
    )


def test_a_link_without_a_name_stands_as_it_is():
    (piece,) = pieces(outgoing(link="http://192.168.1.7:8080/tep/x?k=1&copy=2"))
    assert piece.text == "Chào đồng chí\n\nhttp://192.168.1.7:8080/tep/x?k=1&copy=2"


def test_a_file_nobody_can_open_a_link_to_is_told_of():
    (piece,) = pieces(outgoing(file=RenderedFile("a.xlsx", b"x")))
    assert piece.text.startswith("Chào đồng chí\n\nTệp a.xlsx không gửi được qua Zalo.")


@pytest.mark.parametrize(
    ("picture", "is_shown"),
    [(PICTURE, True), ("http://192.168.1.7:8080/tep/a.png", False), ("", False)],
)
def test_a_picture_is_shown_where_the_platform_can_fetch_it(picture, is_shown):
    (piece,) = pieces(outgoing(link=LINK, picture=picture))
    assert piece.photo == (picture if is_shown else "")
    assert (LINK in piece.text) != is_shown  # its page stands there instead
    assert piece.text.startswith("Chào đồng chí")


@story
async def test_a_picture_goes_with_its_words_and_list_as_caption(house):
    async with house.open():
        sent = await house.sends(CARD, link=LINK, picture=PICTURE, buttons=[[button("Đã nhận")]])

    (message,) = house.user.messages
    assert (message.photo, message.id) == (PICTURE, sent)
    assert message.text.startswith("Chào đồng chí\n\n1. Đã nhận")


@story
async def test_a_picture_without_words_has_no_caption(house):
    async with house.open():
        await house.sends("", link=LINK, picture=PICTURE)

    assert house.fake.called("sendPhoto") == [{"chat_id": house.chat, "photo": PICTURE}]


@pytest.mark.parametrize("text", ["Chào đồng chí", "a" * 1990, "", "câu chữ. " * 500])
@story
async def test_a_picture_the_platform_will_not_fetch_goes_as_its_link(house, text):
    house.fake.faults.refuse(400, "Bad Request: failed to get HTTP URL content", "sendPhoto", status=200)
    async with house.open():
        await house.sends(text, link=LINK, picture=PICTURE)

    assert house.user.messages[0].text.startswith(LINK)
    assert words(" ".join(m.text for m in house.user.messages)) == [LINK, *words(text)]


@pytest.mark.parametrize(
    ("code", "words", "verdict"),
    [(400, "Bad Request: chat not found", Unreachable), (500, "Internal", AccountDown)],
)
@story
async def test_a_picture_nobody_can_get_is_not_said_again_in_words(house, code, words, verdict):
    house.fake.faults.refuse(code, words, "sendPhoto", status=200)
    async with house.open():
        assert isinstance(await house.channel.send(house.outgoing(CARD, link=LINK, picture=PICTURE)), verdict)

    assert house.user.messages == []


@story
async def test_a_long_text_with_a_picture_goes_on_below_it(house):
    async with house.open():
        await house.sends("câu chữ. " * 400, link=LINK, picture=PICTURE, buttons=[[button("Đã nhận")]])

    messages = house.user.messages
    assert [bool(message.photo) for message in messages] == [True] + [False] * (len(messages) - 1)
    assert messages[-1].text.endswith(HOW)


# -- sending


@story
async def test_what_was_sent_says_how_many_messages_and_when_by_the_platforms_clock(house):
    moment = datetime(2026, 12, 7, 0, 30, 0, 250_000, UTC)
    house.fake.now = lambda: moment
    async with house.open():
        one = await house.channel.send(house.outgoing(CARD))
        three = await house.channel.send(house.outgoing("câu chữ. " * 600, 2))

    messages = house.user.messages
    assert one == Sent(messages[0].id, 1, moment)
    assert three == Sent(messages[-1].id, 3, moment)
    assert len(messages) == 4


@story
async def test_parts_that_arrived_are_not_sent_again(house):
    long = "câu chữ. " * 600
    async with house.open():
        house.channel.sending.api = Breaking(house.channel.api, after=1)
        broken = await house.channel.send(house.outgoing(long, 9, buttons=[[button("Đã xem")]]))
        assert isinstance(broken, AccountDown)
        assert len(house.user.messages) == 1
        done = await house.channel.send(house.outgoing(long, 9, buttons=[[button("Đã xem")]]))

    parts = house.user.messages
    assert done == Sent(parts[-1].id, 3, done.at)
    whole = " ".join(part.text for part in parts)
    assert words(whole)[: len(words(long))] == words(long)
    assert whole.count("1. Đã xem") == 1
    assert house.channel.sending.done == {}


class Breaking:
    """The bot's calls, of which one fails after so many."""

    def __init__(self, api, after: int) -> None:
        self.api, self.left = api, after

    async def call(self, method: str, **params: str):
        self.left -= 1
        if self.left == -1:
            raise channel_module.Trouble("ReadTimeout")
        return await self.api.call(method, **params)


@story
async def test_what_is_given_up_is_forgotten(house):
    async with house.open():
        house.channel.sending.done[9] = Progress(1, "x")
        house.fake.faults.refuse(400, "Bad Request: strange", "sendMessage")
        assert isinstance(await house.channel.send(house.outgoing("câu chữ. " * 600, 9)), Impossible)

    assert house.channel.sending.done == {}


@story
async def test_an_answer_without_id_and_date_is_an_answer(house):
    house.fake.faults.answer(200, {"ok": True}, "sendMessage")
    house.fake.faults.answer(200, {"ok": True, "result": {"message_id": "a1", "date": "soon"}}, "sendMessage")
    async with house.open():
        assert await house.channel.send(house.outgoing(CARD)) == Sent("", 1, None)
        assert await house.channel.send(house.outgoing(CARD)) == Sent("a1", 1, None)


# -- verdicts, by status and by body


REFUSED = {
    "unknown chat": (400, "Bad Request: chat not found", Unreachable),
    "unknown user": (404, "User not found", Unreachable),
    "strange": (400, "Bad Request: strange", Impossible),
    "missing": (400, "Bad Request: chat_id is missing", Impossible),
    "too large": (413, "Request Entity Too Large", Impossible),
    "internal, as 403": (403, "Internal server error", AccountDown),
    "blocked, they say": (403, "Forbidden: bot was blocked by the user", AccountDown),
    "timed out": (408, "Request timeout", AccountDown),
    "server": (500, "Internal Server Error", AccountDown),
    "unavailable": (503, "Service Unavailable", AccountDown),
    "token": (401, "Unauthorized", AccountDown),
    "token too": (404, "Not Found", AccountDown),
}


@pytest.mark.parametrize("under_200", [True, False])
@pytest.mark.parametrize("name", REFUSED)
@story
async def test_every_refusal_has_its_verdict_whatever_its_status(house, name, under_200):
    code, description, expected = REFUSED[name]
    house.fake.faults.refuse(code, description, "sendMessage", status=200 if under_200 else code)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert type(verdict) is expected, verdict
    assert (SETTING in verdict.reason) is name.startswith("token")


@story
async def test_a_code_nobody_knows_holds_back_the_one_message(house):
    house.fake.faults.refuse(-14, "Something new", "sendMessage", status=200)
    house.fake.faults.answer(200, {"ok": False}, "sendMessage")
    async with house.open():
        assert await house.channel.send(house.outgoing(CARD)) == Later(30, "-14 Something new")
        assert await house.channel.send(house.outgoing(CARD)) == Later(30, "200 ")


@story
async def test_a_token_refused_at_sending_pauses_the_account_for_a_while(house):
    house.fake.faults.refuse(401, "Unauthorized", "sendMessage", status=200)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown)
    assert verdict.seconds >= 30
    assert "Zalo Bot Manager" in verdict.reason


@pytest.mark.parametrize("status", [200, 301, 403, 404, 451, 502])
@story
async def test_a_providers_page_blames_nobody(house, status):
    house.fake.faults.block("sendMessage", status=status)
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == AccountDown(f"HTTP {status}, and no answer of Zalo's", 1.0)


ODD = {
    "nothing": "",
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "no ok": '{"result": {}}',
    "ok is a word": '{"ok": "yes"}',
    "half": '{"ok": tr',
}


@pytest.mark.parametrize("name", ODD)
@story
async def test_an_answer_that_is_not_the_platforms_is_no_success(house, name):
    house.fake.faults.answer(200, ODD[name], "sendMessage")
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))

    assert isinstance(verdict, AccountDown | Later), verdict


@pytest.mark.parametrize("trouble", ["cut", "cut when done", "slow", "nobody"])
@story
async def test_trouble_on_the_way_pauses_the_account_and_costs_no_message_a_try(house, trouble, monkeypatch):
    monkeypatch.setattr(channel_module, "SENDING", (4, 0.3))
    house.renew()
    faults = house.fake.faults
    if trouble == "slow":
        faults.delay(1, "sendMessage")
    elif trouble == "nobody":
        monkeypatch.setattr(house.channel.api, "_base", f"http://127.0.0.1:9/bot{TOKEN}/")
    else:
        faults.cut("sendMessage", carried_out=trouble == "cut when done")
    async with house.open():
        verdict = await house.channel.send(house.outgoing(CARD))
        assert isinstance(verdict, AccountDown), verdict
        assert TOKEN not in verdict.reason
        assert "127.0.0.1" not in verdict.reason
        monkeypatch.setattr(house.channel.api, "_base", f"{house.fake.url}/bot{TOKEN}/")
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Sent)


@story
async def test_a_fault_of_our_own_holds_back_the_one_message(house, monkeypatch):
    async with house.open():
        monkeypatch.setattr(house.channel.sending, "_put", None)
        verdict = await house.channel.send(house.outgoing(CARD))

    assert verdict == Later(30, "TypeError: 'NoneType' object is not callable")


@story
async def test_who_never_wrote_or_has_left_is_unreachable(house):
    async with house.open():
        house.user.leaves()
        assert isinstance(await house.channel.send(house.outgoing(CARD)), Unreachable)
        assert isinstance(await house.channel.send(Outgoing(1, "0" * 20, CARD)), Unreachable)


@story
async def test_calls_are_json_and_the_fake_sees_the_words_as_they_are(house):
    async with house.open():
        await house.sends("Học viên 😀 “Ấn”")

    assert house.fake.called("sendMessage") == [{"chat_id": house.chat, "text": "Học viên 😀 “Ấn”"}]
