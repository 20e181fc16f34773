"""The calls of the Official Account's fake: what each is answered with, whatever goes wrong on purpose."""

import asyncio
import json
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.demo.fakes.telegram.wire import cut_connection, parse_multipart
from bot.demo.fakes.zalo_oa.messages import Content, read_message, read_template
from bot.demo.fakes.zalo_oa.user import FakeFollower, OaMessage
from bot.demo.fakes.zalo_oa.wire import (
    Fault,
    Refusal,
    Violation,
    answer,
    object_at,
    only,
    read_json,
    refused,
    success,
    text_at,
)

if TYPE_CHECKING:
    from bot.demo.fakes.zalo_oa.messenger import FakeZaloOA

Answering = Callable[[Request, dict[str, Any]], Awaitable[Response]]


class Call(NamedTuple):
    """One call: which, its parameters without any token, and when (monotonic seconds)."""

    method: str
    params: dict[str, Any]
    at: float


class Refused(NamedTuple):
    """One call that was refused."""

    method: str
    error: int
    message: str


class Api:
    """Three services at one address: openapi, oauth and business, and the files people sent."""

    def __init__(self, fake: "FakeZaloOA") -> None:
        self.fake = fake

    def routes(self) -> list[Route]:
        posts = {
            "/openapi/v3.0/oa/message/cs": ("message/cs", self._send),
            "/openapi/v2.0/oa/upload/image": ("upload/image", self._upload),
            "/openapi/v2.0/oa/upload/file": ("upload/file", self._upload),
            "/business/message/template": ("message/template", self._send_template),
            "/oauth/v4/oa/access_token": ("access_token", self._exchange),
        }
        routes = [Route(path, self._route(*each), methods=["POST"]) for path, each in posts.items()]
        routes.append(Route("/openapi/v2.0/oa/getoa", self._route("getoa", self._describe), methods=["GET"]))
        routes.append(Route("/oauth/v4/oa/permission", self._permission, methods=["GET"]))
        routes.append(Route("/files/{number:int}", self._serve_file, methods=["GET"]))
        routes.append(Route("/{path:path}", self._unknown, methods=["GET", "POST", "PUT", "DELETE"]))
        return routes

    def _route(self, method: str, perform: Answering) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            fault = self.fake.faults.next(method)
            if fault.cut == "before":
                return await cut_connection(request)
            response = await self._answered(method, perform, request, fault)
            with self.fake.changed:
                self.fake.changed.notify_all()
            if wait := fault.seconds or self.fake.latency:
                await asyncio.sleep(wait)
            return await cut_connection(request) if fault.cut == "after" else response

        return serve

    async def _answered(self, method: str, perform: Answering, request: Request, fault: Fault) -> Response:
        params: dict[str, Any] = {}
        try:
            self.fake.calls.append(Call(method, params, time.monotonic()))
            if fault.body is not None:
                return HTMLResponse(fault.body, fault.status)
            if fault.refusal:
                self._refuse(fault.refusal)
            return await perform(request, params)
        except Refusal as refusal:
            self.fake.refusals.append(Refused(method, refusal.error, refusal.message))
            if isinstance(refusal, Violation):
                self.fake.violations.append(f"{method}: {refusal.message}")
            return refused(refusal)
        except ClientDisconnect:  # killed before its call had come whole: nobody's fault
            return Response()
        except Exception:  # noqa: BLE001  # a fault of the fake must fail the test, not hang the program
            self.fake.violations.append(f"{method}: the fake itself failed\n{traceback.format_exc()}")
            return Response(status_code=500)

    @staticmethod
    def _refuse(refusal: Refusal) -> None:
        raise refusal

    def _authorised(self, request: Request) -> None:
        """Raises the refusal of a token that is missing, wrong or over; one in the address is a violation."""
        if "access_token" in request.query_params:
            raise Violation("the token stands in the address, which every log keeps")
        self.fake.oauth.check(request.headers.get("access_token"))

    async def _send(self, request: Request, params: dict[str, Any]) -> Response:
        self._authorised(request)
        body = await read_json(request)
        params.update(body)
        only(body, {"recipient", "message"}, "body")
        recipient = object_at(body, "recipient")
        only(recipient, {"user_id"}, "recipient")
        await self.fake.failing.check(recipient.get("user_id"), request)
        with self.fake.changed:
            content = read_message(object_at(body, "message"), self.fake.uploads)
            user = self._known(text_at(recipient, "user_id", 30))
            if user.closed:
                raise Refusal(-217, user.closed)
            self.fake.pace.count(time.monotonic())
            paid = self.fake.window.check(user, self.fake.now())
            user.told_free += 0 if paid else 1
            message = self._show(user, content, paid=paid)
        return success({"message_id": message.id, "user_id": user.id})

    def _known(self, user_id: str) -> FakeFollower:
        if user_id not in self.fake.users:
            raise Refusal(-201, "user_id is invalid")
        return self.fake.users[user_id]

    def _show(self, user: FakeFollower, content: Content, *, paid: bool, template: str = "") -> OaMessage:
        self.fake.stamp += 1
        message = OaMessage(
            self.fake.next_id(),
            content.text,
            self.fake.now(),
            self.fake.stamp,
            content.buttons,
            content.file,
            content.image,
            paid,
            template,
        )
        user.sent.append(message)
        return message

    async def _upload(self, request: Request, params: dict[str, Any]) -> Response:
        self._authorised(request)
        kind = request.url.path.rpartition("/")[2]
        content_type = request.headers.get("content-type", "")
        if not content_type.startswith("multipart/form-data"):
            raise Violation("an upload is multipart/form-data")
        _fields, files = parse_multipart(content_type, await request.body())
        upload = files.get("file")
        params.update(name=upload.name if upload else "", size=len(upload.content) if upload else 0)
        with self.fake.changed:
            return success(self.fake.uploads.take(kind, upload))

    async def _send_template(self, request: Request, params: dict[str, Any]) -> Response:
        self._authorised(request)
        body = await read_json(request)
        params.update(body)
        await self.fake.failing.check(body.get("user_id"), request)
        with self.fake.changed:
            template_id, text = read_template(body, self.fake.templates)
            found = [
                u for u in self.fake.users.values() if body.get("user_id") == u.id or self._has_phone(u, body)
            ]
            if not found:
                raise Refusal(-118, "Zalo account not existed")
            if found[0].closed:
                raise Refusal(-114, "User is inactive, or reject the message")
            message = self._show(found[0], Content(text), paid=True, template=template_id)
        quota = {"dailyQuota": "500", "remainingQuota": "499"}
        return success(
            {"msg_id": message.id, "sent_time": str(int(self.fake.now().timestamp() * 1000)), "quota": quota}
        )

    @staticmethod
    def _has_phone(user: FakeFollower, body: Mapping[str, Any]) -> bool:
        return user.phone is not None and body.get("phone") == user.phone

    async def _describe(self, request: Request, _params: dict[str, Any]) -> Response:
        self._authorised(request)
        return success(
            {"oa_id": self.fake.oa_id, "name": self.fake.name, "is_verified": True, "num_follower": 12}
        )

    async def _exchange(self, request: Request, params: dict[str, Any]) -> Response:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise Violation("an exchange is application/x-www-form-urlencoded")
        if request.url.query:
            raise Violation("secrets stand in the address, which every log keeps")
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        params.update(grant_type=form.get("grant_type", ""), app_id=form.get("app_id", ""))
        try:
            with self.fake.changed:
                told = self.fake.oauth.exchange(request.headers.get("secret_key"), form)
        except Refusal as refusal:
            self.fake.refusals.append(Refused("access_token", refusal.error, refusal.message))
            words = {"error_name": refusal.message, "error_description": refusal.message}
            return answer({"error": refusal.error, "error_reason": refusal.message, **words})
        return answer(told)

    async def _permission(self, request: Request) -> Response:
        """The page where the administrator says yes, told as if he had: the browser is sent on with a code."""
        asked = request.query_params
        if asked.get("app_id") != self.fake.app_id or not asked.get("redirect_uri"):
            self.fake.violations.append("permission: app_id or redirect_uri is missing or wrong")
            return HTMLResponse("Yêu cầu không hợp lệ", 400)
        with self.fake.changed:
            code = self.fake.oauth.permit(asked.get("code_challenge", ""))
        back = {
            "code": code,
            "oa_id": self.fake.oa_id,
            **({"state": asked["state"]} if "state" in asked else {}),
        }
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _serve_file(self, request: Request) -> Response:
        if self.fake.redirects_files_to:
            return RedirectResponse(self.fake.redirects_files_to, 302)
        number = request.path_params["number"]
        if number >= len(self.fake.files):
            return Response(status_code=404)
        return Response(self.fake.files[number].content, media_type="application/octet-stream")

    async def _unknown(self, request: Request) -> Response:
        self.fake.violations.append(f"{request.method} {request.url.path}: no such method")
        body = json.dumps({"error": 404, "message": "Empty api"})
        return Response(body, 404, media_type="application/json")
