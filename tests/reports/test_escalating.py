"""What happens to a report that does not come: reminders, a deputy, the director's decision; never on its own."""

from collections import Counter
from datetime import date, datetime

import pytest
from sqlalchemy import select as choose
from sqlmodel import select

from handlers.reports.moving import prompt_now
from handlers.reports.prompting import remind_now
from handlers.reports.rhythm import rhythm
from storage.base.calendar import ZONE, SendingCalendar
from storage.courses.courses import CourseClass, Enrolment
from storage.messaging.accounts import Abilities
from storage.messaging.outbox import outbox
from storage.messaging.timers import timer
from storage.people.audit import Audit
from storage.people.offices import Trip
from storage.people.people import Centre, Grant, Organisation, Role
from storage.reports import periods
from storage.reports.reports import ConductReport
from storage.reports.signing import Handover
from storage.requests import requests
from storage.requests.prompts import Prompt
from storage.requests.requests import Request
from tests.casts.centre import LEARNERS, at, person
from tests.casts.letters import printed
from tests.casts.reports import (
    another_report,
    base36,
    learner_id,
    lives,
    moves_period,
    report_of,
    request_of,
    takes_step,
)
from tests.houses.dialogue import Stage

OPENS = at(date(2027, 2, 1), 7, 30)  # the report of January; Tết is from Thursday 4/2 to Wednesday 10/2
DUE, GRACE = at(date(2027, 2, 12), 17), at(date(2027, 2, 15), 17)
ASKED = at(date(2027, 2, 16), 13, 30)


class House:
    """A class of two units over Tết: its January report is open, heads, a deputy and the director are bound."""

    def __init__(
        self, stage: Stage, *, units: int = 1, code: str = "TET-01", name: str = "Lớp qua Tết", days: int = 5
    ) -> None:
        self.stage, cast = stage, stage.cast
        self.code, self.name, self.units = code, name, [cast.unit, cast.other_unit][:units]
        with stage.database.transaction() as session:
            moves_period(
                session, cast.period, opens_at=at(date(2030, 1, 1), 8)
            )  # the cast's own is out of the way
            running = session.get(CourseClass, cast.running)
            course = CourseClass(
                centre_id=cast.centre, class_type_id=running.class_type_id, rule_set_id=running.rule_set_id,
                code=code, name=name, from_date=date(2027, 1, 1), to_date=date(2027, 3, 31),
                rhythm={"every": "month", "open_days": days},
            )  # fmt: skip
            session.add(course)
            session.flush()
            sent = [(learner_id(stage, one), cast.unit) for one in LEARNERS[:3]]
            for learner, unit in [*sent, (cast.other_learner, cast.other_unit)][: 3 + units - 1]:
                row = Enrolment(
                    class_id=course.id, person_id=learner, organisation_id=unit, from_date=date(2027, 1, 1)
                )
                session.add(row)
            session.flush()
            rhythm.plan(stage.desk(session), course.id)
            self.period = periods.periods_of(session, course.id)[0].id
            query = select(ConductReport).where(ConductReport.period_id == self.period)
            self.reports = [row.id for row in session.exec(query.order_by(ConductReport.id))]
        self.report = self.reports[0]
        self.head, self.director = stage.head.reads(), stage.director.reads()

    def grants(self, name: str, role: str, unit: int | None = None, *, deputy: bool = False):
        """A bound person with a role, as a deputy of the first who has it."""
        stage = self.stage
        with stage.database.transaction() as session:
            someone = person(session, stage.cast.centre, name, unit, stage.time)
            query = select(Grant.id).where(Grant.role == role, Grant.organisation_id == unit)
            first = session.exec(query.order_by(Grant.id)).first() if deputy else None
            session.add(
                Grant(
                    person_id=someone,
                    role=role,
                    centre_id=stage.cast.centre,
                    organisation_id=unit,
                    deputy_of=first,
                )
            )
        return stage.player(someone)


