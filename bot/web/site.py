"""What every page of the web chat stands on: the site's parts, who may come in, how a refusal is worded."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.web import WebChannel
from bot.limits import Limit, Limits
from bot.quota import refusal
from bot.threads import Threads
from bot.web.pages import page
from bot.workers.proof import Proof
from bot.workers.pushing import Push, about
from handlers.engine.desk import Links
from handlers.engine.router import Table
from locales import Language, later
from storage.base.clock import Clock
from storage.base.keyring import Keyring
from storage.messaging.transcript import Reader, reader_of_chat, reader_of_code

DEVICE = "caunoi_device"  # the cookie that proves a device, one a chat
A_YEAR = 365 * 24 * 3600  # seconds a cookie is kept
LONGEST_BODY = 64 * 1024  # bytes of what is said

NOT_THIS_DEVICE = later(
    "This chat opens only on the phone or computer where it was started. Please open the link of your own "
    "slip, or call the centre for a new one."
)
BROKEN_LINK = later(
    "This link is incomplete. Please open it again from your slip or from the message it came with, or call "
    "the centre for a new one."
)
NOT_KEPT = later(
    "The file could not be kept just now. Please try again in a few minutes, or call the centre."
)
STRANGER = later(
    "This chat is not linked with anybody yet, so it takes no files. Please enter the code of your slip first, or "
    "call the centre."
)
QUOTA = later(
    "This chat has left as many files as are kept of it. They go within a day: please try again tomorrow, or call "
    "the centre."
)
NO_SUCH_PAGE = later("There is no page here. Please open the link of your own slip.")
FOREIGN_PAGE = later("This was asked by another page. Please write in the chat itself.")


@dataclass(frozen=True)
class Site:
    """What the pages need. `wake` tells the intake of this process that an update was stored, `works` whether all
    that runs beside the pages still does; `accounts` are those this process serves; `push_service` is one of one's own.
    """

    threads: Threads
    clock: Clock
    keyring: Keyring
    channel: WebChannel
    wake: Callable[[], None]
    table: Table
    links: Links
    limits: Limits = field(default_factory=Limits)
    accounts: Collection[int] = ()
    works: Callable[[], bool] = lambda: True
    push_service: str = ""

    @cached_property
    def proof(self) -> Proof:
        return Proof(self.threads)

    @cached_property
    def push(self) -> Push:
        return Push(self.keyring, about(self.links.base), self.push_service)


class Refused(Exception):  # noqa: N818  it is an answer, worded for a person, not a fault
    """A request that is answered with a sentence (a marked msgid) and an HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


# -- who may come in


def device_proof(site: Site, chat: str) -> str:
    """The value of the cookie that opens this chat."""
    return site.keyring.sign("device", chat)


def is_device_of(request: Request, chat: str) -> bool:
    cookie = request.cookies.get(DEVICE, "")
    return site_of(request).keyring.verify("device", chat, cookie)


def own_chat(request: Request) -> str:
    """The chat of the address. Raises Refused unless this very device started it."""
    chat: str = request.path_params["chat"]
    if not is_device_of(request, chat):
        raise Refused(403, NOT_THIS_DEVICE)
    return chat


def address_of(request: Request) -> str:
    """Where a request comes from, as a proxy on this machine tells it; of IPv6 the network one line is given."""
    host = request.client.host if request.client else ""
    with suppress(ValueError):
        address = ip_address(host.partition("%")[0])
        return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
    return host


def address_mark(request: Request) -> str:
    """A mark of the address somebody comes by; the address itself is kept nowhere."""
    return f"address:{site_of(request).keyring.sign('address', address_of(request))[:12]}"


def refuse_foreign_pages(request: Request) -> None:
    """Raises Refused for what another site made this browser ask (besides the cookies' SameSite)."""
    asked_from = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    ours = asked_from in {"same-origin", "none"}
    if asked_from is None:  # older browsers, and plain HTTP on a local network
        ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise Refused(403, FOREIGN_PAGE)


def set_cookie(response: Response, request: Request, name: str, value: str, path: str) -> None:
    """Keep it out of scripts' reach, and off plain HTTP wherever people come by https, whatever a proxy says of this
    request.
    """
    secure = request.url.scheme == "https" or site_of(request).links.base.startswith("https://")
    response.set_cookie(name, value, max_age=A_YEAR, path=path, secure=secure, httponly=True, samesite="lax")


