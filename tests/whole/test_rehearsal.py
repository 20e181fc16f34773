"""A class of ten months, three units and a Tết, played from the first day to the last on the virtual clock.

Lê Lợi reports at once; the health station when it is reminded, a day late; the police are silent for two months.
Heads travel, hand over and are replaced, a learner changes unit, a report comes by phone, one is reopened. Whatever
the program says by itself is listed (`pytest -s`) and looked at: when, to whom, whether he had the right to read it.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func
from sqlalchemy import select as choose
from sqlmodel import select

from handlers.reports.rhythm import rhythm
from storage.base.calendar import ZONE
from storage.base.text import fold
from storage.courses.courses import Attendance, ClassType, CourseClass, CourseSession, Enrolment, RuleSet
from storage.feedback.feedback import UnitFeedback
from storage.joining.grants import give
from storage.messaging.accounts import Abilities
from storage.messaging.outbox import outbox
from storage.messaging.timers import timer
from storage.people.audit import Audit
from storage.people.offices import Trip
from storage.people.people import Centre, Grant, Organisation, Person, Role
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod
from storage.reports.signing import Handover
from storage.requests.prompts import Prompt
from storage.requests.requests import Request
from tests.casts.centre import at, person
from tests.casts.reports import ends, lives
from tests.houses.dialogue import Player, Stage

GOLDEN = Path(__file__).with_name(
    "rehearsal.txt"
)  # every message that is to be: a line more or less is a change
FIRST, LAST = date(2026, 9, 7), date(2027, 6, 30)
# The days by hand: a report opens on the first working day after its month, is due on the fifth, waited for on the sixth.
DAYS = {
    "09": (date(2026, 10, 1), date(2026, 10, 7), date(2026, 10, 8)),
    "10": (date(2026, 11, 2), date(2026, 11, 6), date(2026, 11, 9)),
    "11": (date(2026, 12, 1), date(2026, 12, 7), date(2026, 12, 8)),
    "12": (date(2027, 1, 4), date(2027, 1, 8), date(2027, 1, 11)),  # New Year's Day is a Friday
    "01": (date(2027, 2, 1), date(2027, 2, 12), date(2027, 2, 15)),  # Tết from 4/2 to 10/2
    "02": (date(2027, 3, 1), date(2027, 3, 5), date(2027, 3, 8)),
    "03": (date(2027, 4, 1), date(2027, 4, 7), date(2027, 4, 8)),
    "04": (date(2027, 5, 4), date(2027, 5, 10), date(2027, 5, 11)),  # 30/4 and, for 1/5, Monday 3/5
    "05": (date(2027, 6, 1), date(2027, 6, 7), date(2027, 6, 8)),
    "06": (date(2027, 7, 1), date(2027, 7, 7), date(2027, 7, 8)),
}
TET = [date(2027, 2, 4) + timedelta(days=n) for n in range(7)]
HOURS = (("07:30", "11:30"), ("13:30", "17:00"))
REST = {*TET, date(2027, 1, 1), date(2027, 4, 16), date(2027, 4, 30), date(2027, 5, 3)}
FRIDAY = 4
LADDER = ("open", "remind", "last", "deputy", "director")
TOLD = ("open", "remind", "last", "deputy", "later", "extended", "now")
STEPS = {kind: f"conduct_told_{kind}" for kind in TOLD} | {"director": "conduct_director_asked"}
Event = tuple[datetime, Callable[[], object]]


@dataclass(frozen=True)
class Said:
    """A message as it went out, `at` by the clock of the centre. `kind` is "answer" where its reader had just pressed."""

    at: datetime
    reader: int
    kind: str
    report: int
    text: str


class Rehearsal(Stage):
    """The centre, its three units and the class; it remembers which messages answered a press."""

    def __init__(self, database) -> None:
        super().__init__(database, start=at(date(2026, 9, 1), 8), empty=True, abilities=Abilities(buttons=5))
        self.answers: set[int] = set()
        with database.transaction() as session:
            self._settle(session)
        self.a, self.b, self.c = (self.player(self.people[name]) for name in ("head_a", "head_b", "head_c"))
        self.office, self.chief = (self.player(self.people[name]) for name in ("registrar", "director"))
        for name in ("deputy_b", "deputy_c", "mate_b", "superior"):
            self.player(self.people[name])

    def delivers(self, incoming, chat: str) -> int:
        before = self._newest_row()
        newest = super().delivers(incoming, chat)
        with self.database.reading() as session:
            mine = choose(outbox.c.id).where(outbox.c.id > before, outbox.c.chat == chat)
            self.answers |= set(session.execute(mine).scalars())
        return newest

    def _newest_row(self) -> int:
        with self.database.reading() as session:
            return session.execute(choose(func.max(outbox.c.id))).scalar() or 0

    # -- who there is

    def _settle(self, session) -> None:
        self.centre = _add(session, Centre(name="Trung tâm Chính trị phường An Hòa", place="An Hòa", phone="02033123456",
                                           options={"personal_abroad": True}))  # fmt: skip
        self.people: dict[str, int] = {}
        self.units: dict[str, int] = {}
        for mark, name in (("above", "Công an thành phố"), ("a", "Trường THCS Lê Lợi"), ("b", "Trạm Y tế phường A"),
                           ("c", "Công an phường B")):  # fmt: skip
            above = self.units["above"] if mark == "c" else None
            unit = Organisation(centre_id=self.centre, name=name, folded=fold(name), parent_id=above)
            self.units[mark] = _add(session, unit)
        for key, name, role, mark in (
            ("registrar", "Phan Thị Thu", Role.REGISTRAR, ""), ("director", "Trịnh Quốc Việt", Role.DIRECTOR, ""),
            ("superior", "Đinh Văn Thắng", Role.UNIT_HEAD, "above"), ("head_a", "Lê Văn Bình", Role.UNIT_HEAD, "a"),
            ("head_b", "Mai Thị Hoa", Role.UNIT_HEAD, "b"), ("deputy_b", "Vũ Thị Liên", Role.UNIT_HEAD, "b"),
            ("mate_b", "Tạ Văn Phúc", Role.LIAISON_OFFICER, "b"), ("head_c", "Đoàn Mạnh Cường", Role.UNIT_HEAD, "c"),
            ("deputy_c", "Hồ Sỹ Nam", Role.UNIT_HEAD, "c"),
        ):  # fmt: skip
            self.appoints(session, key, name, role, mark)
        self._class(session)

    def appoints(self, session, key: str, name: str, role: str, mark: str) -> None:
        unit = self.units.get(mark)
        self.people[key] = person(session, self.centre, name, unit, self.time)
        one, today = session.get(Person, self.people[key]), self.time.astimezone(ZONE).date()
        one.muted = {
            "digest": True
        }  # what requests say is written down here; the digest has tests of its own
        give(session, one, role, self.time, today, unit_id=unit, is_deputy=key.startswith("deputy"))

    def _class(self, session) -> None:
        kind = _add(session, ClassType(centre_id=self.centre, name="Trung cấp lý luận chính trị"))
        rules = _add(session, RuleSet(class_type_id=kind, version=1, from_date=date(2026, 1, 1), rules={}))
        self.course = _add(session, CourseClass(
            centre_id=self.centre, class_type_id=kind, rule_set_id=rules, code="TC-01", name="Trung cấp A1",
            from_date=FIRST, to_date=LAST, rhythm={"every": "month", "open_days": 5},
        ))  # fmt: skip
        names = {"a": ("Trần Văn An", "Phạm Thị Cúc", "Ngô Thị Mai"), "b": ("Vũ Quốc Hùng", "Lý Thị Ngọc"),
                 "c": ("Đặng Văn Long", "Bùi Thị Khánh")}  # fmt: skip
        self.learners: dict[str, int] = {}
        for mark, of_unit in names.items():
            for name in of_unit:
                self.learners[name] = person(
                    session, self.centre, name, self.units[mark], self.time, number=len(self.learners)
                )
                self.enrols(session, name, mark, FIRST)
        for number in range(10):  # a session a month, on the 15th; An is late, of the police one is missing
            day = date(2026 + (number > 3), (8 + number) % 12 + 1, 15)
            row = CourseSession(
                class_id=self.course, starts_at=at(day, 7, 30), ends_at=at(day, 11), topic="Chuyên đề"
            )
            session_id = _add(session, row)
            for name, learner in self.learners.items():
                state = {"Trần Văn An": "late", "Đặng Văn Long": "unexcused"}.get(name, "present")
                _add(session, Attendance(session_id=session_id, person_id=learner, state=state))
        rhythm.plan(self.desk(session), self.course)

    def enrols(self, session, name: str, mark: str, first: date) -> None:
        row = Enrolment(
            class_id=self.course,
            person_id=self.learners[name],
            organisation_id=self.units[mark],
            from_date=first,
        )
        _add(session, row)

    def leaves(self, session, name: str, last: date) -> None:
        query = (
            select(Enrolment).where(Enrolment.person_id == self.learners[name]).order_by(Enrolment.id.desc())
        )
        session.exec(query).first().to_date = last

    # -- what is done

    def moves_unit(self) -> None:
        """A learner of Lê Lợi is the health station's from the middle of November on."""
        with self.database.transaction() as session:
            self.leaves(session, "Ngô Thị Mai", date(2026, 11, 15))
            self.enrols(session, "Ngô Thị Mai", "b", date(2026, 11, 16))
            rhythm.plan(self.desk(session), self.course)

    def learners_leave(self) -> None:
        """In May the police have nobody in the class."""
        with self.database.transaction() as session:
            for name in ("Đặng Văn Long", "Bùi Thị Khánh"):
                self.leaves(session, name, date(2027, 4, 30))
                self.enrols(session, name, "c", date(2027, 6, 1))
            rhythm.plan(self.desk(session), self.course)

    def new_head(self) -> None:
        ends(self, self.people["head_c"], date(2027, 3, 2))
        with self.database.transaction() as session:
            self.appoints(session, "new_head_c", "Đào Thị Yến", Role.UNIT_HEAD, "c")
        self.c = self.player(self.people["new_head_c"])

    def catches_up(self) -> None:
        """The new head of the police sends what is open and what her predecessor never sent."""
        reports(self.c)
        for _report in range(2):
            self.c.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")

    def travels(self) -> None:
        self.b.says("Tôi đi công tác đến 30/4").taps("Đúng")

    def hands_over(self) -> None:
        self.b.says("/baocao").taps("Giao người khác").taps("Tạ Văn Phúc").taps("Giao báo cáo")

    def remind_later(self) -> None:
        self.b.says("/baocao").taps("Nhắc tôi sau").taps("Sáng mai")

    def types_sentence(self) -> None:
        self.b.says("/baocao").types("tat ca tot tru Hung di muon 2, Ngoc vang phep").taps("Gửi").sees(
            "Mã biên nhận"
        )

    def types_line(self) -> None:
        self.b.says("/baocao").types("1 muộn 2; 3 vắng phép").taps("Gửi").sees(
            "Mã biên nhận", "02 học viên cần nêu"
        )

    def by_phone(self) -> None:
        self.office.says("/nhapbaocao").taps("Công an phường B").taps("Tất cả nền nếp tốt").taps(
            "Ghi: qua điện thoại"
        )

    def asks_to_reopen(self) -> None:
        self.a.says("/baocao").taps("Đề nghị mở lại").taps("Gửi đề nghị")

    def corrects(self) -> None:
        self.office.taps("Đồng ý mở lại")
        self.a.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").taps("Gửi").sees("Lần gửi 2")


