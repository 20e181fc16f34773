"""A platform's English never reaches a person: what it is known to say has words, the rest is said to be refused."""

import pytest

from handlers.accounts.limits import reason_words
from handlers.accounts.refusals import error_code
from locales import Language
from tests.casts.notices import board, brings, sends

KNOWN = {
    "Forbidden: bot was blocked by the user": "người nhận đã chặn tài khoản của Trung tâm",
    "-217 User has blocked the Official Account": "người nhận đã chặn tài khoản của Trung tâm",
    "-244 user does not want such messages": "người nhận đã chặn tài khoản của Trung tâm",
    "Forbidden: user is deactivated": "tài khoản người nhận đã ngừng sử dụng",
    "Bad Request: chat not found": "không tìm thấy tài khoản người nhận",
    "'x' is no user of the account": "không tìm thấy tài khoản người nhận",
    "Forbidden: bot can't initiate conversation with a user": "người nhận chưa nhắn tin cho tài khoản của Trung tâm",
    "Bad Request: message is too long": "tin nhắn hoặc tệp quá lớn",
    "Too Many Requests: retry after 30": "ứng dụng nhắn tin tạm thời chưa nhận thêm tin",
    "ReadTimeout: timed out": "không kết nối được với ứng dụng nhắn tin",
    "Bad Request: strange new words": "ứng dụng nhắn tin từ chối",
}


@pytest.mark.parametrize(("said", "words"), KNOWN.items())
def test_what_a_platform_says_is_told_in_words(said, words):
    assert reason_words(Language("vi"), said) == words


def test_no_reason_is_none():
    assert reason_words(Language("vi"), "") == ""
    assert error_code("refused") == ""


def test_the_list_of_who_was_not_reached_has_no_english(stage):
    assert stage.learner.person_id
    sends(stage)
    brings(stage, "unreachable", "Forbidden: bot was blocked by the user")
    board(stage).taps("Không liên lạc được").sees("người nhận đã chặn tài khoản").sees_no(
        "Forbidden", "blocked"
    )