def told(stage: Stage) -> list[tuple[int, datetime, str]]:
    """Every message about reports: whom, when (by the clock of the centre), what."""
    with stage.database.reading() as session:
        query = choose(outbox).where(outbox.c.state != "dropped", outbox.c.due_at <= stage.time)
        rows = session.execute(query.order_by(outbox.c.due_at, outbox.c.id)).all()
        query = select(Prompt).join(Request, Request.id == Prompt.request_id).where(Request.kind == "report")
        what = {one.outbox_id: one.step.partition("-")[0] for one in session.exec(query)}
        return [(row.person_id, row.due_at.astimezone(ZONE), what[row.id]) for row in rows if row.id in what]


def steps(stage: Stage) -> list[tuple[int, str, str]]:
    return [(who, f"{when:%d/%m %H:%M}", what) for who, when, what in told(stage)]


def actions(stage: Stage, report: int) -> list[str]:
    with stage.database.reading() as session:
        query = select(Audit.action).where(
            Audit.subject == f"conduct_report:{report}", Audit.about_id.is_(None)
        )
        return list(session.exec(query.order_by(Audit.id)))


def send(head) -> None:
    head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")


# --- the steps ---


def test_a_silent_unit_over_tet_hears_twice_then_its_deputy_then_the_director(stage):
    house = House(stage)
    deputy = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    lives(stage, at(date(2027, 2, 28), 20))
    assert steps(stage) == [
        (stage.cast.head, "01/02 07:30", "open"),
        (stage.cast.head, "12/02 07:30", "remind"),  # 80 %, Tết not counted, falls on the last morning: once
        (deputy.person_id, "16/02 07:30", "deputy"),
        (stage.cast.director, "16/02 13:30", "director"),
    ]
    house.head.sees(
        "Trung tâm kính nhắc: còn 03 học viên chưa có nhận xét nền nếp.",
        "Hạn: 17 giờ, thứ Sáu, 12/02.",
        "[Tất cả nền nếp tốt]",
    )
    deputy.sees(
        "gửi báo cáo thay thủ trưởng đơn vị", "Đã quá hạn (17 giờ, thứ Sáu, 12/02).", "[Tất cả nền nếp tốt]"
    )
    house.director.sees(
        "Chưa nhận được báo cáo nền nếp",
        "Trường THCS Lê Lợi: báo cáo nền nếp tháng 01 (01–31/01), lớp qua Tết, hạn 17 giờ, thứ Sáu, 12/02",
        "Trợ lý chỉ gửi cấp trên khi đồng chí quyết định.",
        "[Gửi cấp trên] [Gọi điện trước] [Gia hạn] [Quay lại]",
    )
    assert actions(stage, house.report) == [
        "conduct_told_open", "conduct_told_remind", "conduct_told_deputy", "conduct_director_asked",
    ]  # fmt: skip


def test_every_step_is_a_timer_and_running_it_again_says_nothing_twice(stage):
    house = House(stage)
    house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    for moment in (OPENS, at(date(2027, 2, 12), 8), GRACE, at(date(2027, 2, 16), 8), ASKED):
        lives(stage, moment)
        before = steps(stage), actions(stage, house.report)
        with stage.database.transaction() as session:
            done = session.execute(
                choose(timer).where(
                    timer.c.state == "done",
                    timer.c.kind.in_(["conduct_period", "request_step"]),
                )
            ).all()
            for row in done:
                stage.table.tick(stage.desk(session), row.kind, dict(row.args))
        stage.ticks()
        assert (steps(stage), actions(stage, house.report)) == before
    with stage.database.reading() as session:
        rows = session.execute(choose(timer).where(timer.c.state == "done"))
        names = {row.args.get("step", row.kind) for row in rows}
        assert names >= {"open", "remind", "last", "close", "deputy", "director"}


def test_eighty_percent_and_the_last_morning_are_two_days_where_there_is_time(stage):
    House(stage, days=8)  # January's report is due on Wednesday 17/02
    lives(stage, at(date(2027, 2, 17), 17))
    assert steps(stage) == [
        (stage.cast.head, "01/02 07:30", "open"),
        (stage.cast.head, "16/02 07:30", "remind"),
        (stage.cast.head, "17/02 07:30", "last"),
    ]