def reports(head: Player) -> None:
    """From the card that came last: two taps."""
    head.taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")


def _add(session, row) -> int:
    session.add(row)
    session.flush()
    return row.id


# --- the story ---


def diary(play: Rehearsal) -> list[Event]:
    """Everything people do, by its moment."""
    found: list[Event] = []
    for month, (opens, _due, grace) in DAYS.items():
        found.append((at(opens, 8), lambda: reports(play.a)))
        if month not in {"11", "02", "03", "04"}:
            found.append((at(grace, 10), lambda: reports(play.b)))
        if month not in {"10", "12", "01", "02", "05"}:
            found.append((at(opens + timedelta(days=1), 15), lambda: reports(play.c)))
    director = play.chief
    mate, deputy = (play.player(play.people[key]) for key in ("mate_b", "deputy_b"))
    found += [
        (at(date(2026, 10, 12), 9), play.asks_to_reopen),
        (at(date(2026, 10, 12), 14), play.corrects),
        (at(date(2026, 11, 3), 9), play.by_phone),
        (at(date(2026, 11, 16), 9), play.moves_unit),
        (at(date(2026, 12, 8), 10), play.types_line),
        (at(date(2027, 1, 12), 14), lambda: director.taps("Gọi điện trước")),
        (at(date(2027, 1, 13), 9), lambda: director.taps("Gia hạn").taps("3 ngày")),
        (at(date(2027, 1, 20), 14), lambda: director.taps("Gửi cấp trên").taps("Gửi")),
        (at(date(2027, 2, 16), 14), lambda: director.taps("Gọi điện trước")),
        (at(date(2027, 2, 17), 18), lambda: director.taps("Gửi cấp trên").taps("Gửi")),
        (at(date(2027, 3, 3), 6), play.new_head),
        (at(date(2027, 3, 3), 10), play.catches_up),
        (at(date(2027, 3, 8), 10), play.types_sentence),
        (at(date(2027, 3, 29), 9), play.travels),
        (at(date(2027, 4, 8), 9), lambda: reports(deputy)),
        (at(date(2027, 4, 30), 9), play.learners_leave),
        (at(date(2027, 5, 4), 9), play.hands_over),
        (at(date(2027, 5, 11), 9), lambda: reports(mate)),
        (at(date(2027, 7, 5), 9), play.remind_later),
    ]
    return sorted(found, key=lambda event: event[0])


