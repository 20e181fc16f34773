"""After the deadline: locked, asked for in two taps, granted in one, locked again by itself."""

import json
from datetime import date

from sqlmodel import select

from storage.people.people import Grant, Role
from storage.reports.reopening import ReopenRequest
from tests.casts.centre import at
from tests.casts.reports import another_head, base36, colleague, report_of, revisions

NEXT_DAY = at(date(2026, 12, 7), 17)  # the working day after Friday, 4 December


def locked(stage):
    """The head has sent in time; now it is the day after the deadline."""
    stage.registrar.reads()
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    stage.moves_to(at(date(2026, 12, 4), 9))
    head.says("/baocao")
    head.taps_made = 0
    return head


def asked(stage):
    head = locked(stage)
    head.taps("Đề nghị mở lại").taps("Gửi đề nghị")
    return head


def requests(stage) -> list[ReopenRequest]:
    with stage.database.reading() as session:
        found = list(session.exec(select(ReopenRequest).order_by(ReopenRequest.id)))
        session.expunge_all()
        return found


def test_what_is_corrected_then_is_a_revision_of_the_same_report_and_no_late_one(stage):
    head = asked(stage)
    stage.registrar.taps("Đồng ý mở lại")
    head.taps_made = 0
    head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").sees("Nội dung đã sửa CHƯA gửi.").sees_no(
        "sau hạn"
    )
    head.taps("Gửi")
    assert head.taps_made == 4
    head.sees("Lần gửi 2", "Sửa sau khi được mở lại.").sees_no("Gửi sau hạn")
    first, second = (json.loads(row.content) for row in revisions(stage))
    assert (first["late"], second["late"], second["reopened"]) == (False, False, True)


def test_it_locks_again_by_itself(stage):
    head = asked(stage)
    stage.registrar.taps("Đồng ý mở lại")
    head.taps("Sửa").taps("Phạm Thị Cúc")
    stage.moves_to(at(date(2026, 12, 7), 17, 1))
    head.taps("Tác phong").sees("Đã hết hạn nên không thể sửa tại đây nữa.", "[Đề nghị mở lại]")
    assert len(revisions(stage)) == 1
    head.taps("Đề nghị mở lại").taps("Gửi đề nghị")
    assert len(requests(stage)) == 2


def test_a_refusal_is_told_with_whom_to_call(stage):
    head = asked(stage)
    stage.registrar.taps("Chưa đồng ý").sees("(đồng chí Phan Thị Thu quyết định)")
    head.sees(
        "Trung tâm chưa đồng ý mở lại báo cáo này. Nếu cần sửa, đề nghị đồng chí liên hệ Trung tâm.",
        "02033123456",
        "Đề nghị mở lại",
    ).sees_no("[Sửa]")
    assert report_of(stage).reopened_until is None


def test_asking_twice_is_one_request(stage):
    head = asked(stage)
    second = stage.player(another_head(stage, stage.cast.unit))
    second.says("/baocao").sees("Trung tâm chưa trả lời.").sees_no("Đề nghị mở lại")
    for key in ("ho", "hp"):
        head.presses(f"{key}:{base36(stage.cast.report)}").sees("Trung tâm chưa trả lời.")
    assert len(requests(stage)) == 1
    assert sum("đề nghị mở lại" in message.text for message in stage.registrar.messages()) == 1


def test_the_second_to_decide_hears_what_the_first_decided(stage):
    with stage.database.transaction() as session:
        first = session.exec(select(Grant).where(Grant.role == Role.REGISTRAR)).one()
        given = Grant(
            person_id=stage.cast.lecturer,
            role=Role.REGISTRAR,
            centre_id=stage.cast.centre,
            deputy_of=first.id,
        )
        session.add(given)
    deputy = stage.lecturer.reads()
    head = asked(stage)
    stage.arrives()
    deputy.sees("đề nghị mở lại").taps("Đồng ý mở lại")
    head.reads()
    stage.registrar.taps("Chưa đồng ý").sees("được sửa báo cáo đến", "đồng chí Cao Minh Đức quyết định")
    assert report_of(stage).reopened_until == NEXT_DAY
    assert head.news() == []
    assert len(requests(stage)) == 1


