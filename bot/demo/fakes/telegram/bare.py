"""Calling the fake with nothing but HTTP, and reading its answers."""

from typing import Any

import httpx

from bot.demo.fakes.telegram.messenger import FakeTelegram


def ask(fake: FakeTelegram, method: str, *, token: str | None = None, **params: Any) -> httpx.Response:
    url = f"{fake.url}/bot{token or fake.token}/{method}"
    # No certificates: reading them took longer than the answer, and http has no use for them.
    return httpx.post(url, json=params, trust_env=False, timeout=15, verify=False)  # noqa: S501


def ok(fake: FakeTelegram, method: str, **params: Any) -> Any:
    """The result of a call that must pass."""
    answer = ask(fake, method, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def refuses(answer: httpx.Response, status: int, description: str) -> dict[str, Any]:
    """The body of a call that must be refused in these words."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["ok"], body["error_code"]) == (status, False, status), answer.text
    assert description in body["description"]
    return body


def confirm(fake: FakeTelegram) -> list[dict[str, Any]]:
    """Fetches and confirms everything that waits."""
    updates = ok(fake, "getUpdates")
    ok(fake, "getUpdates", offset=fake.queue.next_id)
    return list(updates)
