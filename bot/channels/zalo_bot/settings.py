"""What an installation decides about its Zalo bot."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot.common_settings import Address, CommonSettings, Mend, Word
from locales import later


def _fit_for_a_header(value: SecretStr | None) -> SecretStr | None:
    text = value.get_secret_value().strip() if value is not None else ""
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", text):
        raise ValueError("not fit for a header")
    return SecretStr(text) if text else None


class ZaloBotSettings(CommonSettings):
    zalo_bot_token: Annotated[
        Word, Mend(later("copy the token that Zalo Bot Manager sent you, whole and without spaces"))
    ] = None
    zalo_bot_api_url: Address = "https://bot-api.zaloplatforms.com"
    zalo_bot_secret: Annotated[
        SecretStr | None,
        AfterValidator(_fit_for_a_header),
        Mend(later("give 8 to 256 letters and digits, or leave it out: one is made")),
    ] = None
    zalo_bot_monthly_quota: Annotated[  # messages a calendar month; 0: no limit
        int,
        Field(ge=0),
        Mend(later("give the messages a month of your plan, such as 3000; 0 for no limit")),
    ] = 3000
    zalo_bot_user_limit: Annotated[  # people a bot; 0: no limit
        int,
        Field(ge=0),
        Mend(later("give the users a bot of your plan, such as 50; 0 for no limit")),
    ] = 50
