"""The timetable as its readers meet it: cards, words, files, reminders, changes (000-27)."""

import unicodedata
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select as select_columns
from sqlmodel import select

from handlers.timetable.changes import change_session
from handlers.timetable.reminders import plan_reminders
from storage.courses import timetable
from storage.courses.courses import CourseClass, CourseSession, Enrolment
from storage.courses.notices import Delivery, Notice
from storage.messaging import outbox
from storage.messaging.timers import timer
from storage.people.people import Centre, Grant, Person, Role
from tests.casts.centre import _add, at, person
from tests.houses.dialogue import START
from tests.timetable.test_calendar_files import read

MONDAY = date(2026, 11, 16)


@pytest.fixture
def learner(stage):
    """Trần Văn An (nhỏ): in the running and the opening class, not in the closing one."""
    return stage.player(stage.cast.learners[1])


def add_session(stage, class_id, starts_at, ends_at, **columns) -> int:
    row = {"topic": "Buổi thêm", "room": "B1", **columns}
    with stage.database.transaction() as session:
        return _add(session, CourseSession(class_id=class_id, starts_at=starts_at, ends_at=ends_at, **row))


def edit(stage, table, row_id, **values) -> None:
    with stage.database.transaction() as session:
        row = session.get(table, row_id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def change(stage, session_id, **changes):
    """A change made at the desk, and everything that is due by now."""
    with stage.database.transaction() as session:
        notice = change_session(session, stage.desk(session), session_id, **changes)
    stage.ticks()
    return notice.id if notice else None


def sends_everything(stage) -> None:
    """The platform takes all that is due."""
    with stage.database.transaction() as session:
        due = select_columns(outbox.outbox.c.id).where(
            outbox.outbox.c.state == "due", outbox.outbox.c.due_at <= stage.time
        )
        outbox.settle(session, session.execute(due).scalars().all(), {"state": "sent"})


def plans(stage, class_id=None) -> None:
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        centre = session.get(Centre, stage.cast.centre)
        plan_reminders(session, desk.calendar(centre), class_id or stage.cast.running, now=stage.time)


def reminders(stage) -> dict[str, datetime]:
    """When the reminders are planned, by their key."""
    with stage.database.reading() as session:
        query = select_columns(timer.c.key, timer.c.due_at).where(
            timer.c.kind == "session_reminder", timer.c.state == "waiting"
        )
        return dict(session.execute(query).all())


# -- cards


def test_an_empty_day_names_the_next_session(learner):
    learner.says("/lich").sees(
        "Hôm nay không có buổi học.", "Buổi tới:", "Thứ Ba, 17/11", "7 giờ 30 – 11 giờ"
    )
    learner.sees("phòng A2", "Chuyên đề 5", "Giảng viên: Cao Minh Đức", "Lớp: Trung cấp A1")


@pytest.mark.parametrize(
    "words",
    ["lịch", "lich hoc", "Thời khóa biểu", "THOI KHOA BIEU", "lịch hôm nay", "lich  hom nay", "/lich"],
)
def test_todays_timetable_answers_to_many_words(learner, words):
    learner.says(words).sees("Hôm nay không có buổi học.")


def test_decomposed_letters_are_the_same_words(learner):
    learner.says(unicodedata.normalize("NFD", "lịch tuần này")).sees("Lịch học tuần", "16/11 – 22/11")


@pytest.mark.parametrize(
    ("words", "day"),
    [("lịch mai", "17/11"), ("lịch thứ 3", "17/11"), ("lich thu ba", "17/11"), ("lịch 8/12", "08/12"),
     ("/lich 08/12/2026", "08/12"), ("lịch ngày 19/11", "19/11"), ("lịch học ngày kia", "18/11")],
)  # fmt: skip
def test_a_day_can_be_typed_behind_the_word(learner, words, day):
    learner.says(words).sees(day).sees_no("Chưa rõ")


def test_words_that_are_no_day_get_examples(learner):
    learner.says("lịch abc xyz").sees("Chưa rõ đồng chí hỏi lịch ngày nào", "lịch thứ Ba")
    learner.taps("Lịch hôm nay").sees("Hôm nay không có buổi học")


def test_today_and_this_week_are_one_tap_each(learner):
    learner.says("/menu")
    before = learner.taps_made
    learner.taps("Lịch hôm nay").sees("Hôm nay không có buổi học")
    assert learner.taps_made == before + 1
    learner.taps("Lịch tuần này").sees("Thứ Ba, 17/11", "Chuyên đề 5", "Thứ Năm, 19/11", "Chuyên đề 6")
    assert learner.taps_made == before + 2


def test_a_week_is_monday_to_sunday(stage, learner):
    running = stage.cast.running
    add_session(
        stage, running, at(date(2026, 11, 22), 23, 30), at(date(2026, 11, 23), 0, 30), topic="Chủ nhật"
    )
    add_session(stage, running, at(date(2026, 11, 23), 0, 30), at(date(2026, 11, 23), 2), topic="Nửa đêm")
    add_session(stage, running, at(date(2026, 11, 15), 23, 59), at(date(2026, 11, 16), 1), topic="Tuần qua")
    learner.says("lịch tuần này").sees("Chủ nhật").sees_no("Nửa đêm", "Tuần qua")
    learner.taps("Tuần sau").sees("Nửa đêm", "23/11 – 29/11").sees_no("Chủ nhật\n")
    learner.says("lịch tuần trước").sees("Tuần qua", "Chuyên đề 3")


def test_a_session_half_past_midnight_belongs_to_its_own_day(stage, learner):
    add_session(
        stage, stage.cast.running, at(date(2026, 11, 17), 0, 30), at(date(2026, 11, 17), 2), topic="Đêm"
    )
    learner.says("/lich").sees("Hôm nay không có buổi học").sees("Thứ Ba, 17/11", "0 giờ 30 – 2 giờ")
    learner.says("lịch mai").sees("Đêm", "Chuyên đề 5")


def test_a_day_that_is_over_names_what_comes_next(stage, learner):
    stage.moves_to(datetime(2026, 11, 17, 5, tzinfo=UTC))
    learner.says("/lich").sees("Chuyên đề 5", "Buổi tới:", "Chuyên đề 6")


def test_a_cancelled_session_is_shown_as_such_and_is_never_the_next(stage, learner):
    edit(stage, CourseSession, stage.cast.sessions[4], state="cancelled")
    learner.says("lịch mai").sees("NGHỈ (7 giờ 30 – 11 giờ)", "Chuyên đề 5")
    learner.says("buổi tới").sees("Chuyên đề 6").sees_no("Chuyên đề 5")


def test_when_nothing_is_left_that_is_said(stage, learner):
    stage.moves_to(datetime(2027, 3, 1, 2, tzinfo=UTC))
    learner.says("buoi toi").sees("Trong lịch chưa có buổi học nào sắp tới.")
    learner.says("lịch tuần này").sees("Tuần này chưa có buổi học nào trong lịch.")


def test_a_class_is_chosen_from_a_list_of_ones_own(stage, learner):
    learner.says("/lich").taps("Chọn lớp").sees("Đồng chí chọn lớp nào?", "BD-01 Trung cấp A1", "BD-02")
    learner.sees_no("BD-03")
    learner.taps("BD-01").sees("Lớp Trung cấp A1 (BD-01)", "Đã học 4 buổi.", "Chuyên đề 5", "Chuyên đề 10")
    learner.sees_no("Chuyên đề 4")


def test_a_kind_of_session_is_named_where_it_is_no_lecture(stage, learner):
    edit(stage, CourseSession, stage.cast.sessions[4], kind="discussion")
    edit(stage, CourseSession, stage.cast.sessions[5], kind="exam", topic="Thi, kiểm tra cuối khóa")
    learner.says("lịch tuần này").sees("Thảo luận: Chuyên đề 5", "\nThi, kiểm tra cuối khóa")


def test_the_only_class_opens_at_once(stage):
    with stage.database.transaction() as session:
        newcomer = person(session, stage.cast.centre, "Hồ Văn Mới", None, START)
        session.add(Enrolment(class_id=stage.cast.running, person_id=newcomer,
                              organisation_id=stage.cast.unit, from_date=date(2026, 11, 2)))  # fmt: skip
    player = stage.player(newcomer).says("/lich").sees_no("Lớp: ")
    assert "Chọn lớp" not in player.last.labels  # there is nothing to choose
    player.taps("Lịch cả lớp").sees("Lớp Trung cấp A1 (BD-01)")
    assert "Xem lớp khác" not in player.last.labels  # it led back to the same class


def test_a_class_without_sessions_says_so(learner):
    learner.says("lịch BD-02").sees("không còn buổi học nào sắp tới").taps("Xem lớp khác").sees(
        "chọn lớp nào"
    )


def test_classes_fill_three_pages_at_most_and_can_be_typed(stage):
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.running)
        shared = course.model_dump(exclude={"id", "code", "name"})
        for number in range(40):
            session.add(CourseClass(code=f"X-{number:02d}", name=f"Lớp {number}", **shared))
    registrar = stage.registrar.says("/lich")
    registrar.taps("Chọn lớp").sees("nhắn “lịch” kèm mã lớp")
    shown = [label for label in registrar.last.labels if label.startswith(("X-", "BD-"))]
    registrar.taps("Trang sau")
    shown += [label for label in registrar.last.labels if label.startswith(("X-", "BD-"))]
    registrar.taps("Trang sau")
    shown += [label for label in registrar.last.labels if label.startswith(("X-", "BD-"))]
    assert len(set(shown)) == len(shown) == 43
    assert "Trang sau" not in registrar.last.labels
    registrar.says("lịch x-39").sees("Lớp 39")


