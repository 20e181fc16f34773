"""The sample centre's classes: on which days they meet relative to now, about what, under which rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from typing import Any, Final

from storage.base.calendar import SendingCalendar

DAY: Final = timedelta(days=1)
PERIOD: Final = 21 * DAY  # of the running class's reports: two are over, the third one has just been opened
MORNING, AFTERNOON = (time(7, 30), time(11, 0)), (time(13, 30), time(16, 30))
# Without a fixed rhythm: long classes are reported on month by month, short ones once, after their closing. Were
# they too cut at the month's end, units would be asked of a class of a few days for its first two or three.
RULES: Final[dict[str, Any]] = {
    "max_absence": "0.20",
    "bands": [["9", "excellent"], ["8", "good"], ["7", "fair"], ["5", "average"]],
    "weights": {"marks": "0.6", "diligence": "0.2", "conduct": "0.2"},
    "rhythm": {"open_days": "3"},
}
BEGINNERS: Final = (
    ("lecture", "Bài 1: Khái quát lịch sử Đảng Cộng sản Việt Nam"),
    ("lecture", "Bài 2: Cương lĩnh xây dựng đất nước trong thời kỳ quá độ lên chủ nghĩa xã hội"),
    ("lecture", "Bài 3: Nội dung cơ bản của Điều lệ Đảng Cộng sản Việt Nam"),
    ("lecture", "Bài 4: Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh"),
    ("lecture", "Bài 5: Phấn đấu, rèn luyện để trở thành đảng viên Đảng Cộng sản Việt Nam"),
    ("discussion", "Thảo luận theo tổ"),
    ("field_trip", "Tham quan nhà truyền thống của địa phương"),
    ("lecture", "Giải đáp thắc mắc"),
)
MEMBERS: Final = (
    ("lecture", "Chủ nghĩa Mác - Lênin và tư tưởng Hồ Chí Minh là nền tảng tư tưởng của Đảng"),
    ("lecture", "Quan điểm, đường lối phát triển kinh tế - xã hội"),
    ("lecture", "Xây dựng Đảng và hệ thống chính trị trong sạch, vững mạnh"),
    ("lecture", "Tăng cường quốc phòng, an ninh và đối ngoại"),
    ("discussion", "Thảo luận: trách nhiệm của người đảng viên mới"),
    ("lecture", "Nghiệp vụ công tác đảng ở chi bộ"),
)
ELEMENTARY: Final = (
    ("lecture", "Những vấn đề cơ bản của chủ nghĩa Mác - Lênin"),
    ("lecture", "Tư tưởng Hồ Chí Minh"),
    ("lecture", "Lịch sử Đảng Cộng sản Việt Nam"),
    ("discussion", "Thảo luận: vận dụng lý luận vào công việc ở cơ sở"),
    ("lecture", "Nhà nước và pháp luật Việt Nam"),
    ("lecture", "Công tác dân vận, Mặt trận và các đoàn thể"),
    ("lecture", "Kỹ năng lãnh đạo, quản lý ở cơ sở"),
    ("field_trip", "Nghiên cứu thực tế"),
)


@dataclass(frozen=True)
class Plan:
    """What a class of the sample is: `state` is opening, running or closing, seen from now."""

    state: str
    type_name: str
    code: str
    name: str
    topics: Sequence[tuple[str, str]]
    party: str  # the Party status of most of its learners
    room: str
    study_mode: str = "full_time"


@dataclass(frozen=True)
class Slot:
    """One session as it is laid out, on the centre's wall clock."""

    day: date
    hours: tuple[time, time]
    kind: str
    topic: str
    periods: int


OPENING: Final = Plan(
    "opening", "Bồi dưỡng nhận thức về Đảng", "NTD-01", "Bồi dưỡng nhận thức về Đảng khóa I",
    BEGINNERS, "non_member", "A1",
)  # fmt: skip
RUNNING: Final = Plan(
    "running", "Sơ cấp lý luận chính trị", "SC-01", "Sơ cấp lý luận chính trị khóa I",
    ELEMENTARY, "member", "A2", "in_service",
)  # fmt: skip
CLOSING: Final = Plan(
    "closing", "Bồi dưỡng đảng viên mới", "DVM-01", "Bồi dưỡng đảng viên mới khóa I", MEMBERS, "probationary", "B1",
)  # fmt: skip


def more(number: int) -> Plan:
    """The `number`-th further class, from 2 on, when the sample is asked for more learners."""
    return Plan(
        "running", RUNNING.type_name, f"SC-{number:02d}", f"Sơ cấp lý luận chính trị, lớp {number}",
        ELEMENTARY, "member", f"C{number}", "in_service",
    )  # fmt: skip


# --- days


def working_days(calendar: SendingCalendar, first: date) -> Iterator[date]:
    """The working days from `first` on."""
    day = first
    while True:
        if calendar.is_sending_day(day):
            yield day
        day += DAY


def layout(calendar: SendingCalendar, plan: Plan, today: date) -> list[Slot]:
    """All sessions of a class, oldest first."""
    if plan.state == "opening":
        monday = today + DAY * (7 - today.weekday())
        days = [day for day in islice(working_days(calendar, monday), 5) for _half in range(2)]
    elif plan.state == "running":
        days = [*islice(working_days(calendar, today - 3 * PERIOD), 0, 74, 2)]
    else:
        last = _closing_day(calendar, today)
        days = [calendar.add_working_days(last, -left) for left in range(7, -1, -1)]
    hours = cycle((MORNING, AFTERNOON) if plan.state == "opening" else (MORNING,))
    what = [("opening", "Khai giảng và học nội quy"), *islice(cycle(plan.topics), len(days) - 2)]
    what.append(("closing", "Bế giảng, trao giấy chứng nhận"))
    if plan.state != "opening":
        what[-2] = ("exam", "Viết bài thu hoạch")
    return [
        Slot(day, when, kind, topic, 5 if when == MORNING else 4)
        for day, when, (kind, topic) in zip(days, hours, what, strict=False)
    ]


def _closing_day(calendar: SendingCalendar, today: date) -> date:
    """The last working day of this week from today on; when none is left, the next there is."""
    sunday = today + DAY * (6 - today.weekday())
    left = [today + DAY * n for n in range((sunday - today).days + 1)]
    return next(
        (day for day in reversed(left) if calendar.is_sending_day(day)), next(working_days(calendar, today))
    )


def last_opening(calendar: SendingCalendar, now: datetime) -> datetime:
    """The last beginning of a working morning that is not after `now`: when the reports were opened."""
    day = now.astimezone(calendar.zone).date()
    while True:
        moment = datetime.combine(day, calendar.windows[0][0], calendar.zone)
        if calendar.is_sending_day(day) and moment <= now:
            return moment
        day -= DAY
