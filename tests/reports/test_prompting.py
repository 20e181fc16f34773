"""Reports come by themselves: one prompt at a time, one reminder, nothing after the sending."""

from datetime import date, datetime

import pytest
from sqlalchemy import select as choose
from sqlalchemy import update
from sqlmodel import select

from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass, Enrolment, RuleSet
from storage.messaging import timers
from storage.messaging.outbox import outbox
from storage.people.people import Grant, Person
from storage.reports.periods import plan_period, plan_reports
from storage.reports.reports import ConductReport, ReportPeriod
from storage.requests.prompts import Prompt
from tests.casts.centre import LEARNERS, at
from tests.casts.reports import (
    another_head,
    another_report,
    learner_id,
    moves_period,
    report_of,
    request_of,
    takes_step,
)

OPENS = at(date(2026, 11, 18), 8)  # a Wednesday
DUE = at(date(2026, 11, 27), 17)  # a Friday; 80 % of the way: Wednesday 25/11, 21:36


def to_come(stage, **changes) -> int:
    return another_report(stage, **{"opens_at": OPENS, "due_at": DUE, "plan": True, **changes})


def prompts(player, word: str = "Kính gửi đồng chí") -> list[str]:
    return [seen.text for seen in player.messages() if word in seen.text]


def delivered(stage) -> None:
    """The platform took everything that is due."""
    with stage.database.transaction() as session:
        session.execute(update(outbox).where(outbox.c.due_at <= stage.time).values(state="sent"))


def said(stage, report: int) -> list[tuple[str, int, int]]:
    """What was told of a report and not taken back: step, person, outbox row."""
    with stage.database.reading() as session:
        query = select(Prompt).where(Prompt.request_id == request_of(session, report).id).order_by(Prompt.id)
        return [(one.step, one.person_id, one.outbox_id) for one in session.exec(query)]


def reminders(stage) -> list[str]:
    """The state of every reminder that was ever queued."""
    with stage.database.reading() as session:
        rows = session.execute(choose(outbox).order_by(outbox.c.id)).all()
        return [row.state for row in rows if "Trung tâm kính nhắc" in row.message["html"]]


def settled(stage) -> None:
    """The report of the cast is out of the way, so that only those of a test prompt."""
    with stage.database.transaction() as session:
        moves_period(session, stage.cast.period, due_at=at(date(2026, 11, 16), 8, 30))


# --- the prompt ---


def test_the_prompt_comes_at_opening_with_the_card_and_its_buttons(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 18), 7, 59))
    assert stage.head.news() == []
    stage.moves_to(at(date(2026, 11, 18), 8))
    stage.head.sees("Đề nghị đồng chí báo cáo nền nếp kỳ 02/11 – 15/11, lớp Sơ cấp khóa III, 03 học viên.")
    message = stage.head.news()[0]
    assert message.labels == [
        "Tất cả nền nếp tốt",
        "Có học viên cần nêu",
        "Giao người khác",
        "Nhắc tôi sau",
        "Quay lại",
    ]
    assert message.wire["private"] is True
    assert message.row.lane == "broadcast"
    assert said(stage, report) == [("open", stage.cast.head, message.row.id)]
    assert report_of(stage, report).request.first_asked_at == OPENS
    stage.head.taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")


def test_an_opening_in_the_night_waits_for_the_morning(stage):
    settled(stage)
    report = to_come(stage, opens_at=at(date(2026, 11, 20), 20))  # a Friday evening
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 23), 7, 29))
    assert stage.head.news() == []
    stage.moves_to(at(date(2026, 11, 23), 7, 30))
    stage.head.sees("Kính gửi đồng chí Lê Văn Bình.")
    assert report_of(stage, report).request.first_asked_at == at(date(2026, 11, 23), 7, 30)


def test_every_head_of_the_unit_is_asked_and_only_they(stage):
    settled(stage)
    second = stage.player(another_head(stage, stage.cast.unit))
    outsider = stage.player(stage.cast.other_head)
    stage.head.reads()
    to_come(stage)
    stage.moves_to(OPENS)
    assert [len(prompts(player)) for player in (stage.head, second, outsider)] == [1, 1, 0]