# -- who sees what


def test_a_lecturer_sees_what_he_teaches_and_nothing_else(stage):
    add_session(stage, stage.cast.running, at(MONDAY, 14), at(MONDAY, 17), topic="Người khác giảng")
    stage.lecturer.says("lịch tuần này").sees("Chuyên đề 5", "Chuyên đề 6").sees_no("Người khác giảng")


def test_a_head_sees_his_learners_sessions_with_their_number(stage):
    stage.head.says("lịch mai").sees("Chuyên đề 5", "Học viên của đơn vị: 12")
    other = stage.player(stage.cast.other_head)
    other.says("lịch mai").sees("Học viên của đơn vị: 01").sees_no("Học viên của đơn vị: 12")


def test_staff_see_every_session_of_the_centre_and_none_of_another(stage):
    with stage.database.transaction() as session:
        centre = _add(session, Centre(name="Trung tâm khác"))
        course = session.get(CourseClass, stage.cast.running)
        elsewhere = CourseClass(
            **course.model_dump(exclude={"id", "centre_id", "code"}), centre_id=centre, code="K"
        )
        foreign = _add(session, elsewhere)
    add_session(stage, foreign, at(MONDAY, 14), at(MONDAY, 17), topic="Nơi khác")
    add_session(stage, stage.cast.closing, at(MONDAY, 14), at(MONDAY, 17), topic="Bế giảng khóa I")
    for staff in (stage.registrar, stage.director):
        staff.says("/lich").sees("Bế giảng khóa I").sees_no("Nơi khác")
        staff.presses(f"lc:{to36(foreign)}").sees("Không có lớp này")


