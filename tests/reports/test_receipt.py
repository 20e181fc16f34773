"""Sealed receipts: found by their code, typed or brought by a QR, by those with the right; tampering is seen."""

import json
from datetime import date

import pytest
from sqlalchemy import text as sql
from sqlmodel import select

from handlers.engine.desk import Links
from storage.messaging.accounts import ChannelAccount
from storage.people.audit import Audit
from storage.people.people import Grant, Role, WrongTry, acting_role
from storage.reports.reports import ConductRevision
from tests.casts.centre import at
from tests.casts.reports import base36, colleague, report_of, revisions


def sent(stage) -> str:
    """The head has sent; the receipt's code."""
    stage.head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi")
    return report_of(stage).receipt


def tampers(stage, **changes) -> None:
    """Somebody with the database and its key changes what is stored."""
    with stage.database.transaction() as session:
        row = session.exec(select(ConductRevision)).one()
        for name, value in changes.items():
            setattr(row, name, value)


@pytest.mark.parametrize("said", ["Mã biên nhận {}", "bien nhan {}", "/bienlai {}", "biên lai: {}"])
def test_the_typed_code_shows_what_was_sent_and_that_the_seal_matches(stage, said):
    code = sent(stage)
    stage.head.says(said.format(code.lower()))
    stage.head.sees(
        "Báo cáo nền nếp tháng 11 (01–30/11), lớp Trung cấp A1",
        "Đơn vị: Trường THCS Lê Lợi.",
        "Lần gửi 1, lúc 9 giờ, thứ Hai, 16/11, người gửi: đồng chí Lê Văn Bình.",
        "Nội dung: 11 học viên nền nếp tốt; 01 học viên cần nêu.",
        "Đây là lần gửi mới nhất.",
        "Đã đối chiếu",
    )


def test_the_code_is_asked_for_where_none_was_typed(stage):
    code = sent(stage)
    stage.head.says("biên nhận").sees("Đề nghị đồng chí nhập mã trên biên nhận").says(code).sees(
        "Đã đối chiếu"
    )


def test_every_version_keeps_its_code(stage):
    first = sent(stage)
    stage.head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong").taps("Gửi")
    second = report_of(stage).receipt
    assert first != second
    stage.head.says(f"biên nhận {first}").sees("Lần gửi 1", "đã được thay bằng lần gửi 2", "Đã đối chiếu")
    stage.head.says(f"biên nhận {second}").sees("Lần gửi 2", "02 học viên cần nêu", "mới nhất")


def test_a_correction_not_sent_does_not_break_the_seal(stage):
    code = sent(stage)
    stage.head.taps("Sửa").taps("Phạm Thị Cúc").taps("Tác phong")
    stage.head.says(f"biên nhận {code}").sees("01 học viên cần nêu", "Đã đối chiếu")


@pytest.mark.parametrize("what", ["content", "sent_by", "sent_at", "capacity"])
def test_whatever_was_changed_behind_its_back_is_warned_of(stage, what):
    code = sent(stage)
    content = json.loads(revisions(stage)[0].content)
    changes = {
        "content": json.dumps({**content, "entries": []}, ensure_ascii=False),
        "sent_by": stage.cast.other_head, "sent_at": at(date(2026, 11, 15), 9), "capacity": "deputy",
    }  # fmt: skip
    tampers(stage, **{what: changes[what]})
    stage.head.says(f"biên nhận {code}").sees(
        "CẢNH BÁO: nội dung đang lưu KHÔNG đúng như khi gửi", "02033123456"
    )
    stage.head.sees_no("Nội dung:", "Đã đối chiếu:")


def test_a_content_that_cannot_be_decrypted_is_warned_of_too(stage):
    code = sent(stage)
    with stage.database.transaction() as session:
        session.execute(sql("UPDATE conduct_revision SET content = :junk"), {"junk": b"junk"})
    stage.head.says(f"biên nhận {code}").sees("CẢNH BÁO", "Trường THCS Lê Lợi")


def test_what_was_sent_before_there_were_seals_says_so(stage):
    code = sent(stage)
    tampers(stage, seal="")
    stage.head.says(f"biên nhận {code}").sees("gửi trước khi có chức năng đối chiếu").sees_no("CẢNH BÁO")


