"""A server that answers every call with the bytes a test wrote down, whole or cut off."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


@asynccontextmanager
async def answering(body: bytes, *, missing: int = 0) -> AsyncIterator[str]:
    """Its address. So many bytes of each answer's body never come: the connection ends before them."""
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body) + missing}\r\n\r\n"
    )

    served: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(asked)
            await reader.readexactly(int(length[1]) if length else 0)
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.05)  # a connection accepted last gets its turn, in which it is closed
        await asyncio.gather(*filter(None, served))
