"""The demonstration over HTTP: its page, the clock, and who is in which phone. Only `caunoi demo` serves it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.base import AccountError
from bot.console import plain
from bot.demo import screens
from bot.demo.demo import Demo
from bot.demo.phones import WEB, messengers
from bot.demo.screens import asked
from bot.demo.tries import TRIES, bring
from bot.demo.view import groups, kinds_at
from bot.logs import logger
from bot.web.pages import page
from bot.web.site import DEVICE, Refused, device_proof, set_cookie, site_of
from locales import later

LONGEST: Final = 2000  # bytes of a request
MOST_HOURS: Final = 24
MOST_DAYS: Final = 31
log = logger("caunoi.demo")

FORWARD_ONLY = later("The clock only goes forward: by 1 to 24 hours, by 1 to 31 days, or to the next event.")
MOVING = later("The clock is on its way. Please wait until it has arrived.")
NOTHING_COMES = later("Nothing is planned any more. Please move the clock by an hour or a day.")
NO_SUCH_PHONE = later("There are three phones. Please choose one of them.")
NO_SUCH_MESSENGER = later("The demonstration does not know this messenger. Please choose one of those shown.")
NO_SUCH_TRY = later("There is nothing of this number to try. Please choose one of those shown.")
NOT_OPENED = later("This messenger could not be opened. Please try once more.")
NO_SUCH_PERSON = later("This person is not in the list. Please choose somebody from it.")


def routes(demo: Demo) -> Sequence[BaseRoute]:
    """What the demonstration adds to the site; its page takes the home page's place."""
    return (
        Route("/", partial(_page, demo)),
        Route("/demo/state", partial(_state, demo)),
        Route("/demo/clock", partial(_clock, demo), methods=["POST"]),
        Route("/demo/person", partial(_person, demo), methods=["POST"]),
        Route("/demo/try", partial(_try, demo), methods=["POST"]),
        Route("/demo/chat/{person:int}/", partial(_chat, demo)),
        *screens.routes(demo),
    )


async def _page(demo: Demo, _request: Request) -> Response:
    _ = demo.language.text
    return page(
        "demo",
        lang=demo.language.code,
        messengers=json.dumps(_messengers(demo), ensure_ascii=False),
        people=json.dumps(groups(demo.language, demo.people.values()), ensure_ascii=False),
        words=json.dumps(_script_words(demo), ensure_ascii=False),
        title=_("Cầu Nối: demonstration"),
        intro=_(
            "A sample centre; everybody in it is invented. Use the three phones as in life, or begin with these:"
        ),
        tries=[_(one.label) for one in TRIES],
        to_try=_("Five things to try"),
        switch=_("Above each phone: who has it, and on which messenger."),
        clock=_("The centre's clock"),
        hour=_("+1 hour"),
        day=_("+1 day"),
        event=_("To the next event"),
        moving=_("The clock is on its way"),
        happened=_("What has happened"),
        nothing_yet=_("Nothing yet. Move the clock on, and what goes out is told here."),
        hint=_("Only people who are linked get messages, on the messenger they used last."),
        phones=_("Phones"),
        no_script=_("This page needs JavaScript. Please switch it on in the browser's settings."),
    )


def _messengers(demo: Demo) -> list[dict[str, str]]:
    """What a phone can show."""
    web = {"kind": WEB, "name": demo.language.text("Web chat")}
    return [web, *({"kind": kind, "name": made.name} for kind, made in messengers().items())]


def _script_words(demo: Demo) -> dict[str, str]:
    """What the script says itself."""
    _ = demo.language.text
    return {
        "phone": _("Phone {number}", number="{number}"),
        "of": _("Phone of {name}, {role}", name="{name}", role="{role}"),
        "who": _("Who has this phone"),
        "messenger": _("Messenger"),
        "opening": _("Opening {name}…", name="{name}"),
        "fresh": _("New slip"),
        "fresh_help": _("A new slip, as after the loss of a phone: the chat starts anew"),
        "away": _("The demonstration does not answer. Is it still running?"),
        "elsewhere": _("The demonstration is open in another tab of this browser."),
        "here": _("Show it here"),
    }


# -- how it stands


async def _state(demo: Demo, _request: Request) -> Response:
    return await _standing(demo)


