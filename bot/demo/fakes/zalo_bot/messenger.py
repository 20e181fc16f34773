"""A Zalo Bot Platform to test against: its API over real HTTP on 127.0.0.1, with people on its other side.

Its state outlives the bot, which may be killed and started again against it. It is believed because the
client its publisher gives out works against it unmodified, because a test names each known fact of the
platform, and because it refuses what the platform refuses (test_fake_zalo_bot.py). Where sources disagree,
an argument chooses the reading.

    with FakeZaloBot() as fake:
        user = fake.user("Nguyễn Văn An")
        ...  # start a bot with base address fake.url and fake.token
        user.says("MA ABCD-2345")
        user.wait_for("kính chào")
        user.says("1")
"""

import asyncio
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.fakes.failing import Failing
from bot.demo.fakes.telegram.wire import ServerThread, cut_connection
from bot.demo.fakes.watching import Watched
from bot.demo.fakes.zalo_bot.events import Envelope, Events, Polling
from bot.demo.fakes.zalo_bot.faults import Fault, Faults
from bot.demo.fakes.zalo_bot.methods import METHODS, QUOTA, WEBHOOK_SET, check
from bot.demo.fakes.zalo_bot.user import FakeChat, FakeUser
from bot.demo.fakes.zalo_bot.wire import Event, Params, Refusal, Violation, answered, read_params, refused

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")  # whose months the quota counts
T = TypeVar("T")


class Call(NamedTuple):
    """One call of the bot: the method, its parameters, and when (monotonic seconds)."""

    method: str
    params: Params
    at: float


class Refused(NamedTuple):
    """One call that was refused: the platform's error_code and words."""

    method: str
    code: int
    description: str


