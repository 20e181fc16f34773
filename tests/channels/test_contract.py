"""The contract of channels (tests/houses/contract.py), kept by each of them."""

from tests.houses.contract import ChannelContract
from tests.houses.telegram import TelegramHouse
from tests.houses.web import WebHouse
from tests.houses.zalo_bot import ZaloBotHouse
from tests.houses.zalo_oa import ZaloOaHouse


class TestTelegram(ChannelContract):
    house_class = TelegramHouse


class TestWebChat(ChannelContract):
    house_class = WebHouse


class TestZaloBot(ChannelContract):
    house_class = ZaloBotHouse


class TestZaloOfficialAccount(ChannelContract):
    house_class = ZaloOaHouse
