"""Files people sent, fetched from where the platform keeps them: no more than fits, and from nowhere inside our walls."""

import asyncio
import ipaddress
import socket

import httpx

from bot.channels.base import Fetched
from bot.channels.held import mapped, on_disk

MOST_REDIRECTS = 3


class Forbidden(Exception):  # noqa: N818  a verdict on an address
    """An address nothing is fetched from."""


async def fetch(client: httpx.AsyncClient, url: str, name: str, largest: int) -> Fetched:
    """The file at an address the platform signed; it may lead on, but not to a private place."""
    address = httpx.URL(url)
    try:
        for hop in range(MOST_REDIRECTS + 1):
            await _check(address, private=hop == 0)
            async with client.stream("GET", address, follow_redirects=False) as answer:
                if not answer.has_redirect_location:
                    return await _read(answer, name, largest)
                address = address.join(answer.headers["location"])
    except (httpx.HTTPError, httpx.InvalidURL, Forbidden, OSError):
        pass
    return Fetched(name, problem="unreachable")


async def _read(answer: httpx.Response, name: str, largest: int) -> Fetched:
    if answer.status_code != httpx.codes.OK:
        return Fetched(name, problem="unreachable")
    with on_disk() as file:
        async for chunk in answer.aiter_bytes():
            if file.tell() + len(chunk) > largest:
                return Fetched(name, problem="too_big")
            file.write(chunk)
        return Fetched(name, mapped(file))


async def _check(address: httpx.URL, *, private: bool) -> None:
    """Raises Forbidden for anything but http(s), and for a host inside our walls unless `private` ones are allowed."""
    if address.scheme not in {"http", "https"} or not address.host:
        raise Forbidden(address.scheme)
    if private:
        return
    looked_up = await asyncio.to_thread(_addresses, address.host, address.port or 443)
    if not looked_up or not all(ipaddress.ip_address(each).is_global for each in looked_up):
        raise Forbidden(address.host)


def _addresses(host: str, port: int) -> set[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return {str(address[0]).partition("%")[0] for *_about, address in found}
