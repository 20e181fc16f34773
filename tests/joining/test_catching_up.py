"""What was opened or sent before a person bound comes to him afterwards, once; binding stays four taps."""

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import select as choose

from storage.courses import timetable
from storage.courses.courses import CourseClass, Enrolment
from storage.courses.notices import Delivery, Notice
from storage.joining.invites import Invitee, issue
from storage.messaging.outbox import outbox
from storage.people.people import Consent, Contact, Grant, Person, Role, bind
from tests.casts.centre import person
from tests.casts.notices import brings, change, cuts, delivery, rows, sends


def slip(stage, person_id: int) -> str:
    """A fresh code for the person."""
    with stage.database.transaction() as session:
        one = session.get(Person, person_id)
        return issue(session, stage.database.keyring, [Invitee(one, (), "")], stage.time)[0]


def binds(stage, person_id: int, chat: str = "", *, last: str = "Đồng ý"):
    """The person taps through his slip, nothing agreed to yet; what follows by itself has come."""
    was_asked_nothing(stage, person_id)
    player = stage.stranger(chat or f"new-{person_id}")
    player.person_id = person_id
    player.starts(slip(stage, person_id)).taps("Đúng là tôi").taps("Đồng ý")
    if last in player.last.labels:
        player.taps(last)
    stage.ticks()
    return player


def was_asked_nothing(stage, person_id: int) -> None:
    with stage.database.transaction() as session:
        session.execute(delete(Consent).where(Consent.person_id == person_id))


def studies(stage, person_id: int) -> None:
    """He heads a unit, and is a learner himself in a class that is over."""
    with stage.database.transaction() as session:
        course = session.get(CourseClass, stage.cast.running)
        began = course.from_date - timedelta(days=400)
        session.add(
            Enrolment(
                class_id=course.id, person_id=person_id, organisation_id=stage.cast.other_unit,
                from_date=began, to_date=began,
            )
        )  # fmt: skip


def cards(player, words: str) -> list[str]:
    return [message.text for message in player.messages() if words in message.text]


def test_binding_is_still_four_taps_and_says_nothing_more_where_nothing_waits(stage):
    learner = binds(stage, stage.cast.learners[3])
    assert learner.taps_made == 4
    assert learner.last.text.startswith("Đã liên kết với đồng chí Phạm Thị Cúc.")


# -- the open report


def test_a_head_who_binds_while_a_report_is_open_is_asked_for_it(stage):
    head = binds(stage, stage.cast.head)
    assert head.taps_made == 3
    assert len(cards(head, "Kính gửi đồng chí Lê Văn Bình")) == 1
    assert "Tất cả nền nếp tốt" in head.last.labels
    head.taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")


def test_a_learner_who_consents_meanwhile_puts_no_card_between_the_heads_two_questions(stage):
    """Where choices are typed, his "1" would have meant a learner on that card."""
    was_asked_nothing(stage, stage.cast.head)
    studies(stage, stage.cast.head)
    head = stage.stranger("new-head")
    head.person_id = stage.cast.head
    head.starts(slip(stage, stage.cast.head)).taps("Đúng là tôi").taps("Đồng ý")
    binds(stage, stage.cast.learners[0])
    assert cards(head, "Kính gửi") == []
    head.taps("Đồng ý")
    stage.ticks()
    assert len(cards(head, "Kính gửi đồng chí Lê Văn Bình")) == 1


def test_the_second_question_left_open_the_report_comes_all_the_same(stage):
    studies(stage, stage.cast.head)
    was_asked_nothing(stage, stage.cast.head)
    head = stage.stranger("new-head")
    head.person_id = stage.cast.head
    head.starts(slip(stage, stage.cast.head)).taps("Đúng là tôi").taps("Đồng ý")
    stage.ticks()
    assert cards(head, "Kính gửi") == []
    stage.passes(minutes=11)
    assert len(cards(head, "Kính gửi")) == 1


def test_a_second_head_gets_the_card_the_first_one_has(stage):
    """The unit was asked already; who comes later is shown where it stands."""
    binds(stage, stage.cast.head)
    with stage.database.transaction() as session:
        second = person(session, stage.cast.centre, "Vũ Thị Lan", stage.cast.unit, stage.time)
        row = Grant(
            person_id=second, role=Role.UNIT_HEAD, centre_id=stage.cast.centre,
            organisation_id=stage.cast.unit,
        )  # fmt: skip
        session.add(row)
    later = binds(stage, second)
    assert len(cards(later, "Kính gửi đồng chí Vũ Thị Lan")) == 1


def test_a_new_phone_gets_the_open_report_again_and_only_once(stage):
    binds(stage, stage.cast.head, "old phone")
    stage.passes(hours=2)
    new = binds(stage, stage.cast.head, "new phone")
    stage.passes(hours=2)
    assert len(cards(new, "Kính gửi")) == 1


def test_in_the_evening_the_report_waits_for_the_morning_and_comes_once(stage):
    stage.passes(hours=11)  # 20 giờ
    head = binds(stage, stage.cast.head)
    assert cards(head, "Kính gửi") == []
    stage.passes(hours=14)
    assert len(cards(head, "Kính gửi")) == 1


