"""Where choices are typed: numbers and words press what they name and nothing else, and the counts of messages hold."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from handlers.engine.choosing import numbers_in
from handlers.engine.messages import Button, Message
from handlers.engine.router import Table
from handlers.menu.actions import open_menu
from storage.base.typed import says
from storage.courses.notices import Delivery
from storage.joining.invites import Invitee, issue
from storage.messaging import inbox
from storage.messaging.accounts import Abilities
from storage.messaging.outbox import outbox
from storage.people.people import Consent, Person, Role
from tests.casts.reports import kept, learner_id, no_roll_call, revisions
from tests.houses.dialogue import Stage

NO_BUTTONS = Abilities(buttons=0, edits=False, phone=False, files_in=False, largest_file=0)
FIVE_BUTTONS = Abilities(buttons=5, edits=False, phone=False)


@pytest.fixture
def stage(database):
    return Stage(database, abilities=NO_BUTTONS)


def code_for(stage, person_id: int) -> str:
    with stage.database.transaction() as session:
        session.execute(delete(Consent).where(Consent.person_id == person_id))  # he was asked nothing yet
        person = session.get(Person, person_id)
        invitee = Invitee(person=person, roles=(Role.LEARNER,), unit="", class_code="", class_id=None)
        [code] = issue(session, stage.database.keyring, [invitee], stage.time)
    return code


# -- what each task may cost, counted in messages


def test_binding_with_a_typed_code_takes_four_messages(stage):
    """The code, "Đúng là tôi" and the two consents, by number or by word."""
    somebody = stage.stranger("moi")
    somebody.types(f"ma {code_for(stage, stage.cast.learners[2])}").sees(
        "Có đúng là đồng chí không?", "1. Đúng"
    )
    somebody.types("1").sees("xin phép xử lý họ tên")
    somebody.types("dong y").sees("dữ liệu cá nhân nhạy cảm")
    somebody.types("1").sees("Đã liên kết với đồng chí Lê Văn Bình", "Lúc nào đồng chí cũng có thể nhắn:")

    assert somebody.taps_made == 4


def test_the_code_alone_binds_too(stage):
    code = code_for(stage, stage.cast.learners[2])
    stage.stranger("moi").types(code.lower().replace("-", " ")).sees("Lê Văn Bình", "1. Đúng là tôi")


def test_the_card_comes_by_itself_and_is_answered_in_two_messages(stage):
    """All well as one sentence is a line, too."""
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao")
    head.types("Tất cả tốt").sees("Báo cáo CHƯA gửi. 12 học viên nền nếp tốt")
    assert revisions(stage) == []
    head.types("Gửi ạ").sees("Mã biên nhận")


@pytest.mark.parametrize("n", [1, 2, 4])
def test_n_learners_one_after_the_other_are_2n_plus_3_messages_at_the_most(stage, n):
    """Where several numbers are answered at once it is n + 4."""
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao")
    head.taps_made = 0
    head.types(" ".join(str(number) for number in range(1, n + 1))).sees(f"Đã chọn: {n:02d} học viên")
    head.types("xong")
    for _ in range(n):
        head.sees("đề nghị đồng chí chọn nội dung cần nêu")
        head.types("hoc tap")
    head.sees("CHƯA gửi", f"{n:02d} học viên cần nêu").types("gui").sees("Mã biên nhận")

    assert head.taps_made == n + 3 <= 2 * n + 3
    assert len(kept(stage)) == n


def test_today_a_result_and_an_acknowledgement_are_one_message_each(stage):
    learner = stage.learner
    learner.types("lich hom nay").sees("Hôm nay")
    learner.types("kq").sees("Trung cấp A1")
    assert learner.taps_made == 2


# -- what a number means


def test_a_number_counts_once_for_the_list_it_answers(stage):
    """The list it answered is gone with the press, as a card would be that is replaced."""
    registrar = stage.registrar
    registrar.types("menu").types("thong bao").sees("1. Khai giảng")
    registrar.types("3").sees("chưa gửi thông báo nào", "1. Quay lại")
    registrar.types("9").sees("Danh sách chỉ có đến số 1")
    registrar.types("1").sees("Mời đồng chí chọn việc cần làm.")


def test_a_number_does_not_reach_an_older_list(stage):
    """A newer list is the one that numbers answer."""
    registrar = stage.registrar
    registrar.types("thong bao").sees("2. Bế giảng")
    registrar.types("bao cao")
    registrar.types("2").sees_no("Bế giảng")


def test_words_still_reach_the_list_before(stage):
    """Something that comes in between takes the numbers over; "Xong" is still understood."""
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types("3").sees("Đã chọn: 01 học viên")
    with stage.database.transaction() as session:
        person = session.get(Person, head.person_id)
        desk = stage.desk(session)
        desk.tell(person, lambda _language: Message("Nhắc lịch học", [[Button("Xem lịch", open_menu)]]))
    head.types("3").sees("Danh sách chỉ có đến số 1")
    head.types("xong").sees("đề nghị đồng chí chọn nội dung cần nêu")


def test_a_number_typed_before_the_list_came_chooses_nothing(stage):
    """The platform's own clock tells that the answer was for what stood there before."""
    learner = stage.learner
    learner.types("menu")
    learner.types("1", at=stage.time - timedelta(seconds=1))
    learner.sees("Danh sách vừa thay đổi", "1. ")


