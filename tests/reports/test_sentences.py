"""Conduct reports typed as sentences: the corpus, random sentences, and a dozen dialogues (000-18)."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.reports.sentence.meaning import read_report
from storage.base.text import fold
from storage.messaging.accounts import Abilities
from storage.people.people import Person
from storage.reports.reports import Category
from tests.casts.reports import (
    another_head,
    another_report,
    kept,
    learner_id,
    no_roll_call,
    records,
    report_of,
    revisions,
)
from tests.houses.dialogue import Stage
from tests.reports.sentences import LEARNERS, NUMBERS, PEOPLE, corpus, understood
from tests.reports.test_typed import NO_BUTTONS

# -- the corpus


def test_every_sentence_of_the_corpus_is_understood_as_it_is_meant_and_nothing_wrongly():
    """What cannot be known is asked or refused, which the corpus says of each; `pytest -s` shows the shares."""
    found = [(sentence, meant, understood(sentence)) for sentence, meant in corpus()]
    wrong = [one for one in found if one[1] != one[2]]
    kinds = Counter(_kind(now) for _sentence, _meant, now in found)
    reports = sum(kinds.values()) - kinds["no report"]
    shares = ", ".join(f"{kind} {kinds[kind] / reports:.0%}" for kind in ("at once", "asked", "refused"))
    print(f"\n{len(found)} sentences, {kinds['no report']} of them no reports; of the others: {shares}")

    assert wrong == []
    assert len(found) >= 200
    assert kinds["at once"] > reports / 2


def _kind(meaning: str) -> str:
    return {"-": "no report", "?": "asked", "!": "refused"}.get(meaning[0], "at once")


@pytest.mark.parametrize("change", ["plain", "nfd", "upper"])
def test_how_a_sentence_is_written_changes_nothing_but_what_has_to_be_asked(change):
    """Without diacritics more may be asked; who is mentioned at once is the same, or it is refused."""
    shapes = {"plain": plain, "nfd": lambda text: unicodedata.normalize("NFD", text), "upper": str.upper}
    for sentence, meant in corpus():
        before = read_report(sentence, LEARNERS, numbers=NUMBERS)
        after = read_report(shapes[change](sentence), LEARNERS, numbers=NUMBERS)
        if before is None or after is None or before.problem or after.problem:
            continue
        for learner, said in after.mentions.items():
            asked = {one for question in before.questions for one in (question.learner, *question.people)}
            assert learner in before.mentions or learner in asked, sentence
            if learner in before.mentions:
                told = before.mentions[learner]
                assert (told.category, told.times) == (said.category, said.times), (sentence, meant)


def plain(text: str) -> str:
    spread = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in spread if unicodedata.category(c) != "Mn")


# -- random sentences of the grammar

SAYS = {
    Category.LATE: ["đi muộn", "muộn", "đến trễ"],
    Category.EXCUSED: ["vắng phép", "nghỉ có phép", "vắng có phép", "cp"],
    Category.UNEXCUSED: ["vắng không phép", "kp", "ko phép", "nghỉ không lý do"],
    Category.RECALLED: ["đơn vị gọi về"],
    Category.STUDY: ["học tập yếu"],
    Category.MANNER: ["vi phạm tác phong"],
    Category.COMMENDATION: ["được khen", "biểu dương"],
}
TITLES = ["", "", "đ/c ", "đồng chí ", "dc ", "anh ", "bà "]
TIMES = ["", " {n}", " {n} buổi", " {n}b", " {n} lần"]
TAILS = ["", "", ", còn lại tốt", "; tất cả tốt", ". Các đ/c khác chấp hành tốt ạ"]
HEADS = ["", "", "tất cả tốt trừ ", "Cả lớp tốt, riêng ", "không có gì, chỉ có ", "Báo cáo: "]


Meant = dict[int, tuple[Category, int | None]]


@st.composite
def sentences(draw) -> tuple[str, list[tuple[int, int]], Meant]:
    """A sentence, where in it each learner's part begins, and what it says: (category, times) by learner."""
    chosen = draw(st.lists(st.sampled_from(LEARNERS), min_size=1, max_size=4, unique=True))
    text, places, meant = draw(st.sampled_from(HEADS)), [], {}
    between = draw(st.sampled_from([", ", "; ", ". ", "\n"]))
    for place, one in enumerate(chosen):
        category = draw(st.sampled_from(list(SAYS)))
        words = one.name.split()
        name = draw(st.sampled_from(TITLES)) + " ".join(words[draw(st.integers(0, len(words) - 1)) :])
        number = draw(st.integers(1, 12))
        times = draw(st.sampled_from(TIMES)) if category in list(Category)[:4] else ""
        said = draw(st.sampled_from(SAYS[category]))
        clause = f"{name} {said}{times}" if draw(st.booleans()) else f"{said}: {name}{times}"
        text += between if place else ""
        places.append((len(text), one.id))
        text += clause.format(n=number)
        meant[one.id] = (category, number if times else None)
    shape = draw(st.sampled_from([str, str.lower, str.upper, plain, lambda one: plain(one).lower()]))
    text = shape(text + draw(st.sampled_from(TAILS)))
    return draw(st.sampled_from([text, unicodedata.normalize("NFD", text)])), places, meant


