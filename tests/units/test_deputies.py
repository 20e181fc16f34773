"""A head names his own deputy in the chat: from the unit's people or typed, for some time or for good; and ends it."""

from datetime import date

import pytest
from sqlmodel import select

from storage.people.audit import Audit
from storage.people.people import Grant, Person, Role
from tests.casts.centre import at, person
from tests.casts.reports import base36, colleague, ends
from tests.houses.dialogue import Stage


def deputy_grants(stage: Stage) -> list[Grant]:
    with stage.database.reading() as session:
        found = list(session.exec(select(Grant).where(Grant.deputy_of.is_not(None))))
        session.expunge_all()
        return found


def names(stage: Stage, who: str) -> None:
    stage.head.says("cấp phó").sees("Trung tâm chưa có thông tin về cấp phó").taps("Cử cấp phó").taps(who)


def test_one_of_the_units_people_is_named_for_good_and_everybody_concerned_is_told(stage):
    mate = stage.player(colleague(stage)).reads()
    registrar = stage.registrar.reads()
    names(stage, "Tạ Văn Phúc")
    stage.head.taps("Đến khi thay đổi").sees("Cử đồng chí Tạ Văn Phúc làm cấp phó").taps("Xác nhận cử")
    stage.head.sees(
        "Trợ lý báo đồng chí Tạ Văn Phúc và Trung tâm.", "- đồng chí Tạ Văn Phúc, đến khi có thay đổi"
    )
    mate.sees(
        "Đồng chí Lê Văn Bình đã cử đồng chí làm cấp phó của Trường THCS Lê Lợi, đến khi có thay đổi.",
        "ký thay",
    )
    registrar.sees("Đồng chí Lê Văn Bình đã cử đồng chí Tạ Văn Phúc làm cấp phó của Trường THCS Lê Lợi")
    (grant,) = deputy_grants(stage)
    assert (grant.person_id, grant.role, grant.to_date) == (mate.person_id, Role.UNIT_HEAD, None)
    with stage.database.reading() as session:
        (line,) = session.exec(select(Audit).where(Audit.action == "deputy_named")).all()
        assert (line.actor_id, line.actor_role, line.about_id) == (
            stage.cast.head,
            "unit_head",
            mate.person_id,
        )
    mate.says("/baocao").taps("Tất cả nền nếp tốt").sees("Đồng chí ký thay").taps("Gửi")


def test_until_a_day_and_no_longer(stage):
    mate = stage.player(colleague(stage))
    names(stage, "Tạ Văn Phúc")
    stage.head.taps("Đến một ngày").says("hôm qua").sees("đã qua").says("xx").sees("“xx”").says("20/11")
    stage.head.sees("đến 20/11/2026").taps("Xác nhận cử")
    assert deputy_grants(stage)[0].to_date == date(2026, 11, 20)
    stage.moves_to(at(date(2026, 11, 21), 9))
    stage.head.says("cấp phó").sees_no("Tạ Văn Phúc")
    mate.says("cấp phó").sees_no("Cử cấp phó")


def test_it_is_ended_by_the_head_and_told(stage):
    mate = stage.player(colleague(stage))
    names(stage, "Tạ Văn Phúc")
    stage.head.taps("Đến khi thay đổi").taps("Xác nhận cử").taps("Thôi cử").sees(
        "Tạ Văn Phúc thôi làm cấp phó"
    )
    mate.reads()
    stage.registrar.reads()
    stage.head.taps("Thôi cử").sees("Đã thôi cử.").sees_no("- đồng chí Tạ Văn Phúc")
    for told in (mate, stage.registrar):
        told.sees(
            "Đồng chí Tạ Văn Phúc thôi làm cấp phó của Trường THCS Lê Lợi (đồng chí Lê Văn Bình quyết định)."
        )
    mate.says("/baocao").sees_no("Kính gửi đồng chí Tạ Văn Phúc")


def test_a_typed_name_the_centre_does_not_know_is_added_and_the_code_given_to_the_head(stage):
    names(stage, "Người khác")
    stage.head.says("Hồ Thị Vân").sees("Chưa rõ họ tên hoặc số điện thoại").says("Hồ Thị Vân, 0912 345 678")
    stage.head.sees("Trung tâm chưa có đồng chí Hồ Thị Vân, số điện thoại 0912345678").taps("Ghi thêm")
    stage.head.taps("Đến khi thay đổi").taps("Xác nhận cử").sees("chưa liên kết với Trợ lý", "chuyển mã này")
    code = stage.head.last.text.partition("để liên kết với Trợ lý: ")[2].split()[0]
    stranger = stage.stranger()
    stranger.says(code).sees("Hồ Thị Vân")
    with stage.database.reading() as session:
        added = session.exec(select(Person).where(Person.name == "Hồ Thị Vân")).one()
        assert (added.phone, added.organisation_id) == ("0912345678", stage.cast.unit)


def test_somebody_known_who_is_not_connected_gets_a_code_from_the_registrar_only(stage):
    colleague(stage)
    registrar = stage.registrar.reads()
    names(stage, "Tạ Văn Phúc")
    stage.head.taps("Đến khi thay đổi").taps("Xác nhận cử").sees(
        "Trợ lý đã đề nghị Trung tâm cấp phiếu."
    ).sees_no("mã này")
    registrar.sees("Đề nghị đồng chí chuyển mã liên kết này cho cấp phó")


def test_a_number_that_is_somebody_elses_is_not_taken(stage):
    with stage.database.transaction() as session:
        other = person(session, stage.cast.centre, "Hồ Thị Vân", stage.cast.other_unit, stage.time)
        session.get(Person, other).phone = "0912345678"
    names(stage, "Người khác")
    stage.head.says("Hồ Thị Vân 0912345678").sees("Số điện thoại này Trung tâm đã ghi cho người khác.")
    assert deputy_grants(stage) == []


def test_deputies_and_foreign_heads_name_nobody_and_rights_are_looked_at_at_the_press(stage):
    mate = stage.player(colleague(stage, is_deputy=True, role=Role.UNIT_HEAD))
    third = colleague(stage, "Hồ Thị Vân")
    press = f"hdh:{base36(stage.cast.unit)}:{base36(third)}:0"
    for who in (mate, stage.player(stage.cast.other_head)):
        who.presses(press).sees("Chỉ thủ trưởng đơn vị cử cấp phó.")
    ends(stage, stage.cast.head, date(2026, 11, 15))
    stage.head.presses(press)
    assert [grant.person_id for grant in deputy_grants(stage)] == [mate.person_id]


@pytest.mark.parametrize("words", ["cap pho", "cử cấp phó"])
def test_who_travels_and_has_no_deputy_is_offered_to_name_one(stage, words):
    colleague(stage)
    stage.head.says("Tôi đi công tác đến 30/11").taps("Cử cấp phó").sees("Cấp phó của Trường THCS Lê Lợi")
    stage.head.says(words).sees("Cấp phó của Trường THCS Lê Lợi")
