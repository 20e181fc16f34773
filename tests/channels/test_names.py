"""What is invisible in a name (controls, marks that turn the direction of writing) comes in by no door."""

import asyncio
from datetime import date

import pytest

from bot.channels.held import on_disk
from bot.channels.telegram.updates import file_name as of_telegram
from bot.channels.text import file_name
from bot.channels.zalo_oa.updates import file_name as of_zalo_oa
from bot.web.pageuploads import Upload
from storage.spreadsheets.cells import person_name, text
from tests.houses.channels.zalo_oa import ZaloOaHouse

HOSTILE = "\u202eLê\x00 \u2066An\u200f\u2069\x1b\x7f\u200b\ufeff\u061c"
TODAY = date(2026, 11, 16)


def uploaded(name: str) -> str:
    with on_disk() as file:
        return Upload.of("page-0001", name, file).name


@pytest.mark.parametrize(
    "door",
    [
        file_name,
        lambda name: of_telegram({"file_name": name}),
        lambda name: of_zalo_oa({"name": name}),
        uploaded,
        lambda name: person_name(name, TODAY),
        lambda name: text(name, TODAY),
    ],
)
def test_a_name_keeps_what_is_seen_and_nothing_else(door):
    assert door(HOSTILE) == "Lê An"


def test_a_file_never_hides_its_ending():
    assert file_name("danh sách \u202excod.xlsx") == "danh sách xcod.xlsx"


def test_an_account_is_called_what_is_seen(sqlite_template, tmp_path):
    with ZaloOaHouse.alone(sqlite_template, tmp_path) as house:
        house.fake.name = HOSTILE

        async def greet() -> None:
            async with house.open():
                pass

        asyncio.run(greet())
        assert house.account.username == "Lê An"