def test_the_sending_silences_every_step_at_once(stage):
    house = House(stage)
    deputy = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    lives(stage, at(date(2027, 2, 15), 18))  # the deputy's word waits for the morning
    send(house.head)
    lives(stage, at(date(2027, 2, 28), 20))
    assert [who for who, _when, _what in steps(stage)] == [stage.cast.head] * 2
    assert deputy.news() == house.director.news() == []


def test_a_report_that_came_before_the_director_is_asked_is_not_asked_about(stage):
    house = House(stage)
    lives(stage, at(date(2027, 2, 16), 9))
    send(house.head)
    lives(stage, at(date(2027, 2, 17), 9))
    assert house.director.news() == []


def test_after_a_power_cut_over_night_the_director_is_asked_in_the_morning_only(stage):
    house = House(stage)
    lives(stage, at(date(2027, 2, 16), 9))
    stage.time = at(date(2027, 2, 16), 20)
    stage.ticks()
    assert house.director.news() == []
    lives(stage, at(date(2027, 2, 17), 7, 30))
    house.director.sees("Chưa nhận được báo cáo nền nếp")


def test_nobody_is_reminded_twice_a_day_over_all_his_reports(stage):
    house = House(stage)
    House(stage, code="TET-02", name="Lớp thứ hai")
    deputy = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    house.head.reads()
    lives(stage, at(date(2027, 2, 11), 12))
    assert [what for _who, _when, what in steps(stage)] == ["open"], "one prompt at a time"
    lives(stage, at(date(2027, 2, 28), 20))
    reminders = Counter(
        (who, when[:5]) for who, when, what in steps(stage) if what in {"remind", "last", "later", "deputy"}
    )
    assert set(reminders.values()) == {1}
    assert reminders[(deputy.person_id, "16/02")] == 1
    deputy.sees("Sau báo cáo này còn: lớp thứ hai, tháng 01 (01–31/01), hạn 17 giờ, thứ Sáu, 12/02.")
    assert len(house.director.news()) == 1, "one card, whatever the class"
    house.director.sees("báo cáo nền nếp tháng 01 (01–31/01), lớp qua Tết", "lớp thứ hai, hạn")
    assert house.director.last.labels == [
        "Trường THCS Lê Lợi, Lớp qua Tết", "Trường THCS Lê Lợi, Lớp thứ hai",
    ]  # fmt: skip


def test_all_hours_are_sending_hours_and_tet_is_silent(stage):
    House(stage, units=2)
    stage.player(stage.cast.other_head)
    lives(stage, at(date(2027, 3, 31), 20))
    calendar = SendingCalendar()
    for who, when, what in told(stage):
        assert calendar.next_sending_time(when) == when, (who, when, what)
    assert not [when for _who, when, _what in told(stage) if calendar.is_tet(when.date())]


# --- remind me later ---


def test_remind_me_later_offers_times_and_keeps_one_in_two_taps(stage):
    house = House(stage)
    lives(stage, OPENS)
    house.head.taps("Nhắc tôi sau")
    house.head.sees("Đồng chí muốn được nhắc lại vào lúc nào?", "Chiều nay: 13 giờ 30, thứ Hai, 01/02.")
    assert house.head.last.labels == ["Chiều nay", "Sáng mai", "Ngày cuối hạn", "Quay lại"]
    house.head.taps("Chiều nay").sees("Trợ lý sẽ nhắc lại lúc 13 giờ 30, thứ Hai, 01/02.")
    assert house.head.taps_made == 2
    assert report_of(stage, house.report).snoozed_until == at(date(2027, 2, 1), 13, 30)
    lives(stage, at(date(2027, 2, 1), 13, 29))
    house.head.reads()
    lives(stage, at(date(2027, 2, 1), 13, 30))
    house.head.sees("Trung tâm kính nhắc: còn 03 học viên chưa có nhận xét nền nếp.")
    assert "conduct_snoozed" in actions(stage, house.report)


