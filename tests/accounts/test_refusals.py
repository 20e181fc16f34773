"""A platform's English never reaches a person: what its refusal is called has words, the rest is said to be refused."""

import pytest

from bot.channels.telegram import wire as telegram
from bot.channels.zalo_bot import wire as zalo_bot
from bot.channels.zalo_oa import wire as zalo_oa
from bot.workers.settling import GIVEN_UP
from handlers.accounts.alarm import error_code
from handlers.accounts.limits import reason_words
from locales import Language
from tests.casts.notices import board, brings, sends

REFUSED = "ứng dụng nhắn tin từ chối"
BLOCKED = "người nhận đã chặn tài khoản của Trung tâm"


def telegram_says(code, words):
    return telegram.verdict_of(telegram.Refusal(code, words, {}), "")


def zalo_bot_says(code, words):
    return zalo_bot.verdict_of(zalo_bot.Refusal(code, words), "")


def account_says(code, words):
    return zalo_oa.verdict_of(zalo_oa.Refusal(code, words))


SAID = [
    (telegram_says(403, "Forbidden: bot was blocked by the user"), BLOCKED),
    (telegram_says(403, "Forbidden: user is deactivated"), "tài khoản người nhận đã ngừng sử dụng"),
    (telegram_says(400, "Bad Request: chat not found"), "không tìm thấy tài khoản người nhận"),
    (
        telegram_says(403, "Forbidden: bot can't initiate conversation with a user"),
        "người nhận chưa nhắn tin cho tài khoản của Trung tâm",
    ),
    (telegram_says(400, "Bad Request: message is too long"), "tin nhắn hoặc tệp quá lớn"),
    (telegram_says(400, "Bad Request: strange new words"), REFUSED),
    (zalo_bot_says(400, "Bad Request: chat not found"), "không tìm thấy tài khoản người nhận"),
    (zalo_bot_says(413, "text is too long"), "tin nhắn hoặc tệp quá lớn"),
    (account_says(-217, "User has blocked the Official Account"), BLOCKED),
    (account_says(-244, "user does not want such messages"), BLOCKED),
    (account_says(-227, "user is banned"), "tài khoản người nhận đã ngừng sử dụng"),
    (account_says(-201, "user_id is invalid"), "không tìm thấy tài khoản người nhận"),
    (account_says(-210, "text is longer than allowed"), "tin nhắn hoặc tệp quá lớn"),
]


@pytest.mark.parametrize(("verdict", "words"), SAID)
def test_what_a_platform_says_is_told_in_words(verdict, words):
    assert reason_words(Language("vi"), verdict.why or "refused") == words


def test_a_text_of_a_platform_kept_formerly_is_told_as_refused():
    assert reason_words(Language("vi"), "Forbidden: strange old words") == REFUSED


def test_what_was_tried_in_vain_is_not_said_to_be_refused():
    """Nobody has refused it: the messenger put it off again and again."""
    assert reason_words(Language("vi"), GIVEN_UP) == "ứng dụng nhắn tin chưa nhận sau nhiều lần gửi"


def test_no_reason_is_none():
    assert reason_words(Language("vi"), "") == ""
    assert error_code("refused") == ""
    assert error_code("-216 Access token is invalid") == "-216"


def test_the_list_of_who_was_not_reached_has_no_english(stage):
    assert stage.learner.person_id
    sends(stage)
    brings(stage, "unreachable", "blocked")
    board(stage).taps("Không liên lạc được").sees("người nhận đã chặn tài khoản").sees_no("blocked")
