"""Settings from the environment, a .env file and secret files; a wrong one is named with its mend."""

import pytest

from bot.settings import Settings, SettingsError, load

TOKEN = "123456:" + "x" * 35
KEY = "k" * 40


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """An empty folder and an environment without our settings."""
    import os

    for name in [name for name in os.environ if name.startswith("CAUNOI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_anything_there_are_the_defaults():
    settings = load()
    assert settings.database_url == "sqlite:///caunoi.db"
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert (settings.http_host, settings.http_port, settings.log) == ("127.0.0.1", 8080, "text")
    assert settings.telegram_token is None
    assert settings.keep_days == 90
    assert settings.web_base == "http://127.0.0.1:8080"


def test_the_environment_is_stronger_than_the_file(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("CAUNOI_HTTP_PORT=8081\nCAUNOI_LOG=json\nOTHER=1\n")
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "8082")
    settings = load()
    assert (settings.http_port, settings.log) == (8082, "json")


def test_a_secret_comes_from_the_file_named(tmp_path, monkeypatch):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / ".env").write_text("CAUNOI_TELEGRAM_TOKEN_FILE=token\n")
    settings = load()
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)
    assert TOKEN in settings.secrets()


def test_an_empty_token_is_none(monkeypatch):
    monkeypatch.setenv("CAUNOI_TELEGRAM_TOKEN", " ")
    assert load().telegram_token is None


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("DATABASE_URL", "caunoi.db", "sqlite:///caunoi.db"),
        ("DATABASE_URL", "mysql://a:secretword@b/c", "postgresql://"),
        ("DATABASE_URL", "postgresql://a:secretword@b:port/c", "postgresql://"),
        ("TELEGRAM_TOKEN", "secretword", "BotFather"),
        ("TELEGRAM_API_URL", "api.telegram.org", "https://"),
        ("HTTP_PORT", "70000", "65535"),
        ("HTTP_PORT", "http", "65535"),
        ("PUBLIC_URL", "lop.example", "https://"),
        ("SECRET_KEY", "secretword", "32"),
        ("LOG", "xml", "json"),
        ("KEEP_DAYS", "29", "30"),
        ("KEEP_DAYS", "-1", "30"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend_and_never_quoted(monkeypatch, name, value, mend):
    monkeypatch.setenv(f"CAUNOI_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load()
    told = str(caught.value)
    assert told.startswith(f"CAUNOI_{name}: ")
    assert mend in told
    assert "secretword" not in told


def test_several_wrong_ones_are_all_named(monkeypatch):
    monkeypatch.setenv("CAUNOI_LOG", "xml")
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "0x")
    with pytest.raises(SettingsError) as caught:
        load()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "CAUNOI_HTTP_PORT",
        "CAUNOI_LOG",
    ]


def test_a_secret_file_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("CAUNOI_SECRET_KEY_FILE", "R&D's key")
    with pytest.raises(SettingsError, match=r"CAUNOI_SECRET_KEY_FILE: .*R&D's key"):
        load()


def test_the_key_is_made_once_beside_the_database(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/data/centre.db")
    first = settings.keyring().hash_code("ABCD-2345")
    assert settings.keyring().hash_code("abcd 2345") == first
    assert (tmp_path / "data" / "centre.key").stat().st_mode & 0o777 == 0o600


def test_a_given_key_makes_no_file(tmp_path):
    Settings(secret_key=KEY).keyring()
    assert not list(tmp_path.glob("*.key"))


def test_a_password_counts_as_a_secret():
    assert "pa55word" in Settings(database_url="postgresql://u:pa55word@h/d").secrets()
