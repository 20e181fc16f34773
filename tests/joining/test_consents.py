"""What each is asked to consent to: only what is kept of him, whole, and again only where it has grown."""

import pytest
from sqlalchemy import delete
from sqlmodel import select

from handlers.joining.consents import GROWN, QUESTIONS
from storage.courses.courses import Enrolment
from storage.joining.consents import REACHED, VERSIONS, Said, history
from storage.joining.invites import Invitee, issue
from storage.people.audit import Audit
from storage.people.people import Consent, Grant, Person, Role

ABOUT_LEARNERS = ("điểm", "chuyên cần", "nền nếp", "thông tin đảng viên", "ngày sinh", "giới tính")


def asked_nothing(stage, person_id):
    with stage.database.transaction() as session:
        session.execute(delete(Consent).where(Consent.person_id == person_id))


def agreed_before(stage, person_id, version=1):
    """He answered both questions as they were worded before."""
    asked_nothing(stage, person_id)
    with stage.database.transaction() as session:
        for purpose in ("basic", "sensitive"):
            session.add(
                Consent(person_id=person_id, purpose=purpose, given=True, version=version, at=stage.time)
            )


def opens_slip(stage, person_id):
    """The person, nothing agreed to yet, who has said that the slip is his."""
    asked_nothing(stage, person_id)
    with stage.database.transaction() as session:
        one = session.get(Person, person_id)
        code = issue(session, stage.database.keyring, [Invitee(one, (), "")], stage.time)[0]
    player = stage.stranger(f"new-{person_id}")
    player.person_id = person_id
    return player.starts(code).taps("Đúng là tôi")


def said(stage, person_id):
    """Everything the person answered: purpose, how it stands after it, the wording."""
    with stage.database.reading() as session:
        return [(one.purpose, one.said, one.last.version) for one in history(session, person_id)]


# -- by role


def test_a_learner_is_asked_for_what_reaches_him_and_then_for_what_is_sensitive(stage):
    learner = opens_slip(stage, stage.cast.learners[2])
    learner.sees("họ tên, ngày sinh, giới tính, chức vụ, đơn vị, lớp, số điện thoại, tài khoản nhắn tin")
    learner.sees("Để gửi lịch học và thông báo, Trung tâm Chính trị phường An Hòa (bên kiểm soát dữ liệu)")
    learner.sees("quyền xem, đề nghị sửa, xóa dữ liệu, rút lại sự đồng ý bất cứ lúc nào và khiếu nại")
    learner.taps("Đồng ý").sees("dữ liệu cá nhân nhạy cảm", "nhận xét và kỷ luật do đơn vị cung cấp")
    learner.sees("(bên kiểm soát dữ liệu)", "để đánh giá học tập", "rút lại sự đồng ý")
    learner.taps("Đồng ý").sees("Đã ghi nhận sự đồng ý của đồng chí", "Đã liên kết")
    assert said(stage, learner.person_id) == [("basic", Said.AGREED, 2), ("sensitive", Said.AGREED, 2)]


@pytest.mark.parametrize(
    ("role", "purpose", "kept"),
    [
        ("head", "unit", ("học viên của đơn vị", "các báo cáo, nhận xét, đề nghị đồng chí gửi")),
        ("lecturer", "staff", ("các buổi giảng", "ghi lại việc đồng chí thực hiện")),
        ("registrar", "staff", ("lịch công tác", "ghi lại việc đồng chí thực hiện")),
        ("director", "director", ("việc cần quyết định", "các quyết định")),
    ],
)
def test_who_does_not_study_is_asked_once_and_for_nothing_of_a_learner(stage, role, purpose, kept):
    player = opens_slip(stage, getattr(stage.cast, role))
    player.sees(*kept, "(bên kiểm soát dữ liệu)", "rút lại sự đồng ý").sees_no(*ABOUT_LEARNERS, "nhạy cảm")
    player.taps("Đồng ý").sees("Đã liên kết").sees_no("nhạy cảm")
    assert said(stage, player.person_id) == [(purpose, Said.AGREED, VERSIONS[purpose])]
    player.says("/dulieu").taps("Đồng ý hoặc rút lại").sees_no("kết quả", "đảng viên")