def test_buttons_to_be_reminded_later_that_name_a_report_still_do(stage):
    house = House(stage)
    lives(stage, OPENS)
    report = base36(house.report)
    house.head.presses(f"rl:{report}").sees("Đồng chí muốn được nhắc lại vào lúc nào?", "[Quay lại]")
    house.head.presses(f"rm:{report}:1").sees(
        "Trợ lý sẽ nhắc lại lúc 7 giờ 30, thứ Ba, 02/02.", "[Mở báo cáo]"
    )
    assert report_of(stage, house.report).snoozed_until == at(date(2027, 2, 2), 7, 30)
    stage.director.presses(f"rl:{report}").sees(
        "Không tìm thấy báo cáo này, hoặc báo cáo không thuộc đơn vị của đồng chí."
    )


def test_steps_before_the_chosen_time_are_left_out_and_the_last_morning_comes_once(stage):
    house = House(stage)
    lives(stage, OPENS)
    house.head.taps("Nhắc tôi sau").taps("Ngày cuối hạn").sees("7 giờ 30, thứ Sáu, 12/02").reads()
    lives(stage, at(date(2027, 2, 12), 7, 29))
    assert house.head.news() == []
    lives(stage, at(date(2027, 2, 12), 17))
    assert len(house.head.news()) == 1


def test_a_time_chosen_anew_replaces_the_one_before_and_the_sending_ends_both(stage):
    house = House(stage)
    lives(stage, OPENS)
    house.head.taps("Nhắc tôi sau").taps("Chiều nay")
    house.head.says("/baocao").taps("Nhắc tôi sau").taps("Sáng mai").reads()
    lives(stage, at(date(2027, 2, 1), 16))
    assert house.head.news() == []
    send(house.head)
    house.head.reads()
    lives(stage, at(date(2027, 2, 2), 9))
    assert house.head.news() == []


def test_before_a_weekend_the_next_morning_has_its_date_and_in_the_end_there_is_no_time_left(stage):
    house = House(stage)
    lives(stage, at(date(2027, 2, 3), 15))
    house.head.says("/baocao").taps("Nhắc tôi sau")
    assert house.head.last.labels == ["thứ Năm, 11/02", "Ngày cuối hạn", "Quay lại"], "Tết begins tomorrow"
    old = house.head.last.buttons[0]["data"]
    lives(stage, at(date(2027, 2, 12), 15))
    house.head.presses(old).sees("Không còn thời gian để nhắc lại trước hạn")
    assert "Nhắc tôi sau" not in house.head.last.labels


# --- the director decides ---


def asked(stage, **changes) -> House:
    house = House(stage, **changes)
    lives(stage, ASKED)
    return house


def superior(stage) -> int:
    """The body the unit belongs to, without anybody yet."""
    with stage.database.transaction() as session:
        body = Organisation(
            centre_id=stage.cast.centre, name="Phòng Giáo dục và Đào tạo", folded="phong giao duc va dao tao"
        )
        session.add(body)
        session.flush()
        session.get(Organisation, stage.cast.unit).parent_id = body.id
        return body.id


def test_a_letter_to_a_superior_goes_only_after_the_director_has_read_and_confirmed_it(stage):
    body = superior(stage)
    house = asked(stage)
    above = house.grants("Đinh Văn Trên", Role.UNIT_HEAD, body).reads()
    director = house.director
    director.taps("Gửi cấp trên").sees(
        "Văn bản CHƯA gửi.",
        "Kính gửi đồng chí Đinh Văn Trên.",
        "Trung tâm chưa nhận được báo cáo nền nếp tháng 01 (01–31/01), lớp qua Tết của Trường THCS Lê Lợi (hạn 12/02/2027).",
        "Kính đề nghị đồng chí quan tâm, chỉ đạo.",
        "Liên hệ: Trung tâm Chính trị phường An Hòa, 02033123456.",
        "Trân trọng.",
    )
    assert above.news() == []
    send_it = director.last.buttons[0]["data"]
    director.taps("Gửi").sees("Văn bản được chuyển đến đồng chí Đinh Văn Trên lúc 13 giờ 30, thứ Ba, 16/02.")
    assert director.taps_made == 2
    above.sees("Kính gửi đồng chí Đinh Văn Trên.", "chưa nhận được báo cáo nền nếp tháng 01")
    assert not [name for name in LEARNERS if name in repr(above.last)]
    director.presses(send_it).sees("Lãnh đạo Trung tâm đã quyết định gửi cấp trên.")
    assert len(above.news()) == 1
    assert actions(stage, house.report)[-1] == "conduct_superior"
    with stage.database.reading() as session:
        assert request_of(session, house.report).decision == "superior"
        decided = select(Audit.actor_id).where(Audit.action == "conduct_superior")
        assert session.exec(decided).one() == stage.cast.director
    lives(stage, at(date(2027, 3, 1), 7))
    assert len(above.news()) == 1, "once"


