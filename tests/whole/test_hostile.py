"""Hostile and unlucky input: markup, formulas, endless texts, huge ids, broken files, crowds."""

import os
import unicodedata
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text, bindparam, insert, select, text
from sqlmodel import Session
from sqlmodel import select as choose

from bot.channels.telegram.updates import parse as parse_telegram
from handlers import table
from handlers.engine.messages import Button, Incoming
from handlers.engine.pictures import Picture
from handlers.reports.board.actions import open_period
from locales import Language
from storage.admin.tables import metadata
from storage.base.columns import Encrypted, Instant
from storage.base.text import fold, sort_text
from storage.courses.courses import Attendance, ClassType, CourseClass, CourseSession, Enrolment, Mark
from storage.joining.invites import Invitee, issue
from storage.messaging import inbox, outbox
from storage.people.people import Centre, Grant, Organisation, Person, Role
from storage.reports.reports import ConductEntry, ReportPeriod
from storage.spreadsheets import reading
from tests.casts import workbooks
from tests.casts.centre import Cast, _add, add_report, at, person
from tests.casts.gates import ask_for_remarks, report_back
from tests.casts.letters import printed
from tests.casts.reports import request_of
from tests.houses.dialogue import START, Player, Stage
from tests.whole.test_random import fits_a_messenger

ODD = """=1+1 <b>Đậm</b> &amp; {name} {0} 100% %s "kép" 'đơn' \\ <script>alert(1)</script>"""
DECOMPOSED = unicodedata.normalize("NFD", "Nguyễn Thị Ánh Tuyết")
LONG = "Nguyễn Thị Minh Hạnh Phương Thảo Uyên Vy Xuân Yến, phường An Hòa " * 3  # 195 characters
ENDLESS = "Chữ " * 1250  # 5,000 characters
BIG = 2**63 - 10**6
MOST_PAGES = 3
LEFT_ALONE = ("mz", "mk", "sl")  # what a walk does not press: unlinking, asking for deletion, English


# --- walking everywhere ---

_o = outbox.outbox.c  # put together once: asked after every word
NEWS = select(outbox.outbox).where(_o.chat == bindparam("chat"), _o.id > bindparam("newest")).order_by(_o.id)


def crawl(player: Player, most: int = 60, *, commands: tuple[str, ...] = ()) -> list[str]:
    """Say every command and press every new button that comes, as far as `most` presses; each answer is checked.

    Returns what the person has read.
    """
    stage, pressed, waiting = player.stage, set(), []
    waits = [f"/{name}" for name in table().commands if name != "start"]
    newest, read = 0, []
    for words in [*waits, *commands]:
        newest = _take_in(stage, player, {"text": words}, newest, waiting, read)
    while waiting and len(pressed) < most:
        data, card = waiting.pop(0)
        if data not in pressed and data.partition(":")[0] not in LEFT_ALONE:
            pressed.add(data)
            newest = _take_in(stage, player, {"press": data, "message_id": card}, newest, waiting, read)
    return read


def _take_in(stage: Stage, player: Player, said: dict, newest: int, waiting: list, read: list) -> int:
    """Say it, look at every message that came, and keep its buttons for later. The newest message's id."""
    stage.delivers(said, player.chat)
    before = newest
    with stage.database.reading() as session:
        for row in session.execute(NEWS, {"chat": player.chat, "newest": newest}).all():
            fits_a_messenger(stage, session, row)
            newest = row.id
            read.append(row.message["html"])
            buttons = [button for line in row.message["buttons"] for button in line]
            waiting += [(button["data"], str(row.id)) for button in buttons if "data" in button]
            read += [button["label"] for button in buttons]
    assert newest > before, f"no answer to {said}"
    return newest


def everybody(stage: Stage) -> list[Player]:
    cast = stage.cast
    return [
        stage.player(one)
        for one in (cast.head, cast.registrar, cast.learners[0], cast.lecturer, cast.other_head)
    ]


