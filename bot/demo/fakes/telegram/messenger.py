"""A Telegram to test against: the Bot API over real HTTP on 127.0.0.1, with people on its other side.

Its state outlives the bot, which may be killed and started again against it. It is believed because
clients nobody here wrote work against it (test_fake_telegram.py), because every call is checked against
the Bot API's specification, and because it refuses what the platform refuses, in the platform's words.

    with FakeTelegram() as fake:
        user = fake.user("Nguyễn Văn An")
        ...  # start a bot with base address fake.url and fake.token
        user.starts("PHIEU-7")
        user.wait_for("kính chào")
        user.taps("Đúng là tôi")
"""

import asyncio
import itertools
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self, TypeVar

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.demo.fakes.failing import Failing
from bot.demo.fakes.telegram.botapi import Specification
from bot.demo.fakes.telegram.faults import BAD_GATEWAY, Fault, Faults, Floods, Limits, too_many
from bot.demo.fakes.telegram.methods import METHODS, refusal_of
from bot.demo.fakes.telegram.updates import Delivery, UpdateQueue
from bot.demo.fakes.telegram.user import BLOCKED, DEACTIVATED, FakeChat, FakeUser
from bot.demo.fakes.telegram.wire import (
    Files,
    Params,
    Refusal,
    ServerThread,
    Upload,
    answered,
    cut_connection,
    read_call,
    refused,
)
from bot.demo.fakes.watching import Watched

MEBIBYTE = 2**20
T = TypeVar("T")


class Call(NamedTuple):
    """One call of the bot: the method, its parameters as meant, and when (monotonic seconds)."""

    method: str
    params: Params
    at: float


class Refused(NamedTuple):
    """One call that was refused."""

    method: str
    status: int
    description: str