def test_a_letter_that_waits_for_the_morning_does_not_go_once_the_report_has_come(stage):
    body = superior(stage)
    house = asked(stage)
    above = house.grants("Đinh Văn Trên", Role.UNIT_HEAD, body).reads()
    lives(stage, at(date(2027, 2, 16), 19))
    house.director.taps("Gửi cấp trên").taps("Gửi").sees("lúc 7 giờ 30, thứ Tư, 17/02.")
    send(house.head)
    lives(stage, at(date(2027, 2, 17), 9))
    assert above.news() == []


REPORT = "báo cáo nền nếp tháng 01 (01–31/01), lớp qua Tết"


def test_without_a_superior_in_the_chat_the_letter_is_prepared_to_print(stage):
    superior(stage)
    house = asked(stage)
    house.director.taps("Gửi cấp trên").sees(
        "Kính gửi Lãnh đạo Phòng Giáo dục và Đào tạo.", "Đề nghị đồng chí in văn bản và ký gửi."
    )
    house.director.taps("Tệp để in")
    assert report_of(stage, house.report).revision == 0
    house.director.taps("Duyệt để in").sees("Đã ghi nhận đồng chí gửi văn bản in lên cấp trên.")
    name, content = house.director.file()
    assert name.endswith(".docx")
    assert printed(content) == [
        "TRUNG TÂM CHÍNH TRỊ PHƯỜNG AN HÒA",
        "*",
        "Số …-CV/TTCT",
        "Về báo cáo nền nếp của Trường THCS Lê Lợi",
        "ĐẢNG CỘNG SẢN VIỆT NAM",
        "An Hòa, ngày 16 tháng 02 năm 2027",
        "Kính gửi: Lãnh đạo Phòng Giáo dục và Đào tạo",
        f"Đến nay, Trung tâm chưa nhận được {REPORT} của Trường THCS Lê Lợi (hạn 12/02/2027).",
        "Kính đề nghị đồng chí quan tâm, chỉ đạo.",
        "Liên hệ: Trung tâm Chính trị phường An Hòa, 02033123456.",
        "Trân trọng.",
        "Nơi nhận:",
        "- Như trên;",
        "- Lưu.",
        "GIÁM ĐỐC",
        "Trịnh Quốc Việt",
    ]
    assert not [one for one in LEARNERS if one in "\n".join(printed(content))]


def test_a_political_school_has_its_letters_in_the_form_of_state_papers(stage):
    superior(stage)
    house = asked(stage)
    with stage.database.transaction() as session:
        session.get(Centre, stage.cast.centre).options = {"state_form": True}
    house.director.taps("Gửi cấp trên").taps("Tệp để in")
    said = printed(house.director.file()[1])
    assert said[:6] == [
        "TRUNG TÂM CHÍNH TRỊ PHƯỜNG AN HÒA",
        "Số: …/CV-TTCT",
        "Về báo cáo nền nếp của Trường THCS Lê Lợi",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "An Hòa, ngày 16 tháng 02 năm 2027",
    ]