def test_two_roles_see_the_union_without_doubles(stage):
    with stage.database.transaction() as session:
        session.add(Grant(person_id=stage.cast.head, role=Role.LECTURER, centre_id=stage.cast.centre))
        enrolment = Enrolment(class_id=stage.cast.running, person_id=stage.cast.head,
                              organisation_id=stage.cast.unit, from_date=date(2026, 11, 2))  # fmt: skip
        session.add(enrolment)
    taught = add_session(stage, stage.cast.closing, at(MONDAY, 14), at(MONDAY, 17), topic="Giờ giảng của tôi")
    edit(stage, CourseSession, taught, lecturer_id=stage.cast.head)
    head = stage.head.says("lịch tuần này").sees("Giờ giảng của tôi", "Chuyên đề 5")
    assert head.last.text.count("Chuyên đề 5") == 1


def test_who_is_enrolled_for_some_days_has_only_those(stage, learner):
    with stage.database.transaction() as session:
        query = select(Enrolment).where(
            Enrolment.class_id == stage.cast.running, Enrolment.person_id == learner.person_id
        )
        row = session.exec(query).one()
        row.to_date = date(2026, 11, 17)
        session.add(row)
    learner.says("lịch tuần này").sees("Chuyên đề 5").sees_no("Chuyên đề 6")
    stage.head.says("lịch thứ năm").sees("Học viên của đơn vị: 11")


def test_somebody_without_any_class_is_told_so(stage):
    with stage.database.transaction() as session:
        newcomer = person(session, stage.cast.centre, "Hồ Văn Mới", None, START)
    player = stage.player(newcomer)
    player.says("/lich").sees("Hôm nay không có buổi học.", "chưa có buổi học nào sắp tới")
    player.taps("Chọn lớp").sees("Đồng chí chưa có lớp nào ở đây")
    player.presses("li:0").sees("chưa có gì để lưu")