def papers(stage: Stage) -> dict[str, bytes]:
    """Every file that was promised in any chat, rendered; the last of each kind."""
    with stage.database.reading() as session:
        messages = session.execute(select(outbox.outbox.c.message)).scalars()
        promised = [message["document"] for message in messages if message["document"]]
        different = {repr(document): document for document in promised}.values()
        return {one["key"]: _rendered(stage, session, one) for one in different}


def _rendered(stage: Stage, session: Session, document: dict) -> bytes:
    run = stage.table.papers[document["key"]].run
    return run(stage.desk(session), Language("vi"), **document["ids"])


def dress(stage: Stage, words: str) -> None:
    """Put the words into everything a centre types: names, units, classes, places, notes."""
    with stage.database.transaction() as session:
        for row in session.exec(choose(Person)):
            row.name, row.folded, row.sort_text = f"{words} {row.id}", fold(words), sort_text(words)
            row.position = words
        for row in session.exec(choose(Organisation)):
            row.name, row.folded = f"{words} {row.id}", fold(f"{words} {row.id}")
        for row in session.exec(choose(CourseClass)):
            row.name = row.place = row.bring = row.cohort = words
        for row in session.exec(choose(CourseSession)):
            row.topic = row.room = row.lecturer_name = row.note = words
        for row in session.exec(choose(Mark)):
            row.component = f"{words} {row.id}"
        for row in session.exec(choose(ClassType)):
            row.name = words
        for row in session.exec(choose(Centre)):
            row.name = row.phone = row.place = words


def reports_with_a_note(stage: Stage, note: str) -> None:
    """The head mentions a learner with a note and sends the report."""
    head = stage.head
    head.says("/baocao").taps("Có học viên")
    head.taps(head.last.labels[0]).taps("Xong").taps("Đạo đức").says(note[:900]).taps("Gửi")
    assert "Trung tâm đã nhận" in head.last.text


def announces(stage: Stage) -> None:
    """The registrar sends the opening notice, and a learner cannot come for a reason."""
    registrar, learner = stage.registrar, stage.learner
    registrar.says("/thongbao BD-02").taps("Khai giảng").taps("Gửi")
    stage.ticks()
    learner.taps("Tôi không dự được").says(ODD)


def decides(stage: Stage) -> None:
    """The director has the letter about a missing report to print."""
    with stage.database.transaction() as session:
        request_of(session, stage.cast.other_report).director_asked_at = stage.time
    stage.director.says("/menu").presses("ru").taps(stage.director.last.labels[0])
    stage.director.taps("Gửi cấp trên").taps("Tệp để in")


def looks_at_the_board(stage: Stage) -> None:
    """The registrar has every file and picture of the board made: they lie deeper than the walk goes."""
    cast, actions = stage.cast, table().actions
    ids = {"course": cast.running, "unit": cast.unit, "period": cast.period, "page": 0}
    for key in ("be", "oc", "oi", "oj", "ol", "op", "ox", "oy", "oz", "qa", "qb", "qc"):
        stage.registrar.presses(actions[key].data(ids))
        assert len(stage.registrar.last.text) <= 4096


def is_told_and_tells(stage: Stage, words: str) -> None:
    """The centre reports back and is asked to look again; the unit's remarks are asked for, and hold such words."""
    report_back(stage, stage.cast, words)
    ask_for_remarks(stage, stage.cast)
    stage.head.says("/phanhoi").taps(stage.head.last.labels[0]).taps("Tệp Excel")
    stage.head.says("/nhanxet").taps("Xem danh sách").taps(stage.head.last.labels[0])
    stage.head.taps("Không đủ điều kiện").says(words[:500]).taps("Tất cả đủ điều kiện")
    for _field in range(4):
        stage.head.taps("Nhận xét khác").says(words[:500])
    stage.head.taps("Xác nhận và gửi")
    stage.registrar.says("/dieukien").taps(stage.registrar.last.labels[0]).taps("Tệp Excel")


