"""`caunoi zalo-oa authorize` and `refresh`, and what `caunoi doctor` asks of an Official Account."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.channels.zalo_oa.check import check
from bot.cli import doctor
from bot.cli.main import main
from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA
from bot.settings import load
from storage.admin import migrate
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import tokens
from storage.messaging.accounts import ChannelAccount, account_named
from tests.conftest import SECRET
from tests.houses.channels.zalo_oa import APP, KEY, authorised, given

PUBLIC = "https://caunoi.example.vn"


@pytest.fixture
def fake():
    with FakeZaloOA(APP, secret_key=KEY) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def office(tmp_path, monkeypatch, fake):
    """An office with an Official Account in its settings and nobody's permission yet."""
    for name in [name for name in os.environ if name.startswith("CAUNOI_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings = given(fake, database_url=f"sqlite:///{tmp_path / 'caunoi.db'}", public_url=PUBLIC)
    for name, value in settings.items():
        monkeypatch.setenv(f"CAUNOI_{name.upper()}", value)
    database = Database(settings["database_url"], Keyring(SECRET))
    migrate.upgrade(database)
    yield database
    database.close()


def caunoi(*words: str, code: int = 0, **more) -> str:
    done = CliRunner().invoke(main, list(words), **more)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def pair(office, name: str = "main") -> tokens.Pair | None:
    with office.reading() as session:
        row = session.execute(
            select(ChannelAccount.id).where(ChannelAccount.kind == "zalo_oa", ChannelAccount.name == name)
        ).scalar()
        return tokens.pair_of(session, row) if row is not None else None


def is_good(office, fake) -> bool:
    found = pair(office)
    return found is not None and (found.access, found.refresh) == (fake.access_token, fake.refresh_token)


# -- authorize


class Authorising:
    """The command in a process of its own, which waits for the code of the address it has printed."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "zalo-oa", "authorize", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        )  # fmt: skip
        self.said = ""
        while "/v4/oa/permission" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    @property
    def address(self) -> str:
        return re.search(r"http://\S+/v4/oa/permission\S+", self.said)[0]

    def lands(self) -> str:
        """Where the administrator's browser comes to once he has allowed it."""
        return httpx.get(self.address, trust_env=False).headers["location"]

    def types(self, text: str) -> str:
        out, _nothing = self.process.communicate(text + "\n", timeout=60)
        return self.said + out


@pytest.mark.slow
@pytest.mark.parametrize("whole_address", [True, False])
def test_authorize_prints_the_address_takes_the_code_and_keeps_the_pair(office, fake, whole_address):
    command = Authorising()
    landed = command.lands()
    assert landed.startswith(f"{PUBLIC}/zalo-oa/")
    assert landed.partition("?")[0] in command.said
    code = httpx.URL(landed).params["code"]
    said = command.types(landed if whole_address else code)

    assert command.process.returncode == 0, said
    assert f"Đã lưu quyền cho Official Account {fake.name}." in said
    assert is_good(office, fake)
    assert fake.access_token not in said
    assert fake.refresh_token not in said


@pytest.mark.slow
def test_a_code_of_another_permission_is_none(office, fake):
    """The code is bound to the command that asked for it: one caught on its way is of no use."""
    first, second = Authorising(), Authorising()
    said = second.types(first.lands())
    first.types("x")

    assert second.process.returncode == 1
    assert "Mã: Zalo không chấp nhận (-14010 Invalid code verifier.)" in said
    assert pair(office) is None


def test_a_code_that_is_none_is_told(office):
    assert "nội dung này không phải là mã" in caunoi("zalo-oa", "authorize", code=1, input="mã của tôi\n")
    assert "Mã: Zalo không chấp nhận" in caunoi("zalo-oa", "authorize", code=1, input="abc\n")
    assert pair(office) is None


def test_a_refresh_token_is_taken_from_a_file_or_unseen(office, fake, tmp_path):
    file = tmp_path / "token"
    file.write_text(fake.refresh_token + "\n")
    said = caunoi("zalo-oa", "authorize", "--refresh-token-file", str(file))
    assert is_good(office, fake)
    first = fake.refresh_token
    said += caunoi("zalo-oa", "authorize", "--refresh-token-file", "-", input=f"{first}\n")
    assert is_good(office, fake)

    assert first not in said
    assert "Đã lưu quyền" in said


def test_a_refresh_token_that_was_used_is_told_with_its_mend(office, fake, tmp_path):
    file = tmp_path / "token"
    file.write_text(fake.refresh_token)
    caunoi("zalo-oa", "authorize", "--refresh-token-file", str(file))

    said = caunoi("zalo-oa", "authorize", "--refresh-token-file", str(file), code=1)
    assert "Refresh token: Zalo không chấp nhận (-14014 Invalid refresh token.)" in said
    assert is_good(office, fake)


def test_authorize_names_the_setting_that_is_wrong(office, fake, tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text(fake.refresh_token)
    words = ("zalo-oa", "authorize", "--refresh-token-file", str(file))
    monkeypatch.setenv("CAUNOI_ZALO_OA_SECRET_KEY", "wrong")
    assert "CAUNOI_ZALO_OA_SECRET_KEY: Zalo không chấp nhận ứng dụng" in caunoi(*words, code=1)
    monkeypatch.setenv("CAUNOI_ZALO_OA_OAUTH_URL", "http://127.0.0.1:1")
    assert "CAUNOI_ZALO_OA_OAUTH_URL: Zalo không trả lời (ConnectError)" in caunoi(*words, code=1)
    monkeypatch.delenv("CAUNOI_ZALO_OA_SECRET_KEY")
    assert "CAUNOI_ZALO_OA_SECRET_KEY: đề nghị đặt cả hai" in caunoi(*words, code=1)
    monkeypatch.setenv("CAUNOI_ZALO_OA_SECRET_KEY", KEY)
    monkeypatch.delenv("CAUNOI_PUBLIC_URL")
    assert "CAUNOI_PUBLIC_URL: Zalo cần dẫn trình duyệt trở lại" in caunoi("zalo-oa", "authorize", code=1)
    assert "--account: không có" in caunoi("zalo-oa", "authorize", "--account", "an-hoa", code=1)
    assert "không đọc" in caunoi("zalo-oa", "authorize", "--refresh-token-file", "none", code=1)


def test_a_callback_of_ones_own_is_led_back_to(office):
    said = caunoi("zalo-oa", "authorize", "--callback", "https://elsewhere.vn/back", code=1, input="a b\n")

    assert "redirect_uri=https%3A%2F%2Felsewhere.vn%2Fback" in said


def test_authorize_says_so_where_the_name_is_not_told(office, fake, tmp_path):
    file = tmp_path / "token"
    file.write_text(fake.refresh_token)
    fake.bad_gateway("getoa")

    assert "Zalo chưa cho biết tên" in caunoi("zalo-oa", "authorize", "--refresh-token-file", str(file))
    assert is_good(office, fake)


def test_a_further_account_has_tokens_of_its_own_from_its_own_settings(office, tmp_path):
    with FakeZaloOA("2000000002", secret_key="another-secret-key") as other:
        config = given(other, zalo_oa_app_id="2000000002", zalo_oa_secret_key="another-secret-key")
        del config["secret_key"]
        with office.transaction() as session:
            account_named(session, "zalo_oa", "an-hoa").config = json.dumps(config)
        file = tmp_path / "token"
        file.write_text(other.refresh_token)
        caunoi("zalo-oa", "authorize", "--account", "an-hoa", "--refresh-token-file", str(file))

        assert pair(office, "an-hoa").access == other.access_token
        assert pair(office) is None


# -- refresh


def test_refresh_renews_what_is_due_and_only_that(office, fake):
    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)

    assert "Token chưa đến hạn đổi." in caunoi("zalo-oa", "refresh")
    assert fake.called("access_token") == []
    assert "Đã đổi token." in caunoi("zalo-oa", "refresh", "--now")
    assert is_good(office, fake)


def test_refresh_says_what_is_wrong(office, fake):
    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)
    fake.bad_gateway("access_token")
    assert "CAUNOI_ZALO_OA_OAUTH_URL: Zalo không trả lời" in caunoi("zalo-oa", "refresh", "--now", code=1)
    fake.revoke()
    assert "đề nghị chạy caunoi zalo-oa authorize" in caunoi("zalo-oa", "refresh", "--now", code=1)
    assert "--account: không có" in caunoi("zalo-oa", "refresh", "--account", "x", code=1)


# -- doctor


def looks(office, **more) -> tuple[bool, str, str]:
    with office.transaction() as session:
        account = account_named(session, "zalo_oa")
    settings = load(**more)
    [found] = check(settings, account, office)
    return found.fine, str(found.told), str(found.mend)


def test_doctor_says_that_all_is_well_and_uses_no_token_up(office, fake):
    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)
    for more in ({}, {"zalo_oa_templates": TEMPLATES}):
        fine, told, mend = looks(office, **more)

        assert (fine, mend) == (True, "")
        assert fake.name in told
    assert is_good(office, fake)
    assert any(fake.name in each.told and each.fine for each in doctor.examine())


