"""Back to the unit (001-07, 002-12): attendance, published marks and conduct, after each period and at closing."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.base.calendar import SendingCalendar
from storage.courses.courses import Attendance, CourseClass, Enrolment, Mark
from storage.feedback.feedback import UnitFeedback, make
from storage.messaging import timers
from storage.messaging.accounts import Abilities
from storage.people.offices import Trip
from storage.people.people import Consent, LegalBasis
from storage.reports.periods import plan_feedback
from storage.reports.reports import ReportPeriod
from tests.casts.centre import at, person
from tests.casts.reports import learner_id, request_of
from tests.houses.dialogue import Stage
from tests.results.test_results import report
from tests.timetable.test_timetable import edit

GRACE = datetime(2026, 12, 4, 10, tzinfo=UTC)  # 17:00 on the working day after the deadline
NEXT_MORNING = datetime(2026, 12, 7, 1, tzinfo=UTC)  # Monday, 8:00
CLOSED = datetime(2026, 12, 21, 1, tzinfo=UTC)  # the Monday after the class's last day, 8:00


def plan(stage) -> None:
    with stage.database.transaction() as session:
        plan_feedback(session, SendingCalendar(), session.get(ReportPeriod, stage.cast.period))


def kept(stage) -> list[UnitFeedback]:
    with stage.database.reading() as session:
        rows = list(session.exec(select(UnitFeedback).order_by(UnitFeedback.id)))
        session.expunge_all()
        return rows


@pytest.fixture
def told(stage):
    """The period's grace is over, and the head has what the centre has of his twelve learners."""
    head = stage.head
    report(stage, (learner_id(stage, "Trần Văn An"), "late", 2, None))
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    return head


def test_after_the_grace_the_unit_has_attendance_published_marks_and_conduct(told):
    told.sees("Kính gửi đồng chí Lê Văn Bình.", "Thông báo kết quả học tập, nền nếp, Trường THCS Lê Lợi")
    told.sees(
        "01/11 – 30/11, lớp Trung cấp A1: 12 học viên.",
        "Theo ghi nhận của Trung tâm đến 17 giờ, thứ Sáu, 04/12",
    )
    told.sees(
        "- Nguyễn Thị Minh Hạnh: dự 4/4 buổi, 4 buổi chưa có điểm danh; Bài 1 được 8,5 điểm; nền nếp tốt"
    )
    told.sees("- Phạm Thị Cúc: dự 4/4 buổi, 4 buổi chưa có điểm danh; chưa có điểm; nền nếp tốt")
    told.sees_no("Thu hoạch")  # a draft


def test_whoever_is_noticeable_comes_first_and_namesakes_keep_apart(told):
    first = next(line for line in told.last.text.splitlines() if line.startswith("- "))
    assert first == (
        "- Trần Văn An: dự 4/4 buổi, đi muộn 2 buổi, 4 buổi chưa có điểm danh; chưa có điểm; đơn vị báo cáo đi muộn 2 buổi"
    )


def test_it_goes_out_in_sending_hours_only(told, stage):
    with stage.database.reading() as session:
        row = session.exec(select(UnitFeedback).where(UnitFeedback.organisation_id == stage.cast.unit)).one()
        assert row.made_at == GRACE
    assert told.last.row.due_at == datetime(2026, 12, 7, 0, 30, tzinfo=UTC)


def test_received_takes_one_tap_and_counts_once(told, stage):
    before = told.taps_made
    told.taps("Đã nhận").sees("Đồng chí Lê Văn Bình đã nhận lúc 8 giờ, thứ Hai, 07/12.")
    assert told.taps_made == before + 1
    assert "Đã nhận" not in told.last.labels
    first = kept(stage)[0]
    stage.passes(hours=1)
    told.presses(f"fa:{first.id}").sees("đã nhận lúc 8 giờ, thứ Hai")
    assert kept(stage)[0].acknowledged_at == first.acknowledged_at


