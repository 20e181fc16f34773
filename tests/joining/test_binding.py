"""Binding: slips, links, shared phones, consents, and everybody who should get nothing."""

from datetime import timedelta

import pytest
from sqlmodel import select

from handlers.engine.messages import Message
from storage.base.keyring import looks_like_code, new_code
from storage.people.audit import Audit
from storage.people.people import (
    Consent,
    Contact,
    Invite,
    Organisation,
    Person,
    WrongTry,
    contact_at,
    has_consented,
)

CODE = "ABCD-2345"


def invite(stage, person_id, code=CODE, *, purpose="bind", lives=timedelta(days=30)):
    """A slip as the registrar printed it."""
    with stage.database.transaction() as session:
        row = Invite(
            person_id=person_id,
            code_hash=stage.links.keyring.hash_code(code),
            purpose=purpose,
            created_at=stage.time,
            expires_at=stage.time + lives,
        )
        session.add(row)
        session.flush()
        return row.id


def owner_of(stage, chat):
    """Whose chat this is by now."""
    with stage.database.reading() as session:
        contact = contact_at(session, stage.account.id, chat)
        return contact and contact.person_id


def state_of(stage, chat):
    with stage.database.reading() as session:
        return session.exec(select(Contact.state).where(Contact.chat == chat)).one()


def consent(stage, person_id, purpose):
    with stage.database.reading() as session:
        return has_consented(session, person_id, purpose)


def is_used(stage, invite_id):
    with stage.database.reading() as session:
        return session.get(Invite, invite_id).used_at is not None


def change(stage, person_id, **fields):
    with stage.database.transaction() as session:
        person = session.get(Person, person_id)
        for name, value in fields.items():
            setattr(person, name, value)
        session.add(person)


@pytest.fixture
def me(stage):
    """A learner with a slip and nothing agreed to yet."""
    with stage.database.transaction() as session:
        for row in session.exec(select(Consent).where(Consent.person_id == stage.cast.learners[2])):
            session.delete(row)
    stage.slip = invite(stage, stage.cast.learners[2])
    return stage.cast.learners[2]


# -- the slip


def test_a_slip_binds_in_four_taps(stage, me):
    visitor = stage.stranger()
    visitor.starts(CODE).sees(
        "Trung tâm Chính trị phường An Hòa kính chào", "Lê Văn Bình", "Trường THCS Lê Lợi"
    )
    visitor.taps("Đúng là tôi").sees(
        "xin phép xử lý họ tên, ngày sinh, giới tính, chức vụ, đơn vị, lớp, số điện thoại", "“dữ liệu”"
    )
    assert owner_of(stage, "stranger") is None
    visitor.taps("Đồng ý").sees("thông tin đảng viên, điểm, chuyên cần, nền nếp")
    visitor.taps("Đồng ý").sees("Đã liên kết với đồng chí Lê Văn Bình")
    assert visitor.taps_made == 4
    assert owner_of(stage, "stranger") == me
    assert consent(stage, me, "basic") is True
    assert consent(stage, me, "sensitive") is True
    assert is_used(stage, stage.slip)


