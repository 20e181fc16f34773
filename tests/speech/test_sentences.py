"""What people type, sentence by sentence (tests/speech/sentences.txt), and what it is answered with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import table
from handlers.engine import speech

CORPUS = Path(__file__).parent / "sentences.txt"
NEVER = "chưa hiểu"
# How each kind of answer is told from others; what stands behind the kind has to be in it as well.
KINDS = {
    "day": ("Lịch học",),
    "today": ("Hôm nay không có buổi học.", "Buổi tới:"),
    "week": ("Lịch học tuần",),
    "yes": ("Có buổi học: ",),
    "no": ("Không có buổi học: ",),
    "where": ("Địa điểm: Hội trường Trung tâm", "phòng A2"),
    "next": ("Buổi tới:",),
    "no exam": ("Chưa ghi nhận lịch thi",),
    "classes": ("Đồng chí chọn lớp nào?", "BD-01 Trung cấp A1"),
    "result": ("BD-01",),
    "learners": ("Đồng chí chọn lớp nào?",),
    "charge": ("Người phụ trách", "Phan Thị Thu", "chưa ghi nhận chủ nhiệm lớp"),
    "carry": ("Tin này CHƯA gửi", "[Gửi giáo vụ]"),
    "ask": ("nội dung gửi giáo vụ",),
    "yes sir": ("Vâng, thưa đồng chí.",),
    "thanks": ("Trân trọng cảm ơn đồng chí.",),
    "bye": ("tạm biệt",),
    "home": ("Mời đồng chí chọn việc cần làm", "[Lớp học]"),
    "tasks": ("việc",),
    "notices": ("thông báo",),
    "help": ("Trợ lý tự động",),
    "settings": ("Ngôn ngữ: Tiếng Việt",),
    "my data": ("Dữ liệu",),
    "report": ("Kính gửi đồng chí", "Tất cả nền nếp tốt"),
    "report typed": ("CHƯA gửi",),
    "report asked": ("Ngô Thị Mai",),
    "report nobody": ("không có học viên “Huy”",),
    "import": ("Excel",),
    "publish": ("Công bố", "điểm"),
    "board": ("Việc đang theo dõi",),
    "status": ("Đã gửi: 0/2 đơn vị",),
    "desk": ("Thông báo của lớp",),
    "several": ("Trợ lý làm từng việc một.",),
    "not understood": ("Trợ lý chưa hiểu nội dung này.",),
    "ways in": ("[Nhập mã] [Đề nghị cấp mã]",),
    "code": ("ABCD-2345",),
}
SILENT = {"yes sir", "thanks", "bye"}  # one line, and nothing to press
UNKNOWN = {"not understood"}


def corpus() -> Iterator[tuple[str, str, str]]:
    """(role, sentence, what is expected)."""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            role, _bar, rest = line.partition(" | ")
            sentence, _arrow, expected = rest.rpartition(" => ")
            yield role, sentence, expected


def wrong(stage, role: str, sentence: str, expected: str) -> str:
    """What does not fit in the answer; empty where all does."""
    player = stage.stranger(f"stranger-{sentence}") if role == "stranger" else getattr(stage, role)
    player.says("/huy").says(sentence)
    told = "\n".join(repr(message) for message in player.news())
    kind = max((kind for kind in KINDS if expected.startswith(kind)), key=len)
    wanted = [*KINDS[kind], *expected.removeprefix(kind).strip().split(", ")]
    missing = [part for part in wanted if part not in told]
    if kind in SILENT and (len(player.news()) != 1 or player.last.labels or "\n" in player.last.text):
        missing.append("one line")
    if kind not in UNKNOWN and NEVER in told:
        missing.append("understood")
    if kind in UNKNOWN:
        missing += (
            [] if told.count("\n") == 2 and len(player.last.labels) == 3 else ["two lines, three buttons"]
        )
    return f"{role} | {sentence}: {missing} in\n{told}" if missing else ""


@pytest.mark.parametrize("role", ["learner", "head", "registrar", "director", "lecturer", "stranger"])
def test_every_sentence_is_answered_as_expected(stage, role):
    sentences = [one for one in corpus() if one[0] == role]
    found = [told for one in sentences if (told := wrong(stage, *one))]
    assert not found, "\n\n".join(found)


def test_the_share_that_is_understood_is_told():
    every = list(corpus())
    understood = [one for one in every if one[2] not in UNKNOWN]
    asked = [one for one in every if not one[2].startswith("not understood")]
    print(
        f"\n{len(every)} sentences, {len(understood)} answered, {len(every) - len(understood)} left to the registrar"
    )
    assert len(every) >= 150
    assert len(asked) / len(every) > 0.8


def test_learning_an_action_compares_its_words_with_few_others(monkeypatch):
    """A start took four seconds more: each word of each wording was compared with every short form there is."""
    compared, same = 0, speech._same

    def counted(typed, word):
        nonlocal compared
        compared += 1
        return same(typed, word)

    known = table().speech.known
    monkeypatch.setattr(speech, "_same", counted)
    fresh = speech.Speech()
    for words in dict.fromkeys(known.values()):
        fresh.learn(words)
    assert fresh.known.keys() == known.keys()
    assert compared < 5 * len(known)
