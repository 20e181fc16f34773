"""The fake's HTTP: bodies as clients send them, answers as Telegram gives them, a server in a thread."""

import asyncio
import email
import json
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.web.server import Server

Params = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # the platform's word for it
    """Telegram says no: HTTP status, description, and `parameters` such as retry_after (seconds)."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


# What a body may hold beside its file.
ROOM_FOR_WORDS = 2**18


@dataclass(frozen=True)
class Upload:
    """A file as it came in a call."""

    name: str
    mime: str
    content: bytes


Files = dict[str, Upload]


def answered(result: Any) -> Response:
    return _json(200, {"ok": True, "result": result})


def refused(refusal: Refusal) -> Response:
    body = {"ok": False, "error_code": max(refusal.status, 400), "description": refusal.description}
    response = _json(
        refusal.status, body | ({"parameters": refusal.parameters} if refusal.parameters else {})
    )
    if seconds := refusal.parameters.get("retry_after"):
        response.headers["Retry-After"] = str(seconds)
    return response


def _json(status: int, body: dict[str, Any]) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(content, status, media_type="application/json")


async def read_call(request: Request, upload_limit: int) -> tuple[Params, Files]:
    """Parameters and files of a call, whichever of Telegram's encodings it came in."""
    body = await _read_body(request, upload_limit)
    params: Params = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("multipart/form-data"):
            fields, files = parse_multipart(kind, body)
            if any(len(file.content) > upload_limit for file in files.values()):
                raise too_large()
            return params | fields, files
        if kind.startswith("application/json"):
            return params | dict(json.loads(body or b"{}")), {}
        return params | dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=False)), {}
    except (ValueError, TypeError) as error:
        raise Refusal(400, f"Bad Request: can't parse the request: {error}") from error


async def _read_body(request: Request, upload_limit: int) -> bytes:
    """The body; one that is too big is read to its end first, so that the client hears the answer."""
    body = bytearray()
    too_big = False
    async for chunk in request.stream():
        too_big = too_big or len(body) + len(chunk) > upload_limit + ROOM_FOR_WORDS
        if not too_big:
            body += chunk
    if too_big:
        raise too_large()
    return bytes(body)


def parse_multipart(content_type: str, body: bytes) -> tuple[Params, Files]:
    """Fields and files of a multipart/form-data body; only the part headers go through `email`."""
    boundary = email.message_from_string(f"Content-Type: {content_type}\n\n").get_boundary()
    if not boundary:
        raise ValueError("multipart without a boundary")
    params: Params = {}
    files: Files = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if part.startswith(b"--"):
            break
        head, _, content = part.partition(b"\r\n\r\n")
        headers = email.message_from_string(head.decode().strip())
        name = str(headers.get_param("name", header="content-disposition"))
        if (filename := headers.get_filename()) is None:
            params[name] = content.decode()
        else:
            files[name] = Upload(_clean(filename), headers.get_content_type(), content)
    return params, files


def too_large() -> Refusal:
    return Refusal(413, "Request Entity Too Large")


def _clean(filename: str) -> str:
    """As Telegram stores it: no folders, no quotes escaped for the wire."""
    return re.sub(r'[/\\<>:|?*"]', "_", filename.replace("%22", '"').replace("\\", "")) or "file"


class _Protocol(H11Protocol):
    """uvicorn's own, with the transport put where a call can cut its own connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def cut_connection(request: Request) -> Response:
    """Closes the caller's connection once he has said all of his call: closed on bytes nobody has read, it would be
    reset instead. The response returned reaches nobody.
    """
    with suppress(RuntimeError, ClientDisconnect):  # read before, or he has gone himself
        await request.body()
    request.state.transport.close()
    while (await request.receive())["type"] != "http.disconnect":
        pass  # what was left of the body
    return Response()


class _Server(Server):
    """Begins when it is told, and ends in order."""

    def __init__(self, config: uvicorn.Config, begin: Callable[[], None]) -> None:
        super().__init__(config)
        self.begin = begin
        self.loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.begin()
        await self.stopped.wait()
        await self._accept_no_more()

    async def _accept_no_more(self) -> None:
        """A connection accepted while the server closes is left open by asyncio: let those just accepted begin."""
        for listening in (each for server in self.servers for each in server.sockets):
            asyncio.get_running_loop().remove_reader(listening.fileno())
        for _round in range(3):
            await asyncio.sleep(0)


class ServerThread:
    """An ASGI application served on 127.0.0.1 on a free port, until stopped."""

    def __init__(self, app: Starlette, finish: Callable[[], None]) -> None:
        self.app = app
        self.finish = finish
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, name="telegram-fake", daemon=True)

    def start(self) -> int:
        """Listens; returns the port."""
        # Named TCP, so that asyncio sends each write at once: without it every answer waits 40 ms.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(256)
        self.thread.start()
        if not self.ready.wait(10):
            raise RuntimeError("the fake's server did not start")
        return int(self.socket.getsockname()[1])

    def stop(self) -> None:
        self.call(self._stop)
        self.thread.join(10)
        self.socket.close()

    def call(self, function: Callable[[], Any]) -> None:
        """Runs `function` in the server's loop, soon; nothing happens once it has ended."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function)

    def _stop(self) -> None:
        self.finish()
        self.server.stop()

    def _run(self) -> None:
        config = uvicorn.Config(
            self.app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=0,
        )
        self.server = _Server(config, self.ready.set)
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.server.serve(sockets=[self.socket])
        await self._cut_what_is_open()

    async def _cut_what_is_open(self) -> None:
        """Uvicorn leaves connections open whose call still arrives or runs; the loop must not end before them."""
        while open_ones := list(self.server.server_state.connections):
            for connection in open_ones:
                connection.transport.abort()
            await asyncio.sleep(0)  # abort takes effect on the next round