TEMPLATES = {"notice": {"id": "302259", "fields": {"name": "ten"}}}


@pytest.mark.parametrize(
    ("more", "told", "mend"),
    [
        ({"zalo_oa_oauth_url": "http://127.0.0.1:1"}, "(ConnectError)", "CAUNOI_ZALO_OA_OAUTH_URL"),
        ({"zalo_oa_secret_key": "wrong"}, "(-14004 Invalid secret key.)", "CAUNOI_ZALO_OA_SECRET_KEY"),
        ({"zalo_oa_app_id": "7"}, "(-14002 Invalid app id.)", "CAUNOI_ZALO_OA_APP_ID"),
        ({"zalo_oa_api_url": "http://127.0.0.1:1"}, "(ConnectError)", "CAUNOI_ZALO_OA_API_URL"),
        ({"public_url": ""}, "không đến được máy này", "CAUNOI_PUBLIC_URL"),
        (
            {"zalo_oa_templates": TEMPLATES, "zalo_oa_business_url": "http://127.0.0.1:1"},
            "không gửi được tin theo mẫu (ConnectError)",
            "CAUNOI_ZALO_OA_BUSINESS_URL",
        ),
    ],
)
def test_doctor_names_each_wrong_setting(office, fake, more, told, mend):
    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)
    fine, said, to_do = looks(office, **more)

    assert not fine
    assert told in said
    assert mend in to_do


