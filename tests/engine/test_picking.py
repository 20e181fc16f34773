"""Lists to pick from: three pages at most however long they are, and no message with more than it carries."""

from types import SimpleNamespace

import pytest

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button
from handlers.engine.picking import SHORT, listing
from locales import Language

conversation = Conversation("picking")
LANGUAGE = Language("en")


@conversation.button("px")
def turn_to(turn, page): ...


def page_of(total: int, page: int, *, size: int = 20, buttons: int | None = None) -> list[list[Button]]:
    turn = SimpleNamespace(language=LANGUAGE, can=SimpleNamespace(buttons=buttons))
    return listing(turn, [Button(str(n), turn_to, page=n) for n in range(total)], page, turn_to, size=size)


def labels(rows: list[list[Button]]) -> list[str]:
    return [str(button.label) for row in rows for button in row]


@pytest.mark.parametrize(("total", "size", "pages"), [
    (0, 20, []), (20, 20, [20]), (21, 20, [20, 1]), (61, 20, [21, 21, 19]), (10, SHORT, [10]), (12, SHORT, [10, 2]),
    (31, SHORT, [11, 11, 9]), (270, SHORT, [90, 90, 90]), (271, SHORT, [90, 90, 90, 1]),
])  # fmt: skip
def test_pages_grow_where_three_would_not_do_and_a_message_carries_them(total, size, pages):
    shown = [labels(page_of(total, page, size=size)) for page in range(len(pages))]
    assert [sum(label.isdigit() for label in one) for one in shown] == pages
    assert [label for one in shown for label in one if label.isdigit()] == [str(n) for n in range(total)]
    assert all(len(one) <= 100 for one in shown)
    assert ["Next page" in one for one in shown] == [page + 1 < len(pages) for page in range(len(pages))]


def test_a_typed_list_is_whole():
    assert labels(page_of(43, 0, size=SHORT, buttons=3)) == [str(n) for n in range(43)]


@pytest.mark.parametrize("page", [-1, 3, 99])
def test_a_page_that_is_not_there_is_the_first(page):
    assert labels(page_of(43, page)) == labels(page_of(43, 0))
