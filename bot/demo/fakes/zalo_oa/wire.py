"""The Official Account's answers over HTTP, what is believed of a call, and what goes wrong on purpose."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


class Refusal(Exception):  # noqa: N818  the platform's word for it
    """The platform says no. Logical errors come under HTTP 200, with a negative number and words."""

    def __init__(self, error: int, message: str, status: int = 200) -> None:
        super().__init__(f"{error} {message}")
        self.error = error
        self.message = message
        self.status = status


class Violation(Refusal):
    """A call no careful client makes: against the documents, refused and noted."""

    def __init__(self, message: str, error: int = -201) -> None:
        super().__init__(error, message)


@dataclass
class Fault:
    """One thing going wrong with the next `times` calls of `method`, or of any when it is None."""

    method: str | None
    times: int
    refusal: Refusal | None = None
    body: str | None = None
    status: int = 200
    seconds: float = 0
    cut: Literal["", "before", "after"] = ""


@dataclass
class Faults:
    """Those that wait for their call, in the order they were asked for."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def next(self, method: str) -> Fault:
        for fault in self.waiting:
            if fault.times > 0 and fault.method in {None, method}:
                fault.times -= 1
                return fault
        return Fault(method, 0)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(content, status, media_type="application/json")


def success(data: Mapping[str, Any]) -> Response:
    return answer({"data": dict(data), "error": 0, "message": "Success"})


def refused(refusal: Refusal) -> Response:
    return answer({"error": refusal.error, "message": refusal.message}, refusal.status)


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object of a call. Raises Violation for anything else."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Violation("the body is not application/json")
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Violation("the body is not JSON") from error
    if not isinstance(body, dict):
        raise Violation("the body is no object")
    return body


def only(given: Mapping[str, Any], allowed: set[str], where: str) -> None:
    """Raises Violation for a field the documents do not know."""
    if unknown := sorted(set(given) - allowed):
        raise Violation(f"{where}: unknown {', '.join(unknown)}")


def object_at(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = given.get(key)
    if not isinstance(found, dict):
        raise Violation(f"{key} is no object")
    return found


def text_at(given: Mapping[str, Any], key: str, longest: int) -> str:
    """A text of 1 to `longest` characters."""
    found = given.get(key)
    if not isinstance(found, str) or not found:
        raise Violation(f"{key} is no text")
    if len(found) > longest:
        raise Violation(f"{key} has {len(found)} characters, at most {longest} fit", -210)
    return found
