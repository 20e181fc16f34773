"""Files of the web chat: up as a raw body, down under their Vietnamese names."""

from pathlib import PurePosixPath
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.held import Content, mapped, on_disk
from bot.channels.text import file_name
from bot.quota import keep as store_file
from bot.web.site import (
    NO_SUCH_PAGE,
    Refused,
    Site,
    announced,
    own_chat,
    refuse_file,
    refuse_foreign_pages,
    site_of,
    spooled,
)
from bot.web.webchat import Said, keep, own_id
from locales import later
from storage.base.text import fold
from storage.messaging import transcript

LARGEST = 20 * 1024 * 1024  # bytes
TOO_BIG = later("The file is larger than 20 MB. Please send a smaller one, or split it.")
GONE = later("This file is no longer kept. Please ask for it again in the chat.")
KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}


async def upload(request: Request) -> Response:
    """Keep a file and its update in one transaction; 200 means that both are committed."""
    chat = own_chat(request)
    refuse_foreign_pages(request)
    said_id = own_id(request.query_params.get("id"))
    name = file_name(request.query_params.get("name", ""))
    site = site_of(request)
    account = site.channel.account_id
    await site.threads.read(lambda session: refuse_file(session, site, account, chat, announced(request)))
    with on_disk() as file:
        await spooled(request, file, LARGEST, TOO_BIG)
        content = mapped(file)
    await site.threads.write(lambda session: _keep_file(session, site, chat, said_id, name, content))
    site.channel.ring(chat)
    site.wake()
    return JSONResponse({"stored": True})


def _keep_file(session: Session, site: Site, chat: str, said_id: str, name: str, content: Content) -> None:
    account, size = site.channel.account_id, len(content)
    refuse_file(session, site, account, chat, size)
    stored = store_file(session, account, chat, name, content, site.clock.real())
    said = Said(said_id, {"file": {"name": name, "size": size, "file_id": stored.id}})
    if not keep(session, site, chat, said, message={"size": size}, file_name=name):
        session.delete(stored)


async def download(request: Request) -> Response:
    """A file of this chat, always as a download."""
    site, chat, number = site_of(request), own_chat(request), request.path_params["number"]
    if number >= 2**31:
        raise Refused(404, NO_SUCH_PAGE)
    found = await site.threads.read(
        lambda session: transcript.file_of(session, site.channel.account_id, chat, number)
    )
    if found is None or not found.file_name:
        raise Refused(404, NO_SUCH_PAGE)
    if found.file is None:
        raise Refused(410, GONE)
    return attached(found.file_name, bytes(found.file))


def attached(name: str, content: bytes) -> Response:
    """A file that a browser saves, never shows."""
    headers = {"Content-Disposition": disposition(name), "Content-Type": media_type(name)}
    return Response(content, headers=headers)


def media_type(name: str) -> str:
    return KINDS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def disposition(name: str) -> str:
    """RFC 6266 with a plain name for old browsers and the real one, percent-encoded, for all others."""
    path = PurePosixPath(name)
    plain = "_".join(fold(path.stem).split()).encode("ascii", "ignore").decode()
    ending = path.suffix if path.suffix[1:].isascii() and path.suffix[1:].isalnum() else ""
    return f"attachment; filename=\"{plain or 'file'}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"


ROUTES = (
    Route("/chat/{chat}/file", upload, methods=["PUT"]),
    Route("/chat/{chat}/file/{number:int}", download),
)