def test_doctor_says_what_is_wrong_with_the_permission(office, fake):
    fine, told, mend = looks(office)
    assert (fine, told) == (False, "Official Account: chưa được cấp quyền")
    assert mend == "chạy caunoi zalo-oa authorize"
    fine, told, mend = looks(office, zalo_oa_refresh_token=fake.refresh_token)
    assert (fine, told) == (True, "Official Account: caunoi run sẽ lấy token đầu tiên")

    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)
    fake.revoke()
    assert looks(office)[:2] == (False, "Official Account: Zalo không chấp nhận access token")
    with office.transaction() as session:
        tokens.give_up(session, account_id, fake.refresh_token, "-14014 Invalid refresh token.")
    assert "đã mất quyền (-14014 Invalid refresh token.)" in looks(office)[1]
    with office.transaction() as session:
        tokens.replace(
            session, account_id, "a", "r", timedelta(hours=1), datetime.now(UTC) - timedelta(hours=2)
        )
    fine, told, mend = looks(office)
    assert (fine, mend) == (False, "khởi động caunoi run, hoặc chạy caunoi zalo-oa refresh")


def test_doctor_tells_what_the_platform_says_of_the_account(office, fake):
    with office.transaction() as session:
        account_id = account_named(session, "zalo_oa").id
    authorised(office, account_id, fake)
    fake.fail_next("getoa", -221, "Official Account is not verified")
    assert "(-221 Official Account is not verified)" in looks(office)[1]
    fake.answer_next("getoa", "<html>")
    assert "không kết nối được (JSONDecodeError)" in looks(office)[1]
    fake.answer_next("getoa", "[]", status=502)
    assert "không kết nối được (HTTP 502)" in looks(office)[1]
