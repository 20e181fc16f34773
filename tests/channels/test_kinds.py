"""A messenger is one package and its line: what each brings is found, and one that is made up is served as the others."""
# ruff: noqa: F811  fixtures borrowed from another file are named as arguments

import pytest
import typer
from sqlmodel import select
from typer.testing import CliRunner

from bot.cli.main import add_kinds
from bot.common_settings import CommonSettings
from bot.demo.messengers import Messenger
from bot.kinds import KINDS
from bot.settings import SettingsError, composed, load, secret_names
from storage.messaging.accounts import ChannelAccount
from tests.channels import pigeon
from tests.cli.test_command_line import caunoi, centre, nowhere, office  # noqa: F401  the command line's own fixtures
from tests.conftest import SECRET
from tests.houses.demo import Phone, opened
from tests.houses.running import running
from tests.houses.waiting import until

CORN = "a-handful-of-corn"
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture
def pigeons(monkeypatch):
    monkeypatch.setitem(KINDS, pigeon.KIND.name, pigeon.KIND)
    made = composed()  # as it is where a messenger has its line
    for user in ("bot.settings", "bot.demo.running"):
        monkeypatch.setattr(f"{user}.Settings", made)
    pigeon.sent.clear()


@pytest.fixture
def loft(pigeons, centre, tmp_path):
    """An account of the made-up messenger, added by command."""
    file = tmp_path / "loft.env"
    file.write_text(f"CAUNOI_PIGEON_CORN={CORN}\n")
    told = caunoi("channel", "add", "pigeon", "loft", "--env", str(file)).stdout
    assert "Feed loft twice a day." in told
    return centre


# -- what each brings


def own_settings(kind) -> list[str]:
    brought = kind.its_settings().model_fields if kind.settings else {}
    return [name for name in brought if name not in CommonSettings.model_fields]


@ALL
def test_the_settings_of_a_kind_begin_with_its_name(kind):
    """So none takes another's, and whoever reads an .env file sees whose each is."""
    assert [name for name in own_settings(kind) if not name.startswith(f"{kind.name}_")] == []


@ALL
def test_what_a_kind_names_is_there(kind):
    assert kind.load().kind == kind.name
    assert set(kind.needs) <= set(own_settings(kind))
    assert list(kind.checks(load(), ChannelAccount(id=0, kind=kind.name), None)) is not None
    app = typer.Typer()
    kind.add_commands(app)
    assert bool(app.registered_commands or app.registered_groups) is bool(kind.commands)
    made = kind.messenger()
    assert made is None or (issubclass(made, Messenger) and made.kind == kind.name)


@ALL
def test_what_an_account_can_do_is_told_by_the_kind(kind):
    settings = load(zalo_bot_monthly_quota=5, zalo_bot_user_limit=4)
    assert kind.abilities(settings).monthly == (5 if kind.name == "zalo_bot" else 0)


# -- a fifth one


@pytest.mark.usefixtures("pigeons", "nowhere")
def test_its_settings_are_read_as_all_others(monkeypatch, tmp_path):
    (tmp_path / "corn").write_text(CORN)
    monkeypatch.setenv("CAUNOI_PIGEON_CORN_FILE", str(tmp_path / "corn"))
    settings = load()
    assert settings.pigeon_corn.get_secret_value() == CORN
    assert CORN in settings.secrets()
    assert CORN not in repr(settings)
    assert "pigeon_corn" in secret_names()


@pytest.mark.usefixtures("pigeons", "nowhere")
def test_a_wrong_one_of_its_settings_is_named_with_its_mend(monkeypatch):
    monkeypatch.setenv("CAUNOI_PIGEON_CORN", "two words")
    with pytest.raises(SettingsError, match="CAUNOI_PIGEON_CORN: give a handful, in one piece"):
        load()


@pytest.mark.usefixtures("pigeons")
def test_a_made_up_messenger_can_be_added_and_is_offered_where_another_word_was_typed(centre):
    assert "pigeon" in caunoi("channel", "add", "owl", "loft", code=1).stderr
    assert "pigeon" in caunoi("channel", "add", "web", "loft", code=1).stderr


def test_its_account_is_listed_with_what_it_can_do(loft):
    with loft.reading() as session:
        row = session.exec(select(ChannelAccount).where(ChannelAccount.name == "loft")).one()
        assert (row.kind, row.abroad, row.can.monthly, row.can.buttons) == ("pigeon", True, 7, 0)
    told = caunoi("channel", "list").stdout
    assert "pigeon loft: 0 người dùng" in told
    assert "7" in told


def test_doctor_asks_the_messenger_itself(loft):
    """Whatever was not known by name was examined as a Telegram bot."""
    told = caunoi("doctor", code=1).stdout
    assert "Pigeons: none are kept" in told  # of the account the settings would name
    assert "loft: Pigeons: they are hungry" in told
    assert "loft: Telegram" not in told
    assert CORN not in told


@pytest.mark.usefixtures("pigeons")
def test_the_program_serves_its_account(database, database_url):
    settings = load(database_url=database_url, secret_key=SECRET, http_port=0, pigeon_corn=CORN)
    with running(settings) as program:
        assert [channel.kind for channel in program.app.channels.values()] == ["web", "pigeon"]
        [sender] = [each for each in program.app.senders.values() if each.channel.kind == "pigeon"]
        assert sender.pace.per_second == 2.0
        pigeon.arriving.put("xin chào")
        [answer] = until(lambda: list(pigeon.sent))
    assert "chưa được liên kết" in answer


@pytest.mark.usefixtures("pigeons")
def test_its_commands_stand_on_the_command_line():
    app = typer.Typer()
    add_kinds(app)
    assert CliRunner().invoke(app, ["pigeons"]).output == "coo\n"


@pytest.mark.usefixtures("pigeons")
def test_a_phone_of_the_demonstration_is_switched_to_it():
    with opened() as house:
        phone = Phone(house, 0, "pigeon")
        assert phone.state["messenger"] == "pigeon"
        assert "Pigeon Post" in house.http.get("/").text
        assert "<b>Pigeon Post</b>" in house.http.get(phone.link).text
