"""The Zalo Bot fake's HTTP: bodies as the documents ask for them, answers in the platform's envelope."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

Params = dict[str, Any]
Event = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # the platform's word for it
    """The platform says no: `error_code` and description. There is never a time to retry after."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Violation(Refusal):
    """A call the documents forbid: refused, and noted so that a test can fail for it."""


def answered(result: Any) -> Response:
    """The envelope of a success; sendChatAction has no result at all."""
    return _json(200, {"ok": True} if result is None else {"ok": True, "result": result})


def refused(refusal: Refusal, *, under_200: bool) -> Response:
    """The envelope of a refusal, under its own status or, as measured on a real bot, under 200."""
    body = {"ok": False, "description": refusal.description, "error_code": refusal.code}
    return _json(200 if under_200 else refusal.code, body)


def _json(status: int, body: Params) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(content, status, media_type="application/json")


async def read_params(request: Request, *, json_only: bool) -> Params:
    """The parameters of a call. Raises Violation for a body that is not of the kind the documents ask for."""
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if request.method != "POST":
        raise Violation(405, f"Method Not Allowed: {request.method}")
    if not json_only and not kind.startswith("application/json"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if not kind.startswith("application/json"):
        raise Violation(400, f"Bad Request: a JSON body is asked for, not {kind or 'nothing'}")
    return _object(body)


def _object(body: bytes) -> Params:
    try:
        params = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Violation(400, f"Bad Request: this is no JSON: {error}") from error
    if not isinstance(params, dict):
        raise Violation(400, "Bad Request: the body is no JSON object")
    return params
