"""An opening or closing notice: written, previewed, sent once to everybody, and answered."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlmodel import select as choose

from handlers.engine.messages import base36
from storage.courses import notices
from storage.courses.courses import CourseClass, CourseSession, Enrolment
from storage.courses.notices import Delivery, Notice
from storage.messaging import inbox, timers
from storage.messaging.outbox import outbox
from storage.people.people import Centre, Grant, Organisation, Person, Role, bind
from tests.casts.centre import at, registrar_elsewhere
from tests.casts.notices import change, crowd, cuts, delivery, opens, rows, run_one_timer, sends

NIGHT = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # 22:00 in Vietnam


def meeting(stage, class_id, day, kind="lecture", **more):
    with stage.database.transaction() as session:
        row = CourseSession(
            class_id=class_id,
            starts_at=at(day, 7, 30),
            ends_at=at(day, 11),
            topic="Khai mạc",
            kind=kind,
            **more,
        )
        session.add(row)


# -- writing


def test_an_opening_notice_takes_four_taps_from_the_menu(stage):
    registrar, learner = stage.registrar, stage.learner
    registrar.presses("tb").taps("Khai giảng").taps("23/11").taps("Gửi đến 15 người")
    assert registrar.taps_made == 4
    stage.ticks()
    learner.sees("THÔNG BÁO KHAI GIẢNG (ngày 16/11/2026)", "[Đã nhận] [Tôi không dự được]")


def test_with_one_part_edited_it_takes_five_taps_after_the_command(stage):
    registrar, learner = stage.registrar, stage.learner
    registrar.says("/thongbao").taps("Khai giảng").taps("23/11").taps("Sửa").taps("Địa điểm")
    registrar.says("Phòng họp tầng 2.").sees("tại Phòng họp tầng 2.").sees_no("Hội trường").taps("Gửi")
    assert registrar.taps_made == 5
    stage.ticks()
    learner.sees("tại Phòng họp tầng 2.")


def test_the_preview_is_word_for_word_what_the_named_person_gets(stage):
    learner = stage.learner
    registrar = opens(stage).sees("Nội dung gửi đồng chí Nguyễn Thị Minh Hạnh (Trường THCS Lê Lợi):")
    shown = registrar.last.text
    registrar.taps("Gửi")
    stage.ticks()
    got = learner.last
    assert got.text in shown
    assert f"{got.text}\n[Đã nhận] [Tôi không dự được]" in shown
    assert got.labels == ["Đã nhận", "Tôi không dự được"]


def test_the_preview_counts_who_is_reached_and_who_is_not(stage):
    assert stage.learner.person_id != stage.head.person_id
    gone = stage.player(stage.cast.learners[1])
    cuts(stage, gone)
    opens(stage).sees(
        "Người nhận: 15 (13 học viên, 02 thủ trưởng đơn vị).",
        "Gửi được ngay: 02.", "Chưa liên kết: 12.", "Không liên lạc được: 01.", "[Gửi đến 15 người]",
        "Thông báo ghi: Số …, ngày 16/11/2026.", "Số do văn thư cấp: đề nghị đồng chí chọn Sửa",
    )  # fmt: skip


def test_what_the_class_does_not_say_yet_is_named_with_what_to_do(stage):
    change(stage, CourseClass, stage.cast.opening, place="", bring="")
    change(stage, Centre, stage.cast.centre, phone="")
    registrar = opens(stage).sees(
        "Chưa có địa điểm: đề nghị đồng chí chọn Sửa", "Chưa ghi những gì cần mang theo", "Chưa có thông tin liên hệ",
        "Lịch học chưa có buổi nào",
    )  # fmt: skip
    assert "tại ." not in registrar.last.text
    assert "Mang theo:" not in registrar.last.text


def test_the_day_and_hour_are_those_of_the_opening_session(stage):
    meeting(stage, stage.cast.opening, date(2026, 11, 23), "lecture")
    opens(stage).sees("khai giảng lúc 7 giờ 30, thứ Hai, ngày 23/11/2026, tại Hội trường Trung tâm.")
    meeting(stage, stage.cast.opening, date(2026, 11, 24), "opening")
    opens(stage).sees("khai giảng lúc 7 giờ 30, thứ Ba, ngày 24/11/2026").sees_no("Lịch học chưa có")


def test_a_cancelled_session_opens_nothing(stage):
    meeting(stage, stage.cast.opening, date(2026, 11, 23), "opening", state="cancelled")
    opens(stage).sees("khai giảng vào thứ Hai, ngày 23/11/2026", "Lịch học chưa có buổi nào")


def test_a_day_that_is_past_is_pointed_out(stage):
    opens(stage, "02/11").sees("Lưu ý: ngày này đã qua.")


def test_a_closing_notice_says_what_is_recorded_and_no_more(stage):
    learner = stage.learner
    registrar = opens(stage, "20/11", "Bế giảng")
    registrar.sees("Lịch học chưa có buổi bế giảng", "bế giảng vào thứ Sáu, ngày 20/11/2026")
    registrar.taps("Gửi đến 02 người")
    stage.ticks()
    learner.sees(
        "THÔNG BÁO BẾ GIẢNG",
        "Lớp có 01 học viên.",
        "Kết quả học tập đã công bố: đề nghị đồng chí nhắn “kết quả” để xem.",
    )
    assert learner.last.labels == ["Đã nhận"]


def test_the_closing_session_gives_the_hour(stage):
    meeting(stage, stage.cast.closing, date(2026, 11, 20), "closing", room="A1")
    opens(stage, "20/11", "Bế giảng").sees("bế giảng lúc 7 giờ 30, thứ Sáu, ngày 20/11/2026, tại Hội trường")


def test_heads_of_units_read_how_many_learners_they_send(stage):
    head, other = stage.head, stage.player(stage.cast.other_head)
    change(stage, CourseClass, stage.cast.opening, lists_due=date(2026, 11, 20))
    sends(stage)
    head.sees("Kính gửi đồng chí Lê Văn Bình.", "Số học viên của đơn vị đồng chí trong lớp: 12.")
    head.sees("Hạn gửi danh sách học viên: thứ Sáu, ngày 20/11/2026.")
    other.sees("Số học viên của đơn vị đồng chí trong lớp: 01.")
    assert head.last.labels == ["Đã nhận"]


def test_a_head_who_attends_himself_gets_one_notice_with_both(stage):
    head = stage.head
    with stage.database.transaction() as session:
        day = date(2026, 11, 2)
        session.add(
            Enrolment(
                class_id=stage.cast.opening,
                person_id=stage.cast.head,
                organisation_id=stage.cast.unit,
                from_date=day,
            )
        )
    opens(stage).sees("Người nhận: 15 (14 học viên, 01 thủ trưởng đơn vị).").taps("Gửi")
    stage.ticks()
    assert [message.labels for message in head.news()] == [["Đã nhận", "Tôi không dự được"]]
    head.sees("trong lớp: 13.")


def test_a_deputy_head_is_not_told_beside_the_principal(stage):
    with stage.database.transaction() as session:
        grant = session.exec(choose(Grant).where(Grant.person_id == stage.cast.head)).one()
        session.add(
            Grant(
                person_id=stage.cast.learners[3], role=Role.UNIT_HEAD, centre_id=stage.cast.centre,
                organisation_id=stage.cast.unit, deputy_of=grant.id,
            )
        )  # fmt: skip
    opens(stage).sees("Người nhận: 15 (13 học viên, 02 thủ trưởng đơn vị).")


def test_who_left_gets_nothing_and_who_begins_that_day_does(stage):
    left, begins = stage.player(stage.cast.learners[2]), stage.player(stage.cast.learners[3])
    with stage.database.transaction() as session:
        for person_id, days in (
            (left.person_id, {"to_date": date(2026, 11, 10)}),
            (begins.person_id, {"from_date": date(2026, 11, 23)}),
        ):
            where = (Enrolment.class_id == stage.cast.opening, Enrolment.person_id == person_id)
            session.execute(update(Enrolment).where(*where).values(**days))
    sends(stage)
    assert left.news() == []
    begins.sees("THÔNG BÁO KHAI GIẢNG")


def test_who_changed_unit_gets_one_notice(stage):
    moved = stage.player(stage.cast.learners[2])
    with stage.database.transaction() as session:
        day = date(2026, 11, 10)
        session.add(
            Enrolment(
                class_id=stage.cast.opening, person_id=moved.person_id, organisation_id=stage.cast.other_unit,
                from_date=day,
            )
        )  # fmt: skip
    sends(stage)
    assert len(moved.news()) == 1


def test_namesakes_each_get_their_own(stage):
    same = [stage.player(person_id) for person_id in (stage.cast.learners[1], stage.cast.other_learner)]
    sends(stage)
    codes = [player.last.buttons[0]["data"] for player in same]
    assert len(set(codes)) == 2
    same[0].taps("Đã nhận")
    assert delivery(stage, same[0].person_id).state == "acknowledged"
    assert delivery(stage, same[1].person_id).state == "waiting"


def test_a_reader_of_english_reads_english_and_the_preview_shows_his(stage):
    learner = stage.learner
    change(stage, Person, learner.person_id, language="en")
    registrar = opens(stage).sees("OPENING NOTICE", "[Received] [I cannot attend]", "Người nhận: 15")
    registrar.taps("Gửi")
    stage.ticks()
    learner.sees("To: comrade Nguyễn Thị Minh Hạnh.", "opens on Monday, 23/11/2026, at Hội trường Trung tâm.")


def test_a_class_without_learners_cannot_be_sent_to(stage):
    with stage.database.transaction() as session:
        for row in session.exec(choose(Enrolment).where(Enrolment.class_id == stage.cast.opening)):
            session.delete(row)
    registrar = opens(stage).sees("chưa có học viên: đề nghị đồng chí gửi tệp Excel")
    assert registrar.last.labels == ["Quay lại"]
    draft = rows(stage, Notice)[0]
    registrar.presses(f"nbs:{base36(draft.id)}:1:0:0").sees("chưa có học viên")
    assert rows(stage, Delivery) == []


# -- editing


def test_each_part_can_be_typed_and_left_empty(stage):
    registrar = opens(stage)
    for part, typed, told in (
        ("Mang theo", "vở,  bút", "Mang theo: vở, bút."),
        ("Nội dung bổ sung", "Đồng chí mặc trang phục\ncông sở.", "Đồng chí mặc trang phục công sở."),
        ("Liên hệ", "đồng chí Thu, 0912", "Liên hệ: đồng chí Thu, 0912."),
    ):
        registrar.taps("Sửa").taps(part).sees("để bỏ trống", "[Giữ nguyên]")
        registrar.says(typed).sees(told)
    registrar.taps("Sửa").taps("Mang theo").sees("Hiện tại: vở, bút").says("-").sees("Chưa ghi những gì")
    assert "Mang theo:" not in registrar.last.text


def test_a_part_is_kept_as_it_is_by_its_button(stage):
    registrar = opens(stage).taps("Sửa").taps("Mang theo").taps("Giữ nguyên")
    registrar.sees("Mang theo: giấy triệu tập, sổ ghi chép.")


def test_the_words_for_notices_take_a_class(stage):
    stage.registrar.says("thông báo BD-02").sees("BD-02").sees_no("Chưa rõ lớp nào")


def test_a_text_that_is_too_long_is_told_and_waited_for_again(stage):
    registrar = opens(stage).taps("Sửa").taps("Nội dung bổ sung")
    registrar.says("x" * 501).sees("có 501 ký tự; nhiều nhất được 500")
    registrar.says("ă" * 5000).sees("có 5.000 ký tự")
    registrar.says("\u200b").sees("Đề nghị đồng chí nhắn nội dung mới")
    registrar.says("Vừa đủ.").sees("Vừa đủ.", "Người nhận: 15")


def test_the_longest_notice_still_fits_a_message(stage):
    change(stage, CourseClass, stage.cast.opening, name="<b>" * 1000, cohort="&" * 900, place="<" * 5000)
    registrar, learner = stage.registrar, stage.learner
    registrar.says("/thongbao").taps("Khai giảng").taps("23/11")
    for part in ("Nội dung bổ sung", "Mang theo", "Liên hệ"):
        registrar.taps("Sửa").taps(part).says("<" * 500)
    assert len(registrar.last.text) < 4000
    registrar.taps("Gửi")
    stage.ticks()
    assert len(learner.last.text) < 4000
    assert "<b><b>" not in learner.last.html
    assert "&lt;b&gt;" in learner.last.html


def test_a_decomposed_text_is_kept_composed(stage):
    import unicodedata

    registrar = opens(stage).taps("Sửa").taps("Địa điểm")
    registrar.says(unicodedata.normalize("NFD", "Hội trường Đảng ủy")).sees("tại Hội trường Đảng ủy.")


def test_editing_changes_the_notice_and_not_the_class(stage):
    opens(stage).taps("Sửa").taps("Địa điểm").says("Nhà văn hóa")
    assert rows(stage, CourseClass, CourseClass.id == stage.cast.opening)[0].place == "Hội trường Trung tâm"


def test_going_back_from_editing_returns_to_the_preview(stage):
    registrar = opens(stage).taps("Sửa")
    registrar.taps("Quay lại").sees("Người nhận: 15")


# -- sending


def test_pressing_send_twice_makes_one_notice(stage):
    learner = stage.learner
    registrar = opens(stage)
    button = next(b for b in registrar.last.buttons if b["label"].startswith("Gửi"))["data"]
    registrar.presses(button).sees("Đang gửi: 0/15.")
    registrar.presses(button).sees("Đang gửi: 0/15.")
    stage.ticks()
    registrar.presses(button).sees("Thông báo khai giảng, lớp")
    assert len(learner.messages()) == 1
    assert [notice.state for notice in rows(stage, Notice)] == ["sending"]
    assert len(rows(stage, Delivery)) == 15


def test_two_registrars_with_the_same_preview_make_one_notice(stage):
    director = opens(stage, who=stage.director)
    registrar = opens(stage)
    registrar.taps("Gửi")
    director.taps("Gửi").sees("Đang gửi: 0/15.")
    assert [notice.state for notice in rows(stage, Notice)] == ["sending"]


@pytest.mark.differs
def test_two_registrars_at_the_same_instant_make_one_notice(stage):
    pressed = [(opens(stage, who=who), who) for who in (stage.director, stage.registrar)]
    with stage.database.transaction() as session:
        for number, (player, _who) in enumerate(pressed):
            data = next(b for b in player.last.buttons if b["label"].startswith("Gửi"))["data"]
            arrival = inbox.Arrival(f"both-{number}", player.chat, {"press": data, "message_id": ""})
            inbox.store(session, stage.account.id, [arrival], stage.time)
    threads = [threading.Thread(target=stage.intake.step) for _ in pressed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while stage.intake.step():
        pass
    stage.ticks()
    assert [notice.state for notice in rows(stage, Notice)] == ["sending"]
    assert len(rows(stage, Delivery)) == 15
    for player, _who in pressed:
        assert "Đang gửi" in player.last.text


def test_nobody_sends_what_he_has_not_read(stage):
    director = opens(stage, who=stage.director)
    opens(stage).taps("Sửa").taps("Địa điểm").says("Nhà văn hóa")
    director.taps("Gửi").sees("vừa thay đổi: đề nghị đồng chí xem lại", "tại Nhà văn hóa")
    assert rows(stage, Delivery) == []
    director.taps("Gửi").sees("Đang gửi: 0/15.")


def test_a_recipient_more_is_shown_before_sending(stage):
    registrar = opens(stage)
    crowd(stage, 1)
    registrar.taps("Gửi đến 15").sees("vừa thay đổi", "Người nhận: 16")
    assert rows(stage, Delivery) == []


def test_a_second_notice_of_the_same_kind_asks_first(stage):
    registrar = sends(stage)
    opens(stage).sees("Thông báo này đã gửi lúc 9 giờ, thứ Hai, 16/11").sees_no("Người nhận")
    registrar.taps("Soạn lần nữa").sees("Người nhận: 15").taps("Gửi đến 15")
    assert len(rows(stage, Notice)) == 2
    opens(stage, "20/11", "Bế giảng").sees("Nội dung gửi đồng chí")  # another kind, another class


def test_the_number_and_the_day_are_the_offices_to_give(stage):
    learner = stage.learner
    registrar = opens(stage).sees("Số …").taps("Sửa").taps("Số, ngày").sees("Ví dụ: 12-TB/TTCT, 16/11/2026.")
    registrar.says("số 12-tb/ttct, ngày 14/11/2026").sees(
        "THÔNG BÁO KHAI GIẢNG (Số 12-TB/TTCT, ngày 14/11/2026)",
        "Thông báo ghi: Số 12-TB/TTCT, ngày 14/11/2026.",
    ).sees_no("văn thư")
    registrar.taps("Gửi")
    stage.ticks()
    learner.sees("(Số 12-TB/TTCT, ngày 14/11/2026)")
    learner.says("/thongbao").sees("Số 12-TB/TTCT, khai giảng BD-02")
    opens(stage).sees("Thông báo này đã gửi: Số 12-TB/TTCT, 9 giờ")


def test_what_was_sent_keeps_the_number_it_had(stage):
    """A later draft has none of it, and a notice counted here formerly says what it said."""
    registrar = opens(stage).taps("Sửa").taps("Số, ngày").says("12-TB/TTCT").taps("Gửi")
    stage.ticks()
    opens(stage).taps("Soạn lần nữa").sees("Số …").taps("Sửa").taps("Số, ngày").says("13-TB/TTCT").taps("Gửi")
    stage.ticks()
    said = registrar.says("/thongbao").taps("Đã gửi").last.labels
    assert said[:2] == ["Số 13-TB/TTCT, khai giảng BD-02, 16/11", "Số 12-TB/TTCT, khai giảng BD-02, 16/11"]
    first = rows(stage, Notice)[0].id
    change(stage, Notice, first, number=7)
    registrar.says("/thongbao").taps("Đã gửi").sees("Số 07-TB/TTCT, khai giảng BD-02")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("12", "Chưa đọc được số và ký hiệu."),
        ("mười hai", "Chưa đọc được số và ký hiệu."),
        ("12-TB/TTCT!x", "Chưa đọc được số và ký hiệu."),
        ("12-TB/TTCT, 31/02/2026", "Chưa đọc được ngày ghi sau số."),
        ("12-TB/TTCT, 16/11/2020", "cách hôm nay hơn một năm"),
    ],
)
def test_a_number_that_is_none_is_asked_for_again(stage, typed, wrong):
    registrar = opens(stage).taps("Sửa").taps("Số, ngày").says(typed)
    registrar.sees(wrong, "Ví dụ: 12-TB/TTCT").says("12/TB-TCT").sees("Số 12/TB-TCT, ngày 16/11/2026")
    registrar.taps("Sửa").taps("Số, ngày").sees("Hiện tại: 12/TB-TCT").says("-").sees("Số …")


def test_in_quiet_hours_sending_now_is_a_decision(stage):
    stage.moves_to(NIGHT)
    learner = stage.learner
    registrar = opens(stage)
    assert registrar.last.labels[:2] == ["Gửi ngay: 15 người", "Gửi 7 giờ 30, 17/11"]
    registrar.taps("Gửi ngay")
    stage.ticks()
    learner.sees("THÔNG BÁO KHAI GIẢNG", "ngày 16/11/2026")


def test_in_quiet_hours_it_may_wait_for_the_morning(stage):
    stage.moves_to(NIGHT)
    learner = stage.learner
    registrar = opens(stage).taps("Gửi 7 giờ 30")
    registrar.sees("Thông báo sẽ gửi lúc 7 giờ 30, thứ Ba, 17/11.")
    stage.ticks()
    learner.sees_no("THÔNG BÁO")
    learner.says("/thongbao").sees("chưa gửi thông báo nào")
    stage.moves_to(at(date(2026, 11, 17), 7, 30))
    learner.sees("THÔNG BÁO KHAI GIẢNG (ngày 17/11/2026)")


def test_early_in_the_morning_the_label_needs_no_day(stage):
    stage.moves_to(at(date(2026, 11, 17), 6))
    assert "Gửi lúc 7 giờ 30" in opens(stage).last.labels


def test_a_weekend_with_a_session_of_the_class_is_no_quiet_time(stage):
    stage.moves_to(at(date(2026, 11, 21), 9))  # a Saturday
    assert opens(stage).last.labels[1].startswith("Gửi 7 giờ 30, 23/11")
    meeting(stage, stage.cast.opening, date(2026, 11, 21))
    opens(stage).sees("[Gửi đến 15 người]").sees_no("Gửi 7 giờ 30")


# -- batches


def queued(stage):
    with stage.database.reading() as session:
        return (
            session.execute(select(outbox.c.person_id).where(outbox.c.delivery_id.is_not(None)))
            .scalars()
            .all()
        )


def test_a_big_class_goes_out_in_batches_of_a_hundred(stage):
    people = crowd(stage, 250)
    opens(stage).taps("Gửi đến 265 người")
    sizes = []
    while run_one_timer(stage) == "notice_batch":
        sizes.append(len(queued(stage)))
    assert sizes[0] <= 100
    assert len(sizes) == 3
    assert sorted(person for person in queued(stage) if person in people) == people


def test_a_kill_between_batches_loses_and_repeats_nobody(stage):
    people = crowd(stage, 250)
    opens(stage).taps("Gửi")
    run_one_timer(stage)
    before = len(queued(stage))
    run_one_timer(stage, killed=True)  # killed before its commit
    assert len(queued(stage)) == before
    stage.ticks()
    assert sorted(person for person in queued(stage) if person in people) == people


def test_a_batch_planned_by_a_former_version_goes_on_to_the_end(stage):
    """It has a number and no id it begins behind."""
    people = crowd(stage, 250)
    opens(stage).taps("Gửi")
    run_one_timer(stage)
    with stage.database.transaction() as session:
        notice = session.exec(choose(Notice)).one()
        former = {"key": f"{notice.id}:1", "args": {"notice": notice.id, "batch": 1}}
        waits = (timers.timer.c.kind == "notice_batch") & (timers.timer.c.state == "waiting")
        assert session.execute(timers.timer.update().where(waits).values(**former)).rowcount == 1
    stage.ticks()
    assert sorted(person for person in queued(stage) if person in people) == people


def test_a_tick_run_twice_queues_nothing_twice(stage):
    crowd(stage, 20)
    sends(stage)
    before = queued(stage)
    with stage.database.transaction() as session:
        notice = session.exec(choose(Notice)).one()
        stage.table.tick(stage.desk(session), "notice_batch", {"notice": notice.id, "batch": 0})
    assert queued(stage) == before


def test_who_is_not_reached_is_told_apart(stage):
    stage.player(stage.cast.learners[0])
    gone = stage.player(stage.cast.learners[1])
    cuts(stage, gone)
    sends(stage)
    assert delivery(stage, stage.cast.learners[0]).state == "waiting"
    assert delivery(stage, stage.cast.learners[1]).state == "unreachable"
    assert delivery(stage, stage.cast.learners[2]).state == "not_bound"


def test_a_timer_of_a_notice_that_is_not_there_does_nothing(stage):
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        stage.table.tick(desk, "notice_batch", {"notice": 999, "batch": 0})
        stage.table.tick(desk, "notice_remind", {"notice": 999, "day": "2026-11-16", "after": 0})
        stage.table.tick(desk, "notice_declined", {"delivery": 999})
    assert queued(stage) == []


# -- finding the class


def test_classes_that_open_soon_come_first(stage):
    registrar = stage.registrar.says("/thongbao").taps("Khai giảng")
    assert [label[:5] for label in registrar.last.labels[:3]] == ["23/11", "09/11", "02/11"]
    registrar.says("/thongbao").taps("Bế giảng")
    assert [label[:5] for label in registrar.last.labels[:3]] == ["20/11", "27/11", "18/12"]


def test_a_long_list_has_three_pages_and_the_rest_is_reached_by_code(stage):
    with stage.database.transaction() as session:
        pattern = session.get(CourseClass, stage.cast.opening)
        for number in range(40):
            row = pattern.model_dump(exclude={"id"})
            row |= {"code": f"KH-{number:02d}", "name": f"Lớp số {number}"}
            session.add(CourseClass(**row))
    registrar = (
        stage.registrar.says("/thongbao").taps("Khai giảng").sees("Lớp khác: nhắn “thông báo” kèm mã lớp.")
    )
    registrar.taps("Trang sau").taps("Trang sau")
    assert "Trang sau" not in registrar.last.labels
    registrar.taps("Trang trước").sees("[Trang trước] [Trang sau]")
    registrar.says("/thongbao kh-39").sees("Lớp KH-39 Lớp số 39: thông báo nào?").taps("Khai giảng")
    registrar.sees("chưa có học viên")
    registrar.says("/thongbao lop so").sees("Chưa rõ lớp nào", "[Khai giảng] [Bế giảng]")


def test_words_reach_it_with_and_without_diacritics(stage):
    registrar = stage.registrar
    registrar.says("thông báo").sees("Đồng chí muốn soạn thông báo nào?")
    registrar.says("thong bao khai giang").sees("Lớp nào khai giảng?")
    registrar.says("thông báo bế giảng").sees("Lớp nào bế giảng?")


def test_a_centre_without_classes_is_told_what_to_do(stage):
    stranger = stage.player(registrar_elsewhere(stage))
    stranger.says("/thongbao").taps("Khai giảng").sees("Chưa có lớp nào: đề nghị đồng chí gửi tệp Excel")


# -- who may


@pytest.mark.parametrize("who", ["learner", "head", "lecturer"])
def test_only_staff_write_and_send(stage, who):
    opens(stage)
    draft = rows(stage, Notice)[0]
    player = getattr(stage, who)
    course = base36(stage.cast.opening)
    for data in (
        f"nbs:{base36(draft.id)}:1:f:0", f"nbp:0:{course}", f"nba:0:{course}", "nbk:0:0", f"nbe:{base36(draft.id)}",
        f"nbf:{base36(draft.id)}:0", f"nbd:{base36(draft.id)}",
    ):  # fmt: skip
        player.presses(data).sees_no("Nội dung gửi đồng chí", "Đang gửi", "Lớp nào")
        assert player.news(), data
    assert rows(stage, Delivery) == []


def test_staff_of_another_centre_are_refused_politely(stage):
    opens(stage)
    draft = rows(stage, Notice)[0]
    foreign, course = stage.player(registrar_elsewhere(stage)), base36(stage.cast.opening)
    foreign.presses(f"nbp:0:{course}").sees("Không tìm thấy lớp này")
    foreign.presses(f"nba:0:{course}").sees("Không tìm thấy lớp này")
    for data in (f"nbs:{base36(draft.id)}:1:f:0", f"nbe:{base36(draft.id)}", f"nbf:{base36(draft.id)}:0"):
        foreign.presses(data).sees("Không tìm thấy thông báo này", "[Thông báo]")
    assert rows(stage, Delivery) == []


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63) + 1])
def test_any_number_in_a_button_is_answered(stage, number):
    registrar, n = stage.registrar, base36(number)
    for data in (
        f"nbk:{n}:{n}", f"nbp:{n}:{n}", f"nba:{n}:{n}", f"nbs:{n}:{n}:{n}:{n}", f"nbe:{n}", f"nbd:{n}", f"nbf:{n}:{n}",
        f"na:{n}", f"nd:{n}", f"ndx:{n}", f"nbm:{n}",
    ):  # fmt: skip
        registrar.presses(data)
        assert registrar.news(), data
    assert rows(stage, Delivery) == []


def test_strange_numbers_on_a_real_draft_are_answered(stage):
    registrar = opens(stage)
    draft = base36(rows(stage, Notice)[0].id)
    registrar.presses(f"nbf:{draft}:zz").sees("Địa điểm")
    registrar.presses(f"nbf:{draft}:-1").sees("Địa điểm")
    registrar.presses(f"nbs:{draft}:zzz:-5:7").sees("vừa thay đổi")
    assert rows(stage, Delivery) == []


def test_a_step_left_open_over_the_sending_shows_how_far_it_is(stage):
    director = opens(stage, who=stage.director).taps("Sửa").taps("Địa điểm")
    opens(stage).taps("Gửi")
    director.says("Nhà văn hóa").sees("Đang gửi: 0/15.")
    director.presses(f"nbe:{base36(rows(stage, Notice)[0].id)}").sees("Đang gửi")


# -- the reader


def test_one_tap_acknowledges_and_the_words_stay(stage):
    learner = stage.learner
    sends(stage)
    words, before = learner.last.text, learner.taps_made
    learner.taps("Đã nhận").sees(words, "Đã nhận lúc 9 giờ, thứ Hai, 16/11.")
    assert learner.taps_made - before == 1
    assert learner.last.labels == []
    assert learner.last.edits
    assert delivery(stage, learner.person_id).state == "acknowledged"


def test_acknowledging_again_keeps_the_first_moment(stage):
    learner = stage.learner
    sends(stage)
    button = learner.last.buttons[0]["data"]
    learner.presses(button)
    stage.passes(hours=1)
    learner.presses(button).sees("Đã nhận lúc 9 giờ, thứ Hai, 16/11.")
    assert learner.last.text.count("Đã nhận lúc") == 1


def test_acknowledging_leaves_a_waiting_question_alone(stage):
    registrar = opens(stage)
    with stage.database.transaction() as session:
        day = date(2026, 11, 2)
        session.add(
            Enrolment(
                class_id=stage.cast.closing,
                person_id=stage.cast.registrar,
                organisation_id=stage.cast.unit,
                from_date=day,
            )
        )
    sends(stage, "20/11", "Bế giảng")
    button = next(m for m in registrar.messages() if m.labels == ["Đã nhận"]).buttons[0]["data"]
    opens(stage).taps("Sửa").taps("Địa điểm")
    registrar.presses(button).sees("Đã nhận lúc")
    registrar.says("Nhà văn hóa").sees("tại Nhà văn hóa")


def test_it_is_acknowledged_from_any_of_ones_chats(stage):
    learner = stage.learner
    sends(stage)
    button = learner.last.buttons[0]["data"]
    with stage.database.transaction() as session:
        bind(session, session.get(Person, learner.person_id), stage.account.id, "second-phone", stage.time)
    from tests.houses.dialogue import Player

    Player(stage, "second-phone", learner.person_id).presses(button).sees("Đã nhận lúc")
    assert delivery(stage, learner.person_id).state == "acknowledged"


def test_nobody_acknowledges_for_another(stage):
    learner, other = stage.learner, stage.player(stage.cast.learners[1])
    sends(stage)
    for data in [
        *(button["data"] for button in learner.last.buttons),
        f"nbm:{base36(delivery(stage, learner.person_id).id)}",
    ]:
        other.presses(data).sees("Không tìm thấy thông báo này", "[Thông báo của tôi]").sees_no("Minh Hạnh")
    stage.stranger().presses(learner.last.buttons[0]["data"])
    assert delivery(stage, learner.person_id).state == "waiting"


def test_the_typed_word_acknowledges_the_newest_notice(stage):
    learner = stage.learner
    sends(stage)
    learner.says("da nhan").sees("Đã nhận lúc")
    assert delivery(stage, learner.person_id).state == "acknowledged"
    learner.says("đã nhận").sees("Thông báo của đồng chí")


def test_who_cannot_attend_is_asked_why_and_the_registrar_is_told(stage):
    learner, registrar = stage.learner, sends(stage)
    registrar.reads()
    learner.taps("Tôi không dự được").sees(
        "Đồng chí đã báo không dự được lúc 9 giờ", "nhắn lý do trong một dòng"
    )
    assert delivery(stage, learner.person_id).state == "declined"
    learner.says("Ốm <b>nặng</b>").sees("Trợ lý đã báo giáo vụ")
    stage.ticks()
    registrar.sees(
        "Đồng chí Nguyễn Thị Minh Hạnh báo không dự được lớp BD-02 Nhận thức về Đảng khóa II. Lý do: Ốm"
    )
    assert "&lt;b&gt;" in registrar.news()[-1].html
    stage.passes(hours=1)
    assert len([message for message in registrar.news() if "không dự được lớp" in message.text]) == 1


def test_without_a_reason_the_registrar_is_told_after_ten_minutes(stage):
    learner, registrar = stage.learner, sends(stage)
    registrar.reads()
    learner.taps("Tôi không dự được")
    stage.passes(minutes=9)
    registrar.sees_no("không dự được lớp")
    stage.passes(minutes=2)
    registrar.sees("báo không dự được lớp BD-02", "Không nêu lý do.")


def test_the_reason_can_be_skipped(stage):
    learner, registrar = stage.learner, sends(stage)
    registrar.reads()
    learner.taps("Tôi không dự được").taps("Không nêu lý do").sees("Cảm ơn đồng chí")
    stage.ticks()
    registrar.sees("Không nêu lý do.")
    learner.says("/menu")
    assert delivery(stage, learner.person_id).said is None


def test_a_reason_that_is_too_long_is_asked_again(stage):
    learner = stage.learner
    sends(stage)
    learner.taps("Tôi không dự được").says("x" * 5000).sees("nhiều nhất 200 ký tự")
    learner.says("Đi công tác").sees("Cảm ơn đồng chí")
    found = delivery(stage, learner.person_id)
    assert (found.said, found.reason) == ("Đi công tác", "")


def test_a_typed_reason_is_sealed_in_the_database(stage):
    """It may speak of an illness: a copied database file gives nothing away."""
    learner = stage.learner
    sends(stage)
    learner.taps("Tôi không dự được").says("Đang nằm viện")
    with stage.database.reading() as session:
        raw = [row for row in session.execute(text("SELECT said, reason FROM delivery")) if row.said]
    assert len(raw) == 1
    assert "viện".encode() not in bytes(raw[0].said)
    assert raw[0].reason == ""


def test_only_the_registrar_reads_why_the_director_reads_that_there_is_a_reason(stage):
    """Without a registrar who is reached the director hears of it, but not of the illness."""
    learner, registrar, director = stage.learner, sends(stage), stage.director
    cuts(stage, registrar)
    director.reads()
    learner.taps("Tôi không dự được").says("Đang nằm viện")
    stage.ticks()
    director.sees("báo không dự được lớp BD-02", "Lý do: đã báo riêng giáo vụ").sees_no("nằm viện")


def test_who_can_attend_after_all_leaves_no_reason_behind(stage):
    learner = stage.learner
    sends(stage)
    learner.taps("Tôi không dự được").says("Đang nằm viện").taps("Tôi dự được")
    assert delivery(stage, learner.person_id).said is None


def test_who_can_attend_after_all_says_so_and_nobody_is_alarmed(stage):
    learner, registrar = stage.learner, sends(stage)
    registrar.reads()
    learner.taps("Tôi không dự được").taps("Tôi dự được").sees("Đã nhận lúc")
    assert delivery(stage, learner.person_id).state == "acknowledged"
    learner.says("Đi công tác").sees("Đã nhận lúc").sees_no("Cảm ơn")
    stage.passes(hours=1)
    registrar.sees_no("không dự được lớp")


def test_refusing_twice_tells_the_registrar_twice_only_with_a_change_between(stage):
    learner, registrar = stage.learner, sends(stage)
    registrar.reads()
    data = next(b for b in learner.last.buttons if b["label"] == "Tôi không dự được")["data"]
    learner.presses(data).presses(data).taps("Không nêu lý do")
    stage.passes(minutes=20)
    assert len([m for m in registrar.news() if "không dự được lớp" in m.text]) == 1
    learner.taps("Tôi dự được")
    learner.presses(data).taps("Không nêu lý do")
    stage.passes(minutes=20)
    assert len([m for m in registrar.news() if "không dự được lớp" in m.text]) == 2


def test_ones_own_notices_are_listed_with_their_state_and_read_again(stage):
    learner = stage.learner
    learner.says("/thongbao").sees("chưa gửi thông báo nào cho đồng chí")
    sends(stage)
    learner.says("/thongbao").sees("Khai giảng BD-02, 16/11: chưa xác nhận.")
    learner.taps("Khai giảng BD-02").sees("THÔNG BÁO KHAI GIẢNG", "[Đã nhận] [Tôi không dự được] [Quay lại]")
    learner.taps("Đã nhận").says("thong bao").sees("đã nhận lúc 9 giờ, thứ Hai, 16/11.")


def test_who_binds_later_finds_the_notice(stage):
    sends(stage)
    late = stage.player(stage.cast.learners[4])
    late.says("/thongbao").taps("Khai giảng BD-02").sees(
        "Kính gửi đồng chí Phạm Thị Cúc." if False else "Kính gửi đồng chí"
    )
    late.taps("Đã nhận").sees("Đã nhận lúc")
    assert delivery(stage, late.person_id).state == "acknowledged"


def test_staff_who_learn_too_find_their_own_notices(stage):
    with stage.database.transaction() as session:
        day = date(2026, 11, 2)
        session.add(
            Enrolment(
                class_id=stage.cast.opening,
                person_id=stage.cast.registrar,
                organisation_id=stage.cast.unit,
                from_date=day,
            )
        )
    registrar = sends(stage)
    registrar.says("/thongbao").taps("Đã gửi").taps("Thông báo của tôi").sees("Thông báo của đồng chí")


def test_a_change_announced_by_the_timetable_is_acknowledged_too(stage):
    from handlers.engine.messages import Button, Message
    from handlers.notices.actions import acknowledge

    learner = stage.learner
    with stage.database.transaction() as session:
        notice = Notice(
            class_id=stage.cast.running,
            kind="change",
            state="sending",
            created_at=stage.time,
            sent_at=stage.time,
        )
        session.add(notice)
        session.flush()
        row = Delivery(notice_id=notice.id, person_id=learner.person_id, queued=True, changed_at=stage.time)
        session.add(row)
        session.flush()

        def build(language):
            return Message(
                "Phòng A2 → B1", [[Button(language.text("Received"), acknowledge, delivery=row.id)]]
            )

        stage.desk(session).tell(session.get(Person, learner.person_id), build, delivery_id=row.id)
    learner.taps("Đã nhận").sees("Phòng A2 → B1", "Đã nhận lúc")
    learner.says("/thongbao").sees("Đổi lịch học BD-01, 16/11: đã nhận")


# -- what the platform answers


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        ("waiting", "sent", "sent"),
        ("waiting", "failed", "failed"),
        ("waiting", "unreachable", "unreachable"),
        ("failed", "sent", "sent"),
        ("unreachable", "sent", "sent"),
        ("sent", "failed", "sent"),
        ("sent", "unreachable", "sent"),
        ("acknowledged", "sent", "acknowledged"),
        ("acknowledged", "failed", "acknowledged"),
        ("declined", "sent", "declined"),
        ("declined", "unreachable", "declined"),
    ],
)
def test_settling_never_takes_back_an_answer_or_a_proof(stage, before, answer, after):
    stage.player(stage.cast.learners[0])
    sends(stage)
    row = delivery(stage, stage.cast.learners[0])
    change(stage, Delivery, row.id, state=before)
    reason = "" if answer == "sent" else "blocked"
    with stage.database.transaction() as session:
        notices.settled(session, row.id, answer, reason, stage.time + timedelta(minutes=1))
    found = delivery(stage, stage.cast.learners[0])
    assert found.state == after
    expected = reason if before not in notices.ANSWERED else ""
    assert found.reason == expected


def test_settling_a_delivery_that_is_not_there_is_nothing(stage):
    with stage.database.transaction() as session:
        notices.settled(session, 999, "sent", "", stage.time)
    assert rows(stage, Delivery) == []


def test_units_whose_head_is_nobody_are_no_trouble(stage):
    with stage.database.transaction() as session:
        unit = Organisation(centre_id=stage.cast.centre, name="Chi bộ 13", folded="chi bo 13")
        session.add(unit)
        session.flush()
        where = (Enrolment.class_id == stage.cast.opening, Enrolment.person_id == stage.cast.other_learner)
        session.execute(update(Enrolment).where(*where).values(organisation_id=unit.id))
    opens(stage).sees("(13 học viên, 01 thủ trưởng đơn vị)")
