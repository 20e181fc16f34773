"""Signed links to our own pages, and the one device that keeps each: a forwarded link opens on no second one.

A link's last part says a row and an hour and is signed for one kind of page. Looking at a page changes
nothing, for messengers fetch previews; the first device that really uses a link keeps it. A device gets its
cookie when it looks already: were it to come with the first use, an answer lost on its way would lock it out.
"""

import secrets
from dataclasses import dataclass

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.web.site import BROKEN_LINK, Refused, Site, set_cookie, site_of
from handlers.engine.desk import PageLink
from storage.messaging import page_links

DEVICE = "caunoi_page"  # the cookie by which a device is known again, one a kind of page


@dataclass(frozen=True)
class Link:
    """A link as it was asked for: what it says, the mark it is kept under, the device that asks."""

    kind: str
    said: PageLink
    mark: str
    device: str

    def is_over(self, site: Site) -> bool:
        return self.said.expires_at <= site.clock.now()


def link_of(request: Request, kind: str) -> Link:
    """The link of the address. Raises Refused(404) for one we never signed for this kind of page."""
    site, token = site_of(request), str(request.path_params["token"])
    said = site.links.read(kind, token)
    if said is None:
        raise Refused(404, BROKEN_LINK)
    mark = site.keyring.sign("page-link", f"{kind}/{token}")
    return Link(kind, said, mark, _device_of(request))


def _device_of(request: Request) -> str:
    """The device by its cookie; one that brings none, or a made-up one, is new."""
    device, _dot, proof = request.cookies.get(DEVICE, "").partition(".")
    known = device and site_of(request).keyring.verify("page-device", device, proof)
    return device if known else secrets.token_urlsafe(16)


def kept_by(session: Session, site: Site, link: Link) -> bool | None:
    """Whether this device keeps the link; None while nobody does."""
    device = page_links.device_of(session, link.mark)
    return None if device is None else device == _hash(site, link.device)


def take(session: Session, site: Site, link: Link) -> bool:
    """Give the link to the asking device if nobody has it. Whether it is this device's."""
    return page_links.take(session, link.mark, _hash(site, link.device), site.clock.now())


def _hash(site: Site, device: str) -> str:
    return site.keyring.sign("page-device-kept", device)


def remember(response: Response, request: Request, link: Link) -> Response:
    """Let the device prove itself at its next request for a page of this kind."""
    proof = site_of(request).keyring.sign("page-device", link.device)
    set_cookie(response, request, DEVICE, f"{link.device}.{proof}", f"/{link.kind}")
    return response
