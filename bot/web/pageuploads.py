"""The page that takes a file for a chat which takes none: sent here, answered here and in the chat.

The page belongs to a dialogue; the first device that sends a file keeps it. A file becomes an update of the
dialogue's chat, in one transaction with its content, and goes through the same turn as one sent in the chat.
The page shows what exactly that turn put into the chat. It works without scripts; with them it shows progress.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from python_multipart.multipart import parse_options_header
from sqlalchemy import Row
from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.held import Content, mapped, on_disk
from bot.channels.page_file import PAGE_FILE, PAGE_ID, SAID
from bot.channels.text import file_name
from bot.quota import keep as store_file
from bot.web.pagelinks import Link, kept_by, link_of, remember, take
from bot.web.pages import formatted, page
from bot.web.site import (
    Refused,
    Site,
    announced,
    language_of,
    letterhead,
    pieces_of,
    refuse_file,
    refuse_foreign_pages,
    site_of,
    spooled,
)
from bot.web.webchat import NOT_UNDERSTOOD, own_id
from bot.web.webfiles import LARGEST, TOO_BIG
from handlers.engine.desk import UPLOAD
from locales import Language, later
from storage.messaging import dialogues, inbox, outbox
from storage.messaging.inbox import Arrival
from storage.messaging.transcript import Reader, reader_of_chat, reader_of_code

AROUND = 16 * 1024  # bytes of a form besides its file
MOST_FILES = 20  # one page takes
ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # how browsers write these in a file's name
EXPIRED = later(
    "This page was good for one day and has expired. Please write /nhap in the chat for a new one."
)
NOT_YOURS = later(
    "A file was sent here first from another phone or computer, or from another browser, and the page goes on "
    "only there. Please go on there, or write /nhap in the chat for a new page."
)
NO_CHAT = later("The chat of this page is not open any more. Please call the centre.")
TOO_MANY = later("This page has taken as many files as it may. Please write /nhap in the chat for a new one.")
NOTHING_CHOSEN = later("No file was chosen. Please choose the Excel file first.")
FAILED = later("The assistant could not work on this file. Please try again, or call the centre.")


@dataclass(frozen=True)
class Chat:
    """The chat a page was opened from."""

    account_id: int
    chat: str


@dataclass(frozen=True)
class Upload:
    """A file as it came: `key` is the same when the same file is sent again by the same press."""

    key: str
    name: str
    content: Content

    @classmethod
    def of(cls, page_id: object, name: str, file: BinaryIO) -> "Upload":
        content = mapped(file)
        digest = hashlib.sha256(content).hexdigest()[:16]
        return cls(f"{own_id(page_id)}:{digest}", file_name(name), content)


@dataclass(frozen=True)
class Answer:
    """What the conversation said to the newest file of a page, and how far that is (a key of `_words`, or "")."""

    lines: Sequence[Row[Any]] = ()
    state: str = ""


# -- whose page it is


@dataclass(frozen=True)
class Found:
    link: Link
    chat: Chat
    reader: Reader
    mine: bool | None


async def _found(request: Request) -> Found:
    """The page of the address. Raises Refused when it is over, never was, or is another device's."""
    site, link = site_of(request), link_of(request, UPLOAD)
    chat, reader, mine = await site.threads.read(lambda session: _look(session, site, link))
    request.state.reader = reader
    if link.is_over(site):
        raise Refused(410, EXPIRED)
    if chat is None:
        raise Refused(410, NO_CHAT)
    if mine is False:
        raise Refused(403, NOT_YOURS)
    return Found(link, chat, reader, mine)


def _look(session: Session, site: Site, link: Link) -> tuple[Chat | None, Reader, bool | None]:
    row = dialogues.get(session, link.said.number)
    reader = reader_of_chat(session, row.account_id, row.chat) if row is not None else None
    chat = Chat(row.account_id, row.chat) if row is not None and reader is not None else None
    return chat, reader or reader_of_code(session, ""), kept_by(session, site, link)


# -- the page


