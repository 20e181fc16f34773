"""Results: marks, attendance and conduct together (000-21), and who may see whose."""

import json
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from storage.courses.courses import Attendance, CourseClass, CourseSession, Enrolment, Mark, RuleSet
from storage.joining.consents import agree
from storage.people.audit import Audit
from storage.people.people import Centre, Consent, Grant, LegalBasis, Role
from storage.reports.reports import ConductEntry, ConductReport, ConductRevision, ReportPeriod
from storage.results import results
from storage.results.result_facts import STATES, Component, RollCall
from tests.casts.centre import RULES, _add, person, purposes_of_role
from tests.houses.dialogue import START
from tests.timetable.test_timetable import edit, to36

ENDED = datetime(2026, 12, 21, 2, tzinfo=UTC)  # the Monday after the running class


def only_in(stage, class_id, person_id) -> None:
    """The learner leaves all classes but one."""
    with stage.database.transaction() as session:
        query = select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.class_id != class_id)
        for row in session.exec(query):
            session.delete(row)


@pytest.fixture
def hanh(stage):
    """Nguyễn Thị Minh Hạnh in the running class alone: 8,5 published, one mark a draft, never absent."""
    only_in(stage, stage.cast.running, stage.cast.learners[0])
    return stage.learner


def mark(stage, value, component="Thu hoạch", *, state="published", learner=0) -> None:
    with stage.database.transaction() as session:
        person_id = stage.cast.learners[learner]
        query = select(Mark).where(
            Mark.class_id == stage.cast.running, Mark.person_id == person_id, Mark.component == component
        )
        row = session.exec(query).first() or Mark(
            class_id=stage.cast.running, person_id=person_id, component=component
        )
        row.value, row.state = value and Decimal(value), state
        session.add(row)


def attends(stage, number, state, *, learner=0) -> None:
    """What the roll-call says of one of the running class's sessions, from 0."""
    with stage.database.transaction() as session:
        ids = {"session_id": stage.cast.sessions[number], "person_id": stage.cast.learners[learner]}
        row = session.exec(select(Attendance).filter_by(**ids)).first() or Attendance(**ids, state=state)
        row.state = state
        session.add(row)


def attends_all(stage) -> None:
    for number in range(10):
        attends(stage, number, "present")


def report(stage, *entries, report_id=None, learners=None) -> None:
    """The unit has sent its report, with these entries: (learner id, category, times, note)."""
    with stage.database.transaction() as session:
        row = session.get(ConductReport, report_id or stage.cast.report)
        row.state, row.revision = "sent", row.revision + 1
        content = {
            "learners": [{"id": id_, "name": ""} for id_ in learners or stage.cast.learners],
            "entries": [
                dict(zip(("id", "category", "times", "note"), entry, strict=True)) for entry in entries
            ],
        }
        session.add(row)
        session.add(
            ConductRevision(report_id=row.id, number=row.revision, sent_at=START, sent_by=stage.cast.head,
                            content=json.dumps(content))
        )  # fmt: skip


def rules(stage, **changes) -> None:
    with stage.database.transaction() as session:
        row = session.exec(select(RuleSet)).first()
        row.rules = {name: value for name, value in {**RULES, **changes}.items() if value is not None}
        session.add(row)


# -- one's own


@pytest.mark.parametrize(
    "words", ["/ketqua", "kết quả", "ket qua", "KQ", "điểm", "diem", "chuyên cần", "xem điểm"]
)
def test_many_words_ask_for_the_result(hanh, words):
    hanh.says(words).sees("Kết quả học tập", "Nguyễn Thị Minh Hạnh")
    hanh.says(unicodedata.normalize("NFD", words)).sees("Kết quả học tập")


def test_one_class_opens_at_once_in_one_tap(hanh):
    hanh.says("/menu")
    before = hanh.taps_made
    hanh.taps("Kết quả của tôi").sees("Kết quả học tập", "Lớp Trung cấp A1 (BD-01)")
    assert hanh.taps_made == before + 1


def test_several_classes_are_chosen_in_two_taps(stage):
    learner = stage.learner.says("/menu")
    before = learner.taps_made
    learner.taps("Kết quả của tôi").sees("Đồng chí chọn lớp nào?").taps("BD-01").sees("Bài 1: 8,5")
    assert learner.taps_made == before + 2
    learner.taps("Xem lớp khác").taps("BD-02").sees(
        "Điểm: chưa có", "Chuyên cần: chưa có", "Nền nếp: chưa có"
    )


