"""What is stored about a person, who has looked at it, and the rights to change that."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import update
from sqlmodel import select

from handlers.engine.messages import Message
from storage.messaging import rings
from storage.messaging.accounts import ChannelAccount
from storage.people import audit
from storage.people.audit import Audit
from storage.people.people import Centre, Consent, Contact, Invite, LegalBasis, Person, has_consented
from storage.reports.reports import ConductEntry, ConductReport


def allow_abroad(stage, allowed):
    """The test channel's servers are abroad; what the director says about that."""
    with stage.database.transaction() as session:
        session.execute(update(ChannelAccount).values(abroad=True))
        session.get(Centre, stage.cast.centre).options = {"personal_abroad": allowed}


def standing(stage, person_id, purpose):
    with stage.database.reading() as session:
        return has_consented(session, person_id, purpose)


def looked(stage, *, role="registrar", actor=None, times=1):
    with stage.database.transaction() as session:
        for _n in range(times):
            audit.note(
                session,
                stage.time,
                "results_seen",
                actor_id=actor or stage.cast.registrar,
                actor_role=role,
                about_id=stage.cast.learners[0],
            )


def actions_of(stage, person_id):
    with stage.database.reading() as session:
        rows = session.exec(select(Audit).where(Audit.actor_id == person_id).order_by(Audit.id))
        return [(row.action, row.subject) for row in rows]


def cells(content):
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


# -- the card


@pytest.mark.parametrize("typed", ["/dulieu", "dữ liệu của tôi", "du lieu cua toi", "my data"])
def test_the_card_shows_what_is_stored(stage, typed):
    stage.learner.says(typed).sees(
        "Họ và tên: Nguyễn Thị Minh Hạnh",
        "Ngày sinh: 01/01/1985",
        "Đơn vị: Trường THCS Lê Lợi",
        "Chức vụ: Giáo viên",
        "BD-01",
        "Ý kiến về lịch học và thông báo: đã đồng ý ngày 16/11/2026 (nội dung bản 2)",
        "Tài khoản liên kết: Test",
        "Thông tin đảng viên: đảng viên",
    )


def test_what_is_not_recorded_is_said_to_be_so(stage):
    with stage.database.transaction() as session:
        person = session.get(Person, stage.cast.lecturer)
        person.birth_date, person.phone, person.party_status = None, "", None
    stage.lecturer.says("/dulieu").sees(
        "Ngày sinh: chưa có", "Điện thoại: chưa có", "Thông tin đảng viên: chưa có"
    )


def test_party_status_does_not_cross_the_border_unless_allowed(stage):
    allow_abroad(stage, allowed=False)
    learner = stage.learner.says("/dulieu")
    learner.sees("Họ và tên: Nguyễn Thị Minh Hạnh", "chỉ hiển thị trên trang riêng")
    learner.sees_no("Thông tin đảng viên: đảng viên")
    assert "Mở trang của tôi" in learner.last.labels
    learner.presses("mx").sees("trang riêng")
    assert learner.last.document is None
    allow_abroad(stage, allowed=True)
    learner.says("/dulieu").sees("Thông tin đảng viên: đảng viên")
    assert learner.last.wire["private"] is True


def test_names_with_markup_stay_names(stage):
    with stage.database.transaction() as session:
        session.get(Person, stage.cast.learners[0]).name = "<b>Hạnh</b> & Co"
    learner = stage.learner.says("/dulieu")
    assert "&lt;b&gt;Hạnh&lt;/b&gt; &amp; Co" in learner.last.html


# -- the export


def is_rung(stage, player) -> bool:
    with stage.database.reading() as session:
        return rings.since(session, stage.account.id, player.chat) is not None


def rings_at(stage, player) -> None:
    """The browser of this chat is rung."""
    given = rings.Subscription("https://push.example.vn/x", "p256dh", "auth")
    with stage.database.transaction() as session:
        rings.subscribe(session, stage.account.id, player.chat, "mark", given, stage.time)


def test_the_export_says_where_notifications_go(stage):
    learner = stage.learner
    rings_at(stage, learner)
    learner.says("/dulieu").taps("Xuất Excel")
    assert ["Tài khoản liên kết", "Test", "đang bật thông báo"] in [
        row[:3] for row in cells(learner.file()[1])
    ]