def test_while_a_list_is_on_its_way_numbers_choose_nothing(stage):
    """Killed between sending and settling, nobody knows which of two lists was answered."""
    learner = stage.learner
    learner.types("menu")
    learner.reads()
    with stage.database.transaction() as session:
        inbox.store(
            session, stage.account.id, [inbox.Arrival("early", learner.chat, {"text": "1"})], stage.time
        )
    stage.intake.step()
    assert learner.news() == []  # it may be known in a moment
    stage.time += timedelta(seconds=5)
    stage.intake.step()
    learner.sees("Danh sách mới đang được gửi")
    learner.says("lich").sees("Lịch")  # words of commands work at any time


def test_an_answer_that_was_quicker_than_our_books_is_taken_once_they_are_written(stage):
    """Former outcome: whoever answered within the 20 ms before settling was told to wait."""
    learner = stage.learner
    learner.types("menu").types("lớp học").sees("2. Lịch hôm nay")
    with stage.database.transaction() as session:
        inbox.store(
            session, stage.account.id, [inbox.Arrival("quick", learner.chat, {"text": "2"})], stage.time
        )
    stage.intake.step()
    stage.arrives()
    stage.time += timedelta(seconds=0.2)
    stage.intake.step()
    learner.sees("Hôm nay")


def test_a_number_without_any_list_is_answered_with_the_menu(stage):
    stage.learner.types("2").sees("Hiện không còn danh sách nào", "1. ")


def test_a_step_that_waits_for_text_gets_the_digits(stage):
    """A year of birth, a note, a reason may be "2": only the whole word that cancels is no answer."""
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types("3").types("xong").types("dao duc").sees(
        "Đồng chí có thể nhắn:", "- Quay lại"
    )
    head.types("2").sees("CHƯA gửi", "cần nhắc nhở về đạo đức (ghi chú “2”)")


def test_the_way_out_that_a_step_shows_is_taken_by_its_whole_label(stage):
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types("3").types("xong").types("dao duc").types("quay lại").sees(
        "Kính gửi đồng chí Lê Văn Bình"
    )


def test_several_numbers_are_taken_where_the_list_allows_it_only(stage):
    no_roll_call(stage)
    head, learner = stage.head, stage.learner
    head.types("bao cao").types("2 5 7").sees("[x] ").sees("Đã chọn: 03 học viên")
    assert len([m for m in head.news() if m.labels]) == 1  # one list, not three
    learner.types("menu").types("1 2").sees("Ở đây chỉ chọn được một mục")


@pytest.mark.parametrize("text", ["2.5", "7/12", "0912 345 678", "2-3", "1e3", "²", "１２３４", "-1", "2,,5"])
def test_what_only_looks_like_numbers_is_none(text):
    assert numbers_in(text) == [] or all(number > 99 for number in numbers_in(text))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2", [2]),
        (" 2. ", [2]),
        ("số 2 ạ", [2]),
        ("2 5 7", [2, 5, 7]),
        ("2, 5 và 7", [2, 5, 7]),
        ("2 2", [2]),
    ],
)
def test_numbers_are_read_as_people_write_them(text, numbers):
    assert numbers_in(text) == numbers


