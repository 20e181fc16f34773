"""The web chat over HTTP: a signed link starts a chat, its page reads a stream of lines and sends what is said.

The link's signature already stops guessing, so starting needs no limit of its own; codes have one (enrolment).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.text import tidy
from bot.channels.web import SOURCES, link_mark_of, new_chat
from bot.web.bell import from_home_screen
from bot.web.pages import page
from bot.web.site import (
    BROKEN_LINK,
    DEVICE,
    LONGEST_BODY,
    NOT_THIS_DEVICE,
    Refused,
    Site,
    address_mark,
    body_of,
    device_proof,
    json_of,
    language_of,
    letterhead,
    number_of,
    own_chat,
    refuse_foreign_pages,
    set_cookie,
    site_of,
)
from bot.web.streams import let_share
from bot.web.weblines import line_of, sentences
from locales import later
from storage.messaging import inbox, transcript
from storage.messaging.inbox import Arrival
from storage.messaging.transcript import Reader

CHAT = "caunoi_chat"  # the cookie of a link: which chat this browser started from it
LONGEST_TEXT = 8000
AT_FIRST = 80  # lines a page opens with; older ones on request

TOO_LONG = later("This message is longer than 8,000 characters. Please send it in parts, or as a file.")
NOT_UNDERSTOOD = later("The page sent something the chat cannot read. Please reload the page.")


# -- a signed link starts a chat


async def link(request: Request) -> Response:
    """The page with the Start button. It changes nothing, so that a preview uses up no code."""
    code = _code_of(request)
    chat = _started_here(request)
    if chat:
        return _to_chat(request, chat)
    site = site_of(request)
    reader = await site.threads.read(
        lambda session: transcript.reader_of_code(session, site.keyring.hash_code(code))
    )
    return _start_page(reader)


def _start_page(reader: Reader) -> Response:
    _ = language_of(reader).text
    return page(
        "start",
        # with no-referrer, older browsers send our own form's Origin as "null"
        headers={"Referrer-Policy": "same-origin"},
        greeting=_("The automatic assistant of the centre greets you."),
        advice=_("This link is for you alone. Please start on the phone you use every day."),
        button=_("Start"),
        **letterhead(reader),
    )


async def start(request: Request) -> Response:
    """Make a chat for this device and give its conversation the code."""
    code = _code_of(request)
    refuse_foreign_pages(request)
    chat = _started_here(request)
    if chat:
        return _to_chat(request, chat)
    site = site_of(request)
    chat = new_chat(site.keyring.sign("chat-link", code))
    arrival = Arrival(f"{chat}:start", chat, {"start": code, SOURCES: sources(request, chat)})
    await site.threads.write(
        lambda session: inbox.store(session, site.channel.account_id, [arrival], site.clock.real())
    )
    site.wake()
    return _to_chat(request, chat)


def _code_of(request: Request) -> str:
    code, _dot, signature = request.path_params["link"].rpartition(".")
    if not code or not site_of(request).keyring.verify("link", code, signature):
        raise Refused(404, BROKEN_LINK)
    return str(code)


def _started_here(request: Request) -> str:
    """The chat this browser started from this link before, "" when it did not."""
    chat, _dot, proof = request.cookies.get(CHAT, "").partition(".")
    return chat if chat and site_of(request).keyring.verify("device", chat, proof) else ""


def _to_chat(request: Request, chat: str) -> Response:
    proof = device_proof(site_of(request), chat)
    response = RedirectResponse(f"/chat/{chat}/", 303)
    set_cookie(response, request, DEVICE, proof, f"/chat/{chat}")
    set_cookie(response, request, CHAT, f"{chat}.{proof}", request.url.path)
    return response


# -- the page and its lines


async def chat_page(request: Request) -> Response:
    """The page itself; its script opens the stream of lines."""
    if (entered := await from_home_screen(request)) is not None:
        return entered
    site, chat = site_of(request), own_chat(request)

    def look(session: Session) -> tuple[Reader | None, int]:
        newest = transcript.newest(session, site.channel.account_id, [chat])
        return transcript.reader_of_chat(session, site.channel.account_id, chat), newest.get(chat, 0)

    reader, newest = await site.threads.read(look)
    if reader is None:
        raise Refused(403, NOT_THIS_DEVICE)
    shown = _page(chat, reader, max(0, newest - AT_FIRST))
    let_share(shown, request, chat)
    return shown


def _page(chat: str, reader: Reader, after: int) -> Response:
    _ = language_of(reader).text
    return page(
        "chat",
        lang=language_of(reader).code,
        chat=chat,
        after=after,
        keyboard=json.dumps(reader.keyboard),
        words=json.dumps(sentences(language_of(reader))),
        centre=reader.centre or _("Political training centre"),
        assistant=_("Automatic assistant of the centre"),
        conversation=_("Conversation"),
        quick=_("Quick choices"),
        message=_("Message"),
        write=_("Write a message…"),
        send=_("Send"),
        attach=_("Attach a file"),
        older=_("Earlier messages"),
        newer=_("New messages"),
        no_script=_("This page needs JavaScript. Please switch it on in the browser's settings."),
    )


async def older(request: Request) -> Response:
    """The lines before the one numbered `before`."""
    site, chat = site_of(request), own_chat(request)
    before = number_of(request.query_params.get("before", ""))

    def look(session: Session) -> dict[str, Any]:
        rows = transcript.before(session, site.channel.account_id, chat, before)
        reader = transcript.reader_of_chat(session, site.channel.account_id, chat) or Reader()
        return {"lines": [line_of(row, language_of(reader)) for row in rows]}

    return JSONResponse(await site.threads.read(look))


# -- what is said


@dataclass(frozen=True)
class Said:
    """One thing the page sent, under an id the page made, so that sending it again changes nothing."""

    id: str
    payload: dict[str, Any]


async def send(request: Request) -> Response:
    """Keep what was said; 200 means that it is committed."""
    chat = own_chat(request)
    refuse_foreign_pages(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, NOT_UNDERSTOOD)
    said = _said(json_of(await body_of(request, LONGEST_BODY, TOO_LONG)))
    said = Said(said.id, {**said.payload, SOURCES: sources(request, chat)})
    site = site_of(request)
    await site.threads.write(lambda session: keep(session, site, chat, said))
    site.channel.ring(chat)
    site.wake()
    return JSONResponse({"stored": True})


def sources(request: Request, chat: str) -> list[str]:
    """Marks of the link and the address somebody comes by."""
    return [f"link:{link_mark_of(chat)}", address_mark(request)]


def own_id(text: object) -> str:
    """The id a page made for what it sends. Raises Refused for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9-]{8,64}", text):
        raise Refused(400, NOT_UNDERSTOOD)
    return text