@settings(max_examples=100, deadline=None, derandomize=True)
@given(sentences())
def test_no_mention_is_made_of_anyone_not_named_and_none_is_lost_untold(drawn):
    """With true answers the card is exactly what was meant; what cannot be had is told."""
    text, places, meant = drawn
    answers: dict[str, int] = {}
    report = read_report(text, LEARNERS)
    while report is not None and report.problem is None and report.questions:
        question = report.questions[0]
        answers[question.key] = true = _truth(question, places, meant)
        assert true in question.people or question.kind != "who", (text, question)
        report = read_report(text, LEARNERS, answers=answers)

    assert report is not None, text
    if report.problem is None:
        assert {one: (said.category, said.times) for one, said in report.mentions.items()} == meant, text


def _truth(question, places: list[tuple[int, int]], meant: Meant) -> int:
    """What the writer of the sentence answers."""
    if question.kind == "title":
        return 0
    if question.kind == "what":
        return list(Category).index(meant[question.learner][0])
    return next(learner for at, learner in reversed(places) if at <= int(question.key[1:]))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([word for sentence, _meant in corpus() for word in sentence.split()]), max_size=14
    )
)
def test_words_thrown_together_mention_nobody_who_is_not_named(words):
    """And never break anything."""
    text = " ".join(words)
    report = read_report(text, LEARNERS, numbers={})
    if report is not None and report.problem is None:
        said = set(fold(text).split())
        for learner in report.mentions:
            assert fold(PEOPLE[learner - 1][1]).split()[-1] in said, text


# -- dialogues


@pytest.fixture(params=["buttons", "typed"])
def head(database, request):
    """A head of unit whose roll-call is clean, on a channel with buttons and on one without any."""
    abilities = NO_BUTTONS if request.param == "typed" else Abilities()
    stage = Stage(database, abilities=abilities)
    no_roll_call(stage)
    return stage.head


def test_a_sentence_is_one_message_and_one_confirmation(head):
    """The card before it was never opened; nothing is saved before *Gửi*."""
    head.types("tat ca tot tru Giang di muon 2, Binh vang phep")
    head.sees("CHƯA gửi", "lớp Trung cấp A1", "10 học viên nền nếp tốt")
    head.sees(
        "đồng chí Đỗ Thị Giang, đi muộn 2 buổi", "đồng chí Lê Văn Bình, vắng có phép", "Gửi", "Sửa", "Hủy"
    )
    assert kept(head.stage) == {}
    head.chooses("Gửi")
    head.sees("Mã biên nhận")

    assert head.taps_made == 2
    assert kept(head.stage) == {"Đỗ Thị Giang": ("late", "head"), "Lê Văn Bình": ("excused", "head")}


def test_homonyms_are_asked_by_button_with_name_and_date_of_birth(head):
    """1 message, 1 a question, 1 to send; several questions come one after the other."""
    head.types("An đi muộn 2, Giang vắng")
    head.sees("Có 02 học viên tên “An”", "Trần Văn An (10/02/1985)", "Nguyễn Văn An (08/10/1985)").sees_no(
        "CHƯA gửi"
    )
    head.chooses("Nguyễn Văn An")
    head.sees(
        "Đồng chí Đỗ Thị Giang vắng có phép hay không phép?", "Vắng có phép", "Vắng không phép"
    ).sees_no("Đi muộn", "Biểu dương")
    head.chooses("Vắng không phép")
    head.sees("CHƯA gửi", "Nguyễn Văn An, đi muộn 2 buổi", "Đỗ Thị Giang, vắng không phép")
    assert kept(head.stage) == {}
    head.chooses("Gửi")

    assert head.taps_made == 4
    assert kept(head.stage) == {"Nguyễn Văn An": ("late", "head"), "Đỗ Thị Giang": ("unexcused", "head")}


