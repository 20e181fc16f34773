"""The web application: the chat's pages, health and metrics, and the other channels' webhooks beside them."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import pagefiles, pageuploads, webchat, webfiles
from bot.web.pages import asset
from bot.web.site import Refused, Site, answer_missing, answer_refusal, notice, reader_here, site_of
from locales import later
from storage.messaging.vitals import Vitals, vitals

WELCOME = later(
    "The automatic assistant of the centre answers learners, units and staff here. It opens with the personal "
    "link or the QR code of your slip."
)
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",  # the demonstration shows several phones on one page
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
__all__ = ["Site", "create_app"]


def create_app(site: Site, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The application; `routes` are other channels' webhooks and the demonstration's pages."""
    app = Starlette(
        routes=[
            *routes,
            Route("/", home),
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/static/{name}", asset),
            *webchat.ROUTES,
            *webfiles.ROUTES,
            *pagefiles.ROUTES,
            *pageuploads.ROUTES,
        ],
        exception_handlers={Refused: answer_refusal, HTTPException: answer_missing},
    )
    app.add_middleware(SafeHeaders)
    app.state.site = site
    return app


class SafeHeaders:
    """Puts HEADERS on every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safely)


async def home(request: Request) -> Response:
    """What this is, and that one needs one's slip."""
    return notice(await reader_here(request), WELCOME, 200)


async def health(request: Request) -> Response:
    """200 with counts and ages (seconds) when the database answers, 503 when it does not."""
    try:
        found = await _vitals(request)
    except DBAPIError as error:
        return JSONResponse({"status": "database", "error": type(error).__name__}, 503)
    return JSONResponse({"status": "ok", **asdict(found)})


async def metrics(request: Request) -> Response:
    """The same as Prometheus reads it; numbers only, nothing about anybody."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # 2 MiB that few centres need

    found = {**asdict(await _vitals(request)), "open_pages": site_of(request).channel.open_pages}
    registry = CollectorRegistry()
    for name, value in found.items():
        Gauge(f"caunoi_{name}", name.replace("_", " "), registry=registry).set(value)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _vitals(request: Request) -> Vitals:
    site = site_of(request)
    return await site.threads.read(lambda session: vitals(session, site.clock.now(), site.clock.real()))
