"""`caunoi import` and `caunoi template` as called: what they print, their exit codes, what they leave behind."""

import pytest
from sqlmodel import func, select

from bot.cli.importing import import_command, template_command
from storage.admin import migrate
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.people.people import Person
from tests.casts.workbooks import book, write_over_examples
from tests.conftest import SECRET
from tests.houses.dialogue import Stage
from tests.imports.test_imports import NEW, ROSTER, UNIT, roster


@pytest.fixture
def office(database_url, monkeypatch, tmp_path):
    """The cast's centre as the settings find it, and a folder to stand in."""
    database = Database(database_url, Keyring(SECRET))
    with database.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{migrate.HEAD}')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAUNOI_DATABASE_URL", database_url)
    monkeypatch.setenv("CAUNOI_SECRET_KEY", SECRET)
    yield Stage(database)
    database.close()


def people(stage):
    with stage.database.transaction() as session:
        return session.exec(select(func.count()).select_from(Person)).one()


def written(tmp_path, data, name="lop.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_roster_is_imported_and_again_changes_nothing(office, tmp_path, capsys):
    file = written(tmp_path, roster(*NEW))
    before = people(office)
    assert import_command("roster", file, "bd-03", dry_run=True) == 0
    assert "Chạy thử" in (dry := capsys.readouterr().out)
    assert people(office) == before
    assert import_command("roster", file, "BD-03", dry_run=False) == 0
    assert "Học viên: thêm 2, sửa 0, giữ nguyên 0." in (told := capsys.readouterr().out)
    assert "thêm 2" in dry
    assert "(BD-03)" in told
    assert people(office) == before + 2
    assert import_command("roster", file, "BD-03", dry_run=False) == 0
    assert "thêm 0, sửa 0, giữ nguyên 2" in capsys.readouterr().out


def test_problems_go_to_standard_error_and_nothing_is_written(office, tmp_path, capsys):
    bad = [(i, f"Người Thứ {i}", "31/02/1990", None, UNIT, None, None, None) for i in range(60)]
    before = people(office)
    assert import_command("roster", written(tmp_path, roster(*NEW, *bad)), "BD-03", dry_run=False) == 1
    said = capsys.readouterr()
    assert "lop.xlsx: Có 60 điểm cần xử lý, chưa nhập gì:" in said.err
    assert "Dòng 6, cột C “Ngày sinh”" in said.err
    assert "và 10 lỗi nữa" in said.err
    assert (said.out, people(office)) == ("", before)


def test_the_class_is_named_found_in_the_titles_or_asked_for(office, tmp_path, capsys):
    file = written(tmp_path, roster(*NEW))
    assert import_command("roster", file, "XX", dry_run=False) == 1
    assert "Không có lớp “XX”" in (said := capsys.readouterr().err)
    assert "BD-01" in said
    assert import_command("roster", file, None, dry_run=False) == 1
    assert "chưa ghi rõ của lớp nào" in capsys.readouterr().err
    titled = written(tmp_path, book([("LỚP BD-03",), ROSTER, *NEW]), "co-ten.xlsx")
    assert import_command("roster", titled, None, dry_run=False) == 0


def test_a_changed_unit_waits_for_a_word(office, tmp_path, capsys):
    import_command("roster", written(tmp_path, roster(*NEW)), "BD-03", dry_run=False)
    moved = [(*row[:4], "Công an phường B", *row[5:]) for row in NEW]
    file = written(tmp_path, roster(*moved))
    assert import_command("roster", file, "BD-03", dry_run=False) == 1
    assert "--moves" in capsys.readouterr().err
    assert import_command("roster", file, "BD-03", dry_run=False, moves=True) == 0


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("khong-co.xlsx", None, "Không mở được tệp"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("b.xlsx", b"PK\3\4", "hỏng"),
    ],
)
def test_files_that_are_no_workbook(office, tmp_path, capsys, name, data, words):
    file = tmp_path / name if data is None else written(tmp_path, data, name)
    assert import_command("roster", file, None, dry_run=False) == 1
    assert words in capsys.readouterr().err


def test_wrong_calls_and_settings_exit_with_two(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert import_command("pupils", tmp_path / "x.xlsx", None, dry_run=False) == 2
    assert "roster" in capsys.readouterr().err
    monkeypatch.setenv("CAUNOI_SECRET_KEY", "short")
    assert import_command("units", tmp_path / "x.xlsx", None, dry_run=False) == 2
    assert "CAUNOI_SECRET_KEY" in capsys.readouterr().err


def test_what_a_cell_holds_cannot_steer_the_terminal(office, tmp_path, capsys):
    header = [*ROSTER[:4], "Đơn vị", "Cột \u009b31m lạ"]
    file = written(
        tmp_path, book([header, (1, "Nguyễn Thị Sáu", "12/05/1990", None, "Trường \u009b31m", None)])
    )
    assert import_command("roster", file, "BD-03", dry_run=False) == 1
    assert "\u009b" not in capsys.readouterr().err


def test_a_long_file_is_imported_with_a_progress_bar(office, tmp_path, capsys):
    rows = [(i, f"Học Viên {i}", "12/05/1990", None, UNIT, None, None, None) for i in range(1, 1102)]
    assert import_command("roster", written(tmp_path, roster(*rows)), "BD-03", dry_run=True) == 0
    assert "thêm 1.101" in capsys.readouterr().out


def test_the_examples_once_they_are_no_examples_import(office, tmp_path, capsys):
    """Their columns and values are what an import understands: whoever writes over the names gets no problem."""
    for kind in ("units", "roster", "timetable", "marks"):
        file = tmp_path / f"{kind}.xlsx"
        assert template_command(kind, file) == 0
        write_over_examples(file)
        code = None if kind == "units" else "BD-01"
        assert import_command(kind, file, code, dry_run=False) == 0, capsys.readouterr().err
        assert "thêm 0," not in capsys.readouterr().out
        assert import_command(kind, file, code, dry_run=False) == 0
        assert "thêm 0, sửa 0" in capsys.readouterr().out


def test_an_example_overwrites_nothing(tmp_path, capsys):
    file = written(tmp_path, b"mine", "mau.xlsx")
    assert template_command("units", file) == 1
    assert (file.read_bytes(), "đã có" in capsys.readouterr().err) == (b"mine", True)
    assert template_command("units", tmp_path / "mau.xls") == 2
    assert template_command("pupils", tmp_path / "x.xlsx") == 2
    assert template_command("units", tmp_path / "none" / "x.xlsx") == 1
    assert "kiểm tra thư mục" in capsys.readouterr().err
