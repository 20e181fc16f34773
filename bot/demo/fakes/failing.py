"""A platform that fails for some people's chats and serves all others, however often it is called."""

from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request


class Failing:
    """What each chosen chat is answered with until it is mended: `error` in the platform's words for a fault of its
    own, `too_many` for a chat that is told to wait so many seconds, or nothing at all.
    """

    def __init__(self, error: Callable[[], Exception], too_many: Callable[[int], Exception]) -> None:
        self.error, self.too_many = error, too_many
        self.chats: dict[str, Callable[[], Exception] | None] = {}

    def errors(self, *chats: str | int) -> None:
        """An internal error, HTTP 500."""
        self._fail(chats, self.error)

    def floods(self, *chats: str | int, retry_after: int = 1) -> None:
        """Too many messages, HTTP 429; the seconds are told where the platform tells them."""
        self._fail(chats, lambda: self.too_many(retry_after))

    def hangs(self, *chats: str | int) -> None:
        """No answer, until the caller gives up; nothing is carried out."""
        self._fail(chats, None)

    def mends(self, *chats: str | int) -> None:
        for chat in chats:
            self.chats.pop(str(chat), None)

    def _fail(self, chats: tuple[str | int, ...], answer: Callable[[], Exception] | None) -> None:
        self.chats |= {str(chat): answer for chat in chats}

    async def check(self, chat: object, request: Request) -> None:
        """Raises the refusal of a call about a chosen chat; waits for the caller to go where it gets no answer."""
        if str(chat) not in self.chats:
            return
        answer = self.chats[str(chat)]
        if answer is not None:
            raise answer()
        while (await request.receive())["type"] != "http.disconnect":
            pass  # what was left of the body
        raise ClientDisconnect
