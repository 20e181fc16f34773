"""The pages as files: templates on one base, styles and scripts. No build step."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from jinja2 import Environment

KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
}


def page(
    name: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **fields: object
) -> HTMLResponse:
    """The page `name`.html, its fields put in and escaped."""
    return HTMLResponse(rendered(name, **fields), status, headers)


def rendered(name: str, **fields: object) -> str:
    """The template `name`.html with its fields, escaped unless they are Markup. Raises UndefinedError for a missing one."""
    return _templates().get_template(f"{name}.html").render(fields)


@cache
def _templates() -> "Environment":
    # 3 MiB that the first page needs, not a start
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(__name__, "")
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def formatted(html: str) -> Markup:
    """A message's text for a page: <b> and <i> of our own stay, any other tag becomes the letters it is."""
    pieces = re.split(r"(</?[bi]>)", html)
    letters = (escape(Markup(piece).unescape()) for piece in pieces[::2])  # noqa: S704  made text again, then escaped
    return Markup().join(
        part for pair in zip(letters, [*map(Markup, pieces[1::2]), Markup()], strict=True) for part in pair
    )


async def asset(request: Request) -> Response:
    """A style, script or picture of this folder."""
    return sent_asset(request, request.path_params["name"])


def sent_asset(request: Request, name: str) -> Response:
    """A file of this folder; asked for again, it is only sent when it has changed."""
    kind = KINDS.get(name.rpartition(".")[2])
    if kind is None or name not in _names():
        return PlainTextResponse("", 404)
    content = _read(name)
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


@cache
def _names() -> frozenset[str]:
    return frozenset(found.name for found in files(__name__).iterdir())


@cache
def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()
