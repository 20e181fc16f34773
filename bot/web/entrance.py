"""The site's own page: whoever has a slip but no camera types its code here, and comes where its link leads."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.limits import Limit
from bot.web.pages import page
from bot.web.site import (
    Site,
    address_mark,
    body_of,
    language_of,
    letterhead,
    reader_here,
    refuse_foreign_pages,
    site_of,
)
from handlers.engine.desk import Desk
from handlers.menu.tries import tell_of_guessing
from locales import Language, later
from storage.base.keyring import looks_like_code, printed_code
from storage.joining import invites
from storage.messaging.transcript import Reader
from storage.people.people import Centre

LONGEST = 1000  # bytes
TOO_LONG = later("This is too long for a code. Please type the 8 letters and digits on your slip.")
NO_CODE = later("A code is 8 letters and digits, such as ABCD-2345. Please type the one on your slip.")
UNKNOWN = later("The centre does not know this code. Please compare it with your slip, letter by letter.")


@dataclass(frozen=True)
class Found:
    """What a code is good for: known, or not, or not looked at until the address may try again."""

    known: bool = False
    locked_until: datetime | None = None


async def entrance(request: Request) -> Response:
    return _page(await reader_here(request))


async def enter(request: Request) -> Response:
    """On to the link of the slip this code is on; what is wrong with it is said on the page itself."""
    refuse_foreign_pages(request)
    typed = _typed(await body_of(request, LONGEST, TOO_LONG))
    site, reader = site_of(request), await reader_here(request)
    if not looks_like_code(typed):
        return _page(reader, typed, language_of(reader).text(NO_CODE), 400)
    code, mark = printed_code(typed), address_mark(request)
    found = await site.threads.write(lambda session: _look(session, site, code, mark))
    if found.known:
        return RedirectResponse(f"/b/{code}.{site.keyring.sign('link', code)}", 303)
    if found.locked_until is not None:
        site.limits.meet(Limit.CODES)
        return _page(reader, typed, _locked(language_of(reader), found.locked_until), 429)
    return _page(reader, typed, language_of(reader).text(UNKNOWN), 404)


def _typed(body: bytes) -> str:
    return " ".join(parse_qs(body.decode(errors="replace")).get("code", [""])[0].split())


def _look(session: Session, site: Site, code: str, mark: str) -> Found:
    """Tries of an address that is locked are not looked at; a wrong one counts as those in its chats do."""
    account, now = site.channel.account_id, site.clock.now()
    until = invites.locked_until(session, account, mark, now)
    if until is not None:
        return Found(locked_until=until)
    if invites.invite_with(session, site.keyring.hash_code(code)) is not None:
        return Found(known=True)
    if invites.note_wrong_try(session, account, mark, now) == 0:
        until = now + invites.LOCK_LASTS
        centre = session.exec(select(Centre).order_by(col(Centre.id))).first()
        if centre is not None:
            tell_of_guessing(Desk(session, now, site.links), centre, account, mark, until)
    return Found(locked_until=until)


def _locked(language: Language, until: datetime) -> str:
    _ = language.text
    return _(
        "There were too many wrong tries. Codes are looked at again from {time}.", time=language.moment(until)
    )


def _page(reader: Reader, typed: str = "", problem: str = "", status: int = 200) -> Response:
    _ = language_of(reader).text
    return page(
        "entrance",
        status=status,
        # with no-referrer, older browsers send our own form's Origin as "null"
        headers={"Referrer-Policy": "same-origin"},
        welcome=_("The automatic assistant of the centre answers learners, units and staff here."),
        label=_("The code on your slip"),
        example=_("8 letters and digits, such as ABCD-2345"),
        button=_("Open the chat"),
        none=_("Whoever has no slip may call the centre."),
        typed=typed,
        problem=problem,
        **letterhead(reader),
    )


ROUTES = (Route("/", entrance), Route("/", enter, methods=["POST"]))
