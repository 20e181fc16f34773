"""Whether this process can do its work (an update could be stored, messages can be sent), and its counts."""

import asyncio
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.limits import Limit
from bot.web.site import Site, site_of
from storage.base.engine import LOCKED, fault_of
from storage.messaging import accounts
from storage.messaging.vitals import Vitals, vitals

STOPPED: Final = "stopped"  # a worker has ended, which none ever should
MESSENGERS: Final = "messengers"  # no messenger takes anything


async def health(request: Request) -> Response:
    """200 with counts and ages (seconds) while all is well; 503 with the reason in `status`, and the counts where the
    database tells them.
    """
    site, counts = site_of(request), {}
    fault = await site.proof.fault() if site.works() else STOPPED
    try:
        async with asyncio.timeout(site.proof.patience):
            counts = asdict(await _vitals(site))
            fault = fault or await _sending(site)
    except TimeoutError:
        fault = fault or LOCKED
    except DBAPIError as error:
        fault = fault or fault_of(error)
    return JSONResponse({"status": fault or "ok", **counts}, 503 if fault else 200)


async def _sending(site: Site) -> str:
    """MESSENGERS where none of them takes anything, else ""; the web chat is this process itself."""
    messengers = set(site.accounts) - {site.channel.account_id}
    away = await site.threads.read(accounts.away)
    return MESSENGERS if messengers and messengers <= away else ""


async def metrics(request: Request) -> Response:
    """Counts, ages and limits met, as Prometheus reads them; numbers only, nothing about anybody."""
    from prometheus_client import (  # 2 MiB that few centres need
        CollectorRegistry,
        Counter,
        Gauge,
        generate_latest,
    )

    site, registry = site_of(request), CollectorRegistry()
    found: dict[str, Any] = {**asdict(await _vitals(site)), "open_pages": site.channel.open_pages}
    for name, value in found.items():
        Gauge(f"caunoi_{name}", name.replace("_", " "), registry=registry).set(value)
    met = Counter("caunoi_limits_met", "how often a limit held somebody back", ["limit"], registry=registry)
    for limit in Limit:
        met.labels(limit).inc(site.limits.met[limit])
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _vitals(site: Site) -> Vitals:
    return await site.threads.read(lambda session: vitals(session, site.clock.now(), site.clock.real()))
