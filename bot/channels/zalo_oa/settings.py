"""What an installation decides about its Official Account."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.common_settings import Address, CommonSettings, Mend, Word
from locales import later

TEMPLATE_KINDS = frozenset({"notice", "report", "change", "reminder"})


class Template(BaseModel):
    """A template the platform has approved: its id, and which of a message's values stand in which of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    fields: dict[str, str]


def _read_json(value: Any) -> Any:
    return json.loads(value or "{}") if isinstance(value, str) else value


def _of_known_kinds(value: dict[str, Template]) -> dict[str, Template]:
    if not set(value) <= TEMPLATE_KINDS:
        raise ValueError("unknown kind of template")
    return value


class ZaloOaSettings(CommonSettings):
    zalo_oa_app_id: Annotated[
        str,
        Field(pattern=r"^\d*$"),
        Mend(later("copy the application's id from developers.zalo.me: digits only")),
    ] = ""
    zalo_oa_secret_key: Annotated[
        Word, Mend(later("copy the application's secret key from developers.zalo.me"))
    ] = None
    zalo_oa_webhook_key: Annotated[  # what webhooks are signed with, where it is not the secret key
        Word,
        Mend(
            later(
                "copy the OA secret key from the webhook page of developers.zalo.me; leave it out where there is none"
            )
        ),
    ] = None
    zalo_oa_refresh_token: Annotated[  # the first one only; later ones are kept in the database
        Word, Mend(later("copy the refresh token whole, or leave it out and run caunoi zalo-oa authorize"))
    ] = None
    zalo_oa_api_url: Address = "https://openapi.zalo.me"
    zalo_oa_oauth_url: Address = "https://oauth.zaloapp.com"
    zalo_oa_business_url: Address = "https://business.openapi.zalo.me"
    zalo_oa_signature: Annotated[
        Literal["either", "plain", "mac"], Mend(later("write either, plain or mac"))
    ] = "either"
    zalo_oa_templates: Annotated[
        dict[str, Template],
        BeforeValidator(_read_json),
        AfterValidator(_of_known_kinds),
        Mend(
            later(
                'write JSON such as {"notice": {"id": "123456", "fields": {"ten": "name"}}}: kinds are notice, report, '
                "change and reminder"
            )
        ),
    ] = Field(default_factory=dict)
