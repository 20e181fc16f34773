"""The contract of channels (tests/contract.py), kept by each of them."""

from tests.contract import ChannelContract
from tests.telegram_house import TelegramHouse
from tests.web_house import WebHouse
from tests.zalo_bot_house import ZaloBotHouse
from tests.zalo_oa_house import ZaloOaHouse


class TestTelegram(ChannelContract):
    house_class = TelegramHouse


class TestWebChat(ChannelContract):
    house_class = WebHouse


class TestZaloBot(ChannelContract):
    house_class = ZaloBotHouse


class TestZaloOfficialAccount(ChannelContract):
    house_class = ZaloOaHouse
