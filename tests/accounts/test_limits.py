"""Limits of a messenger: the registrar is told before they bite, and who waits for what is seen."""

from datetime import timedelta

import pytest
from sqlmodel import select

from handlers.accounts import limits
from storage.courses.notices import Delivery
from storage.messaging import dialogues, timers
from storage.messaging.accounts import Abilities, ChannelAccount
from storage.people.people import Contact
from storage.reports.reports import ReportPeriod
from tests.casts.notices import board, notice_id
from tests.casts.notices import sends as sends_notice
from tests.houses.dialogue import Stage

COUNTED = Abilities(
    buttons=0, edits=False, phone=False, files_in=False, largest_file=0, quota=True, monthly=100, users=20
)
WINDOW = Abilities(buttons=5, edits=False, phone=False, window=True, templates="report")


def sends(stage, n: int) -> None:
    with stage.database.transaction() as session:
        account = session.get(ChannelAccount, stage.account.id)
        for _ in range(n):
            limits.count_sent(stage.desk(session), account, 1)


def heard(stage, words: str) -> int:
    return sum(words in message.text for message in stage.registrar.messages())


@pytest.mark.parametrize(("sent", "told"), [(79, 0), (80, 1), (94, 1), (95, 2), (99, 2), (100, 3), (130, 3)])
def test_the_registrar_is_told_at_80_95_and_100_percent_of_the_month(database, sent, told):
    stage = Stage(database, abilities=COUNTED)
    assert stage.registrar.person_id
    sends(stage, sent)
    assert heard(stage, "tin nhắn của tháng này") == told


def test_the_word_names_the_next_step(database):
    stage = Stage(database, abilities=COUNTED)
    assert stage.registrar.person_id
    sends(stage, 80)
    stage.registrar.sees("Test đã gửi 80/100 tin nhắn của tháng này", "Việc cần làm: nâng gói")
    sends(stage, 20)
    stage.registrar.sees(
        "đã gửi hết 100 tin nhắn", "sẽ tự gửi khi sang tháng", "Việc gấp: đề nghị đồng chí gọi điện"
    )


def test_a_new_month_is_told_anew(database):
    stage = Stage(database, abilities=COUNTED)
    assert stage.registrar.person_id
    sends(stage, 80)
    stage.passes(days=31)
    sends(stage, 80)
    assert heard(stage, "80/100") == 2


@pytest.mark.parametrize(
    ("people", "words"), [(15, ""), (16, "16/20"), (19, "19/20"), (21, "vừa có thêm người")]
)
def test_the_registrar_is_told_as_the_account_fills_up(database, people, words):
    """Whoever wrote counts, bound or not; the registrar himself is the first."""
    stage = Stage(database, abilities=COUNTED)
    stage.registrar.types("menu")
    for number in range(people - 1):
        stage.stranger(f"nguoi-{number}").says("xin chào")
    told = [message.text for message in stage.registrar.messages() if "người dùng theo gói" in message.text]
    assert (words in told[-1]) if words else not told


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("waiting", "held:quota", "1 tin đang chờ: đã hết số tin nhắn của tháng, sang tháng sau sẽ tự gửi."),
        ("waiting", "held:users", "1 tin đang chờ: tài khoản đã đủ số người dùng của gói."),
        ("waiting", "held:window", "1 tin đang chờ: sẽ gửi ngay khi người nhận nhắn cho tài khoản."),
        ("waiting", "held:token", "1 tin đang chờ: tài khoản cần được cấp quyền lại."),
        ("sent", "template", "1 tin đã gửi bằng tin mẫu."),
    ],
)
def test_the_delivery_table_says_what_is_waited_for(stage, state, reason, words):
    assert stage.learner.person_id
    sends_notice(stage)
    notice = notice_id(stage)
    with stage.database.transaction() as session:
        delivery = session.exec(select(Delivery).where(Delivery.notice_id == notice)).first()
        delivery.state, delivery.reason = state, reason
        session.add(delivery)
    board(stage).sees(words)


def head_writes(stage, ago: timedelta) -> None:
    head = stage.head
    with stage.database.transaction() as session:
        contact = session.exec(select(Contact).where(Contact.chat == head.chat)).one()
        row = dialogues.dialogue_id(session, contact.account_id, contact.chat)
        dialogues.heard(session, row, stage.time - ago)


def forecasts(stage) -> None:
    with stage.database.transaction() as session:
        period = session.get(ReportPeriod, stage.cast.period)
        timers.plan(session, "window_forecast", "now", stage.time, period=period.id)
    stage.ticks()


@pytest.mark.parametrize(
    ("templates", "words"),
    [("report", "1 tin sẽ gửi bằng tin mẫu có phí."), ("", "1 tin sẽ chờ đến khi người nhận nhắn lại.")],
)
def test_before_prompts_fall_due_the_registrar_hears_what_they_cost(database, templates, words):
    from dataclasses import replace

    stage = Stage(database, abilities=replace(WINDOW, templates=templates))
    assert stage.registrar.person_id
    head_writes(stage, timedelta(hours=49))
    forecasts(stage)
    stage.registrar.sees(
        "Trung tâm sẽ gửi đề nghị báo cáo nền nếp lớp Trung cấp A1", "Trong đó 01 đồng chí", words
    )


def test_who_wrote_within_the_window_costs_nothing(database):
    stage = Stage(database, abilities=WINDOW)
    assert stage.registrar.person_id
    head_writes(stage, timedelta(hours=10))
    forecasts(stage)
    stage.registrar.sees_no("báo cáo nền nếp lớp")