@pytest.mark.parametrize("number", [0, 10**12, -1, 2**63 - 1, -(2**63) + 1])
@pytest.mark.parametrize("key", ["lc:{}", "li:{}", "lx:{}:0", "lx:0:{}", "ld:{}", "ln:{}", "ll:{}"])
def test_numbers_nobody_sent_are_answered(stage, learner, key, number):
    learner.presses(key.format(to36(number)))
    assert learner.news()
    assert learner.last.buttons


def test_a_foreign_class_is_refused_with_a_way_on(stage, learner):
    for key in ("lc:{}", "li:{}", "lx:{}:0"):
        learner.presses(key.format(to36(stage.cast.closing))).sees("Không có lớp này").sees("Quay lại")


def to36(number: int) -> str:
    from handlers.engine.messages import base36

    return base36(number)


# -- files


def test_the_timetable_is_in_the_phone_in_two_taps(stage, learner):
    learner.says("/menu")
    before = learner.taps_made
    learner.taps("Lịch hôm nay").taps("Lưu vào điện thoại")
    assert learner.taps_made == before + 2
    name, content = learner.file()
    assert name == "Lịch học.ics"
    events = read(content)
    assert [event["SUMMARY"] for event in events] == [f"Chuyên đề {n}" for n in range(5, 11)]
    assert events[0]["DTSTART"] == "20261117T003000Z"
    assert events[0]["DTEND"] == "20261117T040000Z"
    assert events[0]["LOCATION"] == "phòng A2, Hội trường Trung tâm"
    assert events[0]["DESCRIPTION"] == "Lớp: Trung cấp A1\nGiảng viên: Cao Minh Đức"


def test_the_calendar_file_keeps_its_uids_and_counts_changes(stage, learner):
    learner.says("/lich").taps("Lưu vào điện thoại")
    before = {event["SUMMARY"]: event for event in read(learner.file()[1])}
    change(stage, stage.cast.sessions[5], room="B1")
    change(stage, stage.cast.sessions[5], state="cancelled")
    after = read(learner.file()[1])
    cancelled = next(event for event in after if event["STATUS"] == "CANCELLED")
    assert cancelled["UID"] == before["Chuyên đề 6"]["UID"]
    assert (before["Chuyên đề 6"]["SEQUENCE"], cancelled["SEQUENCE"]) == ("0", "2")
    assert cancelled["SUMMARY"] == "NGHỈ: Chuyên đề 6"
    assert {event["UID"] for event in after} == {event["UID"] for event in before.values()}


def test_only_one_class_goes_into_the_file_of_its_card(stage):
    add_session(stage, stage.cast.closing, at(MONDAY, 14), at(MONDAY, 17), topic="Lớp kia")
    learner = stage.learner.says("lịch BD-01").taps("Lưu vào điện thoại")
    assert "Lớp kia" not in learner.file()[1].decode()


def test_a_file_asked_for_before_everything_was_taken_away_is_still_a_calendar(stage, learner):
    learner.says("/lich").taps("Lưu vào điện thoại")
    with stage.database.transaction() as session:
        for row in session.exec(select(Enrolment).where(Enrolment.person_id == learner.person_id)):
            session.delete(row)
    [event] = read(learner.file()[1])
    assert event["STATUS"] == "CANCELLED"


def test_a_long_week_is_a_short_text_and_an_excel_file(stage):
    for hour in range(60):
        begins = at(MONDAY, 7) + timedelta(hours=hour)
        add_session(
            stage, stage.cast.closing, begins, begins + timedelta(hours=1), topic=f"=1+{hour} " + "dài " * 15
        )
    registrar = stage.registrar.says("lịch tuần này").sees("buổi nữa, xem đầy đủ trong tệp Excel")
    assert len(registrar.last.text) < 4000
    registrar.taps("Tệp Excel")
    name, content = registrar.file()
    sheet = load_workbook(BytesIO(content)).active
    assert name == "Lịch học tuần 16-11 đến 22-11-2026.xlsx"
    assert sheet.max_row == 3 + 62 + 2  # and who signs
    assert sheet["A3"].value == "Thứ"
    assert sheet["A4"].value == "Thứ Hai"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_marks_of_html_in_a_topic_stay_text(stage, learner):
    edit(stage, CourseSession, stage.cast.sessions[4], topic="<b>A & B</b>", room="<i>", note="a < b")
    learner.says("lịch mai")
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in learner.last.html
    learner.taps("Lưu vào điện thoại")
    assert read(learner.file()[1])[0]["SUMMARY"] == "<b>A & B</b>"


