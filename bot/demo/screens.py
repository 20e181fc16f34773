"""A chat of the demonstration on Telegram, Zalo Bot or Zalo OA over HTTP: its page, its lines, what is done on it."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.text import file_name, tidy
from bot.demo.demo import Demo
from bot.demo.messengers import Line, Refusal
from bot.demo.phones import Screen
from bot.web.pages import page
from bot.web.site import Refused, body_of, json_of, refuse_foreign_pages
from bot.web.webfiles import KINDS, LARGEST, TOO_BIG, disposition
from bot.web.weblines import sentences, size_words
from locales import Language, later

LONGEST: Final = 64 * 1024  # bytes of a request
LONGEST_TEXT: Final = 8000  # characters

TOO_LONG = later("This request is too long. Please reload the page.")
NOT_JSON = later("The page sent something the demonstration cannot read. Please reload the page.")
NO_SUCH_SCREEN = later("This chat is not in any phone. Please reload the page of the demonstration.")
NO_SUCH_BUTTON = later("This button is not there any more. Please use the newest ones.")
NOTHING_SAID = later("There is nothing to send. Please type something.")
TEXT_TOO_LONG = later("This message is longer than 8,000 characters. Please send it in parts, or as a file.")
NO_SUCH_FILE = later("There is no such file in this chat.")


def routes(demo: Demo) -> Sequence[BaseRoute]:
    base = "/demo/phone/{number:int}"
    return (
        Route(f"{base}/", partial(_page, demo)),
        Route(f"{base}/lines", partial(_lines, demo)),
        Route(f"{base}/say", partial(_say, demo), methods=["POST"]),
        Route(f"{base}/press", partial(_press, demo), methods=["POST"]),
        Route(f"{base}/file", partial(_upload, demo), methods=["PUT"]),
        Route(f"{base}/file/{{line}}", partial(_file, demo)),
    )


async def asked(request: Request, longest: int) -> Mapping[str, Any]:
    """The JSON object our own page sent. Raises Refused for anything else."""
    refuse_foreign_pages(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, NOT_JSON)
    found = json_of(await body_of(request, longest, TOO_LONG))
    if not found:
        raise Refused(400, NOT_JSON)
    return found


def _screen(demo: Demo, request: Request) -> Screen:
    number: int = request.path_params["number"]
    if number >= len(demo.screens.all):
        raise Refused(404, NO_SUCH_SCREEN)
    return demo.screens.all[number]


# -- what it shows


async def _page(demo: Demo, request: Request) -> Response:
    screen, _ = _screen(demo, request), demo.language.text
    return page(
        "phone",
        lang=demo.language.code,
        kind=screen.messenger.kind,
        messenger=screen.messenger.name,
        centre=screen.messenger.centre,
        words=json.dumps(_script_words(demo.language), ensure_ascii=False),
        assistant=_("Automatic assistant of the centre"),
        conversation=_("Conversation"),
        quick=_("Quick choices"),
        attach=_("Attach a file"),
        message=_("Message"),
        write=_("Write a message…"),
        send=_("Send"),
        newer=_("New messages"),
        no_script=_("This page needs JavaScript. Please switch it on in the browser's settings."),
    )


def _script_words(language: Language) -> dict[str, str]:
    _ = language.text
    return {
        **sentences(language),
        "away": _("The demonstration does not answer. Is it still running?"),
        "edited": _("edited"),
    }


async def _lines(demo: Demo, request: Request) -> Response:
    """The chat as it stands, or its version alone where the page has seen that already."""
    screen = _screen(demo, request)
    lines, keyboard = screen.chat.lines, screen.chat.keyboard
    version = f"{len(lines)}.{max((line.stamp for line in lines), default=0)}"
    if request.query_params.get("seen") == version:
        return JSONResponse({"version": version})
    shown = [_shown(demo.language, line) for line in lines]
    return JSONResponse({"version": version, "lines": shown, "keyboard": keyboard})


def _shown(language: Language, line: Line) -> dict[str, Any]:
    """A line as bubble.js takes it."""
    at = language.local(line.at)
    return {
        "n": line.id,
        "stamp": line.stamp,
        "mine": line.mine,
        "html": line.html,
        "note": language.text(line.note) if line.note else "",
        "time": language.time(line.at),
        "at": at.isoformat(timespec="seconds"),
        "day": language.day(at.date()),
        "state": language.text("edited") if line.edited else "",
        "buttons": line.buttons,
        "file": _about_file(language, line),
    }


def _about_file(language: Language, line: Line) -> dict[str, str] | None:
    """`url` is empty for what the person sent."""
    if line.file is None:
        return None
    url = "" if line.mine else f"file/{line.id}"
    return {"name": line.file.name, "size": size_words(len(line.file.content), language), "url": url}


async def _file(demo: Demo, request: Request) -> Response:
    """A file the account sent, always as a download."""
    wanted = request.path_params["line"]
    line = next((one for one in _screen(demo, request).chat.received() if one.id == wanted), None)
    if line is None or line.file is None:
        raise Refused(404, NO_SUCH_FILE)
    kind = KINDS.get(PurePosixPath(line.file.name).suffix.lower(), "application/octet-stream")
    headers = {"Content-Disposition": disposition(line.file.name), "Content-Type": kind}
    return Response(line.file.content, headers=headers)


# -- what is done on it


async def _say(demo: Demo, request: Request) -> Response:
    """Type {"text"}."""
    screen, body = _screen(demo, request), await asked(request, LONGEST)
    text = body.get("text")
    if not isinstance(text, str) or not (said := tidy(text).strip()):
        raise Refused(400, NOTHING_SAID)
    if len(said) > LONGEST_TEXT:
        raise Refused(413, TEXT_TOO_LONG)
    screen.chat.says(said)
    return JSONResponse({"done": True})


async def _press(demo: Demo, request: Request) -> Response:
    """Press the button that carries "data" under the line "card", or the keyboard's button of this "label"."""
    screen, body = _screen(demo, request), await asked(request, LONGEST)
    try:
        if "label" in body:
            screen.chat.taps(str(body["label"]))
        else:
            screen.chat.presses(str(body.get("card")), str(body.get("data")))
    except Refusal:
        raise Refused(409, NO_SUCH_BUTTON) from None
    return JSONResponse({"done": True})


async def _upload(demo: Demo, request: Request) -> Response:
    """Send the body as a file of this ?name=."""
    screen = _screen(demo, request)
    refuse_foreign_pages(request)
    name = file_name(request.query_params.get("name", ""))
    screen.chat.sends(name, await body_of(request, LARGEST, TOO_BIG))
    return JSONResponse({"done": True})
