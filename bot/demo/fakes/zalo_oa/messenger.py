"""A Zalo Official Account to test against: OpenAPI v3, OAuth v4 and templates over real HTTP on 127.0.0.1.

Its state outlives the program, which may be killed and started again against it. It refuses what the platform
is said to refuse, in its words; what sources dispute is a switch of the constructor, with both readings.

    with FakeZaloOA() as fake:
        user = fake.user("Nguyễn Văn An")
        ...  # start the program with fake.openapi_url, fake.oauth_url, fake.business_url, fake.refresh_token
        fake.webhook = "http://127.0.0.1:8080/…"
        user.says("MA ABCD-2345")
        user.wait_for("kính chào")
        user.taps("Đúng là tôi")
"""

import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeVar

from starlette.applications import Starlette

from bot.demo.fakes.failing import Failing
from bot.demo.fakes.telegram.wire import ServerThread, Upload
from bot.demo.fakes.watching import Watched
from bot.demo.fakes.zalo_oa.api import Api, Call, Refused
from bot.demo.fakes.zalo_oa.events import Delivered, Signature, Webhook, encoded, signed
from bot.demo.fakes.zalo_oa.messages import Pace, Uploads, Window, too_fast
from bot.demo.fakes.zalo_oa.oauth import OAuth
from bot.demo.fakes.zalo_oa.user import FakeFollower, OaMessage
from bot.demo.fakes.zalo_oa.wire import BAD_GATEWAY, Fault, Faults, Refusal

T = TypeVar("T")
KNOWN_TEMPLATES: Mapping[str, frozenset[str]] = {"302259": frozenset({"name", "class_name", "time"})}


def _present() -> datetime:
    return datetime.now(UTC)


