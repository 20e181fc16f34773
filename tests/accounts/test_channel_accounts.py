"""Channel accounts beside the first of each kind: added by command, sealed, served, looked at by doctor."""
# ruff: noqa: F811  fixtures borrowed from another file are named as arguments

import json

import pytest
from sqlalchemy import select, text
from sqlmodel import select as choose

from bot.accounts import accounts
from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.settings import load
from storage.messaging.accounts import ChannelAccount
from storage.messaging.inbox import inbox
from tests.cli.test_command_line import caunoi, centre, nowhere, office  # noqa: F401  the command line's own fixtures
from tests.conftest import SECRET
from tests.houses.running import running

FIRST, SECOND = ("1459232241454765289:the-first-token", "2459232241454765289:the-second-token")


@pytest.fixture
def bots():
    with FakeZaloBot(FIRST) as first, FakeZaloBot(SECOND) as second:
        yield first, second
        assert first.violations + second.violations == []


def written(folder, **settings: str) -> str:
    path = folder / "account.env"
    path.write_text("".join(f"CAUNOI_{name.upper()}={value}\n" for name, value in settings.items()))
    return str(path)


def test_an_account_is_added_from_a_file_and_its_token_is_sealed(centre, tmp_path, bots):
    file = written(tmp_path, zalo_bot_token=SECOND, zalo_bot_api_url=bots[1].url, zalo_bot_user_limit="20")
    told = caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", file).stdout
    assert "Đã lưu tài khoản zalo_bot an-hoa" in told
    assert SECOND not in told

    with centre.reading() as session:
        row = session.exec(choose(ChannelAccount).where(ChannelAccount.name == "an-hoa")).one()
        assert json.loads(row.config)["zalo_bot_token"] == SECOND
        assert (row.can.buttons, row.can.users, row.can.monthly) == (0, 20, 3000)
        stored = session.execute(text("SELECT config FROM channel_account WHERE name = 'an-hoa'")).scalar()
        assert SECOND.encode() not in bytes(stored)
    assert "zalo_bot an-hoa: 0 người dùng" in caunoi("channel", "list").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("zalo", "an-hoa"), "KIND: "),
        (("web", "an-hoa"), "KIND: "),
        (("zalo_bot", "main"), "NAME: "),
        (("zalo_bot", "An Hòa"), "NAME: "),
        (("zalo_bot", "an-hoa", "--env", "missing.env"), "missing.env: "),
    ],
)
def test_what_is_wrong_with_the_words_is_said(centre, words, told):
    assert caunoi("channel", "add", *words, code=1).stderr.startswith(told)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"zalo_bot_user_limit": "20"}, "CAUNOI_ZALO_BOT_TOKEN: "),
        ({"zalo_bot_token": "two words"}, "CAUNOI_ZALO_BOT_TOKEN: "),
        ({"zalo_bot_token": SECOND, "zalo_bot_user_limit": "many"}, "CAUNOI_ZALO_BOT_USER_LIMIT: "),
    ],
)
def test_a_wrong_or_missing_setting_is_named_and_nothing_is_kept(centre, tmp_path, settings, told):
    file = written(tmp_path, **settings)
    assert caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", file, code=1).stderr.startswith(told)
    with centre.reading() as session:
        assert session.exec(choose(ChannelAccount).where(ChannelAccount.name == "an-hoa")).first() is None


def test_a_file_of_something_else_is_refused(centre, tmp_path):
    path = tmp_path / "other.env"
    path.write_text("PASSWORD=secret\n")
    told = caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", str(path), code=1).stderr
    assert "PASSWORD" in told
    assert "secret" not in told


def test_two_accounts_never_share_a_token(centre, tmp_path, monkeypatch):
    """They would take each other's messages away."""
    monkeypatch.setenv("CAUNOI_ZALO_BOT_TOKEN", FIRST)
    file = written(tmp_path, zalo_bot_token=FIRST)
    told = caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", file, code=1).stderr
    assert told.startswith("CAUNOI_ZALO_BOT_TOKEN: tài khoản main")


def test_an_account_added_again_gets_its_new_settings(centre, tmp_path):
    caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", written(tmp_path, zalo_bot_token=FIRST))
    caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", written(tmp_path, zalo_bot_token=SECOND))
    with centre.reading() as session:
        rows = session.exec(choose(ChannelAccount).where(ChannelAccount.name == "an-hoa")).all()
        assert [json.loads(row.config)["zalo_bot_token"] for row in rows] == [SECOND]


def test_doctor_looks_at_each_and_tells_no_token(centre, tmp_path, monkeypatch, bots):
    monkeypatch.setenv("CAUNOI_ZALO_BOT_TOKEN", FIRST)
    monkeypatch.setenv("CAUNOI_ZALO_BOT_API_URL", bots[0].url)
    monkeypatch.setenv("CAUNOI_HTTP_HOST", "0.0.0.0")
    monkeypatch.setenv("CAUNOI_PUBLIC_URL", "http://192.168.1.10:8080")
    file = written(tmp_path, zalo_bot_token="9:a-token-zalo-does-not-know", zalo_bot_api_url=bots[1].url)
    caunoi("channel", "add", "zalo_bot", "an-hoa", "--env", file)

    told = caunoi("doctor", code=1).stdout

    assert "Zalo Bot: bot là bot." in told
    assert "đường dẫn tệp dẫn tới http://192.168.1.10:8080" in told
    assert "an-hoa: Zalo Bot: Zalo không chấp nhận mã truy cập" in told
    assert FIRST not in told
    assert "a-token-zalo-does-not-know" not in told


def test_doctor_says_what_polling_on_this_computer_only_costs(centre, monkeypatch, bots):
    monkeypatch.setenv("CAUNOI_ZALO_BOT_TOKEN", FIRST)
    monkeypatch.setenv("CAUNOI_ZALO_BOT_API_URL", bots[0].url)
    told = caunoi("doctor", code=1).stdout
    assert "có thể bị mất" in told
    assert "CAUNOI_HTTP_HOST=0.0.0.0" in told


def test_two_bots_are_served_side_by_side(database, database_url, bots):
    """Each with its own chats: what is written to one is answered by that one."""
    given = {"zalo_bot_token": FIRST, "zalo_bot_api_url": bots[0].url}
    settings = load(database_url=database_url, secret_key=SECRET, http_port=0, **given)
    config = json.dumps({"zalo_bot_token": SECOND, "zalo_bot_api_url": bots[1].url})
    with database.transaction() as session:
        session.add(ChannelAccount(kind="zalo_bot", name="an-hoa", config=config))
    users = [bot.user("Nguyễn Văn An") for bot in bots]
    with running(settings):
        for user in users:
            user.says("xin chào")
            user.wait_for("chưa được liên kết")
    with database.reading() as session:
        assert len({row.account_id for row in session.execute(select(inbox.c.account_id))}) == 2
        names = [(one.kind, one.name) for one in accounts(session, settings)]
    assert names == [("web", "main"), ("zalo_bot", "main"), ("zalo_bot", "an-hoa")]