# -- what words mean


@pytest.mark.parametrize(
    ("typed", "label", "is_whole", "begins"),
    [
        ("da nhan", "Đã nhận", True, True),
        ("ĐÃ NHẬN", "Đã nhận", True, True),
        (unicodedata.normalize("NFD", "đã nhận"), "Đã nhận", True, True),
        ("Đã nhận ạ", "Đã nhận", True, True),
        ("đã nh", "Đã nhận", False, True),
        ("dạ", "Đã nhận", False, False),
        ("đa nhan", "Đã nhận", False, False),
        ("huỷ", "Hủy", True, True),
        ("nhan", "Đã nhận", False, False),
        ("đã nhận rồi mà", "Đã nhận", False, False),
        ("", "Đã nhận", False, False),
        ("...", "Đã nhận", False, False),
    ],
)
def test_a_label_is_typed_whole_or_begun_with_the_right_diacritics_or_none(typed, label, is_whole, begins):
    assert says(typed, label) is is_whole
    assert says(typed, label, whole=False) is begins


def test_yes_politely_said_acknowledges_nothing(stage):
    """Former outcome: "Dạ" folds to "da", which begins "Đã nhận"."""
    notice_to(stage)
    stage.learner.types("Dạ")
    stage.learner.types("da")
    assert states(stage) == {"sent"}
    stage.learner.types("đã nhận")
    assert "acknowledged" in states(stage)


def notice_to(stage) -> None:
    """An opening notice to the class of the first learner."""
    for person_id in (stage.cast.learners[0],):
        stage.player(person_id)
    registrar = stage.registrar
    registrar.types("thong bao").types("khai giang")
    course = next(m for m in registrar.news() if m.labels)
    number = next(n for n, one in course.shown.numbered.items() if "Trung cấp A1" in one["label"])
    registrar.types(str(number)).types("gui")
    stage.passes(minutes=5)
    stage.arrives()


def states(stage) -> set[str]:
    with stage.database.reading() as session:
        rows = session.execute(select(Delivery.state).where(Delivery.person_id == stage.cast.learners[0]))
        return {state for (state,) in rows}


def test_a_polite_ending_makes_no_beginning_of_two_letters_longer(stage):
    """Former outcome: "Đa ạ" pressed "Danh mục"."""
    stage.learner.types("menu").types("lich hom nay")
    stage.learner.types("Đa ạ").sees("chưa hiểu")


def test_a_beginning_of_several_labels_is_asked(stage):
    registrar = stage.registrar
    registrar.types("menu")
    registrar.types("lịch").sees("Lịch")  # a command of its own: at once
    registrar.types("menu").types("lớp học").types("lịch h").sees_no("Có nhiều mục")
    registrar.types("menu").types("lớp học").types("lich hom").sees("Hôm nay")


# -- lines that are not understood


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("3 muộn; 5 abc xyz", "“5 abc xyz”"),
        ("99 muộn", "không có số 99"),
        ("3 muộn 1; 3 muộn 2", "“muộn 1; muộn 2”"),
    ],
)
def test_a_line_that_is_not_understood_saves_nothing(stage, line, told):
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types(line).sees("Chưa ghi nhận gì", told, "1. ")
    assert kept(stage) == {}
    assert revisions(stage) == []


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("3 muon 2, 7 vang phep", {"Lê Văn Bình": "late", "Nguyễn Thị Minh Hạnh": "excused"}),
        ("2, 3 đi muộn", {"Trần Văn An": "late", "Lê Văn Bình": "late"}),
        ("3 và 5 không phép 1 buổi", {"Lê Văn Bình": "unexcused", "Hoàng Đình Dũng": "unexcused"}),
        ("4 đạo đức: nói chuyện riêng, gây mất trật tự", {"Phạm Thị Cúc": "ethics"}),
        ("10 khen\n11 gọi về 1\ncòn lại tốt", {"Đặng Văn Long": "commendation", "Ngô Thị Mai": "recalled"}),
        (unicodedata.normalize("NFD", "3 MUỘN 2; CÒN LẠI TỐT"), {"Lê Văn Bình": "late"}),
    ],
)
def test_lines_are_read_as_people_write_them(stage, line, meant):
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types(line).sees("CHƯA gửi")
    assert kept(stage) == {}
    head.types("gửi").sees("Mã biên nhận")
    assert {name: category for name, (category, _source) in kept(stage).items()} == meant


