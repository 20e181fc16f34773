"""What goes to an Official Account: buttons and their pages, links, files, the window and templates, every refusal."""

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import AccountDown, Held, Impossible, Later, Outgoing, RenderedFile, Sent, Unreachable
from bot.channels.zalo_oa import wire
from bot.channels.zalo_oa.send import LONGEST_TEXT, pieces
from bot.channels.zalo_oa.updates import parse
from handlers.engine.messages import Incoming, Press
from storage.messaging import dialogues
from tests.houses.channels.contract import button, story
from tests.houses.channels.zalo_oa import KEY, ZaloOaHouse

DAY = 86400
TEMPLATES = {"notice": {"id": "302259", "fields": {"name": "ten", "class_name": "lop", "time": "gio"}}}
BRIEF = {"kind": "notice", "ten": "Nguyễn Văn An", "lop": "NTD-01", "gio": "7 giờ 30"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
SCHEDULE = "Lịch học.ics"


@pytest.fixture
def house(sqlite_template, tmp_path):
    with ZaloOaHouse.alone(sqlite_template, tmp_path, zalo_oa_templates=TEMPLATES) as house:
        yield house


@pytest.fixture
def opened(sqlite_template, tmp_path):
    """A house whose fake's switches are the test's own."""

    def build(allowed: tuple[str, ...] = (), **switches):
        return ZaloOaHouse.alone(sqlite_template, tmp_path, switches=switches, allowed=allowed)

    return build


async def verdict(house, html: str = "Kính gửi đồng chí.", row: int = 1, **more):
    return await house.channel.send(house.outgoing(html, row, **more))


def told(house, count: int) -> None:
    """So many messages were taken since the person last wrote."""
    with house.database.transaction() as session:
        dialogues.told(session, house.account_id, house.chat, count)


# -- buttons


@story
async def test_a_button_is_pressed_by_its_payload_and_leaves_no_line_of_the_persons_own(house):
    async with house.open():
        await house.sends("Có đúng không?", buttons=[[button("Đúng là tôi", "im:1a")]])
        house.user.taps("Đúng là tôi")

        assert await house.hears() == [Incoming(press=Press("im:1a"))]
    (said,) = [row.payload["message"]["text"] for row in house.kept()]
    assert said == "Đúng là tôi #im:1a"
    assert house.user.lines == []


@story
async def test_an_old_button_still_works_when_newer_messages_stand_below_it(house):
    async with house.open():
        await house.sends("Cũ", buttons=[[button("Nhận", "nk:7")]])
        await house.sends("Mới", 2)
        await house.sends("Mới hơn", 3, buttons=[[button("Xem", "xm:1")]])
        house.user.taps("Nhận")

        assert await house.hears() == [Incoming(press=Press("nk:7"))]


@story
async def test_more_than_five_buttons_come_as_pages_that_lead_on(house):
    rows = [[button(f"Lớp {number}", f"lx:{number}")] for number in range(1, 8)]
    async with house.open():
        await house.sends("Chọn lớp:", 35, buttons=rows)
        first = house.user.buttons
        house.user.taps(first[-1])
        assert await house.hears() == [Incoming(press=Press("lp:z:1"))]  # 35 and page 1, in base 36
        await house.sends("Chọn lớp:", 36, buttons=rows, page=1)

    assert first[:4] == ["Lớp 1", "Lớp 2", "Lớp 3", "Lớp 4"]
    assert house.user.buttons[:3] == ["Lớp 5", "Lớp 6", "Lớp 7"]
    assert len(first) == 5
    assert len(house.user.buttons) == 4


@story
async def test_a_list_to_pick_from_is_numbered_and_its_verbs_stay_buttons(house):
    names = [{**button(f"Học viên {n}", f"bl:{n}"), "n": n} for n in range(1, 9)]
    async with house.open():
        await house.sends("Ai cần nêu?", buttons=[[name] for name in names] + [[button("Xong", "bx")]])

    assert house.user.buttons == ["Xong"]
    assert house.user.last.text.startswith("Ai cần nêu?\n\n1. Học viên 1\n2. Học viên 2\n")
    assert "8. Học viên 8" in house.user.last.text


@story
async def test_links_open_pages_and_those_to_this_computer_are_written_out(house):
    rows = [
        [button("Đã nhận"), {"label": "Xem lịch", "url": "https://example.vn/b/x"}],
        [{"label": "Mở đây", "url": "http://127.0.0.1:8080/b/x?a=1&b=2"}],
    ]
    async with house.open():
        await house.sends("Mời đồng chí:", buttons=rows)

    assert house.user.buttons == ["Đã nhận", "Xem lịch"]
    assert house.user.taps("Xem lịch") == "https://example.vn/b/x"
    assert house.user.last.text == "Mời đồng chí:\n\nMở đây: http://127.0.0.1:8080/b/x?a=1&b=2"


@story
async def test_links_that_find_no_room_among_five_buttons_are_written_out(house):
    rows = [[button(f"Nút {n}")] for n in range(5)] + [[{"label": "Trang", "url": "https://example.vn/"}]]
    async with house.open():
        await house.sends("Chọn:", buttons=rows)

    assert len(house.user.buttons) == 5
    assert house.user.last.text == "Chọn:\n\nTrang: https://example.vn/"


@pytest.mark.parametrize(
    "typed",
    [
        "lịch học",
        "Phòng A #12",
        "#im:1",
        " #im:1",
        "a #IM:1",
        "a #im:",
        "a #im:1:",
        "a#im:1",
        "a #im:1 b",
        "hai\ndòng #im:1",
        "a #toolongkey:1",
    ],
)
def test_anything_else_typed_is_text(typed):
    event = {"event_name": "user_send_text", "sender": {"id": "7"}, "message": {"text": typed}}

    assert parse(event) == Incoming(text=typed)


@given(
    label=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=64)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
def test_whatever_a_label_is_its_button_is_pressed(label):
    out = Outgoing(1, "7", "x", buttons=[[button(label, "zz:1y2p0ij32e8e7:-1y2p0ij32e8e8")]])
    (piece,) = pieces(out)
    text = f"{piece.buttons[0]['label']} #{piece.buttons[0]['data']}"
    event = {"event_name": "user_send_text", "sender": {"id": "7"}, "message": {"text": text}}

    assert parse(event).press == Press("zz:1y2p0ij32e8e7:-1y2p0ij32e8e8")


# -- words


@story
async def test_a_long_text_is_cut_at_sentence_ends_and_the_list_and_buttons_come_last(house):
    sentence = "Đề nghị đồng chí có mặt đúng giờ và mang theo sổ tay. "
    names = [{**button(f"Học viên {n}", f"bl:{n}"), "n": n} for n in range(1, 9)]
    async with house.open():
        await house.sends(sentence * 60, buttons=[names, [button("Xong", "bx")]])

    *before, last = house.user.messages
    assert all(message.text.endswith("tay.") and len(message.text) <= LONGEST_TEXT for message in before)
    assert len(before) >= 1
    assert all(message.labels == [] for message in before)
    assert "8. Học viên 8" in last.text
    assert last.labels == ["Xong"]


@given(
    html=st.text(alphabet="ab .\n😀ế&<>", max_size=9000).map(lambda text: text.replace("<", "&lt;")),
    labels=st.lists(st.text(alphabet="abcđ ", min_size=1, max_size=64).filter(str.strip), max_size=40),
)
def test_no_piece_is_longer_than_the_platform_takes_nor_has_more_than_five_buttons(html, labels):
    rows = [[{**button(label, f"bl:{n}"), "n": n}] for n, label in enumerate(labels, 1)]
    found = pieces(Outgoing(1, "7", html, buttons=rows))

    for piece in found:
        assert len(piece.text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
        assert len(piece.buttons) <= 5
        assert piece.text
    assert all(not piece.buttons for piece in found[:-1])


# -- files


@story
async def test_an_image_is_shown_and_a_larger_one_goes_as_a_file(house):
    large = PNG + bytes(2**20)
    async with house.open():
        await house.sends("Biểu đồ:", file=RenderedFile("Biểu đồ.png", PNG))
        await house.sends("Biểu đồ:", 2, file=RenderedFile("Biểu đồ.png", large))

    images = [message.image for message in house.user.messages if message.image]
    files = [message.file for message in house.user.messages if message.file]
    assert [image.content for image in images] == [PNG]
    assert [(file.name, len(file.content)) for file in files] == [("Biểu đồ.png", len(large))]


@story
async def test_a_file_counts_as_a_message_of_its_own(house):
    async with house.open():
        found = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"BEGIN:VCALENDAR"))

    assert isinstance(found, Sent)
    assert found.parts == len(house.user.messages) == 2