def played(play: Rehearsal) -> None:
    for moment, act in diary(play):
        lives(play, moment)
        act()
        play.ticks()
        play.arrives()
    lives(play, at(date(2027, 8, 2), 8))


# --- what was said ---


def all_said(play: Rehearsal, kept: "Kept") -> list[Said]:
    with play.database.reading() as session:
        rows = session.execute(
            choose(outbox).where(outbox.c.state != "dropped").order_by(outbox.c.sent_at, outbox.c.id)
        )
        return [_said(play, row, kept) for row in rows]


def _said(play: Rehearsal, row, kept: "Kept") -> Said:
    assert row.state == "sent", "everything has gone out in the end"
    text = " ".join(row.message["html"].replace("<b>", "").replace("</b>", "").split("\n"))
    name, of = ((row.key or "") + ":").split(":")[:2]
    kind, report = name, int(of or 0)
    if row.id in play.answers:
        kind, report = "answer", 0
    elif name in {"reopen", "reopened"}:
        report = kept.requests[report]
    elif row.id in kept.prompts:
        name, step, report = kept.prompts[row.id]
        kind = step.partition("-")[0] if name == "report" else name
        report = kept.fed_back[report] if name == "feedback" else report
    return Said(row.sent_at.astimezone(ZONE), row.person_id, kind, report, text)


