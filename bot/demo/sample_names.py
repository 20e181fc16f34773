"""Invented people and units for the sample centre: names as frequent as in life, phones that ring nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Final

from storage.base.text import fold

# Shares in percent among the Kinh, rounded; who is left out is spread over these.
FAMILIES: Final = {
    "Nguyễn": 31.5, "Trần": 10.9, "Lê": 8.9, "Phạm": 5.9, "Hoàng": 3.4, "Huỳnh": 1.7, "Vũ": 2.6, "Võ": 2.3,
    "Phan": 2.8, "Trương": 2.2, "Bùi": 2.1, "Đặng": 1.9, "Đỗ": 1.9, "Ngô": 1.7, "Hồ": 1.5, "Dương": 1.4,
    "Đinh": 1.0, "Đoàn": 0.8, "Mai": 0.7, "Đào": 0.7, "Trịnh": 0.7, "Lương": 0.6, "Lý": 0.6, "Cao": 0.6,
    "Hà": 0.5, "Tạ": 0.5, "Phùng": 0.4, "Lưu": 0.4, "Tô": 0.3, "Nông": 0.3, "Chu": 0.3, "Quách": 0.2,
}  # fmt: skip
MIDDLES: Final = {
    "male": {"Văn": 30, "Đức": 8, "Quang": 7, "Hữu": 6, "Công": 5, "Minh": 7, "Xuân": 5, "Ngọc": 5, "Đình": 5,
             "Quốc": 5, "Thanh": 5, "Trọng": 3, "Mạnh": 3, "Anh": 2, "Viết": 2, "Bá": 2},
    "female": {"Thị": 34, "Thị Thu": 8, "Thị Minh": 6, "Thị Ngọc": 6, "Thị Hồng": 6, "Thị Thanh": 6, "Thị Kim": 4,
               "Thị Phương": 4, "Thu": 4, "Ngọc": 5, "Thanh": 4, "Phương": 4, "Minh": 4, "Bích": 3, "Thị Bích": 2},
}  # fmt: skip
GIVEN: Final = {
    "male": ("Hùng", "Dũng", "Tuấn", "Cường", "Nam", "Hải", "Long", "Sơn", "Minh", "Anh", "Thành", "Hiếu", "Bình",
             "An", "Đức", "Quân", "Khoa", "Phúc", "Tùng", "Trung", "Thắng", "Việt", "Hưng", "Kiên", "Lâm", "Toàn",
             "Vinh", "Quý", "Đạt", "Huy"),
    "female": ("Hương", "Lan", "Hoa", "Hạnh", "Mai", "Linh", "Trang", "Hà", "Thảo", "Nga", "Thủy", "Ngọc", "Hiền",
               "Phương", "Dung", "Yến", "Loan", "Huyền", "Vân", "Nhung", "Anh", "Oanh", "Hằng", "Giang", "Quỳnh",
               "Thu", "Bích", "Cúc", "Tuyết", "Khánh"),
}  # fmt: skip
# 095 belonged to a network closed years ago and, as far as is known, was given to no other: it rings nowhere.
PHONES: Final = 950_000_000
POSITIONS: Final = {
    "school": (
        "Giáo viên",
        "Giáo viên",
        "Giáo viên",
        "Tổ trưởng chuyên môn",
        "Kế toán",
        "Nhân viên thư viện",
    ),
    "health": ("Bác sĩ", "Y sĩ", "Điều dưỡng", "Hộ sinh", "Dược sĩ"),
    "police": ("Cán bộ", "Cảnh sát khu vực", "Cán bộ tổng hợp"),
    "office": ("Công chức", "Chuyên viên", "Văn thư", "Kế toán"),
    "cell": ("Tổ trưởng dân phố", "Bí thư chi đoàn", "Chi hội trưởng phụ nữ", "Công an viên"),
    "company": ("Kỹ sư", "Kế toán", "Tổ trưởng sản xuất", "Nhân viên kinh doanh", "Công nhân"),
}
HEADS: Final = {
    "school": "Hiệu trưởng", "health": "Trạm trưởng", "police": "Trưởng Công an phường",
    "office": "Chánh Văn phòng", "cell": "Bí thư chi bộ", "company": "Giám đốc",
}  # fmt: skip
UNITS: Final = (
    ("school", "Trường Mầm non Hoa Sen"),
    ("school", "Trường Tiểu học Kim Đồng"),
    ("school", "Trường THCS Nguyễn Trãi"),
    ("health", "Trạm Y tế phường Tân Hòa"),
    ("police", "Công an phường Tân Hòa"),
    ("office", "Văn phòng UBND phường Tân Hòa"),
    ("cell", "Chi bộ khu phố 3"),
    ("company", "Công ty TNHH Dệt may Sao Mai"),
)
_PLACES: Final = ("An Bình", "Hòa Lạc", "Phú Mỹ", "Tân Lập", "Vĩnh Thịnh", "Đông Sơn", "Bình Minh", "Xuân Lâm",
                  "Thanh Hà", "Yên Phú", "Long Khánh", "Quang Trung")  # fmt: skip
_PATTERNS: Final = (
    ("school", "Trường THCS"),
    ("school", "Trường Tiểu học"),
    ("health", "Trạm Y tế phường"),
    ("police", "Công an phường"),
    ("office", "Văn phòng UBND phường"),
    ("company", "Hợp tác xã dịch vụ"),
    ("cell", "Chi bộ khu dân cư"),
)


def units() -> Iterator[tuple[str, str]]:
    """Kind and name: the eight of the sample, then as many more as are asked for, no name twice."""
    yield from UNITS
    for number in count(1):
        for place in _PLACES:
            for kind, name in _PATTERNS:
                yield kind, f"{name} {place}" + (f" {number}" if number > 1 else "")


@dataclass(frozen=True)
class Face:
    """What somebody is called, when born, and a phone."""

    name: str
    gender: str
    birth_date: date
    phone: str


@dataclass
class Crowd:
    """Gives people of whom no two share both name and birth date. The same `random` gives the same people."""

    random: Random
    today: date
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    known: set[tuple[str, date]] = field(default_factory=set)

    def face(self, *, youngest: int = 20, oldest: int = 50) -> Face:
        """Somebody between these ages, in years."""
        gender = "female" if self.random.random() < 0.55 else "male"
        middle = _weighted(self.random, MIDDLES[gender])
        name = f"{_weighted(self.random, FAMILIES)} {middle} {self.random.choice(GIVEN[gender])}"
        return self._born(name, gender, youngest, oldest)

    def namesake(self, other: Face) -> Face:
        """Somebody else of the same name."""
        return self._born(other.name, other.gender, 20, 50)

    def _born(self, name: str, gender: str, youngest: int, oldest: int) -> Face:
        while True:
            age = timedelta(days=self.random.randrange(youngest * 365, oldest * 365))
            born = self.today - age
            if (fold(name), born) not in self.known:
                self.known.add((fold(name), born))
                return Face(name, gender, born, f"0{PHONES + next(self.numbers) * 7919 % 9_999_991}")


def _weighted(random: Random, shares: dict[str, float] | dict[str, int]) -> str:
    names: Sequence[str] = list(shares)
    return random.choices(names, list(shares.values()))[0]