def test_who_has_two_roles_is_asked_for_both_in_one_question(stage):
    with stage.database.transaction() as session:
        told = {"centre_id": stage.cast.centre, "organisation_id": stage.cast.unit}
        session.add(Grant(person_id=stage.cast.learners[1], role=Role.LIAISON_OFFICER, **told))
    player = opens_slip(stage, stage.cast.learners[1]).sees("Để gửi lịch học", "Để đề nghị báo cáo")
    player.taps("Đồng ý").sees("nhạy cảm").taps("Đồng ý")
    assert [purpose for purpose, _said, _n in said(stage, player.person_id)] == ["basic", "unit", "sensitive"]


def test_a_pressed_button_of_somebody_else_gives_no_consent_to_marks(stage):
    """A director who presses what a learner's card held is not asked, and nothing is kept."""
    director = stage.director
    before = said(stage, director.person_id)
    for data in (
        f"eo:{VERSIONS['sensitive']}:1",
        "eo:2:0",
        "dcy:w",
        "ma",
        "mg",
        "es",
        "en",
    ):
        director.presses(data).sees_no("nhạy cảm")
    assert said(stage, director.person_id) == before


# -- a wording that has grown


def test_every_wording_beyond_the_first_says_what_is_new_in_it():
    assert set(GROWN) == {(name, n) for name, last in VERSIONS.items() for n in range(2, last + 1)}
    assert set(QUESTIONS) == set(VERSIONS) == {*REACHED, "sensitive"}


def test_who_agreed_to_the_former_wording_is_asked_what_is_new(stage):
    learner = stage.learner
    agreed_before(stage, learner.person_id)
    stage.passes(days=1)
    learner.says("/dulieu").sees(
        "đã đồng ý ngày 16/11/2026 (nội dung bản 1; bản 2 có bổ sung, chưa có ý kiến)"
    )
    learner.says("/menu").sees("Trung tâm kính đề nghị đồng chí cho ý kiến về việc xử lý dữ liệu cá nhân")
    learner.taps("Xem nội dung đồng ý").sees(
        "Ngày 16/11/2026, đồng chí đã đồng ý với nội dung trước đây. "
        "Nay bổ sung: ngày sinh, giới tính, chức vụ, tài khoản nhắn tin."
    )
    learner.taps("Đồng ý").sees("Nay bổ sung: nhận xét và kỷ luật do đơn vị cung cấp.")
    learner.taps("Đồng ý").sees("đã đồng ý ngày 17/11/2026 (nội dung bản 2)")
    learner.says("/menu").sees_no("xin ý kiến")
    assert said(stage, learner.person_id)[2:] == [("basic", Said.AGREED, 2), ("sensitive", Said.AGREED, 2)]


def test_who_refuses_what_is_new_has_not_withdrawn_what_was(stage):
    registrar, learner = stage.registrar, stage.learner
    agreed_before(stage, learner.person_id)
    learner.says("/menu").taps("Xem nội dung đồng ý").taps("Đồng ý").taps("Không đồng ý")
    learner.sees("không đồng ý ngày 16/11/2026 (nội dung bản 2)").sees_no("đã rút lại")
    registrar.sees("Nguyễn Thị Minh Hạnh không đồng ý với nội dung mới", "01/12/2026")
    assert said(stage, learner.person_id)[-1] == ("sensitive", Said.REFUSED, 2)
    learner.says("/menu").sees_no("xin ý kiến")


def test_who_refused_is_not_asked_again_when_it_grows(stage):
    learner = stage.learner
    asked_nothing(stage, learner.person_id)
    with stage.database.transaction() as session:
        for purpose, given, version in (("basic", True, 2), ("sensitive", False, 1)):
            told = {"purpose": purpose, "given": given, "version": version}
            session.add(Consent(person_id=learner.person_id, at=stage.time, **told))
    learner.says("/menu").sees_no("xin ý kiến")