def test_what_is_not_recorded_is_said_to_be_so_and_drafts_stay_in_the_office(hanh):
    hanh.says("/ketqua").sees("Bài 1: 8,5", "Thu hoạch: chưa có", "01/11 – 30/11: chưa có báo cáo")
    hanh.sees("Đã học: 4 buổi (16 tiết)", "Có mặt: 4 buổi (16 tiết)", "Vắng 0/16 tiết, 0% (tối đa 20%)")
    hanh.sees("Tổng hợp: chưa có", "Còn thiếu: điểm, nền nếp.").sees_no(": 6", "xếp loại")
    hanh.sees("Theo quy chế Trung tâm đã ban hành (bản số 2).", "ký")


def test_marks_attendance_and_conduct_make_the_band(stage, hanh):
    mark(stage, "7.00")
    attends_all(stage)
    report(stage)
    stage.moves_to(ENDED)
    # marks 7.75 × 0.6 + 10 × 0.2 + 10 × 0.2 = 8.65
    hanh.says("/ketqua").sees("Tổng hợp: 8,65; xếp loại giỏi", "nền nếp tốt")
    hanh.sees("Điểm 7,75 (60%), chuyên cần 10 (20%), nền nếp 10 (20%)", "bản số 2").sees_no("Tạm tính")


def test_while_the_class_goes_on_the_result_is_as_of_a_day(stage, hanh):
    mark(stage, "7.00")
    report(stage)
    hanh.says("/ketqua").sees("xếp loại giỏi", "Tạm tính đến ngày 16/11/2026, lớp đang học.")


def test_a_corrected_mark_says_so(stage, hanh):
    mark(stage, "9.25", state="corrected")
    hanh.says("/ketqua").sees("Thu hoạch: 9,25 (đã đính chính)")


def test_a_published_blank_is_no_mark(stage, hanh):
    mark(stage, None)
    report(stage)
    hanh.says("/ketqua").sees("Thu hoạch: chưa có", "Còn thiếu: điểm.")


def test_attendance_is_counted_in_sessions_and_periods_over_those_held(stage, hanh):
    for number, state in enumerate(("late", "excused", "unexcused", "recalled")):
        attends(stage, number, state)
    edit(stage, CourseSession, stage.cast.sessions[0], periods=5)
    hanh.says("/ketqua").sees(
        "Đã học: 4 buổi (17 tiết)", "Đi muộn: 1 buổi (5 tiết)", "Vắng có phép: 1 buổi (4 tiết)"
    )
    hanh.sees("Vắng không phép: 1 buổi (4 tiết)", "Đơn vị gọi về: 1 buổi (4 tiết)").sees_no("Có mặt")
    hanh.sees("Vắng 12/17 tiết, 70,59% (tối đa 20%)")


def test_a_cancelled_session_does_not_count(stage, hanh):
    attends(stage, 0, "unexcused")
    edit(stage, CourseSession, stage.cast.sessions[0], state="cancelled")
    hanh.says("/ketqua").sees("Đã học: 3 buổi (12 tiết)", "Vắng 0/12 tiết").sees_no("Vắng không phép")


def test_a_session_nobody_recorded_is_named_and_stops_the_verdict(stage, hanh):
    mark(stage, "7.00")
    report(stage)
    stage.moves_to(datetime(2026, 11, 17, 5, tzinfo=UTC))
    hanh.says("/ketqua").sees("Đã học: 5 buổi", "Chưa có điểm danh: 1 buổi", "Còn thiếu: chuyên cần.")


def test_a_session_counts_once_it_is_over(stage, hanh):
    stage.moves_to(datetime(2026, 11, 17, 3, 59, tzinfo=UTC))
    hanh.says("/ketqua").sees("Đã học: 4 buổi")
    stage.moves_to(datetime(2026, 11, 17, 4, tzinfo=UTC))  # 11:00 there
    hanh.says("/ketqua").sees("Đã học: 5 buổi")


def test_only_the_learners_own_days_count(stage, hanh):
    with stage.database.transaction() as session:
        row = session.exec(select(Enrolment).where(Enrolment.person_id == hanh.person_id)).one()
        row.from_date = date(2026, 11, 10)
        session.add(row)
    hanh.says("/ketqua").sees("Đã học: 2 buổi (8 tiết)")