def test_calling_first_shows_the_numbers_and_asks_again_on_the_next_working_day(stage):
    house = asked(stage)
    house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    director = house.director.taps("Gọi điện trước")
    director.sees("Thủ trưởng: đồng chí Lê Văn Bình, 09", "Cấp phó: đồng chí Vũ Thị Phó, 09")
    director.sees("Nếu đến 7 giờ 30, thứ Tư, 17/02 vẫn chưa nhận được báo cáo").reads()
    assert director.taps_made == 1
    lives(stage, at(date(2027, 2, 17), 7, 30))
    assert len(director.news()) == 1
    director.sees("[Gửi cấp trên] [Gọi điện trước] [Gia hạn]").taps("Gọi điện trước").reads()
    lives(stage, at(date(2027, 2, 17), 16))
    send(house.head)
    lives(stage, at(date(2027, 2, 26), 9))
    assert director.news() == []


def test_more_time_is_told_to_the_unit_and_the_ladder_begins_anew(stage):
    house = asked(stage)
    deputy = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    house.head.reads()
    director = house.director.taps("Gia hạn")
    assert director.last.labels == [
        "1 ngày (đến 17/02)",
        "3 ngày (đến 19/02)",
        "5 ngày (đến 23/02)",
        "Quay lại",
    ]
    old = director.last.buttons[0]["data"]
    director.taps("3 ngày").sees(
        "Đã gia hạn cho đơn vị đến 17 giờ, thứ Sáu, 19/02.", "Trợ lý sẽ báo cho đơn vị."
    )
    assert director.taps_made == 2
    assert report_of(stage, house.report).extended_to == at(date(2027, 2, 19), 17)
    house.head.sees(
        "Trung tâm đã gia hạn báo cáo này đến 17 giờ, thứ Sáu, 19/02.", "(đã được Trung tâm gia hạn)"
    ).reads()
    director.presses(old).sees("Đã gia hạn đến 17 giờ, thứ Sáu, 19/02.").reads()
    lives(stage, at(date(2027, 2, 24), 20))
    assert steps(stage)[3:] == [
        (stage.cast.head, "16/02 13:30", "extended"),
        (stage.cast.head, "17/02 10:18", "remind"),
        (stage.cast.head, "19/02 07:30", "last"),
        (deputy.person_id, "23/02 07:30", "deputy"),
        (stage.cast.director, "23/02 13:30", "director"),
    ]
    director.sees("[Gia hạn]")
    send(house.head)
    house.head.sees("Gửi sau hạn (17 giờ, thứ Sáu, 19/02), muộn 5 ngày.")


def test_within_the_new_deadline_a_report_is_in_time_and_can_be_corrected(stage):
    house = asked(stage)
    house.director.taps("Gia hạn").taps("1 ngày")
    send(house.head)
    house.head.sees_no("Gửi sau hạn").sees("17 giờ, thứ Tư, 17/02")
    house.director.reads()
    lives(stage, at(date(2027, 2, 26), 9))
    assert house.director.news() == []


def test_one_card_lists_several_units_and_each_is_decided_by_itself(stage):
    house = asked(stage, units=2)
    director = house.director
    assert len(director.news()) == 1
    director.sees("Các báo cáo nền nếp chưa nhận được", "Trạm Y tế phường A:", "Trường THCS Lê Lợi:")
    assert director.last.labels == ["Trường THCS Lê Lợi", "Trạm Y tế phường A"]
    director.taps("Trạm Y tế phường A").taps("Gia hạn").taps("1 ngày").taps("Báo cáo chưa nhận")
    assert director.last.labels == ["Trường THCS Lê Lợi, Lớp qua Tết", "Quay lại"]
    director.taps("Trường THCS Lê Lợi").taps("Gọi điện trước").reads()
    assert [actions(stage, report)[-1] for report in house.reports] == ["conduct_call", "conduct_extend"]
    lives(stage, at(date(2027, 2, 17), 8))
    director.sees("Trường THCS Lê Lợi").sees_no("Trạm Y tế")


