"""What a platform has answered, however little of it came through: what it took is not to be sent again."""

import re
from collections.abc import AsyncIterator

import httpx


async def keep_beginning(answer: httpx.Response) -> None:
    """A hook of httpx's: a call's answer that breaks off on its way ends there, with what came of it."""
    if answer.request.method == "POST" and isinstance(answer.stream, httpx.AsyncByteStream):
        answer.stream = _Beginning(answer.stream)


class _Beginning(httpx.AsyncByteStream):
    def __init__(self, whole: httpx.AsyncByteStream) -> None:
        self.whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        came = False
        try:
            async for part in self.whole:
                came = True
                yield part
        except httpx.HTTPError:
            if not came:
                raise

    async def aclose(self) -> None:
        await self.whole.aclose()


def says(content: bytes, name: str, value: str) -> bool:
    """Whether an object says this of itself, though it cannot be read as a whole: it is cut off, or badly made."""
    pattern = rf'\s*\{{.*(?<!\\)"{name}"\s*:\s*{value}\b'
    return re.match(pattern.encode(), content, re.DOTALL) is not None