@pytest.mark.parametrize(  # what stands in a message is the same on both: each walks everywhere once
    ("database_url", "words"),
    [("sqlite", ODD), ("postgresql", LONG)],
    ids=["sqlite-markup", "postgresql-long"],
    indirect=["database_url"],
)
def test_whatever_names_and_notes_say_stands_as_it_was_written_everywhere(stage, words):
    """No markup of theirs counts, no brace is a field, no label or message gets too long, no file runs anything."""
    dress(stage, words)
    everybody(stage)
    reports_with_a_note(stage, words)
    announces(stage)
    decides(stage)
    is_told_and_tells(stage, words)
    read = [line for player in everybody(stage) for line in crawl(player)]
    for course in (stage.cast.running, stage.cast.opening):
        stage.learner.presses(table().actions["li"].data({"course": course}))
        stage.learner.presses(table().actions["lx"].data({"course": course, "first": 0}))
    looks_at_the_board(stage)

    if words is ODD:
        html = "\n".join(read)
        assert "&lt;b&gt;Đậm&lt;/b&gt; &amp;amp; {name} {0} 100% %s" in html  # literally, where text is HTML
        assert any("<b>Đậm</b> &amp; {name} {0} 100%" in line for line in read)  # literally, on a label
    found = papers(stage)
    assert set(found) == set(table().papers)
    for key, content in found.items():
        if key == "ics":
            harmless_calendar(content)
        elif key == "receipt_qr":
            assert content.startswith(b"\x89PNG")
        elif key == "superior_letter":
            assert f"báo cáo nền nếp tháng 11 (01–30/11), lớp {words} của " in "\n".join(printed(content))
        elif isinstance(content, Picture):
            assert content.rows, key  # drawn as it stands: see test_board_picture.py
        else:
            harmless_workbook(content)


def harmless_workbook(content: bytes) -> None:
    workbook = load_workbook(BytesIO(content))
    cells = [
        cell for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]
    assert cells
    for cell in cells:
        assert cell.data_type != "f", cell.value
        if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
            assert cell.quotePrefix, cell.value


def harmless_calendar(content: bytes) -> None:
    """Lines as the format has them: nothing that was typed begins a line of its own."""
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    unfolded = content.replace(b"\r\n ", b"").decode().split("\r\n")
    allowed = {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "UID", "DTSTAMP", "DTSTART", "DTEND",
        "SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION", "",
    }  # fmt: skip
    assert {line.partition(":")[0].partition(";")[0] for line in unfolded} <= allowed
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT")
    assert "ATTACH:x" not in unfolded


def test_a_topic_with_line_breaks_adds_no_line_to_the_calendar(stage):
    with stage.database.transaction() as session:
        for row in session.exec(choose(CourseSession)):
            row.topic = "Chuyên đề\r\nEND:VEVENT\r\nATTACH:x\nATTACH:x\rATTACH:x\u2028ATTACH:x\x85ATTACH:x\x0bATTACH:x"
            row.note = row.room = row.lecturer_name = row.topic
    stage.learner.says("/lich").taps("Lưu vào điện thoại")

    harmless_calendar(stage.learner.file()[1])


# --- endless texts ---


def test_an_endless_code_is_no_code_and_the_right_one_still_works(stage):
    stranger = stage.stranger()
    stranger.says("/ma").sees("ABCD-2345").says(ENDLESS).sees("chưa tìm thấy mã này", "Nhập mã")
    stranger.taps("Nhập mã").says(f"<b>{a_code(stage)}</b>").sees("chưa tìm thấy mã này")
    stranger.taps("Nhập mã").says(a_code(stage)).sees("Phạm Thị Cúc")


def a_code(stage: Stage) -> str:
    with stage.database.transaction() as session:
        row = session.get(Person, stage.cast.learners[3])
        return issue(session, stage.database.keyring, [Invitee(row, ("learner",), "")], stage.time)[0]