def test_planning_and_ticking_twice_prompts_once(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    stage.moves_to(OPENS)
    with stage.database.transaction() as session:
        period = session.get(ReportPeriod, session.get(ConductReport, report).period_id)
        plan_period(session, SendingCalendar(), period, stage.time)
        takes_step(stage, session, report, "open")
    stage.ticks()
    assert len(prompts(stage.head)) == 1


def test_no_learners_no_prompt(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    with stage.database.transaction() as session:
        rows = session.exec(
            select(Enrolment)
            .join(CourseClass, CourseClass.id == Enrolment.class_id)
            .where(CourseClass.name == "Sơ cấp khóa III")
        )
        for row in rows:
            row.to_date = row.from_date = date(2026, 10, 1)
    stage.moves_to(at(date(2026, 12, 1), 9))
    assert [message for message in stage.head.news() if "Kết quả từ Trung tâm" not in message.text] == []
    assert report_of(stage, report).request.first_asked_at is None


def test_a_unit_whose_head_is_not_bound_is_not_prompted_and_reminded_once_he_is(stage):
    settled(stage)
    report = to_come(stage)
    stage.moves_to(at(date(2026, 11, 20), 9))
    assert report_of(stage, report).request.first_asked_at is None
    assert stage.head.messages() == []
    stage.moves_to(at(date(2026, 11, 26), 8))
    assert len(prompts(stage.head)) == 1, "bound in between: the time of the reminder brings the prompt"
    assert prompts(stage.head, "Trung tâm kính nhắc") == []


def test_a_learner_enrolled_after_the_planning_brings_his_unit_in(stage):
    settled(stage)
    to_come(stage)
    with stage.database.transaction() as session:
        course = session.exec(select(CourseClass).where(CourseClass.name == "Sơ cấp khóa III")).one()
        row = Enrolment(
            class_id=course.id, person_id=stage.cast.other_learner, organisation_id=stage.cast.other_unit,
            from_date=date(2026, 11, 9),
        )  # fmt: skip
        session.add(row)
    other = stage.player(stage.cast.other_head)
    stage.moves_to(OPENS)
    other.sees("Sơ cấp khóa III, 01 học viên")


def test_after_a_long_power_cut_a_prompt_goes_once_and_without_its_reminder(stage):
    settled(stage)
    to_come(stage)
    stage.head.reads()
    stage.time = at(date(2026, 11, 26), 10)  # the program was off since before the opening
    stage.ticks()
    assert len(stage.head.news()) == 1
    stage.head.sees("Kính gửi đồng chí").sees_no("Trung tâm kính nhắc")


def test_after_the_deadline_nothing_is_asked_any_more(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    stage.time = at(date(2026, 11, 30), 10)
    stage.ticks()
    assert stage.head.news() == []
    assert report_of(stage, report).request.first_asked_at is None


def test_a_prompt_that_could_only_come_after_the_deadline_is_not_sent(stage):
    settled(stage)
    to_come(stage, due_at=at(date(2026, 11, 28), 12))  # a Saturday
    stage.head.reads()
    stage.time = at(date(2026, 11, 27), 18)
    stage.ticks()
    stage.moves_to(at(date(2026, 11, 30), 10))
    assert stage.head.news() == []


# --- the reminder ---


def test_one_reminder_names_what_remains_and_carries_the_button(stage):
    settled(stage)
    to_come(stage, learners=LEARNERS)
    head = stage.head.reads()
    stage.moves_to(OPENS)
    head.taps("Có học viên cần nêu")
    for name in ("Phạm Thị Cúc", "Đỗ Thị Giang", "Ngô Thị Mai", "Vũ Quốc Hùng", "Lý Thị Ngọc"):
        head.taps(name)
    head.reads()
    stage.moves_to(at(date(2026, 11, 26), 7, 29))
    assert head.news() == []
    stage.moves_to(at(date(2026, 11, 26), 7, 30))  # 80 % is in the night: it waits for the morning
    head.sees(
        "Trung tâm kính nhắc: còn 05 học viên chưa có nhận xét nền nếp.",
        "Hạn: 17 giờ, thứ Sáu, 27/11.",
        "Tiếp tục 7/12",
    )
    delivered(stage)
    head.taps("Tiếp tục 7/12").sees("[x] Phạm Thị Cúc")
    stage.moves_to(at(date(2026, 12, 2), 9))
    assert len(prompts(head, "Trung tâm kính nhắc")) == 1


def test_a_report_nobody_touched_is_reminded_with_all_its_learners(stage):
    settled(stage)
    to_come(stage)
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 26), 8))
    stage.head.sees("Trung tâm kính nhắc: còn 03 học viên chưa có nhận xét nền nếp.")