def test_the_centre_and_whoever_sent_it_may_look_and_nobody_else(stage):
    mate = stage.player(colleague(stage))
    stage.head.says("/baocao").taps("Giao người khác").taps("Tạ Văn Phúc").taps("Giao báo cáo")
    mate.taps("Tất cả nền nếp tốt").taps("Gửi")
    code = report_of(stage).receipt
    for who in (stage.head, mate, stage.registrar, stage.director):
        who.says(f"biên nhận {code}").sees("(được ủy quyền)", "Đã đối chiếu")
    for who in (stage.learner, stage.lecturer, stage.player(stage.cast.other_head)):
        who.says(f"biên nhận {code}").sees("Không có biên nhận này, hoặc").sees_no("Lê Lợi", "Trung cấp")
        who.starts(f"R-{code}").sees("Không có biên nhận này, hoặc").sees_no("Lê Lợi", "Trung cấp")


def test_whoever_looks_holding_two_roles_is_logged_under_the_first_of_them_in_every_process(stage):
    code = sent(stage)
    with stage.database.transaction() as session:
        grant = Grant(
            person_id=stage.cast.director, centre_id=1, role=Role.REGISTRAR, from_date=date(2026, 1, 1)
        )
        session.add(grant)
    stage.director.says(f"biên nhận {code}").sees("Đã đối chiếu")
    with stage.database.reading() as session:
        assert [
            row.actor_role for row in session.exec(select(Audit).where(Audit.action == "receipt_checked"))
        ] == [Role.REGISTRAR]
    held = frozenset({Role.LEARNER, Role.DELEGATE, Role.UNIT_HEAD, Role.REGISTRAR, Role.DIRECTOR})
    assert acting_role(held, held) == Role.UNIT_HEAD
    assert acting_role({Role.DIRECTOR}, {Role.REGISTRAR}) == ""


def test_guessing_codes_locks_the_chat(stage):
    code = sent(stage)
    learner = stage.learner
    for number in range(2, 7):
        learner.says(f"biên nhận AAAAA{number}")
    learner.says(f"biên nhận {code}").sees_no("Lê Lợi", "Không có biên nhận này")
    with stage.database.reading() as session:
        assert len(session.exec(select(WrongTry)).all()) == 5


def test_the_qr_brings_the_code_and_opens_the_receipt(stage):
    with stage.database.transaction() as session:
        session.add(ChannelAccount(kind="telegram", name="telegram", username="an_hoa_bot"))
    code = sent(stage)
    stage.head.taps("Biên nhận có QR").sees(f"Mã biên nhận: {code}")
    name, content = stage.head.file()
    assert name == f"Biên nhận {code}.png"
    assert content.startswith(b"\x89PNG")
    assert content == _png(f"https://t.me/an_hoa_bot?start=R-{code}")
    stage.head.starts(f"R-{code}").sees("Đã đối chiếu")


def test_without_such_a_bot_the_qr_is_the_page_or_the_words_to_type(stage):
    code = sent(stage)
    stage.head.taps("Biên nhận có QR")
    assert stage.head.file()[1] == _png(stage.links.start(f"R-{code}"))
    stage.head.starts(f"R-{code}.signature").sees("Đã đối chiếu")
    stage.links = Links("", stage.database.keyring)
    assert stage.head.file()[1] == _png(f"Mã biên nhận {code}")


def _png(text: str) -> bytes:
    from io import BytesIO

    import segno

    made = BytesIO()
    segno.make(text, micro=False, error="m").save(made, kind="png", scale=12, border=4)
    return made.getvalue()


def test_a_stranger_who_scans_it_is_told_where_to_look(stage):
    code = sent(stage)
    stage.stranger().starts(f"R-{code}").sees("chỉ xem được ở tài khoản đã liên kết", code)
    stage.stranger().sees_no("Lê Lợi")


def test_the_picture_is_the_units_own(stage):
    sent(stage)
    other = stage.player(stage.cast.other_head)
    other.presses(f"hs:{base36(stage.cast.report)}").sees("Không tìm thấy báo cáo này")
    assert all(message.document is None for message in other.messages())
    other.presses(f"hs:{base36(stage.cast.other_report)}").sees("Kính gửi")


def test_a_code_with_digits_is_no_sentence_about_learners(stage):
    """“9P” at a code's end once read as nine absences with leave."""
    stage.head.says("biên nhận VH87P2").sees("Không có biên nhận này").sees_no("chưa hiểu")
