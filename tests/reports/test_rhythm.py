"""The rhythm of reports: which days each is about, when it is due, what staff see and change of it."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select as choose
from sqlmodel import select

from handlers.reports.rhythm import rhythm
from locales import Language
from storage.admin import setup
from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass, Enrolment, RuleSet
from storage.messaging.accounts import Abilities
from storage.messaging.timers import timer
from storage.people.audit import Audit
from storage.reports import periods as report_periods
from storage.reports.reports import ConductReport
from storage.reports.rhythm import EVERY, Rhythm, RhythmError, Span, planned, read_rhythm, spans_of, uncovered
from tests.casts.centre import at
from tests.casts.reports import learner_id
from tests.houses.dialogue import Stage

FIRST, LAST = date(2026, 9, 7), date(2027, 6, 25)  # a class of ten months
DAY = timedelta(days=1)


@pytest.fixture
def plain_stage(database):
    return Stage(database, abilities=Abilities(buttons=0))


def new_class(
    stage, own=None, *, first=date(2026, 11, 2), last=date(2026, 12, 18), names=("Trần Văn An",)
) -> int:
    """A class with its own rhythm, its reports planned."""
    with stage.database.transaction() as session:
        running = session.get(CourseClass, stage.cast.running)
        course = CourseClass(
            centre_id=stage.cast.centre, class_type_id=running.class_type_id, rule_set_id=running.rule_set_id,
            code="NM-01", name="Lớp mới", from_date=first, to_date=last, rhythm=own or {},
        )  # fmt: skip
        session.add(course)
        session.flush()
        for name in names:
            row = Enrolment(
                class_id=course.id, person_id=learner_id(stage, name), organisation_id=stage.cast.unit,
                from_date=first,
            )  # fmt: skip
            session.add(row)
        session.flush()
        rhythm.plan(stage.desk(session), course.id)
        return course.id


def periods(stage, course: int) -> list[tuple[date, date]]:
    with stage.database.reading() as session:
        return [(one.from_date, one.to_date) for one in report_periods.periods_of(session, course)]


def spans(told, first=FIRST, last=LAST) -> list[tuple[date, date]]:
    return [(one.first, one.last) for one in spans_of(read_rhythm(told, first, last), first, last)]


# --- as data ---


def test_weeks_run_from_monday_to_sunday_within_the_class():
    assert spans({"every": "week"}, date(2026, 11, 4), date(2026, 11, 17)) == [
        (date(2026, 11, 4), date(2026, 11, 8)),
        (date(2026, 11, 9), date(2026, 11, 15)),
        (date(2026, 11, 16), date(2026, 11, 17)),
    ]


@pytest.mark.parametrize("every", ["closing", "once", "class"])
def test_old_spellings_of_once_after_the_closing_still_count(every):
    assert spans({"every": every}) == [(FIRST, LAST)]


def test_blocks_keep_their_names_and_come_in_order():
    blocks = [
        {"name": "Khối II", "from": "2026-12-01", "to": "2027-02-28"},
        {"name": "Khối I", "from": "2026-09-07", "to": "2026-11-30"},
    ]
    found = read_rhythm({"every": "block", "blocks": blocks}, FIRST, LAST)
    assert [one.name for one in found.spans] == ["Khối I", "Khối II"]


WRONG = [
    ({"every": "fortnight"}, "every", "unknown", 0),
    ({"open_days": "ba"}, "open_days", "number", 0),
    ({"open_days": 0}, "open_days", "number", 0),
    ({"grace_days": -1}, "grace_days", "number", 0),
    ({"every": "block"}, "blocks", "missing", 0),
    ({"every": "dates", "dates": "07/09"}, "dates", "missing", 0),
    ({"every": "dates", "dates": [["2026-09-07"]]}, "dates", "shape", 1),
    ({"every": "block", "blocks": [{"name": " ", "from": "2026-09-07", "to": "2026-09-08"}]}, "blocks", "name", 1),
    ({"every": "dates", "dates": [["2026-09-07", "2026-09-31"]]}, "dates", "date", 1),
    ({"every": "dates", "dates": [["2026-09-08", "2026-09-07"]]}, "dates", "backwards", 1),
    ({"every": "dates", "dates": [["2026-09-07", "2026-09-20"], ["2026-09-20", "2026-09-30"]]}, "dates", "overlap", 2),
    ({"every": "dates", "dates": [["2026-09-06", "2026-09-20"]]}, "dates", "outside", 1),
]  # fmt: skip


@pytest.mark.parametrize(("told", "field", "reason", "line"), WRONG)
def test_wrong_configuration_names_the_field_and_what_to_do(told, field, reason, line):
    with pytest.raises(RhythmError) as wrong:
        read_rhythm(told, FIRST, LAST)
    assert (wrong.value.field, wrong.value.reason, wrong.value.line) == (field, reason, line)
    course = CourseClass(name="Lớp", code="L", from_date=FIRST, to_date=LAST)
    said = rhythm.words.problem(Language("vi"), wrong.value, course)
    assert field not in said, "a key, which is no word of the registrar's"
    assert "đề nghị" in said


def test_tet_moves_a_deadline_and_is_remembered():
    found = planned(Rhythm("month", 5, 1), SendingCalendar(), Span(date(2027, 1, 1), date(2027, 1, 31)))
    assert (found.due_at, found.moved_from) == (at(date(2027, 2, 12), 17), date(2027, 2, 5))
    assert found.grace_at == at(date(2027, 2, 15), 17)


def test_what_another_period_is_about_already_is_left_out():
    span = Span(date(2026, 11, 30), date(2026, 12, 6), "Khối I")
    assert uncovered(span, [(date(2026, 11, 1), date(2026, 11, 30))]) == [
        Span(date(2026, 12, 1), date(2026, 12, 6), "Khối I")
    ]
    inside = [(date(2026, 12, 2), date(2026, 12, 2))]
    assert [(one.first.day, one.last.day) for one in uncovered(span, inside)] == [(30, 1), (3, 6)]


@st.composite
def schedules(draw):
    """A class, a rhythm that fits it, and the days its centre rests or works beside the public ones."""
    first = draw(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
    last = first + draw(st.integers(0, 300)) * DAY
    every = draw(st.sampled_from(EVERY))
    told = {"every": every, "open_days": draw(st.integers(1, 12)), "grace_days": draw(st.integers(0, 5))}
    if every in {"block", "dates"}:
        cuts = sorted(draw(st.sets(st.integers(0, (last - first).days + 1), max_size=8)) | {0, 1})
        days = [
            [(first + one * DAY).isoformat(), (first + (other - 1) * DAY).isoformat()]
            for one, other in pairwise(cuts)
        ]
        blocks = [{"name": f"K{at}", "from": one, "to": other} for at, (one, other) in enumerate(days)]
        told |= {"dates": days, "blocks": blocks}
    near = st.frozensets(st.dates(first, last + 60 * DAY), max_size=12)
    return first, last, told, SendingCalendar(rest_days=draw(near), work_days=draw(near))


@settings(max_examples=60)
@given(schedules())
def test_whatever_the_rhythm_periods_fit_and_planning_twice_plans_once(schedule):
    first, last, told, calendar = schedule
    course = CourseClass(from_date=first, to_date=last)
    found = read_rhythm(told, first, last)
    long_ago = datetime(2020, 1, 1, tzinfo=calendar.zone)
    made = report_periods.coming_periods(calendar, found, course, [], long_ago)
    covered = [one.from_date + n * DAY for one in made for n in range((one.to_date - one.from_date).days + 1)]
    asked = [
        one.first + n * DAY
        for one in spans_of(found, first, last)
        for n in range((one.last - one.first).days + 1)
    ]
    assert covered == sorted(set(covered)), "none twice, in order"
    assert covered == asked
    if told["every"] not in {"block", "dates"}:
        assert len(covered) == (last - first).days + 1
    for one in made:
        assert one.opens_at < one.due_at <= one.grace_at
        for moment in (one.opens_at, one.due_at, one.grace_at):
            assert calendar.is_sending_day(moment.astimezone(calendar.zone).date())
        assert one.moved_from is None or one.moved_from < one.due_at.astimezone(calendar.zone).date()
    assert report_periods.coming_periods(calendar, found, course, made, long_ago) == []


# --- planned and adjusted ---


def test_a_class_has_its_own_rhythm_before_that_of_its_type(stage):
    course = new_class(stage, {"every": "week"}, last=date(2026, 11, 22))
    assert periods(stage, course) == [
        (date(2026, 11, 9), date(2026, 11, 15)),  # the first week's would have been due
        (date(2026, 11, 16), date(2026, 11, 22)),
    ]
    with stage.database.reading() as session:
        period = report_periods.periods_of(session, course)[0]
        assert (period.due_at, period.grace_at) == (at(date(2026, 11, 18), 17), at(date(2026, 11, 19), 17))


def test_when_a_class_moves_periods_follow_without_doubles_and_what_was_said_stays(stage):
    blocks = [
        {"name": "Khối I", "from": "2026-11-02", "to": "2026-11-30"},
        {"name": "Khối II", "from": "2026-12-01", "to": "2026-12-18"},
    ]
    course = new_class(stage, {"every": "block", "blocks": blocks})
    with stage.database.transaction() as session:
        first = report_periods.periods_of(session, course)[0]
        kept = session.exec(select(ConductReport).where(ConductReport.period_id == first.id)).one()
        kept.state = "filling"
        session.get(CourseClass, course).rhythm = {"every": "month"}
        row = stage.desk(session).centre(stage.cast.centre)
        for _time in range(2):
            setup.put_class(session, row, "NM-01", {"to_date": date(2027, 1, 8)}, None, stage.time)
            rhythm.plan(stage.desk(session), course)
    assert periods(stage, course) == [
        (date(2026, 11, 2), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 8)),
    ]
    with stage.database.reading() as session:
        assert report_periods.periods_of(session, course)[0].name == "Khối I"
        keys = session.execute(choose(timer.c.key).where(timer.c.kind == "conduct_period")).scalars().all()
        there = {str(one.id) for one in report_periods.periods_of(session, course)}
        assert set(keys) & there == there
        assert len(keys) == len(there), "no timer of a period that is gone"


def test_a_learner_who_changed_unit_belongs_to_the_unit_of_those_days(stage):
    course = new_class(stage)
    with stage.database.transaction() as session:
        row = session.exec(select(Enrolment).where(Enrolment.class_id == course)).one()
        row.to_date = date(2026, 11, 30)
        other = Enrolment(
            class_id=course, person_id=row.person_id, organisation_id=stage.cast.other_unit,
            from_date=date(2026, 12, 1),
        )  # fmt: skip
        session.add(other)
        session.flush()
        report_periods.forget_coming(session, course, stage.time)
        rhythm.plan(stage.desk(session), course)
        found = [
            (period.from_date.month, report.organisation_id)
            for period in report_periods.periods_of(session, course)
            for report in session.exec(select(ConductReport).where(ConductReport.period_id == period.id))
        ]
    assert found == [(11, stage.cast.unit), (12, stage.cast.other_unit)]


def test_a_rhythm_nobody_can_plan_by_is_told_to_the_registrar_once_and_plans_nothing(stage):
    stage.registrar.reads()
    course = new_class(stage, {"every": "dates", "dates": [["2026-11-02", "2027-11-30"]]})
    with stage.database.transaction() as session:
        rhythm.plan(stage.desk(session), course)
    assert periods(stage, course) == []
    stage.registrar.sees(
        "Chưa lập được các kỳ báo cáo nền nếp của lớp mới.",
        "Các ngày tự chọn, dòng 1: 02/11/2026–30/11/2027 nằm ngoài thời gian của lớp (02/11/2026 – 18/12/2026); "
        "đề nghị đồng chí kiểm tra lại.",
    )
    assert len(stage.registrar.news()) == 1
    stage.registrar.taps("Chế độ báo cáo").sees("Các ngày tự chọn, dòng 1").taps("Đổi chế độ")
    stage.registrar.taps("Theo loại lớp").taps("Lưu").sees("Đã lưu.", "Hằng tháng (theo loại lớp)")
    assert len(periods(stage, course)) == 2


def test_a_wrong_rhythm_of_the_rule_set_is_told_on_the_card(stage):
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.running)
        rules = session.get(RuleSet, course.rule_set_id)
        rules.rules = {**rules.rules, "rhythm": "hằng tuần"}
    stage.registrar.says("/nhip").taps("Trung cấp A1")
    stage.registrar.sees(
        "Chế độ báo cáo: không có chế độ “hằng tuần”; đề nghị đồng chí chọn một trong các chế độ"
    )


# --- the conversation ---


def test_staff_see_a_class_s_rhythm_and_its_coming_periods(stage):
    registrar = stage.registrar.says("chế độ báo cáo").taps("Trung cấp A1")
    registrar.sees(
        "Chế độ báo cáo, lớp Trung cấp A1, 02/11/2026 – 18/12/2026",
        "Hiện nay: Hằng tháng (theo loại lớp).",
        "Đơn vị có 3 ngày làm việc để báo cáo.",
        "- tháng 11 (01–30/11): Trung tâm đề nghị báo cáo lúc 8 giờ, thứ Hai, 16/11; hạn 17 giờ, thứ Năm, 03/12.",
    )
    assert registrar.last.labels == ["Đổi chế độ", "Quay lại"]


def test_another_rhythm_is_previewed_then_saved_in_four_taps_and_open_periods_stay(stage):
    registrar = stage.registrar.says("/nhip").reads()
    registrar.taps_made = 0
    registrar.taps("Trung cấp A1").taps("Đổi chế độ").taps("Hằng tuần")
    registrar.sees(
        "CHƯA lưu. Chế độ đã chọn: Hằng tuần.",
        "Đã mở, giữ nguyên:\n- tháng 11 (01–30/11)",
        "Các kỳ sẽ có:\n- kỳ 01/12 – 06/12: Trung tâm đề nghị báo cáo lúc 7 giờ 30, thứ Hai, 07/12; hạn 17 giờ, thứ Tư, 09/12.",
    )
    assert periods(stage, stage.cast.running) == [(date(2026, 11, 1), date(2026, 11, 30))]
    registrar.taps("Lưu").sees("Đã lưu.", "Hằng tuần (riêng của lớp)")
    assert registrar.taps_made == 4
    assert periods(stage, stage.cast.running) == [
        (date(2026, 11, 1), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 6)),
        (date(2026, 12, 7), date(2026, 12, 13)),
        (date(2026, 12, 14), date(2026, 12, 18)),
    ]
    with stage.database.reading() as session:
        row = session.exec(select(Audit).where(Audit.action == "rhythm_changed")).one()
        assert (row.actor_id, row.subject) == (stage.cast.registrar, f"course_class:{stage.cast.running}")
    registrar.presses(registrar.messages()[-2].buttons[0]["data"])  # the same Save once more
    registrar.sees("Nút này đã cũ.")
    assert len(periods(stage, stage.cast.running)) == 4


def test_blocks_are_typed_a_line_each_and_mistakes_are_named_by_line(stage):
    course = new_class(stage, last=date(2027, 2, 26))
    registrar = stage.registrar.says("/nhip").taps("Lớp mới").taps("Đổi chế độ").taps("Theo khối")
    registrar.sees("Ví dụ: 07/09 – 30/11: Khối I")
    registrar.says("02/11–30/11: Khối I\n31/11-15/01: Khối II").sees("dòng 2: không có ngày “31/11”")
    registrar.says("02/11–30/11: Khối I\n30/11-15/01: Khối II").sees(
        "dòng 2: 30/11/2026–15/01/2027 trùng với"
    )
    registrar.says("02/11–30/11").sees("dòng 1: thiếu tên khối")
    registrar.says("khối một tháng 11").sees("dòng 1: chưa hiểu “khối một tháng 11”")
    registrar.says("02/11–30/11: Khối I\n 01.12.2026 đến 15/1: Khối <II>\n")
    registrar.sees(
        "CHƯA lưu. Chế độ đã chọn: Theo khối.",
        "- Khối I (02/11 – 30/11)",
        "- Khối <II> (01/12/2026 – 15/01/2027)",
    ).taps("Lưu")
    assert periods(stage, course) == [
        (date(2026, 11, 2), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2027, 1, 15)),
    ]
    stage.head.reads()
    stage.moves_to(at(date(2026, 12, 1), 8))
    stage.head.says("/baocao").taps("Báo cáo khác").sees("Lớp mới, Khối I (02/11 – 30/11)")


def test_dates_of_one_s_own_are_chosen_by_number_where_there_are_no_buttons(plain_stage):
    course = new_class(plain_stage)
    registrar = plain_stage.registrar.types("/nhip")
    number = next(n for n, one in registrar.last.shown.numbered.items() if one["label"].startswith("Lớp mới"))
    registrar.types(str(number)).types("đổi chế độ").types("5")
    registrar.types("02/11–20/11; 21/11–18/12").sees("CHƯA lưu. Chế độ đã chọn: Ngày tự chọn.").types(
        "lưu"
    ).sees("Đã lưu.")
    assert periods(plain_stage, course) == [
        (date(2026, 11, 2), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 12, 18)),
    ]


def test_a_restart_or_another_word_in_between_leaves_the_rhythm_as_it_is(stage):
    registrar = stage.registrar.says("/nhip").taps("Trung cấp A1").taps("Đổi chế độ").taps("Hằng tuần")
    save = registrar.last.buttons[0]["data"]
    registrar.says("/menu").presses(save).sees("Nút này đã cũ.", "Hằng tháng (theo loại lớp)")


def test_the_card_says_that_tet_has_moved_the_deadline(stage):
    course = new_class(
        stage, {"every": "month", "open_days": 5}, first=date(2027, 1, 4), last=date(2027, 3, 31)
    )
    head = stage.head
    stage.moves_to(at(date(2027, 2, 1), 7, 30))
    head.sees(
        "báo cáo nền nếp kỳ 04/01 – 31/01, lớp mới",
        "Hạn: 17 giờ, thứ Sáu, 12/02.",
        "Hạn được dời từ thứ Sáu, 05/02 sang thứ Sáu, 12/02 vì nghỉ Tết.",
    )
    stage.registrar.says("/nhip").taps("Lớp mới").sees("vì nghỉ Tết")
    assert len(periods(stage, course)) == 3


def test_a_public_holiday_moves_a_deadline_too(stage):
    new_class(stage, {"every": "closing"}, last=date(2026, 12, 30))
    stage.moves_to(at(date(2026, 12, 31), 7, 30))
    stage.head.says("/baocao").sees("Hạn được dời từ thứ Hai, 04/01 sang thứ Ba, 05/01 vì nghỉ lễ.")