def test_an_endless_year_of_birth_is_asked_again(stage):
    with stage.database.reading() as session:
        phone = session.get(Person, stage.cast.learners[3]).phone
        year = session.get(Person, stage.cast.learners[3]).birth_date.year
    stranger = stage.stranger().shares_phone(phone)
    for nonsense in (ENDLESS, "1" * 5000, " ", "\u200f", "<b>85</b>"):
        stranger.says(nonsense).sees("năm sinh")
    stranger.says(f"sinh năm {year}").sees("Phạm Thị Cúc")


def test_an_endless_introduction_is_asked_again(stage):
    registrar, stranger = stage.registrar, stage.stranger()
    stranger.starts().taps("Đề nghị cấp mã").says(ENDLESS).sees("4.999 ký tự", "200")
    stage.passes(days=1)
    assert "Chữ Chữ" not in "\n".join(message.text for message in registrar.messages())
    stranger.says("Lê Thị Lan, Trường THCS Lê Lợi").sees("Cảm ơn đồng chí")


def test_an_endless_note_is_not_saved_and_asked_again(stage):
    head = stage.head
    head.says("/baocao").taps("Có học viên").taps("Phạm Thị Cúc").taps("Xong").taps("Đạo đức")
    for misfit, told in (
        (ENDLESS, "4.999 ký tự"),
        ("\u200f \n", "chưa có chữ nào"),
        ("x" * 1001, "1.001 ký tự"),
    ):
        head.says(misfit).sees(told, "nhắn ghi chú")
    head.says("Vắng họp <b>chi bộ</b>").sees("Vắng họp <b>chi bộ</b>", "CHƯA gửi")


@pytest.mark.parametrize("field", ["Địa điểm", "Mang theo", "Nội dung bổ sung", "Liên hệ"])
def test_an_endless_field_of_a_notice_is_asked_again(stage, field):
    registrar = stage.registrar
    registrar.says("/thongbao BD-02").taps("Khai giảng").taps("Sửa")
    label = next(label for label in registrar.last.labels if fold(field)[:4] in fold(label))
    registrar.taps(label)
    for misfit in (ENDLESS, "x" * 501):
        registrar.says(misfit).sees("nhiều nhất được 500")
    registrar.says("\u200b").sees("Đề nghị đồng chí nhắn").says("Phòng <i>A1</i>").sees(
        "Phòng <i>A1</i>", "Nội dung gửi đồng chí"
    )


def test_an_endless_reason_is_asked_again(stage):
    stage.registrar.says("/thongbao BD-02").taps("Khai giảng").taps("Gửi")
    learner = stage.learner
    stage.ticks()
    learner.taps("Tôi không dự được")
    for misfit in (ENDLESS, "x" * 201, "\u200b"):
        learner.says(misfit).sees("200")
    learner.says("Đi công tác & <b>họp</b>").sees("Cảm ơn đồng chí")
    stage.passes(days=1)
    assert "Đi công tác & <b>họp</b>" in "\n".join(message.text for message in stage.registrar.messages())


def test_an_endless_request_for_correction_is_asked_again_and_not_cut(stage):
    learner = stage.learner
    stage.registrar.reads()
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa")
    learner.says(ENDLESS).sees("ký tự", "1.000")
    learner.says("\u200b").sees("Đề nghị")
    learner.says("Ngày sinh là <b>02/03/1985</b>").sees("Trung tâm trả lời")
    stage.passes(days=1)
    told = "\n".join(message.text for message in stage.registrar.messages())
    assert "Ngày sinh là <b>02/03/1985</b>" in told
    assert "Chữ Chữ" not in told


# --- names ---


