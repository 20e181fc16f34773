"""The demonstration over HTTP: its page, the clock, and who is in which phone. Only `caunoi demo` serves it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console import plain
from bot.demo import Demo
from bot.demo_view import groups, kinds_at
from bot.pages import page
from bot.site import Refused, body_of, json_of, refuse_foreign_pages
from locales import later

LONGEST: Final = 2000  # bytes of a request
MOST_HOURS: Final = 24
MOST_DAYS: Final = 31

TOO_LONG = later("This request is too long. Please reload the page.")
NOT_JSON = later("The page sent something the demonstration cannot read. Please reload the page.")
FORWARD_ONLY = later("The clock only goes forward: by 1 to 24 hours, by 1 to 31 days, or to the next event.")
MOVING = later("The clock is on its way. Please wait until it has arrived.")
NOTHING_COMES = later("Nothing is planned any more. Please move the clock by an hour or a day.")
NO_SUCH_PHONE = later("There are three phones. Please choose one of them.")
NO_SUCH_PERSON = later("This person is not in the list. Please choose somebody from it.")


def routes(demo: Demo) -> Sequence[BaseRoute]:
    """What the demonstration adds to the site; its page takes the home page's place."""
    return (
        Route("/", partial(_page, demo)),
        Route("/demo/state", partial(_state, demo)),
        Route("/demo/clock", partial(_clock, demo), methods=["POST"]),
        Route("/demo/person", partial(_person, demo), methods=["POST"]),
    )


async def _page(demo: Demo, _request: Request) -> Response:
    _ = demo.language.text
    return page(
        "demo",
        lang=demo.language.code,
        people=json.dumps(groups(demo.language, demo.people.values()), ensure_ascii=False),
        words=json.dumps(_script_words(demo), ensure_ascii=False),
        title=_("Cầu Nối: demonstration"),
        intro=_(
            "A sample centre; everybody in it is invented. Open the three phones and use them as in life."
        ),
        clock=_("The centre's clock"),
        hour=_("+1 hour"),
        day=_("+1 day"),
        event=_("To the next event"),
        moving=_("The clock is on its way"),
        happened=_("What has happened"),
        nothing_yet=_("Nothing yet. Move the clock on, and what goes out is told here."),
        hint=_("Only people who are linked get messages."),
        phones=_("Phones"),
        no_script=_("This page needs JavaScript. Please switch it on in the browser's settings."),
    )


def _script_words(demo: Demo) -> dict[str, str]:
    """What the script says itself."""
    _ = demo.language.text
    return {
        "phone": _("Phone {number}", number="{number}"),
        "of": _("Phone of {name}, {role}", name="{name}", role="{role}"),
        "who": _("Who has this phone"),
        "fresh": _("New slip"),
        "fresh_help": _("A new slip, as after the loss of a phone: the chat starts anew"),
        "away": _("The demonstration does not answer. Is it still running?"),
        "elsewhere": _("The demonstration is open in another tab of this browser."),
        "here": _("Show it here"),
    }


# -- how it stands


async def _state(demo: Demo, _request: Request) -> Response:
    return await _standing(demo)


async def _standing(demo: Demo, status: int = 200) -> Response:
    now, language, move = demo.app.clock.now(), demo.language, demo.move
    state = {
        "clock": {"time": language.time(now), "day": language.full_day(language.local(now).date())},
        "next": plain(await _next(demo)),
        "moving": None if move is None else move.share(now),
        "log": [{"n": number, "text": plain(text)} for number, text in demo.log],
        "phones": [_phone(demo, person_id) for person_id in demo.phones],
    }
    return JSONResponse(state, status)


async def _next(demo: Demo) -> str:
    """What comes next, in words."""
    event = await demo.next_event()
    if event is None:
        return demo.language.text("Nothing is planned any more.")
    kinds = await demo.app.threads.read(lambda session: kinds_at(session, demo.language, event))
    return demo.language.text("Next: {kinds}, {moment}", kinds=kinds, moment=demo.language.moment(event))


def _phone(demo: Demo, person_id: int) -> dict[str, Any]:
    one = demo.people[person_id]
    return {
        "person": person_id,
        "name": one.person.name,
        "role": one.role(demo.language),
        "place": one.place(),
        "link": demo.links[person_id],
    }


# -- what is asked of it


async def _asked(request: Request) -> Mapping[str, Any]:
    """The JSON object our own page sent. Raises Refused for anything else."""
    refuse_foreign_pages(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, NOT_JSON)
    found = json_of(await body_of(request, LONGEST, TOO_LONG))
    if not found:
        raise Refused(400, NOT_JSON)
    return found


async def _clock(demo: Demo, request: Request) -> Response:
    """Start a move of {"hours": n}, {"days": n} or {"event": true}; 202 with how it stands."""
    asked = await _asked(request)
    step = _step(asked)
    event = await demo.next_event() if step is None else None
    if demo.move is not None:
        raise Refused(409, MOVING)
    end = event if step is None else demo.app.clock.now() + step
    if end is None:
        raise Refused(409, NOTHING_COMES)
    demo.start_move(end)
    return await _standing(demo, 202)


def _step(asked: Mapping[str, Any]) -> timedelta | None:
    """How far; None: to the next event. Raises Refused for anything that does not lead forward."""
    [(unit, amount), *more] = asked.items()
    if not more and unit == "event" and amount is True:
        return None
    most = {"hours": MOST_HOURS, "days": MOST_DAYS}.get(unit, 0)
    if more or type(amount) is not int or not 1 <= amount <= most:
        raise Refused(400, FORWARD_ONLY)
    return timedelta(**{unit: amount})


async def _person(demo: Demo, request: Request) -> Response:
    """Put {"person": id} into {"phone": 0 to 2}; with {"fresh": true} he gets a new slip."""
    asked = await _asked(request)
    phone, person_id = asked.get("phone"), asked.get("person")
    if type(phone) is not int or not 0 <= phone < len(demo.phones):
        raise Refused(400, NO_SUCH_PHONE)
    if type(person_id) is not int or person_id not in demo.people:
        raise Refused(400, NO_SUCH_PERSON)
    fresh = asked.get("fresh") is True
    await demo.app.threads.write(lambda session: demo.put(session, person_id, fresh=fresh))
    demo.phones[phone] = person_id
    return await _standing(demo)