def test_labels_are_short(stage, learner):
    for words in ("/lich", "lịch tuần này", "lịch BD-01"):
        learner.says(words)
        assert all(len(label) <= 20 for label in learner.last.labels)
        assert len(learner.last.labels) <= 5


# -- reminders


def test_a_reminder_comes_the_afternoon_before(stage, learner):
    plans(stage)
    stage.lecturer.reads()
    stage.moves_to(datetime(2026, 11, 16, 9, 29, tzinfo=UTC))
    assert learner.news() == []
    stage.moves_to(datetime(2026, 11, 16, 9, 30, tzinfo=UTC))  # 16:30 there
    learner.sees(
        "NHẮC LỊCH HỌC", "lớp Trung cấp A1", "thứ Ba, 17/11", "7 giờ 30 – 11 giờ", "phòng A2", "Chuyên đề 5"
    )
    learner.taps("Xem lịch").sees("Lịch học, thứ Ba, 17/11")
    stage.lecturer.sees("NHẮC LỊCH GIẢNG", "Chuyên đề 5")


def test_planning_again_changes_nothing(stage, learner):
    plans(stage)
    first = reminders(stage)
    plans(stage)
    assert reminders(stage) == first
    assert len(first) == 6  # those to come
    stage.moves_to(datetime(2026, 11, 16, 10, tzinfo=UTC))
    plans(stage)
    stage.ticks()
    assert len([message for message in learner.messages() if "NHẮC" in message.text]) == 1


def test_a_monday_session_is_reminded_on_friday_unless_the_class_meets_at_the_weekend(stage):
    monday = add_session(stage, stage.cast.opening, at(date(2026, 11, 23), 7, 30), at(date(2026, 11, 23), 11))
    plans(stage, stage.cast.opening)
    [due] = reminders(stage).values()
    assert due == at(date(2026, 11, 20), 16, 30)
    add_session(stage, stage.cast.opening, at(date(2026, 11, 22), 7, 30), at(date(2026, 11, 22), 11))
    plans(stage, stage.cast.opening)
    assert sorted(reminders(stage).values()) == [
        at(date(2026, 11, 20), 16, 30),
        at(date(2026, 11, 22), 16, 30),
    ]
    assert monday


def test_morning_and_afternoon_are_one_reminder(stage, learner):
    day = date(2026, 11, 17)
    add_session(
        stage, stage.cast.running, at(day, 13, 30), at(day, 17), topic="Thảo luận tổ", kind="discussion"
    )
    plans(stage)
    learner.reads()
    stage.moves_to(datetime(2026, 11, 16, 10, tzinfo=UTC))
    [reminder] = learner.news()
    assert "Chuyên đề 5" in reminder.text
    assert "13 giờ 30 – 17 giờ" in reminder.text
    assert "Thảo luận tổ" in reminder.text


def test_who_switched_reminders_off_gets_none(stage, learner):
    edit(stage, Person, learner.person_id, muted={"reminders": True})
    stage.learner.reads()
    plans(stage)
    stage.passes(days=1)
    assert not [message for message in learner.messages() if "NHẮC" in message.text]
    stage.learner.sees("NHẮC LỊCH HỌC")


def test_a_cancelled_or_moved_session_takes_its_reminder_along(stage):
    plans(stage)
    change(stage, stage.cast.sessions[5], state="cancelled")
    assert f"{stage.cast.running}:2026-11-19" not in reminders(stage)
    day = date(2026, 11, 25)
    change(stage, stage.cast.sessions[6], starts_at=at(day, 13, 30), ends_at=at(day, 17))
    found = reminders(stage)
    assert f"{stage.cast.running}:2026-11-24" not in found
    assert found[f"{stage.cast.running}:2026-11-25"] == at(date(2026, 11, 24), 16, 30)


def test_a_session_edited_behind_its_timer_is_reminded_as_it_now_is(stage, learner):
    plans(stage)
    edit(stage, CourseSession, stage.cast.sessions[4], room="C9")
    edit(stage, CourseSession, stage.cast.sessions[5], state="cancelled")
    stage.moves_to(datetime(2026, 11, 18, 12, tzinfo=UTC))
    texts = [message.text for message in learner.messages() if "NHẮC" in message.text]
    assert len(texts) == 1
    assert "phòng C9" in texts[0]


