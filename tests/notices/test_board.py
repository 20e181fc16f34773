"""Who has a notice: the card while it goes out, the counts, the names, the call list, the reminder."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlmodel import select as choose

from handlers.engine.messages import base36
from storage.courses.courses import Enrolment
from storage.courses.notices import Delivery, Notice
from storage.messaging.outbox import outbox
from storage.people.audit import Audit
from storage.people.people import Person, bind
from tests.casts.centre import at, registrar_elsewhere
from tests.casts.notices import board, brings, change, crowd, cuts, delivery, notice_id, opens, rows, sends


def cards(stage):
    """The outbox rows that edit the progress card."""
    with stage.database.reading() as session:
        query = select(outbox).where(outbox.c.edits_row.is_not(None)).order_by(outbox.c.id)
        return list(session.execute(query))


# -- while it goes out


def test_the_card_of_whoever_sent_it_follows_until_everybody_is_settled(stage):
    assert stage.learner.person_id != stage.head.person_id
    registrar = sends(stage)
    card = registrar.last.id
    brings(stage, people=[stage.cast.head])
    stage.passes(seconds=3)
    assert "Đang gửi: 1/15." in registrar.last.text
    brings(stage)
    stage.passes(seconds=3)
    last = registrar.last
    for part in ("Đã gửi: 2/15.", "Đã gửi, chưa xác nhận: 02", "Chưa liên kết: 13"):
        assert part in last.text
    assert last.labels == ["Ai đã nhận"]
    assert {row.edits_row for row in cards(stage)} == {card}
    assert rows(stage, Notice)[0].state == "sent"


def test_a_card_on_which_nothing_moved_is_left_alone_and_looked_at_ever_more_rarely(stage):
    assert stage.learner
    sends(stage)
    stage.passes(hours=12)
    assert len(cards(stage)) == 1  # the thirteen that are not bound
    with stage.database.reading() as session:
        from storage.messaging.timers import timer

        looks = session.execute(select(timer).where(timer.c.kind == "notice_progress")).all()
    assert len(looks) < 30
    brings(stage)
    stage.passes(hours=2)
    assert len(cards(stage)) == 2
    assert rows(stage, Notice)[0].state == "sent"


def test_a_notice_whose_platform_is_silent_for_a_week_is_no_longer_watched(stage):
    assert stage.learner
    sends(stage)
    stage.passes(days=8)
    assert rows(stage, Notice)[0].state == "sent"
    stage.registrar.reads()
    assert board(stage).last.text.count("Chờ gửi: 01") == 1


def test_a_notice_for_which_nobody_is_bound_ends_at_once(stage):
    registrar = sends(stage)
    stage.passes(seconds=3)
    assert "Đã gửi: 0/15." in registrar.last.text
    assert rows(stage, Notice)[0].state == "sent"


def test_a_registrar_who_left_gets_no_more_cards(stage):
    registrar = sends(stage)
    cuts(stage, registrar)
    stage.passes(seconds=10)
    assert cards(stage) == []
    assert rows(stage, Notice)[0].state == "sent"


# -- the board


def test_the_board_counts_every_state_and_names_the_people(stage):
    players = [stage.player(person_id) for person_id in stage.cast.learners[:6]]
    sends(stage)
    brings(stage, "failed", "not_found", people=[players[4].person_id])
    brings(stage, "unreachable", "blocked", people=[players[5].person_id])
    brings(stage, people=[player.person_id for player in players[:3]])
    players[0].taps("Đã nhận")
    players[1].taps("Tôi không dự được").says("Đi công tác")
    registrar = board(stage)
    registrar.sees(
        "Đã nhận: 01", "Đã gửi, chưa xác nhận: 01", "Không dự được: 01", "Chưa liên kết: 09", "Không liên lạc được: 01",
        "Không gửi được: 01", "Chờ gửi: 01",
    )  # fmt: skip
    for state, told in (
        ("Đã nhận: 01", "1. Nguyễn Thị Minh Hạnh, Trường THCS Lê Lợi"),
        ("Không dự được: 01", "1. Trần Văn An, Trường THCS Lê Lợi, Đi công tác"),
        ("Không gửi được: 01", "không tìm thấy tài khoản người nhận"),
        ("Không liên lạc được: 01", "người nhận đã chặn tài khoản của Trung tâm"),
    ):
        registrar.taps(state).sees(told).taps("Quay lại")
    registrar.taps("Chưa liên kết").sees(
        "1. Nguyễn Văn An, Trường THCS Lê Lợi, 09", "Trần Văn An, Trạm Y tế phường A"
    )


def test_a_typed_reason_is_for_the_registrar_alone(stage):
    """The director reads that there is one, in the list and in the file."""
    sends(stage)
    learner, director = stage.learner, stage.director
    board(stage)
    with stage.database.transaction() as session:
        row = next(row for row in session.exec(choose(Delivery)) if row.person_id == learner.person_id)
        row.state, row.said = "declined", "Đang nằm viện"
    seen = {}
    for player in (stage.registrar, director):
        player.says("/thongbao").taps("Đã gửi").taps("Khai giảng BD-02").taps("Không dự được: 01")
        seen[player.person_id] = player.last.text
        player.taps("Tệp Excel")
        sheet = load_workbook(BytesIO(player.file()[1])).active
        cells = [cell.value for row in sheet.iter_rows() for cell in row]
        assert ("Đang nằm viện" in cells) == (player is stage.registrar)
        assert ("đã báo riêng giáo vụ" in cells) == (player is director)
    assert "Minh Hạnh, Trường THCS Lê Lợi, Đang nằm viện" in seen[stage.registrar.person_id]
    assert "Minh Hạnh, Trường THCS Lê Lợi, đã báo riêng giáo vụ" in seen[director.person_id]


def test_phones_are_shown_only_of_those_no_channel_reached(stage):
    learner = stage.learner
    sends(stage)
    brings(stage)
    phone = rows(stage, Person, Person.id == learner.person_id)[0].phone
    board(stage).taps("Đã gửi, chưa").sees("Nguyễn Thị Minh Hạnh").sees_no(phone)


def test_who_has_no_phone_is_said_so(stage):
    change(stage, Person, stage.cast.learners[0], phone="")
    sends(stage)
    board(stage).taps("Chưa liên kết").sees("Minh Hạnh, Trường THCS Lê Lợi, chưa có số điện thoại")


def test_a_long_list_has_three_pages_and_the_rest_is_in_the_file(stage):
    crowd(stage, 80, bound=False, name="Trần <i>Thị</i> " + "Rất Dài " * 40)
    sends(stage)
    registrar = (
        board(stage).taps("Chưa liên kết: 95").sees("1. ", "20. ", "Còn 35 người nữa: xem trong tệp Excel.")
    )
    registrar.taps("Trang sau").sees("21. ").taps("Trang sau").sees("60. ")
    assert "Trang sau" not in registrar.last.labels
    assert len(registrar.last.text) < 4000
    assert "<i>Thị" not in registrar.last.html
    registrar.taps("Trang trước").sees("40. ")


def test_the_file_has_everybody_with_phones_those_to_be_called_first(stage):
    learner = stage.learner
    change(stage, Person, stage.cast.learners[1], name='=HYPERLINK("x")', phone="0912000001")
    sends(stage)
    brings(stage)
    learner.taps("Đã nhận")
    registrar = board(stage).taps("Tệp Excel").sees("Chỉ dùng trong nội bộ Trung tâm")
    name, content = registrar.file()
    assert name == "Danh sách gọi điện, Khai giảng BD-02, 16-11.xlsx"
    sheet = load_workbook(BytesIO(content)).active
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert lines[0][0] == "Trung tâm Chính trị phường An Hòa"
    assert "Thông báo khai giảng, lớp" in lines[1][0]
    assert lines[2][:5] == ["TT", "Họ và tên", "Đơn vị", "Điện thoại", "Tình trạng"]
    assert [line[4] for line in lines[3:-2]] == ["Chưa liên kết"] * 14 + ["Đã nhận"]
    assert any('=HYPERLINK("x")' in line and "0912000001" in line for line in lines)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert [row.action for row in rows(stage, Audit)].count("call_list_exported") == 1


def test_the_list_of_notices_is_newest_first_and_paged(stage):
    with stage.database.transaction() as session:
        for number in range(1, 36):
            session.add(
                Notice(
                    class_id=stage.cast.opening, kind="opening", number=number, state="sent", fields={"only_heads": []},
                    created_at=stage.time, sent_at=stage.time,
                )
            )  # fmt: skip
    registrar = stage.registrar.says("/thongbao").taps("Đã gửi")
    assert registrar.last.labels[0] == "Số 35-TB/TTCT, khai giảng BD-02, 16/11"
    registrar.taps("Trang sau").taps("Trang sau").sees("[Số 06-TB/TTCT, khai giảng BD-02, 16/11]")
    assert "Trang sau" not in registrar.last.labels


def test_with_nothing_sent_the_list_says_so(stage):
    stage.registrar.says("/thongbao").taps("Đã gửi").sees("Trung tâm chưa gửi thông báo nào.")


# -- who may


@pytest.mark.parametrize("who", ["learner", "head", "lecturer"])
def test_only_staff_see_who_has_it(stage, who):
    player = getattr(stage, who)
    sends(stage)
    n = base36(notice_id(stage))
    for data in (f"nbb:{n}", f"nbn:{n}:0:0", f"nbn:{n}:3:0", f"nbh:{n}", f"nbr:{n}", f"nbg:{n}", "nbl:0"):
        player.presses(data).sees_no("Chưa liên kết", "Chờ gửi", "Tệp Excel", "09")
        assert player.news(), data
    assert rows(stage, Notice)[0].fields.get("reminded") is None


def test_staff_of_another_centre_see_nothing_of_it(stage):
    sends(stage)
    foreign, n = stage.player(registrar_elsewhere(stage)), base36(notice_id(stage))
    for data in (f"nbb:{n}", f"nbn:{n}:3:0", f"nbh:{n}", f"nbr:{n}", f"nbg:{n}"):
        foreign.presses(data).sees("Không tìm thấy thông báo này", "[Thông báo đã gửi]").sees_no(
            "Chưa liên kết"
        )
    foreign.presses("nbl:0").sees("chưa gửi thông báo nào").sees_no("BD-02")


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63) + 1])
def test_any_number_in_a_button_is_answered(stage, number):
    sends(stage)
    registrar, n, own = stage.registrar, base36(number), base36(notice_id(stage))
    for data in (
        f"nbb:{n}", f"nbn:{n}:{n}:{n}", f"nbn:{own}:{n}:{n}", f"nbh:{n}", f"nbr:{n}", f"nbg:{n}", f"nbl:{n}",
    ):  # fmt: skip
        registrar.presses(data)
        assert registrar.news(), data


def test_a_draft_is_not_on_the_board(stage):
    registrar = opens(stage)
    registrar.presses(f"nbb:{base36(notice_id(stage))}").sees("Không tìm thấy thông báo này")


# -- the reminder


def test_reminding_those_who_have_not_confirmed_takes_two_taps(stage):
    learner, head = stage.learner, stage.head
    registrar = sends(stage)
    brings(stage)
    head.taps("Đã nhận")
    learner.reads(), head.reads()
    registrar.says("/thongbao").sees("01 người chưa xác nhận.")
    before = registrar.taps_made
    registrar.taps("Nhắc 01 người").sees("Đã gửi đến 01 đồng chí, chưa có xác nhận.", "Lời nhắc sẽ gửi ngay.")
    registrar.taps("Gửi nhắc").sees("Đang gửi lời nhắc.")
    assert registrar.taps_made - before == 2
    stage.ticks()
    learner.sees("Nhắc lại.", "THÔNG BÁO KHAI GIẢNG", "[Đã nhận] [Tôi không dự được]")
    assert head.news() == []
    learner.taps("Đã nhận").sees("Đã nhận lúc").sees_no("Nhắc lại.")


def test_at_most_one_reminder_a_day_goes_out(stage):
    learner, registrar = stage.learner, sends(stage)
    brings(stage)
    n = base36(notice_id(stage))
    registrar.presses(f"nbg:{n}").sees("Đang gửi lời nhắc")
    registrar.presses(f"nbg:{n}").sees("mỗi ngày nhắc nhiều nhất một lần")
    stage.director.presses(f"nbg:{n}").sees("mỗi ngày nhắc nhiều nhất một lần")
    registrar.presses(f"nbr:{n}").sees("Đã gửi hoặc đã hẹn gửi lời nhắc vào thứ Hai, 16/11").sees_no(
        "[Gửi nhắc]"
    )
    stage.ticks()
    assert len([m for m in learner.messages() if "Nhắc lại." in m.text]) == 1
    stage.moves_to(at(date(2026, 11, 17), 9))
    brings(stage)
    registrar.presses(f"nbg:{n}").sees("Đang gửi lời nhắc")
    stage.ticks()
    assert len([m for m in learner.messages() if "Nhắc lại." in m.text]) == 2


def test_a_reminder_asked_for_at_night_waits_for_the_morning_and_spares_who_confirmed_meanwhile(stage):
    learner, other = stage.learner, stage.player(stage.cast.learners[1])
    registrar = sends(stage)
    brings(stage)
    stage.moves_to(at(date(2026, 11, 16), 20))
    n = base36(notice_id(stage))
    registrar.presses(f"nbr:{n}").sees("Lời nhắc sẽ gửi trong giờ làm việc: 7 giờ 30, thứ Ba, 17/11.")
    registrar.taps("Gửi nhắc").sees("Lời nhắc sẽ gửi trong giờ làm việc")
    stage.passes(hours=1)
    other.sees_no("Nhắc lại.")
    learner.taps("Đã nhận")
    stage.moves_to(at(date(2026, 11, 17), 8))
    other.sees("Nhắc lại.")
    learner.sees_no("Nhắc lại.")


def test_a_reminder_not_yet_sent_is_taken_back_when_the_notice_is_confirmed(stage):
    learner, registrar = stage.learner, sends(stage)
    brings(stage)
    words = learner.last
    registrar.presses(f"nbg:{base36(notice_id(stage))}")
    stage.ticks()
    learner.presses(words.buttons[0]["data"])
    with stage.database.reading() as session:
        states = (
            session.execute(select(outbox.c.state).where(outbox.c.key.startswith("remind:"))).scalars().all()
        )
    assert states == ["dropped"]


def test_who_was_bound_since_gets_the_notice_itself(stage):
    assert stage.learner
    registrar = sends(stage)
    brings(stage)
    late = stage.player(stage.cast.learners[5])
    registrar.presses(f"nbr:{base36(notice_id(stage))}").sees("02 đồng chí")
    registrar.taps("Gửi nhắc")
    stage.ticks()
    late.sees("THÔNG BÁO KHAI GIẢNG", "Kính gửi đồng chí Đỗ Thị Giang.").sees_no("Nhắc lại.")
    brings(stage)
    assert delivery(stage, late.person_id).state == "sent"


def test_a_big_class_is_reminded_in_batches_each_once(stage):
    people = crowd(stage, 130)
    registrar = sends(stage)
    brings(stage)
    registrar.presses(f"nbg:{base36(notice_id(stage))}")
    stage.ticks()
    with stage.database.reading() as session:
        query = select(outbox.c.person_id).where(outbox.c.key.startswith("remind:"))
        reminded = session.execute(query).scalars().all()
    assert sorted(reminded) == people
    with stage.database.transaction() as session:  # the first tick once more
        args = {"notice": notice_id(stage), "day": "2026-11-16", "after": 0}
        stage.table.tick(stage.desk(session), "notice_remind", args)
    with stage.database.reading() as session:
        assert len(session.execute(query).all()) == len(people)


def test_with_everybody_confirmed_there_is_nobody_to_remind(stage):
    learner, registrar = stage.learner, sends(stage)
    brings(stage)
    learner.taps("Đã nhận")
    registrar.says("/thongbao").sees_no("Nhắc")
    registrar.presses(f"nbr:{base36(notice_id(stage))}").sees("Không còn ai cần nhắc.")


def test_a_change_announced_by_the_timetable_is_on_the_board_without_a_reminder(stage):
    learner = stage.learner
    with stage.database.transaction() as session:
        row = Notice(
            class_id=stage.cast.running,
            kind="change",
            state="sent",
            created_at=stage.time,
            sent_at=stage.time,
        )
        session.add(row)
        session.flush()
        session.add(
            Delivery(notice_id=row.id, person_id=learner.person_id, state="sent", changed_at=stage.time)
        )
    registrar = stage.registrar.says("/thongbao").taps("Đã gửi").taps("Đổi lịch học BD-01")
    registrar.sees("Thông báo đổi lịch học, lớp Trung cấp A1 (2026)", "Đã gửi, chưa xác nhận: 01").sees_no(
        "[Nhắc"
    )
    registrar.presses(f"nbg:{base36(notice_id(stage))}").sees("Không còn ai cần nhắc.")
    stage.ticks()
    learner.sees_no("Nhắc lại.")


def test_it_reaches_the_contact_a_person_has_now(stage):
    learner, registrar = stage.learner, sends(stage)
    brings(stage)
    cuts(stage, learner)
    with stage.database.transaction() as session:
        bind(session, session.get(Person, learner.person_id), stage.account.id, "new-phone", stage.time)
    registrar.presses(f"nbg:{base36(notice_id(stage))}")
    stage.ticks()
    with stage.database.reading() as session:
        chats = (
            session.execute(select(outbox.c.chat).where(outbox.c.key.startswith("remind:"))).scalars().all()
        )
    assert chats == ["new-phone"]


def test_a_class_left_by_a_learner_keeps_what_he_was_sent(stage):
    learner = stage.learner
    sends(stage)
    with stage.database.transaction() as session:
        for row in session.exec(choose(Enrolment).where(Enrolment.person_id == learner.person_id)):
            session.delete(row)
    learner.taps("Đã nhận").sees("Đã nhận lúc")
    board(stage).sees("Đã nhận: 01")