async def upload_page(request: Request) -> Response:
    """The form, and below it what the conversation said to the last file. It changes nothing."""
    return await _page(request, await _found(request))


async def _page(request: Request, found: Found, problem: str = "", status: int = 200) -> Response:
    site = site_of(request)
    answer = Answer()
    if found.mine:
        answer = await site.threads.read(lambda session: _answer(session, found))
    language = language_of(found.reader)
    _ = language.text
    until = language.moment(found.link.said.expires_at)
    shown = page(
        "upload",
        status=status,
        headers={"Referrer-Policy": "same-origin"},  # older browsers: see bot/web/webchat.py
        title=_("Send an Excel file"),
        advice=_(
            "What the file holds, or what is wrong in it, is said here and in the chat. Nothing is written before "
            "you confirm it in the chat."
        ),
        until=_("This page is for you alone, until {until}.", until=until),
        choose=_("Excel file (.xlsx), at most 20 MB"),
        send=_("Send the file"),
        progress=_("How much has been sent"),
        id=secrets.token_urlsafe(12).replace("_", "-"),
        problem=_(problem) if problem else "",
        answer=_("Answer"),
        words=json.dumps(_words(language), ensure_ascii=False),
        **letterhead(found.reader),
        **_answer_fields(language, answer),
    )
    return remember(shown, request, found.link)


def _answer_fields(language: Language, answer: Answer) -> dict[str, object]:
    """How the page shows an answer without a script: it loads itself again as long as none is there."""
    return {
        "state": _words(language)[answer.state] if answer.state else "",
        "waits": answer.state == "kept",
        "lines": [formatted(row.message["html"]) for row in answer.lines],
        "after": max((row.id for row in answer.lines), default=0),
    }


def _words(language: Language) -> dict[str, str]:
    """What the page's script says while a file is on its way."""
    _ = language.text
    return {
        "sending": _("Sending {name}…", name="{name}"),
        "kept": _("The file has arrived. The assistant is reading it."),
        "slow": _(
            "This takes longer than usual. The answer comes here and in the chat; you may close this page."
        ),
        "answered": _("The assistant has answered, here and in the chat."),
        "asked": _(
            "The assistant has answered. Choices are made in the chat; another file, or this one corrected, can be "
            "sent here."
        ),
        "failed": _(FAILED),
        "lost": _(
            "The connection is lost. The file is sent by itself when it is back: please leave this page open."
        ),
        "stopped": _("The file could not be sent. Please choose it again and send it once more."),
        "nothing": _(NOTHING_CHOSEN),
        "too_big": _(TOO_BIG),
    }


# -- a file comes


async def put(request: Request) -> Response:
    """A file as a raw body, from the page's script; 200 means that file and update are committed."""
    refuse_foreign_pages(request)
    found = await _welcome(request)
    asked = request.query_params
    with on_disk() as file:
        await spooled(request, file, LARGEST, TOO_BIG)
        upload = Upload.of(asked.get("id"), asked.get("name", ""), file)
    return await _keep(request, found, upload, JSONResponse({"stored": True}))


async def post(request: Request) -> Response:
    """A file in a form, from a browser without scripts; problems are told on the page itself."""
    refuse_foreign_pages(request)
    found = await _welcome(request)
    try:
        upload = await form_of(request)
        return await _keep(request, found, upload, RedirectResponse(request.url.path, 303))
    except Refused as refusal:
        if refusal.status in {403, 410}:
            raise
        return await _page(request, found, refusal.sentence, refusal.status)


async def _welcome(request: Request) -> Found:
    """The page of the address, where its chat may leave a file of what is announced. Raises Refused."""
    site, found = site_of(request), await _found(request)
    chat = found.chat
    await site.threads.read(
        lambda session: refuse_file(session, site, chat.account_id, chat.chat, announced(request))
    )
    return found


async def form_of(request: Request) -> Upload:
    """The file of our form. Raises Refused for what no browser sends."""
    body = _whole(request)
    try:
        form = await MultiPartParser(
            request.headers, body, max_files=1, max_fields=1, max_part_size=AROUND
        ).parse()
    except (MultiPartException, KeyError) as error:
        raise Refused(400, NOT_UNDERSTOOD) from error
    try:
        return await _chosen(form.get("id"), form.get("file"))
    finally:
        await form.close()


