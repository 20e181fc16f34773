"""The board as a picture: what stands in it, that a process of its own draws it, and what happens when it cannot."""

import subprocess
import sys

import pytest

from bot.workers.pictures import NotDrawnError, draw
from handlers.engine.pictures import TONES, Picture, Square
from locales import Language
from tests.casts.boards import many_units

SMALL = Picture(
    "Lớp “$x^2$ & <b>”, đồng chí Nguyễn Thị Ẵ", ["11/2026", "TC-K12\n02–15/11"],
    [("Trường THCS Lê Lợi", [Square("đúng hạn", "good"), Square("CHƯA GỬI", "bad")]), ("Đơn vị " * 20, [Square("–", "none")] * 2)],
    [(Square("đúng hạn", tone), "gửi trong hạn") for tone in TONES], "In lúc 9 giờ.",
)  # fmt: skip


def picture(stage, player, label: str) -> Picture:
    """What is drawn for the newest message's file."""
    player.taps(label)
    document = player.last.document
    assert document["name"].endswith(".png")
    with stage.database.reading() as session:
        return stage.table.papers[document["key"]].run(stage.desk(session), Language(), **document["ids"])


def whole(stage):
    return stage.registrar.says("/baocao").taps("Mục khác").taps("Kỳ, lớp, đơn vị")


def test_a_class_is_units_by_periods_with_a_word_in_every_cell(stage):
    many_units(stage, 4, 3)
    whole(stage).taps("Một lớp").taps("Trung cấp K12")
    found = picture(stage, stage.registrar, "Hình tổng hợp")
    assert found.title == "Theo dõi báo cáo nền nếp, lớp Trung cấp K12"
    assert found.columns == ["01/2026", "02/2026", "03/2026"]
    rows = {name: [square.word for square in squares] for name, squares in found.rows}
    assert rows["Đơn vị 01"] == ["CHƯA GỬI", "đúng hạn", "đúng hạn"]
    assert rows["Đơn vị 02"] == ["muộn 1 ngày", "CHƯA GỬI", "đúng hạn"]
    assert rows["Đơn vị 03"] == ["đúng hạn", "muộn 1 ngày", "CHƯA GỬI"]
    tones = {square.word.split()[0]: square.tone for _name, squares in found.rows for square in squares}
    assert tones == {"CHƯA": "bad", "đúng": "good", "muộn": "late"}
    assert [name for name, _squares in found.rows][-1] == "Đơn vị 04", "who is missing most stands first"
    meanings = {square.word: meaning for square, meaning in found.legend}
    assert meanings["CHƯA GỬI"] == "đã quá hạn, chưa gửi"
    assert "Trung tâm Chính trị phường An Hòa. In lúc 9 giờ" in found.foot


def test_the_centre_by_month_sums_up_and_by_period_names_the_class(stage):
    many_units(stage, 3, 10)
    many = whole(stage).taps("Toàn Trung tâm")
    months = picture(stage, many, "Hình theo tháng")
    assert months.columns[-2:] == ["10/2026", "11/2026"]
    rows = {name: [square.word for square in squares] for name, squares in months.rows}
    assert rows["Trường THCS Lê Lợi"][-2:] == ["–", "đang chờ"]
    periods = picture(stage, many, "Hình theo kỳ")
    assert periods.columns[-2:] == ["TC-K12\n10/2026", "BD-01\n11/2026"]


def test_two_reports_of_one_month_are_told_by_what_weighs_most(stage):
    from tests.casts.reports import another_report

    another_report(stage, name="Sơ cấp", due_at=stage.time)
    stage.passes(minutes=1)
    found = picture(stage, whole(stage).taps("Toàn Trung tâm"), "Hình theo tháng")
    rows = {name: [(square.word, square.tone) for square in squares] for name, squares in found.rows}
    assert rows["Trường THCS Lê Lợi"] == [("1/2 CHƯA GỬI", "bad")]


def test_a_unit_is_its_classes_by_month(stage):
    many_units(stage, 1, 2)
    whole(stage).taps("Một đơn vị").taps("Đơn vị 01")
    found = picture(stage, stage.registrar, "Hình tổng hợp")
    assert found.columns == ["01/2026", "02/2026"]
    assert [(name, [square.word for square in squares]) for name, squares in found.rows] == [
        ("Trung cấp K12", ["CHƯA GỬI", "đúng hạn"])
    ]


# --- drawing ---


@pytest.mark.slow
def test_a_process_of_its_own_draws_it_and_this_one_loads_nothing():
    drawn = draw(SMALL)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(drawn[place : place + 4]) for place in (16, 20))
    assert 1000 < width < 3000
    assert 300 < height < 1500


@pytest.mark.slow
def test_neither_a_start_nor_a_workbook_loads_what_draws():
    code = """
import sys
import bot.app
from storage.spreadsheets.writing import write
write(["x"], ["y"], [[1]], sheet_name="z")
from storage.spreadsheets.reading import read
print(*[name for name in ("matplotlib", "numpy", "PIL") if sys.modules.get(name)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import time; time.sleep(9)", "TimeoutExpired"),
        ("raise MemoryError('no room')", "exit code 1: MemoryError: no room"),
        ("print('no picture')", "what was drawn is no picture"),
    ],
)
def test_a_process_that_fails_or_hangs_is_told_and_ended(code, why):
    with pytest.raises(NotDrawnError) as caught:
        draw(SMALL, command=("-c", code), patience=0.6)
    assert str(caught.value) == why


def test_the_drawing_process_is_given_no_settings_of_ours(monkeypatch):
    monkeypatch.setenv("CAUNOI_SECRET_KEY", "secret")
    code = "import os, sys; sys.exit([name for name in os.environ if name.startswith('CAUNOI_')] and 9 or 0)"
    with pytest.raises(NotDrawnError) as caught:
        draw(SMALL, command=("-c", code))
    assert str(caught.value) == "what was drawn is no picture"