@story
async def test_a_file_over_five_mebibytes_goes_as_its_link(house):
    file = RenderedFile("Danh sách.xlsx", bytes(5 * 2**20 + 1))
    async with house.open():
        await house.sends("Danh sách:", file=file, link="https://example.vn/tep/a?b=1&c=2")

    assert house.user.last.text == "Danh sách:\nTệp Danh sách.xlsx: https://example.vn/tep/a?b=1&c=2"
    assert house.fake.called("upload/file") == []


@story
async def test_a_kind_of_file_the_platform_does_not_take_goes_as_its_link(opened):
    file = RenderedFile("Danh sách.xlsx", b"PK")
    with opened(file_kinds=frozenset({"pdf"})) as house:
        async with house.open():
            await house.sends("Danh sách:", file=file, link="https://example.vn/tep/a")
            without = await verdict(house, "Danh sách:", 2, file=file)

        told = "Danh sách:\nTệp Danh sách.xlsx: https://example.vn/tep/a"
        assert [message.text for message in house.user.messages] == [told]
        assert isinstance(without, Impossible)


@story
async def test_a_file_sent_as_its_link_goes_on_as_that_where_it_broke(opened):
    file, link = RenderedFile("Danh sách.xlsx", b"PK"), "https://example.vn/tep/a"
    words = "\n".join(f"Dòng {number}: {'x' * 1900}" for number in range(3))
    with opened(file_kinds=frozenset({"pdf"})) as house:
        async with house.open():
            house.user.told_free = 7
            first = await verdict(house, words, file=file, link=link)
            house.user.told_free = 0
            assert isinstance(await verdict(house, words, file=file, link=link), Sent)

        assert first == Held("window", DAY)
        told = "\n".join(message.text for message in house.user.messages)
        assert told == f"{words}\nTệp Danh sách.xlsx: {link}"
        assert len(house.fake.called("upload/file")) == 1