def test_what_the_unit_mentioned_is_shown_as_it_was_sent(stage, hanh):
    mark(stage, "7.00")
    report(
        stage,
        (hanh.person_id, "ethics", None, "Nói <b>chuyện</b> riêng"),
        (stage.cast.learners[1], "late", 2, None),
    )
    hanh.says("/ketqua").sees(
        "01/11 – 30/11: cần nhắc nhở về đạo đức (Nói <b>chuyện</b> riêng)", "nền nếp 7 (20%)"
    ).sees_no("đi muộn")
    # 4.65 + 2 + 1.4
    hanh.sees("Tổng hợp: 8,05")


def test_a_unit_that_left_a_learner_out_has_not_reported_him(stage, hanh):
    report(stage, learners=[stage.cast.learners[1]])
    hanh.says("/ketqua").sees("01/11 – 30/11: chưa có báo cáo")


def test_entries_not_sent_yet_stay_with_the_head(stage, hanh):
    with stage.database.transaction() as session:
        entry = {"category": "ethics", "note": "chưa gửi", "report_id": stage.cast.report}
        session.add(ConductEntry(person_id=hanh.person_id, **entry))
    hanh.says("/ketqua").sees("chưa có báo cáo").sees_no("đạo đức", "chưa gửi")


def test_a_period_that_is_over_without_a_report_stops_the_verdict(stage, hanh):
    mark(stage, "7.00")
    report(stage)
    with stage.database.transaction() as session:
        days = {
            "from_date": date(2026, 10, 1),
            "to_date": date(2026, 11, 2),
            "opens_at": START,
            "due_at": START,
        }
        session.add(ReportPeriod(class_id=stage.cast.running, **days))
    hanh.says("/ketqua").sees("01/10 – 02/11: chưa có báo cáo", "Còn thiếu: nền nếp.")


def test_a_new_version_of_the_rules_changes_nothing_for_the_classes_of_the_old_one(stage, hanh):
    """Two classes of one type, the same marks and reports: each is weighed by the version it began with."""
    mark(stage, "7.00")
    report(stage, (hanh.person_id, "manner", 1, None))
    hanh.says("/ketqua").sees("Tổng hợp: 8,45", "nền nếp 9 (20%)", "bản số 2")
    with stage.database.transaction() as session:
        old = session.exec(select(RuleSet)).one()
        told = {**RULES, "weights": {"marks": "0.5", "conduct": "0.5"}, "conduct": {"manner": "4"}}
        new = RuleSet(class_type_id=old.class_type_id, version=3, from_date=START.date(), rules=told)
        session.add(new)
        session.flush()
        new_id = new.id
    hanh.says("/ketqua").sees("Tổng hợp: 8,45", "nền nếp 9 (20%)", "bản số 2").sees_no("bản số 3")
    edit(stage, CourseClass, stage.cast.running, rule_set_id=new_id)
    hanh.says("/ketqua").sees("Tổng hợp: 6,88", "nền nếp 6 (50%)", "quy chế Trung tâm", "bản số 3")


def test_without_weights_or_bands_there_is_no_verdict(stage, hanh):
    mark(stage, "7.00")
    report(stage)
    rules(stage, weights=None)
    hanh.says("/ketqua").sees("Tổng hợp: chưa có", "chưa quy định hệ số các phần điểm")
    rules(stage, bands=None, max_absence=None)
    hanh.says("/ketqua").sees("Tổng hợp: 8,65").sees_no("xếp loại", "tối đa")


def test_the_rules_decide_what_lateness_and_each_mark_weigh(stage, hanh):
    mark(stage, "7.00")
    report(stage)
    attends(stage, 0, "late")
    # (3 × 4 + 0.5 × 4) of 16 periods
    rules(stage, diligence={"late": "0.5"}, components={"Bài 1": "1", "Thu hoạch": "2"})
    hanh.says("/ketqua").sees("Điểm 7,5 (60%), chuyên cần 8,75 (20%)", "Tổng hợp: 8,25")


def test_a_part_without_weight_is_not_asked_for(stage, hanh):
    mark(stage, "8.00")
    rules(stage, weights={"marks": "1", "conduct": "0"})
    hanh.says("/ketqua").sees("Tổng hợp: 8,25; xếp loại giỏi", "Điểm 8,25 (100%)")


