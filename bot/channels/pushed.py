"""What platforms push to us over HTTP."""

from starlette.requests import Request


async def body_within(request: Request, most: int) -> bytes | None:
    """The body of a request, None when it has more bytes than anything a platform sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
