"""The office's digest: in the morning of a working day, where there is something, to whoever wants it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from storage.messaging import outbox
from storage.people.people import Person
from storage.requests.digests import plan_digest
from tests.casts.centre import at
from tests.casts.reports import another_report

HEAD = "Tình hình sáng nay"


@pytest.fixture(autouse=True)
def _planned(stage) -> None:
    """From Monday, 30/11 on; the report of the cast is due on Thursday, 03/12."""
    stage.registrar.says("/menu")
    stage.director.says("/menu")
    stage.moves_to(at(date(2026, 11, 29), 20))
    with stage.database.transaction() as session:
        for wants_it in (stage.cast.registrar, stage.cast.director):
            session.get(Person, wants_it).muted = {}
        desk = stage.desk(session)
        calendar = desk.calendar(desk.centre(stage.cast.centre))
        plan_digest(session, calendar, stage.cast.centre, stage.time)
    for player in (stage.registrar, stage.director):
        player.reads()


def digests(player) -> list[str]:
    return [seen.text for seen in player.news() if HEAD in seen.text]


def test_nothing_comes_where_there_is_nothing(stage):
    stage.moves_to(at(date(2026, 12, 1), 12))
    assert digests(stage.registrar) == digests(stage.director) == []


def test_what_comes_due_is_told_to_registrar_and_director_once(stage):
    stage.moves_to(at(date(2026, 12, 2), 7, 29))
    assert digests(stage.registrar) == []
    stage.moves_to(at(date(2026, 12, 2), 12))
    for player in (stage.registrar, stage.director):
        (told,) = digests(player)
        assert "Đến hạn hôm nay và ngày làm việc tới: 2" in told
        assert (
            "Báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1: Trường THCS Lê Lợi, Trạm Y tế phường A"
            in told
        )
    assert digests(stage.head) == []


def test_what_is_overdue_is_told_each_working_morning_until_it_has_come(stage):
    stage.moves_to(at(date(2026, 12, 4), 12))
    stage.registrar.sees("Quá hạn: 2", "Trường THCS Lê Lợi, Trạm Y tế phường A").reads()
    stage.moves_to(at(date(2026, 12, 6), 23))
    assert digests(stage.registrar) == [], "Saturday and Sunday"
    stage.moves_to(at(date(2026, 12, 7), 9))
    assert len(digests(stage.registrar)) == 1
    for head in (stage.head, stage.player(stage.cast.other_head)):
        head.says("/baocao").chooses("Tất cả nền nếp tốt", "Gửi")
    stage.registrar.reads()
    stage.moves_to(at(date(2026, 12, 9), 9))
    assert digests(stage.registrar) == []


def test_units_are_named_on_one_line_and_nobody_reached_is_said(stage):
    other = stage.cast.other_unit
    another_report(
        stage, name="Sơ cấp khóa III", opens_at=stage.time, due_at=at(date(2026, 12, 3), 17), unit=other
    )
    stage.moves_to(at(date(2026, 12, 3), 9))
    stage.registrar.sees("Chưa liên hệ được với đồng chí nào ở:")


def test_messages_that_failed_are_counted(stage):
    stage.registrar.reads()
    with stage.database.transaction() as session:
        where = outbox.outbox.c.person_id == stage.cast.registrar
        session.execute(
            update(outbox.outbox).where(where).values(state="failed", due_at=stage.time - timedelta(hours=1))
        )
    stage.moves_to(at(date(2026, 11, 30), 9))
    stage.registrar.sees("tin nhắn không gửi được.")


def test_it_opens_what_waits_and_how_reports_stand(stage):
    stage.moves_to(at(date(2026, 12, 2), 12))
    stage.registrar.chooses("Tình hình báo cáo").sees("Trường THCS Lê Lợi")


def test_whoever_wants_none_gets_none(stage):
    stage.director.says("/caidat").sees("Tin tình hình đầu ngày: đang bật").taps("Tắt tin đầu ngày")
    stage.director.sees("Tin tình hình đầu ngày: đang tắt").reads()
    stage.moves_to(at(date(2026, 12, 2), 12))
    assert (len(digests(stage.registrar)), digests(stage.director)) == (1, [])
    stage.director.says("/caidat").taps("Nhận tin đầu ngày").sees("Tin tình hình đầu ngày: đang bật")
    stage.head.says("/caidat").sees_no("đầu ngày")


def test_a_digest_that_ran_twice_says_nothing_twice(stage):
    stage.moves_to(at(date(2026, 12, 2), 12))
    with stage.database.transaction() as session:
        stage.table.tick(stage.desk(session), "digest", {"centre": stage.cast.centre})
    assert len(digests(stage.registrar)) == 1


def test_one_held_up_into_the_night_is_left_out_and_the_next_morning_has_its_own(stage):
    """It would have gone at once, whatever the hour."""
    with stage.database.transaction() as session:
        stage.time = at(date(2026, 12, 2), 22)
        stage.table.tick(stage.desk(session), "digest", {"centre": stage.cast.centre})
    assert digests(stage.registrar) == []
    stage.moves_to(at(date(2026, 12, 3), 12))
    assert len(digests(stage.registrar)) == 1