def test_one_filled_in_and_not_sent_is_reminded_of_the_sending(stage):
    settled(stage)
    to_come(stage)
    stage.head.reads()
    stage.moves_to(OPENS)
    stage.head.taps("Tất cả nền nếp tốt")
    stage.moves_to(at(date(2026, 11, 26), 8))
    stage.head.sees("Trung tâm kính nhắc: báo cáo đã điền xong nhưng CHƯA gửi.").taps("Xem lại 3/3").taps(
        "Gửi"
    )
    stage.head.sees("Mã biên nhận")


def test_nothing_comes_after_the_sending(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    stage.moves_to(OPENS)
    stage.head.taps("Tất cả nền nếp tốt").taps("Gửi").reads()
    with stage.database.reading() as session:
        key = f"{request_of(session, report).id}:remind"
        query = choose(timers.timer.c.state).where(
            timers.timer.c.kind == "request_step", timers.timer.c.key == key
        )
        assert session.execute(query).all() == []
    assert [one for one in said(stage, report) if one[0] != "open"] == []
    stage.moves_to(at(date(2026, 12, 1), 9))
    assert [message for message in stage.head.news() if "Thông báo kết quả" not in message.text] == []


def test_a_reminder_already_queued_for_the_morning_is_taken_back_by_the_sending(stage):
    settled(stage)
    report = to_come(stage)
    stage.head.reads()
    stage.moves_to(OPENS)
    stage.time = at(date(2026, 11, 26), 19)  # the timer runs late, in the evening: queued for the morning
    stage.ticks()
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").reads()
    stage.moves_to(at(date(2026, 11, 27), 9))
    assert stage.head.news() == []
    assert reminders(stage) == ["dropped"]
    assert [one for one in said(stage, report) if one[0] != "open"] == []


def test_the_deadline_takes_back_what_was_not_told_yet(stage):
    settled(stage)
    report = to_come(stage, due_at=at(date(2026, 11, 30), 17))
    stage.head.reads()
    stage.moves_to(OPENS)
    with stage.database.transaction() as session:
        stage.time = at(date(2026, 11, 28), 9)
        takes_step(stage, session, report, "remind")
    stage.time = at(date(2026, 11, 30), 17)
    with stage.database.transaction() as session:
        takes_step(stage, session, report, "close")
    assert reminders(stage) == ["dropped"]


# --- one at a time ---


def test_a_report_sent_in_the_evening_brings_the_next_in_the_morning(stage):
    settled(stage)
    to_come(stage, name="Lớp thứ hai", due_at=at(date(2026, 12, 1), 17))
    to_come(stage, name="Lớp thứ nhất", due_at=DUE)
    stage.moves_to(OPENS)
    stage.moves_to(at(date(2026, 11, 18), 22))
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").reads()
    stage.ticks()
    assert stage.head.news() == []
    stage.moves_to(at(date(2026, 11, 19), 7, 30))
    stage.head.sees("lớp thứ hai")


def test_the_next_one_comes_when_the_deadline_of_the_first_has_passed(stage):
    settled(stage)
    to_come(stage, name="Lớp thứ hai", due_at=at(date(2027, 1, 29), 17))
    to_come(stage, name="Lớp thứ nhất", due_at=DUE)
    stage.head.reads()
    stage.moves_to(OPENS)
    delivered(stage)
    stage.moves_to(at(date(2026, 11, 30), 7, 29))
    stage.head.sees("lớp thứ nhất").sees_no("lớp thứ hai")
    stage.moves_to(at(date(2026, 11, 30), 7, 30))
    stage.head.sees("lớp thứ hai")


def test_a_report_that_waits_behind_another_is_asked_for_in_time_all_the_same(stage):
    settled(stage)
    to_come(stage, name="Lớp thứ nhất", due_at=DUE)
    to_come(stage, name="Lớp thứ hai", due_at=DUE)
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 26), 8))
    stage.head.sees("Trung tâm kính nhắc: còn 03 học viên", "lớp thứ nhất", "lớp thứ hai")


def test_a_report_that_is_due_earlier_does_not_wait_behind_a_later_one(stage):
    settled(stage)
    to_come(stage, name="Lớp dài", opens_at=at(date(2026, 11, 17), 8), due_at=at(date(2027, 1, 29), 17))
    to_come(stage, name="Lớp ngắn", due_at=DUE)
    stage.head.reads()
    stage.moves_to(at(date(2026, 11, 17), 9))
    stage.head.sees("lớp dài").reads()
    stage.moves_to(OPENS)
    stage.head.sees("lớp ngắn")