@pytest.mark.parametrize("answer", ["Nguyễn Văn An", "nguyen van an", "08/10/1985", "An 1985", "An"])
def test_a_question_may_be_answered_by_typing(head, answer):
    """What does not yet tell them apart is asked again."""
    head.types("an di muon 2").sees("Có 02 học viên tên “an”")
    head.types(answer)
    if ("1985" in answer and "/" not in answer) or answer == "An":
        head.sees("Vẫn còn nhiều người trùng tên", "Có 02 học viên")
    else:
        head.sees("CHƯA gửi", "Nguyễn Văn An, đi muộn 2 buổi")


def test_leave_may_be_answered_by_typing(head):
    head.types("Giang vắng 2 buổi").sees("Đồng chí đã nhắn: “vắng 2 buổi”")
    head.types("ko phép").sees("CHƯA gửi", "Đỗ Thị Giang, vắng không phép 2 buổi")


def test_a_misspelt_name_is_asked_and_a_name_of_nobody_is_told(head):
    head.types("Gang đi muộn").sees("không có học viên “Gang”", "Đỗ Thị Giang").sees_no("CHƯA gửi")
    head.types("Xuân đi muộn").sees("không có học viên “Xuân”", "Chưa ghi nhận gì").sees_no(
        "Đề nghị đồng chí chọn"
    )
    assert kept(head.stage) == {}


def test_leave_that_may_belong_to_being_late_is_asked(head):
    """Late twice with leave, or late twice and absent with leave?"""
    head.types("Giang muộn 2, có phép").sees("Đồng chí đã nhắn: “có phép”", "Đi muộn", "Vắng có phép")
    head.chooses("Đi muộn")
    head.sees("Đỗ Thị Giang, đi muộn 2 buổi").sees_no("vắng có phép")


def test_ethics_asks_for_its_note(head):
    head.types("Giang đạo đức").sees("đề nghị đồng chí ghi rõ sự việc")
    head.types("x" * 1001).sees("Ghi chú còn trống hoặc quá dài")
    head.types("3").sees("CHƯA gửi", "cần nhắc nhở về đạo đức (ghi chú “3”)")
    head.chooses("Gửi")
    assert kept(head.stage) == {"Đỗ Thị Giang": ("ethics", "head")}


def test_who_was_marked_before_stays_and_is_named(stage):
    """By the roll-call Trần Văn An was late twice: "all are well" does not overwrite that."""
    head = stage.head
    head.says("cả lớp tốt")
    head.sees("11 học viên nền nếp tốt; 01 học viên cần nêu: đồng chí Trần Văn An, đi muộn 2 buổi")
    head.sees("Đã ghi sẵn theo điểm danh: đồng chí Trần Văn An.").taps("Gửi")
    assert kept(stage) == {"Trần Văn An": ("late", "roll_call")}


def test_absences_of_the_roll_call_are_told_where_all_is_said_to_be_well(stage):
    records(stage, "Trần Văn An", "unexcused", "unexcused", "excused")
    told = "theo điểm danh: đồng chí Trần Văn An vắng có phép 1 buổi, vắng không phép 2 buổi"
    stage.head.says("không có gì").sees("đồng chí Trần Văn An, vắng không phép 2 buổi, vắng có phép 1 buổi")
    stage.head.taps("Bỏ các mục ghi sẵn").sees(told, "được giữ nguyên")
    stage.head.says("Trần Văn An vắng không phép 1").sees(told)
    stage.head.says("Trần Văn An vắng không phép 2").sees_no("theo điểm danh")


def test_a_sentence_corrects_what_was_sent_until_the_deadline(head):
    head.types("Giang muộn 2")
    head.chooses("Gửi")
    head.types("Giang muộn 3").sees("Nội dung đã sửa CHƯA gửi", "đi muộn 3 buổi")
    head.chooses("Gửi")
    head.sees("Mã biên nhận")
    assert len(revisions(head.stage)) == 2
    head.types("Giang muộn 3").sees("không cần gửi lại")
    head.stage.passes(days=30)
    head.types("Giang muộn 4").sees_no("CHƯA gửi")
    assert len(revisions(head.stage)) == 2


def test_of_several_reports_the_shown_one_the_named_one_or_the_first_due(head):
    """The confirmation names it."""
    stage = head.stage
    first = another_report(stage, learners=("Phạm Thị Cúc", "Lê Văn Bình"))
    head.types("Bình muộn 1").sees("lớp Sơ cấp khóa III", "CHƯA gửi")
    head.types("lớp Trung cấp A1: Bình muộn 1").sees("lớp Trung cấp A1", "CHƯA gửi")
    head.types("lớp BD-01 tháng 11 Giang vắng phép").sees("lớp Trung cấp A1", "CHƯA gửi")
    head.types("tháng 10 tất cả tốt").sees("Trợ lý chưa hiểu phần này", "tháng 10")
    assert kept(stage) == kept(stage, first) == {}


