"""Files for chats that carry none: the page of a signed link, the file for the device that keeps it.

The file is made when it is fetched. A picture can also be fetched by the platform itself, for a quarter of an
hour after its link was made, so that a message can show it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.base import RenderedFile
from bot.logs import logger
from bot.web.pagelinks import Link, kept_by, link_of, remember, take
from bot.web.pages import page
from bot.web.site import Refused, Site, language_of, letterhead, refuse_foreign_pages, site_of
from bot.web.webfiles import attached, media_type
from bot.workers.papers import PICTURES, ending_of, render
from handlers.engine.desk import FILE, FILE_LINK_LIVES
from locales import later
from storage.messaging import outbox
from storage.messaging.transcript import Reader, reader_of_chat, reader_of_code
from storage.people.people import Person, contact_at, grants_of

PLATFORM_FETCHES = timedelta(minutes=15)
EXPIRED = later(
    "This link was good for three days and has expired. Please ask for the file again in the chat: a fresh link "
    "comes at once."
)
NOT_YOURS = later(
    "This file was opened first on another phone or computer, or in another browser, and opens only there. "
    "Please open it there, or ask for the file again in the chat: a fresh link comes at once."
)
NO_LONGER = later("This file is not open any more. Please ask for it again in the chat, or call the centre.")
NOT_MADE = later(
    "The file could not be made just now. Please try again in a few minutes, or ask for it again in the chat."
)
KINDS = {
    ".xlsx": later("an Excel workbook"),
    ".docx": later("a Word document"),
    ".pdf": later("a PDF document"),
    ".ics": later("a calendar file"),
    ".json": later("a data file (JSON)"),
    ".png": later("a picture"),
    ".jpg": later("a picture"),
}
SOME_KIND = later("a file")
log = logger("caunoi.pages")


@dataclass(frozen=True)
class Found:
    """What a link leads to, for whom it is worded, and whether the asking device keeps it (None: nobody yet)."""

    row: Row[Any] | None
    reader: Reader
    mine: bool | None

    @property
    def ending(self) -> str:
        return ending_of(self.row) if self.row is not None else ""


async def _found(request: Request, link: Link) -> Found:
    """What the link leads to. Raises Refused when that is over, or never was."""
    site = site_of(request)
    found = await site.threads.read(lambda session: _look(session, site, link))
    request.state.reader = found.reader
    if link.is_over(site):
        raise Refused(410, EXPIRED)
    if found.row is None:
        raise Refused(410, NO_LONGER)
    return found


def _look(session: Session, site: Site, link: Link) -> Found:
    row = outbox.get(session, link.said.number)
    reader = reader_of_chat(session, row.account_id, row.chat) if row is not None else None
    reader = reader or reader_of_code(session, "")
    if row is not None and not (row.message["document"] and _is_still_theirs(session, site, row, reader)):
        row = None
    return Found(row, reader, kept_by(session, site, link))


def _is_still_theirs(session: Session, site: Site, row: Row[Any], reader: Reader) -> bool:
    """The chat is still the person's, and no role has ended since: what is made now shows what is known now."""
    if row.person_id is None:
        return True
    contact = contact_at(session, row.account_id, row.chat)
    if contact is None or contact.person_id != row.person_id or session.get(Person, row.person_id) is None:
        return False
    days = [moment.astimezone(ZoneInfo(reader.zone)).date() for moment in (row.made_at, site.clock.now())]
    then, today = ({grant.id for grant in grants_of(session, row.person_id, day)} for day in days)
    return then <= today


async def file_page(request: Request) -> Response:
    """The page that names the file's kind and has the button. It changes nothing: previews are fetched too."""
    link = link_of(request, FILE)
    found = await _found(request, link)
    if found.mine is False:
        raise Refused(403, NOT_YOURS)
    language = language_of(found.reader)
    _ = language.text
    until = language.moment(link.said.expires_at)
    shown = page(
        "button",  # without the start's script: the page stays where it is, and the file may be fetched again
        headers={"Referrer-Policy": "same-origin"},  # older browsers: see bot/web/webchat.py
        greeting=_("The centre has made a file for you: {kind}.", kind=_(KINDS.get(found.ending, SOME_KIND))),
        advice=_(
            "It opens only on the first phone or computer that downloads it, until {until}.", until=until
        ),
        button=_("Download"),
        **letterhead(found.reader),
    )
    return remember(shown, request, link)


async def keep(request: Request) -> Response:
    """The button: the link is this device's from here on, and the file follows."""
    link = link_of(request, FILE)
    refuse_foreign_pages(request)
    await _found(request, link)
    site = site_of(request)
    if not await site.threads.write(lambda session: take(session, site, link)):
        raise Refused(403, NOT_YOURS)
    return remember(RedirectResponse(f"{request.url.path}/file", 303), request, link)


async def download(request: Request) -> Response:
    """The file itself, for the device that keeps its link; an address of its own, for in-app browsers hand a
    download to their system, which can only ask for it once more.
    """
    link = link_of(request, FILE)
    found = await _found(request, link)
    if found.mine is None:
        return RedirectResponse(request.url.path.removesuffix("/file"), 303)
    if not found.mine:
        raise Refused(403, NOT_YOURS)
    file = await _made(site_of(request), found)
    return attached(file.name, file.content)


async def picture(request: Request) -> Response:
    """A picture, for the platform that is to show it."""
    site, link = site_of(request), link_of(request, FILE)
    found = await _found(request, link)
    if found.ending not in PICTURES:
        raise Refused(404, NO_LONGER)
    if link.said.expires_at - FILE_LINK_LIVES + PLATFORM_FETCHES <= site.clock.now():
        raise Refused(410, NO_LONGER)
    file = await _made(site, found)
    return Response(file.content, media_type=media_type(file.name))


async def _made(site: Site, found: Found) -> RenderedFile:
    assert found.row is not None, "looked at before"
    try:
        return await render(site.threads, found.row, site.table.papers, site.links, site.clock.now())
    except Exception as error:
        log.error("file not made", row=found.row.id, kind=type(error).__name__)
        raise Refused(500, NOT_MADE) from error


ROUTES = (
    Route("/f/{token}.png", picture),
    Route("/f/{token}.jpg", picture),
    Route("/f/{token}", file_page),
    Route("/f/{token}", keep, methods=["POST"]),
    Route("/f/{token}/file", download),
)