class Kept:
    """What the tables say in the end, read without the queries under test."""

    def __init__(self, play: Rehearsal) -> None:
        with play.database.reading() as session:
            self.reports, self.grants, self.handovers, self.trips, self.revisions, audits = (
                list(session.exec(select(kind).order_by(kind.id)))
                for kind in (ConductReport, Grant, Handover, Trip, ConductRevision, Audit)
            )
            self.requests = {row.id: row.report_id for row in session.exec(select(ReopenRequest))}
            fed_back = list(session.exec(select(UnitFeedback)))
            prompted = select(Prompt, Request).join(Request, Request.id == Prompt.request_id)
            rows = session.exec(select(Request).where(Request.kind == "report"))
            self.asked_for = {row.subject_id: row.id for row in rows}
            self.prompts = {
                one.outbox_id: (about.kind, one.step, about.subject_id)
                for one, about in session.exec(prompted)
            }
            self.timers = list(session.execute(choose(timer).order_by(timer.c.due_at, timer.c.id)))
            periods = {row.id: f"{row.from_date:%m}" for row in session.exec(select(ReportPeriod))}
            session.expunge_all()
        marks = {unit: mark for mark, unit in play.units.items()}
        self.place = {one.id: (periods[one.period_id], marks[one.organisation_id]) for one in self.reports}
        last = next(period for period, month in periods.items() if month == "06")
        self.fed_back = {
            row.id: next(
                one.id
                for one in self.reports
                if (one.period_id, one.organisation_id) == (row.period_id or last, row.organisation_id)
            )
            for row in fed_back
        }
        self.steps: dict[int, list[str]] = {}  # what the program did about each report by itself, by the log
        for row in audits:
            if row.actor_id is None and row.subject.startswith("conduct_report:"):
                self.steps.setdefault(int(row.subject.partition(":")[2]), []).append(row.action)

    def is_after(self, report: int, moment: datetime) -> bool:
        """Whether the report came after this instant, or never."""
        sent_at = self.sent_at(report)
        return sent_at is None or sent_at > moment

    def sent_at(self, report: int) -> datetime | None:
        return next((row.sent_at for row in self.revisions if row.report_id == report), None)

    def holders(self, day: date, role: str, unit: int | None = None, *, deputies: bool = False) -> set[int]:
        return {
            one.person_id
            for one in self.grants
            if (one.role, one.organisation_id, one.deputy_of is not None) == (role, unit, deputies)
            and (one.from_date or day) <= day <= (one.to_date or day)
        }

    def asked(self, report: int, unit: int, moment: datetime) -> set[int]:
        """Whom a report is to be asked of then: who got it; else who is here."""
        given = [row.to_person for row in self.handovers if row.report_id == report and row.at <= moment]
        return {given[-1]} if given else self.here(unit, moment.date())

    def here(self, unit: int, day: date) -> set[int]:
        """The heads who are not away; else their deputies; else the heads."""
        away = {
            row.person_id
            for row in self.trips
            if row.from_date <= day <= row.to_date and row.ended_at is None
        }
        heads = self.holders(day, Role.UNIT_HEAD, unit)
        return heads - away or self.holders(day, Role.UNIT_HEAD, unit, deputies=True) - away or heads


