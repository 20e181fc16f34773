"""What goes wrong on purpose at the Zalo Bot fake."""

import json
from dataclasses import dataclass
from typing import Any, Literal

BLOCK_PAGE = "<html><head><title>403</title></head><body>Trang này bị chặn theo yêu cầu</body></html>"


@dataclass
class Fault:
    """One thing going wrong with the next `times` calls of `method`, or of any when it is None."""

    method: str | None
    times: int
    status: int = 0  # of an answer in place of the platform's; 0 when it answers itself
    body: str = ""
    seconds: float = 0
    cut: Literal["", "before", "after"] = ""

    @property
    def mime(self) -> str:
        return "application/json" if self.body.lstrip().startswith("{") else "text/html"


class Faults:
    """Those that wait for their call, in the order they were asked for."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def answer(
        self, status: int, body: str | dict[str, Any], method: str | None = None, times: int = 1
    ) -> None:
        """The next calls are not carried out and answered with this: JSON from a dict, else as it stands."""
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        self.waiting.append(Fault(method, times, status, text))

    def refuse(
        self, code: int, description: str, method: str | None = None, times: int = 1, *, status: int = 0
    ) -> None:
        """The next calls are refused in the platform's envelope; `status` is the HTTP status (else the code)."""
        body = {"ok": False, "description": description, "error_code": code}
        self.answer(status or code, body, method, times)

    def block(self, method: str | None = None, times: int = 1, *, status: int = 403) -> None:
        """A provider's block page in the platform's place."""
        self.answer(status, BLOCK_PAGE, method, times)

    def cut(self, method: str | None = None, times: int = 1, *, carried_out: bool = False) -> None:
        """The next calls end without an answer, not carried out or already carried out."""
        self.waiting.append(Fault(method, times, cut="after" if carried_out else "before"))

    def delay(self, seconds: float, method: str | None = None, times: int = 1) -> None:
        """The next calls are carried out at once and answered after so many seconds."""
        self.waiting.append(Fault(method, times, seconds=seconds))

    def next(self, method: str) -> Fault:
        for fault in self.waiting:
            if fault.times > 0 and fault.method in {None, method}:
                fault.times -= 1
                return fault
        return Fault(method, 0)
