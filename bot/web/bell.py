"""The web chat on the home screen and its bell: the manifest, the worker that rings, what a browser gives to push to."""

import base64
import binascii
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.web.pages import sent_asset
from bot.web.site import (
    DEVICE,
    LONGEST_BODY,
    NOT_THIS_DEVICE,
    Refused,
    Site,
    body_of,
    device_proof,
    is_device_of,
    json_of,
    language_of,
    letterhead,
    own_chat,
    reader_here,
    refuse_foreign_pages,
    set_cookie,
    site_of,
)
from bot.workers.pushing import check_address
from locales import later
from storage.messaging import page_links, rings
from storage.messaging.rings import Subscription
from storage.people.people import contact_at

HEAD: Final = "#96171c"  # the colours of base.css
GROUND: Final = "#efe9e1"
HOME_LIVES: Final = timedelta(days=7)  # business time
POINT, SECRET = 65, 16  # bytes of a browser's keys

NOT_LINKED = later(
    "This chat is not linked with anybody yet, so it has nothing to ring for. Please enter the code of your slip first."
)
NO_SUBSCRIPTION = later(
    "The browser gave an address that nothing can be sent to. Please try another browser."
)


# -- on the home screen


async def manifest(request: Request) -> Response:
    """What a phone needs to keep this chat on its home screen."""
    chat = own_chat(request)
    reader = await reader_here(request)
    _ = language_of(reader).text
    here = f"/chat/{chat}/"
    told = {
        "id": here,
        "name": letterhead(reader)["centre"],
        "short_name": _("The centre"),
        "lang": language_of(reader).code,
        "start_url": f"{here}?home={_home(site_of(request), chat)}" if _keeps_apart(request) else here,
        "scope": here,
        "display": "standalone",
        "theme_color": HEAD,
        "background_color": GROUND,
        "icons": [*_icons("any"), *_icons("maskable")],
    }
    return JSONResponse(told, media_type="application/manifest+json")


def _icons(purpose: str) -> list[dict[str, str]]:
    return [
        {"src": f"/static/icon-{purpose}-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
    ]  # fmt: skip


def _keeps_apart(request: Request) -> bool:
    """Whether this browser's home screen has cookies of its own (Apple's), so that the chat has to be let in there."""
    browser = request.headers.get("user-agent", "")
    return "AppleWebKit/" in browser and "Chrome/" not in browser


def _home(site: Site, chat: str) -> str:
    """What lets the home screen in, once, within HOME_LIVES."""
    until = str(int((site.clock.now() + HOME_LIVES).timestamp()))
    return f"{until}.{site.keyring.sign('home-screen', f'{chat}/{until}')}"


async def from_home_screen(request: Request) -> Response | None:
    """The way in for a page opened on the home screen for the first time; None for any other."""
    site, chat = site_of(request), request.path_params["chat"]
    told = request.query_params.get("home", "")
    if not told:
        return None
    if not is_device_of(request, chat) and not await site.threads.write(
        lambda session: _lets_in(session, site, chat, told)
    ):
        raise Refused(403, NOT_THIS_DEVICE)
    response = RedirectResponse(f"/chat/{chat}/", 303)
    set_cookie(response, request, DEVICE, device_proof(site, chat), f"/chat/{chat}")
    return response


def _lets_in(session: Session, site: Site, chat: str, told: str) -> bool:
    until, _dot, signature = told.partition(".")
    if not site.keyring.verify("home-screen", f"{chat}/{until}", signature):
        return False
    is_over = datetime.fromtimestamp(int(until), UTC) <= site.clock.now()
    mark = site.keyring.sign("page-link", f"home/{chat}/{told}")
    return not is_over and page_links.take(session, mark, secrets.token_urlsafe(16), site.clock.now())


# -- the bell


async def worker(request: Request) -> Response:
    """The service worker, under the chat's own address, so that it has to do with no other chat."""
    own_chat(request)
    return sent_asset(request, "worker.js")


async def key(request: Request) -> Response:
    """What a browser subscribes with."""
    own_chat(request)
    return JSONResponse({"key": site_of(request).push.public_key()})


async def subscribe(request: Request) -> Response:
    """Keep what a browser gave to push to."""
    site, chat = site_of(request), own_chat(request)
    refuse_foreign_pages(request)
    given = _subscription(json_of(await body_of(request, LONGEST_BODY, NO_SUBSCRIPTION)), site)
    mark = site.keyring.sign("push", given.endpoint)

    def keep(session: Session) -> None:
        if contact_at(session, site.channel.account_id, chat) is None:
            raise Refused(403, NOT_LINKED)
        rings.subscribe(session, site.channel.account_id, chat, mark, given, site.clock.real())

    await site.threads.write(keep)
    return JSONResponse({"stored": True})


def _subscription(told: dict[str, Any], site: Site) -> Subscription:
    """Raises Refused for what no browser gives, and for addresses no push service has."""
    keys = told.get("keys")
    found = keys if isinstance(keys, dict) else {}
    given = Subscription(
        *(str(value) for value in (told.get("endpoint"), found.get("p256dh"), found.get("auth")))
    )
    try:
        check_address(given.endpoint, site.push_service)
    except ValueError as error:
        raise Refused(400, NO_SUBSCRIPTION) from error
    if len(_bytes(given.p256dh)) != POINT or len(_bytes(given.auth)) != SECRET:
        raise Refused(400, NO_SUBSCRIPTION)
    return given


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


async def unsubscribe(request: Request) -> Response:
    """Ring this chat no more."""
    site, chat = site_of(request), own_chat(request)
    refuse_foreign_pages(request)
    await site.threads.write(lambda session: rings.forget(session, site.channel.account_id, chat))
    return JSONResponse({"stored": True})


async def seen(request: Request) -> Response:
    """Somebody has looked at the page: what it has shown does not ring."""
    site, chat = site_of(request), own_chat(request)
    refuse_foreign_pages(request)
    line = json_of(await body_of(request, LONGEST_BODY, NO_SUBSCRIPTION)).get("n")
    if isinstance(line, int) and 0 < line < 2**31:
        await site.threads.write(lambda session: rings.seen(session, site.channel.account_id, chat, line))
    return JSONResponse({"stored": True})


ROUTES = (
    Route("/chat/{chat}/manifest.json", manifest),
    Route("/chat/{chat}/worker.js", worker),
    Route("/chat/{chat}/bell", key),
    Route("/chat/{chat}/bell", subscribe, methods=["PUT"]),
    Route("/chat/{chat}/bell", unsubscribe, methods=["DELETE"]),
    Route("/chat/{chat}/seen", seen, methods=["POST"]),
)