def readers(play: Rehearsal, kept: Kept, one: Said) -> set[int]:
    """Who had the right to read a message when it went out, by what kind it is."""
    unit, day = play.units[kept.place[one.report][1]], one.at.date()
    match one.kind:
        case "open" | "remind" | "last" | "later" | "extended" | "now":
            return kept.asked(one.report, unit, one.at)
        case "deputy":
            return kept.holders(day, Role.UNIT_HEAD, unit, deputies=True)
        case "conduct-sent" | "reopened":
            return kept.holders(day, Role.UNIT_HEAD, unit)
        case "feedback":
            return kept.here(unit, day)
        case "superior":
            return kept.holders(day, Role.UNIT_HEAD, play.units["above"])
        case "director" | "reopen":
            return kept.holders(day, Role.DIRECTOR if one.kind == "director" else Role.REGISTRAR)
    raise AssertionError(f"nobody knows who may read {one}")


def listing(play: Rehearsal, said: list[Said]) -> str:
    """Every message: when, to whom, what it is, how it begins."""
    names = people(play)
    return "\n".join(
        f"{one.at:%a %d/%m/%Y %H:%M}  {names[one.reader]:18} {one.kind:12} {one.text[:110]}" for one in said
    )


def people(play: Rehearsal) -> dict[int, str]:
    with play.database.reading() as session:
        return {row.id: row.name for row in session.exec(select(Person))}


def written_down(play: Rehearsal, kept: Kept, said: list[Said]) -> list[str]:
    """Every message as the list beside this file has it: hour, reader, kind, and which unit's report of which month."""
    names = people(play)
    return [
        " | ".join((
            f"{one.at:%d/%m/%Y %H:%M}", names[one.reader], one.kind, *(kept.place[one.report] if one.report else ()),
        ))
        for one in said
    ]  # fmt: skip


# --- what must hold ---


def test_ten_months_over_tet_say_nothing_at_night_twice_too_late_or_to_the_wrong_people(database):
    play = Rehearsal(database)
    played(play)
    kept = Kept(play)
    said = all_said(play, kept)
    print(listing(play, said))  # pytest shows it where the test fails, or with -s
    assert written_down(play, kept, said) == GOLDEN.read_text(encoding="utf-8").splitlines()
    own = [one for one in said if one.kind != "answer"]  # what nobody had just pressed for
    assert [one for one in own if not is_an_hour(one.at)] == []
    assert [one for one in said if one.at.date() in TET] == []
    assert repeated(_same(one) for one in own) == []
    assert repeated((one.reader, one.at.date()) for one in own if one.kind in ASKING) == [], (
        "one a person and day"
    )
    assert [one for one in own if one.kind in ASKING and is_after(kept.sent_at(one.report), one.at)] == []
    assert [one for one in own if one.reader not in readers(play, kept, one)] == []
    assert counted(kept, own) == EXPECTED
    _ladder_stands(kept, own)
    _reports_stand(play, kept)