async def body_of(request: Request, longest: int, too_long: str) -> bytes:
    """The body, of at most `longest` bytes. Raises Refused(413)."""
    return b"".join([piece async for piece in pieces_of(request, longest, too_long)])


def announced(request: Request) -> int:
    """The bytes a body is said to have; 0 where nothing is said."""
    told = request.headers.get("content-length", "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 15 else 0


async def pieces_of(request: Request, longest: int, too_long: str) -> AsyncGenerator[bytes]:
    """The body as it comes, never more than `longest` bytes of it. Raises Refused(413) instead of going on.

    One up to twice as long is read to its end first: whoever is cut off while he sends never sees the answer.
    """
    if announced(request) > 2 * longest:
        raise Refused(413, too_long)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size <= longest:
            yield piece
        elif size > 2 * longest:
            break
    if size > longest:
        raise Refused(413, too_long)


async def spooled(request: Request, file: BinaryIO, longest: int, too_long: str) -> None:
    """Write the body to a file as it comes. Raises Refused(413), and Refused(503) where the disk takes no more."""
    try:
        async for piece in pieces_of(request, longest, too_long):
            file.write(piece)
    except OSError as error:
        raise Refused(503, NOT_KEPT) from error


def refuse_file(session: Session, site: Site, account_id: int, chat: str, size: int) -> None:
    """Raises Refused, and counts it, where this chat may not leave a file of so many bytes."""
    limit = refusal(session, site.limits, account_id, chat, size)
    if limit is not None:
        site.limits.meet(limit)
        raise Refused(403, STRANGER if limit == Limit.STRANGER_FILE else QUOTA)


def number_of(text: str) -> int:
    """A number of an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def json_of(body: bytes) -> dict[str, Any]:
    """A JSON object, {} for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# -- how it is worded


def language_of(reader: Reader) -> Language:
    return Language(reader.language, ZoneInfo(reader.zone))


def letterhead(reader: Reader) -> dict[str, Any]:
    """What every page of one card says of the centre, in the reader's language."""
    _ = language_of(reader).text
    return {
        "lang": language_of(reader).code,
        "centre": reader.centre or _("Political training centre"),
        "assistant": _("Automatic assistant of the centre"),
        "phone": _("Phone of the centre: {phone}", phone=_to_call(reader.phone)) if reader.phone else "",
    }


def _to_call(phone: str) -> Markup:
    """A telephone number that a press calls."""
    return Markup('<a href="tel:{}">{}</a>').format(re.sub(r"[^+\d]", "", phone), phone)


async def reader_here(request: Request) -> Reader:
    """For whom to word an answer: whoever a page found out it is for, the chat's own reader, and for anybody
    else the centre alone.
    """
    known: Reader | None = getattr(request.state, "reader", None)
    if known is not None:
        return known
    site, chat = site_of(request), request.path_params.get("chat", "")
    if chat and is_device_of(request, chat):
        found = await site.threads.read(
            lambda session: reader_of_chat(session, site.channel.account_id, chat)
        )
        if found is not None:
            return found
    return await site.threads.read(lambda session: reader_of_code(session, ""))


def notice(reader: Reader, sentence: str, status: int) -> Response:
    """A polite page of one sentence, with the centre's phone."""
    told = language_of(reader).text(sentence)
    return page("notice", status=status, sentence=told, **letterhead(reader))


async def answer_refusal(request: Request, error: Exception) -> Response:
    """A page for people, a JSON sentence for our own script."""
    assert isinstance(error, Refused)
    reader = await reader_here(request)
    if "text/html" in request.headers.get("accept", ""):
        return notice(reader, error.sentence, error.status)
    return JSONResponse({"error": language_of(reader).text(error.sentence)}, error.status)


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """Whoever sent something has gone before its end: nobody reads this, and it is no fault of ours."""
    return Response(status_code=408)


async def answer_missing(request: Request, error: Exception) -> Response:
    """404 and 405 in the centre's words, for people; bare for machines."""
    assert isinstance(error, HTTPException)
    if "text/html" not in request.headers.get("accept", ""):
        return Response(status_code=error.status_code, headers=error.headers)
    return notice(await reader_here(request), NO_SUCH_PAGE, error.status_code)