async def _standing(demo: Demo, status: int = 200, **more: Any) -> Response:
    await demo.look()
    now, language, move = demo.app.clock.now(), demo.language, demo.move
    state = {
        "clock": {"time": language.time(now), "day": language.full_day(language.local(now).date())},
        "next": plain(await _next(demo)),
        "moving": None if move is None else move.share(now),
        "log": [{"n": one.number, "text": plain(one.text), "deed": one.deed} for one in demo.log],
        "phones": [_phone(demo, number) for number in range(len(demo.phones))],
        **more,
    }
    return JSONResponse(state, status)


async def _next(demo: Demo) -> str:
    """What comes next, in words."""
    event = await demo.next_event()
    if event is None:
        return demo.language.text("Nothing is planned any more.")
    kinds = await demo.app.threads.read(lambda session: kinds_at(session, demo.language, event))
    return demo.language.text("Next: {kinds}, {moment}", kinds=kinds, moment=demo.language.moment(event))


def _phone(demo: Demo, number: int) -> dict[str, Any]:
    one = demo.people[demo.phones[number]]
    return {
        "person": one.person.id,
        "messenger": demo.shown[number],
        "name": one.person.name,
        "role": one.role(demo.language),
        "place": one.place(),
        "link": demo.link(number),
    }


# -- what is asked of it


async def _clock(demo: Demo, request: Request) -> Response:
    """Start a move of {"hours": n}, {"days": n} or {"event": true}; 202 with how it stands."""
    return await _move(demo, _step(await asked(request, LONGEST)))


async def _move(demo: Demo, step: timedelta | None) -> Response:
    """By so much; without a step, to the next message that goes out."""
    event = await demo.next_event() if step is None else None
    if demo.move is not None:
        raise Refused(409, MOVING)
    end = event if step is None else demo.app.clock.now() + step
    if end is None:
        raise Refused(409, NOTHING_COMES)
    demo.start_move(end, seeks=step is None)
    return await _standing(demo, 202)


def _step(body: Mapping[str, Any]) -> timedelta | None:
    """How far; None: to the next event. Raises Refused for anything that does not lead forward."""
    [(unit, amount), *more] = body.items()
    if not more and unit == "event" and amount is True:
        return None
    most = {"hours": MOST_HOURS, "days": MOST_DAYS}.get(unit, 0)
    if more or type(amount) is not int or not 1 <= amount <= most:
        raise Refused(400, FORWARD_ONLY)
    return timedelta(**{unit: amount})


async def _person(demo: Demo, request: Request) -> Response:
    """Put {"person": id} into {"phone": 0 to 2}; with {"fresh": true} he gets a new slip.

    {"messenger": kind} switches the phone to another one.
    """
    body = await asked(request, LONGEST)
    phone, person_id = body.get("phone"), body.get("person")
    if type(phone) is not int or not 0 <= phone < len(demo.phones):
        raise Refused(400, NO_SUCH_PHONE)
    if type(person_id) is not int or person_id not in demo.people:
        raise Refused(400, NO_SUCH_PERSON)
    kind = body.get("messenger", demo.shown[phone])
    if not isinstance(kind, str) or kind not in {WEB, *messengers()}:
        raise Refused(400, NO_SUCH_MESSENGER)
    async with _opening(kind):
        await demo.give(phone, person_id, kind, fresh=body.get("fresh") is True)
    return await _standing(demo)


@asynccontextmanager
async def _opening(kind: str) -> AsyncIterator[None]:
    """Raises Refused where the messenger does not open."""
    try:
        yield
    except (AccountError, OSError, RuntimeError) as error:
        log.error("a messenger was not opened", messenger=kind, kind=type(error).__name__)
        raise Refused(503, NOT_OPENED) from None


async def _try(demo: Demo, request: Request) -> Response:
    """Do {"try": 0 to 4}; how it stands then, and which phone to look at."""
    number = (await asked(request, LONGEST)).get("try")
    if type(number) is not int or not 0 <= number < len(TRIES):
        raise Refused(400, NO_SUCH_TRY)
    if TRIES[number].phone is None:
        return await _move(demo, None)
    async with _opening(TRIES[number].messenger):
        await bring(demo, site_of(request), number)
    return await _standing(demo, look_at=TRIES[number].phone)


async def _chat(demo: Demo, request: Request) -> Response:
    """Into the chat somebody has had before: whoever looks at the demonstration has his phone in hand."""
    chat = demo.chats.get(request.path_params["person"])
    if chat is None:
        raise Refused(404, NO_SUCH_PERSON)
    response = RedirectResponse(f"/chat/{chat}/", 303)
    set_cookie(response, request, DEVICE, device_proof(site_of(request), chat), f"/chat/{chat}")
    return response
