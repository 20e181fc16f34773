"""Publishing imported marks (001-07): drafts stay in the office until staff publish them, once, and tell everybody."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlmodel import select

from storage.courses.courses import CourseClass, Enrolment, Mark
from storage.messaging import outbox
from storage.people.audit import Audit
from storage.people.people import Centre, Consent, Grant, Person, Role, bind
from tests.casts.centre import _add, person, registrar_elsewhere
from tests.casts.notices import run_one_timer
from tests.houses.dialogue import Stage
from tests.imports.test_imports import marks as sheet_of_marks
from tests.timetable.test_timetable import edit, to36

NIGHT = datetime(2026, 11, 16, 14, tzinfo=UTC)  # Monday, 21:00 in Vietnam


def draft(stage, learner, component="Bài 2", value="7.00", *, course="running") -> int:
    """A mark as an import leaves it."""
    row = {
        "class_id": getattr(stage.cast, course),
        "person_id": learner,
        "component": component,
        "value": Decimal(value),
    }
    with stage.database.transaction() as session:
        return _add(session, Mark(**row))


def states(stage, course="running") -> list[str]:
    with stage.database.reading() as session:
        query = select(Mark.state).where(Mark.class_id == getattr(stage.cast, course))
        return sorted(session.exec(query))


def audited(stage) -> list[Audit]:
    with stage.database.reading() as session:
        return list(session.exec(select(Audit).where(Audit.action == "marks_published")))


def button(player, label) -> str:
    found = [one for message in player.messages() for one in message.buttons if one["label"] == label]
    assert found, f"no button {label!r}"
    return found[-1]["data"]


# -- the dialogue


def test_the_only_class_with_drafts_is_published_in_two_taps(stage):
    registrar = stage.registrar.says("/menu").taps("Lớp học")
    before = registrar.taps_made
    registrar.taps("Công bố điểm").sees(
        "Lớp Trung cấp A1 (BD-01)",
        "Thu hoạch: 01 học viên đã có điểm, 12 học viên chưa có điểm",
        "Tổng số: 1 đầu điểm của 01 học viên.",
        "Sau khi công bố, học viên và đơn vị nhận được kết quả.",
    )
    assert registrar.last.labels == ["Công bố 1 đầu điểm", "Quay lại"]
    registrar.taps("Công bố 1 đầu điểm").sees("Đã công bố 1 đầu điểm của 01 học viên, lớp Trung cấp A1.")
    assert registrar.taps_made == before + 2
    assert states(stage) == ["published", "published"]


def test_of_several_classes_one_is_chosen_and_published_in_two_taps(stage):
    draft(stage, stage.cast.learners[1], course="opening")
    draft(stage, stage.cast.learners[2], course="opening")
    registrar = stage.registrar.says("/diem").sees("chờ công bố")
    assert registrar.last.labels == [
        "BD-02 Nhận thức về Đảng khóa II: 2 đầu điểm của 02 học viên",
        "BD-01 Trung cấp A1: 1 đầu điểm của 01 học viên",
        "Quay lại",
    ]
    before = registrar.taps_made
    registrar.taps("BD-02").sees("Bài 2: 02 học viên đã có điểm, 11 học viên chưa có điểm").taps(
        "Công bố 2 đầu điểm"
    )
    assert registrar.taps_made == before + 2
    assert states(stage, "opening") == ["published", "published"]
    assert states(stage) == ["draft", "published"]
    registrar.sees("Đã công bố 2 đầu điểm").taps("Xem lớp khác").sees("Lớp Trung cấp A1 (BD-01)")


def test_back_leads_to_the_list_and_from_a_single_class_to_the_menu(stage):
    stage.registrar.says("công bố điểm").taps("Quay lại").sees("Mời đồng chí chọn việc cần làm.")
    draft(stage, stage.cast.learners[1], course="opening")
    stage.registrar.says("cong bo diem").taps("BD-01").taps("Quay lại").sees("chọn lớp nào?")


def test_without_drafts_it_says_how_to_get_marks_in(stage):
    stage.registrar.says("/diem").taps("Công bố").says("/diem").sees(
        "Không có điểm nào chờ công bố", "tệp Excel"
    )


def test_the_typed_word_marks_still_opens_results(stage):
    stage.registrar.says("điểm").sees("Đồng chí chọn lớp nào?").sees_no("công bố")


def test_an_import_in_the_chat_leads_straight_to_publishing(stage):
    row = (1, "Nguyễn Thị Minh Hạnh", date(1985, 1, 1), 8.5, 9)
    registrar = stage.registrar.sends_file("diem.xlsx", sheet_of_marks(row)).taps("BD-01").taps("Nhập")
    before = registrar.taps_made
    registrar.taps("Công bố điểm").sees("Thu hoạch: 01 học viên đã có điểm").taps("Công bố 1 đầu điểm").sees(
        "Đã công bố 1 đầu điểm"
    )
    assert registrar.taps_made == before + 2
    stage.ticks()
    stage.learner.says("/ketqua").taps("BD-01").sees("Thu hoạch: 9")


# -- who is told, and when


def test_the_learner_sees_the_mark_afterwards_and_not_before(stage):
    learner = stage.learner.says("/ketqua").taps("BD-01").sees("Thu hoạch: chưa có")
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    learner.sees("Trung tâm đã công bố điểm lớp Trung cấp A1.").taps("Xem kết quả").sees("Thu hoạch: 6")


def test_the_head_of_the_unit_is_told_once_and_opens_the_results(stage):
    draft(stage, stage.cast.learners[1])
    draft(stage, stage.cast.learners[1], "Bài 3")
    other = stage.player(stage.cast.other_head)
    stage.head.reads()
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    assert len(stage.head.news()) == 1
    stage.head.sees("Trung tâm đã công bố điểm của 02 học viên thuộc đơn vị đồng chí, lớp Trung cấp A1.")
    stage.head.taps("Kết quả học viên").taps("Nguyễn Thị Minh Hạnh").sees("Thu hoạch: 6")
    assert other.messages() == []


def test_who_heads_two_units_is_told_of_both_in_one_message(stage):
    draft(stage, stage.cast.other_learner)
    with stage.database.transaction() as session:
        both = Grant(
            person_id=stage.cast.head, role=Role.UNIT_HEAD, centre_id=stage.cast.centre,
            organisation_id=stage.cast.other_unit,
        )  # fmt: skip
        session.add(both)
    stage.head.reads()
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    assert len(stage.head.sees("điểm của 02 học viên").news()) == 1


def test_a_former_head_and_a_unit_that_no_longer_sends_the_learner_hear_nothing(stage):
    with stage.database.transaction() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == stage.cast.other_head)).one()
        grant.to_date = date(2026, 11, 15)
        row = select(Enrolment).where(Enrolment.person_id == stage.cast.learners[0])
        for enrolment in session.exec(row.where(Enrolment.class_id == stage.cast.running)):
            enrolment.to_date = date(2026, 11, 15)
            session.add(enrolment)
        session.add(grant)
    draft(stage, stage.cast.other_learner)
    heads = [stage.head, stage.player(stage.cast.other_head)]
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    assert [head.messages() for head in heads] == [[], []]


def test_at_night_the_marks_are_public_and_the_messages_wait_for_the_morning(stage):
    learner = stage.learner
    stage.moves_to(NIGHT)
    learner.reads()
    stage.registrar.says("/diem").taps("Công bố").sees(
        "thông báo cho học viên và đơn vị lúc 7 giờ 30, thứ Ba, 17/11"
    )
    stage.ticks()
    assert learner.news() == []
    stage.moves_to(datetime(2026, 11, 17, 0, 30, tzinfo=UTC))
    learner.sees("Trung tâm đã công bố điểm lớp Trung cấp A1.")


def test_who_refused_consent_reads_no_mark_and_gets_no_way_to_one(stage):
    learner = stage.learner
    with stage.database.transaction() as session:
        session.add(Consent(person_id=learner.person_id, purpose="sensitive", given=False, at=stage.time))
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    learner.sees("Trung tâm thông báo kết quả của đồng chí bằng văn bản.").sees_no(
        "Xem kết quả", "Thu hoạch", "6"
    )
    assert [message.labels for message in learner.news()] == [[]]


def test_through_a_server_abroad_only_a_link_goes_where_the_director_has_not_allowed_it(stage):
    from storage.messaging.accounts import ChannelAccount

    edit(stage, Centre, stage.cast.centre, options={"personal_abroad": False})
    edit(stage, ChannelAccount, stage.account.id, abroad=True)
    learner = stage.learner
    stage.registrar.says("/diem").taps("Công bố")
    stage.ticks()
    learner.sees("Mở trang của tôi").sees_no("Trung cấp A1", "Xem kết quả")


# -- once, and only what was seen


def test_pressed_twice_it_is_published_and_told_once(stage):
    learner = stage.learner.reads()
    registrar = stage.registrar.says("/diem")
    data = button(registrar, "Công bố 1 đầu điểm")
    registrar.presses(data).sees("Đã công bố")
    stage.ticks()
    registrar.presses(data).sees("Lớp Trung cấp A1 không có điểm chờ công bố.")
    stage.director.presses(data).sees("không có điểm chờ công bố")
    stage.ticks()
    assert len(learner.news()) == 1
    (line,) = audited(stage)
    assert (line.actor_id, line.actor_role) == (stage.cast.registrar, Role.REGISTRAR)
    assert line.subject == f"course_class:{stage.cast.running}"


@pytest.mark.parametrize("what", ["added", "changed", "removed"])
def test_what_has_changed_since_is_shown_again_and_not_published(stage, what):
    known = draft(stage, stage.cast.learners[1])
    registrar = stage.registrar.says("/diem").sees("2 đầu điểm của 02 học viên")
    if what == "added":
        draft(stage, stage.cast.learners[2])
    elif what == "changed":
        edit(stage, Mark, known, value=Decimal("9.00"))
    else:
        with stage.database.transaction() as session:
            session.delete(session.get(Mark, known))
    registrar.taps("Công bố 2 đầu điểm").sees("Chưa công bố:", "Đề nghị đồng chí xem lại", "Lớp Trung cấp A1")
    assert "draft" in states(stage)
    assert audited(stage) == []
    registrar.taps("Công bố").sees("Đã công bố")
    assert set(states(stage)) == {"published"}


def test_marks_imported_later_are_published_and_told_of_their_own(stage):
    learner, other = stage.learner, stage.player(stage.cast.learners[1])
    stage.registrar.says("/diem").taps("Công bố")
    stage.passes(days=1)
    learner.reads()
    draft(stage, stage.cast.learners[1])
    stage.registrar.says("/diem").sees("Bài 2: 01 học viên đã có điểm").sees_no("Thu hoạch").taps(
        "Công bố 1 đầu điểm"
    )
    stage.ticks()
    other.sees("Trung tâm đã công bố điểm")
    assert learner.news() == []


# -- who may not


@pytest.mark.parametrize("role", ["head", "learner", "lecturer"])
def test_nobody_but_staff_publishes(stage, role):
    data = button(stage.registrar.says("/diem"), "Công bố 1 đầu điểm")
    player = getattr(stage, role)
    for attempt in (data, "pm", "pl:0", f"pc:{to36(stage.cast.running)}"):
        player.presses(attempt).sees_no("Thu hoạch", "Đã công bố", "chờ công bố")
    player.says("/diem").sees_no("Thu hoạch", "chờ công bố")
    player.says("công bố điểm").sees_no("Thu hoạch", "chờ công bố")
    stage.stranger().presses(data).sees_no("Thu hoạch", "Đã công bố")
    assert states(stage) == ["draft", "published"]


def test_another_centres_registrar_sees_and_publishes_nothing(stage):
    data = button(stage.registrar.says("/diem"), "Công bố 1 đầu điểm")
    foreign = stage.player(registrar_elsewhere(stage))
    foreign.says("/diem").sees("Không có điểm nào chờ công bố")
    foreign.presses(data).sees("Không có lớp này")
    foreign.presses(f"pc:{to36(stage.cast.running)}").sees("Không có lớp này")
    assert states(stage) == ["draft", "published"]


@pytest.mark.parametrize(
    "data", ["pc:0", "pc:-5", "pd:0:0:0", "pd:1y2p0ij32e8e7:1:1", "pl:1y2p0ij32e8e7", "pl:-1"]
)
def test_any_number_in_a_button_is_answered(stage, data):
    stage.registrar.presses(data)
    assert stage.registrar.news()
    assert states(stage) == ["draft", "published"]


# -- many


def crowd(stage: Stage, size: int) -> list[int]:
    """So many more learners in the running class, bound, each with a draft; the units of the cast send them in turn."""
    people = []
    with stage.database.transaction() as session:
        for number in range(size):
            unit = (stage.cast.unit, stage.cast.other_unit)[number % 2]
            who = person(
                session, stage.cast.centre, f"Học viên {number}", unit, stage.time, number=number + 100
            )
            bind(session, session.get_one(Person, who), stage.account.id, f"crowd-{who}", stage.time)
            days = {"organisation_id": unit, "from_date": date(2026, 11, 2)}
            session.add(Enrolment(class_id=stage.cast.running, person_id=who, **days))
            session.add(Mark(class_id=stage.cast.running, person_id=who, component="Bài 2", value=Decimal(7)))
            people.append(who)
    return people


def told(stage) -> list[int]:
    with stage.database.reading() as session:
        query = select(outbox.outbox.c.person_id).where(outbox.outbox.c.key.like("marks:%"))
        return sorted(session.execute(query).scalars())


def test_a_big_class_is_told_in_batches_of_a_hundred_and_a_kill_loses_nobody(stage):
    heads = [stage.head.person_id, stage.player(stage.cast.other_head).person_id]
    people = crowd(stage, 200)
    stage.registrar.says("/diem").taps("Công bố 201 đầu điểm").sees("201 đầu điểm của 201 học viên")
    sizes = []
    assert run_one_timer(stage) == "marks_published"
    sizes.append(len(told(stage)))
    run_one_timer(stage, killed=True)
    assert len(told(stage)) == sizes[0]
    while run_one_timer(stage) == "marks_published":
        sizes.append(len(told(stage)))
    assert sizes[0] <= 100
    assert all(later - earlier <= 100 for earlier, later in pairwise(sizes))
    assert told(stage) == sorted([*people, *heads])  # the learner of the cast has no chat
    stage.head.sees("101 học viên thuộc đơn vị")


def test_many_classes_are_turned_by_pages(stage):
    with stage.database.transaction() as session:
        first = session.get(CourseClass, stage.cast.running).model_dump(exclude={"id", "code"})
        for number in range(11):
            course = _add(session, CourseClass(**first, code=f"N-{number:02d}"))
            row = {"person_id": stage.cast.learners[1], "component": "Bài 1", "value": Decimal(8)}
            session.add(Mark(class_id=course, **row))
    stage.registrar.says("/diem")
    assert len(stage.registrar.last.labels) == 12
    stage.registrar.taps("Trang sau")
    assert len(stage.registrar.last.labels) == 4