def test_the_report_whose_card_was_opened_is_meant(stage):
    no_roll_call(stage)
    another_report(stage, learners=("Phạm Thị Cúc", "Lê Văn Bình"))
    head = stage.head
    head.says("/baocao").sees("lớp Sơ cấp khóa III").taps("Báo cáo khác").taps("Trung cấp A1")
    head.says("Bình muộn 1").sees("lớp Trung cấp A1", "CHƯA gửi")


def test_what_is_typed_about_something_else_is_not_taken(head):
    for text in ("lịch học của Giang", "xin chào", "kết quả học tập của Giang", "Giang vắng mấy buổi?"):
        head.types(text).sees_no("Chưa ghi nhận", "CHƯA gửi", "Kính gửi đồng chí")


def test_a_command_before_a_whole_sentence_does_not_swallow_it(head):
    head.types("Báo cáo: Giang muộn 2").sees("CHƯA gửi", "Đỗ Thị Giang, đi muộn 2 buổi")


def test_a_note_that_is_waited_for_gets_its_text(stage):
    """A sentence in a note is a note."""
    no_roll_call(stage)
    head = stage.head
    head.says("/baocao").taps("Có học viên cần nêu").taps("Đỗ Thị Giang").taps("Xong").taps("Đạo đức")
    head.says("Bình đi muộn 2 buổi").sees("cần nhắc nhở về đạo đức (ghi chú “Bình đi muộn 2 buổi”)")
    assert set(kept(stage)) == {"Đỗ Thị Giang"}


def test_another_sentence_takes_the_place_of_the_one_that_waits(head):
    head.types("Giang muộn 2").types("Bình vắng phép")
    head.chooses("Gửi")
    assert kept(head.stage) == {"Lê Văn Bình": ("excused", "head")}


def test_to_correct_the_sentence_is_to_type_it_anew(head):
    head.types("Giang muộn 2")
    head.chooses("Sửa")
    head.sees("Đề nghị đồng chí nhắn lại cả câu")
    assert kept(head.stage) == {}


def test_old_buttons_of_a_sentence_send_and_answer_nothing(stage):
    """Neither once something else was done, nor for another sentence."""
    no_roll_call(stage)
    head = stage.head
    head.says("Giang muộn 2")
    send = head.last.buttons[0]["data"]
    head.says("An vắng phép")
    who = head.last.buttons[0]["data"]
    head.presses(send).sees("Nút vừa chọn đã cũ")
    head.says("An muộn 1")
    head.presses(who).sees("Nút vừa chọn đã cũ")
    head.says("menu").presses(send).sees("Nút vừa chọn đã cũ")
    assert kept(stage) == {}
    assert revisions(stage) == []


def test_what_changed_meanwhile_is_shown_again_and_nothing_is_written(stage):
    """Another head of the unit says something else before *Gửi*."""
    no_roll_call(stage)
    second = stage.player(another_head(stage, stage.cast.unit))
    head = stage.head
    head.says("Giang muộn 2").sees("CHƯA gửi")
    second.says("/baocao").taps("Có học viên cần nêu").taps("Lê Văn Bình")
    head.taps("Gửi").sees("vừa có thay đổi", "Lê Văn Bình")
    assert kept(stage) == {"Lê Văn Bình": ("", "head")}


def test_two_people_of_the_same_full_name_are_told_apart_by_their_births(stage):
    no_roll_call(stage)
    with stage.database.transaction() as session:
        session.get(Person, learner_id(stage, "Nguyễn Văn An")).name = "Trần Văn An"
    stage.head.says("Trần Văn An muộn 1").sees("Trần Văn An (10/02/1985)", "Trần Văn An (08/10/1985)")
    stage.head.taps("Trần Văn An (08/10/1985)").sees("đồng chí Trần Văn An (08/10/1985), đi muộn 1 buổi")


def test_where_no_report_is_open_a_sentence_is_told_so(stage):
    other = stage.player(another_head(stage, stage.cast.empty_unit, "Tạ Thị Lan"))
    other.says("Tất cả tốt").sees("Hiện chưa có báo cáo nền nếp nào cần gửi.")
    assert report_of(stage).revision == 0