ASKING = {"open", "remind", "last", "later", "extended", "now", "deputy", "director", "superior"}
EXPECTED = {
    "09": {"open": 3, "remind": 1, "last": 1, "reopen": 1, "reopened": 1, "feedback": 3},
    "10": {"open": 3, "remind": 1, "conduct-sent": 1, "feedback": 3},
    "11": {"open": 3, "remind": 1, "feedback": 3},
    "12": {"open": 3, "remind": 3, "deputy": 2, "director": 3, "extended": 1, "superior": 1, "feedback": 3},
    "01": {"open": 3, "remind": 2, "deputy": 1, "director": 2, "superior": 1, "feedback": 3},
    "02": {"open": 3, "remind": 1, "now": 1, "feedback": 3},
    "03": {"open": 3, "remind": 1, "last": 1, "conduct-sent": 1, "feedback": 3},
    "04": {"open": 3, "now": 1, "remind": 1, "conduct-sent": 1, "feedback": 3},
    "05": {"open": 2, "remind": 1, "feedback": 2},
    "06": {"open": 3, "later": 1, "last": 1, "feedback": 3},
}


def counted(kept: Kept, own: list[Said]) -> dict[str, dict[str, int]]:
    """How many messages of each kind there were about each month."""
    found: dict[str, Counter[str]] = {month: Counter() for month in DAYS}
    for one in own:
        found[kept.place[one.report][0]][one.kind] += 1
    return {month: dict(kinds) for month, kinds in found.items()}


def is_an_hour(moment: datetime) -> bool:
    """Whether a working day's window is open, by the list of rest days above."""
    rests = moment.weekday() > FRIDAY or moment.date() in REST
    return not rests and any(first <= f"{moment:%H:%M}" < last for first, last in HOURS)


def is_after(sent_at: datetime | None, moment: datetime) -> bool:
    return sent_at is not None and moment >= sent_at


def repeated(things) -> list[tuple]:
    return [thing for thing, times in Counter(things).items() if times > 1]


def _same(one: Said) -> tuple:
    """What may be said once. A director who wants to call first is asked again, but on another day."""
    return one.reader, one.report, one.kind, one.text, one.at.date() if one.kind == "director" else None


def _ladder_stands(kept: Kept, own: list[Said]) -> None:
    """Each report has its timers in order, all of them run, and the log tells of just the steps that were told."""
    assert [row.kind for row in kept.timers if row.state != "done"] == ["digest"], "of the next working day"
    for report, (month, _unit) in kept.place.items():
        opens, due, grace = DAYS[month]
        steps = [row for row in reversed(kept.timers) if row.kind == "request_step"]
        run = {row.args["step"]: row.due_at for row in steps if row.args["request"] == kept.asked_for[report]}
        assert run["open"] == at(opens, 7, 30)
        if kept.is_after(report, at(due, 17)):
            assert run["close"] == at(due, 17)
        if kept.is_after(report, at(grace, 17)):
            assert run["deputy"] == at(grace, 17)
        if "remind" in run:
            assert not is_after(kept.sent_at(report), run["remind"]), "taken back with the sending"
            assert at(opens, 7, 30) < run["remind"] <= at(due, 7, 30)
        if "last" in run:
            assert run["last"] == at(due, 7, 30)
        told = [one.kind for one in own if one.report == report and one.kind in STEPS]
        assert [STEPS[kind] for kind in told] == kept.steps.get(report, []), (month, told)
        first = [kind for place, kind in enumerate(told) if kind in LADDER and kind not in told[:place]]
        assert first == sorted(first, key=LADDER.index), "in the order of the ladder"


def _reports_stand(play: Rehearsal, kept: Kept) -> None:
    """One report a unit and month, sent once or corrected once, by whom it says, about those of its days."""
    assert sorted(kept.place.values()) == sorted((month, unit) for month in DAYS for unit in "abc")
    numbers = Counter(kept.place[row.report_id] for row in kept.revisions)
    assert numbers == {place: 1 for place in kept.place.values() if place != ("05", "c")} | {("09", "a"): 2}
    how = {kept.place[row.report_id]: (row.capacity, row.source) for row in kept.revisions}
    assert {place: told for place, told in how.items() if told != ("head", "chat")} == {
        ("10", "c"): ("head", "phone"), ("03", "b"): ("deputy", "chat"), ("04", "b"): ("authorised", "chat"),
    }  # fmt: skip
    late = {kept.place[row.report_id] for row in kept.revisions if json.loads(row.content)["late"]}
    assert late == {(month, "b") for month in DAYS} | {("12", "c"), ("01", "c")}
    mai = play.learners["Ngô Thị Mai"]
    said_of = [(kept.place[row.report_id], json.loads(row.content)["learners"]) for row in kept.revisions]
    about = {place for place, learners in said_of if mai in [one["id"] for one in learners]}
    assert about == {(month, "a") for month in ("09", "10", "11")} | {
        (month, "b") for month in list(DAYS)[2:]
    }