@pytest.mark.differs
def test_decomposed_names_are_found_and_shown_composed(stage):
    row = (
        1,
        DECOMPOSED,
        date(1990, 5, 12),
        None,
        unicodedata.normalize("NFD", "Trường THCS Lê Lợi"),
        None,
        None,
    )
    registrar = stage.registrar
    registrar.sends_file(unicodedata.normalize("NFD", "lớp BD-03.xlsx"), workbooks.roster([row]))
    if any(label.startswith("BD-03") for label in registrar.last.labels):
        registrar.taps("BD-03")
    registrar.taps("Nhập").sees("Đã nhập")
    for asked in ("/ketqua anh tuyet", f"/ketqua {DECOMPOSED}", "/ketqua Ánh Tuyết"):
        registrar.says(asked).sees("Nguyễn Thị Ánh Tuyết")
        assert unicodedata.is_normalized("NFC", registrar.last.text)


def test_homonyms_are_told_apart_wherever_they_are_listed(stage):
    with stage.database.transaction() as session:
        for number in (3, 4):
            twin = session.get(Person, stage.cast.learners[number])
            twin.name, twin.folded, twin.sort_text = "Đỗ Văn Hai", fold("Đỗ Văn Hai"), sort_text("Đỗ Văn Hai")
    head = stage.head
    head.says("/baocao").taps("Có học viên")
    twins = [label for label in head.last.labels if "Đỗ Văn Hai" in label]
    assert len(set(twins)) == 2
    for label in twins:
        head.taps(label)
    head.taps("Xong").sees(twins[0][-11:-1])
    head.taps("Tác phong").sees(twins[1][-11:-1]).taps("Tác phong").sees(*twins).taps("Gửi")
    head.says("/ketqua Hai")
    births = {label[len("Đỗ Văn Hai (") :][:10] for label in head.last.labels if "Đỗ Văn Hai" in label}
    assert births == {label[-11:-1] for label in twins}


def test_a_long_label_is_one_line_cut_in_its_middle():
    """Given names, dates of birth and what is mentioned stand at the end of a name's label."""
    label = f"[x] {LONG}\nĐỗ Văn Hai (10/06/1985): đi muộn 2 buổi"

    shown = Button(label, table().actions["mn"]).label
    assert len(shown) == 64
    assert shown.startswith("[x] Nguyễn Thị Minh Hạnh")
    assert shown.endswith("(10/06/1985): đi muộn 2 buổi")


# --- ids of 64 bits ---


@pytest.fixture
def far_stage(database) -> Stage:
    """The cast in a database whose next ids are near the end of 64 bits."""
    _raise_ids(database)
    stage = Stage(
        database, start=START + timedelta(minutes=1)
    )  # a cast of its own: others keep their small ids
    _sweep(database)
    return stage


def _numbered() -> list:
    """The tables whose rows are counted on with 64 bits."""
    return [one for one in metadata.sorted_tables if "id" in one.c and isinstance(one.c.id.type, BigInteger)]


def _raise_ids(database) -> None:
    if not database.is_sqlite:
        with database.transaction() as session:
            for one in _numbered():
                name = session.execute(
                    text(f"SELECT pg_get_serial_sequence('\"{one.name}\"', 'id')")
                ).scalar()
                session.execute(text(f"SELECT setval('{name}', {BIG})"))
        return
    with database.writer.connect() as connection:
        _foreign_keys(connection, "OFF")
        for one in _numbered():  # SQLite counts on from the greatest row there is
            connection.execute(insert(one).values({column.name: _filler(column) for column in one.columns}))
        connection.commit()


def _filler(column) -> object:
    if column.name == "id":
        return BIG
    if isinstance(column.type, Instant):
        return START
    if isinstance(column.type, String | Text | Encrypted):
        return "?"
    if column.nullable:
        return None
    if isinstance(column.type, LargeBinary):
        return b"?"
    kind = column.type.python_type if not isinstance(column.type, Integer) else int
    return {int: -1, bool: False, date: date(1900, 1, 1), dict: {}}.get(kind, -1)


def _sweep(database) -> None:
    """The fillers go where real rows have come."""
    if not database.is_sqlite:
        return
    with database.writer.connect() as connection:
        _foreign_keys(connection, "OFF")
        for one in _numbered():
            if connection.execute(text(f'SELECT max(id) FROM "{one.name}"')).scalar() > BIG:
                connection.execute(text(f'DELETE FROM "{one.name}" WHERE id = {BIG}'))
        connection.commit()
        _foreign_keys(connection, "ON")


