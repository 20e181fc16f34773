"""A hundred messages of a story, as people read them, printed (`pytest -s`) and each held against the rules of wording.

Learners, heads, the director and the registrar do what they do in a month; every message that came of it is looked at.
What a single sentence must be is looked at in the catalogues (locales/style.py); here it is what a whole message is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlmodel import select as choose

from locales import style
from storage.courses.courses import CourseClass
from storage.joining.grants import give
from storage.messaging.outbox import outbox
from storage.people.people import Organisation, Person, Role
from tests.casts.centre import person
from tests.casts.gates import ask_for_remarks, report_back
from tests.casts.notices import brings, opens
from tests.casts.workbooks import roster
from tests.houses.dialogue import Seen, Stage

PRINTED = 100
LONGEST = 600  # letters, where a message is no list
LISTED = 4  # so many lines of a list make a message one
LINE = re.compile(r"^(?:- |\d+\. |“|\[x\] )|: |; ")
OWN = re.compile(r"Mã biên nhận: [A-Z\d]{6}|\bTest\b|“Sheet1”")  # codes, and what the test calls its things
STAFF = "handlers/imports/words.po"  # the rooms of the centre's people, by the file that stands for them
ANYONE = "handlers/home/home.po"
PEOPLE = "học viên|đơn vị|đồng chí|người|thủ trưởng|phiếu"


@dataclass(frozen=True)
class Read:
    """A message and who read it: somebody of the centre's office, or anyone else."""

    reader: str
    text: str
    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        return STAFF if self.reader == "registrar" else ANYONE


# --- the story ---


def learner_joins(stage: Stage) -> None:
    stage.stranger().says("xin chào").taps("Đề nghị cấp mã").says("Trần Văn Nam, Trạm Y tế phường A")
    stage.stranger("other").starts("ABCD-2345")


def learner_looks(stage: Stage) -> None:
    learner = stage.learner
    for said in ("/menu", "lịch", "lịch tuần này", "lịch thứ Ba", "lịch BD-01", "lịch Chủ nhật", "kết quả"):
        learner.says(said)
    learner.says("/dulieu").taps("Ai đã xem").says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa")
    learner.says("Ngày sinh đúng là 05/01/1990.")
    learner.says("/caidat").taps("Tắt nhắc lịch").says("/trogiup").says("cảm ơn").says("xyzw").says("hủy")


def notice_goes_out(stage: Stage) -> None:
    registrar = opens(stage).taps("Sửa").taps("Mang theo").says("giấy triệu tập").taps("Gửi đến")
    stage.ticks()
    brings(stage)
    stage.learner.taps("Tôi không dự được").says("Đi công tác")
    registrar.says("/thongbao").taps("Đã gửi").taps("Khai giảng BD-02").taps("Đã gửi, chưa xác nhận").taps(
        "Quay lại"
    )
    registrar.taps("Nhắc").taps("Gửi nhắc")
    stage.passes(days=1)
    brings(stage)
    stage.head.taps("Đã nhận").says("/thongbao")


def head_reports(stage: Stage) -> None:
    head = stage.head.says("/baocao").taps("Nhắc tôi sau").taps("Sáng mai")
    head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    head.says("/baocao").taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    head.says("Gây mất trật tự trong giờ học.")
    head.says("/baocao").says("An vang phep").says("tat ca tot tru Mai di muon 2").taps("Gửi")
    head.says("/baocao").taps("Sửa").taps("Ngô Thị Mai").taps("Đơn vị gọi về")
    stage.other = stage.player(stage.cast.other_head)
    stage.other.says("/baocao").taps("Giao người khác")
    stage.other.says("Tôi đi công tác đến 25/11").taps("Đúng").says("Tôi đã về")


def registrar_watches(stage: Stage) -> None:
    registrar = stage.registrar
    registrar.says("/baocao").taps("Nhắc").taps("Gửi nhắc").taps("Mục khác").taps("Gọi điện")
    registrar.says("/baocao").taps("Xem báo cáo").taps("Trường THCS Lê Lợi")
    registrar.says("/theodoi").says("/nhip").taps("Trung cấp A1").taps("Đổi chế độ").taps("Hằng tuần")
    registrar.says("/nhapbaocao").says("/viec").says("/trogiup").says("kết quả Hạnh").says("/diem")
    registrar.sends_file("danh-sach.xlsx", roster()).taps("BD-02")
    registrar.sends_file("xau.xlsx", b"PK\x03\x04")


def marks_are_published(stage: Stage) -> None:
    stage.registrar.says("/diem").taps("Công bố")
    stage.passes(hours=1)
    stage.learner.says("kết quả")


def remarks_are_given(stage: Stage) -> None:
    ask_for_remarks(stage, stage.cast)
    stage.passes(days=11)
    head = stage.head.says("/nhanxet").taps("Nhận xét từng người").taps("Khá")
    head.says("/nhanxet").taps("Xem danh sách").taps("Tất cả đủ điều kiện").taps("Xác nhận và gửi")
    stage.registrar.says("/dieukien").taps("BD-01").taps("Trình Giám đốc")
    director = stage.director.says("/dieukien").taps("BD-01").taps("Xét từng người").taps("Trần Văn An")
    director.says("/dieukien").taps("BD-01").taps("Ký duyệt")
    stage.learner.says("kết quả")


def results_go_back(stage: Stage) -> None:
    report_back(stage, stage.cast)
    stage.head.says("phản hồi").says("/phieu").taps("Số")
    stage.registrar.says("/phieu").taps("Số").taps("Trả lời").says("Đã đối chiếu.")
    stage.director.says("/phieu")
    stage.passes(days=20)


