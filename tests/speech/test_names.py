"""Whatever help or the menu prints works when it is typed; names in reports are people and no commands."""

import unicodedata

import pytest

from handlers import table
from handlers.reports.sentence.meaning import Report, read_report
from handlers.reports.sentence.who import Learner
from locales import Language
from storage.base.text import bare
from storage.people.people import Role

ROLES = {
    "learner": Role.LEARNER,
    "head": Role.UNIT_HEAD,
    "registrar": Role.REGISTRAR,
    "director": Role.DIRECTOR,
    "lecturer": Role.LECTURER,
}
# Given names that are words as well once their diacritics are gone, and common ones that are not.
NAMES = [
    "Tuấn",
    "Mai",
    "Hoa",
    "Thu",
    "Nam",
    "Minh",
    "Anh",
    "An",
    "Ân",
    "Bình",
    "Hà",
    "Hạ",
    "Lan",
    "Lâm",
    "Long",
    "Lý",
    "Mỹ",
    "Nga",
    "Ngọc",
    "Nhàn",
    "Phong",
    "Phúc",
    "Quý",
    "Sáu",
    "Bảy",
    "Tám",
    "Hai",
    "Ba",
    "Tư",
    "Năm",
    "Sơn",
    "Sương",
    "Tâm",
    "Tân",
    "Thảo",
    "Thành",
    "Thanh",
    "Thi",
    "Thịnh",
    "Thọ",
    "Thơ",
    "Tiến",
    "Toàn",
    "Trang",
    "Trí",
    "Tú",
    "Tuyết",
    "Uyên",
    "Vân",
    "Việt",
    "Vinh",
    "Vui",
    "Xuân",
    "Yến",
    "Danh",
    "Hương",
    "Hằng",
    "Hiền",
    "Hòa",
    "Hồng",
    "Huệ",
    "Kỳ",
    "Kính",
    "Cúc",
    "Chi",
    "Chung",
    "Công",
    "Cường",
    "Dũng",
    "Duy",
    "Đạt",
    "Đào",
    "Đông",
    "Đức",
    "Giang",
    "Học",
    "Khánh",
    "Khoa",
    "Kiên",
    "Liên",
    "Linh",
    "Loan",
    "Lương",
    "Mạnh",
    "Nghĩa",
    "Nhân",
    "Nhung",
    "Oanh",
    "Phương",
    "Quang",
    "Quyên",
    "Tài",
    "Thắng",
    "Thông",
    "Tình",
    "Tùng",
    "Lịch",
    "Báo",
    "Ngày",
    "Chính",
    "Tốt",
    "Đủ",
    "Điểm",
]
REPORTS = (
    "{} di muon 2",
    "{} vang phep 1 buoi",
    "tat ca tot tru {} di muon 2",
    "di muon: {}",
    "{} muon 2, con lai tot",
)


def answer(player) -> list[str]:
    return [repr(message) for message in player.news()]


@pytest.mark.parametrize("who", ROLES)
def test_every_name_and_label_that_is_printed_works_when_typed(stage, who):
    """With and without diacritics, with and without the slash. `nhap` and `diem` were not understood."""
    player, known, language = getattr(stage, who).says("/menu"), table(), Language("vi")
    for part in known.conversations:
        for name in part.descriptions:
            may = known.commands[name][1]
            if not may or ROLES[who] in may:
                wanted = answer(player.says(f"/{name}"))
                assert answer(player.says(name)) == wanted, name
                assert answer(player.says(name.upper())) == wanted, name
    for action in known.menu(frozenset({ROLES[who]})):
        label = str(language.text(action.menu))
        wanted = answer(player.presses(action.key))
        for typed in (label, bare(label), unicodedata.normalize("NFD", label)):
            player.says("/huy")  # else a label that asks for words would get the next one
            assert answer(player.says(typed)) == wanted, typed


@pytest.mark.parametrize("name", NAMES)
def test_an_undiacritised_name_in_a_report_is_the_person_or_asked_about(name):
    """ "tuan" may be Tuấn: it is never dropped, and never taken for somebody else."""
    people = [Learner(1, f"Nguyễn Văn {name}"), Learner(2, "Trần Quốc Khải"), Learner(3, "Lê Thị Phượng")]
    for sentence in REPORTS:
        report = read_report(sentence.format(bare(name)), people)
        assert report is not None, sentence.format(bare(name))
        assert _speaks_of(report), (sentence.format(bare(name)), report)


def _speaks_of(report: Report) -> bool:
    asked = any(1 in (*one.people, one.learner) for one in report.questions)
    return 1 in report.mentions or asked or report.problem is not None


@pytest.mark.parametrize(
    "typed", ["danh sach", "diem danh", "diem danh sach", "xem danh sach lop", "ket qua danh sach"]
)
def test_a_command_is_no_search_for_somebody_called_danh(stage, typed):
    stage.head.says(typed).sees_no("không có học viên", "tên là", "“danh")