def _foreign_keys(connection, how: str) -> None:
    """SQLite listens to this between transactions only, so it goes past the engine, which would begin one."""
    connection.connection.dbapi_connection.execute(f"PRAGMA foreign_keys = {how}")


@pytest.mark.differs
def test_real_buttons_carry_ids_of_64_bits(far_stage):
    stage = far_stage
    assert min(stage.cast.report, stage.cast.running, stage.cast.learners[0]) > BIG
    reports_with_a_note(stage, "Ghi chú")
    announces(stage)
    roster = workbooks.roster([(1, "Đào Thị Mới", "01/02/1990", None, "Trường THCS Lê Lợi", None, None)])
    stage.registrar.sends_file("x.xlsx", roster)
    for player in everybody(stage):
        crawl(player, 40)
    stage.passes(days=20)

    with stage.database.reading() as session:
        assert (
            session.execute(
                text("SELECT count(*) FROM inbox WHERE state != 'done' AND id != :id"), {"id": BIG}
            ).scalar()
            == 0
        )
        assert (
            session.execute(text("SELECT min(id) FROM delivery WHERE id != :id"), {"id": BIG}).scalar() > BIG
        )
        messages = session.execute(select(outbox.outbox.c.message).where(outbox.outbox.c.id > BIG)).scalars()
        sizes = [
            len(b["data"].encode()) for m in messages for line in m["buttons"] for b in line if "data" in b
        ]
    assert 40 < max(sizes) <= 64


# --- files ---


