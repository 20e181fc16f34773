"""What may be sent: the shape of a message, the window it must fall in, files, approved templates."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.demo.fakes.telegram.wire import Upload
from bot.demo.fakes.zalo_oa.wire import Refusal, Violation, object_at, only, text_at

if TYPE_CHECKING:
    from bot.demo.fakes.zalo_oa.user import FakeFollower

LONGEST_TEXT = 2000
LONGEST_TITLE = 100
LONGEST_PAYLOAD = 1000
MOST_BUTTONS = 5
FREE_FOR = timedelta(hours=48)
FREE_MESSAGES = 8
PAID_FOR = timedelta(days=7)
LARGEST = {"image": 2**20, "file": 5 * 2**20}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
QUERIES = frozenset(
    {"oa.query.show", "oa.query.hide"}
)  # what they carry comes back, shown as the person's line or not
PHONE = re.compile(r"84\d{9}")

Buttons = list[tuple[str, str, str]]  # label, what it carries or opens, type


@dataclass
class Content:
    """A message as it will be shown."""

    text: str = ""
    buttons: Buttons = field(default_factory=list)
    file: Upload | None = None
    image: Upload | None = None


@dataclass
class Uploads:
    """Files brought before they are sent, by the token each got."""

    kinds: frozenset[str] | None  # endings taken as a file; None: any
    kept: dict[str, Upload] = field(default_factory=dict)

    def take(self, kind: str, upload: Upload | None) -> dict[str, str]:
        """What the upload of an `image` or a `file` is answered with. Raises the refusal of what is none."""
        if upload is None:
            raise Violation("no file under the name file")
        if len(upload.content) > LARGEST[kind]:
            raise Violation(f"{kind} of {len(upload.content)} bytes", -210)
        if kind == "image" and not upload.content.startswith(PICTURES):
            raise Violation("image is neither JPEG nor PNG")
        ending = upload.name.rpartition(".")[2].lower()
        if kind == "file" and self.kinds is not None and ending not in self.kinds:
            raise Refusal(-201, "File type is not supported")
        token = f"{kind}-{len(self.kept) + 1:06d}"
        self.kept[token] = upload
        return {"attachment_id" if kind == "image" else "token": token}

    def get(self, token: Any, kind: str) -> Upload:
        if not isinstance(token, str) or token not in self.kept or not token.startswith(kind):
            raise Violation(f"no such {kind}")
        return self.kept[token]


def read_message(message: Mapping[str, Any], uploads: Uploads) -> Content:
    """The content of `message`. Raises Violation for every shape the documents do not have."""
    only(message, {"text", "attachment"}, "message")
    if "attachment" not in message:
        return Content(text_at(message, "text", LONGEST_TEXT))
    attachment = object_at(message, "attachment")
    only(attachment, {"type", "payload"}, "attachment")
    payload = object_at(attachment, "payload")
    if attachment.get("type") == "file":
        only(payload, {"token"}, "payload")
        if "text" in message:
            raise Violation("a file carries no text")
        return Content(file=uploads.get(payload.get("token"), "file"))
    if attachment.get("type") != "template":
        raise Violation("attachment is neither template nor file")
    if payload.get("template_type") == "media":
        return _picture(message, payload, uploads)
    return _with_buttons(message, payload)


def _picture(message: Mapping[str, Any], payload: Mapping[str, Any], uploads: Uploads) -> Content:
    only(payload, {"template_type", "elements"}, "payload")
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise Violation("elements are not one image")
    only(elements[0], {"media_type", "attachment_id"}, "element")
    if elements[0].get("media_type") != "image":
        raise Violation("media_type is not image")
    image = uploads.get(elements[0].get("attachment_id"), "image")
    return Content(text_at(message, "text", LONGEST_TEXT) if "text" in message else "", image=image)


def _with_buttons(message: Mapping[str, Any], payload: Mapping[str, Any]) -> Content:
    only(payload, {"template_type", "buttons"}, "payload")
    if payload.get("template_type") != "button":
        raise Violation("template_type is neither button nor media")
    buttons = payload.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_BUTTONS:
        raise Violation(f"buttons are not 1 to {MOST_BUTTONS}")
    return Content(text_at(message, "text", LONGEST_TEXT), [_button(each) for each in buttons])


def _button(button: Any) -> tuple[str, str, str]:
    if not isinstance(button, dict):
        raise Violation("a button is no object")
    only(button, {"title", "type", "payload"}, "button")
    title, kind = text_at(button, "title", LONGEST_TITLE), button.get("type")
    if kind in QUERIES:
        return title, text_at(button, "payload", LONGEST_PAYLOAD), kind
    if kind == "oa.open.url":
        url = text_at(object_at(button, "payload"), "url", LONGEST_PAYLOAD)
        if not url.startswith(("https://", "http://")):
            raise Violation("url is no address")
        return title, url, kind
    if kind == "oa.open.phone":
        return title, text_at(object_at(button, "payload"), "phone_code", 15), kind
    raise Violation(f"unknown button {kind!r}")


@dataclass
class Window:
    """When something may be said to a person: free, paid for, or not at all."""

    error: int  # -230, or -213 as it was
    pays: bool

    def check(self, user: "FakeFollower", now: datetime) -> bool:
        """Whether a message sent now is paid for. Raises the refusal of one that may not go."""
        since = now - user.heard_at if user.heard_at is not None else None
        if since is not None and since < FREE_FOR and user.told_free < FREE_MESSAGES:
            return False
        if since is not None and since < PAID_FOR and self.pays:
            return True
        raise Refusal(self.error, WINDOW_WORDS[self.error])


WINDOW_WORDS = {
    -230: "User has not interacted with the OA in the past 7 days",
    -213: "User has not interacted with the Official Account",
}


@dataclass
class Pace:
    """How many may be sent a second; None: as many as come."""

    per_second: int | None
    sent: deque[float] = field(default_factory=deque)

    def count(self, now: float) -> None:
        """Counts one send. Raises the refusal of one too many."""
        if self.per_second is None:
            return
        while self.sent and self.sent[0] <= now - 1:
            self.sent.popleft()
        if len(self.sent) >= self.per_second:
            raise too_fast()
        self.sent.append(now)


def too_fast(*, status: int = 200) -> Refusal:
    """The platform tells no time to wait."""
    return Refusal(-32, "Your application reached limit call api", status)


def read_template(body: Mapping[str, Any], templates: Mapping[str, frozenset[str]]) -> tuple[str, str]:
    """Template id and its fields as they will be shown. Raises the refusal of what was not approved."""
    if not body:
        raise Refusal(
            -201, "Invalid params"
        )  # no mistake of a client's: it sends nothing and asks who is there
    only(body, {"phone", "user_id", "template_id", "template_data", "tracking_id"}, "template")
    if ("phone" in body) == ("user_id" in body):
        raise Violation("neither phone nor user_id, or both")
    if "phone" in body and not PHONE.fullmatch(str(body["phone"])):
        raise Violation("Phone number is invalid", -108)
    template_id = body.get("template_id")
    if not isinstance(template_id, str) or template_id not in templates:
        raise Refusal(-109, "Template ID is invalid")
    data = body.get("template_data")
    if not isinstance(data, dict) or set(data) != templates[template_id]:
        raise Violation("Template data is invalid", -112)
    if not all(isinstance(value, str) and value for value in data.values()):
        raise Violation("Template data is empty", -111)
    return template_id, "\n".join(f"{key}: {value}" for key, value in sorted(data.items()))
