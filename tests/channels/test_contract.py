"""The contract of channels (tests/houses/channels/contract.py), kept by each of them."""

from bot.kinds import KINDS
from tests.houses.channels.contract import ChannelContract
from tests.houses.channels.telegram import TelegramHouse
from tests.houses.channels.web import WebHouse
from tests.houses.channels.zalo_bot import ZaloBotHouse
from tests.houses.channels.zalo_oa import ZaloOaHouse


class TestTelegram(ChannelContract):
    kind, house_class = "telegram", TelegramHouse


class TestWebChat(ChannelContract):
    kind, house_class = "web", WebHouse


class TestZaloBot(ChannelContract):
    kind, house_class = "zalo_bot", ZaloBotHouse


class TestZaloOfficialAccount(ChannelContract):
    kind, house_class = "zalo_oa", ZaloOaHouse


def test_every_kind_of_channel_has_a_house_that_makes_it_keep_the_contract():
    assert sorted(each.kind for each in ChannelContract.__subclasses__()) == sorted(KINDS)