def test_nobody_else_decides_or_asks(stage):
    head = asked(stage)
    request = requests(stage)[0].id
    for who in (head, stage.learner, stage.player(stage.cast.other_head)):
        for key in ("hq", "hr"):
            who.presses(f"{key}:{base36(request)}").sees("đơn vị phụ trách")
    for key in ("ho", "hp"):
        stage.player(stage.cast.other_head).presses(f"{key}:{base36(stage.cast.report)}").sees(
            "Không tìm thấy"
        )
    assert requests(stage)[0].decided_at is None


def test_an_open_report_cannot_be_asked_for(stage):
    head = stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    assert "Đề nghị mở lại" not in head.last.labels
    head.presses(f"hp:{base36(stage.cast.report)}").sees("Mã biên nhận")
    assert requests(stage) == []


def test_the_answer_goes_to_the_heads_where_the_asker_has_left(stage):
    stage.head.reads()
    deputy = stage.player(colleague(stage, role=Role.UNIT_HEAD, is_deputy=True))
    locked(stage)
    deputy.says("/baocao").taps("Đề nghị mở lại").taps("Gửi đề nghị").reads()
    with stage.database.transaction() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == deputy.person_id)).one()
        grant.to_date = date(2026, 12, 3)
    stage.head.reads()
    stage.registrar.taps("Đồng ý mở lại")
    stage.head.sees("Trung tâm đã mở lại báo cáo này")
    assert deputy.news() == []


def test_it_stands_on_every_board_at_once_with_its_decision_one_tap_away_and_goes_once_decided(stage):
    head = asked(stage)
    registrar = stage.registrar
    asks = "Đề nghị của Trường THCS Lê Lợi về việc mở lại báo cáo nền nếp tháng 11"
    for place in ("/menu", "/viec"):
        registrar.says(place).sees(asks).taps("Xem đề nghị mở lại").sees("[Đồng ý mở lại]", "[Chưa đồng ý]")
    registrar.says("/theodoi").sees(asks).taps("2. Đề nghị").sees("[Đồng ý mở lại]", "[Chưa đồng ý]")
    registrar.says("/baocao").sees("Đơn vị đề nghị mở lại báo cáo (9 giờ, thứ Sáu, 04/12).")
    registrar.taps("Mở lại: Trường THCS Lê Lợi").taps("Đồng ý mở lại").sees("được sửa báo cáo đến")
    for place in ("/menu", "/viec", "/theodoi", "/baocao"):
        registrar.says(place).sees_no("mở lại")
    head.sees("Trung tâm đã mở lại báo cáo này")


def test_whoever_comes_too_late_reads_how_it_was_decided(stage):
    asked(stage)
    registrar = stage.registrar.says("/viec")
    stage.arrives()
    opening = next(one["data"] for one in registrar.last.buttons if one["label"] == "Xem đề nghị mở lại")
    registrar.taps("Xem đề nghị mở lại").taps("Chưa đồng ý")
    registrar.presses(opening).sees(
        "Không mở lại báo cáo của Trường THCS Lê Lợi (đồng chí Phan Thị Thu quyết định)."
    ).sees_no("[Đồng ý mở lại]")
    stage.head.presses(opening).sees_no("Đồng ý mở lại")


def test_the_cards_of_the_others_who_were_asked_say_how_it_was_decided(stage):
    with stage.database.transaction() as session:
        session.add(Grant(person_id=stage.cast.lecturer, role=Role.REGISTRAR, centre_id=stage.cast.centre))
    other = stage.lecturer
    asked(stage)
    stage.arrives()
    other.sees("[Đồng ý mở lại]").reads()
    stage.registrar.taps("Đồng ý mở lại")
    other.sees("được sửa báo cáo đến", "đồng chí Phan Thị Thu quyết định").sees_no("[Đồng ý mở lại]")
    assert other.last.row.edits_row is not None