def test_a_late_tick_catches_up_while_it_still_helps(stage, learner):
    plans(stage)
    stage.time = datetime(2026, 11, 16, 12, tzinfo=UTC)  # 19:00, the power was away since noon
    stage.ticks()
    learner.sees("NHẮC LỊCH HỌC")


def test_a_tick_in_the_night_waits_for_the_morning(stage, learner):
    plans(stage)
    stage.time = datetime(2026, 11, 16, 18, tzinfo=UTC)  # 1:00 on the day of the session
    stage.ticks()
    assert learner.news() == []
    stage.moves_to(at(date(2026, 11, 17), 6))
    learner.sees("NHẮC LỊCH HỌC", "thứ Ba, 17/11")


def test_a_tick_after_the_session_says_nothing(stage, learner):
    plans(stage)
    stage.time = datetime(2026, 11, 17, 3, tzinfo=UTC)
    stage.ticks()
    assert learner.messages() == []


def test_a_big_class_is_reminded_in_batches_and_nobody_twice(stage):
    with stage.database.transaction() as session:
        for number in range(130):
            newcomer = person(session, stage.cast.centre, f"Người Thứ {number}", None, START)
            session.add(Enrolment(class_id=stage.cast.running, person_id=newcomer,
                                  organisation_id=stage.cast.unit, from_date=date(2026, 11, 2)))  # fmt: skip
        ids = [row.id for row in session.exec(select(Person).where(Person.name.startswith("Người Thứ")))]
    players = [stage.player(person_id) for person_id in ids]
    plans(stage)
    stage.passes(days=1)
    assert all(sum("NHẮC" in message.text for message in player.messages()) == 1 for player in players)


# -- changes


def test_a_new_room_is_told_as_a_difference(stage, learner):
    before = learner.taps_made
    change(stage, stage.cast.sessions[4], room="B1")
    learner.sees("THAY ĐỔI LỊCH HỌC, lớp Trung cấp A1.")
    learner.sees("Sáng thứ Ba, 17/11: chuyển từ phòng A2 sang phòng B1.", "Giờ học giữ nguyên.")
    learner.sees("Đề nghị đồng chí xác nhận.", "Đã nhận", "Xem lịch")
    learner.taps("Đã nhận")
    assert learner.taps_made == before + 1
    with stage.database.reading() as session:
        query = select(Delivery).where(Delivery.person_id == learner.person_id)
        assert session.exec(query).one().state == "acknowledged"


def test_the_lecturer_is_told_and_the_head_is_not(stage):
    for player in (stage.head, stage.lecturer):
        player.reads()
    change(stage, stage.cast.sessions[4], room="B1")
    stage.lecturer.sees("chuyển từ phòng A2 sang phòng B1")
    assert stage.head.news() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "cancelled"}, "Sáng thứ Ba, 17/11: NGHỈ, không học buổi này."),
        (
            {"starts_at": at(date(2026, 11, 17), 8), "ends_at": at(date(2026, 11, 17), 11)},
            "giờ học đổi từ 7 giờ 30 – 11 giờ sang 8 giờ – 11 giờ.",
        ),
        (
            {"starts_at": at(date(2026, 11, 18), 13, 30), "ends_at": at(date(2026, 11, 18), 17)},
            "chuyển sang 13 giờ 30 – 17 giờ, thứ Tư, 18/11.",
        ),
        ({"lecturer_name": "Mai Thị Hoa"}, "đồng chí Mai Thị Hoa giảng thay đồng chí Cao Minh Đức."),
        ({"lecturer_name": ""}, "Trung tâm sẽ báo tên giảng viên sau."),
        ({"topic": "Ôn tập"}, "nội dung đổi từ “Chuyên đề 5” thành “Ôn tập”."),
        ({"room": "Hội trường lớn"}, "chuyển từ phòng A2 sang Hội trường lớn."),
        ({"room": ""}, "không học tại phòng A2; phòng mới sẽ báo sau."),
        ({"lecturer_name": "Mai Thị Hoa", "room": "Phòng 3"}, "chuyển từ phòng A2 sang Phòng 3."),
    ],
)
def test_every_kind_of_change_has_its_sentence(stage, learner, changes, words):
    change(stage, stage.cast.sessions[4], **changes)
    learner.sees(words)


def test_what_was_not_announced_before_is_announced_now(stage, learner):
    edit(stage, CourseSession, stage.cast.sessions[4], room="", lecturer_name="")
    change(stage, stage.cast.sessions[4], room="B1", lecturer_name="Mai Thị Hoa")
    learner.sees(
        "Sáng thứ Ba, 17/11: học tại phòng B1.", "Giảng viên là đồng chí Mai Thị Hoa.", "Giờ học giữ nguyên."
    )


