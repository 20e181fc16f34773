"""Where staff hand in a list: in the chat, or by the page of a chat that takes no files."""

from datetime import timedelta

import pytest

from handlers.engine.desk import UPLOAD, PageLink
from storage.messaging.accounts import Abilities
from storage.messaging.dialogues import dialogue_id
from tests.houses.dialogue import Stage

BARE = Abilities(buttons=0, edits=False, phone=False, files_in=False, largest_file=0)


@pytest.fixture
def bare(database):
    """A messenger without files and without buttons."""
    return Stage(database, abilities=BARE)


def link_in(player) -> str:
    (link,) = [button["url"] for button in player.last.buttons if "url" in button]
    return link


@pytest.mark.parametrize("said", ["/nhap", "nhập danh sách", "NHAP TEP EXCEL"])
def test_where_files_come_by_the_chat_they_are_asked_for_there(stage, said):
    stage.registrar.says(said).sees(
        "gửi tệp Excel vào đây", "chưa có gì được ghi cho đến khi đồng chí xác nhận"
    )
    assert stage.registrar.last.labels == ["Danh mục"]


def test_it_stands_in_the_menu_of_staff_and_of_nobody_else(stage):
    def entries(player) -> list[str]:
        parts = player.says("/menu").last.labels
        return player.taps("Trung tâm").last.labels if "Trung tâm" in parts else parts

    assert entries(stage.registrar).count("Nhập danh sách") == 1
    assert entries(stage.director).count("Nhập danh sách") == 1
    for player in (stage.head, stage.learner, stage.lecturer):
        assert "Nhập danh sách" not in entries(player)


@pytest.mark.parametrize("who", ["head", "learner", "lecturer"])
def test_whoever_is_no_staff_gets_no_page(bare, who):
    player = getattr(bare, who)
    player.says("/nhap").sees("Việc này do người khác")
    player.delivers(other=True).sees("chưa đọc được tệp")
    assert "/u/" not in "".join(seen.html + repr(seen.buttons) for seen in player.messages())


def test_a_stranger_gets_no_page(bare):
    stranger = bare.stranger().says("/nhap")
    stranger.delivers(other=True)
    assert "/u/" not in repr(stranger.messages())


def test_where_files_do_not_come_by_the_chat_a_page_of_this_chat_takes_them(bare):
    registrar = bare.registrar.says("/nhap").sees("không nhận tệp", "9 giờ, thứ Ba, 17/11")
    link = link_in(registrar)
    assert link.startswith("http://127.0.0.1:8080/u/")
    with bare.database.transaction() as session:
        number = dialogue_id(session, bare.account.id, registrar.chat)
    read = bare.links.read(UPLOAD, link.rpartition("/")[2])
    assert read == PageLink(number, bare.time + timedelta(days=1))


def test_a_file_the_messenger_does_not_bring_is_answered_with_the_page(bare):
    registrar = bare.registrar.delivers(other=True)
    registrar.sees("chưa đọc được tệp", "Nếu đó là danh sách Excel", "Mở trang gửi tệp")
    assert "/u/" in link_in(registrar)


def test_while_something_is_asked_the_page_stands_beside_the_question(bare):
    registrar = bare.registrar
    registrar.types("/thongbao").types("1")
    with bare.database.transaction() as session:
        from storage.messaging.dialogues import dialogue, keep

        row = session.execute(dialogue.select().where(dialogue.c.chat == registrar.chat)).one()
        keep(session, row.id, state={"step": "nothing", "version": 1, "takes": "text", "args": {}})
    registrar.delivers(other=True).sees("Đề nghị đồng chí trả lời bằng chữ.", "Hủy", "Mở trang gửi tệp")


def test_a_sticker_where_files_come_by_the_chat_brings_no_page(stage):
    registrar = stage.registrar.delivers(other=True).sees("chưa đọc được nhãn dán")
    assert not any("url" in button for button in registrar.last.buttons)


def test_without_an_address_the_way_is_the_centres_computer(database):
    registrar = (
        Stage(database, abilities=BARE, base="").registrar.says("/nhap").sees("đồng chí phụ trách kỹ thuật")
    )
    assert not any("url" in button for button in registrar.last.buttons)
