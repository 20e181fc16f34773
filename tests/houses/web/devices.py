"""A browser without a screen, for the web chat over plain HTTP."""

import json

import httpx


class Device:
    """A browser without a screen: cookies, one chat, and the lines it has read."""

    def __init__(self, chat) -> None:
        self.server = chat
        self.http = httpx.Client(timeout=15, trust_env=False, verify=False)  # no certificates to load
        chat.browsers.append(self.http)
        self.chat = ""
        self.numbers = iter(range(10**6))

    def starts(self, code: str = "ABCD-2345") -> "Device":
        answer = self.http.post(self.server.link(code))
        assert answer.status_code == 303
        self.chat = answer.headers["location"].split("/")[2]
        return self

    @property
    def url(self) -> str:
        return f"{self.server.served.url}/chat/{self.chat}/"

    def sends(self, **what) -> httpx.Response:
        what.setdefault("id", f"{next(self.numbers):08d}-test")
        return self.http.post(self.url + "send", json=what)

    def says(self, text: str) -> None:
        assert self.sends(text=text).status_code == 200

    def uploads(self, name: str, content, said_id: str = "file-0001", **more) -> httpx.Response:
        self.server.binds(self.chat)
        return self.puts(name, content, said_id, **more)

    def puts(self, name: str, content, said_id: str = "file-0001", **more) -> httpx.Response:
        """Send a file, whether the chat is linked with anybody or not."""
        return self.http.put(self.url + "file", params={"name": name, "id": said_id}, content=content, **more)

    def events(self, after: int = 0, **headers: str):
        """(name, id, data) of each event, as long as the stream lasts."""
        yield from self.events_at(f"{self.url}events?after={after}", headers=headers)

    def events_at(self, address: str, **request):
        """The same of any stream."""
        with self.http.stream("GET", address, **request) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            event: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _colon, value = line.partition(": ")
                    event[name] = value
                else:
                    if "data" in event:
                        yield event.get("event", "message"), event.get("id", ""), event["data"]
                    event = {}

    def reads(self, until: str, after: int = 0, **headers: str) -> list[dict]:
        """The lines from `after` on, up to the one that contains `until`."""
        found = []
        for name, number, data in self.events(after, **headers):
            if name == "message":
                found.append(json.loads(data))
                assert found[-1]["n"] == int(number)
                if until in found[-1]["html"]:
                    return found
        raise AssertionError(f"the stream ended before {until!r}")

    def transcript(self) -> list[dict]:
        """All there is at this moment."""
        found = []
        for name, _number, data in self.events():
            if name == "ready":
                return found
            if name == "message":
                found.append(json.loads(data))
        raise AssertionError("the stream ended before it was ready")