def test_a_head_of_two_units_is_asked_for_one_of_them_at_a_time(stage):
    settled(stage)
    with stage.database.transaction() as session:
        grant = Grant(
            person_id=stage.cast.head, role="unit_head", centre_id=stage.cast.centre,
            organisation_id=stage.cast.empty_unit,
        )  # fmt: skip
        session.add(grant)
    to_come(stage, name="Lớp thứ nhất")
    to_come(stage, name="Lớp thứ hai", unit=stage.cast.empty_unit)
    stage.head.reads()
    stage.moves_to(OPENS)
    assert len(prompts(stage.head)) == 1


# --- planning ---


def planned(stage, **changes) -> list[tuple[date, date, datetime, datetime]]:
    """The periods of a class of its own, as `plan_reports` makes them."""
    with stage.database.transaction() as session:
        running = session.get(CourseClass, stage.cast.running)
        rules = RuleSet(
            class_type_id=running.class_type_id, version=7, from_date=date(2026, 1, 1),
            rules={"rhythm": changes.pop("rhythm", {})},
        )  # fmt: skip
        session.add(rules)
        session.flush()
        fields = {"from_date": date(2026, 11, 2), "to_date": date(2026, 12, 18), **changes}
        course = CourseClass(
            centre_id=stage.cast.centre, class_type_id=running.class_type_id, rule_set_id=rules.id,
            code="P-01", name="Lớp mới", **fields,
        )  # fmt: skip
        session.add(course)
        session.flush()
        row = Enrolment(
            class_id=course.id, person_id=learner_id(stage, "Trần Văn An"), organisation_id=stage.cast.unit,
            from_date=course.from_date,
        )  # fmt: skip
        session.add(row)
        for _time in range(2):  # the second time changes nothing
            plan_reports(session, SendingCalendar(), course.id, stage.time)
        found = session.exec(
            select(ReportPeriod).where(ReportPeriod.class_id == course.id).order_by(ReportPeriod.from_date)
        ).all()
        reports = session.exec(
            select(ConductReport).where(ConductReport.period_id.in_([period.id for period in found]))
        ).all()
        assert [report.organisation_id for report in reports] == [stage.cast.unit] * len(found)
        return [(one.from_date, one.to_date, one.opens_at, one.due_at) for one in found]


@pytest.mark.parametrize("rhythm", [{"every": "month", "open_days": 3}, {"every": "month"}, {}])
def test_a_long_class_is_reported_on_by_the_month(stage, rhythm):
    assert planned(stage, rhythm=rhythm) == [
        (date(2026, 11, 2), date(2026, 11, 30), at(date(2026, 12, 1), 7, 30), at(date(2026, 12, 3), 17)),
        (date(2026, 12, 1), date(2026, 12, 18), at(date(2026, 12, 21), 7, 30), at(date(2026, 12, 23), 17)),
    ]


@pytest.mark.parametrize("rhythm", [{"every": "class", "open_days": 5}, {"open_days": 5}])
def test_a_class_of_days_is_reported_on_once_after_its_closing(stage, rhythm):
    span = {"from_date": date(2026, 11, 16), "to_date": date(2026, 11, 20)}
    assert planned(stage, rhythm=rhythm, **span) == [
        (date(2026, 11, 16), date(2026, 11, 20), at(date(2026, 11, 23), 7, 30), at(date(2026, 11, 27), 17)),
    ]


def test_periods_that_are_over_are_not_made(stage):
    assert planned(stage, from_date=date(2026, 9, 7), to_date=date(2026, 10, 30)) == []


def test_a_period_entered_otherwise_is_not_doubled(stage):
    with stage.database.transaction() as session:
        plan_reports(session, SendingCalendar(), stage.cast.running, stage.time)
        query = select(ReportPeriod).where(ReportPeriod.class_id == stage.cast.running)
        periods = session.exec(query.order_by(ReportPeriod.from_date)).all()
        assert [(one.from_date, one.to_date) for one in periods] == [
            (date(2026, 11, 1), date(2026, 11, 30)),
            (date(2026, 12, 1), date(2026, 12, 18)),
        ]
        assert periods[0].id == stage.cast.period


def test_planning_a_class_that_is_not_there_does_nothing(stage):
    with stage.database.transaction() as session:
        plan_reports(session, SendingCalendar(), 10**9, stage.time)
        assert session.execute(choose(timers.timer.c.id)).all() == []


def test_the_prompt_speaks_the_language_of_its_reader(stage):
    settled(stage)
    with stage.database.transaction() as session:
        session.get(Person, stage.cast.head).language = "en"
    to_come(stage)
    stage.head.reads()
    stage.moves_to(OPENS)
    stage.head.sees("Dear comrade Lê Văn Bình,", "[All is well]")
