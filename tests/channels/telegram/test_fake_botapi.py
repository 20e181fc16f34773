"""The check of calls against the Bot API, and how Telegram reads HTML."""

from typing import Any

import pytest

from bot.demo.fakes.telegram.botapi import SPECIFICATION_FILE, Specification
from bot.demo.fakes.telegram.text import EntityError, parse_html, trimmed, utf16

needs_file = pytest.mark.skipif(
    not SPECIFICATION_FILE.exists(), reason="telegram-bot-api.json is not beside the project"
)


@pytest.fixture(
    scope="module",
    params=[pytest.param(SPECIFICATION_FILE, marks=needs_file, id="file"), pytest.param(None, id="library")],
)
def specification(request: pytest.FixtureRequest) -> Specification:
    return Specification(request.param)


@needs_file
def test_the_specification_is_read_from_beside_the_project() -> None:
    specification = Specification()
    assert specification.source == "telegram-bot-api.json"
    assert len(specification.document["methods"]) >= 180


def test_without_the_file_the_library_is_asked() -> None:
    specification = Specification(SPECIFICATION_FILE.with_name("absent.json"))
    assert specification.source == "python-telegram-bot"
    assert specification.knows("sendMessage")


BUTTON = {"text": "Xem", "callback_data": "x"}
GOOD: list[tuple[str, dict[str, Any], set[str]]] = [
    ("getMe", {}, set()),
    ("sendMessage", {"chat_id": 2**52, "text": "a", "reply_markup": {"inline_keyboard": [[BUTTON]]}}, set()),
    ("sendMessage", {"chat_id": "5", "text": "a", "reply_markup": '{"inline_keyboard": []}'}, set()),
    ("sendMessage", {"chat_id": 5, "text": "a", "reply_markup": {"remove_keyboard": True}}, set()),
    ("sendMessage", {"chat_id": 5, "text": "a", "link_preview_options": {"is_disabled": True}}, set()),
    (
        "sendMessage",
        {
            "chat_id": 5,
            "text": "a",
            "reply_markup": {"keyboard": [["a", {"text": "b", "request_contact": True}]]},
        },
        set(),
    ),
    ("sendDocument", {"chat_id": 5}, {"document"}),
    ("sendDocument", {"chat_id": 5, "document": "attach://a"}, {"a"}),
    ("sendDocument", {"chat_id": 5, "document": "BQAC"}, set()),
    ("getUpdates", {"offset": "-1", "timeout": "30", "allowed_updates": '["message"]'}, set()),
    (
        "setMyCommands",
        {"commands": [{"command": "lich", "description": "Xem lịch"}], "language_code": "vi"},
        set(),
    ),
    ("setMyCommands", {"commands": [], "scope": '{"type": "chat", "chat_id": 5}'}, set()),
    ("setChatMenuButton", {"menu_button": {"type": "commands"}}, set()),
]


@pytest.mark.parametrize(("method", "params", "files"), GOOD)
def test_a_good_call_has_no_problem(
    specification: Specification, method: str, params: dict[str, Any], files: set[str]
) -> None:
    assert specification.check_call(method, params, files) == []