def test_whoever_unlinks_is_rung_no_more(stage):
    learner = stage.learner
    rings_at(stage, learner)
    rings_at(stage, stage.head)
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút lại, ngừng nhận").taps("Tôi rút lại")
    assert (is_rung(stage, learner), is_rung(stage, stage.head)) == (False, True)


def test_the_export_holds_everything_and_only_mine(stage):
    learner = stage.learner
    with stage.database.transaction() as session:
        session.get(Person, learner.person_id).position = "=1+1"
        report = session.get(ConductReport, stage.cast.report)
        report.revision, report.state, report.sent_at = 1, "sent", stage.time
        for person_id, note in (
            (learner.person_id, "Gương mẫu"),
            (stage.cast.learners[1], "Chuyện của người khác"),
        ):
            session.add(
                ConductEntry(report_id=report.id, person_id=person_id, category="commendation", note=note)
            )
    looked(stage)
    learner.says("/dulieu").taps("Xuất Excel").sees("Toàn bộ dữ liệu")
    assert learner.taps_made == 1
    name, content = learner.file()
    rows = cells(content)
    text = str(rows)
    assert name.endswith(".xlsx")
    for part in (
        "Nguyễn Thị Minh Hạnh",
        "Trường THCS Lê Lợi",
        "BD-01",
        "Bài 1",
        "Gương mẫu",
        "có mặt",
        "giáo vụ",
        "đồng ý (nội dung bản 2)",
    ):
        assert part in text, part
    assert "Thu hoạch" not in text  # a draft mark
    assert "Chuyện của người khác" not in text
    assert "Phan Thị Thu" not in text  # the registrar's name, while the centre shows roles only
    assert ["Thông tin cá nhân", "Chức vụ", "=1+1", None] in rows
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_what_a_unit_has_not_sent_is_in_no_export(stage):
    with stage.database.transaction() as session:
        session.add(
            ConductEntry(
                report_id=stage.cast.report, person_id=stage.cast.learners[0], category="late", note="Nháp"
            )
        )
    _name, content = stage.learner.says("/dulieu").taps("Xuất Excel").file()
    assert "Nháp" not in str(cells(content))


# -- who has looked


def test_who_has_looked_is_told_by_role_and_day(stage):
    looked(stage, times=2)
    looked(stage, role="unit_head", actor=stage.cast.head)
    learner = stage.learner.says("/dulieu").taps("Ai đã xem")
    learner.sees("thứ Hai, 16/11: giáo vụ (2 lần)", "thứ Hai, 16/11: thủ trưởng đơn vị (1 lần)")
    learner.sees_no("Phan Thị Thu")
    learner.says("ai đã xem dữ liệu của tôi?").sees("giáo vụ (2 lần)")


def test_names_are_told_where_the_centre_decides_so(stage):
    looked(stage)
    with stage.database.transaction() as session:
        session.get(Centre, stage.cast.centre).options = {"show_names_in_access_log": True}
    stage.learner.says("ai da xem").sees("giáo vụ: Phan Thị Thu (1 lần)")


def test_nobody_has_looked(stage):
    stage.learner.says("/dulieu").taps("Xuất Excel")
    stage.learner.says("ai đã xem").sees("Chưa ghi nhận ai khác xem")


def test_a_long_log_is_cut_and_says_where_the_rest_is(stage):
    for _day in range(20):
        looked(stage)
        stage.passes(days=1)
    learner = stage.learner.says("ai đã xem").sees("Các lần trước đó có trong tệp Excel")
    assert learner.last.text.count("giáo vụ") == 15


# -- consents


def test_the_sensitive_consent_is_withdrawn_and_given_again(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút đồng ý: kết quả").sees(
        "bằng văn bản", "đã rút lại ngày 16/11/2026"
    )
    assert standing(stage, learner.person_id, "sensitive") is False
    registrar.sees("Nguyễn Thị Minh Hạnh", "sang văn bản", "01/12/2026")
    learner.taps("Đồng ý phần kết quả").sees("dữ liệu cá nhân nhạy cảm", "thông tin đảng viên")
    learner.taps("Đồng ý").sees("Đã ghi nhận")
    assert standing(stage, learner.person_id, "sensitive") is True
    with stage.database.reading() as session:
        rows = session.exec(
            select(Consent.given).where(
                Consent.person_id == learner.person_id, Consent.purpose == "sensitive"
            )
        ).all()
    assert rows == [True, False, True]