def test_who_refused_gets_it_in_writing_and_so_does_his_head(stage, hanh):
    with stage.database.transaction() as session:
        session.add(Consent(person_id=hanh.person_id, purpose="sensitive", given=False, at=START))
    hanh.says("/ketqua").sees("bằng văn bản").sees_no("8,5")
    for player in (stage.head, stage.registrar):
        player.presses(seeing(stage, 0)).sees("bằng văn bản").sees_no("8,5")
    assert looks(stage) == []
    with stage.database.transaction() as session:
        basis = {
            "centre_id": stage.cast.centre,
            "purpose": "sensitive",
            "basis": "Quyết định 1",
            "recorded_at": START,
        }
        session.add(LegalBasis(**basis))
    hanh.says("/ketqua").sees("8,5")


def test_results_do_not_cross_the_border_without_the_directors_word(stage, hanh):
    from storage.messaging.accounts import ChannelAccount

    edit(stage, Centre, stage.cast.centre, options={})
    edit(stage, ChannelAccount, stage.account.id, abroad=True)
    hanh.says("/ketqua").sees_no("8,5").sees("Mở trang của tôi")
    stage.head.presses(seeing(stage, 0)).sees_no("8,5", "Hạnh")


# -- other people's


def seeing(stage, learner: int, class_id=None) -> str:
    return f"kv:{to36(class_id or stage.cast.running)}:{to36(stage.cast.learners[learner])}"


def looks(stage) -> list[tuple[int, str, int]]:
    with stage.database.reading() as session:
        rows = session.exec(select(Audit).where(Audit.action == "results_seen")).all()
        return [(row.actor_id, row.actor_role, row.about_id) for row in rows]


def test_a_head_sees_his_own_learners_by_class(stage):
    head = stage.head.says("/menu").taps("Kết quả học viên").sees("BD-01 Trung cấp A1", "BD-02")
    head.taps("BD-01").sees("12 học viên", "Trần Văn An", "Nguyễn Văn An")
    assert len(head.last.labels) == 10 + 1 + 1  # a page, the way to the next, the way back
    assert head.last.labels[:2] == ["Nguyễn Văn An", "Trần Văn An"]  # by given name
    head.taps("Trang sau").taps("Trang trước").taps("Nguyễn Văn An").sees(
        "Đồng chí Nguyễn Văn An", "Bài 1: chưa có"
    )
    head.taps("Xem học viên khác").sees("12 học viên")


def test_every_look_at_somebody_else_is_noted(stage, hanh):
    hanh.says("/ketqua")
    assert looks(stage) == []
    stage.head.presses(seeing(stage, 0)).sees("8,5")
    stage.registrar.presses(seeing(stage, 0)).sees("8,5")
    assert looks(stage) == [
        (stage.cast.head, Role.UNIT_HEAD, hanh.person_id),
        (stage.cast.registrar, Role.REGISTRAR, hanh.person_id),
    ]


def test_another_units_head_sees_nothing_of_them(stage):
    other = stage.player(stage.cast.other_head)
    other.presses(seeing(stage, 0)).sees("Không có kết quả này").sees_no("8,5", "Hạnh")
    other.says("kết quả Hạnh").sees("Không có học viên nào").sees_no("8,5")
    other.says("/ketqua").taps("BD-01").sees("01 học viên", "Trần Văn An").sees_no("Hạnh")
    assert looks(stage) == []


def test_lecturers_and_classmates_see_nobodys(stage):
    stage.lecturer.says("/ketqua").sees_no("Kết quả học tập", "8,5")
    stage.lecturer.presses(seeing(stage, 0)).sees_no("8,5", "Hạnh")
    mate = stage.player(stage.cast.learners[1])
    mate.presses(seeing(stage, 0)).sees_no("8,5", "Hạnh")
    mate.presses(f"kt:{to36(stage.cast.running)}:0").sees_no("Hạnh")
    assert looks(stage) == []


def test_a_head_who_learns_sees_his_classmates_no_more_than_others_do(stage):
    other = stage.player(stage.cast.other_head)
    with stage.database.transaction() as session:
        ids = {"class_id": stage.cast.running, "organisation_id": stage.cast.other_unit}
        session.add(Enrolment(**ids, person_id=other.person_id, from_date=date(2026, 11, 2)))
        for purpose in purposes_of_role(""):  # as a head he was asked about his office only
            agree(session, other.person_id, purpose, stage.time)
    other.says("/ketqua").sees("Đồng chí Mai Thị Hoa").taps("Kết quả học viên").taps("BD-01").taps(
        "Trần Văn An"
    )
    other.sees("Đồng chí Trần Văn An").presses(seeing(stage, 0)).sees("Không có kết quả này")