def test_a_line_left_unconfirmed_is_forgotten_by_what_comes_next(stage):
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").types("3 muộn").sees("CHƯA gửi")
    head.types("lich")
    head.types("gửi")
    assert revisions(stage) == []
    assert kept(stage) == {}


def test_a_line_names_who_was_marked_before(stage):
    """Trần Văn An is late by the roll-call; a line about somebody else leaves that as it is and says so."""
    head = stage.head
    head.types("bao cao").types("3 vắng phép; còn lại tốt")
    head.sees("Trần Văn An, đi muộn 2 buổi", "Lê Văn Bình, vắng có phép", "10 học viên nền nếp tốt")


# -- five buttons


def test_five_buttons_and_more_become_pages(database):
    """What does not fit five buttons goes on behind "Xem thêm"; a list to pick from is numbered beside them."""
    stage = Stage(database, abilities=FIVE_BUTTONS)
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao")
    card = head.last.shown
    assert [button["label"] for button in card.buttons] == [
        "Tất cả nền nếp tốt",
        "Có học viên cần nêu",
        "Giao người khác",
        "Nhắc tôi sau",
        "Quay lại",
    ]
    assert len(card.numbered) == 12
    head.types("3").types("xong").sees("đề nghị đồng chí chọn nội dung cần nêu")
    first = [button["label"] for button in head.last.shown.buttons]
    assert len(first) == 5
    head.presses(head.last.shown.buttons[-1]["data"])
    second = [button["label"] for button in head.last.shown.buttons]
    assert first[-1] == second[-1] == "Xem thêm"
    assert not set(first[:-1]) & set(second[:-1])


def test_a_page_of_another_chats_list_is_not_shown(database):
    stage = Stage(database, abilities=FIVE_BUTTONS)
    head = stage.head
    head.types("bao cao")
    stage.learner.presses(f"lp:{head.last.row.id:x}:0").sees("Danh sách đó không còn nữa").sees_no("Kính gửi")


# -- hypothesis


class Watch:
    """What was pressed in a turn, by the label that stood on it."""

    def __init__(self, monkeypatch) -> None:
        self.pressed: list[tuple[list[str], int, str]] = []  # its labels, its number, what was typed
        real = Table._press

        def press(table, turn, data) -> None:
            shown = turn.shown
            numbers = {one["data"]: number for number, one in (shown.numbered if shown else {}).items()}
            older = [one for card in turn.cards for one in card.presses]
            labels: dict[str, list[str]] = {}
            for one in [*older, *(shown.presses if shown else [])]:
                labels.setdefault(one["data"], []).append(one["label"])
            self.pressed.append((labels.get(data, []), numbers.get(data, 0), turn.incoming.text))
            real(table, turn, data)

        monkeypatch.setattr(Table, "_press", press)