BAD: list[tuple[str, dict[str, Any], set[str], list[str]]] = [
    ("sendNothing", {}, set(), ["sendNothing: no such method"]),
    ("sendMessage", {"text": "a"}, set(), ["sendMessage.chat_id: missing"]),
    ("sendMessage", {"chat_id": 5, "text": "a", "loud": 1}, set(), ["sendMessage.loud: unknown parameter"]),
    ("sendMessage", {"chat_id": [], "text": "a"}, set(), ["sendMessage.chat_id: [] is no Integer"]),
    ("sendMessage", {"chat_id": True, "text": "a"}, set(), ["sendMessage.chat_id: True is no Integer"]),
    ("sendMessage", {"chat_id": 5, "text": " "}, set(), ["sendMessage.text: 0 characters, 1-4096 accepted"]),
    (
        "sendMessage",
        {"chat_id": 5, "text": "ư" * 4097},
        set(),
        ["sendMessage.text: 4097 characters, 1-4096 accepted"],
    ),
    (
        "sendMessage",
        {
            "chat_id": 5,
            "text": "a",
            "reply_markup": {"inline_keyboard": [[BUTTON | {"callback_data": "ư" * 33}]]},
        },
        set(),
        ["sendMessage.reply_markup.inline_keyboard[0][0].callback_data: 66 bytes, 1-64 accepted"],
    ),
    (
        "sendMessage",
        {"chat_id": 5, "text": "a", "reply_markup": {"inline_keyboard": [[BUTTON | {"colour": "red"}]]}},
        set(),
        [
            "sendMessage.reply_markup.inline_keyboard[0][0].colour: unknown parameter",
            "sendMessage.reply_markup.inline_keyboard[0][0]: a button does exactly one thing",
        ],
    ),
    (
        "editMessageText",
        {"chat_id": 5, "message_id": 1, "text": "<b>a", "parse_mode": "HTML"},
        set(),
        ["editMessageText.text: can't parse entities: Can't find end tag corresponding to start tag \"b\""],
    ),
    ("sendDocument", {"chat_id": 5}, set(), ["sendDocument.document: missing"]),
    (
        "sendDocument",
        {"chat_id": 5, "document": "attach://a"},
        set(),
        ["sendDocument.a: attached file was not sent"],
    ),
    (
        "sendDocument",
        {"chat_id": 5, "document": "BQAC"},
        {"stray"},
        ["sendDocument.stray: file belongs to no parameter"],
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "Lịch", "description": "a"}]},
        set(),
        ["setMyCommands.commands[0].command: 'Lịch' has letters that are not accepted"],
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "lich", "description": "a"}] * 101},
        set(),
        ["setMyCommands.commands: 101 items, at most 100 accepted"],
    ),
    ("getUpdates", {"limit": 0}, set(), ["getUpdates.limit: 0, 1-100 accepted"]),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1", "text": "ư" * 201},
        set(),
        ["answerCallbackQuery.text: 201 characters, 0-200 accepted"],
    ),
]


@pytest.mark.parametrize(("method", "params", "files", "problems"), BAD)
def test_every_problem_of_a_call_is_told(
    specification: Specification, method: str, params: dict[str, Any], files: set[str], problems: list[str]
) -> None:
    assert specification.check_call(method, params, files) == problems


@needs_file
def test_the_file_knows_constants_and_choices() -> None:
    scope = {"commands": [], "scope": {"type": "everyone"}}
    assert "is none of" in Specification().check_call("setMyCommands", scope, set())[0]
    action = {"chat_id": 5, "action": "dance"}
    assert "'dance' is none of" in Specification().check_call("sendChatAction", action, set())[0]


# HTML


def test_tags_become_entities_counted_in_utf16_units() -> None:
    text, entities = parse_html(
        "😀 <b>Điểm <i>cao</i></b> &lt;8 &amp; &quot;A&quot; &#10003; <a href='https://a.vn'>xem</a>"
    )
    assert text == '😀 Điểm cao <8 & "A" ✓ xem'
    assert entities == [
        {"type": "bold", "offset": 3, "length": 8},
        {"type": "italic", "offset": 8, "length": 3},
        {"type": "text_link", "offset": 23, "length": 3, "url": "https://a.vn"},
    ]


def test_outer_white_space_goes_and_entities_move_with_it() -> None:
    assert parse_html("\n <b> Lịch </b> \n") == ("Lịch", [{"type": "bold", "offset": 0, "length": 4}])
    assert trimmed("  ", []) == ("", [])
    assert utf16("đồng chí 😀") == 11


def test_names_telegram_does_not_know_stay_as_they_are() -> None:
    assert parse_html("Hạn &ge; 3 &nbsp; R&D &#xFFFFFFFF;")[0] == "Hạn &ge; 3 &nbsp; R&D &#xFFFFFFFF;"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("ư<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_markup_telegram_cannot_read_is_told_in_its_words(source: str, words: str) -> None:
    with pytest.raises(EntityError) as error:
        parse_html(source)
    assert str(error.value) == words