class FakeTelegram(Watched):
    """The platform. All that a test may look at or change is an attribute or a method without underscore.

    `limits=None` turns the flood limits off; `latency` is how long every answer takes, in seconds;
    `tap_seconds` how long a tap may be answered; limits of files in bytes; `webhook_retry` in seconds;
    `now` the clock that messages are dated by.
    """

    def __init__(
        self,
        token: str = "1000000001:a-token-for-tests",
        *,
        limits: Limits | None = Limits(),  # noqa: B008  # frozen
        latency: float = 0,
        tap_seconds: float = 30,
        upload_limit: int = 50 * MEBIBYTE,
        download_limit: int = 20 * MEBIBYTE,
        webhook_retry: float = 0.05,
        specification: Specification | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.token, self.now = token, now
        self.latency = latency
        self.tap_seconds = tap_seconds
        self.upload_limit = upload_limit
        self.download_limit = download_limit
        self.specification = specification or _specification()
        self.changed = threading.Condition(threading.RLock())
        self.calls: list[Call] = []
        self.refusals: list[Refused] = []
        self.violations: list[str] = []
        self.chats: dict[int, FakeChat] = {}
        self.migrated: dict[int, int] = {}
        self.taps: dict[str, tuple[FakeUser, float]] = {}
        self.files: dict[str, Upload] = {}
        self.menus: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.profile: dict[tuple[str, str], Any] = {}
        self.faults = Faults()
        self.failing = Failing(lambda: Refusal(500, "Internal Server Error"), too_many)
        self.floods = Floods(limits)
        self.queue = UpdateQueue(self.changed)
        self.delivery = Delivery(self.queue, webhook_retry)
        self.stamp = 0
        self._ids = itertools.count(7_000_000_001)
        self._message_ids = itertools.count(1)
        routes = [
            Route("/bot{token}/{method}", self._serve_call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._serve_file),
        ]
        self._server = ServerThread(Starlette(routes=routes), self.delivery.close)
        self.url = ""
        name = {"first_name": "Cầu Nối", "username": "caunoi_fake_bot"}
        self.bot = {"id": int(token.partition(":")[0]), "is_bot": True, **name}

    def __enter__(self) -> Self:
        self.url = f"http://127.0.0.1:{self._server.start()}"
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.stop()

    # People and chats

    def user(
        self,
        name: str,
        id: int | None = None,  # noqa: A002  # the platform's word
        *,
        language: str = "vi",
        phone: str | None = None,
        started: bool = False,
    ) -> FakeUser:
        """A person who has never written to the bot; with `started`, one who did so long ago."""
        user = FakeUser(self, id or next(self._ids), name, language, phone)
        if started:
            user.closed = ""
        self.chats[user.id] = user
        return user

    def group(self, title: str, id: int | None = None) -> FakeChat:  # noqa: A002  # the platform's word
        """A group the bot is in; people speak there with says(text, group=...)."""
        group = FakeChat(self, id or -next(self._ids), title)
        self.chats[group.id] = group
        return group

    def migrate(self, group: FakeChat, new_id: int) -> None:
        """Makes a supergroup of a group: its id changes, and the old one is refused with the new."""
        with self.changed:
            self.migrated[group.id] = new_id
            self.chats[new_id] = self.chats.pop(group.id)
            group.id = new_id

    def block(self, chat: FakeChat) -> None:
        """The person blocks the bot; as on the platform, the bot is told by a my_chat_member update."""
        with self.changed:
            chat.closed = BLOCKED
            self._push_membership(chat, "member", "kicked")

    def unblock(self, chat: FakeChat) -> None:
        with self.changed:
            chat.closed = ""
            self._push_membership(chat, "kicked", "member")

    def deactivate(self, chat: FakeChat) -> None:
        """The person deletes their Telegram account."""
        with self.changed:
            chat.closed = DEACTIVATED

    def _push_membership(self, chat: FakeChat, before: str, after: str) -> None:
        member = {"user": self.bot, "until_date": 0}
        who = chat.as_user() if isinstance(chat, FakeUser) else self.bot
        change = {
            "old_chat_member": {**member, "status": before},
            "new_chat_member": {**member, "status": after},
        }
        self.push(my_chat_member={"chat": chat.as_chat(), "from": who, "date": self.date(), **change})

    # What goes wrong

    def fail_next(
        self,
        method: str | None,
        status: int,
        description: str,
        retry_after: int | None = None,
        times: int = 1,
        **parameters: int,
    ) -> None:
        """The next `times` calls of `method` (None: of any) are refused; status 200 is an ok:false under 200."""
        if retry_after is not None:
            parameters["retry_after"] = retry_after
        self.faults.add(Fault(method, times, refusal=Refusal(status, description, **parameters)))

    def bad_gateway(self, method: str | None = None, times: int = 1) -> None:
        """502 with the HTML page of a web server in front."""
        self.faults.add(Fault(method, times, html=BAD_GATEWAY))

    def silence(self, seconds: float, method: str | None = None, times: int = 1) -> None:
        """The next calls are carried out at once and answered after so many seconds."""
        self.faults.add(Fault(method, times, seconds=seconds))

    def drop_connections(self, n: int, method: str | None = None, *, carried_out: bool = False) -> None:
        """The next n calls end without an answer, not carried out or already carried out."""
        self.faults.add(Fault(method, n, cut="after" if carried_out else "before"))

    # Updates

    def push(self, **update: Any) -> None:
        self.queue.put(update)
        self._server.call(self.delivery.wake)

    def push_raw(self, update: dict[str, Any]) -> None:
        """Any update, however malformed; it gets an update_id if it has none."""
        self.queue.put(update, raw=True)
        self._server.call(self.delivery.wake)

    def restart_update_ids(self, n: int) -> None:
        """The next update is number n, as after a week without any."""
        with self.changed:
            self.queue.next_id = n

    @property
    def pending(self) -> int:
        """How many updates the bot has not confirmed."""
        with self.changed:
            return len(self.queue.waiting)

    # For the methods and the people

    def bot_as_itself(self) -> dict[str, Any]:
        can = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        return {**self.bot, **can, "can_connect_to_business": False, "has_main_web_app": False}

    def date(self) -> int:
        """The present as messages carry it: whole seconds since 1970."""
        return int(self.now().timestamp())

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def next_stamp(self) -> int:
        self.stamp += 1
        return self.stamp

    def store(self, file: Upload) -> dict[str, Any]:
        """Keeps a file; sent again, it keeps its id."""
        with self.changed:
            known = (key for key, value in self.files.items() if value is file)
            file_id = next(known, f"BQACAgUAAxk{len(self.files):06d}")
            self.files[file_id] = file
            return self.describe(file_id)

    def describe(self, file_id: str) -> dict[str, Any]:
        size = len(self.files[file_id].content)
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": size}

    def path_of(self, file_id: str) -> str:
        return f"documents/file_{file_id[-6:]}"

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()

    # Over HTTP

    async def _serve_call(self, request: Request) -> Response:
        method = request.path_params["method"]
        fault = self.faults.next(method)
        if fault.cut == "before":
            return await cut_connection(request)
        try:
            response = await self._answer(method, request, fault)
        except Refusal as refusal:
            self.refusals.append(Refused(method, refusal.status, refusal.description))
            response = refused(refusal)
        except ClientDisconnect:  # killed before its call had come whole: nobody's fault
            response = Response()
        except Exception:  # noqa: BLE001  # a fault of the fake must fail the test, not hang the bot
            self.violations.append(f"{method}: the fake itself failed\n{traceback.format_exc()}")
            response = refused(Refusal(500, "Internal Server Error"))
        self._notify()
        if wait := fault.seconds or self.latency:
            await asyncio.sleep(wait)
        return await cut_connection(request) if fault.cut == "after" else response

    async def _answer(self, method: str, request: Request, fault: Fault) -> Response:
        raw, files = await read_call(request, self.upload_limit)
        self._check_token(request)
        params = self.specification.decode(method, raw)
        self.calls.append(Call(method, params, time.monotonic()))
        self._notify()
        if fault.html:
            return HTMLResponse(fault.html, 502)
        if fault.refusal:
            raise fault.refusal
        await self.failing.check(params.get("chat_id"), request)
        self._check(method, params, files)
        if method == "getUpdates":
            return await self._get_updates(params, request)
        return answered(self._perform(method, params, files))

    def _check_token(self, request: Request) -> None:
        if request.path_params["token"] != self.token:
            raise Refusal(401, "Unauthorized")

    def _check(self, method: str, params: Params, files: Files) -> None:
        problems = self.specification.check_call(method, params, set(files))
        self.violations += problems
        if problems and not self.specification.knows(method):
            raise Refusal(404, "Not Found: method not found")
        if problems:
            raise refusal_of(problems[0])
        if method not in METHODS and method != "getUpdates":
            self.violations.append(f"{method}: this fake does not play it")
            raise Refusal(404, "Not Found: method not found")

    def _perform(self, method: str, params: Params, files: Files) -> Any:
        with self.changed:
            return METHODS[method](self, params, files)

    async def _get_updates(self, params: Params, request: Request) -> Response:
        if "allowed_updates" in params:
            self.queue.allowed = set(params["allowed_updates"])
        gone = asyncio.ensure_future(request.receive())
        offset, limit, timeout = (
            params.get(k, d) for k, d in (("offset", 0), ("limit", 100), ("timeout", 0))
        )
        try:
            return answered(await self.delivery.get_updates(offset, limit, timeout, gone))
        except Refusal:
            if gone.done():
                return Response()
            raise
        finally:
            gone.cancel()

    async def _serve_file(self, request: Request) -> Response:
        path = request.path_params["path"]
        found = next((file for key, file in self.files.items() if self.path_of(key) == path), None)
        if found is None or request.path_params["token"] != self.token:
            return refused(Refusal(404, "Not Found"))
        return Response(found.content, media_type="application/octet-stream")


_SPECIFICATIONS: list[Specification] = []


def _specification() -> Specification:
    """Read once in a process: it is a large document."""
    if not _SPECIFICATIONS:
        _SPECIFICATIONS.append(Specification())
    return _SPECIFICATIONS[0]