def test_the_excel_file_has_a_row_a_learner_and_takes_one_tap(told):
    told.taps("Tệp Excel").sees(
        "Chuyên cần, điểm và nền nếp của học viên Trường THCS Lê Lợi, lớp Trung cấp A1."
    )
    name, content = told.file()
    sheet = load_workbook(BytesIO(content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(place for place, row in enumerate(rows) if row[0] == "TT")
    assert name.endswith(", lớp Trung cấp A1.xlsx")
    assert rows[head][:6] == ["TT", "Họ và tên", "Ngày sinh", "Số buổi đã học", "Có mặt", "Đi muộn"]
    assert len(rows[head + 1 : -2]) == 12  # and who signs
    an = next(row for row in rows if row[1] == "Trần Văn An")
    assert an[3:10] == [8, 2, 2, 0, 0, 0, 4]
    assert an[10:] == ["chưa có", "đi muộn 2 buổi"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (9, 1)
    assert any("01/11 – 30/11" in str(row[0]) for row in rows[:head])


def test_what_was_kept_stays_as_it_was_whatever_is_corrected_later(told, stage):
    with stage.database.transaction() as session:
        for row in session.exec(select(Attendance).where(Attendance.person_id == stage.cast.learners[0])):
            row.state = "unexcused"
    told.taps("Đã nhận").sees("- Nguyễn Thị Minh Hạnh: dự 4/4 buổi")


def test_nothing_recorded_is_not_told_at_all(stage):
    with stage.database.transaction() as session:
        for table in (Attendance, Mark):
            for row in session.exec(select(table)):
                session.delete(row)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    assert kept(stage) == []
    assert stage.head.messages() == []


def test_marks_published_before_the_period_alone_are_no_news(stage):
    with stage.database.transaction() as session:
        for row in session.exec(select(Attendance)):
            session.delete(row)
        session.exec(select(Mark).where(Mark.state == "published")).one().published_at = at(
            date(2026, 10, 20), 9
        )
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    assert kept(stage) == []


def test_without_a_report_it_says_so_and_guesses_nothing(stage):
    plan(stage)
    head = stage.head
    stage.moves_to(NEXT_MORNING)
    head.sees("chưa có báo cáo nền nếp").sees_no("nền nếp tốt")


def test_learners_without_consent_are_told_of_in_writing(stage):
    with stage.database.transaction() as session:
        session.add(
            Consent(person_id=stage.cast.learners[1], purpose="sensitive", given=False, at=stage.time)
        )
    plan(stage)
    head = stage.head
    stage.moves_to(NEXT_MORNING)
    head.sees("11 học viên.", "01 học viên").sees_no("Trần Văn An")
    assert "Trần Văn An" not in kept(stage)[0].content


def test_a_consent_withdrawn_later_takes_the_learner_out_of_the_card(told, stage):
    with stage.database.transaction() as session:
        session.add(
            Consent(person_id=stage.cast.learners[1], purpose="sensitive", given=False, at=stage.time)
        )
    told.taps("Đã nhận").sees("11 học viên.").sees_no("Trần Văn An")


def test_a_legal_basis_speaks_for_everybody(stage):
    with stage.database.transaction() as session:
        session.add(
            Consent(person_id=stage.cast.learners[1], purpose="sensitive", given=False, at=stage.time)
        )
        basis = {
            "centre_id": stage.cast.centre,
            "purpose": "sensitive",
            "basis": "QĐ 12",
            "recorded_at": stage.time,
        }
        session.add(LegalBasis(**basis))
    plan(stage)
    head = stage.head
    stage.moves_to(NEXT_MORNING)
    head.sees("12 học viên.")


def test_on_a_messenger_abroad_it_is_veiled_unless_the_director_allows_it(stage):
    head = stage.head
    with stage.database.transaction() as session:
        from storage.messaging.accounts import ChannelAccount
        from storage.people.people import Centre

        session.get(Centre, stage.cast.centre).options = {}
        session.get(ChannelAccount, stage.account.id).abroad = True
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    head.sees_no("Trần Văn An").sees("http://127.0.0.1:8080/b/" if "http" in str(head.last) else "trang")


def test_each_unit_has_its_own_learners_only(stage):
    other = stage.player(stage.cast.other_head)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    other.sees("Trạm Y tế phường A", "01 học viên.", "Trần Văn An").sees_no("Hạnh", "Phạm Thị Cúc")


def test_a_learner_who_changed_unit_belongs_to_each_unit_for_its_own_days(stage):
    """Hạnh left on 9 November: the old unit has two sessions of her and no marks, the new one the rest."""
    with stage.database.transaction() as session:
        query = select(Enrolment).where(
            Enrolment.class_id == stage.cast.running, Enrolment.person_id == stage.cast.learners[0]
        )
        row = session.exec(query).one()
        row.to_date = date(2026, 11, 8)
        session.add(
            Enrolment(
                class_id=row.class_id, person_id=row.person_id, organisation_id=stage.cast.other_unit,
                from_date=date(2026, 11, 9),
            )
        )  # fmt: skip
    head, other = stage.head, stage.player(stage.cast.other_head)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    head.sees("Nguyễn Thị Minh Hạnh: dự 2/2 buổi; điểm do Trung tâm gửi đơn vị mới")
    other.sees("Nguyễn Thị Minh Hạnh: dự 2/2 buổi, 4 buổi chưa có điểm danh; Bài 1 được 8,5 điểm")


def test_at_closing_the_unit_has_the_whole_class_with_the_version_of_the_rules(stage):
    head = stage.head
    report(stage)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    head.taps("Đã nhận")
    stage.moves_to(CLOSED)
    head.sees("Toàn khóa (02/11 – 18/12), lớp Trung cấp A1", "bản số 2")
    assert [(row.organisation_id, row.period_id) for row in kept(stage)] == [
        (stage.cast.unit, stage.cast.period),
        (stage.cast.other_unit, stage.cast.period),
        (stage.cast.unit, None),
        (stage.cast.other_unit, None),
    ]


def test_closing_is_told_once_although_the_database_would_take_two(stage):
    plan(stage)
    stage.moves_to(CLOSED)
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.running)
        assert make(session, course, stage.cast.unit, None, SendingCalendar().zone, stage.time) is None
    assert sum(row.period_id is None for row in kept(stage)) == 2


def test_a_class_whose_only_period_is_all_of_it_is_told_once_at_its_closing(stage):
    edit(stage, ReportPeriod, stage.cast.period, to_date=date(2026, 12, 18))
    plan(stage)
    head = stage.head
    stage.moves_to(CLOSED)
    head.sees("Toàn khóa")
    assert [row.period_id for row in kept(stage)] == [None, None]


def test_a_class_that_was_prolonged_is_told_at_its_new_end(stage):
    plan(stage)
    edit(stage, CourseClass, stage.cast.running, to_date=date(2026, 12, 25))
    plan(stage)
    stage.moves_to(CLOSED)
    assert not [row for row in kept(stage) if row.period_id is None]
    stage.moves_to(CLOSED + timedelta(days=7))
    assert len([row for row in kept(stage) if row.period_id is None]) == 2


def test_a_unit_given_more_time_is_told_after_it(stage):
    with stage.database.transaction() as session:
        request_of(session, stage.cast.report).extended_to = at(date(2026, 12, 9), 17)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    assert [row.organisation_id for row in kept(stage)] == [stage.cast.other_unit]
    stage.moves_to(at(date(2026, 12, 10), 8))
    assert len(kept(stage)) == 2


def second_period(stage) -> None:
    """Another class's report to the same unit falls due on the same day."""
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.opening)
        course.to_date = date(2027, 1, 29)
        row = session.get(ReportPeriod, stage.cast.period)
        days = row.model_dump(exclude={"id", "class_id"})
        period = ReportPeriod(class_id=course.id, **days)
        session.add(period)
        session.flush()
        learner = stage.cast.learners[0]
        session.add(
            Mark(class_id=course.id, person_id=learner, component="Bài 1", value=Decimal(9), state="published",
                 published_at=at(date(2026, 11, 28), 9))
        )  # fmt: skip
        plan_feedback(session, SendingCalendar(), period)


def test_a_head_gets_one_at_a_time_the_next_when_he_has_acknowledged(stage):
    plan(stage)
    second_period(stage)
    head = stage.head
    stage.moves_to(NEXT_MORNING)
    assert len(head.messages()) == 1
    head.taps("Đã nhận")
    assert len(head.news()) == 2  # the receipt and the next one
    head.sees("lớp Nhận thức về Đảng khóa II")


def test_who_does_not_acknowledge_gets_the_next_one_on_the_next_working_day(stage):
    plan(stage)
    second_period(stage)
    head = stage.head
    stage.moves_to(NEXT_MORNING)
    stage.passes(days=1)
    assert len(head.messages()) == 2
    stage.passes(days=3)
    assert len(head.messages()) == 2


def test_a_head_who_is_away_leaves_it_to_his_deputy(stage):
    from storage.people.people import Grant, Role

    with stage.database.transaction() as session:
        deputy = person(session, stage.cast.centre, "Tạ Văn Phúc", stage.cast.unit, stage.time)
        of = session.exec(select(Grant).where(Grant.person_id == stage.cast.head)).one()
        told = {"centre_id": stage.cast.centre, "organisation_id": stage.cast.unit, "deputy_of": of.id}
        session.add(Grant(person_id=deputy, role=Role.UNIT_HEAD, **told))
        days = {"from_date": date(2026, 12, 1), "to_date": date(2026, 12, 10), "said_at": stage.time}
        session.add(Trip(person_id=stage.cast.head, **days))
    head, deputy = stage.head, stage.player(deputy)
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    assert head.messages() == []
    deputy.sees("Kính gửi đồng chí Tạ Văn Phúc.").taps("Đã nhận").sees("Tạ Văn Phúc đã nhận")


def test_who_binds_later_gets_what_waits(stage):
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    head = stage.head
    with stage.database.transaction() as session:
        timers.plan(session, "bound", "1", stage.time, contact=head.contact().id)
    stage.ticks()
    head.sees("Thông báo kết quả học tập, nền nếp, Trường THCS Lê Lợi")


def test_a_head_finds_what_he_was_told_in_two_taps(told):
    told.says("/menu").taps("Đơn vị tôi")
    before = told.taps_made
    told.taps("Kết quả từ Trung tâm").sees("Trung cấp A1, 01/11 – 30/11: chưa xác nhận")
    told.taps("Trung cấp A1").sees("Thông báo kết quả học tập, nền nếp, Trường THCS Lê Lợi")
    assert told.taps_made == before + 2
    told.says("phản hồi").sees("Trung cấp A1, 01/11 – 30/11")


def test_staff_see_who_has_received_it(told, stage):
    registrar = stage.registrar.says("/phanhoi").sees("0/2 đã xác nhận", "Trường THCS Lê Lợi: chưa xác nhận")
    told.taps("Đã nhận")
    registrar.says("/phanhoi").sees("1/2 đã xác nhận", "Trường THCS Lê Lợi: đã nhận")
    registrar.taps("BD-01, 01/11 – 30/11, Trường THCS Lê Lợi").sees("Lê Văn Bình đã nhận lúc")
    assert "Đã nhận" not in registrar.last.labels
    assert "Đề nghị xem lại" not in registrar.last.labels


def test_another_units_head_a_learner_and_a_lecturer_see_nothing(told, stage):
    row = kept(stage)[0]
    for reader in (stage.player(stage.cast.other_head), stage.learner, stage.lecturer):
        for key in ("fo", "fa", "fx", "fr"):
            reader.presses(f"{key}:{row.id}").sees_no("Trần Văn An", "Phạm Thị Cúc")
    assert kept(stage)[0].acknowledged_at is None


def test_without_buttons_words_do_the_same(database):
    stage = Stage(database, abilities=Abilities(buttons=0))
    head = stage.head.types("/menu")
    stage.arrives()
    plan(stage)
    stage.moves_to(NEXT_MORNING)
    before = head.taps_made
    head.types("1").sees("Lê Văn Bình đã nhận lúc")
    assert head.taps_made == before + 1
    head.types("tệp excel").sees("Chuyên cần, điểm và nền nếp")


def test_the_typed_word_means_the_newest_card(told, stage):
    told.says("đã nhận").sees("Lê Văn Bình đã nhận lúc")
    told.says("đã nhận").sees("chưa gửi thông báo nào")


def test_content_is_sealed_in_the_database(told, stage):
    from sqlalchemy import text

    with stage.database.reading() as session:
        raw = session.execute(text("SELECT content FROM unit_feedback")).scalars().first()
    assert "Hạnh".encode() not in bytes(raw)
    assert json.loads(kept(stage)[0].content)["learners"]