@story
async def test_words_that_are_refused_after_their_file_are_not_taken_for_a_refused_file(house):
    async with house.open():
        house.fake.answer_next("message/cs", json.dumps({"error": 0, "data": {"message_id": "m"}}))
        house.fake.fail_next("message/cs", -201, "Invalid params")
        found = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"A"), link="https://example.vn/a")

    assert isinstance(found, Impossible)
    assert house.user.messages == []


@story
async def test_a_second_try_goes_on_where_the_first_broke(house):
    async with house.open():
        house.fake.fail_next("message/cs", -100, "Unknown error")
        first = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"A"))
        house.fake.bad_gateway("message/cs")
        again = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"A"))
        house.fake.answer_next("message/cs", json.dumps({"error": 0, "data": {"message_id": "m"}}))
        last = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"A"))

    assert isinstance(first, Later)
    assert isinstance(again, AccountDown)
    assert isinstance(last, Sent)
    assert [message.text for message in house.user.messages] == ["Lịch:"]  # the file's answer was made up


# -- the window


@story
async def test_the_eight_messages_of_48_hours_are_never_overstepped(house):
    async with house.open():
        for number in range(1, 9):
            assert isinstance(await verdict(house, row=number), Sent)
            told(house, 1)
        held = await verdict(house, row=9)

    assert held == Held("window", DAY)
    assert len(house.fake.called("message/cs")) == 8  # nobody had to refuse


@story
async def test_after_48_hours_a_message_waits_for_the_persons_next_one(house):
    async with house.open():
        house.passes(hours=47, minutes=59)
        assert isinstance(await verdict(house), Sent)
        house.passes(minutes=1)
        assert await verdict(house, row=2) == Held("window", DAY)
        house.user.says("Tôi đây")
        await house.hears()
        house.hears_from(house.user)  # its turn
        assert isinstance(await verdict(house, row=2), Sent)

    assert len(house.fake.called("message/cs")) == 2


@story
async def test_a_chat_that_never_wrote_waits(house):
    stranger = house.fake.user("Người lạ")
    async with house.open():
        assert await house.channel.send(Outgoing(1, stranger.id, "Chào")) == Held("window", DAY)

    assert house.fake.called("message/cs") == []


@story
async def test_a_message_of_two_parts_is_not_begun_where_only_one_may_go(house):
    told(house, 7)
    async with house.open():
        found = await verdict(house, "Lịch:", file=RenderedFile(SCHEDULE, b"A"))

    assert found == Held("window", DAY)
    assert house.user.messages == []