def test_what_waits_for_his_decision_stands_at_home_among_his_tasks_and_in_one_list(stage):
    house = asked(stage, units=2)
    director = house.director.says("/menu")
    director.sees(
        "2 việc đang chờ đồng chí:",
        "Trường THCS Lê Lợi: báo cáo nền nếp tháng 01 (01–31/01), lớp qua Tết: QUÁ HẠN từ thứ Sáu, 12/02",
        "Trạm Y tế phường A: báo cáo nền nếp tháng 01",
    )
    director.taps("2. Xử lý").sees(
        "Trạm Y tế phường A:", "[Gửi cấp trên] [Gọi điện trước] [Gia hạn] [Quay lại]"
    )
    director.taps("Gọi điện trước").says("/viec").taps("1. Xử lý").taps("Gia hạn").taps("1 ngày")
    director.says("/viec").sees("1 việc đang chờ đồng chí:", "Trạm Y tế phường A: báo cáo nền nếp tháng 01")
    stage.registrar.says("/viec").sees("Hiện không có việc nào chờ đồng chí.")


def test_a_card_about_several_still_goes_when_one_of_them_has_come_before_it_went_out(stage):
    house = House(stage, units=2)
    lives(stage, at(date(2027, 2, 16), 13))
    stage.time = ASKED
    with stage.database.transaction() as session:
        for report in house.reports:
            takes_step(stage, session, report, "director")
        assert len(session.execute(choose(outbox.c.id).where(outbox.c.state == "due")).all()) == 1
        requests.settle(session, request_of(session, house.report), stage.time)
    stage.arrives()
    house.director.sees("Trường THCS Lê Lợi", "Trạm Y tế phường A")


def test_the_director_is_asked_anew_after_more_time_whoever_gave_it(stage):
    house = asked(stage)
    stage.registrar.says("/baocao").presses(f"og:{base36(house.report)}:1").sees("Đã gia hạn cho")
    house.director.says("/viec").sees("Hiện không có việc nào chờ đồng chí.").reads()
    lives(stage, at(date(2027, 2, 19), 13, 29))
    assert house.director.news() == []
    lives(stage, at(date(2027, 2, 19), 13, 30))
    house.director.sees("Chưa nhận được báo cáo nền nếp", "hạn 17 giờ, thứ Tư, 17/02")


def test_buttons_to_decide_that_name_a_report_still_do(stage):
    house = asked(stage)
    report = base36(house.report)
    house.director.presses(f"ro:{report}").sees("Chưa nhận được báo cáo nền nếp", "[Gửi cấp trên]")
    house.director.presses(f"re:{report}:1").sees("Đã gia hạn cho đơn vị đến 17 giờ, thứ Tư, 17/02.")
    house.director.presses("ro:0").sees("Việc này không cần đồng chí quyết định nữa.")


def test_a_report_that_came_meanwhile_leaves_nothing_to_decide(stage):
    house = asked(stage)
    send(house.head)
    house.director.taps("Gửi cấp trên").sees("Trung tâm đã nhận được.")
    house.director.says("/menu").presses("ru").sees("Không có việc nào chờ đồng chí quyết định.")


def test_a_deputy_director_may_decide_and_the_registrar_may_not(stage):
    house = House(stage)
    second = house.grants("Hồ Thị Phó", Role.DIRECTOR, deputy=True).reads()
    lives(stage, ASKED)
    second.sees("[Gửi cấp trên]").taps("Gọi điện trước")
    stage.registrar.presses(house.director.last.buttons[0]["data"]).sees("do người khác")
    house.director.taps("Gia hạn").taps("1 ngày").sees("Đã gia hạn")


def test_where_no_director_is_connected_the_registrar_is_told(stage):
    registrar = stage.registrar
    house = House(stage)
    with stage.database.transaction() as session:
        for grant in session.exec(select(Grant).where(Grant.role == Role.DIRECTOR)):
            session.delete(grant)
    registrar.reads()
    lives(stage, ASKED)
    registrar.sees("Các báo cáo nền nếp chưa nhận được", "Giám đốc chưa liên kết với Trợ lý")
    assert house.director.news() == []