def test_afternoons_and_evenings_are_named(stage, learner):
    for hour, words in ((13, "Chiều thứ Ba, 17/11"), (18, "Tối thứ Ba, 17/11")):
        day = date(2026, 11, 17)
        row = add_session(stage, stage.cast.running, at(day, hour), at(day, hour + 2))
        change(stage, row, state="cancelled")
        learner.sees(words)


def test_several_differences_are_told_together(stage, learner):
    day = date(2026, 11, 18)
    change(stage, stage.cast.sessions[4], starts_at=at(day, 7, 30), ends_at=at(day, 11), room="B1")
    learner.sees("Sáng thứ Ba, 17/11: chuyển sang 7 giờ 30 – 11 giờ, thứ Tư, 18/11.")
    learner.sees("Chuyển từ phòng A2 sang phòng B1.").sees_no("giữ nguyên")


def test_what_nobody_notices_is_written_and_not_told(stage, learner):
    assert change(stage, stage.cast.sessions[4], periods=5, note="Mang sách", room="A2") is None
    assert change(stage, stage.cast.sessions[0], room="B9") is None  # it is over
    assert learner.news() == []
    learner.says("lịch mai").sees("Mang sách")


def test_a_change_of_a_cancelled_session_is_not_told(stage, learner):
    change(stage, stage.cast.sessions[4], state="cancelled")
    sends_everything(stage)
    learner.reads()
    change(stage, stage.cast.sessions[4], room="B1")
    assert learner.news() == []
    change(stage, stage.cast.sessions[4], state="planned")
    learner.sees("buổi học vẫn diễn ra, lúc 7 giờ 30, phòng B1.")


def test_a_session_that_is_not_there_is_an_error(stage):
    with pytest.raises(KeyError):
        change(stage, 10**9, room="B1")


def test_a_far_session_waits_for_the_sending_hours_a_near_one_does_not(stage, learner):
    stage.moves_to(at(date(2026, 11, 16), 20))
    learner.reads()
    change(stage, stage.cast.sessions[8], room="B1")  # 01/12
    assert learner.news() == []
    change(stage, stage.cast.sessions[5], state="cancelled")  # Thursday 19/11 is 59.5 hours off
    assert learner.news() == []
    change(stage, stage.cast.sessions[4], room="B2")  # tomorrow morning
    learner.sees("sang phòng B2")
    stage.moves_to(at(date(2026, 11, 17), 7, 30))
    learner.sees("sang phòng B1", "NGHỈ, không học buổi này")


def test_a_weekend_does_not_swallow_the_news_of_a_monday_session(stage, learner):
    monday = add_session(stage, stage.cast.running, at(date(2026, 11, 23), 7, 30), at(date(2026, 11, 23), 11))
    stage.moves_to(at(date(2026, 11, 20), 18))  # Friday evening
    learner.reads()
    change(stage, monday, state="cancelled")
    assert learner.news() == []
    stage.moves_to(at(date(2026, 11, 21), 7, 30))  # 48 hours before
    learner.sees("NGHỈ")


def changes_in(player) -> list[str]:
    return [message.text for message in player.messages() if "THAY ĐỔI" in message.text]


def test_two_changes_before_the_first_is_sent_are_one_difference(stage, learner):
    change(stage, stage.cast.sessions[4], room="B1")
    change(stage, stage.cast.sessions[4], room="C3")
    [text] = changes_in(learner)
    assert "chuyển từ phòng A2 sang phòng C3" in text
    learner.taps("Đã nhận").sees("Đã nhận lúc")


def test_a_change_back_before_anything_was_sent_sends_nothing(stage, learner):
    change(stage, stage.cast.sessions[4], room="B1")
    change(stage, stage.cast.sessions[4], room="A2")
    assert changes_in(learner) == []
    change(stage, stage.cast.sessions[4], room="D4")
    [text] = changes_in(learner)
    assert "chuyển từ phòng A2 sang phòng D4" in text


def test_a_change_back_after_the_first_was_sent_is_sent(stage, learner):
    change(stage, stage.cast.sessions[4], room="B1")
    sends_everything(stage)
    change(stage, stage.cast.sessions[4], room="A2")
    texts = changes_in(learner)
    assert len(texts) == 2
    assert "chuyển từ phòng B1 sang phòng A2" in texts[1]