def bare(text: str) -> str:
    """Without diacritics, case and punctuation: an oracle that shares no code with the program's."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    kept_letters = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept_letters).split())


def is_meant(typed: str, label: str, number: int) -> bool:
    """Whether somebody who typed this may have meant that: its number, or at least the beginning of its words."""
    digits = [int(one) for one in bare(typed).split() if one.isdigit()]
    words = bare(typed).removesuffix(" a").removesuffix(" nhe")
    return number in digits or (len(words.replace(" ", "")) >= 3 and bare(label).startswith(words))


TYPED_WORDS = [
    "báo cáo",
    "menu",
    "lịch",
    "thông báo",
    "kết quả",
    "xong",
    "gửi",
    "tất cả",
    "có học viên",
    "quay lại",
]
ENDINGS = ["", " ạ", ".", "!!", " nhé", " rồi"]


@st.composite
def answers(draw) -> tuple[str, int]:
    """A digit or several, a label (by its place), half of one; in any case, composed or not, with or without marks."""
    kind = draw(st.sampled_from(["number", "numbers", "label", "half", "word", "line", "noise"]))
    if kind == "number":
        return str(draw(st.integers(0, 30))), -1
    if kind == "numbers":
        return " ".join(str(one) for one in draw(st.lists(st.integers(1, 14), min_size=2, max_size=4))), -1
    if kind in {"label", "half"}:
        return kind + draw(st.sampled_from(["", "U", "N", "B"])) + draw(st.sampled_from(ENDINGS)), draw(
            st.integers(0, 20)
        )
    if kind == "word":
        return draw(st.sampled_from(TYPED_WORDS)), -1
    if kind == "line":
        return f"{draw(st.integers(0, 14))} {draw(st.sampled_from(['muộn', 'vang phep', 'khen', 'xyz']))}", -1
    return draw(st.text(max_size=12)), -1


def written(answer: tuple[str, int], labels: list[str]) -> str:
    """The text to type: of a label, its whole or half, in one of its spellings."""
    text, place = answer
    if place < 0 or not labels:
        return text if place < 0 else "x"
    label = labels[place % len(labels)]
    whole = text.startswith("label")
    rest = text[5:] if whole else text[4:]
    label = label if whole else label[: max(1, len(label) // 2)]
    form, ending = (rest[0], rest[1:]) if rest[:1] in {"U", "N", "B"} else ("", rest)
    spelled = {"": label, "U": label.upper(), "N": unicodedata.normalize("NFD", label), "B": bare(label)}[
        form
    ]
    return spelled + ending


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, sqlite_template):
    """A new stage for every example."""
    import shutil
    from itertools import count

    from storage.base.engine import Database
    from storage.base.keyring import Keyring
    from tests.conftest import SECRET

    folder, numbers = tmp_path_factory.mktemp("typed"), count()
    opened = []

    def make() -> Stage:
        path = folder / f"{next(numbers)}.db"
        shutil.copy(sqlite_template, path)
        opened.append(Database(f"sqlite:///{path}", Keyring(SECRET)))
        return Stage(opened[-1], abilities=NO_BUTTONS)

    yield make
    for database in opened:
        database.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    said=st.lists(answers(), min_size=1, max_size=9), who=st.sampled_from(["head", "registrar", "learner"])
)
def test_random_answers_press_only_what_was_meant_and_send_only_by_the_send_button(
    fresh, monkeypatch, said, who
):
    """Digits, labels, half words, wrong case, NFD, unaccented: every press has a number or a beginning that names it,
    every turn has an answer, and a report is sent only where Gửi was chosen on what was shown.
    """
    stage = fresh()
    with monkeypatch.context() as patched:
        watch = Watch(patched)
        player = getattr(stage, who)
        player.types("bao cao" if who != "learner" else "menu")
        for answer in said:
            stage.arrives()
            before, rows = len(revisions(stage)), len(watch.pressed)
            text = written(answer, [label for m in player.messages()[-1:] for label in m.labels]) or "."
            player.types(text)
            assert player.news(), f"no answer to {text!r}"
            for labels, number, typed in watch.pressed[rows:]:
                assert any(is_meant(typed, label, number) for label in labels), (typed, labels, number)
            if len(revisions(stage)) > before:
                assert "Gửi" in watch.pressed[-1][0]


def test_nothing_was_left_unanswered_by_a_list_that_never_arrives(stage):
    """A list that is dropped or failed holds nobody up for ever."""
    learner = stage.learner
    learner.types("menu")
    with stage.database.transaction() as session:
        session.execute(outbox.update().where(outbox.c.state == "due").values(state="failed"))
    learner.says("1").sees("Hiện không còn danh sách nào")


def test_learner_numbers_of_the_card_are_those_of_the_report(stage):
    """What number 3 stands for is read off the very card the chat saw."""
    no_roll_call(stage)
    head = stage.head
    head.types("bao cao").sees("3. Lê Văn Bình")
    head.types("3 khen").sees("Lê Văn Bình")
    head.types("gửi")
    assert list(kept(stage)) == ["Lê Văn Bình"]
    assert learner_id(stage, "Lê Văn Bình")