def test_staff_see_any_of_the_centre_and_none_of_another(stage):
    with stage.database.transaction() as session:
        centre = _add(session, Centre(name="Trung tâm khác"))
        course = session.get(CourseClass, stage.cast.running)
        foreign = _add(
            session,
            CourseClass(**course.model_dump(exclude={"id", "centre_id", "code"}), centre_id=centre, code="K"),
        )
        session.add(Enrolment(class_id=foreign, person_id=stage.cast.learners[0],
                              organisation_id=stage.cast.unit, from_date=date(2026, 11, 2)))  # fmt: skip
    registrar = stage.registrar.says("/ketqua").sees("BD-01", "BD-02", "BD-03").sees_no("K Trung cấp")
    registrar.presses(seeing(stage, 0, foreign)).sees("Không có kết quả này")
    stage.director.presses(seeing(stage, 3)).sees("Đồng chí Phạm Thị Cúc")


def test_staff_find_a_learner_by_typing_the_name(stage):
    stage.registrar.says("kết quả hạnh").sees("xem kết quả của ai", "BD-01", "BD-03")
    stage.registrar.says("ket qua tran van an").sees("Trần Văn An (", "BD-01", "BD-02")
    stage.registrar.says("/ketqua bd-01").sees("13 học viên")
    stage.registrar.says("kết quả Hồ Thị Lạ").sees("tên là “Hồ Thị Lạ”")  # "ho thi la" came back
    stage.registrar.says("kết quả <b>ai đó</b>").sees("Đề nghị đồng chí nhắn lại tên")
    stage.head.says("kết quả Giang").taps("Đỗ Thị Giang, BD-01").sees("Đồng chí Đỗ Thị Giang")


def test_a_heads_only_class_opens_at_once(stage):
    with stage.database.transaction() as session:
        query = select(Enrolment).where(Enrolment.class_id == stage.cast.opening)
        for row in session.exec(query):
            session.delete(row)
    stage.player(stage.cast.other_head).says("/ketqua").sees("Lớp Trung cấp A1: 01 học viên", "Trần Văn An")


def test_a_class_one_does_not_learn_in_has_no_result_of_ones_own(stage):
    stage.player(stage.cast.learners[1]).presses(f"kl:{to36(stage.cast.closing)}").sees(
        "Không có kết quả này"
    )


def test_a_hundred_learners_are_three_pages(stage):
    with stage.database.transaction() as session:
        for number in range(100):
            newcomer = person(session, stage.cast.centre, f"Người Thứ{number:03d}", None, START)
            session.add(Enrolment(class_id=stage.cast.closing, person_id=newcomer,
                                  organisation_id=stage.cast.unit, from_date=date(2026, 11, 2)))  # fmt: skip
    registrar = stage.registrar.says("/ketqua BD-03").sees("101 học viên")
    names = [
        label
        for label in registrar.last.labels
        if " " in label and not label.startswith(("Trang", "Quay", "Xét"))
    ]
    for _page in range(2):
        registrar.taps("Trang sau")
        names += [label for label in registrar.last.labels if not label.startswith(("Trang", "Quay", "Xét"))]
    assert len(set(names)) == 101
    assert "Trang sau" not in registrar.last.labels


def test_a_learner_who_left_the_unit_is_no_longer_its_heads_business(stage):
    with stage.database.transaction() as session:
        query = select(Enrolment).where(
            Enrolment.class_id == stage.cast.running, Enrolment.person_id == stage.cast.learners[0]
        )
        row = session.exec(query).one()
        row.to_date = date(2026, 11, 15)
        session.add(row)
        session.add(Enrolment(class_id=stage.cast.running, person_id=stage.cast.learners[0],
                              organisation_id=stage.cast.other_unit, from_date=date(2026, 11, 16)))  # fmt: skip
    stage.head.presses(seeing(stage, 0)).sees("Không có kết quả này")
    stage.player(stage.cast.other_head).presses(seeing(stage, 0)).sees("8,5", "Đã học: 4 buổi")


def test_a_head_still_sees_those_who_finished_a_class(stage):
    with stage.database.transaction() as session:
        for row in session.exec(select(Enrolment).where(Enrolment.class_id == stage.cast.running)):
            row.to_date = date(2026, 12, 18)
            session.add(row)
    stage.moves_to(datetime(2027, 2, 1, 2, tzinfo=UTC))
    stage.head.presses(seeing(stage, 0)).sees("8,5")


