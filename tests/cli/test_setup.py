"""The first day: questions on the terminal, and what they set up."""

import stat
from pathlib import Path

from typer.testing import CliRunner

from bot.cli.main import main
from bot.settings import load
from storage.people.people import Centre, Grant
from tests.cli import test_command_line
from tests.cli.test_command_line import TOKEN
from tests.cli.test_first_centre import NAME, all_of

nowhere, office = test_command_line.nowhere, test_command_line.office  # fixtures
OFFICE = (NAME, "Bình Minh", "0203.3123.456", "Phan Thị Thu", "0951 234 567")
NO_MESSENGERS = ("",) * 3


def answers(*typed: str, code: int = 0) -> str:
    """The command with these lines typed; it never shows a traceback."""
    done = CliRunner().invoke(main, ["setup"], input="".join(f"{line}\n" for line in typed))
    assert "Traceback" not in done.output
    assert done.exit_code == code, done.output
    return done.output


def test_questions_make_a_centre_with_its_registrar_and_director(office):
    told = answers(*OFFICE, "Trịnh Quốc Việt", "0951234568", "1", *NO_MESSENGERS, "y")
    [centre] = all_of(office, Centre)
    assert (centre.name, centre.place, centre.phone) == (NAME, "Bình Minh", "02033123456")
    assert [grant.role for grant in all_of(office, Grant)] == ["registrar", "director"]
    assert "Phan Thị Thu, mã " in told
    assert not Path(".env").exists()


def test_what_does_not_fit_is_asked_again_with_the_mend(office):
    told = answers(
        "", *OFFICE[:2], "12", *OFFICE[2:], "", "4", "3", "http://a.vn", "https://ttct.example.vn",
        "wrong token", TOKEN, "", "", "y",
    )  # fmt: skip
    for mend in ("đề nghị nhập đủ mười chữ số", "nhập 1, 2 hoặc 3", "bắt đầu bằng https://", "BotFather"):
        assert mend in told
    assert load().public_url == "https://ttct.example.vn"
    assert load().telegram_token.get_secret_value() == TOKEN
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600


def test_the_office_s_network_is_served_at_this_computer_s_address(office):
    answers(*OFFICE, "", "2", "http://192.168.1.7:8080", *NO_MESSENGERS, "y")
    assert (load().http_host, load().public_url) == ("0.0.0.0", "http://192.168.1.7:8080")


def test_other_lines_of_the_settings_stay_and_what_is_given_again_takes_their_place(office):
    Path(".env").write_text("# của cơ quan\nCAUNOI_KEEP_DAYS=60\nCAUNOI_PUBLIC_URL=https://cu.example.vn\n")
    answers(*OFFICE, "", "3", "https://moi.example.vn", *NO_MESSENGERS, "y")
    told = Path(".env").read_text()
    assert told.startswith("# của cơ quan\nCAUNOI_KEEP_DAYS=60\n")
    assert load().public_url == "https://moi.example.vn"
    assert "cu.example.vn" not in told


def test_an_address_that_was_given_is_taken_back_with_what_was_served_for_it(office):
    answers(*OFFICE, "", "2", "http://192.168.1.7:8080", *NO_MESSENGERS, "y")
    answers(*OFFICE, "", "3", "https://ttct.example.vn", *NO_MESSENGERS, "y")
    assert (load().http_host, load().public_url) == ("127.0.0.1", "https://ttct.example.vn")
    answers(*OFFICE, "", "1", *NO_MESSENGERS, "y")
    assert (load().http_host, load().public_url) == ("127.0.0.1", "")


def test_said_again_it_changes_what_differs(office):
    answers(*OFFICE, "", "1", *NO_MESSENGERS, "y")
    told = answers(OFFICE[0], "Bình Minh 2", *OFFICE[2:], "", "1", *NO_MESSENGERS, "y")
    assert [row.place for row in all_of(office, Centre)] == ["Bình Minh 2"]
    assert len(all_of(office, Grant)) == 1
    assert f"{NAME} đã có từ trước; đã sửa: địa điểm." in told


def test_whoever_stops_or_says_no_has_written_nothing(office):
    answers(*OFFICE, "", "3", "https://ttct.example.vn", *NO_MESSENGERS, "n", code=1)
    answers(*OFFICE[:3], code=1)
    assert all_of(office, Centre) == []
    assert not Path(".env").exists()


def test_where_the_centre_cannot_be_made_the_settings_are_as_they_were(office):
    answers(*OFFICE, "", "1", *NO_MESSENGERS, "y")
    Path(".env").write_text("CAUNOI_KEEP_DAYS=60\n")
    told = answers(
        "Trung tâm Chính trị khác",
        *OFFICE[1:],
        "",
        "3",
        "https://ttct.example.vn",
        *NO_MESSENGERS,
        "y",
        code=1,
    )
    assert NAME in told
    assert Path(".env").read_text() == "CAUNOI_KEEP_DAYS=60\n"