@pytest.mark.parametrize("data", ["es", "mg", "mb"])
def test_a_button_of_the_former_wording_agrees_to_nothing_but_shows_the_new_one(stage, data):
    learner = stage.learner
    agreed_before(stage, learner.person_id)
    before = said(stage, learner.person_id)
    learner.presses(data).sees("xin phép xử lý", "bên kiểm soát dữ liệu")
    assert said(stage, learner.person_id) == before


def test_a_slip_opened_before_the_wording_grew_is_read_again(stage):
    visitor = opens_slip(stage, stage.cast.learners[2])
    former = visitor.last.buttons[0]["data"].rpartition(":")[0].replace("ey", "ea")
    visitor.presses(former).sees("xin phép xử lý họ tên, ngày sinh")
    assert said(stage, visitor.person_id) == []
    visitor.presses(visitor.last.buttons[0]["data"] + "1").sees("xin phép xử lý họ tên, ngày sinh")
    assert said(stage, visitor.person_id) == []


def test_who_becomes_a_learner_is_asked_for_what_is_kept_of_one(stage):
    head = stage.head
    head.says("/menu").sees_no("xin ý kiến")
    with stage.database.transaction() as session:
        course, unit = stage.cast.opening, stage.cast.unit
        session.add(
            Enrolment(
                class_id=course, person_id=head.person_id, organisation_id=unit, from_date=stage.time.date()
            )
        )
    head.says("/menu").taps("Xem nội dung đồng ý").sees("Để gửi lịch học").taps("Đồng ý").sees("nhạy cảm")
    head.taps("Không đồng ý").sees("không đồng ý ngày 16/11/2026")


# -- withdrawn is not refused


def test_withdrawn_and_refused_are_told_apart_with_their_days(stage):
    learner, other = stage.learner, opens_slip(stage, stage.cast.learners[2])
    stage.passes(days=1)
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút đồng ý: kết quả")
    learner.sees(
        "Đã rút lại sự đồng ý. Từ nay Trung tâm thông báo", "đã rút lại ngày 17/11/2026 (nội dung bản 2)"
    )
    learner.sees_no("không đồng ý")
    other.taps("Đồng ý").taps("Không đồng ý")
    other.says("/dulieu").sees("không đồng ý ngày 17/11/2026 (nội dung bản 2)").sees_no("rút lại ngày")


def test_the_former_wording_is_withdrawn_as_what_it_was(stage):
    learner = stage.learner
    agreed_before(stage, learner.person_id)
    learner.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút đồng ý: kết quả")
    learner.sees("đã rút lại ngày 16/11/2026 (nội dung bản 1)")
    assert said(stage, learner.person_id)[-1] == ("sensitive", Said.WITHDRAWN, 1)


def test_an_old_card_withdraws_nothing_that_was_refused(stage):
    other = opens_slip(stage, stage.cast.learners[2]).taps("Đồng ý").taps("Không đồng ý")
    other.presses("mw").sees("không đồng ý ngày").sees_no("Đã rút lại")
    assert said(stage, other.person_id)[-1] == ("sensitive", Said.REFUSED, 2)
    with stage.database.reading() as session:
        assert session.exec(select(Audit).where(Audit.action == "sensitive_withdrawn")).all() == []


def test_a_head_who_withdraws_is_unlinked_and_the_registrar_carries_it_out(stage):
    registrar, head = stage.registrar, stage.head
    head.says("/dulieu").taps("Đồng ý hoặc rút lại").taps("Rút lại, ngừng nhận")
    head.sees("rút lại sự đồng ý nhận tin của Trung tâm").sees_no("kết quả học tập")
    head.taps("Tôi rút lại").sees("không còn liên kết")
    registrar.sees("Lê Văn Bình đã rút lại sự đồng ý nhận tin")
    assert said(stage, head.person_id)[-1] == ("unit", Said.WITHDRAWN, 1)