def test_a_head_without_learners_and_a_person_without_classes_are_told_so(stage):
    with stage.database.transaction() as session:
        head = person(session, stage.cast.centre, "Hồ Văn Mới", None, START)
        ids = {"centre_id": stage.cast.centre, "organisation_id": stage.cast.empty_unit}
        session.add(Grant(person_id=head, role=Role.UNIT_HEAD, **ids))
    stage.player(head).says("/ketqua").sees("Chưa có học viên nào do đồng chí phụ trách")


@pytest.mark.parametrize("number", [0, -1, 10**12, 2**63 - 1, -(2**63) + 1])
@pytest.mark.parametrize("key", ["kl:{}", "kv:{}:{}", "kt:{}:{}", "kt:1:{}", "kc:{}"])
def test_numbers_nobody_sent_are_answered(stage, key, number):
    for player in (stage.learner, stage.head, stage.registrar):
        player.presses(key.replace("{}", to36(number)))
        assert player.last.buttons


def test_labels_are_short(stage, hanh):
    for player, data in ((hanh, f"kl:{to36(stage.cast.running)}"), (stage.head, seeing(stage, 0))):
        player.presses(data)
        assert all(len(label) <= 20 for label in player.last.labels)


# -- the arithmetic

marks = st.decimals(min_value=0, max_value=10, places=2)
shares = st.decimals(min_value=0, max_value=1, places=2)
some_bands = st.dictionaries(st.sampled_from(["excellent", "good", "fair", "average"]), marks, max_size=4)
ORDER = ["failed", "average", "fair", "good", "excellent"]


def rule_set(**told) -> results.Rules:
    return results.rules_of(RuleSet(class_type_id=1, version=1, from_date=START.date(), rules=told))


def test_halves_are_rounded_up():
    assert results.rounded(Decimal("8.665")) == Decimal("8.67")
    assert results.rounded(Decimal("8.655")) == Decimal("8.66")
    assert results.rounded(Decimal("8.995")) == Decimal("9.00")


@pytest.mark.parametrize(
    ("composite", "band"),
    [("10", "excellent"), ("9.00", "excellent"), ("8.99", "good"), ("8", "good"), ("7.99", "fair"),
     ("5.00", "average"), ("4.99", "failed"), ("0", "failed")],
)  # fmt: skip
def test_a_band_begins_at_its_own_figure(composite, band):
    assert results.band_of(rule_set(**RULES), Decimal(composite)) == band


@given(marks, marks, st.lists(marks, max_size=4), shares, shares, shares)
def test_a_band_never_rises_when_a_mark_falls(one, other, rest, a, b, c):
    told = rule_set(**{**RULES, "weights": {"marks": str(a), "diligence": str(b), "conduct": str(c)}})
    bands = []
    for value in (min(one, other), max(one, other)):
        components = [Component("x", value), *(Component(str(n), mark) for n, mark in enumerate(rest))]
        parts = {
            "marks": results.marks_part(told, components),
            "diligence": Decimal(9),
            "conduct": Decimal(7),
        }
        bands.append(results.band_of(told, results.composite_of(told, parts)))
    if bands[0] is None:
        assert bands == [None, None]
        assert not a + b + c
    else:
        assert ORDER.index(bands[0]) <= ORDER.index(bands[1])


@given(st.dictionaries(st.sampled_from(STATES), st.integers(1, 40), min_size=1))
def test_diligence_lies_between_nothing_and_ten_and_falls_with_every_absence(periods):
    told = rule_set()
    held = sum(periods.values())
    part = results.diligence_part(told, RollCall(periods=Counter(periods), held_periods=held))
    worse = results.diligence_part(
        told, RollCall(periods=Counter(periods) + Counter(unexcused=1), held_periods=held + 1)
    )
    assert Decimal(0) <= worse <= part <= Decimal(10)


@given(some_bands, marks, marks)
def test_bands_may_be_configured_in_any_order(told, one, other):
    rows = sorted(((str(least), name) for name, least in told.items()), key=str)
    found = [results.band_of(rule_set(bands=rows), mark) for mark in sorted((one, other))]
    if not rows:
        assert found == [None, None]
    else:
        least = {name: mark for mark, name in rows}
        reached = [Decimal(least.get(name, -1)) for name in found]
        assert reached[0] <= reached[1]