def _said(body: Mapping[str, Any]) -> Said:
    """Raises Refused for what no page of ours sends, and for too long a text."""
    words = {name: value for name, value in body.items() if name != "id"}
    if not words or not all(isinstance(value, str) for value in words.values()):
        raise Refused(400, NOT_UNDERSTOOD)
    if set(words) not in ({"text"}, {"press"}, {"press", "message_id"}, {"start"}):
        raise Refused(400, NOT_UNDERSTOOD)
    payload = {name: tidy(value) for name, value in words.items()}
    if len(payload.get("text", "")) > LONGEST_TEXT:
        raise Refused(413, TOO_LONG)
    if "text" in payload and not payload["text"].strip():
        raise Refused(400, NOT_UNDERSTOOD)
    return Said(own_id(body.get("id")), payload)


def keep(session: Session, site: Site, chat: str, said: Said, **file: Any) -> bool:
    """The update and the person's own line, in one transaction. False when it was kept before."""
    account = site.channel.account_id
    arrival = Arrival(f"{chat}:{said.id}", chat, said.payload, needs_file="file" in said.payload)
    if not inbox.store(session, account, [arrival], site.clock.real()):
        return False
    shown = _shown(session, account, chat, said.payload)
    if shown or file:
        message = {"html": "", "id": said.id, **shown, **file.pop("message", {})}
        transcript.append(
            session, account, chat, mine=True, said_at=site.clock.now(), message=message, **file
        )
    return True


def _shown(session: Session, account: int, chat: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the person's own line shows: the text, or the label of a button that really stood in this chat."""
    if "text" in payload:
        return {"html": str(escape(payload["text"].strip()))}
    card = number_of(payload.get("message_id", ""))
    for row in transcript.card(session, account, chat, card) if "press" in payload else ():
        for button in (button for line in row.message.get("buttons", ()) for button in line):
            if button.get("data") == payload["press"]:
                return {"html": str(escape(button["label"])), "press": card}
    return {}


ROUTES = (
    Route("/b/{link}", link),
    Route("/b/{link}", start, methods=["POST"]),
    Route("/chat/{chat}/", chat_page),
    Route("/chat/{chat}/lines", older),
    Route("/chat/{chat}/send", send, methods=["POST"]),
)