def test_no_learners_no_steps(stage):
    house = House(stage)
    with stage.database.transaction() as session:
        for row in session.exec(select(Enrolment).where(Enrolment.from_date == date(2027, 1, 1))):
            row.to_date = row.from_date = date(2026, 12, 1)
    lives(stage, at(date(2027, 2, 28), 9))
    assert steps(stage) == []
    assert house.director.news() == []


def test_numbers_and_words_decide_where_there_are_no_buttons(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    stage.director.types("menu")
    house = asked(stage, units=2)
    house.director.taps_made = 0
    house.director.types("1").types("gia hạn").types("1").sees(
        "Đã gia hạn cho đơn vị đến 17 giờ, thứ Tư, 17/02."
    )
    assert house.director.taps_made == 3


# --- who is asked ---


def test_a_report_that_is_handed_over_is_prompted_and_reminded_of_there(stage):
    house = House(stage)
    other = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True).reads()
    lives(stage, OPENS)
    house.head.reads()
    with stage.database.transaction() as session:
        request_of(session, house.report).handed_to = other.person_id
        session.add(
            Handover(
                report_id=house.report, from_person=stage.cast.head, to_person=other.person_id, at=stage.time
            )
        )
        session.flush()
        prompt_now(stage.desk(session), session.get(ConductReport, house.report))
    other.sees("Kính gửi đồng chí Vũ Thị Phó.", "[Tất cả nền nếp tốt]").reads()
    lives(stage, at(date(2027, 2, 12), 8))
    other.sees("Trung tâm kính nhắc")
    assert house.head.news() == []


def test_who_travels_is_not_asked_but_his_deputy(stage):
    house = House(stage)
    deputy = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True).reads()
    with stage.database.transaction() as session:
        trip = Trip(
            person_id=stage.cast.head,
            from_date=date(2027, 2, 1),
            to_date=date(2027, 2, 11),
            said_at=stage.time,
        )
        session.add(trip)
    lives(stage, OPENS)
    deputy.sees("Kính gửi đồng chí Vũ Thị Phó.").reads()
    assert house.head.news() == []
    lives(stage, at(date(2027, 2, 12), 8))
    assert (len(deputy.news()), len(house.head.news())) == (0, 1), "the head is back"


def test_staff_may_remind_once_a_day(stage):
    house = House(stage)
    lives(stage, at(date(2027, 2, 2), 9))
    house.head.reads()
    with stage.database.transaction() as session:
        assert remind_now(stage.desk(session), house.report)
        assert not remind_now(stage.desk(session), house.report)
    house.head.sees("Trung tâm kính nhắc: còn 03 học viên chưa có nhận xét nền nếp.")


def test_a_head_is_not_busy_with_a_report_he_has_handed_over(stage):
    first = another_report(stage, name="Lớp thứ nhất", opens_at=at(date(2026, 11, 18), 8), plan=True)
    second = another_report(stage, name="Lớp thứ hai", opens_at=at(date(2026, 11, 19), 8), plan=True)
    house = House(stage)
    other = house.grants("Vũ Thị Phó", Role.UNIT_HEAD, stage.cast.unit, deputy=True)
    with stage.database.transaction() as session:
        moves_period(session, stage.cast.period, due_at=at(date(2026, 11, 16), 8, 30))
        request_of(session, first).handed_to = other.person_id
    lives(stage, at(date(2026, 11, 19), 8))
    assert report_of(stage, second).request.first_asked_at == at(date(2026, 11, 19), 8)
    other.sees("lớp thứ nhất").sees_no("lớp thứ hai")


@pytest.mark.parametrize("grace_days", [0, 2])
def test_an_extension_has_the_days_of_grace_of_its_period(grace_days):
    calendar = SendingCalendar()
    row = Request(due_at=DUE, grace_at=calendar.deadline_after(DUE, grace_days))
    until = calendar.add_working_days(date(2027, 2, 19), grace_days)
    assert requests.grace_after(calendar, row, at(date(2027, 2, 19), 17)) == at(until, 17)