def test_a_report_that_was_sent_is_not_asked_for(stage):
    head = binds(stage, stage.cast.head)
    head.taps("Tất cả nền nếp tốt").taps("Gửi")
    again = binds(stage, stage.cast.head, "new phone")
    assert cards(again, "Kính gửi") == []


# -- notices


def test_a_learner_who_binds_later_gets_the_notice_and_can_acknowledge_it(stage):
    sends(stage)
    late = stage.cast.learners[4]
    assert delivery(stage, late).state == "not_bound"
    stage.passes(days=2)
    learner = binds(stage, late)
    learner.sees("THÔNG BÁO KHAI GIẢNG", "[Đã nhận] [Tôi không dự được]")
    assert delivery(stage, late).state == "waiting"
    brings_to(stage, late)
    assert delivery(stage, late).state == "sent"
    learner.taps("Đã nhận")
    assert delivery(stage, late).state == "acknowledged"


def brings_to(stage, person_id):
    """The platform takes what waits for this person."""
    brings(stage, people=[person_id])


@pytest.mark.parametrize("second", ["Đồng ý", "Không đồng ý"])
def test_notices_come_whatever_the_second_answer(stage, second):
    sends(stage)
    learner = binds(stage, stage.cast.learners[4], last=second)
    assert len(cards(learner, "THÔNG BÁO KHAI GIẢNG")) == 1


def test_doing_it_again_tells_nothing_twice(stage):
    sends(stage)
    learner = binds(stage, stage.cast.learners[4])
    learner.taps("Đồng ý")
    stage.passes(hours=1)
    assert len(cards(learner, "THÔNG BÁO KHAI GIẢNG")) == 1


def test_who_was_lost_and_comes_back_with_a_new_phone_gets_what_failed(stage):
    learner = stage.learner
    sends(stage)
    brings(stage, "unreachable", "blocked", people=[learner.person_id])
    cuts(stage, learner)
    back = binds(stage, learner.person_id, "new phone")
    assert len(cards(back, "THÔNG BÁO KHAI GIẢNG")) == 1
    found = delivery(stage, learner.person_id)
    assert (found.state, found.reason) == ("waiting", "")


def test_what_was_brought_or_is_old_or_over_is_not_sent_again(stage):
    sends(stage)
    late = stage.cast.learners[4]
    stage.passes(days=15)  # the class is over, too
    assert cards(binds(stage, late), "THÔNG BÁO KHAI GIẢNG") == []
    had = stage.learner.reads()
    with stage.database.transaction() as session:
        one = session.get(Person, had.person_id)
        bind(session, one, stage.account.id, "second phone", stage.time)
    assert cards(stage.stranger("second phone"), "THÔNG BÁO KHAI GIẢNG") == []


def test_a_notice_older_than_fourteen_days_is_left_in_the_list(stage):
    sends(stage)
    late = stage.cast.learners[4]
    change(stage, CourseClass, stage.cast.opening, to_date=(stage.time + timedelta(days=60)).date())
    stage.passes(days=15)
    learner = binds(stage, late)
    assert cards(learner, "THÔNG BÁO KHAI GIẢNG") == []
    learner.says("/thongbao").sees("Khai giảng BD-02")


def test_who_left_the_class_meanwhile_is_not_invited(stage):
    from storage.courses.courses import Enrolment

    sends(stage)
    late = stage.cast.learners[4]
    with stage.database.transaction() as session:
        query = choose(Enrolment).where(Enrolment.person_id == late, Enrolment.class_id == stage.cast.opening)
        session.exec(query).one().to_date = stage.time.date()
    assert cards(binds(stage, late), "THÔNG BÁO KHAI GIẢNG") == []


def test_a_changed_session_still_to_come_is_told_and_one_that_is_over_is_not(stage):
    from handlers.timetable.changes import change_session

    late = stage.cast.learners[4]
    with stage.database.transaction() as session:
        for session_id, room in ((stage.cast.sessions[4], "B1"), (stage.cast.sessions[5], "B2")):
            change_session(session, stage.desk(session), session_id, room=room)
    stage.passes(days=2)  # the first of the two is over
    learner = binds(stage, late)
    [told] = cards(learner, "THAY ĐỔI LỊCH HỌC")
    assert "B2" in told
    learner.taps("Xem lịch").sees("B2")
    kinds = {row.kind for row in rows(stage, Notice)}
    assert kinds == {timetable.CHANGE}


def test_a_chat_that_was_closed_again_is_told_nothing(stage):
    """The timer comes after the person has left."""
    sends(stage)
    learner = stage.stranger("new")
    learner.person_id = stage.cast.learners[4]
    learner.starts(slip(stage, learner.person_id)).taps("Đúng là tôi").taps("Đồng ý").taps("Đồng ý")
    learner.delivers(left=True)
    stage.ticks()
    assert cards(learner, "THÔNG BÁO KHAI GIẢNG") == []
    assert delivery(stage, learner.person_id).state == "not_bound"
    assert rows(stage, Contact, Contact.chat == "new")[0].state == "unreachable"


def test_a_timer_of_a_chat_that_is_not_there_does_nothing(stage):
    with stage.database.transaction() as session:
        stage.table.tick(stage.desk(session), "bound", {"contact": 999})
        assert session.execute(outbox.select()).all() == []
    assert rows(stage, Delivery) == []