@story
async def test_a_message_of_more_parts_than_eight_begins_with_an_open_window_and_goes_on_with_the_next(house):
    long = "\n".join(f"Dòng {number}: {'x' * 1990}" for number in range(10))
    async with house.open():
        assert await verdict(house, long) == Held("window", DAY)
        assert len(house.user.messages) == 8
        house.user.says("Xin tiếp")
        house.hears_from(house.user)
        assert isinstance(await verdict(house, long), Sent)

    assert "\n".join(message.text for message in house.user.messages) == long


@pytest.mark.parametrize("error", [-230, -213])
@story
async def test_the_platforms_word_on_the_window_counts_whatever_we_thought(opened, error):
    with opened(window_error=error) as house:
        house.user.heard_at -= timedelta(days=3)
        async with house.open():
            assert await verdict(house) == Held("window", DAY)


@story
async def test_nothing_is_sent_that_would_be_paid_for(opened):
    with opened(pays=True) as house:
        async with house.open():
            house.passes(hours=50)
            assert await verdict(house) == Held("window", DAY)

        assert house.fake.paid == []


# -- templates


@story
async def test_outside_the_window_an_approved_template_goes_where_there_is_one(house):
    house.passes(hours=50)
    async with house.open():
        found = await verdict(house, row=35, brief=BRIEF)

    assert found == Sent("template:302259")
    assert house.user.last.text == "class_name: NTD-01\nname: Nguyễn Văn An\ntime: 7 giờ 30"
    assert house.fake.called("message/template")[0]["tracking_id"] == "35"
    assert house.fake.called("message/cs") == []


@story
async def test_a_template_goes_too_where_the_platform_closed_the_window_before_us(house):
    house.user.heard_at -= timedelta(days=3)
    async with house.open():
        assert await verdict(house, brief=BRIEF) == Sent("template:302259")


@story
async def test_inside_the_window_the_message_itself_goes(house):
    async with house.open():
        await house.sends("Kính gửi", brief=BRIEF)

    assert house.user.last.template == ""


@pytest.mark.parametrize(
    "brief", [{}, {"kind": "change", "ten": "An"}, {**BRIEF, "gio": ""}, {"kind": "notice", "ten": "An"}]
)
@story
async def test_without_a_template_that_can_be_filled_it_waits(house, brief):
    house.passes(hours=50)
    async with house.open():
        assert await verdict(house, brief=brief) == Held("window", DAY)

    assert house.fake.called("message/template") == []


@pytest.mark.parametrize("code", [-109, -112, -114, -118, -115, -321])
@story
async def test_a_template_that_is_refused_lets_the_message_wait_and_is_logged(house, caplog, code):
    house.passes(hours=50)
    async with house.open():
        house.fake.fail_next("message/template", code, "no")
        with caplog.at_level(logging.ERROR, "caunoi"):
            assert await verdict(house, brief=BRIEF) == Held("window", DAY)

    assert "template refused" in caplog.text


@story
async def test_the_template_service_away_pauses_the_account(house):
    house.passes(hours=50)
    async with house.open():
        house.fake.bad_gateway("message/template")
        assert isinstance(await verdict(house, brief=BRIEF), AccountDown)
        assert await verdict(house, brief=BRIEF) == Sent("template:302259")


# -- every refusal, by status and body

TABLE = [
    (-230, 200, Held("window", DAY)),
    (-213, 200, Held("window", DAY)),
    (-232, 200, Held("window", DAY)),
    (-211, 200, Held("quota", 3600)),
    (-217, 200, Unreachable),
    (-227, 200, Unreachable),
    (-244, 200, Unreachable),
    (-201, 200, Impossible),
    (-210, 200, Impossible),
    (-233, 400, Impossible),
    (-248, 403, Impossible),
    (-209, 200, AccountDown),
    (-221, 200, AccountDown),
    (-224, 403, AccountDown),
    (-320, 200, AccountDown),
    (-1, 200, Later),
    (-100, 200, Later),
    (-100, 500, Later),
    (-200, 200, Later),
    (-98765, 200, Later),
]


@pytest.mark.parametrize(("code", "status", "expected"), TABLE)
@story
async def test_each_refusal_has_its_verdict(house, code, status, expected):
    async with house.open():
        house.fake.fail_next("message/cs", code, "the platform's words", status=status)
        found = await verdict(house)

    if isinstance(expected, Held):
        assert found == expected
    else:
        assert isinstance(found, expected), found
        assert str(code) in found.reason
        assert "the platform's words" in found.reason


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "<html>Trang này bị chặn</html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"error": "x"}'),
        (200, '{"error": null}'),
        (403, "<html>Trang này bị chặn</html>"),
        (404, '{"message": "Empty api"}'),
        (500, "{}"),
        (503, '{"error": 0, "message": "Success"}'),
    ],
)
@story
async def test_what_is_no_answer_of_the_platforms_pauses_the_account(house, status, body):
    async with house.open():
        house.fake.answer_next("message/cs", body, status=status)
        assert isinstance(await verdict(house), AccountDown)
        assert isinstance(await verdict(house), Sent)