BROKEN = {
    "nothing": b"",
    "zeros": bytes(1000),
    "an empty workbook": workbooks.book([]),
    "half a workbook": workbooks.roster()[:3000],
    "no zip": b"PK\x03\x04" + b"\xff" * 500,
    "a zip of nothing": workbooks.zipped({}),
    "a zip of something": workbooks.zipped({"a.txt": b"a"}),
    "a page": b"<html><table><tr><td>Ho va ten</td></tr></table></html>",
    "a list": "Họ và tên;Ngày sinh\nAn;1990".encode(),
    "an old file": workbooks.ole("Workbook"),
    "a locked file": workbooks.ole("EncryptedPackage"),
    "entities": workbooks.with_part(
        workbooks.roster(), workbooks.SHEET_1, b"<sheetData>", b"<sheetData>&lol;"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_workbook_is_declined_with_what_to_do(stage, what):
    registrar = stage.registrar
    before = _people(stage)
    registrar.sends_file("danh-sach.xlsx", BROKEN[what])
    assert registrar.news()
    assert not registrar.last.labels or "Nhập" not in registrar.last.labels
    for kind in reading.KINDS:
        assert reading.read(kind, BROKEN[what], today=date(2026, 11, 20)).problems
    registrar.says("/menu").sees("Mời đồng chí")
    assert _people(stage) == before


def _people(stage: Stage) -> int:
    with stage.database.reading() as session:
        return session.execute(text("SELECT count(*) FROM person")).scalar()


def with_a_picture(content: bytes) -> bytes:
    return workbooks.zipped({**workbooks.parts(workbooks.roster()), "xl/media/a.bmp": content})


@cache  # packing takes a second: once for both databases
def big() -> bytes:
    return with_a_picture(os.urandom(20_000_000))


@cache
def bomb() -> bytes:
    return with_a_picture(bytes(250_000_000))


def test_a_file_of_20_megabytes_is_declined_at_once(stage):
    for content in (big(), bytes(20_000_001)):
        stage.registrar.sends_file("lon.xlsx", content)
        assert stage.registrar.news()
        assert "Nhập" not in stage.registrar.last.labels
        assert [
            problem.code for problem in reading.read("roster", content, today=date(2026, 11, 20)).problems
        ] == ["too_big"]
    with stage.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM stored_file")).scalar() == 0, "it was kept"


def test_a_small_file_that_unpacks_to_a_huge_one_is_declined(stage):
    assert len(bomb()) < 2_000_000
    stage.registrar.sends_file("bom.xlsx", bomb())
    assert "Nhập" not in stage.registrar.last.labels
    assert reading.read("roster", bomb(), today=date(2026, 11, 20)).problems


def test_formulas_in_an_imported_list_stay_text_in_what_goes_out(stage):
    row = (1, "=HYPERLINK(A1)", date(1990, 5, 12), "@SUM(1)", "Trường THCS Lê Lợi", None, "-1+1|cmd")
    stage.registrar.sends_file("BD-03.xlsx", workbooks.edited(workbooks.roster([row]), _as_text))
    if any(label.startswith("BD-03") for label in stage.registrar.last.labels):
        stage.registrar.taps("BD-03")
    assert stage.registrar.news()
    with stage.database.reading() as session:
        names = set(session.exec(choose(Person.name)))
    assert not any(name.startswith("=") for name in names), "a formula is no name"


def _as_text(workbook) -> None:
    for line in workbook.worksheets[0].iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and cell.value.startswith("="):
                cell.data_type = "s"


# --- malformed updates ---


@pytest.mark.parametrize(
    "payload",
    [{"text": None}, {"text": 5}, {"text": ["x"]}, {"press": None}, {"press": {"data": 1}}, {"start": 7}, {"start": {}},
     {"phone": None, "own": True}, {"phone": {}, "own": 1}, {"file": None}, {"file": "x", "size": "y", "file_id": "z"},
     {"file": "x.xlsx", "size": 1, "file_id": 2**62}, {"nothing": 1}, {}],
)  # fmt: skip
def test_an_update_of_wrong_types_stops_nobody(stage, payload):
    """It is answered or set aside; the same person's next word and other people's are answered."""
    good, other = stage.registrar, stage.head
    arrivals = [
        inbox.Arrival("bad", good.chat, payload),
        inbox.Arrival("good", good.chat, {"text": "/menu"}),
        inbox.Arrival("other", other.chat, {"text": "/baocao"}),
    ]
    with stage.database.transaction() as session:
        inbox.store(session, stage.account.id, arrivals, stage.time)
    for _try in range(8):
        stage.intake.step()
        stage.time += timedelta(seconds=10)
    with stage.database.reading() as session:
        states = list(session.execute(select(inbox.inbox.c.state).order_by(inbox.inbox.c.id)).scalars())

    assert states[0] in {"done", "set_aside"}
    assert states[1:] == ["done", "done"]
    assert "Lớp học" in good.last.labels
    assert "Trường THCS Lê Lợi" in other.last.text or "học viên" in other.last.text


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["message", "callback_query", "my_chat_member", "chat", "from", "id", "type", "text", "data",
                         "contact", "document", "file_name", "phone_number", "new_chat_member", "status", "message_id"]),
        inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


@given(json)
def test_a_malformed_telegram_update_fails_in_the_stated_ways(update):
    if not isinstance(update, dict):
        return
    try:
        assert isinstance(parse_telegram(update), Incoming)
    except (ValueError, KeyError, TypeError):
        return


# --- crowds ---


@pytest.fixture
def crowd(stage) -> SimpleNamespace:
    """Sixty learners of one unit in the running class, and a head who is everything else too, with 15 classes."""
    cast = stage.cast
    with stage.database.transaction() as session:
        learners = [
            person(session, cast.centre, f"{LONG[:60]} {n:02d}", cast.unit, START, number=100 + n)
            for n in range(48)
        ]
        for person_id in learners:
            session.add(_enrolled(cast, cast.running, person_id))
            session.add(Attendance(session_id=cast.sessions[0], person_id=person_id, state="unexcused"))
        old = session.get(CourseClass, cast.running).model_dump(exclude={"id"})
        for n in range(15):
            course = _add(session, CourseClass(**{**old, "code": f"NH-{n:02d}", "name": f"{LONG[:90]} {n}"}))
            session.add_all(_enrolled(cast, course, one) for one in (cast.head, *cast.learners))
            session.add_all(_lesson(course, day) for day in range(5))
            month = {"from_date": date(2026, 11, 1), "to_date": date(2026, 11, 30)}
            opens_at, due_at = at(date(2026, 11, 16), 8), at(date(2026, 12, 3), 17)
            period = ReportPeriod(class_id=course, opens_at=opens_at, due_at=due_at, **month)
            _add(session, period)
            add_report(session, period, cast.unit)
        for role in (
            Role.REGISTRAR,
            Role.DIRECTOR,
            Role.LECTURER,
            Role.LIAISON_OFFICER,
            Role.CLASS_SUPERVISOR,
        ):
            unit = cast.unit if role == Role.LIAISON_OFFICER else None
            _add(session, Grant(person_id=cast.head, role=role, centre_id=cast.centre, organisation_id=unit))
    return SimpleNamespace(stage=stage, learners=[*cast.learners, *learners])


def _enrolled(cast: Cast, course: int, person_id: int) -> Enrolment:
    whose = {"person_id": person_id, "organisation_id": cast.unit}
    return Enrolment(class_id=course, from_date=date(2026, 11, 2), **whose)


def _lesson(course: int, day: int) -> CourseSession:
    on = date(2026, 11, 16 + day)
    return CourseSession(class_id=course, starts_at=at(on, 13), ends_at=at(on, 16), topic=f"Chuyên đề {day}")


def test_a_crowd_fits_into_three_pages_and_every_message(crowd):
    head = crowd.stage.head
    head.says("/baocao").taps("Có học viên")
    names = pages_of(head)
    assert len({name for name in names if LONG[:27] in name}) == 48
    head.taps("Quay lại").taps("Tất cả nền nếp tốt").taps("Gửi").sees("Trung tâm đã nhận")
    words = ("/lich tuần này", "/lich BD-01", "/ketqua Nguyễn", "/thongbao BD-01", "/lich NH-03")
    read = crawl(head, 160, commands=words)
    assert any("giáo vụ" in line and "giám đốc" in line for line in read), "the menu tells all his roles"


def pages_of(player: Player) -> list[str]:
    """Turn to the last page of a list; all labels on the way."""
    labels, pages = list(player.last.labels), 1
    while "Trang sau" in player.last.labels:
        labels += player.taps("Trang sau").last.labels
        pages += 1
    assert pages <= MOST_PAGES
    return labels


@pytest.mark.parametrize("words", ["/ketqua BD-01", "/ketqua Nguyễn", "/lich", "/thongbao", "/baocao"])
def test_every_list_of_a_crowd_is_at_most_three_pages(crowd, words):
    for player in (crowd.stage.registrar, crowd.stage.head):
        player.says(words)
        way = {"/lich": "Chọn lớp", "/thongbao": "Khai giảng", "/baocao": "Báo cáo khác"}.get(words, "")
        if any(label.startswith(way or "?") for label in player.last.labels):
            player.taps(way)
        assert len(pages_of(player)) > 2


def test_everybody_of_a_crowd_can_be_mentioned_with_the_longest_notes(crowd):
    """The check, the receipt, the centre's reading and the file all still fit."""
    stage, head = crowd.stage, crowd.stage.head
    with stage.database.transaction() as session:
        for person_id in crowd.learners:
            entry = ConductEntry(
                report_id=stage.cast.report, person_id=person_id, category="ethics", note="'" * 999 + "&"
            )
            session.add(entry)
    read = crawl(head, 40)
    head.presses(table().actions["bw"].data({"report": stage.cast.report})).taps("Gửi").sees(
        "Trung tâm đã nhận"
    )
    stage.registrar.presses(
        open_period.data({"period": stage.cast.period})
    )  # among the many periods there are
    read += crawl(stage.registrar, 120)
    assert any("60 học viên cần nêu" in line for line in read)