def test_withdrawing_twice_is_told_once(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại")
    button = next(
        button["data"] for button in learner.last.buttons if button["label"] == "Rút đồng ý: kết quả"
    )
    learner.presses(button).presses(button)
    assert len(registrar.messages()) == 1


def test_a_recorded_legal_basis_is_named(stage):
    with stage.database.transaction() as session:
        row = LegalBasis(
            centre_id=stage.cast.centre, purpose="sensitive", basis="Quyết định 883", recorded_at=stage.time
        )
        session.add(row)
    stage.learner.says("/dulieu").taps("Đồng ý hoặc rút lại").sees("căn cứ: Quyết định 883")


def test_withdrawing_the_basic_consent_unlinks_after_a_confirmation(stage):
    registrar, learner = stage.registrar, stage.learner
    with stage.database.transaction() as session:
        desk, person = stage.desk(session), session.get(Person, learner.person_id)
        desk.tell(person, lambda _l: Message("Nhắc lịch"), due=stage.time + timedelta(days=1), key="reminder")
        code_hash = stage.links.keyring.hash_code("WXYZ-6789")
        device = Invite(
            person_id=learner.person_id,
            code_hash=code_hash,
            purpose="device",
            created_at=stage.time,
            expires_at=stage.time + timedelta(days=3),
        )
        session.add(device)
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút lại, ngừng nhận").sees(
        "rút lại sự đồng ý nhận tin"
    )
    assert standing(stage, learner.person_id, "basic") is True
    learner.taps("Tôi rút lại").sees("không còn liên kết", "02033123456")
    assert learner.taps_made == 3
    assert standing(stage, learner.person_id, "basic") is False
    registrar.sees("Nguyễn Thị Minh Hạnh", "rút lại")
    learner.says("/lich").sees("chưa được liên kết").sees_no("Hạnh")
    learner.says("Lịch hôm nay").sees("chưa được liên kết")
    stage.stranger("page").starts("WXYZ-6789").sees("hết hạn")
    stage.passes(days=2)
    assert "Nhắc lịch" not in [message.text for message in learner.messages()]
    with stage.database.reading() as session:
        assert session.exec(select(Contact.state).where(Contact.chat == learner.chat)).one() == "closed"


def test_keeping_the_consent_changes_nothing(stage):
    learner = (
        stage.learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút lại, ngừng nhận").taps("Quay lại")
    )
    learner.says("/dulieu").sees("Nguyễn Thị Minh Hạnh")
    assert standing(stage, learner.person_id, "basic") is True


# -- correction and deletion


def test_a_correction_is_asked_for_with_its_due_day(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa")
    stage.restarts()
    learner.says("Ngày sinh đúng là <b>02/03/1985</b>").sees("26/11/2026")
    assert learner.taps_made == 2
    registrar.sees("Nguyễn Thị Minh Hạnh đề nghị sửa", "26/11/2026")
    assert "&lt;b&gt;02/03/1985" in registrar.last.html
    assert ("correction_asked", "due:2026-11-26") in actions_of(stage, learner.person_id)


def test_an_empty_correction_is_asked_again(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị sửa").says(" \u200b ").sees(
        "Đề nghị đồng chí nhắn"
    )
    learner.says("x" * 5000).sees("5.000 ký tự", "Đề nghị đồng chí nhắn")
    learner.says("x" * 1000).sees("Đã ghi nhận")
    assert len(registrar.last.text) < 1300


def test_a_deletion_is_asked_for_once(stage):
    registrar, learner = stage.registrar, stage.learner
    learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị xóa").sees("xóa dữ liệu của mình")
    assert actions_of(stage, learner.person_id) == []
    learner.taps("Gửi đề nghị").sees("06/12/2026")
    assert learner.taps_made == 3
    registrar.sees("đề nghị xóa dữ liệu cá nhân", "06/12/2026")
    stage.passes(days=3)
    learner.taps("Gửi đề nghị").sees("06/12/2026")
    assert len(registrar.messages()) == 1
    assert actions_of(stage, learner.person_id) == [("deletion_asked", "due:2026-12-06")]


def test_the_director_hears_of_it_where_no_registrar_is_reached(stage):
    director = stage.director
    stage.learner.says("/dulieu").taps("Sửa hoặc xóa").taps("Đề nghị xóa").taps("Gửi đề nghị")
    director.sees("đề nghị xóa dữ liệu cá nhân")