class FakeZaloOA(Watched):
    """The platform. All that a test may look at or change is an attribute or a method without underscore.

    `now` is the clock people live by (the window); `real` that of tokens, which live for `lives` seconds.
    Disputed: `signature` with or without `mac=`; `window_error`; whether 48 hours are all (`pays` off) or paid
    messages go on to seven days; whether following opens the window; whether a webhook that fails is called
    again; `id_field` of messages; times and `expires_in` as text or numbers; which kinds of file are taken;
    whether webhooks are signed with the application's own key or with another one (`webhook_key`).
    """

    def __init__(
        self,
        app_id: str = "1000000001",
        *,
        secret_key: str = "a-secret-of-the-application",
        webhook_key: str = "",
        name: str = "Trung tâm Chính trị phường An Hòa",
        oa_id: str = "4000000000000000001",
        now: Callable[[], datetime] = _present,
        real: Callable[[], datetime] = _present,
        lives: float = 90_000,
        signature: Signature = "plain",
        window_error: Literal[-230, -213] = -230,
        pays: bool = False,
        follow_opens: bool = True,
        redelivers: bool = True,
        retry: float = 0.05,
        id_field: Literal["msg_id", "message_id"] = "msg_id",
        texts: bool = True,
        file_kinds: frozenset[str] | None = None,
        templates: Mapping[str, frozenset[str]] = KNOWN_TEMPLATES,
        per_second: int | None = None,
        latency: float = 0,
    ) -> None:
        self.app_id, self.oa_id, self.name = app_id, oa_id, name
        self.webhook_key = webhook_key or secret_key
        self.now, self.signature, self.latency = now, signature, latency
        self.follow_opens, self.id_field, self.texts = follow_opens, id_field, texts
        self.changed = threading.Condition(threading.RLock())
        self.oauth = OAuth(app_id, secret_key, real, lives, expires_as_text=texts)
        self.window = Window(window_error, pays)
        self.uploads = Uploads(file_kinds)
        self.templates = dict(templates)
        self.pace = Pace(per_second)
        self.faults = Faults()
        self.failing = Failing(
            lambda: Refusal(0, "Internal Server Error", 500), lambda _seconds: too_fast(status=429)
        )
        self.calls: list[Call] = []
        self.refusals: list[Refused] = []
        self.violations: list[str] = []
        self.users: dict[str, FakeFollower] = {}
        self.files: list[Upload] = []
        self.redirects_files_to = ""
        self.stamp = 0
        self.url = ""
        self._ids = itertools.count(2468458835296117001)
        self._message_ids = itertools.count(1)
        self._webhook = Webhook(self.changed, redelivers=redelivers, retry=retry)
        self._server = ServerThread(Starlette(routes=Api(self).routes()), self._webhook.close)

    def __enter__(self) -> Self:
        self.url = f"http://127.0.0.1:{self._server.start()}"
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.stop()

    # Where it is, and what the account's administrator holds

    @property
    def openapi_url(self) -> str:
        return f"{self.url}/openapi"

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth"

    @property
    def business_url(self) -> str:
        return f"{self.url}/business"

    @property
    def access_token(self) -> str:
        """The newest pair's."""
        return self.oauth.newest.access

    @property
    def refresh_token(self) -> str:
        """The newest pair's: the only one that still works."""
        return self.oauth.newest.refresh

    def permit(self) -> str:
        """The administrator gives permission: a code, good for ten minutes and one use."""
        return self.oauth.permit()

    def revoke(self) -> None:
        """The administrator takes the permission back: no token given so far works any more."""
        for pair in self.oauth.pairs:
            pair.revoked = True

    # People

    def user(
        self,
        name: str,
        id: str | None = None,  # noqa: A002  # the platform's word
        *,
        phone: str | None = None,
        wrote: bool = False,
    ) -> FakeFollower:
        """A person who has never written to the account; with `wrote`, one who did just now, long since dealt with."""
        made = FakeFollower(self, id or str(next(self._ids)), name, phone)
        made.heard_at = self.now() if wrote else None
        self.users[made.id] = made
        return made

    @property
    def paid(self) -> list[OaMessage]:
        """Every message the centre pays for, templates included."""
        with self.changed:
            return [each for user in self.users.values() for each in user.sent if each.paid]

    # The webhook

    @property
    def webhook(self) -> str:
        return self._webhook.url

    @webhook.setter
    def webhook(self, url: str) -> None:
        self._webhook.url = url
        self._server.call(self._webhook.wake)

    @property
    def pending(self) -> int:
        """How many events were not answered with 200."""
        with self.changed:
            return len(self._webhook.waiting)

    @property
    def delivered(self) -> list[Delivered]:
        """Every call of the webhook so far."""
        with self.changed:
            return list(self._webhook.delivered)

    def push(self, event: Mapping[str, Any], *, signature: str | None = None) -> None:
        """Any event, however odd, signed as the platform signs; or with `signature` in its header ("": none)."""
        body, stamp = encoded(event), str(event.get("timestamp", ""))
        proof = signed(self.app_id, body, stamp, self.webhook_key, self.signature)
        headers = {"Content-Type": "application/json"}
        if signature is None or signature:
            headers["X-ZEvent-Signature"] = proof if signature is None else signature
        self._put(str(event.get("event_name", "")), body, headers)

    def probes(self) -> None:
        """The empty call the console makes when the address is entered there."""
        self._put("probe", b"", {})

    def _put(self, name: str, body: bytes, headers: dict[str, str]) -> None:
        self._webhook.put(name, body, headers)
        self._server.call(self._webhook.wake)

    # What goes wrong

    def fail_next(
        self, method: str | None, error: int = 0, message: str = "", *, status: int = 200, times: int = 1
    ) -> None:
        """The next `times` calls of `method` (None: of any) are refused with this error, under this status."""
        self.faults.add(Fault(method, times, refusal=Refusal(error, message, status)))

    def answer_next(self, method: str | None, body: str, *, status: int = 200, times: int = 1) -> None:
        """The next calls are not carried out and answered with whatever stands here."""
        self.faults.add(Fault(method, times, body=body, status=status))

    def bad_gateway(self, method: str | None = None, times: int = 1) -> None:
        """502 with the HTML page of a web server in front."""
        self.answer_next(method, BAD_GATEWAY, status=502, times=times)

    def silence(self, seconds: float, method: str | None = None, times: int = 1) -> None:
        """The next calls are carried out at once and answered after so many seconds."""
        self.faults.add(Fault(method, times, seconds=seconds))

    def drop_connections(self, n: int, method: str | None = None, *, carried_out: bool = False) -> None:
        """The next n calls end without an answer, not carried out or already carried out."""
        self.faults.add(Fault(method, n, cut="after" if carried_out else "before"))

    # For the people

    def next_id(self) -> str:
        return f"{next(self._message_ids):020x}"

    def stamped(self, number: int) -> str | int:
        return str(number) if self.texts else number

    def keep_file(self, file: Upload) -> str:
        """The address a file somebody sent can be fetched at."""
        self.files.append(file)
        return f"{self.url}/files/{len(self.files) - 1}"