class FakeZaloBot(Watched):
    """The platform. All that a test may look at or change is an attribute or a method without underscore.

    What sources dispute: `polling`, whether getUpdates replays events, loses those said while no poll was
    open, or keeps them (neither was measured; for quiet tests); `envelope` of what a webhook gets;
    `photo_field` of an image; `errors_under_200`; `monthly_quota` and `user_limit` (None: none);
    `json_only`, as documented, though the published client sends forms; `probes`, an empty body to a webhook
    when it is set; `webhook_retries` of an event that was not answered with 2xx, `webhook_pause` seconds
    apart. `longest_poll` is how long a poll is held at most, in seconds.
    """

    def __init__(
        self,
        token: str = "1459232241454765289:a-token-for-tests",
        *,
        polling: Polling = "replayed",
        envelope: Envelope = "bare",
        photo_field: Literal["photo", "photo_url"] = "photo_url",
        errors_under_200: bool = True,
        json_only: bool = True,
        monthly_quota: int | None = 3000,
        user_limit: int | None = 50,
        probes: bool = True,
        webhook_retries: int = 3,
        webhook_pause: float = 0.05,
        longest_poll: float = 30,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.token, self.now = token, now
        self.photo_field, self.errors_under_200, self.json_only = photo_field, errors_under_200, json_only
        self.monthly_quota, self.user_limit = monthly_quota, user_limit
        self.probes, self.longest_poll = probes, longest_poll
        self.changed = threading.Condition(threading.RLock())
        self.calls: list[Call] = []
        self.refusals: list[Refused] = []
        self.violations: list[str] = []
        self.chats: dict[str, FakeChat] = {}
        self.used: Counter[str] = Counter()  # messages of a month
        self.bot_users: set[str] = set()
        self.faults = Faults()
        self.failing = Failing(
            lambda: Refusal(500, "Internal Server Error"), lambda _seconds: Refusal(429, QUOTA)
        )
        self.events = Events(self.changed, polling, envelope, webhook_retries, webhook_pause)
        self.stamp = self._ids = 0
        route = Route("/bot{token}/{method}", self._serve, methods=["GET", "POST"])
        self._server = ServerThread(Starlette(routes=[route]), self.events.close)
        self.url = ""
        self.bot: Params = {
            "id": token.partition(":")[0],
            "account_name": "bot.CauNoiThu",
            "account_type": "BASIC",
            "can_join_groups": False,
            "display_name": "Bot Cầu Nối",
        }

    def __enter__(self) -> Self:
        self.url = f"http://127.0.0.1:{self._server.start()}"
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.stop()

    # People and chats

    def user(self, name: str, id: str | None = None, *, wrote: bool = False) -> FakeUser:  # noqa: A002  # the platform's word
        """A person who has never written to the bot; with `wrote`, one who did so long ago."""
        user = FakeUser(self, id or self.new_id(), name)
        user.open = wrote
        self.chats[user.id] = user
        return user

    def group(self, name: str) -> FakeChat:
        """A group the bot is in; people speak there with says(text, group=...)."""
        group = FakeChat(self, f"zgr-{self.new_id()}", name)
        self.chats[group.id] = group
        return group

    # Events

    def push(self, event: Event) -> None:
        """Any event, however malformed, on its way to the bot."""
        self.events.put(event)
        self._server.call(self.events.wake)

    @property
    def pending(self) -> int:
        """How many events wait to be given to the bot for the first time."""
        with self.changed:
            return len(self.events.waiting)

    @property
    def is_polled(self) -> bool:
        """Whether a poll is open now."""
        with self.changed:
            return self.events.open_polls > 0

    # For the methods and the people

    def new_id(self) -> str:
        """Opaque: 20 hexadecimal characters."""
        with self.changed:
            self._ids += 1
            return sha256(f"{self.token} {self._ids}".encode()).hexdigest()[:20]

    def next_stamp(self) -> int:
        self.stamp += 1
        return self.stamp

    def milliseconds(self, moment: datetime) -> int:
        return int(moment.timestamp() * 1000)

    def month(self) -> str:
        return f"{self.now().astimezone(ZONE):%Y-%m}"

    # Over HTTP

    async def _serve(self, request: Request) -> Response:
        method = request.path_params["method"]
        fault = self.faults.next(method)
        if fault.cut == "before":
            return await cut_connection(request)
        response = await self._respond(method, request, fault)
        with self.changed:
            self.changed.notify_all()
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        return await cut_connection(request) if fault.cut == "after" else response

    async def _respond(self, method: str, request: Request, fault: Fault) -> Response:
        try:
            return await self._answer(method, request, fault)
        except Refusal as refusal:
            self._note(method, refusal)
            return refused(refusal, under_200=self.errors_under_200)
        except ClientDisconnect:  # killed before its call had come whole: nobody's fault
            return Response()
        except Exception:  # noqa: BLE001  # a fault of the fake must fail the test, not hang the bot
            self.violations.append(f"{method}: the fake itself failed\n{traceback.format_exc()}")
            return refused(Refusal(403, "Internal server error"), under_200=False)

    def _note(self, method: str, refusal: Refusal) -> None:
        if refusal.code != 408:  # the normal end of a poll
            self.refusals.append(Refused(method, refusal.code, refusal.description))
        if isinstance(refusal, Violation):
            self.violations.append(f"{method}: {refusal.description}")

    async def _answer(self, method: str, request: Request, fault: Fault) -> Response:
        if request.path_params["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        params = await read_params(request, json_only=self.json_only)
        with self.changed:
            self.calls.append(Call(method, params, time.monotonic()))
            self.changed.notify_all()
        if fault.status:
            return Response(fault.body, fault.status, media_type=fault.mime)
        await self.failing.check(params.get("chat_id"), request)
        check(method, params)
        if method == "getUpdates":
            return await self._get_updates(params, request)
        with self.changed:
            result = METHODS[method](self, params)
        if method == "testWebhook" or (method == "setWebhook" and self.probes):
            await self.events.probe()
        return answered(result)

    async def _get_updates(self, params: Params, request: Request) -> Response:
        if self.events.webhook:
            raise Refusal(400, WEBHOOK_SET)
        gone = asyncio.ensure_future(request.receive())
        seconds = min(float(params.get("timeout", 30)), self.longest_poll)
        try:
            return answered(await self.events.poll(seconds, gone))
        finally:
            gone.cancel()