async def _whole(request: Request) -> AsyncGenerator[bytes]:
    """The body to its last boundary. Raises MultiPartException where that is missing: the parser would not notice."""
    _kind, told = parse_options_header(request.headers.get("content-type", ""))
    last, end = b"--" + told.get(b"boundary", b"") + b"--", b""
    async for piece in pieces_of(request, LARGEST + AROUND, TOO_BIG):
        end = (end + piece)[-len(last) - 2 :]
        yield piece
    if not end.removesuffix(b"\r\n").endswith(last):
        raise MultiPartException("the form has no end")


async def _chosen(page_id: object, file: object) -> Upload:
    if not isinstance(file, UploadFile):
        raise Refused(400, NOT_UNDERSTOOD)
    if not file.filename:
        raise Refused(400, NOTHING_CHOSEN)
    if (file.size or 0) > LARGEST:
        raise Refused(413, TOO_BIG)
    name = file.filename
    for escaped, letter in ESCAPED.items():
        name = name.replace(escaped, letter)
    return Upload.of(page_id, name, file.file)


async def _keep(request: Request, found: Found, upload: Upload, response: Response) -> Response:
    site = site_of(request)
    await site.threads.write(lambda session: _store(session, site, found, upload))
    site.wake()
    return remember(response, request, found.link)


def _store(session: Session, site: Site, found: Found, upload: Upload) -> None:
    """The device, the file and its update, together. Raises Refused, and nothing is kept."""
    if not take(session, site, found.link):
        raise Refused(403, NOT_YOURS)
    before = _updates(session, found)  # nobody adds one meanwhile: `take` holds the link
    if any(row.payload[PAGE_ID] == upload.key for row in before):
        return
    if len(before) == MOST_FILES:
        raise Refused(403, TOO_MANY)
    real, account = site.clock.real(), found.chat.account_id
    refuse_file(session, site, account, found.chat.chat, len(upload.content))
    file = store_file(session, account, found.chat.chat, upload.name, upload.content, real)
    told = {"name": upload.name, "size": len(upload.content), "file_id": file.id}
    payload = {PAGE_FILE: told, PAGE_ID: upload.key}
    arrival = Arrival(_id(found.link, len(before)), found.chat.chat, payload, needs_file=True)
    assert inbox.store(session, account, [arrival], real), "its number was free"


def _id(link: Link, number: int) -> str:
    return f"page:{link.mark}:{number}"


def _updates(session: Session, found: Found) -> Sequence[Row[Any]]:
    """The updates this page has brought, oldest first."""
    ids = [_id(found.link, number) for number in range(MOST_FILES)]
    return inbox.named(session, found.chat.account_id, ids)


# -- what is answered


async def answers(request: Request) -> Response:
    """What the conversation said to the newest file, after the message numbered `after`; `state` says how far it is."""
    site, found = site_of(request), await _found(request)
    after = request.query_params.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    answer = Answer()
    if found.mine:
        answer = await site.threads.read(lambda session: _answer(session, found))
    lines = [{"n": row.id, "html": row.message["html"]} for row in answer.lines if row.id > number]
    return JSONResponse({"lines": lines, "state": answer.state})


def _answer(session: Session, found: Found) -> Answer:
    updates = _updates(session, found)
    if not updates:
        return Answer()
    if updates[-1].state == "set_aside":
        return Answer(state="failed")
    if updates[-1].state in inbox.OPEN:
        return Answer(state="kept")
    lines = outbox.these(session, updates[-1].payload.get(SAID, ()))
    asks = bool(lines) and any(lines[-1].message["buttons"])
    return Answer(lines, "asked" if asks else "answered")


ROUTES = (
    Route("/u/{token}", upload_page),
    Route("/u/{token}", put, methods=["PUT"]),
    Route("/u/{token}", post, methods=["POST"]),
    Route("/u/{token}/answer", answers),
)