@pytest.mark.parametrize("status", [429])
@story
async def test_too_many_in_a_second_slow_the_account(opened, status):
    with opened() as house:
        async with house.open():
            house.fake.fail_next("message/cs", -32, "Your application reached limit call api")
            assert await verdict(house) == Later(
                1.0, "-32 Your application reached limit call api", too_fast=True
            )
            house.fake.answer_next("message/cs", "slow down", status=status)
            found = await verdict(house)
            assert (type(found), found.too_fast) == (Later, True)
            assert isinstance(await verdict(house), Sent)


@story
async def test_a_user_the_account_does_not_have_is_unreachable(house):
    with house.database.transaction() as session:
        row = dialogues.dialogue_id(session, house.account_id, "777")
        dialogues.heard(session, row, house.clock.now())
    async with house.open():
        assert isinstance(await house.channel.send(Outgoing(1, "777", "Chào")), Unreachable)


@pytest.mark.parametrize("carried_out", [False, True])
@story
async def test_a_cut_connection_pauses_the_account(house, carried_out):
    async with house.open():
        house.fake.drop_connections(1, "message/cs", carried_out=carried_out)
        found = await verdict(house)

    assert found == AccountDown("RemoteProtocolError", wire.FIRST_PAUSE)


@story
async def test_a_network_that_is_down_pauses_the_account(house):
    house.channel.connections.api = "http://127.0.0.1:1"
    async with house.open():
        assert await verdict(house) == AccountDown("ConnectError", wire.FIRST_PAUSE)


@story
async def test_a_fault_of_ours_holds_this_message_only(house, monkeypatch):
    def broken(_message):
        raise KeyError("label")

    monkeypatch.setattr("bot.channels.zalo_oa.send.pieces", broken)
    async with house.open():
        assert isinstance(await verdict(house), Later)


# -- tokens in what is sent and said


@story
async def test_no_token_is_in_an_address_an_error_or_a_log(house, caplog):
    with caplog.at_level(logging.DEBUG):
        async with house.open():
            house.fake.fail_next("message/cs", -201, "no")
            found = await verdict(house)
            await house.sends("Chào", 2)
            house.fake.revoke()
            down = await verdict(house, row=3)
            await asyncio.sleep(0)

    said = caplog.text + repr(found) + repr(down) + repr(house.pair) + repr(house.channel.tokens.pair)
    for secret in (house.fake.access_token, house.fake.refresh_token, KEY):
        assert secret not in said
    assert house.fake.violations == []


@story
async def test_the_account_learns_its_name_at_the_start(house):
    async with house.open():
        pass

    assert house.account.username == house.fake.name
    assert house.channel.webhook.oa_id == house.fake.oa_id


@pytest.mark.parametrize(
    "fault",
    [
        lambda fake: fake.revoke(),
        lambda fake: fake.bad_gateway("getoa"),
        lambda fake: fake.fail_next("getoa", -209, "not for this application"),
        lambda fake: fake.drop_connections(1, "getoa"),
    ],
)
@story
async def test_a_start_that_is_refused_stops_nothing(house, monkeypatch, fault):
    monkeypatch.setattr("bot.channels.zalo_oa.tokens.refresh.start", _no_child)
    fault(house.fake)
    async with house.open():
        house.user.says("vẫn nghe")
        assert await house.hears() == [Incoming(text="vẫn nghe")]


def _no_child(*_args):
    import subprocess
    import sys

    return subprocess.Popen([sys.executable, "-c", ""])


@story
async def test_an_event_for_another_account_of_the_application_is_not_kept(house):
    async with house.open():
        event = {
            "event_name": "user_send_text", "app_id": house.fake.app_id, "sender": {"id": "55"},
            "recipient": {"id": "999"}, "message": {"text": "a", "msg_id": "m1"}, "timestamp": "1764000000000",
        }  # fmt: skip
        house.fake.push(event)
        house.user.says("b")
        assert await house.hears() == [Incoming(text="b")]
