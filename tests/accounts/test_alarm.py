"""An account that lost its permission: the registrar hears it at once, with the mend."""

from datetime import timedelta

from storage.messaging import timers

LOST = {
    "account": "Trung tâm An Hòa",
    "command": "caunoi zalo-oa authorize",
    "problem": "-14014 Invalid token",
}


def plan(stage, key: str, **more: str) -> None:
    with stage.database.transaction() as session:
        timers.plan(session, "account_alarm", key, stage.time, **{**LOST, **more})


def test_the_registrar_hears_it_at_once_with_the_command(stage):
    registrar = stage.registrar
    stage.passes(hours=12)  # in the evening: it does not wait for the morning
    plan(stage, "7:2026-11-16")
    stage.ticks()

    registrar.sees_no("Invalid token").sees(
        "Tài khoản Trung tâm An Hòa đã mất quyền gửi tin.",
        "Mã lỗi để báo kỹ thuật: -14014",
        "Hiện tài khoản không gửi được tin nào.",
        "không mất tin nào",
        "Đề nghị đồng chí phụ trách kỹ thuật chạy lệnh: caunoi zalo-oa authorize",
    )


def test_it_says_until_when_the_account_goes_on(stage):
    registrar = stage.registrar
    plan(stage, "7:2026-11-16", until=(stage.time + timedelta(hours=5)).isoformat())
    stage.ticks()

    registrar.sees("Tài khoản còn gửi được đến 14 giờ").sees_no("Hiện tài khoản không gửi được")


def test_it_is_said_once_a_day(stage):
    registrar = stage.registrar
    for _ in range(3):
        plan(stage, "7:2026-11-16")
        stage.ticks()
    assert len([m for m in registrar.messages() if "mất quyền" in repr(m)]) == 1
    stage.passes(days=1)
    plan(stage, "7:2026-11-17")
    stage.ticks()

    assert len([m for m in registrar.messages() if "mất quyền" in repr(m)]) == 2


def test_the_director_hears_it_where_no_registrar_is_reached(stage):
    director = stage.director
    plan(stage, "7:2026-11-16")
    stage.ticks()

    director.sees("mất quyền gửi tin")
