"""The web application: the chat's pages, health and metrics, and the other channels' webhooks beside them."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import bell, entrance, pagefiles, pageuploads, streams, webchat, webfiles
from bot.web.health import health, metrics
from bot.web.pages import asset
from bot.web.site import Refused, Site, answer_missing, answer_nobody, answer_refusal

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
            *entrance.ROUTES,
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/static/{name}", asset),
            *webchat.ROUTES,
            *streams.ROUTES,
            *bell.ROUTES,
            *webfiles.ROUTES,
            *pagefiles.ROUTES,
            *pageuploads.ROUTES,
        ],
        exception_handlers={
            Refused: answer_refusal,
            HTTPException: answer_missing,
            ClientDisconnect: answer_nobody,
        },
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