SCENES = (
    learner_joins,
    learner_looks,
    notice_goes_out,
    head_reports,
    registrar_watches,
    marks_are_published,
    remarks_are_given,
    results_go_back,
)


@pytest.fixture
def read(stage) -> list[Read]:
    """Every message of the story once, in its order."""
    with stage.database.transaction() as session:
        session.get(CourseClass, stage.cast.running).bring = ""
        superior = Organisation(centre_id=stage.cast.centre, name="Phòng Giáo dục", folded="phong giao duc")
        session.add(superior)
        session.flush()
        deputy = session.get(
            Person, person(session, stage.cast.centre, "Vũ Thị Liên", stage.cast.other_unit, stage.time)
        )
        give(session, deputy, Role.UNIT_HEAD, stage.time, stage.time.date(), unit_id=stage.cast.other_unit, is_deputy=True)  # fmt: skip
    for reader in (stage.learner, stage.head, stage.director, stage.player(stage.cast.other_head)):
        reader.says("/menu")
    for scene in SCENES:
        scene(stage)
    return list(dict.fromkeys(_all_read(stage)))


def _all_read(stage: Stage) -> Iterator[Read]:
    registrar = stage.registrar.person_id
    with stage.database.reading() as session:
        rows = session.execute(select(outbox).where(outbox.c.state != "dropped").order_by(outbox.c.id)).all()
        assert session.exec(choose(Person)).first()
    for row in rows:
        seen = Seen(row)
        if seen.text:
            yield Read("registrar" if row.person_id == registrar else "other", seen.text, tuple(seen.labels))


# --- the rules of a message ---


def faults(one: Read) -> Iterator[str]:
    """What is wrong with a message as a whole."""
    body = OWN.sub("mã", one.text.split("\n—\n")[-1])  # above it stands what somebody else will read
    lines = body.split("\n")
    yield from style.faults(one.name, body, body)
    if len(one.text) > LONGEST and sum(bool(LINE.search(line)) for line in one.text.split("\n")) < LISTED:
        yield f"{len(one.text)} letters and no list"
    if body.count("?") > 1:
        yield "two questions"
    greeted = next((place for place, line in enumerate(lines) if line.startswith("Kính gửi đồng chí")), 0)
    if greeted and not lines[0].isupper() and not lines[0].startswith(("THÔNG BÁO", "Nội dung gửi")):
        yield "the salutation is not the first line"
    yield from _figures(body)
    yield from (f"a label of {len(label)} letters: {label}" for label in one.labels if _is_long(label))


def _figures(text: str) -> Iterator[str]:
    if re.search(rf"(?<![\d/.,:–-])\b[1-9] (?:{PEOPLE})\b", text):
        yield "people counted with one digit"
    if re.search(rf"(?:^|[:;] )0(?: (?:{PEOPLE}|buổi))?[.;]?$", text, re.MULTILINE):
        yield "a line about nothing"
    if re.search(r"\b\d{1,2}:\d{2}\b|\b\d{1,2}h\d{2}\b", text):
        yield "a time is written 7 giờ 30"
    if re.search(r"(?:ngày|thứ \w+,) \d/|\btháng [12]\b(?!\d)|\d{2}/\d{2}–\d{2}/\d{2}", text):
        yield "a day is written 08/12, a month 02, a span 01/11 – 30/11"


def _is_long(label: str) -> bool:
    """Whether a label is no name of a list to pick from, and longer than a button."""
    is_picked = re.search(r"\d|, |: | = |[A-ZĐ]\w+ [A-ZĐ]\w+", label)
    return len(label) > style.LONGEST_LABEL and not is_picked


def test_a_hundred_messages_are_worded_by_the_rules(read):
    """The first hundred are printed, to be read aloud; all of them are looked at."""
    for number, one in enumerate(read[:PRINTED], 1):
        print(f"--- {number}\n{one.text}" + (f"\n  [{'] ['.join(one.labels)}]" if one.labels else ""))
    wrong = [f"{fault}:\n{one.text}\n  {list(one.labels)}" for one in read for fault in faults(one)]

    assert not wrong, "\n\n".join(wrong)
    assert len(read) >= PRINTED


BROKEN = [
    ("Còn 3 học viên.", (), "one digit"),
    ("Đã ký 12 học viên, còn 3 người.", (), "one digit"),
    ("Chưa liên kết: 0.", (), "about nothing"),
    ("Hạn: 7:30, thứ Ba, 08/12.", (), "a time"),
    ("Báo cáo nền nếp tháng 2.", (), "a day"),
    ("Kỳ 01/11–30/11.", (), "a day"),
    ("Đồng chí chọn lớp? Đồng chí chọn đơn vị?", (), "two questions"),
    ("Trung tâm kính nhắc.\nKính gửi đồng chí An.", (), "first line"),
    ("Đã gửi. " * 80, (), "no list"),
    ("Đã gửi.", ("Xem lại và xác nhận ngay",), "a label of"),
    ("Đề nghị đồng chí nhắn /lich.", (), "a command"),
    ("Chế độ hiện nay là every.", (), "not Vietnamese"),
]


@pytest.mark.parametrize(("text", "labels", "fault"), BROKEN)
def test_a_broken_message_is_caught(text, labels, fault):
    assert any(fault in told for told in faults(Read("other", text, labels))), text


def test_a_long_list_and_a_fraction_pass():
    told = "\n".join(f"- Trần Văn An {number:02d}: dự 7/8 buổi; nền nếp tốt" for number in range(20))

    assert not list(faults(Read("other", f"Đã gửi: 3/12 đơn vị.\n{told}", ("1. Trần Văn An, 05/01/1990",))))