def test_the_persistent_keyboard_comes_with_the_binding(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi").taps("Đồng ý").taps("Đồng ý")
    labels = [label for row in visitor.last.wire["keyboard"] for label in row]
    assert labels[-1] == "Danh mục"
    assert "Lịch hôm nay" in labels
    visitor.says("Danh mục").sees("Mời đồng chí chọn")


@pytest.mark.parametrize(
    "typed",
    [CODE, "abcd2345", "abcd 2345", "MA ABCD-2345", "mã: abcd-2345", "/start ABCD-2345", "/ma abcd2345"],
)
def test_a_code_is_understood_however_it_is_typed(stage, me, typed):
    stage.stranger().says(typed).sees("Lê Văn Bình", "Có đúng là đồng chí không?")


def test_a_web_link_brings_the_code_with_its_signature(stage, me):
    payload = stage.links.start(CODE).rpartition("/")[2]
    stage.stranger().starts(payload).sees("Lê Văn Bình")


def test_refusing_the_second_consent_still_binds(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi").taps("Đồng ý")
    visitor.taps("Không đồng ý").sees("bằng văn bản", "Đã liên kết")
    assert owner_of(stage, "stranger") == me
    assert consent(stage, me, "basic") is True
    assert consent(stage, me, "sensitive") is False


def test_refusing_the_basic_consent_binds_nothing_and_keeps_the_code(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi")
    visitor.taps("Không đồng ý").sees("chưa được liên kết", "Mã vẫn còn hiệu lực")
    assert owner_of(stage, "stranger") is None
    assert consent(stage, me, "basic") is None
    assert not is_used(stage, stage.slip)
    visitor.taps("Xem lại").taps("Đồng ý")
    assert owner_of(stage, "stranger") == me


def test_a_refusal_by_a_finder_withdraws_nothing_of_the_owner(stage):
    owner = stage.learner
    invite(stage, owner.person_id)
    stage.stranger().starts(CODE).taps("Đúng là tôi").taps("Không đồng ý")
    assert consent(stage, owner.person_id, "basic") is True
    assert owner_of(stage, owner.chat) == owner.person_id


def test_the_slip_of_somebody_else_is_reported_and_stays_valid(stage, me):
    registrar = stage.registrar
    stage.stranger().starts(CODE).taps("Không phải tôi").sees("Cảm ơn đồng chí")
    registrar.sees("Lê Văn Bình", "nhầm người")
    assert not is_used(stage, stage.slip)
    stage.stranger("owner").starts(CODE).taps("Đúng là tôi").taps("Đồng ý")
    assert owner_of(stage, "owner") == me


def test_buttons_pressed_twice_bind_once(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi")
    agree = visitor.last.buttons[0]["data"]
    visitor.presses(agree).presses(agree).sees("thông tin đảng viên")
    visitor.taps("Đồng ý").presses(agree).taps("Đồng ý")
    with stage.database.reading() as session:
        rows = session.exec(select(Consent).where(Consent.person_id == me).order_by(Consent.id))
        said = [(row.purpose, row.given, row.version) for row in rows]
        bound = session.exec(select(Audit).where(Audit.action == "bound")).all()
    assert said == [("basic", True, 1), ("sensitive", True, 1)]
    assert len(bound) == 1


def test_binding_goes_on_after_a_restart_and_after_other_words(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi")
    stage.restarts()
    visitor.says("/menu").says("xin chào")
    visitor.taps("Đồng ý").taps("Đồng ý").sees("Đã liên kết")
    assert owner_of(stage, "stranger") == me


def test_a_second_phone_of_a_person_is_added(stage, me):
    first = stage.player(me)
    stage.stranger("second").starts(CODE).taps("Đúng là tôi").taps("Đồng ý").taps("Đồng ý")
    assert owner_of(stage, "second") == owner_of(stage, first.chat) == me


def test_a_name_with_markup_stays_a_name(stage, me):
    change(stage, me, name="<b>Bình</b> & <script>")
    visitor = stage.stranger().starts(CODE)
    assert "&lt;b&gt;Bình&lt;/b&gt; &amp; &lt;script&gt;" in visitor.last.html


# -- codes that do not open


def test_a_used_code_says_so_to_the_second_device(stage, me):
    first, second = stage.stranger("first").starts(CODE), stage.stranger("second").starts(CODE)
    first.taps("Đúng là tôi")
    second.taps("Đúng là tôi")
    first.taps("Đồng ý")
    second.taps("Đồng ý").sees("đã được dùng", "giáo vụ để được cấp mã mới")
    assert owner_of(stage, "second") is None
    stage.stranger("third").starts(CODE).sees("đã được dùng").sees_no("Bình")


def test_an_expired_code_says_when_it_expired(stage, me):
    visitor = stage.stranger().starts(CODE)
    stage.passes(days=31)
    visitor.taps("Đúng là tôi").sees("hết hạn ngày 16/12/2026")
    visitor.says(CODE).sees("hết hạn ngày 16/12/2026").sees_no("Bình")
    assert owner_of(stage, "stranger") is None


def test_a_foreign_chat_gets_nothing_out_of_guessed_buttons(stage, me):
    holder, thief = stage.stranger("holder").starts(CODE), stage.stranger("thief")
    for button in holder.last.buttons:
        thief.presses(button["data"]).sees("không thuộc cuộc trò chuyện này").sees_no("Bình", "Lê Lợi")
    key = holder.last.buttons[0]["data"].partition(":")[0]
    for forged in (f"{key}:1:0", f"{key}:1:-1", f"{key}:zzzzzzzzzzzz:1"):
        thief.presses(forged).sees_no("Bình", "xin phép")
    assert owner_of(stage, "thief") is None


def test_the_owner_of_a_bound_chat_may_open_his_old_link_again(stage, me):
    visitor = stage.stranger().starts(CODE).taps("Đúng là tôi").taps("Đồng ý").taps("Đồng ý")
    visitor.starts(CODE).sees("đã được liên kết với đồng chí Lê Văn Bình")
    with stage.database.reading() as session:
        assert session.exec(select(WrongTry)).all() == []


def test_a_further_code_of_the_same_person_is_used_up(stage, me):
    bound = stage.player(me)
    bound.says(CODE).sees("đã được liên kết với đồng chí Lê Văn Bình")
    assert is_used(stage, stage.slip)


# -- another person's chat


def test_a_chat_of_somebody_else_is_asked_before_it_is_switched(stage, me):
    head = stage.head
    head.says(CODE).sees("Lê Văn Bình", "đang liên kết với đồng chí Lê Văn Bình", "chấm dứt")
    head.taps("Giữ nguyên").sees("giữ nguyên")
    assert owner_of(stage, head.chat) == stage.cast.head
    head.taps("Đúng là tôi, chuyển").taps("Đồng ý").taps("Đồng ý")
    assert owner_of(stage, head.chat) == me


def test_what_waits_for_the_former_person_never_reaches_the_next(stage, me):
    learner = stage.learner
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        person = session.get(Person, learner.person_id)
        desk.tell(
            person, lambda _l: Message("Tin của người cũ"), due=stage.time + timedelta(days=1), key="old"
        )
    learner.starts(CODE).taps("Đúng là tôi, chuyển").taps("Đồng ý").taps("Đồng ý")
    stage.passes(days=2)
    assert "Tin của người cũ" not in [message.text for message in learner.messages()]


def test_what_waits_for_the_former_person_goes_to_his_other_chat(stage, me):
    learner = stage.learner
    invite(stage, learner.person_id, "WXYZ-6789", purpose="device")
    with stage.database.transaction() as session:
        desk = stage.desk(session)
        person = session.get(Person, learner.person_id)
        desk.tell(person, lambda _l: Message("Tin chờ"), due=stage.time + timedelta(days=1), key="old")
    other = stage.stranger("other").starts("WXYZ-6789")
    learner.starts(CODE).taps("Đúng là tôi, chuyển").taps("Đồng ý")
    stage.passes(days=2)
    assert "Tin chờ" in [message.text for message in other.messages()]
    assert "Tin chờ" not in [message.text for message in learner.messages()]


# -- links to one's own page


def test_a_device_link_attaches_at_once_and_only_once(stage):
    learner = stage.learner
    invite(stage, learner.person_id, purpose="device")
    page = stage.stranger("page").starts(CODE).sees("Đã liên kết với đồng chí Nguyễn Thị Minh Hạnh")
    assert owner_of(stage, "page") == learner.person_id
    page.starts(CODE).sees("đã được liên kết")
    stage.stranger("forwarded").starts(CODE).sees("đã được dùng").sees_no("Hạnh")
    assert owner_of(stage, "forwarded") is None


# -- guessing


def test_five_wrong_codes_lock_the_chat_for_an_hour(stage, me):
    registrar, visitor = stage.registrar, stage.stranger()
    for n in range(4):
        visitor.starts(f"ZZZZ-222{n + 2}").sees(f"còn {4 - n} lần")
    visitor.says("zzzz-2229").sees("tạm khóa", "10 giờ, thứ Hai, 16/11")
    registrar.sees("xác minh kỹ trước khi cấp", "10 giờ")
    stage.passes(minutes=59)
    visitor.says(CODE).sees("tạm khóa", "10 giờ").sees_no("Bình")
    visitor.shares_phone("0912345678").sees("tạm khóa")
    stage.passes(minutes=1)
    visitor.says(CODE).sees("Lê Văn Bình")
    assert len(registrar.messages()) == 1


def test_a_lock_holds_back_buttons_proved_before_it(stage, me):
    visitor = stage.stranger().starts(CODE)
    for n in range(5):
        visitor.starts(f"ZZZZ-222{n + 2}")
    visitor.taps("Đúng là tôi").sees("tạm khóa")
    stage.passes(hours=1)
    visitor.taps("Đúng là tôi").sees("xin phép xử lý")


def test_wrong_codes_far_apart_lock_nothing(stage, me):
    visitor = stage.stranger()
    for n in range(7):
        visitor.starts(f"ZZZZ-222{n + 2}").sees_no("tạm khóa")
        stage.passes(minutes=15)
    visitor.says(CODE).sees("Lê Văn Bình")


def test_each_chat_is_counted_for_itself(stage, me):
    for n in range(5):
        stage.stranger("one").starts(f"ZZZZ-222{n + 2}")
    stage.stranger("two").starts(CODE).sees("Lê Văn Bình")


def test_each_lock_is_told_once_to_every_registrar(stage, me):
    registrar, visitor = stage.registrar, stage.stranger()
    for _round in range(2):
        for n in range(7):
            visitor.starts(f"ZZZZ-222{n + 2}")
        stage.passes(hours=2)
    assert len(registrar.messages()) == 2


def test_used_and_expired_codes_count_as_wrong_tries(stage, me):
    invite(stage, me, "WXYZ-6789", lives=timedelta(0))
    visitor = stage.stranger()
    for _n in range(4):
        visitor.starts("WXYZ-6789").sees("hết hạn")
    visitor.starts("WXYZ-6789").sees("tạm khóa")


def test_a_code_of_five_thousand_letters_is_a_wrong_one(stage):
    visitor = stage.stranger().starts()
    visitor.taps("Nhập mã").says("<b>A" * 1250).sees("chưa tìm thấy mã này")
    with stage.database.reading() as session:
        assert len(session.exec(select(WrongTry)).all()) == 1


def test_words_are_not_taken_for_codes(stage):
    assert not looks_like_code("nghe nhac")
    assert looks_like_code("abcd efg2")
    stage.stranger().says("nghe nhac").sees("chưa được liên kết")
    with stage.database.reading() as session:
        assert session.exec(select(WrongTry)).all() == []


# -- strangers


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "xin chào",
        "/lich",
        "/ketqua Lê Văn Bình",
        "/dulieu",
        "menu",
        "/trogiup",
        "danh sách học viên",
        "<b>x</b>",
        "x" * 5000,
    ],
)
def test_somebody_unknown_gets_a_greeting_and_no_data(stage, typed):
    stage.stranger().says(typed).sees(
        "Trợ lý tự động của Trung tâm Chính trị phường An Hòa kính chào",
        "Tài khoản này chưa được liên kết",
        "02033123456",
        "[Nhập mã] [Đề nghị cấp mã]",
    ).sees_no("Lê Lợi", "Bình", "BD-01")


def test_presses_files_and_stickers_of_somebody_unknown_get_the_same(stage):
    visitor = stage.stranger()
    for data in ("mn", "md", "st", "lt", "garbage", "mp:1", "sk:1", ""):
        visitor.presses(data).sees("chưa được liên kết").sees_no("Lê Lợi", "BD-01")
    visitor.sends_file("a.xlsx", b"x").sees("chưa được liên kết")
    visitor.delivers(other=True).sees("chưa được liên kết")
    visitor.delivers(left=True)
    assert visitor.news() == []


def test_asking_for_a_code_tells_the_registrars_once_a_day(stage):
    registrar, visitor = stage.registrar, stage.stranger().starts()
    visitor.taps("Đề nghị cấp mã").sees("Trợ lý đã chuyển đề nghị cấp mã đến giáo vụ", "02033123456")
    registrar.sees("đề nghị cấp mã")
    visitor.says("Nguyễn <i>Văn</i> X, Trường Y").sees("Cảm ơn đồng chí")
    assert "“Nguyễn &lt;i&gt;Văn&lt;/i&gt; X, Trường Y”" in registrar.last.html
    for _n in range(3):
        visitor.taps("Đề nghị cấp mã").says("x" * 5000)
    assert len(registrar.messages()) == 2
    stage.passes(days=1)
    visitor.taps("Đề nghị cấp mã")
    assert len(registrar.messages()) == 3


def test_asking_at_night_waits_for_the_centres_hours(stage):
    registrar = stage.registrar
    stage.passes(hours=12)
    stage.stranger().starts().taps("Đề nghị cấp mã").sees("đã chuyển đề nghị cấp mã")
    assert registrar.messages() == []
    stage.passes(hours=12)
    assert len(registrar.messages()) == 1


def test_without_a_registrar_the_phone_remains(stage):
    stage.stranger().starts().taps("Đề nghị cấp mã").sees("đề nghị đồng chí gọi Trung tâm", "02033123456")


def test_a_step_is_cancelled_by_command_and_by_button(stage):
    visitor = stage.stranger().starts().taps("Nhập mã")
    visitor.says("/huy").sees("Đã dừng")
    visitor.says("xin chào").sees("chưa được liên kết")
    visitor.taps("Nhập mã").taps("Hủy").sees("Đã dừng")
    visitor.says("xin chào").sees("chưa được liên kết")


# -- a shared phone


def phone_of(stage, person_id):
    with stage.database.reading() as session:
        return session.get(Person, person_id).phone


def test_a_shared_phone_binds_in_six_taps(stage, me):
    visitor = stage.stranger().starts()
    assert [message.wire["asks_phone"] for message in visitor.news()] == ["", "Chia sẻ số của tôi"]
    visitor.shares_phone("+84" + phone_of(stage, me)[1:]).sees("năm sinh").sees_no("Bình")
    visitor.says("1985").sees("Lê Văn Bình", "Trường THCS Lê Lợi")
    visitor.taps("Đúng là tôi").taps("Đồng ý").taps("Đồng ý").sees("Đã liên kết")
    assert visitor.taps_made + 1 == 6  # the year is typed
    assert owner_of(stage, "stranger") == me


def test_only_ones_own_number_counts(stage, me):
    visitor = stage.stranger()
    visitor.shares_phone(phone_of(stage, me), own=False).sees("chính mình")
    visitor.says("1985").sees("chưa được liên kết").sees_no("Bình")
    visitor.shares_phone("không phải số").sees("chính mình")


def test_wrong_years_are_wrong_tries(stage, me):
    visitor = stage.stranger().shares_phone(phone_of(stage, me))
    visitor.says("không nhớ").sees("năm sinh")
    for year in range(1960, 1964):
        visitor.says(str(year)).sees("chưa khớp", "năm sinh").sees_no("Bình")
    visitor.says("1964").sees("tạm khóa")
    visitor.says("1985").sees_no("Lê Lợi")


def test_an_unknown_number_gets_the_same_answers_as_a_known_one(stage, me):
    known, unknown = stage.stranger("known"), stage.stranger("unknown")
    known.shares_phone(phone_of(stage, me)).says("1970")
    unknown.shares_phone("0999999999").says("1970")
    assert [message.text for message in known.messages()] == [message.text for message in unknown.messages()]


def test_the_year_of_birth_decides_between_people_with_one_phone(stage, me):
    other = stage.cast.other_learner
    change(stage, other, phone=phone_of(stage, me))
    with stage.database.reading() as session:
        born = session.get(Person, other).birth_date.year
    visitor = stage.stranger().shares_phone(phone_of(stage, me))
    visitor.says(f"sinh năm {born}").sees("Trần Văn An").sees_no("Bình")


def test_an_ambiguous_number_goes_to_the_registrar(stage, me):
    registrar = stage.registrar
    change(stage, stage.cast.learners[3], phone=phone_of(stage, me))
    visitor = stage.stranger().shares_phone(phone_of(stage, me))
    visitor.says("1985").sees("cần xác minh").sees_no("Bình", "Cúc")
    registrar.sees(phone_of(stage, me))


def test_the_year_is_still_waited_for_after_a_restart(stage, me):
    visitor = stage.stranger().shares_phone(phone_of(stage, me))
    stage.restarts()
    visitor.says("12/05/1985").sees("Lê Văn Bình")


# -- leaving


def test_who_blocks_the_bot_is_unreachable_until_he_writes_again(stage):
    learner = stage.learner
    learner.delivers(left=True)
    assert state_of(stage, learner.chat) == "unreachable"
    learner.starts().sees("Kính chào đồng chí Nguyễn Thị Minh Hạnh")
    assert state_of(stage, learner.chat) == "active"


def test_a_slip_of_someone_without_a_unit_names_no_unit(stage):
    invite(stage, stage.cast.lecturer)
    stage.stranger().starts(CODE).sees("đồng chí Cao Minh Đức. Có đúng")


def test_a_unit_with_markup_in_its_name_stays_text(stage, me):
    with stage.database.transaction() as session:
        session.get(Organisation, stage.cast.unit).name = "<i>Trường</i>"
    visitor = stage.stranger().starts(CODE)
    assert "&lt;i&gt;Trường&lt;/i&gt;" in visitor.last.html
    with stage.database.reading() as session:
        assert session.exec(select(Contact)).all() == []


def test_a_code_of_letters_alone_is_never_given_out(monkeypatch):
    """Typed with a space in it, it would pass for two words, and its owner for a stranger."""
    letters = iter("ABCDEFGHABCD2345")
    monkeypatch.setattr("storage.base.keyring.secrets.choice", lambda _letters: next(letters))

    assert new_code() == "ABCD-2345"