def test_everyone_gets_the_difference_to_what_he_was_told(stage, learner):
    other = stage.player(stage.cast.learners[2])
    change(stage, stage.cast.sessions[4], room="B1")
    with stage.database.transaction() as session:  # the platform took one of the two
        query = select_columns(outbox.outbox.c.id).where(outbox.outbox.c.chat == learner.chat)
        outbox.settle(session, session.execute(query).scalars().all(), {"state": "sent"})
    change(stage, stage.cast.sessions[4], room="A2")
    assert ["sang phòng A2" in text for text in changes_in(learner)] == [False, True]
    assert changes_in(other) == []
    learner.presses(changes_button(learner, 0)).sees("Đã nhận lúc")
    change(stage, stage.cast.sessions[4], room="E5")
    assert "chuyển từ phòng A2 sang phòng E5" in changes_in(other)[-1]


def changes_button(player, number: int) -> str:
    message = [message for message in player.messages() if "THAY ĐỔI" in message.text][number]
    return message.buttons[0]["data"]


def test_a_change_that_waits_is_merged_too(stage, learner):
    stage.moves_to(at(date(2026, 11, 16), 20))
    change(stage, stage.cast.sessions[8], room="B1")
    change(stage, stage.cast.sessions[8], lecturer_name="Mai Thị Hoa")
    stage.moves_to(at(date(2026, 11, 17), 9))
    [text] = changes_in(learner)
    assert "chuyển từ phòng A2 sang phòng B1" in text
    assert "Đồng chí Mai Thị Hoa giảng thay đồng chí Cao Minh Đức" in text


def test_learners_of_the_old_and_of_the_new_day_are_told(stage, learner):
    leaving, coming = stage.player(stage.cast.learners[2]), stage.player(stage.cast.learners[3])
    with stage.database.transaction() as session:
        for person_id, values in (
            (leaving.person_id, {"to_date": date(2026, 11, 19)}),
            (coming.person_id, {"from_date": date(2026, 11, 25)}),
        ):
            query = select(Enrolment).where(
                Enrolment.class_id == stage.cast.running, Enrolment.person_id == person_id
            )
            row = session.exec(query).one()
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
    day = date(2026, 11, 26)
    change(stage, stage.cast.sessions[5], starts_at=at(day, 13), ends_at=at(day, 17))
    assert [len(changes_in(player)) for player in (learner, leaving, coming)] == [1, 1, 1]
    change(stage, stage.cast.sessions[9], room="B1")  # 03/12
    assert [len(changes_in(player)) for player in (learner, leaving, coming)] == [2, 1, 2]


def test_the_old_and_the_new_lecturer_are_told(stage):
    stage.lecturer.reads()
    new = stage.player(stage.cast.other_head)
    change(stage, stage.cast.sessions[4], lecturer_id=stage.cast.other_head, lecturer_name="Mai Thị Hoa")
    for player in (stage.lecturer, new):
        player.sees("đồng chí Mai Thị Hoa giảng thay đồng chí Cao Minh Đức")


def test_a_change_for_a_big_class_goes_out_in_batches(stage):
    with stage.database.transaction() as session:
        ids = []
        for number in range(130):
            ids.append(person(session, stage.cast.centre, f"Người Thứ {number}", None, START))
            session.add(Enrolment(class_id=stage.cast.running, person_id=ids[-1],
                                  organisation_id=stage.cast.unit, from_date=date(2026, 11, 2)))  # fmt: skip
    players = [stage.player(person_id) for person_id in ids]
    notice = change(stage, stage.cast.sessions[4], room="B1")
    assert all(len(changes_in(player)) == 1 for player in players)
    with stage.database.reading() as session:
        states = [row.state for row in session.exec(select(Delivery).where(Delivery.notice_id == notice))]
        assert session.get(Notice, notice).state == "sent"
    assert len(states) == 130 + 13 + 1  # the class, its thirteen learners and the lecturer
    assert states.count("not_bound") == 14


def test_a_small_day_is_seen_by_its_viewer_at_the_edges_of_the_calendar(stage):
    with stage.database.reading() as session:
        staff = session.get(Person, stage.cast.registrar)
        viewer = timetable.viewer_of(session, staff, MONDAY)
        assert viewer.is_staff
        assert timetable.day_at(timetable.FIRST_DAY.toordinal() - 1) is None
        assert timetable.week_of(date(2026, 11, 22)) == (MONDAY, date(2026, 11, 22))
